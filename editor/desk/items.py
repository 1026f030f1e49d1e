"""Items: their fields, and their revisions that are only ever added."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from editor import clock
from editor.desk import audit, places
from editor.errors import Conflict, Invalid, NotFound
from editor.store.models import Issue, IssueSection, Item, Publication, Revision, User, id_of
from editor.text.document import Attachment, Blocks, Value, character_count
from editor.workflow import ItemKind, ItemState


class ItemFields(Value):
    """What a revision says; lengths are the columns' own."""

    headline: str = Field(min_length=1, max_length=500)
    subtitle: str = Field(default="", max_length=500)
    source_line: str = Field(default="", max_length=200)
    dated_on: date | None = None
    byline: str = Field(default="", max_length=500)
    url: str = Field(default="", max_length=2000)
    blocks: Blocks = ()
    attachments: tuple[Attachment, ...] = ()


FIELDS = tuple(ItemFields.model_fields)
NAMES = {
    "headline": ("标题", "headline"),
    "subtitle": ("副题", "subtitle"),
    "source_line": ("来源", "source line"),
    "dated_on": ("日期", "date"),
    "byline": ("作者", "byline"),
    "url": ("链接", "link"),
    "blocks": ("正文", "text"),
    "attachments": ("附", "attachments"),
}


def fields_from(data: Mapping[str, Any]) -> ItemFields:
    """Return fields from form or JSON data; raises Invalid with a sentence for each wrong one."""
    try:
        return ItemFields.model_validate(data)
    except ValidationError as error:
        fields = {}
        for problem in error.errors():
            key = str(problem["loc"][0]) if problem["loc"] else ""
            chinese, english = NAMES.get(key, (key, key))
            fields[key] = _problem(problem["type"], chinese, english, problem.get("ctx", {}))
        raise Invalid(
            "；".join(pair[0] for pair in fields.values()),
            "; ".join(pair[1] for pair in fields.values()),
            fields=fields,
        ) from error


def _problem(kind: str, chinese: str, english: str, limits: Mapping[str, Any]) -> tuple[str, str]:
    match kind:
        case "missing" | "string_too_short":
            return f"{chinese}不能为空", f"The {english} must not be empty"
        case "string_too_long":
            most = limits.get("max_length")
            return f"{chinese}不能超过 {most} 个字", f"The {english} has at most {most} characters"
        case _:
            return f"{chinese}的内容无法识别，请检查", f"The {english} cannot be read; check it"


def fields_of(revision: Revision) -> ItemFields:
    """Return what a revision says."""
    return ItemFields(**{field: getattr(revision, field) for field in FIELDS})


def with_ids(blocks: Blocks) -> Blocks:
    """Give an id to each block that has none or repeats one: findings and diffs name them."""
    seen: set[str] = set()
    result = []
    for block in blocks:
        fresh = block
        if not block.id or block.id in seen:
            fresh = block.model_copy(update={"id": secrets.token_hex(4)})
        seen.add(fresh.id)
        result.append(fresh)
    return tuple(result)


def new_item(
    session: Session,
    section: IssueSection,
    *,
    kind: ItemKind | None = None,
    fields: ItemFields,
    by: User | None,
    now: datetime,
    position: int | None = None,
    note: str = "",
) -> Item:
    """Make an item with its first revision in the section, at the end unless placed.

    `kind` None takes the section's kind. Raises Conflict when the issue is locked.
    """
    item = make_item(
        session, section, kind=kind, fields=fields, by=by, position=position, note=note
    )
    audit.record(
        session,
        by=by,
        verb="new_item",
        subject=item,
        before={},
        after={"section_id": item.section_id, "headline": fields.headline},
        publication_id=_issue_of(session, section).publication_id,
        now=now,
    )
    return item


