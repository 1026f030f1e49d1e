"""What is checked in a finished PDF beyond numbers and contents (publishing.md §16).

V04 outline and labels, V05 fonts, V06 characters, V07 QR codes, V08 links, V11 pages and margins,
V12 blank pages and stranded headings, V15 language and title. What stands together is for
`blocks`, lines of type are for `lines`, V18 is for `notes`.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from editor.assembler.contents import contents_on_cover
from editor.assembler.finished.addresses import addresses
from editor.assembler.finished.blocks import (
    Mark,
    check_contents_pages,
    check_pictures,
    check_tables,
    check_together,
    item_places,
    leading_headings,
    printed_headings,
)
from editor.assembler.finished.lines import check_lines
from editor.assembler.finished.notes import away, check_notes
from editor.assembler.finished.pdf_reading import Box, PdfReading
from editor.assembler.finished.pdf_stream import Stream
from editor.assembler.finished.verdicts import bare, failed
from editor.assembler.fonts import FAMILIES
from editor.assembler.measures import POINTS_PER_MM
from editor.assembler.phrases import full_title, publisher
from editor.assembler.preflight.findings import named
from editor.assembler.press.sheet import NO_SHEET, Sheet
from editor.assembler.qr import qr_matrix
from editor.profile import FontRole, Profile
from editor.text.document import IssueDocument
from editor.text.quoting import briefly

SUBSET = re.compile(r"[A-Z]{6}\+(.+)")
NO_CHARACTER = frozenset({0, 0xFFFD})
PRIVATE = range(0xE000, 0xF900)
SLACK = 4.0  # points that a mark may hang over the edge of the text
BLANK = 0.75  # em, wider than the widest blank
SMALLEST_CODE_MM = 10
SCAN = 150 / 72  # what a telephone is sure to see
DARK = 128
WRONG_MODULES = 0.02  # of a code: its own correction mends several times as many


def check_more(
    reading: PdfReading,
    document: IssueDocument,
    profile: Profile,
    marks: Mapping[str, Mark],
    sheet: Sheet = NO_SHEET,
) -> list[str]:
    """Return the checks that the PDF has passed; raises Unusable naming the first that fails.

    V18 is not among them where a note is on another page than its mark: `notes_away` tells of it.
    `marks` are the places of the headings of sections and items in printed order, `sheet` is what
    the pages are printed on.
    """
    first = next(iter(marks.values()))[0]
    check_outline(reading, document, profile)
    check_labels(reading, profile, first)
    check_fonts(reading, profile)
    check_characters(reading)
    check_codes(reading, document)
    check_links(reading, document)
    check_paper(reading, profile, sheet)
    check_edges(reading, profile, first)
    check_blank(reading, profile)
    check_stranded(reading, leading_headings(document, profile), profile)
    check_contents_pages(reading, document, profile, first)
    check_language(reading, document, profile)
    check_notes(reading, document)
    check_tables(reading, document, profile)
    drawn = check_pictures(reading, document, profile)
    stream = Stream(reading, profile, first)
    places = item_places(stream, document, profile, marks)
    check_together(stream, places, drawn, profile)
    check_lines(stream, places, profile)
    passed = ("V04", "V05", "V06", "V07", "V08", "V11", "V12", "V13", "V14", "V15")
    return [*passed, *(() if away(reading) else ("V18",))]


def check_cover(pdf: bytes, document: IssueDocument, profile: Profile, sheet: Sheet) -> str:
    """Return the text of a cover's own file; raises Unusable naming the check that fails.

    It is one page of the same paper, more only for contents, and prints the publication's name and
    the issue's label.
    """
    reading = PdfReading(pdf)
    try:
        pages = [bare(reading.text(index)) for index in range(len(reading.pages))]
        for line in (document.publication, *document.label_lines):
            if (pages[1:] and not contents_on_cover(profile)) or bare(line) not in pages[0]:
                raise failed("V03", f"封面上没有“{line}”", f"the cover lacks “{line}”")
        check_fonts(reading, profile)
        check_characters(reading)
        check_paper(reading, profile, sheet)
        check_language(reading, document, profile)
        return "".join(pages)
    finally:
        reading.close()


# --- V04: outline and labels ---------------------------------------------------------------------


def check_outline(reading: PdfReading, document: IssueDocument, profile: Profile) -> None:
    """V04: the outline names every heading, in order, and leads forward."""
    found = [bare(title) for title, _, _, _ in reading.outline]
    wanted = [text for _, text in printed_headings(document, profile)]
    for number, text in enumerate(wanted):
        if number >= len(found) or found[number] != bare(text):
            name = briefly(text)
            raise failed("V04", f"书签中没有“{name}”", f"the outline lacks “{name}”")
    if len(found) > len(wanted):
        raise failed("V04", "书签有多出的条目", "the outline has entries too many")
    pages = [index for _, index, _, _ in reading.outline]
    if any(index < 0 for index in pages) or pages != sorted(pages):
        raise failed("V04", "有书签指错了页", "an entry of the outline leads astray")


def check_labels(reading: PdfReading, profile: Profile, first: int) -> None:
    """V04: body pages count from 1, those of the contents from i."""
    count = len(reading.pages)
    if reading.label(first) != "1":
        raise failed("V04", "正文页标不从 1 开始", "the body's page labels do not begin at 1")
    for index in range(first, count):
        label = reading.label(index)
        # blank pages that fill the last sheet have no number
        if label != str(index - first + 1) and index < count - profile.print.pad_to + 1:
            raise failed(
                "V04", f"第 {index + 1} 面的页标是“{label}”", f"page label “{label}”", sheet=index
            )
    if not contents_on_cover(profile) and first and not reading.label(first - 1):
        raise failed("V04", "目录页没有页标", "the contents have no page labels")


# --- V05, V06: fonts and characters --------------------------------------------------------------


def check_fonts(reading: PdfReading, profile: Profile) -> None:
    """V05: every font is embedded as a subset; unless the office has its own, it is one of ours."""
    wanted = {getattr(profile.fonts, role.value) or FAMILIES[0] for role in FontRole}
    ours = {family.replace(" ", "") for family in FAMILIES}
    known = wanted | {profile.fonts.title} <= set(FAMILIES)
    for name, embedded in reading.fonts().items():
        subset = SUBSET.fullmatch(name)
        if not embedded or subset is None:
            raise failed("V05", f"字体 {name} 没有嵌入", f"the font {name} is not embedded")
        if known and not any(subset[1].startswith(family) for family in ours):
            raise failed("V05", f"用了别的字体 {name}", f"a foreign font is used: {name}")


def check_characters(reading: PdfReading) -> None:
    """V06: no glyph that stands for none, no replacement sign, no private character."""
    for index in range(len(reading.pages)):
        for point in sorted({ord(glyph.char) for glyph in reading.glyphs(index)}):
            if point in NO_CHARACTER or point in PRIVATE:
                raise failed(
                    "V06",
                    f"第 {index + 1} 面有印不出的字（U+{point:04X}）",
                    f"sheet {index + 1} has a character that is not printed (U+{point:04X})",
                    sheet=index,
                )


# --- V07, V08: codes and links -------------------------------------------------------------------


def check_codes(reading: PdfReading, document: IssueDocument) -> None:
    """V07: each printed code, seen at 150 dpi, is that of its address."""
    wanted = [a.url for article in document.articles() for a in article.attachments if a.url]
    waiting = [*([document.qr_url] if document.qr_url else []), *wanted]
    for index in range(len(reading.pages)):
        if not waiting:
            return
        squares = reading.squares(index, SMALLEST_CODE_MM * POINTS_PER_MM)
        # down the page, as they were set
        for box in sorted(squares, key=lambda box: -box[3]):
            if waiting and _shows(reading, index, box, waiting[0]):
                waiting.pop(0)
    if waiting:
        url = briefly(waiting[0])
        raise failed("V07", f"二维码扫不出：{url}", f"a code cannot be read: {url}")


def _shows(reading: PdfReading, index: int, box: Box, url: str) -> bool:
    modules = qr_matrix(url)
    seen = reading.samples(index, box, len(modules), SCAN)
    wrong = sum(
        (shade < DARK) is not dark
        for row, shades in zip(modules, seen, strict=True)
        for dark, shade in zip(row, shades, strict=True)
    )
    return wrong <= WRONG_MODULES * len(modules) ** 2


def check_links(reading: PdfReading, document: IssueDocument) -> None:
    """V08: links lead where the issue says; every attachment has one."""
    known = {unquote(url) for url in addresses(document)}
    seen: set[str] = set()
    for index in range(len(reading.pages)):
        for url, target in reading.links(index):
            if not url and target < 0:
                raise failed(
                    "V08", f"第 {index + 1} 面有断开的链接", "a link leads nowhere", sheet=index
                )
            if url and unquote(url) not in known:
                raise failed(
                    "V08",
                    f"有不认识的链接 {briefly(url)}",
                    f"a foreign link {briefly(url)}",
                    sheet=index,
                )
            seen.add(unquote(url))
    for article in document.articles():
        for attachment in article.attachments:
            if attachment.url and unquote(attachment.url) not in seen:
                url, (chinese, english) = briefly(attachment.url), named(article)
                raise failed(
                    "V08", f"{chinese}的附件没有链接：{url}", f"{english} has no link to {url}"
                )


# --- V11, V12: pages -----------------------------------------------------------------------------


def check_paper(reading: PdfReading, profile: Profile, sheet: Sheet) -> None:
    """V11: pages have the profile's size; bleed and paper reach as far beyond it as ordered."""
    page = profile.page
    for index in range(len(reading.pages)):
        width, height = reading.size(index)
        reach = ((sheet.bleed, sheet.beyond), reading.paper(index))
        even = all(
            abs(found - wanted) <= 1
            for beyond, box in zip(*reach, strict=True)
            for found, wanted in zip(
                box, (-beyond, -beyond, width + beyond, height + beyond), strict=True
            )
        )
        if not even or abs(width - page.width) > 1 or abs(height - page.height) > 1:
            raise failed(
                "V11",
                f"第 {index + 1} 面的尺寸不对",
                f"sheet {index + 1} has another size",
                sheet=index,
            )


