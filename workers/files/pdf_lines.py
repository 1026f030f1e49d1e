"""A PDF's characters become lines with their place and size, in the order of reading."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as pdfium

from editor.text.handed_in import FileReason, Unreadable

MOST_PAGES = 300
MOST_CHARACTERS = 1_500_000
PASSWORD_NEEDED = 4
BOLD = 600
# shares of the page's width and of a line's height
GUTTER, MIDDLE = 0.02, (0.35, 0.65)
SAME_LINE, WORD_GAP, CELL_GAP, LATIN_GAP = 0.4, 0.22, 0.7, 1.6


@dataclass(frozen=True)
class Run:
    """Characters that follow one another on a page; y grows upwards, all in points."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool = False


@dataclass(frozen=True)
class PdfLine:
    """One line of a column; `cells` counts the pieces that wide gaps make of it.

    `column` numbers the columns of the whole file, so that neighbours can be told apart.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool
    page: int
    column: int
    cells: int = 1


@dataclass(frozen=True)
class PdfText:
    """What a file's pages hold: `pages` counts those that were read, of `all_pages`."""

    lines: tuple[PdfLine, ...]
    pages: int
    all_pages: int
    empty_pages: int
    pictures: int
    title: str
    created: str


def lines_of(body: bytes) -> PdfText:
    """Return the lines of a PDF; raises Unreadable for a broken or locked one."""
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == PASSWORD_NEEDED or "assword" in str(error)
        reason = FileReason.encrypted if locked else FileReason.broken
        raise Unreadable(reason, str(error)[:200]) from error
    try:
        return _read(document)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(FileReason.broken, str(error)[:200]) from error
    finally:
        document.close()


