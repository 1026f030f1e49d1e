"""What is noticed on the pages of a Word file as LibreOffice sets them (publishing.md §16).

V11 page size and margins, V12 blank pages and what was parted, V14 marks at a line's ends. Another
program breaks lines and pages elsewhere, so that these are remarks and refuse no file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from editor.assembler.finished.blocks import (
    Drawn,
    Mark,
    Place,
    check_contents_pages,
    check_together,
    drawn_pictures,
    heading_marks,
    item_places,
    leading_headings,
)
from editor.assembler.finished.checks import standing
from editor.assembler.finished.lines import check_marks, measure_lines
from editor.assembler.finished.pdf import check_blank, check_edges, check_paper, check_stranded
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.finished.pdf_stream import Stream
from editor.assembler.finished.verdicts import FailedCheck, bare, failed
from editor.assembler.phrases import caption
from editor.assembler.preflight.findings import Finding, named
from editor.assembler.press.sheet import NO_SHEET
from editor.profile import Profile
from editor.text.document import Article, IssueDocument, Table, plain
from editor.text.quoting import briefly

LOOKED_AT = ("V11", "V12", "V14")
CODE = "word_pages"
NO_HEADINGS = (
    "LibreOffice 分页后的标题和稿件对不上",
    "the headings in LibreOffice's pages are not the issue's",
)


@dataclass(frozen=True)
class _Pages:
    """An issue's pages, with all that is looked up in them."""

    reading: PdfReading
    document: IssueDocument
    profile: Profile
    marks: dict[str, Mark]

    @property
    def first(self) -> int:
        """Return the index of the first page of text."""
        return next(iter(self.marks.values()))[0]


def remarks(
    pdf: bytes,
    document: IssueDocument,
    profile: Profile,
    lonely: Sequence[tuple[Article, int]] = (),
) -> tuple[list[str], list[Finding]]:
    """Return the checks that hold on these pages, and a remark for each fault that was met.

    `lonely` are the items whose 附 opens a page alone, with the page's index.
    """
    reading = PdfReading(pdf)
    try:
        try:
            pages = _Pages(reading, document, profile, heading_marks(reading, document, profile))
        except FailedCheck:
            # nothing can be looked up by headings that are not found
            return [], [unseen(*NO_HEADINGS)]
        met = [*_met(pages), *(_lonely(article, sheet) for article, sheet in lonely)]
        faulty = {found.check for found in met}
        return [each for each in LOOKED_AT if each not in faulty], [
            _remark(reading, found) for found in met
        ]
    finally:
        reading.close()


def unseen(chinese: str, english: str) -> Finding:
    """Return the remark that nobody looked at the pages, with the reason."""
    return Finding(
        "note",
        CODE,
        f"没有逐页看过 Word 版（{chinese}）：页尾、附件和版权栏的位置请在 Word 里看一下",
        f"Nobody looked at the Word file's pages ({english}): look at page ends, attachments and "
        "the colophon in Word",
    )


def _met(pages: _Pages) -> Iterator[FailedCheck]:
    """Yield the first fault that each check meets."""
    reading, document, profile = pages.reading, pages.document, pages.profile
    stream = Stream(reading, profile, pages.first)
    places = item_places(stream, document, profile, pages.marks)
    looks: tuple[Callable[[], None], ...] = (
        lambda: check_paper(reading, profile, NO_SHEET),
        lambda: check_edges(reading, profile, pages.first),
        lambda: check_blank(reading, profile),
        lambda: check_stranded(reading, leading_headings(document, profile), profile),
        lambda: check_contents_pages(reading, document, profile, pages.first),
        lambda: check_together(stream, places, _placed(pages), profile),
        lambda: _check_captions(stream, places),
        lambda: check_marks(measure_lines(stream, places, profile)),
    )
    for look in looks:
        try:
            look()
        except FailedCheck as found:
            yield found


def _placed(pages: _Pages) -> list[tuple[Drawn, int]]:
    """Return every picture with its page's index; none where some are missing or too many.

    LibreOffice 7.4 does not tag pictures, but it draws them in printed order.
    """
    wanted = list(drawn_pictures(pages.document, pages.profile))
    found = [
        index for index in range(len(pages.reading.pages)) for _ in pages.reading.images(index)
    ]
    return list(zip(wanted, found, strict=True)) if len(wanted) == len(found) else []


def _check_captions(stream: Stream, places: list[Place]) -> None:
    """V12: a table's caption stands on the page of its first row."""
    for place in places:
        at = place.start
        for table in (block for block in place.article.blocks if isinstance(block, Table)):
            words = [bare(plain(cell.content)) for row in table.rows[:1] for cell in row]
            first = next(filter(None, words), "")
            above = stream.find(caption(table.caption), at, place.end) if table.caption else None
            below = stream.find(first, above[1], place.end) if above and first else None
            if above is None or below is None:
                continue
            at = above[1]
            if stream.page(above[1] - 1) != stream.page(below[0]):
                chinese, english = named(place.article)
                name = briefly(table.caption)
                raise failed(
                    "V12",
                    f"{chinese}的表题“{name}”和表格不在同一页",
                    f"in {english} the caption “{name}” is parted from its table",
                    sheet=stream.page(above[0]),
                )


def _lonely(article: Article, sheet: int) -> FailedCheck:
    chinese, english = named(article)
    return failed(
        "V12",
        f"{chinese}的附件独占一页的开头，前面没有正文",
        f"the attachment of {english} opens a page without text above it",
        sheet=sheet,
    )


def _remark(reading: PdfReading, found: FailedCheck) -> Finding:
    """Return a fault as a remark: where it was met, and that it may not be met elsewhere."""
    chinese, english = found.said
    if found.sheet is not None:
        place, place_english = standing(reading, found.sheet)
        chinese = f"{chinese}（第 {found.sheet + 1} 面，{place}）"
        english = f"{english} (sheet {found.sheet + 1}, {place_english})"
    return Finding(
        "note",
        CODE,
        f"Word 版按 LibreOffice 分页：{chinese}。其他软件分页可能不同，"
        "定稿前请在 Word 里看一下这里",
        f"The Word file in LibreOffice's pages: {english}. Other programs may break pages "
        "elsewhere; look at this place in Word before you print",
    )
