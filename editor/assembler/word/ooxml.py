"""Raw WordprocessingML: elements, their schema order, fields, sections.

Word refuses what LibreOffice forgives, so every part is put in schema order before it is saved
(ECMA-376, part 1, §17). Nothing here knows what an issue is.
"""

import re
from functools import cache
from typing import Any

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
ROOTS = frozenset(
    f"w:{name}"
    for name in ("document", "footnotes", "hdr", "ftr", "styles", "settings", "fonts", "numbering")
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."

# what XML 1.0 cannot hold at all; it has no glyph either, so nothing visible is lost
UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Node = Any  # lxml's element; its stubs stop short of what we use


def speakable(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return UNSPEAKABLE.sub("", text)


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
    # only a part's root declares the prefixes: its children take them over, which is half the work
    node = etree.Element(qualified(tag), nsmap=DECLARED if tag in ROOTS else None)
    own = "w:" if tag.startswith("w:") else ""
    for name, value in attributes.items():
        if value is None:
            continue
        spelled = name.replace("__", ":") if "__" in name else own + name
        said = str(int(value) if isinstance(value, bool) else value)
        try:
            node.set(qualified(spelled), said)
        except ValueError:
            node.set(qualified(spelled), speakable(said))
    node.extend([child for child in children if child is not None])
    return node


def value(tag: str, val: object) -> Node:
    """Return an element whose only attribute is `w:val`."""
    return element(tag, val=val)


def text_node(tag: str, text: str) -> Node:
    """Return `w:t` or `w:instrText` that keeps its blanks."""
    node = element(tag, xml__space="preserve")
    node.text = speakable(text)
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
    "trPr": "cnfStyle divId gridBefore gridAfter wBefore wAfter cantSplit trHeight tblHeader "
    "tblCellSpacing jc hidden",
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
    "lvl": "start numFmt lvlRestart pStyle isLgl suff lvlText lvlPicBulletId lvlJc pPr rPr",
    "numbering": "numPicBullet abstractNum num numIdMacAtCleanup",
    "abstractNum": "nsid multiLevelType tmpl name styleLink numStyleLink lvl",
    "num": "abstractNumId lvlOverride",
    "styles": "docDefaults latentStyles style",
    "font": "altName panose1 charset family notTrueType pitch sig embedRegular embedBold "
    "embedItalic embedBoldItalic",
    "tbl": "bookmarkStart bookmarkEnd tblPr tblGrid tr",
    "tblBorders": "top start left bottom end right insideH insideV",
    "tcBorders": "top start left bottom end right insideH insideV tl2br tr2bl",
    "tblCellMar": "top start left bottom end right",
    "tcMar": "top start left bottom end right",
    "pBdr": "top left bottom right between bar",
    "sdt": "sdtPr sdtEndPr sdtContent",
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

    `opens` is nextPage, oddPage or continuous. `margins` gives top, bottom, side, header, footer
    (and outside, gutter) in points; `numbers` the format of page numbers, `start` their first.
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
            right=twips(margins.get("outside", margins["side"])),
            bottom=twips(margins["bottom"]),
            left=twips(margins["side"]),
            header=twips(margins["header"]),
            footer=twips(margins["footer"]),
            gutter=twips(margins.get("gutter", 0)),
        ),
        element("w:pgNumType", fmt=numbers, start=start),
        element("w:cols", space=720),
    )
