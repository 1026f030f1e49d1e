"""Fixtures: a fresh database per test, on SQLite and on a real PostgreSQL server."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlmodel import Session

from config.settings import Settings
from editor import clock
from editor.app import create_app
from editor.desk import people
from editor.store.db import Database
from editor.store.migrate import upgrade
from editor.store.models import metadata
from tests.needs import missing
from tests.postgres import NoServer, Server, start_server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it in the last lines when a whole database, or another service, was left out."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, tests in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT TESTED: {reason} ({tests} tests)", red=True)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords at the least cost: the real one takes 80 ms each."""
    real = people.HASHER
    people.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    people.HASHER = real


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database file with all tables and no row, to be copied.

    Made as an office's is: the order of its indexes decides between plans of equal cost.
    """
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.engine.connect() as connection:
        # everything into the one file that is copied
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Give a PostgreSQL server: the one named in ZHAIBIAN_TEST_POSTGRES or one of our own.

    Without either the tests that want it are skipped, and said so; under CI they fail.
    """
    try:
        server = start_server(os.environ.get("ZHAIBIAN_TEST_POSTGRES", ""))
    except NoServer as error:
        missing(f"anything on PostgreSQL: {error}")
    server.make_tables(metadata.create_all)
    yield server
    server.stop()


@pytest.fixture
def sqlite_database(sqlite_schema: Path, tmp_path: Path) -> Iterator[Database]:
    """Give a fresh SQLite database."""
    path = tmp_path / "zhaibian.db"
    shutil.copyfile(sqlite_schema, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres_server: Server) -> Iterator[Database]:
    """Give a PostgreSQL database without rows; its numbers go on from test to test."""
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    with postgres_server.emptied_database(tables) as database:
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """Give a fresh database; every test that asks for it runs on both kinds."""
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    found: Database = request.getfixturevalue(name)
    return found


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Give a writing session; what the test does not commit is rolled back."""
    with database.writing() as session:
        yield session


@pytest.fixture
def settings(sqlite_database: Database, tmp_path: Path) -> Settings:
    """Give the settings of a test installation on SQLite whose tasks run at once."""
    return Settings(
        data_dir=tmp_path,
        database_url=sqlite_database.url,
        broker_url="memory://",
        secret_key="only for tests",
        testing=True,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """Give the application on a fresh SQLite database."""
    app = create_app(settings)
    yield app
    app.extensions["database"].close()
    clock.follow(clock._no_offset)
