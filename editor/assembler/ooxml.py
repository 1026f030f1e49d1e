"""Raw WordprocessingML: elements, their schema order, and a package with the same bytes each time.

Word refuses what LibreOffice forgives, so every part is put in schema order before it is saved
(ECMA-376, part 1, §17). Nothing here knows what an issue is.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
DECLARED = {prefix: uri for prefix, uri in NAMESPACES.items() if prefix != "xml"}
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."
MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif"}

# what XML 1.0 cannot hold at all; it has no glyph either, so nothing visible is lost
UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Node = Any  # lxml's element; its stubs stop short of what we use


@cache
def qualified(name: str) -> str:
    """Return `w:p` in lxml's spelling `{uri}p`; a name without a prefix stays as it is."""
    prefix, colon, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else name


def element(tag: str, *children: Node | None, **attributes: object) -> Node:
    """Return `<tag>` with its children; None among them is skipped.

    In `w:` elements plain attribute names mean `w:` names; `r__id` means `r:id` anywhere. An
    attribute that is None is left out, True and False become 1 and 0.
    """
    node = etree.Element(qualified(tag), nsmap=DECLARED)
    own = "w:" if tag.startswith("w:") else ""
    for name, value in attributes.items():
        if value is None:
            continue
        spelled = name.replace("__", ":") if "__" in name else own + name
        node.set(qualified(spelled), str(int(value) if isinstance(value, bool) else value))
    node.extend([child for child in children if child is not None])
    return node


def value(tag: str, val: object) -> Node:
    """Return an element whose only attribute is `w:val`."""
    return element(tag, val=val)


def text_node(tag: str, text: str) -> Node:
    """Return `w:t` or `w:instrText` that keeps its blanks."""
    node = element(tag, xml__space="preserve")
    node.text = UNSPEAKABLE.sub("", text)
    return node


def twips(points: float) -> int:
    """Return points as twentieths of a point, Word's unit of length."""
    return round(points * 20)


def emu(points: float) -> int:
    """Return points as English Metric Units, the unit of drawings."""
    return round(points * 12700)


# --- schema order --------------------------------------------------------------------------------

ORDER: dict[str, str] = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr "
    "suppressLineNumbers pBdr shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct "
    "topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind "
    "contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint "
    "noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect "
    "bdr shd fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW "
    "jc tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption "
    "tblDescription",
    "trPr": "cantSplit trHeight tblHeader jc",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection "
    "tcFitText vAlign hideMark",
    "sectPr": "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc "
    "pgBorders lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi "
    "rtlGutter docGrid",
    "style": "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden "
    "unhideWhenUsed qFormat locked personal pPr rPr tblPr trPr tcPr tblStylePr",
    "settings": "writeProtection view zoom removePersonalInformation embedTrueTypeFonts "
    "embedSystemFonts saveSubsetFonts mirrorMargins bordersDoNotSurroundHeader "
    "bordersDoNotSurroundFooter defaultTabStop evenAndOddHeaders characterSpacingControl "
    "noLineBreaksAfter noLineBreaksBefore footnotePr endnotePr compat rsids mathPr "
    "themeFontLang clrSchemeMapping decimalSymbol listSeparator",
    "lvl": "start numFmt lvlRestart pStyle suff lvlText lvlJc pPr rPr",
}
RANKS = {
    f"{{{NAMESPACES['w']}}}{parent}": {
        f"{{{NAMESPACES['w']}}}{name}": rank for rank, name in enumerate(names.split())
    }
    for parent, names in ORDER.items()
}


def put_in_order(root: Node) -> None:
    """Sort the children of every element whose order the schema fixes; equal ones keep theirs.

    Raises ValueError for a child that the order does not name: it would land anywhere.
    """
    for parent in root.iter(*RANKS):
        ranks = RANKS[parent.tag]
        children = list(parent)
        unknown = [child.tag for child in children if child.tag not in ranks]
        if unknown:
            raise ValueError(f"{parent.tag} has no place for {unknown[0]}")
        ordered = sorted(children, key=lambda child: ranks[child.tag])
        if ordered != children:
            parent[:] = ordered


# --- runs, fields, links, bookmarks --------------------------------------------------------------


def run(*content: Node, **marks: Any) -> Node:
    """Return a run; marks are style, hint, fonts, bold, size, tracking (points), vertical."""
    properties: list[Node] = []
    if marks.get("style"):
        properties.append(value("w:rStyle", marks["style"]))
    if marks.get("hint") or marks.get("fonts"):
        properties.append(element("w:rFonts", hint="eastAsia", **marks.get("fonts") or {}))
    if marks.get("bold"):
        properties += [element("w:b"), element("w:bCs")]
    if marks.get("tracking"):
        properties.append(value("w:spacing", twips(marks["tracking"])))
    if marks.get("size"):
        half_points = round(marks["size"] * 2)
        properties += [value("w:sz", half_points), value("w:szCs", half_points)]
    if marks.get("vertical"):
        properties.append(value("w:vertAlign", marks["vertical"]))
    return element("w:r", element("w:rPr", *properties) if properties else None, *content)


def field_begin(instruction: str) -> list[Node]:
    """Return the runs that open a complex field, up to where its result begins."""
    return [
        run(element("w:fldChar", fldCharType="begin")),
        run(text_node("w:instrText", instruction)),
        run(element("w:fldChar", fldCharType="separate")),
    ]


def field_end() -> Node:
    """Return the run that closes a complex field."""
    return run(element("w:fldChar", fldCharType="end"))


def complex_field(instruction: str, result: str) -> list[Node]:
    """Return the runs of a whole field with its present result."""
    return [*field_begin(instruction), run(text_node("w:t", result)), field_end()]


