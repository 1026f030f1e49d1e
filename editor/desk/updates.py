"""A page that changed: its earlier texts, when to look again, and what an item makes of it.

Nothing here touches an item by itself: a new text reaches it only when an editor adopts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from editor.desk import audit, items
from editor.errors import Conflict, Invalid, NotFound
from editor.store.models import (
    Candidate,
    CandidateText,
    Capture,
    Entry,
    Event,
    Fetch,
    Issue,
    IssueSection,
    Item,
    ItemOrigin,
    Picture,
    Revision,
    User,
    id_of,
)
from editor.text import changes
from editor.text.changes import Merged
from editor.text.document import Blocks, Figure, body_text, character_count
from editor.text.urls import host_port
from editor.workflow import CandidateState, EntryState, IssueState, Outcome

# a little less than a day, so that a daily crawl finds it due
DAILY = timedelta(hours=22)
BY_HAND = "by_hand"
WATCHED = (CandidateState.shortlisted, CandidateState.taken)
OPEN_ISSUES = (IssueState.collecting, IssueState.editing)
# the page itself says that it is no more, or may no longer be read
GONE = frozenset({"http_404", "deleted", "expired", "violation"})
LOOKED = (Outcome.not_modified, Outcome.failed, Outcome.refused)
ADOPT, PASS_OVER = "adopt_text", "pass_over_text"
LIVE = (EntryState.queued, EntryState.captured)


# --- texts ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """A text that a candidate has or had; `number` counts from 1."""

    number: int
    title: str
    seen_at: datetime
    capture_id: int | None
    blocks: Blocks


def typed(candidate: Candidate) -> bool:
    """Whether a person completed it by hand, so that no crawl replaces its text."""
    return candidate.date_how == BY_HAND


def keep_text(
    session: Session,
    candidate: Candidate,
    *,
    title: str,
    blocks: Blocks,
    capture_id: int | None,
    now: datetime,
) -> None:
    """Keep a text beside the current one, which becomes one version later.

    It is the candidate's own former text, or what a crawl found of one typed by hand.
    """
    session.add(
        CandidateText(
            candidate_id=id_of(candidate),
            number=candidate.text_version,
            title=title[:1000],
            capture_id=capture_id,
            seen_at=now,
            blocks=blocks,
        )
    )
    candidate.text_version += 1


def replace_text(session: Session, candidate: Candidate, *, now: datetime) -> None:
    """Put the candidate's present text among the earlier ones; the caller gives it the new one."""
    keep_text(
        session,
        candidate,
        title=candidate.title,
        blocks=candidate.blocks,
        capture_id=candidate.capture_id,
        now=candidate.updated_text_at or candidate.seen_at,
    )
    candidate.updated_text_at = now


def keep_beside(
    session: Session,
    candidate: Candidate,
    *,
    title: str,
    blocks: Blocks,
    capture_id: int | None,
    now: datetime,
) -> None:
    """Keep what a crawl found of a text that was typed by hand: as a version before the typed one.

    The typed text keeps its place among the earlier ones too, so that nothing is out of order.
    """
    last = latest_kept(session, candidate)
    if last is not None and changes.same_text(last.blocks, blocks):
        return
    replace_text(session, candidate, now=now)
    keep_text(session, candidate, title=title, blocks=blocks, capture_id=capture_id, now=now)


def latest_kept(session: Session, candidate: Candidate) -> CandidateText | None:
    """Return the latest of the earlier texts."""
    return session.exec(
        select(CandidateText)
        .where(CandidateText.candidate_id == candidate.id)
        .order_by(col(CandidateText.number).desc())
        .limit(1)
    ).first()


def versions(session: Session, candidate: Candidate) -> list[Version]:
    """Return all texts of the candidate, the current one last."""
    rows = session.exec(
        select(CandidateText)
        .where(CandidateText.candidate_id == candidate.id)
        .order_by(col(CandidateText.number))
    )
    earlier = [
        Version(row.number, row.title, row.seen_at, row.capture_id, row.blocks) for row in rows
    ]
    return [*earlier, _present(candidate)]


def _present(candidate: Candidate) -> Version:
    return Version(
        candidate.text_version,
        candidate.title,
        candidate.updated_text_at or candidate.seen_at,
        candidate.capture_id,
        candidate.blocks,
    )


def get_version(session: Session, candidate: Candidate, number: int) -> Version:
    """Return one text of the candidate; raises NotFound."""
    if number == candidate.text_version:
        return _present(candidate)
    row = session.exec(
        select(CandidateText).where(
            CandidateText.candidate_id == candidate.id, CandidateText.number == number
        )
    ).first()
    if row is None:
        raise NotFound(f"没有第 {number} 版原文", f"There is no version {number} of this text")
    return Version(row.number, row.title, row.seen_at, row.capture_id, row.blocks)


