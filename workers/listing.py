"""Reading a source: its feed, list pages, sitemaps or JSON, back to the window's start."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from editor import clock
from editor.desk.source_draft import SourceDraft
from editor.desk.sources import revive
from editor.errors import FetchError, ParseError, Reason
from editor.store.models import Fetch, Issue, Publication, Source
from editor.store.queue import Task
from editor.text.urls import host_port
from editor.workflow import IssueState, Outcome, SourceKind
from workers.feeds import parse_feed
from workers.fetch import Redirected
from workers.intake import Stored, store_entries
from workers.pages import parse_json, parse_list, parse_sitemap
from workers.retries import source_wait
from workers.values import Listed, Listing, Page
from workers.visit import Visit
from workers.workshop import Workshop

MOST_PAGES = 50
NO_ISSUE = timedelta(days=31)
REFUSALS = (Reason.robots, Reason.blocked_private)


@dataclass
class Reading:
    """One reading of a source: what it needs, and what it has seen so far.

    `need_back` is the moment to read back to; `whole` says that an earlier reading went there
    without a hole, so that a page of known entries ends this one.
    """

    source: Source
    zone: ZoneInfo
    need_back: datetime
    newest_before: datetime | None
    host: str
    urls: list[str]
    number: int = 1
    visited: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    validators: dict[str, str] = field(default_factory=dict)
    ttl_minutes: int | None = None
    skipped: bool = False

    def beyond(self, url: str) -> str:
        """Return the address after `url` in the page pattern, once, else "".

        Nobody can tell whether a pattern's first number is a list's first page or its second:
        when the one that was tried is not there, or is the first again, the next may be.
        """
        before, mark, after = self.source.page_pattern.partition("{n}")
        number = url.removeprefix(before).removesuffix(after)
        if not mark or self.skipped or self.number != 2 or not number.isdecimal():
            return ""
        self.skipped = True
        return f"{before}{int(number) + 1}{after}"

    @property
    def whole(self) -> bool:
        reached = self.source.reached_back_to
        return reached is not None and reached <= self.need_back


def read_source(shop: Workshop, visit: Visit, source_id: int) -> None:
    """Read the listing page by page; its entries are stored as each page comes.

    A failure on the way keeps what came before and notes that the reading broke off.
    """
    reading = _begin(shop, source_id)
    try:
        while reading.urls:
            url = reading.urls.pop(0)
            reading.visited.add(url)
            page = _get(shop, visit, reading, url)
            if page is None:
                continue
            _take_page(shop, reading, page)
    except Redirected as moved:
        _move_source(shop, source_id, moved.url)
    except FetchError as error:
        if error.reason == Reason.http_429:
            visit.rest(error.retry_after or timedelta(minutes=1))
        _break_off(shop, reading, error)
    else:
        _finish(shop, reading)


def _begin(shop: Workshop, source_id: int) -> Reading:
    with shop.database.reading() as session:
        source = session.get_one(Source, source_id)
        publication = session.get_one(Publication, source.publication_id)
        newest = session.exec(
            select(func.max(Fetch.newest_seen)).where(
                Fetch.source_id == source_id, col(Fetch.entry_id).is_(None)
            )
        ).one()
        return Reading(
            source=source,
            zone=ZoneInfo(publication.timezone),
            need_back=window_start(session, publication, clock.now()),
            newest_before=newest,
            host=source.host,
            urls=[source.fetch_url or source.url],
        )


def window_start(session: Session, publication: Publication, now: datetime) -> datetime:
    """Return the start of the oldest open issue's window; a month ago when none is open."""
    opens = session.exec(
        select(func.min(Issue.opens_at)).where(
            Issue.publication_id == publication.id,
            col(Issue.state).in_([IssueState.collecting, IssueState.editing]),
        )
    ).one()
    return opens or now - NO_ISSUE


