"""What every command needs: the installation, its publication, and errors as sentences."""

import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cached_property, wraps
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import click
from flask import Flask
from sqlmodel import Session

from config.settings import Settings, SettingsError, load
from editor.app import create_app
from editor.commands.typable import typable
from editor.desk import issues, publications
from editor.errors import EditorError, Invalid, Unusable
from editor.store import migrate
from editor.store.db import Database
from editor.store.files import FileStore
from editor.store.models import Issue, Publication

P = ParamSpec("P")
R = TypeVar("R")


class Office:
    """One installation, opened when a command first needs it."""

    @cached_property
    def settings(self) -> Settings:
        """Return the settings; raises Invalid naming a variable that is wrong."""
        try:
            return load()
        except SettingsError as error:
            raise Invalid(f"环境变量有误：{error}", str(error)) from error

    @cached_property
    def app(self) -> Flask:
        """Return the application; raises Unusable before `zhaibian init` or an upgrade."""
        require_ready(self.settings)
        return create_app(self.settings)

    @property
    def database(self) -> Database:
        """Return the database."""
        found: Database = self.app.extensions["database"]
        return found

    @property
    def files(self) -> FileStore:
        """Return the file store."""
        found: FileStore = self.app.extensions["files"]
        return found


def require_founded(settings: Settings) -> None:
    """Raise Unusable unless `zhaibian init` has set up the data folder."""
    if not settings.secret_key or not settings.data_dir.is_dir():
        raise Unusable(
            f"{settings.data_dir} 还没有初始化，请先运行 zhaibian init",
            f"{settings.data_dir} is not set up yet; run zhaibian init",
        )


def require_ready(settings: Settings) -> None:
    """Raise Unusable unless the data folder is set up and its tables are of this version."""
    require_founded(settings)
    database = Database(settings.database_url)
    try:
        behind = migrate.current_revision(database) != migrate.head_revision()
    finally:
        database.close()
    if behind:
        raise Unusable(
            "数据表还是旧版本，请先备份，再运行 zhaibian upgrade",
            "The tables are of an older version; back up, then run zhaibian upgrade",
        )


def spoken(command: Callable[P, R]) -> Callable[P, R]:
    """Print an EditorError as its sentence on stderr and leave with exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except EditorError as error:
            click.echo(f"错误：{typable(error.both())}", err=True)
            sys.exit(1)

    return run


def say(text: str) -> None:
    """Tell the person at the terminal; results go to stdout, this goes to stderr."""
    click.echo(typable(text), err=True)


def publication_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--publication SLUG`, needed only when there are several."""
    return click.option(
        "--publication", "slug", metavar="SLUG", help="刊物代号（有多种刊物时）/ which publication"
    )(command)


def chosen_issue(session: Session, slug: str | None, number: int | None) -> Issue:
    """Return the issue of that total number, or the current one; raises NotFound."""
    publication = publications.only_publication(session, slug)
    if number is not None:
        return issues.get_issue(session, publication, number)
    from editor import clock

    if issue := issues.find_current_issue(session, publication, clock.now()):
        return issue
    raise Invalid(
        "没有正在编辑的期次，请用 zhaibian issue open 新开一期，或用 --issue 指定",
        "No issue is open; run zhaibian issue open, or name one with --issue",
    )


def moment(text: str, publication: Publication | None = None) -> datetime:
    """Read an ISO moment; a naive one is in the publication's zone. Raises Invalid."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            f"“{text}”不是 ISO 时间，例如 2026-07-16T12:00+08:00",
            f"“{text}” is not an ISO time such as 2026-07-16T12:00+08:00",
        ) from error
    if value.tzinfo:
        return value
    return value.replace(tzinfo=ZoneInfo(publication.timezone if publication else "Asia/Shanghai"))


def use_data_folder(path: str) -> None:
    """Make `path` the data folder of this process and of those it starts."""
    os.environ["ZHAIBIAN_DATA"] = os.path.abspath(path)
