"""How long evidence is kept: the bytes of what was not taken go some time after its window.

The row and its hash stay for good, so that the ledger, the log and an exported copy can still be
checked. What was taken is kept as long as its issue, that is: for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_
from sqlmodel import Session, col, select

from editor.desk import audit
from editor.errors import Invalid
from editor.store.files import FileStore
from editor.store.models import (
    Asset,
    Candidate,
    CandidateText,
    Capture,
    Entry,
    Export,
    Issue,
    Publication,
    Setting,
    Upload,
    User,
)
from editor.workflow import CandidateState

KEY, LAST_RUN = "evidence_days", "evidence_cleared_on"
DEFAULT_DAYS, LEAST_DAYS, MOST_DAYS = 400, 31, 36_500
FOREVER = "forever"
BATCH = 200
# bytes that somebody stored in the last hour may be about to be named by a row
UNTOUCHED = timedelta(hours=1)


@dataclass(frozen=True)
class Kept:
    """What evidence there is (captures, and bytes of different files), and what would go now."""

    captures: int
    bytes: int
    going: int
    going_bytes: int
    pruned: int


def days_kept(session: Session) -> int | None:
    """Return for how many days evidence is kept, None for good."""
    row = session.get(Setting, KEY)
    if row is None:
        return DEFAULT_DAYS
    return None if row.value == FOREVER else int(row.value)


def keep(
    session: Session,
    days: int | None,
    *,
    by: User | None,
    now: datetime,
    publication: Publication | None = None,
) -> None:
    """Keep evidence for so many days, None for good; raises Invalid below a month."""
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        sentence = (
            f"保留天数应在 {LEAST_DAYS} 到 {MOST_DAYS} 之间，或选择永久保留",
            f"Keep it for {LEAST_DAYS} to {MOST_DAYS} days, or for good",
        )
        raise Invalid(*sentence, fields={"days": sentence})
    before = days_kept(session)
    row = session.merge(Setting(key=KEY, value=FOREVER if days is None else str(days)))
    session.flush()
    audit.record(
        session,
        by=by,
        verb="keep_evidence",
        subject=publication or row,
        before={"days": before},
        after={"days": days},
        publication_id=publication.id if publication else None,
        now=now,
    )


def overview(session: Session, now: datetime, days: int | None) -> Kept:
    """Return how much there is and how much would go if it were kept for `days`."""
    there = col(Capture.pruned_at).is_(None)
    captures, size = _sum(session, there)
    going, going_size = (0, 0) if days is None else _sum(session, there, *_expired(now, days))
    pruned = session.exec(
        select(func.count(col(Capture.id))).where(col(Capture.pruned_at).is_not(None))
    ).one()
    return Kept(captures, size, going, going_size, pruned)


def _sum(session: Session, *conditions: Any) -> tuple[int, int]:
    count = session.exec(select(func.count(col(Capture.id))).where(*conditions)).one()
    files = select(Capture.sha256, func.max(Capture.size).label("size")).where(*conditions)
    each = files.group_by(col(Capture.sha256)).subquery()
    size = session.exec(select(func.coalesce(func.sum(each.c.size), 0))).one()
    return count, int(size)


def _expired(now: datetime, days: int) -> tuple[Any, ...]:
    """Return the conditions for captures that go: old, not taken, their window long closed."""
    limit = now - timedelta(days=days)
    published = func.coalesce(Candidate.published_at, Candidate.seen_at)
    in_recent_issue = exists().where(
        col(Issue.publication_id) == Candidate.publication_id,
        col(Issue.closes_at) > limit,
        or_(
            col(Issue.id) == Candidate.issue_id,
            and_(col(Issue.opens_at) <= published, published < col(Issue.closes_at)),
        ),
    )
    held = or_(
        col(Candidate.state) == CandidateState.taken,
        col(Candidate.seen_at) > limit,
        in_recent_issue,
    )
    of_entry = exists().where(
        col(Entry.id) == Capture.entry_id, col(Candidate.id) == Entry.candidate_id, held
    )
    own = exists().where(col(Candidate.capture_id) == Capture.id, held)
    earlier = exists().where(
        col(CandidateText.capture_id) == Capture.id,
        col(Candidate.id) == CandidateText.candidate_id,
        held,
    )
    return col(Capture.fetched_at) <= limit, ~of_entry, ~own, ~earlier


def expired(session: Session, now: datetime, limit: int = BATCH) -> list[Capture]:
    """Return the next captures whose bytes are to go; none while evidence is kept for good."""
    days = days_kept(session)
    if days is None:
        return []
    query = select(Capture).where(col(Capture.pruned_at).is_(None), *_expired(now, days))
    return list(session.exec(query.order_by(col(Capture.id)).limit(limit)))


def prune(session: Session, captures: Sequence[Capture], now: datetime) -> list[str]:
    """Mark these captures as cleared; returns the hashes whose files may go after the commit."""
    for capture in captures:
        capture.pruned_at = now
        session.add(capture)
    session.flush()
    hashes = sorted({capture.sha256 for capture in captures})
    return [sha256 for sha256 in hashes if not named(session, sha256)]


def named(session: Session, sha256: str) -> bool:
    """Whether a row still needs the file of this hash."""
    needs = (
        select(Capture.id).where(Capture.sha256 == sha256, col(Capture.pruned_at).is_(None)),
        select(Asset.id).where(Asset.sha256 == sha256),
        select(Export.id).where(Export.asset == sha256),
        select(Upload.id).where(Upload.sha256 == sha256),
    )
    return any(session.exec(query.limit(1)).first() is not None for query in needs)


def remove_files(session: Session, files: FileStore, hashes: Sequence[str]) -> int:
    """Throw these files away unless a row has come to need one meanwhile; how many went."""
    free = [sha256 for sha256 in hashes if not named(session, sha256)]
    return sum(files.remove(sha256, untouched=UNTOUCHED) for sha256 in free)


def cleared_on(session: Session) -> str:
    """Return the day on which the last clearing ended, "" before the first."""
    row = session.get(Setting, LAST_RUN)
    return row.value if row else ""


def note_cleared(session: Session, day: str) -> None:
    """Note that there is nothing left to clear on this day."""
    session.merge(Setting(key=LAST_RUN, value=day))
