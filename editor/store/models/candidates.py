"""What an editor may take."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from editor import clock
from editor.store.columns import BlocksColumn, enum, json_column, moment
from editor.store.models.base import Row
from editor.text.document import Blocks
from editor.workflow import CandidateState, PictureState, PrintedHow


class Cluster(Row, table=True):
    """Candidates that are reprints of one text; pinned once a person has edited it."""

    publication_id: int = Field(foreign_key="publication.id", index=True)
    lead_id: int | None = None
    pinned_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))


# said in the same words, the index is used: list and page named different days
DATE_DOUBTFUL = "date_how LIKE '%≠%'"


class Candidate(Row, table=True):
    """What an editor may take. `url_hash` is urls.url_hash of `canonical_url`.

    Columns that editors own (state, spike_*, decided_*) are never touched by ingest.
    `agreement` is how far two extractors agree (0 to 1), 0 when only one found a text, None where
    a site rule or a known container settled it. `fingerprint` is fingerprint.digest of the text,
    empty until reprints of it have been looked for; `figures` are the numbers that text gives,
    apart by spaces, which tell most look-alikes without reading them. `date_rival` is another
    day that the listing or the page named. `printed_id` is where it was printed before,
    `printed_how` how that shows. `text_version` counts its texts from 1; the earlier ones are
    CandidateText rows.
    """

    __table_args__ = (
        UniqueConstraint("publication_id", "url_hash"),
        Index("ix_candidate_queue", "publication_id", "state", "published_at", "id"),
        Index("ix_candidate_dates", "publication_id", "published_at", "id"),
        # the last column lets the ledger count without the rows
        Index("ix_candidate_source", "source_id", "published_at", "id", "seen_at"),
        Index(
            "ix_candidate_undated",
            "publication_id",
            "state",
            "id",
            sqlite_where=text("published_at IS NULL"),
            postgresql_where=text("published_at IS NULL"),
        ),
        Index(
            "ix_candidate_doubtful",
            "publication_id",
            "published_at",
            "id",
            sqlite_where=text(DATE_DOUBTFUL),
            postgresql_where=text(DATE_DOUBTFUL),
        ),
        Index(
            "ix_candidate_ungrouped",
            "id",
            sqlite_where=text("fingerprint = ''"),
            postgresql_where=text("fingerprint = ''"),
        ),
        # a back issue that is replaced or removed clears its marks: without this by a scan a row
        Index(
            "ix_candidate_printed",
            "printed_id",
            sqlite_where=text("printed_id IS NOT NULL"),
            postgresql_where=text("printed_id IS NOT NULL"),
        ),
    )
    publication_id: int = Field(foreign_key="publication.id")
    source_id: int | None = Field(default=None, foreign_key="source.id")
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
    date_rival: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    seen_at: datetime = Field(default_factory=clock.now, sa_column=moment())
    excerpt: str = Field(default="", max_length=400)
    characters: int = 0
    agreement: float | None = None
    fingerprint: str = Field(default="", max_length=64)
    figures: str = ""
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
    text_version: int = 1
    printed_id: int | None = Field(default=None, foreign_key="printed.id", ondelete="SET NULL")
    printed_how: PrintedHow | None = Field(default=None, sa_column=enum(PrintedHow, nullable=True))
    # last: SQLite walks through a long text to reach the columns behind it
    blocks: Blocks = Field(default=(), sa_column=Column(BlocksColumn, nullable=False))


class CandidateText(Row, table=True):
    """An earlier text of a candidate whose page changed; `number` counts from 1."""

    __table_args__ = (UniqueConstraint("candidate_id", "number"),)
    candidate_id: int = Field(foreign_key="candidate.id", ondelete="CASCADE")
    number: int
    title: str = Field(max_length=1000)
    capture_id: int | None = Field(default=None, foreign_key="capture.id")
    seen_at: datetime = Field(sa_column=moment())
    blocks: Blocks = Field(default=(), sa_column=Column(BlocksColumn, nullable=False))


class DocumentMention(Row, table=True):
    """An official document that a candidate's title or opening names: 《…》 and who issued it.

    `key` is the name without marks, spaces and status words; `body` the issuing body, if named.
    """

    __table_args__ = (
        UniqueConstraint("candidate_id", "key"),
        Index("ix_documentmention_key", "publication_id", "key"),
    )
    publication_id: int = Field(foreign_key="publication.id")
    candidate_id: int = Field(foreign_key="candidate.id", ondelete="CASCADE")
    key: str = Field(max_length=200)
    name: str = Field(max_length=200)
    body: str = Field(default="", max_length=200)


class Printed(Row, table=True):
    """An article of a back issue, with its text, so that nothing is printed twice.

    `issue_id` and `item_id` are set when the issue was compiled here, `label` when it came from
    an archive (第3期（总第28期）). `page` is the printed number, None when nobody knows.
    """

    __table_args__ = (UniqueConstraint("publication_id", "total_number", "position"),)
    publication_id: int = Field(foreign_key="publication.id")
    issue_id: int | None = Field(default=None, foreign_key="issue.id", ondelete="CASCADE")
    item_id: int | None = Field(
        default=None, foreign_key="item.id", ondelete="SET NULL", index=True
    )
    label: str = Field(max_length=60)
    total_number: int
    position: int
    page: int | None = None
    headline: str = Field(max_length=500)
    source_line: str = Field(default="", max_length=200)
    dated_on: date | None = None
    url_hash: str = Field(default="", max_length=64, index=True)
    documents: list[Any] = Field(default_factory=list, sa_column=json_column())
    text: str = ""


class PrintedBand(SQLModel, table=True):
    """A key of fingerprint.bands under which a printed article's text is found again."""

    __table_args__ = ({"sqlite_with_rowid": False},)
    key: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    printed_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class ShingleBand(SQLModel, table=True):
    """A key of fingerprint.bands under which a candidate's text is found again.

    A proposal, confirmed by the texts: a key of a text that has changed since does no harm.
    There are 24 a candidate, so the table is its own index and has no foreign key to check.
    """

    __table_args__ = ({"sqlite_with_rowid": False},)
    key: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    candidate_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class Picture(Row, table=True):
    """A picture in a candidate's text that is being fetched into an asset."""

    __table_args__ = (
        UniqueConstraint("candidate_id", "url"),
        Index("ix_picture_queue", "host", "state", "due_at"),
        Index("ix_picture_state", "state", "due_at"),
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
