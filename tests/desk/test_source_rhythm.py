"""A source's month day by day, and when it is strangely quiet."""

from datetime import date, timedelta

import pytest

from editor.desk import source_health, source_rhythm
from editor.desk.source_rhythm import patience, usual_pause
from editor.store.models import Entry, Fetch
from editor.text.urls import url_hash
from editor.workflow import Outcome
from tests import cast

DAY = timedelta(days=1)


def days(*numbers: int) -> list[date]:
    return [date(2026, 6, 1) + number * DAY for number in numbers]


@pytest.mark.parametrize("known, usual", [
    ([], None),
    (days(0, 1, 2, 3), None),
    (days(0, 1, 2, 3, 4), DAY),
    (days(0, 7, 14, 21, 28), 7 * DAY),
    (days(*range(20), 34), DAY),
    (days(0, 0, 1, 2, 3, 6, 7, 8, 9, 10, 13), 3 * DAY),
])  # fmt: skip
def test_the_usual_pause_leaves_out_one_exception_in_ten(known, usual):
    assert usual_pause(known) == usual


@pytest.mark.parametrize("usual, waits", [(None, 7), (DAY, 3), (3 * DAY, 9), (7 * DAY, 21)])
def test_three_usual_pauses_are_nothing_strange(usual, waits):
    assert patience(usual) == waits * DAY


def fetch(session, source, ago: timedelta, outcome: Outcome = Outcome.ok, new: int = 0) -> None:
    moment = cast.NOW - ago
    session.add(
        Fetch(source_id=source.id, url=source.url, outcome=outcome, new=new, fetched_at=moment)
    )
    session.flush()


def entry(session, source, ago: timedelta) -> None:
    url = f"https://daily.yunzhou.example/{source.id}/{ago.days}.html"
    session.add(
        Entry(
            publication_id=source.publication_id,
            source_id=source.id,
            url=url,
            url_hash=url_hash(url),
            fetch_url=url,
            host="daily.yunzhou.example",
            published_at=cast.NOW - ago,
        )
    )
    session.flush()


def health_of(session, source):
    home = cast.find_or_make_publication(session)
    (found,) = source_health.health(session, home, cast.NOW, only=source)
    return found


@pytest.fixture
def source(session):
    return cast.make_source(session, last_ok_at=cast.NOW)


def test_a_day_shows_the_best_of_its_readings_in_the_publications_zone(session, source):
    fetch(session, source, timedelta(hours=1), Outcome.failed)
    fetch(session, source, timedelta(hours=2), Outcome.not_modified)
    # half past eight in Shanghai is the ninth, though it is still the eighth in London
    fetch(session, source, timedelta(days=1, hours=1), Outcome.ok, new=3)
    fetch(session, source, timedelta(days=2), Outcome.refused)
    fetch(session, source, timedelta(days=3), Outcome.empty)
    home = cast.find_or_make_publication(session)
    shown = source_rhythm.month(session, home, source, cast.NOW)
    assert len(shown) == 30 and shown[-1].date == date(2026, 7, 10)
    assert [day.tone for day in shown[-5:]] == ["none", "empty", "failed", "ok", "same"]
    assert (shown[-2].date, shown[-2].new) == (date(2026, 7, 9), 3)
    assert shown[-1].failed == 1
    assert health_of(session, source).tones == tuple(day.tone for day in shown)


@pytest.mark.parametrize("published, quiet", [
    (range(2, 20), False),
    (range(4, 20), True),
    (range(6, 60, 7), False),
    (range(25, 80, 7), True),
    ([6], False),
    ([8], True),
])  # fmt: skip
def test_quiet_is_measured_by_the_sources_own_rhythm(session, source, published, quiet):
    for ago in published:
        entry(session, source, ago * DAY)
    assert health_of(session, source).quiet is quiet


def test_an_entry_dated_next_year_does_not_keep_a_source_awake(session, source):
    entry(session, source, -300 * DAY)
    fetch(session, source, 12 * DAY, new=1)
    assert health_of(session, source).quiet


@pytest.mark.parametrize("state", [{"failures": 2}, {"paused_at": cast.NOW}, {"last_ok_at": None}])
def test_what_fails_or_rests_is_not_called_quiet(session, source, state):
    entry(session, source, 50 * DAY)
    for name, value in state.items():
        setattr(source, name, value)
    session.flush()
    assert not health_of(session, source).quiet
