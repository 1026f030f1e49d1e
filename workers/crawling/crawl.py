"""The crawl: a worker takes a host, fetches one thing after the other there, and gives it back.

Two workers never hold the same host, so a host sees one request at a time however many there are.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from celery import shared_task
from sqlalchemy import bindparam, func, literal_column, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, select

from editor import clock
from editor.desk.probes import probe_due
from editor.desk.sources import entry_due, hole_due, picture_due, source_due
from editor.desk.updates import revisit_due
from editor.store import gate
from editor.store.models import Entry, Hole, Picture, Source, SourceProbe
from editor.store.queue import Task
from workers.crawling import entry_page, filling, listing, pictures
from workers.crawling.probe import read_probe
from workers.crawling.revisits import revisit
from workers.crawling.visit import LONG_REST, Lost, Visit
from workers.workshop import Workshop, here

ROUND_SECONDS = 60.0
SHORT = timedelta(seconds=60)
PATIENCE = timedelta(seconds=5)


Kind = Literal["probe", "source", "fill", "entry", "picture", "revisit"]
# in the order in which a host's errands are done
ERRANDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Errand:
    """One thing to fetch on a host."""

    kind: Kind
    id: int


def _next() -> Any:
    """Return the query for a host's next errand: the first of each kind, and of these the first.

    Made once, for it is asked before every request and takes longer to make than to run.
    """
    now: Any = bindparam("now")
    real: Any = bindparam("real")
    kinds: tuple[tuple[Any, Any, tuple[Any, ...]], ...] = (
        (SourceProbe, probe_due(), ()),
        (Source, source_due(now), (Source.next_run_at,)),
        (Hole, hole_due(real), (Hole.due_at,)),
        (Entry, entry_due(real), (Entry.due_at,)),
        (Picture, picture_due(real), (Picture.due_at,)),
        # what is here already can wait for what is not
        (Entry, revisit_due(now), (Entry.revisit_at,)),
    )
    firsts = [
        columns(literal_column(str(turn)).label("turn"), kind.id)
        .where(kind.host == bindparam("host"), due)
        .order_by(*order, kind.id)
        .limit(literal_column("1"))
        .subquery()
        for turn, (kind, due, order) in enumerate(kinds)
    ]
    every = union_all(*(columns(first.c.turn, first.c.id) for first in firsts)).subquery()
    return columns(every.c.turn, every.c.id).order_by(every.c.turn).limit(literal_column("1"))


NEXT = _next()


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


def next_errand(session: Session, host: str, now: datetime, real: datetime) -> Errand | None:
    """Return what to do next there: what a person waits for, listings, gaps, pages, pictures."""
    row = session.connection().execute(NEXT, {"host": host, "now": now, "real": real}).first()
    return None if row is None else Errand(ERRANDS[row.turn], row.id)


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


def next_due(session: Session, host: str, now: datetime, real: datetime) -> timedelta | None:
    """Return how long until the host has work, zero when it has; None when it has none."""
    far = timedelta(days=1)
    probe = session.exec(
        select(func.min(SourceProbe.created_at)).where(SourceProbe.host == host, probe_due())
    ).one()
    source = session.exec(
        select(func.min(Source.next_run_at)).where(Source.host == host, source_due(now + far))
    ).one()
    entry = session.exec(
        select(func.min(Entry.due_at)).where(Entry.host == host, entry_due(real + far))
    ).one()
    picture = session.exec(
        select(func.min(Picture.due_at)).where(Picture.host == host, picture_due(real + far))
    ).one()
    hole = session.exec(
        select(func.min(Hole.due_at)).where(Hole.host == host, hole_due(real + far))
    ).one()
    look = session.exec(
        select(func.min(Entry.revisit_at)).where(Entry.host == host, revisit_due(now + far))
    ).one()
    waits = [moment - now for moment in (source, look) if moment]
    waits += [moment - real for moment in (probe, hole, entry, picture) if moment]
    return max(min(waits), timedelta()) if waits else None
