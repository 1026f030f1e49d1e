"""Tables: which ones hold data, and how their spans, captions and notes are read."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml.html import HtmlElement

from editor.text.document import Cell, Inlines, Table, plain
from editor.text.markup_inline import all_strong, squeeze

CELLS = ("td", "th")
WIDEST = 100
MOST_CELLS = 20_000
UNIT = re.compile(
    r"^[（(\[【]?\s*(?:计量|数据)?单位\s*[:：]\s*(?P<unit>[^）)\]】]{1,30})[）)\]】]?$"
)
NOTE = re.compile(
    r"^[（(\[【*※]*\s*(?:注\s*\d*|备注|说明|附注|资料来源|数据来源|来源)\s*[:：]|^注\s*\d*[.．、]"
)
_NUMBER = re.compile(r"^[+\-−±<>≤≥约]?[\d,，.．]+\s*[%％‰倍万亿元个件人名次]*$|^[-—–/]+$")


@dataclass(frozen=True)
class Row:
    """One <tr>: its cells and whether it stands in a <thead>."""

    cells: tuple[HtmlElement, ...]
    heading: bool


def own_rows(table: HtmlElement) -> list[Row]:
    """Return the table's rows in order, those of nested tables left out; <tfoot> goes last."""
    rows: list[Row] = []
    foot: list[Row] = []
    for child in table.iterchildren("tr", "tbody", "thead", "tfoot"):
        if child.tag == "tr":
            rows.append(_row(child, heading=False))
            continue
        found = [_row(tr, heading=child.tag == "thead") for tr in child.iterchildren("tr")]
        (foot if child.tag == "tfoot" else rows).extend(found)
    return [row for row in (*rows, *foot) if row.cells]


def _row(element: HtmlElement, *, heading: bool) -> Row:
    return Row(tuple(element.iterchildren(*CELLS)), heading)


def holds_data(table: HtmlElement) -> bool:
    """Return whether a table is a table and not a way to lay out a page or its pictures."""
    if table.get("role") in ("presentation", "none") or _contains(table, "table", "form", "input"):
        return False
    rows = own_rows(table)
    widths = [sum(span(cell, "colspan") for cell in row.cells) for row in rows]
    if len(rows) < 2 or max(widths, default=0) < 2 or sum(widths) > MOST_CELLS:
        return False
    if _contains(table, "th", "caption", "thead"):
        return True
    cells = [cell for row in rows for cell in row.cells]
    lengths = [len("".join(cell.text_content().split())) for cell in cells]
    filled = sum(1 for length in lengths if length)
    if filled < 3 or (_contains(table, "img") and filled * 2 < len(cells)):
        return False
    if max(lengths) > 300 and max(lengths) > 0.7 * sum(lengths):
        return False
    return sum(1 for row in rows if len(row.cells) > 1) * 2 >= len(rows)


def _contains(element: HtmlElement, *tags: str) -> bool:
    return next(element.iterdescendants(*tags), None) is not None


def span(cell: HtmlElement, name: str) -> int:
    """Return a cell's colspan or rowspan as a sane number from 1."""
    digits = re.match(r"\s*(\d{1,4})", cell.get(name) or "")
    return min(max(int(digits.group(1)), 1), WIDEST) if digits else 1


def read_table(table: HtmlElement, read_cell: Callable[[HtmlElement], Inlines]) -> Table | None:
    """Return the table as a block, or None when nothing is in its cells.

    Spans are cut to what the table holds. Leading rows of one spanning cell become caption and
    unit, trailing ones notes. Header rows come from <th> and <thead>, else from the look.
    """
    grid = [
        [_cell(cell, read_cell, heading=row.heading) for cell in row.cells]
        for row in own_rows(table)
    ]
    captions = [squeeze(el.text_content()) for el in table.iterchildren("caption")]
    grid, leading, trailing = _spanning_rows(_without_empty_rows(_cut_spans(grid)))
    if not any(cell.content for row in grid for cell in row):
        return None
    heads = [line for line in (*captions, *leading) if line]
    units = [match["unit"].strip() for line in heads if (match := UNIT.match(line))]
    caption = " ".join(line for line in heads if not UNIT.match(line))
    return Table(
        rows=tuple(tuple(row) for row in _with_header(grid)),
        caption=caption,
        unit=units[0] if units else "",
        notes=tuple(trailing),
    )


