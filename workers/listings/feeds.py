"""Feeds: RSS 0.9x to 2.0, RDF, Atom and JSON Feed, from bytes to entries.

feedparser tells the dialects apart; charset, well-formedness, dates and limits are ours, since
real feeds get each of them wrong (see the oddities in tests/data).
"""

import binascii
import io
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import feedparser

from editor.errors import ParseError, Reason
from editor.text.urls import absolute
from workers.charset import Decoded, decode
from workers.listings.entries import Context, Gathered, RawEntry, gather_entry, plain_text
from workers.listings.wellformed import root_name, well_formed
from workers.values import Listing

MOST_BYTES = 50 << 20
MOST_CHARACTERS = 10_000_000
MOST_ENTRIES = 2000
ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
# What feedparser is known to raise on feeds that contradict themselves.
FEEDPARSER_FAILS = (
    *(AttributeError, AssertionError, LookupError, TypeError, ValueError),
    *(RecursionError, binascii.Error),
)
PERIOD_MINUTES = {"hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 43200}
LONGEST_TTL = 43200
_FEED_START = re.compile(r"<(?:rss|feed|(?:[\w.-]+:)?RDF)[\s>]", re.I)
_ENTRY_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:item|entry)\s*>", re.I)


def parse_feed(
    body: bytes,
    *,
    url: str,
    content_type: str,
    now: datetime,
    zone: ZoneInfo,
    encoding: str = "",
) -> Listing:
    """Return a feed's entries, newest as the feed has them; full text as HTML where it is there.

    `encoding` is one that a person set for the source. Raises ParseError: not_feed, empty (no
    bytes or no entry), decode, truncated (broken off before its first entry ended) or too_large;
    nothing else, whatever the bytes.
    """
    if len(body) > MOST_BYTES:
        raise ParseError(Reason.too_large, f"{len(body)} bytes")
    decoded = decode(body, content_type, encoding)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if not text:
        raise ParseError(Reason.empty, "the answer has no content")
    context = Context(url=url, now=now, zone=zone, how="feed")
    if text.startswith(("{", "[")):
        listing = _json_feed(text, decoded.encoding, context)
    else:
        listing = _xml_feed(text, decoded, context)
    if not listing.entries:
        raise ParseError(Reason.empty, "; ".join(("the feed has no entry", *listing.notes)))
    return listing


def _xml_feed(text: str, decoded: Decoded, context: Context) -> Listing:
    gathered = Gathered()
    text = _from_root(text)
    if decoded.replaced:
        if text.count("\ufffd") * 20 > len(text):
            raise ParseError(Reason.decode, f"read as {decoded.encoding}")
        gathered.note(f"characters that are not {decoded.encoding} were replaced")
    text = _within_limits(text, gathered)
    text, mended = well_formed(text)
    gathered.notes.extend(mended)
    if not text:
        raise ParseError(Reason.not_feed, "; ".join(gathered.notes))
    feed = _read(text, context.url)
    if not feed.get("version") and not feed["entries"]:
        raise ParseError(Reason.not_feed, "no known kind of feed")
    for entry in feed["entries"]:
        raw = _raw_entry(entry, gathered, context.url)
        gather_entry(raw, gathered, context)
    channel: Mapping[str, Any] = feed["feed"]
    return gathered.listing(
        title=plain_text(_text(channel, "title"))[:200],
        next_url=_next_page(channel.get("links", ()), context.url),
        ttl_minutes=_ttl(channel),
        encoding=decoded.encoding,
    )


def _from_root(text: str) -> str:
    """Return the text from the feed's root on; raises ParseError when it is something else."""
    root = root_name(text)
    if root in ROOTS:
        return text
    if root == "html" or re.match(r"<!doctype\s+html", text, re.I):
        raise ParseError(Reason.not_feed, "the address returns a web page")
    # Warnings of a broken server program may stand before the feed.
    start = _FEED_START.search(text[:20_000])
    if not start:
        raise ParseError(Reason.not_feed, f"its root element is <{root}>" if root else "no XML")
    return text[start.start() :]


def _within_limits(text: str, gathered: Gathered) -> str:
    """Cut after the last entry that can be read whole and within the limits."""
    ends: list[int] = []
    for match in _ENTRY_END.finditer(text, 0, MOST_CHARACTERS):
        ends.append(match.end())
        if len(ends) == MOST_ENTRIES:
            break
    last = ends[-1] if ends else 0
    if len(ends) == MOST_ENTRIES or len(text) > MOST_CHARACTERS:
        if not ends:
            raise ParseError(Reason.too_large, "no entry ends within the limit")
        if _ENTRY_END.search(text, last):
            gathered.note(f"only the first {len(ends)} entries of a very long feed were read")
        return text[:last]
    root = re.escape(root_name(text))
    if re.search(rf"</(?:[\w.-]{{1,40}}:)?{root}\s*>", text[last:], re.I):
        return text
    if re.search(rf"<(?:[\w.-]{{1,40}}:)?{root}[^>]*/>\s*$", text[-5000:], re.I):
        return text
    if not ends:
        raise ParseError(Reason.truncated, "the feed breaks off before its first entry ends")
    gathered.note("the feed breaks off; an entry that was cut was left out")
    return text[:last]


