"""Word styles: one per role, under the exact names that reading a file back relies on.

Space is given after a paragraph, never before it: Word drops space before at a page top,
LibreOffice keeps it, and the same text must break at the same places in both.
"""

from collections.abc import Iterator

from editor.assembler.looks import Look
from editor.assembler.word.ooxml import Node, element, twips, value
from editor.profile import FontRole, Profile

LATIN_OF_OFFICE = "Times New Roman"
OFFICE_NAMES = {
    FontRole.song: "宋体",
    FontRole.hei: "黑体",
    FontRole.kai: "楷体",
    FontRole.fang: "仿宋",
}
ALTERNATIVE_NAMES = {"宋体": "SimSun", "黑体": "SimHei", "楷体": "KaiTi", "仿宋": "FangSong"}
LATIN_LANGUAGE = "en-US"
LINK_BLUE = "0563C1"


def family(font: FontRole, profile: Profile) -> tuple[str, str]:
    """Return (Chinese, Latin) font names for a role; the brush faces borrow the serif's Latin."""
    if profile.fonts.office_names:
        return OFFICE_NAMES[font], LATIN_OF_OFFICE
    name = getattr(profile.fonts, font.value)
    brush = font in (FontRole.kai, FontRole.fang)
    return name, profile.fonts.song if brush else name


def faces(font: FontRole, profile: Profile) -> dict[str, str]:
    """Return the attributes that name a role's fonts, script by script."""
    chinese, latin = family(font, profile)
    return {"ascii": latin, "hAnsi": latin, "eastAsia": chinese, "cs": latin}


def fonts_of(font: FontRole, profile: Profile) -> Node:
    """Return `w:rFonts`; without the hint “ ” … would take the Latin face."""
    return element("w:rFonts", hint="eastAsia", **faces(font, profile))


# --- styles.xml ----------------------------------------------------------------------------------


def styles_part(profile: Profile, own: dict[str, Look]) -> Node:
    """Return the whole of `word/styles.xml`."""
    return element(
        "w:styles",
        _defaults(profile),
        _latent(),
        _normal(profile),
        _character_default(),
        _table_default(),
        *(
            paragraph_style(look, profile, priority, own)
            for priority, look in enumerate(own.values(), start=1)
        ),
        *_character_styles(profile),
        _grid_style(),
    )


def _defaults(profile: Profile) -> Node:
    half_points = round(profile.page.body_size * 2)
    return element(
        "w:docDefaults",
        element(
            "w:rPrDefault",
            element(
                "w:rPr",
                fonts_of(FontRole.song, profile),
                value("w:kern", 0),
                value("w:sz", half_points),
                value("w:szCs", half_points),
                element("w:lang", val=profile.language, eastAsia=profile.language, bidi="ar-SA"),
            ),
        ),
        element("w:pPrDefault", element("w:pPr", _straight_edge())),
    )


def _straight_edge() -> Node:
    # LibreOffice 7.4 reads this flag the wrong way round: only the default written out keeps its
    # right edge straight. Word does by it what it does anyway.
    return value("w:overflowPunct", 1)


def _normal(profile: Profile) -> Node:
    exact = twips(profile.page.pitch)
    return element(
        "w:style",
        value("w:name", "Normal"),
        element("w:qFormat"),
        element(
            "w:pPr",
            element("w:widowControl"),
            _straight_edge(),
            element("w:spacing", before=0, after=0, line=exact, lineRule="exact"),
        ),
        type="paragraph",
        default=1,
        styleId="Normal",
    )


def _character_default() -> Node:
    return element(
        "w:style",
        value("w:name", "Default Paragraph Font"),
        value("w:uiPriority", 1),
        element("w:semiHidden"),
        type="character",
        default=1,
        styleId="DefaultParagraphFont",
    )


def _table_default() -> Node:
    sides = (element(f"w:{side}", w=width, type="dxa") for side, width in (
        ("top", 0), ("left", 108), ("bottom", 0), ("right", 108)))  # fmt: skip
    return element(
        "w:style",
        value("w:name", "Normal Table"),
        value("w:uiPriority", 99),
        element("w:semiHidden"),
        element("w:tblPr", element("w:tblInd", w=0, type="dxa"), element("w:tblCellMar", *sides)),
        type="table",
        default=1,
        styleId="TableNormal",
    )


