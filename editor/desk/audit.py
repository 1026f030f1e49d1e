"""Who did what: append-only events in a hash chain, and undo that works from them."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, func, literal, text
from sqlalchemy.orm import aliased, defer
from sqlmodel import Session, SQLModel, col, select

from editor import clock
from editor.desk import grouping, places
from editor.errors import Conflict, NotFound
from editor.store.columns import EnumColumn, UtcDateTime
from editor.store.models import (
    Candidate,
    Cluster,
    Event,
    Issue,
    IssueSection,
    Item,
    Publication,
    Remark,
    Revision,
    User,
    Waiver,
)
from editor.workflow import ItemState

UNDO_DAYS = 30
UNDO_PREFIX = "undo-"
# any fixed number: it names the lock that keeps the chain single on PostgreSQL
CHAIN_LOCK = 7_203_114


class Verb(StrEnum):
    """The decisions that undo can take back; all other verbs are only recorded."""

    shortlist = "shortlist"
    unshortlist = "unshortlist"
    spike = "spike"
    unspike = "unspike"
    take = "take"
    order = "order"
    remove = "remove"
    restore = "restore"
    set_item_state = "set_item_state"
    split_off = "split_off"
    merge = "merge"
    choose_lead = "choose_lead"
    pin = "pin"


CLUSTER_VERBS = frozenset({Verb.split_off, Verb.merge, Verb.choose_lead, Verb.pin})


@dataclass(frozen=True)
class Undone:
    """What an undo did: rows restored, and the names of those that somebody changed since."""

    restored: int
    skipped: tuple[str, ...]


def new_batch() -> str:
    """Return a name for decisions that are undone together."""
    return secrets.token_hex(8)


def snapshot(row: SQLModel, *fields: str) -> dict[str, Any]:
    """Return these columns of a row as JSON data, as `before` and `after` hold them."""
    return {field: _plain(getattr(row, field)) for field in fields}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def record(
    session: Session,
    *,
    by: User | None,
    verb: str,
    subject: SQLModel,
    before: dict[str, Any],
    after: dict[str, Any],
    batch: str = "",
    publication_id: int | None = None,
    now: datetime | None = None,
) -> Event:
    """Add one event to the chain; `now` defaults to the desk's present time."""
    if getattr(subject, "id", None) is None:
        session.flush()
    event = Event(
        at=now or clock.now(),
        user_id=by.id if by else None,
        publication_id=publication_id or getattr(subject, "publication_id", None),
        verb=verb,
        subject=str(type(subject).__tablename__),
        subject_id=getattr(subject, "id", None),
        batch=batch,
        before=before,
        after=after,
    )
    event.chain = chained(_last_link(session), event)
    session.add(event)
    session.info["audit_tail"] = (_transaction(session), event.chain)
    return event


def _transaction(session: Session) -> tuple[Any, Any]:
    return session.get_transaction(), session.get_nested_transaction()


def _last_link(session: Session) -> str:
    """Return the chain's last link; asked once a transaction, and held until it ends."""
    transaction, link = session.info.get("audit_tail", (None, ""))
    if transaction is not None and transaction == _transaction(session):
        return str(link)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
    return session.exec(select(Event.chain).order_by(col(Event.id).desc()).limit(1)).first() or ""


def chained(previous: str, event: Event) -> str:
    """Return the event's link: the sha256 of the link before it and of all the event says."""
    said = [
        previous,
        event.at.isoformat(),
        event.user_id,
        event.publication_id,
        event.verb,
        event.subject,
        event.subject_id,
        event.batch,
        event.before,
        event.after,
    ]
    text_form = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text_form.encode("utf-8")).hexdigest()


def broken_links(session: Session) -> list[int]:
    """Return the ids of events that do not follow from the one before; empty when all is well."""
    broken, previous = [], ""
    for event in session.exec(select(Event).order_by(col(Event.id))).yield_per(1000):
        if event.id is not None and event.chain != chained(previous, event):
            broken.append(event.id)
        previous = event.chain
    return broken


def list_events(
    session: Session, *, publication_id: int | None = None, batch: str = "", limit: int = 100
) -> list[Event]:
    """Return the newest events first, of one publication or batch if one is named."""
    query = select(Event).order_by(col(Event.id).desc()).limit(limit)
    if publication_id is not None:
        query = query.where(Event.publication_id == publication_id)
    if batch:
        query = query.where(Event.batch == batch)
    return list(session.exec(query))


