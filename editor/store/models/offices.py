"""People, publications, issues."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from editor.store.columns import enum, json_column, moment
from editor.store.models.base import Row
from editor.workflow import IssueState, ItemKind, Role


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
    """One issue; its window is half-open. `version` guards concurrent moves on the board.

    `locked_at` is when it was locked last: what arrives later is a late arrival. `page_budget`
    is how many pages it should have at most, None for no such wish. `published_digest` is that of
    the document as it was published last: files of another digest are not this edition.
    """

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
    locked_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    published_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    published_digest: str = Field(default="", max_length=64)
    edition: int = 1
    version: int = 0
    page_budget: int | None = None


class IssueSection(Row, table=True):
    """A section of one issue: names and order belong to the issue, not to the publication."""

    __table_args__ = (UniqueConstraint("issue_id", "name"),)
    issue_id: int = Field(foreign_key="issue.id", ondelete="CASCADE", index=True)
    name: str = Field(max_length=60)
    position: int
    kind: ItemKind = Field(default=ItemKind.news, sa_column=enum(ItemKind))
    quota: int | None = None
    solo: bool = False
