"""Gaps in the ledger: noted after a reading that did not reach back, settled by one that does."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from editor import clock
from editor.desk.ledger import MISSING, queue_hole
from editor.errors import Invalid
from editor.schedule import Window
from editor.store.models import Entry, Fetch, Hole, Issue, Publication, Source
from editor.store.queue import Task
from editor.text.urls import canonical_url, url_hash
from editor.workflow import HoleCause, HoleState, IssueState, Outcome, SourceKind
from workers.crawling.reach import (
    DAY,
    Past,
    Shown,
    Stretch,
    first_was_cut,
    latest_possible,
    oldest_of,
    unseen,
)
from workers.crawling.trail import End
from workers.values import Listed
from workers.workshop import Workshop

NO_ISSUE = timedelta(days=31)
MEMORY = timedelta(days=62)
SECOND = timedelta(seconds=1)
OPEN = (IssueState.collecting, IssueState.editing)
BAD = (Outcome.failed, Outcome.refused)
GUESSED = "guessed: the first reading showed a number of entries at which listings are cut"
ALL_SHOWN = "the listing has since shown more at once: it had shown all"
COVERED = "a later reading reached back over it"


@dataclass(frozen=True)
class Passed:
    """A reading that came to its end: what it listed, newest page first, and how it ended.

    `fresh` are the addresses that nobody had listed before, `whole` and `need_back` as in Trail.
    """

    source: Source
    listed: tuple[Listed, ...]
    fresh: frozenset[str]
    pages: int
    end: End
    need_back: datetime
    whole: bool
    read_at: datetime


def window_start(session: Session, publication: Publication, now: datetime) -> datetime:
    """Return the start of the oldest open issue's window; a month ago when none is open."""
    return open_window(session, publication.id, now).opens_at


def open_window(session: Session, publication_id: int | None, now: datetime) -> Window:
    """Return the time that the open issues' windows span; the last month when none is open."""
    opens, closes = session.execute(
        select(func.min(Issue.opens_at), func.max(Issue.closes_at)).where(
            Issue.publication_id == publication_id, col(Issue.state).in_(OPEN)
        )
    ).one()
    return Window(opens, closes) if opens else Window(now - NO_ISSUE, now + NO_ISSUE)


def latest_moments(entries: Sequence[Listed]) -> list[datetime]:
    """Return before when each dated entry was published; of a day, its last second."""
    return [
        latest_possible(entry.published)
        - (SECOND if entry.published.precision == "day" else timedelta())
        for entry in entries
        if entry.published
    ]


# --- after a reading -----------------------------------------------------------------------------


def after_reading(shop: Workshop, reading: Passed) -> None:
    """Note what the reading did not see, settle what it covers, and ring where a gap is filled."""
    with shop.database.writing() as session:
        hosts = note(session, reading)
        session.commit()
    for host in hosts:
        shop.ring(Task.crawl_host, host)


def note(session: Session, reading: Passed) -> list[str]:
    """Write the reading's gaps; returns the hosts of those that wait to be filled."""
    source = reading.source
    window = open_window(session, source.publication_id, reading.read_at)
    shown = _shown(session, reading)
    past = _past(session, source, reading.read_at)
    _settle(session, reading, shown, past)
    noted = []
    for cause, stretch in _stretches(session, reading, shown, past, window):
        hole = note_hole(session, source, cause, stretch, window)
        if hole is not None and hole.state == HoleState.queued:
            noted.append(hole.host)
    return sorted(set(noted))


def _stretches(
    session: Session, reading: Passed, shown: Sequence[Shown], past: Past, window: Window
) -> list[tuple[HoleCause, Stretch]]:
    if reading.end == End.reached:
        return []
    if reading.end == End.stopped or (reading.pages > 1 and reading.source.kind == SourceKind.list):
        return _not_followed(reading, shown)
    opens = min(window.opens_at, reading.need_back)
    found = unseen(shown, past, opens_at=opens, now=reading.read_at)
    cut = first_was_cut(shown, past, opens_at=opens)
    stretches = []
    if found is not None:
        stretches.append((_cause(session, reading.source, past), found))
    if cut is not None:
        stretches.append((HoleCause.rolled_over, Stretch(*cut)))
    return stretches


def _not_followed(reading: Passed, shown: Sequence[Shown]) -> list[tuple[HoleCause, Stretch]]:
    """Return what lies before the last page of a list that goes on; nothing when it has ended."""
    last = oldest_of(shown)
    if reading.end != End.stopped or last is None or last.published is None:
        return []
    before = latest_possible(last.published)
    return [(HoleCause.unread, Stretch(reading.need_back, before))]


def broken_off(shop: Workshop, reading: Passed) -> None:
    """Note a paged listing that was given up before the window's start."""
    last = oldest_of([Shown(entry.published, known=False) for entry in reading.listed])
    if last is None or last.published is None:
        return
    with shop.database.writing() as session:
        window = open_window(session, reading.source.publication_id, reading.read_at)
        stretch = Stretch(reading.need_back, latest_possible(last.published))
        note_hole(session, reading.source, HoleCause.unread, stretch, window)
        session.commit()


