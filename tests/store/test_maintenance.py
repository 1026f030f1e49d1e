"""Backup and restore: all of it or nothing, and never over what is there unasked."""

import dataclasses
import io
import json
import tarfile

import pytest
from alembic import command
from sqlmodel import select

from config.settings import Settings
from editor.desk.issues import board
from editor.errors import Conflict, Invalid, Unusable
from editor.store import migrate
from editor.store.db import Database
from editor.store.files import FileStore
from editor.store.maintenance import MANIFEST, backup, restore
from editor.store.models import Candidate, Issue, Item
from tests.cast import make_candidate, make_issue, make_item, sections_of


def stamp(database: Database) -> None:
    config = migrate._config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.stamp(config, "head")


def settings_for(database: Database, folder) -> Settings:
    folder.mkdir(exist_ok=True)
    return Settings(
        data_dir=folder, database_url=database.url, broker_url="memory://", secret_key="k"
    )


@pytest.fixture
def office(database, tmp_path):
    """An installation with an item, a candidate and a stored file."""
    stamp(database)
    settings = settings_for(database, tmp_path / "office")
    with database.writing() as session:
        issue = make_issue(session)
        make_item(session, sections_of(session, issue)[0], headline="临澜市：新码头启用")
        make_candidate(session, title="青屿区：海堤加固完成")
        session.commit()
    FileStore(settings.files_dir).put(b"a picture")
    database.close()
    return settings


@pytest.fixture
def elsewhere(database, request, tmp_path):
    """Another installation, still empty, on the same kind of database."""
    if database.dialect == "sqlite":
        other = Database(f"sqlite:///{tmp_path / 'elsewhere' / 'zhaibian.db'}")
        yield settings_for(other, tmp_path / "elsewhere")
        other.close()
    else:
        server = request.getfixturevalue("postgres_server")
        with server.empty_database() as other:
            yield settings_for(other, tmp_path / "elsewhere")


def test_a_backup_restores_on_another_machine(office, elsewhere, tmp_path):
    archive = tmp_path / "backup.tar.gz"
    assert backup(office, archive) == archive.stat().st_size
    restore(elsewhere, archive)
    database = Database(elsewhere.database_url)
    with database.writing() as session:
        issue = session.exec(select(Issue)).one()
        (card,) = board(session, issue).sections[0].cards
        assert card.headline == "临澜市：新码头启用"
        assert session.exec(select(Candidate)).one().title == "青屿区：海堤加固完成"
        # numbering goes on behind what was restored
        make_item(session, sections_of(session, issue)[0])
        assert len(session.exec(select(Item)).all()) == 2
    database.close()
    (stored,) = elsewhere.files_dir.glob("??/*")
    assert stored.read_bytes() == b"a picture"


def test_a_restore_refuses_to_overwrite_unless_told(office, tmp_path):
    archive = tmp_path / "backup.tar.gz"
    backup(office, archive)
    database = Database(office.database_url)
    with database.writing() as session:
        make_candidate(session, title="备份之后来的候选")
        session.commit()
    database.close()
    with pytest.raises(Conflict) as refusal:
        restore(office, archive)
    assert "--replace" in refusal.value.chinese
    restore(office, archive, replace=True)
    with database.reading() as session:
        assert [row.title for row in session.exec(select(Candidate))] == ["青屿区：海堤加固完成"]
    database.close()


def test_a_running_desk_is_not_overwritten(sqlite_database, tmp_path):
    stamp(sqlite_database)
    settings = settings_for(sqlite_database, tmp_path / "office")
    archive = tmp_path / "backup.tar.gz"
    with sqlite_database.writing() as session:
        make_candidate(session)
        session.commit()
    backup(settings, archive)
    with sqlite_database.reading() as session:
        session.exec(select(Candidate)).one()
        with pytest.raises(Conflict) as refusal:
            restore(settings, archive, replace=True)
    assert "zhaibian serve" in refusal.value.chinese


def rewritten(archive, target, change) -> None:
    """Copy an archive, letting `change(name, content)` return other content or None to drop it."""
    with tarfile.open(archive) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            content = change(member.name, old.extractfile(member).read())
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize(
    "change",
    [
        lambda name, content: None if name == MANIFEST else content,
        lambda name, content: b"other" if name.startswith("files/") else content,
        lambda name, content: None if name.startswith("files/") else content,
        lambda name, content: content[:5000] if name.endswith("sqlite3") else content,
        lambda name, content: (
            json.dumps(json.loads(content) | {"revision": "9999", "version": "99.0"}).encode()
            if name == MANIFEST
            else content
        ),
    ],
    ids=["no manifest", "changed file", "missing file", "torn database", "newer version"],
)
def test_a_doubtful_archive_restores_nothing(sqlite_database, tmp_path, change):
    stamp(sqlite_database)
    office = settings_for(sqlite_database, tmp_path / "office")
    with sqlite_database.writing() as session:
        make_candidate(session)
        session.commit()
    FileStore(office.files_dir).put(b"a picture")
    backup(office, tmp_path / "good.tar.gz")
    rewritten(tmp_path / "good.tar.gz", tmp_path / "bad.tar.gz", change)
    target = dataclasses.replace(
        office,
        data_dir=tmp_path / "new",
        database_url=f"sqlite:///{tmp_path / 'new' / 'zhaibian.db'}",
    )
    with pytest.raises(Invalid):
        restore(target, tmp_path / "bad.tar.gz")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b\x08\x00broken"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    archive = tmp_path / "backup.tar.gz"
    archive.write_bytes(content)
    settings = Settings(
        data_dir=tmp_path / "new",
        database_url=f"sqlite:///{tmp_path / 'new' / 'zhaibian.db'}",
        broker_url="memory://",
        secret_key="",
    )
    with pytest.raises(Invalid):
        restore(settings, archive)


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path):
    archive = tmp_path / "backup.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo("../escaped")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    settings = Settings(
        data_dir=tmp_path / "new",
        database_url=f"sqlite:///{tmp_path / 'new' / 'zhaibian.db'}",
        broker_url="memory://",
        secret_key="",
    )
    with pytest.raises(Invalid):
        restore(settings, archive)
    assert not (tmp_path / "escaped").exists()


def test_no_half_backup_is_left_where_nothing_can_be_written(office, tmp_path):
    with pytest.raises(Unusable):
        backup(office, tmp_path / "missing" / "backup.tar.gz")
    assert not list(tmp_path.rglob("*.part"))


def test_an_older_schema_is_not_backed_up(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'zhaibian.db'}")
    settings = settings_for(database, tmp_path / "office")
    with pytest.raises(Unusable) as refusal:
        backup(settings, tmp_path / "backup.tar.gz")
    assert "zhaibian upgrade" in refusal.value.chinese
    database.close()
