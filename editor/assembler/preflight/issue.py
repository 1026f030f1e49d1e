"""What is wrong with an issue before it is printed, found without laying it out.

A finding of grade “block” stops the export, “warn” is shown beside the result, “note” informs.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from editor.assembler.finished.verdicts import NO_CHARACTER
from editor.assembler.fonts import missing_glyphs, own_fonts
from editor.assembler.preflight.findings import ON_PAPER, Finding, naming
from editor.assembler.preflight.items import check_article
from editor.assembler.preflight.sequence import Succession, check_succession
from editor.assembler.preflight.stored_pictures import stored_pictures
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import IssueDocument
from editor.text.quoting import briefly

NAMED_FONTS = 3


def check(
    document: IssueDocument,
    profile: Profile,
    font_dir: Path | None = None,
    run: Succession | None = None,
    files: FileStore | None = None,
) -> tuple[Finding, ...]:
    """Return all findings: those of the whole first, then item by item in printed order.

    `font_dir` holds further fonts of the office; `run` tells of the issue before this one; in
    `files` the pictures are looked for.
    """
    return (
        *_whole(document, profile),
        *(check_succession(run) if run else ()),
        *glyphs(document, profile, font_dir),
        *_unread_fonts(font_dir),
        *(
            naming(article, finding)
            for part in document.parts
            for article in part.articles
            for finding in (
                *check_article(article, part, document, profile),
                *(stored_pictures(article, document, files) if files else ()),
            )
        ),
    )


# --- the whole -----------------------------------------------------------------------------------


def _whole(document: IssueDocument, profile: Profile) -> Iterator[Finding]:
    if not any(part.articles for part in document.parts):
        yield Finding("block", "empty_issue", "这一期没有稿件", "The issue has no item", final=True)
    for part in document.parts:
        if not part.articles:
            yield Finding(
                "warn",
                "empty_section",
                f"栏目“{part.name}”没有稿件，不印。请补充或撤下",
                f"Section “{part.name}” has no item and is left out",
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
                final=True,
            )
    seen: dict[str, str] = {}
    for article in document.articles():
        if article.headline and article.headline in seen:
            yield Finding(
                "warn",
                "same_headline",
                f"《{briefly(article.headline)}》在本期出现两次，请核对是否重复",
                f"“{briefly(article.headline)}” appears twice in this issue",
                article.anchor,
                subject=article.headline,
            )
        seen.setdefault(article.headline, article.anchor)
        for attachment in article.attachments:
            if attachment.url in seen:
                same = Finding(
                    "warn",
                    "same_link",
                    f"附件网址与前面的稿件相同：{briefly(attachment.url)}",
                    f"An earlier item has the same attachment: {briefly(attachment.url)}",
                    article.anchor,
                    subject=attachment.url,
                )
                yield naming(article, same)
            seen.setdefault(attachment.url, article.anchor)


def _unread_fonts(font_dir: Path | None) -> Iterator[Finding]:
    unread = own_fonts(font_dir).unread
    if unread:
        names = "、".join(unread[:NAMED_FONTS])
        more = f" 等 {len(unread)} 个" if len(unread) > NAMED_FONTS else ""
        yield Finding(
            "warn",
            "fonts_unread",
            f"自备字体打不开或不是字体，没有使用：{names}{more}。请管理员检查字体目录，改好后重新启动",
            f"Fonts of your own cannot be opened or are no fonts and were not used: {names}"
            f"{f' and others, {len(unread)} in all' if more else ''}; ask the administrator to "
            "look at the folder of fonts and to restart",
            formats=ON_PAPER,
        )


def glyphs(
    document: IssueDocument, profile: Profile, font_dir: Path | None = None
) -> Iterator[Finding]:
    """Yield the characters that no font of the house holds.

    They stop what is set on pages. Word files too, even where the office's own fonts are named in
    them: their page numbers are counted, and the pages that go with them set, with ours. Web page,
    EPUB and WeChat articles are read with the reader's fonts, none of which knows a private or a
    replacement character.
    """
    for missing in missing_glyphs(document, profile, font_dir):
        chinese, english = document.place(missing.where)
        if NO_CHARACTER.match(missing.character):
            yield Finding(
                "block",
                "no_character",
                f"{missing.code_point} 不是通用的字，多半是从别处粘贴时坏掉的，谁的电脑也显示不出，"
                f"见{chinese}的“{missing.quote}”。请对照原文改成该有的字",
                f"{missing.code_point} is no character that others can read, probably broken when "
                f"it was pasted: in {english}, at “{missing.quote}”; type what the source has",
                missing.where,
                subject=f"{missing.character}{missing.quote}",
                final=True,
            )
            continue
        yield Finding(
            "block",
            "missing_glyph",
            f"字库中没有“{missing.character}”（{missing.code_point}），"
            f"见{chinese}的“{missing.quote}”，PDF 和 Word 版印不出来，其他格式不受影响。"
            "请改用别的字，或请管理员补充字体",
            f"No glyph for “{missing.character}” ({missing.code_point}) in {english}, at "
            f"“{missing.quote}”: neither PDF nor Word can print it, other formats can; "
            "replace it, or ask the administrator to add a font",
            missing.where,
            subject=f"{missing.character}{missing.quote}",
            final=True,
            formats=ON_PAPER,
        )
