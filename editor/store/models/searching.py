"""The index behind the search field; it can be made anew from the candidates at any time."""

from typing import Any

from sqlalchemy import DDL, Column, Index, Table, Text, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

# without content: it only proposes, the text decides; a number is never used twice
WORDS_TABLE = (
    "CREATE VIRTUAL TABLE search_words USING fts5"
    "(words, content='', columnsize=0, detail=none, tokenize='ascii')"
)


class SearchDocument(SQLModel, table=True):
    """A candidate as the search knows it; none while it has not been indexed.

    `digest` tells whether its text has changed. Its grams lie in `words` on PostgreSQL, on SQLite
    in search_words under this `id`: a changed text gets another id, the old grams lead nowhere.
    """

    __tablename__ = "search_document"
    __table_args__ = (
        Index("ix_search_document_words", "words", postgresql_using="gin").ddl_if(
            dialect="postgresql"
        ),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    candidate_id: int = Field(foreign_key="candidate.id", ondelete="CASCADE", unique=True)
    digest: str = Field(max_length=32)
    words: str | None = Field(
        default=None, sa_column=Column(Text().with_variant(TSVECTOR(), "postgresql"))
    )


class SearchText(SQLModel, table=True):
    """What is looked for in. Apart from the index: what it proposes is listed without a text."""

    __tablename__ = "search_text"
    candidate_id: int = Field(primary_key=True, foreign_key="candidate.id", ondelete="CASCADE")
    folded: str


def _own(model: Any) -> Table:
    table: Table = model.__table__
    return table


event.listen(_own(SearchDocument), "after_create", DDL(WORDS_TABLE).execute_if(dialect="sqlite"))
