"""Column widths, alignments and row breaks of a table, settled before it is laid out.

Widths are in points. A column gets what its longest unbroken word needs; what is left goes by
content, so that a column of prose does not starve the others (publishing.md §8).
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from editor.text.document import Cell, FootnoteRef, Inline, Inlines, Mark, Table, Text, plain

PADDING = 4.0  # left and right of a cell's text
CROWDED_PADDING = 2.0  # where the longest words would find no room otherwise
TIGHT = 1.01  # widths are the widest that faces have: so much more fits
RAISED, MARK_EM = 0.65, 0.75  # of the size; a note's number of two figures
LEAST_EM = 3.0
CROWDED_EM = 1.2  # where even that is too much: columns of short figures give to the others
LONGEST_WORD_EM = 10.0
SHORT_ROW = 8  # lines: a longer row may break over a page
SMALL_TABLE_ROWS = 8  # a table up to this long is kept on one page
TAIL = 3  # last rows that stay together: a page that begins with fewer looks forgotten
SMALLEST = 8.0
TWIPS = 20  # to a point
COMFORT_EM = 5.0  # a crowded table is set smaller until its columns are this wide
TEXT_EM = 12  # a column with longer text than this is set flush left
NUMBER = re.compile(r"[-－+−]?\d[\d,，]*(\.\d+)?[%％]?")
EMPTY = re.compile(r"[—–\-－/\s]*")
HEAD_UNIT = re.compile(r"(.*\S)\s*([（(][^（）()]+[）)])", re.DOTALL)
NARROW, NARROW_EM = re.compile("[^\u2e80-\U0010ffff“”‘’…—]"), 0.55
THIN, THINNER_EM = re.compile("[.,:;'|]"), 0.21  # than other Latin signs
LAST_WORD = re.compile(r"(?:[0-9A-Za-z.%]+|.)[，。、；：？！）》〉」』】”’…]*\Z", re.DOTALL)
WORD = re.compile(r"[^\s\u2e80-\u9fff\u3000-\u303f\uff00-\uffef]+")


@dataclass(frozen=True)
class Alignment:
    """How a column is set; `inset` is extra room on the right, in points."""

    align: str
    inset: float = 0


@dataclass(frozen=True)
class TablePlan:
    """All that a table's layout needs; `places` holds each stored cell's column.

    `padding` is the room left and right of a cell's text, which its column's width includes. `tail`
    counts the last rows that stay on one page, 0 where they are too tall for that.
    """

    widths: tuple[float, ...]
    size: float
    padding: float
    heads: int
    places: tuple[tuple[int, ...], ...]
    alignments: tuple[Alignment, ...]
    breakable: tuple[bool, ...]
    short: bool
    tail: int
    fits: bool

    def setting(self, cell: Cell, row: int, column: int) -> "Setting":
        """Return how a cell is set; heads and what spans columns stand in the middle."""
        head = cell.header or row < self.heads
        own = self.alignments[column]
        if head or cell.colspan > 1:
            return Setting(head, "center", 0)
        return Setting(head, own.align, own.inset)

    def reach(self, cell: Cell, row: int, column: int) -> int:
        """Return how many columns a cell takes in print.

        Above the tail the last column's cells reach over the empty column that holds the tail
        together: no row has a cell without words, which would be read out.
        """
        last = column + cell.colspan == len(self.widths)
        above = row < len(self.places) - self.tail
        return cell.colspan + (1 if self.tail and last and above else 0)

    def words(self, cell: Cell, row: int, column: int) -> Inlines:
        """Return a cell's words; in a narrow head a unit in brackets has a line of its own."""
        run = cell.content[0] if len(cell.content) == 1 else None
        if not isinstance(run, Text) or not (cell.header or row < self.heads):
            return cell.content
        wide = sum(self.widths[column : column + cell.colspan]) - cell.colspan * 2 * self.padding
        parted = unit_apart(run.text, wide / self.size)
        return cell.content if parted == run.text else (run.model_copy(update={"text": parted}),)


def unit_apart(text: str, room: float) -> str:
    """Return a head with its unit on a line of its own, where `room` em do not hold both.

    A unit that is too long for a line is parted behind its stroke: （吨标准煤/万元）.
    """
    found = HEAD_UNIT.fullmatch(text)
    if found is None or width_em(text) <= room or "\n" in text:
        return text
    name, unit = found.groups()
    halves = re.sub(r"(?<=[/／])", "\n", unit)
    fits = width_em(unit) > room >= max(map(width_em, halves.split("\n")))
    return f"{name}\n{halves if fits else unit}"


