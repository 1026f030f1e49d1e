"""The text editor's JSON tree and our blocks: one function each way.

The tree is what Tiptap sends. It is validated strictly: a node, a mark or an attribute that
nobody knows is refused, never dropped. The editor's heading levels 2 to 4 are our 1 to 3, its
`hardBreak` is our "\\n". Empty paragraphs are left out, column widths are not kept.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, assert_never

from pydantic import ValidationError

from editor.errors import Invalid
from editor.text.document import (
    AnyBlock,
    Blocks,
    BookEntry,
    Cell,
    Figure,
    FootnoteRef,
    FormulaBlock,
    Heading,
    Inline,
    InlineFormula,
    Inlines,
    ListBlock,
    Mark,
    PageBreak,
    Paragraph,
    Quote,
    Table,
    Text,
)
from editor.text.markup_inline import visible
from editor.web.editor_nodes import (
    AnyInlineNode,
    BlockNode,
    BlockquoteNode,
    BookNode,
    CellNode,
    FigureNode,
    FootnoteNode,
    FormulaNode,
    HardBreak,
    HeadingNode,
    IdAttrs,
    InlineFormulaNode,
    InlineNodes,
    LinkMark,
    ListNode,
    MarkNode,
    PageBreakNode,
    ParagraphNode,
    TableNode,
    TextNode,
    Tree,
)

MARKS = {Mark.strong: "bold", Mark.superscript: "superscript", Mark.subscript: "subscript"}
# C0 controls but the line feed: XML of a Word file cannot hold them
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ufffe\uffff]")


# --- tree → blocks ---------------------------------------------------------------------------


def blocks_from_tree(tree: str) -> Blocks:
    """Return the blocks of the editor's tree (JSON text); raises Invalid for anything unknown."""
    try:
        doc = Tree.model_validate_json(tree)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise Invalid(
            f"正文里有无法识别的内容（{where}：{problem['msg']}），没有保存；"
            "请撤销最近一步，或只粘贴纯文本",
            f"The text contains something unknown ({where}: {problem['msg']}) and was not saved; "
            "undo the last step, or paste as plain text",
        ) from error
    return _once(block for node in doc.content if (block := _block(node)) is not None)


def _once(blocks: Iterable[AnyBlock]) -> Blocks:
    """Return the blocks with no id twice: a split or copied paragraph brings its id along."""
    seen: set[str] = {""}
    kept: list[AnyBlock] = []
    for block in blocks:
        kept.append(block.model_copy(update={"id": ""}) if block.id in seen else block)
        seen.add(block.id)
    return tuple(kept)


def _block(node: BlockNode) -> AnyBlock | None:
    match node:
        case ParagraphNode():
            content = _line(node.content)
            found = Paragraph(id=node.attrs.id, role=node.attrs.role, content=content)
            return found if content else None
        case HeadingNode():
            content = _line(node.content)
            level: Any = node.attrs.level - 1
            return Heading(id=node.attrs.id, level=level, content=content) if content else None
        case ListNode():
            return _list(node)
        case BlockquoteNode():
            paragraphs = tuple(line for part in node.content if (line := _line(part.content)))
            return Quote(id=node.attrs.id, paragraphs=paragraphs) if paragraphs else None
        case TableNode():
            return _table(node)
        case FigureNode():
            return Figure(**node.attrs.model_dump()) if _filled(node.attrs) else None
        case FormulaNode():
            source = node.attrs.source.strip()
            return FormulaBlock(id=node.attrs.id, source=source) if source else None
        case PageBreakNode():
            return PageBreak(id=node.attrs.id)
        case BookNode():
            return BookEntry(**node.attrs.model_dump()) if _filled(node.attrs) else None
        case _:
            assert_never(node)


def _filled(attrs: IdAttrs) -> bool:
    return any(value for name, value in attrs if name != "id")


def _list(node: ListNode) -> ListBlock | None:
    items = tuple(line for item in node.content if (line := _lines(item.content)))
    if not items:
        return None
    return ListBlock(id=node.attrs.id, ordered=node.type == "orderedList", items=items)


def _table(node: TableNode) -> Table | None:
    rows = tuple(tuple(_cell(cell) for cell in row.content) for row in node.content)
    if not any(rows):
        return None
    attrs = node.attrs
    notes = tuple(note.strip() for note in attrs.notes if note.strip())
    return Table(id=attrs.id, rows=rows, caption=attrs.caption, unit=attrs.unit, notes=notes)


def _cell(node: CellNode) -> Cell:
    return Cell(
        content=_lines(node.content),
        colspan=node.attrs.colspan,
        rowspan=node.attrs.rowspan,
        header=node.type == "tableHeader",
    )


def _lines(paragraphs: Sequence[ParagraphNode]) -> Inlines:
    """Return several paragraphs as one line with breaks between them."""
    parts: list[Inline] = []
    for paragraph in paragraphs:
        if line := _line(paragraph.content):
            parts += [Text(text="\n"), *line] if parts else line
    return joined(parts)


def _line(nodes: InlineNodes) -> Inlines:
    return joined(_inline(node) for node in nodes)


