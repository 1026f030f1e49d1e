"""Tables only. Moments (`x_at`) are aware UTC, days (`x_on`) are dates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from editor import clock
from editor.store.columns import (
    AttachmentsColumn,
    BlocksColumn,
    UtcDateTime,
    enum,
    json_column,
    moment,
)
from editor.text.document import Attachment, Blocks
from editor.workflow import (
    CandidateState,
    EntryState,
    ExportState,
    IssueState,
    ItemKind,
    ItemState,
    Outcome,
    PictureState,
    ProbeState,
    Role,
    SourceKind,
)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMES
metadata: MetaData = SQLModel.metadata


class Row(SQLModel):
    """What every table has."""

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(default_factory=clock.real, sa_type=UtcDateTime, nullable=False)


def id_of(row: Row) -> int:
    """Return the id of a stored row; raises ValueError before its first flush."""
    if row.id is None:
        raise ValueError(f"this {type(row).__name__} has not been stored yet")
    return row.id


class Setting(SQLModel, table=True):
    """An installation-wide value by its key (the clock's offset, the installed version)."""

    key: str = Field(primary_key=True, max_length=60)
    value: str


# --- people and publications -----------------------------------------------------------------


class User(Row, table=True):
    """Somebody who logs in. `language` and `theme` are empty while the browser decides."""

    __tablename__ = "person"
    email: str = Field(unique=True, max_length=200)
    name: str = Field(max_length=100)
    password_hash: str = Field(max_length=300)
    language: str = Field(default="", max_length=8)
    theme: str = Field(default="", max_length=8)
    keys_on: bool = True
    session_epoch: int = 0
    disabled_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class Membership(Row, table=True):
    """A role that a person holds in a publication."""

    __table_args__ = (UniqueConstraint("user_id", "publication_id", "role"),)
    user_id: int = Field(foreign_key="person.id", ondelete="CASCADE")
    publication_id: int = Field(foreign_key="publication.id", ondelete="CASCADE")
    role: Role = Field(sa_column=enum(Role))


class Publication(Row, table=True):
    """A periodic publication; `profile` is the validated copy of its TOML as JSON data."""

    slug: str = Field(unique=True, max_length=40)
    name: str = Field(max_length=60)
    profile: dict[str, Any] = Field(sa_column=json_column())
    timezone: str = Field(default="Asia/Shanghai", max_length=60)
    next_year: int
    next_number: int
    next_total: int


class Issue(Row, table=True):
    """One issue; its window is half-open. `version` guards concurrent moves on the board."""

    __table_args__ = (UniqueConstraint("publication_id", "total_number"),)
    publication_id: int = Field(foreign_key="publication.id", index=True)
    year: int
    month: int
    number: int
    total_number: int
    opens_at: datetime = Field(sa_column=moment())
    closes_at: datetime = Field(sa_column=moment())
    copy_due_at: datetime = Field(sa_column=moment())
    state: IssueState = Field(default=IssueState.collecting, sa_column=enum(IssueState))
    edition: int = 1
    version: int = 0


class IssueSection(Row, table=True):
    """A section of one issue: names and order belong to the issue, not to the publication."""

    __table_args__ = (UniqueConstraint("issue_id", "name"),)
    issue_id: int = Field(foreign_key="issue.id", ondelete="CASCADE", index=True)
    name: str = Field(max_length=60)
    position: int
    kind: ItemKind = Field(default=ItemKind.news, sa_column=enum(ItemKind))
    quota: int | None = None
    solo: bool = False


# --- sources and what they said ----------------------------------------------------------------


class Source(Row, table=True):
    """A place on the web that is watched. `host` is host:port, the unit of politeness.

    `lease_until` and `fence` belong to the worker that reads it now. `selectors` holds
    {item, link, date, next, title} for lists and {items, link, title, date} for JSON listings.
    `fetch_url` is where the address moved to on another host, empty while it answers itself.
    `reached_back_to` is the moment down to which its listing was read without a hole; None
    when the last reading broke off. `run_id` is the round it is being read for.
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
    holds what was found (workers/probe.py writes it), `reason` why nothing could be.
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
    """

    __table_args__ = (
        UniqueConstraint("publication_id", "url_hash"),
        Index("ix_entry_queue", "host", "state", "due_at"),
    )
    publication_id: int = Field(foreign_key="publication.id")
    source_id: int | None = Field(default=None, foreign_key="source.id", index=True)
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
    due_at: datetime = Field(default_factory=clock.real, sa_column=moment())
    lease_until: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    fence: int = 0
    # no foreign key: candidate → capture → entry would close a circle
    candidate_id: int | None = None


class Fetch(Row, table=True):
    """One attempt to read an address, however it ended. `seconds` is wall time."""

    __table_args__ = (Index("ix_fetch_source_created", "source_id", "created_at"),)
    source_id: int | None = Field(default=None, foreign_key="source.id")
    entry_id: int | None = Field(default=None, foreign_key="entry.id", index=True)
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
    """The evidence of what a page said: its bytes lie in the file store under `sha256`."""

    entry_id: int | None = Field(default=None, foreign_key="entry.id", index=True)
    page: int = 1
    url: str = Field(max_length=2000)
    final_url: str = Field(max_length=2000)
    fetched_at: datetime = Field(sa_column=moment())
    sha256: str = Field(max_length=64, index=True)
    size: int = 0
    encoding: str = Field(default="", max_length=40)
    headers: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())


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


