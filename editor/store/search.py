"""The search index: which candidates hold the words that a person typed.

Of every candidate the folded title, source and text are kept (`editor/text/grams.py`); a word is
held when it stands there. That is the only truth, and `held` reads it. An index proposes rows so
that few need be read: FTS5 without content on SQLite, a tsvector under a GIN index on PostgreSQL.
A candidate that is flushed is indexed in the same transaction; what was there before waits for
`note_waiting`.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    bindparam,
    event,
    exists,
    func,
    inspect,
    literal,
    text,
    true,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.types import Integer, String, Text
from sqlmodel import Session, col, select

from editor.store.models import Candidate
from editor.store.models.searching import SearchDocument, SearchText
from editor.text.document import body_text
from editor.text.grams import Asked, asked_of, folded, grams, marks_of

# what a text says first is what it is looked up by
INDEXED = 15_000
# no folded word has two spaces
BETWEEN = "  "
INDEXED_FIELDS = ("title", "source_name", "blocks")
MATCHING = "search_document.id IN (SELECT rowid FROM search_words WHERE search_words MATCH :asked)"
# a CROSS JOIN is not reordered, so it ends with the last row that is asked for
PROPOSED = text(
    "SELECT candidate_id FROM search_words CROSS JOIN search_document"
    " ON search_document.id = search_words.rowid WHERE search_words MATCH :asked LIMIT :most"
)
# its planner does not reckon how long the grams of a row are: reading them all takes a second
PLANNING = {"enable_seqscan": "off", "work_mem": "'64MB'"}
# FTS5 refuses deeper expressions than 256; the text decides anyway
MOST_ASKED = 100

DOCUMENT: Any = cast(Any, SearchDocument).__table__
TEXT: Any = cast(Any, SearchText).__table__
# made once, for making them takes longer than running them
KNOWN = columns(DOCUMENT.c.digest).where(DOCUMENT.c.candidate_id == bindparam("of"))
FORGET = DOCUMENT.delete().where(DOCUMENT.c.candidate_id == bindparam("of"))
NOTE = DOCUMENT.insert()
NOTE_WORDS = text("INSERT INTO search_words (rowid, words) VALUES (:number, :words)")
VECTOR = postgresql.insert(DOCUMENT).values(
    candidate_id=bindparam("candidate_id"),
    digest=bindparam("digest"),
    words=func.array_to_tsvector(bindparam("grams", type_=ARRAY(Text))),
)
NOTE_VECTOR = VECTOR.on_conflict_do_update(
    index_elements=[DOCUMENT.c.candidate_id],
    set_={name: VECTOR.excluded[name] for name in ("digest", "words")},
)
NOTE_NEW_VECTOR = VECTOR.on_conflict_do_nothing()
KEEP_TEXT = text(
    "INSERT INTO search_text (candidate_id, folded) VALUES (:candidate_id, :folded)"
    " ON CONFLICT (candidate_id) DO UPDATE SET folded = excluded.folded"
)


# --- asking --------------------------------------------------------------------------------------


def held(session: Session, words: Iterable[str], ids: Sequence[int]) -> set[int]:
    """Return those of these candidates that hold every folded word; this reads their texts."""
    place = func.instr if _on_sqlite(session) else func.strpos
    query = columns(TEXT.c.candidate_id).where(
        _one_of(session, TEXT.c.candidate_id, ids),
        *(place(TEXT.c.folded, word) > 0 for word in words),
    )
    return set(session.scalars(query))


def propose(session: Session, words: Sequence[str], *, most: int) -> list[int] | None:
    """Return the candidates that the index proposes; None where they are more than `most`."""
    if _on_sqlite(session):
        query: Any = PROPOSED.bindparams(asked=_match(words), most=most + 1)
    else:
        query = columns(DOCUMENT.c.candidate_id).where(_vector(words)).limit(most + 1)
    with by_index(session):
        ids = list(session.scalars(query))
    return None if len(ids) > most else ids


def proposed(session: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that the index proposes a candidate; to be asked within `by_index`."""
    found = (
        text(MATCHING).bindparams(asked=_match(words)) if _on_sqlite(session) else _vector(words)
    )
    # as a mere IN it would be joined, which loses the order of the list
    return col(Candidate.id).in_(columns(DOCUMENT.c.candidate_id).where(found)).is_(true())


@contextmanager
def by_index(session: Session) -> Iterator[None]:
    """Have PostgreSQL list by its index what is proposed, and keep the list in memory."""
    settings = {} if _on_sqlite(session) else PLANNING
    for name, value in settings.items():
        session.execute(text(f"SET LOCAL {name} = {value}"))
    yield
    for name in settings:
        session.execute(text(f"SET LOCAL {name} TO DEFAULT"))


def _match(words: Iterable[str]) -> str:
    return " AND ".join(f'"{one.gram}"' + " *" * one.open_ended for one in _asked(words))


def _vector(words: Iterable[str]) -> ColumnElement[bool]:
    vector = " & ".join(f"'{one.gram}'" + ":*" * one.open_ended for one in _asked(words))
    wanted: ColumnElement[bool] = DOCUMENT.c.words.op("@@")(
        sql_cast(literal(vector, String), TSQUERY)
    )
    return wanted