def _read(document: pypdfium2.PdfDocument) -> PdfText:
    lines: list[PdfLine] = []
    pages = min(len(document), MOST_PAGES)
    empty = pictures = characters = column = read = 0
    for number in range(pages):
        page = document[number]
        width = page.get_width()
        runs = list(_runs(page))
        pictures += sum(1 for _ in page.get_objects([pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3))
        page.close()
        read += 1
        empty += not runs
        for group in _columns(runs, width):
            column += 1
            lines += [replace(each, page=number, column=column) for each in _lines(group)]
        characters += sum(len(run.text) for run in runs)
        if characters > MOST_CHARACTERS:
            break
    facts = document.get_metadata_dict(skip_empty=True)
    return PdfText(
        tuple(lines),
        read,
        len(document),
        empty,
        pictures,
        facts.get("Title", ""),
        facts.get("ModDate", "") or facts.get("CreationDate", ""),
    )


# --- characters to runs --------------------------------------------------------------------------


@dataclass(frozen=True)
class Glyph:
    """One character and its place."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool


def _runs(page: pypdfium2.PdfPage) -> Iterator[Run]:
    """Yield runs of characters that stand beside each other, in the file's own order."""
    run: list[Glyph] = []
    for glyph in _glyphs(page):
        if run and not _follows(run[-1], glyph):
            yield _run(run)
            run = []
        run.append(glyph)
    if run:
        yield _run(run)


def _glyphs(page: pypdfium2.PdfPage) -> Iterator[Glyph]:
    text_page = page.get_textpage()
    box = pdfium.FS_RECTF()
    high = ""
    try:
        for index in range(pdfium.FPDFText_CountChars(text_page)):
            code = pdfium.FPDFText_GetUnicode(text_page, index)
            # characters that pdfium makes up (blanks, line ends) have no place of their own
            if code < 0x20 or pdfium.FPDFText_IsGenerated(text_page, index) == 1:
                continue
            if not pdfium.FPDFText_GetLooseCharBox(text_page, index, box):
                continue
            character = chr(code)
            if 0xD800 <= code < 0xDC00:
                high = character
                continue
            if 0xDC00 <= code < 0xE000:
                pair = (high + character).encode("utf-16-le", "surrogatepass")
                character, high = pair.decode("utf-16-le", "replace"), ""
            yield Glyph(
                character,
                min(box.left, box.right),
                max(box.left, box.right),
                min(box.bottom, box.top),
                abs(box.top - box.bottom),
                pdfium.FPDFText_GetFontWeight(text_page, index) >= BOLD,
            )
    finally:
        text_page.close()


def _follows(before: Glyph, glyph: Glyph) -> bool:
    size = max(before.size, glyph.size, 1)
    gap = glyph.left - before.right
    return abs(glyph.base - before.base) < SAME_LINE * size and -0.5 * size < gap < CELL_GAP * size


def _run(glyphs: list[Glyph]) -> Run:
    text = ""
    for before, glyph in zip([None, *glyphs], glyphs, strict=False):
        if before and _blank_between(text, before.right, glyph, before.size):
            text += " "
        text += glyph.text
    sizes = [glyph.size for glyph in glyphs if glyph.text.strip()] or [glyphs[0].size]
    return Run(
        text,
        glyphs[0].left,
        max(glyph.right for glyph in glyphs),
        statistics.median_low([glyph.base for glyph in glyphs]),
        statistics.median_low(sizes),
        sum(glyph.bold for glyph in glyphs) * 2 > len(glyphs),
    )


def _blank_between(text: str, right: float, glyph: Glyph, size: float) -> bool:
    """Whether a gap stands for a blank: between Latin words, never beside Chinese."""
    if not text or text.endswith(" ") or glyph.text.isspace() or wide(text[-1]) or wide(glyph.text):
        return False
    return glyph.left - right > WORD_GAP * size


def wide(text: str) -> bool:
    """Whether a character is Chinese or full-width, so that no blank stands beside it."""
    return bool(text) and (
        "\u2e80" <= text[0] <= "\u9fff" or "\uf900" <= text[0] <= "\ufaff"
        or "\uff00" <= text[0] <= "\uffef" or "\U00020000" <= text[0] <= "\U0003ffff"
        or text[0] in "“”‘’…—·"
    )  # fmt: skip


# --- runs to columns and lines -------------------------------------------------------------------


def _columns(runs: list[Run], width: float) -> list[list[Run]]:
    """Return the page's runs in groups as they are read: across, or left column before right."""
    runs = [run for run in runs if run.text.strip()]
    gutter = _gutter(runs, width)
    if gutter is None:
        return [runs] if runs else []
    groups: list[list[Run]] = []
    left: list[Run] = []
    right: list[Run] = []
    for run in sorted(runs, key=lambda each: -each.base):
        if run.left < gutter < run.right:
            groups += [group for group in (left, right) if group]
            left, right = [], []
            groups.append([run])
        else:
            (left if run.right <= gutter else right).append(run)
    return groups + [group for group in (left, right) if group]


def _gutter(runs: list[Run], width: float) -> float | None:
    """Return where two columns part, None for a page that is read across.

    Both sides must hold several long lines, and few runs may cross.
    """
    if len(runs) < 12 or width <= 0:
        return None
    best: tuple[float, float] | None = None
    for step in range(61):
        place = width * (MIDDLE[0] + (MIDDLE[1] - MIDDLE[0]) * step / 60)
        reach = width * GUTTER / 2
        crossing = sum(run.left < place + reach and run.right > place - reach for run in runs)
        share = crossing / len(runs)
        if best is None or share < best[0]:
            best = (share, place)
    if best is None or best[0] > 0.25:
        return None
    place = best[1]
    left = [run for run in runs if run.right <= place and run.right - run.left > width * 0.2]
    right = [run for run in runs if run.left >= place and run.right - run.left > width * 0.2]
    return place if len(left) >= 5 and len(right) >= 5 else None


def _lines(runs: list[Run]) -> Iterator[PdfLine]:
    """Yield a column's lines from top to bottom."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda each: -each.base):
        row = rows[-1] if rows else None
        if row and abs(row[0].base - run.base) < SAME_LINE * max(run.size, row[0].size):
            row.append(run)
        else:
            rows.append([run])
    for row in rows:
        yield _line(sorted(row, key=lambda each: each.left))


def _line(row: list[Run]) -> PdfLine:
    main = max(row, key=lambda run: len(run.text) * run.size)
    text, cells, right = "", 1, row[0].left
    for run in row:
        gap = run.left - right
        if text and gap > _cell_gap(text, run.text) * main.size:
            text, cells = f"{text.rstrip()}　", cells + 1
        elif (
            text and gap > WORD_GAP * main.size and not (wide(text[-1]) or wide(run.text.lstrip()))
        ):
            text = f"{text.rstrip()} "
        text, right = text + run.text, max(right, run.right)
    left = row[0].left
    return PdfLine(text.strip(), left, right, main.base, main.size, main.bold, 0, 0, cells)


def _cell_gap(before: str, behind: str) -> float:
    """Return how wide a gap parts two cells; between Latin words blanks may be stretched."""
    latin = before[-1:].isascii() and before[-1:].isalpha() and behind[:1].isascii()
    return LATIN_GAP if latin and behind[:1].isalpha() else CELL_GAP
