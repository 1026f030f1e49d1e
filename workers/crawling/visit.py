"""A visit: one host that this worker holds, its robots.txt, and its rest between requests."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from editor import clock
from editor.desk.sources import TEMPORARY
from editor.errors import FetchError, Reason
from editor.store import gate
from editor.store.gate import Hold
from editor.text.urls import host_port
from workers.charset import decode
from workers.crawling.bells import Captured
from workers.crawling.fetch import AGENT, Kind, Manners, Redirected
from workers.crawling.robots import READ, Rules, parse_robots
from workers.values import Page
from workers.workshop import Workshop

ROBOTS_FRESH = timedelta(days=1)
UNREACHABLE = (*TEMPORARY, Reason.blocked_private, Reason.tls)
SPARE = timedelta(seconds=15)
# how long a host rests that asks us to slow down and does not say for how long
SLOW_DOWN = timedelta(seconds=60)
# a rest that nobody waits for: what is due there has failed for now
LONG_REST = timedelta(minutes=10)
KNOCKS = 2


class Lost(Exception):
    """The hold ended (we slept too long); another worker may have the host now."""


class Visit:
    """One held host. At most one request runs in it, and each waits for the host's rest."""

    def __init__(
        self, shop: Workshop, hold: Hold, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._shop = shop
        self._hold = hold
        self._sleep = sleep
        self._rules: Rules | None = None
        self._lost: FetchError | None = None
        self._shut: FetchError | None = None
        self._knocks = 0
        self._until = clock.real()
        self.host = hold.host
        self.next_at = hold.next_at
        self.captured = Captured(shop.ring)
        self._gap = timedelta(seconds=max(shop.settings.host_gap, hold.delay))

    def get(
        self, url: str, *, kind: Kind = "page", etag: str = "", last_modified: str = ""
    ) -> Page:
        """Fetch a page of this host; what the host says of itself holds for all that follows.

        A host that cannot be reached twice running is not asked again in this visit, and one
        that wants to be left alone for long is not asked at all: the error comes at once. Raises
        Redirected and FetchError as `Web.get` does.
        """
        try:
            page = self._shop.web.get(
                url,
                etag=etag,
                last_modified=last_modified,
                kind=kind,
                manners=self.manners_for(url),
            )
        except Redirected:
            self._knocks = 0
            raise
        except FetchError as error:
            self._heed(error)
            raise
        self._knocks = 0
        return page

    def _refuse_hopeless(self, url: str) -> None:
        rest = self.next_at - clock.real()
        if rest > LONG_REST:
            raise FetchError(
                url, Reason.http_429, retry_after=rest, detail="the host wants to be left alone"
            )
        if self._shut is not None and self._knocks >= KNOCKS:
            raise FetchError(
                url, self._shut.reason, detail="its host cannot be reached", unreached=True
            )

    def _heed(self, error: FetchError) -> None:
        """Keep off for as long as the server asks; count knocks at a door that nobody opens."""
        if error.reason == Reason.http_429:
            self.rest(error.retry_after or SLOW_DOWN)
        elif error.retry_after:
            # one page's maintenance is not the whole site's
            self.rest(min(error.retry_after, LONG_REST))
        self._shut = error if error.unreached else None
        self._knocks = self._knocks + 1 if error.unreached else 0

    def manners_for(self, url: str) -> Manners:
        """Return how to behave for this address; fetches robots.txt when it is due.

        Raises FetchError while robots.txt cannot be read: then nothing may be (RFC 9309), and
        where asking is hopeless.
        """
        self._refuse_hopeless(url)
        rules = self._known_rules() or self._ask_rules(url)
        return Manners(rules.allows, self._before, self._after)

    def rest(self, seconds: timedelta) -> None:
        """Leave the host alone for so long at least."""
        self.next_at = max(self.next_at, clock.real() + seconds)

    def end(self) -> None:
        """Give the host back, and ring for what was captured there."""
        self.captured.ring()
        with self._shop.database.writing() as session:
            gate.release(session, self._hold, next_at=self.next_at)
            session.commit()

    def _before(self) -> None:
        self._hold_on()
        pause = max((self.next_at - clock.real()).total_seconds(), 0.0)
        self.captured.ring_before(pause)
        self._sleep(pause)

    def _after(self) -> None:
        self.next_at = clock.real() + self._gap

    def _hold_on(self) -> None:
        """Renew the lease while it would end before the next request could."""
        request = timedelta(seconds=self._shop.settings.fetch_total) + SPARE
        start = max(clock.real(), self.next_at)
        if self._until >= start + request:
            return
        self._until = start + request * 2
        with self._shop.database.writing() as session:
            kept = gate.renew(session, self._hold, until=self._until, next_at=self.next_at)
            session.commit()
        if not kept:
            raise Lost(self.host)

    def _known_rules(self) -> Rules | None:
        if self._rules is not None:
            return self._rules
        hold = self._hold
        if hold.robots_status and hold.robots_at and _fresh(hold.robots_at, ROBOTS_FRESH):
            self._rules = parse_robots(hold.robots, AGENT)
        return self._rules

    def _ask_rules(self, url: str) -> Rules:
        if self._lost is not None:
            raise FetchError(url, self._lost.reason, detail="robots.txt")
        text, status = "", 404
        try:
            page = self._shop.web.get(
                robots_url(url),
                kind="robots",
                manners=Manners(before=self._before, after=self._after),
            )
            text, status = decode(page.body[:READ], page.content_type).text, page.status
        except Redirected:
            # its rules lie on another host, whose manners are not ours to break: none apply here
            status = 302
        except FetchError as error:
            if error.reason in UNREACHABLE:
                self._lost = error
                raise FetchError(url, error.reason, retry_after=error.retry_after) from error
            status = error.status or status
        self._rules = parse_robots(text, AGENT)
        self._gap = timedelta(seconds=max(self._shop.settings.host_gap, self._rules.delay))
        self._after()
        self._remember(text, status, self._rules.delay)
        return self._rules

    def _remember(self, text: str, status: int, delay: float) -> None:
        with self._shop.database.writing() as session:
            gate.keep_robots(
                session, self._hold, text=text, status=status, delay=delay, at=clock.real()
            )
            session.commit()


def _fresh(at: datetime, span: timedelta) -> bool:
    return clock.real() - at < span


def robots_url(url: str) -> str:
    """Return where the rules for this address lie."""
    scheme = url.partition("://")[0]
    return f"{scheme}://{host_port(url)}/robots.txt"
