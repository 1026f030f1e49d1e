"""Measures of a finished bulletin against its truth: texts, contents, lines of type."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from editor.assembler.columns import TablePlan, plan
from editor.assembler.contents import section_title, solo
from editor.assembler.finished.lines import Setting, read_lines
from editor.profile import Profile
from editor.text.document import Article, IssueDocument, Table
from tests.acceptance.bulletins_document import Source
from tests.acceptance.bulletins_reading import Glyph, PdfReading, Reading
from tests.acceptance.truth import bare

SAME_LINE = 3  # points between the feet of raised and lowered characters of one line, at most
# an opening mark that begins a line is set half its width to the left: look inside the character
INWARD = 0.3
MARKUP = re.compile(r"\^(?=[\[①-⑳{])|[$]|_(?=\{)|[{}]")


@dataclass
class Share:
    """How many of what was looked at hold, and what does not."""

    held: int = 0
    seen: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, holds: bool, words: str) -> None:
        """Count one; say which when it does not hold."""
        self.seen += 1
        self.held += holds
        if not holds:
            self.wrong.append(words)

    @property
    def share(self) -> float:
        """Return the share that holds, 1.0 of nothing."""
        return self.held / self.seen if self.seen else 1.0


# --- what must be printed ------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """One piece of an item's text in printed order; `cell` names its table, `head` its header."""

    text: str
    table: int = -1
    head: bool = False


def wanted(article: Article, item: dict[str, Any], body: str, profile: Profile) -> list[Wanted]:
    """Return an item's texts in printed order, from the truth and not from the document."""
    objects: dict[int, list[Wanted]] = {}
    for number, table in enumerate(item.get("table_rows") or ()):
        objects.setdefault(table["after_paragraph"], []).extend(_table(table, number, profile))
    for figure in item.get("figure_places") or ():
        pair = [figure.get("source"), figure.get("caption")]
        ordered = pair if profile.figure.source == "above" else pair[::-1]
        objects.setdefault(figure["after_paragraph"], []).extend(
            Wanted(text) for text in ordered if text
        )
    lines = [Wanted(item.get("subtitle") or "")]
    if profile.item.source_line and (item.get("source") or item.get("date")):
        lines.append(Wanted(f"{item.get('source') or ''}{item.get('date') or ''}"))
    lines += objects.get(-1, [])
    for number, line in enumerate(body.split("\n")):
        lines += [Wanted(line), *objects.pop(number, [])]
    for place in sorted(place for place in objects if place >= 0):
        lines += objects[place]
    if profile.item.byline:
        lines.append(Wanted(item.get("byline") or ""))
    for link in article.attachments:
        lines += [Wanted(profile.attachment.label + link.label), Wanted(link.url)]
    return [
        Wanted(plain, line.table, line.head)
        for line in lines
        if (plain := bare(MARKUP.sub("", line.text)))
    ]


def _table(table: dict[str, Any], number: int, profile: Profile) -> Iterator[Wanted]:
    yield Wanted(table.get("caption") or "")
    if table.get("unit"):
        yield Wanted(profile.table.unit.format(unit=table["unit"]))
    for y, row in enumerate(table["rows"]):
        for text in row:
            yield Wanted(text, table=number, head=y < table["header_rows"])
    yield from (Wanted(note) for note in table.get("notes") or ())


def items_equal(
    reading: Reading, document: IssueDocument, source: Source, profile: Profile
) -> Share:
    """Count items whose characters, in order, are exactly those of the truth.

    What stands between two items is held against the second, unless the first is already wrong.
    """
    share = Share()
    at, trusted = 0, True
    heads = openings(document, profile)
    rows = zip(document.articles(), source.items, source.rows, strict=True)
    for number, (article, item, row) in enumerate(rows):
        texts = wanted(article, item, row["body"], profile)
        start = reading.stream.find(heads[number], at)
        if start < 0:
            share.note(False, f"{article.headline}: no headline")
            continue
        if trusted and start > at:
            share.note(False, f"{article.headline}: after “{reading.stream[at:start][:40]}”")
            continue
        at = start + len(heads[number])
        follower = Reader(reading, article, item.get("table_rows") or (), profile)
        end, problem = follower.consume(at, texts, heads[number + 1])
        share.note(not problem, f"{article.headline}: {problem}")
        trusted = not problem
        at = max(at, end)
        if number + 2 == len(heads) and not heads[-1]:
            share.note(end == len(reading.stream), f"after the end: {reading.stream[end:][:40]}")
    return share


