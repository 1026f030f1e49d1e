"""How sources and crawls fare: read only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from editor import clock
from editor.desk import source_rhythm
from editor.desk.source_rhythm import Tone
from editor.desk.updates import revisit_due
from editor.store.models import CrawlRun, Entry, Fetch, Hole, Issue, Publication, Source
from editor.workflow import EntryState, HoleState, Outcome, SourceKind


@dataclass(frozen=True)
class SourceHealth:
    """How a source fares. `outcome`, `reason` and `detail` are the last fetch's.

    `quiet` means that nothing new came since `silent_since`, longer than its own rhythm explains
    (`patience`), although it is read without failure; `usual_pause` is None while too little is
    known of it, or nobody needs to ask. `gap` says that a feed rolled over between two visits, or
    a list was not read to its end. `tones` are those of the last thirty days, oldest first, empty
    when nobody asked for them; `undated_share` is of 0 to 1.
    """

    source: Source
    last_ok_at: datetime | None
    next_run_at: datetime
    outcome: Outcome | None
    reason: str
    detail: str
    waiting: int
    done: int
    failed: int
    failures: int
    oldest_seen: datetime | None
    newest_seen: datetime | None
    undated: int
    quiet: bool
    gap: bool
    running: bool
    last_at: datetime | None
    tones: tuple[Tone, ...]
    silent_since: datetime
    usual_pause: timedelta | None
    patience: timedelta
    undated_share: float


@dataclass(frozen=True)
class RunProgress:
    """How far a crawl is: sources and entries counted together."""

    total: int
    done: int
    failed: int
    candidates: int
    finished: bool


def health(
    session: Session,
    publication: Publication,
    now: datetime,
    *,
    only: Source | None = None,
    with_tones: bool = True,
) -> list[SourceHealth]:
    """Return how every source fares, by name, or how one does; seven queries."""
    sources = select(Source).where(Source.publication_id == publication.id)
    if only is not None:
        sources = sources.where(Source.id == only.id)
    one = only.id if only else None
    fetches = _last_fetches(session, publication, one)
    counts = _entry_counts(session, publication, one)
    new_at = source_rhythm.latest_new(session, publication, now, source_id=one)
    sleepy = [each for each, known in counts.items() if _sleepy(known.newest, now)]
    pauses = source_rhythm.pauses(session, publication, now, sleepy)
    tones = source_rhythm.tones(session, publication, now, source_id=one) if with_tones else {}
    holey = _with_holes(session, publication)
    return [
        _health(
            source,
            _Known(
                fetches.get(source.id or 0),
                counts.get(source.id or 0, _Counts()),
                new_at.get(source.id or 0),
                pauses.get(source.id or 0),
                tones.get(source.id or 0, ()),
                source.id in holey,
            ),
            now,
        )
        for source in session.exec(sources.order_by(Source.name, col(Source.id)))
    ]


@dataclass(frozen=True)
class _Counts:
    waiting: int = 0
    done: int = 0
    failed: int = 0
    undated: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True)
class _LastFetch:
    outcome: Outcome
    detail: str
    fetched_at: datetime


@dataclass(frozen=True)
class _Known:
    fetch: _LastFetch | None
    counts: _Counts
    new_at: datetime | None
    usual: timedelta | None
    tones: tuple[Tone, ...]
    gap: bool


def silent_since(
    source: Source, newest: datetime | None, new_at: datetime | None, now: datetime
) -> datetime:
    """Return since when nothing new came: the newest entry's date, or when it was found.

    The earlier counts: an entry dated next year does not keep a source awake.
    """
    known = [moment for moment in (newest, new_at) if moment is not None]
    return min(known) if known else min(source.created_at, now)


def _sleepy(newest: datetime | None, now: datetime) -> bool:
    """Whether a source's rhythm must be asked: what is younger than this is never quiet."""
    return newest is None or newest > now or now - newest > source_rhythm.LEAST_QUIET


def _health(source: Source, known: _Known, now: datetime) -> SourceHealth:
    fetch, counts = known.fetch, known.counts
    silent = silent_since(source, counts.newest, known.new_at, now)
    patience = source_rhythm.patience(known.usual)
    entries = counts.waiting + counts.done + counts.failed
    return SourceHealth(
        source=source,
        last_ok_at=source.last_ok_at,
        next_run_at=source.next_run_at,
        outcome=fetch.outcome if fetch else None,
        reason=source.last_reason,
        detail=fetch.detail if fetch else "",
        waiting=counts.waiting,
        done=counts.done,
        failed=counts.failed,
        failures=source.failures,
        oldest_seen=counts.oldest,
        newest_seen=counts.newest,
        undated=counts.undated,
        quiet=source.failures == 0
        and source.paused_at is None
        and source.last_ok_at is not None
        and now - silent > patience,
        gap=known.gap or _unread(source),
        running=source.run_id is not None
        or (source.paused_at is None and source.next_run_at <= now),
        last_at=fetch.fetched_at if fetch else None,
        tones=known.tones,
        silent_since=silent,
        usual_pause=known.usual,
        patience=patience,
        undated_share=counts.undated / entries if entries else 0.0,
    )


def _unread(source: Source) -> bool:
    paged = source.kind in (SourceKind.list, SourceKind.sitemap)
    return paged and source.last_ok_at is not None and source.reached_back_to is None