def _get(shop: Workshop, visit: Visit, reading: Reading, url: str) -> Page | None:
    """Fetch a page of the listing; None when it is unchanged, or a list has no such page."""
    source, first = reading.source, reading.number == 1
    known = first and (reading.whole or source.kind == SourceKind.feed)
    try:
        page = shop.web.get(
            url,
            etag=source.etag if known else "",
            last_modified=source.last_modified if known else "",
            kind="page" if source.kind == SourceKind.list else "feed",
            manners=visit.manners_for(url),
        )
    except FetchError as error:
        if error.reason == Reason.http_404 and not first:
            # page patterns are counted up until the site has no further page
            _log(shop, reading, url, Outcome.ok, detail="the list has no such page (404)")
            reading.urls += [other] if (other := reading.beyond(url)) else []
            return None
        raise
    if first:
        reading.validators = {
            "etag": page.headers.get("etag", "")[:500] or source.etag * (page.status == 304),
            "last_modified": page.headers.get("last-modified", "")[:100]
            or source.last_modified * (page.status == 304),
            "body_hash": sha256(page.body).hexdigest() if page.status == 200 else source.body_hash,
        }
    same = known and reading.validators["body_hash"] == source.body_hash != ""
    if page.status == 304 or same:
        detail = "" if page.status == 304 else "the same bytes as last time"
        _log(shop, reading, url, Outcome.not_modified, page=page, detail=detail)
        return None
    return page


def _take_page(shop: Workshop, reading: Reading, page: Page) -> None:
    """Store what the page lists and decide where to go on."""
    try:
        listing = parse_page(
            page, reading.source, number=reading.number, now=page.fetched_at, zone=reading.zone
        )
    except ParseError as error:
        raise FetchError(page.url, error.reason, status=page.status, detail=error.detail) from error
    stored = store_entries(shop, reading.source, listing.entries)
    notes = [*listing.notes, *stored.notes]
    notes += _gap_note(reading, listing.entries, stored)
    following = _following(reading, page, listing, stored)
    if following:
        notes += _go_on(reading, following)
    notes += _add_children(reading, listing.children)
    reading.seen.update(entry.url for entry in listing.entries)
    reading.number += 1
    reading.ttl_minutes = reading.ttl_minutes or listing.ttl_minutes
    outcome = Outcome.ok if listing.entries or listing.children else Outcome.empty
    _log(
        shop,
        reading,
        page.url,
        outcome,
        page=page,
        detail="; ".join(notes),
        entries=listing.entries,
        new=stored.new,
    )
    _ring(shop, reading.host, stored)


def parse_page(
    page: Page, source: Source | SourceDraft, *, number: int, now: datetime, zone: ZoneInfo
) -> Listing:
    """Return what a page of the source lists; raises ParseError."""
    url, content_type = page.final_url, page.content_type
    match source.kind:
        case SourceKind.feed:
            return parse_feed(page.body, url=url, content_type=content_type, now=now, zone=zone)
        case SourceKind.sitemap:
            return parse_sitemap(page.body, url=url, content_type=content_type, now=now, zone=zone)
        case SourceKind.json:
            return parse_json(page.body, url=url, paths=source.selectors, now=now, zone=zone)
        case _:
            return parse_list(
                page.body,
                url=url,
                content_type=content_type,
                selectors=source.selectors,
                page_pattern=source.page_pattern,
                page=number,
                now=now,
                zone=zone,
                encoding=source.encoding,
            )


def _following(reading: Reading, page: Page, listing: Listing, stored: Stored) -> str:
    """Return the page to go on with, "" when those after this one hold nothing that is wanted."""
    if reading.whole and stored.new == 0:
        return ""
    if all(entry.url in reading.seen for entry in listing.entries):
        return reading.beyond(page.url)
    moments = _moments(listing.entries)
    if moments and max(moments) < reading.need_back:
        return ""
    return listing.next_url or ""


def _go_on(reading: Reading, url: str) -> list[str]:
    if url in reading.visited:
        return ["the next page is one that was read already"]
    if reading.number >= MOST_PAGES:
        return [f"gap: stopped after {MOST_PAGES} pages, before the window's start"]
    reading.urls.append(url)
    return []


def _add_children(reading: Reading, children: Sequence[str]) -> list[str]:
    """Queue a sitemap index's own sitemaps; those of another host are named, not read."""
    ours = [url for url in children if host_port(url) == reading.host]
    fresh = [url for url in dict.fromkeys(ours) if url not in reading.visited]
    room = max(MOST_PAGES - len(reading.visited) - len(reading.urls), 0)
    reading.urls += fresh[:room]
    notes = []
    if len(ours) < len(children):
        notes.append(f"{len(children) - len(ours)} sitemaps on other hosts were not read")
    if len(fresh) > room:
        notes.append(f"gap: {len(fresh) - room} sitemaps beyond {MOST_PAGES} were not read")
    return notes