# --- candidates ----------------------------------------------------------------------------------


class Cluster(Row, table=True):
    """Candidates that are reprints of one text; pinned once a person has edited it."""

    publication_id: int = Field(foreign_key="publication.id", index=True)
    lead_id: int | None = None
    pinned_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class Candidate(Row, table=True):
    """What an editor may take. `url_hash` is urls.url_hash of `canonical_url`.

    Columns that editors own (state, spike_*, decided_*) are never touched by ingest.
    `agreement` is how far two extractors agree (0 to 1), 0 when only one found a text, None where
    a site rule or a known container settled it. `fingerprint` is fingerprint.digest of the text,
    empty until reprints of it have been looked for.
    """

    __table_args__ = (
        UniqueConstraint("publication_id", "url_hash"),
        Index("ix_candidate_queue", "publication_id", "state", "published_at", "id"),
        Index("ix_candidate_dates", "publication_id", "published_at", "id"),
        Index(
            "ix_candidate_undated",
            "publication_id",
            "state",
            "id",
            sqlite_where=text("published_at IS NULL"),
            postgresql_where=text("published_at IS NULL"),
        ),
        Index(
            "ix_candidate_ungrouped",
            "id",
            sqlite_where=text("fingerprint = ''"),
            postgresql_where=text("fingerprint = ''"),
        ),
    )
    publication_id: int = Field(foreign_key="publication.id")
    source_id: int | None = Field(default=None, foreign_key="source.id", index=True)
    capture_id: int | None = Field(default=None, foreign_key="capture.id")
    cluster_id: int | None = Field(default=None, foreign_key="cluster.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id")
    guid: str = Field(default="", max_length=2000)
    url: str = Field(max_length=2000)
    canonical_url: str = Field(max_length=2000)
    url_hash: str = Field(max_length=64)
    title: str = Field(max_length=1000)
    byline: str = Field(default="", max_length=500)
    source_name: str = Field(default="", max_length=200)
    published_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    date_how: str = Field(default="", max_length=40)
    date_precision: str = Field(default="", max_length=10)
    seen_at: datetime = Field(default_factory=clock.now, sa_column=moment())
    excerpt: str = Field(default="", max_length=400)
    characters: int = 0
    agreement: float | None = None
    fingerprint: str = Field(default="", max_length=64)
    score: float = 0
    score_reasons: list[Any] = Field(default_factory=list, sa_column=json_column())
    suggested_section: str = Field(default="", max_length=60)
    suggestion_evidence: list[Any] = Field(default_factory=list, sa_column=json_column())
    state: CandidateState = Field(default=CandidateState.new, sa_column=enum(CandidateState))
    spike_reason: str = Field(default="", max_length=200)
    duplicate_of: int | None = None
    decided_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    updated_text_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    # last: SQLite walks through a long text to reach the columns behind it
    blocks: Blocks = Field(default=(), sa_column=Column(BlocksColumn, nullable=False))


