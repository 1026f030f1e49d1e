"""The feed of published issues: closed at first, then for holders of a key or for all."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from editor.desk import exports, feed, issue_states, issues
from editor.desk.feed import Access, feed_of, list_published, open_feed
from editor.store.models import Event
from editor.workflow import IssueState
from tests.cast import NOW, chief_ada, make_issue, make_item, make_publication

LATER = NOW + timedelta(days=6)


@pytest.fixture
def home(session):
    return make_publication(session)


@pytest.fixture
def issue(session, home):
    opened = make_issue(session, home)
    first, second, _ = issues.sections_of(session, opened)
    make_item(session, first, headline="青屿区渡口恢复通航")
    make_item(session, second, headline="临澜轨道交通四号线贯通")
    return opened


def publish(session, issue) -> None:
    """Take the issue through its states."""
    ada = chief_ada(session)
    for state in (IssueState.editing, IssueState.locked, IssueState.published):
        issue_states.set_state(session, issue, state, by=ada, now=LATER)


def export(session, issue, format: str, digest: str):
    """Return a finished export of this digest."""
    row = exports.request_export(session, issue, format, by=None, now=NOW)
    exports.claim(session, row.id)
    exports.finish(session, row, asset="ab" * 32, size=9, digest=digest, result={}, findings=[])
    return row


def test_a_feed_is_closed_until_the_office_opens_it(session, home):
    closed = feed_of(session, home)
    assert closed.access is Access.off
    assert not closed.admits("") and not closed.admits("x")


def test_a_key_admits_its_holders_and_a_new_one_shuts_them_out(session, home):
    first = open_feed(session, home, Access.key, by=chief_ada(session), now=NOW)
    assert len(first.key) >= 32
    assert first.admits(first.key)
    assert not first.admits("") and not first.admits(first.key[:-1])
    kept = open_feed(session, home, Access.key, by=None, now=NOW)
    assert kept.key == first.key
    second = open_feed(session, home, Access.key, new_key=True, by=None, now=NOW)
    assert not feed_of(session, home).admits(first.key) and second.admits(second.key)


def test_an_open_feed_asks_for_no_key_and_closing_it_shuts_everybody_out(session, home):
    assert open_feed(session, home, Access.open, by=None, now=NOW).admits("")
    assert not open_feed(session, home, Access.off, by=None, now=NOW).admits("")


def test_opening_is_on_record_without_the_key(session, home):
    opened = open_feed(session, home, Access.key, by=chief_ada(session), now=NOW)
    (row,) = session.exec(select(Event).where(Event.verb == "open_feed")).all()
    assert row.before == {"access": "off"}
    assert row.after == {"access": "key", "new_key": True}
    assert opened.key not in str(row.model_dump())


def test_only_published_issues_are_listed_with_their_headlines_by_section(session, home, issue):
    assert list_published(session, home) == []
    publish(session, issue)
    (listed,) = list_published(session, home)
    assert listed.published_at == LATER
    assert listed.contents == (
        ("热点关注", ("青屿区渡口恢复通航",)),
        ("国内动态", ("临澜轨道交通四号线贯通",)),
    )


def test_only_files_of_what_was_published_are_offered(session, home, issue):
    draft = export(session, issue, "pdf", "0" * 64)
    publish(session, issue)
    for format in ("web", "docx", "wechat", "epub"):
        export(session, issue, format, issue.published_digest)
    (listed,) = list_published(session, home)
    assert list(listed.files) == ["web", "epub"]
    assert draft.id not in {row.id for row in listed.files.values()}


def test_an_issue_taken_back_leaves_the_feed_until_its_next_edition(session, home, issue):
    publish(session, issue)
    ada = chief_ada(session)
    issue_states.set_state(session, issue, IssueState.editing, by=ada, now=LATER, reason="漏了一篇")
    assert list_published(session, home) == []
    assert feed.find_published(session, home, issue.total_number) is None
    before = issue.published_digest
    make_item(session, issues.sections_of(session, issue)[0], headline="补上的一篇")
    for state in (IssueState.locked, IssueState.published):
        issue_states.set_state(session, issue, state, by=ada, now=LATER)
    assert issue.published_digest != before
    assert "补上的一篇" in str(list_published(session, home)[0].contents)


def test_a_list_of_issues_costs_three_queries_however_long(session, home):
    for number in range(3):
        opened = make_issue(session, home)
        make_item(session, issues.sections_of(session, opened)[0])
        publish(session, opened)
        export(session, opened, ("web", "pdf", "epub")[number], opened.published_digest)
    seen: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    listed = list_published(session, home)
    assert len(seen) <= 3
    assert [list(each.files) for each in listed] == [["epub"], ["pdf"], ["web"]]
