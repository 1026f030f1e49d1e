"""When a source is read next (pure)."""

from datetime import UTC, datetime, timedelta

import pytest

from workers.crawling.pace import JITTER, Bounds, Seen, asked_minutes, next_pause, per_minute

NOON = datetime(2026, 7, 10, 12, tzinfo=UTC)
USUAL = Bounds(60, 360)
HALF_DAY = timedelta(hours=12)


def every(minutes: int, count: int) -> tuple[datetime, ...]:
    return tuple(NOON - timedelta(minutes=minutes * n) for n in range(count))


def pause(shown, *, fresh=0, bounds=USUAL, before=None, asked=0, key="1", count=None):
    seen = Seen(shown, len(shown) if count is None else count, fresh, HALF_DAY)
    return next_pause(seen, bounds, before=before, asked=asked, key=key, now=NOON)


def test_a_busy_feed_of_fifteen_is_read_before_half_of_it_is_gone():
    shown = every(30, 15)
    assert 60 <= pause(shown) <= 15 * 30 / 2


@pytest.mark.parametrize("minutes", [2, 10, 20, 45, 90])
def test_no_more_than_a_few_new_entries_are_awaited_unless_the_shortest_pause_is_longer(minutes):
    found = pause(every(minutes, 15))
    assert found <= max(60, minutes * 4 + 1)


def test_a_source_that_wrote_nothing_for_a_week_is_read_at_the_longest_pause_in_the_end():
    old = tuple(moment - timedelta(days=30) for moment in every(60, 15))
    pauses = [60]
    for _ in range(8):
        pauses.append(pause(old, before=pauses[-1]))
    assert 360 * (1 - JITTER) <= pauses[-1] <= 360


def test_what_the_server_asks_is_a_floor_even_over_the_longest_but_not_for_ever():
    assert pause(every(10, 15), asked=90) == 90
    assert pause(every(10, 15), asked=600) == 600
    assert pause(every(10, 15), asked=365 * 24 * 60) == 24 * 60


def test_jitter_only_shortens_and_follows_from_the_source_and_the_time():
    week = every(60 * 24 * 2, 3)
    pauses = {pause(week, key=str(number)) for number in range(50)}
    assert len(pauses) > 10
    assert 360 * (1 - JITTER) <= min(pauses) <= max(pauses) <= 360
    assert pause(week, key="7") == pause(week, key="7")


def test_a_longest_pause_below_the_shortest_gives_way():
    assert pause(every(2000, 3), bounds=Bounds(720, 360)) == 720


def test_new_entries_without_dates_count_by_when_they_came():
    seen = Seen((), 20, 24, HALF_DAY)
    assert per_minute(seen, NOON) == pytest.approx(24 / 720)


@pytest.mark.parametrize(
    "header, ttl, minutes",
    [("max-age=1800", None, 30), ("public, max-age=90", 60, 60), ("no-cache", None, 0),
     ("s-maxage=600", None, 0), ("", 45, 45)],
)  # fmt: skip
def test_the_feeds_ttl_and_the_servers_cache_time_are_what_it_asks(header, ttl, minutes):
    assert asked_minutes({"cache-control": header}, ttl) == minutes