def section_break(*references: Node, width: float, height: float, **layout: Any) -> Node:
    """Return a `sectPr` for a page of `width` × `height` points without a text grid.

    `opens` is nextPage or continuous. `margins` gives top, bottom, side, header, footer (and
    gutter) in points; `numbers` the format of page numbers, `start` their first or None.
    """
    margins = layout["margins"]
    numbers, start = layout.get("numbers", "decimal"), layout.get("start")
    return element(
        "w:sectPr",
        *references,
        value("w:type", layout.get("opens", "nextPage")),
        element("w:pgSz", w=twips(width), h=twips(height)),
        element(
            "w:pgMar",
            top=twips(margins["top"]),
            right=twips(margins["side"]),
            bottom=twips(margins["bottom"]),
            left=twips(margins["side"]),
            header=twips(margins["header"]),
            footer=twips(margins["footer"]),
            gutter=twips(margins.get("gutter", 0)),
        ),
        element("w:pgNumType", fmt=numbers, start=start),
        element("w:cols", space=720),
    )


# --- package -------------------------------------------------------------------------------------


@dataclass
class Part:
    """One part of the package: its name without the leading slash, its type, its content."""

    name: str
    content_type: str
    content: Node | bytes
    relations: list[tuple[str, str, str, bool]] = field(default_factory=list)

    def relate(self, kind: str, target: str, *, external: bool = False) -> str:
        """Relate this part to `target` and return the id; the same target gets the same id."""
        address = kind if kind.startswith("http") else f"{OFFICE}/{kind}"
        for number, (known, place, _, _) in enumerate(self.relations, start=1):
            if (known, place) == (address, target):
                return f"rId{number}"
        self.relations.append((address, target, kind, external))
        return f"rId{len(self.relations)}"

    @property
    def root(self) -> Node:
        """Return the root element of a part made of elements."""
        if isinstance(self.content, bytes):
            raise TypeError(f"{self.name} holds bytes")
        return self.content

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
    """A .docx in the making."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        self.root = Part("", "", b"")
        self._media: dict[str, str] = {}

    def add(self, name: str, content_type: str, content: Node | bytes) -> Part:
        """Add a part and return it; a name is used once."""
        if name in self.parts:
            raise ValueError(f"part {name} exists")
        part = self.parts[name] = Part(name, content_type, content)
        return part

    def add_picture(self, content: bytes, extension: str) -> str:
        """Store a picture once however often it is used; return its name below `word/`."""
        key = hashlib.sha256(content).hexdigest()
        if key not in self._media:
            name = f"media/image{len(self._media) + 1}.{extension}"
            self.add(f"word/{name}", MEDIA_TYPES[extension], content)
            self._media[key] = name
        return self._media[key]

    def save(self) -> bytes:
        """Return the zip: types first, root relations next, names sorted, one date for all."""
        blobs = {part.name: part.blob() for part in self.parts.values()}
        blobs |= {
            _relations_name(part.name): _relations(part)
            for part in self.parts.values()
            if part.relations
        }
        first = (
            ("[Content_Types].xml", self._content_types()),
            ("_rels/.rels", _relations(self.root)),
        )
        output = io.BytesIO()
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, blob in (*first, *sorted(blobs.items())):
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 0
                entry.external_attr = 0
                archive.writestr(entry, blob)
        return output.getvalue()

    def _content_types(self) -> bytes:
        defaults = {
            "rels": "application/vnd.openxmlformats-package.relationships+xml",
            "xml": "application/xml",
            **MEDIA_TYPES,
        }
        if any(name.endswith(".odttf") for name in self.parts):
            defaults["odttf"] = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
        lines = [
            f'<Default Extension="{key}" ContentType="{kind}"/>'
            for key, kind in sorted(defaults.items())
        ]
        lines += [
            f'<Override PartName="/{part.name}" ContentType="{part.content_type}"/>'
            for part in sorted(self.parts.values(), key=lambda part: part.name)
            if part.name.endswith(".xml")
        ]
        return _xml(f'<Types xmlns="{PACKAGE}/content-types">{"".join(lines)}</Types>')


def _xml(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{body}'.encode()


def _relations_name(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return f"{folder}/_rels/{file}.rels"


def _relations(part: Part) -> bytes:
    lines = []
    for number, (kind, target, _, external) in enumerate(part.relations, start=1):
        mode = ' TargetMode="External"' if external else ""
        place = escape(target, {'"': "&quot;"})
        lines.append(f'<Relationship Id="rId{number}" Type="{kind}" Target="{place}"{mode}/>')
    body = "".join(lines)
    return _xml(f'<Relationships xmlns="{PACKAGE}/relationships">{body}</Relationships>')


def core_properties(*, title: str, creator: str, subject: str, language: str, on: date) -> bytes:
    """Return `docProps/core.xml`: every date is the issue's, so that two renderings are equal."""
    stamp = f"{on.isoformat()}T00:00:00Z"
    fields: Iterable[tuple[str, str, str]] = (
        ("dc:title", "", title),
        ("dc:subject", "", subject),
        ("dc:creator", "", creator),
        ("cp:lastModifiedBy", "", ""),
        ("cp:revision", "", "1"),
        ("dcterms:created", ' xsi:type="dcterms:W3CDTF"', stamp),
        ("dcterms:modified", ' xsi:type="dcterms:W3CDTF"', stamp),
        ("dc:language", "", language),
    )
    body = "".join(
        f"<{tag}{kind}>{escape(UNSPEAKABLE.sub('', text))}</{tag}>" for tag, kind, text in fields
    )
    return _xml(
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{body}</cp:coreProperties>"
    )
