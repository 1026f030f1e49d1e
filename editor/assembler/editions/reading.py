"""The issue as an edition for screens reads it: words settled, notes numbered, links made safe.

Templates turn these values into markup; nothing here knows which edition asks. Pictures and codes
come from an `Art`, because one edition carries them inside and another beside it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import urlsplit

from editor.assembler.columns import plan
from editor.assembler.contents import section_title, solo
from editor.assembler.headlines import clauses
from editor.assembler.looks import looks
from editor.assembler.phrases import (
    book_fields,
    caption,
    full_title,
    label,
    link,
    padded,
    publisher,
    signed,
    source_line,
    tidy,
    unit_line,
)
from editor.profile import LabelledValue, Profile
from editor.text.document import (
    AnyBlock,
    Article,
    BookEntry,
    Cell,
    Figure,
    FootnoteRef,
    FormulaBlock,
    Heading,
    Inline,
    InlineFormula,
    IssueDocument,
    ListBlock,
    Mark,
    PageBreak,
    Paragraph,
    Part,
    Quote,
    Role,
    Table,
    Text,
)

SAFE_SCHEMES = ("http", "https", "mailto")
# scheme and host, path and query, fragment; and what a URI writes as %XX, a loose % among it
_URI = re.compile(r"([^:/?#]+:(?://[^/?#]*)?)([^#]*)(#.*)?", re.DOTALL)
_NO_URI = re.compile(r"[\s<>\"{}|\\^`\[\]#]|%(?![0-9A-Fa-f]{2})")
TOP_LEVEL = 3  # a section is h1, an item h2, its own headings begin here
CIRCLED = [*range(0x2460, 0x2474), *range(0x3251, 0x3260), *range(0x32B1, 0x32C0)]  # ① to ㊿


@dataclass(frozen=True)
class Picture:
    """A picture or a code as a page shows it: `src` is an address inside the edition.

    `markup` is set instead of `src` where the picture is drawn in the page itself.
    """

    src: str
    alt: str
    width: int = 0
    height: int = 0
    markup: str = ""


class Art(Protocol):
    """Where an edition keeps its pictures and codes."""

    def picture(self, sha256: str, alt: str) -> Picture | None:
        """Return a stored picture; None for one that the issue does not have."""

    def code(self, url: str, alt: str) -> Picture:
        """Return a QR code; raises Invalid for an address that none can hold."""


@dataclass(frozen=True)
class Run:
    """Characters set alike; `shift` is "sup", "sub" or ""; `note` the footnote they refer to.

    `key` is that footnote's anchor.
    """

    text: str
    strong: bool = False
    shift: str = ""
    href: str = ""
    formula: bool = False
    note: int = 0
    key: str = ""


Runs = tuple[tuple[Run, ...], ...]  # a group of several runs stays on one line


@dataclass(frozen=True)
class Note:
    """A footnote: `number` runs through the issue, `mark` is how it is printed.

    `key` is its anchor, which it keeps when its item moves.
    """

    key: str
    number: int
    mark: str
    runs: Runs


@dataclass(frozen=True)
class TableCell:
    """A cell; `scope` is empty for one that holds data."""

    runs: Runs
    align: str
    scope: str
    colspan: int
    rowspan: int


@dataclass(frozen=True)
class Block:
    """A block of any kind; only the fields of its kind are filled.

    A heading has its `depth` in the item, from 1, and its `level` on the page, h1 to h6.
    """

    kind: str
    key: str = ""
    runs: Runs = ()
    level: int = 0
    depth: int = 0
    role: str = ""
    ordered: bool = False
    items: tuple[Runs, ...] = ()
    picture: Picture | None = None
    caption: str = ""
    source: str = ""
    unit: str = ""
    notes: tuple[str, ...] = ()
    head: tuple[tuple[TableCell, ...], ...] = ()
    body: tuple[tuple[TableCell, ...], ...] = ()
    wide: bool = False
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Link:
    """附: its label, its address and its code; without a safe address it is only read."""

    label: str
    url: str
    href: str
    code: Picture | None


@dataclass(frozen=True)
class Item:
    """An item: `headline` is empty where its section's name is its headline too."""

    anchor: str
    title: str
    headline: str
    subtitle: str
    source: str
    byline: str
    blocks: tuple[Block, ...]
    links: tuple[Link, ...]
    notes: tuple[Note, ...]

    @property
    def clauses(self) -> list[str]:
        """Return the headline's clauses: a line breaks between them before it breaks in one."""
        return [tidy(clause) for clause in clauses(self.title)]