def check_edges(reading: PdfReading, profile: Profile, first: int) -> None:
    """V11: no text leaves the text block, which a gutter moves away from the fold."""
    page = profile.page
    gutter = profile.print.gutter_mm * POINTS_PER_MM
    # a blank at a line's end hangs over the edge
    blank = BLANK * page.body_size
    foot = _without_figures(profile.furniture.footer.replace("{page}", ""))
    for index in range(len(reading.pages)):
        width, height = reading.size(index)
        if index < first:
            left_here, right_here = 0.0, width
        else:
            # the first sheet is a right-hand page: its fold is on the left
            moved = gutter if index % 2 == 0 else -gutter
            left_here = page.side + moved - SLACK
            right_here = page.width - page.side + moved + blank
        for box in reading.lines(index):
            if box[0] < left_here or box[2] > right_here or box[1] < 0 or box[3] > height:
                raise failed(
                    "V11",
                    f"第 {index + 1} 面有文字超出版心",
                    f"text leaves the type area on sheet {index + 1}",
                    sheet=index,
                )
        below = bare(reading.text(index, (0, 0, width, page.bottom - SLACK)))
        if index >= first and _without_figures(below) not in (foot, ""):
            raise failed(
                "V11",
                f"第 {index + 1} 面的正文压到页脚",
                f"text runs into the foot of {index + 1}",
                sheet=index,
            )


