"""Searching the triage list: what of it holds the words, and how many are counted.

The newest rows are read first. Where a word is common among them, reading on fills the page
sooner than listing all that hold it, and the count stops at what was seen. Otherwise the index
proposes rows: few are all read, many only in the list's order until the page is full. Both find
what every text says.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import select as columns
from sqlmodel import Session, col

from editor.desk.queue_order import Position, Stretch, ordered, within
from editor.store import search
from editor.store.models import Candidate
from editor.text.grams import LONGEST, certain

# a first look, and how far the count goes; reading a thousand texts takes some 10 ms
FIRST, NEAR = 400, 1200
# rarer than this, the index lists it in less time than the walk takes to fill a page
COMMON = 1 / 25
# a short word that stands in such a share of the texts tells little beside a long one
TELLING = 1 / 4
MOST_ASKED_ABOUT = 3
# how many rows are listed of a word that the index is certain of; of others the texts are read
MOST_LISTED, MOST_READ = 3000, 2000
MOST_COUNTED = 1000
EARLIEST = datetime.min.replace(tzinfo=UTC)


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

    def proposed(
        self, asked: Sequence[str], number: int, after: Position | None = None
    ) -> list[Position]:
        """Return the next rows that the index proposes for these words."""
        with search.by_index(self.session):
            return self.rows(number, after, search.proposed(self.session, asked))

    def of(self, ids: Sequence[int]) -> list[Position]:
        """Return those of these candidates that are in the list, in its order."""
        shown = col(Candidate.published_at), col(Candidate.id)
        found: list[Position] = []
        for run in self.runs:
            query = columns(*shown).where(*self.wanted, *within(run))
            rows = self.session.execute(query.where(search.among(self.session, ids)))
            found += [(moment, key) for moment, key in rows]
        return sorted(found, key=_newest)

    def holding(self, rows: Sequence[Position], *words: str) -> list[Position]:
        """Return the rows whose texts hold these words, by default all that are looked for."""
        if not rows:
            return []
        held = search.held(self.session, words or self.words, _keys(rows))
        return [row for row in rows if row[1] in held]

    @property
    def narrow(self) -> bool:
        """Whether the list is a part of all that is sooner gone through than looked up."""
        return all((run.since and run.before) or not run.dated for run in self.runs)


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
        return _listed(walk, near, after, limit)
    if len(near) == FIRST:
        further = walk.rows(NEAR - FIRST, near[-1])
        near, hits = near + further, hits + walk.holding(further)
    if len(near) < NEAR:
        return _page(hits, after, limit)
    start = Reading(hits, near[-1], len(near)) if after is None else Reading([], after)
    read = _walked(walk, start, max(COMMON, len(hits) / len(near)), limit)
    if not read.ended and len(read.hits) < limit:
        return _listed(walk, near[:FIRST], after, limit)
    if read.ended and after is None:
        return _page(read.hits, None, limit)
    seen = max(len(read.hits[:limit]), len(hits))
    return Found(_keys(read.hits[:limit]), min(seen, MOST_COUNTED), at_least=True)


def _walked(walk: Walk, read: Reading, share: float, limit: int) -> Reading:
    """Read on until there are so many hits or the list ends; give up where it takes too long."""
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


def _listed(walk: Walk, near: list[Position], after: Position | None, limit: int) -> Found:
    """Look the words up in the index."""
    sure, asked = certain(walk.words), _telling(walk, near)
    most = MOST_LISTED if sure else MOST_READ
    if not walk.narrow:
        ids = search.propose(walk.session, asked, most=most)
        if ids is not None:
            held = ids if sure else search.held(walk.session, walk.words, ids)
            return _page(walk.of(sorted(held)), after, limit)
    rows = walk.proposed(asked, most)
    hits = rows if sure else walk.holding(rows)
    if len(rows) < most:
        return _page(hits, after, limit)
    return _filled(walk, asked, (rows[-1], hits), after, limit)


def _filled(
    walk: Walk,
    asked: Sequence[str],
    first: tuple[Position, list[Position]],
    after: Position | None,
    limit: int,
) -> Found:
    """Read on behind the first rows, or behind `after`, until the page is full."""
    sure, ended = certain(walk.words), False
    place, hits = first if after is None else (after, [])
    while not ended and len(hits) < limit:
        rows = walk.proposed(asked, MOST_READ, place)
        hits = hits + (rows if sure else walk.holding(rows))
        place, ended = rows[-1] if rows else place, len(rows) < MOST_READ
    if ended and after is None:
        return _page(hits, None, limit)
    return Found(_keys(hits[:limit]), max(len(first[1]), len(hits[:limit])), at_least=True)


def _telling(walk: Walk, near: list[Position]) -> Sequence[str]:
    """Leave out short words that many texts hold: listing those takes long, and tells little."""
    if certain(walk.words):
        return walk.words
    short = [word for word in walk.words if len(word) < LONGEST and certain([word])]
    common = {
        word
        for word in short[:MOST_ASKED_ABOUT]
        if len(walk.holding(near, word)) >= TELLING * len(near)
    }
    return [word for word in walk.words if word not in common]


def _page(hits: list[Position], after: Position | None, limit: int) -> Found:
    return Found(_keys(_behind(hits, after)[:limit]), len(hits))


def _behind(rows: list[Position], after: Position | None) -> list[Position]:
    return rows if after is None else rows[bisect_right(rows, _newest(after), key=_newest) :]


def _keys(rows: Sequence[Position]) -> list[int]:
    return [key for _, key in rows]


def _newest(row: Position) -> tuple[Any, int]:
    moment, key = row
    return EARLIEST - (moment or EARLIEST), -key