def openings(document: IssueDocument, profile: Profile) -> list[str]:
    """Return what opens each item, a section's name with it, and what follows the last one."""
    found = []
    for part in document.parts:
        title = bare(section_title(part, profile))
        for number, article in enumerate(part.articles):
            # a section that is one item has its name for that item's headline
            own = "" if solo(part, profile) else bare(article.headline)
            found.append((title if number == 0 else "") + own)
    closing = profile.colophon.heading or "".join(pair.label for pair in document.colophon[:1])
    return [*found, bare(closing) if document.colophon else ""]


@dataclass(frozen=True)
class Reader:
    """Follows the texts of one item through a file."""

    reading: Reading
    article: Article
    tables: Sequence[dict[str, Any]]
    profile: Profile

    def consume(self, at: int, texts: Sequence[Wanted], after: str) -> tuple[int, str]:
        """Return where the texts end, and what is missing or stands between them; "" if nothing.

        `after` is what follows the item in print, "" behind the last one.

        Over a page a table repeats its caption and header; such a table, and one with spans,
        whose cells a PDF draws out of their order, is compared column by column.
        """
        stream, number = self.reading.stream, 0
        while number < len(texts):
            text = texts[number]
            if text.table < 0:
                found = stream.find(text.text, at)
                if found != at:
                    missing = f"“{stream[at : max(found, at + 20)][:40]}” before “{text.text[:20]}”"
                    return at, missing if found >= 0 else f"lacks “{text.text[:30]}”"
                at, number = at + len(text.text), number + 1
                continue
            cells = [one.text for one in texts[number:] if one.table == text.table]
            number += len(cells)
            if stream.startswith("".join(cells), at):
                at += sum(map(len, cells))
                continue
            following = texts[number].text if number < len(texts) else after
            least = at + sum(map(len, cells))
            end = stream.find(following, least) if following else len(stream)
            if problem := self._by_columns(at, end, text.table):
                return at, problem
            at = end
        return at, ""

    def _by_columns(self, start: int, end: int, number: int) -> str:
        """Compare each column's characters with the table's; return the first that differs."""
        reading = self.reading
        table = self._printed(number)
        if not isinstance(reading, PdfReading) or end < start:
            return f"table {number + 1} is not in order"
        planned = plan(table, self.profile.page.text_width, reading.looks["cell"].size)
        lefts = list(accumulate(planned.widths, initial=reading.profile.page.side))
        heads, wanted_columns = _columns(self.tables[number])
        repeated = self._repeated_units(start, end, number)
        for x, (head, text) in enumerate(zip(heads, wanted_columns, strict=True)):
            pages: dict[int, list[Glyph]] = {}
            for place, one in enumerate(reading.glyphs[start:end], start=start):
                if place in repeated:
                    continue
                if lefts[x] <= one.x + INWARD * one.size < lefts[x + 1] and _in_table(one, planned):
                    pages.setdefault(one.page, []).append(one)
            found = ""
            for place, page in enumerate(sorted(pages)):
                words = "".join(one.char for line in _lines(pages[page]) for one in line)
                found += words.removeprefix(head) if place else words
            if found != head + text:
                return f"table {number + 1}, column {x + 1}: {found[:60]} … {text[:60]}"
        return ""

    def _printed(self, number: int) -> Table:
        """Return the block of a table of the truth, whose order is not that of the text."""
        printed = [block for block in self.article.blocks if isinstance(block, Table)]
        order = sorted(range(len(self.tables)), key=lambda n: self.tables[n]["after_paragraph"])
        return printed[order.index(number)]

    def _repeated_units(self, start: int, end: int, number: int) -> set[int]:
        """Return the characters of a table's unit where it is said again on a later page."""
        if not (own := self.tables[number].get("unit")):
            return set()
        unit = bare(self.profile.table.unit.format(unit=own))
        found = re.finditer(re.escape(unit), self.reading.stream[start:end])
        return {start + at for match in found for at in range(*match.span())}


