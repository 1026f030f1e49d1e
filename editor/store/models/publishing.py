"""What is printed, signed and recorded."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from editor import clock
from editor.store.columns import enum, json_column, moment
from editor.store.models.base import Row
from editor.workflow import ExportState


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
    reason, fonts, pages; and in `made_with` the versions and digests of what it was made with.
    `findings` holds the preflight's findings as JSON data. `edition` is that of its document.
    """

    issue_id: int = Field(foreign_key="issue.id", index=True)
    edition: int = 1
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


class IssueEdition(Row, table=True):
    """An edition as it was published: kept for good, and never written again but for its pages.

    `document` (an IssueDocument) and `profile` are JSON data: what is exported of a published
    issue is made of these two. `reason` is why the edition before was taken back. `pages` holds
    each printed page's number and lines, `changes` what differs from the edition before it
    (`desk/issue_editions.py`); `settled_at` is when a worker had set the pages, or `error` says
    why it could not.
    """

    __table_args__ = (UniqueConstraint("issue_id", "number"),)
    issue_id: int = Field(foreign_key="issue.id", ondelete="CASCADE")
    number: int
    digest: str = Field(max_length=64)
    published_at: datetime = Field(sa_column=moment())
    published_by: int | None = Field(default=None, foreign_key="person.id")
    reason: str = ""
    changes: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    attempts: int = 0
    due_at: datetime = Field(default_factory=clock.real, sa_column=moment())
    settled_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    error: str = ""
    error_english: str = ""
    document: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    profile: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    pages: list[Any] = Field(default_factory=list, sa_column=json_column())


class PageEstimate(Row, table=True):
    """Where the items of an issue stand, as its last layout found: `starts` and `ends` map item
    ids (as text, JSON has no other keys) to printed pages. It holds for the document of this
    `digest`, made of the rows of this `stamp` (`gather.stamp`).

    `pages` counts all sheets, `front` those before the first section. `flags` are findings that
    a person sees on the board, with the `item` they belong to. `proof` names the digest of the
    pages that can be looked at. `error` is the sentence for a person when the layout could not
    be made, else empty.
    """

    issue_id: int = Field(foreign_key="issue.id", ondelete="CASCADE", unique=True)
    digest: str = Field(default="", max_length=64)
    stamp: str = Field(default="", max_length=64)
    pages: int = 0
    front: int = 0
    starts: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    ends: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    flags: list[Any] = Field(default_factory=list, sa_column=json_column())
    proof: str = Field(default="", max_length=64)
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
