"""What reading a handed-in file gives: frozen values, and the marks by which its kind is known."""

import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from io import BytesIO

from editor.text.document import Blocks
from editor.text.handed_in import FileNote, FileReason, Unreadable
from workers.charset import decode

# where a figure's picture lies inside the file, in the place of its address
PART = "part:"
HEAD = 4096
_PICTURES = (b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.I)
_TAG = re.compile(r"</?[a-z][a-z0-9:-]*(?:\s[^<>]*)?/?>", re.I)
_ARCHIVE = re.compile(r"^(?:[\w-]+:.*\r?\n)*mime-version\s*:", re.I)


class FileKind(StrEnum):
    """The kinds of files that become candidates."""

    docx = "docx"
    pdf = "pdf"
    html = "html"
    text = "text"


MEDIA_TYPES = {
    FileKind.docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.pdf: "application/pdf",
    FileKind.html: "text/html",
    FileKind.text: "text/plain",
}


@dataclass(frozen=True)
class FileDate:
    """A date that a file tells; `how` is text (it stands in it) or file (its properties)."""

    moment: datetime
    how: str


@dataclass(frozen=True)
class HandedIn:
    """What a file says. A figure whose `url` begins with `PART` shows one of `pictures`.

    `notes` count what was changed or left out on the way.
    """

    kind: FileKind
    title: str
    blocks: Blocks
    source_name: str = ""
    byline: str = ""
    published: FileDate | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    notes: Mapping[FileNote, int] = field(default_factory=Counter)
    agreement: float | None = None


def kind_of(body: bytes, name: str) -> FileKind:
    """Tell a file's kind by its content; the name decides only between HTML and plain text.

    Raises Unreadable with what to do for every other kind.
    """
    if not body.strip(b"\0 \r\n\t"):
        raise Unreadable(FileReason.empty)
    if b"%PDF-" in body[:1024]:
        return FileKind.pdf
    if body.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(body)
    if body.startswith(_OLE):
        raise Unreadable(_compound(body))
    if body.lstrip().startswith(b"{\\rtf"):
        raise Unreadable(FileReason.rich_text)
    if body.startswith(_PICTURES) or body[8:12] == b"WEBP" or body[4:12] == b"ftypheic":
        raise Unreadable(FileReason.picture)
    return _written(body, name)


def _packed(body: bytes) -> FileKind:
    try:
        names = set(zipfile.ZipFile(BytesIO(body)).namelist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unreadable(FileReason.broken, str(error)[:200]) from error
    if any(name.startswith("word/") for name in names) or "_rels/.rels" in names:
        if any(name.startswith(("xl/", "ppt/", "visio/")) for name in names):
            raise Unreadable(FileReason.spreadsheet)
        return FileKind.docx
    if "mimetype" in names or "content.xml" in names:
        raise Unreadable(FileReason.spreadsheet)
    raise Unreadable(FileReason.unknown_kind, "an archive")


def _compound(body: bytes) -> FileReason:
    """Tell what an OLE file holds by the names in its directory."""
    if "EncryptedPackage".encode("utf-16-le") in body:
        return FileReason.encrypted
    if "WordDocument".encode("utf-16-le") in body:
        return FileReason.old_word
    return FileReason.spreadsheet


def _written(body: bytes, name: str) -> FileKind:
    head = decode(body[:HEAD]).text
    if _binary(body[:HEAD]):
        raise Unreadable(FileReason.unknown_kind, "binary")
    if _ARCHIVE.match(head) and "multipart/" in head.lower():
        raise Unreadable(FileReason.archive_page)
    suffix = name.rpartition(".")[2].lower()
    if _PAGE.search(head[:2000]) and (head.lstrip("\ufeff \r\n\t").startswith("<")):
        return FileKind.html
    if suffix in ("html", "htm", "xhtml", "shtml") and _TAG.search(decode(body).text):
        return FileKind.html
    return FileKind.text


def _binary(head: bytes) -> bool:
    """Whether bytes are no text: control characters, unless they come as UTF-16 or UTF-32."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return False
    controls = sum(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in head)
    return controls * 50 > len(head)
