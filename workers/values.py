"""What passes between fetching, parsing and storing: frozen values, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from editor.text.document import Blocks

Precision = Literal["second", "minute", "day"]


@dataclass(frozen=True)
class DateFound:
    """A publication date: an aware moment, how it was obtained, and what it is good to.

    `how` is one of: feed, sitemap, json, list, wechat, meta, json_ld, label, url, htmldate.
    """

    moment: datetime
    how: str
    precision: Precision


@dataclass(frozen=True)
class Page:
    """An answer from the web. Header names are lower case; `body` is inflated."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    seconds: float = 0.0

    @property
    def content_type(self) -> str:
        """Return the Content-Type header as sent, or ""."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True)
class Listed:
    """One entry that a feed, list page, sitemap or JSON listing names; `url` is absolute.

    `content` is the full text as HTML where the feed carries it, else ""; `updated` is when the
    listing says that the page was changed.
    """

    url: str
    title: str = ""
    guid: str = ""
    byline: str = ""
    source_name: str = ""
    published: DateFound | None = None
    summary: str = ""
    content: str = ""
    updated: datetime | None = None


@dataclass(frozen=True)
class Listing:
    """What a source's address said. `notes` tell in English what was skipped or mended.

    `next_url` continues a paged list; `children` are a sitemap index's own sitemaps;
    `ttl_minutes` is the server's wish for the pause between visits.
    """

    entries: tuple[Listed, ...]
    title: str = ""
    next_url: str | None = None
    children: tuple[str, ...] = ()
    ttl_minutes: int | None = None
    encoding: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extract:
    """What a page says, as blocks.

    `agreement` (0 to 1) is how far two extractors agree, 0 when only one finds a text, None when a
    known container or a site rule decided. `next_page_url` continues an article split over pages.
    """

    title: str
    blocks: Blocks
    source_name: str = ""
    byline: str = ""
    published: DateFound | None = None
    agreement: float | None = None
    next_page_url: str | None = None
    method: str = ""
    encoding: str = ""
    notes: tuple[str, ...] = field(default=())
