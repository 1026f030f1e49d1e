"""What a task works with: the doors to database, files, web and queue."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from flask import current_app

from config.settings import Settings
from editor.store.db import Database
from editor.store.files import FileStore
from editor.store.queue import Task, enqueue
from workers.crawling.fetch import Kind, Manners, Web
from workers.values import Page


class Door(Protocol):
    """What fetches a page: `Web`, or a fake of it."""

    def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        kind: Kind = "page",
        manners: Manners | None = None,
    ) -> Page:
        """Return the page or raise Redirected or FetchError."""
        ...


class Ring(Protocol):
    """How a task is asked for, after the commit."""

    def __call__(self, task: Task, *args: int | str, delay: float = 0) -> bool:
        """Return False when the broker is away; `tick` rings again."""
        ...


@dataclass(frozen=True)
class Workshop:
    """The doors of one process; threads share them."""

    settings: Settings
    database: Database
    files: FileStore
    web: Door
    ring: Ring
    stopping: Callable[[], bool] = lambda: False


@cache
def _web(settings: Settings) -> Web:
    return Web(settings)


def here() -> Workshop:
    """Return the workshop of the running worker; only inside a task."""
    doors = current_app.extensions

    def ring(task: Task, *args: int | str, delay: float = 0) -> bool:
        return enqueue(doors["celery"], task, *args, delay=delay)

    settings = doors["settings"]
    return Workshop(settings, doors["database"], doors["files"], _web(settings), ring, _stopping)


def _stopping() -> bool:
    """Whether the worker has been told to stop: long loops end early then."""
    from celery.worker import state

    return state.should_stop is not None or state.should_terminate is not None
