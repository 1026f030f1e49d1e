"""What a host's next errand is, and when it will have one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import bindparam, func, literal_column, union_all
from sqlalchemy import select as columns
from sqlmodel import Session

from editor.desk.probes import probe_due
from editor.desk.sources import entry_due, hole_due, picture_due, source_due
from editor.desk.updates import revisit_due
from editor.store.models import Entry, Hole, Picture, Source, SourceProbe

Kind = Literal["probe", "source", "fill", "entry", "picture", "revisit"]
# in the order in which a host's errands are done
ERRANDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Errand:
    """One thing to fetch on a host."""

    kind: Kind
    id: int


# Both queries are made once, for they are asked before every request and after every visit, and
# take longer to make than to run. `now` is the desk's clock, `real` the one of leases.
NOW: Any = bindparam("now")
REAL: Any = bindparam("real")
HERE: Any = bindparam("host")


def _next() -> Any:
    """Return the query for a host's next errand: the first of each kind, and of these the first."""
    kinds: tuple[tuple[Any, Any, tuple[Any, ...]], ...] = (
        (SourceProbe, probe_due(), ()),
        (Source, source_due(NOW), (Source.next_run_at,)),
        (Hole, hole_due(REAL), (Hole.due_at,)),
        (Entry, entry_due(REAL), (Entry.due_at,)),
        (Picture, picture_due(REAL), (Picture.due_at,)),
        # what is here already can wait for what is not
        (Entry, revisit_due(NOW), (Entry.revisit_at,)),
    )
    firsts = [
        columns(literal_column(str(turn)).label("turn"), kind.id)
        .where(kind.host == HERE, due)
        .order_by(*order, kind.id)
        .limit(literal_column("1"))
        .subquery()
        for turn, (kind, due, order) in enumerate(kinds)
    ]
    every = union_all(*(columns(first.c.turn, first.c.id) for first in firsts)).subquery()
    return columns(every.c.turn, every.c.id).order_by(every.c.turn).limit(literal_column("1"))


def _soonest() -> Any:
    """Return the query for when each kind of errand is due there first, by either clock."""
    kinds: tuple[tuple[str, Any, Any, Any], ...] = (
        ("real", SourceProbe, SourceProbe.created_at, probe_due()),
        ("now", Source, Source.next_run_at, source_due(NOW)),
        ("real", Hole, Hole.due_at, hole_due(REAL)),
        ("real", Entry, Entry.due_at, entry_due(REAL)),
        ("real", Picture, Picture.due_at, picture_due(REAL)),
        ("now", Entry, Entry.revisit_at, revisit_due(NOW)),
    )
    return union_all(
        *(
            columns(literal_column(f"'{which}'").label("clock"), func.min(moment).label("due"))
            .select_from(kind)
            .where(kind.host == HERE, due)
            for which, kind, moment, due in kinds
        )
    )


NEXT = _next()
SOONEST = _soonest()
FAR = timedelta(days=1)


def next_errand(session: Session, host: str, now: datetime, real: datetime) -> Errand | None:
    """Return what to do next there: what a person waits for, listings, gaps, pages, pictures."""
    row = session.connection().execute(NEXT, {"host": host, "now": now, "real": real}).first()
    return None if row is None else Errand(ERRANDS[row.turn], row.id)


def next_due(session: Session, host: str, now: datetime, real: datetime) -> timedelta | None:
    """Return how long until the host has work, zero when it has; None when it has none in a day."""
    asked = {"host": host, "now": now + FAR, "real": real + FAR}
    waits = [
        due - (now if which == "now" else real)
        for which, due in session.connection().execute(SOONEST, asked)
        if due is not None
    ]
    return max(min(waits), timedelta()) if waits else None
