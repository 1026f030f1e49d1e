"""Tables of the Word edition: data tables, 附 blocks with their QR code, recommended books."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from editor.assembler.columns import PADDING, TAIL, Setting, TablePlan, plan
from editor.assembler.measures import BOOK_COVER, POINTS_PER_MM
from editor.assembler.phrases import book_fields, caption, unit_line
from editor.assembler.qr import qr_mm, qr_png
from editor.assembler.word.grid import DESCENT_EM, halves, leave_room, lines_of, whole
from editor.assembler.word.ooxml import Node, element, qualified, run, text_node, twips, value
from editor.assembler.word.text import Manuscript
from editor.text.document import Article, Attachment, BookEntry, Cell, Table, plain

BOOK_COLUMN = 112.0
RULE = {"val": "single", "sz": 4, "space": 0, "color": "787878"}
HEAVY = {"val": "single", "sz": 8, "space": 0, "color": "3C3C3C"}
SLACK = 0.5
CELL_ROOM = 1.5  # the least points above and below a cell's text
BELOW = 6.0  # the least points below a table
BETWEEN = 0.5  # points that the rule between two rows takes
EDGES = 1.5  # what the rules at a table's top and bottom take beyond that
BELOW_BOOK = 10.0


# --- the grid ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A cell in the grid; `continues` marks the part of a row span below its first row."""

    column: int
    cell: Cell
    continues: bool = False


def grid_of(table: Table, planned: TablePlan) -> list[list[Place]]:
    """Return every row's places from left to right, what a row span covers among them."""
    grid: list[list[Place]] = [[] for _ in table.rows]
    for y, (row, columns) in enumerate(zip(table.rows, planned.places, strict=True)):
        for cell, column in zip(row, columns, strict=True):
            grid[y].append(Place(column, cell))
            for below in grid[y + 1 : y + cell.rowspan]:
                below.append(Place(column, cell, continues=True))
    return [sorted(places, key=lambda place: place.column) for places in grid]


# --- data tables ---------------------------------------------------------------------------------


def data_table(manuscript: Manuscript, table: Table) -> Iterator[Node]:
    """Yield a table with its caption, unit and notes."""
    if not any(table.rows):
        return
    if table.caption:
        yield manuscript.line("caption", caption(table.caption))
    if table.unit:
        yield manuscript.line("unit", unit_line(table.unit, manuscript.profile.table))
    planned = plan(table, manuscript.text_width, manuscript.looks["cell"].size)
    sizes = _rows(table, planned, manuscript)
    usual = Counter(size.room for size in sizes).most_common(1)[0][0]
    layout = _Layout(manuscript, planned, sizes, usual)
    last = len(table.rows) - 1
    rows = [
        layout.row(y, places, keep=_kept(y, last, planned, notes=bool(table.notes)))
        for y, places in enumerate(grid_of(table, planned))
    ]
    yield table_of(
        list(planned.widths),
        rows,
        bordered=True,
        caption=table.caption,
        cell_room=usual,
        padding=planned.padding,
    )
    yield from _below(manuscript, table, sum(size.height for size in sizes))


def _below(manuscript: Manuscript, table: Table, height: float) -> Iterator[Node]:
    """Yield a table's notes, then room by which the text goes on at a line of the grid."""
    pitch, note = manuscript.profile.page.pitch, manuscript.looks["note"]
    height += EDGES
    if not table.caption and not table.unit:
        height += pitch / 2  # above it
    notes = [manuscript.line("note", text) for text in table.notes]
    for text in table.notes:
        height += lines_of(text, manuscript.text_width / note.size) * note.pitch
    rest = whole(height + BELOW, pitch) - height
    if notes:
        leave_room(notes, rest)
        for line in notes[:-1]:
            line.find("{*}pPr").append(element("w:keepNext"))
        yield from notes
    else:
        yield manuscript.spacer(1, after=rest - 1)


@dataclass(frozen=True)
class _Row:
    """A row's height in points, and how much of it is room above and below its longest cell."""

    height: float
    room: float


def _line(planned: TablePlan, manuscript: Manuscript) -> float:
    """Return how tall a line of a table is: where its text is set smaller, its lines are closer."""
    look = manuscript.looks["cell"]
    return look.pitch * planned.size / look.size


def _rows(table: Table, planned: TablePlan, manuscript: Manuscript) -> list[_Row]:
    """Return the rows' heights: whole or half lines of text, which hold their cells.

    They come about by the room in the cells, not by a height of the row: LibreOffice 7.4 loses
    rows with a height that may not be parted where they reach a page's foot.
    """
    line, pitch = _line(planned, manuscript), manuscript.profile.page.pitch
    texts, heights = [line] * len(table.rows), [0.0] * len(table.rows)
    # what spans rows comes last: it needs only what its rows have not
    cells = [
        (cell.rowspan, y, x, cell)
        for y, (row, columns) in enumerate(zip(table.rows, planned.places, strict=True))
        for cell, x in zip(row, columns, strict=True)
    ]
    for span, y, x, cell in sorted(cells, key=lambda found: found[:3]):
        wide = sum(planned.widths[x : x + cell.colspan]) - 2 * (planned.padding - SLACK)
        tall = line * lines_of(plain(planned.words(cell, y, x)), wide / planned.size)
        if span == 1:
            texts[y] = max(texts[y], tall)
        below = min(y + span, len(heights))
        lacking = tall + 2 * CELL_ROOM - sum(heights[y:below])
        if lacking > 0:
            heights[below - 1] += halves(lacking, pitch)
    heights = [height or halves(line + 2 * CELL_ROOM, pitch) for height in heights]
    return [
        _Row(height, (height - tall - BETWEEN) / 2)
        for height, tall in zip(heights, texts, strict=True)
    ]


