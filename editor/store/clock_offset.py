"""The installation's clock offset: a test setting that every process sees and that runs on."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import Session

from editor import clock
from editor.store.db import Database
from editor.store.models import Setting

KEY = "clock_offset_seconds"
FRESH_SECONDS = 1.0


def set_clock(session: Session, moment: datetime | None) -> None:
    """Make the desk's present time `moment` (it runs on from there); None returns to real time."""
    offset = timedelta() if moment is None else moment - clock.real()
    session.merge(Setting(key=KEY, value=str(offset.total_seconds())))


def read_offset(session: Session) -> timedelta:
    """Return the stored offset, zero when there is none."""
    row = session.get(Setting, KEY)
    return timedelta(seconds=float(row.value)) if row else timedelta()


def stored_offset(database: Database) -> Callable[[], timedelta]:
    """Return a reader of the offset that asks the database at most once a second."""
    known: tuple[float, timedelta] | None = None

    def offset() -> timedelta:
        nonlocal known
        if known is None or time.monotonic() - known[0] > FRESH_SECONDS:
            known = (time.monotonic(), _read(database))
        return known[1]

    return offset


def _read(database: Database) -> timedelta:
    try:
        with database.reading() as session:
            return read_offset(session)
    except (OperationalError, ProgrammingError):
        # before `zhaibian init` there is no table, and real time is the only time there is
        return timedelta()