def _gap_note(reading: Reading, entries: Sequence[Listed], stored: Stored) -> list[str]:
    """Tell when a feed rolled over: all is new, and its oldest is later than what we had."""
    moments, before = _moments(entries), reading.newest_before
    if reading.source.kind != SourceKind.feed or before is None or not moments:
        return []
    if stored.new < len(entries) or min(moments) <= before:
        return []
    start, end = (
        m.astimezone(reading.zone).isoformat("T", "minutes") for m in (before, min(moments))
    )
    return [f"gap: the feed rolled over, nothing was seen from {start} to {end}"]


def _moments(entries: Sequence[Listed]) -> list[datetime]:
    return [entry.published.moment for entry in entries if entry.published]


def _ring(shop: Workshop, host: str, stored: Stored) -> None:
    for entry_id in stored.captured:
        shop.ring(Task.extract_entry, entry_id)
    for other in sorted(stored.hosts - {host}):
        shop.ring(Task.crawl_host, other)


# --- how it ends -----------------------------------------------------------------------------


def _log(
    shop: Workshop,
    reading: Reading,
    url: str,
    outcome: Outcome,
    *,
    page: Page | None = None,
    error: FetchError | None = None,
    detail: str = "",
    entries: Sequence[Listed] = (),
    new: int = 0,
) -> None:
    moments = _moments(entries)
    row = Fetch(
        source_id=reading.source.id,
        run_id=reading.source.run_id,
        url=url[:2000],
        outcome=outcome,
        reason=error.reason if error else "",
        detail=(detail or (error.detail if error else ""))[:500],
        http_status=page.status if page else error.status if error else None,
        seconds=page.seconds if page else 0,
        bytes=len(page.body) if page else 0,
        entries=len(entries),
        new=new,
        oldest_seen=min(moments, default=None),
        newest_seen=max(moments, default=None),
    )
    with shop.database.writing() as session:
        session.add(row)
        session.commit()


def _finish(shop: Workshop, reading: Reading) -> None:
    """Note a reading that came to its end, and when the next is due."""
    wait = timedelta(minutes=max(reading.source.interval_minutes, reading.ttl_minutes or 0))
    values: dict[str, Any] = {
        "failures": 0,
        "last_reason": "",
        "last_ok_at": clock.now(),
        "reached_back_to": reading.need_back,
        "next_run_at": clock.now() + wait,
        "run_id": None,
        **reading.validators,
    }
    _set(shop, reading.source, values)
    if reading.source.failures:
        # the site is back: what it could not give meanwhile need not wait for its slow retry
        with shop.database.writing() as session:
            revive(session, [reading.source.id], run_id=reading.source.run_id)
            session.commit()


def _break_off(shop: Workshop, reading: Reading, error: FetchError) -> None:
    """Note the failure; what was not read this time is read again from the first page."""
    source = reading.source
    outcome = Outcome.refused if error.reason in REFUSALS else Outcome.failed
    _log(shop, reading, error.url, outcome, error=error)
    interval = timedelta(minutes=source.interval_minutes)
    next_try = source_wait(error.reason, source.failures + 1, interval, error.retry_after)
    values: dict[str, Any] = {
        "failures": source.failures + 1,
        "last_reason": error.reason.value,
        "next_run_at": clock.now() + next_try.wait,
    }
    if reading.number > 1:
        values["reached_back_to"] = None
    if next_try.given_up:
        values["run_id"] = None
    if error.reason == Reason.http_404 and source.fetch_url:
        # where it moved to is gone: ask the address it was added with
        values |= {"fetch_url": "", "host": host_port(source.url)}
    _set(shop, source, values)


def _move_source(shop: Workshop, source_id: int, target: str) -> None:
    """Read the source on the host it redirects to from now on."""
    with shop.database.reading() as session:
        source = session.get_one(Source, source_id)
    looping = bool(source.fetch_url) and host_port(target) == host_port(source.url)
    if looping or len(target) > 2000:
        reading = _begin(shop, source_id)
        _break_off(shop, reading, FetchError(target, Reason.redirects))
        return
    _set(shop, source, {"fetch_url": target, "host": host_port(target)})
    shop.ring(Task.crawl_host, host_port(target))


def _set(shop: Workshop, source: Source, values: dict[str, Any]) -> None:
    """Change the source's row, unless a person has given it another address meanwhile."""
    with shop.database.writing() as session:
        row = session.get_one(Source, source.id)
        if row.url != source.url:
            return
        if row.run_id != source.run_id:
            # somebody asked for another round meanwhile: it stays due
            values = {key: values[key] for key in values if key not in ("run_id", "next_run_at")}
        for key, value in values.items():
            setattr(row, key, value)
        session.add(row)
        session.commit()