def make_item(
    session: Session,
    section: IssueSection,
    *,
    kind: ItemKind | None,
    fields: ItemFields,
    by: User | None,
    position: int | None,
    note: str,
) -> Item:
    """Make and place an item without recording it: the caller's own event says how it came."""
    places.lock_board(session, section.issue_id)
    item = Item(
        section_id=id_of(section),
        position=0,
        kind=section.kind if kind is None else kind,
        created_by=by.id if by else None,
    )
    with session.no_autoflush:
        places.place(session, item, section, position)
    _append(session, item, fields, number=1, by=by, note=note)
    return item


def _append(
    session: Session, item: Item, fields: ItemFields, *, number: int, by: User | None, note: str
) -> Revision:
    blocks = with_ids(fields.blocks)
    revision = Revision(
        item_id=id_of(item),
        number=number,
        headline=fields.headline,
        subtitle=fields.subtitle,
        source_line=fields.source_line,
        dated_on=fields.dated_on,
        byline=fields.byline,
        url=fields.url,
        blocks=blocks,
        attachments=fields.attachments,
        characters=character_count(blocks),
        author_id=by.id if by else None,
        note=note[:300],
    )
    session.add(revision)
    session.flush()
    item.revision_id = revision.id
    session.add(item)
    session.flush()
    return revision


def find_item(session: Session, publication: Publication, item_id: int) -> Item | None:
    """Return an item of the publication, removed ones too; None when it has none such."""
    return session.exec(
        select(Item)
        .join(IssueSection, col(IssueSection.id) == col(Item.section_id))
        .join(Issue, col(Issue.id) == col(IssueSection.issue_id))
        .where(Item.id == item_id, Issue.publication_id == publication.id)
    ).first()


def get_item(session: Session, publication: Publication, item_id: int) -> Item:
    """Return an item of the publication, removed ones too; raises NotFound."""
    item = find_item(session, publication, item_id)
    if item is None:
        raise NotFound("没有这篇稿件，它可能已被删除", "There is no such item; it may be gone")
    return item


def current(session: Session, item: Item) -> Revision:
    """Return the item's latest revision."""
    revision = session.get(Revision, item.revision_id) if item.revision_id else None
    if revision is None:
        raise NotFound("这篇稿件没有任何版本", "This item has no revision")
    return revision


def list_revisions(session: Session, item: Item) -> list[Revision]:
    """Return the item's revisions, the latest first; each text is loaded when it is read."""
    return list(
        session.exec(
            select(Revision)
            .where(Revision.item_id == item.id)
            .order_by(col(Revision.number).desc())
            .options(defer(Revision.blocks))  # type: ignore[arg-type]
        )
    )


def get_revision(session: Session, item: Item, number: int) -> Revision:
    """Return the item's revision of this number; raises NotFound."""
    revision = session.exec(
        select(Revision).where(Revision.item_id == item.id, Revision.number == number)
    ).first()
    if revision is None:
        raise NotFound(f"没有第 {number} 版", f"There is no revision {number}")
    return revision


def revise(
    session: Session,
    item: Item,
    fields: ItemFields,
    *,
    base: int,
    by: User | None,
    now: datetime,
    note: str = "",
) -> Revision:
    """Save a new revision made from revision `base`; the same text again saves nothing.

    Raises Conflict, naming who saved what meanwhile, when `base` is not the latest.
    """
    section = places.section_of(session, item)
    issue = places.lock_board(session, section.issue_id)
    session.flush()  # a refresh drops what has not been written
    session.refresh(item, with_for_update=True)
    latest = current(session, item)
    if latest.number != base:
        raise stale(session, issue, latest)
    if item.removed_at is not None:
        raise Conflict("这篇稿件已被移出本期，请先恢复", "The item was removed; restore it first")
    blocks = with_ids(fields.blocks)
    fields = fields.model_copy(update={"blocks": blocks})
    if fields == fields_of(latest) and not note:
        return latest
    revision = _append(session, item, fields, number=latest.number + 1, by=by, note=note)
    if item.state == ItemState.draft:
        item.state = ItemState.editing
        session.add(item)
    audit.record(
        session,
        by=by,
        verb="revise",
        subject=item,
        before={"revision": latest.number},
        after={"revision": revision.number, "headline": revision.headline},
        publication_id=issue.publication_id,
        now=now,
    )
    return revision


