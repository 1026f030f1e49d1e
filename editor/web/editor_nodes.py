"""The text editor's tree as strict pydantic models: what Tiptap may send, and nothing else."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from editor.text.document import Role

BlockId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,40}$")]
Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
LINK = re.compile(r"^(https?://|mailto:)\S+$", re.IGNORECASE)


class Node(BaseModel):
    """Any part of the tree: frozen, strict, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# --- marks and inline nodes ------------------------------------------------------------------


class PlainMark(Node):
    """Bold, superscript or subscript."""

    type: Literal["bold", "superscript", "subscript"]


class LinkAttrs(Node):
    """Where a link leads: http, https or mailto."""

    href: str = Field(max_length=2000)

    @field_validator("href")
    @classmethod
    def known_scheme(cls, href: str) -> str:
        """Refuse `javascript:` and its kin."""
        if not LINK.match(href):
            raise ValueError("a link must be http, https or mailto")
        return href


class LinkMark(Node):
    """A link around text."""

    type: Literal["link"]
    attrs: LinkAttrs


MarkNode = Annotated[PlainMark | LinkMark, Field(discriminator="type")]


class InlineNode(Node):
    """Anything in a line; marks on formulas and footnotes have no meaning for us."""

    marks: tuple[MarkNode, ...] = ()


class TextNode(InlineNode):
    """A run of characters."""

    type: Literal["text"]
    text: str


class HardBreak(InlineNode):
    """A line break inside a paragraph."""

    type: Literal["hardBreak"]


class SourceAttrs(Node):
    """A formula as written."""

    id: BlockId = ""
    source: str = Field(max_length=2000)


class InlineFormulaNode(InlineNode):
    """A formula in a line."""

    type: Literal["inlineFormula"]
    attrs: SourceAttrs


class FootnoteAttrs(Node):
    """A footnote's own text, as a line of text nodes."""

    content: tuple[TextNode, ...]


class FootnoteNode(InlineNode):
    """A footnote at its mark."""

    type: Literal["footnote"]
    attrs: FootnoteAttrs


AnyInlineNode = Annotated[
    TextNode | HardBreak | InlineFormulaNode | FootnoteNode, Field(discriminator="type")
]
InlineNodes = tuple[AnyInlineNode, ...]


# --- block nodes -----------------------------------------------------------------------------


class IdAttrs(Node):
    """What every block may carry."""

    id: BlockId = ""


class ParagraphAttrs(IdAttrs):
    """The role counts at the top of the tree only; cells, items and quotes have none."""

    role: Role = Role.body


class ParagraphNode(Node):
    """A paragraph."""

    type: Literal["paragraph"]
    attrs: ParagraphAttrs = ParagraphAttrs()
    content: InlineNodes = ()


class HeadingAttrs(IdAttrs):
    """The editor's level: h2 to h4."""

    level: Literal[2, 3, 4]


class HeadingNode(Node):
    """An inner heading."""

    type: Literal["heading"]
    attrs: HeadingAttrs
    content: InlineNodes = ()


class ListItemNode(Node):
    """One item of a list; lists are not nested."""

    type: Literal["listItem"]
    content: tuple[ParagraphNode, ...]


class ListNode(Node):
    """A bulleted or numbered list."""

    type: Literal["bulletList", "orderedList"]
    attrs: IdAttrs = IdAttrs()
    content: tuple[ListItemNode, ...]


class BlockquoteNode(Node):
    """A quotation."""

    type: Literal["blockquote"]
    attrs: IdAttrs = IdAttrs()
    content: tuple[ParagraphNode, ...]


class CellAttrs(Node):
    """A cell's spans; `colwidth` is read and not kept."""

    colspan: int = Field(default=1, ge=1, le=200)
    rowspan: int = Field(default=1, ge=1, le=2000)
    colwidth: tuple[int, ...] | None = None


class CellNode(Node):
    """A cell or a header cell."""

    type: Literal["tableCell", "tableHeader"]
    attrs: CellAttrs = CellAttrs()
    content: tuple[ParagraphNode, ...]


class RowNode(Node):
    """A row; it may be empty when cells above reach into all of it."""

    type: Literal["tableRow"]
    content: tuple[CellNode, ...] = ()


class TableAttrs(IdAttrs):
    """What is printed around a table."""

    caption: str = Field(default="", max_length=2000)
    unit: str = Field(default="", max_length=200)
    notes: tuple[str, ...] = ()


class TableNode(Node):
    """A table."""

    type: Literal["table"]
    attrs: TableAttrs = TableAttrs()
    content: tuple[RowNode, ...]


class FigureAttrs(IdAttrs):
    """A picture; `asset` is empty while it has not been stored."""

    asset: Sha256 = ""
    url: str = Field(default="", max_length=2000)
    caption: str = Field(default="", max_length=2000)
    source: str = Field(default="", max_length=2000)
    alt: str = Field(default="", max_length=2000)


class FigureNode(Node):
    """A figure."""

    type: Literal["figure"]
    attrs: FigureAttrs


class FormulaNode(Node):
    """A formula on its own line."""

    type: Literal["formula"]
    attrs: SourceAttrs


class PageBreakNode(Node):
    """A page break."""

    type: Literal["pageBreak"]
    attrs: IdAttrs = IdAttrs()


class BookAttrs(IdAttrs):
    """The fields of a recommended book."""

    title: str = Field(default="", max_length=500)
    author: str = Field(default="", max_length=500)
    publisher: str = Field(default="", max_length=500)
    published: str = Field(default="", max_length=100)
    summary: str = ""
    reason: str = ""
    cover: Sha256 = ""


class BookNode(Node):
    """A recommended book."""

    type: Literal["book"]
    attrs: BookAttrs


BlockNode = Annotated[
    ParagraphNode
    | HeadingNode
    | ListNode
    | BlockquoteNode
    | TableNode
    | FigureNode
    | FormulaNode
    | PageBreakNode
    | BookNode,
    Field(discriminator="type"),
]


class Tree(Node):
    """The whole text."""

    type: Literal["doc"]
    content: tuple[BlockNode, ...] = ()
