"""What is wrong with an issue before it is printed, found without laying it out.

A finding of grade “block” stops the export, “warn” is shown beside the result, “note” informs.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from segno import DataOverflowError

from editor.assembler.columns import plan
from editor.assembler.composition import IMAGE_FORMATS
from editor.assembler.fonts import missing_glyphs
from editor.assembler.headlines import headline_lines
from editor.assembler.looks import looks
from editor.assembler.qr import module_mm, qr_mm
from editor.profile import Profile
from editor.text.document import (
    Article,
    Attachment,
    BookEntry,
    Figure,
    IssueDocument,
    Table,
    character_count,
)
from editor.workflow import ItemKind

Grade = Literal["block", "warn", "note"]
HEADLINE_LINES = 3
WECHAT_HOST = "mp.weixin.qq.com"
WECHAT_ID = 22  # characters of a short address
LARGEST_QR_MM = 40
DENSEST_MODULE_MM = 0.4


@dataclass(frozen=True)
class Finding:
    """Something to mend: `anchor` names the section or item, "" the issue as a whole."""

    grade: Grade
    code: str
    chinese: str
    english: str
    anchor: str = ""


def check(
    document: IssueDocument, profile: Profile, font_dir: Path | None = None
) -> tuple[Finding, ...]:
    """Return all findings: those of the whole first, then item by item in printed order.

    `font_dir` holds further fonts of the office.
    """
    return (
        *_whole(document, profile),
        *_glyphs(document, profile, font_dir),
        *(
            _naming(article, finding)
            for part in document.parts
            for article in part.articles
            for finding in _article(article, document, profile)
        ),
    )


# --- the whole -----------------------------------------------------------------------------------


def _whole(document: IssueDocument, profile: Profile) -> Iterator[Finding]:
    if not any(part.articles for part in document.parts):
        yield Finding("block", "empty_issue", "这一期没有稿件", "The issue has no item")
    for part in document.parts:
        if not part.articles:
            yield Finding(
                "warn",
                "empty_section",
                f"栏目“{part.name}”没有稿件，请补充或撤下",
                f"Section “{part.name}” has no item",
                part.anchor,
            )
    printed = {part.name for part in document.parts}
    for section in profile.section:
        if section.name not in printed:
            yield Finding(
                "note",
                "section_left_out",
                f"栏目“{section.name}”本期没有稿件，不印",
                f"Section “{section.name}” has no item and is left out",
            )
    if profile.print.bleed_mm or profile.print.cover == "separate":
        yield Finding(
            "warn",
            "print_option",
            "刊物配置要求出血或封面单独成文件，目前还做不到，本次未做，请由印厂处理",
            "Bleed and a separate cover file are not available yet and were left out",
        )
    yield from _twice(document)


def _twice(document: IssueDocument) -> Iterator[Finding]:
    """Every anchor once, every headline once, every address once."""
    anchors = Counter(
        anchor
        for part in document.parts
        for anchor in (part.anchor, *(article.anchor for article in part.articles))
    )
    for anchor, count in anchors.items():
        if count > 1:
            yield Finding(
                "block",
                "same_anchor",
                f"锚点 {anchor} 用了 {count} 次，同一稿件可能排了两遍",
                f"Anchor {anchor} is used {count} times; an item may be printed twice",
                anchor,
            )
    seen: dict[str, str] = {}
    for article in document.articles():
        if article.headline and article.headline in seen:
            yield Finding(
                "warn",
                "same_headline",
                f"《{article.headline}》在本期出现两次，请核对是否重复",
                f"“{article.headline}” appears twice in this issue",
                article.anchor,
            )
        seen.setdefault(article.headline, article.anchor)
        for attachment in article.attachments:
            if attachment.url in seen:
                yield Finding(
                    "warn",
                    "same_link",
                    f"附件网址与前面的稿件相同：{attachment.url}",
                    f"An earlier item has the same attachment: {attachment.url}",
                    article.anchor,
                )
            seen.setdefault(attachment.url, article.anchor)


def _glyphs(document: IssueDocument, profile: Profile, font_dir: Path | None) -> Iterator[Finding]:
    for missing in missing_glyphs(document, profile, font_dir):
        chinese, english = document.place(missing.where)
        yield Finding(
            "block",
            "missing_glyph",
            f"字库中没有“{missing.character}”（{missing.code_point}），"
            f"见{chinese}的“{missing.quote}”。请改用别的字，或请管理员补充字体",
            f"No glyph for “{missing.character}” ({missing.code_point}) in {english}, at "
            f"“{missing.quote}”; replace it, or ask the administrator to add a font",
            missing.where,
        )


def _naming(article: Article, finding: Finding) -> Finding:
    """Return the finding with the item's headline in its sentences."""
    if not article.headline or article.headline in finding.chinese:
        return finding
    return replace(
        finding,
        chinese=f"《{article.headline}》：{finding.chinese}",
        english=f"“{article.headline}”: {finding.english}",
    )


# --- an item -------------------------------------------------------------------------------------


