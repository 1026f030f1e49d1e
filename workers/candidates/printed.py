"""Already printed: open candidates are looked up among the back issues once more.

A candidate is looked up when it is grouped; after an issue was published or imported all that
are not taken are looked up anew. `tick` rings while there are any.
"""

import time
from collections.abc import Mapping
from typing import Any, cast

from celery import shared_task
from sqlalchemy import Table, bindparam, update
from sqlalchemy import select as columns
from sqlmodel import Session

from editor.desk import archive
from editor.desk.archive import Look
from editor.store.models import Candidate
from editor.store.queue import Task
from editor.text import documents, fingerprint
from editor.text.document import body_text
from editor.workflow import CandidateState, PrintedHow
from workers.workshop import Workshop, here

CHUNK = 50
# shorter than the timetable's beat, so that one of them runs at a time
LONGEST = 25.0

_candidate: Table = cast(Any, Candidate).__table__
_c = _candidate.c
MARK = update(_candidate).where(_c.id == bindparam("of"))
OPEN = (
    columns(
        _c.id,
        _c.publication_id,
        _c.url_hash,
        _c.title,
        _c.published_at,
        _c.blocks,
        _c.printed_id,
        _c.printed_how,
    )
    .where(
        _c.publication_id == bindparam("publication"),
        # a spiked one may be put back; then it must say what the others say
        _c.state != CandidateState.taken,
        _c.id > bindparam("last"),
    )
    .order_by(_c.id)
    .limit(CHUNK)
)


@shared_task(name=Task.check_printed.value, time_limit=120)
def check_printed() -> None:
    """Look open candidates up among the back issues for a while."""
    check(here())


def check(shop: Workshop) -> int:
    """Go on where the last round stopped; returns how many candidates were looked at."""
    started, done = time.monotonic(), 0
    while time.monotonic() - started < LONGEST and not shop.stopping():
        with shop.database.reading() as session:
            waiting = archive.waiting_checks(session)
        if not waiting:
            break
        done += _check_some(shop, waiting)
    return done


def _check_some(shop: Workshop, waiting: Mapping[int, int]) -> int:
    publication_id, last = min(waiting.items())
    with shop.database.reading() as session:
        rows = (
            session.connection().execute(OPEN, {"publication": publication_id, "last": last}).all()
        )
        found = [(row, archive.find_printed(session, look(row))) for row in rows]
    with shop.database.writing() as session:
        for row, before in found:
            if before != (row.printed_id, row.printed_how) and (before or row.printed_id):
                mark(session, row.id, before)
        reached = rows[-1].id if len(rows) == CHUNK else None
        archive.note_check(session, publication_id, last, reached)
        session.commit()
    return len(rows)


def look(row: Any) -> Look:
    """Return what of a candidate's row is looked up; pure."""
    text = body_text(row.blocks)
    words = fingerprint.wording(text)
    return Look(
        publication_id=row.publication_id,
        url_hash=row.url_hash,
        title=row.title,
        dated_on=row.published_at.date() if row.published_at else None,
        words=words,
        bands=fingerprint.bands(words),
        mentions=documents.mentions(row.title, text),
    )


def mark(session: Session, candidate_id: int, before: tuple[int, PrintedHow] | None) -> None:
    """Note where the candidate was printed before, or that it was not."""
    printed_id, how = before or (None, None)
    session.connection().execute(
        MARK.values(printed_id=printed_id, printed_how=how), {"of": candidate_id}
    )
