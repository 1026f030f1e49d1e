"""An installation in a folder of its own, and its command line."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from editor import clock
from editor.cli import main
from editor.store import migrate
from editor.store.clock_offset import set_clock
from editor.store.db import Database
from tests.cast import NOW, make_issue


@dataclass(frozen=True)
class Installation:
    """A data folder with one publication and its issue 61, on 10 July."""

    folder: Path
    database: Database

    def run(self, *words: object) -> Result:
        """Run a command; an error that is no sentence fails the test."""
        return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database of this version with the July issue, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "zhaibian.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.writing() as session:
        make_issue(session)
        session.commit()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path


@pytest.fixture
def here(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """Give an installation whose clock runs from 10 July on."""
    for name in ("ZHAIBIAN_DATABASE_URL", "ZHAIBIAN_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZHAIBIAN_DATA", str(tmp_path))
    monkeypatch.setenv("ZHAIBIAN_SECRET_KEY", "only for tests")
    shutil.copyfile(migrated, tmp_path / "zhaibian.db")
    database = Database(f"sqlite:///{tmp_path / 'zhaibian.db'}")
    with database.writing() as session:
        set_clock(session, NOW)
        session.commit()
    yield Installation(tmp_path, database)
    database.close()
    clock.follow(clock._no_offset)
