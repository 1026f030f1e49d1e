"""What could not be had: by reason, tried again, or completed by a person's hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy import func
from sqlmodel import Session, col, select

from editor.desk import audit, updates
from editor.desk.source_health import failed_in
from editor.errors import Conflict, Invalid, NotFound, Reason
from editor.store.models import Candidate, Entry, Issue, Publication, Source, User, id_of
from editor.text.document import Blocks, Value, character_count
from editor.text.urls import canonical_url, url_hash
from editor.workflow import EntryState

SHOWN, MOST_SHOWN = 30, 500
# where a person can read what the machine cannot: pasting the text helps
BY_HAND_FIRST = (
    Reason.wechat_blocked,
    Reason.needs_login,
    Reason.looks_scripted,
    Reason.robots,
    Reason.http_403,
    Reason.empty,
    Reason.not_html,
)


class Completed(Value):
    """What a person copied from the page."""

    title: str = Field(min_length=1, max_length=1000)
    source_name: str = Field(default="", max_length=200)
    published_on: date | None = None
    byline: str = Field(default="", max_length=500)
    blocks: Blocks = ()


@dataclass(frozen=True)
class ReasonGroup:
    """What failed for one reason: how many, and the newest of them."""

    reason: str
    count: int
    entries: tuple[Entry, ...]
    by_hand: bool


def groups(
    session: Session, publication: Publication, issue: Issue | None, *, reason: str = ""
) -> list[ReasonGroup]:
    """Return what could not be had, by reason; what a person can best complete comes first.

    Of each reason the newest 30, of the one that is asked for 500; `count` says how many more.
    """
    wanted = failed_in(publication, issue)
    if reason:
        wanted.append(col(Entry.reason) == reason)
    counts = session.execute(
        select(Entry.reason, func.count(col(Entry.id))).where(*wanted).group_by(Entry.reason)
    ).all()
    found = [
        ReasonGroup(
            code,
            count,
            tuple(_newest(session, wanted, code, MOST_SHOWN if reason else SHOWN)),
            code in BY_HAND_FIRST,
        )
        for code, count in counts
    ]
    return sorted(found, key=lambda group: (not group.by_hand, -group.count, group.reason))


def _newest(session: Session, wanted: Sequence[Any], reason: str, most: int) -> list[Entry]:
    query = select(Entry).where(*wanted, Entry.reason == reason)
    return list(session.exec(query.order_by(col(Entry.id).desc()).limit(most)))


def addresses(
    session: Session, publication: Publication, issue: Issue | None, reason: str
) -> list[str]:
    """Return the addresses of all that failed for this reason; raises NotFound for none."""
    wanted = failed_in(publication, issue)
    query = select(Entry.url).where(*wanted, Entry.reason == reason).order_by(col(Entry.id))
    found = list(session.exec(query))
    if not found:
        raise NotFound(
            "这个原因下已没有未取到的条目，请刷新页面",
            "Nothing is left under this reason; reload the page",
        )
    return found


def get_entry(session: Session, publication: Publication, entry_id: int) -> Entry:
    """Return an entry of the publication; raises NotFound."""
    entry = session.get(Entry, entry_id)
    if entry is None or entry.publication_id != publication.id:
        raise NotFound("没有这一条", "There is no such entry")
    return entry


def require_failed(entry: Entry) -> None:
    """Raise Conflict when the entry has been had meanwhile, or is on its way."""
    if entry.state == EntryState.failed:
        return
    if entry.state == EntryState.done:
        raise Conflict(
            "这一条已经取到或已补全，请在候选中查看",
            "This one has been fetched or completed meanwhile; look at the candidates",
        )
    raise Conflict(
        "这一条正在重新采集，请稍后再看",
        "This one is being fetched again; look later",
    )


def complete(
    session: Session,
    publication: Publication,
    entry: Entry,
    said: Completed,
    *,
    by: User | None,
    now: datetime,
) -> Candidate:
    """Make the entry's candidate from what a person copied; its link stays the entry's own.

    Raises Conflict when it was had meanwhile or its link has a candidate, Invalid without a text.
    """
    session.refresh(entry, with_for_update=True)
    require_failed(entry)
    if not character_count(said.blocks):
        sentence = ("请粘贴正文", "Paste the text")
        raise Invalid(*sentence, fields={"text": sentence})
    canonical = canonical_url(entry.url)
    _refuse_known(session, publication, url_hash(canonical))
    source = session.get(Source, entry.source_id) if entry.source_id else None
    house = (source.printed_name or source.name) if source else entry.source_name
    candidate = Candidate(
        publication_id=id_of(publication),
        source_id=entry.source_id,
        issue_id=entry.issue_id,
        guid=entry.guid,
        url=entry.url,
        canonical_url=canonical[:2000],
        url_hash=url_hash(canonical),
        title=said.title,
        byline=said.byline,
        source_name=said.source_name or house,
        published_at=_midnight(said.published_on, publication),
        date_how=updates.BY_HAND,
        date_precision="day" if said.published_on else "",
        seen_at=now,
        suggested_section=source.default_section if source else "",
    )
    updates.set_text(candidate, said.blocks)
    session.add(candidate)
    session.flush()
    before = {"entry": entry.id, "state": entry.state.value, "reason": entry.reason}
    entry.candidate_id, entry.state, entry.reason = candidate.id, EntryState.done, ""
    session.add(entry)
    after = {"entry": entry.id, "state": entry.state.value, "title": candidate.title}
    audit.record(
        session,
        by=by,
        verb="complete_by_hand",
        subject=candidate,
        before=before,
        after=after,
        now=now,
    )
    return candidate


def _refuse_known(session: Session, publication: Publication, key: str) -> None:
    known = session.exec(
        select(Candidate).where(
            Candidate.publication_id == publication.id, Candidate.url_hash == key
        )
    ).first()
    if known is not None:
        raise Conflict(
            f"这个链接已有候选“{known.title}”，请直接使用它",
            f"This link has the candidate “{known.title}” already; use that one",
        )


def _midnight(day: date | None, publication: Publication) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(publication.timezone)) if day else None
