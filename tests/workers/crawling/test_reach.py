"""How far back a listing reaches, and whether it leaves a gap (pure)."""

from datetime import UTC, datetime, timedelta

import pytest

from workers.crawling.reach import Past, Shown, Stretch, first_was_cut, in_order, looks_cut, unseen
from workers.values import DateFound

NOON = datetime(2026, 7, 10, 12, tzinfo=UTC)
OPENS = NOON - timedelta(days=9)


def at(hours_ago: float, *, known: bool = False, precision: str = "second") -> Shown:
    moment = NOON - timedelta(hours=hours_ago)
    return Shown(DateFound(moment, "feed", precision), known)  # type: ignore[arg-type]


UNDATED = Shown(None, known=False)
EARLIER = Past(NOON - timedelta(hours=12), NOON - timedelta(hours=40), 15, 15)


def gap(shown, past=EARLIER, opens_at=OPENS):
    return unseen(shown, past, opens_at=opens_at, now=NOON)


def test_a_feed_of_which_nothing_was_seen_before_leaves_a_gap_since_the_last_reading():
    shown = [at(hours) for hours in range(9)]
    expected = Stretch(NOON - timedelta(hours=12), NOON - timedelta(hours=8))
    assert gap(shown) == expected


def test_a_feed_that_reaches_back_leaves_none():
    assert gap([at(1), at(5), at(12)]) is None
    assert gap([at(1), at(5, known=True)]) is None


def test_what_is_pinned_on_top_does_not_make_up_for_what_rolled_over():
    shown = [at(1), at(2), at(30, known=True), at(3), at(8)]
    expected = Stretch(NOON - timedelta(hours=12), NOON - timedelta(hours=8))
    assert gap(shown) == expected


def test_a_known_entry_dated_anew_is_no_sign_that_the_feed_reaches_back():
    shown = [at(1), at(2), at(0, known=True), at(3), at(8)]
    assert gap(shown) == Stretch(NOON - timedelta(hours=12), NOON - timedelta(hours=8))


def test_undated_entries_among_dated_ones_are_passed_over():
    assert gap([at(1), UNDATED, at(8), UNDATED]) is not None
    assert gap([at(1), UNDATED, at(13), UNDATED]) is None


def test_of_several_entries_of_the_oldest_day_one_that_is_known_is_enough():
    day = [at(36, precision="day"), at(36, known=True, precision="day")]
    assert gap([*day, at(0), at(0)], Past(NOON - timedelta(hours=24), day[0].at, 3, 3)) is None


def test_a_short_feed_with_pinned_entries_is_not_read_backwards():
    shown = [at(1), at(1), at(0), at(0), at(90, known=True)]
    assert gap(shown) is None


def test_a_listing_that_begins_with_the_oldest_is_read_from_its_other_end():
    shown = [at(hours) for hours in (8, 5, 3, 1)]
    assert [entry.at for entry in in_order(shown)] == [at(h).at for h in (1, 3, 5, 8)]


def test_a_listing_without_an_order_is_sorted():
    shown = [at(hours) for hours in (4, 9, 1, 7, 3, 8, 2, 6)]
    assert [entry.at for entry in in_order(shown)] == sorted(
        (entry.at for entry in shown), reverse=True
    )


def test_where_only_the_day_is_known_the_gap_may_last_until_its_end():
    shown = [at(1), at(8, precision="day")]
    assert gap(shown) == Stretch(NOON - timedelta(hours=12), NOON)


@pytest.mark.parametrize("count, cut", [(9, False), (10, True), (13, False), (15, True)])
def test_a_first_reading_leaves_a_gap_only_at_a_number_at_which_feeds_are_cut(count, cut):
    shown = [at(hours) for hours in range(count)]
    found = gap(shown, Past())
    assert looks_cut(count) == cut
    assert (found == Stretch(OPENS, NOON - timedelta(hours=count - 1), guessed=True)) == cut
    assert (found is None) != cut


def test_a_feed_that_was_empty_until_now_is_measured_like_a_first_reading():
    assert gap([at(1), at(2)], Past(NOON - timedelta(hours=12))) is None


def test_an_undated_feed_is_a_gap_when_hardly_anything_of_it_is_known():
    pinned = Shown(None, known=True)
    assert gap([pinned] + [UNDATED] * 9) == Stretch(NOON - timedelta(hours=12), NOON)
    assert gap([UNDATED] * 5 + [pinned] * 5) is None
    assert gap([UNDATED] * 5, Past()) is None


def test_a_feed_that_drops_entries_at_its_first_number_was_cut_from_the_beginning():
    first = NOON - timedelta(days=3)
    past = Past(NOON - timedelta(hours=12), first, 13, 13, first)
    shown = [at(hours) for hours in range(13)]
    assert first_was_cut(shown, past, opens_at=OPENS) == (OPENS, first)
    assert first_was_cut(shown[:12], past, opens_at=OPENS) is None
