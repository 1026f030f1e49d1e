"""Print the sample issues in every format and say the digest of each file: one process's answer.

The folder named on the command line holds the issue's pictures; it may be anywhere.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from editor.assembler.editions.bundle import Piece, bundle
from editor.assembler.editions.epub import epub
from editor.assembler.editions.web import web_page
from editor.assembler.editions.wechat import wechat_packet
from editor.assembler.makings import makings
from editor.assembler.press.typeset import typeset, typeset_for_shop
from editor.assembler.word.edition import render_docx
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import IssueDocument
from tests.assembler import sample


def printed(
    document: IssueDocument, profile: Profile, files: FileStore
) -> Iterator[tuple[str, bytes]]:
    """Yield every format with its file, and the packet of all of them."""
    pdf = typeset_for_shop(document, profile, files)
    companion = typeset(document, profile, files, item_per_page=True)
    made = {
        "pdf": pdf.pdf,
        "companion": companion.pdf,
        "docx": render_docx(document, profile, files, numbers=companion.starts, pinned=True),
        "web": web_page(document, profile, files),
        "epub": epub(document, profile, files),
        "wechat": wechat_packet(document, profile, files),
    }
    facts = {"made_with": makings(profile)}
    pieces = [Piece(name, f"issue.{name}", content, facts) for name, content in made.items()]
    yield from made.items()
    yield "zip", bundle(document, pieces)


def main() -> None:
    """Print a JSON object: issue and format to digest."""
    files = FileStore(Path(sys.argv[1]))
    issues = {
        "digest": (sample.digest(files), sample.digest_profile()),
        "review": (sample.review(files), sample.review_profile()),
    }
    found = {
        f"{name} {format}": hashlib.sha256(content).hexdigest()
        for name, (document, profile) in issues.items()
        for format, content in printed(document, profile, files)
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
