"""Backup and restore of a whole installation: one .tar.gz with database, files and a manifest.

A backup may be made while everything runs. SQLite is copied by its online backup, PostgreSQL is
read table by table in one snapshot. The database comes first and the files after it: files are
only ever added, so the archive holds every file that its database names.
"""

import gzip
import hashlib
import io
import json
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Date, DateTime, MetaData, Table, func, select, text
from sqlalchemy.engine import Connection, make_url

from config.settings import Settings
from editor import clock
from editor.errors import Conflict, Invalid, Unusable
from editor.store import migrate
from editor.store.db import Database
from editor.store.files import FULL, FileStore
from editor.version import VERSION

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE_NAME = "database.sqlite3"
TABLES = "tables"
FILES = "files"
CHUNK = 500


@dataclass(frozen=True)
class Manifest:
    """What an archive says about itself."""

    format: int
    version: str
    revision: str
    dialect: str
    made_at: str
    files: int


# --- backup ------------------------------------------------------------------------------------


def backup(settings: Settings, archive: Path) -> int:
    """Write everything into `archive` and return its size in bytes.

    The archive appears only when it is complete. Raises Unusable when the disk is full, the
    place cannot be written or the tables are not of this version.
    """
    part = archive.with_name(archive.name + ".part")
    database = Database(settings.database_url)
    try:
        _require_current(database)
        with (
            _disk(archive),
            # else a file that the database names could be cleared before it is packed
            FileStore(settings.files_dir).keeping(),
            tempfile.TemporaryDirectory(dir=settings.data_dir) as folder,
        ):
            dumped = _dump(database, Path(folder))
            with (
                part.open("wb") as raw,
                gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w|") as tar,
            ):
                files = _stored_files(settings.files_dir)
                _add_bytes(tar, MANIFEST, _manifest(database, len(files)))
                for path in dumped:
                    tar.add(path, arcname=path.relative_to(folder).as_posix())
                for path in files:
                    tar.add(path, arcname=f"{FILES}/{path.parent.name}/{path.name}")
            part.replace(archive)
            return archive.stat().st_size
    finally:
        part.unlink(missing_ok=True)
        database.close()