@dataclass(frozen=True)
class Section:
    """A section with its items."""

    anchor: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Pair:
    """A labelled value of the masthead page or the colophon."""

    label: str
    value: str
    href: str


@dataclass(frozen=True)
class Reading:
    """All that an edition's templates read."""

    title: str
    publication: str
    label: str
    labels: tuple[str, ...]
    slogan: tuple[str, ...]
    publisher: str
    publishers: tuple[str, ...]
    language: str
    dated_on: str
    masthead: tuple[Pair, ...]
    editors_heading: str
    editors: tuple[tuple[str, tuple[str, ...]], ...]
    window: str
    code: Picture | None
    code_caption: str
    contents_title: str
    sections: tuple[Section, ...]
    colophon_heading: str
    colophon: tuple[Pair, ...]
    closing: str
    attachment_label: str
    show_url: bool
    source_above: bool


def read(document: IssueDocument, profile: Profile, art: Art) -> Reading:
    """Return the issue for a template; raises Invalid for an address that no code can hold."""
    reader = _Reader(profile, art, looks(profile)["cell"].size)
    shown = profile.masthead
    return Reading(
        title=full_title(document),
        publication=document.publication,
        label=label(document.label_lines),
        labels=tuple(tidy(line) for line in document.label_lines),
        slogan=document.cover_lines,
        publisher=publisher(document),
        publishers=document.publisher_lines,
        language=profile.language,
        dated_on=document.dated_on.isoformat(),
        masthead=_pairs(document.masthead),
        editors_heading=shown.editors_heading,
        editors=tuple(
            (credit.role, tuple(padded(name) for name in credit.names))
            for credit in document.editors
        ),
        window=document.window_line,
        code=reader.masthead_code(document),
        code_caption=document.qr_caption,
        contents_title=profile.toc.title,
        # preflight tells of a section without items; a heading over nothing helps no reader
        sections=tuple(reader.section(part) for part in document.parts if part.articles),
        colophon_heading=profile.colophon.heading,
        colophon=_pairs(document.colophon),
        closing=profile.colophon.closing,
        attachment_label=profile.attachment.label,
        show_url=profile.attachment.show_url,
        source_above=profile.figure.source == "above",
    )


def _pairs(values: Iterable[LabelledValue]) -> tuple[Pair, ...]:
    return tuple(
        Pair(pair.label.rstrip("：:"), tidy(pair.value), target(link(pair.value) or ""))
        for pair in values
    )


def safe_url(url: str) -> str:
    """Return the address when it is http, https or mailto, else ""; nothing else becomes a link."""
    if not url or any(unicodedata.category(sign) == "Cc" for sign in url):
        return ""
    try:
        scheme = urlsplit(url.strip()).scheme.lower()
    except ValueError:
        return ""
    return url.strip() if scheme in SAFE_SCHEMES else ""


def target(url: str) -> str:
    """Return what a link to the address names: signs that no URI has are written as %XX (RFC 3986).

    Browsers do the same to what is typed; a reading program may refuse the book. "" where
    `safe_url` makes no link.
    """
    found = _URI.fullmatch(safe_url(url))
    if found is None:
        return ""
    place, path, fragment = found.groups()
    # the host [::1] needs its brackets
    host = place if "[" in place else _NO_URI.sub(_percent, place)
    written = host + _NO_URI.sub(_percent, path)
    return written + (f"#{_NO_URI.sub(_percent, fragment[1:])}" if fragment else "")


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found.group().encode("utf-8"))


def mark_of(number: int, style: str) -> str:
    """Return a footnote's mark; circled figures end at 50, then plain ones go on."""
    if style == "①" and number <= len(CIRCLED):
        return chr(CIRCLED[number - 1])
    return str(number)


