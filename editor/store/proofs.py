"""Pages to look at: the PDF of an issue's last layout, one file an issue, made anew at will.

It is no export: it lies outside the file store, in no backup, and the next layout replaces it.
"""

import re
from pathlib import Path

from editor.store.files import unwritable, write_whole

FOLDER = "layouts"
DIGEST = re.compile(r"[0-9a-f]{64}")


def path_of(data_dir: Path, issue_id: int, digest: str) -> Path:
    """Return where the pages of this issue and digest lie (or would lie)."""
    if not DIGEST.fullmatch(digest):
        raise ValueError("a digest has 64 hexadecimal digits")
    return data_dir / FOLDER / f"{issue_id}-{digest}.pdf"


def keep(data_dir: Path, issue_id: int, digest: str, pdf: bytes) -> None:
    """Keep the pages; raises Unusable when the disk is full."""
    target = path_of(data_dir, issue_id, digest)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, pdf)
    except OSError as error:
        raise unwritable(error, target.parent) from error


def drop_others(data_dir: Path, issue_id: int, digest: str) -> None:
    """Throw away what earlier layouts of the issue left."""
    wanted = path_of(data_dir, issue_id, digest)
    for path in wanted.parent.glob(f"{issue_id}-*.pdf"):
        if path != wanted:
            path.unlink(missing_ok=True)
