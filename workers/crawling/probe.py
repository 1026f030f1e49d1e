"""A look at an address for somebody who waits: one page, read in every way that it can be.

It is an errand of the crawl, so the host's lease, gap, robots.txt and the guard hold. The row
tells each step; nothing becomes an entry.
"""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from editor.desk.probes import ARTICLE
from editor.desk.source_draft import SourceDraft
from editor.errors import FetchError, ParseError, Reason
from editor.store.models import Publication, SourceProbe
from editor.store.queue import Task
from editor.text.urls import host_port
from editor.workflow import ProbeState, SourceKind
from workers.crawling.fetch import MAX_HOPS, Redirected
from workers.crawling.listing import parse_page
from workers.crawling.probe_article import read_article
from workers.crawling.visit import Visit
from workers.listings.discovery import Choice, FeedLink, Look, look
from workers.values import Listed, Page
from workers.workshop import Workshop

ROWS = 10
MOST_ATTEMPTS = 3
MOST_NOTES = 5
PAGES = ("", SourceKind.list, ARTICLE)


def read_probe(shop: Workshop, visit: Visit, probe_id: int) -> None:
    """Fetch the address and note what it lists; however it ends, the row says so."""
    probe = _begin(shop, probe_id)
    if probe is None:
        return
    try:
        page = visit.get(probe.fetch_url, kind="page" if probe.kind in PAGES else "feed")
    except Redirected as moved:
        _move(shop, probe, moved.url)
    except FetchError as error:
        _set(shop, probe_id, _failed(error.reason, error.detail))
    else:
        _set(shop, probe_id, {"state": ProbeState.parsing})
        _set(shop, probe_id, read_page(page, probe, _zone(shop, probe)))


def _begin(shop: Workshop, probe_id: int) -> SourceProbe | None:
    """Count the attempt; None when this look has already taken several workers with it."""
    with shop.database.writing() as session:
        probe = session.get_one(SourceProbe, probe_id)
        probe.attempts += 1
        lost = probe.attempts > MOST_ATTEMPTS
        probe.state = ProbeState.failed if lost else ProbeState.fetching
        probe.reason = Reason.too_slow if lost else ""
        session.add(probe)
        session.commit()
    return None if lost else probe


def _move(shop: Workshop, probe: SourceProbe, target: str) -> None:
    """Go on at the host that the address redirects to."""
    if probe.redirects >= MAX_HOPS or len(target) > 2000:
        _set(shop, probe.id or 0, _failed(Reason.redirects, target[:200]))
        return
    values = {
        "state": ProbeState.queued,
        "redirects": probe.redirects + 1,
        "attempts": 0,
        "fetch_url": target,
        "host": host_port(target),
    }
    _set(shop, probe.id or 0, values)
    shop.ring(Task.crawl_host, host_port(target))


def _zone(shop: Workshop, probe: SourceProbe) -> ZoneInfo:
    with shop.database.reading() as session:
        return ZoneInfo(session.get_one(Publication, probe.publication_id).timezone)


def _set(shop: Workshop, probe_id: int, values: dict[str, Any]) -> None:
    with shop.database.writing() as session:
        probe = session.get_one(SourceProbe, probe_id)
        for key, value in values.items():
            setattr(probe, key, value)
        session.add(probe)
        session.commit()


def _failed(reason: Reason, detail: str) -> dict[str, Any]:
    return {"state": ProbeState.failed, "reason": reason.value, "detail": detail[:500]}


# --- what the page says (pure) -------------------------------------------------------------------


def read_page(page: Page, probe: SourceProbe, zone: ZoneInfo) -> dict[str, Any]:
    """Return the row's values: what the person set first, then what the page suggests.

    When what was set finds nothing the look has failed, but suggestions are there to choose from.
    """
    if probe.kind == ARTICLE:
        return read_article(page, probe, zone)
    chosen, problem = _as_set(page, probe, zone) if probe.kind else (None, None)
    suggested, trouble = _suggested(page, probe, zone)
    others = [each for each in suggested.choices if not chosen or _differs(each, chosen)]
    choices = [*([chosen] if chosen else []), *others]
    values: dict[str, Any] = {"result": _told(page, choices, suggested.feeds)}
    wrong = problem if probe.kind else trouble
    if wrong is not None:
        return values | _failed(wrong.reason, wrong.detail)
    return values | {"state": ProbeState.done, "reason": "", "detail": ""}


def _as_set(
    page: Page, probe: SourceProbe, zone: ZoneInfo
) -> tuple[Choice | None, ParseError | None]:
    draft = SourceDraft.model_construct(
        name=probe.url,
        kind=SourceKind(probe.kind),
        url=probe.url,
        selectors=probe.selectors,
        page_pattern=probe.page_pattern,
        encoding=probe.encoding,
    )
    try:
        listing = parse_page(page, draft, number=1, now=page.fetched_at, zone=zone)
    except ParseError as error:
        return None, error
    return Choice(draft.kind, listing, probe.selectors, probe.page_pattern), None


def _suggested(page: Page, probe: SourceProbe, zone: ZoneInfo) -> tuple[Look, ParseError | None]:
    try:
        found = look(
            page.body,
            url=page.final_url,
            content_type=page.content_type,
            now=page.fetched_at,
            zone=zone,
            encoding=probe.encoding,
        )
    except ParseError as error:
        return Look(), error
    return found, None


def _differs(one: Choice, other: Choice) -> bool:
    if one.kind != other.kind or one.kind in (SourceKind.feed, SourceKind.sitemap):
        return one.kind != other.kind
    return dict(one.selectors) != dict(other.selectors) or one.page_pattern != other.page_pattern


def _told(page: Page, choices: Sequence[Choice], feeds: Sequence[FeedLink]) -> dict[str, Any]:
    return {
        "final_url": page.final_url[:2000],
        "title": next((each.listing.title for each in choices if each.listing.title), ""),
        "choices": [_told_choice(each) for each in choices],
        "feeds": [{"url": feed.url[:2000], "title": feed.title} for feed in feeds],
    }


def _told_choice(choice: Choice) -> dict[str, Any]:
    listing = choice.listing
    moments = [entry.published.moment for entry in listing.entries if entry.published]
    return {
        "kind": choice.kind.value,
        "selectors": dict(choice.selectors),
        "page_pattern": choice.page_pattern,
        "entries": len(listing.entries),
        "children": len(listing.children),
        "undated": len(listing.entries) - len(moments),
        "oldest": min(moments).isoformat() if moments else "",
        "newest": max(moments).isoformat() if moments else "",
        "next_url": (listing.next_url or "")[:2000],
        "encoding": listing.encoding,
        "notes": list(listing.notes[:MOST_NOTES]),
        "rows": [_told_row(entry) for entry in listing.entries[:ROWS]],
    }


def _told_row(entry: Listed) -> dict[str, str]:
    found = entry.published
    return {
        "title": entry.title[:300],
        "url": entry.url,
        "published_at": found.moment.isoformat() if found else "",
        "precision": found.precision if found else "",
    }
