"""A Word file's parts, read with caps: no bomb inflates, no entity expands, nothing is fetched."""

import lzma
import posixpath
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote

from lxml import etree

from editor.text.handed_in import FileReason, Unreadable

MOST_PARTS = 10_000
MOST_XML = 64 * 1024 * 1024
MOST_PART = 32 * 1024 * 1024
MOST_INFLATED = 256 * 1024 * 1024
CHUNK = 1024 * 1024
DEEPEST = 200
# how the zip module says that an archive is damaged
DAMAGED = (zipfile.BadZipFile, ValueError, OSError, NotImplementedError)
Element = etree._Element
# prefixes for the namespaces whose local names would otherwise be taken for one another
_PREFIXES = (
    ("officeDocument/2006/math", "m:"),
    ("officeDocument/math", "m:"),
    ("wordprocessingDrawing", "wp:"),
    ("drawingml", "a:"),
    ("markup-compatibility", "mc:"),
    ("schemas-microsoft-com:vml", "v:"),
)


@dataclass(frozen=True)
class Link:
    """A relationship: its type's last word, where it leads, and whether out of the file."""

    kind: str
    target: str
    outside: bool


def tag(element: Element) -> str:
    """Return an element's name with a prefix for math, drawing, VML and compatibility.

    Transitional and strict files differ in their namespaces only, so those are left out.
    """
    if not isinstance(element.tag, str):
        return ""
    space, _, local = element.tag.rpartition("}")
    return next((prefix + local for word, prefix in _PREFIXES if word in space), local)


def value(element: Element | None, name: str = "val") -> str:
    """Return an attribute by its local name, "" when it is not there."""
    if element is None:
        return ""
    for key, text in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(text)
    return ""


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of this name."""
    if element is None:
        return None
    return next((each for each in element if tag(each) == name), None)


class WordPackage:
    """The parts of one file. Raises Unreadable for what is damaged, too large or no document."""

    def __init__(self, body: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(body))
            infos = self._zip.infolist()
        except DAMAGED as error:
            raise Unreadable(FileReason.broken, str(error)[:200]) from error
        if len(infos) > MOST_PARTS:
            raise Unreadable(FileReason.bomb, f"{len(infos)} parts")
        # some programs write names with the wrong slash or another case
        self._names = {each.filename.replace("\\", "/").lower(): each for each in infos}
        self._left = MOST_INFLATED
        self.main = self._main()

    def has(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return name.lower() in self._names

    def names(self) -> list[str]:
        """Return the parts' names in lower case."""
        return list(self._names)

    def read(self, name: str, most: int = MOST_PART) -> bytes:
        """Return a part's bytes; raises Unreadable when they are more than `most`."""
        info = self._names.get(name.lower())
        if info is None:
            raise Unreadable(FileReason.broken, f"no {name}")
        if info.flag_bits & 1:
            raise Unreadable(FileReason.encrypted)
        most = min(most, self._left)
        pieces, size = [], 0
        try:
            with self._zip.open(info) as file:
                while piece := file.read(CHUNK):
                    size += len(piece)
                    if size > most:
                        raise Unreadable(FileReason.bomb, f"{name} inflates beyond {most} bytes")
                    pieces.append(piece)
        except (*DAMAGED, EOFError, zlib.error, lzma.LZMAError) as error:
            raise Unreadable(FileReason.broken, f"{name}: {error}"[:200]) from error
        self._left -= size
        return b"".join(pieces)

    def tree(self, name: str) -> Element | None:
        """Return a part's XML, None when there is no such part."""
        if not self.has(name):
            return None
        body = self.read(name, MOST_XML)
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(body, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Unreadable(FileReason.broken, f"{name}: {error}"[:200]) from error
        # Word writes no document type; one is an attempt to declare entities
        if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
            raise Unreadable(FileReason.broken, f"{name} declares a document type")
        return root

    def links(self, name: str) -> dict[str, Link]:
        """Return a part's relationships by their ids; inner targets are names of parts."""
        folder, file = posixpath.split(name)
        root = self.tree(posixpath.join(folder, "_rels", f"{file}.rels"))
        if root is None:
            return {}
        return {
            value(each, "Id"): _link(each, folder) for each in root if tag(each) == "Relationship"
        }

    def related(self, links: dict[str, Link], kind: str) -> str:
        """Return the part of this kind that the relationships name, "" when there is none."""
        found = (each.target for each in links.values() if each.kind == kind and not each.outside)
        return next((target for target in found if self.has(target)), "")

    def macros(self) -> bool:
        """Whether the file carries programs."""
        return any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in self._names)

    def _main(self) -> str:
        name = self.related(self.links(""), "officeDocument") or "word/document.xml"
        if not self.has(name):
            raise Unreadable(FileReason.broken, "no main document")
        return name


def _link(element: Element, folder: str) -> Link:
    kind = value(element, "Type").rpartition("/")[2]
    target = value(element, "Target")
    if value(element, "TargetMode").lower() == "external":
        return Link(kind, target, True)
    path = unquote(target.replace("\\", "/"))
    whole = path.lstrip("/") if path.startswith("/") else posixpath.join(folder, path)
    return Link(kind, posixpath.normpath(whole), False)
