"""A Word file's bytes become blocks: headings, lists, tables, pictures, footnotes; all else noted.

Tracked changes are read as accepted. Nothing outside the file is fetched, no program is run.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from editor.text.document import (
    AnyBlock,
    Blocks,
    Cell,
    Figure,
    FormulaBlock,
    Heading,
    Inlines,
    ListBlock,
    Paragraph,
    Quote,
    Role,
    Table,
    Text,
    plain,
)
from editor.text.handed_in import FileNote, FileReason, Unreadable
from editor.text.markup_captions import place_captions
from editor.text.markup_inline import all_strong
from editor.text.markup_reader import Seen
from workers.files.docx_package import Element, WordPackage, child, tag, value
from workers.files.docx_runs import RunReader, Told
from workers.files.docx_styles import Look, Number, Numbering, Styles, number_of
from workers.files.file_facts import Facts, facts_of
from workers.files.handed_in import PART, FileDate, FileKind, HandedIn

MOST_BLOCKS = 20_000
MOST_PICTURES = 200
MOST_COLUMNS = 200
LONGEST_HEADING = 120
DEEPEST_TABLE = 8
_THROUGH = frozenset(("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"))
_MODIFIED = ("modified", "created")


@dataclass(frozen=True)
class Line:
    """One block with what it takes to put it beside its neighbours."""

    seen: Seen
    title: bool = False
    number: Number | None = None
    quoted: bool = False


def read_docx(body: bytes, *, name: str, now: datetime, zone: ZoneInfo) -> HandedIn:
    """Return what a Word file says; raises Unreadable with the reason."""
    package = WordPackage(body)
    notes: Counter[FileNote] = Counter()
    root = package.tree(package.main)
    found = child(root, "body")
    if found is None:
        raise Unreadable(FileReason.broken, "no body")
    reader = DocumentReader(package, notes)
    lines = list(_capped(reader.lines(found), notes))
    blocks = place_captions([each.seen for each in _gathered(lines)])
    notes[FileNote.macros] += package.macros()
    notes[FileNote.comments] += _comments(package)
    pictures = _pictures(package, blocks, notes)
    blocks = tuple(each for each in blocks if _stays(each, pictures))
    styled = next((plain(_content(each)) for each in lines if each.title), "")
    properties = _properties(package)
    facts = facts_of(
        blocks, styled, fallback=properties.get("title", ""), name=name, now=now, zone=zone
    )
    if not blocks:
        raise Unreadable(FileReason.no_text)
    return HandedIn(
        kind=FileKind.docx,
        title=facts.title,
        blocks=facts.blocks,
        source_name=facts.source_name,
        byline=facts.byline,
        published=facts.published or _saved(properties, facts, zone),
        pictures=pictures,
        notes=+notes,
    )


class DocumentReader:
    """Walks a document's body and tells it line by line."""

    def __init__(self, package: WordPackage, notes: Counter[FileNote]) -> None:
        self.notes = notes
        links = package.links(package.main)
        self.styles = Styles(package.tree(package.related(links, "styles") or "word/styles.xml"))
        self.numbering = Numbering(package.tree(package.related(links, "numbering")))
        footnotes: dict[str, Inlines] = {}
        for kind in ("footnote", "endnote"):
            part = package.related(links, f"{kind}s")
            if part:
                footnotes |= self._notes_of(package, part, kind)
        self.runs = RunReader(self.styles, links, footnotes, notes)

    def _notes_of(self, package: WordPackage, part: str, kind: str) -> dict[str, Inlines]:
        root = package.tree(part)
        runs = RunReader(self.styles, package.links(part), {}, self.notes)
        found: dict[str, Inlines] = {}
        for each in root if root is not None else ():
            if tag(each) == kind and not value(each, "type"):
                texts: list[Text] = []
                for paragraph in (inner for inner in each.iter() if tag(inner) == "p"):
                    said = runs.read(paragraph, self._look(paragraph)).inlines()
                    texts += [Text(text="\n")] * bool(texts and said)
                    texts += [piece for piece in said if isinstance(piece, Text)]
                found[f"{kind}{value(each, 'id')}"] = tuple(texts)
        return found

    def _look(self, paragraph: Element) -> Look:
        """Return a paragraph's style with what it says itself."""
        properties = child(paragraph, "pPr")
        look = self.styles.look(value(child(properties, "pStyle")) or self.styles.default)
        outline, alignment = child(properties, "outlineLvl"), child(properties, "jc")
        if value(outline).isdecimal():
            look = replace(look, outline=int(value(outline)))
        if alignment is not None:
            look = replace(look, centered=value(alignment) == "center")
        own = number_of(properties)
        if own is not None:
            list_id = own[0] or (look.number[0] if look.number else "")
            look = replace(look, number=(list_id, own[1]))
        return look

    def lines(self, element: Element, depth: int = 0) -> Iterator[Line]:
        """Yield the lines of a body, a cell or a text box."""
        for each in element:
            name = tag(each)
            if name == "p":
                yield from self._paragraph(each, depth)
            elif name == "tbl" and depth < DEEPEST_TABLE:
                yield from self._table(each, depth)
            elif name == "mc:AlternateContent":
                chosen = child(each, "mc:Choice")
                yield from self.lines(chosen if chosen is not None else each, depth)
            elif name in _THROUGH:
                yield from self.lines(each, depth)
            elif name == "altChunk":
                self.notes[FileNote.objects] += 1

    def _paragraph(self, paragraph: Element, depth: int) -> Iterator[Line]:
        look = self._look(paragraph)
        told = self.runs.read(paragraph, look)
        content = told.inlines()
        if look.contents:
            self.notes[FileNote.contents] += bool(content)
            return
        if content:
            yield self._line(content, told, look)
        for part, alt in told.pictures:
            yield Line(Seen(Figure(url=part, alt=alt)))
        if depth < DEEPEST_TABLE:
            for box in told.boxes:
                yield from self.lines(box, depth + 1)

    def _line(self, content: Inlines, told: Told, look: Look) -> Line:
        number = self.numbering.next(*look.number) if look.number else None
        centered = bool(look.centered)
        if told.formula and plain(content).strip() == told.formula:
            return Line(Seen(FormulaBlock(source=told.formula), centered=centered))
        text = plain(content)
        if look.level and len(text) <= LONGEST_HEADING:
            content = _headed(content, number)
            return Line(
                Seen(Heading(level=min(look.level, 3), content=_unmarked(content)), centered),
                title=look.title,
            )
        strong = all_strong(content)
        names = "figcaption" if look.caption else ""
        if number is not None and (number.bullet or number.plain):
            return Line(Seen(Paragraph(content=content)), number=number)
        role = Role.deck if look.subtitle else Role.body
        block = Paragraph(role=role, content=_headed(content, number))
        seen = Seen(block, centered or look.caption, names, strong)
        return Line(seen, title=look.title, quoted=look.quote)

    def _table(self, table: Element, depth: int) -> Iterator[Line]:
        rows = [row for row in _rows(table) if child(child(row, "trPr"), "del") is None]
        grid = [self._cells(row, depth) for row in rows]
        if depth:
            self.notes[FileNote.nested_tables] += 1
        pictures = [line for row in grid for place in row for line in place.pictures]
        if len(grid) == 1 and len(grid[0]) == 1:
            # one cell is a frame around text, not a table
            yield from grid[0][0].lines
            return
        block = Table(rows=spanned(grid))
        if any(cell.content for row in block.rows for cell in row):
            yield Line(Seen(block))
        yield from pictures

    def _cells(self, row: Element, depth: int) -> list["Place"]:
        properties = child(row, "trPr")
        header = child(properties, "tblHeader")
        heads = header is not None and value(header).lower() not in ("0", "false", "off")
        column = _count(value(child(properties, "gridBefore")), 0)
        places: list[Place] = []
        for cell in _through(row, "tc"):
            about = child(cell, "tcPr")
            merged = child(about, "vMerge")
            width = max(1, _count(value(child(about, "gridSpan")), 1))
            lines = list(self.lines(cell, depth + 1))
            places.append(
                Place(
                    column=column,
                    width=width,
                    covered=merged is not None and value(merged) != "restart",
                    header=heads,
                    lines=tuple(lines),
                )
            )
            column += width
        return places