@dataclass(frozen=True)
class Setting:
    """How one cell is set: `inset` is extra room on its right, in points."""

    head: bool
    align: str
    inset: float


def width_em(text: str) -> float:
    """Return how wide a text is in em: Chinese 1, Latin and figures a little over a half."""
    return len(text) - (1 - NARROW_EM) * len(NARROW.findall(text))


def last_word(text: str) -> int:
    """Return where the last character or word begins, with the marks that close it."""
    found = LAST_WORD.search(text)
    return found.start() if found else 0


def header_rows(table: Table) -> int:
    """Return how many leading rows are repeated as the head; never all of them.

    They consist of header cells only, with the rows into which one of those cells reaches.
    """
    count = 0
    for row in table.rows:
        if not row or not all(cell.header for cell in row):
            break
        count += 1
    y = 0
    while y < min(count, len(table.rows)):
        count = max([count, *(y + cell.rowspan for cell in table.rows[y])])
        y += 1
    return count if count < len(table.rows) else 0


def places(table: Table) -> tuple[tuple[int, ...], ...]:
    """Return the column at which each stored cell stands, row by row."""
    covered: set[tuple[int, int]] = set()
    rows = []
    for y, row in enumerate(table.rows):
        x, starts = 0, []
        for cell in row:
            while (y, x) in covered:
                x += 1
            starts.append(x)
            covered |= {
                (y + dy, x + dx) for dy in range(cell.rowspan) for dx in range(cell.colspan)
            }
            x += cell.colspan
        rows.append(tuple(starts))
    return tuple(rows)


@lru_cache(maxsize=1024)
def plan(table: Table, total: float, size: float) -> TablePlan:
    """Return the plan for a table `total` points wide whose cells are set at `size`.

    Where the longest words do not fit or the columns get narrow, the size goes down to 8 pt;
    `fits` is False when the words do not fit even then.
    """
    at = places(table)
    heads = header_rows(table)
    count = max(
        (x + c.colspan for row, xs in _rows(table, at) for c, x in _cells(row, xs)), default=1
    )
    least, wish = _needs(table, at, count)
    while _room(count, total, size) < max(sum(least), _comfort(wish)) and size - 0.5 >= SMALLEST:
        size -= 0.5
    room, padding = _room(count, total, size), PADDING
    if sum(least) > room:
        least, wish = _needs(table, at, count, floor=CROWDED_EM)
    if sum(least) > room:
        padding = CROWDED_PADDING
        room = _room(count, total, size, padding)
    shares = _shares(least, wish, room)
    widths = _in_twips(share * size + 2 * padding for share in shares)
    lines = [_lines(row, xs, shares) for row, xs in _rows(table, at)]
    short = len(table.rows) <= SMALL_TABLE_ROWS and sum(lines) <= 2 * SMALL_TABLE_ROWS
    return TablePlan(
        widths=widths,
        size=size,
        padding=padding,
        heads=heads,
        places=at,
        alignments=tuple(_alignment(table, at, heads, x, shares[x], size) for x in range(count)),
        breakable=tuple(line >= SHORT_ROW for line in lines),
        short=short,
        tail=0 if short or _tied(table, lines, heads) else TAIL,
        fits=sum(least) <= room * TIGHT,
    )


Row = tuple[Cell, ...]


def _rows(table: Table, at: tuple[tuple[int, ...], ...]) -> list[tuple[Row, tuple[int, ...]]]:
    return list(zip(table.rows, at, strict=True))


def _cells(row: Row, xs: tuple[int, ...]) -> list[tuple[Cell, int]]:
    return list(zip(row, xs, strict=True))


def _room(count: int, total: float, size: float, padding: float = PADDING) -> float:
    return (total - count * 2 * padding) / size


def _needs(
    table: Table, at: tuple[tuple[int, ...], ...], count: int, floor: float = LEAST_EM
) -> tuple[list[float], list[float]]:
    """Return each column's least and wished width in em, no column under the floor."""
    least, wish = [floor] * count, [floor] * count
    for row, xs in _rows(table, at):
        for cell, x in _cells(row, xs):
            if cell.colspan > 1:
                continue
            level = [run for run in cell.content if not _raised(run)]
            words = (_word_em(word) for word in WORD.findall(plain(level)))
            pieces = (min(piece, LONGEST_WORD_EM) for piece in (*words, *_held(cell.content)))
            least[x] = max(least[x], *pieces, 0)
            raised = sum(map(_raised, cell.content))
            lines = plain(level).split("\n")
            wish[x] = max(wish[x], *(width_em(line) + raised for line in lines))
    return least, wish


