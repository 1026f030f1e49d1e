"""The door to the database: one engine, reading and writing sessions.

SQLite: WAL, 30 s busy time-out, foreign keys on. A writing session begins IMMEDIATE, because a
deferred transaction that turns to writing fails at once with SQLITE_BUSY; a reading session
begins DEFERRED and never waits for a writer.

A full disk is the one failure of a database that a person can mend: it becomes Unusable, with a
sentence, on either kind. All others stay what SQLAlchemy raises.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, ExceptionContext
from sqlmodel import Session

from editor.store.files import disk_full
from editor.store.turns import Turns

BUSY_SECONDS = 30
TURN = "zhaibian_turn"
POSTGRES_FULL = "53100"
MOST_AT_ONCE = 40
NO_ROOM = 256 * 1024  # bytes; SQLite's shared memory and log grow in such steps


class Database:
    """One database; make one per process (after a fork, make another)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._reader = self.engine.execution_options(zhaibian_mode="DEFERRED")
        self._writer = self.engine.execution_options(zhaibian_mode="IMMEDIATE")

    @property
    def dialect(self) -> str:
        """Return "sqlite" or "postgresql"."""
        return self.engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads; what it changes is rolled back."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that may write; the caller commits, an exception rolls back."""
        with Session(self._writer, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        server = create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
        event.listen(server, "handle_error", _name_full_disk)
        return server
    # pysqlite holds back BEGIN by itself; we send our own (SQLAlchemy, "Serializable isolation")
    # two a thread of the crawl: who writes may ask the clock, which reads by one of its own
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        max_overflow=MOST_AT_ONCE,
    )
    event.listen(engine, "connect", _prepare)
    _queue_writers(engine)
    event.listen(engine, "handle_error", _name_full_disk)
    return engine


def _name_full_disk(context: ExceptionContext) -> None:
    """Raise the full disk's sentence instead of the driver's words."""
    error = context.original_exception
    if getattr(error, "sqlstate", None) == POSTGRES_FULL:
        raise disk_full("数据库 / the database") from error
    if isinstance(error, sqlite3.OperationalError) and context.engine is not None:
        path = Path(context.engine.url.database or "")
        if _out_of_room(error.sqlite_errorcode & 0xFF, path):
            raise disk_full(path) from error


def _out_of_room(code: int, path: Path) -> bool:
    """Whether the failure means a full disk.

    SQLite says so for its own files; where the file system refuses to lengthen the shared
    memory it speaks of input and output, or of a file that does not open.
    """
    if code == sqlite3.SQLITE_FULL:
        return True
    if code not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) or not path.exists():
        return False
    return shutil.disk_usage(path.parent).free < NO_ROOM


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _queue_writers(engine: Engine) -> None:
    """Begin each transaction as its session wants it; those that may write take turns."""
    path = engine.url.database
    turns = Turns(Path(f"{path}-turn"), BUSY_SECONDS) if path and path != ":memory:" else None

    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("zhaibian_mode", "IMMEDIATE")
        if turns is not None and mode == "IMMEDIATE":
            turns.take()
            connection.info[TURN] = True
        connection.exec_driver_sql(f"BEGIN {mode}")

    def end(_connection: Any, record: Any) -> None:
        # after the commit: it is then that a session gives its connection back
        if turns is not None and record.info.pop(TURN, False):
            turns.give_back()

    event.listen(engine, "begin", begin)
    event.listen(engine, "checkin", end)
