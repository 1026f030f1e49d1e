"""A visit's manners: what a host says of itself holds for everything that is due there."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from sqlmodel import select

from editor import clock
from editor.desk import sources
from editor.errors import FetchError, Reason
from editor.store.models import Entry, HostGate, Source
from editor.store.queue import Task
from editor.workflow import EntryState, SourceKind
from tests import cast
from tests.fakes import make_workshop
from workers.crawling.crawl import crawl
from workers.crawling.fetch import Redirected, retry_after
from workers.crawling.retries import again

HOST = "daily.yunzhou.example"
ROBOTS = f"http://{HOST}/robots.txt"


def pages(count: int) -> list[str]:
    return [f"http://{HOST}/{number}.html" for number in range(count)]


def paste(database, urls: list[str]) -> None:
    with database.writing() as session:
        publication = cast.find_or_make_publication(session)
        sources.paste_links(session, publication, urls, issue=None, by=None, now=cast.NOW)
        session.commit()


def entries(database) -> list[Entry]:
    with database.reading() as session:
        return list(session.exec(select(Entry).order_by(Entry.id)))


def rest_left(database) -> timedelta:
    with database.reading() as session:
        return session.get_one(HostGate, HOST).next_at - clock.real()


def refusing(status: int, wait: timedelta | None) -> FetchError:
    reason = Reason.http_429 if status == 429 else Reason.http_5xx
    return FetchError("", reason, status=status, retry_after=wait)


@pytest.mark.parametrize("status, wait, rests", [
    (429, timedelta(seconds=40), 40), (429, None, 60), (503, timedelta(seconds=40), 40),
    (503, timedelta(hours=3), 600), (429, timedelta(hours=3), 3 * 3600),
])  # fmt: skip
def test_a_host_that_asks_for_a_pause_gets_it_for_all_its_pages(
    database, tmp_path, status, wait, rests
):
    first, second = pages(2)
    paste(database, [first, second])
    shop = make_workshop(database, tmp_path, {first: refusing(status, wait), second: "here"})
    crawl(shop, HOST)
    assert shop.web.pages() == [first]
    assert abs(rest_left(database) - timedelta(seconds=rests)) < timedelta(seconds=5)


def test_nobody_sleeps_through_a_hosts_pause_and_somebody_comes_back_after_it(database, tmp_path):
    first, second = pages(2)
    paste(database, [first, second])
    shop = make_workshop(
        database, tmp_path, {first: refusing(429, timedelta(seconds=40)), second: "here"}
    )
    started = clock.real()
    crawl(shop, HOST)
    assert clock.real() - started < timedelta(seconds=5)
    assert shop.ring.later == [(Task.crawl_host, HOST)]
    assert crawl(shop, HOST) == 0
    # who comes too early goes home without ringing again: one bell is enough
    assert shop.ring.later == [(Task.crawl_host, HOST)]


def test_what_is_due_at_a_host_that_wants_a_long_pause_fails_for_now_with_the_reason(
    database, tmp_path
):
    urls = pages(3)
    paste(database, urls)
    shop = make_workshop(
        database,
        tmp_path,
        dict.fromkeys(urls, "here") | {urls[0]: refusing(429, timedelta(hours=3))},
    )
    crawl(shop, HOST)
    assert shop.web.pages() == [urls[0]]
    for entry in entries(database):
        assert (entry.state, entry.reason) == (EntryState.failed, Reason.http_429)
        assert timedelta(hours=2) < entry.due_at - clock.real() <= timedelta(hours=3)


def test_a_host_that_cannot_be_reached_is_not_knocked_at_for_every_page(database, tmp_path):
    urls = pages(9)
    paste(database, urls)
    down = FetchError("", Reason.timeout, unreached=True)
    shop = make_workshop(database, tmp_path, {ROBOTS: "", **dict.fromkeys(urls, down)})
    crawl(shop, HOST)
    assert shop.web.pages() == urls[:2]
    assert {(entry.reason, entry.attempts) for entry in entries(database)} == {("timeout", 1)}


def test_one_page_that_answers_opens_the_door_again(database, tmp_path):
    urls = pages(5)
    paste(database, urls)
    down = FetchError("", Reason.refused, unreached=True)
    answers: dict[str, Any] = dict.fromkeys(urls, down) | {urls[1]: "here"}
    answers[urls[3]] = Redirected("http://paper.yunzhou.example/3.html")
    shop = make_workshop(database, tmp_path, answers | {ROBOTS: ""})
    crawl(shop, HOST)
    assert shop.web.pages() == urls


def test_a_slow_page_is_no_sign_that_the_host_is_away(database, tmp_path):
    urls = pages(5)
    paste(database, urls)
    slow = FetchError("", Reason.timeout)
    shop = make_workshop(database, tmp_path, {ROBOTS: "", **dict.fromkeys(urls, slow)})
    crawl(shop, HOST)
    assert shop.web.pages() == urls


def test_a_failing_host_does_not_stop_another(database, tmp_path):
    paste(database, [*pages(3), "http://paper.yunzhou.example/a"])
    answers: dict[str, Any] = dict.fromkeys(pages(3), refusing(429, timedelta(hours=1)))
    shop = make_workshop(database, tmp_path, answers | {"http://paper.yunzhou.example/a": "here"})
    crawl(shop, HOST)
    crawl(shop, "paper.yunzhou.example")
    assert entries(database)[-1].state == EntryState.captured


@pytest.mark.parametrize("header, seconds", [
    ("90", 90), (format_datetime(datetime(2026, 7, 10, 1, 32, tzinfo=UTC), usegmt=True), 120),
    ("-5", None), ("1.5", None), ("", None),
    (format_datetime(datetime(2026, 7, 1, tzinfo=UTC), usegmt=True), 0),
])  # fmt: skip
def test_a_wait_is_asked_for_in_seconds_or_until_a_moment(header, seconds):
    served = format_datetime(datetime(2026, 7, 10, 1, 30, tzinfo=UTC), usegmt=True)
    wait = retry_after({"retry-after": header, "date": served})
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_a_round_does_not_wait_for_a_server_that_wants_to_be_asked_tomorrow():
    asked = again(Reason.http_429, 1, timedelta(hours=20))
    assert (asked.given_up, asked.wait) == (True, timedelta(hours=20))
    assert not again(Reason.http_429, 1, timedelta(minutes=2)).given_up


def test_an_unchanged_index_does_not_hide_what_its_sitemaps_added(database, tmp_path):
    index, child = f"http://{HOST}/sitemap.xml", f"http://{HOST}/news.xml"
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

    def listing(*paths: str) -> str:
        urls = "".join(f"<url><loc>http://{HOST}/{path}</loc></url>" for path in paths)
        return f"<urlset {spaces}>{urls}</urlset>"

    held = f"<sitemapindex {spaces}><sitemap><loc>{child}</loc></sitemap></sitemapindex>"
    with database.writing() as session:
        cast.make_issue(session)
        source = cast.make_source(
            session, url=index, host=HOST, kind=SourceKind.sitemap, next_run_at=cast.NOW
        )
        session.commit()
        source_id = source.id
    answers: dict[str, Any] = {index: {"body": held, "etag": '"1"'}, child: listing("1")}
    shop = make_workshop(database, tmp_path, answers)
    crawl(shop, HOST)
    shop.web.answers[child] = listing("2", "1")
    with database.writing() as session:
        session.get_one(Source, source_id).next_run_at = cast.NOW
        session.commit()
    crawl(shop, HOST)
    assert [entry.url[-2:] for entry in entries(database)] == ["/1", "/2"]
