"""Politeness as SQL: one worker holds a host at a time, and the host rests between requests.

A hold is a lease with a fence: whoever lost it (a killed worker, a long sleep) finds out at the
next `renew`, which changes no row. All moments are `clock.real()`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from editor.store.models import HostGate


@dataclass(frozen=True)
class Hold:
    """A host that this worker holds, with what is known of it.

    `robots` is the text of its robots.txt, `robots_status` the answer it came with, None while
    nobody has had one.
    """

    host: str
    fence: int
    next_at: datetime
    delay: float
    robots: str
    robots_status: int | None
    robots_at: datetime | None


def claim(session: Session, host: str, *, now: datetime, until: datetime) -> Hold | None:
    """Take the host until `until`, in one statement; None while somebody else holds it."""
    table = cast(Any, HostGate).__table__
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
    free = or_(table.c.lease_until.is_(None), table.c.lease_until < now)
    taken = insert.values(
        host=host, next_at=now, lease_until=until, fence=1, delay=0.0, robots=""
    ).on_conflict_do_update(
        index_elements=[table.c.host],
        set_={"lease_until": until, "fence": table.c.fence + 1},
        where=free,
    )
    row = session.execute(taken.returning(table)).mappings().first()
    if row is None:
        return None
    return Hold(**{name: row[name] for name in Hold.__dataclass_fields__})


def held(session: Session, hosts: Collection[str], *, now: datetime) -> set[str]:
    """Return which of the hosts somebody holds; whoever does looks for work again at the end."""
    table = cast(Any, HostGate).__table__
    asked = select(table.c.host).where(table.c.host.in_(hosts), table.c.lease_until >= now)
    return set(session.execute(asked).scalars())


def renew(session: Session, hold: Hold, *, until: datetime, next_at: datetime) -> bool:
    """Keep the host until `until` and note when it may be asked again; False when it is lost."""
    return _change(session, hold, lease_until=until, next_at=next_at)


def release(session: Session, hold: Hold, *, next_at: datetime) -> bool:
    """Give the host back; nobody asks it before `next_at`. False when it was lost."""
    return _change(session, hold, lease_until=None, next_at=next_at)


def keep_robots(
    session: Session, hold: Hold, *, text: str, status: int, delay: float, at: datetime
) -> bool:
    """Remember the host's robots.txt and the pause it asks for; False when the hold is lost."""
    return _change(session, hold, robots=text, robots_status=status, delay=delay, robots_at=at)


def _change(session: Session, hold: Hold, **values: Any) -> bool:
    table = cast(Any, HostGate).__table__
    mine = update(table).where(table.c.host == hold.host, table.c.fence == hold.fence)
    done = cast(CursorResult[Any], session.execute(mine.values(**values)))
    return done.rowcount == 1
