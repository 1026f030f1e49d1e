"""The order of the triage list: newest first, undated last, run by run along an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy import select as columns
from sqlmodel import col

from editor.schedule import Window
from editor.store.models import Candidate

Tray = Literal["window", "late", "out_of_window", "undated", "all"]
TRAYS: tuple[Tray, ...] = ("window", "late", "out_of_window", "undated", "all")
# a row of the list: its moment, None for the undated, and its number
Position = tuple[datetime | None, int]


@dataclass(frozen=True)
class Stretch:
    """A run of the queue that one index gives in order: [since, before), or the undated."""

    since: datetime | None = None
    before: datetime | None = None
    dated: bool = True


def stretches(tray: Tray, window: Window | None) -> tuple[Stretch, ...]:
    """Return the runs that make up a tray, in the order they are shown."""
    undated = Stretch(dated=False)
    match tray:
        case "undated":
            return (undated,)
        case "all":
            return Stretch(), undated
        case "window" | "late":
            return (Stretch(window.opens_at, window.closes_at) if window else Stretch(),)
        case "out_of_window":
            if window is None:
                return ()
            return Stretch(since=window.closes_at), Stretch(before=window.opens_at)


def within(stretch: Stretch) -> list[ColumnElement[bool]]:
    """Return the conditions that a row lies in the run."""
    published = col(Candidate.published_at)
    if not stretch.dated:
        return [published.is_(None)]
    bounds: list[ColumnElement[bool]] = []
    if stretch.since is not None:
        bounds.append(published >= stretch.since)
    if stretch.before is not None:
        bounds.append(published < stretch.before)
    return bounds or [published.is_not(None)]


def ordered(
    shown: Sequence[Any],
    wanted: Sequence[ColumnElement[bool]],
    stretch: Stretch,
    after: Position | None = None,
) -> Select[Any]:
    """Return the query of these columns of a run, in order; `after` goes on behind a row."""
    published, key = col(Candidate.published_at), col(Candidate.id)
    query = columns(*shown).where(*wanted, *within(stretch))
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
