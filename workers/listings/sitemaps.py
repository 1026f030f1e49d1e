"""Sitemaps: news sitemaps with dates and titles, plain ones, indexes of others, lists of lines."""

import zlib
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

from editor.errors import ParseError, Reason
from editor.text.urls import absolute
from workers.charset import decode
from workers.listings.entries import Context, Gathered, RawEntry, gather_entry
from workers.listings.feeds import ROOTS as FEED_ROOTS
from workers.listings.feeds import parse_feed
from workers.listings.wellformed import root_name, well_formed
from workers.values import Listing

MOST_BYTES = 50 << 20
MOST_ENTRIES = 5000
MOST_CHILDREN = 500
# 50,000 addresses, the protocol's limit, of about twelve elements each.
MOST_ELEMENTS = 700_000


def parse_sitemap(
    body: bytes,
    *,
    url: str,
    content_type: str,
    now: datetime,
    zone: ZoneInfo,
    encoding: str = "",
) -> Listing:
    """Return a sitemap's entries, or an index's sitemaps as `children`, newest first.

    Only a news sitemap's publication_date is a date: lastmod says when a page was changed. Raises
    ParseError: not_feed, empty, decode (a broken archive) or too_large.
    """
    decoded = decode(_unpacked(body), content_type, encoding)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if not text:
        raise ParseError(Reason.empty, "the answer has no content")
    root = root_name(text)
    if root in FEED_ROOTS:  # the protocol allows a feed for a sitemap
        return parse_feed(
            _unpacked(body),
            url=url,
            content_type=content_type,
            now=now,
            zone=zone,
            encoding=encoding,
        )
    context = Context(url=url, now=now, zone=zone, how="sitemap")
    gathered = Gathered()
    children: tuple[str, ...] = ()
    if text.startswith(("http://", "https://")):
        _gather(
            [(RawEntry(link=line.strip()), "") for line in text.splitlines()], gathered, context
        )
    elif root in ("urlset", "sitemapindex"):
        text, mended = well_formed(text, most_elements=MOST_ELEMENTS)
        gathered.notes.extend(mended)
        tree = _tree(text)
        if root == "urlset":
            _gather([_raw_entry(element) for element in _named(tree, "url")], gathered, context)
        else:
            children = _children(tree, url, gathered)
    else:
        raise ParseError(Reason.not_feed, f"its root element is <{root}>" if root else "no XML")
    if not gathered.entries and not children:
        raise ParseError(Reason.empty, "; ".join(("the sitemap has no entry", *gathered.notes[:3])))
    listing = gathered.listing(encoding=decoded.encoding)
    return Listing(
        entries=listing.entries, children=children, encoding=listing.encoding, notes=listing.notes
    )


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        inflated = unpacker.decompress(body, MOST_BYTES)
    except zlib.error as error:
        raise ParseError(Reason.decode, f"a broken archive: {error}") from error
    if unpacker.unconsumed_tail:
        raise ParseError(Reason.too_large, f"inflates to more than {MOST_BYTES} bytes")
    return inflated


def _tree(text: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ParseError(Reason.not_feed, f"broken XML: {error}"[:300]) from error


def _gather(found: list[tuple[RawEntry, str]], gathered: Gathered, context: Context) -> None:
    """Gather entries with their sorting dates; of too many the newest."""
    if len(found) > MOST_ENTRIES:
        gathered.note(f"only the newest {MOST_ENTRIES} of {len(found)} addresses were read")
        found = sorted(found, key=lambda pair: pair[1], reverse=True)[:MOST_ENTRIES]
    for raw, _ in found:
        gather_entry(raw, gathered, context)


def _raw_entry(element: etree._Element) -> tuple[RawEntry, str]:
    news = next(iter(_named(element, "news")), None)
    if news is None:
        changed = _value(element, "lastmod")
        return RawEntry(link=_value(element, "loc"), updated=changed), changed
    published = _value(news, "publication_date")
    raw = RawEntry(
        link=_value(element, "loc"),
        title=_value(news, "title"),
        title_html=False,
        source=_value(news, "name"),
        published=published,
        updated=_value(element, "lastmod"),
    )
    return raw, published or _value(element, "lastmod")


def _children(tree: etree._Element, url: str, gathered: Gathered) -> tuple[str, ...]:
    found = [
        (_value(element, "lastmod"), absolute(url, _value(element, "loc")))
        for element in _named(tree, "sitemap")
    ]
    found.sort(key=lambda pair: pair[0], reverse=True)
    children = list(dict.fromkeys(target for _, target in found if target))
    if len(children) > MOST_CHILDREN:
        gathered.note(f"only the newest {MOST_CHILDREN} of {len(children)} sitemaps were kept")
    return tuple(children[:MOST_CHILDREN])


def _named(tree: etree._Element, name: str) -> list[etree._Element]:
    return [
        element
        for element in tree
        if isinstance(element.tag, str) and etree.QName(element).localname == name
    ]


def _value(element: etree._Element, name: str) -> str:
    for inner in element.iter():
        if isinstance(inner.tag, str) and etree.QName(inner).localname == name:
            return " ".join("".join(str(text) for text in inner.itertext()).split())
    return ""
