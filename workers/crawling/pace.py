"""When a source is read next: as often as it needs, no more often than it likes; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

# Read when half of what the listing shows has been replaced, or a few new entries are due.
HALF = 0.5
FEW = 4.0
SLOWER = 1.5
JITTER = 0.1
MOST_ASKED = 24 * 60
RECENT = (timedelta(days=1), timedelta(days=7))
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.I)


@dataclass(frozen=True)
class Seen:
    """What a reading tells about how fast a source writes.

    `shown` are the dates of its entries, `count` how many there are, `fresh` how many of them
    are new since the last good reading, which was `since` ago (None at first).
    """

    shown: Sequence[datetime]
    count: int
    fresh: int
    since: timedelta | None


@dataclass(frozen=True)
class Bounds:
    """The pauses in minutes that a person allows; `longest` yields to `shortest`."""

    shortest: int
    longest: int


def next_pause(
    seen: Seen, bounds: Bounds, *, before: int | None, asked: int, key: str, now: datetime
) -> int:
    """Return the minutes until the next reading.

    Between the bounds, by how fast entries come; `before` is the pause chosen last, from which
    a listing that shows no date is felt for. `asked` are the minutes the server wants: a floor,
    even over the longest. Jitter only shortens; it follows from `key` and `now`.
    """
    longest = max(bounds.longest, bounds.shortest)
    wanted = _wanted(seen, before or bounds.shortest, now)
    pause = min(max(wanted, bounds.shortest), longest)
    pause *= 1 - JITTER * _share(f"{key} {now.isoformat()}")
    return max(round(pause), bounds.shortest, min(asked, MOST_ASKED))


def _wanted(seen: Seen, before: int, now: datetime) -> float:
    rate = per_minute(seen, now)
    if rate > 0:
        return min(max(seen.count, 1) * HALF, FEW) / rate
    return before * SLOWER


def per_minute(seen: Seen, now: datetime) -> float:
    """Return how many entries a minute the source writes at its fastest of late."""
    rates = [
        sum(now - span < moment <= now for moment in seen.shown) / (span / timedelta(minutes=1))
        for span in RECENT
    ]
    past = [moment for moment in seen.shown if moment <= now]
    if past and now - min(past) < RECENT[0]:
        # the listing does not even hold a day
        minutes = max((now - min(past)) / timedelta(minutes=1), 1.0)
        rates.append(len(past) / minutes)
    if seen.since:
        rates.append(seen.fresh / max(seen.since / timedelta(minutes=1), 1.0))
    return max(rates)


def _share(key: str) -> float:
    return int.from_bytes(sha256(key.encode()).digest()[:4]) / 2**32


def asked_minutes(headers: Mapping[str, str], ttl_minutes: int | None) -> int:
    """Return the pause that the server asks for: the feed's ttl or Cache-Control, 0 for none."""
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    fresh = -(-int(found[1]) // 60) if found else 0
    return max(fresh, ttl_minutes or 0)
