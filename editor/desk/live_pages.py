"""The pages of an issue as its last layout found them, and whether that layout is still true."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from editor.assembler.gather import stamp
from editor.desk import audit, places
from editor.desk.issues import Board
from editor.errors import Invalid
from editor.store.models import Issue, PageEstimate, User, id_of

LARGEST_BUDGET = 2000  # pages


@dataclass(frozen=True)
class Span:
    """The printed pages of a section, both included."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """Return how many pages these are."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class LivePages:
    """What the board shows of an issue's pages.

    `pending` says that the issue has changed since: a layout is on its way. `starts` and `flags`
    go by item id; a flag is a finding as JSON data.
    """

    estimate: PageEstimate | None
    pending: bool
    budget: int | None
    starts: Mapping[int, int] = field(default_factory=dict)
    ends: Mapping[int, int] = field(default_factory=dict)
    flags: Mapping[int, list[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """Return how many pages the issue has, 0 before the first layout."""
        return self.estimate.pages if self.estimate else 0

    @property
    def stamp(self) -> str:
        """Return what these numbers belong to; "" before the first layout."""
        return self.estimate.stamp if self.estimate else ""

    @property
    def proofing(self) -> bool:
        """Whether the numbers are here and the pages to look at are still being made."""
        row = self.estimate
        return row is not None and not row.error and row.proof != row.digest

    @property
    def awaited(self) -> bool:
        """Whether the layout has something to bring yet."""
        return self.pending or self.proofing

    @property
    def known(self) -> str:
        """Return what a screen that shows all this has seen."""
        proof = self.estimate.proof if self.estimate else ""
        return f"{self.stamp[:16]}.{proof[:16]}.{self.budget or ''}"

    @property
    def over(self) -> int:
        """Return by how many pages the issue is larger than wished, 0 when it is not."""
        return max(0, self.pages - self.budget) if self.budget is not None else 0

    def sheet(self, item_id: int) -> int | None:
        """Return the sheet (from 1) on which the item starts, None before its first layout."""
        start = self.starts.get(item_id)
        return start + self.estimate.front if start and self.estimate else None

    def spans(self, board: Board) -> dict[int, Span]:
        """Return the pages of each section that has been laid out, by its id."""
        found = {}
        for section in board.sections:
            items = [card.item_id for card in section.cards if card.item_id in self.starts]
            if items:
                last = max(self.ends.get(item, self.starts[item]) for item in items)
                found[section.id] = Span(min(self.starts[item] for item in items), last)
        return found


def find_estimate(session: Session, issue: Issue) -> PageEstimate | None:
    """Return where items start in the issue's last layout, None before the first."""
    return session.exec(select(PageEstimate).where(PageEstimate.issue_id == issue.id)).first()


def live_pages(session: Session, issue: Issue) -> LivePages:
    """Return the issue's pages; costs five small queries and reads no text."""
    estimate = find_estimate(session, issue)
    pending = estimate is None or estimate.stamp != stamp(session, issue)
    if estimate is None:
        return LivePages(None, pending, issue.page_budget)
    flags: dict[int, list[Mapping[str, Any]]] = {}
    for flag in estimate.flags:
        flags.setdefault(int(flag.get("item") or 0), []).append(flag)
    return LivePages(
        estimate,
        pending,
        issue.page_budget,
        starts={int(item): int(page) for item, page in estimate.starts.items()},
        ends={int(item): int(page) for item, page in estimate.ends.items()},
        flags=flags,
    )


def shape(session: Session, issue: Issue) -> str:
    """Return a short hash of which items stand where; costs two queries."""
    return shape_of(places.order_of(session, id_of(issue)))


def shape_of(order: Mapping[int, list[int]]) -> str:
    """Return a short hash of the item ids by section: equal boards have equal ones."""
    return hashlib.sha256(json.dumps(list(order.items())).encode()).hexdigest()[:16]


def set_budget(
    session: Session, issue: Issue, pages: int | None, *, by: User | None, now: datetime
) -> None:
    """Set how many pages the issue should have at most, None for no such wish.

    Raises Invalid for a number out of range and Conflict for a locked issue.
    """
    issue = places.lock_board(session, id_of(issue))
    if pages is not None and not 1 <= pages <= LARGEST_BUDGET:
        sentence = (
            f"页数预算应在 1 到 {LARGEST_BUDGET} 之间",
            f"The page budget must lie between 1 and {LARGEST_BUDGET}",
        )
        raise Invalid(*sentence, fields={"pages": sentence})
    if issue.page_budget == pages:
        return
    before = audit.snapshot(issue, "page_budget")
    issue.page_budget = pages
    session.add(issue)
    audit.record(
        session,
        by=by,
        verb="set_page_budget",
        subject=issue,
        before=before,
        after=audit.snapshot(issue, "page_budget"),
        now=now,
    )
