"""Whether what belongs together stands together on a finished PDF's pages (publishing.md §16).

V12 captions with their tables and figures, 附 blocks whole; V13 tables that continue; V15 what
pictures show.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from editor.assembler.columns import header_rows
from editor.assembler.contents import Line, entries, printed_parts, section_title, solo
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.finished.pdf_stream import Stream
from editor.assembler.finished.pdf_tags import Tag
from editor.assembler.finished.verdicts import bare, failed
from editor.assembler.phrases import (
    book_fields,
    caption,
    continued,
    cover_words,
    described,
    names_something,
    signed,
    unit_line,
)
from editor.assembler.preflight.findings import named
from editor.profile import Profile
from editor.text.document import (
    AnyBlock,
    Article,
    Attachment,
    BookEntry,
    Figure,
    Heading,
    IssueDocument,
    PageBreak,
    Table,
    block_lines,
    plain,
)
from editor.text.quoting import briefly

Mark = tuple[int, float]  # the index of a heading's page and its height there


@dataclass(frozen=True)
class Place:
    """Where an item's text begins and ends in the stream."""

    article: Article
    start: int
    end: int


@dataclass(frozen=True)
class Drawn:
    """A picture that the issue prints, and the item that it belongs to; None in front of them."""

    alt: str
    owner: Figure | BookEntry | Attachment | None
    article: Article | None


