"""Sources and what they said."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from editor import clock
from editor.store.columns import enum, json_column, moment
from editor.store.models.base import Row
from editor.workflow import (
    EntryState,
    HoleCause,
    HoleState,
    Outcome,
    ProbeState,
    SourceKind,
    UploadState,
)


class Source(Row, table=True):
    """A place on the web that is watched. `host` is host:port, the unit of politeness.

    `lease_until` and `fence` belong to the worker that reads it now. `selectors` holds
    {item, link, date, next, title} for lists and {items, link, title, date} for JSON listings.
    `fetch_url` is where the address moved to on another host, empty while it answers itself.
    `reached_back_to` is the moment down to which its listing was read without a hole; None
    when the last reading broke off. `run_id` is the round it is being read for.
    `list_url` is the list page beside a feed from which gaps are filled; `selectors` and
    `page_pattern` are then the list's. `interval_minutes` is the shortest pause between two
    readings, `longest_minutes` the longest, `pace_minutes` what the last reading chose.
    `pack` names the starter pack it came from.
    """

    __table_args__ = (UniqueConstraint("publication_id", "url"),)
    publication_id: int = Field(foreign_key="publication.id", index=True)
    name: str = Field(max_length=200)
    printed_name: str = Field(default="", max_length=200)
    kind: SourceKind = Field(sa_column=enum(SourceKind))
    url: str = Field(max_length=2000)
    fetch_url: str = Field(default="", max_length=2000)
    host: str = Field(default="", max_length=255, index=True)
    selectors: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    page_pattern: str = Field(default="", max_length=2000)
    site_rule: str = Field(default="", max_length=500)
    encoding: str = Field(default="", max_length=40)
    default_section: str = Field(default="", max_length=60)
    weight: int = 0
    interval_minutes: int = 60
    longest_minutes: int = 360
    pace_minutes: int | None = None
    list_url: str = Field(default="", max_length=2000)
    pack: str = Field(default="", max_length=60)
    etag: str = Field(default="", max_length=500)
    last_modified: str = Field(default="", max_length=100)
    body_hash: str = Field(default="", max_length=64)
    next_run_at: datetime = Field(default_factory=clock.real, sa_column=moment(index=True))
    lease_until: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    fence: int = 0
    failures: int = 0
    last_reason: str = Field(default="", max_length=40)
    last_ok_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    reached_back_to: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    run_id: int | None = Field(default=None, index=True)
    paused_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    pause_reason: str = Field(default="", max_length=200)


class SourceProbe(Row, table=True):
    """A look at an address before it becomes a source, or at a source that is there.

    `kind` is a SourceKind, "" while nobody knows; with it, `selectors` and the rest are tried as
    they are. `fetch_url` is where the address moved to, `host` that one's host:port. `result`
    holds what was found (workers/crawling/probe.py writes it), `reason` why nothing could be.
    """

    __table_args__ = (Index("ix_sourceprobe_queue", "host", "state"),)
    publication_id: int = Field(foreign_key="publication.id", index=True)
    source_id: int | None = Field(default=None, foreign_key="source.id", ondelete="CASCADE")
    url: str = Field(max_length=2000)
    fetch_url: str = Field(max_length=2000)
    host: str = Field(max_length=255)
    kind: str = Field(default="", max_length=20)
    selectors: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    page_pattern: str = Field(default="", max_length=2000)
    encoding: str = Field(default="", max_length=40)
    state: ProbeState = Field(default=ProbeState.queued, sa_column=enum(ProbeState))
    attempts: int = 0
    redirects: int = 0
    result: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    reason: str = Field(default="", max_length=40)
    detail: str = Field(default="", max_length=500)


class CrawlRun(Row, table=True):
    """One round of crawling that somebody or the timetable started."""

    publication_id: int = Field(foreign_key="publication.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id")
    trigger: str = Field(max_length=20)
    sources: int = 0
    started_at: datetime = Field(default_factory=clock.now, sa_column=moment())
    finished_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class Entry(Row, table=True):
    """Something a source listed, or a link that was pasted, on its way to a candidate.

    `url` is as listed, `fetch_url` the page to fetch next (a redirect's target on another host,
    or the next page of a long article) and `host` its host:port. `content` is the feed's own
    full text as HTML until it has been extracted. `attempts` counts fetches of `fetch_url`.
    `etag` and `last_modified` are its first page's, `revisit_at` when to look whether it changed.
    """

    __table_args__ = (
        UniqueConstraint("publication_id", "url_hash"),
        Index("ix_entry_queue", "host", "state", "due_at"),
        Index("ix_entry_state", "state", "due_at"),
        Index("ix_entry_publication_state", "publication_id", "state"),
        Index("ix_entry_source", "source_id", "published_at", "state"),
    )
    publication_id: int = Field(foreign_key="publication.id")
    source_id: int | None = Field(default=None, foreign_key="source.id")
    run_id: int | None = Field(default=None, foreign_key="crawlrun.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id")
    guid: str = Field(default="", max_length=2000)
    url: str = Field(max_length=2000)
    url_hash: str = Field(max_length=64)
    fetch_url: str = Field(max_length=2000)
    host: str = Field(max_length=255)
    title: str = Field(default="", max_length=1000)
    byline: str = Field(default="", max_length=500)
    source_name: str = Field(default="", max_length=200)
    published_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    date_how: str = Field(default="", max_length=40)
    date_precision: str = Field(default="", max_length=10)
    content: str = ""
    state: EntryState = Field(default=EntryState.queued, sa_column=enum(EntryState))
    reason: str = Field(default="", max_length=40)
    pages: int = 0
    attempts: int = 0
    redirects: int = 0
    etag: str = Field(default="", max_length=500)
    last_modified: str = Field(default="", max_length=100)
    revisit_at: datetime | None = Field(default=None, sa_column=moment(nullable=True, index=True))
    due_at: datetime = Field(default_factory=clock.real, sa_column=moment())
    lease_until: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    fence: int = 0
    # no foreign key: candidate → capture → entry would close a circle
    candidate_id: int | None = Field(default=None, index=True)


class Hole(Row, table=True):
    """A stretch of time of which a source's listing was not seen: a gap in the ledger.

    What was published after `after_at` and before `before_at` may be missing. `host` is the
    list page's from which it can be filled, empty when the source has none. `recovered` counts
    the entries that filling it found, `reason` is why filling failed.
    """

    __table_args__ = (
        UniqueConstraint("source_id", "after_at", "before_at"),
        Index("ix_hole_queue", "host", "state", "due_at"),
    )
    source_id: int = Field(foreign_key="source.id", ondelete="CASCADE")
    cause: HoleCause = Field(sa_column=enum(HoleCause))
    after_at: datetime = Field(sa_column=moment())
    before_at: datetime = Field(sa_column=moment())
    found_at: datetime = Field(default_factory=clock.now, sa_column=moment())
    state: HoleState = Field(default=HoleState.open, sa_column=enum(HoleState))
    host: str = Field(default="", max_length=255)
    recovered: int = 0
    reason: str = Field(default="", max_length=40)
    detail: str = Field(default="", max_length=500)
    attempts: int = 0
    due_at: datetime = Field(default_factory=clock.real, sa_column=moment())
    settled_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class Fetch(Row, table=True):
    """One attempt to read an address, however it ended. `seconds` is wall time.

    `fetched_at` is by the clock of windows and dates, `created_at` by the real one. A listing's
    page has no `entry_id`; `hole_id` is the gap that it was read to fill.
    """

    __table_args__ = (
        # holds all that is counted of readings, so that the table itself need not be read
        Index(
            "ix_fetch_reading", "source_id", "entry_id", "fetched_at", "outcome", "hole_id", "new"
        ),
        # without listings' readings: SQLite would look for those here, one after the other
        Index(
            "ix_fetch_entry",
            "entry_id",
            sqlite_where=text("entry_id IS NOT NULL"),
            postgresql_where=text("entry_id IS NOT NULL"),
        ),
    )
    fetched_at: datetime = Field(default_factory=clock.now, sa_column=moment())
    hole_id: int | None = Field(default=None, foreign_key="hole.id", ondelete="SET NULL")
    source_id: int | None = Field(default=None, foreign_key="source.id")
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    run_id: int | None = Field(default=None, foreign_key="crawlrun.id", index=True)
    url: str = Field(max_length=2000)
    outcome: Outcome = Field(sa_column=enum(Outcome))
    reason: str = Field(default="", max_length=40)
    detail: str = Field(default="", max_length=500)
    http_status: int | None = None
    seconds: float = 0
    bytes: int = 0
    entries: int = 0
    new: int = 0
    oldest_seen: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    newest_seen: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class Capture(Row, table=True):
    """The evidence of what a page said: its bytes lie in the file store under `sha256`.

    `pruned_at` is when the bytes were thrown away as the retention says; the hash stays.
    """

    entry_id: int | None = Field(default=None, foreign_key="entry.id", index=True)
    page: int = 1
    url: str = Field(max_length=2000)
    final_url: str = Field(max_length=2000)
    fetched_at: datetime = Field(sa_column=moment())
    sha256: str = Field(max_length=64, index=True)
    size: int = 0
    encoding: str = Field(default="", max_length=40)
    headers: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    pruned_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class Upload(Row, table=True):
    """A file that somebody handed in (DOCX, PDF, HTML, TXT), on its way to a candidate.

    `title`, `source_name` and `published_on` are what the person said; empty leaves it to the
    file. The bytes lie in the file store under `sha256`; `reason` is why it could not be read.
    """

    publication_id: int = Field(foreign_key="publication.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id")
    user_id: int | None = Field(default=None, foreign_key="person.id")
    name: str = Field(max_length=300)
    media_type: str = Field(default="", max_length=100)
    sha256: str = Field(max_length=64)
    size: int = 0
    title: str = Field(default="", max_length=1000)
    source_name: str = Field(default="", max_length=200)
    published_on: date | None = None
    state: UploadState = Field(default=UploadState.queued, sa_column=enum(UploadState))
    reason: str = Field(default="", max_length=40)
    detail: str = Field(default="", max_length=500)
    notes: list[Any] = Field(default_factory=list, sa_column=json_column())
    attempts: int = 0
    due_at: datetime = Field(default_factory=clock.real, sa_column=moment())
    # no foreign key: candidate → capture stands on the other side
    candidate_id: int | None = None


class HostGate(SQLModel, table=True):
    """Politeness per host:port. One worker holds a host at a time; `next_at` is real time."""

    host: str = Field(primary_key=True, max_length=255)
    next_at: datetime = Field(sa_column=moment())
    lease_until: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    fence: int = 0
    delay: float = 0
    robots: str = ""
    robots_status: int | None = None
    robots_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
