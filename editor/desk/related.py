"""The same document: candidates that report one 《…》; a relation between clusters.

Mentions are noted when a candidate is grouped; who is related is asked anew for each page, so
nobody pins it and nothing has to be undone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

from sqlalchemy import Table, and_, bindparam, delete, or_
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from editor.schedule import Window
from editor.store.models import Candidate, Cluster, DocumentMention
from editor.text.documents import Mention, about_the_same, same_document
from editor.workflow import CandidateState

_mention: Table = cast(Any, DocumentMention).__table__
FORGET = delete(_mention).where(_mention.c.candidate_id == bindparam("of"))
NOTE = {
    "sqlite": sqlite.insert(_mention).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_mention).on_conflict_do_nothing(),
}
# taken ones first: what is in the issue already decides about the rest
ORDER = (
    CandidateState.taken,
    CandidateState.shortlisted,
    CandidateState.new,
    CandidateState.spiked,
)


class Row(Protocol):
    """What is asked of a candidate: its place in the list."""

    @property
    def id(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def cluster_id(self) -> int | None: ...


@dataclass(frozen=True)
class Related:
    """Another candidate about the same document `name`."""

    id: int
    name: str
    title: str
    source_name: str
    published_at: datetime | None
    state: CandidateState


def note_mentions(
    session: Session,
    candidate_id: int,
    publication_id: int,
    named: Sequence[Mention],
    now: datetime,
    *,
    renewed: bool = False,
) -> None:
    """Keep which documents a candidate is about; `renewed` drops those of an earlier text."""
    connection = session.connection()
    if renewed:
        connection.execute(FORGET, {"of": candidate_id})
    if named:
        rows = [
            {
                "created_at": now,
                "publication_id": publication_id,
                "candidate_id": candidate_id,
                "key": mention.key,
                "name": mention.name,
                "body": mention.body,
            }
            for mention in named
        ]
        connection.execute(NOTE[session.get_bind().dialect.name], rows)


def related_to(
    session: Session, rows: Collection[Row], window: Window | None
) -> dict[int, tuple[Related, ...]]:
    """Return by candidate who else in the window reports its document, taken ones first.

    One query for all rows. Of a cluster its lead stands for all, unless another was taken. The
    undated lie in every window.
    """
    if not rows:
        return {}
    asked = {row.id: row for row in rows}
    found: dict[int, dict[int, Related]] = {}
    for one, key, name, body, other_name, other_body, *facts in session.execute(
        _others(list(asked), window)
    ):
        other = Related(facts[0], name, *facts[1:5])
        cluster_id = facts[5]
        mine = asked[one]
        if cluster_id is not None and cluster_id == mine.cluster_id:
            continue
        mention = Mention(key, name, body)
        if same_document(mention, Mention(key, other_name, other_body)) and about_the_same(
            mine.title, other.title, mention
        ):
            found.setdefault(one, {}).setdefault(other.id, other)
    return {id: _sorted(others) for id, others in found.items()}


def _sorted(others: Mapping[int, Related]) -> tuple[Related, ...]:
    return tuple(sorted(others.values(), key=lambda other: (ORDER.index(other.state), other.id)))


def _others(ids: list[int], window: Window | None) -> Any:
    mine, theirs = _mention.alias().c, _mention.alias().c
    published = col(Candidate.published_at)
    query = (
        columns(
            mine.candidate_id,
            mine.key,
            mine.name,
            mine.body,
            theirs.name,
            theirs.body,
            col(Candidate.id),
            col(Candidate.title),
            col(Candidate.source_name),
            col(Candidate.published_at),
            col(Candidate.state),
            col(Candidate.cluster_id),
        )
        .select_from(mine.candidate_id.table)
        .join(
            theirs.candidate_id.table,
            and_(
                theirs.publication_id == mine.publication_id,
                theirs.key == mine.key,
                theirs.candidate_id != mine.candidate_id,
            ),
        )
        .join(Candidate, col(Candidate.id) == theirs.candidate_id)
        .outerjoin(Cluster, col(Cluster.id) == col(Candidate.cluster_id))
        .where(
            mine.candidate_id.in_(ids),
            or_(
                col(Cluster.lead_id).is_(None),
                col(Cluster.lead_id) == col(Candidate.id),
                col(Candidate.state) == CandidateState.taken,
            ),
        )
        .order_by(mine.candidate_id, mine.id, col(Candidate.id))
    )
    if window is not None:
        inside = and_(published >= window.opens_at, published < window.closes_at)
        query = query.where(or_(published.is_(None), inside))
    return query
