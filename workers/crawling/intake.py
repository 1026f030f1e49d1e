"""What a listing named becomes entries: each page once, in small transactions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from editor import clock
from editor.errors import Invalid
from editor.store.models import Capture, Entry, Source
from editor.store.models.base import new_row
from editor.text.titles import bare_title
from editor.text.urls import canonical_url, host_port, url_hash
from editor.workflow import EntryState
from workers.crawling.revisits import notice_changes
from workers.values import Listed
from workers.workshop import Workshop

BATCH = 20
FULL_TEXT = 200
LONGEST_URL = 2000
TAG = re.compile(r"<[^>]*>")
CUT = re.compile(
    r"(\.{3,}|…+|\[…\]|\[\.\.\.\]|(阅读|查看|点击)(全文|更多|原文)|read more)\W*$", re.I
)


_entry: Table = cast(Any, Entry).__table__
_e = _entry.c
# made once, and the rows given beside it: written into the statement they take longest of all
INSERT = {
    name: insert(_entry)
    .on_conflict_do_nothing(index_elements=[_e.publication_id, _e.url_hash])
    .returning(_e.id, _e.url, _e.url_hash, _e.host, _e.state)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


@dataclass(frozen=True)
class Stored:
    """What became of a listing: how many entries are new, which, and what to ring for.

    `fresh` holds the new entries' addresses as they were listed.
    """

    new: int
    captured: tuple[int, ...]
    hosts: frozenset[str]
    fresh: frozenset[str]
    notes: tuple[str, ...] = ()


def store_entries(shop: Workshop, source: Source, listed: Sequence[Listed]) -> Stored:
    """Store what is new and queue it; what is known stays as it is.

    A known entry whose full text in the feed has changed is extracted again; the page of one that
    is listed under another title, or as changed since, is looked at again.
    """
    rows, notes = _rows(source, listed)
    touched = {entry.url: entry.updated for entry in listed if entry.updated}
    new, captured, hosts, fresh = 0, [], set(), set()
    for batch in _batches(rows):
        with shop.database.writing() as session:
            inserted = _insert(session, batch)
            fresh_keys = {row.url_hash for row in inserted}
            changed = _changed(session, batch, fresh_keys)
            hosts |= notice_changes(session, source, batch, touched, new=fresh_keys)
            session.commit()
        new += len(inserted)
        captured += [row.id for row in inserted if row.state == EntryState.captured] + changed
        hosts |= {row.host for row in inserted if row.state == EntryState.queued}
        fresh |= {row.url for row in inserted}
    return Stored(new, tuple(captured), frozenset(hosts), frozenset(fresh), tuple(notes))


def _rows(source: Source, listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], list[str]]:
    rows: dict[str, dict[str, Any]] = {}
    skipped = 0
    for entry in listed:
        try:
            key = url_hash(canonical_url(entry.url))
            row = _row(source, entry, key)
        except Invalid:
            skipped += 1
            continue
        if len(entry.url) > LONGEST_URL:
            skipped += 1
            continue
        rows.setdefault(key, row)
    return list(rows.values()), [f"{skipped} entries without a usable address"] if skipped else []


def _row(source: Source, listed: Listed, key: str) -> dict[str, Any]:
    whole = full_text(listed.content)
    published = listed.published
    return new_row(
        Entry,
        publication_id=source.publication_id,
        source_id=source.id,
        run_id=source.run_id,
        guid=listed.guid[:2000],
        url=listed.url,
        url_hash=key,
        fetch_url=listed.url,
        host=host_port(listed.url),
        title=bare_title(listed.title)[:1000],
        byline=listed.byline[:500],
        source_name=listed.source_name[:200],
        published_at=published.moment if published else None,
        date_how=published.how if published else "",
        date_precision=published.precision if published else "",
        content=listed.content if whole else "",
        # a full text without a date still needs its page, which may tell the date
        state=EntryState.captured if whole and published else EntryState.queued,
    )


def full_text(content: str) -> bool:
    """Whether a feed's own text is the whole article, so that its page need not be fetched."""
    text = unescape(TAG.sub("", content)).strip()
    return len("".join(text.split())) >= FULL_TEXT and not CUT.search(text[-40:])


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _insert(session: Session, rows: list[dict[str, Any]]) -> list[Any]:
    connection = session.connection()
    return list(connection.execute(INSERT[connection.dialect.name], rows).all())


def _changed(session: Session, rows: list[dict[str, Any]], new: set[str]) -> list[int]:
    """Queue known entries whose full text changed; return their ids."""
    texts = {row["url_hash"]: row for row in rows if row["content"] and row["url_hash"] not in new}
    if not texts:
        return []
    known = session.exec(
        select(Entry).where(
            Entry.publication_id == rows[0]["publication_id"],
            col(Entry.url_hash).in_(texts),
            Entry.state == EntryState.done,
        )
    ).all()
    changed = []
    for entry in known:
        text = texts[entry.url_hash]["content"]
        if entry.id is not None and _differs(session, entry.id, text):
            entry.content, entry.state, entry.attempts = text, EntryState.captured, 0
            entry.pages, entry.due_at, entry.run_id = (
                0,
                clock.real(),
                texts[entry.url_hash]["run_id"],
            )
            session.add(entry)
            changed.append(entry.id)
    return changed


def _differs(session: Session, entry_id: int, text: str) -> bool:
    """Whether the entry came from a feed's text, and another one than this."""
    digest = sha256(text.encode()).hexdigest()
    query = select(Capture.sha256).where(Capture.entry_id == entry_id, Capture.page == 0)
    last = session.exec(query.order_by(col(Capture.id).desc()).limit(1)).first()
    return last is not None and last != digest
