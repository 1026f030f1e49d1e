"""Column types that behave alike on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, DateTime, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from editor.text.document import Attachment, Blocks, dump_blocks, load_blocks


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored as UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; SQLite stores it without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON text on SQLite, JSONB on PostgreSQL. Replace the value; never change it in place."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return JSONB where there is one."""
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())


class BlocksColumn(Json):
    """A tuple of blocks, stored as their JSON."""

    cache_ok = True

    def process_bind_param(self, value: Blocks | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the blocks' JSON data."""
        return None if value is None else dump_blocks(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Blocks | None:  # noqa: ARG002
        """Return the blocks."""
        return None if value is None else load_blocks(value)


class AttachmentsColumn(Json):
    """A tuple of attachments, stored as their JSON."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the attachments' JSON data."""
        return None if value is None else [item.model_dump() for item in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the attachments."""
        return None if value is None else tuple(Attachment.model_validate(item) for item in value)


class EnumColumn(TypeDecorator[StrEnum]):
    """A StrEnum stored by its value."""

    impl = String(40)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the member's value; raises ValueError for a value that is no member."""
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        """Return the member."""
        return None if value is None else self.kind(value)


def moment(**options: Any) -> Any:
    """Return a column for an aware moment; not null unless `nullable=True`."""
    return Column(UtcDateTime, nullable=options.pop("nullable", False), **options)


def enum(kind: type[StrEnum], **options: Any) -> Any:
    """Return a column that stores a StrEnum by value; not null unless `nullable=True`."""
    return Column(EnumColumn(kind), nullable=options.pop("nullable", False), **options)


def json_column() -> Any:
    """Return a column for JSON data."""
    return Column(Json, nullable=False)