def plain_text(runs: Runs) -> str:
    """Return the characters of runs, marks of footnotes left out."""
    return "".join(run.text for group in runs for run in group if not run.note)


# --- items ---------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Reads item after item; counts the footnotes of the whole issue."""

    profile: Profile
    art: Art
    cell_size: float
    count: int = 0
    anchor: str = ""
    level: int = 0
    notes: list[Note] = field(default_factory=list)

    def masthead_code(self, document: IssueDocument) -> Picture | None:
        """Return the code of the masthead page."""
        if not safe_url(document.qr_url):
            return None
        return self.art.code(document.qr_url, f"二维码：{document.qr_caption or document.qr_url}")

    def section(self, part: Part) -> Section:
        """Return a section; the item of a solo one has no headline of its own."""
        alone = solo(part, self.profile)
        return Section(
            anchor=part.anchor,
            title=section_title(part, self.profile),
            items=tuple(self.item(article, headless=alone) for article in part.articles),
        )

    def item(self, article: Article, *, headless: bool) -> Item:
        """Return an item; its footnotes stand at its end."""
        self.anchor, self.notes = article.anchor, []
        # an item without a headline stands under its section's
        top = TOP_LEVEL - (headless or not article.headline)
        self.level = top - 1
        printed, signature = signed(article, self.profile)
        blocks = tuple(
            read
            for number, block in enumerate(printed, start=1)
            if (read := self.block(block, f"{article.anchor}-{number}", top)) is not None
        )
        return Item(
            anchor=article.anchor,
            title=article.headline,
            headline="" if headless else tidy(article.headline),
            subtitle=tidy(article.subtitle),
            source=source_line(article, self.profile),
            byline=signature,
            blocks=blocks,
            links=tuple(self.link(each.label, each.url) for each in article.attachments),
            notes=tuple(self.notes),
        )

    def link(self, name: str, url: str) -> Link:
        """Return 附 with its code, or without one where the address leads nowhere."""
        exact = safe_url(url)
        code = self.art.code(exact, f"二维码：{tidy(name)}") if exact else None
        return Link(tidy(name), url, target(url), code)

    def runs(self, content: Sequence[Inline]) -> Runs:
        """Return runs in groups that stay on one line: a raised mark and what it belongs to."""
        return _held(_closed_up([self.run(inline) for inline in content]))

    def run(self, inline: Inline) -> Run:
        """Return one run; a footnote's text is kept for the item's end."""
        match inline:
            case Text():
                return Run(
                    text=tidy(inline.text),
                    strong=Mark.strong in inline.marks,
                    shift=_shift(inline),
                    href=target(inline.href or ""),
                )
            case InlineFormula():
                return Run(inline.source, formula=True)
            case FootnoteRef():
                self.count += 1
                number = self.count
                mark = mark_of(number, self.profile.footnotes.marks)
                key = f"{self.anchor}-note{len(self.notes) + 1}"
                self.notes.append(Note(key, number, mark, self.runs(inline.content)))
                return Run(mark, note=number, key=key)
            case _:
                raise TypeError(f"no form on screens for {type(inline).__name__}")

    def block(self, block: AnyBlock, key: str, top: int) -> Block | None:
        """Return one block, None for one that shows nothing on a screen.

        `top` is the level of the item's highest headings.
        """
        match block:
            case Heading():
                return self.heading(block, key, top)
            case Paragraph():
                return Block("paragraph", key, self.runs(block.content), role=block.role.value)
            case ListBlock():
                rows = tuple(self.runs(item) for item in block.items)
                return Block("list", key, items=rows, ordered=block.ordered)
            case Quote():
                return Block("quote", key, items=tuple(self.runs(p) for p in block.paragraphs))
            case Table():
                return self.table(block, key)
            case Figure():
                return self.figure(block, key)
            case FormulaBlock():
                return Block("formula", key, source=block.source)
            case BookEntry():
                return self.book(block, key)
            case PageBreak():
                return None
            case _:
                raise TypeError(f"no form on screens for {type(block).__name__}")

    def heading(self, heading: Heading, key: str, top: int) -> Block | None:
        """Return a heading on a level that skips none; one without words is none.

        Screen readers lead from heading to heading, and miss what a level too many seems to hide.
        """
        runs = self.runs(heading.content)
        if not plain_text(runs).strip():
            noted = any(run.note for group in runs for run in group)
            return Block("paragraph", key, runs, role=Role.body.value) if noted else None
        self.level = min(top + heading.level - 1, self.level + 1)
        return Block("heading", key, runs, level=self.level, depth=heading.level)

    def figure(self, figure: Figure, key: str) -> Block | None:
        """Return a picture with its lines; preflight tells of one that is missing."""
        alt = figure.alt or figure.caption or figure.source or "图"
        picture = self.art.picture(figure.asset, alt)
        if not (picture or figure.caption or figure.source):
            return None
        title, source = caption(figure.caption), tidy(figure.source)
        return Block("figure", key, picture=picture, caption=title, source=source)

    def book(self, book: BookEntry, key: str) -> Block:
        """Return a recommended book with its labelled fields; empty ones are left out."""
        labels = self.profile.books.model_dump()
        values = book_fields(book)
        return Block(
            "book",
            key,
            picture=self.art.picture(book.cover, f"封面：{book.title}"),
            fields=tuple((labels[name], tidy(values[name])) for name in labels if values[name]),
        )

    def table(self, table: Table, key: str) -> Block:
        """Return a table: head rows apart, every cell with its alignment and its scope."""
        planned = plan(table, self.profile.page.text_width, self.cell_size)
        rows = tuple(
            tuple(
                self.cell(cell, planned.setting(cell, y, x).align, head=y < planned.heads)
                for cell, x in zip(row, xs, strict=True)
            )
            for y, (row, xs) in enumerate(zip(table.rows, planned.places, strict=True))
        )
        unit = unit_line(table.unit, self.profile.table)
        return Block(
            "table",
            key,
            caption=caption(table.caption),
            unit=unit,
            notes=tuple(tidy(note) for note in table.notes),
            head=rows[: planned.heads],
            body=rows[planned.heads :],
            wide=len(planned.widths) > 4,
        )

    def cell(self, cell: Cell, align: str, *, head: bool) -> TableCell:
        """Return a cell; a head cell says whether it heads columns or rows."""
        scope = ""
        if head:
            scope = "colgroup" if cell.colspan > 1 else "col"
        elif cell.header:
            scope = "rowgroup" if cell.rowspan > 1 else "row"
        return TableCell(self.runs(cell.content), align, scope, cell.colspan, cell.rowspan)


