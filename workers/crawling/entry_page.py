"""An entry's page: fetched and captured, sent on to another host, or lost."""

from typing import Any, cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy import select as columns

from editor import clock
from editor.desk.sources import REFUSALS
from editor.errors import FetchError, Reason
from editor.store.models import Capture, Entry, Fetch
from editor.store.models.base import new_row
from editor.store.queue import Task
from editor.text.urls import host_port
from editor.workflow import EntryState, Outcome
from workers.crawling.fetch import MAX_HOPS, Redirected
from workers.crawling.retries import again
from workers.crawling.revisits import lost_state, validators
from workers.crawling.visit import Visit
from workers.values import Page
from workers.workshop import Workshop

# --- statements: made once, for making one takes longer than running it ---------------------------

_entry: Table = cast(Any, Entry).__table__
_e = _entry.c

WANTED = columns(_e.id, _e.fetch_url, _e.pages, _e.source_id, _e.run_id).where(
    _e.id == bindparam("of")
)
CAPTURE = cast(Any, Capture).__table__.insert()
LOG = cast(Any, Fetch).__table__.insert()
KEEP = (
    update(_entry)
    .where(_e.id == bindparam("of"))
    .values(
        pages=_e.pages + 1,
        state=EntryState.captured,
        reason="",
        attempts=0,
        due_at=bindparam("real"),
    )
)
# the first page is the one that a later look asks about
KEEP_FIRST = KEEP.values(etag=bindparam("tag"), last_modified=bindparam("modified"))


def fetch_entry(shop: Workshop, visit: Visit, entry_id: int) -> None:
    """Fetch one page of an entry and hand it over to extraction."""
    with shop.database.reading() as session:
        entry = session.connection().execute(WANTED, {"of": entry_id}).one()
    try:
        page = visit.get(entry.fetch_url)
    except Redirected as moved:
        _move_entry(shop, entry_id, moved.url)
    except FetchError as error:
        _lose_entry(shop, entry_id, error)
    else:
        _keep_page(shop, entry, page)
        visit.captured.add(entry_id)


def _keep_page(shop: Workshop, entry: Any, page: Page) -> None:
    sha256 = shop.files.put(page.body)
    capture = new_row(
        Capture,
        entry_id=entry.id,
        page=entry.pages + 1,
        url=page.url,
        final_url=page.final_url,
        fetched_at=page.fetched_at,
        sha256=sha256,
        size=len(page.body),
        headers=dict(page.headers),
    )
    etag, modified = validators(page)
    kept = {"of": entry.id, "real": clock.real(), "tag": etag, "modified": modified}
    log = new_row(Fetch, **attempt(entry, page.url, Outcome.ok, page=page))
    with shop.database.writing() as session:
        connection = session.connection()
        connection.execute(CAPTURE, capture)
        connection.execute(LOG, log)
        connection.execute(KEEP if entry.pages else KEEP_FIRST, kept)
        session.commit()


def _move_entry(shop: Workshop, entry_id: int, target: str) -> None:
    """Send the entry to the host it redirects to; too many moves end as `redirects`."""
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        entry.redirects += 1
        told = attempt(entry, entry.fetch_url, Outcome.ok, detail=f"redirects to {target}")
        session.add(Fetch(**told))
        if entry.redirects > MAX_HOPS or len(target) > 2000:
            entry.state, entry.reason = lost_state(entry), Reason.redirects
        else:
            entry.fetch_url, entry.host = target, host_port(target)
            entry.state, entry.attempts, entry.due_at = EntryState.queued, 0, clock.real()
        session.add(entry)
        host = entry.host
        session.commit()
    shop.ring(Task.crawl_host, host)


def _lose_entry(shop: Workshop, entry_id: int, error: FetchError) -> None:
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        entry.attempts += 1
        next_try = again(error.reason, entry.attempts, error.retry_after)
        entry.state = lost_state(entry) if next_try.given_up else EntryState.queued
        entry.reason = error.reason
        entry.due_at = clock.real() + next_try.wait
        outcome = Outcome.refused if error.reason in REFUSALS else Outcome.failed
        session.add(entry)
        session.add(Fetch(**attempt(entry, error.url, outcome, error=error)))
        session.commit()


def attempt(
    entry: Any,
    url: str,
    outcome: Outcome,
    *,
    page: Page | None = None,
    error: FetchError | None = None,
    detail: str = "",
) -> dict[str, Any]:
    """Return what the log says of one attempt at the page of an entry (or of a row of it)."""
    return {
        "source_id": entry.source_id,
        "entry_id": entry.id,
        "run_id": entry.run_id,
        "url": url[:2000],
        "outcome": outcome,
        "reason": error.reason if error else "",
        "detail": (error.detail if error else detail)[:500],
        "http_status": page.status if page else error.status if error else None,
        "seconds": page.seconds if page else 0,
        "bytes": len(page.body) if page else 0,
    }
