"""Looking at a page again: has it changed, is it still there.

Nothing is lost by a look that fails: the entry stays done, its candidate keeps its text, and the
evidence is the capture that was kept. The reason stands with the entry until a look succeeds.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from editor import clock
from editor.desk import updates
from editor.desk.sources import REFUSALS
from editor.errors import FetchError
from editor.store.models import Capture, Entry, Fetch, Source
from editor.store.queue import Task
from editor.text.urls import host_port
from editor.workflow import EntryState, Outcome
from workers.crawling.fetch import Redirected
from workers.crawling.visit import Visit
from workers.values import Page
from workers.workshop import Workshop

SAME_BYTES = "the same bytes as last time"
CUT_END = re.compile(r"[\s.…⋯]+$")


def lost_state(entry: Entry) -> EntryState:
    """Return what an entry is whose page could not be had: one with a candidate stays done."""
    return EntryState.failed if entry.candidate_id is None else EntryState.done


def validators(page: Page) -> tuple[str, str]:
    """Return what to ask with next time; what is longer than its column is worth nothing."""
    etag = page.headers.get("etag", "")
    return etag if len(etag) <= 500 else "", page.headers.get("last-modified", "")[:100]


# --- what a listing says of known pages ----------------------------------------------------------


def notice_changes(
    session: Session,
    source: Source,
    rows: Sequence[Mapping[str, Any]],
    updated: Mapping[str, datetime],
    *,
    new: Collection[str],
) -> set[str]:
    """Make known pages due that this source lists under another title or as changed since.

    `updated` is what the listing says by address. What we looked at after the change is left
    alone, and so is a text that came by the feed itself. Returns the hosts to ring for.
    """
    listed = {row["url_hash"]: row for row in rows if row["url_hash"] not in new}
    known = session.exec(
        select(Entry).where(
            Entry.publication_id == source.publication_id,
            Entry.source_id == source.id,
            col(Entry.url_hash).in_(listed),
            Entry.state == EntryState.done,
        )
    ).all()
    looks = _looks(session, known)
    hosts = set()
    for entry in known:
        row, seen = listed[entry.url_hash], looks.get(entry.id or 0)
        moments = (row["published_at"], updated.get(row["url"]))
        if seen is None or not (
            retitled(entry.title, row["title"])
            or any(each and seen < each <= clock.now() for each in moments)
        ):
            continue
        entry.title, entry.revisit_at = row["title"] or entry.title, clock.now()
        session.add(entry)
        hosts.add(entry.host)
    return hosts


def _looks(session: Session, entries: Sequence[Entry]) -> dict[int, datetime]:
    """Return when each entry's page was asked for last; those without a page are left out."""
    ids = [entry.id for entry in entries]
    paged = select(Capture.entry_id).where(col(Capture.entry_id).in_(ids), Capture.page == 1)
    rows = session.execute(
        select(Fetch.entry_id, func.max(Fetch.fetched_at))
        .where(col(Fetch.entry_id).in_(paged))
        .group_by(col(Fetch.entry_id))
    )
    return {entry_id: moment for entry_id, moment in rows.all() if entry_id is not None}


def retitled(before: str, now: str) -> bool:
    """Whether a listing's title is another one: not the same cut shorter or longer."""
    one, other = (CUT_END.sub("", "".join(title.split())) for title in (before, now))
    return bool(one and other) and not one.startswith(other) and not other.startswith(one)


# --- looking -------------------------------------------------------------------------------------


def revisit(shop: Workshop, visit: Visit, entry_id: int) -> None:
    """Ask for an entry's first page once more; a changed one is captured and extracted anew."""
    with shop.database.reading() as session:
        entry = session.get_one(Entry, entry_id)
        known = updates.first_page(session, entry)
    url = known.url if known else entry.url
    etag, modified = (entry.etag, entry.last_modified) if known else ("", "")
    try:
        page = visit.get(url, etag=etag, last_modified=modified)
    except Redirected as moved:
        _move(shop, entry_id, url, moved.url)
    except FetchError as error:
        _note_failure(shop, entry_id, url, error)
    else:
        digest = hashlib.sha256(page.body).hexdigest()
        if page.status == 304 or (known is not None and known.sha256 == digest):
            _note_unchanged(shop, entry_id, page)
        else:
            _keep_change(shop, entry_id, page)


def _note_unchanged(shop: Workshop, entry_id: int, page: Page) -> None:
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        _settle(session, entry)
        detail = "" if page.status == 304 else SAME_BYTES
        session.add(_fetch(entry, page.url, Outcome.not_modified, page=page, detail=detail))
        session.commit()


def _note_failure(shop: Workshop, entry_id: int, url: str, error: FetchError) -> None:
    refused = error.reason in REFUSALS
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        _settle(session, entry, reason=error.reason)
        outcome = Outcome.refused if refused else Outcome.failed
        session.add(_fetch(entry, url, outcome, error=error))
        session.commit()


def _settle(session: Session, entry: Entry, *, reason: str = "") -> None:
    """Note how the look ended, and when to look next if anybody still needs the page."""
    watched = updates.still_watched(session, entry)
    entry.revisit_at = clock.now() + updates.DAILY if watched else None
    entry.reason = reason
    session.add(entry)


def _keep_change(shop: Workshop, entry_id: int, page: Page) -> None:
    sha256 = shop.files.put(page.body)
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        if entry.state != EntryState.done:
            return
        session.add(
            Capture(
                entry_id=entry_id,
                page=1,
                url=page.url,
                final_url=page.final_url,
                fetched_at=page.fetched_at,
                sha256=sha256,
                size=len(page.body),
                headers=dict(page.headers),
            )
        )
        session.add(_fetch(entry, page.url, Outcome.ok, page=page))
        _settle(session, entry)
        _begin_again(entry, page.url)
        entry.etag, entry.last_modified = validators(page)
        entry.pages, entry.state = 1, EntryState.captured
        session.commit()
    shop.ring(Task.extract_entries, entry_id)


def _move(shop: Workshop, entry_id: int, url: str, target: str) -> None:
    """Send a page that moved to another host on its way there, as a new fetch."""
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        session.add(_fetch(entry, url, Outcome.ok, detail=f"redirects to {target}"))
        _settle(session, entry)
        if len(target) <= 2000:
            _begin_again(entry, target)
            entry.state, entry.redirects = EntryState.queued, 1
        host = entry.host
        session.commit()
    shop.ring(Task.crawl_host, host)


def _begin_again(entry: Entry, url: str) -> None:
    entry.fetch_url, entry.host = url, host_port(url)
    entry.pages, entry.attempts, entry.redirects = 0, 0, 0
    entry.lease_until, entry.due_at = None, clock.real()


def _fetch(
    entry: Entry,
    url: str,
    outcome: Outcome,
    *,
    page: Page | None = None,
    error: FetchError | None = None,
    detail: str = "",
) -> Fetch:
    said = f"looked again: {error.detail if error else detail}".removesuffix(": ")
    return Fetch(
        source_id=entry.source_id,
        entry_id=entry.id,
        url=url[:2000],
        outcome=outcome,
        reason=error.reason if error else "",
        detail=said[:500],
        http_status=page.status if page else error.status if error else None,
        seconds=page.seconds if page else 0,
        bytes=len(page.body) if page else 0,
    )
