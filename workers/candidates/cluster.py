"""Reprints: a candidate's text is looked up among all others and joins those it repeats.

A candidate without a fingerprint waits for this; `tick` rings for those that were left behind.
The machine's clusters are proposals: one that a person has touched is pinned and stays as it is.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from celery import shared_task
from sqlalchemy import Table, bindparam, func, literal_column, update
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from editor import clock
from editor.desk import archive, grouping, related
from editor.desk.archive import Look
from editor.store.db import Database
from editor.store.models import Candidate, Cluster, ShingleBand, id_of
from editor.store.queue import Task
from editor.text import fingerprint
from editor.text.document import body_text
from editor.text.fingerprint import Wording
from workers.candidates import printed
from workers.workshop import Workshop, here

# rows of neighbours looked at, and texts read and compared, the likeliest first
MOST_SEEN = 200
MOST_COMPARED = 20
CHUNK = 50
# shorter than the timetable's beat, so that one of them runs at a time
LONGEST = 25.0


# --- statements: made once, for making one takes longer than running it ---------------------------

_candidate: Table = cast(Any, Candidate).__table__
_band: Table = cast(Any, ShingleBand).__table__
_c = _candidate.c

WAITING_TEXTS = (
    columns(
        _c.id,
        _c.publication_id,
        _c.updated_text_at,
        _c.url_hash,
        _c.title,
        _c.published_at,
        _c.blocks,
    )
    .where(_c.id.in_(bindparam("ids", expanding=True)), _c.fingerprint == "")
    .order_by(_c.id)
)
CLUSTER = columns(_c.cluster_id).where(_c.id == bindparam("of"))
TEXT = columns(_c.blocks).where(_c.id == bindparam("of"))
_CLAIM = (
    update(_candidate)
    .where(_c.id == bindparam("of"), _c.fingerprint == "")
    .values(fingerprint=bindparam("digest"), figures=bindparam("given"))
)
CLAIM_FIRST = _CLAIM.where(_c.updated_text_at.is_(None))
CLAIM_UPDATED = _CLAIM.where(_c.updated_text_at == bindparam("seen"))
NOTE = {
    "sqlite": sqlite.insert(_band).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_band).on_conflict_do_nothing(),
}


def _near() -> Any:
    """Return the query for the candidates that share most keys with a text."""
    shared = func.count()
    held = (
        columns(_band.c.candidate_id, shared.label("shared"))
        .where(
            _band.c.key.in_(bindparam("keys", expanding=True)),
            _band.c.candidate_id != bindparam("of"),
        )
        .group_by(_band.c.candidate_id)
        .order_by(shared.desc(), _band.c.candidate_id)
        .limit(literal_column(str(MOST_SEEN)))
        .subquery()
    )
    return (
        columns(_c.id, _c.cluster_id, _c.fingerprint, _c.figures)
        .join(held, held.c.candidate_id == _c.id)
        .where(_c.publication_id == bindparam("publication"))
        .order_by(held.c.shared.desc(), _c.id)
    )


NEAR = _near()


@dataclass(frozen=True)
class Sketch:
    """A candidate's text, ready to be compared; `updated_at` says which text it was."""

    candidate_id: int
    publication_id: int
    updated_at: datetime | None
    words: Wording
    digest: str
    bands: tuple[int, ...]
    look: Look


@dataclass(frozen=True)
class Neighbour:
    """A candidate that may have the same text; its keys may be those of an earlier one."""

    id: int
    cluster_id: int | None
    digest: str
    figures: str


@shared_task(name=Task.group_left_behind.value, time_limit=120)
def group_left_behind() -> None:
    """Group what has no fingerprint: its process died, or its rows came from elsewhere."""
    group_waiting(here())


def group_waiting(shop: Workshop) -> int:
    """Group waiting candidates for a while, oldest first; returns how many there were."""
    started, done, last = time.monotonic(), 0, 0
    while time.monotonic() - started < LONGEST and not shop.stopping():
        with shop.database.reading() as session:
            waiting = list(session.exec(_waiting(last).limit(CHUNK)))
        if not waiting:
            break
        group(shop.database, *cast(list[int], waiting))
        done, last = done + len(waiting), cast(int, waiting[-1])
    return done


def _waiting(last: int) -> Any:
    # a literal, not a parameter: only so is the index of those that wait used
    return (
        select(Candidate.id)
        .where(col(Candidate.fingerprint) == literal_column("''"), col(Candidate.id) > last)
        .order_by(col(Candidate.id))
    )


def anybody_waiting(session: Session) -> bool:
    """Whether a candidate still has to be compared; one look into an index."""
    return session.exec(_waiting(0).limit(1)).first() is not None


def group(database: Database, *candidate_ids: int) -> None:
    """Find the reprints of candidates and put them together; the second time nothing happens.

    Two processes with a pair between them take turns: the later one finds the earlier. Many at
    once share a transaction, which costs less each.
    """
    with database.reading() as session:
        sketches = _sketches(session, candidate_ids)
    for publication_id in sorted({sketch.publication_id for sketch in sketches}):
        with database.writing() as session:
            grouping.hold(session, publication_id)
            for sketch in sketches:
                if sketch.publication_id == publication_id and _claim(session, sketch):
                    _join(session, sketch)
                    _relate(session, sketch)
            session.commit()