class ShingleBand(SQLModel, table=True):
    """A key of fingerprint.bands under which a candidate's text is found again.

    A proposal, confirmed by the texts: a key of a text that has changed since does no harm.
    There are 64 a candidate, so the table is its own index and has no foreign key to check.
    """

    __table_args__ = ({"sqlite_with_rowid": False},)
    key: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    candidate_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class Picture(Row, table=True):
    """A picture in a candidate's text that is being fetched into an asset."""

    __table_args__ = (
        UniqueConstraint("candidate_id", "url"),
        Index("ix_picture_queue", "host", "state", "due_at"),
    )
    candidate_id: int = Field(foreign_key="candidate.id", ondelete="CASCADE")
    url: str = Field(max_length=2000)
    fetch_url: str = Field(max_length=2000)
    host: str = Field(max_length=255)
    redirects: int = 0
    state: PictureState = Field(default=PictureState.queued, sa_column=enum(PictureState))
    reason: str = Field(default="", max_length=40)
    asset: str = Field(default="", max_length=64)
    attempts: int = 0
    due_at: datetime = Field(default_factory=clock.real, sa_column=moment())


class Star(Row, table=True):
    """A person's own mark on a candidate; not a state."""

    __table_args__ = (UniqueConstraint("user_id", "candidate_id"),)
    user_id: int = Field(foreign_key="person.id", ondelete="CASCADE")
    candidate_id: int = Field(foreign_key="candidate.id", ondelete="CASCADE", index=True)


class SavedFilter(Row, table=True):
    """A person's named query on the triage screen."""

    user_id: int = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    publication_id: int = Field(foreign_key="publication.id", ondelete="CASCADE")
    name: str = Field(max_length=60)
    query: str = Field(max_length=500)


# --- items ---------------------------------------------------------------------------------------


class Item(Row, table=True):
    """A piece of the issue. `position` counts from 1 inside its section."""

    # autoincrement: an undone item's number is never given to another
    __table_args__ = (
        Index("ix_item_place", "section_id", "position"),
        {"sqlite_autoincrement": True},
    )
    section_id: int = Field(foreign_key="issuesection.id", index=True)
    position: int
    kind: ItemKind = Field(default=ItemKind.news, sa_column=enum(ItemKind))
    state: ItemState = Field(default=ItemState.draft, sa_column=enum(ItemState))
    revision_id: int | None = None
    created_by: int | None = Field(default=None, foreign_key="person.id")
    assigned_to: int | None = Field(default=None, foreign_key="person.id")
    locked_by: int | None = Field(default=None, foreign_key="person.id")
    locked_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    removed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class ItemOrigin(Row, table=True):
    """Which candidate an item came from."""

    __table_args__ = (UniqueConstraint("item_id", "candidate_id"),)
    item_id: int = Field(foreign_key="item.id", ondelete="CASCADE")
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    kind: str = Field(default="lead", max_length=12)


class Revision(Row, table=True):
    """A saved version of an item: append only, numbered from 1."""

    __table_args__ = (UniqueConstraint("item_id", "number"),)
    item_id: int = Field(foreign_key="item.id", ondelete="CASCADE")
    number: int
    headline: str = Field(max_length=500)
    subtitle: str = Field(default="", max_length=500)
    source_line: str = Field(default="", max_length=200)
    dated_on: date | None = None
    byline: str = Field(default="", max_length=500)
    url: str = Field(default="", max_length=2000)
    blocks: Blocks = Field(default=(), sa_column=Column(BlocksColumn, nullable=False))
    attachments: tuple[Attachment, ...] = Field(
        default=(), sa_column=Column(AttachmentsColumn, nullable=False)
    )
    characters: int = 0
    author_id: int | None = Field(default=None, foreign_key="person.id")
    note: str = Field(default="", max_length=300)


