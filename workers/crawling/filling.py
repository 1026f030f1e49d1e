"""Filling a gap: the list page beside a feed is read back to where the gap begins."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from editor import clock
from editor.desk.ledger import list_of
from editor.desk.source_draft import SourceDraft
from editor.desk.sources import REFUSALS, hole_due
from editor.errors import FetchError, Invalid, ParseError, Reason
from editor.store.models import Entry, Hole, Publication, Source
from editor.store.queue import Task
from editor.text.urls import canonical_url, host_port, url_hash
from editor.workflow import HoleState, Outcome, SourceKind
from workers.crawling.fetch import Redirected
from workers.crawling.holes import latest_moments, recovered, settle
from workers.crawling.intake import store_entries
from workers.crawling.listing import listing_fetch, parse_page, ring_for
from workers.crawling.reach import looks_cut
from workers.crawling.retries import again
from workers.crawling.trail import End, Trail
from workers.crawling.visit import Visit
from workers.values import Listed, Listing, Page
from workers.workshop import Workshop

MOST_PAGES = 400
ATTEMPTS = 3


@dataclass
class Filling:
    """The gaps of one source that are filled by one walk down its list page."""

    source: Source
    draft: SourceDraft
    zone: ZoneInfo
    hole_ids: tuple[int, ...]
    trail: Trail
    pages: int = 0
    rows: int = 0
    oldest: datetime | None = None
    notes: list[str] = field(default_factory=list)


def fill_holes(shop: Workshop, visit: Visit, hole_id: int) -> None:
    """Read the list page from the newest back, until every waiting gap of the source is seen.

    Entries are stored as each page comes, so that a failure on the way loses nothing.
    """
    filling = _begin(shop, visit, hole_id)
    if filling is None:
        return
    try:
        while filling.trail.urls:
            _read(shop, visit, filling, filling.trail.next())
    except Redirected as moved:
        _move(shop, filling, moved.url)
    except FetchError as error:
        _fail(shop, filling, error)
    else:
        _finish(shop, filling)


def _begin(shop: Workshop, visit: Visit, hole_id: int) -> Filling | None:
    """Gather the source's waiting gaps; one whose list page is elsewhere now is sent there."""
    with shop.database.writing() as session:
        hole = session.get_one(Hole, hole_id)
        source = session.get_one(Source, hole.source_id)
        url = list_of(source)
        if not url or host_port(url) != visit.host:
            hole.state = HoleState.queued if url else HoleState.open
            hole.host = host_port(url) if url else ""
            session.add(hole)
            session.commit()
            if url:
                shop.ring(Task.crawl_host, host_port(url))
            return None
        waiting = session.exec(
            select(Hole)
            .where(Hole.source_id == source.id, hole_due(clock.real()), Hole.host == visit.host)
            .order_by(col(Hole.id))
        ).all()
        publication = session.get_one(Publication, source.publication_id)
        trail = Trail(
            host=visit.host,
            urls=[url],
            need_back=min(each.after_at for each in waiting),
            whole=False,
            pattern=source.page_pattern,
            most=MOST_PAGES,
        )
        draft = SourceDraft(
            name=source.name,
            kind=SourceKind.list,
            url=url,
            selectors=source.selectors,
            page_pattern=source.page_pattern,
            encoding=source.encoding,
        )
        ids = tuple(each.id for each in waiting if each.id is not None)
        return Filling(source, draft, ZoneInfo(publication.timezone), ids, trail)


def _read(shop: Workshop, visit: Visit, filling: Filling, url: str) -> None:
    trail = filling.trail
    try:
        page = visit.get(url)
    except FetchError as error:
        if error.reason != Reason.http_404 or trail.number == 1:
            raise
        _log(shop, filling, url, detail="the list has no such page (404)")
        trail.missing(url)
        return
    try:
        listing = parse_page(
            page, filling.draft, number=trail.number, now=page.fetched_at, zone=filling.zone
        )
    except ParseError as error:
        raise FetchError(page.url, error.reason, status=page.status, detail=error.detail) from error
    _take(shop, filling, page, listing)


