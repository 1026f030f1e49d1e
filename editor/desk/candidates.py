"""Triage: the queue of candidates, and what an editor decides about each."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, tuple_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from editor.desk import audit, places
from editor.desk.items import ItemFields, make_item
from editor.errors import Conflict, Invalid, NotFound
from editor.schedule import Window, in_window
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

Tray = Literal["window", "out_of_window", "undated", "all"]
TRAYS: tuple[Tray, ...] = ("window", "out_of_window", "undated", "all")
DECISION = ("state", "spike_reason", "duplicate_of", "decided_at", "decided_by")
STATE_NAMES = {
    CandidateState.new: ("恢复为新", "put back"),
    CandidateState.shortlisted: ("列为待定", "shortlisted"),
    CandidateState.taken: ("采用", "taken"),
    CandidateState.spiked: ("弃用", "spiked"),
}
DUPLICATE = "duplicate"
PAGE = 100
MOST = 500


# --- the queue ---------------------------------------------------------------------------------


class QueueFilter(BaseModel):
    """What the triage list shows; `starred_by` is a person's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: CandidateState | Literal["all"] = CandidateState.new
    tray: Tray = "window"
    section: str = ""
    source_id: int | None = None
    text: str = ""
    starred_by: int | None = None


@dataclass(frozen=True)
class QueueRow:
    """A candidate as the list shows it. `item_id` is the item that a taken one became."""

    id: int
    title: str
    source_id: int | None
    source_name: str
    url: str
    published_at: datetime | None
    date_how: str
    date_precision: str
    tray: Tray
    state: CandidateState
    spike_reason: str
    duplicate_of: int | None
    decided_by: int | None
    suggested_section: str
    excerpt: str
    characters: int
    agreement: float | None
    score: float
    cluster_id: int | None
    alike: int = 0
    starred: bool = False
    item_id: int | None = None
    item_section: str = ""


@dataclass(frozen=True)
class QueuePage:
    """Rows in order, newest first; `next_cursor` is None on the last page."""

    rows: tuple[QueueRow, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True)
class Stretch:
    """A run of the queue that one index gives in order: [since, before), or the undated."""

    since: datetime | None = None
    before: datetime | None = None
    dated: bool = True


# explicit columns: a row's blocks can be a hundred times longer than the rest of it
COLUMNS: tuple[Any, ...] = (
    Candidate.id,
    Candidate.title,
    Candidate.source_id,
    Candidate.source_name,
    Candidate.url,
    Candidate.published_at,
    Candidate.date_how,
    Candidate.date_precision,
    Candidate.state,
    Candidate.spike_reason,
    Candidate.duplicate_of,
    Candidate.decided_by,
    Candidate.suggested_section,
    Candidate.excerpt,
    Candidate.characters,
    Candidate.agreement,
    Candidate.score,
    Candidate.cluster_id,
)


def queue_page(
    session: Session,
    publication: Publication,
    issue: Issue | None,
    filter: QueueFilter,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
    viewer: User | None = None,
) -> QueuePage:
    """Return a page of the queue, newest first and undated last; texts are not loaded.

    `viewer` marks the rows this person has starred. Raises Invalid for a cursor it did not make.
    """
    limit = max(1, min(limit, MOST))
    window = _window(issue)
    wanted = _conditions(publication, filter)
    rows: list[Any] = []
    for stretch in _stretches(filter.tray, window):
        rows += session.execute(
            _ordered(wanted, stretch, _position(cursor)).limit(limit + 1 - len(rows))
        )
        if len(rows) > limit:
            break
    page = rows[:limit]
    return QueuePage(
        rows=_dressed(session, page, window, viewer),
        next_cursor=_cursor(page[-1]) if len(rows) > limit else None,
        total=_total(session, wanted, filter.tray, window),
    )


def _window(issue: Issue | None) -> Window | None:
    return Window(issue.opens_at, issue.closes_at) if issue else None


def tray_of(candidate: Candidate, window: Window | None) -> Tray:
    """Return the tray a candidate lies in; without a window every dated one lies in it."""
    return _tray(candidate.published_at, window)


