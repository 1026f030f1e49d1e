"""The pieces of an issue."""

from datetime import date, datetime

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field

from editor.store.columns import AttachmentsColumn, BlocksColumn, enum, moment
from editor.store.models.base import Row
from editor.text.document import Attachment, Blocks
from editor.workflow import ItemKind, ItemState


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
    """The dismissal of a finding, with its reason.

    It holds for the finding of this `rule` whose subject has this `digest`: when what was found
    fault with changes, the waiver lapses. `sentence` is what the person saw.
    """

    publication_id: int = Field(foreign_key="publication.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="issue.id")
    item_id: int | None = Field(default=None, foreign_key="item.id")
    rule: str = Field(max_length=40)
    scope: str = Field(max_length=12)
    quote: str = ""
    reason: str
    user_id: int = Field(foreign_key="person.id")
    digest: str = Field(default="", max_length=64)
    sentence: str = ""
    sentence_english: str = ""
    taken_back_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    taken_back_by: int | None = Field(default=None, foreign_key="person.id")
