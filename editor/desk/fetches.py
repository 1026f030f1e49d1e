"""What was fetched and how each attempt ended, for export."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, exists, or_, select

from editor.store.models import Entry, Fetch, Publication, Source
from editor.workflow import EntryState, Outcome


def export_rows(session: Session, publication: Publication) -> Iterator[dict[str, Any]]:
    """Yield one row an attempt (url, outcome, reason …), oldest first; two queries.

    After the attempts come the entries that failed before any attempt was made, such as
    addresses inside a private network.
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
    untried = (
        select(Entry)
        .where(Entry.publication_id == publication.id, Entry.state == EntryState.failed)
        .where(~exists().where(col(Fetch.entry_id) == col(Entry.id)))
        .order_by(col(Entry.id))
    )
    for entry in session.exec(untried):
        yield {"url": entry.url, "outcome": Outcome.refused.value, "reason": entry.reason}