def _cause(session: Session, source: Source, past: Past) -> HoleCause:
    """Return why nothing was seen: the list's end, failures since the last reading, or its pace."""
    if past.read_at is None:
        return HoleCause.unread if source.kind == SourceKind.list else HoleCause.rolled_over
    failed = session.exec(
        select(Fetch.id)
        .where(
            Fetch.source_id == source.id,
            col(Fetch.entry_id).is_(None),
            col(Fetch.hole_id).is_(None),
            col(Fetch.outcome).in_(BAD),
            Fetch.fetched_at > past.read_at,
        )
        .limit(1)
    ).first()
    return HoleCause.rolled_over if failed is None else HoleCause.failing


def note_hole(
    session: Session, source: Source, cause: HoleCause, stretch: Stretch, window: Window
) -> Hole | None:
    """Write a gap, cut to the open windows, and queue it where a list can fill it.

    None when nothing of it lies in a window, or the same gap is noted already.
    """
    after, before = max(stretch.after, window.opens_at), min(stretch.before, window.closes_at)
    if after >= before:
        return None
    known = session.exec(
        select(Hole).where(
            Hole.source_id == source.id,
            Hole.after_at == after,
            col(Hole.before_at) == before if cause != HoleCause.unread else Hole.cause == cause,
        )
    ).first()
    if known is not None:
        return None
    hole = Hole(
        source_id=source.id or 0,
        cause=cause,
        after_at=after,
        before_at=before,
        detail=GUESSED if stretch.guessed else "",
    )
    if source.list_url:
        # a list page itself was left unfinished for a reason: a person decides to go on
        queue_hole(hole, source)
    session.add(hole)
    session.flush()
    return hole


# --- what a reading covers -----------------------------------------------------------------------


def _settle(session: Session, reading: Passed, shown: Sequence[Shown], past: Past) -> None:
    """Settle the gaps that this reading reached back over, and those that were none."""
    missing = session.exec(
        select(Hole)
        .where(Hole.source_id == reading.source.id, col(Hole.state).in_(MISSING))
        .order_by(col(Hole.id))
    ).all()
    since = _covered_since(reading, shown) if missing else None
    for hole in missing:
        if since is not None and since <= hole.after_at:
            hole.recovered += recovered(hole, reading.listed, reading.fresh)
            settle(hole, COVERED)
        elif hole.detail == GUESSED and len(shown) > max(past.most, past.first_count) > 0:
            settle(hole, ALL_SHOWN)
        session.add(hole)


def _covered_since(reading: Passed, shown: Sequence[Shown]) -> datetime | None:
    if reading.end == End.reached and not reading.whole:
        return reading.need_back
    last = oldest_of(shown)
    return last.at if last else None


def settle(hole: Hole, detail: str) -> None:
    """Note that a gap is filled, and how that is known."""
    hole.state, hole.reason, hole.detail = HoleState.filled, "", detail[:500]
    hole.settled_at = clock.now()


def recovered(hole: Hole, listed: Sequence[Listed], fresh: Collection[str]) -> int:
    """Return how many new entries may lie in the gap; one without a date may."""
    return sum(entry.url in fresh and lies_in(hole, entry) for entry in listed)


def lies_in(hole: Hole, entry: Listed) -> bool:
    """Whether the entry may have been published in the gap, as far as its date tells."""
    found = entry.published
    if found is None:
        return True
    return found.moment < hole.before_at and latest_possible(found) > hole.after_at


# --- what was known ------------------------------------------------------------------------------


def _shown(session: Session, reading: Passed) -> list[Shown]:
    """Return the entries as shown, marking those that this source had listed before."""
    keys = {}
    for entry in reading.listed:
        if entry.url not in reading.fresh:
            try:
                keys[entry.url] = url_hash(canonical_url(entry.url))
            except Invalid:
                continue
    known = _known(session, reading.source, sorted(set(keys.values())))
    return [Shown(entry.published, keys.get(entry.url) in known) for entry in reading.listed]


def _known(session: Session, source: Source, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        found.update(
            session.exec(
                select(Entry.url_hash).where(
                    Entry.publication_id == source.publication_id,
                    col(Entry.url_hash).in_(keys[start : start + 500]),
                    Entry.source_id == source.id,
                )
            )
        )
    return found


def _past(session: Session, source: Source, now: datetime) -> Past:
    """Return what the readings of the last two months showed, this one's pages left out."""
    if source.last_ok_at is None:
        return Past()
    ours = (
        Fetch.source_id == source.id,
        col(Fetch.entry_id).is_(None),
        col(Fetch.hole_id).is_(None),
        Fetch.outcome == Outcome.ok,
        Fetch.fetched_at >= now - MEMORY,
        Fetch.fetched_at < now,
    )
    oldest, most = session.execute(
        select(func.min(Fetch.oldest_seen), func.max(Fetch.entries)).where(*ours)
    ).one()
    first = session.exec(
        select(Fetch).where(*ours).order_by(col(Fetch.fetched_at), col(Fetch.id)).limit(1)
    ).first()
    return Past(
        read_at=source.last_ok_at,
        oldest=oldest,
        most=most or 0,
        first_count=first.entries if first else 0,
        first_oldest=first.oldest_seen if first else None,
    )


def recent_dates(session: Session, source: Source, now: datetime) -> tuple[datetime, ...]:
    """Return when what the source listed in the last week was published, newest first."""
    rows = session.exec(
        select(Entry.published_at)
        .where(Entry.source_id == source.id, col(Entry.published_at) > now - DAY * 7)
        .order_by(col(Entry.published_at).desc())
        .limit(500)
    )
    return tuple(row for row in rows if row is not None)
