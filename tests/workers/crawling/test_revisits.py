"""Looking at a page again: changed, unchanged, gone, moved; who asks for it and when."""

from datetime import timedelta

import pytest
from sqlmodel import select

from editor import clock
from editor.desk import sources, updates
from editor.errors import FetchError, Reason
from editor.store.models import Candidate, Capture, Entry, Fetch, Source
from editor.text.document import body_text
from editor.workflow import CandidateState, EntryState, IssueState, Outcome, SourceKind
from tests import cast
from tests.workers.candidates.test_ingest import (
    HOST,
    MORE,
    TEXT,
    article,
    collect,
    crawl,
    decide,
    rows,
    shop,
    url,
    work_off,
)
from workers.crawling.revisits import retitled
from workers.timetable import ring_due

__all__ = ["shop"]
PAGE = url("/1.html")
DAY = timedelta(days=1)
LIST = url("/news/")


@pytest.fixture(autouse=True)
def july():
    """It is `cast.NOW` at the desk when a test begins, and time goes on."""
    later(timedelta())
    yield
    clock.follow(clock._no_offset)


@pytest.fixture
def seen(shop):
    """Give an entry that has become a candidate, of an open issue."""
    with shop.database.writing() as session:
        cast.make_issue(session)
        session.commit()
    shop.web.answers[PAGE] = {"body": article(), "etag": '"1"'}
    (entry,) = collect(shop, PAGE)
    return entry


def later(span: timedelta) -> None:
    begun = clock.real()
    clock.follow(lambda: cast.NOW + span - begun)


def look(shop, answer=None) -> Candidate:
    """Ask for the page once more, as an editor does, and work everything off."""
    if answer is not None:
        shop.web.answers[PAGE] = answer
    with shop.database.writing() as session:
        candidate = session.exec(select(Candidate)).one()
        updates.look_again(session, candidate, by=None, now=clock.now())
        session.commit()
    crawl(shop, HOST)
    work_off(shop)
    return rows(shop, Candidate)[0]


def state_of(shop) -> tuple[EntryState, str]:
    entry = rows(shop, Entry)[0]
    return entry.state, entry.reason


def last_fetch(shop) -> Fetch:
    return rows(shop, Fetch)[-1]


def test_a_page_that_answers_not_modified_or_with_the_same_bytes_is_left_alone(shop, seen):
    assert look(shop).text_version == 1
    assert (last_fetch(shop).outcome, last_fetch(shop).http_status) == (Outcome.not_modified, 304)
    look(shop, article())
    assert (last_fetch(shop).outcome, last_fetch(shop).http_status) == (Outcome.not_modified, 200)
    assert len(rows(shop, Capture)) == 1


def test_a_changed_page_is_captured_and_becomes_an_update(shop, seen):
    candidate = look(shop, {"body": article(MORE), "etag": '"2"'})
    assert (candidate.text_version, MORE in body_text(candidate.blocks)) == (2, True)
    assert len(rows(shop, Capture)) == 2
    assert state_of(shop) == (EntryState.done, "")
    assert rows(shop, Entry)[0].etag == '"2"'


@pytest.mark.parametrize("reason", [Reason.http_404, Reason.timeout, Reason.robots])
def test_a_look_that_fails_loses_nothing_and_is_told(shop, seen, reason):
    candidate = look(shop, FetchError(PAGE, reason))
    assert TEXT in body_text(candidate.blocks)
    assert state_of(shop) == (EntryState.done, reason)
    assert last_fetch(shop).reason == reason
    with shop.database.reading() as session:
        last = updates.last_look(session, candidate)
    assert (last.reason, last.gone) == (reason, reason == Reason.http_404)
    look(shop, article())
    with shop.database.reading() as session:
        assert updates.last_look(session, candidate) is None


def test_an_article_that_its_publisher_deleted_keeps_its_candidate(shop, seen):
    page = "<html><body><p>该内容已被发布者删除</p></body></html>"
    candidate = look(shop, page)
    assert TEXT in body_text(candidate.blocks)
    state, reason = state_of(shop)
    assert state == EntryState.done and reason


def test_a_page_that_moved_to_another_host_is_looked_at_there(shop, seen):
    from workers.crawling.fetch import Redirected

    target = "http://new.yunzhou.example/1.html"
    shop.web.answers[target] = article(MORE)
    candidate = look(shop, Redirected(target))
    assert candidate.text_version == 2
    assert state_of(shop) == (EntryState.done, "")


def test_a_page_that_moved_and_is_not_there_keeps_its_candidate(shop, seen):
    from workers.crawling.fetch import Redirected

    look(shop, Redirected("http://new.yunzhou.example/1.html"))
    assert state_of(shop) == (EntryState.done, Reason.http_404)


