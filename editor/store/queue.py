"""The door to the queue: the tasks' names, and how to ring for one.

The database is the truth and the broker only a doorbell: commit first, then enqueue.
"""

from enum import StrEnum

from celery import Celery
from celery.exceptions import OperationalError as CeleryDown
from kombu.exceptions import OperationalError as BrokerDown
from redis.exceptions import RedisError


class Task(StrEnum):
    """Every task's dotted name; its queue is the one `QUEUES` names."""

    tick = "workers.timetable.tick"
    crawl_host = "workers.crawling.crawl.crawl_host"
    extract_entries = "workers.candidates.extraction.extract_entries"
    read_upload = "workers.files.uploads.read_upload"
    group_left_behind = "workers.candidates.cluster.group_left_behind"
    index_left_behind = "workers.candidates.indexing.index_left_behind"
    check_printed = "workers.candidates.printed.check_printed"
    lay_out = "workers.printing.layout.lay_out"
    render_export = "workers.printing.export.render_export"
    set_edition = "workers.printing.edition.set_edition"


QUEUES: dict[Task, str] = {
    Task.tick: "crawl",
    Task.crawl_host: "crawl",
    Task.extract_entries: "extract",
    Task.read_upload: "extract",
    Task.group_left_behind: "extract",
    Task.index_left_behind: "extract",
    Task.check_printed: "extract",
    Task.lay_out: "layout",
    Task.render_export: "export",
    Task.set_edition: "layout",
}


def enqueue(celery: Celery, task: Task, *args: int | str, delay: float = 0) -> bool:
    """Ring for a task by its name, in `delay` seconds; call it after the commit.

    Returns False when the broker is away: the row stays queued and `tick` rings again. A long
    delay belongs into the row's due time, not here.
    """
    try:
        # a signature honours eager mode in tests, send_task does not
        celery.signature(task.value, args=args).apply_async(
            queue=QUEUES[task], retry=False, countdown=delay or None
        )
    except (BrokerDown, CeleryDown, RedisError, ConnectionError, FileNotFoundError):
        return False
    return True
