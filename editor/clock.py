"""The only clock. Windows and dates use `now()`; gates, leases and time-outs use `real()`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _no_offset() -> timedelta:
    return timedelta()


_offset: Callable[[], timedelta] = _no_offset


def real() -> datetime:
    """Return the machine's time, aware UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the desk's present time, aware UTC: real time plus the installation's offset."""
    return real() + _offset()


def follow(offset: Callable[[], timedelta]) -> None:
    """Take the offset from `offset` from now on (the app wires the stored setting in)."""
    global _offset
    _offset = offset
