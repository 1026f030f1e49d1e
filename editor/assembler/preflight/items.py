"""What is wrong with one item: its head, its attachments, its pictures and tables."""

from collections.abc import Iterator
from math import ceil
from urllib.parse import urlsplit

from segno import DataOverflowError

from editor.assembler.columns import plan
from editor.assembler.headlines import headline_lines, set_width
from editor.assembler.looks import looks
from editor.assembler.measures import POINTS_PER_MM, Size, figure_room, fitted
from editor.assembler.preflight.findings import ON_PAPER, Finding, Grade
from editor.assembler.preflight.heads_in_order import head_numbers
from editor.assembler.preflight.numbers_in_order import numbering
from editor.assembler.press.composition import IMAGE_FORMATS
from editor.assembler.qr import module_mm, qr_mm
from editor.profile import Profile, Wanted
from editor.text.document import (
    Article,
    AssetRef,
    Attachment,
    BookEntry,
    Figure,
    FootnoteRef,
    Heading,
    IssueDocument,
    Part,
    Table,
    canonical_json,
    character_count,
    inline_contents,
    plain,
)
from editor.text.quoting import briefly
from editor.workflow import ItemKind

HEADLINE_LINES = 3
MOST_OF_A_PAGE = 0.9  # what a head or a note may take, with room for the gaps within it
WECHAT_HOST = "mp.weixin.qq.com"
WECHAT_ID = 22  # characters of a short address
LARGEST_QR_MM = 40
DENSEST_MODULE_MM = 0.4
NARROWEST_PICTURE_MM = 50  # a chart printed narrower than this has letters that nobody reads
SMALL_CELLS = 8.0  # points
GRADE_OF: dict[Wanted, Grade | None] = {
    Wanted.required: "block",
    Wanted.wished: "warn",
    Wanted.none: None,
}


def check_article(
    article: Article, part: Part, document: IssueDocument, profile: Profile
) -> Iterator[Finding]:
    """Yield what is wrong with one item of a section."""
    yield from _head(article, profile)
    yield from _origin(article, part, profile)
    if not character_count(article.blocks) and not _pictured(article):
        yield Finding("warn", "no_body", "这条稿件没有正文", "The item has no text", article.anchor)
    for attachment in article.attachments:
        yield from _attachment(attachment, article.anchor, profile)
    yield from numbering(article)
    yield from head_numbers(article)
    yield from _heads_of_nothing(article)
    yield from _long_notes(article, profile)
    known = {asset.sha256: asset for asset in document.assets}
    for block in article.blocks:
        match block:
            case Figure():
                yield from _figure(block, known, article.anchor, profile)
            case BookEntry() if block.cover not in known:
                yield Finding(
                    "note",
                    "book_without_cover",
                    f"《{briefly(block.title)}》没有封面图",
                    f"“{briefly(block.title)}” has no cover picture",
                    article.anchor,
                    subject=f"{block.title}{block.author}",
                )
            case Table():
                yield from _table(block, article.anchor, profile)


def _heads_of_nothing(article: Article) -> Iterator[Finding]:
    """Yield the inner heading that ends an item: what stood below it was cut, or it is a line."""
    last = article.blocks[-1] if article.blocks else None
    if isinstance(last, Heading) and (text := plain(last.content).strip()):
        yield Finding(
            "warn",
            "heading_alone",
            f"小标题“{briefly(text)}”下面没有内容，请补上或删去",
            f"Nothing stands below the heading “{briefly(text)}”: add it or take the heading out",
            article.anchor,
            subject=text,
        )


def _long_notes(article: Article, profile: Profile) -> Iterator[Finding]:
    """Yield each note that no page's foot can hold below the line of its mark."""
    own, page = looks(profile)["footnote"], profile.page
    for block in article.blocks:
        for note in (run for content in inline_contents(block) for run in content):
            if not isinstance(note, FootnoteRef):
                continue
            text = plain(note.content)
            lines = ceil(set_width(text) * own.size / page.text_width)
            if lines * own.pitch > MOST_OF_A_PAGE * page.text_height:
                yield Finding(
                    "block",
                    "note_over_a_page",
                    f"脚注“{briefly(text)}”比一页还长，请移进正文或缩短",
                    f"The note “{briefly(text)}” is longer than a page: move it into the text",
                    article.anchor,
                    subject=text,
                    final=True,
                    formats=ON_PAPER,
                )