def _with_holes(session: Session, publication: Publication) -> set[int]:
    """Return the sources with a gap that nobody has filled or dismissed."""
    missing = (HoleState.open, HoleState.queued, HoleState.failed)
    return set(
        session.exec(
            select(Hole.source_id)
            .join(Source, col(Source.id) == Hole.source_id)
            .where(Source.publication_id == publication.id, col(Hole.state).in_(missing))
            .distinct()
        )
    )


def _last_fetches(
    session: Session, publication: Publication, only: int | None
) -> dict[int, _LastFetch]:
    """Return each source's last reading: sought in the index source by source."""
    latest = (
        select(Fetch.id)
        .where(
            Fetch.source_id == Source.id,
            col(Fetch.entry_id).is_(None),
            col(Fetch.hole_id).is_(None),
        )
        # an empty column first: PostgreSQL sees only so that the index has them in order
        .order_by(col(Fetch.entry_id).desc(), col(Fetch.fetched_at).desc(), col(Fetch.id).desc())
        .limit(1)
        .correlate(Source)
        .scalar_subquery()
    )
    rows = session.execute(
        columns(col(Source.id), col(Fetch.outcome), col(Fetch.detail), col(Fetch.fetched_at))
        .select_from(Source)
        .join(Fetch, col(Fetch.id) == latest)
        .where(_ours(publication, only))
    )
    return {row[0]: _LastFetch(*row[1:]) for row in rows}


def _ours(publication: Publication, only: int | None) -> ColumnElement[bool]:
    if only is not None:
        return col(Source.id) == only
    return col(Source.publication_id) == publication.id


def _entry_counts(
    session: Session, publication: Publication, only: int | None
) -> dict[int, _Counts]:
    def counted(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    waiting = col(Entry.state).in_([EntryState.queued, EntryState.captured])
    rows = session.execute(
        columns(
            col(Entry.source_id),
            counted(waiting),
            counted(Entry.state == EntryState.done),
            counted(Entry.state == EntryState.failed),
            counted(col(Entry.published_at).is_(None)),
            func.min(Entry.published_at),
            func.max(Entry.published_at),
        )
        # the sources rather than the publication: so the index has all that is counted
        .where(col(Entry.source_id).in_(select(Source.id).where(_ours(publication, only))))
        .group_by(col(Entry.source_id))
    )
    return {row[0]: _Counts(*row[1:]) for row in rows}


def fetch_log(session: Session, source: Source, limit: int = 50) -> list[Fetch]:
    """Return the source's latest fetches, its entries' included, newest first."""
    query = select(Fetch).where(Fetch.source_id == source.id)
    return list(session.exec(query.order_by(col(Fetch.id).desc()).limit(limit)))


def run_progress(session: Session, run: CrawlRun) -> RunProgress:
    """Return how far a round is."""
    reading = session.exec(select(func.count(col(Source.id))).where(Source.run_id == run.id)).one()
    lost = _lost_sources(session, run)
    states = dict(
        session.execute(
            select(Entry.state, func.count(col(Entry.id)))
            .where(Entry.run_id == run.id)
            .group_by(col(Entry.state))
        ).all()
    )
    candidates = session.exec(
        select(func.count(func.distinct(Entry.candidate_id))).where(Entry.run_id == run.id)
    ).one()
    done, failed = states.get(EntryState.done, 0), states.get(EntryState.failed, 0)
    entries = sum(states.values())
    return RunProgress(
        total=run.sources + entries,
        done=max(run.sources - reading - lost, 0) + done,
        failed=failed + lost,
        candidates=candidates,
        finished=reading == 0 and entries == done + failed and not _looking(session, run),
    )


def _looking(session: Session, run: CrawlRun) -> bool:
    """Whether pages that may have changed are still to be looked at in the round."""
    query = select(Entry.id).where(Entry.run_id == run.id, revisit_due(clock.now()))
    return session.exec(query.limit(1)).first() is not None


def _lost_sources(session: Session, run: CrawlRun) -> int:
    """Return how many sources the round gave up: their last fetch in it was no success."""
    latest = (
        select(func.max(Fetch.id))
        .join(Source, col(Source.id) == Fetch.source_id)
        .where(
            Fetch.run_id == run.id,
            col(Fetch.entry_id).is_(None),
            or_(col(Source.run_id).is_(None), col(Source.run_id) != run.id),
        )
        .group_by(col(Fetch.source_id))
    )
    bad = (Outcome.failed, Outcome.refused)
    query = select(func.count(col(Fetch.id))).where(
        col(Fetch.id).in_(latest), col(Fetch.outcome).in_(bad)
    )
    return session.exec(query).one()


def failed_entries(
    session: Session, publication: Publication, issue: Issue | None = None
) -> list[Entry]:
    """Return what could not be had, newest first; of one issue: also what has no date."""
    query = select(Entry).where(*failed_in(publication, issue))
    return list(session.exec(query.order_by(col(Entry.id).desc())))


def count_failed(session: Session, publication: Publication, issue: Issue | None = None) -> int:
    """Return how many entries `failed_entries` lists, without loading them."""
    query = select(func.count(col(Entry.id))).where(*failed_in(publication, issue))
    return session.exec(query).one()


def failed_in(publication: Publication, issue: Issue | None) -> list[Any]:
    """Return the conditions for what could not be had, of one issue or of all."""
    conditions = [
        col(Entry.publication_id) == publication.id,
        col(Entry.state) == EntryState.failed,
    ]
    if issue is not None:
        published = col(Entry.published_at)
        inside = (published >= issue.opens_at) & (published < issue.closes_at)
        conditions.append(or_(inside, published.is_(None)))
    return conditions
