"""An issue's states: collecting, editing, locked, published; every step is on record."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from editor.assembler.gather import gather
from editor.desk import archive, audit, issue_editions
from editor.errors import Conflict, Invalid
from editor.store.models import Event, Issue, User
from editor.workflow import IssueState

STEPS = tuple(IssueState)
NAMES = {
    IssueState.collecting: "征集中",
    IssueState.editing: "编辑中",
    IssueState.locked: "已定稿",
    IssueState.published: "已出版",
}


def set_state(
    session: Session,
    issue: Issue,
    state: IssueState,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    """Move the issue one step on, or back to an earlier step with a reason.

    Raises Conflict for a skipped step and Invalid for a way back without a reason.
    """
    session.flush()  # a refresh drops what has not been written
    session.refresh(issue, with_for_update=True)
    here, there = STEPS.index(issue.state), STEPS.index(state)
    if here == there:
        return
    if there > here + 1:
        raise Conflict(
            f"本期还在“{NAMES[issue.state]}”，不能直接跳到“{NAMES[state]}”，请一步一步来",
            f"The issue is still {issue.state}; it cannot go straight to {state}",
        )
    if there < here and not reason.strip():
        sentence = ("退回要写明原因", "Going back needs a reason")
        raise Invalid(*sentence, fields={"reason": sentence})
    before = audit.snapshot(issue, "state", "edition")
    if issue.state == IssueState.published:
        _keep_published(session, issue)
        issue.edition += 1
    issue.state = state
    if state == IssueState.locked and there > here:
        issue.locked_at = now
    elif there < STEPS.index(IssueState.locked):
        issue.locked_at = None
    session.add(issue)
    if state == IssueState.published:
        _publish(session, issue, by=by, now=now)
        archive.keep_issue(session, issue)
    audit.record(
        session,
        by=by,
        verb="set_issue_state",
        subject=issue,
        before=before,
        after=audit.snapshot(issue, "state", "edition") | {"reason": reason.strip()},
        now=now,
    )


def _publish(session: Session, issue: Issue, *, by: User | None, now: datetime) -> None:
    """Fix the edition: what is exported from now on is what was published."""
    taken_back = (
        change.reason
        for change in state_history(session, issue)
        if change.before is IssueState.published
    )
    reason = next(taken_back, "") if issue.edition > 1 else ""
    kept = issue_editions.keep(session, issue, by=by, reason=reason, now=now)
    issue.published_at, issue.published_digest = now, kept.digest if kept else ""


def _keep_published(session: Session, issue: Issue) -> None:
    """Keep an edition that was published before editions were kept: readers go on having it."""
    if issue_editions.find(session, issue, issue.edition) is not None:
        return
    steps = state_history(session, issue)
    step = next((each for each in steps if each.after is IssueState.published), None)
    when = issue.published_at or (step.at if step else issue.closes_at)
    kept = issue_editions.keep(session, issue, by=None, reason="", now=when)
    if kept is not None:
        kept.digest = issue.published_digest or kept.digest
        issue.published_at, issue.published_digest = when, kept.digest


def digest_of(session: Session, issue: Issue) -> str:
    """Return the digest of what an export of the issue prints; "" for one without items."""
    if issue.state is IssueState.published and issue.published_digest:
        return issue.published_digest
    try:
        return gather(session, issue).digest()
    except Invalid:
        return ""


def readable(session: Session, issue: Issue) -> frozenset[str]:
    """Return the digests of the documents that readers may have; empty before it is published.

    Each edition stays theirs while the next is being made.
    """
    now = digest_of(session, issue) if issue.state is IssueState.published else ""
    return frozenset({*issue_editions.digests(session, issue), now} - {""})


@dataclass(frozen=True)
class StateChange:
    """One step of an issue: `who` is empty for the command line."""

    at: datetime
    who: str
    before: IssueState
    after: IssueState
    reason: str


def state_history(session: Session, issue: Issue) -> list[StateChange]:
    """Return the issue's steps, the latest first."""
    rows = session.exec(
        select(Event, User.name)
        .join(User, col(User.id) == Event.user_id, isouter=True)
        .where(
            Event.subject == "issue",
            Event.subject_id == issue.id,
            Event.verb == "set_issue_state",
        )
        .order_by(col(Event.id).desc())
    ).all()
    return [
        StateChange(
            at=event.at,
            who=name or "",
            before=IssueState(event.before["state"]),
            after=IssueState(event.after["state"]),
            reason=event.after.get("reason", ""),
        )
        for event, name in rows
    ]
