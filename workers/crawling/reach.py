"""How far back a listing reaches: whether it meets what was seen before, or leaves a gap; pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from workers.values import DateFound

# Feeds are cut at round numbers: 10, 15, 20, 30, 50 …
FEWEST_CUT = 10
FEWEST_LEARNT = 5
CUT_STEP = 5
MOSTLY = 0.6
PINNED = 0.2
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shown:
    """An entry where the listing shows it; `known` when it was here before this reading."""

    published: DateFound | None
    known: bool

    @property
    def at(self) -> datetime | None:
        """Return its date, None without one."""
        return self.published.moment if self.published else None


@dataclass(frozen=True)
class Past:
    """What the earlier readings of a listing showed.

    `read_at` is the last good one's moment, `oldest` the oldest date in any, `most` the largest
    number of entries at once; `first_count` and `first_oldest` are the first reading's.
    """

    read_at: datetime | None = None
    oldest: datetime | None = None
    most: int = 0
    first_count: int = 0
    first_oldest: datetime | None = None


@dataclass(frozen=True)
class Stretch:
    """A time of which a listing was not seen; `guessed` when only its length speaks for it."""

    after: datetime
    before: datetime
    guessed: bool = False


def in_order(shown: Sequence[Shown]) -> tuple[Shown, ...]:
    """Return the dated entries that follow the listing's order, newest first.

    What stands elsewhere (pinned on top, or moved there by a correction) is left out: it tells
    nothing about how far the listing reaches. A listing without an order is sorted.
    """
    dated = [(entry.published.moment, entry) for entry in shown if entry.published]
    if not dated:
        return ()
    moments = [moment for moment, _ in dated]
    falling = _longest_rise([-moment.timestamp() for moment in moments])
    rising = _longest_rise([moment.timestamp() for moment in moments])
    # newest first is the rule; a short feed with pinned entries can look like the reverse
    best = falling if len(falling) >= MOSTLY * len(dated) else rising[::-1]
    if len(best) < MOSTLY * len(dated):
        ranked = sorted(dated, key=lambda pair: pair[0], reverse=True)
        return tuple(entry for _, entry in ranked)
    return tuple(dated[place][1] for place in best)


def dates_in_order(dates: Iterable[DateFound | None]) -> tuple[datetime, ...]:
    """Return the dates that follow the listing's order, newest first."""
    ordered = in_order([Shown(date, known=False) for date in dates])
    return tuple(entry.published.moment for entry in ordered if entry.published)


def _longest_rise(values: Sequence[float]) -> list[int]:
    """Return the places of the longest run of values, gaps allowed, that never falls."""
    ends: list[float] = []
    places: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        length = bisect_right(ends, value)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [value]
        places[length : length + 1] = [place]
    run: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        run.append(place)
        place = before[place]
    return run[::-1]


def oldest_of(shown: Sequence[Shown]) -> Shown | None:
    """Return the entry at the listing's far end, None without a dated one.

    Of several that share its date (where only the day is told), one that is known.
    """
    ordered = in_order(shown)
    if not ordered:
        return None
    last = ordered[-1]
    return next((entry for entry in ordered if entry.known and entry.at == last.at), last)


def latest_possible(found: DateFound) -> datetime:
    """Return before when something was published: the day's end where only the day is known."""
    return found.moment + (DAY if found.precision == "day" else timedelta())


def unseen(
    shown: Sequence[Shown], past: Past, *, opens_at: datetime, now: datetime
) -> Stretch | None:
    """Return the time between the last reading and what the listing shows now, if there is one.

    A listing meets the past when its oldest entry is not later than the last good reading, or
    was known already. The first entries ever of a listing are measured at `opens_at`, and leave
    a gap only if their number is one at which feeds are cut and the time is longer than usual
    between two of them: nothing else can be known yet.
    """
    last = oldest_of(shown)
    if last is None or last.published is None:
        return _unseen_undated(shown, past, now)
    before = min(latest_possible(last.published), now)
    start = past.read_at or opens_at
    if last.known or before <= start:
        return None
    if past.oldest is not None:
        return Stretch(start, before)
    cut = looks_cut(len(shown)) and before - start > _usual_pause(shown)
    return Stretch(start, before, guessed=True) if cut else None


def _usual_pause(shown: Sequence[Shown]) -> timedelta:
    """Return the mean time between two entries: in less, nothing need have been published."""
    moments = [entry.published.moment for entry in in_order(shown) if entry.published]
    return (moments[0] - moments[-1]) / max(len(moments) - 1, 1)


def _unseen_undated(shown: Sequence[Shown], past: Past, now: datetime) -> Stretch | None:
    """Return the whole time since the last reading when hardly an undated entry is known."""
    if not shown or past.read_at is None or past.most == 0 or shown[-1].known:
        return None
    known = sum(entry.known for entry in shown)
    return Stretch(past.read_at, now) if known <= PINNED * len(shown) else None


def looks_cut(count: int) -> bool:
    """Whether a listing of so many entries may show only its newest."""
    return count >= FEWEST_CUT and count % CUT_STEP == 0


def first_was_cut(
    shown: Sequence[Shown], past: Past, *, opens_at: datetime
) -> tuple[datetime, datetime] | None:
    """Return the time before the first reading that it cannot have shown, learnt from this one.

    A listing that has as many entries as at first, and has dropped what it showed then, was cut
    at that number from the beginning.
    """
    last = oldest_of(shown)
    if last is None or last.at is None or past.first_oldest is None or past.oldest is None:
        return None
    full = len(shown) == past.first_count == past.most >= FEWEST_LEARNT
    if full and past.oldest < last.at and past.first_oldest > opens_at:
        return opens_at, past.first_oldest
    return None
