"""What editors see of a layout while they work: how full pages are, what does not fit."""

from collections.abc import Iterator
from pathlib import Path

from editor.assembler.preflight.findings import Finding, naming
from editor.assembler.preflight.issue import glyphs
from editor.assembler.preflight.items import check_article
from editor.assembler.press.typeset import Layout
from editor.profile import Profile
from editor.text.document import Article, IssueDocument
from editor.workflow import ItemKind

FEWEST_LINES = 3  # a page that ends earlier looks forgotten
# findings about single items that show on the page, whatever the text says
VISIBLE = frozenset(
    {
        "long_headline",
        "link_too_long",
        "wide_table",
        "small_table",
        "small_picture",
        "no_picture",
    }
)


def flags(
    document: IssueDocument, profile: Profile, layout: Layout, font_dir: Path | None = None
) -> tuple[Finding, ...]:
    """Return what should be looked at on the pages, in printed order; the whole's comes first."""
    elsewhere = [
        *glyphs(document, profile, font_dir),
        *thin_pages(document, profile, layout),
    ]
    items = {article.anchor for article in document.articles()}
    return (
        *(found for found in elsewhere if found.anchor not in items),
        *(
            finding
            for part in document.parts
            for article in part.articles
            for finding in (
                *(
                    naming(article, found)
                    for found in check_article(article, part, document, profile)
                    if found.code in VISIBLE
                ),
                *(found for found in elsewhere if found.anchor == article.anchor),
            )
        ),
    )


def thin_pages(document: IssueDocument, profile: Profile, layout: Layout) -> tuple[Finding, ...]:
    """Return the items whose last page holds a line or two, where nothing follows on that page."""
    return tuple(
        Finding(
            "warn",
            "thin_page",
            f"第 {page} 页只有 {max(1, round(lines))} 行，请增删几个字让它排满或收回上一页",
            f"Page {page} holds {max(1, round(lines))} lines only; cut or add a few words",
            article.anchor,
        )
        for article in _last_on_their_page(document, profile)
        for page, lines in (layout.ends[article.anchor],)
        if lines < FEWEST_LINES and page > layout.starts[article.anchor]
    )


def _last_on_their_page(document: IssueDocument, profile: Profile) -> Iterator[Article]:
    """Yield the items after which a new page is opened."""
    articles = [(part.anchor, article) for part in document.parts for article in part.articles]
    for number, (part, article) in enumerate(articles):
        following = articles[number + 1] if number + 1 < len(articles) else None
        if following is None:
            # a colophon stands at the foot of the last page
            if not document.colophon:
                yield article
        elif following[0] != part:
            if profile.sections_break:
                yield article
        elif profile.item.page_break or (
            profile.item.essay_page_break and following[1].kind is ItemKind.essay
        ):
            yield article