@pytest.mark.parametrize("state, watched", [
    (CandidateState.new, False), (CandidateState.shortlisted, True), (CandidateState.spiked, False),
])  # fmt: skip
def test_what_is_shortlisted_is_looked_at_once_a_day(shop, seen, state, watched):
    decide(shop, state)
    ring_due(shop)
    crawl(shop, HOST)
    assert shop.web.pages() == [PAGE]
    for day in (1, 2):
        later(day * DAY)
        ring_due(shop)
        crawl(shop, HOST)
        assert len(shop.web.pages()) == 1 + watched * day


def test_once_the_issue_is_locked_nobody_looks_any_more(shop, seen):
    decide(shop, CandidateState.shortlisted)
    ring_due(shop)
    with shop.database.writing() as session:
        issue = cast.issues.find_current_issue(
            session, cast.find_or_make_publication(session), cast.NOW
        )
        issue.state = IssueState.locked
        session.commit()
    for day in (1, 2, 3):
        later(day * DAY)
        ring_due(shop)
        crawl(shop, HOST)
    # the look that was due already is made, none after it
    assert len(shop.web.pages()) == 2


def test_a_round_makes_the_looks_that_are_due_and_waits_for_them(shop, seen):
    decide(shop, CandidateState.shortlisted)
    later(DAY)
    with shop.database.writing() as session:
        source = cast.make_source(
            session, kind=SourceKind.list, url=LIST, host=HOST, selectors={"item": "li"}
        )
        run = sources.crawl_now(
            session, [source], trigger="command", issue=None, by=None, now=clock.now()
        )
        session.commit()
    shop.web.answers |= {LIST: listing("东港码头改造完工"), PAGE: article(MORE)}
    with shop.database.reading() as session:
        assert not sources.run_progress(session, run).finished
    crawl(shop, HOST)
    work_off(shop)
    with shop.database.reading() as session:
        assert sources.run_progress(session, run).finished
    assert rows(shop, Candidate)[0].text_version == 2


# --- what a listing says -------------------------------------------------------------------------


def listing(title: str, day: str = "2026-07-09") -> str:
    return f'<html><body><ul><li><a href="/1.html">{title}</a><i>{day}</i></li></ul></body></html>'


def read_list(shop, page: str) -> list[str]:
    """Read the list again; returns the pages that were asked for on the way."""
    shop.web.answers[LIST] = page
    with shop.database.writing() as session:
        source = session.exec(select(Source)).first()
        if source is None:
            source = cast.make_source(
                session, kind=SourceKind.list, url=LIST, host=HOST, selectors={"item": "li"}
            )
        source.next_run_at, source.body_hash = clock.now() - timedelta(hours=1), ""
        session.commit()
    before = len(shop.web.asked)
    crawl(shop, HOST)
    work_off(shop)
    return [each for each in shop.web.asked[before:] if each == PAGE]


def test_a_new_title_in_the_list_makes_the_page_be_looked_at_once(shop):
    shop.web.answers[PAGE] = article()
    assert read_list(shop, listing("东港码头改造完工")) == [PAGE]
    assert read_list(shop, listing("东港码头改造完工")) == []
    shop.web.answers[PAGE] = article(MORE)
    assert read_list(shop, listing("东港码头提前一月完工")) == [PAGE]
    assert rows(shop, Candidate)[0].text_version == 2
    assert read_list(shop, listing("东港码头提前一月完工")) == []
    assert read_list(shop, listing("东港码头提前…")) == []


def test_a_later_date_in_the_list_makes_the_page_be_looked_at_once(shop):
    shop.web.answers[PAGE] = article()
    read_list(shop, listing("东港码头改造完工"))
    later(2 * DAY)
    assert read_list(shop, listing("东港码头改造完工", "2026-07-12")) == [PAGE]
    assert read_list(shop, listing("东港码头改造完工", "2026-07-12")) == []


def test_a_sitemap_says_when_a_page_was_changed(shop):
    shop.web.answers[PAGE] = article()
    with shop.database.writing() as session:
        cast.make_source(session, kind=SourceKind.sitemap, url=LIST, host=HOST)
        session.commit()
    assert read_list(shop, sitemap("2026-07-09T08:00:00+08:00")) == [PAGE]
    later(DAY)
    assert read_list(shop, sitemap("2026-07-10T20:00:00+08:00")) == [PAGE]
    assert read_list(shop, sitemap("2026-07-10T20:00:00+08:00")) == []


def sitemap(changed: str) -> str:
    return (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<url><loc>{PAGE}</loc><lastmod>{changed}</lastmod></url></urlset>"
    )


@pytest.mark.parametrize("before, now, other", [
    ("东港码头改造完工", "东港码头改造完工", False), ("东港码头改造…", "东港码头改造完工", False),
    ("东港码头改造完工", "东港码头 改造...", False), ("东港码头改造完工", "", False),
    ("东港码头改造完工", "东港码头提前完工", True),
])  # fmt: skip
def test_another_title_is_not_the_same_one_cut(before, now, other):
    assert retitled(before, now) is other
