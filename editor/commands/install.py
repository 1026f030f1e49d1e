"""init, serve, upgrade, backup, restore, doctor, clock: the installation itself."""

import os
import secrets
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from config.settings import Settings
from editor import clock as desk_clock
from editor.commands.office import Office, moment, require_founded, require_ready, say, spoken
from editor.commands.typable import typable
from editor.desk import publications
from editor.errors import Conflict, Invalid, Unusable
from editor.profile import read_profile
from editor.serve import Supervisor, children
from editor.store import checkup, maintenance, migrate
from editor.store.clock_offset import read_offset, set_clock
from editor.store.db import Database


def prepare(settings: Settings) -> None:
    """Make the data folder, its secret and its tables; harmless when they are there."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.files_dir.mkdir(exist_ok=True)
        key = settings.data_dir / "secret.key"
        if not settings.secret_key:
            key.touch(mode=0o600)
            key.write_text(secrets.token_hex(32), encoding="ascii")
    except OSError as error:
        raise Unusable(
            f"无法在 {settings.data_dir} 建立数据目录：{error.strerror}",
            f"The data folder {settings.data_dir} cannot be made: {error.strerror}",
        ) from error
    database = Database(settings.database_url)
    try:
        migrate.upgrade(database)
    finally:
        database.close()


@click.command()
@click.option("--profile", "profiles", multiple=True, type=click.Path(path_type=Path),
              help="同时载入刊物配置 / load a publication profile too")  # fmt: skip
@spoken
def init(profiles: tuple[Path, ...]) -> None:
    """建立数据目录和数据表 / set up the data folder and its tables."""
    read = [read_profile(path) for path in profiles]
    prepare(Office().settings)
    office = Office()
    with office.database.writing() as session:
        for profile in read:
            publications.load_profile(session, profile, by=None, now=desk_clock.now())
        session.commit()
    click.echo(f"数据目录 / data folder: {office.settings.data_dir}")
    say("下一步：zhaibian user add 建立第一个用户，然后 zhaibian serve")


@click.command()
@click.option("--host", help="监听地址，默认 127.0.0.1 / address to listen on")
@click.option("--port", type=click.IntRange(1, 65535), help="端口，默认 8000 / port")
@click.option("--public-url", help="用户看到的网址 / the address that people open")
@spoken
def serve(host: str | None, port: int | None, public_url: str | None) -> None:
    """启动网页、采集、导出和定时任务 / run web, workers, beat and the broker."""
    for name, value in (("HOST", host), ("PORT", port), ("PUBLIC_URL", public_url)):
        if value is not None:
            os.environ[f"ZHAIBIAN_{name}"] = str(value)
    settings = Office().settings
    require_ready(settings)
    say(f"数据目录 / data folder: {settings.data_dir}")
    say(f"打开 / open: {settings.public_url}")
    if (
        settings.host not in ("127.0.0.1", "::1", "localhost")
        and "https" not in settings.public_url
    ):
        say("注意：连接没有加密，口令会以明文经过网络 / the connection is not encrypted")
    Supervisor(settings, children(settings), say).run()


@click.command()
@spoken
def upgrade() -> None:
    """把数据表更新到本版本 / bring the tables to this version."""
    settings = Office().settings
    require_founded(settings)
    database = Database(settings.database_url)
    before = migrate.current_revision(database)
    prepare(settings)
    after = migrate.current_revision(database)
    database.close()
    click.echo(f"{before or '—'} → {after}" if before != after else "已是最新 / up to date")


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="覆盖同名的备份 / replace an archive of that name")
@spoken
def backup(archive: Path, replace: bool) -> None:
    """把数据库和文件备份成一个归档 / write database and files into one archive."""
    office = Office()
    require_ready(office.settings)
    if archive.exists() and not replace:
        raise Conflict(
            f"{archive} 已经存在，没有覆盖。请换个名字，或加 --replace",
            f"{archive} exists and was left alone; choose another name or add --replace",
        )
    size = maintenance.backup(office.settings, archive)
    click.echo(f"{archive}（{size / 1_000_000:.1f} MB）")


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="覆盖已有数据 / replace what is there")
@spoken
def restore(archive: Path, replace: bool) -> None:
    """从备份归档恢复 / restore from an archive."""
    settings = Office().settings
    maintenance.restore(settings, archive, replace=replace)
    click.echo(f"已恢复到 / restored to {settings.data_dir}")


@click.command()
@spoken
def doctor() -> None:
    """检查这台机器缺什么、错什么 / say what is missing or wrong."""
    settings = Office().settings
    facts = checkup.examine(settings)
    for fact in facts:
        click.echo(typable(f"{'✓' if fact.fine else '✗'} {fact.chinese} / {fact.english}"))
    if not all(fact.fine or not fact.needed for fact in facts):
        raise Invalid("有必须解决的问题，见上", "Something above must be put right")


@click.command()
@click.option("--set", "wanted", metavar="ISO", help="设为这个时刻 / make it this moment")
@click.option("--reset", is_flag=True, help="恢复真实时间 / return to real time")
@spoken
def clock(wanted: str | None, reset: bool) -> None:
    """显示或调整工作台的时间（测试用）/ show or set the desk's time (for tests)."""
    office = Office()
    if wanted or reset:
        with office.database.writing() as session:
            set_clock(session, moment(wanted) if wanted else None)
            session.commit()
    with office.database.reading() as session:
        offset = read_offset(session)
        first = next(iter(publications.list_publications(session)), None)
    # the windows' zone, or the machine's while there is no publication
    zone = ZoneInfo(first.timezone) if first else None
    click.echo((desk_clock.real() + offset).astimezone(zone).isoformat(timespec="seconds"))


def register(group: click.Group) -> None:
    """Add this family's commands."""
    for command in (init, serve, upgrade, backup, restore, doctor, clock):
        group.add_command(command)
