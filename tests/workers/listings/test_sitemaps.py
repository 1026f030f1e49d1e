import gzip
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from editor.errors import ParseError, Reason
from workers.listings.pages import parse_sitemap
from workers.values import Listing

MAP = "https://www.yunzhou.example/sitemap.xml"
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
)


def read(body: str | bytes) -> Listing:
    body = body.encode() if isinstance(body, str) else body
    return parse_sitemap(
        body,
        url=MAP,
        content_type="text/xml",
        now=datetime(2023, 7, 16, tzinfo=UTC),
        zone=ZoneInfo("Asia/Shanghai"),
    )


def urlset(*urls: str) -> str:
    return f'<?xml version="1.0"?><urlset {NAMESPACES}>{"".join(urls)}</urlset>'


NEWS = (
    "<url><loc>https://www.yunzhou.example/1?a=1&amp;b=2</loc><news:news><news:publication>"
    "<news:name>云州日报</news:name></news:publication><news:publication_date>2023-07-05"
    "</news:publication_date><news:title>云州公布R&amp;D方案</news:title></news:news></url>"
)


def test_a_news_sitemap_gives_address_title_source_and_date():
    (entry,) = read(urlset(NEWS)).entries
    assert entry.url == "https://www.yunzhou.example/1?a=1&b=2"
    assert (entry.title, entry.source_name) == ("云州公布R&D方案", "云州日报")
    assert entry.published.moment.isoformat() == "2023-07-05T00:00:00+08:00"
    assert (entry.published.how, entry.published.precision) == ("sitemap", "day")


def test_the_date_of_the_last_change_is_no_publication_date():
    page = "<url><loc>https://www.yunzhou.example/1</loc><lastmod>2023-07-05</lastmod></url>"
    assert read(urlset(page)).entries[0].published is None


def test_an_index_names_its_sitemaps_newest_first():
    maps = "".join(
        f"<sitemap><loc>/map{n}.xml</loc><lastmod>2023-0{n}-01</lastmod></sitemap>"
        for n in (5, 7, 6)
    )
    listing = read(f"<sitemapindex {NAMESPACES}>{maps}</sitemapindex>")
    assert listing.children == tuple(f"https://www.yunzhou.example/map{n}.xml" for n in (7, 6, 5))
    assert listing.entries == ()


def test_packed_and_plain_text_sitemaps_and_feeds_are_read_too():
    assert read(gzip.compress(urlset(NEWS).encode())).entries
    assert len(read("http://a.example/1\nhttp://a.example/2\n").entries) == 2
    feed = "<rss><channel><item><link>http://a.example/1</link></item></channel></rss>"
    assert read(feed).entries[0].url == "http://a.example/1"


def test_bare_ampersands_and_missing_prefixes_are_mended():
    broken = urlset(NEWS.replace("&amp;", "&")).replace(NAMESPACES, "")
    assert read(broken).entries[0].url == "https://www.yunzhou.example/1?a=1&b=2"


def test_of_too_many_addresses_the_newest_are_read_and_it_is_said():
    pages = (
        f"<url><loc>http://a.example/{n}</loc><lastmod>20{n % 24:02}-01-01</lastmod></url>"
        for n in range(6000)
    )
    listing = read(urlset(*pages))
    assert len(listing.entries) == 5000
    assert listing.entries[0].url == "http://a.example/23"
    assert listing.notes == ("only the newest 5000 of 6000 addresses were read",)


@pytest.mark.parametrize(
    "body, reason",
    [
        ("", Reason.empty),
        (urlset(), Reason.empty),
        ("<html><body>云州日报</body></html>", Reason.not_feed),
        ("no sitemap", Reason.not_feed),
        (b"\x1f\x8b\x08broken", Reason.decode),
        (gzip.compress(b" " * (51 << 20)), Reason.too_large),
    ],
)
def test_what_is_no_sitemap_is_refused_with_a_reason(body, reason):
    with pytest.raises(ParseError) as refusal:
        read(body)
    assert refusal.value.reason == reason