@dataclass(frozen=True)
class Place:
    """A cell of a row: the columns it takes, and whether the cell above goes on in it."""

    column: int
    width: int
    covered: bool
    header: bool
    lines: tuple[Line, ...]

    @property
    def pictures(self) -> tuple[Line, ...]:
        """Return the pictures in the cell, which a table of text cannot hold."""
        return tuple(line for line in self.lines if isinstance(line.seen.block, Figure))

    def content(self) -> Inlines:
        """Return the cell's lines as inline content."""
        content: list[object] = []
        for line in self.lines:
            for inlines in _cell_lines(line):
                content += [Text(text="\n")] * bool(content and inlines)
                content += inlines
        return tuple(content)  # type: ignore[arg-type]


def spanned(grid: list[list[Place]]) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows with vertical merges counted; a covered cell without an owner is kept."""
    heights: dict[tuple[int, int], int] = {}
    owners: dict[int, tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for y, row in enumerate(grid):
        above, owners = owners, {}
        for place in row:
            owner = above.get(place.column) if place.covered else None
            if owner is None:
                owners[place.column] = (y, place.column)
                heights[y, place.column] = 1
            else:
                owners[place.column] = owner
                heights[owner] += 1
                covered.add((y, place.column))
    return tuple(
        tuple(
            Cell(
                content=place.content(),
                colspan=place.width,
                rowspan=heights[y, place.column],
                header=place.header,
            )
            for place in row
            if (y, place.column) not in covered
        )
        for y, row in enumerate(grid)
    )


def _rows(table: Element) -> Iterator[Element]:
    return _through(table, "tr")


def _through(element: Element, name: str) -> Iterator[Element]:
    """Yield children of this name, also those that controls and revisions wrap."""
    for each in element:
        if tag(each) == name:
            yield each
        elif tag(each) in _THROUGH:
            yield from _through(each, name)


def _count(text: str, default: int) -> int:
    return min(int(text), MOST_COLUMNS) if text.isdecimal() and len(text) < 5 else default


def _cell_lines(line: Line) -> Iterator[Inlines]:
    match line.seen.block:
        case Table() as table:
            for row in table.rows:
                yield (Text(text="　".join(plain(cell.content) for cell in row)),)
        case Figure():
            return
        case FormulaBlock() as formula:
            yield (Text(text=formula.source),)
        case _:
            content = _content(line)
            number = line.number
            mark = "• " if number and number.bullet else ""
            yield (Text(text=mark), *content) if mark else _headed(content, number)


def _content(line: Line) -> Inlines:
    block = line.seen.block
    return block.content if isinstance(block, Heading | Paragraph) else ()


def _headed(content: Inlines, number: Number | None) -> Inlines:
    """Return the content behind its printed number; a space where the number ends in a letter."""
    if number is None or not number.text.strip():
        return content
    text = number.text.strip()
    return (Text(text=text + (" " if re.search(r"[\w.]$", text, re.ASCII) else "")), *content)


def _unmarked(content: Inlines) -> Inlines:
    return tuple(
        piece.model_copy(update={"marks": ()}) if isinstance(piece, Text) else piece
        for piece in content
    )


def _capped(lines: Iterator[Line], notes: Counter[FileNote]) -> Iterator[Line]:
    for count, line in enumerate(lines):
        if count >= MOST_BLOCKS:
            notes[FileNote.cut] += 1
            return
        yield line


def _gathered(lines: list[Line]) -> Iterator[Line]:
    """Yield the lines with neighbours of one list or one quotation put together."""
    for key, group in groupby(lines, key=_together):
        members = list(group)
        if not key:
            yield from members
            continue
        contents = tuple(_content(each) for each in members)
        if key == "quote":
            yield Line(Seen(Quote(paragraphs=contents)))
        elif key == "bullet" or _from_one(members):
            yield Line(Seen(ListBlock(ordered=key != "bullet", items=contents)))
        else:
            # a list that goes on after other text: its numbers are kept as they were printed
            for each in members:
                block = Paragraph(content=_headed(_content(each), each.number))
                yield Line(replace(each.seen, block=block))


def _together(line: Line) -> str:
    if line.number is not None:
        return "bullet" if line.number.bullet else "numbered"
    return "quote" if line.quoted else ""


def _from_one(members: list[Line]) -> bool:
    return [each.number.count for each in members if each.number] == [
        *range(1, len(members) + 1)
    ]  # fmt: skip


# --- what stands beside the text -----------------------------------------------------------------


def _pictures(
    package: WordPackage, blocks: Blocks, notes: Counter[FileNote]
) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for block in blocks:
        if not isinstance(block, Figure) or block.url in found:
            continue
        if len(found) >= MOST_PICTURES or not package.has(block.url.removeprefix(PART)):
            notes[FileNote.pictures_lost] += 1
            continue
        found[block.url] = package.read(block.url.removeprefix(PART))
    return found


def _stays(block: AnyBlock, pictures: Mapping[str, bytes]) -> bool:
    return not isinstance(block, Figure) or block.url in pictures


def _comments(package: WordPackage) -> int:
    root = package.tree(package.related(package.links(package.main), "comments"))
    return 0 if root is None else sum(tag(each) == "comment" for each in root)


def _properties(package: WordPackage) -> dict[str, str]:
    part = package.related(package.links(""), "core-properties")
    try:
        root = package.tree(part) if part else None
    except Unreadable:
        # the text can be read all the same
        return {}
    return {} if root is None else {tag(each): (each.text or "").strip() for each in root}


def _saved(properties: Mapping[str, str], facts: Facts, zone: ZoneInfo) -> FileDate | None:
    """Return when the file was last saved: templates lend their creation date to their copies."""
    for name in _MODIFIED:
        try:
            moment = datetime.fromisoformat(properties.get(name, ""))
        except ValueError:
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        if facts.plausible(moment):
            return FileDate(moment, "file")
    return None
