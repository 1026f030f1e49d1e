"""Reading a source: its feed, list pages, sitemaps or JSON, back to the window's start."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from editor import clock
from editor.desk.fetches import REFUSALS
from editor.desk.source_draft import SourceDraft
from editor.desk.sources import revive
from editor.errors import FetchError, ParseError, Reason
from editor.store.models import Fetch, Publication, Source
from editor.store.queue import Task
from editor.text.urls import host_port
from editor.workflow import Outcome, SourceKind
from workers.crawling import holes
from workers.crawling.bells import ring_for_extraction, ring_for_hosts
from workers.crawling.fetch import Redirected
from workers.crawling.intake import Stored, store_entries
from workers.crawling.pace import Bounds, Seen, asked_minutes, next_pause
from workers.crawling.reach import dates_in_order
from workers.crawling.retries import source_wait
from workers.crawling.trail import End, Trail
from workers.crawling.visit import Visit
from workers.listings.feeds import parse_feed
from workers.listings.pages import parse_json, parse_list, parse_sitemap
from workers.values import Listed, Listing, Page
from workers.workshop import Workshop

MOST_PAGES = 50


@dataclass
class Reading:
    """One reading of a source: what it needs, and what it has seen so far.

    `read_at` is when its first page came; `asked` the pause in minutes that the server wants.
    """

    source: Source
    zone: ZoneInfo
    trail: Trail
    listed: list[Listed] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    pages: int = 0
    read_at: datetime | None = None
    validators: dict[str, str] = field(default_factory=dict)
    asked: int = 0


def read_source(shop: Workshop, visit: Visit, source_id: int) -> None:
    """Read the listing page by page; its entries are stored as each page comes.

    A failure on the way keeps what came before and notes that the reading broke off.
    """
    reading = _begin(shop, source_id)
    try:
        while reading.trail.urls:
            page = _get(shop, visit, reading, reading.trail.next())
            if page is not None:
                _take_page(shop, reading, page)
    except Redirected as moved:
        _move_source(shop, source_id, moved.url)
    except FetchError as error:
        _break_off(shop, reading, error)
    else:
        _finish(shop, reading)


def _begin(shop: Workshop, source_id: int) -> Reading:
    with shop.database.reading() as session:
        source = session.get_one(Source, source_id)
        publication = session.get_one(Publication, source.publication_id)
        need_back = holes.window_start(session, publication, clock.now())
        reached = source.reached_back_to
        trail = Trail(
            host=source.host,
            urls=[source.fetch_url or source.url],
            need_back=need_back,
            whole=reached is not None and reached <= need_back,
            # beside a feed, the pattern is the list page's
            pattern=source.page_pattern if source.kind != SourceKind.feed else "",
            most=MOST_PAGES,
        )
        return Reading(source=source, zone=ZoneInfo(publication.timezone), trail=trail)


def _get(shop: Workshop, visit: Visit, reading: Reading, url: str) -> Page | None:
    """Fetch a page of the listing; None when it is unchanged, or a list has no such page."""
    source, first = reading.source, reading.trail.number == 1
    known = first and (reading.trail.whole or source.kind == SourceKind.feed)
    try:
        page = visit.get(
            url,
            etag=source.etag if known else "",
            last_modified=source.last_modified if known else "",
            kind="page" if source.kind == SourceKind.list else "feed",
        )
    except FetchError as error:
        if error.reason == Reason.http_404 and not first:
            _log(shop, reading, url, Outcome.ok, detail="the list has no such page (404)")
            reading.trail.missing(url)
            return None
        raise
    if first:
        _note_first(reading, page)
    same = known and reading.validators["body_hash"] == source.body_hash != ""
    if page.status == 304 or same:
        detail = "" if page.status == 304 else "the same bytes as last time"
        _log(shop, reading, url, Outcome.not_modified, page=page, detail=detail)
        return None
    return page


def _note_first(reading: Reading, page: Page) -> None:
    """Keep what the first page says about itself: when it came, its validators, the next visit."""
    source = reading.source
    reading.read_at = page.fetched_at
    reading.asked = asked_minutes(page.headers, None)
    reading.validators = {
        "etag": page.headers.get("etag", "")[:500] or source.etag * (page.status == 304),
        "last_modified": page.headers.get("last-modified", "")[:100]
        or source.last_modified * (page.status == 304),
        "body_hash": sha256(page.body).hexdigest() if page.status == 200 else source.body_hash,
    }


def _take_page(shop: Workshop, reading: Reading, page: Page) -> None:
    """Store what the page lists and decide where to go on."""
    number = reading.trail.number
    try:
        listing = parse_page(
            page, reading.source, number=number, now=page.fetched_at, zone=reading.zone
        )
    except ParseError as error:
        raise FetchError(page.url, error.reason, status=page.status, detail=error.detail) from error
    stored = store_entries(shop, reading.source, listing.entries)
    moments = holes.latest_moments(listing.entries)
    notes = [*listing.notes, *stored.notes]
    notes += reading.trail.take(page.url, listing, new=stored.new, moments=moments)
    reading.pages += 1
    reading.listed += listing.entries
    reading.fresh |= stored.fresh
    reading.asked = max(reading.asked, listing.ttl_minutes or 0)
    if listing.children:
        # an index may stay as it is while its sitemaps change: it is no sign that nothing is new
        reading.validators = dict.fromkeys(reading.validators, "")
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
    ring_for(shop, reading.trail.host, stored)


def parse_page(
    page: Page, source: Source | SourceDraft, *, number: int, now: datetime, zone: ZoneInfo
) -> Listing:
    """Return what a page of the source lists; raises ParseError."""
    url, content_type = page.final_url, page.content_type
    encoding = source.encoding
    match source.kind:
        case SourceKind.feed | SourceKind.sitemap:
            parse = parse_feed if source.kind == SourceKind.feed else parse_sitemap
            return parse(
                page.body,
                url=url,
                content_type=content_type,
                now=now,
                zone=zone,
                encoding=encoding,
            )
        case SourceKind.json:
            return parse_json(
                page.body,
                url=url,
                paths=source.selectors,
                now=now,
                zone=zone,
                content_type=content_type,
                encoding=encoding,
            )
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
                encoding=encoding,
            )


def ring_for(shop: Workshop, host: str, stored: Stored) -> None:
    """Ring for what was stored: texts to extract, pages on other hosts."""
    ring_for_extraction(shop.ring, stored.captured)
    ring_for_hosts(shop, stored.hosts - {host})


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
    row = listing_fetch(
        reading.source, url, outcome, page=page, error=error, detail=detail, entries=entries
    )
    row.new = new
    with shop.database.writing() as session:
        session.add(row)
        session.commit()


def listing_fetch(
    source: Source,
    url: str,
    outcome: Outcome,
    *,
    page: Page | None = None,
    error: FetchError | None = None,
    detail: str = "",
    entries: Sequence[Listed] = (),
) -> Fetch:
    """Return the log's row for one attempt at a page that lists entries.

    `oldest_seen` and `newest_seen` leave out what is pinned: they tell how far the page reaches.
    """
    moments = dates_in_order([entry.published for entry in entries])
    return Fetch(
        source_id=source.id,
        run_id=source.run_id,
        fetched_at=page.fetched_at if page else clock.now(),
        url=url[:2000],
        outcome=outcome,
        reason=error.reason if error else "",
        detail=(detail or (error.detail if error else ""))[:500],
        http_status=page.status if page else error.status if error else None,
        seconds=page.seconds if page else 0,
        bytes=len(page.body) if page else 0,
        entries=len(entries),
        oldest_seen=moments[-1] if moments else None,
        newest_seen=moments[0] if moments else None,
    )


def _finish(shop: Workshop, reading: Reading) -> None:
    """Note a reading that came to its end, what it did not see, and when the next is due."""
    source = reading.source
    if reading.pages:
        holes.after_reading(shop, _passed(reading))
    pause = _pause(shop, reading)
    values: dict[str, Any] = {
        "failures": 0,
        "last_reason": "",
        "last_ok_at": reading.read_at or clock.now(),
        "reached_back_to": reading.trail.need_back,
        "next_run_at": clock.now() + timedelta(minutes=pause),
        "pace_minutes": pause,
        "run_id": None,
        **reading.validators,
    }
    _set(shop, source, values)
    if source.failures:
        # the site is back: what it could not give meanwhile need not wait for its slow retry
        with shop.database.writing() as session:
            revive(session, [source.id], run_id=source.run_id)
            session.commit()


def _passed(reading: Reading) -> holes.Passed:
    return holes.Passed(
        source=reading.source,
        listed=tuple(reading.listed),
        fresh=frozenset(reading.fresh),
        # a page that is not there shows the listing's end as well as one that is
        pages=reading.pages + reading.trail.misses,
        end=reading.trail.end,
        need_back=reading.trail.need_back,
        whole=reading.trail.whole,
        read_at=reading.read_at or clock.now(),
    )


def _pause(shop: Workshop, reading: Reading) -> int:
    """Return the minutes until the next reading."""
    source, now = reading.source, clock.now()
    since = now - source.last_ok_at if source.last_ok_at else None
    dates = dates_in_order([entry.published for entry in reading.listed])
    if not dates:
        # unchanged, or without dates: what is known of its entries tells how often they come
        with shop.database.reading() as session:
            dates = holes.recent_dates(session, source, now)
    seen = Seen(dates, len(reading.listed) or len(dates), len(reading.fresh), since)
    bounds = Bounds(source.interval_minutes, source.longest_minutes)
    return next_pause(
        seen, bounds, before=source.pace_minutes, asked=reading.asked, key=str(source.id), now=now
    )


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
    if reading.pages:
        values["reached_back_to"] = None
    if next_try.given_up:
        values["run_id"] = None
        if reading.pages and reading.trail.end != End.reached:
            holes.broken_off(shop, _passed(reading))
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
