"""A page's bytes become an Extract: headline, source, date and the article as blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from editor.errors import ParseError, Reason
from editor.text.document import (
    AnyBlock,
    Blocks,
    Figure,
    Heading,
    Table,
    block_lines,
    character_count,
    plain,
)
from editor.text.markup import blocks_from_element, parse_page
from editor.text.markup_limits import excess
from workers.articles.containers import Place
from workers.articles.furniture import keep_words, strip_elements, strip_lines
from workers.articles.opinions import Verdict, agreement, find_place
from workers.articles.page_data import article_in_data
from workers.articles.page_facts import PageFacts
from workers.articles.page_states import bare_shell, login_form, why_empty
from workers.articles.pager import next_page
from workers.articles.teasers import without_teasers
from workers.articles.wechat import (
    Elsewhere,
    leads_to,
    looks_like_message,
    wechat_outcome,
    wechat_page,
)
from workers.articles.wechat_posts import Post, scripted_post
from workers.charset import decode
from workers.values import Extract

SHORTEST_TEXT = 20
SHORTEST_POST = 2
# A page that shows less may be a shell for a script.
LITTLE_TEXT = 100
_NOT_PAGES = (
    "application/pdf",
    "image/",
    "audio/",
    "video/",
    "application/zip",
    "application/json",
)
_SIGNATURES = (b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def extract(
    body: bytes,
    *,
    url: str,
    content_type: str,
    now: datetime,
    zone: ZoneInfo,
    site_rule: str = "",
    encoding: str = "",
) -> Extract:
    """Return what the article page at `url` says.

    `site_rule` is a source's own CSS selector for the article's container, `encoding` one that a
    person set. The page is parsed once. Raises ParseError with the reason when there is no
    article: not_html, empty, needs_login, looks_scripted, too_large, or what WeChat says instead;
    Elsewhere when WeChat's page leads to the article.
    """
    _check_kind(body, content_type)
    decoded = decode(body, content_type, encoding)
    _check_size(decoded.text)
    tree = parse_page(decoded.text)
    if tree is None:
        raise ParseError(Reason.empty, "no markup")
    wechat = wechat_page(decoded.text, url) or looks_like_message(decoded.text)
    post = _read_wechat(tree, decoded.text, url) if wechat else None
    if not site_rule.strip():
        if login_form(tree):
            raise ParseError(Reason.needs_login, "a login form")
        tree = without_teasers(tree)
    # as long as somebody holds them the elements are not made anew by every walk over the page
    _held = list(tree.iter())
    verdict = _post_place(post) if post else _find(tree, site_rule)
    if (place := verdict.place) is None:
        raise ParseError(why_empty(tree, decoded.text), "no text found")
    facts = PageFacts(tree, decoded.text, place, url=url, now=now, zone=zone)
    found = Extract(
        title=post.title if post else facts.title,
        blocks=(),
        source_name=facts.source_name,
        byline=facts.byline,
        published=facts.published,
        next_page_url=next_page(tree, url),
        method=place.method,
        encoding=decoded.encoding,
        notes=(
            *verdict.notes,
            *facts.date_doubts,
            *(("decode: some characters had to be replaced",) if decoded.replaced else ()),
        ),
    )
    blocks = _article(place, "" if post else facts.title, url)
    if not _says_something(blocks, SHORTEST_POST if post else SHORTEST_TEXT):
        raise ParseError(why_empty(tree, decoded.text), "no text left")
    shares = [agreement(_words(blocks), opinion) for opinion in verdict.opinions]
    return replace(found, blocks=blocks, agreement=max(shares, default=None))


def extract_fragment(html: str, *, url: str) -> Blocks:
    """Return the blocks of a full text that a feed itself carries, boilerplate taken off.

    Raises ParseError(too_large) for a text larger than any article.
    """
    _check_size(html)
    tree = parse_page(html)
    if tree is None:
        return ()
    strip_elements(tree)
    return strip_lines(blocks_from_element(tree, base_url=url), "")


def join_pages(parts: Sequence[Extract]) -> Extract:
    """Return the pages of one split article as one; facts come from the first page that has them.

    A heading or figure that each page repeats is kept once. Raises ValueError without parts.
    """
    if not parts:
        raise ValueError("an article has at least one page")
    first, *others = parts
    blocks = list(first.blocks)
    for part in others:
        blocks += _fresh(part.blocks, blocks)
    agreements = [part.agreement for part in parts if part.agreement is not None]
    return replace(
        first,
        blocks=tuple(blocks),
        title=_first(part.title for part in parts),
        source_name=_first(part.source_name for part in parts),
        byline=_first(part.byline for part in parts),
        published=next((part.published for part in parts if part.published), None),
        agreement=min(agreements, default=None),
        next_page_url=parts[-1].next_page_url,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _check_kind(body: bytes, content_type: str) -> None:
    kind = content_type.split(";")[0].strip().lower()
    if body.lstrip()[:8].startswith(_SIGNATURES) or kind.startswith(_NOT_PAGES):
        raise ParseError(Reason.not_html, kind)
    if not body.strip():
        raise ParseError(Reason.empty, "no bytes")


def _check_size(text: str) -> None:
    if too_much := excess(text):
        raise ParseError(Reason.too_large, too_much)


def _read_wechat(tree: HtmlElement, text: str, url: str) -> Post | None:
    """Return a post that stands in scripts; raises Elsewhere or ParseError for no article."""
    if target := leads_to(tree, text, url):
        raise Elsewhere(target)
    post = scripted_post(tree, text)
    if post is None and (reason := wechat_outcome(text, url)):
        raise ParseError(reason)
    return post


def _find(tree: HtmlElement, site_rule: str) -> Verdict:
    """Return where the article stands: on the page, or in data that its scripts would show."""
    verdict = find_place(tree, site_rule=site_rule)
    if verdict.place is not None and len(verdict.place.text) >= LITTLE_TEXT:
        return verdict
    if hidden := article_in_data(tree):
        return Verdict(hidden, ("",), verdict.notes)
    # what little stands around an empty shell is its menu and its foot
    return Verdict(None, notes=verdict.notes) if bare_shell(tree) and not site_rule else verdict


def _post_place(post: Post) -> Verdict:
    return Verdict(Place((post.body,), "wechat"))


def _article(place: Place, title: str, url: str) -> Blocks:
    blocks: list[AnyBlock] = []
    for element in place.elements:
        strip_elements(element)
        blocks += blocks_from_element(element, base_url=url)
    if place.words:
        blocks = keep_words(blocks, place.words)
    return strip_lines(tuple(blocks), title)


def _words(blocks: Blocks) -> str:
    return "".join(line for block in blocks for line in block_lines(block))


def _says_something(blocks: Blocks, least: int) -> bool:
    if character_count(blocks) >= least:
        return True
    return any(isinstance(block, Figure | Table) for block in blocks)


def _fresh(blocks: Blocks, before: Sequence[AnyBlock]) -> list[AnyBlock]:
    """Return a further page's blocks without the headings and figures its head repeats."""
    known = {line for block in before[:4] for line in block_lines(block)}
    pictures = {block.url for block in before if isinstance(block, Figure)}
    fresh: list[AnyBlock] = []
    for block in blocks:
        repeats = isinstance(block, Heading) and plain(block.content) in known
        if not fresh and (repeats or (isinstance(block, Figure) and block.url in pictures)):
            continue
        fresh.append(block)
    return fresh


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")
