"""Read one handed-in file in a process of its own.

`python -m workers.files.reading NAME NOW ZONE OUT`

The file comes on stdin. A parser that hangs, crashes or swallows memory takes only this process
with it. One JSON object goes to stdout; pictures, decoded and written anew, into the folder OUT.
"""

import json
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from editor.errors import ParseError
from editor.text.document import Blocks, Figure, dump_blocks, load_blocks
from editor.text.handed_in import FileNote, FileReason, Unreadable
from workers.crawling.pictures import Drawn, redraw
from workers.files.handed_in import FileDate, FileKind, HandedIn, kind_of

MOST_MEMORY = 3 * 1024**3
MOST_SECONDS = 60


@dataclass(frozen=True)
class Read:
    """A file that was read: what it says, and its pictures by the hash-free names in its blocks."""

    handed: HandedIn
    pictures: Mapping[str, Drawn]


# --- the side that asks --------------------------------------------------------------------------


def read_apart(
    path: Path, *, name: str, now: datetime, zone: ZoneInfo, seconds: float = MOST_SECONDS
) -> Read:
    """Read a stored file in a process of its own; raises Unreadable however that ends."""
    with tempfile.TemporaryDirectory() as folder, path.open("rb") as file:
        words = [name or "-", now.isoformat(), zone.key, folder]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "workers.files.reading", *words],
                stdin=file,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Unreadable(FileReason.too_slow, f"{seconds:.0f} s") from error
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise Unreadable(FileReason.broken, f"exit {done.returncode}: {last}"[:500])
        return _read_back(json.loads(done.stdout), Path(folder))


def _read_back(said: dict[str, Any], folder: Path) -> Read:
    if "reason" in said:
        raise Unreadable(FileReason(said["reason"]), said["detail"])
    moment = said["published"] and datetime.fromisoformat(said["published"])
    handed = HandedIn(
        kind=FileKind(said["kind"]),
        title=said["title"],
        blocks=load_blocks(said["blocks"]),
        source_name=said["source_name"],
        byline=said["byline"],
        published=FileDate(moment, said["date_how"]) if moment else None,
        notes={FileNote(note): count for note, count in said["notes"].items()},
        agreement=said["agreement"],
    )
    pictures = {
        url: Drawn(
            (folder / each["file"]).read_bytes(), each["media_type"], each["width"], each["height"]
        )
        for url, each in said["pictures"].items()
    }
    return Read(handed, pictures)


# --- the side that reads -------------------------------------------------------------------------


def read_file(body: bytes, *, name: str, now: datetime, zone: ZoneInfo) -> HandedIn:
    """Return what a file says, whatever its kind; raises Unreadable with the reason."""
    # each reader brings libraries that the others do without
    match kind_of(body, name):
        case FileKind.docx:
            from workers.files.reading_docx import read_docx as read
        case FileKind.pdf:
            from workers.files.reading_pdf import read_pdf as read
        case FileKind.html:
            from workers.files.reading_text import read_html as read
        case _:
            from workers.files.reading_text import read_text as read
    return read(body, name=name, now=now, zone=zone)


def drawn(handed: HandedIn) -> tuple[Blocks, dict[str, Drawn], Counter[FileNote]]:
    """Return the blocks with usable pictures only, those pictures, and the notes."""
    pictures: dict[str, Drawn] = {}
    notes: Counter[FileNote] = Counter(handed.notes)
    for url, content in handed.pictures.items():
        try:
            pictures[url] = redraw(content)
        except ParseError:
            notes[FileNote.pictures_lost] += 1
    lost = set(handed.pictures) - set(pictures)
    blocks = tuple(
        each for each in handed.blocks if not (isinstance(each, Figure) and each.url in lost)
    )
    return blocks, pictures, notes


def main() -> int:
    """Read stdin as the arguments say; exit 0 also when the file is refused with a reason."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    name, now, zone, folder = sys.argv[1:5]
    try:
        handed = read_file(
            sys.stdin.buffer.read(),
            name=name,
            now=datetime.fromisoformat(now),
            zone=ZoneInfo(zone),
        )
        blocks, pictures, notes = drawn(handed)
    except Unreadable as error:
        print(json.dumps({"reason": error.reason, "detail": error.detail}))
        return 0
    except (MemoryError, RecursionError) as error:
        print(json.dumps({"reason": FileReason.bomb, "detail": type(error).__name__}))
        return 0
    published = handed.published
    said = {
        "kind": handed.kind,
        "title": handed.title,
        "blocks": dump_blocks(blocks),
        "source_name": handed.source_name,
        "byline": handed.byline,
        "published": published.moment.isoformat() if published else "",
        "date_how": published.how if published else "",
        "notes": {note: count for note, count in notes.items() if count},
        "agreement": handed.agreement,
        "pictures": _kept(pictures, Path(folder)),
    }
    print(json.dumps(said))
    return 0


def _kept(pictures: Mapping[str, Drawn], folder: Path) -> dict[str, dict[str, Any]]:
    kept = {}
    for number, (url, picture) in enumerate(pictures.items()):
        (folder / str(number)).write_bytes(picture.content)
        kept[url] = {
            "file": str(number),
            "media_type": picture.media_type,
            "width": picture.width,
            "height": picture.height,
        }
    return kept


if __name__ == "__main__":
    sys.exit(main())
