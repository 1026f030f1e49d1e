"""Triage: what an editor decides about each candidate. The list itself is `queue`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from editor.desk import audit, places
from editor.desk.items import ItemFields, make_item

# screens and commands speak of candidates only: what the list offers is offered here too
from editor.desk.queue import TRAYS as TRAYS
from editor.desk.queue import QueueFilter as QueueFilter
from editor.desk.queue import QueuePage as QueuePage
from editor.desk.queue import QueueRow as QueueRow
from editor.desk.queue import Tray as Tray
from editor.desk.queue import alike as alike
from editor.desk.queue import counts as counts
from editor.desk.queue import queue_page as queue_page
from editor.desk.queue import queue_row as queue_row
from editor.desk.queue import queue_rows as queue_rows
from editor.desk.queue import tray_of as tray_of
from editor.errors import Conflict, Invalid, NotFound
from editor.schedule import Window
from editor.store.models import (
    Candidate,
    Issue,
    IssueSection,
    Item,
    ItemOrigin,
    Publication,
    Star,
    User,
    id_of,
)
from editor.text.document import Figure, Table, body_text, table_grid
from editor.workflow import CandidateState, may_move

DECISION = ("state", "spike_reason", "duplicate_of", "decided_at", "decided_by")
STATE_NAMES = {
    CandidateState.new: ("恢复为新", "put back"),
    CandidateState.shortlisted: ("列为待定", "shortlisted"),
    CandidateState.taken: ("采用", "taken"),
    CandidateState.spiked: ("弃用", "spiked"),
}
DUPLICATE = "duplicate"


def get_candidate(session: Session, publication: Publication, candidate_id: int) -> Candidate:
    """Return a candidate of the publication with its text; raises NotFound."""
    candidate = session.get(Candidate, candidate_id)
    if candidate is None or candidate.publication_id != publication.id:
        raise NotFound("没有这条候选，请刷新列表", "There is no such candidate; reload the list")
    return candidate


def get_candidates(
    session: Session, publication: Publication, ids: Sequence[int]
) -> list[Candidate]:
    """Return these candidates in the order of `ids`, for a decision on all of them.

    One query; a text is loaded when it is read. On PostgreSQL the rows are held until the
    transaction ends. Raises NotFound when one is not there.
    """
    rows = session.exec(
        select(Candidate)
        .where(col(Candidate.id).in_(ids), Candidate.publication_id == publication.id)
        .order_by(col(Candidate.id))
        .options(defer(Candidate.blocks))  # type: ignore[arg-type]
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    if len(found) < len(set(ids)):
        raise NotFound("有的候选已不存在，请刷新列表", "Some candidates are gone; reload the list")
    session.info["held"] = (session.get_transaction(), set(found))
    return [found[one] for one in dict.fromkeys(ids)]


# --- decisions -----------------------------------------------------------------------------------


def shortlist(
    session: Session, candidate: Candidate, *, by: User | None, now: datetime, batch: str = ""
) -> None:
    """Mark as 待定; raises Conflict when it was taken or spiked meanwhile."""
    _decide(session, candidate, CandidateState.shortlisted, by=by, now=now, batch=batch)


def spike(
    session: Session,
    candidate: Candidate,
    reason: str,
    *,
    by: User | None,
    now: datetime,
    duplicate_of: int | None = None,
    batch: str = "",
) -> None:
    """Put aside with a reason (may be empty); a duplicate names the candidate it repeats."""
    if duplicate_of is not None:
        original = session.get(Candidate, duplicate_of)
        if (
            original is None
            or original.publication_id != candidate.publication_id
            or original.id == candidate.id
        ):
            sentence = ("请选择它所重复的另一条候选", "Choose the other candidate that it repeats")
            raise Invalid(*sentence, fields={"duplicate_of": sentence})
        reason = reason or DUPLICATE
    _decide(
        session,
        candidate,
        CandidateState.spiked,
        by=by,
        now=now,
        batch=batch,
        reason=reason.strip()[:200],
        duplicate_of=duplicate_of,
    )


def unspike(
    session: Session, candidate: Candidate, *, by: User | None, now: datetime, batch: str = ""
) -> None:
    """Put a spiked or shortlisted candidate back to new; the last reason stays readable."""
    _decide(
        session,
        candidate,
        CandidateState.new,
        by=by,
        now=now,
        batch=batch,
        reason=candidate.spike_reason,
    )


VERBS = {
    (CandidateState.new, CandidateState.shortlisted): audit.Verb.shortlist,
    (CandidateState.shortlisted, CandidateState.new): audit.Verb.unshortlist,
    (CandidateState.new, CandidateState.spiked): audit.Verb.spike,
    (CandidateState.shortlisted, CandidateState.spiked): audit.Verb.spike,
    (CandidateState.spiked, CandidateState.new): audit.Verb.unspike,
}


def _decide(
    session: Session,
    candidate: Candidate,
    state: CandidateState,
    *,
    by: User | None,
    now: datetime,
    batch: str,
    reason: str = "",
    duplicate_of: int | None = None,
) -> None:
    _hold(session, candidate, state)
    verb = VERBS[candidate.state, state]
    before = audit.snapshot(candidate, *DECISION)
    _mark(candidate, state, by=by, now=now, reason=reason, duplicate_of=duplicate_of)
    session.add(candidate)
    audit.record(
        session,
        by=by,
        verb=verb,
        subject=candidate,
        before=before,
        after=audit.snapshot(candidate, *DECISION),
        batch=batch or audit.new_batch(),
        now=now,
    )


def _hold(session: Session, candidate: Candidate, state: CandidateState) -> None:
    """Hold the row until the transaction ends; Conflict when somebody decided otherwise."""
    transaction, held = session.info.get("held", (None, set()))
    known = candidate.id in held and transaction is session.get_transaction()
    if not known and session.get_bind().dialect.name == "postgresql":
        session.flush()  # a refresh drops what has not been written
        session.refresh(candidate, attribute_names=list(DECISION), with_for_update=True)
    if not may_move(candidate.state, state):
        name = audit.person_name(session, candidate.decided_by)
        chinese, english = STATE_NAMES[candidate.state]
        raise Conflict(
            f"{name}已将此条{chinese}，请先撤销或恢复",
            f"{name} has already {english} this candidate; undo that first",
            state=candidate.state,
        )


def _mark(
    candidate: Candidate,
    state: CandidateState,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    duplicate_of: int | None = None,
) -> None:
    candidate.state = state
    candidate.spike_reason = reason
    candidate.duplicate_of = duplicate_of
    candidate.decided_at = now
    candidate.decided_by = by.id if by else None


def take(
    session: Session,
    candidate: Candidate,
    *,
    section: IssueSection,
    by: User | None,
    now: datetime,
    position: int | None = None,
    batch: str = "",
) -> Item:
    """Make an item with its first revision from the candidate, at the section's end unless placed.

    Out-of-window and undated candidates may be taken too; an undated one leaves the date open.
    Raises Conflict when it is taken or spiked already, or the issue is locked.
    """
    places.lock_board(session, section.issue_id)
    _hold(session, candidate, CandidateState.taken)
    publication = session.get(Publication, candidate.publication_id)
    assert publication is not None
    fields, note = first_fields(candidate, ZoneInfo(publication.timezone))
    item = make_item(
        session, section, kind=None, fields=fields, by=by, position=position, note=note
    )
    session.add(ItemOrigin(item_id=id_of(item), candidate_id=id_of(candidate)))
    before = audit.snapshot(candidate, *DECISION)
    _mark(candidate, CandidateState.taken, by=by, now=now, reason=candidate.spike_reason)
    session.add(candidate)
    audit.record(
        session,
        by=by,
        verb=audit.Verb.take,
        subject=candidate,
        before=before,
        after=audit.snapshot(candidate, *DECISION) | {"item": item.id},
        batch=batch or audit.new_batch(),
        now=now,
    )
    return item


def first_fields(candidate: Candidate, zone: ZoneInfo) -> tuple[ItemFields, str]:
    """Return what an item's first revision says, and a note on what had to be cut; pure."""
    headline = " ".join(candidate.title.split()) or candidate.excerpt[:40] or candidate.url[:200]
    note = ""
    if len(headline) > 500:
        note = f"原标题 {len(headline)} 字，只取前 500 字"
    dated = candidate.published_at
    fields = ItemFields(
        headline=headline[:500],
        source_line=candidate.source_name,
        dated_on=dated.astimezone(zone).date() if dated else None,
        byline=candidate.byline,
        url=candidate.url,
        blocks=candidate.blocks,
    )
    return fields, note


