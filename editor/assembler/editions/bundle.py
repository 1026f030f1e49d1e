"""The packet of everything: all files of one digest, what they are, and sums to check them by."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from editor.assembler.editions.zips import packed
from editor.assembler.phrases import full_title
from editor.text.document import IssueDocument

FACTS = "export.json"
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Piece:
    """One file of the packet; `facts` is what its export found out about itself."""

    format: str
    name: str
    content: bytes
    facts: Mapping[str, Any] = field(default_factory=dict)


def stem(document: IssueDocument) -> str:
    """Return how the issue's files are called, for programs that read ASCII only."""
    more = f"-{document.edition}" if document.edition > 1 else ""
    return f"{document.slug}-{document.year}-{document.number:02d}{more}"


def bundle(document: IssueDocument, pieces: Sequence[Piece]) -> bytes:
    """Return a zip of the pieces, their facts and `SHA256SUMS` for `sha256sum -c`.

    It holds no time and no path: the same pieces give the same bytes.
    """
    facts = json.dumps(_facts(document, pieces), ensure_ascii=False, indent=1, sort_keys=True)
    files = [(piece.name, piece.content) for piece in pieces]
    files.append((FACTS, f"{facts}\n".encode()))
    sums = "".join(f"{_sha256(content)}  {name}\n" for name, content in files)
    return packed([*files, (SUMS, sums.encode("ascii"))])


def _facts(document: IssueDocument, pieces: Sequence[Piece]) -> dict[str, Any]:
    return {
        "title": full_title(document),
        "publication": document.slug,
        "year": document.year,
        "number": document.number,
        "total_number": document.total_number,
        "edition": document.edition,
        "dated_on": document.dated_on.isoformat(),
        "digest": document.digest(),
        "files": [
            {
                "format": piece.format,
                "name": piece.name,
                "size": len(piece.content),
                "sha256": _sha256(piece.content),
                **piece.facts,
            }
            for piece in pieces
        ],
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