def _shift(text: Text) -> str:
    if Mark.superscript in text.marks:
        return "sup"
    return "sub" if Mark.subscript in text.marks else ""


def _closed_up(runs: list[Run]) -> list[Run]:
    """Drop the space between Chinese and Latin where two runs meet, as inside of one."""
    for at in range(len(runs) - 1):
        before, after = runs[at], runs[at + 1]
        joined = before.text[-2:] + after.text[:2]
        if before.note or after.note or tidy(joined) == joined:
            continue
        if before.text.endswith(" "):
            runs[at] = replace(before, text=before.text[:-1])
        elif after.text.startswith(" "):
            runs[at + 1] = replace(after, text=after.text[1:])
    return runs


def _held(runs: Iterable[Run]) -> Runs:
    return tuple(_groups(runs))


def _groups(runs: Iterable[Run]) -> Iterator[tuple[Run, ...]]:
    """Yield runs singly, but a raised mark together with the character before it."""
    group: tuple[Run, ...] = ()
    for run in runs:
        raised = bool(run.note) or run.shift == "sup"
        last = group[-1] if group else None
        if raised and last is not None and (last.note or last.shift == "sup"):
            group = (*group, run)
        elif raised and last is not None and last.text and not last.href and not last.formula:
            if last.text[:-1]:
                yield (replace(last, text=last.text[:-1]),)
            group = (replace(last, text=last.text[-1]), run)
        else:
            if group:
                yield group
            group = (run,)
    if group:
        yield group
