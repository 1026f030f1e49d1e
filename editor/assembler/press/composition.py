"""The issue as plain data for the page templates: every measure settled, every word in place.

Templates only lay out. What to print and how large is decided here, on values: line breaks of
two-clause titles, column widths, picture sizes, QR codes, running heads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from segno import DataOverflowError

from editor.assembler.columns import TablePlan, plan
from editor.assembler.contents import (
    LEAST_LINES,
    contents_on_cover,
    entries,
    printed_parts,
    section_title,
    set_lines,
    solo,
    tightness,
)
from editor.assembler.fonts import FALLBACK, LAST
from editor.assembler.headlines import headline_lines
from editor.assembler.keeping import (
    Kept,
    closes_page,
    follows_head,
    kept,
    noted,
    opens_page,
    whole_for_notes,
)
from editor.assembler.looks import looks
from editor.assembler.measures import (
    BOOK_COVER,
    POINTS_PER_MM,
    Size,
    figure_room,
    fitted,
    heads_above,
)
from editor.assembler.phrases import (
    book_fields,
    caption,
    continued,
    cover_words,
    described,
    full_title,
    link,
    names_something,
    padded,
    publisher,
    running_head,
    signed,
    source_line,
    tidy,
    unit_line,
)
from editor.assembler.press.foreseen import all_one_line, most_lines, one_line, rows_of_one_line
from editor.assembler.press.runs import inlines, noted_inlines, without_links, without_notes
from editor.assembler.press.sheet import GAP_MM, MARK_MM, NO_SHEET, Sheet, sheet_of
from editor.assembler.qr import qr_mm, qr_svg
from editor.errors import Invalid
from editor.profile import FontRole, LabelledValue, Profile
from editor.text.document import (
    AnyBlock,
    Article,
    AssetRef,
    Attachment,
    Blocks,
    BookEntry,
    Cell,
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
)

Data = dict[str, Any]


class Volume(StrEnum):
    """What of an issue a file holds. On screens no paper is shown beyond the page."""

    screen = "screen"
    whole = "whole"
    interior = "interior"
    cover = "cover"

    @property
    def for_shop(self) -> bool:
        """Whether it is printed on the sheets that the profile orders."""
        return self is not Volume.screen


CODE_COLUMN, CODE_GAP, LINK_GAP = 76.0, 12.0, 2.0  # points: beside a code and between its lines
IMAGE_FORMATS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
}


def compose(
    document: IssueDocument,
    profile: Profile,
    *,
    item_per_page: bool,
    volume: Volume = Volume.screen,
    numbers: Mapping[str, int] | None = None,
    printed_from: Mapping[str, tuple[str, str]] | None = None,
) -> Data:
    """Return all that the page templates read.

    `numbers` are printed pages by anchor, for a cover whose contents lead into another file;
    `printed_from` says by an asset's hash the path and the media type of the file to print.
    """
    pictures = {asset.sha256: asset for asset in document.assets}
    composer = _Composer(profile, pictures, printed_from or {}, item_per_page)
    return {
        "language": profile.language.split("-")[0],
        "region": profile.language.partition("-")[2].lower() or None,
        "title": full_title(document),
        "author": publisher(document),
        "date": [document.dated_on.year, document.dated_on.month, document.dated_on.day],
        "page": _page(profile, volume),
        "looks": {name: asdict(look) for name, look in looks(profile).items()},
        "fonts": {role.value: _family(role, profile) for role in FontRole} | {"last": LAST},
        "cover": _cover(document, profile) | {"numbers": dict(numbers or {})},
        "masthead": _masthead(document, profile),
        "contents": _contents(document, profile),
        "furniture": _furniture(document, profile),
        "parts": [composer.part(part) for part in printed_parts(document)],
        "colophon": _colophon(document, profile),
        "words": {
            "attachment": profile.attachment.label,
            "show_url": profile.attachment.show_url,
            "books": profile.books.model_dump(),
            "footnote_marks": profile.footnotes.marks,
            "header_fill": profile.table.header_fill,
            "source_above": profile.figure.source == "above",
        },
    }


# --- the frame -----------------------------------------------------------------------------------


def _page(profile: Profile, volume: Volume) -> Data:
    page = profile.page
    return {
        **page.model_dump(),
        "text_width": page.text_width,
        "side": page.side,
        "gutter": profile.print.gutter_mm * POINTS_PER_MM,
        "pad_to": profile.print.pad_to,
        "black_only": profile.print.black_only,
        "sections_break": profile.sections_break,
        "sections_right": profile.print.on_right,
        "body_right": profile.print.faces,
        "sheet": _sheet(sheet_of(profile) if volume.for_shop else NO_SHEET),
        "volume": volume.value,
    }


def _sheet(sheet: Sheet) -> Data:
    """Return how far the paper reaches beyond the page, and the marks on it."""
    gap, mark = GAP_MM * POINTS_PER_MM, MARK_MM * POINTS_PER_MM
    return {"beyond": sheet.beyond, "bleed": sheet.bleed, "gap": gap, "mark": mark}


def _family(role: FontRole, profile: Profile) -> str:
    name: str = getattr(profile.fonts, role.value)
    return name or FALLBACK


def _furniture(document: IssueDocument, profile: Profile) -> Data:
    furniture = profile.furniture
    return {
        # cut where the section's name goes in
        "left": running_head(furniture.header_left, document, "\0").split("\0"),
        "right": running_head(furniture.header_right, document, "\0").split("\0"),
        "rule": furniture.rule,
        "footer": furniture.footer.split("{page}"),
        "contents_footer": furniture.contents_footer.split("{page}"),
    }


def _cover(document: IssueDocument, profile: Profile) -> Data:
    return {
        "slogan": list(document.cover_lines),
        "title": document.publication,
        "labels": [tidy(line) for line in document.label_lines],
        "publisher": list(document.publisher_lines),
        "contents": contents_on_cover(profile),
    }


def _masthead(document: IssueDocument, profile: Profile) -> Data | None:
    masthead = profile.masthead
    if not masthead.show:
        return None
    return {
        "heading": masthead.heading,
        "fields": _fields(document.masthead),
        "editors_heading": masthead.editors_heading,
        "editors": [
            {"role": credit.role, "names": [padded(name) for name in credit.names]}
            for credit in document.editors
        ],
        "window": document.window_line,
        "qr": code(document.qr_url, profile.attachment.qr_mm) if document.qr_url else None,
        "qr_caption": document.qr_caption,
    }


def _fields(pairs: Sequence[LabelledValue]) -> list[Data]:
    return [
        {"label": pair.label, "value": tidy(pair.value), "href": link(pair.value)} for pair in pairs
    ]


def _contents(document: IssueDocument, profile: Profile) -> Data:
    toc, own = profile.toc, looks(profile)
    lines = [
        {
            "anchor": entry.anchor,
            "text": "\n".join(set_lines(entry, profile, own)),
            "kind": entry.line.value,
            "numbered": entry.numbered,
        }
        for entry in entries(document, profile)
    ]
    return {
        "title": toc.title,
        "lines": lines,
        "run_in": toc.run_in_group,
        "tight": tightness(document, profile, own),
        "least": LEAST_LINES,
    }


def _colophon(document: IssueDocument, profile: Profile) -> Data | None:
    colophon = profile.colophon
    if not (document.colophon or colophon.closing):
        return None
    return {
        "heading": colophon.heading,
        "fields": _fields(document.colophon),
        "closing": colophon.closing,
    }


# --- codes and flags -----------------------------------------------------------------------------


def code(url: str, wanted_mm: float) -> Data:
    """Return a QR code for the template: its picture and its side in points.

    An empty address gives no picture. Raises Invalid for one that no code can hold.
    """
    if not url:
        return {"url": "", "svg": None, "side": wanted_mm * POINTS_PER_MM}
    try:
        return {"url": url, "svg": qr_svg(url), "side": qr_mm(url, wanted_mm) * POINTS_PER_MM}
    except DataOverflowError as error:
        raise Invalid(
            f"网址太长（{len(url)} 个字符），做不成二维码，请换成短网址：{url[:60]}……",
            f"An address of {len(url)} characters is too long for a QR code: {url[:60]}…",
        ) from error


def _kept(whole: Kept | None) -> Data:
    return {"whole": True, "with_next": whole.with_next} if whole else {}


def heading_depths(blocks: Blocks, above: int) -> dict[int, int]:
    """Return how deep each heading lies in the outline, by its place among the blocks.

    No level is skipped, whatever the text does, and one without words has no place there: screen
    readers need it. `above` is the depth of the heading before the blocks.
    """
    depths: dict[int, int] = {}
    for number, block in enumerate(blocks):
        if isinstance(block, Heading) and names_something(block):
            above = depths[number] = min(block.level + 2, above + 1)
    return depths


def _depth(depth: int | None) -> Data:
    return {"depth": depth} if depth else {}


# --- items ---------------------------------------------------------------------------------------


class _Composer:
    """Composes items under one profile with the issue's pictures."""

    def __init__(
        self,
        profile: Profile,
        pictures: dict[str, AssetRef],
        printed_from: Mapping[str, tuple[str, str]],
        item_per_page: bool,
    ) -> None:
        self.profile = profile
        self.pictures = pictures
        self.printed_from = printed_from
        self.item_per_page = item_per_page
        self.looks = looks(profile)
        self.cell_size = self.looks["cell"].size
        self.title_room = self.room("item")

    def room(self, role: str, width: float | None = None) -> float:
        """Return how many em a line of a role holds, in the text's width or in another."""
        look = self.looks[role]
        return (width or self.profile.page.text_width) / look.size - look.first_em

    def part(self, part: Part) -> Data:
        """Return a section; a solo one prints its item without a headline of its own."""
        alone = solo(part, self.profile)
        return {
            "anchor": part.anchor,
            "name": part.name,
            "title": section_title(part, self.profile),
            "articles": [
                self.article(
                    article,
                    first=number == 0,
                    headless=alone,
                    closes=self.item_per_page or closes_page(part, number, self.profile),
                )
                for number, article in enumerate(part.articles)
            ],
        }

    def article(self, article: Article, *, first: bool, headless: bool, closes: bool) -> Data:
        """Return an item with its head, blocks, byline and attachments.

        `closes` says that a page break follows it.
        """
        new_page = not first and (self.item_per_page or opens_page(article, self.profile))
        blocks, signature = signed(article, self.profile)
        attached = bool(article.attachments)
        whole = kept(blocks, self.profile, closes=closes, attached=attached)
        depths = heading_depths(blocks, 1 if headless or not article.headline else 2)
        lines = headline_lines(article.headline, self.title_room)
        source = source_line(article, self.profile)
        return {
            "anchor": article.anchor,
            "headline": "" if headless else article.headline,
            "lines": list(lines),
            "subtitle": article.subtitle,
            "source": source,
            "sure": all_one_line(lines, self.title_room)
            and one_line(article.subtitle, self.room("subtitle"))
            and one_line(source, self.room("source")),
            "byline": signature,
            "byline_sure": one_line(signature, self.room("byline")),
            "new_page": new_page,
            "eased": 0,
            "blocks": [
                self.block(
                    block,
                    f"{article.anchor}-{number + 1}",
                    heads_above(article, blocks, number, self.profile)
                    if isinstance(block, Figure)
                    else 0.0,
                )
                | _kept(whole.get(number))
                | _depth(depths.get(number))
                | ({"noted": False} if follows_head(blocks, number) else {})
                for number, block in enumerate(blocks)
            ],
            "attachments": [self.attachment(item) for item in article.attachments],
        }

    def attachment(self, item: Attachment) -> Data:
        """Return 附: its label, its address and the code that holds it.

        It is `sure` where its lines are surely no taller than the code beside them.
        """
        label, own = tidy(item.label), code(item.url, self.profile.attachment.qr_mm)
        beside = self.profile.page.text_width - max(own["side"] + CODE_GAP, CODE_COLUMN)
        words = {"attachment_label": self.profile.attachment.label + label}
        if self.profile.attachment.show_url:
            words["attachment_link"] = item.url
        tall = sum(
            most_lines(text, self.room(role, beside)) * self.looks[role].pitch
            for role, text in words.items()
        )
        sure = own["svg"] is not None and tall + LINK_GAP <= own["side"]
        return {"label": label, "sure": sure, **own}

    def block(self, block: AnyBlock, key: str, above: float) -> Data:
        """Return one block; raises TypeError for a block nobody knows how to print.

        `above` is how tall the heads are that stay on its page with it.
        """
        match block:
            case Heading():
                room = self.room(f"inner{block.level}")
                return {
                    "type": "heading",
                    "level": block.level,
                    "runs": noted_inlines(block.content, key),
                    "sure": one_line(block.content, room),
                }
            case Paragraph():
                runs = noted_inlines(block.content, key)
                role = block.role.value
                sure = block.role is Role.byline and one_line(block.content, self.room("byline"))
                return {
                    "type": "paragraph",
                    "role": role,
                    "runs": runs,
                    "sure": sure,
                    "noted": noted(block),
                }
            case ListBlock():
                items = [
                    noted_inlines(item, f"{key}:{number}")
                    for number, item in enumerate(block.items)
                ]
                return {
                    "type": "list",
                    "ordered": block.ordered,
                    "items": items,
                    "noted": noted(block),
                }
            case Quote():
                paragraphs = [
                    noted_inlines(content, f"{key}:{number}")
                    for number, content in enumerate(block.paragraphs)
                ]
                whole = [at for at, one in enumerate(block.paragraphs) if whole_for_notes(one)]
                return {"type": "quote", "paragraphs": paragraphs, "whole": whole}
            case Table():
                return self.table(block, key)
            case Figure():
                return self.figure(block, above)
            case FormulaBlock():
                return {"type": "formula", "source": block.source}
            case PageBreak():
                return {"type": "page_break"}
            case BookEntry():
                return self.book(block)
            case _:
                raise TypeError(f"no printed form for {type(block).__name__}")

    def figure(self, figure: Figure, above: float) -> Data:
        """Return a picture at its printed size, or only its lines while its file is missing."""
        return {
            "type": "figure",
            "picture": self.picture(figure.asset, figure_room(self.profile, figure, above)),
            "alt": described(figure),
            "caption": caption(figure.caption),
            "source": tidy(figure.source),
            "sure": one_line(caption(figure.caption), self.room("figure_caption"))
            and one_line(tidy(figure.source), self.room("note")),
        }

    def picture(self, sha256: str, room: Size) -> Data | None:
        """Return where a picture lies and its size in points; None when there is none."""
        asset = self.pictures.get(sha256)
        if asset is None or not (asset.width and asset.height):
            return None
        width, height = fitted((asset.width, asset.height), room)
        as_stored = (f"/{sha256[:2]}/{sha256}", asset.media_type)
        path, media_type = self.printed_from.get(sha256, as_stored)
        return {
            "path": path,
            "format": IMAGE_FORMATS.get(media_type, "png"),
            "width": width,
            "height": height,
        }

    def book(self, book: BookEntry) -> Data:
        """Return one recommended book with its labelled fields."""
        fields = book_fields(book)
        return {
            "type": "book",
            "picture": self.picture(book.cover, BOOK_COVER),
            "alt": cover_words(book),
            **fields,
            "summary": tidy(book.summary),
            "reason": tidy(book.reason),
        }

    def table(self, table: Table, key: str) -> Data:
        """Return a table with its columns planned; `key` names it for its continued caption."""
        planned = plan(table, self.profile.page.text_width, self.cell_size)
        style = self.profile.table
        notes, single = [tidy(note) for note in table.notes], rows_of_one_line(table, planned)
        unit = unit_line(table.unit, style)
        return {
            "type": "table",
            "key": key,
            "caption": caption(table.caption),
            "continued": continued(table.caption, style),
            "unit": unit,
            "notes": notes,
            "sure": one_line(caption(table.caption), self.room("caption"))
            and one_line(unit, self.room("unit"))
            and all_one_line(notes, self.room("note")),
            "one_line": single,
            "widths": list(planned.widths),
            "size": planned.size,
            "padding": planned.padding,
            "heads": planned.heads,
            "short": planned.short,
            "noted": noted(table),
            "tail": planned.tail,
            "rows": [
                [
                    self.cell(cell, planned, y, x, f"{key}:{y}", one_line=single[y])
                    for cell, x in zip(row, xs, strict=True)
                ]
                for y, (row, xs) in enumerate(zip(table.rows, planned.places, strict=True))
            ],
        }

    def cell(
        self, cell: Cell, planned: TablePlan, row: int, column: int, key: str, *, one_line: bool
    ) -> Data:
        """Return a cell: where it stands, its words and alignment, and what else it has.

        `prose` has its lines justified; a row of one line has none to justify. A head's note stands
        on the first page, by its mark: `later` are the words of a head that is repeated.
        """
        setting = planned.setting(cell, row, column)
        more: Data = {
            "colspan": reach if (reach := planned.reach(cell, row, column)) > 1 else 0,
            "rowspan": cell.rowspan if cell.rowspan > 1 else 0,
            "head": setting.head,
            "inset": setting.inset and planned.padding + setting.inset,
            "breakable": planned.breakable[row],
            "prose": setting.align == "left" and not one_line,
        }
        words = planned.words(cell, row, column)
        later = without_notes(words)
        if "ua-1" in self.profile.pdf.standard:
            # on later pages PDF/UA takes heads for furniture: no link in it
            later = without_links(later)
        if row < planned.heads and later != words:
            more["later"] = inlines(later)
        return {
            "x": column,
            "y": row,
            "runs": noted_inlines(words, key),
            "align": setting.align,
            **{key: own for key, own in more.items() if own},
        }