def use_version(
    session: Session, candidate: Candidate, number: int, *, by: User | None, now: datetime
) -> None:
    """Make an earlier text the current one again; the present one is kept among the earlier."""
    chosen = get_version(session, candidate, number)
    if number == candidate.text_version:
        raise Invalid("这已是现行的文字", "This is the current text already")
    before = audit.snapshot(candidate, "title", "text_version")
    replace_text(session, candidate, now=now)
    set_text(candidate, with_pictures(session, candidate, chosen.blocks))
    candidate.title, candidate.capture_id = chosen.title, chosen.capture_id
    session.add(candidate)
    audit.record(
        session,
        by=by,
        verb="use_text",
        subject=candidate,
        before=before,
        after=audit.snapshot(candidate, "title", "text_version") | {"chosen": number},
        now=now,
    )


def with_pictures(session: Session, candidate: Candidate, blocks: Blocks) -> Blocks:
    """Give figures without an asset the picture that was fetched for the candidate meanwhile."""
    rows = session.execute(
        columns(col(Picture.url), col(Picture.asset)).where(
            col(Picture.candidate_id) == candidate.id, col(Picture.asset) != ""
        )
    )
    fetched = {row.url: row.asset for row in rows}
    return tuple(
        block.model_copy(update={"asset": fetched.get(block.url, "")})
        if isinstance(block, Figure) and not block.asset
        else block
        for block in blocks
    )


def set_text(candidate: Candidate, blocks: Blocks) -> None:
    """Give the candidate these blocks and what follows from them; reprints are looked for anew."""
    for name, value in text_values(blocks).items():
        setattr(candidate, name, value)


def text_values(blocks: Blocks) -> dict[str, Any]:
    """Return a candidate's columns of its text; without a fingerprint until it is compared."""
    return {
        "blocks": blocks,
        "excerpt": " ".join(body_text(blocks).split())[:200],
        "characters": character_count(blocks),
        "fingerprint": "",
    }


# --- looking again -------------------------------------------------------------------------------


def revisit_due(now: datetime) -> Any:
    """Return the condition for entries whose page is to be looked at again; `now` is the desk's."""
    return (col(Entry.revisit_at) <= now) & (col(Entry.state) == EntryState.done)


def speaks_for(session: Session, entry: Entry, candidate: Candidate) -> bool:
    """Whether the candidate's text comes from this entry, not from another address of the page.

    Two addresses may show the same text a little differently; only one of them makes updates.
    """
    if entry.candidate_id != candidate.id:
        return False
    capture = session.get(Capture, candidate.capture_id) if candidate.capture_id else None
    return capture is None or capture.entry_id in (None, entry.id)


def first_page(session: Session, entry: Entry) -> Capture | None:
    """Return the latest capture of the entry's first page; None when its text came by a feed."""
    return session.exec(
        select(Capture)
        .where(Capture.entry_id == entry.id, Capture.page == 1)
        .order_by(col(Capture.id).desc())
        .limit(1)
    ).first()


def look_again(
    session: Session, candidate: Candidate, *, by: User | None, now: datetime
) -> list[Entry]:
    """Ask for the candidate's pages to be fetched once more, changed or not, as soon as may be.

    Raises Conflict when there is no page of it: a file handed in, or an item typed.
    """
    entries = list(session.exec(select(Entry).where(Entry.candidate_id == candidate.id)))
    if not entries:
        raise Conflict(
            "这条候选不是从网页取来的，没有可以重新抓取的原文",
            "This candidate did not come from a page; there is nothing to fetch again",
        )
    for entry in entries:
        if entry.state == EntryState.done:
            page = first_page(session, entry)
            entry.revisit_at = now
            entry.host = host_port(page.url if page else entry.url)
            session.add(entry)
    audit.record(session, by=by, verb="look_again", subject=candidate, before={}, after={}, now=now)
    return entries


def schedule_daily(session: Session, now: datetime, *, publication_id: int | None = None) -> int:
    """Give every watched page that has none its next look: a day after the last; how many.

    Watched is what is shortlisted or taken for an issue that is still open. Four short queries.
    """
    issues = select(Issue).where(col(Issue.state).in_(OPEN_ISSUES))
    if publication_id is not None:
        issues = issues.where(Issue.publication_id == publication_id)
    found = 0
    for issue in session.exec(issues).all():
        for entry, seen in session.execute(_watched(issue)).all():
            entry.revisit_at = max(seen + DAILY, now)
            session.add(entry)
            found += 1
    return found


