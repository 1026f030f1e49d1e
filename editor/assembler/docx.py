"""The Word edition: an IssueDocument as a .docx, styles, contents, notes and all.

It reads the document, the profile and the stored pictures, nothing else; the same input gives
the same bytes. Page numbers come from outside (numbering.py): Word lays pages out itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from editor.assembler.columns import width_em
from editor.assembler.contents import contents_on_cover, section_title, solo
from editor.assembler.headlines import CHINESE, clauses, headline_lines
from editor.assembler.measures import POINTS_PER_MM, figure_room
from editor.assembler.ooxml import (
    Node,
    complex_field,
    core_properties,
    element,
    run,
    section_break,
    twips,
    value,
)
from editor.assembler.phrases import byline, full_title, publisher, running_head, source_line
from editor.assembler.word_contents import contents, solo_role
from editor.assembler.word_fonts import add_font_table, embeds
from editor.assembler.word_front import colophon, cover, masthead
from editor.assembler.word_styles import (
    BULLET_LIST,
    ORDERED_LISTS_FROM,
    faces,
    numbering_part,
    settings_part,
    styles_part,
)
from editor.assembler.word_tables import attachments, book_table, data_table
from editor.assembler.word_text import Manuscript, plain_runs
from editor.profile import FontRole, Profile
from editor.store.files import FileStore
from editor.text.document import (
    AnyBlock,
    Article,
    Blocks,
    BookEntry,
    Figure,
    FormulaBlock,
    Heading,
    IssueDocument,
    ListBlock,
    PageBreak,
    Paragraph,
    Part,
    Quote,
    Role,
    Table,
    Text,
)
from editor.workflow import ItemKind

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml."
FIRST_LINE_SLACK_EM = 0.4  # less than the character that must go to the next line
BALANCE_SLACK_EM = 1.0
AUTOSPACE_EM = 0.2  # what layout adds between Chinese and Latin or figures
AUTOSPACE = re.compile(rf"(?<=[{CHINESE}])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])(?=[{CHINESE}])")
ROOM_ABOVE = 0.3  # lines of space above a table, a figure, a 附 block


@dataclass
class Stretch:
    """A run of pages with one header and one way of counting; Word calls it a section."""

    nodes: list[Node]
    header: str | None = None
    footer: str | None = None
    numbers: str = "decimal"
    start: int | None = None
    opens: str = "nextPage"
    references: list[Node] = field(default_factory=list)


def render_docx(
    document: IssueDocument,
    profile: Profile,
    files: FileStore,
    *,
    numbers: Mapping[str, int],
    pinned: bool,
) -> bytes:
    """Return the .docx; `numbers` are printed page numbers by anchor of sections and items.

    When `pinned`, every item opens a page whose number is written into the file, so that the
    contents hold in any program; otherwise items run on and the body is counted from 1.
    """
    manuscript = Manuscript(document, profile, files, dict(numbers))
    stretches = [*_front(manuscript), *_body(manuscript, pinned=pinned)]
    _furnish(manuscript, stretches)
    _compose(manuscript, stretches)
    _finish(manuscript)
    return manuscript.package.save()


# --- the order of the book -----------------------------------------------------------------------


def _front(manuscript: Manuscript) -> Iterator[Stretch]:
    profile = manuscript.profile
    yield Stretch(list(cover(manuscript)))
    if profile.masthead.show:
        yield Stretch(list(masthead(manuscript)))
    if not contents_on_cover(profile):
        yield Stretch(
            [contents(manuscript)],
            footer=profile.furniture.contents_footer,
            numbers="lowerRoman",
            start=1,
        )


def _body(manuscript: Manuscript, *, pinned: bool) -> Iterator[Stretch]:
    parts = manuscript.document.parts
    for index, part in enumerate(parts):
        stretches = list(_part(manuscript, part, pinned=pinned))
        if index == 0 and not pinned:
            stretches[0].start = 1
        if index and not pinned and not manuscript.profile.sections.page_break:
            stretches[0].opens = "continuous"
        if index == len(parts) - 1:
            stretches[-1].nodes += colophon(manuscript)
        yield from stretches


def _part(manuscript: Manuscript, part: Part, *, pinned: bool) -> Iterator[Stretch]:
    """Yield a section's pages: one stretch, or one per item when its number is pinned."""
    profile = manuscript.profile
    alone = solo(part, profile)
    role = solo_role(profile) if alone else "section"
    title = plain_runs(section_title(part, profile))
    nodes = [manuscript.heading(role, part.anchor, tuple(title))]
    start = manuscript.numbers.get(part.anchor) if pinned else None
    for index, article in enumerate(part.articles):
        first, last = index == 0, index == len(part.articles) - 1
        if pinned and not first:
            yield _stretch(manuscript, part, nodes, start)
            nodes, start = [], manuscript.numbers.get(article.anchor)
        opens_page = not first and not pinned and _opens_page(article, profile)
        nodes += _article(manuscript, article, opens_page=opens_page, headed=not alone)
        if not last:
            _leave_room(nodes, manuscript.looks["item"].before or profile.page.pitch)
    yield _stretch(manuscript, part, nodes, start)