def last_batch(session: Session, user: User) -> str | None:
    """Return the person's latest batch that is not undone yet, None when there is none."""
    undoing = aliased(Event)
    return session.exec(
        select(Event.batch)
        .where(
            Event.user_id == user.id,
            Event.batch != "",
            col(Event.verb).in_([verb.value for verb in Verb]),
            Event.at >= clock.now() - timedelta(days=UNDO_DAYS),
            ~select(undoing.id)
            .where(undoing.batch == literal(UNDO_PREFIX) + col(Event.batch))
            .exists(),
        )
        .order_by(col(Event.id).desc())
        .limit(1)
    ).first()


def undo(session: Session, batch: str, *, by: User | None, now: datetime) -> Undone:
    """Take back every decision of the batch, the latest first.

    Rows that somebody changed since keep their state and are named in the answer. Raises NotFound
    for an unknown batch, Conflict for one that is undone already or older than 30 days.
    """
    session.flush()
    events = list(
        session.exec(select(Event).where(Event.batch == batch).order_by(col(Event.id).desc()))
    )
    events = [event for event in events if event.verb in set(Verb)] if batch else []
    _refuse_undo(session, batch, events, now)
    held = _held_candidates(session, events)
    skipped = []
    for event in events:
        if not _take_back(session, event, held, by=by, now=now):
            skipped.append(_name(session, event))
    if len(skipped) == len(events):
        _note_vain(session, events[0], by=by, now=now)
    session.flush()
    return Undone(len(events) - len(skipped), tuple(skipped))


def _note_vain(session: Session, event: Event, *, by: User | None, now: datetime) -> None:
    """Record that the batch could not be undone: the next undo goes on to the one before."""
    row = session.get(Publication, event.publication_id)
    if row is not None:
        record(
            session,
            by=by,
            verb="undo",
            subject=row,
            before={},
            after={},
            batch=UNDO_PREFIX + event.batch,
            publication_id=event.publication_id,
            now=now,
        )


def _refuse_undo(session: Session, batch: str, events: list[Event], now: datetime) -> None:
    if not events:
        raise NotFound("没有找到要撤销的操作", "There is nothing to undo under this name")
    if events[0].at < now - timedelta(days=UNDO_DAYS):
        raise Conflict(
            f"这项操作已超过 {UNDO_DAYS} 天，不能再撤销",
            f"This was done more than {UNDO_DAYS} days ago and can no longer be undone",
        )
    earlier = session.exec(select(Event).where(Event.batch == UNDO_PREFIX + batch)).first()
    if earlier is not None:
        name = person_name(session, earlier.user_id)
        raise Conflict(
            f"{name}已经撤销过这项操作，请刷新页面",
            f"{name} has already undone this; reload the page",
        )


Held = Mapping[int | None, Candidate]