def _cell(element: HtmlElement, read_cell: Callable[[HtmlElement], Inlines], heading: bool) -> Cell:
    return Cell(
        content=read_cell(element),
        colspan=span(element, "colspan"),
        rowspan=span(element, "rowspan"),
        header=heading or element.tag == "th",
    )


def _cut_spans(grid: list[list[Cell]]) -> list[list[Cell]]:
    return [
        [cell.model_copy(update={"rowspan": min(cell.rowspan, len(grid) - y)}) for cell in row]
        for y, row in enumerate(grid)
    ]


def _without_empty_rows(grid: list[list[Cell]]) -> list[list[Cell]]:
    """Drop rows without a character unless a span of another row reaches into them."""
    kept: list[list[Cell]] = []
    reach = 0
    for y, row in enumerate(grid):
        empty = all(not cell.content and cell.rowspan == 1 for cell in row)
        if not empty or reach > y:
            kept.append(row)
        reach = max([reach, *(y + cell.rowspan for cell in row if cell.rowspan > 1)])
    return kept


def _spanning_rows(
    grid: list[list[Cell]],
) -> tuple[list[list[Cell]], list[str], list[str]]:
    """Return the grid without its leading and trailing one-cell rows, and those rows' texts."""
    width = max((sum(cell.colspan for cell in row) for row in grid), default=0)
    leading: list[str] = []
    trailing: list[str] = []
    while len(grid) > 2 and _spans_all(grid[0], width) and _is_heading_line(grid[0], leading):
        leading.append(_line(grid.pop(0)))
    while len(grid) > 2 and _spans_all(grid[-1], width) and NOTE.match(_line(grid[-1])):
        trailing.insert(0, _line(grid.pop()))
    return grid, leading, trailing


def _spans_all(row: list[Cell], width: int) -> bool:
    filled = [cell for cell in row if cell.content]
    return (
        width > 1
        and len(filled) <= 1
        and all(cell.rowspan == 1 for cell in row)
        and (len(row) == 1 and row[0].colspan >= width)
    )


def _is_heading_line(row: list[Cell], before: list[str]) -> bool:
    line = _line(row)
    return len(line) <= 80 and (not before or bool(UNIT.match(line)))


def _line(row: list[Cell]) -> str:
    return squeeze(" ".join(plain(cell.content) for cell in row))


def _with_header(grid: list[list[Cell]]) -> list[list[Cell]]:
    if not grid or any(cell.header for row in grid for cell in row):
        return grid
    depth = max((cell.rowspan for cell in grid[0]), default=1)
    if len(grid) <= depth or not _looks_like_header(grid, depth):
        return grid
    return [
        [cell.model_copy(update={"header": True}) for cell in row] if y < depth else row
        for y, row in enumerate(grid)
    ]


def _looks_like_header(grid: list[list[Cell]], depth: int) -> bool:
    if depth > 3 or any(y + cell.rowspan > depth for y in range(depth) for cell in grid[y]):
        return False
    head = [cell.content for row in grid[:depth] for cell in row]
    if all(all_strong(content) for content in head if content) and any(head):
        return True
    texts = [plain(content).strip() for content in head]
    if any(len(text) > 30 or _NUMBER.match(text) for text in texts if text):
        return False
    body = [plain(cell.content).strip() for row in grid[depth:] for cell in row]
    numbers = sum(1 for text in body if _NUMBER.match(text))
    return len(grid) > 2 or numbers > 0
