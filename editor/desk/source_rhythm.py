"""A source's last month day by day, and how long it usually pauses: when it is strangely quiet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from editor.store.models import Entry, Fetch, Publication, Source
from editor.workflow import Outcome

DAYS = 30
RHYTHM_DAYS = 90
FEWEST_GAPS = 4
TIMES_USUAL = 3
LEAST_QUIET = timedelta(days=3)
UNKNOWN_QUIET = timedelta(days=7)
Tone = Literal["ok", "same", "empty", "failed", "none"]


@dataclass(frozen=True)
class Day:
    """What a source's readings of one day came to; `same` found nothing changed."""

    date: date
    ok: int = 0
    same: int = 0
    empty: int = 0
    failed: int = 0
    new: int = 0

    @property
    def tone(self) -> Tone:
        """Return the best that any reading of the day came to, "none" without one."""
        tones: tuple[Tone, ...] = ("ok", "same", "empty", "failed")
        return next((tone for tone in tones if getattr(self, tone)), "none")


@dataclass(frozen=True)
class Rhythm:
    """A source's last days, oldest first, and when a reading last found something new."""

    days: tuple[Day, ...]
    new_at: datetime | None = None


# --- deciding (pure) -----------------------------------------------------------------------------


def usual_pause(days: Sequence[date]) -> timedelta | None:
    """Return the longest pause between days with entries, one in ten left out as exceptional.

    None while too few days are known to speak of a rhythm.
    """
    known = sorted(set(days))
    gaps = sorted(later - earlier for earlier, later in pairwise(known))
    if len(gaps) < FEWEST_GAPS:
        return None
    return gaps[min(len(gaps) - 1, int(len(gaps) * 0.9))]


def patience(usual: timedelta | None) -> timedelta:
    """Return how long nothing new is nothing strange."""
    return UNKNOWN_QUIET if usual is None else max(TIMES_USUAL * usual, LEAST_QUIET)


# --- looking -------------------------------------------------------------------------------------


def rhythms(
    session: Session, publication: Publication, now: datetime, *, source_id: int | None = None
) -> dict[int, Rhythm]:
    """Return the last thirty days of every source, or of one; one query, grouped by day."""
    zone = ZoneInfo(publication.timezone)
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    starts = [datetime.combine(each, time(), zone) for each in dates]
    day = _day_of(starts)
    rows = session.execute(
        columns(
            col(Fetch.source_id),
            day,
            col(Fetch.outcome),
            func.count(),
            func.sum(Fetch.new),
            func.max(case((col(Fetch.new) > 0, Fetch.fetched_at))),
        )
        .where(
            _ours(Fetch.source_id, publication, source_id),
            col(Fetch.entry_id).is_(None),
            col(Fetch.fetched_at) >= starts[0],
            col(Fetch.fetched_at) <= now,
        )
        .group_by(col(Fetch.source_id), day, col(Fetch.outcome))
    )
    return _gathered(rows, dates)


def _day_of(starts: Sequence[datetime]) -> ColumnElement[int]:
    """Return the number of the day in which a reading lies; days begin in the publication's zone.

    Both databases can do this, and a zone with summer time is right too.
    """
    latest_first = [(col(Fetch.fetched_at) >= start, number) for number, start in enumerate(starts)]
    return case(*reversed(latest_first))


FIELDS = {
    Outcome.ok: "ok",
    Outcome.not_modified: "same",
    Outcome.empty: "empty",
    Outcome.refused: "failed",
    Outcome.failed: "failed",
}


def _gathered(rows: Any, dates: Sequence[date]) -> dict[int, Rhythm]:
    tallies: dict[int, dict[int, dict[str, int]]] = {}
    latest: dict[int, datetime] = {}
    for source_id, day, outcome, count, new, new_at in rows:
        tally = tallies.setdefault(source_id, {}).setdefault(day, {})
        field = FIELDS[outcome]
        tally[field] = tally.get(field, 0) + count
        tally["new"] = tally.get("new", 0) + int(new or 0)
        if new_at is not None:
            latest[source_id] = max(new_at, latest.get(source_id, new_at))
    return {
        source_id: Rhythm(
            tuple(Day(each, **tally.get(number, {})) for number, each in enumerate(dates)),
            latest.get(source_id),
        )
        for source_id, tally in tallies.items()
    }


def blank(publication: Publication, now: datetime) -> Rhythm:
    """Return the rhythm of a source that was not read in the last days."""
    today = now.astimezone(ZoneInfo(publication.timezone)).date()
    return Rhythm(tuple(Day(today - timedelta(days=ago)) for ago in range(DAYS - 1, -1, -1)))


def pauses(
    session: Session, publication: Publication, now: datetime, source_ids: Sequence[int]
) -> dict[int, timedelta | None]:
    """Return these sources' usual longest pauses between days with entries; one query or none."""
    if not source_ids:
        return {}
    day = func.date(Entry.published_at)
    rows = session.execute(
        columns(col(Entry.source_id), day)
        .where(
            col(Entry.publication_id) == publication.id,
            col(Entry.source_id).in_(source_ids),
            col(Entry.published_at) >= now - timedelta(days=RHYTHM_DAYS),
            col(Entry.published_at) <= now,
        )
        .group_by(col(Entry.source_id), day)
    )
    days: dict[int, list[date]] = {}
    for found, each in rows:
        # SQLite has no dates: its function answers text
        days.setdefault(found, []).append(
            date.fromisoformat(each) if isinstance(each, str) else each
        )
    return {found: usual_pause(known) for found, known in days.items()}


def _ours(column: Any, publication: Publication, source_id: int | None) -> ColumnElement[bool]:
    if source_id is not None:
        return column == source_id
    return col(column).in_(select(Source.id).where(Source.publication_id == publication.id))