def _pictured(article: Article) -> bool:
    return any(isinstance(block, Figure | Table) for block in article.blocks)


def _height(lines: int, article: Article, profile: Profile) -> float:
    """Return about how tall an item's head is, which stays on one page."""
    own, width = looks(profile), profile.page.text_width
    texts = {"subtitle": article.subtitle, "source": article.source_line}
    below = sum(
        ceil(len(text) * own[role].size / width) * own[role].pitch for role, text in texts.items()
    )
    return lines * own["item"].pitch + below


def _head(article: Article, profile: Profile) -> Iterator[Finding]:
    anchor = article.anchor
    if not article.headline:
        sentences = ("稿件没有标题", "The item has no headline")
        # contents, outline and running text are all told apart by headlines
        yield Finding("block", "no_headline", *sentences, anchor, final=True)
    room = profile.page.text_width / looks(profile)["item"].size
    lines = len(headline_lines(article.headline, room))
    if _height(lines, article, profile) > MOST_OF_A_PAGE * profile.page.text_height:
        yield Finding(
            "block",
            "headline_over_a_page",
            "标题和副题太长，纸上一页放不下，请缩短",
            "Headline and subtitle are longer than a printed page; shorten them",
            anchor,
            subject=f"{article.headline}\n{article.subtitle}\n{article.source_line}",
            final=True,
            formats=ON_PAPER,
        )
    elif lines > HEADLINE_LINES:
        yield Finding(
            "warn",
            "long_headline",
            f"标题要占 {lines} 行，超过 {HEADLINE_LINES} 行，请缩短",
            f"The headline takes {lines} lines, more than {HEADLINE_LINES}; shorten it",
            anchor,
            subject=article.headline,
        )


def _origin(article: Article, part: Part, profile: Profile) -> Iterator[Finding]:
    """Yield where source, date or byline are missing, as gravely as the section wants them."""
    anchor = article.anchor
    grade = GRADE_OF[profile.source_wanted(part.name, article.kind)]
    if grade and not article.source_line:
        sentences = ("稿件没有来源，请补上", "The item has no source; add it")
        yield Finding(grade, "no_source", *sentences, anchor)
    if grade and article.dated_on is None:
        sentences = ("稿件没有日期，请补上", "The item has no date; add it")
        yield Finding(grade, "no_date", *sentences, anchor)
    rules, books = profile.item, article.kind is ItemKind.books
    if rules.byline and rules.byline_required and not article.byline and not books:
        yield Finding("warn", "no_byline", "稿件没有作者", "The item has no byline", anchor)


def _attachment(attachment: Attachment, anchor: str, profile: Profile) -> Iterator[Finding]:
    url = attachment.url
    if not attachment.label:
        yield Finding("warn", "no_label", "附件没有名称", "The attachment has no label", anchor)
    if not usable(url):
        yield Finding(
            "block",
            "bad_link",
            f"附件网址不完整或含有空格，二维码扫不开：{briefly(url) or '（空）'}",
            f"The attachment's address cannot be opened: {briefly(url) or '(empty)'}",
            anchor,
            subject=url,
        )
        return
    parts = urlsplit(url)
    short = parts.path.removeprefix("/s/")
    if parts.hostname == WECHAT_HOST and short != parts.path and len(short) != WECHAT_ID:
        yield Finding(
            "warn",
            "odd_link",
            f"微信短网址应有 {WECHAT_ID} 个字符，这里是 {len(short)} 个，请核对：{briefly(url)}",
            f"A WeChat short address has {WECHAT_ID} characters, this one {len(short)}: "
            f"{briefly(url)}",
            anchor,
            subject=url,
        )
    yield from _code(url, anchor, profile.attachment.qr_mm)


