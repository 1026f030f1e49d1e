"""An encoding that a person set for a source holds for everything that is read from it."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from editor.text.document import body_text
from editor.workflow import SourceKind
from tests.cast import make_source
from tests.fakes import make_page
from workers.articles.extract import extract
from workers.crawling.listing import parse_page
from workers.listings.discovery import look

NOW = datetime(2026, 7, 9, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
URL = "https://www.yunzhou.example/news"
BIG5 = "臨瀾晚報頭條"
FEED = f"<rss><channel><item><title>{BIG5}</title><link>{URL}/1.html</link></item></channel></rss>"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
SITEMAP = (
    f'<urlset xmlns:n="{NEWS}"><url><loc>{URL}/1.html</loc>'
    f"<n:news><n:title>{BIG5}</n:title></n:news></url></urlset>"
)
BODIES = {
    SourceKind.feed: FEED,
    SourceKind.sitemap: SITEMAP,
    SourceKind.json: json.dumps([{"url": f"{URL}/1.html", "title": BIG5}], ensure_ascii=False),
    SourceKind.list: f'<ul><li><a href="/news/1.html">{BIG5}</a></li></ul>',
}


@pytest.mark.parametrize("kind", list(BODIES))
def test_a_set_encoding_holds_for_every_kind_of_listing(session, kind):
    source = make_source(session, kind=kind, url=URL, encoding="big5", selectors={})
    page = make_page(URL, BODIES[kind].encode("big5"))
    told = parse_page(page, source, number=1, now=NOW, zone=ZONE)
    assert told.entries[0].title == BIG5
    source.encoding = ""
    guessed = parse_page(page, source, number=1, now=NOW, zone=ZONE)
    assert guessed.entries[0].title != BIG5


@pytest.mark.parametrize("kind", [SourceKind.feed, SourceKind.sitemap, SourceKind.json])
def test_a_set_encoding_holds_for_a_look_at_an_address(kind):
    found = look(BODIES[kind].encode("big5"), url=URL, now=NOW, zone=ZONE, encoding="big5")
    assert found.choices[0].listing.entries[0].title == BIG5


def test_a_set_encoding_holds_for_an_article():
    text = f"{BIG5}，" * 30
    page = f"<h1>{BIG5}</h1><div id='zoom'><p>{text}。</p></div>".encode("big5")
    found = extract(page, url=URL, content_type="", now=NOW, zone=ZONE, encoding="big5")
    assert body_text(found.blocks) == f"{text}。"
    assert found.encoding == "big5hkscs"
