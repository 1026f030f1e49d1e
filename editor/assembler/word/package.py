"""A .docx in the making: python-docx's parts and relationships, saved to the same bytes each time.

Parts name what they relate to by its place (`styles.xml`), because headers and notes are made
before what they refer to; the places become python-docx's own relationships on saving.
"""

import hashlib
import io
import zipfile
from datetime import UTC, date, datetime, time

from docx.opc.constants import CONTENT_TYPE
from docx.opc.coreprops import CoreProperties
from docx.opc.packuri import PACKAGE_URI, PackURI
from docx.opc.part import Part as OpcPart
from docx.opc.pkgwriter import PackageWriter
from docx.opc.rel import Relationships
from docx.oxml.coreprops import CT_CoreProperties
from lxml import etree

from editor.assembler.word.ooxml import OFFICE, UNSPEAKABLE, Node, put_in_order

MEDIA_TYPES = {
    "png": CONTENT_TYPE.PNG,
    "jpeg": CONTENT_TYPE.JPEG,
    "gif": CONTENT_TYPE.GIF,
}
LONGEST_PROPERTY = 255  # python-docx refuses more, as the format does
Links = dict[tuple[str, str, bool], str]  # kind, target, whether outside: the relation's id
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold


class Part(OpcPart):
    """One part of the package: its content is elements, or bytes as they are."""

    def __init__(self, name: str, content_type: str, content: Node | bytes) -> None:
        super().__init__(PackURI(f"/{name}"), content_type)
        self.content = content
        self.links: Links = {}

    def relate(self, kind: str, target: str, *, external: bool = False) -> str:
        """Relate this part to `target` and return the id; the same target gets the same id."""
        return _relate(self.links, kind, target, external)

    @property
    def root(self) -> Node:
        """Return the root element of a part made of elements."""
        if isinstance(self.content, bytes):
            raise TypeError(f"{self.partname} holds bytes")
        return self.content

    @property
    def blob(self) -> bytes:
        """Return the part's bytes, its elements in schema order."""
        if isinstance(self.content, bytes):
            return self.content
        put_in_order(self.content)
        etree.cleanup_namespaces(self.content, keep_ns_prefixes=["w", "r"])
        return bytes(
            etree.tostring(self.content, xml_declaration=True, encoding="UTF-8", standalone=True)
        )


class Package:
    """The parts of one file, and what the file as a whole relates to."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        self._links: Links = {}
        self._media: dict[str, str] = {}

    def add(self, name: str, content_type: str, content: Node | bytes) -> Part:
        """Add a part and return it; a name is used once."""
        if name in self.parts:
            raise ValueError(f"part {name} exists")
        part = self.parts[name] = Part(name, content_type, content)
        return part

    def relate(self, kind: str, target: str) -> str:
        """Relate the file itself to one of its parts and return the id."""
        return _relate(self._links, kind, target, False)

    def add_picture(self, content: bytes, extension: str) -> str:
        """Store a picture once however often it is used; return its name below `word/`."""
        key = hashlib.sha256(content).hexdigest()
        if key not in self._media:
            name = f"media/image{len(self._media) + 1}.{extension}"
            self.add(f"word/{name}", MEDIA_TYPES[extension], content)
            self._media[key] = name
        return self._media[key]

    def save(self) -> bytes:
        """Return the file's bytes; raises KeyError when a part relates to one that is missing."""
        parts = [self.parts[name] for name in sorted(self.parts)]
        for part in parts:
            self._resolve(part.rels, part.partname.baseURI, part.links)
        whole = Relationships(PACKAGE_URI.baseURI)
        self._resolve(whole, PACKAGE_URI.baseURI, self._links)
        output = io.BytesIO()
        PackageWriter.write(output, whole, parts)
        return _undated(output)

    def _resolve(self, relations: Relationships, base: str, links: Links) -> None:
        for (kind, target, external), identity in links.items():
            place = target if external else self._part_at(base, target)
            relations.add_relationship(kind, place, identity, external)

    def _part_at(self, base: str, target: str) -> Part:
        return self.parts[PackURI.from_rel_ref(base, target).membername]


def _relate(links: Links, kind: str, target: str, external: bool) -> str:
    link = (kind if kind.startswith("http") else f"{OFFICE}/{kind}", target, external)
    return links.setdefault(link, f"rId{len(links) + 1}")


def _undated(archive: io.BytesIO) -> bytes:
    """Return the zip with one date for all: types first, the file's relations next, then names."""
    output = io.BytesIO()
    with (
        zipfile.ZipFile(archive) as dated,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as undated,
    ):
        first, second, *rest = dated.namelist()
        for name in (first, second, *sorted(rest)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            entry.external_attr = 0
            undated.writestr(entry, dated.read(name))
    return output.getvalue()


def core_properties(*, title: str, creator: str, subject: str, language: str, on: date) -> Node:
    """Return `docProps/core.xml`: every date is the issue's, so that two renderings are equal."""
    root = CT_CoreProperties.new()
    properties = CoreProperties(root)
    properties.title = _property(title)
    properties.subject = _property(subject)
    properties.author = _property(creator)
    properties.language = language
    properties.last_modified_by = ""
    properties.revision = 1
    properties.created = properties.modified = datetime.combine(on, time(), UTC)
    return root


def _property(text: str) -> str:
    return UNSPEAKABLE.sub("", text)[:LONGEST_PROPERTY]
