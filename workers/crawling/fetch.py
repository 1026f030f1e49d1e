"""The only HTTP: one page at a time, under a guard, caps and a deadline.

`Web.get` follows redirects on the same host by hand; another host is another host's errand and
raises `Redirected`. Everything else that is not a page raises FetchError with its reason.
"""

import re
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Literal
from urllib.parse import urlsplit

import httpcore
import httpx

from config.settings import Settings
from editor import clock
from editor.errors import FetchError, Reason
from editor.text.urls import absolute, host_port
from workers.crawling.guard import Barred, GuardedBackend, Resolve, deadline, literal, resolve
from workers.values import Page

Kind = Literal["page", "feed", "image", "robots"]
AGENT = "zhaibian"
MAX_HOPS = 5
READ_SECONDS = 15.0
CONNECT_SECONDS = 10.0
LONGEST_WAIT = timedelta(days=1)
MEGABYTE = 1 << 20
ACCEPT: Mapping[Kind, str] = {
    "page": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
    "feed": "application/rss+xml,application/atom+xml,application/feed+json,"
    "application/xml;q=0.9,application/json;q=0.9,*/*;q=0.5",
    "image": "image/png,image/jpeg,image/webp,image/gif;q=0.8",
    "robots": "text/plain,*/*;q=0.5",
}
NO_PAGE = (
    "image/",
    "video/",
    "audio/",
    "font/",
    "application/pdf",
    "application/zip",
    "application/msword",
    "application/vnd.",
)
LOGIN_HOST = re.compile(r"(?:passport|login|signin|sso)\.")
LOGIN_PATH = re.compile(r"(?:user|member)?[-_]?(?:login|logon|signin|sign[-_]in|sso)")
STATUS_REASONS = {
    401: Reason.needs_login,
    403: Reason.http_403,
    404: Reason.http_404,
    408: Reason.timeout,
    410: Reason.http_404,
    429: Reason.http_429,
}


class Redirected(Exception):
    """The page lies on another host; `url` is its address there."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@dataclass(frozen=True)
class Manners:
    """How to behave on a host: what it allows, and what to do before and after each request.

    `before` waits until the host may be asked, `after` starts its rest.
    """

    allowed: Callable[[str], bool] = lambda _url: True
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Caps:
    """How many bytes are taken, on the wire and inflated; `cut` keeps the head of more."""

    wire: int
    inflated: int
    cut: bool = False


class Web:
    """The door to the web; make one per process, threads may share it."""

    def __init__(self, settings: Settings, *, look_up: Resolve = resolve) -> None:
        self._seconds = settings.fetch_total
        self._page_bytes = settings.page_bytes
        self._agent = user_agent(settings.contact)
        self._client = httpx.Client(
            transport=_Transport(GuardedBackend(settings.allow_internal, look_up)),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        kind: Kind = "page",
        manners: Manners | None = None,
    ) -> Page:
        """Return the page (status 200 or 304); redirects on its host are followed, 5 at most.

        Raises Redirected for another host, FetchError for everything that is not a page.
        """
        manners = manners or Manners()
        headers = {"User-Agent": self._agent, "Accept": ACCEPT[kind]}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        seen, here = [url], url
        while True:
            if not manners.allowed(here):
                raise FetchError(here, Reason.robots)
            manners.before()
            try:
                answer = self._ask(here, headers, kind)
            finally:
                manners.after()
            if isinstance(answer, _Answer):
                return answer.page(url, here)
            if asks_to_log_in(answer) and not asks_to_log_in(url):
                raise FetchError(url, Reason.needs_login, detail=f"redirects to {answer}"[:300])
            if host_port(answer) != host_port(here):
                raise Redirected(answer)
            if answer in seen or len(seen) > MAX_HOPS:
                raise FetchError(url, Reason.redirects, detail=f"{len(seen)} hops, then {answer}")
            seen.append(answer)
            here = answer

    def _ask(self, url: str, headers: dict[str, str], kind: Kind) -> "_Answer | str":
        """Send one request; return the answer, or the absolute address it redirects to."""
        started = time.monotonic()
        bytes_came = False
        try:
            literal(_host(url))
            with deadline(self._seconds), self._client.stream("GET", url, headers=headers) as sent:
                bytes_came = True
                target = _target(sent, url)
                if target:
                    return target
                _check_status(sent, url)
                _check_type(sent, url, kind)
                body = _body(sent, url, self._caps(kind)) if sent.status_code == 200 else b""
                seconds = time.monotonic() - started
                return _Answer(sent.status_code, _headers(sent), body, seconds)
        except (Barred, httpx.HTTPError, httpx.InvalidURL, httpcore.ProtocolError) as error:
            late = time.monotonic() - started >= self._seconds
            reason = _reason(error, bytes_came=bytes_came, late=late)
            unreached = _unreached(error)
            raise FetchError(url, reason, detail=str(error)[:300], unreached=unreached) from error

    def _caps(self, kind: Kind) -> Caps:
        match kind:
            case "page":
                return Caps(self._page_bytes, 2 * self._page_bytes)
            case "feed":
                return Caps(2 * self._page_bytes, 5 * self._page_bytes)
            case "image":
                return Caps(self._page_bytes, self._page_bytes)
            case "robots":
                return Caps(MEGABYTE, MEGABYTE, cut=True)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    def page(self, url: str, final_url: str) -> Page:
        return Page(url, final_url, self.status, self.headers, self.body, clock.now(), self.seconds)


class _Transport(httpx.HTTPTransport):
    """httpx's transport on our own network backend."""

    def __init__(self, backend: GuardedBackend) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        # httpx offers no argument for it; the pool is the whole of a transport's state
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=100,
            max_keepalive_connections=64,
            keepalive_expiry=10.0,
            network_backend=backend,
        )


