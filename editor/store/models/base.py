"""What every table has."""

from datetime import datetime

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


def id_of(row: Row) -> int:
    """Return the id of a stored row; raises ValueError before its first flush."""
    if row.id is None:
        raise ValueError(f"this {type(row).__name__} has not been stored yet")
    return row.id


class Setting(SQLModel, table=True):
    """An installation-wide value by its key (the clock's offset, the installed version)."""

    key: str = Field(primary_key=True, max_length=60)
    value: str
