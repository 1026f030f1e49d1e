"""The window ledger's lines, and what comes in after the lock."""

from datetime import timedelta

import pytest

from editor.desk import candidates, issue_states, ledger
from editor.desk.queue import QueueFilter, counts, queue_page
from editor.errors import Reason
from editor.store.models import Entry, Fetch, Hole, Publication
from editor.workflow import EntryState, HoleCause, HoleState, IssueState, Outcome, SourceKind
from tests import cast

HOUR = timedelta(hours=1)


@pytest.fixture
def issue(session):
    return cast.make_issue(session)


@pytest.fixture
def publication(session, issue):
    return session.get_one(Publication, issue.publication_id)


def make_source(session, publication, name, **changes):
    values = {"name": name, "url": f"http://{name}.example/feed", "last_ok_at": cast.NOW}
    source = cast.make_source(session, publication, **(values | changes))
    session.flush()
    return source


def make_hole(session, source, **changes):
    after = cast.NOW - 30 * HOUR
    values = {"after_at": after, "before_at": after + 10 * HOUR, "cause": HoleCause.rolled_over}
    session.add(Hole(source_id=source.id, **(values | changes)))
    session.flush()


def read(session, publication, issue):
    found = ledger.window_ledger(session, publication, issue, cast.NOW)
    return found, {line.source.name: line for line in found.lines}


def test_each_source_has_a_state_of_its_own(session, publication, issue):
    make_source(session, publication, "a")
    make_hole(session, make_source(session, publication, "b"))
    make_source(session, publication, "c", failures=3, last_reason=Reason.http_5xx)
    make_source(session, publication, "d", last_ok_at=None)
    make_source(session, publication, "e", paused_at=cast.NOW)
    make_source(session, publication, "f", kind=SourceKind.manual, last_ok_at=None)
    make_hole(session, make_source(session, publication, "g"), cause=HoleCause.unread)
    found, lines = read(session, publication, issue)
    states = ["complete", "gaps", "failing", "unread", "paused", "manual", "unread"]
    assert [lines[name].state for name in "abcdefg"] == states
    assert (found.complete, found.open_holes, found.failing, found.unread) == (False, 2, 1, 2)


def test_a_gap_that_is_filled_or_outside_the_window_spoils_nothing(session, publication, issue):
    source = make_source(session, publication, "a")
    make_hole(session, source, state=HoleState.filled)
    long_ago = issue.opens_at - 40 * HOUR
    make_hole(session, source, after_at=long_ago, before_at=issue.opens_at)
    found, lines = read(session, publication, issue)
    assert found.complete
    assert [hole.state for hole in lines["a"].holes] == [HoleState.filled]


def test_one_failure_that_is_being_tried_again_is_no_stretch_of_failures(
    session, publication, issue
):
    make_source(session, publication, "a", failures=1, last_reason=Reason.timeout)
    make_source(session, publication, "b", failures=1, last_reason=Reason.http_404)
    _, lines = read(session, publication, issue)
    assert lines["a"].failing_since is None
    assert lines["b"].failing_since == cast.NOW


def test_readings_are_counted_by_how_they_ended(session, publication, issue):
    source = make_source(session, publication, "a")
    for hours, outcome in ((5, Outcome.ok), (4, Outcome.not_modified), (3, Outcome.failed)):
        at = cast.NOW - hours * HOUR
        session.add(Fetch(source_id=source.id, url=source.url, outcome=outcome, fetched_at=at))
    early = issue.opens_at - HOUR
    session.add(Fetch(source_id=source.id, url="x", outcome=Outcome.ok, fetched_at=early))
    session.flush()
    line = read(session, publication, issue)[1]["a"]
    assert (line.tried, line.ok, line.unchanged, line.failed) == (3, 1, 1, 1)
    assert (line.first_at, line.last_at) == (cast.NOW - 5 * HOUR, cast.NOW - 3 * HOUR)


def test_what_comes_after_the_lock_lies_in_the_late_tray_until_the_issue_reopens(
    session, publication, issue
):
    source = make_source(session, publication, "a")
    old, new = (
        cast.make_candidate(session, publication, source_id=source.id, seen_at=cast.NOW + n * HOUR)
        for n in (-1, 1)
    )
    for state in (IssueState.editing, IssueState.locked):
        issue_states.set_state(session, issue, state, by=None, now=cast.NOW)
    session.flush()
    page = queue_page(session, publication, issue, QueueFilter(tray="late"))
    assert [row.id for row in page.rows] == [new.id]
    assert counts(session, publication, issue)["late"]["all"] == 1
    assert ledger.window_ledger(session, publication, issue, cast.NOW + 2 * HOUR).late == 1
    issue_states.set_state(
        session, issue, IssueState.editing, by=None, now=cast.NOW, reason="补一条"
    )
    assert issue.locked_at is None
    assert queue_page(session, publication, issue, QueueFilter(tray="late")).total == 0
    assert old.id != new.id and candidates.TRAYS[1] == "late"


def test_a_source_not_read_since_before_the_windows_end_is_not_complete(
    session, publication, issue
):
    before, after = issue.closes_at - HOUR, issue.closes_at + HOUR
    make_source(session, publication, "a", last_ok_at=before)
    make_source(session, publication, "b", last_ok_at=after)
    found = ledger.window_ledger(session, publication, issue, after + HOUR)
    assert [line.state for line in found.lines] == ["behind", "complete"]
    assert (found.complete, found.behind) == (False, 1)


def test_while_the_window_is_open_a_source_long_overdue_is_not_complete(
    session, publication, issue
):
    last = cast.NOW - 5 * HOUR
    make_source(session, publication, "a", last_ok_at=last, next_run_at=cast.NOW - 2 * HOUR)
    make_source(session, publication, "b", last_ok_at=last, next_run_at=cast.NOW + HOUR)
    make_source(session, publication, "c", last_ok_at=last, next_run_at=cast.NOW)
    _, lines = read(session, publication, issue)
    assert [lines[name].state for name in "abc"] == ["behind", "complete", "complete"]
    early = ledger.window_ledger(session, publication, issue, issue.opens_at - HOUR)
    assert early.behind == 0


def test_articles_that_could_not_be_had_are_counted_with_their_source_and_pasted_ones_too(
    session, publication, issue
):
    source = make_source(session, publication, "a")
    for number, (of, at) in enumerate((
        (source.id, cast.NOW), (None, None), (source.id, issue.opens_at - HOUR),
    )):  # fmt: skip
        url = f"http://yunzhou.example/{number}"
        session.add(Entry(
            publication_id=publication.id, source_id=of, url=url, url_hash=str(number),
            fetch_url=url, host="yunzhou.example", published_at=at,
            state=EntryState.failed, reason=Reason.http_404,
        ))  # fmt: skip
    session.flush()
    found, lines = read(session, publication, issue)
    assert (lines["a"].lost, found.lost) == (1, 2)
