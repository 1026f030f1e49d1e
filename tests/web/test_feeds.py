"""The public feed: silent while it is closed, whole addresses and finished files when open."""

import re
from collections.abc import Callable
from datetime import timedelta

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from editor.assembler.gather import gather
from editor.desk import exports, feed, issue_editions, issue_states, issues
from editor.store.models import Issue, Publication
from editor.web.feeds import in_one_line
from editor.workflow import IssueState
from tests.cast import NOW, make_item
from tests.web.conftest import Office

CONTENT = {
    "web": "<!DOCTYPE html><title>云州信息摘编</title>".encode(),
    "pdf": b"%PDF-1.7 not really",
}
FEED = "/feeds/yunzhou.xml"


@pytest.fixture
def published(app: Flask, office: Office) -> None:
    """Publish the office's issue with a web page and a PDF."""
    with app.extensions["database"].writing() as session:
        issue = session.get(Issue, 1)
        for state in (IssueState.editing, IssueState.locked, IssueState.published):
            later = NOW + timedelta(days=6)
            issue_states.set_state(session, issue, state, by=None, now=later)
        for format, content in CONTENT.items():
            row = exports.request_export(session, issue, format, by=None, now=NOW)
            exports.claim(session, row.id)
            exports.finish(
                session,
                row,
                asset=app.extensions["files"].put(content),
                size=len(content),
                digest=gather(session, issue).digest(),
                result={},
                findings=[],
            )
        session.commit()


@pytest.fixture
def opened(app: Flask, published: None) -> Callable[[feed.Access], str]:
    """Give a function that opens the feed and returns its key."""

    def open_it(access: feed.Access) -> str:
        with app.extensions["database"].writing() as session:
            home = session.get(Publication, 1)
            key = feed.open_feed(session, home, access, by=None, now=NOW).key
            session.commit()
            return key

    return open_it


def without_token(page: str) -> str:
    """Drop the page's token, which is another one every second."""
    return re.sub(r'name="csrf-token" content="[^"]*"', "", page)


def test_a_closed_feed_answers_like_one_that_does_not_exist(app: Flask, published: None) -> None:
    client = app.test_client()
    nowhere = without_token(client.get("/feeds/nowhere.xml").text)
    for path in (FEED, f"{FEED}?key=x", "/feeds/yunzhou/61/web", "/feeds/yunzhou/61/pdf"):
        answer = client.get(path)
        assert (answer.status_code, without_token(answer.text)) == (404, nowhere)


def test_an_open_feed_lists_the_issue_with_links_to_its_editions(app: Flask, opened) -> None:
    opened(feed.Access.open)
    answer = app.test_client().get(FEED)
    assert answer.content_type == "application/rss+xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer.headers
    (item,) = etree.fromstring(answer.data).iter("item")
    assert item.findtext("title") == "云州信息摘编 2026 年 第七期（总第六十一期）"
    assert item.findtext("link") == "http://127.0.0.1:8000/feeds/yunzhou/61/web"
    assert item.findtext("pubDate") == "Thu, 16 Jul 2026 01:30:00 +0000"
    assert item.find("guid").get("isPermaLink") == "false"
    assert item.find("enclosure").get("type") == "application/pdf"
    assert item.find("enclosure").get("length") == str(len(CONTENT["pdf"]))
    assert "<strong>热点关注</strong>" in item.findtext("description")


def test_a_feed_reader_understands_the_feed(app: Flask, opened) -> None:
    opened(feed.Access.open)
    found = feedparser.parse(app.test_client().get(FEED).data)
    assert not found.bozo and found.version == "rss20"
    assert (found.feed.title, found.feed.language) == ("云州信息摘编", "zh-cn")
    (entry,) = found.entries
    assert entry.title == "云州信息摘编 2026 年 第七期（总第六十一期）"
    assert entry.link.endswith("/feeds/yunzhou/61/web")
    assert entry.id == "zhaibian:yunzhou:61"
    assert tuple(entry.published_parsed)[:5] == (2026, 7, 16, 1, 30)
    (file,) = entry.enclosures
    assert (file.type, file.href) == (
        "application/pdf",
        "http://127.0.0.1:8000/feeds/yunzhou/61/pdf",
    )
    assert "热点关注" in entry.summary and "<script" not in entry.summary


def correct(app: Flask) -> None:
    """Take issue 61 back, add an item, publish it again."""
    with app.extensions["database"].writing() as session:
        issue = session.get(Issue, 1)
        later = NOW + timedelta(days=9)
        issue_states.set_state(
            session, issue, IssueState.editing, by=None, now=later, reason="漏了一篇"
        )
        make_item(session, issues.sections_of(session, issue)[0], headline="补上的<一>篇")
        for state in (IssueState.locked, IssueState.published):
            issue_states.set_state(session, issue, state, by=None, now=later)
        row = issue_editions.find(session, issue, 2)
        issue_editions.settle(session, row.id, [], {})
        session.commit()


