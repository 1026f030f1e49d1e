"""RSS 2.0 of published issues: values in, a feed out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from editor.assembler.editions.pages import fill

MEDIA_TYPE = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True)
class Offer:
    """A file of an issue: what its link is called, where it is, how large it is."""

    name: str
    url: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Entry:
    """A published issue; `guid` is its name for ever, `contents` its headlines by section.

    A corrected edition has a later `updated_at`, and `correction` says what it corrects.
    """

    title: str
    guid: str
    published_at: datetime
    updated_at: datetime
    correction: str
    contents: tuple[tuple[str, tuple[str, ...]], ...]
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Channel:
    """A publication's feed: `url` is where the feed itself is read."""

    title: str
    description: str
    url: str
    home: str
    language: str
    entries: Sequence[Entry]


def rss(channel: Channel) -> bytes:
    """Return the feed; the same issues give the same bytes."""
    return fill(
        "rss.xml",
        channel=channel,
        rows=[(entry, fill("rss_contents.html", entry=entry)) for entry in channel.entries],
        stamp=_stamp,
        moment=_moment,
        # of several files one may be enclosed: the largest service to a reader is the one to keep
        enclosed=lambda entry: next((o for o in entry.offers if "html" not in o.media_type), None),
        built=max((entry.updated_at for entry in channel.entries), default=None),
    ).encode("utf-8")


def _stamp(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