def _article(article: Article, document: IssueDocument, profile: Profile) -> Iterator[Finding]:
    yield from _head(article, profile)
    if not character_count(article.blocks) and not _pictured(article):
        yield Finding("warn", "no_body", "这条稿件没有正文", "The item has no text", article.anchor)
    for attachment in article.attachments:
        yield from _attachment(attachment, article.anchor, profile)
    known = {asset.sha256: asset.media_type for asset in document.assets}
    for block in article.blocks:
        match block:
            case Figure():
                yield from _figure(block, known, article.anchor)
            case BookEntry() if not block.cover:
                yield Finding(
                    "note",
                    "book_without_cover",
                    f"《{block.title}》没有封面图",
                    f"“{block.title}” has no cover picture",
                    article.anchor,
                )
            case Table():
                yield from _table(block, article.anchor, profile)


def _pictured(article: Article) -> bool:
    return any(isinstance(block, Figure | Table) for block in article.blocks)


def _head(article: Article, profile: Profile) -> Iterator[Finding]:
    anchor = article.anchor
    if not article.headline:
        yield Finding("block", "no_headline", "稿件没有标题", "The item has no headline", anchor)
    room = profile.page.text_width / looks(profile)["item"].size
    lines = len(headline_lines(article.headline, room))
    if lines > HEADLINE_LINES:
        yield Finding(
            "warn",
            "long_headline",
            f"标题要占 {lines} 行，超过 {HEADLINE_LINES} 行，请缩短：{article.headline}",
            f"The headline takes {lines} lines; shorten it: {article.headline}",
            anchor,
        )
    if article.kind is ItemKind.books:
        return
    rules = profile.item
    if rules.source_required and not article.source_line:
        yield Finding("warn", "no_source", "稿件没有来源", "The item has no source", anchor)
    if rules.source_required and article.dated_on is None:
        yield Finding("warn", "no_date", "稿件没有日期", "The item has no date", anchor)
    if rules.byline and rules.byline_required and not article.byline:
        yield Finding("warn", "no_byline", "稿件没有作者", "The item has no byline", anchor)


def _attachment(attachment: Attachment, anchor: str, profile: Profile) -> Iterator[Finding]:
    url = attachment.url
    if not attachment.label:
        yield Finding("warn", "no_label", "附件没有名称", "The attachment has no label", anchor)
    if not usable(url):
        yield Finding(
            "block",
            "bad_link",
            f"附件网址不完整或含有空格，二维码扫不开：{url or '（空）'}",
            f"The attachment's address cannot be opened: {url or '(empty)'}",
            anchor,
        )
        return
    parts = urlsplit(url)
    short = parts.path.removeprefix("/s/")
    if parts.hostname == WECHAT_HOST and short != parts.path and len(short) != WECHAT_ID:
        yield Finding(
            "warn",
            "odd_link",
            f"微信短网址应有 {WECHAT_ID} 个字符，这里是 {len(short)} 个，请核对：{url}",
            f"A WeChat short address has {WECHAT_ID} characters, this one {len(short)}: {url}",
            anchor,
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
            f"The address ({len(url)} characters) is too long for a QR code",
            anchor,
        )
        return
    if side > LARGEST_QR_MM:
        yield Finding(
            "warn",
            "large_code",
            f"网址有 {len(url)} 个字符，二维码要印到 {side:.0f} 毫米才扫得出，建议换成短网址",
            f"The address has {len(url)} characters; its code must be {side:.0f} mm wide",
            anchor,
        )
    elif module_mm(url, wanted_mm) < DENSEST_MODULE_MM:
        yield Finding(
            "note",
            "enlarged_code",
            f"网址较长，二维码由 {wanted_mm:.0f} 毫米加大到 {side:.0f} 毫米",
            f"The address is long; its code is enlarged from {wanted_mm:.0f} to {side:.0f} mm",
            anchor,
        )


def _figure(figure: Figure, known: dict[str, str], anchor: str) -> Iterator[Finding]:
    name = figure.caption or figure.url or "（无图题）"
    if not figure.asset or figure.asset not in known:
        yield Finding(
            "warn",
            "no_picture",
            f"图片没有取到，只印图题：{name}。请上传图片或删去",
            f"The picture is missing, only its caption is printed: {name}",
            anchor,
        )
    elif known[figure.asset] not in IMAGE_FORMATS:
        yield Finding(
            "block",
            "picture_format",
            f"图片格式 {known[figure.asset]} 不能排印，请换成 PNG 或 JPEG：{name}",
            f"A picture of type {known[figure.asset]} cannot be printed: {name}",
            anchor,
        )
    elif not (figure.alt or figure.caption):
        yield Finding(
            "note",
            "no_alt",
            "图片没有说明文字，读屏软件读不出",
            "The picture has no description for screen readers",
            anchor,
        )


def _table(table: Table, anchor: str, profile: Profile) -> Iterator[Finding]:
    name = table.caption or "（无表题）"
    planned = plan(table, profile.page.text_width, looks(profile)["cell"].size)
    if not planned.fits:
        yield Finding(
            "warn",
            "wide_table",
            f"表格太宽，最小字号也排不下，请减少栏数或拆成两个表：{name}",
            f"The table is too wide even at the smallest size: {name}",
            anchor,
        )
