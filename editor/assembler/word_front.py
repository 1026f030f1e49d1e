"""Cover, masthead page and colophon of the Word edition."""

from collections.abc import Iterator, Sequence

from editor.assembler.columns import width_em
from editor.assembler.composition import link
from editor.assembler.ooxml import Node, element, run, text_node, twips
from editor.assembler.qr import qr_mm, qr_png
from editor.assembler.word_contents import cover_contents
from editor.assembler.word_tables import POINTS_PER_MM, plain_row, table_of
from editor.assembler.word_text import Manuscript, plain_runs
from editor.profile import LabelledValue

QUIET_TOP = 0.06  # shares of the cover's free height
SLOGAN_TO_TITLE = 0.24
TITLE_TO_LABEL = 0.10
LABEL_TO_PUBLISHER = 0.54
FIELD_GAP = 12.0
IDEOGRAPHIC_SPACE, EN_SPACE = "\u3000", "\u2002"


def spread(text: str, width: float) -> str:
    """Return a Chinese label spaced out to `width` characters: 主编 over three is 主　编.

    A label with other characters, or one that has no even spacing, stays as it is.
    """
    if len(text) < 2 or width <= len(text) or width_em(text) != len(text):
        return text
    halves = (width - len(text)) * 2 / (len(text) - 1)
    if halves != int(halves):
        return text
    gap = IDEOGRAPHIC_SPACE * (int(halves) // 2) + EN_SPACE * (int(halves) % 2)
    return gap.join(text)


# --- cover ---------------------------------------------------------------------------------------


def cover(manuscript: Manuscript) -> Iterator[Node]:
    """Yield the cover: slogan, title, label and publisher in even balance."""
    document, own = manuscript.document, manuscript.looks
    on_cover = manuscript.profile.toc.place == "cover"
    size = min(own["cover_title"].size, manuscript.text_width / width_em(document.publication))
    publisher = _publisher(document.publisher_lines)
    blocks = [
        [("cover_slogan", line) for line in document.cover_lines],
        [("cover_title", document.publication)],
        [("cover_label", line) for line in document.label_lines],
        publisher,
    ]
    used = sum(own[role].pitch for block in blocks for role, _ in block)
    free = max(0.0, manuscript.text_height - used)
    shares = (QUIET_TOP, SLOGAN_TO_TITLE, TITLE_TO_LABEL, LABEL_TO_PUBLISHER)
    if on_cover:
        yield from _title_block(manuscript, blocks, size, (0.0, 6.0, 6.0))
        yield manuscript.line("toc_title", manuscript.profile.toc.title, _before(18))
        yield from cover_contents(manuscript)
        yield from _block(manuscript, publisher, 18)
        return
    gaps = [share * free for share in shares]
    yield from _title_block(manuscript, blocks, size, (gaps[0], gaps[1], gaps[2]))
    yield from _block(manuscript, publisher, gaps[3])


def _publisher(lines: Sequence[str]) -> list[tuple[str, str]]:
    roles = ["cover_publisher"] + ["cover_unit"] * len(lines)
    return list(zip(roles, lines, strict=False))


def _title_block(
    manuscript: Manuscript,
    blocks: list[list[tuple[str, str]]],
    size: float,
    gaps: tuple[float, float, float],
) -> Iterator[Node]:
    yield from _block(manuscript, blocks[0], gaps[0])
    title = run(text_node("w:t", manuscript.document.publication), size=size)
    yield manuscript.paragraph("cover_title", title, properties=(_before(gaps[1]),))
    yield from _block(manuscript, blocks[2], gaps[2])


def _block(manuscript: Manuscript, lines: list[tuple[str, str]], before: float) -> Iterator[Node]:
    for index, (role, text) in enumerate(lines):
        yield manuscript.line(role, text, *([_before(before)] if index == 0 else []))


def _before(points: float) -> Node:
    return element("w:spacing", before=twips(points))


# --- masthead page -------------------------------------------------------------------------------


def masthead(manuscript: Manuscript) -> Iterator[Node]:
    """Yield the masthead page: who makes it, who edits it, which days it covers, a QR code."""
    document, style = manuscript.document, manuscript.profile.masthead
    if style.heading:
        yield manuscript.line("masthead_heading", style.heading)
    if document.masthead:
        yield fields_table(manuscript, document.masthead)
    if document.editors:
        yield manuscript.line("masthead_heading", style.editors_heading, _before(28))
        yield _editors_table(manuscript)
    if document.window_line:
        yield manuscript.line("window", document.window_line, _before(24))
    if document.qr_url:
        side = qr_mm(document.qr_url, manuscript.profile.attachment.qr_mm) * POINTS_PER_MM
        alt = f"二维码：{document.qr_caption or document.qr_url}"
        picture = manuscript.picture(qr_png(document.qr_url), side, side, alt)
        yield manuscript.paragraph("figure", picture, properties=(_before(20),))
        if document.qr_caption:
            yield manuscript.line("window", document.qr_caption)


def fields_table(
    manuscript: Manuscript, fields: Sequence[LabelledValue], *, keep: bool = False
) -> Node:
    """Return labels in one column of equal width, and their values beside them."""
    size = manuscript.looks["masthead_label"].size
    longest = max(width_em(field.label.rstrip(":：")) for field in fields)
    left = (longest + 1) * size + FIELD_GAP
    widths = [left, manuscript.text_width * 0.86 - left]
    kept = (element("w:keepNext"),) if keep else ()
    rows = [
        plain_row(
            widths,
            [_label(manuscript, field.label, longest, kept)],
            [
                manuscript.paragraph(
                    "masthead_value", *_value(manuscript, field.value), properties=kept
                )
            ],
        )
        for field in fields
    ]
    return table_of(widths, rows)


def _label(
    manuscript: Manuscript, label: str, width: float, properties: tuple[Node, ...] = ()
) -> Node:
    text = spread(label.rstrip(":："), width) + "："
    return manuscript.line("masthead_label", text, *properties)


def _value(manuscript: Manuscript, text: str) -> list[Node]:
    """Return a value; a web or mail address is a link."""
    address = link(text)
    return [manuscript.link(address, text)] if address else plain_runs(text)


def _editors_table(manuscript: Manuscript) -> Node:
    editors = manuscript.document.editors
    size = manuscript.looks["masthead_label"].size
    longest = max(width_em(credit.role) for credit in editors)
    name_width = max((width_em(name) for credit in editors for name in credit.names), default=3)
    left = (longest + 1) * size + FIELD_GAP
    widths = [left, (max(name_width, 3) + 1) * size + FIELD_GAP]
    rows = [
        plain_row(
            widths,
            [_label(manuscript, credit.role if index == 0 else "", longest)]
            if index == 0
            else [manuscript.paragraph("masthead_label")],
            [manuscript.line("masthead_value", spread(name, name_width))],
        )
        for credit in editors
        for index, name in enumerate(credit.names)
    ]
    return table_of(widths, rows)


# --- colophon ------------------------------------------------------------------------------------


def colophon(manuscript: Manuscript) -> Iterator[Node]:
    """Yield the last block of the issue, kept together under a rule."""
    document, style = manuscript.document, manuscript.profile.colophon
    if not document.colophon and not style.closing:
        return
    rule = element("w:pBdr", element("w:top", val="single", sz=6, space=12, color="404040"))
    keep = element("w:keepNext")
    yield manuscript.line("colophon_heading", style.heading, _before(24), rule, keep)
    if document.colophon:
        yield fields_table(manuscript, document.colophon, keep=True)
    if style.closing:
        yield manuscript.line("window", style.closing, _before(10))
    else:
        yield manuscript.spacer()
