"""The search index for candidates that came before it; new ones are indexed as they are stored."""

import time

from celery import shared_task

from editor.store import search
from editor.store.queue import Task
from workers.workshop import Workshop, here

CHUNK = 100
# shorter than the timetable's beat, so that one of them runs at a time
LONGEST = 25.0


@shared_task(name=Task.index_left_behind.value, time_limit=120)
def index_left_behind() -> None:
    """Index what cannot be found yet: an upgrade or a restored backup brought it."""
    index_waiting(here())


def index_waiting(shop: Workshop) -> int:
    """Index waiting candidates for a while, newest first; returns how many there were."""
    started, done, last = time.monotonic(), 0, None
    while time.monotonic() - started < LONGEST and not shop.stopping():
        with shop.database.writing() as session:
            noted = search.note_waiting(session, limit=CHUNK, below=last)
            session.commit()
        if not noted:
            break
        done, last = done + len(noted), noted[-1]
    return done