def _sketches(session: Session, candidate_ids: Sequence[int]) -> list[Sketch]:
    rows = session.connection().execute(WAITING_TEXTS, {"ids": list(candidate_ids)})
    return [_sketch(row) for row in rows]


def _sketch(row: Any) -> Sketch:
    look = printed.look(row)
    return Sketch(
        row.id,
        row.publication_id,
        row.updated_text_at,
        look.words,
        fingerprint.digest(look.words),
        look.bands,
        look,
    )


def _claim(session: Session, sketch: Sketch) -> bool:
    """Note the fingerprint; False when it is there already, or the text has changed since."""
    claim = CLAIM_FIRST if sketch.updated_at is None else CLAIM_UPDATED
    mine = session.connection().execute(
        claim,
        {
            "of": sketch.candidate_id,
            "seen": sketch.updated_at,
            "digest": sketch.digest,
            "given": " ".join(sketch.words.figures),
        },
    )
    return mine.rowcount == 1


def _join(session: Session, sketch: Sketch) -> None:
    reprints = _reprints(session, sketch)
    _note_bands(session, sketch)
    own = session.connection().execute(CLUSTER, {"of": sketch.candidate_id}).scalar_one()
    joined = {one for _, one in reprints if one is not None}
    if not reprints and own is None:
        return
    known = session.exec(
        select(Cluster)
        .where(col(Cluster.id).in_(joined | {own} - {None}))
        .order_by(col(Cluster.id))
        .execution_options(populate_existing=True)
    ).all()
    pinned = {cluster.id for cluster in known if cluster.pinned_at is not None}
    if own in pinned:
        return
    free = [id for id, cluster_id in reprints if cluster_id not in pinned]
    clusters = [one for one in known if one.id in joined and one.id not in pinned]
    if free:
        _gather(session, sketch, free, clusters)
    if own is not None and own not in {cluster.id for cluster in clusters}:
        _leave(session, sketch, own, alone=not free)


def _relate(session: Session, sketch: Sketch) -> None:
    """Note the documents that the candidate is about, and where it was printed before."""
    renewed = sketch.updated_at is not None
    related.note_mentions(
        session,
        sketch.candidate_id,
        sketch.publication_id,
        sketch.look.mentions,
        clock.real(),
        renewed=renewed,
    )
    before = archive.find_printed(session, sketch.look)
    if before is not None or renewed:
        printed.mark(session, sketch.candidate_id, before)


def _gather(
    session: Session, sketch: Sketch, alike: Sequence[int], clusters: Sequence[Cluster]
) -> None:
    """Put the candidate, its reprints and all that was with them into the oldest cluster."""
    target = clusters[0] if clusters else Cluster(publication_id=sketch.publication_id)
    session.add(target)
    session.flush()
    everybody = {one.id for one in grouping.list_members(session, [id_of(c) for c in clusters])}
    grouping.put(session, everybody | {*alike, sketch.candidate_id}, id_of(target))
    for emptied in clusters[1:]:
        emptied.lead_id = None
    target.lead_id = grouping.choose_lead(grouping.list_members(session, [id_of(target)]))


def _leave(session: Session, sketch: Sketch, cluster_id: int, *, alone: bool) -> None:
    """Tidy up the cluster whose text the candidate no longer shares."""
    if alone:
        grouping.put(session, [sketch.candidate_id], None)
    cluster = session.get_one(Cluster, cluster_id)
    rest = grouping.list_members(session, [cluster_id])
    if len(rest) == 1:
        grouping.put(session, [rest[0].id], None)
        rest = []
    cluster.lead_id = grouping.choose_lead(rest)


def _note_bands(session: Session, sketch: Sketch) -> None:
    """Make the candidate findable; keys of an earlier text stay, the texts decide anyway."""
    if sketch.bands:
        note = NOTE[session.get_bind().dialect.name]
        rows = [
            {"key": key, "candidate_id": sketch.candidate_id} for key in sorted({*sketch.bands})
        ]
        session.connection().execute(note, rows)


def _reprints(session: Session, sketch: Sketch) -> list[tuple[int, int | None]]:
    """Return ids and clusters of the candidates whose text is the same, the likeliest first.

    Of a cluster one is enough. A text is read only where neither digest nor figures tell.
    """
    found: list[tuple[int, int | None]] = []
    joined: set[int] = set()
    compared = 0
    for near in neighbours(session, sketch):
        if near.cluster_id in joined:
            continue
        same = near.digest == sketch.digest
        if not same and compared < MOST_COMPARED and _agrees(near, sketch):
            compared += 1
            same = fingerprint.same_text(sketch.words, _words(session, near.id))
        if same:
            found.append((near.id, near.cluster_id))
            if near.cluster_id is not None:
                joined.add(near.cluster_id)
    return found


def _agrees(near: Neighbour, sketch: Sketch) -> bool:
    return fingerprint.figures_agree(near.figures.split(), sketch.words.figures)


def _words(session: Session, candidate_id: int) -> Wording:
    blocks = session.connection().execute(TEXT, {"of": candidate_id}).scalar_one()
    return fingerprint.wording(body_text(blocks))


def neighbours(session: Session, sketch: Sketch) -> list[Neighbour]:
    """Return the candidates that share most keys; one query, texts are not loaded."""
    if not sketch.bands:
        return []
    rows = session.connection().execute(
        NEAR,
        {
            "keys": sketch.bands,
            "of": sketch.candidate_id,
            "publication": sketch.publication_id,
        },
    )
    return [Neighbour(*row) for row in rows]