def _lines(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Yield a column's characters line by line from the top, each from the left."""
    line: list[Glyph] = []
    for one in sorted(glyphs, key=lambda one: -one.y):
        if line and line[0].y - one.y > SAME_LINE:
            yield sorted(line, key=lambda one: one.x)
            line = []
        line.append(one)
    yield sorted(line, key=lambda one: one.x)


def _columns(table: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return each column's header and its other cells as the truth has them, one text each."""
    columns = list(zip(*table["rows"], strict=True))
    heads = table["header_rows"]
    return (
        [bare("".join(cells[:heads])) for cells in columns],
        [bare("".join(cells[heads:])) for cells in columns],
    )


def _in_table(one: Glyph, planned: TablePlan) -> bool:
    """Whether a character is set as a cell's: a repeated caption has another face or size."""
    return abs(one.size - planned.size) < 0.2


# --- contents ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contents:
    """One expected line: its text, whether it prints a number, and the heading it names."""

    text: str
    numbered: bool
    heading: str


def contents_lines(document: IssueDocument, profile: Profile) -> list[Contents]:
    """Return the lines that the issue's own headlines, sections and order give."""
    lines = []
    numbers = profile.toc.numbers
    for part in document.parts:
        title = section_title(part, profile)
        alone = solo(part, profile)
        counted = numbers and (alone or profile.toc.section_numbers == "all")
        lines.append(Contents(bare(title), counted, bare(title)))
        if not alone:
            lines += [Contents(bare(one.headline), numbers, bare(one.headline))
                      for one in part.articles]  # fmt: skip
    return lines


def contents_true(reading: PdfReading, document: IssueDocument, profile: Profile) -> Share:
    """Count contents lines in order whose number is printed on the page of their heading."""
    share = Share()
    front, at = undotted(reading.contents()), 0
    headings = reading.headings()
    lines = contents_lines(document, profile)
    for number, line in enumerate(lines):
        start = front.find(undotted(line.text), at)
        if start < 0:
            share.note(False, f"{line.text}: not in the contents")
            continue
        at = start + len(undotted(line.text))
        title, page = headings[number] if number < len(headings) else ("", 0)
        named = unslashed(title) == unslashed(line.heading)
        stands = named and line.heading in "".join(one.char for one in reading.pages[page])
        following = undotted(lines[number + 1].text) if number + 1 < len(lines) else "\0"
        printed = _number(front[at:], following)
        right = printed == str(reading.folio(page)) if line.numbered else printed == ""
        share.note(
            stands and right, f"{line.text}: says {printed}, stands on {reading.folio(page)}"
        )
    return share


def unslashed(text: str) -> str:
    """Return a text without backslashes: the outlines that LibreOffice writes lack them."""
    return text.replace("\\", "")


def undotted(text: str) -> str:
    """Return a text without dots, which leaders are made of."""
    return re.sub(r"[.·…]+", "", text)


def _number(rest: str, following: str) -> str:
    """Return the figures between a line and the next one; "" for none."""
    end = rest.find(following)
    part = rest[: end if 0 <= end < 60 else 8]
    found = re.match(r"\d+", part)
    return found.group() if found else ""


# --- lines of type -------------------------------------------------------------------------------


def lines_of_type(
    pdf: bytes, document: IssueDocument, profile: Profile
) -> tuple[Setting, dict[str, Share]]:
    """Return what the export's own reading measures, as shares by name; each line counts once."""
    found = read_lines(pdf, document, profile)
    short = [f"{text} (sheet {page + 1})" for text, page in (*found.short, *found.by_runs)]
    marks = [f"{text} (sheet {page + 1})" for text, page in found.marks]
    return found, {
        "line_marks": Share(found.lines - len(marks), found.lines, marks),
        "full_lines": Share(found.full - len(short), found.full, short),
        "paragraphs_measured": Share(found.found, found.sought),
    }


def outline_complete(reading: PdfReading, document: IssueDocument, profile: Profile) -> Share:
    """Count sections, items and inner heads that the outline names in order."""
    share = Share()
    marks = [title for title, _, _ in reading.outline]
    at = 0
    for title in _heads(document, profile):
        found = title in marks[at:]
        share.note(found, title)
        at = marks.index(title, at) + 1 if found else at
    share.note(at == len(marks), "the outline has more")
    return share


def _heads(document: IssueDocument, profile: Profile) -> Iterator[str]:
    for part in document.parts:
        yield bare(section_title(part, profile))
        for article in part.articles:
            if not solo(part, profile):
                yield bare(article.headline)
            yield from (
                bare(
                    "".join(
                        getattr(run, "text", getattr(run, "source", "")) for run in block.content
                    )
                )
                for block in article.blocks
                if block.type == "heading"
            )


def tables_of(document: IssueDocument) -> list[Table]:
    """Return the issue's tables in order."""
    return [
        block for article in document.articles() for block in article.blocks
        if isinstance(block, Table)
    ]  # fmt: skip