def printed_headings(document: IssueDocument, profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield every heading in printed order: its anchor, "" for one within an item, and its text."""
    for part in printed_parts(document):
        yield part.anchor, section_title(part, profile)
        for article in part.articles:
            if not solo(part, profile):
                yield article.anchor, article.headline
            for block in article.blocks:
                if isinstance(block, Heading) and names_something(block):
                    yield "", plain(block.content)


def leading_headings(document: IssueDocument, profile: Profile) -> Iterator[bool]:
    """Yield of every heading in printed order whether its item has anything to stand below it.

    A heading that ends its item, or that the editor's page break follows, may be last on a page.
    """
    for part in printed_parts(document):
        yield True
        for article in part.articles:
            _, signature = signed(article, profile)
            blocks = [None, *article.blocks] if not solo(part, profile) else [*article.blocks]
            for number, block in enumerate(blocks):
                if block is None or (isinstance(block, Heading) and names_something(block)):
                    below = blocks[number + 1 :]
                    yield _leads(below, followed=bool(article.attachments or signature))


def _leads(below: Sequence[AnyBlock | None], *, followed: bool) -> bool:
    """Whether blocks have anything but headings before the editor's page break.

    `followed` says that a byline or a 附 follows them.
    """
    for block in below:
        if isinstance(block, PageBreak):
            return False
        if block is None or isinstance(block, Heading):
            continue
        if isinstance(block, Figure) or any(map(bare, block_lines(block))):
            return True
    return followed


def heading_marks(
    reading: PdfReading, document: IssueDocument, profile: Profile
) -> dict[str, Mark]:
    """Return where the headings of sections and items stand, by anchor, in printed order.

    V03: the outline has each of them once and in its place.
    """
    found = reading.outline
    wanted = list(printed_headings(document, profile))
    marks = {}
    for number, (anchor, title) in enumerate(wanted):
        if not anchor:
            continue
        if number >= len(found) or _outlined(found[number][0]) != _outlined(title):
            text = briefly(title)
            raise failed("V03", f"“{text}”没有按顺序出现一次", f"“{text}” is not in its place")
        marks[anchor] = found[number][1:3]
    if len(found) > len(wanted):
        raise failed("V03", "有多出的标题", "there are headings too many")
    return marks


def _outlined(title: str) -> str:
    """Return a heading as every program's outline has it: that of LibreOffice lacks backslashes."""
    return bare(title).replace("\\", "")


def item_places(
    stream: Stream,
    document: IssueDocument,
    profile: Profile,
    marks: Mapping[str, Mark],
) -> list[Place]:
    """Return where each printed item stands; `marks` are its heading's page and height."""
    heads = []
    for part in printed_parts(document):
        for article in part.articles:
            index, height = marks[part.anchor if solo(part, profile) else article.anchor]
            heads.append((article, stream.below(index, height + 1)))
    ends = [*(start for _, start in heads[1:]), len(stream.text)]
    return [Place(article, start, end) for (article, start), end in zip(heads, ends, strict=True)]


# --- V15: what pictures show ---------------------------------------------------------------------


def check_pictures(
    reading: PdfReading, document: IssueDocument, profile: Profile
) -> list[tuple[Drawn, int]]:
    """Return every picture with its page index; V15: each says what it shows, in printed order."""
    found = [
        (tag.alt, index)
        for index in range(len(reading.pages))
        for top in reading.tags(index)
        for tag in top.walk()
        if tag.kind == "Figure"
    ]
    wanted = list(drawn_pictures(document, profile))
    for number, drawn in enumerate(wanted):
        if number >= len(found) or bare(found[number][0]) != bare(drawn.alt):
            sheet = found[number][1] if number < len(found) else None
            name = briefly(drawn.alt)
            raise failed(
                "V15", f"图片没有替代文字：{name}", f"a picture says not: {name}", sheet=sheet
            )
    if len(found) > len(wanted):
        sheet = found[len(wanted)][1]
        raise failed("V15", "有多出的图片", "there are pictures too many", sheet=sheet)
    return [(drawn, index) for drawn, (_, index) in zip(wanted, found, strict=True)]


def drawn_pictures(document: IssueDocument, profile: Profile) -> Iterator[Drawn]:
    """Yield every picture that the issue prints, in printed order."""
    sizes = {asset.sha256: asset.width and asset.height for asset in document.assets}
    if document.qr_url and profile.masthead.show:
        yield Drawn(f"二维码：{document.qr_caption}", None, None)
    for part in printed_parts(document):
        for article in part.articles:
            for block in article.blocks:
                if isinstance(block, Figure) and sizes.get(block.asset):
                    yield Drawn(described(block), block, article)
                if isinstance(block, BookEntry) and sizes.get(block.cover):
                    yield Drawn(cover_words(block), block, article)
            for attachment in article.attachments:
                if attachment.url:
                    yield Drawn(f"二维码：{attachment.label}", attachment, article)


# --- V12: what may not be parted -----------------------------------------------------------------


def check_together(
    stream: Stream, places: list[Place], drawn: list[tuple[Drawn, int]], profile: Profile
) -> None:
    """V12: a figure's caption and source stand on its page, and all of a 附 block on one."""
    of_item = {id(place.article): place for place in places}
    for each, index in drawn:
        if each.article is None or each.owner is None:
            continue
        place, page = of_item[id(each.article)], stream.range_of(index)
        for text in _beside_it(each.owner, profile):
            here = stream.find(text, max(place.start, page[0]), min(place.end, page[1]))
            # a text that is not found at all is nothing for this check
            if here or not stream.find(text, place.start, place.end):
                continue
            chinese, english = named(each.article)
            what = "附件" if isinstance(each.owner, Attachment) else "图片"
            raise failed(
                "V12",
                f"{chinese}的{what}和“{briefly(text)}”不在同一页",
                f"in {english} “{briefly(text)}” stands on another page than its picture",
                sheet=index,
            )


def _beside_it(owner: Figure | BookEntry | Attachment, profile: Profile) -> Iterator[str]:
    """Yield the texts that stand on the page of a picture."""
    match owner:
        case Figure():
            yield from filter(None, (caption(owner.caption), owner.source))
        case BookEntry():
            for name, text in book_fields(owner).items():
                if text:
                    yield getattr(profile.books, name) + text
        case Attachment():
            shown = owner.url if profile.attachment.show_url else ""
            yield profile.attachment.label + owner.label + shown


def check_contents_pages(
    reading: PdfReading, document: IssueDocument, profile: Profile, first: int
) -> None:
    """V12: in the contents a section's line has its first item below it on the page."""
    texts = ["".join(bare(g.char) for g in reading.glyphs(index)) for index in range(first)]
    index, at = 0, 0
    previous: tuple[str, int] | None = None
    for entry in entries(document, profile):
        title = bare(entry.text.upper() if profile.toc.caps else entry.text)
        while index < first and (found := texts[index].find(title, at)) < 0:
            index, at = index + 1, 0
        if index == first:
            # on a cover of its own, or wrapped around a page: the check of the contents tells
            return
        at = found + len(title)
        if previous and entry.line is Line.item and previous[1] != index:
            name = briefly(previous[0])
            raise failed(
                "V12",
                f"目录中“{name}”落在页末",
                f"the line “{name}” is last on a page of the contents",
                sheet=previous[1],
            )
        previous = (entry.text, index) if entry.line is Line.section else None


# --- V13: tables that continue -------------------------------------------------------------------


def check_tables(reading: PdfReading, document: IssueDocument, profile: Profile) -> None:
    """V13: on each page that a table reaches its head is repeated, and says that it continues.

    V12: the head with its caption has a row below it on its page.
    """
    wanted = list(_headed(document))
    number, current = -1, None
    for index in range(len(reading.pages)):
        for table in _tables(reading, index):
            body = table.parts[1]
            if not table.continued:
                number += 1
                current = wanted[number] if number < len(wanted) else None
                if current and body is None:
                    name = briefly(current.caption or "".join(_heads(current)))
                    raise failed(
                        "V12",
                        f"表头“{name}”和表格不在同一页",
                        f"the head “{name}” is parted from its table",
                        sheet=index,
                    )
            elif body and not body.continued:
                # its first row is here, but of its head nothing is printed
                current = None
            elif current:
                _check_head(reading, index, current, profile)
    if number + 1 != len(wanted):
        raise failed(
            "V13",
            f"应有 {len(wanted)} 个带表头的表格，文件中有 {number + 1} 个",
            f"the file has {number + 1} tables with heads, not {len(wanted)}",
        )


def _headed(document: IssueDocument) -> Iterator[Table]:
    for part in printed_parts(document):
        for article in part.articles:
            for block in article.blocks:
                if isinstance(block, Table) and _has_head(block):
                    yield block


def _has_head(table: Table) -> bool:
    """Whether something is printed in a table's head, by which its tag is told from others."""
    return bool(table.rows and (bare(table.caption) or bare(table.unit) or _heads(table)))


def _heads(table: Table) -> list[str]:
    """Return the words of a table's head, cell by cell."""
    return [
        words
        for row in table.rows[: header_rows(table)]
        for cell in row
        if (words := bare(plain(cell.content)))
    ]


def _tables(reading: PdfReading, index: int) -> Iterator[Tag]:
    """Yield the page's tables that have a head, in printed order."""
    for top in reading.tags(index):
        for tag in top.walk():
            kinds = [part.kind if part else "" for part in tag.parts]
            headed = len(kinds) > 1 and kinds[0] in ("", "THead") and "TR" not in kinds
            if tag.kind != "Table" or not headed:
                continue
            # what is left on a page may be its notes alone
            if not tag.continued or list(tag.all_marks()) != list(_of_notes(tag)):
                yield tag


def _of_notes(tag: Tag) -> Iterator[int]:
    """Yield the pieces of the page that stand under the notes within a tag."""
    for note in (each for each in tag.walk() if each.kind == "Note"):
        yield from note.all_marks()


def _check_head(reading: PdfReading, index: int, table: Table, profile: Profile) -> None:
    """Compare what a page repeats of a table with its head: furniture, in the type area."""
    page = profile.page
    found = "".join(
        bare(glyph.char)
        for glyph in reading.glyphs(index)
        if glyph.mark < 0 and page.bottom - 2 < glyph.y < page.height - page.top + 2
    )
    says = bare(continued(table.caption, profile.table))
    unit = bare(unit_line(table.unit, profile.table))
    head = says + unit + "".join(_heads(table))
    if not found.startswith(says):
        name = briefly(table.caption)
        raise failed(
            "V13",
            f"第 {index + 1} 面的表格没有标“{continued(table.caption, profile.table)}”（{name}）",
            f"on sheet {index + 1} a table does not say that it continues ({name})",
            sheet=index,
        )
    # cells that reach over rows are drawn out of order
    if Counter(found[: len(head)]) != Counter(head):
        name = briefly(table.caption or "".join(_heads(table)))
        raise failed(
            "V13",
            f"第 {index + 1} 面的表格没有重复表头（{name}）",
            f"on sheet {index + 1} a table does not repeat its head ({name})",
            sheet=index,
        )
