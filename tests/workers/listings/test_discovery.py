"""Telling what kind of source an address is."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from editor.errors import ParseError, Reason
from editor.workflow import SourceKind
from tests import cast
from workers.listings.discovery import FeedLink, look

URL = "http://www.qingyu.example/news/"
ZONE = ZoneInfo("Asia/Shanghai")
DATA = Path(__file__).parents[2] / "data"
ROWS = "".join(
    f'<li><a href="/2026/{n}001.html">青屿区第{n}号公告</a><i>2026-07-0{n}</i></li>'
    for n in range(1, 5)
)


def seen(body: str | bytes, content_type: str = ""):
    raw = body.encode() if isinstance(body, str) else body
    return look(raw, url=URL, content_type=content_type, now=cast.NOW, zone=ZONE)


@pytest.mark.parametrize(
    "name", ["rss091.xml", "rss20.xml", "rdf10.xml", "atom10.xml", "feed.json"]
)
def test_a_feed_is_a_feed_whatever_it_was_given_as(name):
    choice = seen((DATA / name).read_bytes(), "text/html").choices[0]
    assert (choice.kind, len(choice.listing.entries) > 0) == (SourceKind.feed, True)


def test_a_comment_before_the_root_does_not_hide_a_feed():
    feed = (DATA / "rss20.xml").read_text(encoding="utf-8")
    root = feed[feed.index("<rss") :]
    found = seen(f"<?xml version='1.0'?><!-- by <ada@example.org> -->{root}")
    assert found.choices[0].kind == SourceKind.feed


def test_a_sitemap_is_known_by_its_root_or_its_lines():
    urlset = f"<urlset><url><loc>{URL}1.html</loc></url></urlset>"
    assert seen(urlset).choices[0].kind == SourceKind.sitemap
    assert seen(f"{URL}1.html\n{URL}2.html\n").choices[0].kind == SourceKind.sitemap


def test_a_list_page_tells_its_selectors_and_the_feeds_it_offers():
    head = (
        '<link rel="alternate" type="application/rss+xml" title="评论" href="/comments.xml">'
        '<link rel="alternate" type="application/atom+xml" title="要闻" href="/atom.xml">'
        '<link rel="alternate" hreflang="en" href="/en/">'
    )
    found = seen(f'<html><head>{head}</head><ul class="a">{ROWS}</ul><a href="/rss/">订阅</a>')
    assert found.choices[0].kind == SourceKind.list
    assert found.choices[0].selectors == {"item": "ul.a > li", "link": "a", "date": "i"}
    host = "http://www.qingyu.example"
    assert found.feeds == (
        FeedLink(f"{host}/atom.xml", "要闻"),
        FeedLink(f"{host}/rss/", "订阅"),
        FeedLink(f"{host}/comments.xml", "评论"),
    )


ITEMS = [
    {
        "ID": n,
        "TITLE": f"青屿区第{n}号公告",
        "URL": f"/2026/{n}.html",
        "DOCRELPUBTIME": f"2026-07-0{n}",
        "thumb": f"http://www.qingyu.example/{n}.png",
    }
    for n in range(1, 5)
]


@pytest.mark.parametrize("text, items", [
    (json.dumps(ITEMS), "$"),
    (json.dumps({"code": 0, "data": {"list": ITEMS, "tags": [{"id": 1}]}}), "data.list"),
    (f"callback({json.dumps({'rows': ITEMS})});", "rows"),
])  # fmt: skip
def test_a_json_listing_tells_its_paths(text, items):
    choice = seen(text, "application/json").choices[0]
    assert choice.kind == SourceKind.json
    assert choice.selectors == {
        "items": items, "link": "URL", "title": "TITLE", "date": "DOCRELPUBTIME"
    }  # fmt: skip
    entry = choice.listing.entries[0]
    assert (entry.title, entry.url) == (
        "青屿区第1号公告", "http://www.qingyu.example/2026/1.html"
    )  # fmt: skip


def test_items_of_json_may_hold_their_facts_one_level_deeper():
    nested = {"hits": [{"doc": {"headline": "青屿区公告", "link": f"/{n}"}} for n in range(3)]}
    paths = seen(json.dumps(nested)).choices[0].selectors
    assert paths == {"items": "hits", "link": "doc.link", "title": "doc.headline"}


@pytest.mark.parametrize("body", [
    b"<ul>" + b"<div>" * 30_000 + b"<a href=/1>aaaaaaa</a>" * 3,
    ("<ul>" + "<li�<a> <a href=/1.html>青屿区公告</a></li�<a>" * 3).encode(),
    b'<ul class="a:b [x"><li><a href="http://[">aaaaaa</a><li><a href=/2>bbbbbb</a></ul>',
    b"[" * 100_000,
    bytes(range(256)) * 20,
])  # fmt: skip
def test_broken_pages_give_a_look_or_a_reason(body):
    try:
        assert seen(body).feeds == ()
    except ParseError as refusal:
        assert refusal.reason


@pytest.mark.parametrize("body, reason", [
    ("", Reason.empty),
    ("<html><body><p>没有链接</p></body></html>", Reason.empty),
    ("<html><body><div id=app></div><script src=/a.js></script></body></html>",
     Reason.looks_scripted),
    ('{"data": []}', Reason.empty),
    ('{"data": ', Reason.not_feed),
])  # fmt: skip
def test_what_holds_no_list_says_why(body, reason):
    with pytest.raises(ParseError) as refusal:
        seen(body)
    assert refusal.value.reason == reason