def _stretch(manuscript: Manuscript, part: Part, nodes: list[Node], start: int | None) -> Stretch:
    footer = manuscript.profile.furniture.footer
    return Stretch(nodes, header=part.name, footer=footer, start=start)


def _opens_page(article: Article, profile: Profile) -> bool:
    essay = article.kind is ItemKind.essay and profile.item.essay_page_break
    return profile.item.page_break or essay


def _leave_room(nodes: list[Node], points: float) -> None:
    """Give space after the last node: below a heading's `before`, Word and others disagree."""
    last = nodes[-1]
    if last.tag.endswith("}p"):
        properties = last.find("{*}pPr")
        old = properties.find("{*}spacing")
        if old is None:
            properties.append(element("w:spacing", after=twips(points)))
        else:
            old.attrib.update(element("w:spacing", after=twips(points)).attrib)
        return
    for cell in last.findall("{*}tr")[-1].findall("{*}tc"):
        margin = element("w:bottom", w=twips(points), type="dxa")
        cell.find("{*}tcPr").append(element("w:tcMar", margin))


# --- an item -------------------------------------------------------------------------------------


def _article(
    manuscript: Manuscript, article: Article, *, opens_page: bool, headed: bool
) -> Iterator[Node]:
    """Yield an item: its head, its blocks, its byline, its attachments."""
    profile = manuscript.profile
    if headed:
        extra = (element("w:pageBreakBefore"),) if opens_page else ()
        headline = _headline(manuscript, article.headline)
        inset = _balance(manuscript, headline)
        runs = tuple(plain_runs(headline))
        yield manuscript.heading("item", article.anchor, runs, *extra, *inset)
    if article.subtitle:
        yield manuscript.line("subtitle", article.subtitle)
    if line := source_line(article, profile):
        yield manuscript.line("source", line)
    body = list(_blocks(manuscript, article.blocks))
    if signed := byline(article, profile):
        body.append(_byline(manuscript, signed))
    if body and article.attachments:
        _leave_room(body, profile.page.pitch * ROOM_ABOVE)
    yield from body
    yield from attachments(manuscript, article)


def _headline(manuscript: Manuscript, headline: str) -> str:
    """Return a headline that breaks at its clause when it does not fit on one line."""
    room = manuscript.text_width / manuscript.looks["item"].size
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
    lines = headline_lines(headline, room / size)
    if len(lines) < 2 or "\n" in headline:
        return ()
    widths = [width_em(line) + AUTOSPACE_EM * len(AUTOSPACE.findall(line)) for line in lines]
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


def _blocks(manuscript: Manuscript, blocks: Blocks) -> Iterator[Node]:
    """Yield all blocks; a page break becomes a property of the paragraph after it."""
    opens_page, previous, after_heading = False, None, True
    for block in blocks:
        if isinstance(block, PageBreak):
            opens_page = True
            continue
        top = isinstance(block, Heading) and block.level == 1
        if top and previous is not None and not after_heading:
            _leave_room([previous], manuscript.profile.page.pitch / 2)
        if isinstance(block, Table | Figure) and previous is not None and not after_heading:
            _leave_room([previous], manuscript.profile.page.pitch * ROOM_ABOVE)
        after_heading = isinstance(block, Heading)
        for node in _block(manuscript, block):
            if opens_page:
                yield from _on_new_page(manuscript, node)
                opens_page = False
            else:
                yield node
            previous = node


def _on_new_page(manuscript: Manuscript, node: Node) -> Iterator[Node]:
    opening = element("w:pageBreakBefore")
    if node.tag.endswith("}p"):
        node.find("{*}pPr").append(opening)
        yield node
        return
    yield manuscript.paragraph("spacer", properties=(opening,))
    yield node


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
        case Figure():
            yield from _figure(manuscript, block)
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
    hei = faces(FontRole.hei, manuscript.profile)
    yield from plain_runs(lead.group(), fonts=hei)
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


def _figure(manuscript: Manuscript, figure: Figure) -> Iterator[Node]:
    """Yield a picture with source and caption in the profile's order."""
    style = manuscript.profile.figure
    if figure.asset:
        size = manuscript.fitted(figure.asset, figure_room(manuscript.profile))
        alt = figure.alt or figure.caption
        picture = manuscript.picture(manuscript.files.get(figure.asset), *size, alt)
        yield manuscript.paragraph("figure", picture)
    lines = [("note", figure.source), ("figure_caption", figure.caption)]
    if style.source == "below":
        lines.reverse()
    for role, text in lines:
        if text:
            centre = (value("w:jc", "center"),) if role == "note" else ()
            yield manuscript.line(role, text, *centre)


# --- headers, footers, sections ------------------------------------------------------------------


def _furnish(manuscript: Manuscript, stretches: list[Stretch]) -> None:
    """Make each header and footer once and refer to it from the stretches that use it.

    What a section does not refer to it inherits; the cover comes first and refers to nothing.
    """
    made: dict[tuple[str, str], str] = {}
    for stretch in stretches:
        for kind, text in (("header", stretch.header), ("footer", stretch.footer)):
            if text is None:
                continue
            if (kind, text) not in made:
                made[kind, text] = _furniture(manuscript, kind, text, len(made) + 1)
            reference = element(f"w:{kind}Reference", type="default", r__id=made[kind, text])
            stretch.references.append(reference)


