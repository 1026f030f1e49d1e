"""The Word edition: an IssueDocument as a .docx, styles, contents, notes and all.

It reads the document, the profile and the stored pictures, nothing else; the same input gives
the same bytes. Page numbers come from outside (numbering.py): Word lays pages out itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from editor.assembler.contents import contents_on_cover, printed_parts, section_title, solo
from editor.assembler.keeping import closes_page, opens_page
from editor.assembler.measures import POINTS_PER_MM
from editor.assembler.phrases import full_title, publisher, running_head
from editor.assembler.word.contents import contents, solo_role
from editor.assembler.word.fonts import add_font_table, embeds
from editor.assembler.word.front import colophon, cover, masthead
from editor.assembler.word.grid import leave_room, whole
from editor.assembler.word.ink import blacken
from editor.assembler.word.item import item
from editor.assembler.word.ooxml import (
    Node,
    complex_field,
    element,
    run,
    section_break,
    twips,
)
from editor.assembler.word.package import core_properties
from editor.assembler.word.settling import UNSETTLED, Place, Settled, Spot
from editor.assembler.word.styles import numbering_part, settings_part, styles_part
from editor.assembler.word.text import Manuscript, plain_runs
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import IssueDocument, Part

RULE_HEIGHT = 3.5  # points that the rule under the running head takes, with the room above it
FILLING_SLACK = 0.2
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml."


@dataclass
class Stretch:
    """A run of pages with one header and one way of counting; Word calls it a section.

    `centred` pages stand in the middle whatever the gutter.
    """

    nodes: list[Node]
    header: str | None = None
    footer: str | None = None
    numbers: str = "decimal"
    start: int | None = None
    opens: str = "nextPage"
    centred: bool = False
    references: list[Node] = field(default_factory=list)


def render_docx(
    document: IssueDocument,
    profile: Profile,
    files: FileStore,
    *,
    numbers: Mapping[str, int],
    pinned: bool,
    settled: Settled = UNSETTLED,
) -> bytes:
    """Return the .docx; `numbers` are printed page numbers by anchor of sections and items.

    When `pinned`, every item opens a page whose number is written into the file, so that the
    contents hold in any program; otherwise items run on and the body is counted from 1. `settled`
    is what earlier pages of this issue showed to be wanting.
    """
    manuscript = Manuscript(document, profile, files, dict(numbers), settled)
    stretches = [*_front(manuscript), *_body(manuscript, pinned=pinned)]
    _furnish(manuscript, stretches)
    _compose(manuscript, stretches)
    _finish(manuscript)
    if profile.print.black_only:
        blacken(manuscript.package)
    return manuscript.package.save()


# --- the order of the book -----------------------------------------------------------------------


def _front(manuscript: Manuscript) -> Iterator[Stretch]:
    profile = manuscript.profile
    yield Stretch(list(cover(manuscript)), centred=True)
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
    parts, profile = printed_parts(manuscript.document), manuscript.profile
    for index, part in enumerate(parts):
        stretches = list(_part(manuscript, part, pinned=pinned))
        if index == 0 and not pinned:
            stretches[0].start = 1
        if profile.print.on_right or (index == 0 and profile.print.faces):
            stretches[0].opens = "oddPage"
        if index and not pinned and not profile.sections_break:
            stretches[0].opens = "continuous"
        if index == len(parts) - 1:
            stretches[-1].nodes += colophon(manuscript)
        yield from stretches


def _part(manuscript: Manuscript, part: Part, *, pinned: bool) -> Iterator[Stretch]:
    """Yield a section's pages: one stretch, or one per item when its number is pinned."""
    profile, pitch = manuscript.profile, manuscript.profile.page.pitch
    alone = solo(part, profile)
    role = solo_role(profile) if alone else "section"
    title = plain_runs(section_title(part, profile))
    nodes = [manuscript.heading(role, part.anchor, tuple(title))]
    if more := manuscript.settled.lines(Place(part.anchor, Spot.below)):
        leave_room(nodes, manuscript.looks[role].after + more * pitch)
    start = manuscript.numbers.get(part.anchor) if pinned else None
    for index, article in enumerate(part.articles):
        first, last = index == 0, index == len(part.articles) - 1
        if pinned and not first:
            yield _stretch(manuscript, part, nodes, start)
            nodes, start = [], manuscript.numbers.get(article.anchor)
        new_page = not first and not pinned and opens_page(article, profile)
        closes = pinned or closes_page(part, index, profile)
        nodes += item(
            manuscript,
            article,
            opens_page=new_page,
            headed=not alone,
            closes=closes,
            unseen=pinned,
        )
        if not last:
            gap = whole(manuscript.looks["item"].before or pitch, pitch)
            above = Place(part.articles[index + 1].anchor, Spot.above)
            leave_room(nodes, gap + manuscript.settled.lines(above) * pitch)
    yield _stretch(manuscript, part, nodes, start)