def user_agent(contact: str) -> str:
    """Return how we introduce ourselves: the product, its version, whom to write to."""
    try:
        number = version("zhaibian")
    except PackageNotFoundError:
        number = "0"
    return f"{AGENT}/{number} (+{contact})" if contact else f"{AGENT}/{number}"


def asks_to_log_in(url: str) -> bool:
    """Whether an address is a login page's by its host or path: passport.…, /user/login.html."""
    parts = urlsplit(url)
    segments = (segment.partition(".")[0] for segment in parts.path.lower().split("/"))
    return bool(LOGIN_HOST.match(parts.hostname or "")) or any(map(LOGIN_PATH.fullmatch, segments))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError as error:
        raise httpx.InvalidURL(str(error)) from error


def _target(sent: httpx.Response, url: str) -> str:
    location = sent.headers.get("location", "").strip()
    if sent.status_code not in (301, 302, 303, 307, 308):
        return ""
    target = absolute(url, location) if location else None
    if target is None:
        raise FetchError(url, Reason.redirects, status=sent.status_code, detail=location[:300])
    return target


def _check_status(sent: httpx.Response, url: str) -> None:
    status = sent.status_code
    if status in (200, 304):
        return
    reason = STATUS_REASONS.get(status)
    if reason is None:
        low = Reason.empty if status < 300 else Reason.redirects
        reason = low if status < 400 else Reason.http_4xx if status < 500 else Reason.http_5xx
    raise FetchError(url, reason, status=status, retry_after=retry_after(sent.headers))