@contextmanager
def _disk(archive: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise Unusable(
                f"磁盘已满，备份 {archive} 没有完成，也没有留下残缺文件。请清理磁盘或换个位置",
                f"The disk is full; {archive} was not made and nothing half-done is left. "
                "Free some space or choose another place",
            ) from error
        raise Unusable(
            f"无法写入 {archive}：{error.strerror}。请检查目录和权限",
            f"{archive} cannot be written: {error.strerror}. Check the folder and permissions",
        ) from error


def _require_current(database: Database) -> None:
    if migrate.current_revision(database) != migrate.head_revision():
        raise Unusable(
            "数据表不是本版本的，请先运行 zhaibian init 或 zhaibian upgrade",
            "The tables are not of this version; run zhaibian init or zhaibian upgrade first",
        )


def _manifest(database: Database, files: int) -> bytes:
    manifest = Manifest(
        format=FORMAT,
        version=VERSION,
        revision=migrate.head_revision(),
        dialect=database.dialect,
        made_at=clock.real().isoformat(timespec="seconds"),
        files=files,
    )
    return json.dumps(vars(manifest), indent=1).encode()


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mode = 0o600
    tar.addfile(entry, io.BytesIO(content))


def _stored_files(root: Path) -> list[Path]:
    """Return the stored files, without what is being written just now."""
    return sorted(path for path in root.glob("??/*") if not path.name.startswith("."))


def _dump(database: Database, folder: Path) -> list[Path]:
    if database.dialect == "sqlite":
        return [_copy_sqlite(database, folder / SQLITE_NAME)]
    (folder / TABLES).mkdir()
    snapshot = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.connect() as connection:
        tables = reflected(connection)
        return [_dump_table(connection, table, folder / TABLES) for table in tables]


def _copy_sqlite(database: Database, target: Path) -> Path:
    source = sqlite_path(database.url)
    with (
        closing(sqlite3.connect(source, timeout=30)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
    return target


def sqlite_path(url: str) -> Path:
    """Return the file of an SQLite URL."""
    return Path(make_url(url).database or "")


def reflected(connection: Connection) -> list[Table]:
    """Return the tables as they are in the database, parents before children.

    The search index is left out: it is made anew from the candidates.
    """
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: not name.startswith("search_"))
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def _dump_table(connection: Connection, table: Table, folder: Path) -> Path:
    path = folder / f"{table.name}.jsonl"
    rows = connection.execution_options(stream_results=True).execute(select(table))
    with path.open("w", encoding="utf-8") as file:
        for row in rows.mappings():
            file.write(json.dumps(dict(row), ensure_ascii=False, default=_spelled) + "\n")
    return path


def _spelled(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a backup")


# --- restore -------------------------------------------------------------------------------------


def restore(settings: Settings, archive: Path, *, replace: bool = False) -> Manifest:
    """Bring back what the archive holds, then bring its tables to this version.

    Everything is unpacked and checked before anything is touched. Raises Conflict when there is
    data already and `replace` is False or the desk is running, Invalid for a file that is no
    archive of ours, is damaged, or comes from a newer version.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database_url)
    try:
        occupied = _occupied(settings, database)
        if occupied and not replace:
            raise Conflict(
                f"{settings.data_dir} 已有数据，没有恢复。确要覆盖请加 --replace（先备份）",
                f"{settings.data_dir} holds data already; nothing was restored. "
                "Add --replace to overwrite it (make a backup first)",
            )
        with tempfile.TemporaryDirectory(dir=settings.data_dir) as name:
            folder = Path(name)
            _unpack(archive, folder)
            manifest = _checked(folder, database)
            database.close()
            with _disk(settings.data_dir):
                _put_database(database, folder, manifest)
                _put_files(folder / FILES, settings.files_dir)
                _own_key(settings)
        migrate.upgrade(database)
        return manifest
    finally:
        database.close()


def _occupied(settings: Settings, database: Database) -> bool:
    if any(_stored_files(settings.files_dir)):
        return True
    if database.dialect == "sqlite" and not sqlite_path(database.url).exists():
        return False
    with database.engine.connect() as connection:
        return any(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in reflected(connection)
        )


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            # the data filter refuses names that lead out of the folder, links and devices
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, ValueError) as error:
        raise damaged(archive.name) from error
    except OSError as error:
        if error.errno in FULL:
            with _disk(folder):
                raise
        raise damaged(archive.name) from error


def damaged(what: str) -> Invalid:
    """Return the error for an archive that cannot be trusted."""
    return Invalid(
        f"{what} 不是完整的摘编备份，没有恢复任何内容。请换一个备份文件",
        f"{what} is not a complete backup of zhaibian; nothing was restored. Use another one",
    )


def _checked(folder: Path, database: Database) -> Manifest:
    """Return the manifest of an unpacked archive whose parts are all there and sound."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise damaged("这个文件") from error
    if manifest.format != FORMAT or not migrate.known(manifest.revision):
        raise Invalid(
            f"这个备份来自较新的版本（{manifest.version}），请先升级程序再恢复",
            f"The backup comes from a newer version ({manifest.version}); "
            "upgrade the program, then restore",
        )
    if manifest.dialect != database.dialect:
        raise Invalid(
            f"这个备份来自 {manifest.dialect}，不能恢复到 {database.dialect}。"
            "请设置 ZHAIBIAN_DATABASE_URL 后再恢复",
            f"The backup was made of {manifest.dialect} and cannot go into {database.dialect}; "
            "set ZHAIBIAN_DATABASE_URL accordingly",
        )
    files = _stored_files(folder / FILES)
    for path in files:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != path.name:
                raise damaged(f"备份中的文件 {path.name[:8]}")
    if len(files) != manifest.files:
        raise damaged("这个备份（缺少文件）")
    if manifest.dialect == "sqlite":
        _check_sqlite(folder / SQLITE_NAME)
    return manifest


def _check_sqlite(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            answer = connection.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise damaged("备份中的数据库") from error
    if answer != ("ok",):
        raise damaged("备份中的数据库")


def _put_database(database: Database, folder: Path, manifest: Manifest) -> None:
    if manifest.dialect == "sqlite":
        _put_sqlite(folder / SQLITE_NAME, sqlite_path(database.url))
        return
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    # the tables as they were when the archive was made; `restore` upgrades them afterwards
    migrate.upgrade(database, manifest.revision)
    with database.engine.begin() as connection:
        for table in reflected(connection):
            _fill(connection, table, folder / TABLES / f"{table.name}.jsonl")


def _put_sqlite(source: Path, target: Path) -> None:
    if target.exists():
        _require_quiet(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    shutil.move(source, target)


def _require_quiet(path: Path) -> None:
    """Raise Conflict while another process has the database open: only the last may leave WAL."""
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise Conflict(
            "工作台正在运行，没有恢复。请先停止 zhaibian serve",
            "The desk is running; nothing was restored. Stop zhaibian serve first",
        ) from error
    except sqlite3.DatabaseError:
        # a broken database is what a restore is for
        return


def _fill(connection: Connection, table: Table, path: Path) -> None:
    rows = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            rows.append(_read_row(table, json.loads(line)))
            if len(rows) == CHUNK:
                connection.execute(table.insert(), rows)
                rows = []
    if rows:
        connection.execute(table.insert(), rows)
    if "id" in table.columns:
        # the next row must not get a number that is taken
        name = connection.dialect.identifier_preparer.quote(table.name)
        highest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(name, "id")
        connection.execute(select(func.setval(sequence, highest, False)))


def _read_row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _read(table.columns[name].type, value) for name, value in row.items()}


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _put_files(source: Path, target: Path) -> None:
    """Move the files in; those that are there stay, being the same by their names."""
    for path in _stored_files(source):
        place = target / path.parent.name / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            shutil.move(path, place)


def _own_key(settings: Settings) -> None:
    """Make a key where there is none: a restored desk asks everybody to log in again."""
    key = settings.data_dir / "secret.key"
    if not settings.secret_key and not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_hex(32), encoding="ascii")
