"""Extraction: captured pages become a candidate. CPU work, for processes of their own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any, cast
from zoneinfo import ZoneInfo

from celery import shared_task
from sqlalchemy import Table, bindparam, or_, update
from sqlmodel import Session, col, select

from editor import clock
from editor.errors import ParseError, Reason
from editor.store.models import Capture, Entry, Fetch, Publication, Source
from editor.store.queue import Task
from editor.text.urls import absolute, host_port
from editor.workflow import EntryState, Outcome
from workers.articles.albums import Album, album_address, read_album
from workers.articles.extract import extract, extract_fragment, join_pages
from workers.articles.wechat import Elsewhere
from workers.candidates import cluster, elsewhere, ingest
from workers.charset import decode
from workers.crawling.revisits import lost_state
from workers.values import Extract
from workers.workshop import Workshop, here

MOST_PAGES = 10
MOST_ATTEMPTS = 3
LEASE = timedelta(seconds=150)
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
ENTRY = (
    select(Entry, Publication.timezone, Source)
    .join(Publication, col(Publication.id) == Entry.publication_id)
    .outerjoin(Source, col(Source.id) == Entry.source_id)
    .where(col(Entry.id) == bindparam("of"))
)
CAPTURES = (
    select(Capture)
    .where(col(Capture.entry_id) == bindparam("of"), col(Capture.page) > FEED_TEXT)
    .order_by(col(Capture.id))
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


@shared_task(name=Task.extract_entry.value, time_limit=120)
def extract_entry(entry_id: int) -> None:
    """Extract once: a second delivery of the same message finds nothing to claim."""
    extract_one(here(), entry_id)


def extract_one(shop: Workshop, entry_id: int) -> None:
    """Turn an entry's captures into a candidate, ask for its next page, or note why not."""
    work = _claim(shop, entry_id)
    if work is None:
        return
    try:
        if album_address(work.entry.fetch_url) and work.captures:
            elsewhere.take_album(shop, entry_id, _album(shop, work.captures[-1]))
            return
        article, addresses = _article(shop, work)
    except ParseError as error:
        _fail(shop, entry_id, error)
        return
    except Elsewhere as other:
        elsewhere.follow(shop, entry_id, other.url)
        return
    following = _next_page(work, article)
    if following:
        _ask_next(shop, entry_id, following)
        return
    _store(shop, work, article, addresses)


def _album(shop: Workshop, capture: Capture) -> Album:
    text = decode(shop.files.get(capture.sha256), capture.headers.get("content-type", "")).text
    return read_album(text, capture.final_url)


def _claim(shop: Workshop, entry_id: int) -> Work | None:
    """Take a captured entry for a while; None when it is not there, or taken."""
    real = clock.real()
    asked = {"of": entry_id, "real": real, "until": real + LEASE}
    with shop.database.writing() as session:
        if not session.connection().execute(CLAIM, asked).rowcount:
            return None
        work = _load(session, entry_id)
        session.commit()
    if work.entry.attempts > MOST_ATTEMPTS:
        # its extraction has killed its process three times
        _fail(shop, entry_id, ParseError(Reason.too_slow, "extraction did not end"))
        return None
    return work


def _load(session: Session, entry_id: int) -> Work:
    entry, zone, source = session.execute(ENTRY, {"of": entry_id}).one()
    captures = session.execute(CAPTURES, {"of": entry_id}).scalars().all()
    return Work(entry, _latest(captures, entry.pages), source, ZoneInfo(zone))


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
    return extract(
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


def _store(shop: Workshop, work: Work, article: Extract, addresses: tuple[str, ...]) -> None:
    """Store the candidate and what is left of the entry in one transaction."""
    entry, text = work.entry, work.entry.content.encode()
    digest = shop.files.put(text) if text else ""
    draft = ingest.drafted(entry, work.source, article, addresses, work.zone)
    with shop.database.writing() as session:
        connection = session.connection()
        if not connection.execute(FINISH, {"of": entry.id, "held": entry.fence}).rowcount:
            return
        encoding = article.encoding[:40]
        for capture in work.captures:
            connection.execute(DECODED, {"of": capture.id, "encoding": encoding})
        capture_id = work.captures[0].id if work.captures else None
        if digest:
            capture_id = _feed_capture(session, entry, digest, len(text))
        stored = ingest.store(session, draft, entry_id=entry.id, capture_id=capture_id)
        connection.execute(LEAD, {"of": entry.id, "candidate": stored.candidate_id})
        session.commit()
    cluster.group(shop.database, stored.candidate_id)
    for host in stored.picture_hosts:
        shop.ring(Task.crawl_host, host)


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
