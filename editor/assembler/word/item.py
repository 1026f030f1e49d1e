"""An item of the Word edition: its head, its blocks, its byline, its attachments."""

import re
from collections.abc import Iterator, Mapping

from editor.assembler.columns import width_em
from editor.assembler.headlines import clauses, headline_lines, set_width
from editor.assembler.keeping import Kept, kept
from editor.assembler.looks import Look
from editor.assembler.measures import figure_room, heads_above
from editor.assembler.phrases import caption, described, signed, source_line
from editor.assembler.word.grid import (
    DESCENT_EM,
    add_room,
    head_gaps,
    headline_height,
    headline_room,
    leave_room,
    lines_of,
    whole,
)
from editor.assembler.word.ooxml import Node, element, twips, value
from editor.assembler.word.settling import Place, Spot
from editor.assembler.word.styles import BULLET_LIST, ORDERED_LISTS_FROM
from editor.assembler.word.styles import LEAD as LEAD_STYLE
from editor.assembler.word.tables import attachments, book_table, data_table
from editor.assembler.word.text import Manuscript, plain_runs
from editor.text.document import (
    AnyBlock,
    Article,
    Blocks,
    BookEntry,
    Figure,
    FormulaBlock,
    Heading,
    ListBlock,
    PageBreak,
    Paragraph,
    Quote,
    Role,
    Table,
    Text,
)

FIRST_LINE_SLACK_EM = 0.4  # less than the character that must go to the next line
BALANCE_SLACK_EM = 1.0
FEW_LINES = 6  # more than in the PDF, whose pages are seen before they are printed
ROOM_ABOVE = 0.25  # lines of space above a picture
INNER = {1: "inner1", 2: "inner2", 3: "inner3"}
PARAGRAPHS = {
    Role.body: "body",
    Role.kicker: "kicker",
    Role.deck: "deck",
    Role.abstract: "abstract",
    Role.keywords: "keywords",
    Role.funding: "funding",
    Role.byline: "byline",
}
LEAD = re.compile(r"摘\s*要[：:]?|关键词[：:]?|【[^】]{2,8}】[：:]?|基金项目[：:]?")
LED = (Role.abstract, Role.keywords, Role.funding)


def item(
    manuscript: Manuscript,
    article: Article,
    *,
    opens_page: bool,
    headed: bool,
    closes: bool,
    unseen: bool,
) -> Iterator[Node]:
    """Yield an item: its head, its blocks, its byline, its attachments.

    `closes` says that a page break follows it, `unseen` that nobody looks at LibreOffice's pages.
    """
    profile = manuscript.profile
    yield from _head(manuscript, article, opens_page=opens_page, headed=headed)
    blocks, signature = signed(article, profile)
    attached = bool(article.attachments)
    whole = dict(kept(blocks, profile, closes=closes, attached=attached, few=FEW_LINES))
    whole |= manuscript.settled.kept(article, len(blocks) - 1)
    body = list(_blocks(manuscript, article, blocks, whole))
    if signature:
        body.append(_byline(manuscript, signature))
    if attached and (signature or unseen):
        _keep_with_next(body)
    yield from body
    yield from attachments(manuscript, article)


def _head(
    manuscript: Manuscript, article: Article, *, opens_page: bool, headed: bool
) -> Iterator[Node]:
    """Yield headline, subtitle and source line, together as tall as whole lines of text."""
    pitch, own = manuscript.profile.page.pitch, manuscript.looks
    parts: list[tuple[Look, float, Node]] = []
    if headed:
        extra = (element("w:pageBreakBefore"),) if opens_page else ()
        headline = _headline(manuscript, article.headline)
        inset = _balance(manuscript, headline)
        runs = tuple(plain_runs(headline))
        node = manuscript.heading("item", article.anchor, runs, *extra, *inset)
        height = headline_height(article.headline, own["item"], manuscript.text_width)
        parts.append((own["item"], height, node))
    for role, text in (
        ("subtitle", article.subtitle),
        ("source", source_line(article, manuscript.profile)),
    ):
        if text:
            lines = lines_of(text, manuscript.text_width / own[role].size)
            parts.append((own[role], lines * own[role].pitch, manuscript.line(role, text)))
    if not parts:
        return
    gaps = head_gaps(sum(part[1] for part in parts), [part[0].after for part in parts], pitch)
    if _opens_with_heading(article):
        gaps[-1] += pitch
    gaps[-1] += manuscript.settled.lines(Place(article.anchor, Spot.below)) * pitch
    for (look, _, node), gap in zip(parts, gaps, strict=True):
        if twips(gap) != twips(look.after):
            leave_room([node], gap)
        yield node


