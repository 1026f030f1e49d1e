"""Text as a tree of blocks, and the frozen issue that every renderer reads.

Text is never stored as HTML: what these classes cannot express cannot enter.
Block ids serve findings, remarks and diffs; they stay outside the digest.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from editor.profile import Credit, LabelledValue
from editor.text.quoting import briefly
from editor.workflow import ItemKind


class Value(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Mark(StrEnum):
    """How a run of text is set apart."""

    strong = "strong"
    superscript = "superscript"
    subscript = "subscript"


# --- inline ----------------------------------------------------------------------------------


class Text(Value):
    """A run of characters; `href` is http, https or mailto. A line break inside is "\\n"."""

    type: Literal["text"] = "text"
    text: str
    marks: tuple[Mark, ...] = ()
    href: str | None = None


class InlineFormula(Value):
    """A formula inside a line; `source` is plain text such as `(a, b)`, shown as written."""

    type: Literal["inline_formula"] = "inline_formula"
    source: str


class FootnoteRef(Value):
    """A footnote at its mark; it holds its text, the number is never stored."""

    type: Literal["footnote"] = "footnote"
    content: tuple[Text, ...]


Inline = Annotated[Text | InlineFormula | FootnoteRef, Field(discriminator="type")]
Inlines = tuple[Inline, ...]


# --- blocks ----------------------------------------------------------------------------------


class Role(StrEnum):
    """What a paragraph is for; it decides the style."""

    body = "body"
    kicker = "kicker"
    deck = "deck"
    abstract = "abstract"
    keywords = "keywords"
    funding = "funding"
    byline = "byline"


class Block(Value):
    """Any block; `id` is given by the server at the first save and is empty before."""

    id: str = ""


class Heading(Block):
    """An inner heading; the printed number (一、 or 1.1) is part of the text."""

    type: Literal["heading"] = "heading"
    level: Literal[1, 2, 3] = 1
    content: Inlines


class Paragraph(Block):
    """A paragraph of text."""

    type: Literal["paragraph"] = "paragraph"
    role: Role = Role.body
    content: Inlines


class ListBlock(Block):
    """A list of paragraphs, bulleted or numbered from 1."""

    type: Literal["list"] = "list"
    ordered: bool = False
    items: tuple[Inlines, ...]


class Quote(Block):
    """A quotation of one or more paragraphs."""

    type: Literal["quote"] = "quote"
    paragraphs: tuple[Inlines, ...]


class Cell(Value):
    """A table cell; spans count from 1. A cell that another one covers is not stored."""

    content: Inlines = ()
    colspan: int = Field(default=1, ge=1)
    rowspan: int = Field(default=1, ge=1)
    header: bool = False


class Table(Block):
    """A table; header rows are the leading rows whose cells are all `header`."""

    type: Literal["table"] = "table"
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    unit: str = ""
    notes: tuple[str, ...] = ()


class Figure(Block):
    """A picture: `asset` is the sha256 of the stored file, empty while it is not fetched.

    `url` is where the page had it; `alt` describes it for those who cannot see it.
    """

    type: Literal["figure"] = "figure"
    asset: str = ""
    url: str = ""
    caption: str = ""
    source: str = ""
    alt: str = ""


class FormulaBlock(Block):
    """A formula on a line of its own, shown as written."""

    type: Literal["formula"] = "formula"
    source: str


class PageBreak(Block):
    """A page break the editor asked for."""

    type: Literal["page_break"] = "page_break"


class BookEntry(Block):
    """One recommended book; `cover` is an asset's sha256 or empty."""

    type: Literal["book"] = "book"
    title: str
    author: str = ""
    publisher: str = ""
    published: str = ""
    summary: str = ""
    reason: str = ""
    cover: str = ""


AnyBlock = Annotated[
    Heading | Paragraph | ListBlock | Quote | Table | Figure | FormulaBlock | PageBreak | BookEntry,
    Field(discriminator="type"),
]
Blocks = tuple[AnyBlock, ...]
BLOCKS: TypeAdapter[Blocks] = TypeAdapter(Blocks)


class Attachment(Value):
    """附: a label and the address its QR code holds."""

    label: str
    url: str


# --- the issue ---------------------------------------------------------------------------------


class Article(Value):
    """An item as printed. `anchor` is unique in the issue and stable between renderings."""

    anchor: str
    kind: ItemKind = ItemKind.news
    headline: str
    subtitle: str = ""
    source_line: str = ""
    dated_on: date | None = None
    byline: str = ""
    blocks: Blocks = ()
    attachments: tuple[Attachment, ...] = ()


class Part(Value):
    """A section with its articles, in order."""

    anchor: str
    name: str
    articles: tuple[Article, ...] = ()


class AssetRef(Value):
    """A picture that the document uses: its hash names the file in the store."""

    sha256: str
    media_type: str
    width: int
    height: int