def test_an_issue_that_is_being_corrected_stays_as_it_was_published(app: Flask, opened) -> None:
    opened(feed.Access.open)
    client = app.test_client()
    before = client.get(FEED).data
    with app.extensions["database"].writing() as session:
        issue_states.set_state(
            session, session.get(Issue, 1), IssueState.editing, by=None, now=NOW, reason="漏了一篇"
        )
        make_item(session, issues.sections_of(session, session.get(Issue, 1))[0], headline="草稿")
        session.commit()
    assert client.get(FEED).data == before
    assert client.get("/feeds/yunzhou/61/web").data == CONTENT["web"]


def test_the_corrected_issue_is_the_same_item_with_a_later_date_and_its_correction(
    app: Flask, opened
) -> None:
    opened(feed.Access.open)
    client = app.test_client()
    (before,) = feedparser.parse(client.get(FEED).data).entries
    correct(app)
    found = feedparser.parse(client.get(FEED).data)
    (entry,) = found.entries
    assert not found.bozo
    assert (entry.id, entry.published) == (before.id, before.published)
    assert tuple(entry.updated_parsed)[:5] == (2026, 7, 19, 1, 30)
    assert tuple(found.feed.updated_parsed) == tuple(entry.updated_parsed)
    assert entry.title == "云州信息摘编 2026 年 第七期（总第六十一期）（第二版）"
    assert entry.summary.startswith("<p>本版更正：《补上的&lt;一&gt;篇》</p>")
    assert "link" not in entry  # until the corrected files are exported
    assert client.get("/feeds/yunzhou/61/web").status_code == 404


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("云州市信息中心",), "云州市信息中心"),
        (("云州市信息中心", "临澜市图书馆"), "云州市信息中心、临澜市图书馆"),
        (("云州市信息中心", "（资料室、编纂办公室）"), "云州市信息中心（资料室、编纂办公室）"),
    ],
)
def test_the_feed_names_the_publisher_in_one_line(lines: tuple[str, ...], said: str) -> None:
    assert in_one_line(lines) == said


def test_a_reader_who_has_the_feed_is_not_sent_it_again(app: Flask, opened) -> None:
    opened(feed.Access.open)
    client = app.test_client()
    tag = client.get(FEED).headers["ETag"]
    assert client.get(FEED, headers={"If-None-Match": tag}).status_code == 304


def test_the_editions_are_read_without_a_login_and_can_do_nothing(app: Flask, opened) -> None:
    opened(feed.Access.open)
    client = app.test_client()
    page = client.get("/feeds/yunzhou/61/web")
    assert page.data == CONTENT["web"]
    assert "sandbox" in page.headers["Content-Security-Policy"]
    pdf = client.get("/feeds/yunzhou/61/pdf")
    assert pdf.data == CONTENT["pdf"]
    assert 'filename="yunzhou-2026-07.pdf"' in pdf.headers["Content-Disposition"]
    assert client.get("/feeds/yunzhou/61/epub").status_code == 404
    assert client.get("/feeds/yunzhou/61/docx").status_code == 404
    assert client.get("/feeds/yunzhou/62/web").status_code == 404
    assert client.get("/feeds/linlan/61/web").status_code == 404


def test_a_key_opens_the_feed_and_is_in_its_links(app: Flask, opened) -> None:
    key = opened(feed.Access.key)
    client = app.test_client()
    assert client.get(FEED).status_code == 404
    assert client.get(f"{FEED}?key=wrong").status_code == 404
    answer = client.get(f"{FEED}?key={key}")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    link = next(etree.fromstring(answer.data).iter("item")).findtext("link")
    assert link.endswith(f"/feeds/yunzhou/61/web?key={key}")
    assert client.get(link.removeprefix("http://127.0.0.1:8000")).data == CONTENT["web"]


def test_the_administrator_opens_renews_and_closes_the_feed(ada: FlaskClient, published) -> None:
    assert "订阅地址" not in ada.get("/settings/feed").text
    assert ada.post("/settings/feed", data={"access": "key"}).status_code == 303
    first = ada.get("/settings/feed").text
    assert "/feeds/yunzhou.xml?key=" in first
    ada.post("/settings/feed", data={"access": "key", "new_key": "1"})
    second = ada.get("/settings/feed").text
    assert second.split("?key=")[1][:30] != first.split("?key=")[1][:30]
    ada.post("/settings/feed", data={"access": "off"})
    assert "订阅地址" not in ada.get("/settings/feed").text


def test_a_word_that_is_no_choice_is_refused(ada: FlaskClient, office: Office) -> None:
    assert ada.post("/settings/feed", data={"access": "everybody"}).status_code == 422