def _tray(published_at: datetime | None, window: Window | None) -> Tray:
    if published_at is None:
        return "undated"
    return "window" if window is None or in_window(published_at, window) else "out_of_window"


def _stretches(tray: Tray, window: Window | None) -> tuple[Stretch, ...]:
    """Return the runs that make up a tray, in the order they are shown."""
    undated = Stretch(dated=False)
    match tray:
        case "undated":
            return (undated,)
        case "all":
            return Stretch(), undated
        case "window":
            return (Stretch(window.opens_at, window.closes_at) if window else Stretch(),)
        case "out_of_window":
            if window is None:
                return ()
            return Stretch(since=window.closes_at), Stretch(before=window.opens_at)


def _within(stretch: Stretch) -> list[ColumnElement[bool]]:
    published = col(Candidate.published_at)
    if not stretch.dated:
        return [published.is_(None)]
    bounds: list[ColumnElement[bool]] = []
    if stretch.since is not None:
        bounds.append(published >= stretch.since)
    if stretch.before is not None:
        bounds.append(published < stretch.before)
    return bounds or [published.is_not(None)]


def _conditions(publication: Publication, filter: QueueFilter) -> list[ColumnElement[bool]]:
    conditions = [col(Candidate.publication_id) == publication.id]
    if filter.state != "all":
        conditions.append(col(Candidate.state) == filter.state)
    if filter.section:
        conditions.append(col(Candidate.suggested_section) == filter.section)
    if filter.source_id is not None:
        conditions.append(col(Candidate.source_id) == filter.source_id)
    if filter.starred_by is not None:
        stars = select(Star.candidate_id).where(Star.user_id == filter.starred_by)
        conditions.append(col(Candidate.id).in_(stars))
    for word in filter.text.split():
        conditions.append(
            or_(
                col(Candidate.title).icontains(word, autoescape=True),
                col(Candidate.excerpt).icontains(word, autoescape=True),
            )
        )
    return conditions


Position = tuple[datetime | None, int]


def _ordered(
    wanted: list[ColumnElement[bool]], stretch: Stretch, after: Position | None
) -> Select[Any]:
    published, key = col(Candidate.published_at), col(Candidate.id)
    query = columns(*COLUMNS).where(*wanted, *_within(stretch))
    if after is not None:
        moment, last = after
        if stretch.dated and moment is None:
            query = query.where(key < 0)
        elif stretch.dated:
            query = query.where(tuple_(published, key) < tuple_(moment, last))
        elif moment is None:
            query = query.where(key < last)
    return (
        query.order_by(published.desc(), key.desc())
        if stretch.dated
        else query.order_by(key.desc())
    )


def _cursor(row: Any) -> str:
    moment = row.published_at.isoformat() if row.published_at else ""
    return base64.urlsafe_b64encode(json.dumps([moment, row.id]).encode()).decode().rstrip("=")


def _position(cursor: str | None) -> Position | None:
    if not cursor:
        return None
    try:
        moment, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return (datetime.fromisoformat(moment) if moment else None), int(last)
    except (ValueError, TypeError) as error:
        raise Invalid(
            "翻页标记无效，请从第一页重新开始",
            "The page mark is not valid; start at the first page",
        ) from error


def _total(
    session: Session, wanted: list[ColumnElement[bool]], tray: Tray, window: Window | None
) -> int:
    runs = _stretches(tray, window)
    if not runs:
        return 0
    query = select(func.count()).select_from(Candidate).where(*wanted)
    if tray != "all":
        query = query.where(or_(*(and_(*_within(stretch)) for stretch in runs)))
    return session.exec(query).one()


def _dressed(
    session: Session, rows: list[Any], window: Window | None, viewer: User | None
) -> tuple[QueueRow, ...]:
    """Add what other tables know about the rows: three queries a page, none a row."""
    ids = [row.id for row in rows]
    alike = _cluster_sizes(session, {row.cluster_id for row in rows} - {None})
    stars = _starred(session, ids, viewer)
    items = _items_of(session, [row.id for row in rows if row.state == CandidateState.taken])
    return tuple(
        QueueRow(
            **row._mapping,
            tray=_tray(row.published_at, window),
            alike=max(0, alike.get(row.cluster_id, 1) - 1),
            starred=row.id in stars,
            item_id=items.get(row.id, (None, ""))[0],
            item_section=items.get(row.id, (None, ""))[1],
        )
        for row in rows
    )