class IssueDocument(Value):
    """One issue, complete and frozen: every renderer reads this and the profile, nothing else.

    `label_lines` and `window_line` are already formatted; `dated_on` is the issue's date, used
    wherever a file wants a date. `qr_url` empty means no code on the masthead page.
    """

    publication: str
    slug: str
    year: int
    number: int
    total_number: int
    edition: int = 1
    dated_on: date
    label_lines: tuple[str, ...]
    cover_lines: tuple[str, ...] = ()
    publisher_lines: tuple[str, ...] = ()
    window_line: str = ""
    masthead: tuple[LabelledValue, ...] = ()
    editors: tuple[Credit, ...] = ()
    colophon: tuple[LabelledValue, ...] = ()
    qr_url: str = ""
    qr_caption: str = ""
    parts: tuple[Part, ...]
    assets: tuple[AssetRef, ...] = ()

    def digest(self) -> str:
        """Return the sha256 of the canonical JSON, block ids left out."""
        return hashlib.sha256(canonical_json(self).encode("utf-8")).hexdigest()

    def articles(self) -> Iterator[Article]:
        """Yield every article in printed order."""
        for part in self.parts:
            yield from part.articles

    def place(self, anchor: str) -> tuple[str, str]:
        """Return what people call the place of this anchor, in Chinese and in English."""
        for part in self.parts:
            if part.anchor == anchor:
                return f"栏目“{part.name}”", f"section “{part.name}”"
            for number, article in enumerate(part.articles, start=1):
                if article.anchor != anchor:
                    continue
                if not article.headline:
                    return (
                        f"栏目“{part.name}”第 {number} 篇",
                        f"item {number} of section “{part.name}”",
                    )
                name = briefly(article.headline)
                return f"《{name}》", f"the item “{name}”"
        return "封面或刊首页", "the cover or the masthead page"


def canonical_json(value: Value) -> str:
    """Return one spelling of the value: keys sorted, no block ids, no blanks."""
    return json.dumps(
        _without_ids(value.model_dump(mode="json")),
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def _without_ids(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_ids(item) for key, item in data.items() if key != "id"}
    if isinstance(data, list):
        return [_without_ids(item) for item in data]
    return data


# --- reading and building ------------------------------------------------------------------------


def load_blocks(data: Any) -> Blocks:
    """Return blocks from JSON data; raises pydantic.ValidationError for anything unknown."""
    return BLOCKS.validate_python(tuple(data))


def dump_blocks(blocks: Iterable[AnyBlock]) -> list[dict[str, Any]]:
    """Return JSON data for blocks; `load_blocks` reads it back to equal values."""
    return BLOCKS.dump_python(tuple(blocks), mode="json")


def plain(inlines: Iterable[Inline]) -> str:
    """Return the characters of inline content; footnotes are left out."""
    return "".join(_inline_text(inline) for inline in inlines)


def _inline_text(inline: Inline) -> str:
    match inline:
        case Text():
            return inline.text
        case InlineFormula():
            return inline.source
        case FootnoteRef():
            return ""


def block_lines(block: AnyBlock) -> list[str]:
    """Return the text of a block, one string a paragraph or cell; captions come first."""
    match block:
        case Heading() | Paragraph():
            return [plain(block.content)]
        case ListBlock():
            return [plain(item) for item in block.items]
        case Quote():
            return [plain(paragraph) for paragraph in block.paragraphs]
        case Table():
            cells = [plain(cell.content) for row in block.rows for cell in row]
            return [line for line in (block.caption, block.unit, *cells, *block.notes) if line]
        case Figure():
            return [line for line in (block.caption, block.source) if line]
        case FormulaBlock():
            return [block.source]
        case PageBreak():
            return []
        case BookEntry():
            fields = (block.title, block.author, block.publisher, block.published)
            return [line for line in (*fields, block.summary, block.reason) if line]


def inline_contents(block: AnyBlock) -> Iterator[Inlines]:
    """Yield a block's running texts as inlines: its paragraph, its entries, its cells."""
    match block:
        case Heading() | Paragraph():
            yield block.content
        case ListBlock():
            yield from block.items
        case Quote():
            yield from block.paragraphs
        case Table():
            yield from (cell.content for row in block.rows for cell in row)


def body_text(blocks: Iterable[AnyBlock]) -> str:
    """Return running text, one paragraph a line; tables and figures are left out."""
    return "\n".join(
        line
        for block in blocks
        if not isinstance(block, Table | Figure)
        for line in block_lines(block)
        if line
    )


def character_count(blocks: Iterable[AnyBlock]) -> int:
    """Return the number of characters that are not white space, tables and captions included."""
    return sum(len("".join(line.split())) for block in blocks for line in block_lines(block))


def pictures(blocks: Iterable[AnyBlock]) -> Iterator[str]:
    """Yield the hash of every picture that the blocks show, covers of books included."""
    for block in blocks:
        match block:
            case Figure() if block.asset:
                yield block.asset
            case BookEntry() if block.cover:
                yield block.cover


def paragraph(text: str, role: Role = Role.body) -> Paragraph:
    """Return a paragraph of plain text."""
    return Paragraph(role=role, content=(Text(text=text),))


def table_grid(table: Table) -> list[list[str]]:
    """Return the cells' texts as a full grid; a spanned cell repeats its text where it covers."""
    grid: dict[tuple[int, int], str] = {}
    for y, row in enumerate(table.rows):
        x = 0
        for cell in row:
            while (y, x) in grid:
                x += 1
            text = plain(cell.content)
            for dy in range(cell.rowspan):
                for dx in range(cell.colspan):
                    grid[y + dy, x + dx] = text
            x += cell.colspan
    width = max((x for _, x in grid), default=-1) + 1
    return [[grid.get((y, x), "") for x in range(width)] for y in range(len(table.rows))]
