"""Cover, masthead page and colophon of the Word edition."""

import math
from collections.abc import Iterator, Sequence

from editor.assembler.columns import width_em
from editor.assembler.contents import contents_on_cover
from editor.assembler.measures import POINTS_PER_MM
from editor.assembler.phrases import link, padded
from editor.assembler.qr import qr_mm, qr_png
from editor.assembler.word.contents import CoverLine, cover_contents, cover_height, cover_lines
from editor.assembler.word.ooxml import Node, element, twips, value
from editor.assembler.word.tables import plain_row, table_of
from editor.assembler.word.text import Manuscript, plain_runs
from editor.profile import LabelledValue

QUIET_TOP, SLOGAN_TO_TITLE, LABEL_TO_PUBLISHER = 0.14, 0.06, 0.62  # shares of the free height
FIELD_GAP = 14.0
LEAST_GAP = 18.0  # points between the contents on the cover and the publisher
SMALLEST_CONTENTS = 0.5  # of their size: below, a cover of two pages is the lesser evil
ABOVE_COLOPHON = 30.0  # points
WIDEST_GAP = 60.0  # points between the blocks of the masthead page
FIELDS_SHARE = 0.92  # of the text width
SLOGAN_GAP = "\u3000·\u3000"
IDEOGRAPHIC_SPACE, EN_SPACE = "\u3000", "\u2002"


