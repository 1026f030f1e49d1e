"""The door to the database: one engine, reading and writing sessions.

SQLite: WAL, 30 s busy time-out, foreign keys on. A writing session begins IMMEDIATE, because a
deferred transaction that turns to writing fails at once with SQLITE_BUSY; a reading session
begins DEFERRED and never waits for a writer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlmodel import Session


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
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    # pysqlite holds back BEGIN by itself; we send our own (SQLAlchemy, "Serializable isolation")
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("zhaibian_mode", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")