def _check_type(sent: httpx.Response, url: str, kind: Kind) -> None:
    """Refuse a download before its body: a page's link may lead to a video."""
    media = sent.headers.get("content-type", "").lower().strip()
    if kind in ("page", "feed") and media.startswith(NO_PAGE) and not media.endswith("xml"):
        raise FetchError(url, Reason.not_html, status=sent.status_code, detail=media[:100])


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long the server asks us to wait, at most a day; None when it does not say.

    A date is compared with the server's own clock, which need not be ours.
    """
    raw = headers.get("retry-after", "").strip()
    if raw.isdecimal():
        return min(timedelta(seconds=int(raw[:9])), LONGEST_WAIT)
    until, served = _http_date(raw), _http_date(headers.get("date", ""))
    if until is None:
        return None
    wait = until - (served or clock.real())
    return min(max(wait, timedelta()), LONGEST_WAIT)


def _http_date(raw: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(raw)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _headers(sent: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in sent.headers.items()}


def _body(sent: httpx.Response, url: str, caps: Caps) -> bytes:
    announced = sent.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > caps.wire and not caps.cut:
        raise FetchError(url, Reason.too_large, detail=f"{announced} bytes announced")
    parts: list[bytes] = []
    size = 0
    for part in _inflated(_wire(sent, url, caps), sent, url):
        parts.append(part)
        size += len(part)
        if size > caps.inflated:
            if caps.cut:
                break
            raise FetchError(url, Reason.too_large, detail=f"more than {caps.inflated} bytes")
    return b"".join(parts)


def _wire(sent: httpx.Response, url: str, caps: Caps) -> Iterator[bytes]:
    size = 0
    for part in sent.iter_raw(65536):
        size += len(part)
        if size > caps.wire and not caps.cut:
            raise FetchError(url, Reason.too_large, detail=f"more than {caps.wire} bytes sent")
        yield part


def _inflated(wire: Iterator[bytes], sent: httpx.Response, url: str) -> Iterator[bytes]:
    """Yield the body in pieces of at most a megabyte, however small its wrapping is."""
    coding = sent.headers.get("content-encoding", "identity").lower().strip()
    if coding in ("identity", ""):
        yield from wire
    elif coding in ("gzip", "x-gzip", "deflate"):
        yield from _unzipped(wire, url, raw=False)
    else:
        raise FetchError(url, Reason.decode, detail=f"content-encoding {coding[:40]}")


def _unzipped(wire: Iterator[bytes], url: str, *, raw: bool) -> Iterator[bytes]:
    unzip = zlib.decompressobj(-15 if raw else 47)
    begun = False
    for data in wire:
        while data:
            try:
                piece = unzip.decompress(data, MEGABYTE)
            except zlib.error as error:
                if not begun and not raw:
                    # "deflate" without its zlib header is common enough that browsers take it
                    yield from _unzipped(_chain(data, wire), url, raw=True)
                    return
                raise FetchError(url, Reason.decode, detail=str(error)) from error
            begun = True
            if piece:
                yield piece
            data = unzip.unconsumed_tail
            if unzip.eof:
                data = unzip.unused_data
                if not data.startswith(b"\x1f\x8b"):
                    return
                unzip = zlib.decompressobj(47)
    if begun and not unzip.eof:
        raise FetchError(url, Reason.truncated, detail="the packed body has no end")


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _reason(error: Exception, *, bytes_came: bool, late: bool) -> Reason:
    """Name what went wrong; an exception's causes tell more than its class."""
    causes = list(_causes(error))
    for cause in causes:
        match cause:
            case Barred():
                return cause.reason
            case ssl.SSLError():
                return Reason.tls
            case socket.gaierror():
                return Reason.dns
            case ConnectionResetError() | BrokenPipeError():
                return Reason.reset
            case ConnectionRefusedError():
                return Reason.refused
    if isinstance(error, httpx.TimeoutException):
        return Reason.too_slow if late and bytes_came else Reason.timeout
    if isinstance(error, httpx.RemoteProtocolError):
        return Reason.truncated if bytes_came else Reason.reset
    if isinstance(error, httpx.ConnectError):
        return Reason.refused
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Reason.dns
    return Reason.reset


def _unreached(error: Exception) -> bool:
    """Whether it failed before a connection stood: so will every other page of the host."""
    if isinstance(error, Barred):
        return error.reason == Reason.dns
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