def _inline(node: AnyInlineNode) -> Inline:
    match node:
        case TextNode():
            return _text(node.text, node.marks)
        case HardBreak():
            return _text("\n", node.marks)
        case InlineFormulaNode():
            return InlineFormula(source=node.attrs.source)
        case FootnoteNode():
            texts = joined(_text(part.text, part.marks) for part in node.attrs.content)
            return FootnoteRef(content=tuple(part for part in texts if isinstance(part, Text)))
        case _:
            assert_never(node)


def _text(text: str, marks: Sequence[MarkNode]) -> Text:
    names = {mark.type for mark in marks}
    href = next((mark.attrs.href for mark in marks if isinstance(mark, LinkMark)), None)
    return Text(
        text=CONTROLS.sub(" ", visible(text.replace("\xa0", " "))),
        marks=tuple(mark for mark in Mark if MARKS[mark] in names),
        href=href,
    )


def joined(inlines: Iterable[Inline]) -> Inlines:
    """Return the line with equal neighbours joined and no blank at either end."""
    runs: list[Inline] = []
    for inline in inlines:
        last = runs[-1] if runs else None
        if isinstance(inline, Text) and isinstance(last, Text) and _alike(last, inline):
            runs[-1] = last.model_copy(update={"text": last.text + inline.text})
        elif not isinstance(inline, Text) or inline.text:
            runs.append(inline)
    return _stripped(runs)


def _alike(one: Text, other: Text) -> bool:
    return (one.marks, one.href) == (other.marks, other.href)


def _stripped(runs: list[Inline]) -> Inlines:
    while runs and isinstance(first := runs[0], Text):
        text = first.text.lstrip()
        if text:
            runs[0] = first.model_copy(update={"text": text})
            break
        runs.pop(0)
    while runs and isinstance(last := runs[-1], Text):
        text = last.text.rstrip()
        if text:
            runs[-1] = last.model_copy(update={"text": text})
            break
        runs.pop()
    return tuple(runs)


# --- blocks → tree ---------------------------------------------------------------------------


def tree_from_blocks(blocks: Iterable[AnyBlock]) -> dict[str, Any]:
    """Return the editor's tree for these blocks; `blocks_from_tree` reads it back."""
    return {"type": "doc", "content": [_node(block) for block in blocks]}


def _node(block: AnyBlock) -> dict[str, Any]:
    match block:
        case Paragraph():
            return _paragraph(block.content, id=block.id, role=block.role.value)
        case Heading():
            attrs = {"id": block.id, "level": block.level + 1}
            return {"type": "heading", "attrs": attrs, "content": _nodes(block.content)}
        case ListBlock():
            items = [{"type": "listItem", "content": [_paragraph(item)]} for item in block.items]
            kind = "orderedList" if block.ordered else "bulletList"
            return {"type": kind, "attrs": {"id": block.id}, "content": items}
        case Quote():
            content = [_paragraph(part) for part in block.paragraphs]
            return {"type": "blockquote", "attrs": {"id": block.id}, "content": content}
        case Table():
            return _table_node(block)
        case Figure() | BookEntry():
            kind = "figure" if isinstance(block, Figure) else "book"
            return {"type": kind, "attrs": block.model_dump(exclude={"type"})}
        case FormulaBlock():
            return {"type": "formula", "attrs": {"id": block.id, "source": block.source}}
        case PageBreak():
            return {"type": "pageBreak", "attrs": {"id": block.id}}
        case _:
            assert_never(block)


def _table_node(table: Table) -> dict[str, Any]:
    rows = [
        {"type": "tableRow", "content": [_cell_node(cell) for cell in row]} for row in table.rows
    ]
    attrs = table.model_dump(include={"id", "caption", "unit"}) | {"notes": list(table.notes)}
    return {"type": "table", "attrs": attrs, "content": rows}


def _cell_node(cell: Cell) -> dict[str, Any]:
    return {
        "type": "tableHeader" if cell.header else "tableCell",
        "attrs": {"colspan": cell.colspan, "rowspan": cell.rowspan},
        "content": [_paragraph(cell.content)],
    }


def _paragraph(content: Inlines, **attrs: str) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "paragraph", "content": _nodes(content)}
    return node | {"attrs": attrs} if attrs else node


def _nodes(inlines: Inlines) -> list[dict[str, Any]]:
    return [node for inline in inlines for node in _inline_nodes(inline)]


def _inline_nodes(inline: Inline) -> Iterator[dict[str, Any]]:
    match inline:
        case Text():
            yield from _text_nodes(inline)
        case InlineFormula():
            yield {"type": "inlineFormula", "attrs": {"source": inline.source}}
        case FootnoteRef():
            content = [{"type": "text", "text": t.text, **_marks(t)} for t in inline.content]
            yield {"type": "footnote", "attrs": {"content": content}}
        case _:
            assert_never(inline)


def _text_nodes(text: Text) -> Iterator[dict[str, Any]]:
    marks = _marks(text)
    for index, line in enumerate(text.text.split("\n")):
        if index:
            yield {"type": "hardBreak", **marks}
        if line:
            yield {"type": "text", "text": line, **marks}


def _marks(text: Text) -> dict[str, Any]:
    marks: list[dict[str, Any]] = [{"type": MARKS[mark]} for mark in Mark if mark in text.marks]
    if text.href:
        marks.append({"type": "link", "attrs": {"href": text.href}})
    return {"marks": marks} if marks else {}