def usable(url: str) -> bool:
    """Whether an address can be opened: http or https, a host, no blanks."""
    if not url or any(sign.isspace() for sign in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _code(url: str, anchor: str, wanted_mm: float) -> Iterator[Finding]:
    try:
        side = qr_mm(url, wanted_mm)
    except DataOverflowError:
        yield Finding(
            "block",
            "link_too_long",
            f"网址太长（{len(url)} 个字符），做不成二维码，请换成短网址",
            f"The address ({len(url)} characters) is too long for a QR code; use a short one",
            anchor,
            subject=url,
            final=True,
        )
        return
    if side > LARGEST_QR_MM:
        yield Finding(
            "warn",
            "large_code",
            f"网址有 {len(url)} 个字符，二维码要印到 {side:.0f} 毫米才扫得出，建议换成短网址",
            f"The address has {len(url)} characters; its code must be {side:.0f} mm wide",
            anchor,
            subject=url,
        )
    elif module_mm(url, wanted_mm) < DENSEST_MODULE_MM:
        yield Finding(
            "note",
            "enlarged_code",
            f"网址较长，二维码由 {wanted_mm:.0f} 毫米加大到 {side:.0f} 毫米",
            f"The address is long; its code is enlarged from {wanted_mm:.0f} to {side:.0f} mm",
            anchor,
            subject=url,
        )


def _figure(
    figure: Figure, known: dict[str, AssetRef], anchor: str, profile: Profile
) -> Iterator[Finding]:
    name = briefly(figure.caption or figure.url) or "（无图题）"
    subject = f"{figure.asset}{figure.url}{figure.caption}"
    picture = known.get(figure.asset)
    if picture is None:
        yield Finding(
            "warn",
            "no_picture",
            f"图片没有取到，只印图题：{name}。请上传图片或删去",
            f"The picture is missing, only its caption is printed: {name}",
            anchor,
            subject=subject,
        )
    elif picture.media_type not in IMAGE_FORMATS:
        yield Finding(
            "block",
            "picture_format",
            f"图片格式 {picture.media_type} 不能排印，请换成 PNG 或 JPEG：{name}",
            f"A picture of type {picture.media_type} cannot be printed: {name}",
            anchor,
            subject=subject,
            final=True,
        )
    else:
        yield from _resolution(picture, name, anchor, figure_room(profile, figure))
        if not (figure.alt or figure.caption):
            yield Finding(
                "note",
                "no_alt",
                "图片没有说明文字，读屏软件读不出",
                "The picture has no description for screen readers",
                anchor,
                subject=picture.sha256,
            )


def _resolution(picture: AssetRef, name: str, anchor: str, room: Size) -> Iterator[Finding]:
    """A picture is never enlarged over 150 dpi: one of few pixels is printed small."""
    if not (picture.width and picture.height):
        return
    width, _height = fitted((picture.width, picture.height), room)
    if width < NARROWEST_PICTURE_MM * POINTS_PER_MM:
        yield Finding(
            "warn",
            "small_picture",
            f"图片只有 {picture.width}×{picture.height} 像素，"
            f"只能印 {width / POINTS_PER_MM:.0f} 毫米宽，请换大图：{name}",
            f"The picture has {picture.width}×{picture.height} pixels and is printed only "
            f"{width / POINTS_PER_MM:.0f} mm wide: {name}",
            anchor,
            subject=picture.sha256,
        )


def _table(table: Table, anchor: str, profile: Profile) -> Iterator[Finding]:
    name = briefly(table.caption) or "（无表题）"
    planned = plan(table, profile.page.text_width, looks(profile)["cell"].size)
    if not planned.fits:
        yield Finding(
            "block",
            "wide_table",
            f"表格太宽，最小字号也排不下，印出来字会叠在一起。请减少栏数或拆成两个表：{name}",
            "The table is too wide even at the smallest size, its cells would be printed over "
            f"each other; take columns out or part it: {name}",
            anchor,
            subject=canonical_json(table),
            formats=ON_PAPER,
        )
    elif planned.size <= SMALL_CELLS:
        yield Finding(
            "note",
            "small_table",
            f"表格栏多，字号缩到 {planned.size:g} 磅才排得下：{name}",
            f"The table has many columns and is set at {planned.size:g} pt: {name}",
            anchor,
            subject=canonical_json(table),
        )
