"""Extraction: captured pages become a candidate. CPU work, for processes of their own."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any, cast
from zoneinfo import ZoneInfo

from celery import shared_task
from sqlalchemy import Table, bindparam, or_, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from editor import clock
from editor.errors import ParseError, Reason
from editor.store.models import Capture, Entry, Fetch, Publication, Source, id_of
from editor.store.queue import Task
from editor.text.urls import absolute, host_port
from editor.workflow import EntryState, Outcome
from workers.articles.albums import Album, album_address, read_album
from workers.articles.extract import extract as read_page
from workers.articles.extract import extract_fragment, join_pages
from workers.articles.wechat import Elsewhere
from workers.candidates import cluster, elsewhere, ingest
from workers.charset import decode
from workers.crawling.bells import ring_for_hosts
from workers.crawling.revisits import lost_state
from workers.values import Extract
from workers.workshop import Workshop, here

MOST_PAGES = 10
MOST_ATTEMPTS = 3
LEASE = timedelta(seconds=150)
# seconds after which the rest of a message is given back
PATIENCE = 20.0
HEAD_BYTES = 100_000
FEED_TEXT = 0
LINK = re.compile(rb"<link\b[^>]{0,2000}>", re.I)
CANONICAL = re.compile(rb"""\brel\s*=\s*["']?canonical\b""", re.I)
HREF = re.compile(rb"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.I)


# --- statements: made once, for making one takes longer than running it ---------------------------

_entry: Table = cast(Any, Entry).__table__
_capture: Table = cast(Any, Capture).__table__
_e = _entry.c

CLAIM = (
    update(_entry)
    .where(
        _e.id == bindparam("of"),
        _e.state == EntryState.captured,
        or_(_e.lease_until.is_(None), _e.lease_until < bindparam("real")),
    )
    .values(lease_until=bindparam("until"), fence=_e.fence + 1, attempts=_e.attempts + 1)
)
ENTRIES = (
    select(Entry, Publication.timezone, Source)
    .join(Publication, col(Publication.id) == Entry.publication_id)
    .outerjoin(Source, col(Source.id) == Entry.source_id)
    .where(col(Entry.id).in_(bindparam("ids", expanding=True)))
    .order_by(col(Entry.id))
)
CAPTURES = (
    select(Capture)
    .where(
        col(Capture.entry_id).in_(bindparam("ids", expanding=True)), col(Capture.page) > FEED_TEXT
    )
    .order_by(col(Capture.id))
)
GIVE_BACK = (
    update(_entry)
    .where(_e.id == bindparam("of"), _e.fence == bindparam("held"))
    .values(lease_until=None, attempts=_e.attempts - 1)
)
FINISH = (
    update(_entry)
    .where(
        _e.id == bindparam("of"),
        _e.state == EntryState.captured,
        _e.fence == bindparam("held"),
    )
    .values(state=EntryState.done, reason="", content="", lease_until=None, attempts=0)
)
LEAD = update(_entry).where(_e.id == bindparam("of")).values(candidate_id=bindparam("candidate"))
DECODED = (
    update(_capture).where(_capture.c.id == bindparam("of")).values(encoding=bindparam("encoding"))
)


@dataclass(frozen=True)
class Work:
    """An entry with the pages captured for it, in page order."""

    entry: Entry
    captures: tuple[Capture, ...]
    source: Source | None
    zone: ZoneInfo


@dataclass(frozen=True)
class Ready:
    """An entry whose article is there to be stored."""

    work: Work
    article: Extract
    draft: ingest.Draft


@shared_task(name=Task.extract_entries.value, time_limit=120)
def extract_entries(*entry_ids: int) -> None:
    """Extract once: a second delivery of the same message finds nothing to claim."""
    extract(here(), *entry_ids)


def extract(shop: Workshop, *entry_ids: int) -> None:
    """Turn entries' captures into candidates, ask for their next pages, or note why not.

    Those of one message share their transactions, which costs less each. Where they take long,
    the rest is given back and rung for one by one; so is each whose process died with it.
    """
    works = _claim(shop, entry_ids)
    ready: list[Ready] = []
    ends = time.monotonic() + PATIENCE
    for place, work in enumerate(works):
        if place and time.monotonic() > ends:
            _give_back(shop, works[place:])
            break
        read = _read(shop, work)
        if read is not None:
            ready.append(read)
    if ready:
        _store(shop, ready)


def _read(shop: Workshop, work: Work) -> Ready | None:
    """Return what the captures say; None when they say nothing yet, or never will."""
    entry_id = id_of(work.entry)
    try:
        if album_address(work.entry.fetch_url) and work.captures:
            elsewhere.take_album(shop, entry_id, _album(shop, work.captures[-1]))
            return None
        article, addresses = _article(shop, work)
    except ParseError as error:
        _fail(shop, entry_id, error)
        return None
    except Elsewhere as other:
        elsewhere.follow(shop, entry_id, other.url)
        return None
    following = _next_page(work, article)
    if following:
        _ask_next(shop, entry_id, following)
        return None
    draft = ingest.drafted(work.entry, work.source, article, addresses, work.zone)
    return Ready(work, article, draft)


def _album(shop: Workshop, capture: Capture) -> Album:
    text = decode(shop.files.get(capture.sha256), capture.headers.get("content-type", "")).text
    return read_album(text, capture.final_url)


def _claim(shop: Workshop, entry_ids: Sequence[int]) -> list[Work]:
    """Take captured entries for a while; left out are those not there, and those taken."""
    real = clock.real()
    with shop.database.writing() as session:
        connection = session.connection()
        held = [
            entry_id
            # in one order everywhere, so that two processes never wait for each other
            for entry_id in sorted({*entry_ids})
            if connection.execute(
                CLAIM, {"of": entry_id, "real": real, "until": real + LEASE}
            ).rowcount
        ]
        works = _load(session, held) if held else []
        session.commit()
    spent = [work for work in works if work.entry.attempts > MOST_ATTEMPTS]
    for work in spent:
        # its extraction has killed its process three times
        _fail(shop, id_of(work.entry), ParseError(Reason.too_slow, "extraction did not end"))
    return [work for work in works if work not in spent]


def _give_back(shop: Workshop, works: Sequence[Work]) -> None:
    with shop.database.writing() as session:
        for work in works:
            held = {"of": work.entry.id, "held": work.entry.fence}
            session.connection().execute(GIVE_BACK, held)
        session.commit()
    for work in works:
        shop.ring(Task.extract_entries, id_of(work.entry))


def _load(session: Session, entry_ids: Sequence[int]) -> list[Work]:
    asked = {"ids": list(entry_ids)}
    captures: dict[int | None, list[Capture]] = {}
    for capture in session.execute(CAPTURES, asked).scalars():
        captures.setdefault(capture.entry_id, []).append(capture)
    return [
        Work(
            entry,
            _latest(captures.get(entry.id, ()), entry.pages),
            source,
            ZoneInfo(zone),
        )
        for entry, zone, source in session.execute(ENTRIES, asked)
    ]


def _latest(captures: Sequence[Capture], pages: int) -> tuple[Capture, ...]:
    """Return the last round's captures: those since page 1 was captured last."""
    starts = [place for place, capture in enumerate(captures) if capture.page == 1]
    return tuple(captures[starts[-1] :][:pages]) if starts else ()


def _article(shop: Workshop, work: Work) -> tuple[Extract, tuple[str, ...]]:
    """Return what the pages say, and the addresses under which they say it."""
    entry = work.entry
    bodies = [shop.files.get(capture.sha256) for capture in work.captures]
    addresses = [entry.url]
    if bodies:
        first = work.captures[0].final_url
        addresses += [first, *declared_address(bodies[0], first)]
    if entry.content:
        return _from_feed(work, bodies), tuple(addresses)
    parts = [
        _page(work, capture, body) for capture, body in zip(work.captures, bodies, strict=True)
    ]
    if not parts:
        raise ParseError(Reason.empty, "nothing was captured")
    return join_pages(parts) if len(parts) > 1 else parts[0], tuple(addresses)


def _from_feed(work: Work, bodies: Sequence[bytes]) -> Extract:
    """Return the feed's own full text, with the page's date when it was fetched for one."""
    blocks = extract_fragment(work.entry.content, url=work.entry.url)
    if not blocks:
        raise ParseError(Reason.empty, "the feed's text")
    told = None
    if bodies:
        try:
            told = _page(work, work.captures[0], bodies[0])
        except ParseError:
            # the page was wanted for its date alone; the candidate goes to the undated tray
            told = None
    return Extract(
        title=told.title if told else "",
        blocks=blocks,
        source_name=told.source_name if told else "",
        byline=told.byline if told else "",
        published=told.published if told else None,
        method="feed",
    )


def _page(work: Work, capture: Capture, body: bytes) -> Extract:
    source = work.source
    return read_page(
        body,
        url=capture.final_url,
        content_type=capture.headers.get("content-type", ""),
        now=capture.fetched_at,
        zone=work.zone,
        site_rule=source.site_rule if source else "",
        encoding=source.encoding if source else "",
    )


def declared_address(body: bytes, base: str) -> tuple[str, ...]:
    """Return the address that the page declares as its own (rel=canonical), if it does."""
    for link in LINK.findall(body[:HEAD_BYTES]):
        href = HREF.search(link)
        if CANONICAL.search(link) and href:
            raw = next(group for group in href.groups() if group is not None)
            target = absolute(base, unescape(raw.decode("utf-8", "replace")))
            return (target,) if target else ()
    return ()


def _next_page(work: Work, article: Extract) -> str:
    following = article.next_page_url or ""
    known = {capture.url for capture in work.captures}
    known |= {capture.final_url for capture in work.captures}
    if not work.captures or not following or work.entry.content or following in known:
        return ""
    if work.entry.pages >= MOST_PAGES or len(following) > 2000:
        return ""
    here_host = host_port(work.captures[0].final_url)
    return following if host_port(following) == here_host else ""


def _ask_next(shop: Workshop, entry_id: int, url: str) -> None:
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        entry.fetch_url, entry.host = url, host_port(url)
        entry.state, entry.attempts, entry.lease_until = EntryState.queued, 0, None
        entry.due_at = clock.real()
        session.add(entry)
        session.commit()
        host = entry.host
    shop.ring(Task.crawl_host, host)


def _fail(shop: Workshop, entry_id: int, error: ParseError) -> None:
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        entry.state, entry.reason, entry.lease_until = lost_state(entry), error.reason, None
        # a reason found in the text does not pass: there is nothing to try again
        entry.attempts = max(entry.attempts, 99)
        session.add(entry)
        session.add(
            Fetch(
                source_id=entry.source_id,
                entry_id=entry_id,
                run_id=entry.run_id,
                url=entry.fetch_url,
                outcome=Outcome.failed,
                reason=error.reason,
                detail=f"extraction: {error.detail}"[:500],
            )
        )
        session.commit()


def _store(shop: Workshop, ready: Sequence[Ready]) -> None:
    """Store the candidates and group them; where the database refuses all at once, one by one."""
    try:
        stored = _store_together(shop, ready)
    except DBAPIError:
        if len(ready) == 1:
            raise
        for each in ready:
            _store(shop, [each])
        return
    cluster.group(shop.database, *sorted({each.candidate_id for each in stored}))
    ring_for_hosts(shop, {host for each in stored for host in each.picture_hosts})


def _store_together(shop: Workshop, ready: Sequence[Ready]) -> list[ingest.StoredCandidate]:
    digests = {
        each.work.entry.id: shop.files.put(each.work.entry.content.encode())
        for each in ready
        if each.work.entry.content
    }
    # by address: two processes that store the same pages meet in the same order
    in_order = sorted(ready, key=lambda each: each.draft.addresses[0].key)
    with shop.database.writing() as session:
        stored = [_put(session, each, digests.get(each.work.entry.id, "")) for each in in_order]
        session.commit()
    return [each for each in stored if each is not None]


def _put(session: Session, ready: Ready, digest: str) -> ingest.StoredCandidate | None:
    """Store one candidate and finish its entry; None when the entry is somebody else's by now."""
    entry, captures = ready.work.entry, ready.work.captures
    connection = session.connection()
    if not connection.execute(FINISH, {"of": entry.id, "held": entry.fence}).rowcount:
        return None
    encoding = ready.article.encoding[:40]
    for capture in captures:
        connection.execute(DECODED, {"of": capture.id, "encoding": encoding})
    capture_id = captures[0].id if captures else None
    if digest:
        capture_id = _feed_capture(session, entry, digest, len(entry.content.encode()))
    stored = ingest.store(session, ready.draft, entry_id=entry.id, capture_id=capture_id)
    connection.execute(LEAD, {"of": entry.id, "candidate": stored.candidate_id})
    return stored


def _feed_capture(session: Session, entry: Entry, digest: str, size: int) -> int | None:
    capture = Capture(
        entry_id=entry.id,
        page=FEED_TEXT,
        url=entry.url,
        final_url=entry.url,
        fetched_at=clock.now(),
        sha256=digest,
        size=size,
        encoding="utf-8",
        headers={"content-type": "text/html; charset=utf-8"},
    )
    session.add(capture)
    session.flush()
    return capture.id
