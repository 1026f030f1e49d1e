"""How candidates are held together in clusters: the machine's and people's hands both use this."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select as columns
from sqlalchemy import text, update
from sqlmodel import Session, col, select

from editor.store.models import Candidate, Cluster, Source

# any fixed number: with the publication's id it names the lock over its clusters on PostgreSQL
CLUSTER_LOCK = 7_203_115
# explicit columns: a text is not needed to see who belongs together
MEMBER: tuple[Any, ...] = (
    Candidate.cluster_id,
    Candidate.source_name,
    Candidate.published_at,
    Candidate.date_precision,
    Candidate.characters,
    Source.name,
    Source.printed_name,
)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Member:
    """A candidate as a cluster sees it. `at_home`: its source prints it as its own."""

    id: int
    cluster_id: int | None
    at_home: bool
    published_at: datetime | None
    date_precision: str
    characters: int


def hold(session: Session, publication_id: int) -> None:
    """Keep everybody else off the publication's clusters until the transaction ends.

    Take it before any row. On SQLite a writing session is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT pg_advisory_xact_lock(:lock, :publication)"),
            {"lock": CLUSTER_LOCK, "publication": publication_id},
        )


def list_members(session: Session, clusters: Collection[int]) -> list[Member]:
    """Return the candidates of these clusters by id, as they are now and held; texts not loaded."""
    if not clusters:
        return []
    session.flush()
    rows = session.execute(
        columns(
            col(Candidate.id),
            *MEMBER,
        )
        .outerjoin(Source, col(Source.id) == col(Candidate.source_id))
        .where(col(Candidate.cluster_id).in_(clusters))
        .order_by(col(Candidate.id))
        .with_for_update(of=Candidate)
    )
    return [
        Member(
            id=row.id,
            cluster_id=row.cluster_id,
            at_home=bool(row.source_name) and row.source_name in (row.name, row.printed_name),
            published_at=row.published_at,
            date_precision=row.date_precision,
            characters=row.characters,
        )
        for row in rows
    ]


def choose_lead(members: Sequence[Member]) -> int | None:
    """Return who leads: the original source, then the earliest, then the longest; pure.

    None when there is nobody.
    """
    return min(members, key=_rank).id if members else None


def _rank(member: Member) -> tuple[bool, datetime, int, int]:
    moment = member.published_at or NEVER
    if member.published_at and member.date_precision == "day":
        # midnight stands for the whole day: it does not come before what names its hour
        moment += timedelta(days=1)
    return not member.at_home, moment, -member.characters, member.id


def put(session: Session, candidates: Collection[int], cluster_id: int | None) -> None:
    """Put candidates into a cluster, or out of any."""
    session.flush()
    session.execute(
        update(Candidate)
        .where(col(Candidate.id).in_(candidates))
        .values(cluster_id=cluster_id)
        .execution_options(synchronize_session="fetch")
    )


# --- what undo works from ------------------------------------------------------------------------


def state_of(
    session: Session, clusters: Sequence[int], candidates: Iterable[int]
) -> dict[str, Any]:
    """Return who is where and who leads, as JSON data: what a decision changes."""
    session.flush()
    ids = sorted(set(candidates))
    found = session.exec(
        select(Cluster)
        .where(col(Cluster.id).in_(clusters))
        .order_by(col(Cluster.id))
        .execution_options(populate_existing=True)
    )
    places = session.execute(
        columns(col(Candidate.id), col(Candidate.cluster_id))
        .where(col(Candidate.id).in_(ids))
        .order_by(col(Candidate.id))
    )
    return {
        "clusters": {
            str(one.id): [one.lead_id, one.pinned_at.isoformat() if one.pinned_at else None]
            for one in found
        },
        "members": {str(row.id): row.cluster_id for row in places},
    }


def restore(session: Session, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Bring `before` back; False when the clusters are no longer as `after` says.

    A cluster that the decision made stays behind empty: its number is never given to another.
    """
    clusters = [int(key) for key in after["clusters"]]
    candidates = [int(key) for key in after["members"]]
    now = {member.id for member in list_members(session, clusters)}
    if now - set(candidates) or state_of(session, clusters, candidates) != after:
        return False
    for key, (lead_id, pinned_at) in before["clusters"].items():
        cluster = session.get_one(Cluster, int(key))
        cluster.lead_id = lead_id
        cluster.pinned_at = datetime.fromisoformat(pinned_at) if pinned_at else None
        session.add(cluster)
    for place in sorted(set(before["members"].values()), key=lambda one: one or 0):
        put(session, [int(id) for id, at in before["members"].items() if at == place], place)
    return True