def _kept(row: int, last: int, planned: TablePlan, *, notes: bool) -> bool:
    """Whether a row stays with the next: no lonely head, no tail of one or two rows."""
    if row == last:
        return notes
    return planned.short or row <= planned.heads or row > last - TAIL


@dataclass(frozen=True)
class _Layout:
    """What all cells of one table share."""

    manuscript: Manuscript
    planned: TablePlan
    sizes: list[_Row]
    usual: float  # the room that most rows have; the others' is said in their cells

    def row(self, y: int, places: list[Place], *, keep: bool) -> Node:
        """Return one row; a short one never breaks over a page."""
        header = y < self.planned.heads
        return element(
            "w:tr",
            element(
                "w:trPr",
                None if self.planned.breakable[y] else element("w:cantSplit"),
                element("w:tblHeader") if header else None,
            ),
            *(self._cell(place, y, keep=keep) for place in places),
        )

    def _cell(self, place: Place, y: int, *, keep: bool) -> Node:
        cell = place.cell
        setting = self.planned.setting(cell, y, place.column)
        fill = self.manuscript.profile.table.header_fill
        width = sum(self.planned.widths[place.column : place.column + cell.colspan])
        properties = element(
            "w:tcPr",
            element("w:tcW", w=twips(width), type="dxa"),
            value("w:gridSpan", cell.colspan) if cell.colspan > 1 else None,
            _merge(place),
            element("w:shd", val="clear", color="auto", fill=fill) if setting.head else None,
            self._room(y),
            value("w:vAlign", "center"),
        )
        return element("w:tc", properties, self._paragraph(place, y, setting, keep=keep))

    def _room(self, y: int) -> Node | None:
        room = self.sizes[y].room
        return None if room == self.usual else cell_margins(top=room, bottom=room)

    def _paragraph(self, place: Place, y: int, setting: Setting, *, keep: bool) -> Node:
        look = self.manuscript.looks["cell"]
        extra = [element("w:keepNext")] if keep else []
        if setting.align != look.align:
            extra.append(value("w:jc", setting.align))
        if setting.align == "right" and setting.inset:
            # numbers stand right-aligned, and as a block in the middle of their column
            extra.append(element("w:ind", right=twips(setting.inset)))
        size = self.planned.size if self.planned.size != look.size else None
        if size:
            line = twips(_line(self.planned, self.manuscript))
            extra.append(element("w:spacing", line=line, lineRule="exact"))
        content = () if place.continues else self.planned.words(place.cell, y, place.column)
        runs = self.manuscript.runs(content, bold=setting.head, size=size)
        return self.manuscript.paragraph("cell", *runs, properties=tuple(extra))


def _at_least(points: float) -> Node:
    return element("w:trHeight", val=twips(points), hRule="atLeast")


def cell_margins(**points: float) -> Node:
    """Return a cell's own margins, each in points."""
    sides = (element(f"w:{side}", w=twips(room), type="dxa") for side, room in points.items())
    return element("w:tcMar", *sides)


def _merge(place: Place) -> Node | None:
    if place.continues:
        return element("w:vMerge")
    return value("w:vMerge", "restart") if place.cell.rowspan > 1 else None


def table_of(
    widths: list[float],
    rows: list[Node],
    *,
    bordered: bool = False,
    caption: str = "",
    cell_room: float = CELL_ROOM,
    padding: float = PADDING,
) -> Node:
    """Return a table of fixed columns in the middle of the text block."""
    sides = {"top": HEAVY, "bottom": HEAVY, "insideH": RULE, "insideV": RULE} if bordered else {}
    edges = [element(f"w:{side}", **rule) for side, rule in sides.items()]
    # a little less than planned: columns are planned to the very width of their text
    side = padding - SLACK
    room = {"top": cell_room, "left": side, "bottom": cell_room, "right": side}
    margins = [element(f"w:{side}", w=twips(pt), type="dxa") for side, pt in room.items()]
    properties = element(
        "w:tblPr",
        value("w:tblStyle", "IssueTable"),
        element("w:tblW", w=sum(twips(width) for width in widths), type="dxa"),
        value("w:jc", "center"),
        element("w:tblBorders", *edges) if edges else None,
        element("w:tblLayout", type="fixed"),
        element("w:tblCellMar", *margins),
        element("w:tblLook", val="04A0", firstRow=1, noVBand=1),
        value("w:tblCaption", caption) if caption else None,
    )
    grid = element("w:tblGrid", *(element("w:gridCol", w=twips(width)) for width in widths))
    return element("w:tbl", properties, grid, *rows)