def toggle_star(session: Session, candidate: Candidate, *, by: User) -> bool:
    """Set or remove the person's own star; returns whether it is starred now."""
    star = session.exec(
        select(Star).where(Star.user_id == by.id, Star.candidate_id == candidate.id)
    ).first()
    if star is None:
        session.add(Star(user_id=id_of(by), candidate_id=id_of(candidate)))
    else:
        session.delete(star)
    session.flush()
    return star is None


# --- what can be measured ------------------------------------------------------------------------


def export_rows(
    session: Session, publication: Publication, issue: Issue | None
) -> Iterator[dict[str, Any]]:
    """Yield every candidate as ingest.md §10 asks, in the order they came.

    `state` is out_of_window or undated for a candidate nobody has decided on that lies in that
    tray of the issue. A date known to the day only has no time of day.
    """
    window = Window(issue.opens_at, issue.closes_at) if issue else None
    zone = ZoneInfo(publication.timezone)
    last = 0
    while True:
        chunk = session.exec(
            select(Candidate)
            .where(Candidate.publication_id == publication.id, col(Candidate.id) > last)
            .order_by(col(Candidate.id))
            .limit(200)
        ).all()
        if not chunk:
            return
        for candidate in chunk:
            yield _exported(candidate, window, zone)
            last = candidate.id or last
            session.expunge(candidate)


def _exported(candidate: Candidate, window: Window | None, zone: ZoneInfo) -> dict[str, Any]:
    tray = tray_of(candidate, window)
    untouched = candidate.state == CandidateState.new and tray != "window"
    return {
        "id": candidate.id,
        "url": candidate.url,
        "title": candidate.title,
        "source": candidate.source_name,
        "published_at": _iso(candidate, zone),
        "text": body_text(candidate.blocks),
        "cluster": candidate.cluster_id,
        "state": tray if untouched else candidate.state.value,
        "tables": [table_grid(block) for block in candidate.blocks if isinstance(block, Table)],
        "images": [
            block.url for block in candidate.blocks if isinstance(block, Figure) and block.url
        ],
    }


def _iso(candidate: Candidate, zone: ZoneInfo) -> str | None:
    if candidate.published_at is None:
        return None
    moment = candidate.published_at.astimezone(zone)
    if candidate.date_precision == "day":
        return moment.date().isoformat()
    return moment.isoformat(timespec="seconds")