def include_looks(
    session: Session, publication_id: int, now: datetime, *, run_id: int | None
) -> None:
    """Make the looks that are due a part of a round, so that it ends when they have."""
    schedule_daily(session, now, publication_id=publication_id)
    session.flush()
    session.execute(
        update(Entry)
        .where(col(Entry.publication_id) == publication_id, revisit_due(now))
        .values(run_id=run_id)
        .execution_options(synchronize_session=False)
    )


def _watched(issue: Issue) -> Any:
    """Select the issue's entries with a page of their own, and when that was captured."""
    published = col(Candidate.published_at)
    inside = (published >= issue.opens_at) & (published < issue.closes_at)
    shortlisted = (col(Candidate.state) == CandidateState.shortlisted) & or_(
        col(Candidate.issue_id) == issue.id, inside, published.is_(None)
    )
    taken = col(Candidate.id).in_(_origins(issue))
    return (
        select(Entry, Capture.fetched_at)
        .join(Candidate, col(Candidate.id) == Entry.candidate_id)
        .join(Capture, col(Capture.id) == Candidate.capture_id)
        .where(
            Candidate.publication_id == issue.publication_id,
            col(Candidate.state).in_(WATCHED),
            or_(shortlisted, taken),
            Entry.publication_id == issue.publication_id,
            col(Entry.revisit_at).is_(None),
            Entry.state == EntryState.done,
            Capture.entry_id == Entry.id,
            Capture.page == 1,
        )
    )


def _origins(issue: Issue) -> Any:
    return (
        select(ItemOrigin.candidate_id)
        .join(Item, col(Item.id) == ItemOrigin.item_id)
        .join(IssueSection, col(IssueSection.id) == Item.section_id)
        .where(IssueSection.issue_id == issue.id, col(Item.removed_at).is_(None))
    )


def still_watched(session: Session, entry: Entry) -> bool:
    """Whether the entry's candidate is still shortlisted or taken for an open issue."""
    candidate = session.get(Candidate, entry.candidate_id) if entry.candidate_id else None
    if candidate is None or candidate.state not in WATCHED:
        return False
    if candidate.state == CandidateState.taken:
        query = (
            select(Issue.id)
            .join(IssueSection, col(IssueSection.issue_id) == Issue.id)
            .join(Item, col(Item.section_id) == IssueSection.id)
            .join(ItemOrigin, col(ItemOrigin.item_id) == Item.id)
            .where(
                ItemOrigin.candidate_id == candidate.id,
                col(Item.removed_at).is_(None),
                col(Issue.state).in_(OPEN_ISSUES),
            )
        )
        return session.exec(query.limit(1)).first() is not None
    query = select(Issue.id).where(
        Issue.publication_id == candidate.publication_id, col(Issue.state).in_(OPEN_ISSUES)
    )
    if candidate.published_at is not None:
        moment = candidate.published_at
        inside = (col(Issue.opens_at) <= moment) & (col(Issue.closes_at) > moment)
        query = query.where(or_(inside, col(Issue.id) == candidate.issue_id))
    return session.exec(query.limit(1)).first() is not None


@dataclass(frozen=True)
class LastLook:
    """How the last look at a candidate's page ended, when it did not bring the page."""

    at: datetime
    reason: str
    gone: bool


def last_look(session: Session, candidate: Candidate) -> LastLook | None:
    """Return how the last look at the page failed; None while it can be read."""
    entries = session.exec(
        select(Entry).where(
            Entry.publication_id == candidate.publication_id,
            Entry.candidate_id == candidate.id,
            Entry.reason != "",
        )
    ).all()
    entry = next((each for each in entries if each.state in (EntryState.done, *LIVE)), None)
    if entry is None:
        return None
    at = session.exec(
        select(Fetch.fetched_at)
        .where(Fetch.entry_id == entry.id, Fetch.reason == entry.reason)
        .order_by(col(Fetch.id).desc())
        .limit(1)
    ).first()
    return LastLook(at or candidate.seen_at, entry.reason, entry.reason in GONE)


def waits_for_look(session: Session, candidate: Candidate, now: datetime) -> bool:
    """Whether a look that somebody asked for has not ended yet."""
    return (
        session.exec(
            select(Entry.id)
            .where(
                Entry.publication_id == candidate.publication_id,
                Entry.candidate_id == candidate.id,
                or_(revisit_due(now), col(Entry.state).in_(LIVE)),
            )
            .limit(1)
        ).first()
        is not None
    )


# --- items ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class News:
    """An origin of an item that changed after it was taken: from version `base` to `found`.

    `found` is the candidate's present text, or what the page says of one that was typed by hand.
    """

    candidate: Candidate
    base: int
    found: Version