def _grid_style() -> Node:
    return element(
        "w:style",
        value("w:name", "Issue Table"),
        value("w:basedOn", "TableNormal"),
        element("w:qFormat"),
        element("w:tblPr", element("w:tblInd", w=0, type="dxa")),
        type="table",
        customStyle=1,
        styleId="IssueTable",
    )


def _latent() -> Node:
    # Word's own styles stay out of its gallery until somebody uses them: the stand there
    return element(
        "w:latentStyles",
        defLockedState=0,
        defUIPriority=99,
        defSemiHidden=1,
        defUnhideWhenUsed=1,
        defQFormat=0,
        count=376,
    )


# what a writer goes on with after a paragraph of a role; after any other, with the same role
NEXT = {
    "section": "item",
    "item": "source",
    "subtitle": "source",
    "source": "body",
    "kicker": "body",
    "deck": "body",
    "inner1": "body",
    "inner2": "body",
    "inner3": "body",
    "solo": "body",
    "byline": "body",
    "caption": "cell",
    "figure": "figure_caption",
    "figure_caption": "body",
    "note": "body",
}
# set by the program or once for all: not offered in the gallery
FIXED = ("toc_", "cover_", "masthead_", "colophon_", "footnote", "header", "footer", "window")
BUILT_IN = ("heading", "toc", "footnote", "header", "footer", "caption", "List", "Quote", "TOC")


def paragraph_style(look: Look, profile: Profile, priority: int, own: dict[str, Look]) -> Node:
    """Return the `w:style` of a look; `priority` is its place in Word's list of styles."""
    after = NEXT.get(look.role)
    hidden = look.role == "spacer"
    custom = None if look.name.startswith(BUILT_IN) else 1
    return element(
        "w:style",
        value("w:name", look.name),
        value("w:basedOn", look.based_on),
        value("w:next", own[after].style_id) if after else None,
        value("w:uiPriority", priority),
        element("w:semiHidden") if hidden else None,
        None if hidden or look.role.startswith(FIXED) else element("w:qFormat"),
        element("w:pPr", *_paragraph_properties(look)),
        element("w:rPr", *_run_properties(look, profile)),
        type="paragraph",
        customStyle=custom,
        styleId=look.style_id,
    )


def _paragraph_properties(look: Look) -> Iterator[Node]:
    if look.keep_next:
        yield element("w:keepNext")
    if look.keep_next or look.keep_lines:
        yield element("w:keepLines")
    pitch = (
        {"line": twips(look.pitch), "lineRule": "exact"}
        if look.pitch
        else {"line": 240, "lineRule": "auto"}
    )
    yield element("w:spacing", before=twips(look.before), after=twips(look.after), **pitch)
    if indent := indent_of(look):
        yield element("w:ind", **indent)
    yield value("w:jc", look.align)
    if look.level is not None:
        yield value("w:outlineLvl", look.level)


def indent_of(look: Look) -> dict[str, int]:
    """Return `w:ind` attributes: in characters for Word, in twips for everybody else."""
    indent: dict[str, int] = {}
    for name, em in (
        ("left", look.left_em),
        ("right", look.right_em),
        ("firstLine", look.first_em),
    ):
        if em:
            indent[f"{name}Chars"] = round(em * 100)
            indent[name] = twips(em * look.size)
    if look.left:
        indent["left"] = twips(look.left)
    return indent


def _run_properties(look: Look, profile: Profile) -> Iterator[Node]:
    yield fonts_of(look.font, profile)
    if look.bold:
        yield element("w:b")
        yield element("w:bCs")
    yield value("w:color", look.colour)
    yield value("w:sz", round(look.size * 2))
    yield value("w:szCs", round(look.size * 2))
    # LibreOffice breaks numbers and words anywhere when Latin text is said to be Chinese; the
    # document's own language stays in the defaults
    yield element("w:lang", val=LATIN_LANGUAGE, eastAsia=profile.language)


LEAD, MARKS = "LeadWords", "SongMarks"


def _character_styles(profile: Profile) -> Iterator[Node]:
    for name, style_id, font in (
        ("Lead Words", LEAD, FontRole.hei),
        ("Song Marks", MARKS, FontRole.song),
    ):
        yield element(
            "w:style",
            value("w:name", name),
            value("w:basedOn", "DefaultParagraphFont"),
            value("w:uiPriority", 90),
            element("w:rPr", fonts_of(font, profile)),
            type="character",
            customStyle=1,
            styleId=style_id,
        )
    yield element(
        "w:style",
        value("w:name", "Hyperlink"),
        value("w:basedOn", "DefaultParagraphFont"),
        element("w:rPr", value("w:color", LINK_BLUE), value("w:u", "single")),
        type="character",
        styleId="Hyperlink",
    )
    yield element(
        "w:style",
        value("w:name", "footnote reference"),
        value("w:basedOn", "DefaultParagraphFont"),
        element("w:rPr", value("w:vertAlign", "superscript")),
        type="character",
        styleId="footnotereference",
    )


