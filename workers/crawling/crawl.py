"""The crawl: a worker takes a host, fetches one thing after the other there, and gives it back.

Two workers never hold the same host, so a host sees one request at a time however many there are.
"""

import time
from datetime import datetime, timedelta

from celery import shared_task

from editor import clock
from editor.store import gate
from editor.store.queue import Task
from workers.crawling import entry_page, filling, listing, pictures
from workers.crawling.errands import Errand, next_due, next_errand
from workers.crawling.probe import read_probe
from workers.crawling.revisits import revisit
from workers.crawling.visit import LONG_REST, Lost, Visit
from workers.workshop import Workshop, here

ROUND_SECONDS = 60.0
SHORT = timedelta(seconds=60)
PATIENCE = timedelta(seconds=5)


@shared_task(name=Task.crawl_host.value)
def crawl_host(host: str) -> None:
    """Fetch what is due on the host for about a minute; nothing when somebody else holds it."""
    crawl(here(), host)


def crawl(shop: Workshop, host: str) -> int:
    """Do the host's errands one by one; returns how many were done.

    Rings for itself when work is left, or in time for the next try of what failed.
    """
    visit = _begin(shop, host)
    if visit is None:
        return 0
    done, arrived_early = 0, _resting(visit.next_at)
    try:
        ends = time.monotonic() + ROUND_SECONDS
        while time.monotonic() < ends and not shop.stopping() and not _resting(visit.next_at):
            with shop.database.reading() as session:
                errand = next_errand(session, host, clock.now(), clock.real())
            if errand is None:
                break
            run(shop, visit, errand)
            done += 1
    except Lost:
        # whoever has the host now does the errand: no row was changed for it
        return done
    finally:
        visit.end()
    if not arrived_early:
        _ring_again(shop, visit)
    return done


def _begin(shop: Workshop, host: str) -> Visit | None:
    now = clock.real()
    until = now + timedelta(seconds=shop.settings.fetch_total) + SHORT
    with shop.database.writing() as session:
        hold = gate.claim(session, host, now=now, until=until)
        session.commit()
    if hold is None:
        return None
    return Visit(shop, hold)


def _resting(next_at: datetime) -> bool:
    """Whether to go home meanwhile: other hosts need the thread that would sleep here.

    After a rest of more than LONG_REST the errands are done: each fails at once and says so.
    """
    return PATIENCE < next_at - clock.real() <= LONG_REST


def run(shop: Workshop, visit: Visit, errand: Errand) -> None:
    """Do one errand; however it ends, its row says so."""
    match errand.kind:
        case "probe":
            read_probe(shop, visit, errand.id)
        case "source":
            listing.read_source(shop, visit, errand.id)
        case "fill":
            filling.fill_holes(shop, visit, errand.id)
        case "entry":
            entry_page.fetch_entry(shop, visit, errand.id)
        case "picture":
            pictures.fetch_picture(shop, visit, errand.id)
        case "revisit":
            revisit(shop, visit, errand.id)


def _ring_again(shop: Workshop, visit: Visit) -> None:
    """Ring in time for what is due there soon; `tick` rings for what is due later."""
    with shop.database.reading() as session:
        wait = next_due(session, visit.host, clock.now(), clock.real())
    if wait is None:
        return
    wait = max(wait, visit.next_at - clock.real()) if _resting(visit.next_at) else wait
    if wait <= SHORT:
        shop.ring(Task.crawl_host, visit.host, delay=wait.total_seconds())