def _held(content: Inlines) -> Iterator[float]:
    """Yield how wide the words are that hold raised or lowered runs, with these."""
    word, more = "", 0.0
    for run in content:
        raised = _raised(run)
        if raised:
            more += raised
            yield _word_em(word[last_word(word) :]) + more
        else:
            word, more = plain((run,)), 0.0


def _raised(run: Inline) -> float:
    """Return how wide a note's mark or a raised or lowered run is, 0 for any other."""
    if isinstance(run, FootnoteRef):
        return MARK_EM
    shifted = isinstance(run, Text) and {Mark.superscript, Mark.subscript}.intersection(run.marks)
    return RAISED * width_em(plain((run,))) if shifted else 0.0


def _word_em(word: str) -> float:
    return width_em(word) - THINNER_EM * len(THIN.findall(word))


def _comfort(wish: list[float]) -> float:
    return sum(min(width, COMFORT_EM) for width in wish)


def _shares(least: list[float], wish: list[float], room: float) -> list[float]:
    """Share out the room: first what modest columns wish, the rest by the root of the wish."""
    if sum(least) >= room:
        return [need * room / sum(least) for need in least]
    if sum(wish) <= room:
        spare = (room - sum(wish)) / len(wish)
        return [width + spare for width in wish]
    shares = [0.0] * len(wish)
    waiting = set(range(len(wish)))
    left = room
    while modest := {x for x in waiting if wish[x] <= left / len(waiting)}:
        for x in modest:
            shares[x] = wish[x]
            left -= wish[x]
        waiting -= modest
    spare = left - sum(least[x] for x in waiting)
    roots = {x: math.sqrt(max(wish[x] - least[x], 0.01)) for x in waiting}
    for x in waiting:
        shares[x] = least[x] + max(spare, 0) * roots[x] / sum(roots.values())
    return [share * room / sum(shares) for share in shares]


def _in_twips(widths: Iterable[float]) -> tuple[float, ...]:
    """Return the widths in whole twentieths of a point, as Word counts; their sum stays."""
    edges = [round(edge * TWIPS) for edge in accumulate(widths, initial=0.0)]
    return tuple((right - left) / TWIPS for left, right in pairwise(edges))


def _lines(row: Row, xs: tuple[int, ...], shares: list[float]) -> int:
    """Estimate how many lines a row takes; a cell over several rows is left out."""
    tallest = 1
    for cell, x in _cells(row, xs):
        if cell.rowspan == 1:
            width = sum(shares[x : x + cell.colspan])
            lines = plain(cell.content).split("\n")
            tallest = max(tallest, sum(math.ceil(width_em(line) / width) or 1 for line in lines))
    return tallest


def _tied(table: Table, lines: list[int], heads: int) -> bool:
    """Whether the last rows cannot be kept together: one is long, or a span reaches into them."""
    first = len(table.rows) - TAIL
    spans = (y < first < y + cell.rowspan for y, row in enumerate(table.rows) for cell in row)
    return first <= heads or any(line >= SHORT_ROW for line in lines[first:]) or any(spans)


def _alignment(
    table: Table,
    at: tuple[tuple[int, ...], ...],
    heads: int,
    column: int,
    share: float,
    size: float,
) -> Alignment:
    """Return a column's alignment: figures right as a block in the middle, long text left."""
    cells = [
        cell
        for row, xs in _rows(table, at)[heads:]
        for cell, x in _cells(row, xs)
        if x == column and cell.colspan == 1
    ]
    texts = [plain(cell.content).strip() for cell in cells]
    figures = [text for text in texts if NUMBER.fullmatch(text)]
    others = [text for text in texts if text not in figures and not EMPTY.fullmatch(text)]
    if figures and not others:
        marked = (held for cell in cells for held in _held(cell.content))
        widest = max([*map(width_em, figures), *marked])
        return Alignment("right", max(0.0, (share - widest) * size / 2))
    if any(
        width_em(line) > min(TEXT_EM, share + 1) for text in others for line in text.split("\n")
    ):
        return Alignment("left")
    return Alignment("center")
