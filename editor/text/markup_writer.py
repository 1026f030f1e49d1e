"""Blocks as HTML for reading panes: everything escaped, no address but checked links."""

from collections.abc import Iterable
from html import escape

from editor.text.document import (
    AnyBlock,
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
    Role,
    Table,
    Text,
)
from editor.text.markup_reader import safe_href

ELEMENTS = {Mark.strong: "strong", Mark.superscript: "sup", Mark.subscript: "sub"}


class Writer:
    """Writes blocks and gathers their footnotes; `prefix` keeps two panes' anchors apart."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = escape(prefix)
        self.notes: list[str] = []

    def write(self, blocks: Iterable[AnyBlock]) -> str:
        """Return the blocks one a line, footnotes as an ordered list at the end."""
        lines = [self.block(block) for block in blocks]
        if self.notes:
            lines.append(f'<ol class="footnotes">{"".join(self.notes)}</ol>')
        return "\n".join(lines)

    def block(self, block: AnyBlock) -> str:
        """Return one block."""
        name = f' data-block="{escape(block.id)}"' if block.id else ""
        match block:
            case Heading():
                level = block.level + 2
                return f"<h{level}{name}>{self.inlines(block.content)}</h{level}>"
            case Paragraph():
                role = "" if block.role is Role.body else f' class="{escape(block.role)}"'
                return f"<p{name}{role}>{self.inlines(block.content)}</p>"
            case ListBlock():
                tag = "ol" if block.ordered else "ul"
                items = "".join(f"<li>{self.inlines(item)}</li>" for item in block.items)
                return f"<{tag}{name}>{items}</{tag}>"
            case Quote():
                inner = "".join(f"<p>{self.inlines(text)}</p>" for text in block.paragraphs)
                return f"<blockquote{name}>{inner}</blockquote>"
            case Table():
                return self._table(block, name)
            case Figure():
                return _figure(block, name)
            case FormulaBlock():
                return f'<p{name} class="formula">{escape(block.source)}</p>'
            case PageBreak():
                return f'<hr{name} class="page-break">'
            case BookEntry():
                return _book(block, name)

    def inlines(self, inlines: Inlines) -> str:
        """Return inline content; footnotes become numbered marks."""
        return "".join(self._inline(inline) for inline in inlines)

    def _inline(self, inline: Inline) -> str:
        match inline:
            case Text():
                return _text(inline)
            case InlineFormula():
                return f'<span class="formula">{escape(inline.source)}</span>'
            case FootnoteRef():
                return self._footnote(inline)

    def _footnote(self, note: FootnoteRef) -> str:
        number = len(self.notes) + 1
        anchor = f"{self.prefix}note-{number}"
        text = "".join(_text(part) for part in note.content)
        back = f'<a href="#{anchor}-mark" aria-label="↩">↩</a>'
        self.notes.append(f'<li id="{anchor}">{text} {back}</li>')
        return f'<sup id="{anchor}-mark"><a href="#{anchor}">{number}</a></sup>'

    def _table(self, table: Table, name: str) -> str:
        caption = escape(table.caption)
        if table.unit:
            caption += f' <span class="unit">单位：{escape(table.unit)}</span>'
        parts = [f"<caption>{caption.strip()}</caption>"] if caption else []
        depth = _header_depth(table)
        for tag, rows in (("thead", table.rows[:depth]), ("tbody", table.rows[depth:])):
            if rows:
                scope = "col" if tag == "thead" else "row"
                body = "".join(f"<tr>{self._row(row, scope)}</tr>" for row in rows)
                parts.append(f"<{tag}>{body}</{tag}>")
        notes = "".join(f'<p class="table-note">{escape(note)}</p>' for note in table.notes)
        return f'<div{name} class="table"><table>{"".join(parts)}</table>{notes}</div>'

    def _row(self, row: tuple[Cell, ...], scope: str) -> str:
        return "".join(self._cell(cell, scope) for cell in row)

    def _cell(self, cell: Cell, scope: str) -> str:
        spans = "".join(
            f' {label}="{value}"'
            for label, value in (("colspan", cell.colspan), ("rowspan", cell.rowspan))
            if value > 1
        )
        content = self.inlines(cell.content)
        if cell.header:
            return f'<th scope="{scope}"{spans}>{content}</th>'
        return f"<td{spans}>{content}</td>"


def _header_depth(table: Table) -> int:
    for depth, row in enumerate(table.rows):
        if not row or not all(cell.header for cell in row):
            return depth
    return 0


def _text(run: Text) -> str:
    html = escape(run.text).replace("\n", "<br>")
    for mark in run.marks:
        html = f"<{ELEMENTS[mark]}>{html}</{ELEMENTS[mark]}>"
    href = safe_href(run.href or "", "")
    if href:
        html = f'<a href="{escape(href)}" rel="noopener noreferrer nofollow">{html}</a>'
    return html


def _figure(figure: Figure, name: str) -> str:
    words = figure.alt or figure.caption
    caption = " ".join(filter(None, (figure.caption, figure.source)))
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    if figure.asset:
        asset = escape(figure.asset)
        return f'<figure{name}><img src="/assets/{asset}" alt="{escape(words)}">{below}</figure>'
    shown = escape(figure.alt) if figure.alt and figure.alt != figure.caption else "图"
    return f'<figure{name} class="unfetched"><span>{shown}</span>{below}</figure>'


def _book(book: BookEntry, name: str) -> str:
    facts = " · ".join(filter(None, (book.author, book.publisher, book.published)))
    lines = (f"<strong>{escape(book.title)}</strong>", *map(escape, (facts, book.summary)))
    inner = "".join(f"<p>{line}</p>" for line in (*lines, escape(book.reason)) if line)
    return f'<div{name} class="book">{inner}</div>'