def _opens_with_heading(article: Article) -> bool:
    first = article.blocks[0] if article.blocks else None
    return isinstance(first, Heading) and first.level == 1


def _headline(manuscript: Manuscript, headline: str) -> str:
    """Return a headline that breaks at its clause when it does not fit on one line."""
    room = headline_room(headline, manuscript.looks["item"], manuscript.text_width)
    parts = clauses(headline)
    if width_em(headline) <= room or max(map(width_em, parts)) > room:
        return headline
    return "\n".join(parts)


def _balance(manuscript: Manuscript, headline: str) -> tuple[Node, ...]:
    """Return side indents by which a long headline breaks where a reader would pause.

    The first line must not be the shorter one; then lines of about equal length are the best
    that indents can do. A line break inside would get into Word's contents.
    """
    size, room = manuscript.looks["item"].size, manuscript.text_width
    lines = headline_lines(headline, headline_room(headline, manuscript.looks["item"], room))
    if len(lines) < 2 or "\n" in headline:
        return ()
    widths = [set_width(line) for line in lines]
    slack = FIRST_LINE_SLACK_EM if widths[0] == max(widths) else BALANCE_SLACK_EM
    inset = (room - (max(widths) + slack) * size) / 2
    return (element("w:ind", left=twips(inset), right=twips(inset)),) if inset > 0 else ()


def _byline(manuscript: Manuscript, text: str) -> Node:
    """Return the byline on the right; one of several lines is set full, indented from the left."""
    look = manuscript.looks["byline"]
    if width_em(text) * look.size <= manuscript.text_width:
        return manuscript.line("byline", text)
    indent = element("w:ind", left=twips(4 * look.size))
    return manuscript.line("byline", text, value("w:jc", "both"), indent)


def _blocks(
    manuscript: Manuscript, article: Article, blocks: Blocks, whole: Mapping[int, Kept]
) -> Iterator[Node]:
    """Yield all blocks; a page break becomes a property of the paragraph after it."""
    opens_page, previous, heads = False, None, 0
    for number, block in enumerate(blocks):
        if isinstance(block, PageBreak):
            opens_page = True
            continue
        heads += isinstance(block, Heading)
        if previous is not None:
            more = manuscript.settled.lines(Place(article.anchor, Spot.above, heads))
            _set_off(manuscript, previous, block, more)
        nodes = (
            _figure(manuscript, block, heads_above(article, blocks, number, manuscript.profile))
            if isinstance(block, Figure)
            else _block(manuscript, block)
        )
        for node in nodes:
            _keep(node, whole.get(number))
            if opens_page:
                yield from _on_new_page(manuscript, node)
                opens_page = False
            else:
                yield node
            previous = node


def _keep_with_next(body: list[Node]) -> None:
    """Keep what stands last above a 附 with it: of a long paragraph Word takes two lines along."""
    last = body[-1].find("{*}pPr") if body else None
    if last is not None and last.find("{*}keepNext") is None:
        last.append(element("w:keepNext"))


def _set_off(manuscript: Manuscript, previous: Node, block: AnyBlock, more: int) -> None:
    """Leave room above a block: a blank line above a first-level heading and `more` where that
    settles a page, half one above a table without a caption; a caption and a picture bring theirs.
    """
    pitch = manuscript.profile.page.pitch
    if isinstance(block, Heading) and block.level == 1:
        add_room(previous, (1 + more) * pitch)
    elif isinstance(block, Table) and not block.caption and not block.unit:
        add_room(previous, pitch / 2)


def _keep(node: Node, whole: Kept | None) -> None:
    """Keep a paragraph's lines on one page, and with the next paragraph where it says so."""
    if whole is not None:
        properties = node.find("{*}pPr")
        properties.append(element("w:keepLines"))
        if whole.with_next:
            properties.append(element("w:keepNext"))