# --- the other fixed parts -----------------------------------------------------------------------


COMPATIBLE = (
    "spaceForUL",
    "balanceSingleByteDoubleByteWidth",
    "doNotLeaveBackslashAlone",
    "ulTrailSpace",
    "doNotExpandShiftReturn",
    "adjustLineHeightInTable",
    "useFELayout",
)


# Word's own lists for Chinese, and before a line's first sign the bracket of a citation: [1] stays
# with the word it stands behind. LibreOffice 7.4 does not read them.
NEVER_LAST = "$([{£¥·‘“〈《「『【〔〖〝﹗﹙﹛＄（．［｛￡￥"
NEVER_FIRST = (
    "!%),.:;>?]}¢¨°·ˇˉ―‖’”…‰′″›℃∶"
    "、。〃〉》」』】〕〗〞︶︺︾﹀﹄﹚﹜﹞！＂％＇），．：；？］｀｜｝～￠["
)


def settings_part(profile: Profile, *, embedded: bool) -> Node:
    """Return `word/settings.xml`; nothing in it makes Word ask the reader a question."""
    marks = "decimalEnclosedCircleChinese" if profile.footnotes.marks == "①" else "decimal"
    modern = element(
        "w:compatSetting",
        name="compatibilityMode",
        uri="http://schemas.microsoft.com/office/word",
        val=15,
    )
    return element(
        "w:settings",
        element("w:zoom", percent=100),
        element("w:embedTrueTypeFonts") if embedded else None,
        element("w:saveSubsetFonts") if embedded else None,
        element("w:mirrorMargins") if profile.print.gutter_mm else None,
        value("w:defaultTabStop", 420),
        element("w:evenAndOddHeaders") if profile.print.gutter_mm else None,
        value("w:characterSpacingControl", "compressPunctuation"),
        element("w:noLineBreaksAfter", lang=profile.language, val=NEVER_LAST),
        element("w:noLineBreaksBefore", lang=profile.language, val=NEVER_FIRST),
        element(
            "w:footnotePr",
            value("w:numFmt", marks),
            element("w:footnote", id=-1),
            element("w:footnote", id=0),
        ),
        element("w:compat", *(element(f"w:{flag}") for flag in COMPATIBLE), modern),
        element("w:themeFontLang", val=profile.language, eastAsia=profile.language),
    )


BULLET_LIST = 1
ORDERED_LISTS_FROM = 2


def numbering_part(ordered_lists: int, profile: Profile, own: dict[str, Look]) -> Node:
    """Return `word/numbering.xml`: one bullet list, and one counting list per ordered list."""
    indent = own["bullet"].size
    bullet = _abstract(0, "bullet", "•", indent, fonts_of(FontRole.hei, profile))
    number = _abstract(1, "decimal", "%1.", indent, fonts_of(FontRole.song, profile))
    counted = [
        element(
            "w:num",
            value("w:abstractNumId", 1),
            element("w:lvlOverride", value("w:startOverride", 1), ilvl=0),
            numId=ORDERED_LISTS_FROM + index,
        )
        for index in range(ordered_lists)
    ]
    plain = element("w:num", value("w:abstractNumId", 0), numId=BULLET_LIST)
    return element("w:numbering", bullet, number, plain, *counted)


def _abstract(number: int, kind: str, text: str, em: float, fonts: Node) -> Node:
    return element(
        "w:abstractNum",
        value("w:multiLevelType", "singleLevel"),
        element(
            "w:lvl",
            value("w:start", 1),
            value("w:numFmt", kind),
            value("w:suff", "tab"),
            value("w:lvlText", text),
            value("w:lvlJc", "left"),
            element(
                "w:pPr",
                element("w:tabs", element("w:tab", val="num", pos=twips(3.4 * em))),
                element("w:ind", left=twips(3.4 * em), hanging=twips(1.4 * em)),
            ),
            element("w:rPr", fonts),
            ilvl=0,
        ),
        abstractNumId=number,
    )