def _without_figures(text: str) -> str:
    return re.sub(r"\d", "", bare(text))


def check_blank(reading: PdfReading, profile: Profile) -> None:
    """V12: no page is empty, but for those that fill the last sheet or precede a section."""
    last = len(reading.pages) - profile.print.pad_to
    before = {index - 1 for _, index, _, level in reading.outline if level == 0}
    allowed = before if profile.print.faces else set()
    for index in range(last + 1):
        if index not in allowed and reading.blank(index):
            raise failed(
                "V12",
                f"第 {index + 1} 面是空白页",
                f"sheet {index + 1} is blank",
                sheet=index,
            )


def check_stranded(reading: PdfReading, leading: Iterable[bool], profile: Profile) -> None:
    """V12: below each heading that leads to something that follows on its page."""
    page = profile.page
    for (title, index, height, _level), leads in zip(reading.outline, leading, strict=True):
        if not leads:
            continue
        box = (0.0, page.bottom - SLACK, page.width, height + 1)
        below = bare(reading.text(index, box))
        # nothing may be left of a title, such as one of dots only
        name = bare(title)
        after = below.partition(name)[2] if name and name in below else below
        drawn = any(shape[3] < height for shape in reading.shapes(index))
        if not after and not drawn:
            raise failed(
                "V12",
                f"标题“{briefly(title)}”落在页末",
                f"the heading “{briefly(title)}” is last on its page",
                sheet=index,
            )


# --- V15 -----------------------------------------------------------------------------------------


def check_language(reading: PdfReading, document: IssueDocument, profile: Profile) -> None:
    """V15: the file names its language, title and publisher, and carries tags."""
    if reading.language.lower() != profile.language.lower():
        raise failed("V15", "文件没有标明语言", "the file does not name its language")
    if bare(reading.meta(b"Title")) != bare(full_title(document)):
        raise failed("V15", "文件属性里没有刊名和期号", "the file's title is not the issue's")
    if bare(reading.meta(b"Author")) != bare(publisher(document)):
        raise failed("V15", "文件属性里没有编印单位", "the file does not name its publisher")
    if not reading.tagged:
        raise failed("V15", "文件没有结构标记", "the file carries no tags")
