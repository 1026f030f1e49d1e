"""The crawl of a host: order, politeness, retries, redirects, robots.txt."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from editor import clock
from editor.desk import sources
from editor.errors import FetchError, Reason
from editor.store import gate
from editor.store.models import Capture, Entry, Fetch, HostGate, Source
from editor.store.queue import Task
from editor.workflow import EntryState, Outcome, SourceKind
from tests import cast
from tests.fakes import make_workshop
from workers.crawling.crawl import crawl
from workers.crawling.retries import LONGEST, QUICK, again, source_wait

HOST = "daily.yunzhou.example"
FEED = f"http://{HOST}/feed.xml"
LIST = f"http://{HOST}/news/"
SUMMARY = "青屿区码头改造完工。"
LONG = "<p>" + "港区货物可以直达临澜市，往返时间缩短一半。" * 15 + "</p>"


def told(text: str) -> str:
    return "content:encoded" if text.startswith("<p>") else "description"


def rss(*entries: tuple[str, str, str]) -> str:
    """Return a feed of (path, RFC 822 date, full text or summary)."""
    items = "".join(
        f"<item><title>第{path}号消息</title><link>http://{HOST}/{path}</link>"
        f"<pubDate>{day}</pubDate><{told(text)}><![CDATA[{text}]]></{told(text)}></item>"
        for path, day, text in entries
    )
    spaces = 'version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    head = f'<?xml version="1.0"?><rss {spaces}><channel><title>云州日报</title>'
    return f"{head}{items}</channel></rss>"


DUE = cast.NOW - timedelta(hours=1)
DAY = "Fri, 10 Jul 2026 08:00:00 +0800"
FIRST_RSS = rss(("1", DAY, SUMMARY), ("2", DAY, SUMMARY))


def list_page(*rows: tuple[str, str]) -> str:
    items = "".join(
        f'<li><a href="/{path}">第{path}号公告</a><i>{day}</i></li>' for path, day in rows
    )
    return f"<html><body><ul>{items}</ul></body></html>"


@pytest.fixture(autouse=True)
def july():
    """It is `cast.NOW` at the desk, and stays so."""
    clock.follow(lambda: cast.NOW - clock.real())
    yield
    clock.follow(clock._no_offset)


def make_source(database, **changes: Any) -> int:
    with database.writing() as session:
        cast.make_issue(session)
        source = cast.make_source(
            session, **({"url": FEED, "host": HOST, "next_run_at": DUE} | changes)
        )
        session.commit()
        return source.id


def make_entry(database, url: str, **changes: Any) -> int:
    with database.writing() as session:
        publication = cast.find_or_make_publication(session)
        entry = sources.paste_links(session, publication, [url], issue=None, by=None, now=cast.NOW)[
            0
        ]
        for name, value in changes.items():
            setattr(entry, name, value)
        session.commit()
        return entry.id


def minutes_until(moment: datetime) -> int:
    return round((moment - cast.NOW) / timedelta(minutes=1))


def rows(database, kind: type) -> list[Any]:
    with database.reading() as session:
        return list(session.exec(select(kind).order_by(kind.id)))


def one(database, kind: type, row_id: int) -> Any:
    with database.reading() as session:
        return session.get_one(kind, row_id)


def test_a_feed_is_read_and_each_entrys_page_is_fetched_once(database, tmp_path):
    source_id = make_source(database)
    shop = make_workshop(
        database, tmp_path, {FEED: FIRST_RSS, f"http://{HOST}/1": "a", f"http://{HOST}/2": "b"}
    )
    crawl(shop, HOST)
    assert shop.web.pages() == [FEED, f"http://{HOST}/1", f"http://{HOST}/2"]
    assert [entry.state for entry in rows(database, Entry)] == [EntryState.captured] * 2
    assert len(rows(database, Capture)) == 2
    log = rows(database, Fetch)[0]
    assert (log.outcome, log.entries, log.new) == (Outcome.ok, 2, 2)
    source = one(database, Source, source_id)
    assert minutes_until(source.next_run_at) == 60
    assert [ring for ring in shop.ring.rung if ring[0] == Task.extract_entries] == [
        (Task.extract_entries, *(entry.id for entry in rows(database, Entry)))
    ]


def test_a_second_crawl_of_the_same_feed_stores_nothing_twice(database, tmp_path):
    make_source(database)
    shop = make_workshop(database, tmp_path, {FEED: {"body": FIRST_RSS, "etag": '"1"'}})
    crawl(shop, HOST)
    with database.writing() as session:
        session.exec(select(Source)).one().next_run_at = DUE
        session.commit()
    crawl(shop, HOST)
    assert len(rows(database, Entry)) == 2
    assert rows(database, Fetch)[-1].outcome == Outcome.not_modified


def test_a_full_text_needs_no_page_unless_it_has_no_date(database, tmp_path):
    make_source(database)
    shop = make_workshop(database, tmp_path, {FEED: rss(("1", DAY, LONG), ("2", "", LONG))})
    crawl(shop, HOST)
    whole, undated = rows(database, Entry)
    assert whole.state == EntryState.captured and whole.content
    assert f"http://{HOST}/1" not in shop.web.asked
    assert f"http://{HOST}/2" in shop.web.asked and undated.content


def test_a_host_that_somebody_holds_is_left_alone(database, tmp_path):
    make_source(database)
    shop = make_workshop(database, tmp_path, {FEED: FIRST_RSS})
    with database.writing() as session:
        now = clock.real()
        gate.claim(session, HOST, now=now, until=now + timedelta(minutes=1))
        session.commit()
    assert crawl(shop, HOST) == 0
    assert shop.web.asked == []


def test_the_host_rests_after_each_request_and_after_the_last(database, tmp_path):
    make_source(database)
    shop = make_workshop(database, tmp_path, {FEED: rss(("1", DAY, SUMMARY))}, host_gap=0.05)
    started = clock.real()
    crawl(shop, HOST)
    # robots.txt, the feed, one page: two rests between them and one written down
    assert clock.real() - started >= timedelta(seconds=0.1)
    with database.reading() as session:
        row = session.get_one(HostGate, HOST)
    assert row.lease_until is None and row.next_at - started >= timedelta(seconds=0.15)


def test_a_worker_that_lost_its_host_stops_and_changes_no_row(database, tmp_path):
    make_source(database)
    entry_id = make_entry(database, f"http://{HOST}/1")
    shop = make_workshop(database, tmp_path, {})

    def taken_over() -> bool:
        with database.writing() as session:
            session.get_one(HostGate, HOST).fence += 1
            session.commit()
        return False

    crawl(dataclasses.replace(shop, stopping=taken_over), HOST)
    assert shop.web.asked == [] and rows(database, Fetch) == []
    assert one(database, Entry, entry_id).attempts == 0


def test_robots_txt_is_asked_once_a_day_and_obeyed(database, tmp_path):
    make_source(database)
    robots = f"http://{HOST}/robots.txt"
    answers = {FEED: FIRST_RSS, robots: "User-agent: *\nDisallow: /2\nCrawl-delay: 0.01"}
    shop = make_workshop(database, tmp_path, answers)
    crawl(shop, HOST)
    make_entry(database, f"http://{HOST}/2?page=1")
    crawl(shop, HOST)
    assert shop.web.asked.count(robots) == 1
    assert f"http://{HOST}/2" not in shop.web.asked
    refused = rows(database, Entry)[1]
    assert (refused.state, refused.reason) == (EntryState.failed, Reason.robots)
    assert Outcome.refused in [fetch.outcome for fetch in rows(database, Fetch)]


def test_while_robots_txt_cannot_be_had_nothing_is_fetched_and_nothing_lost(database, tmp_path):
    source_id = make_source(database)
    entry_id = make_entry(database, f"http://{HOST}/1")
    down = FetchError("", Reason.http_5xx, status=503)
    shop = make_workshop(database, tmp_path, {f"http://{HOST}/robots.txt": down})
    crawl(shop, HOST)
    assert shop.web.pages() == []
    entry, source = one(database, Entry, entry_id), one(database, Source, source_id)
    assert (entry.state, entry.reason) == (EntryState.queued, Reason.http_5xx)
    assert (source.failures, source.last_reason) == (1, Reason.http_5xx)


def test_a_passing_failure_is_tried_three_times_and_slowly_ever_after(database, tmp_path):
    url = f"http://{HOST}/1"
    entry_id = make_entry(database, url)
    shop = make_workshop(database, tmp_path, {url: FetchError(url, Reason.reset)})
    for attempt in (1, 2, 3):
        crawl(shop, HOST)
        entry = one(database, Entry, entry_id)
        assert entry.attempts == attempt
        assert entry.state == (EntryState.failed if attempt == 3 else EntryState.queued)
        assert entry.due_at > clock.real()
        make_due(database, entry_id)
    shop.web.answers[url] = "here again"
    crawl(shop, HOST)
    assert one(database, Entry, entry_id).state == EntryState.captured


def make_due(database, entry_id: int) -> None:
    with database.writing() as session:
        session.get_one(Entry, entry_id).due_at = clock.real()
        session.commit()


def test_a_lasting_failure_is_final_at_once(database, tmp_path):
    entry_id = make_entry(database, f"http://{HOST}/gone")
    shop = make_workshop(database, tmp_path, {})
    crawl(shop, HOST)
    entry = one(database, Entry, entry_id)
    assert (entry.state, entry.reason) == (EntryState.failed, Reason.http_404)
    make_due(database, entry_id)
    assert crawl(shop, HOST) == 0


def test_a_redirect_to_another_host_is_fetched_there_by_that_hosts_worker(database, tmp_path):
    from workers.crawling.fetch import Redirected

    url, target = f"http://{HOST}/1", "http://paper.yunzhou.example/a"
    entry_id = make_entry(database, url)
    shop = make_workshop(database, tmp_path, {url: Redirected(target), target: "here"})
    crawl(shop, HOST)
    entry = one(database, Entry, entry_id)
    assert (entry.fetch_url, entry.host, entry.state) == (target, "paper.yunzhou.example", "queued")
    assert (Task.crawl_host, "paper.yunzhou.example") in shop.ring.rung
    crawl(shop, "paper.yunzhou.example")
    assert one(database, Entry, entry_id).state == EntryState.captured


def test_two_hosts_that_send_each_other_round_end_as_redirects(database, tmp_path):
    from workers.crawling.fetch import Redirected

    here, there = f"http://{HOST}/1", "http://paper.yunzhou.example/1"
    entry_id = make_entry(database, here)
    shop = make_workshop(database, tmp_path, {here: Redirected(there), there: Redirected(here)})
    for _ in range(4):
        crawl(shop, HOST)
        crawl(shop, "paper.yunzhou.example")
    entry = one(database, Entry, entry_id)
    assert (entry.state, entry.reason) == (EntryState.failed, Reason.redirects)


# --- lists -----------------------------------------------------------------------------------

SELECTORS = {"item": "li", "link": "a", "date": "i"}


def make_list(database, **changes: Any) -> int:
    values = {
        "url": LIST,
        "kind": SourceKind.list,
        "selectors": SELECTORS,
        "page_pattern": LIST + "index_{n}.html",
    }
    return make_source(database, **(values | changes))


@pytest.mark.parametrize("first", [1, 2])
def test_a_list_is_followed_back_to_the_windows_start(database, tmp_path, first):
    source_id = make_list(database)
    pages = {
        LIST: list_page(("1", "2026-07-09"), ("2", "2026-07-01")),
        f"{LIST}index_{first}.html": list_page(("3", "2026-06-20"), ("4", "2026-06-16")),
        f"{LIST}index_{first + 1}.html": list_page(("5", "2026-06-15"), ("6", "2026-06-01")),
        f"{LIST}index_{first + 2}.html": list_page(("7", "2026-05-15")),
    }
    shop = make_workshop(database, tmp_path, pages)
    crawl(shop, HOST)
    assert [entry.url[-1] for entry in rows(database, Entry)] == list("123456")
    assert one(database, Source, source_id).reached_back_to == datetime(2026, 6, 15, 16, tzinfo=UTC)


def test_a_list_read_whole_before_is_read_until_nothing_is_new(database, tmp_path):
    source_id = make_list(database)
    pages = {
        LIST: list_page(("1", "2026-07-09")),
        f"{LIST}index_1.html": list_page(("2", "2026-06-20")),
        f"{LIST}index_2.html": list_page(("3", "2026-06-01")),
    }
    shop = make_workshop(database, tmp_path, pages)
    crawl(shop, HOST)
    shop.web.answers[LIST] = list_page(("9", "2026-07-10"))
    shop.web.asked.clear()
    with database.writing() as session:
        session.get_one(Source, source_id).next_run_at = DUE
        session.commit()
    crawl(shop, HOST)
    assert shop.web.pages()[:2] == [LIST, f"{LIST}index_1.html"]
    assert f"{LIST}index_2.html" not in shop.web.asked


def test_a_list_that_broke_off_is_read_from_the_start_again(database, tmp_path):
    source_id = make_list(database)
    second = f"{LIST}index_1.html"
    pages = {
        LIST: list_page(("1", "2026-07-09")),
        second: [FetchError(second, Reason.http_5xx, status=500), list_page(("2", "2026-06-20"))],
        f"{LIST}index_2.html": list_page(("3", "2026-06-01")),
    }
    shop = make_workshop(database, tmp_path, pages)
    crawl(shop, HOST)
    source = one(database, Source, source_id)
    assert (source.failures, source.reached_back_to) == (1, None)
    assert [entry.url[-1] for entry in rows(database, Entry)] == ["1"]
    with database.writing() as session:
        session.get_one(Source, source_id).next_run_at = DUE
        session.commit()
    crawl(shop, HOST)
    assert [entry.url[-1] for entry in rows(database, Entry)] == list("123")


def test_a_list_without_end_stops_and_says_so(database, tmp_path):
    make_list(database, page_pattern="")
    pages = {
        f"{LIST}?p={n}" if n else LIST: list_page((f"a{n}", "2026-07-09")).replace(
            "</body>", f'<a href="/news/?p={n + 1}">下一页</a></body>'
        )
        for n in range(60)
    }
    shop = make_workshop(database, tmp_path, pages)
    crawl(shop, HOST)
    listings = [fetch for fetch in rows(database, Fetch) if fetch.entry_id is None]
    assert len(listings) == 50
    assert "stopped after 50 pages" in listings[-1].detail


def test_a_feed_that_is_a_web_page_is_named_so(database, tmp_path):
    source_id = make_source(database)
    shop = make_workshop(database, tmp_path, {FEED: "<html><body>首页</body></html>"})
    crawl(shop, HOST)
    source = one(database, Source, source_id)
    assert (source.last_reason, source.failures) == (Reason.not_feed, 1)
    assert rows(database, Fetch)[-1].outcome == Outcome.failed
    assert minutes_until(source.next_run_at) == 120


def test_a_source_that_comes_back_revives_what_its_outage_cost(database, tmp_path):
    source_id = make_source(database)
    url = f"http://{HOST}/1"
    shop = make_workshop(database, tmp_path, {FEED: rss(("1", DAY, SUMMARY)), url: "here"})
    crawl(shop, HOST)
    with database.writing() as session:
        entry, source = session.exec(select(Entry)).one(), session.get_one(Source, source_id)
        entry.state, entry.reason, entry.attempts = EntryState.failed, Reason.http_5xx, 3
        entry.due_at = clock.real() + timedelta(hours=5)
        source.failures, source.next_run_at, source.body_hash = 4, DUE, ""
        session.commit()
    crawl(shop, HOST)
    assert rows(database, Entry)[0].state == EntryState.captured


# --- when to try again (pure) ----------------------------------------------------------------


def test_a_servers_wish_for_a_pause_is_a_floor():
    asked = timedelta(minutes=10)
    assert again(Reason.http_429, 1, asked).wait == asked
    assert again(Reason.http_5xx, 1).wait == QUICK[0]
    assert again(Reason.http_404, 1).given_up


def test_a_failing_source_is_read_less_and_less_often_up_to_a_day():
    hour = timedelta(hours=1)
    waits = [source_wait(Reason.dns, n, hour).wait for n in range(1, 9)]
    assert waits == sorted(waits) and waits[-1] == LONGEST
