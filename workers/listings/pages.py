"""Listings that are no feeds: list pages by selectors, sitemaps, JSON by dotted paths."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError

from editor.errors import ParseError, Reason
from editor.text.markup import parse_page
from editor.text.markup_limits import excess
from editor.text.urls import absolute
from workers.articles.page_states import why_no_rows
from workers.charset import decode
from workers.dates import parse_date
from workers.listings.entries import Context, Gathered, RawEntry, gather_entry, plain_text
from workers.listings.feeds import ROOTS as FEED_ROOTS
from workers.listings.paging import linked_page, numbered_page
from workers.listings.sitemaps import parse_sitemap
from workers.listings.wellformed import root_name
from workers.values import Listing

__all__ = [
    "JSON_KEYS",
    "gather_rows",
    "json_document",
    "parse_json",
    "parse_list",
    "parse_sitemap",
    "soup_of",
]

MOST_CHARACTERS = 4_000_000
MOST_ROWS = 2000
MOST_TAGS = 80_000
_BULLETS = "·•▪■◆●>»-–—  \t\r\n"
_OTHER_MEDIA = re.compile(
    r"^\s*(?:image|audio|video|font)/|application/(?:pdf|zip|msword|octet)", re.I
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
JSON_KEYS = {
    "link": ("url", "link", "href", "docpuburl", "pageurl", "linkurl"),
    "title": ("title", "doctitle", "name", "subject"),
    "date": (
        "publishdate",
        "publishtime",
        "pubdate",
        "docreltime",
        "docrelpubtime",
        "date",
        "time",
    ),
}


def parse_list(
    body: bytes,
    *,
    url: str,
    content_type: str,
    selectors: Mapping[str, str],
    page_pattern: str,
    page: int,
    now: datetime,
    zone: ZoneInfo,
    encoding: str = "",
) -> Listing:
    """Return the rows of a list page and where the list goes on (None at its end).

    `selectors`: `item` (a row), `link` and `date` inside it, and optionally `title` and `next`;
    without `link` the row's first link counts, without `date` the text beside the link.
    `page` counts from 1. Raises ParseError: not_html, empty (the first page shows no row, or a
    selector is no CSS), looks_scripted (no row, and scripts that would fetch them) or too_large.
    """
    if _OTHER_MEDIA.search(content_type) or body.startswith((b"%PDF", b"\x89PNG", b"PK\x03\x04")):
        raise ParseError(Reason.not_html, content_type)
    decoded = decode(body, content_type, encoding)
    gathered = Gathered()
    if decoded.replaced:
        gathered.note(f"characters that are not {decoded.encoding} were replaced")
    soup = soup_of(decoded.text, gathered)
    base_tag = soup.find("base", href=True)
    base = absolute(url, str(base_tag["href"])) if isinstance(base_tag, Tag) else url
    context = Context(url=base or url, now=now, zone=zone, how="list")
    try:
        gather_rows(soup, selectors, gathered, context)
        next_url = linked_page(soup, url, context.url, selectors.get("next", ""))
    except (SelectorSyntaxError, NotImplementedError) as error:
        # soupsieve answers ::text and its like with the second
        raise ParseError(Reason.empty, f"a selector is not valid CSS: {error}"[:300]) from error
    if not gathered.entries:
        if page <= 1:
            raise _no_rows(decoded.text, url, selectors, gathered)
        next_url = None
    elif next_url is None and page_pattern:
        next_url = numbered_page(soup, decoded.text, url, context.url, page_pattern, page)
    title = soup.title.get_text() if soup.title else ""
    return gathered.listing(
        title=" ".join(title.split())[:200], next_url=next_url, encoding=decoded.encoding
    )


def parse_json(
    body: bytes,
    *,
    url: str,
    paths: Mapping[str, str],
    now: datetime,
    zone: ZoneInfo,
    content_type: str = "",
    encoding: str = "",
) -> Listing:
    """Return the entries of a JSON listing, which may be wrapped in a call (JSONP).

    `paths`: `items` leads to the list ("" when the document is the list); `link`, `title`,
    `date`, `source`, `summary` and `content` start at an item, `next` at the document. Dots
    separate keys and list positions; without a path, the usual keys are tried. Raises
    ParseError: empty (no item), not_feed (no JSON, or no list at `items`).
    """
    decoded = decode(body, content_type, encoding)
    document = json_document(decoded.text)
    items = _at(document, paths.get("items") or paths.get("item", ""))
    if not isinstance(items, list):
        raise ParseError(Reason.not_feed, f"no list at “{paths.get('items', '')}”")
    gathered = Gathered()
    context = Context(url=url, now=now, zone=zone, how="json")
    for item in items[:MOST_ROWS]:
        gather_entry(_json_entry(item, paths), gathered, context)
    if len(items) > MOST_ROWS:
        gathered.note(f"only the first {MOST_ROWS} of {len(items)} items were read")
    if not gathered.entries:
        raise ParseError(Reason.empty, "; ".join(("no item with an address", *gathered.notes[:3])))
    following = _scalar(_at(document, paths["next"])) if paths.get("next") else ""
    return gathered.listing(next_url=absolute(url, following), encoding=decoded.encoding)


def json_document(text: str) -> Any:
    """Return what a JSON text holds, a call around it (JSONP) taken off; raises ParseError."""
    text = text.strip().lstrip("\ufeff")
    if not text:
        raise ParseError(Reason.empty, "the answer has no content")
    wrapped = re.match(r"[\w$.]{1,100}\s*\(", text)
    if wrapped:
        text = text[wrapped.end() : text.rfind(")")]
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(Reason.not_feed, f"no JSON: {error}"[:300]) from error


def soup_of(text: str, gathered: Gathered) -> BeautifulSoup:
    """Return a page as a tree; raises ParseError for a feed or for more tags than a list has."""
    if root_name(text) in FEED_ROOTS:
        raise ParseError(Reason.not_html, "the address returns a feed; add it as one")
    text = _XML_DECLARATION.sub("", text)
    if len(text) > MOST_CHARACTERS:
        text = text[:MOST_CHARACTERS]
        gathered.note(f"only the first {MOST_CHARACTERS} characters of a very long page were read")
    if too_much := excess(text, most_tags=MOST_TAGS):
        raise ParseError(Reason.too_large, too_much)
    return BeautifulSoup(text, "lxml")


def gather_rows(
    soup: BeautifulSoup, selectors: Mapping[str, str], gathered: Gathered, context: Context
) -> None:
    """Gather a list's rows; raises SelectorSyntaxError for a selector that is no CSS."""
    rows = soup.select(selectors.get("item") or "li", limit=MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        gathered.note(f"only the first {MOST_ROWS} rows were read")
    without_link = 0
    for row in rows[:MOST_ROWS]:
        link = _link_of(row, selectors.get("link", ""))
        if link is None:
            without_link += 1
            continue
        raw = RawEntry(
            link=str(link.get("href") or ""),
            title=_title_of(row, link, selectors.get("title", "")),
            title_html=False,
            published=_date_of(row, link, selectors.get("date", ""), context),
        )
        gather_entry(raw, gathered, context)
    if without_link:
        gathered.note(f"{without_link} rows have no link")
    if gathered.entries and not any(entry.published for entry in gathered.entries.values()):
        gathered.note("no row has a date that can be read")


def _link_of(row: Tag, selector: str) -> Tag | None:
    if selector:
        found = row.select_one(selector)
        if found is not None and not found.has_attr("href"):
            found = found.find("a", href=True)  # type: ignore[assignment]
        if found is not None:
            return found
    if row.name == "a" and row.has_attr("href"):
        return row
    first = row.find("a", href=True)
    return first if isinstance(first, Tag) and not selector else None


def _title_of(row: Tag, link: Tag, selector: str) -> str:
    """Return the headline; the link's title attribute where the list cuts its text short."""
    chosen = (row.select_one(selector) if selector else None) or link
    text = " ".join(chosen.get_text().split()).strip(_BULLETS)
    hint = " ".join(str(link.get("title") or "").split())
    picture = link.find("img", alt=True)
    if not text:
        return hint or (str(picture["alt"]) if isinstance(picture, Tag) else "")
    stem = re.sub(r"(?:…+|\.{3,})$", "", text)
    return hint if stem != text and len(hint) > len(stem) and hint.startswith(stem[:5]) else text


def _date_of(row: Tag, link: Tag, selector: str, context: Context) -> str:
    """Return the text that states the row's date, "" when none does."""
    if selector:
        parts = row.select(selector)
        stamps = [str(part["datetime"]) for part in parts if part.has_attr("datetime")]
        spaced = " ".join(part.get_text(" ", strip=True) for part in parts)
        joined = "".join(part.get_text("", strip=True) for part in parts)
    else:
        texts = row.find_all(string=True)
        beside = [str(text) for text in texts if link not in text.parents]
        stamps, spaced, joined = [], " ".join(beside), "".join(beside)
    for text in (*stamps, spaced, joined):
        if parse_date(text, how=context.how, now=context.now, zone=context.zone):
            return text
    return spaced if selector else ""


def _no_rows(text: str, url: str, selectors: Mapping[str, str], gathered: Gathered) -> ParseError:
    tree = parse_page(text)
    reason, data = (Reason.empty, "") if tree is None else why_no_rows(tree, text, url)
    hint = (f"its rows may come from {data}",) if data else ()
    said = (f"no row matches “{selectors.get('item', 'li')}”", *hint, *gathered.notes[:3])
    return ParseError(reason, "; ".join(said))


def _json_entry(item: Any, paths: Mapping[str, str]) -> RawEntry:
    def value(name: str) -> str:
        if paths.get(name):
            return _scalar(_at(item, paths[name]))
        return _usual(item, JSON_KEYS.get(name, ()))

    return RawEntry(
        link=value("link"),
        title=plain_text(value("title")),
        title_html=False,
        published=value("date"),
        source=value("source"),
        summary=value("summary"),
        content=value("content"),
    )


def _usual(item: Any, keys: tuple[str, ...]) -> str:
    if not isinstance(item, dict):
        return ""
    lowered = {str(key).lower().replace("_", ""): value for key, value in item.items()}
    return next((text for text in (_scalar(lowered.get(key)) for key in keys) if text), "")


def _at(value: Any, path: str) -> Any:
    """Return what lies at a dotted path, None where it leads nowhere."""
    for step in _steps(path):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _steps(path: str) -> Iterator[str]:
    return (step for step in path.strip().removeprefix("$").split(".") if step)


def _scalar(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()