def stale(session: Session, issue: Issue, latest: Revision) -> Conflict:
    """Return the conflict that says who saved which revision when."""
    publication = session.get(Publication, issue.publication_id)
    name = audit.person_name(session, latest.author_id)
    saved_at, today = latest.created_at, clock.real()
    if publication is not None:
        zone = ZoneInfo(publication.timezone)
        saved_at, today = saved_at.astimezone(zone), today.astimezone(zone)
    same_day = saved_at.date() == today.date()
    clock_time = saved_at.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M")
    return Conflict(
        f"{name} {clock_time} 已保存第 {latest.number} 版，您的修改还没有保存。"
        "请比较两个版本后再保存",
        f"{name} saved revision {latest.number} at {clock_time} while you were editing. "
        "Compare the two and save again",
        revision=latest.number,
        author=name,
    )


def _issue_of(session: Session, section: IssueSection) -> Issue:
    issue = session.get(Issue, section.issue_id)
    if issue is None:
        raise NotFound("这一期已不存在", "The issue no longer exists")
    return issue


def set_state(
    session: Session,
    item: Item,
    state: ItemState,
    *,
    by: User | None,
    now: datetime,
    batch: str = "",
) -> None:
    """Say how far the item is; undoable."""
    issue = places.lock_board(session, places.section_of(session, item).issue_id)
    if item.state == state:
        return
    before = audit.snapshot(item, "state")
    item.state = state
    session.add(item)
    _record(session, issue, item, audit.Verb.set_item_state, before, by=by, now=now, batch=batch)


def set_kind(
    session: Session, item: Item, kind: ItemKind, *, by: User | None, now: datetime
) -> None:
    """Say what the item is, which decides its page rules and what is asked of it."""
    issue = places.lock_board(session, places.section_of(session, item).issue_id)
    if item.kind == kind:
        return
    before = audit.snapshot(item, "kind")
    item.kind = kind
    session.add(item)
    _record(session, issue, item, "set_item_kind", before, by=by, now=now, batch="")


def remove_item(
    session: Session, item: Item, *, by: User | None, now: datetime, batch: str = ""
) -> None:
    """Take the item off the board; it keeps its text and can be restored. Undoable."""
    issue = places.lock_board(session, places.section_of(session, item).issue_id)
    if item.removed_at is not None:
        return
    before = audit.snapshot(item, "removed_at")
    item.removed_at = now
    session.add(item)
    session.flush()
    places.close_ranks(session, item.section_id)
    _record(session, issue, item, audit.Verb.remove, before, by=by, now=now, batch=batch)


def restore_item(
    session: Session, item: Item, *, by: User | None, now: datetime, batch: str = ""
) -> None:
    """Put a removed item back where it stood, or at the end of its section. Undoable."""
    section = places.section_of(session, item)
    issue = places.lock_board(session, section.issue_id)
    if item.removed_at is None:
        return
    before = audit.snapshot(item, "removed_at")
    item.removed_at = None
    places.place(session, item, section, item.position)
    _record(session, issue, item, audit.Verb.restore, before, by=by, now=now, batch=batch)


def list_removed(session: Session, issue: Issue) -> list[Item]:
    """Return the issue's removed items, the latest first."""
    return list(
        session.exec(
            select(Item)
            .join(IssueSection, col(IssueSection.id) == col(Item.section_id))
            .where(IssueSection.issue_id == issue.id, col(Item.removed_at).is_not(None))
            .order_by(col(Item.removed_at).desc(), col(Item.id).desc())
        )
    )


def _record(
    session: Session,
    issue: Issue,
    item: Item,
    verb: str,
    before: dict[str, Any],
    *,
    by: User | None,
    now: datetime,
    batch: str,
) -> None:
    audit.record(
        session,
        by=by,
        verb=verb,
        subject=item,
        before=before,
        after=audit.snapshot(item, *before),
        batch=batch or audit.new_batch(),
        publication_id=issue.publication_id,
        now=now,
    )