def _stretch(manuscript: Manuscript, part: Part, nodes: list[Node], start: int | None) -> Stretch:
    footer = manuscript.profile.furniture.footer
    return Stretch(nodes, header=part.name, footer=footer, start=start)


# --- headers, footers, sections ------------------------------------------------------------------


def _furnish(manuscript: Manuscript, stretches: list[Stretch]) -> None:
    """Make each header and footer once and refer to it from the stretches that use it.

    What a section does not refer to it inherits; the cover comes first and refers to nothing.
    Left-hand pages have their own where a gutter mirrors the pages.
    """
    made: dict[tuple[str, str, str], str] = {}
    faces = ("default", "even") if manuscript.profile.print.gutter_mm else ("default",)
    for stretch in stretches:
        for kind, text in (("header", stretch.header), ("footer", stretch.footer)):
            if text is None:
                continue
            for face in faces:
                key = (kind, text, face)
                if key not in made:
                    made[key] = _furniture(manuscript, key, len(made) + 1)
                reference = element(f"w:{kind}Reference", type=face, r__id=made[key])
                stretch.references.append(reference)


def _furniture(manuscript: Manuscript, key: tuple[str, str, str], number: int) -> str:
    kind, text, face = key
    paragraph = (
        _header(manuscript, text, mirrored=face == "even")
        if kind == "header"
        else manuscript.paragraph("footer", *_footer(text))
    )
    if manuscript.profile.print.faces:
        paragraph.find("{*}pPr").append(_filling(manuscript, kind))
    root = element("w:hdr" if kind == "header" else "w:ftr", paragraph)
    manuscript.package.add(f"word/{kind}{number}.xml", f"{MAIN}{kind}+xml", root)
    return manuscript.part.relate(kind, f"{kind}{number}.xml")


def _filling(manuscript: Manuscript, kind: str) -> Node:
    """Return the space by which a head or a foot fills its margin.

    LibreOffice 7.4 begins the text of a page that must be a right-hand one just below the head,
    and ends it just above the foot, wherever the margins are.
    """
    page, style = manuscript.profile.page, manuscript.profile.furniture
    height = manuscript.looks[kind].pitch + FILLING_SLACK
    if kind == "header":
        height += RULE_HEIGHT if style.rule else 0
        return element("w:spacing", after=twips(max(0, page.top - page.header_distance - height)))
    return element("w:spacing", before=twips(max(0, page.bottom - page.footer_distance - height)))


def _header(manuscript: Manuscript, section: str, *, mirrored: bool) -> Node:
    furniture, document = manuscript.profile.furniture, manuscript.document
    left = running_head(furniture.header_left, document, section)
    right = running_head(furniture.header_right, document, section)
    if mirrored:
        left, right = right, left
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
    gutter = 0.0 if stretch.centred else manuscript.profile.print.gutter_mm * POINTS_PER_MM
    margins = {
        "top": page.top,
        "bottom": page.bottom,
        "side": page.side,
        # the text keeps its width: what the fold takes the outer edge gives
        "outside": page.side - gutter,
        "header": page.header_distance,
        "footer": page.footer_distance,
        "gutter": gutter,
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
    _add_footnotes(manuscript)
    # last: it holds the characters of all parts
    add_font_table(package, profile)
    part.relate("fontTable", "fontTable.xml")
    package.relate("officeDocument", "word/document.xml")
    package.add(
        "docProps/core.xml",
        "application/vnd.openxmlformats-package.core-properties+xml",
        _properties(manuscript.document, profile),
    )
    package.relate(
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


def _properties(document: IssueDocument, profile: Profile) -> Node:
    return core_properties(
        title=full_title(document),
        creator=publisher(document),
        subject=document.window_line,
        language=profile.language,
        on=document.dated_on,
    )
