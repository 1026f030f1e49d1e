"""Searching the triage list: what of it holds the words, and how many are counted.

The newest rows are read first. Where a word is common among them, reading on fills the page
sooner than listing all that hold it, and the count stops at what was seen. Otherwise the index
proposes rows: few of them are all put to the list's conditions and to their texts, many are
gone through in the list's order until the page is full. Both find what every text says.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import select as columns
from sqlmodel import Session, col

from editor.desk.queue_order import Position, Stretch, ordered, within
from editor.store import search
from editor.store.models import Candidate
from editor.text.grams import certain

# a first look, and how far the count goes; reading a thousand texts takes some 10 ms
FIRST, NEAR = 400, 1200
# rarer than this, the index lists it in less time than the walk takes to fill a page
COMMON = 1 / 25
MOST_PROPOSED = 4000
MOST_READ = 2000
MOST_COUNTED = 1000
EARLIEST = datetime.min.replace(tzinfo=UTC)
# the next rows of a list, so many, behind a row
Source = Callable[[int, Position | None], list[Position]]


@dataclass(frozen=True)
class Found:
    """A page's candidates, newest first, and how many there are: `at_least` says, or more."""

    ids: list[int]
    total: int
    at_least: bool = False


@dataclass(frozen=True)
class Walk:
    """How to go through the list: its conditions, its runs, and what is looked for."""

    session: Session
    wanted: Sequence[ColumnElement[bool]]
    runs: Sequence[Stretch]
    words: Sequence[str]

    def rows(
        self, number: int, after: Position | None = None, *also: ColumnElement[bool]
    ) -> list[Position]:
        """Return the next rows behind `after`, fewer at the end of the list."""
        shown = col(Candidate.published_at), col(Candidate.id)
        found: list[Position] = []
        for run in self.runs:
            if len(found) == number:
                break
            query = ordered(shown, [*self.wanted, *also], run, after)
            rows = self.session.execute(query.limit(number - len(found)))
            found += [(moment, key) for moment, key in rows]
        return found

    def proposed(self, number: int, after: Position | None = None) -> list[Position]:
        """Return the next rows that the index proposes."""
        return self.rows(number, after, search.proposed(self.session, self.words))

    def of(self, ids: Sequence[int]) -> list[Position]:
        """Return those of these candidates that are in the list, in its order."""
        shown = col(Candidate.published_at), col(Candidate.id)
        found: list[Position] = []
        for run in self.runs:
            query = columns(*shown).where(*self.wanted, *within(run))
            rows = self.session.execute(query.where(search.among(self.session, ids)))
            found += [(moment, key) for moment, key in rows]
        return sorted(found, key=_newest)

    def holding(self, rows: Sequence[Position]) -> list[Position]:
        """Return the rows whose texts hold the words."""
        held = search.held(self.session, self.words, [key for _, key in rows]) if rows else set()
        return [row for row in rows if row[1] in held]


@dataclass(frozen=True)
class Reading:
    """How far a list was read: what held the words, and behind which row to go on."""

    hits: list[Position]
    place: Position | None
    tested: int = 0
    ended: bool = False


def find(walk: Walk, after: Position | None, limit: int) -> Found:
    """Return the next `limit` candidates behind `after` that hold the words."""
    near = walk.rows(FIRST)
    hits = walk.holding(near)
    if len(near) == FIRST and len(hits) < COMMON * FIRST:
        return _listed(walk, after, limit)
    if len(near) == FIRST:
        further = walk.rows(NEAR - FIRST, near[-1])
        near, hits = near + further, hits + walk.holding(further)
    if len(near) < NEAR:
        return _page(hits, after, limit)
    start = Reading(hits, near[-1], len(near)) if after is None else Reading([], after)
    read = _walked(walk, start, max(COMMON, len(hits) / len(near)), limit)
    if not read.ended and len(read.hits) < limit:
        return _listed(walk, after, limit)
    if read.ended and after is None:
        return _page(read.hits, None, limit)
    seen = max(len(read.hits[:limit]), len(hits))
    return Found(_keys(read.hits[:limit]), min(seen, MOST_COUNTED), at_least=True)


def _walked(walk: Walk, read: Reading, share: float, limit: int) -> Reading:
    """Read on until there are so many hits or the list ends; it gives up where it takes too long."""
    while not read.ended and len(read.hits) < limit and read.tested < 2 * limit / COMMON:
        number = min(NEAR, math.ceil(1.2 * (limit - len(read.hits)) / share))
        rows = walk.rows(number, read.place)
        read = Reading(
            hits=read.hits + walk.holding(rows),
            place=rows[-1] if rows else read.place,
            tested=read.tested + len(rows),
            ended=len(rows) < number,
        )
    return read


def _listed(walk: Walk, after: Position | None, limit: int) -> Found:
    """Look the words up; what would be too much to read is read until the page is full."""
    sure = certain(walk.words)
    ids = search.propose(walk.session, walk.words, most=MOST_PROPOSED)
    if ids is None:
        return _filled(walk, walk.proposed, sure, after, limit)
    rows = walk.of(ids)
    if sure or len(rows) <= MOST_READ:
        return _page(rows if sure else walk.holding(rows), after, limit)
    return _filled(walk, lambda number, place: _behind(rows, place)[:number], sure, after, limit)


def _filled(walk: Walk, source: Source, sure: bool, after: Position | None, limit: int) -> Found:
    hits: list[Position] = []
    place, ended = after, False
    while not ended and len(hits) < limit:
        rows = source(MOST_READ, place)
        hits += rows if sure else walk.holding(rows)
        place, ended = rows[-1] if rows else place, len(rows) < MOST_READ
    return Found(_keys(hits[:limit]), len(hits), at_least=not ended or after is not None)


def _page(hits: list[Position], after: Position | None, limit: int) -> Found:
    return Found(_keys(_behind(hits, after)[:limit]), len(hits))


def _behind(rows: list[Position], after: Position | None) -> list[Position]:
    return rows if after is None else rows[bisect_right(rows, _newest(after), key=_newest) :]


def _keys(rows: Sequence[Position]) -> list[int]:
    return [key for _, key in rows]


def _newest(row: Position) -> tuple[Any, int]:
    moment, key = row
    return EARLIEST - (moment or EARLIEST), -key
