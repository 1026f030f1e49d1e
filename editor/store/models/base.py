"""What every table has."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, cast

from pydantic.fields import FieldInfo
from sqlalchemy import MetaData
from sqlmodel import Field, SQLModel

from editor import clock
from editor.store.columns import UtcDateTime

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


def new_row(kind: type[Row], **given: Any) -> dict[str, Any]:
    """Return the columns of a new row for an insert, with the defaults of what is not given.

    For rows made by the thousand: an instance asks for the signature of each default's factory,
    which takes longer than the insert. Raises TypeError for a name that is no column.
    """
    defaults = _defaults(kind)
    if unknown := given.keys() - kind.model_fields.keys():
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return {name: make() for name, make in defaults if name not in given} | given


@cache
def _defaults(kind: type[Row]) -> tuple[tuple[str, Callable[[], Any]], ...]:
    return tuple(
        (name, _maker(field))
        for name, field in kind.model_fields.items()
        if name != "id" and not field.is_required()
    )


def _maker(field: FieldInfo) -> Callable[[], Any]:
    if field.default_factory is None:
        return lambda: field.default
    # pydantic would allow a factory an argument; ours take none
    return cast(Callable[[], Any], field.default_factory)


def id_of(row: Row) -> int:
    """Return the id of a stored row; raises ValueError before its first flush."""
    if row.id is None:
        raise ValueError(f"this {type(row).__name__} has not been stored yet")
    return row.id


class Setting(SQLModel, table=True):
    """An installation-wide value by its key (the clock's offset, the installed version)."""

    key: str = Field(primary_key=True, max_length=60)
    value: str