def _on_new_page(manuscript: Manuscript, node: Node) -> Iterator[Node]:
    opening = element("w:pageBreakBefore")
    if node.tag.endswith("}p"):
        node.find("{*}pPr").append(opening)
        yield node
        return
    yield manuscript.paragraph("spacer", properties=(opening,))
    yield node


def _block(manuscript: Manuscript, block: AnyBlock) -> Iterator[Node]:
    """Yield the paragraphs and tables of a block; a block nobody knows is a bug."""
    match block:
        case Heading():
            yield manuscript.paragraph(INNER[block.level], *manuscript.runs(block.content))
        case Paragraph():
            yield manuscript.paragraph(PARAGRAPHS[block.role], *_paragraph_runs(manuscript, block))
        case ListBlock():
            yield from _list(manuscript, block)
        case Quote():
            for paragraph in block.paragraphs:
                yield manuscript.paragraph("quote", *manuscript.runs(paragraph))
        case Table():
            yield from data_table(manuscript, block)
        case FormulaBlock():
            yield manuscript.line("formula", block.source)
        case PageBreak():
            return  # see _blocks: the break belongs to what follows
        case BookEntry():
            yield from book_table(manuscript, block)
        case _:
            raise TypeError(f"no Word form for {type(block).__name__}")


def _paragraph_runs(manuscript: Manuscript, block: Paragraph) -> Iterator[Node]:
    """Yield a paragraph's runs; “摘要：” and its like stand out where the role has one."""
    first = block.content[0] if block.content else None
    lead = LEAD.match(first.text) if isinstance(first, Text) and block.role in LED else None
    if not isinstance(first, Text) or lead is None:
        yield from manuscript.runs(block.content)
        return
    yield from plain_runs(lead.group(), style=LEAD_STYLE)
    rest = first.model_copy(update={"text": first.text[lead.end() :]})
    yield from manuscript.runs((rest, *block.content[1:]))


def _list(manuscript: Manuscript, block: ListBlock) -> Iterator[Node]:
    if block.ordered:
        number = ORDERED_LISTS_FROM + manuscript.ordered_lists
        manuscript.ordered_lists += 1
    else:
        number = BULLET_LIST
    role = "number" if block.ordered else "bullet"
    for item in block.items:
        properties = element("w:numPr", value("w:ilvl", 0), value("w:numId", number))
        yield manuscript.paragraph(role, *manuscript.runs(item), properties=(properties,))


def _figure(manuscript: Manuscript, figure: Figure, above: float) -> Iterator[Node]:
    """Yield a picture with source and caption in the profile's order; `above` are its heads."""
    style = manuscript.profile.figure
    if manuscript.has(figure.asset):
        size = manuscript.fitted(figure.asset, figure_room(manuscript.profile, figure, above))
        picture = manuscript.picture(manuscript.stored(figure.asset), *size, described(figure))
        yield manuscript.paragraph("figure", picture, properties=(_tall(manuscript, size[1]),))
    lines = [("note", figure.source), ("figure_caption", caption(figure.caption))]
    if style.source == "below":
        lines.reverse()
    yield from _captions(manuscript, [(role, text) for role, text in lines if text])


def _tall(manuscript: Manuscript, height: float) -> Node:
    """Return the line height of a picture: whole lines of text, more where it is made larger."""
    pitch = manuscript.profile.page.pitch
    needed = height + DESCENT_EM * manuscript.looks["figure"].size + ROOM_ABOVE * pitch
    return element("w:spacing", line=twips(whole(needed, pitch)), lineRule="atLeast")


def _captions(manuscript: Manuscript, lines: list[tuple[str, str]]) -> Iterator[Node]:
    """Yield the lines under a picture, kept together and on the grid."""
    height = 0.0
    for number, (role, text) in enumerate(lines):
        look = manuscript.looks[role]
        height += lines_of(text, manuscript.text_width / look.size) * look.pitch
        last = number == len(lines) - 1
        node = manuscript.line(
            role,
            text,
            *((value("w:jc", "center"),) if role == "note" else ()),
            *(() if last else (element("w:keepNext"),)),
        )
        if last:
            pitch = manuscript.profile.page.pitch
            add_room(node, whole(height, pitch) - height)
        yield node