# --- 附 and books ---------------------------------------------------------------------------------


def attachments(manuscript: Manuscript, article: Article) -> Iterator[Node]:
    """Yield one table with a row per attachment: its QR code left, label and address right.

    The last does not part from the one before it. A paragraph of one point follows, so that room
    below is no part of the last row, which would go to the next page for the sake of it.
    """
    if not article.attachments:
        return
    wanted = manuscript.profile.attachment.qr_mm
    sizes = [qr_mm(item.url, wanted) * POINTS_PER_MM for item in article.attachments]
    left = max(76.0, max(sizes) + 12)
    widths = [left, manuscript.text_width - left]
    last = len(sizes) - 1
    rows = [
        _attachment(manuscript, item, sizes[number], widths, below=1 if number == last else 0)
        for number, item in enumerate(article.attachments)
    ]
    for properties in rows[-2].iter(qualified("w:pPr")) if last else ():
        properties.append(element("w:keepNext"))
    yield table_of(widths, rows, cell_room=0)
    yield manuscript.spacer()


def _attachment(
    manuscript: Manuscript, item: Attachment, size: float, widths: list[float], *, below: float
) -> Node:
    """Return the row of an attachment, whole lines tall but for the points `below` it."""
    style, pitch = manuscript.profile.attachment, manuscript.profile.page.pitch
    picture = manuscript.picture(qr_png(item.url), size, size, f"二维码：{item.label}")
    single = element("w:spacing", line=240, lineRule="auto")
    lines = [
        manuscript.paragraph(
            "attachment_label",
            run(text_node("w:t", style.label)),
            manuscript.link(item.url, item.label or item.url),
        )
    ]
    if style.show_url:
        lines.append(manuscript.paragraph("attachment_link", manuscript.link(item.url, item.url)))
    code = manuscript.paragraph("attachment_label", picture, properties=(single,))
    height = whole(_attachment_height(manuscript, item, size, widths[1]), pitch)
    return plain_row(widths, [code], lines, height=height - below)


def _attachment_height(
    manuscript: Manuscript, item: Attachment, size: float, width: float
) -> float:
    style, own = manuscript.profile.attachment, manuscript.looks
    words = [("attachment_label", style.label + (item.label or item.url))]
    if style.show_url:
        words.append(("attachment_link", item.url))
    room = width - 2 * PADDING
    text = sum(lines_of(text, room / own[role].size) * own[role].pitch for role, text in words)
    return max(size + DESCENT_EM * own["attachment_label"].size, text)


def plain_row(
    widths: list[float], *cells: list[Node], align: str = "center", height: float = 0
) -> Node:
    """Return a row without borders that never breaks over a page, at least `height` points tall."""
    return element(
        "w:tr",
        element("w:trPr", element("w:cantSplit"), _at_least(height) if height else None),
        *(
            element(
                "w:tc",
                element(
                    "w:tcPr",
                    element("w:tcW", w=twips(width), type="dxa"),
                    value("w:vAlign", align),
                ),
                # Word refuses a cell without a paragraph
                *(content or [element("w:p", element("w:pPr", value("w:pStyle", "Spacer")))]),
            )
            for width, content in zip(widths, cells, strict=True)
        ),
    )


def book_table(manuscript: Manuscript, book: BookEntry) -> Iterator[Node]:
    """Yield one book: its cover left, four labelled fields right, never broken over a page."""
    labels = manuscript.profile.books
    words = [
        (role, words)
        for name, text in book_fields(book).items()
        if text
        for role, words in (("book_label", getattr(labels, name)), ("book_text", text))
    ]
    left = BOOK_COLUMN + 2 * PADDING
    widths = [left, manuscript.text_width - left]
    own, pitch, room = manuscript.looks, manuscript.profile.page.pitch, widths[1] - 2 * PADDING
    text = sum(
        lines_of(line, room / own[role].size) * own[role].pitch + own[role].after
        for role, line in words
    )
    lines = [manuscript.line(role, line) for role, line in words]
    cover = _cover(manuscript, book)
    least = BOOK_COVER[1] if manuscript.has(book.cover) else 0
    height = whole(max(text, least) + BELOW_BOOK, pitch) - 1
    yield table_of(widths, [plain_row(widths, [cover], lines, align="top", height=height)])
    yield manuscript.spacer()


def _cover(manuscript: Manuscript, book: BookEntry) -> Node:
    if not manuscript.has(book.cover):
        return manuscript.paragraph("book_text")
    width, height = manuscript.fitted(book.cover, BOOK_COVER)
    alt = f"封面：{book.title}"
    picture = manuscript.picture(manuscript.stored(book.cover), width, height, alt)
    return manuscript.paragraph("figure", picture, properties=(value("w:keepNext", 0),))