def _take(shop: Workshop, filling: Filling, page: Page, listing: Listing) -> None:
    """Store what the page lists, count what was missing, and decide where to go on."""
    stored = store_entries(shop, filling.source, listing.entries)
    moments = latest_moments(listing.entries) or _known_moments(shop, filling, listing.entries)
    notes = [*listing.notes, *stored.notes]
    notes += filling.trail.take(page.url, listing, new=stored.new, moments=moments)
    filling.pages += 1
    filling.rows += len(listing.entries)
    if moments:
        filling.oldest = min(filling.oldest or moments[0], *moments)
    _log(shop, filling, page.url, page=page, detail="; ".join(notes), listed=listing.entries,
         new=stored.new)  # fmt: skip
    with shop.database.writing() as session:
        for hole_id in filling.hole_ids:
            hole = session.get_one(Hole, hole_id)
            hole.recovered += recovered(hole, listing.entries, stored.fresh)
            session.add(hole)
        session.commit()
    ring_for(shop, filling.trail.host, stored)


def _known_moments(shop: Workshop, filling: Filling, listed: Sequence[Listed]) -> list[datetime]:
    """Return when the page's known entries were published: all that a list without dates tells."""
    keys = []
    for entry in listed:
        try:
            keys.append(url_hash(canonical_url(entry.url)))
        except Invalid:
            continue
    with shop.database.reading() as session:
        rows = session.exec(
            select(Entry.published_at).where(
                Entry.publication_id == filling.source.publication_id,
                col(Entry.url_hash).in_(keys[:500]),
                col(Entry.published_at).is_not(None),
            )
        )
        return [row for row in rows if row is not None]


# --- how it ends ---------------------------------------------------------------------------------


def _log(
    shop: Workshop,
    filling: Filling,
    url: str,
    *,
    page: Page | None = None,
    error: FetchError | None = None,
    detail: str = "",
    listed: Sequence[Listed] = (),
    new: int = 0,
) -> None:
    outcome = Outcome.ok
    if error is not None:
        outcome = Outcome.refused if error.reason in REFUSALS else Outcome.failed
    row = listing_fetch(
        filling.source, url, outcome, page=page, error=error, detail=detail, entries=listed
    )
    row.new, row.hole_id = new, filling.hole_ids[0]
    with shop.database.writing() as session:
        session.add(row)
        session.commit()


def _finish(shop: Workshop, filling: Filling) -> None:
    """Settle every gap that the walk went past; what the list no longer shows is not filled."""
    end = filling.trail.end
    # a list that ends after some pages, or at no usual number, has shown all it ever had
    all_shown = end == End.ran_out and (
        filling.pages + filling.trail.misses > 1 or not looks_cut(filling.rows)
    )
    with shop.database.writing() as session:
        for hole_id in filling.hole_ids:
            hole = session.get_one(Hole, hole_id)
            if hole.state != HoleState.queued:
                continue
            if end == End.reached or all_shown:
                settle(hole, _settled(hole, filling))
            else:
                hole.state, hole.reason = HoleState.failed, Reason.unreached.value
                hole.detail = f"the list was read back to {filling.oldest}"
            session.add(hole)
        session.commit()


def _settled(hole: Hole, filling: Filling) -> str:
    if not hole.recovered:
        return "the list shows nothing else of this time"
    if filling.trail.end == End.ran_out:
        return "the list was followed to its end"
    return ""


def _fail(shop: Workshop, filling: Filling, error: FetchError) -> None:
    """Note the failure: a passing one is tried again, twice."""
    _log(shop, filling, error.url, error=error)
    with shop.database.writing() as session:
        for hole_id in filling.hole_ids:
            hole = session.get_one(Hole, hole_id)
            if hole.state != HoleState.queued:
                continue
            hole.attempts += 1
            next_try = again(error.reason, hole.attempts, error.retry_after)
            hole.reason, hole.detail = error.reason.value, error.detail[:500]
            hole.due_at = clock.real() + next_try.wait
            if next_try.given_up or hole.attempts >= ATTEMPTS:
                hole.state = HoleState.failed
            session.add(hole)
        session.commit()


def _move(shop: Workshop, filling: Filling, target: str) -> None:
    """Read the list page where it redirects to from now on; too many moves fail."""
    with shop.database.writing() as session:
        attempts = session.get_one(Hole, filling.hole_ids[0]).attempts
        if attempts + 1 >= ATTEMPTS or len(target) > 2000:
            session.rollback()
            _fail(shop, filling, FetchError(target, Reason.redirects))
            return
        source = session.get_one(Source, filling.source.id)
        if source.kind == SourceKind.list:
            source.fetch_url, source.host = target, host_port(target)
        else:
            source.list_url = target
        session.add(source)
        for hole_id in filling.hole_ids:
            hole = session.get_one(Hole, hole_id)
            hole.host, hole.attempts = host_port(target), hole.attempts + 1
            session.add(hole)
        session.commit()
    shop.ring(Task.crawl_host, host_port(target))
