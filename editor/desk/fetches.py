"""What was fetched and how each attempt ended, for export."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, exists, or_, select

from editor.desk.sources import REFUSALS
from editor.store.models import Entry, Fetch, Publication, Source
from editor.workflow import EntryState, Outcome


def export_rows(session: Session, publication: Publication) -> Iterator[dict[str, Any]]:
    """Yield one row an attempt (url, outcome, reason …), oldest first; two queries.

    After the attempts comes a row for each entry that failed elsewhere than at its own address
    (behind a redirect, on a later page) or before any attempt: the last row of a listed address
    always says how it ended.
    """
    owned = or_(Source.publication_id == publication.id, Entry.publication_id == publication.id)
    attempts = (
        select(Fetch, Source.name)
        .join(Source, col(Source.id) == col(Fetch.source_id), isouter=True)
        .join(Entry, col(Entry.id) == col(Fetch.entry_id), isouter=True)
        .where(owned)
        .order_by(col(Fetch.id))
        .execution_options(yield_per=500)
    )
    for fetch, name in session.exec(attempts):
        yield {
            "url": fetch.url,
            "outcome": fetch.outcome.value,
            "reason": fetch.reason,
            "http_status": fetch.http_status,
            "source": name,
            "at": fetch.fetched_at.isoformat(),
            "seconds": round(fetch.seconds, 3),
            "bytes": fetch.bytes,
            "detail": fetch.detail,
        }
    told = exists().where(
        col(Fetch.entry_id) == col(Entry.id),
        col(Fetch.url) == col(Entry.url),
        col(Fetch.reason) == col(Entry.reason),
    )
    untold = (
        select(Entry, Source.name)
        .join(Source, col(Source.id) == col(Entry.source_id), isouter=True)
        .where(Entry.publication_id == publication.id, Entry.state == EntryState.failed, ~told)
        .order_by(col(Entry.id))
        .execution_options(yield_per=500)
    )
    for entry, name in session.exec(untold):
        yield _ending(entry, name)


def _ending(entry: Entry, source: str | None) -> dict[str, Any]:
    """Return the row of an entry whose own address no attempt accounts for."""
    refused = entry.reason in REFUSALS
    elsewhere = entry.fetch_url if entry.fetch_url != entry.url else ""
    return {
        "url": entry.url,
        "outcome": (Outcome.refused if refused else Outcome.failed).value,
        "reason": entry.reason,
        "http_status": None,
        "source": source,
        "at": None,
        "seconds": 0.0,
        "bytes": 0,
        "detail": f"at {elsewhere}" if elsewhere else "",
    }