def _asked(words: Iterable[str]) -> list[Asked]:
    asked = {one for word in words for one in asked_of(word)}
    # a longer gram tells more; the order makes the statement's text the same each time
    return sorted(asked, key=lambda one: (-len(one.gram), one.gram))[:MOST_ASKED]


def among(session: Session, ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a candidate is one of these, however many: one parameter."""
    return _one_of(session, col(Candidate.id), ids)


def _one_of(session: Session, column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    found: ColumnElement[bool]
    if _on_sqlite(session):
        each = func.json_each(literal(json.dumps(ids))).table_valued("value")
        found = column.in_(columns(each.c.value))
    else:
        found = column == func.any(literal(list(ids), ARRAY(Integer)))
    return found


def _on_sqlite(session: AnySession) -> bool:
    return session.get_bind().dialect.name == "sqlite"


# --- keeping it current --------------------------------------------------------------------------


def document(title: str, source_name: str, body: str) -> str:
    """Return what a candidate is looked up by; a mark between its parts keeps them apart."""
    parts = BETWEEN.join(folded(part) for part in (title, source_name, body[:INDEXED]))
    return f"{parts}\n{marks_of(title)}"


def note(session: AnySession, candidate_id: int, words: str) -> None:
    """Make the candidate findable by this document, and no longer by an earlier one."""
    connection = session.connection()
    known = connection.execute(KNOWN, {"of": candidate_id}).scalar()
    values = _values(candidate_id, words)
    if known == values["digest"]:
        return
    connection.execute(KEEP_TEXT, {"candidate_id": candidate_id, "folded": words})
    if connection.dialect.name == "sqlite":
        # its transactions are IMMEDIATE: nobody writes between the two
        if known is not None:
            connection.execute(FORGET, {"of": candidate_id})
        number = connection.execute(NOTE, values).lastrowid
        connection.execute(NOTE_WORDS, {"number": number, "words": " ".join(grams(words))})
        return
    connection.execute(NOTE_VECTOR, values | {"grams": list(grams(words))})


def _values(candidate_id: int, words: str) -> dict[str, Any]:
    digest = hashlib.sha256(words.encode()).hexdigest()[:32]
    return {"candidate_id": candidate_id, "digest": digest}


@event.listens_for(AnySession, "after_flush")
def _follow(session: AnySession, _context: Any) -> None:
    """Index what the flush has written, in the same transaction."""
    for row in (*session.new, *session.dirty):
        if isinstance(row, Candidate) and row.id is not None and _reworded(row):
            note(session, row.id, words_of(row))


def _reworded(candidate: Candidate) -> bool:
    attributes = inspect(candidate).attrs
    return any(attributes[name].history.has_changes() for name in INDEXED_FIELDS)


def words_of(candidate: Candidate) -> str:
    """Return a candidate's document as the index holds it."""
    return document(candidate.title, candidate.source_name, body_text(candidate.blocks))


# --- what was there before -----------------------------------------------------------------------


def note_waiting(session: Session, *, limit: int, below: int | None = None) -> list[int]:
    """Index candidates that cannot be found yet, the newest first; returns their ids.

    `below` goes on after an earlier call, which spares looking past all that it has indexed.
    """
    indexed = [col(getattr(Candidate, name)) for name in INDEXED_FIELDS]
    query = columns(col(Candidate.id), *indexed).where(~_indexed())
    if below is not None:
        query = query.where(col(Candidate.id) < below)
    rows = session.execute(query.order_by(col(Candidate.id).desc()).limit(limit)).all()
    _note_new(
        session, {id: document(title, source, body_text(its)) for id, title, source, its in rows}
    )
    return [row[0] for row in rows]


def _note_new(session: Session, documents: Mapping[int, str]) -> None:
    """Index what is in no index; many rows a statement."""
    if not documents:
        return
    connection = session.connection()
    values = {id: _values(id, words) for id, words in documents.items()}
    texts = [{"candidate_id": id, "folded": words} for id, words in documents.items()]
    connection.execute(KEEP_TEXT, texts)
    each = {id: list(grams(words)) for id, words in documents.items()}
    if not _on_sqlite(session):
        rows = [row | {"grams": each[id]} for id, row in values.items()]
        connection.execute(NOTE_NEW_VECTOR, rows)
        return
    connection.execute(NOTE, list(values.values()))
    numbers = columns(DOCUMENT.c.id, DOCUMENT.c.candidate_id)
    made = connection.execute(numbers.where(DOCUMENT.c.candidate_id.in_(documents))).all()
    connection.execute(
        NOTE_WORDS, [{"number": number, "words": " ".join(each[id])} for number, id in made]
    )


def count_waiting(session: Session) -> int:
    """Return how many candidates cannot be found yet; two counts of an index each."""
    every = session.exec(select(func.count(col(Candidate.id)))).one()
    return max(
        0, every - session.execute(columns(func.count(DOCUMENT.c.candidate_id))).scalar_one()
    )


def _indexed() -> ColumnElement[bool]:
    return exists().where(DOCUMENT.c.candidate_id == col(Candidate.id))