def _furniture(manuscript: Manuscript, kind: str, text: str, number: int) -> str:
    paragraph = (
        _header(manuscript, text)
        if kind == "header"
        else manuscript.paragraph("footer", *_footer(text))
    )
    root = element("w:hdr" if kind == "header" else "w:ftr", paragraph)
    manuscript.package.add(f"word/{kind}{number}.xml", f"{MAIN}{kind}+xml", root)
    return manuscript.part.relate(kind, f"{kind}{number}.xml")


def _header(manuscript: Manuscript, section: str) -> Node:
    furniture, document = manuscript.profile.furniture, manuscript.document
    left = running_head(furniture.header_left, document, section)
    right = running_head(furniture.header_right, document, section)
    tab = element("w:tab", val="right", pos=twips(manuscript.text_width))
    rule = element("w:bottom", val="single", sz=4, space=3, color="404040")
    return manuscript.paragraph(
        "header",
        *plain_runs(left),
        run(element("w:tab")),
        *plain_runs(right),
        properties=(
            element("w:tabs", tab),
            *((element("w:pBdr", rule),) if furniture.rule else ()),
        ),
    )


def _footer(pattern: str) -> Iterator[Node]:
    before, _, after = pattern.partition("{page}")
    yield from plain_runs(before)
    yield from complex_field(" PAGE ", "1")
    yield from plain_runs(after)


def _compose(manuscript: Manuscript, stretches: list[Stretch]) -> None:
    """Put the stretches into the body; each but the last ends inside its last paragraph."""
    body = manuscript.part.root.find("{*}body")
    for stretch in stretches[:-1]:
        _end_in_paragraph(manuscript, stretch)
        body.extend(stretch.nodes)
    last = stretches[-1]
    if not last.nodes[-1].tag.endswith("}p"):
        last.nodes.append(manuscript.spacer())
    body.extend(last.nodes)
    body.append(_section(manuscript, last))


def _end_in_paragraph(manuscript: Manuscript, stretch: Stretch) -> None:
    # an own paragraph for the break would be an empty page where the page is full; after a
    # table there is no paragraph, so a one-point one it must be
    if not stretch.nodes[-1].tag.endswith("}p"):
        stretch.nodes.append(manuscript.spacer())
    stretch.nodes[-1].find("{*}pPr").append(_section(manuscript, stretch))


def _section(manuscript: Manuscript, stretch: Stretch) -> Node:
    page = manuscript.profile.page
    margins = {
        "top": page.top,
        "bottom": page.bottom,
        "side": page.side,
        "header": page.header_distance,
        "footer": page.footer_distance,
        "gutter": manuscript.profile.print.gutter_mm * POINTS_PER_MM,
    }
    return section_break(
        *stretch.references,
        width=page.width,
        height=page.height,
        margins=margins,
        numbers=stretch.numbers,
        start=stretch.start,
        opens=stretch.opens,
    )


# --- the other parts -----------------------------------------------------------------------------


def _finish(manuscript: Manuscript) -> None:
    """Add styles, settings, fonts, lists, notes and properties."""
    package, profile, part = manuscript.package, manuscript.profile, manuscript.part
    fixed = (
        ("styles", "styles", styles_part(profile, manuscript.looks)),
        ("settings", "settings", settings_part(profile, embedded=embeds(profile))),
        (
            "numbering",
            "numbering",
            numbering_part(manuscript.ordered_lists, profile, manuscript.looks),
        ),
    )
    for name, kind, root in fixed:
        package.add(f"word/{name}.xml", f"{MAIN}{kind}+xml", root)
        part.relate(kind, f"{name}.xml")
    add_font_table(package, profile)
    part.relate("fontTable", "fontTable.xml")
    _add_footnotes(manuscript)
    package.root.relate("officeDocument", "word/document.xml")
    package.add(
        "docProps/core.xml",
        "application/vnd.openxmlformats-package.core-properties+xml",
        _properties(manuscript.document, profile),
    )
    package.root.relate(
        "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties",
        "docProps/core.xml",
    )


def _add_footnotes(manuscript: Manuscript) -> None:
    """Fill the notes' part; settings refer to its two separators, so it is never left out."""
    notes = manuscript.notes()
    for number, kind in ((-1, "separator"), (0, "continuationSeparator")):
        line = manuscript.paragraph("spacer", run(element(f"w:{kind}")))
        single = element("w:spacing", line=240, lineRule="auto")
        line.find("{*}pPr").append(single)
        notes.root.append(element("w:footnote", line, id=number, type=kind))
    notes.root.extend(manuscript.footnotes)
    manuscript.part.relate("footnotes", "footnotes.xml")


def _properties(document: IssueDocument, profile: Profile) -> bytes:
    return core_properties(
        title=full_title(document),
        creator=publisher(document),
        subject=document.window_line,
        language=profile.language,
        on=document.dated_on,
    )
