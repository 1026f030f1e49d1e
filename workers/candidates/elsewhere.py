"""Entries whose page is no article but leads to some: share pages, migrated accounts, albums."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from editor import clock
from editor.errors import Invalid, Reason
from editor.store.models import Entry, Fetch
from editor.store.queue import Task
from editor.text.urls import canonical_url, host_port, url_hash
from editor.workflow import EntryState, Outcome
from workers.articles.albums import Album
from workers.crawling.fetch import MAX_HOPS
from workers.workshop import Workshop

LONGEST_URL = 2000
MOST_PARTS = 20


def follow(shop: Workshop, entry_id: int, url: str) -> None:
    """Send the entry to the article that its page leads to; too many moves end as `redirects`."""
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        entry.redirects += 1
        entry.lease_until = None
        if entry.redirects > MAX_HOPS or not _usable(url):
            entry.state, entry.reason = EntryState.failed, Reason.redirects
        else:
            entry.fetch_url, entry.host = url, host_port(url)
            entry.state, entry.attempts, entry.pages = EntryState.queued, 0, 0
            entry.due_at = clock.real()
        session.add(entry)
        session.add(_log(entry, f"leads to {url}"))
        host, queued = entry.host, entry.state == EntryState.queued
        session.commit()
    if queued:
        shop.ring(Task.crawl_host, host)


def take_album(shop: Workshop, entry_id: int, album: Album) -> None:
    """Add the album's articles as entries of their own, and go on with its next part.

    The album's own entry is done without a candidate; its log says how many articles it named.
    """
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        hosts = _add(session, entry, album.links)
        wanted = bool(hosts) and album.next_url != entry.fetch_url and _usable(album.next_url)
        further = wanted and entry.pages < MOST_PARTS
        detail = f"album: {len(album.links)} articles"
        if wanted and not further:
            detail += f"; stopped after {MOST_PARTS} parts, older articles were not read"
        session.add(_log(entry, detail, entries=len(album.links), new=len(hosts)))
        entry.title = entry.title or album.title
        entry.lease_until = None
        if further:
            entry.fetch_url, entry.attempts = album.next_url, 0
            entry.state, entry.due_at = EntryState.queued, clock.real()
        else:
            entry.state, entry.reason = EntryState.done, ""
        session.add(entry)
        session.commit()
    for host in sorted(set(hosts)):
        shop.ring(Task.crawl_host, host)


def _usable(url: str) -> bool:
    if not url or len(url) > LONGEST_URL:
        return False
    try:
        host_port(url)
    except Invalid:
        return False
    return True


def _add(session: Session, album: Entry, links: Sequence[str]) -> list[str]:
    """Insert the articles that are not known yet; return their hosts, one for each."""
    rows: dict[str, dict[str, Any]] = {}
    for link in links:
        if not _usable(link):
            continue
        key = url_hash(canonical_url(link))
        entry = Entry(
            publication_id=album.publication_id,
            source_id=album.source_id,
            run_id=album.run_id,
            issue_id=album.issue_id,
            url=link,
            url_hash=key,
            fetch_url=link,
            host=host_port(link),
        )
        rows.setdefault(key, entry.model_dump(exclude={"id"}))
    known = session.exec(
        select(Entry.url_hash).where(
            Entry.publication_id == album.publication_id, col(Entry.url_hash).in_(rows)
        )
    )
    for key in known:
        rows.pop(key, None)
    if not rows:
        return []
    table = cast(Any, Entry).__table__
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
    new = insert.values(list(rows.values())).on_conflict_do_nothing(
        index_elements=[table.c.publication_id, table.c.url_hash]
    )
    return [row.host for row in session.execute(new.returning(table.c.host))]


def _log(entry: Entry, detail: str, *, entries: int = 0, new: int = 0) -> Fetch:
    return Fetch(
        source_id=entry.source_id,
        entry_id=entry.id,
        run_id=entry.run_id,
        url=entry.url,
        outcome=Outcome.ok,
        detail=detail[:500],
        entries=entries,
        new=new,
    )
