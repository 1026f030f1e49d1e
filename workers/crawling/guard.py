"""Where the crawler may connect: the guard sits at the socket, so that every hop passes it.

A name is resolved once, every address it has must be public or allowed by the installation,
and the connection goes to the address that was judged: a second look-up cannot swap it.
"""

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

from config.settings import Allowance
from editor.errors import Reason

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
PORTS = (80, 443)
NUMERIC = re.compile(r"^(0x[0-9a-f]*|[0-9]+)$", re.IGNORECASE)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Barred(Exception):
    """A connection that was not made; `reason` says why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def resolve(host: str, port: int) -> list[str]:
    """Return every address of the name, in the resolver's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def literal(host: str) -> Address | None:
    """Return the address a host is written as, None for a name.

    Raises Barred for what only a lenient parser takes for an address: 2130706433, 0x7f.1,
    0177.0.0.1, ::ffff:127.0.0.1. Honest links never spell one so.
    """
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        if NUMERIC.match(host.rstrip(".").rpartition(".")[2]):
            raise Barred(Reason.blocked_private, f"{host} is an address in disguise") from None
        return None
    if _inner(address) is not None:
        raise Barred(Reason.blocked_private, f"{host} wraps another address")
    return address


def _inner(address: Address) -> Address | None:
    """Return the IPv4 address that an IPv6 address carries, if any."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def permitted(address: Address, port: int, allowances: Iterable[Allowance]) -> bool:
    """Whether this address and port may be visited."""
    for allowance in allowances:
        # an address is never in a network of the other version
        if address in allowance.network and allowance.port in (None, port):
            return True
    public = address.is_global and not address.is_multicast
    return public and port in PORTS and _inner(address) is None


def judge(
    host: str, port: int, allowances: Iterable[Allowance], look_up: Resolve = resolve
) -> list[str]:
    """Return the addresses to connect to; raises Barred when one of them is off limits."""
    allowances = tuple(allowances)
    written = literal(host)
    if written is not None:
        names = [str(written)]
    else:
        try:
            names = look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise Barred(Reason.dns, f"{host}: {error}") from error
    for name in names:
        if not permitted(ipaddress.ip_address(name.partition("%")[0]), port, allowances):
            raise Barred(Reason.blocked_private, f"{host} is {name}, port {port}")
    if not names:
        raise Barred(Reason.dns, f"{host} has no address")
    return names


# --- the socket ------------------------------------------------------------------------------

_patience = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let no socket of this thread wait past `seconds` from now, however slowly bytes drip."""
    _patience.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _patience.until = None


def left(timeout: float | None) -> float | None:
    """Return how long a socket may wait now; never more than `timeout`, 0.001 when time is up."""
    until = getattr(_patience, "until", None)
    if until is None:
        return timeout
    rest = max(until - time.monotonic(), 0.001)
    return rest if timeout is None else min(timeout, rest)


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        wait = left(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, wait))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """The only way out: judges each connection and pins it to the judged address."""

    def __init__(self, allowances: tuple[Allowance, ...], look_up: Resolve = resolve) -> None:
        self._allowances = allowances
        self._look_up = look_up
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first judged address that answers; raises Barred for a barred one."""
        failure: Exception | None = None
        for address in judge(host, port, self._allowances, self._look_up):
            try:
                wait = left(timeout)
                return _Stream(
                    self._plain.connect_tcp(address, port, wait, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Refuse: no page lies behind a local socket."""
        raise Barred(Reason.blocked_private, path)