def news_of(session: Session, item: Item) -> list[News]:
    """Return the item's origins whose pages have changed since, as far as nobody settled them."""
    origins = session.exec(
        select(Candidate)
        .join(ItemOrigin, col(ItemOrigin.candidate_id) == Candidate.id)
        .where(ItemOrigin.item_id == item.id, col(Candidate.text_version) > 1)
        .order_by(col(ItemOrigin.id))
    ).all()
    news = []
    for candidate in origins:
        base = max(_taken_version(session, candidate), _settled(session, item, candidate))
        found = _found_since(session, candidate, base)
        if found is not None:
            news.append(News(candidate, base, found))
    return news


def _found_since(session: Session, candidate: Candidate, base: int) -> Version | None:
    """Return the text that differs from version `base`; None for a page that changed back."""
    if base >= candidate.text_version:
        return None
    known = get_version(session, candidate, base)
    later = [_present(candidate)]
    if typed(candidate):
        # the typed text stays the present one, what the page says lies just before it
        later.append(get_version(session, candidate, candidate.text_version - 1))
    for version in later:
        if version.number > base and not (
            version.title == known.title and changes.same_text(version.blocks, known.blocks)
        ):
            return version
    return None


def origin_ids(session: Session, item: Item) -> list[int]:
    """Return the candidates that the item came from."""
    query = select(ItemOrigin.candidate_id).where(ItemOrigin.item_id == item.id)
    return list(session.exec(query.order_by(col(ItemOrigin.id))))


def lost_origins(session: Session, item: Item) -> list[LastLook]:
    """Return the item's origins that are no longer where they were."""
    rows = session.exec(select(Candidate).where(col(Candidate.id).in_(origin_ids(session, item))))
    looks = (last_look(session, candidate) for candidate in rows)
    return [look for look in looks if look is not None and look.gone]


def _taken_version(session: Session, candidate: Candidate) -> int:
    """Return which of the candidate's texts was the current one when it was taken."""
    taken_at = candidate.decided_at
    if taken_at is None or (candidate.updated_text_at or candidate.seen_at) <= taken_at:
        return candidate.text_version
    number = session.exec(
        select(CandidateText.number)
        .where(CandidateText.candidate_id == candidate.id, CandidateText.seen_at <= taken_at)
        .order_by(col(CandidateText.number).desc())
        .limit(1)
    ).first()
    return number or 1


def _settled(session: Session, item: Item, candidate: Candidate) -> int:
    events = session.exec(
        select(Event).where(
            Event.subject == "item",
            Event.subject_id == item.id,
            col(Event.verb).in_([ADOPT, PASS_OVER]),
        )
    )
    seen = (each.after for each in events if each.after.get("candidate") == candidate.id)
    return max((int(after.get("version", 0)) for after in seen), default=0)


def merged(session: Session, item: Item, news: News) -> Merged:
    """Return the item's text with the page's change carried in; clashes wait for a choice."""
    base = get_version(session, news.candidate, news.base)
    mine = items.current(session, item)
    return changes.merge(base.blocks, news.found.blocks, mine.blocks)


def adopt(
    session: Session,
    item: Item,
    news: News,
    choices: Sequence[str],
    *,
    revision: int,
    by: User | None,
    now: datetime,
) -> Revision:
    """Put the page's change into a new revision of the item, each clash as chosen.

    The headline follows when it is still the page's old one. Raises Conflict when revision
    `revision` is no longer the latest, Invalid when a clash has no choice.
    """
    result = merged(session, item, news)
    if len(choices) < len(result.clashes):
        raise Invalid("请为每一处冲突选择采用哪一边", "Choose a side for every conflict")
    fields = items.fields_of(items.current(session, item))
    old = get_version(session, news.candidate, news.base)
    change: dict[str, Any] = {"blocks": result.settled(choices)}
    if fields.headline == " ".join(old.title.split()) and news.found.title.strip():
        change["headline"] = " ".join(news.found.title.split())[:500]
    saved = items.revise(
        session,
        item,
        fields.model_copy(update=change),
        base=revision,
        by=by,
        now=now,
        note=f"采用原文第 {news.found.number} 版的改动",
    )
    _settle(session, item, news, ADOPT, by=by, now=now)
    return saved


def pass_over(session: Session, item: Item, news: News, *, by: User | None, now: datetime) -> None:
    """Note that the item stays as it is although the page changed; a later change shows again."""
    _settle(session, item, news, PASS_OVER, by=by, now=now)


def _settle(
    session: Session, item: Item, news: News, verb: str, *, by: User | None, now: datetime
) -> None:
    audit.record(
        session,
        by=by,
        verb=verb,
        subject=item,
        before={"version": news.base},
        after={"candidate": news.candidate.id, "version": news.candidate.text_version},
        publication_id=news.candidate.publication_id,
        now=now,
    )
