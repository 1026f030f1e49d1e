"""Searching the triage list: what of it holds the words, and how many are counted.

The newest rows are tested first. Where a word is common among them, walking on fills the page
sooner than listing all that hold it, and the count stops at what was seen. Otherwise the index
lists them all, unless it would propose too many. Both ask the same texts and find the same.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import select as columns
from sqlmodel import Session, col

from editor.desk.queue_order import Position, Stretch, ordered
from editor.store import search
from editor.store.models import Candidate

# a first look, and how far the count goes; testing a thousand rows takes some 10 ms
FIRST, NEAR = 400, 1200
# rarer than this, the index lists it in less time than the walk takes to fill a page
COMMON = 1 / 25
MOST_READ = 4000
MOST_COUNTED = 1000
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """Candidates that hold the words: all in the list, or `at_least` so many, and a page's."""

    ids: list[int]
    at_least: int | None = None


@dataclass(frozen=True)
class Tested:
    """A row of the list and whether it holds the words."""

    id: int
    published_at: datetime | None
    holds: bool


@dataclass(frozen=True)
class Walk:
    """How to go through the list: its conditions, its runs, and what is looked for."""

    session: Session
    wanted: Sequence[ColumnElement[bool]]
    runs: Sequence[Stretch]
    words: Sequence[str]

    def test(self, number: int, after: Position | None = None) -> list[Tested]:
        """Test the next rows behind `after`, fewer at the end of the list."""
        tested: list[Tested] = []
        for run in self.runs:
            if len(tested) == number:
                break
            key, published = col(Candidate.id), col(Candidate.published_at)
            near = (
                ordered((key, published), self.wanted, run, after)
                .limit(number - len(tested))
                .subquery("near")
            )
            document = search.DOCUMENT
            query = columns(
                near.c.id, near.c.published_at, search.holds(self.session, self.words)
            ).select_from(near.outerjoin(document, document.c.candidate_id == near.c.id))
            rows = [Tested(id, at, bool(holds)) for id, at, holds in self.session.execute(query)]
            tested += sorted(rows, key=_newest, reverse=True)
        return tested


def find(walk: Walk, after: Position | None, limit: int) -> Found:
    """Return what the list holds, or of a common word the next `limit` behind `after`."""
    near = walk.test(FIRST)
    if len(near) == FIRST and not _common(near):
        known = search.find(walk.session, walk.words, most_read=MOST_READ)
        if known is not None:
            return Found(known)
    if len(near) == FIRST:
        near += walk.test(NEAR - FIRST, _place(near[-1]))
    if len(near) < NEAR:
        return Found(_hits(near))
    walked, ended = _walked(walk, near, after, limit)
    hits = _hits(walked)
    if ended and after is None:
        return Found(hits)
    if ended or len(hits) >= limit:
        seen = max(len(hits[:limit]), len(_hits(near)))
        return Found(hits[:limit], min(seen, MOST_COUNTED))
    return Found(search.find(walk.session, walk.words) or [])


def _walked(
    walk: Walk, near: list[Tested], after: Position | None, limit: int
) -> tuple[list[Tested], bool]:
    """Walk on until there are so many hits; whether the list ended. It may take too long."""
    share = max(COMMON, len(_hits(near)) / len(near))
    tested = near if after is None else []
    while len(hits := _hits(tested)) < limit and len(tested) < 2 * limit / COMMON:
        number = min(NEAR, math.ceil(1.2 * (limit - len(hits)) / share))
        further = walk.test(number, _place(tested[-1]) if tested else after)
        tested = tested + further
        if len(further) < number:
            return tested, True
    return tested, False


def _common(tested: Sequence[Tested]) -> bool:
    return len(_hits(tested)) >= COMMON * len(tested)


def _hits(tested: Sequence[Tested]) -> list[int]:
    return [row.id for row in tested if row.holds]


def _place(row: Tested) -> Position:
    return row.published_at, row.id


def _newest(row: Tested) -> tuple[Any, int]:
    return row.published_at or EARLIEST, row.id
