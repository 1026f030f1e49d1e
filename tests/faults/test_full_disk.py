"""A full disk, a real one: a file system of a few megabytes with the data folder on it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from config.settings import Settings
from editor.desk import issues, publications
from editor.errors import Unusable
from editor.store.db import Database
from editor.store.models import Setting, metadata
from editor.workflow import ExportState
from tests.cast import make_candidate, make_item
from tests.faults.printing import (
    DISK_FULL,
    DISK_FULL_ENGLISH,
    add_photograph,
    export_row,
    holdings,
    run_exports,
)
from tests.faults.running_desk import PROGRAM, RunningDesk
from tests.postgres import Server
from tests.web.conftest import Office

pytestmark = pytest.mark.faults

EXPORTS = "/issues/61/exports"
SIZE = 24 << 20
KILOBYTE = 1024
CHINESE, WAY_OUT = DISK_FULL
ENGLISH, ENGLISH_WAY_OUT = DISK_FULL_ENGLISH


class SmallDisk:
    """A file system of its own; `fill` leaves so many bytes free, `clear` empties it again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ballast = folder / "ballast"

    def fill(self, leave: int = 0) -> None:
        free = shutil.disk_usage(self.folder).free
        with self.ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free - leave)

    def clear(self) -> None:
        self.ballast.unlink()


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    """Give a small disk; where none can be mounted the test is skipped, and said so.

    What needs no mount is tested in test_bad_input.py.
    """
    # pytest's folders are closed to the database server's user
    folder = Path(tempfile.mkdtemp(prefix="zhaibian-disk-"))
    folder.chmod(0o755)
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = f"size={SIZE},mode=0777"
    mount = [*sudo, "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True, timeout=20)
    except (OSError, subprocess.CalledProcessError) as error:
        folder.rmdir()
        pytest.skip(f"a full disk: no small one can be mounted: {error}")
    yield SmallDisk(folder)
    subprocess.run([*sudo, "umount", "--lazy", str(folder)], check=True, timeout=20)
    folder.rmdir()


@pytest.fixture
def sqlite_database(sqlite_schema: Path, disk: SmallDisk) -> Iterator[Database]:
    """Give a fresh database on the small disk."""
    path = disk.folder / "zhaibian.db"
    shutil.copyfile(sqlite_schema, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def settings(sqlite_database: Database, disk: SmallDisk) -> Settings:
    """Give an installation whose whole data folder lies on the small disk."""
    return Settings(
        data_dir=disk.folder,
        database_url=sqlite_database.url,
        broker_url="memory://",
        secret_key="only for tests",
        testing=True,
    )


def page(client: FlaskClient, language: str = "zh-CN") -> str:
    return unescape(client.get(EXPORTS, headers={"Accept-Language": language}).text)


@pytest.mark.parametrize("format", ["pdf", "docx"])
def test_a_file_that_does_not_fit_fails_with_the_sentence_and_the_retry_works(
    app: Flask, ada: FlaskClient, disk: SmallDisk, office: Office, format: str
):
    run_exports(app)
    add_photograph(app)
    before = holdings(app)
    disk.fill(leave=600 * KILOBYTE)
    ada.post(EXPORTS, data={"format": format})
    run_exports(app)
    export = export_row(app, office.export + 1)
    assert export.state is ExportState.failed
    shown, english = page(ada), page(ada, "en")
    assert CHINESE in shown and WAY_OUT in shown and "重试" in shown
    assert ENGLISH in english and ENGLISH_WAY_OUT in english
    assert holdings(app) == before
    assert list(disk.folder.rglob(".part-*")) == []
    disk.clear()
    ada.post(EXPORTS, data={"format": format})
    run_exports(app)
    again = export_row(app, office.export + 2)
    assert again.state is ExportState.done, again.error
    assert len(ada.get(f"/exports/{again.id}/file").data) > 600 * KILOBYTE
    # the one that failed stays in the list, as it was
    assert export_row(app, export.id).error == export.error


def test_nothing_can_be_asked_for_when_not_a_byte_is_left_and_the_page_says_why(
    app: Flask, ada: FlaskClient, disk: SmallDisk, office: Office
):
    before = holdings(app)
    disk.fill()
    refused = []
    for language in ("zh-CN", "en"):
        # the log may have room for a request or two
        for _ in range(20):
            answer = ada.post(
                EXPORTS, data={"format": "pdf"}, headers={"Accept-Language": language}
            )
            if answer.status_code != 303:
                break
        refused.append((answer.status_code, unescape(answer.text)))
    assert [status for status, _ in refused] == [503, 503]
    assert CHINESE in refused[0][1] and WAY_OUT in refused[0][1]
    assert ENGLISH in refused[1][1] and ENGLISH_WAY_OUT in refused[1][1]
    assert "导出" in page(ada)
    assert holdings(app) == before
    disk.clear()
    run_exports(app)
    assert ada.post(EXPORTS, data={"format": "pdf"}).status_code == 303


# --- PostgreSQL's disk ---------------------------------------------------------------------------


@pytest.fixture
def cramped(postgres_server: Server, disk: SmallDisk) -> Iterator[Database]:
    """Give a PostgreSQL database whose table of settings lies on the small disk."""
    if postgres_server.undertaker is None:
        pytest.skip("the PostgreSQL server is not ours: its disk is not to be filled")
    place = disk.folder / "tablespace"
    place.mkdir()
    os.chown(place, Path(str(postgres_server.url.query["host"])).stat().st_uid, -1)
    with postgres_server.empty_database() as database:
        with postgres_server.admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE TABLESPACE cramped LOCATION '{place}'")
            metadata.create_all(database.engine)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ALTER TABLE setting SET TABLESPACE cramped")
            connection.commit()
        yield database
    with postgres_server.admin.connect() as connection:
        connection.exec_driver_sql("DROP TABLESPACE cramped")


@pytest.mark.postgres
def test_a_full_disk_under_postgresql_has_the_same_sentence(cramped: Database, disk: SmallDisk):
    with cramped.writing() as session:
        session.add(Setting(key="before", value="kept"))
        session.commit()
    disk.fill()
    with pytest.raises(Unusable) as raised, cramped.writing() as session:
        session.add_all(Setting(key=str(n), value="x" * 150) for n in range(2000))
        session.commit()
    assert CHINESE in raised.value.chinese and ENGLISH in raised.value.english
    disk.clear()
    with cramped.reading() as session:
        assert [row.key for row in session.exec(select(Setting))] == ["before"]


# --- the disk that a command writes to is full, the data folder's is not ------------------------


@pytest.fixture
def desk(tmp_path: Path) -> RunningDesk:
    """Give an installation elsewhere with one item in issue 60, and one candidate."""
    desk = RunningDesk(tmp_path / "data", "")
    desk.run("init", "--profile", "config/publications/digest.toml")
    desk.run("issue", "open", "--total", "60")
    database = Database(f"sqlite:///{tmp_path / 'data' / 'zhaibian.db'}")
    with database.writing() as session:
        home = publications.only_publication(session, None)
        issue = issues.get_issue(session, home, 60)
        make_item(session, issues.sections_of(session, issue)[0])
        make_candidate(session, home)
        session.commit()
    database.close()
    return desk


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, name",
    [
        (["export", "--issue", "60", "--format", "pdf"], "60.pdf"),
        (["candidates", "export", "--issue", "60", "--jsonl"], "60.jsonl"),
    ],
    ids=["an issue", "candidates"],
)
def test_the_command_line_says_that_the_disk_is_full(desk, disk, words, name):
    target = disk.folder / name
    disk.fill()
    done = subprocess.run(
        [PROGRAM, *words, str(target)],
        env=desk.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert CHINESE in last and ENGLISH in last and str(target) in last
    disk.clear()
    desk.run(*words, str(target))
    assert target.stat().st_size > 0


@pytest.mark.slow
def test_an_older_file_of_the_same_name_survives_a_full_disk(desk, disk):
    target = disk.folder / "60.pdf"
    target.write_bytes(b"%PDF of last week")
    disk.fill()
    words = [PROGRAM, "export", "--issue", "60", "--format", "pdf", str(target)]
    done = subprocess.run(words, env=desk.environment, capture_output=True, timeout=120)
    assert done.returncode == 1
    assert target.read_bytes() == b"%PDF of last week"
    assert sorted(path.name for path in disk.folder.iterdir()) == ["60.pdf", "ballast"]