def spread(text: str, width: float) -> str:
    """Return a Chinese label spaced out to `width` characters: 主编 over three is 主　编.

    One that has no even spacing stays as it is; after other characters the room follows, so that
    the colons of all labels stand in one column.
    """
    if width_em(text) != len(text):
        return text + EN_SPACE * int((width - width_em(text)) * 2)
    if len(text) < 2 or width <= len(text):
        return text
    halves = (width - len(text)) * 2 / (len(text) - 1)
    if halves != int(halves):
        return text
    gap = IDEOGRAPHIC_SPACE * (int(halves) // 2) + EN_SPACE * (int(halves) % 2)
    return gap.join(text)


# --- cover ---------------------------------------------------------------------------------------


def cover(manuscript: Manuscript) -> Iterator[Node]:
    """Yield the cover: slogan, title, rule, label and publisher in even balance."""
    if contents_on_cover(manuscript.profile):
        yield from _contents_cover(manuscript)
        return
    document, own = manuscript.document, manuscript.looks
    slogan = SLOGAN_GAP.join(document.cover_lines)
    lines = (
        [("cover_slogan", slogan)]
        + [("cover_title", document.publication)]
        + [("cover_label", line) for line in document.label_lines]
        + _publisher(document.publisher_lines)
    )
    used = sum(own[role].pitch for role, _ in lines) + 60
    free = max(0.0, manuscript.text_height - used)
    yield manuscript.line("cover_slogan", slogan, _before(QUIET_TOP * free))
    yield _title(manuscript, SLOGAN_TO_TITLE * free)
    yield _double_rule(manuscript, 0.19 * manuscript.text_width)
    for line in document.label_lines:
        yield manuscript.line("cover_label", line)
    yield from _publishers(manuscript, LABEL_TO_PUBLISHER * free)


def _contents_cover(manuscript: Manuscript) -> Iterator[Node]:
    """Yield a cover that carries the contents: the issue's label stands under the title."""
    document, own = manuscript.document, manuscript.looks
    slogan = SLOGAN_GAP.join(document.cover_lines)
    if slogan:
        yield manuscript.line("cover_slogan", slogan)
    yield _title(manuscript, 0)
    tab = element("w:tab", val="right", pos=twips(manuscript.text_width))
    yield manuscript.paragraph(
        "cover_label",
        *plain_runs("\t".join(document.label_lines)),
        properties=(element("w:tabs", tab), value("w:jc", "left")),
    )
    yield _double_rule(manuscript, 0)
    yield manuscript.line("toc_title", manuscript.profile.toc.title)
    lines = list(cover_lines(manuscript))
    head = ("cover_title", "cover_label", "toc_title", *(["cover_slogan"] if slogan else []))
    above = sum(own[role].pitch for role in head) + 60
    below = _publisher_height(manuscript)
    free = manuscript.text_height - above - below
    scale = _scale(manuscript, lines, free - LEAST_GAP)
    yield from cover_contents(manuscript, lines, scale)
    left = free - cover_height(manuscript, lines, scale)
    yield from _publishers(manuscript, max(LEAST_GAP, 0.9 * left))


def _scale(manuscript: Manuscript, lines: Sequence[CoverLine], room: float) -> float:
    """Return how much smaller the contents are set to fit on the cover; 1 when they fit."""
    scale = 1.0
    while cover_height(manuscript, lines, scale) > room and scale > SMALLEST_CONTENTS:
        scale *= 0.97
    return scale


def _publisher_height(manuscript: Manuscript) -> float:
    lines = _publisher(manuscript.document.publisher_lines)
    return sum(manuscript.looks[role].pitch for role, _ in lines)


def _title(manuscript: Manuscript, before: float) -> Node:
    """Return the publication's name, as large as fits and its letters a little apart."""
    name = manuscript.document.publication
    size = min(manuscript.looks["cover_title"].size, manuscript.text_width / width_em(name))
    room = manuscript.text_width - size * width_em(name)
    gap = min(room / (len(name) - 1) * 0.6, size * 0.28) if len(name) > 1 else 0
    runs = plain_runs(name[:-1], size=size, tracking=gap) + plain_runs(name[-1:], size=size)
    return manuscript.paragraph("cover_title", *runs, properties=(_before(before),))


def _double_rule(manuscript: Manuscript, inset: float) -> Node:
    colour = manuscript.looks["cover_title"].colour
    rule = element("w:top", val="thickThinSmallGap", sz=18, space=1, color=colour)
    indent = element("w:ind", left=twips(inset), right=twips(inset))
    space = element("w:spacing", before=twips(12), after=twips(18), line=twips(6), lineRule="exact")
    properties = (element("w:pBdr", rule), indent, space)
    return manuscript.paragraph("spacer", properties=properties)


def _publisher(lines: Sequence[str]) -> list[tuple[str, str]]:
    roles = ["cover_publisher"] + ["cover_unit"] * len(lines)
    return list(zip(roles, lines, strict=False))


def _publishers(manuscript: Manuscript, before: float) -> Iterator[Node]:
    for index, (role, text) in enumerate(_publisher(manuscript.document.publisher_lines)):
        yield manuscript.line(role, text, *([_before(before)] if index == 0 else []))


def _before(points: float) -> Node:
    return element("w:spacing", before=twips(points))


# --- masthead page -------------------------------------------------------------------------------


def masthead(manuscript: Manuscript) -> Iterator[Node]:
    """Yield the masthead page: who makes it, who edits it, which days it covers, a QR code."""
    document, style = manuscript.document, manuscript.profile.masthead
    gap = _masthead_gap(manuscript)
    yield manuscript.spacer(gap)
    if style.heading:
        yield manuscript.line("masthead_heading", style.heading)
    if document.masthead:
        yield fields_table(manuscript, document.masthead)
    if document.editors:
        yield manuscript.line("masthead_heading", style.editors_heading, _before(gap))
        yield _editors_table(manuscript)
    if document.window_line:
        yield manuscript.spacer(gap)
        colour = manuscript.looks["cover_title"].colour
        rules = [
            element(f"w:{side}", val="single", sz=4, space=6, color=colour)
            for side in ("top", "bottom")
        ]
        yield manuscript.line("window", document.window_line, element("w:pBdr", *rules))
    if document.qr_url:
        side = 1.25 * qr_mm(document.qr_url, manuscript.profile.attachment.qr_mm) * POINTS_PER_MM
        alt = f"二维码：{document.qr_caption or document.qr_url}"
        picture = manuscript.picture(qr_png(document.qr_url), side, side, alt)
        yield manuscript.paragraph("figure", picture, properties=(_before(gap),))
        if document.qr_caption:
            yield manuscript.line("window", document.qr_caption)


def _masthead_gap(manuscript: Manuscript) -> float:
    """Return the space between the page's blocks, so that they share what it leaves free."""
    document, own = manuscript.document, manuscript.looks
    look = own["masthead_value"]
    room = manuscript.text_width * 0.7 / look.size
    lines = sum(math.ceil(width_em(pair.value) / room) for pair in document.masthead)
    names = max((len(credit.names) for credit in document.editors), default=0)
    side = 1.25 * manuscript.profile.attachment.qr_mm * POINTS_PER_MM if document.qr_url else 0
    headings = 2 * (own["masthead_heading"].pitch + own["masthead_heading"].after)
    used = (lines + names + 3) * look.pitch + 3 * (len(document.masthead) + 4) + side + headings
    return max(6.0, min(WIDEST_GAP, (manuscript.text_height - used) / 5))


def fields_table(
    manuscript: Manuscript, fields: Sequence[LabelledValue], *, kept: bool = False
) -> Node:
    """Return labels in one column of equal width, and their values.

    The colophon's are `kept` on one page and as wide as the rules above and below them.
    """
    size = manuscript.looks["masthead_label"].size
    longest = max(width_em(field.label.rstrip(":：")) for field in fields)
    left = (longest + 1) * size + FIELD_GAP
    share = 1 if kept else FIELDS_SHARE
    widths = [left, manuscript.text_width * share - left]
    rows = [
        plain_row(widths, *_field(manuscript, field, longest, kept), align="top")
        for field in fields
    ]
    return table_of(widths, rows)


def _field(
    manuscript: Manuscript, field: LabelledValue, width: float, kept: bool
) -> tuple[list[Node], list[Node]]:
    label = spread(field.label.rstrip(":："), width) + "："
    cells = (
        manuscript.line("masthead_label", label),
        manuscript.paragraph("masthead_value", *_value(manuscript, field.value)),
    )
    if kept:
        for cell in cells:
            cell.find("{*}pPr").append(element("w:keepNext"))
    return [cells[0]], [cells[1]]


def _value(manuscript: Manuscript, text: str) -> list[Node]:
    """Return a value; a web or mail address is a link."""
    address = link(text)
    return [manuscript.link(address, text)] if address else plain_runs(text)


def _editors_table(manuscript: Manuscript) -> Node:
    """Return the roles side by side, second names under the first."""
    editors = manuscript.document.editors
    size = manuscript.looks["masthead_label"].size
    longest = max(3.0, *(width_em(credit.role) for credit in editors))
    names = max((width_em(name) for credit in editors for name in credit.names), default=3)
    widths = [(longest + 1) * size + FIELD_GAP, (max(names, 3) + 1) * size + FIELD_GAP]
    cells: list[list[Node]] = []
    for credit in editors:
        label = spread(credit.role, longest) + "："
        cells.append([manuscript.line("masthead_label", label)])
        cells.append([manuscript.line("masthead_value", padded(name)) for name in credit.names])
    columns = [*widths] * len(editors)
    return table_of(columns, [plain_row(columns, *cells, align="top")])


# --- colophon ------------------------------------------------------------------------------------


def colophon(manuscript: Manuscript) -> Iterator[Node]:
    """Yield the last block of the issue, kept together under a rule."""
    document, style = manuscript.document, manuscript.profile.colophon
    if not document.colophon and not style.closing:
        return
    rule = element("w:pBdr", element("w:top", val="single", sz=6, space=12, color="404040"))
    keep = element("w:keepNext")
    role = "colophon_heading" if style.heading else "spacer"
    above = _before(ABOVE_COLOPHON + manuscript.settled.above_colophon)
    yield manuscript.line(role, style.heading, above, rule, keep)
    if document.colophon:
        yield fields_table(manuscript, document.colophon, kept=True)
    foot = element("w:pBdr", element("w:bottom", val="single", sz=6, space=6, color="404040"))
    yield manuscript.line("window" if style.closing else "spacer", style.closing, foot)
