"""The feed of published issues: closed at first, then for holders of a key or for all."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from editor.desk import exports, feed, issue_editions, issue_states, issues, items
from editor.desk.feed import Access, feed_of, list_published, open_feed
from editor.store.models import Event, IssueEdition, Item, Publication
from editor.workflow import IssueState
from tests.cast import NOW, chief_ada, make_issue, make_item, make_profile, make_publication

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


def take_back(session, issue) -> None:
    issue_states.set_state(
        session, issue, IssueState.editing, by=chief_ada(session), now=LATER, reason="漏了一篇"
    )


def correct(session, issue, at) -> None:
    """Take the issue back, add an item, change a headline, publish the second edition."""
    take_back(session, issue)
    first, second, _ = issues.sections_of(session, issue)
    make_item(session, first, headline="补上的一篇")
    (wrong,) = session.exec(select(Item).where(Item.section_id == second.id)).all()
    items.remove_item(session, wrong, by=None, now=LATER)
    for state in (IssueState.locked, IssueState.published):
        issue_states.set_state(session, issue, state, by=chief_ada(session), now=at)


def test_what_was_published_stays_published_while_it_is_corrected(session, home, issue):
    publish(session, issue)
    files = [export(session, issue, format, issue.published_digest) for format in ("web", "pdf")]
    before = list_published(session, home)
    take_back(session, issue)
    make_item(session, issues.sections_of(session, issue)[0], headline="补上的一篇")
    export(session, issue, "epub", "d" * 64)
    session.get(Publication, home.id).profile = make_profile(
        cover={"label_lines": ["改了的期号"]}
    ).model_dump(mode="json")
    session.flush()
    (listed,) = list_published(session, home)
    assert listed == before[0]
    assert listed.files == {"web": files[0], "pdf": files[1]}
    found = feed.find_published(session, home, issue.total_number)
    assert found is issue and feed.files_of(session, issue) == listed.files


def test_a_corrected_edition_takes_the_place_of_the_one_before(session, home, issue):
    publish(session, issue)
    export(session, issue, "web", issue.published_digest)
    later = LATER + timedelta(days=3)
    correct(session, issue, later)
    (listed,) = list_published(session, home)
    assert (listed.edition, listed.published_at, listed.updated_at) == (2, LATER, later)
    assert listed.contents == (("热点关注", ("青屿区渡口恢复通航", "补上的一篇")),)
    assert listed.files == {}
    corrected = export(session, issue, "web", issue.published_digest)
    assert list_published(session, home)[0].files == {"web": corrected}


def test_a_correction_is_told_once_its_changes_are_known(session, home, issue):
    publish(session, issue)
    correct(session, issue, LATER)
    assert list_published(session, home)[0].corrected == ()
    (second,) = session.exec(select(IssueEdition).where(IssueEdition.number == 2)).all()
    issue_editions.settle(session, second.id, [], {})
    session.flush()
    assert list_published(session, home)[0].corrected == ("补上的一篇",)
    take_back(session, issue)
    assert list_published(session, home)[0].corrected == ("补上的一篇",)
    assert list_published(session, home)[0].edition == 2


def test_what_an_earlier_release_published_is_kept_when_it_is_taken_back(session, home, issue):
    publish(session, issue)
    for row in session.exec(select(IssueEdition)).all():
        session.delete(row)
    issue.published_digest, issue.published_at = "", None
    session.flush()
    take_back(session, issue)
    make_item(session, issues.sections_of(session, issue)[0], headline="补上的一篇")
    (listed,) = list_published(session, home)
    assert (listed.edition, listed.published_at) == (1, LATER)
    assert listed.contents[0] == ("热点关注", ("青屿区渡口恢复通航",))


def test_an_issue_published_without_an_item_is_not_offered_once_taken_back(session, home):
    empty = make_issue(session, home)
    publish(session, empty)
    take_back(session, empty)
    assert list_published(session, home) == []
    assert feed.find_published(session, home, empty.total_number) is None


def test_a_list_of_issues_costs_four_queries_however_long(session, home):
    for number in range(3):
        opened = make_issue(session, home)
        make_item(session, issues.sections_of(session, opened)[0])
        publish(session, opened)
        export(session, opened, ("web", "pdf", "epub")[number], opened.published_digest)
    seen: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    listed = list_published(session, home)
    assert len(seen) <= 4
    assert [list(each.files) for each in listed] == [["epub"], ["pdf"], ["web"]]