def _cluster_sizes(session: Session, clusters: set[int]) -> dict[int | None, int]:
    if not clusters:
        return {}
    rows = session.exec(
        select(Candidate.cluster_id, func.count())
        .where(col(Candidate.cluster_id).in_(clusters))
        .group_by(col(Candidate.cluster_id))
    )
    return {cluster: size for cluster, size in rows if cluster is not None}


def _starred(session: Session, ids: list[int], viewer: User | None) -> set[int]:
    if viewer is None or not ids:
        return set()
    return set(
        session.exec(
            select(Star.candidate_id).where(
                Star.user_id == viewer.id, col(Star.candidate_id).in_(ids)
            )
        )
    )


def _items_of(session: Session, ids: list[int]) -> dict[int, tuple[int | None, str]]:
    if not ids:
        return {}
    rows = session.exec(
        select(ItemOrigin.candidate_id, Item.id, IssueSection.name)
        .join(Item, col(Item.id) == col(ItemOrigin.item_id))
        .join(IssueSection, col(IssueSection.id) == col(Item.section_id))
        .where(col(ItemOrigin.candidate_id).in_(ids), col(Item.removed_at).is_(None))
        .order_by(col(Item.id))
    )
    return {candidate: (item, section) for candidate, item, section in rows}


def counts(
    session: Session, publication: Publication, issue: Issue | None
) -> dict[str, dict[str, int]]:
    """Return how many candidates lie in each tray by state: `counts[tray][state]`.

    Trays are window, out_of_window, undated and all; states new, shortlisted, taken, spiked and
    all; every pair is there. One query.
    """
    window = _window(issue)
    published = col(Candidate.published_at)
    dated: Any = "window"
    if window is not None:
        inside = and_(published >= window.opens_at, published < window.closes_at)
        dated = case((inside, "window"), else_="out_of_window")
    tray = case((published.is_(None), "undated"), else_=dated)
    rows = session.exec(
        select(col(Candidate.state), tray, func.count())
        .where(Candidate.publication_id == publication.id)
        .group_by(col(Candidate.state), tray)
    )
    result: dict[str, dict[str, int]] = {
        name: dict.fromkeys([*(state.value for state in CandidateState), "all"], 0)
        for name in TRAYS
    }
    for state, name, number in rows:
        for key in (name, "all"):
            result[key][state.value] += number
            result[key]["all"] += number
    return result


def get_candidate(session: Session, publication: Publication, candidate_id: int) -> Candidate:
    """Return a candidate of the publication with its text; raises NotFound."""
    candidate = session.get(Candidate, candidate_id)
    if candidate is None or candidate.publication_id != publication.id:
        raise NotFound("没有这条候选，请刷新列表", "There is no such candidate; reload the list")
    return candidate


def alike(session: Session, candidate: Candidate, issue: Issue | None = None) -> list[QueueRow]:
    """Return the other candidates of its cluster, oldest first; none when it stands alone."""
    if candidate.cluster_id is None:
        return []
    rows = session.execute(
        select(*COLUMNS)
        .where(Candidate.cluster_id == candidate.cluster_id, Candidate.id != candidate.id)
        .order_by(col(Candidate.published_at), col(Candidate.id))
    ).all()
    return list(_dressed(session, list(rows), _window(issue), None))


def queue_row(
    session: Session, candidate: Candidate, issue: Issue | None, viewer: User | None = None
) -> QueueRow:
    """Return one candidate as the list shows it, after a decision."""
    session.flush()
    row = session.execute(select(*COLUMNS).where(Candidate.id == candidate.id)).one()
    return _dressed(session, [row], _window(issue), viewer)[0]


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
    if session.get_bind().dialect.name == "postgresql":
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
    window, zone = _window(issue), ZoneInfo(publication.timezone)
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