def _read(text: str, url: str) -> Mapping[str, Any]:
    try:
        feed: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": url,
            },
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except FEEDPARSER_FAILS as error:
        raise ParseError(Reason.not_feed, f"contradicts itself: {error!r}"[:300]) from error
    return feed


def _raw_entry(entry: Mapping[str, Any], gathered: Gathered, url: str) -> RawEntry:
    published = _text(entry, "published") or _text(entry, "created")
    if not published and (published := _text(entry, "updated")):
        gathered.note("entries without a publication date carry the date of their last change")
    summary = _text(entry, "summary")
    content = max((_text(part, "value") for part in _dicts(entry, "content")), key=len, default="")
    # Without real links, feedparser offers the guid as one.
    link = _text(entry, "link") if _dicts(entry, "links") else ""
    return RawEntry(
        link=_text(entry, "feedburner_origlink") or link,
        guid=_guid(entry, url),
        title=_text(entry, "title"),
        title_html=_text(_dict(entry, "title_detail"), "type") != "text/plain",
        author=_text(_dict(entry, "author_detail"), "name") or _text(entry, "author"),
        source=_text(_dict(entry, "source"), "title"),
        published=published,
        updated=_text(entry, "updated"),
        summary="" if summary == content else summary,
        content=content,
    )


def _guid(entry: Mapping[str, Any], url: str) -> str:
    """Return the guid as written: feedparser makes 42 an address beside the feed's own."""
    guid, folder = _text(entry, "id"), url.rpartition("/")[0] + "/"
    written = guid.removeprefix(folder)
    return guid if set(written) & set("/.?=:") else written


def _text(values: Mapping[str, Any], key: str) -> str:
    # dict.get, because feedparser's own get answers "updated" with the date of publication.
    value = dict.get(values, key) if isinstance(values, dict) else None
    return value if isinstance(value, str) else ""


def _dict(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def _dicts(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = values.get(key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _next_page(links: Iterable[Mapping[str, Any]], url: str) -> str | None:
    """Return the address of the next older part: RFC 5005, section 3."""
    for link in links:
        if _text(link, "rel") == "next":
            return absolute(url, _text(link, "href"))
    return None


def _ttl(channel: Mapping[str, Any]) -> int | None:
    ttl = _text(channel, "ttl").strip()
    if re.fullmatch(r"\d{1,6}", ttl):
        minutes = int(ttl)
    else:
        frequency = _text(channel, "sy_updatefrequency").strip()
        times = int(frequency) if re.fullmatch(r"[1-9]\d{0,3}", frequency) else 1
        minutes = PERIOD_MINUTES.get(_text(channel, "sy_updateperiod").strip(), 0) // times
    return min(minutes, LONGEST_TTL) or None


def _json_feed(text: str, encoding: str, context: Context) -> Listing:
    """Read JSON Feed 1.0 and 1.1: jsonfeed.org/version/1.1."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(Reason.not_feed, f"neither XML nor JSON: {error}"[:300]) from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise ParseError(Reason.not_feed, "JSON, but no JSON Feed")
    gathered = Gathered()
    items = _dicts(feed, "items")
    for item in items[:MOST_ENTRIES]:
        gather_entry(_raw_item(item), gathered, context)
    if len(items) > MOST_ENTRIES:
        gathered.note(f"only the first {MOST_ENTRIES} entries of a very long feed were read")
    return gathered.listing(
        title=" ".join(_text(feed, "title").split())[:200],
        next_url=absolute(context.url, _text(feed, "next_url")),
        encoding=encoding,
    )


def _raw_item(item: Mapping[str, Any]) -> RawEntry:
    identity = item.get("id")
    authors = _dicts(item, "authors") or [_dict(item, "author")]
    return RawEntry(
        link=_text(item, "url") or _text(item, "external_url"),
        guid=str(identity) if isinstance(identity, str | int | float) else "",
        title=_text(item, "title"),
        title_html=False,
        author=_text(authors[0], "name"),
        published=_text(item, "date_published") or _text(item, "date_modified"),
        updated=_text(item, "date_modified"),
        summary=_text(item, "summary"),
        content=_text(item, "content_html") or _paragraphs(_text(item, "content_text")),
    )


def _paragraphs(text: str) -> str:
    """Return plain text as HTML, a paragraph a line."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(
        f"<p>{line.replace('&', '&amp;').replace('<', '&lt;')}</p>" for line in lines if line
    )