def _held_candidates(session: Session, events: Iterable[Event]) -> Held:
    """Return the candidates of the events as they are now, held until the transaction ends.

    One query for all of them, without their texts: a batch may be a thousand rows.
    """
    ids = sorted(event.subject_id or 0 for event in events if event.subject == "candidate")
    if not ids:
        return {}
    rows = session.exec(
        select(Candidate)
        .where(col(Candidate.id).in_(ids))
        .order_by(col(Candidate.id))
        .options(defer(Candidate.blocks))  # type: ignore[arg-type]
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _take_back(
    session: Session, event: Event, held: Held, *, by: User | None, now: datetime
) -> bool:
    """Undo one event; False when its row is no longer as the event left it."""
    match event.verb:
        case Verb.order:
            row, done = _restore_order(session, event)
        case Verb.take:
            row, done = _return_candidate(session, event, held)
        case verb if verb in CLUSTER_VERBS:
            row, done = _restore_clusters(session, event)
        case _:
            row, done = _restore_fields(session, event, held)
    if row is not None and done:
        record(
            session,
            by=by,
            verb="undo",
            subject=row,
            before=event.after,
            after=event.before,
            batch=UNDO_PREFIX + event.batch,
            publication_id=event.publication_id,
            now=now,
        )
    return done


def _restore_fields(session: Session, event: Event, held: Held) -> tuple[SQLModel | None, bool]:
    row = _row(session, event, held)
    if row is None or snapshot(row, *event.after) != event.after:
        return row, False
    if isinstance(row, Item):
        if not _board_open(session, row.section_id):
            return row, False
        _set(row, event.before)
        if "removed_at" in event.before:
            _return_to_board(session, row)
    else:
        _set(row, event.before)
    session.add(row)
    return row, True


def _return_to_board(session: Session, item: Item) -> None:
    if item.removed_at is None:
        places.place(session, item, places.section_of(session, item), item.position)
    else:
        session.flush()
        places.close_ranks(session, item.section_id)


def _return_candidate(session: Session, event: Event, held: Held) -> tuple[SQLModel | None, bool]:
    """Undo a take, while its item still has the first revision and nobody has touched it."""
    candidate = _row(session, event, held)
    item = session.get(Item, event.after["item"], with_for_update=True)
    after = {key: value for key, value in event.after.items() if key != "item"}
    if candidate is None or item is None or snapshot(candidate, *after) != after:
        return candidate, False
    if not _untouched(session, item) or not _board_open(session, item.section_id):
        return candidate, False
    # nothing is lost: its only revision is the candidate's own text
    session.delete(item)
    session.flush()
    places.close_ranks(session, item.section_id)
    _set(candidate, event.before)
    session.add(candidate)
    return candidate, True


def _untouched(session: Session, item: Item) -> bool:
    """Whether the item is as `take` made it: no edit, remark, waiver, assignment or removal."""
    revisions = select(func.count()).select_from(Revision).where(Revision.item_id == item.id)
    remarks = select(func.count()).select_from(Remark).where(Remark.item_id == item.id)
    waivers = select(func.count()).select_from(Waiver).where(Waiver.item_id == item.id)
    return (
        item.removed_at is None
        and item.assigned_to is None
        and item.state == ItemState.draft
        and session.exec(revisions).one() == 1
        and session.exec(remarks).one() == 0
        and session.exec(waivers).one() == 0
    )


def _restore_order(session: Session, event: Event) -> tuple[SQLModel | None, bool]:
    assert event.subject_id is not None
    try:
        issue = places.lock_board(session, event.subject_id)
    except Conflict:
        return session.get(Issue, event.subject_id), False
    order = places.turned_back(
        _numbered(event.before["order"]),
        _numbered(event.after["order"]),
        places.order_of(session, event.subject_id),
    )
    if order is None:
        return issue, False
    places.put_order(session, order)
    issue.version += 1
    session.add(issue)
    return issue, True


def _restore_clusters(session: Session, event: Event) -> tuple[SQLModel | None, bool]:
    assert event.publication_id is not None
    grouping.hold(session, event.publication_id)
    done = grouping.restore(session, event.before, event.after)
    return session.get(Cluster, event.subject_id), done


def _numbered(order: dict[str, list[int]]) -> places.Order:
    """Return an order as stored in JSON, where every key is a string."""
    return {int(section): list(items) for section, items in order.items()}


def _board_open(session: Session, section_id: int) -> bool:
    section = session.get(IssueSection, section_id)
    if section is None:
        return False
    try:
        places.lock_board(session, section.issue_id)
    except Conflict:
        return False
    return True


def _row(session: Session, event: Event, held: Held) -> Candidate | Item | None:
    """Return the event's row as it is now, held until the transaction ends."""
    if event.subject == "candidate":
        return held.get(event.subject_id)
    return session.get(Item, event.subject_id, populate_existing=True, with_for_update=True)


def _set(row: SQLModel, values: dict[str, Any]) -> None:
    columns = type(row).__table__.columns  # type: ignore[attr-defined]
    for field, value in values.items():
        setattr(row, field, _stored(columns[field].type, value))


def _stored(kind: Any, value: Any) -> Any:
    """Return a value from JSON as the column wants it."""
    if value is None:
        return None
    if isinstance(kind, EnumColumn):
        return kind.kind(value)
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _name(session: Session, event: Event) -> str:
    """Return what a person calls the event's row."""
    match event.subject:
        case "candidate":
            candidate = session.get(Candidate, event.subject_id)
            return candidate.title if candidate else str(event.subject_id)
        case "issue":
            issue = session.get(Issue, event.subject_id)
            return f"版面 · 总第 {issue.total_number} 期" if issue else str(event.subject_id)
        case "cluster":
            cluster = session.get(Cluster, event.subject_id)
            lead = session.get(Candidate, cluster.lead_id) if cluster else None
            return lead.title if lead else str(event.subject_id)
        case _:
            return headline_of(session, event.subject_id)


def headline_of(session: Session, item_id: int | None) -> str:
    """Return the headline of the item's latest revision, its number when it has none."""
    headline = session.exec(
        select(Revision.headline)
        .where(Revision.item_id == item_id)
        .order_by(col(Revision.number).desc())
        .limit(1)
    ).first()
    return headline or str(item_id)


def person_name(session: Session, user_id: int | None) -> str:
    """Return a person's name; the machine is 系统."""
    user = session.get(User, user_id) if user_id is not None else None
    return user.name if user else "系统"


def person_names(session: Session, user_ids: Iterable[int | None]) -> dict[int, str]:
    """Return names by id; one query."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    rows = session.exec(select(User.id, User.name).where(col(User.id).in_(wanted)))
    return {user_id: name for user_id, name in rows if user_id is not None}
