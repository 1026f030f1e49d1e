"""The search index: which candidates hold the words that a person typed.

SQLite: FTS5 without content. PostgreSQL: a tsvector under a GIN index. Both hold the grams of
title, source and text (`editor/text/grams.py`), so that both find the same. A candidate that is
flushed is indexed in the same transaction; what was there before waits for `index_waiting`.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    event,
    exists,
    func,
    inspect,
    literal,
    text,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, col, select

from editor.store.models import Candidate
from editor.store.models.searching import SearchDocument
from editor.text.document import body_text
from editor.text.grams import Phrase, grams, phrases

# a tsvector counts places up to 16,383; what a text says first is what it is looked up by
INDEXED = 15_000
MOST_WORDS = 16_000
BETWEEN = "¶"
INDEXED_FIELDS = ("title", "source_name", "blocks")
# more than the search field holds (200 characters); FTS5 refuses deeper expressions than 256
MOST_PHRASES = 100

DOCUMENT: Any = cast(Any, SearchDocument).__table__
# made once, for making them takes longer than running them
KNOWN = columns(DOCUMENT.c.digest).where(DOCUMENT.c.candidate_id == bindparam("of"))
FORGET = DOCUMENT.delete().where(DOCUMENT.c.candidate_id == bindparam("of"))
NOTE = DOCUMENT.insert()
NOTE_WORDS = text("INSERT INTO search_words (rowid, words) VALUES (:number, :words)")


def holding(session: Session, query: str) -> ColumnElement[bool] | None:
    """Return the condition that a candidate holds every word of the query, in any order.

    It holds until the session asks for another. None when the query has no letter, character or
    sign that the index knows.
    """
    wanted = phrases(query)[:MOST_PHRASES]
    if not wanted:
        return None
    if session.get_bind().dialect.name == "sqlite":
        _gather(session, " AND ".join(_fts(phrase) for phrase in wanted))
        found: Any = text("SELECT id FROM search_found")
        return col(Candidate.id).in_(found)
    asked = " & ".join(_tsquery(phrase) for phrase in wanted)
    holds = DOCUMENT.c.words.op("@@")(sql_cast(literal(asked, String), TSQUERY))
    return col(Candidate.id).in_(columns(DOCUMENT.c.candidate_id).where(holds))


def _gather(session: Session, asked: str) -> None:
    """Note what is found in a table of this connection's own.

    A page asks two or three times; and SQLite guesses that a subquery finds a few rows, so that
    it would look up and sort all that hold a common word.
    """
    connection = session.connection()
    connection.exec_driver_sql(
        "CREATE TEMP TABLE IF NOT EXISTS search_found (id INTEGER PRIMARY KEY)"
    )
    connection.exec_driver_sql("DELETE FROM search_found")
    connection.exec_driver_sql(
        "INSERT INTO search_found SELECT document.candidate_id FROM search_words AS word "
        "CROSS JOIN search_document AS document ON document.id = word.rowid "
        "WHERE word.search_words MATCH ?",
        (asked,),
    )


def _fts(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.grams)}"{" *" if phrase.open_ended else ""}'


def _tsquery(phrase: Phrase) -> str:
    words = [f"'{word}'" for word in phrase.grams]
    if phrase.open_ended:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"


# --- keeping it current --------------------------------------------------------------------------


def document(title: str, source_name: str, body: str) -> list[str]:
    """Return the words of a candidate, in order; a mark between its parts keeps them apart."""
    parts = (grams(title), grams(source_name), grams(body[:INDEXED]))
    return [*parts[0], BETWEEN, *parts[1], BETWEEN, *parts[2]][:MOST_WORDS]


def note(session: AnySession, candidate_id: int, words: Sequence[str]) -> None:
    """Make the candidate findable by these words, and no longer by earlier ones."""
    joined = " ".join(words)
    digest = hashlib.sha256(joined.encode()).hexdigest()[:32]
    connection = session.connection()
    known = connection.execute(KNOWN, {"of": candidate_id}).scalar()
    if known == digest:
        return
    values = {"candidate_id": candidate_id, "digest": digest}
    if connection.dialect.name == "sqlite":
        # its transactions are IMMEDIATE: nobody writes between the two
        if known is not None:
            connection.execute(FORGET, {"of": candidate_id})
        number = connection.execute(NOTE, values).lastrowid
        connection.execute(NOTE_WORDS, {"number": number, "words": joined})
        return
    vector = sql_cast(literal(_tsvector(words), String), TSVECTOR)
    new = postgresql.insert(DOCUMENT).values(**values, words=vector)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[DOCUMENT.c.candidate_id],
            set_={"digest": new.excluded.digest, "words": new.excluded.words},
        )
    )


def _tsvector(words: Sequence[str]) -> str:
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(str(place))
    return " ".join(f"'{word}':{','.join(each)}" for word, each in places.items())


@event.listens_for(AnySession, "after_flush")
def _follow(session: AnySession, _context: Any) -> None:
    """Index what the flush has written, in the same transaction."""
    for row in (*session.new, *session.dirty):
        if isinstance(row, Candidate) and row.id is not None and _reworded(row):
            note(session, row.id, words_of(row))


def _reworded(candidate: Candidate) -> bool:
    attributes = inspect(candidate).attrs
    return any(attributes[name].history.has_changes() for name in INDEXED_FIELDS)


def words_of(candidate: Candidate) -> list[str]:
    """Return a candidate's words as the index holds them."""
    return document(candidate.title, candidate.source_name, body_text(candidate.blocks))


def waiting(session: Session, *, limit: int) -> list[Candidate]:
    """Return candidates that cannot be found yet, the newest first: those of before the index."""
    query = select(Candidate).where(~_indexed()).order_by(col(Candidate.id).desc()).limit(limit)
    return list(session.exec(query))


def count_waiting(session: Session) -> int:
    """Return how many candidates cannot be found yet; two counts of an index each."""
    every = session.exec(select(func.count(col(Candidate.id)))).one()
    return max(
        0, every - session.execute(columns(func.count(DOCUMENT.c.candidate_id))).scalar_one()
    )


def _indexed() -> ColumnElement[bool]:
    return exists().where(DOCUMENT.c.candidate_id == col(Candidate.id))
