"""Gaps in the ledger: noted after a reading, filled from a list page, settled by what covers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from editor import clock
from editor.desk import ledger
from editor.errors import Conflict, FetchError, Reason
from editor.store.models import Entry, Fetch, Hole, Issue, Publication, Source
from editor.workflow import HoleCause, HoleState, SourceKind
from tests import cast
from tests.fakes import make_workshop
from workers.crawling.crawl import crawl
from workers.crawling.fetch import Redirected

HOST = "daily.yunzhou.example"
FEED = f"http://{HOST}/feed.xml"
LIST = f"http://{HOST}/news/"
SECOND_PAGE = f"{LIST}index_1.html"
SELECTORS = {"item": "li", "link": "a", "date": "i"}
OPENS = datetime(2026, 6, 15, 16, tzinfo=UTC)
MORNING = datetime(2026, 7, 10, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def desk_time():
    """It is `moment[0]` at the desk; a test moves it on."""
    moment = [MORNING]
    clock.follow(lambda: moment[0] - clock.real())
    yield moment
    clock.follow(clock._no_offset)


def rss(*hours: float, base: datetime = MORNING) -> str:
    """Return a feed whose entries came so many hours before `base`, named by their time."""
    items = ""
    for moment in (base - timedelta(hours=each) for each in hours):
        when = moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
        items += (
            f"<item><title>消息 {moment:%d %H:%M}</title><link>http://{HOST}/{moment:%d%H%M}</link>"
            f"<pubDate>{when}</pubDate><description>青屿区码头改造。</description></item>"
        )
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


def page(*hours: float, base: datetime = MORNING, more: bool = False) -> str:
    """Return a list page with rows of the same names, dated to the minute."""
    rows = ""
    for moment in (base - timedelta(hours=each) for each in hours):
        local = moment + 8 * HOUR
        rows += f'<li><a href="/{moment:%d%H%M}">消息</a><i>{local:%Y-%m-%d %H:%M}</i></li>'
    pager = '<a href="/news/index_1.html">下一页</a>' if more else ""
    return f"<html><body><ul>{rows}</ul>{pager}</body></html>"


def make_source(database, **changes: Any) -> int:
    with database.writing() as session:
        cast.make_issue(session)
        values = {"url": FEED, "host": HOST, "next_run_at": MORNING - HOUR} | changes
        source = cast.make_source(session, **values)
        session.commit()
        return source.id


def make_pair(database, **changes: Any) -> int:
    """Make a feed with a list page beside it."""
    return make_source(database, list_url=LIST, selectors=SELECTORS, **changes)


def read_again(shop, database, desk_time, source_id: int, *, after: timedelta) -> None:
    desk_time[0] += after
    with database.writing() as session:
        session.get_one(Source, source_id).next_run_at = desk_time[0] - HOUR
        session.commit()
    crawl(shop, HOST)


def holes(database) -> list[Hole]:
    with database.reading() as session:
        return list(session.exec(select(Hole).order_by(Hole.id)))


def span(hole: Hole) -> tuple[datetime, datetime]:
    """Return a gap's edges to the second: the desk's clock is a few microseconds off."""
    after, before = (edge + timedelta(seconds=0.5) for edge in (hole.after_at, hole.before_at))
    return after.replace(microsecond=0), before.replace(microsecond=0)


def rolled_over(database, tmp_path, desk_time, answers: dict[str, Any], **changes: Any):
    """Read a feed, then again half a day later when it shows nothing of what was there."""
    source_id = make_source(database, **changes)
    later = MORNING + 12 * HOUR
    shop = make_workshop(database, tmp_path, {FEED: [rss(1, 2), rss(1, 3, base=later)]} | answers)
    crawl(shop, HOST)
    read_again(shop, database, desk_time, source_id, after=12 * HOUR)
    return shop, source_id


def test_a_feed_that_rolled_over_leaves_a_gap(database, tmp_path, desk_time):
    rolled_over(database, tmp_path, desk_time, {})
    (hole,) = holes(database)
    assert span(hole) == (MORNING, MORNING + 9 * HOUR)
    assert (hole.cause, hole.state, hole.host) == (HoleCause.rolled_over, HoleState.open, "")


def test_a_gap_between_which_readings_failed_says_so(database, tmp_path, desk_time):
    source_id = make_source(database)
    down = FetchError(FEED, Reason.http_5xx, status=503)
    later = MORNING + 13 * HOUR
    shop = make_workshop(database, tmp_path, {FEED: [rss(1), down, rss(1, base=later)]})
    crawl(shop, HOST)
    read_again(shop, database, desk_time, source_id, after=HOUR)
    read_again(shop, database, desk_time, source_id, after=12 * HOUR)
    assert [hole.cause for hole in holes(database)] == [HoleCause.failing]
    assert span(holes(database)[0])[0] == MORNING


def test_a_gap_is_cut_to_the_open_window(database, tmp_path, desk_time):
    source_id = make_source(database)
    desk_time[0] = closes = datetime(2026, 7, 15, 16, tzinfo=UTC)
    shop = make_workshop(
        database, tmp_path, {FEED: [rss(1, base=closes), rss(1, base=closes + 30 * HOUR)]}
    )
    desk_time[0] = closes - 2 * HOUR
    crawl(shop, HOST)
    read_again(shop, database, desk_time, source_id, after=32 * HOUR)
    (hole,) = holes(database)
    assert span(hole) == (closes - 2 * HOUR, closes)


def test_a_first_reading_that_is_cut_leaves_a_gap_from_the_windows_start(database, tmp_path):
    make_source(database)
    crawl(make_workshop(database, tmp_path, {FEED: rss(*range(15))}), HOST)
    (hole,) = holes(database)
    assert span(hole) == (OPENS, MORNING - 14 * HOUR)


def test_a_feed_that_later_shows_more_at_once_was_not_cut(database, tmp_path, desk_time):
    source_id = make_source(database)
    shop = make_workshop(database, tmp_path, {FEED: [rss(*range(15)), rss(-1, *range(15))]})
    crawl(shop, HOST)
    read_again(shop, database, desk_time, source_id, after=2 * HOUR)
    assert [hole.state for hole in holes(database)] == [HoleState.filled]


def test_the_list_page_beside_a_feed_fills_its_gap_at_once(database, tmp_path, desk_time):
    later = MORNING + 12 * HOUR
    answers = {
        LIST: page(1, 3, 5, base=later, more=True),
        SECOND_PAGE: page(8, 13, 14, base=later),
    }
    rolled_over(database, tmp_path, desk_time, answers, list_url=LIST, selectors=SELECTORS)
    (hole,) = holes(database)
    assert (hole.state, hole.recovered) == (HoleState.filled, 2)
    with database.reading() as session:
        urls = {entry.url for entry in session.exec(select(Entry))}
        pages = [fetch for fetch in session.exec(select(Fetch)) if fetch.hole_id]
    assert {f"http://{HOST}/100830", f"http://{HOST}/100530"} <= urls
    assert [fetch.url for fetch in pages] == [LIST, SECOND_PAGE]


def test_a_list_that_shows_nothing_else_settles_the_gap_as_none(database, tmp_path, desk_time):
    later = MORNING + 12 * HOUR
    answers = {LIST: page(1, 3, 13, 14, base=later)}
    rolled_over(database, tmp_path, desk_time, answers, list_url=LIST, selectors=SELECTORS)
    (hole,) = holes(database)
    assert (hole.state, hole.recovered) == (HoleState.filled, 0)


def test_a_list_page_that_stays_away_fails_the_third_time_and_may_be_asked_again(
    database, tmp_path, desk_time
):
    later = MORNING + 12 * HOUR
    down = FetchError(LIST, Reason.http_5xx, status=503)
    answers = {LIST: [down, down, down, page(1, 3, 8, 13, base=later)]}
    shop, _ = rolled_over(
        database, tmp_path, desk_time, answers, list_url=LIST, selectors=SELECTORS
    )
    for _ in range(2):
        let_wait_pass(database)
        crawl(shop, HOST)
    (hole,) = holes(database)
    assert (hole.state, hole.reason, hole.attempts) == (HoleState.failed, Reason.http_5xx, 3)
    with database.writing() as session:
        ledger.fill(session, session.get_one(Hole, hole.id), by=None, now=desk_time[0])
        session.commit()
    crawl(shop, HOST)
    assert [(hole.state, hole.recovered) for hole in holes(database)] == [(HoleState.filled, 1)]


def let_wait_pass(database) -> None:
    with database.writing() as session:
        for hole in session.exec(select(Hole)):
            hole.due_at = clock.real() - HOUR
            session.add(hole)
        session.commit()


def test_a_list_page_of_a_usual_length_that_ends_too_early_does_not_fill(
    database, tmp_path, desk_time
):
    later = MORNING + 12 * HOUR
    answers = {LIST: page(*(each / 2 for each in range(10)), base=later)}
    rolled_over(database, tmp_path, desk_time, answers, list_url=LIST, selectors=SELECTORS)
    (hole,) = holes(database)
    assert (hole.state, hole.reason) == (HoleState.failed, Reason.unreached)


def test_several_gaps_are_filled_by_one_walk_each_with_its_own(database, tmp_path, desk_time):
    source_id = make_pair(database)
    first, second = MORNING + 12 * HOUR, MORNING + 24 * HOUR
    down = FetchError(LIST, Reason.http_5xx, status=503)
    everything = page(1, 8, 13, 20, 21, 25, base=second)
    shop = make_workshop(
        database,
        tmp_path,
        {FEED: [rss(1), rss(1, base=first), rss(1, base=second)], LIST: [down, everything]},
    )
    crawl(shop, HOST)
    read_again(shop, database, desk_time, source_id, after=12 * HOUR)
    let_wait_pass(database)
    read_again(shop, database, desk_time, source_id, after=12 * HOUR)
    assert [(hole.state, hole.recovered) for hole in holes(database)] == [
        (HoleState.filled, 2),
        (HoleState.filled, 1),
    ]
    assert shop.web.pages().count(LIST) == 2


def test_a_list_that_moved_to_another_host_is_read_there(database, tmp_path, desk_time):
    later, there = MORNING + 12 * HOUR, "http://www.yunzhou.example/news/"
    moved = page(1, 3, 8, 13, base=later)
    answers = {LIST: Redirected(there), there: moved}
    shop, source_id = rolled_over(
        database, tmp_path, desk_time, answers, list_url=LIST, selectors=SELECTORS
    )
    crawl(shop, "www.yunzhou.example")
    (hole,) = holes(database)
    assert hole.state == HoleState.filled
    with database.reading() as session:
        assert session.get_one(Source, source_id).list_url == there


def test_a_list_that_goes_on_for_ever_is_named_as_not_read_to_the_windows_start(database, tmp_path):
    make_source(database, url=LIST, kind=SourceKind.list, selectors=SELECTORS)
    pages = {
        f"{LIST}?p={n}" if n else LIST: page(n / 10).replace(
            "</body>", f'<a href="/news/?p={n + 1}">下一页</a></body>'
        )
        for n in range(60)
    }
    crawl(make_workshop(database, tmp_path, pages), HOST)
    (hole,) = holes(database)
    assert (hole.cause, hole.after_at, hole.state) == (HoleCause.unread, OPENS, HoleState.open)


def test_reading_a_list_down_to_the_windows_start_settles_what_was_unread(
    database, tmp_path, desk_time
):
    source_id = make_source(database, url=LIST, kind=SourceKind.list, selectors=SELECTORS)
    shop = make_workshop(database, tmp_path, {LIST: [page(*range(20)), page(*range(20), 24 * 29)]})
    crawl(shop, HOST)
    assert [hole.cause for hole in holes(database)] == [HoleCause.unread]
    with database.writing() as session:
        session.get_one(Source, source_id).reached_back_to = None
        session.commit()
    read_again(shop, database, desk_time, source_id, after=HOUR)
    assert [hole.state for hole in holes(database)] == [HoleState.filled]


def test_a_gap_of_a_source_without_a_list_page_says_what_to_do(database, tmp_path, desk_time):
    rolled_over(database, tmp_path, desk_time, {})
    with database.writing() as session:
        hole = session.exec(select(Hole)).one()
        with pytest.raises(Conflict, match="没有列表页"):
            ledger.fill(session, hole, by=None, now=desk_time[0])
        ledger.dismiss(session, hole, by=None, now=desk_time[0])
        session.commit()
        publication, issue = (
            session.exec(select(Publication)).one(),
            session.exec(select(Issue)).one(),
        )
        assert ledger.window_ledger(session, publication, issue, desk_time[0]).complete
        with pytest.raises(Conflict):
            ledger.dismiss(session, hole, by=None, now=desk_time[0])
