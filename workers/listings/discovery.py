"""What kind of source an address is: a feed, a sitemap, a JSON listing or a list page.

Pure. A web page also tells which feeds it offers.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup, Tag

from editor.errors import ParseError, Reason
from editor.text.markup import parse_page
from editor.text.urls import absolute
from editor.workflow import SourceKind
from workers.articles.page_states import why_no_rows
from workers.charset import decode
from workers.dates import parse_date
from workers.listings.entries import Gathered
from workers.listings.feeds import ROOTS as FEED_ROOTS
from workers.listings.feeds import parse_feed
from workers.listings.pages import JSON_KEYS, json_document, parse_json, soup_of
from workers.listings.sitemaps import parse_sitemap
from workers.listings.suggest import suggest
from workers.listings.wellformed import root_name
from workers.values import Listing

MOST_FEEDS = 8
FEED_TYPE = re.compile(r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)", re.I)
_FEED_ADDRESS = re.compile(
    r"/(?:rss|feeds?|atom)(?:/|$)|/(?:rss|feed|atom|index)\w*\.(?:xml|rss|rdf)(?:$|\?)|"
    r"\.(?:rss|atom)(?:$|\?)|/feed\.json$|[?&](?:format|type|feed)=(?:rss|atom|feed)",
    re.I,
)
_ADDRESS = re.compile(r"(?:https?:/)?/[^\s<>]+|[\w./-]+\.s?html?(?:\?\S*)?", re.I)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|mp4|mp3|css|js)(?:\?|$)", re.I)
# An address in a comment before the root, <ada@example.org>, looks like a root itself.
_COMMENT = re.compile(r"<!--.*?-->", re.S)
DEEPEST = 6
SOME_ITEMS = 20


@dataclass(frozen=True)
class FeedLink:
    """A feed that a page offers."""

    url: str
    title: str


@dataclass(frozen=True)
class Choice:
    """One way to read the address as a source, and what its first page lists that way."""

    kind: SourceKind
    listing: Listing
    selectors: Mapping[str, str] = field(default_factory=dict)
    page_pattern: str = ""


@dataclass(frozen=True)
class Look:
    """What an address is: the ways to read it, the likeliest first, and the feeds it offers."""

    choices: tuple[Choice, ...] = ()
    feeds: tuple[FeedLink, ...] = ()


def look(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    now: datetime,
    zone: ZoneInfo,
    encoding: str = "",
) -> Look:
    """Return how the address can be read; a web page may offer feeds and hold no list.

    Raises ParseError when nothing is there to read: empty, looks_scripted, not_feed, decode …
    """
    decoded = decode(body[:4_000_000], content_type, encoding)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    read_as: dict[str, Any] = {
        "url": url,
        "content_type": content_type,
        "now": now,
        "zone": zone,
        "encoding": encoding,
    }
    root = "" if text.startswith(("{", "[")) else root_name(_COMMENT.sub("", text[:20_000]))
    if body.startswith(b"\x1f\x8b") or root in ("urlset", "sitemapindex") or _lines(text):
        listing = parse_sitemap(body, **read_as)
        return Look((Choice(SourceKind.sitemap, listing),))
    if root in FEED_ROOTS:
        listing = parse_feed(body, **read_as)
        return Look((Choice(SourceKind.feed, listing),))
    if text.startswith(("{", "[")) or re.match(r"[\w$.]{1,100}\s*\(\s*[{\[]", text):
        return _json_look(body, text, url=url, now=now, zone=zone, encoding=encoding)
    if "xml" in content_type and "html" not in content_type:
        # a feed behind a server's warnings is one; what is none says so
        listing = parse_feed(body, **read_as)
        return Look((Choice(SourceKind.feed, listing),))
    return _page_look(
        body, url=url, content_type=content_type, now=now, zone=zone, encoding=encoding
    )


def _lines(text: str) -> bool:
    """Whether the text is a sitemap of plain addresses, one a line."""
    lines = text[:5000].splitlines()[:5]
    return bool(lines) and all(re.fullmatch(r"https?://\S+", line.strip()) for line in lines)


def _page_look(
    body: bytes, *, url: str, content_type: str, now: datetime, zone: ZoneInfo, encoding: str
) -> Look:
    decoded = decode(body, content_type, encoding)
    soup = soup_of(decoded.text, Gathered())
    feeds = feed_links(soup, url)
    found = suggest(body, url=url, content_type=content_type, now=now, zone=zone, encoding=encoding)
    if not found and not feeds:
        tree = parse_page(decoded.text)
        reason, data = (Reason.empty, "") if tree is None else why_no_rows(tree, decoded.text, url)
        hint = f"; its rows may come from {data}" if data else ""
        raise ParseError(reason, f"the page shows no list and offers no feed{hint}")
    choices = (
        Choice(SourceKind.list, each.listing, each.selectors, each.page_pattern) for each in found
    )
    return Look(tuple(choices), feeds)


def feed_links(soup: BeautifulSoup, url: str) -> tuple[FeedLink, ...]:
    """Return the feeds that a page announces in its head, then those that it links to."""
    base = soup.find("base", href=True)
    start = (absolute(url, str(base["href"])) if isinstance(base, Tag) else None) or url
    found: dict[str, str] = {}
    for tag in soup.select("link[rel~=alternate][href]"):
        if FEED_TYPE.search(str(tag.get("type") or "")):
            found.setdefault(absolute(start, str(tag["href"])) or "", str(tag.get("title") or ""))
    for tag in soup.find_all("a", href=True):
        target = absolute(start, str(tag["href"])) or ""
        if _FEED_ADDRESS.search(target):
            found.setdefault(target, " ".join(tag.get_text().split()))
    found.pop("", None)
    found.pop(url, None)
    # feeds of comments are announced beside the real ones
    wanted = sorted(found, key=lambda each: "comment" in each or "评论" in found[each])
    return tuple(FeedLink(each, found[each][:200]) for each in wanted[:MOST_FEEDS])


# --- JSON ----------------------------------------------------------------------------------------


def _json_look(
    body: bytes, text: str, *, url: str, now: datetime, zone: ZoneInfo, encoding: str
) -> Look:
    document = json_document(text)
    if isinstance(document, dict) and "jsonfeed.org" in str(document.get("version")):
        listing = parse_feed(body, url=url, content_type="", now=now, zone=zone, encoding=encoding)
        return Look((Choice(SourceKind.feed, listing),))
    choices: list[Choice] = []
    for paths in json_paths(document, now=now, zone=zone):
        try:
            listing = parse_json(body, url=url, paths=paths, now=now, zone=zone, encoding=encoding)
        except ParseError:
            continue  # another list of the document may do
        choices.append(Choice(SourceKind.json, listing, paths))
    if not choices:
        raise ParseError(Reason.empty, "the JSON holds no list of items with an address")
    choices.sort(key=lambda each: len(each.listing.entries), reverse=True)
    return Look(tuple(choices[:3]))


def json_paths(document: Any, *, now: datetime, zone: ZoneInfo) -> list[dict[str, str]]:
    """Return paths for each list of objects with an address; `$` names the document itself."""
    found = []
    for path, items in _lists(document, "$", 0):
        leaves = [dict(_leaves(item, "", 0)) for item in items[:SOME_ITEMS]]
        link = _key(leaves, JSON_KEYS["link"], _is_address)
        if not link:
            continue
        paths = {"items": path.removeprefix("$.") or "$", "link": link}
        title = _key(leaves, JSON_KEYS["title"], _is_title)
        date = _key(leaves, JSON_KEYS["date"], lambda text: _is_date(text, now, zone))
        found.append(paths | ({"title": title} if title else {}) | ({"date": date} if date else {}))
    return found


def _lists(value: Any, path: str, depth: int) -> Iterator[tuple[str, Sequence[Any]]]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        items = [item for item in value[:SOME_ITEMS] if isinstance(item, dict)]
        if items and len(items) >= 0.8 * min(len(value), SOME_ITEMS):
            yield path, items
        for number, item in enumerate(value[:3]):
            yield from _lists(item, f"{path}.{number}", depth + 1)
    elif isinstance(value, dict):
        for key, inner in list(value.items())[:50]:
            if isinstance(inner, list | dict) and "." not in str(key):
                yield from _lists(inner, f"{path}.{key}", depth + 1)


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    for key, inner in list(value.items())[:60]:
        if isinstance(inner, dict) and depth < 2:
            yield from _leaves(inner, f"{path}{key}.", depth + 1)
        elif isinstance(inner, str | int) and not isinstance(inner, bool) and "." not in str(key):
            yield f"{path}{key}", str(inner)


def _key(leaves: Sequence[Mapping[str, str]], usual: Sequence[str], fits: Any) -> str:
    """Return the key whose values fit in most items, a usual name before any other."""
    counts = Counter(key for each in leaves for key, text in each.items() if fits(text))
    good = [key for key, count in counts.items() if count >= 0.8 * len(leaves)]

    def rank(key: str) -> tuple[int, int, int]:
        name = key.rpartition(".")[2].lower().replace("_", "")
        known = usual.index(name) if name in usual else len(usual)
        return known, key.count("."), -counts[key]

    return min(good, key=rank, default="")


def _is_address(text: str) -> bool:
    return bool(_ADDRESS.fullmatch(text.strip())) and not _PICTURE.search(text)


def _is_title(text: str) -> bool:
    return 4 <= len(text) <= 300 and not _is_address(text) and not re.fullmatch(r"[\d\W]+", text)


def _is_date(text: str, now: datetime, zone: ZoneInfo) -> bool:
    return len(text) <= 40 and bool(parse_date(text, how="json", now=now, zone=zone))
