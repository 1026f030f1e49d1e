"""A source's last month day by day, and how long it usually pauses: when it is strangely quiet."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, literal, true, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col

from editor.store.columns import UtcDateTime
from editor.store.models import Entry, Fetch, Publication, Source
from editor.workflow import Outcome

DAYS = 30
RHYTHM_DAYS = 90
FEWEST_GAPS = 4
TIMES_USUAL = 3
LEAST_QUIET = timedelta(days=3)
UNKNOWN_QUIET = timedelta(days=7)
Tone = Literal["ok", "same", "empty", "failed", "none"]
TONES: tuple[Tone, ...] = ("ok", "same", "empty", "failed")
FIELDS: dict[Outcome, Tone] = {
    Outcome.ok: "ok",
    Outcome.not_modified: "same",
    Outcome.empty: "empty",
    Outcome.refused: "failed",
    Outcome.failed: "failed",
}


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
        return next((tone for tone in TONES if getattr(self, tone)), "none")


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


def month(
    session: Session, publication: Publication, source: Source, now: datetime
) -> tuple[Day, ...]:
    """Return a source's last thirty days with what its readings came to, oldest first."""
    starts = _starts(publication, now)
    day = _day_of(starts)
    rows = session.execute(
        columns(day, col(Fetch.outcome), func.count(), func.sum(Fetch.new))
        .where(
            col(Fetch.source_id) == source.id,
            col(Fetch.entry_id).is_(None),
            col(Fetch.fetched_at) >= starts[0],
            col(Fetch.fetched_at) <= now,
        )
        .group_by(day, col(Fetch.outcome))
    )
    tallies: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for number, outcome, count, new in rows:
        tallies[number].update({FIELDS[outcome]: count, "new": int(new or 0)})
    return tuple(Day(start.date(), **tallies[number]) for number, start in enumerate(starts))


def _starts(publication: Publication, now: datetime) -> list[datetime]:
    """Return when the last thirty days began, oldest first, each in the publication's zone."""
    zone = ZoneInfo(publication.timezone)
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    return [datetime.combine(each, time(), zone) for each in dates]


def _day_of(starts: Sequence[datetime]) -> ColumnElement[int]:
    """Return the number of the day in which a reading lies; days begin in the publication's zone.

    Both databases can do this, and a zone with summer time is right too.
    """
    latest_first = [(col(Fetch.fetched_at) >= start, number) for number, start in enumerate(starts)]
    return case(*reversed(latest_first))


def tones(
    session: Session, publication: Publication, now: datetime, *, source_id: int | None = None
) -> dict[int, tuple[Tone, ...]]:
    """Return the tones of every source's last thirty days, or of one's; one query.

    It seeks each day of each source in the index, which sorts nothing: grouping a month of
    readings of five hundred sources takes six times as long.
    """
    day = _days(_starts(publication, now), now)
    best = (
        columns(func.min(case(*_ranks(), else_=len(TONES))))
        .where(
            col(Fetch.source_id) == col(Source.id),
            col(Fetch.entry_id).is_(None),
            col(Fetch.fetched_at) >= day.c.starts,
            col(Fetch.fetched_at) < day.c.ends,
        )
        .correlate(Source, day)
        .scalar_subquery()
    )
    rows = session.execute(
        columns(col(Source.id), day.c.number, best)
        .select_from(Source)
        .join(day, true())
        .where(_ours(publication, source_id))
    )
    found: dict[int, list[Tone]] = {}
    for each, number, rank in rows:
        mine = found.setdefault(each, ["none"] * DAYS)
        if rank is not None:
            mine[number] = TONES[rank]
    return {each: tuple(mine) for each, mine in found.items()}


def _days(starts: Sequence[datetime], now: datetime) -> Any:
    """Return the days as a table of number, starts, ends; the last ends just after now."""
    ends = [*starts[1:], now + timedelta(microseconds=1)]
    rows = [
        columns(
            literal(number).label("number"),
            literal(start, UtcDateTime).label("starts"),
            literal(end, UtcDateTime).label("ends"),
        )
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    return union_all(*rows).cte("day")


def _ranks() -> list[Any]:
    return [(col(Fetch.outcome) == outcome, TONES.index(tone)) for outcome, tone in FIELDS.items()]


def latest_new(
    session: Session, publication: Publication, now: datetime, *, source_id: int | None = None
) -> dict[int, datetime]:
    """Return when a reading of every source, or of one, last found something new; one query."""
    latest = (
        columns(func.max(Fetch.fetched_at))
        .where(
            col(Fetch.source_id) == col(Source.id),
            col(Fetch.entry_id).is_(None),
            col(Fetch.new) > 0,
            col(Fetch.fetched_at) >= now - timedelta(days=DAYS),
            col(Fetch.fetched_at) <= now,
        )
        .correlate(Source)
        .scalar_subquery()
    )
    rows = session.execute(columns(col(Source.id), latest).where(_ours(publication, source_id)))
    return {found: moment for found, moment in rows if moment is not None}


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


def _ours(publication: Publication, source_id: int | None) -> ColumnElement[bool]:
    if source_id is not None:
        return col(Source.id) == source_id
    return col(Source.publication_id) == publication.id
