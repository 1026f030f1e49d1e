"""Clusters: what people do with reprints that the machine has put together.

Each decision is one event that undo takes back, and pins the clusters it touched: the machine
keeps off them from then on. Nothing is ever deleted; a cluster may stand empty.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlmodel import Session

from editor.desk import audit, grouping
from editor.errors import Conflict, Invalid
from editor.store.models import Candidate, Cluster, Event, User, id_of


def find_cluster(session: Session, candidate: Candidate) -> Cluster | None:
    """Return the candidate's cluster, None when it stands alone."""
    return session.get(Cluster, candidate.cluster_id) if candidate.cluster_id else None


def members(session: Session, cluster: Cluster) -> list[grouping.Member]:
    """Return who belongs to the cluster, by id."""
    return grouping.list_members(session, [id_of(cluster)])


def split(
    session: Session, candidate: Candidate, *, by: User | None, now: datetime, batch: str = ""
) -> Cluster:
    """拆出: give the candidate a cluster of its own; raises Conflict when it stands alone."""
    old = _held_cluster(session, candidate)
    group = members(session, old)
    if len(group) < 2:
        raise _alone()
    own = Cluster(publication_id=candidate.publication_id)
    session.add(own)
    session.flush()
    change = _Change(session, [old, own], [one.id for one in group])
    grouping.put(session, [id_of(candidate)], id_of(own))
    own.lead_id = candidate.id
    if old.lead_id == candidate.id:
        old.lead_id = grouping.choose_lead([one for one in group if one.id != candidate.id])
    change.record(audit.Verb.split_off, by=by, now=now, batch=batch)
    return own


def merge(
    session: Session,
    candidate: Candidate,
    other: Candidate,
    *,
    by: User | None,
    now: datetime,
    batch: str = "",
) -> Cluster:
    """合并: put two candidates and all that is like them into one cluster.

    Raises Invalid for one of another publication or itself, Conflict when they are together.
    """
    if other.id == candidate.id or other.publication_id != candidate.publication_id:
        sentence = ("请选择要合并的另一条候选", "Choose the other candidate to merge with")
        raise Invalid(*sentence, fields={"other": sentence})
    _refresh(session, candidate, other)
    if candidate.cluster_id is not None and candidate.cluster_id == other.cluster_id:
        raise Conflict(
            "这两条已经在一起，请刷新页面", "These two are together already; reload the page"
        )
    pair = (candidate, other)
    ids = [one.cluster_id for one in pair if one.cluster_id is not None]
    kept = session.get(Cluster, ids[0]) if ids else None
    if kept is None:
        kept = Cluster(publication_id=candidate.publication_id)
        session.add(kept)
        session.flush()
    group = {one.id for one in grouping.list_members(session, ids)} | {id_of(one) for one in pair}
    emptied = [session.get_one(Cluster, one) for one in ids[1:]]
    change = _Change(session, [kept, *emptied], group)
    grouping.put(session, group, id_of(kept))
    for cluster in emptied:
        cluster.lead_id = None
    kept.lead_id = grouping.choose_lead(members(session, kept))
    change.record(audit.Verb.merge, by=by, now=now, batch=batch)
    return kept


def choose_lead(
    session: Session, candidate: Candidate, *, by: User | None, now: datetime, batch: str = ""
) -> Cluster:
    """设为主稿: let the candidate lead its cluster; raises Conflict when it stands alone."""
    cluster = _held_cluster(session, candidate)
    if cluster.lead_id == candidate.id and cluster.pinned_at is not None:
        raise Conflict("这条已经是主稿，请刷新页面", "This one leads already; reload the page")
    change = _Change(session, [cluster], [one.id for one in members(session, cluster)])
    cluster.lead_id = candidate.id
    change.record(audit.Verb.choose_lead, by=by, now=now, batch=batch)
    return cluster


def pin(
    session: Session, candidate: Candidate, *, by: User | None, now: datetime, batch: str = ""
) -> Cluster:
    """Confirm the candidate's cluster as it is; raises Conflict when it stands alone."""
    cluster = _held_cluster(session, candidate)
    change = _Change(session, [cluster], [one.id for one in members(session, cluster)])
    change.record(audit.Verb.pin, by=by, now=now, batch=batch)
    return cluster


def touched(events: Iterable[Event]) -> list[int]:
    """Return the ids of the candidates whose clusters these events changed."""
    ids: set[str] = set()
    for event in events:
        if event.verb in audit.CLUSTER_VERBS:
            ids.update(event.after["members"])
    return sorted(map(int, ids))


class _Change:
    """A decision in the making: remembers what was, then pins and records what is."""

    def __init__(
        self, session: Session, clusters: Sequence[Cluster], candidates: Collection[int]
    ) -> None:
        self.session, self.clusters, self.candidates = session, clusters, candidates
        self.before = self._state()

    def _state(self) -> dict[str, object]:
        ids = [id_of(cluster) for cluster in self.clusters]
        return grouping.state_of(self.session, ids, self.candidates)

    def record(self, verb: audit.Verb, *, by: User | None, now: datetime, batch: str) -> None:
        for cluster in self.clusters:
            cluster.pinned_at = now
            self.session.add(cluster)
        audit.record(
            self.session,
            by=by,
            verb=verb,
            subject=self.clusters[0],
            before=self.before,
            after=self._state(),
            batch=batch or audit.new_batch(),
            now=now,
        )


def _refresh(session: Session, *candidates: Candidate) -> None:
    """Hold the clusters, and see where the candidates are now."""
    session.flush()
    grouping.hold(session, candidates[0].publication_id)
    for candidate in candidates:
        session.refresh(candidate, attribute_names=["cluster_id"])


def _held_cluster(session: Session, candidate: Candidate) -> Cluster:
    _refresh(session, candidate)
    cluster = find_cluster(session, candidate)
    if cluster is None:
        raise _alone()
    session.refresh(cluster)
    return cluster


def _alone() -> Conflict:
    return Conflict(
        "没有与此条放在一起的候选，请刷新页面",
        "No other candidate is grouped with this one; reload the page",
    )
