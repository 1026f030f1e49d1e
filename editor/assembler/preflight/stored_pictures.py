"""Whether the pictures of an issue can be had from the store, or were lost with a disk."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from editor.assembler.preflight.findings import Finding
from editor.store.files import FileStore
from editor.text.document import Article, BookEntry, Figure, IssueDocument
from editor.text.quoting import briefly


@dataclass(frozen=True)
class Seen:
    """A file as it was at one look; `changed` is when it was written, in nanoseconds."""

    path: Path
    size: int
    changed: int


def stored_pictures(
    article: Article, document: IssueDocument, files: FileStore
) -> Iterator[Finding]:
    """Yield the item's pictures whose file is gone or is not what was stored.

    Costs a look at each file, and reads it once in a process for as long as it stays the same.
    """
    known = {asset.sha256 for asset in document.assets}
    for block in article.blocks:
        match block:
            case Figure():
                sha256, name = block.asset, block.caption or block.alt
            case BookEntry():
                sha256, name = block.cover, block.title
            case _:
                continue
        # one that was never stored is told of elsewhere: its caption is printed alone
        if sha256 in known:
            yield from _fault(files.path(sha256), sha256, briefly(name) or "（无图题）", article)


def _fault(path: Path, sha256: str, name: str, article: Article) -> Iterator[Finding]:
    try:
        seen = path.stat()
        if _digest(Seen(path, seen.st_size, seen.st_mtime_ns)) == sha256:
            return
    except OSError:
        yield Finding(
            "block",
            "picture_lost",
            f"图片文件（{sha256[:8]}）在数据目录中找不到或打不开：{name}。"
            "请重新上传这张图片，或请管理员从备份恢复",
            f"The file of a picture ({sha256[:8]}) is missing or cannot be opened: {name}; "
            "upload the picture again, or ask the administrator to restore it from a backup",
            article.anchor,
            subject=sha256,
            final=True,
        )
        return
    yield Finding(
        "block",
        "picture_spoilt",
        f"图片文件（{sha256[:8]}）已损坏，与上传时不同：{name}。请管理员从备份恢复，或换一张图片",
        f"The file of a picture ({sha256[:8]}) is damaged, it is not what was uploaded: {name}; "
        "ask the administrator to restore it from a backup, or use another picture",
        article.anchor,
        subject=sha256,
        final=True,
    )


@lru_cache(maxsize=4096)
def _digest(seen: Seen) -> str:
    with seen.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