class Remark(Row, table=True):
    """A reader's query on a block of an item."""

    item_id: int = Field(foreign_key="item.id", ondelete="CASCADE", index=True)
    block: str = Field(default="", max_length=40)
    text: str
    author_id: int = Field(foreign_key="person.id")
    resolved_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class Finding(Row, table=True):
    """A rule's result, bound to a block, its quote and the hash of its text."""

    item_id: int = Field(foreign_key="item.id", ondelete="CASCADE", index=True)
    rule: str = Field(max_length=40)
    version: int = 1
    severity: str = Field(max_length=1)
    block: str = Field(max_length=40)
    quote: str
    sha: str = Field(max_length=64)
    message: str
    fix: str | None = None


class Waiver(Row, table=True):
    """The dismissal of a finding, with its reason."""

    publication_id: int = Field(foreign_key="publication.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id")
    item_id: int | None = Field(default=None, foreign_key="item.id")
    rule: str = Field(max_length=40)
    scope: str = Field(max_length=12)
    quote: str = ""
    reason: str
    user_id: int = Field(foreign_key="person.id")


class Asset(Row, table=True):
    """A stored file, named by its hash."""

    sha256: str = Field(unique=True, max_length=64)
    media_type: str = Field(max_length=100)
    size: int
    width: int = 0
    height: int = 0
    source_url: str = Field(default="", max_length=2000)
    credit: str = Field(default="", max_length=200)


class SignOff(Row, table=True):
    """A signature under one stage, bound to the digest it saw."""

    issue_id: int = Field(foreign_key="issue.id", index=True)
    stage: str = Field(max_length=20)
    section_id: int | None = Field(default=None, foreign_key="issuesection.id")
    user_id: int = Field(foreign_key="person.id")
    digest: str = Field(max_length=64)
    withdrawn_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class Export(Row, table=True):
    """A request for a printed format and what became of it.

    `result` holds what publishing.md §6 names: numbering, engine, verified, agrees_with_pdf,
    reason, fonts, pages. `findings` holds the preflight's findings as JSON data.
    """

    issue_id: int = Field(foreign_key="issue.id", index=True)
    format: str = Field(max_length=12)
    state: ExportState = Field(default=ExportState.queued, sa_column=enum(ExportState))
    digest: str = Field(default="", max_length=64)
    done: int = 0
    total: int = 0
    message: str = Field(default="", max_length=200)
    error: str = ""
    error_english: str = ""
    result: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    findings: list[Any] = Field(default_factory=list, sa_column=json_column())
    asset: str = Field(default="", max_length=64)
    size: int = 0
    attempts: int = 0
    fence: int = 0
    requested_by: int | None = Field(default=None, foreign_key="person.id")
    queued_at: datetime = Field(default_factory=clock.real, sa_column=moment())
    started_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    alive_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    lease_until: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    finished_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


class PageEstimate(Row, table=True):
    """Where the items of an issue start, as its last layout found: `starts` maps item ids (as
    text, JSON has no other keys) to printed pages. It holds for the document of this `digest`.

    `error` is the sentence for a person when the layout could not be made, else empty.
    """

    issue_id: int = Field(foreign_key="issue.id", ondelete="CASCADE", unique=True)
    digest: str = Field(default="", max_length=64)
    pages: int = 0
    starts: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    error: str = ""
    error_english: str = ""
    laid_out_at: datetime = Field(default_factory=clock.now, sa_column=moment())


class Event(Row, table=True):
    """Who did what: append only, hash-chained; undo works from `before` and `after`."""

    __table_args__ = (Index("ix_event_subject", "subject", "subject_id"),)
    at: datetime = Field(default_factory=clock.now, sa_column=moment())
    user_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    publication_id: int | None = Field(default=None, foreign_key="publication.id")
    verb: str = Field(max_length=40)
    subject: str = Field(max_length=40)
    subject_id: int | None = None
    batch: str = Field(default="", max_length=40, index=True)
    before: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    after: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    chain: str = Field(default="", max_length=64)
