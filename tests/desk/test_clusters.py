"""People take clusters apart and put them together; each step is an event that undo takes back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from editor.desk import audit, clusters
from editor.desk.grouping import Member, choose_lead
from editor.errors import Conflict, Invalid
from editor.store.models import Cluster, Event
from tests.cast import NOW, editor_ben, make_candidate, make_issue, make_publication

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ben(session):
    make_issue(session)
    return editor_ben(session)


def make_cluster(session, size: int):
    cluster = Cluster(publication_id=1)
    rows = [make_candidate(session) for _ in range(size)]
    cluster.publication_id = rows[0].publication_id
    session.add(cluster)
    session.flush()
    for row in rows:
        row.cluster_id = cluster.id
    cluster.lead_id = rows[0].id
    session.flush()
    return cluster, rows


def verbs(session) -> list[str]:
    return list(
        session.exec(select(Event.verb).where(Event.subject == "cluster").order_by(col(Event.id)))
    )


def test_what_is_split_off_stands_alone_and_the_rest_stays_together(session, ben):
    cluster, (first, second, third) = make_cluster(session, 3)
    own = clusters.split(session, first, by=ben, now=NOW)
    assert first.cluster_id == own.id != cluster.id
    assert second.cluster_id == third.cluster_id == cluster.id
    assert own.lead_id == first.id
    assert cluster.lead_id in (second.id, third.id)
    assert cluster.pinned_at == own.pinned_at == NOW
    assert verbs(session) == ["split_off"]


def test_a_split_is_undone_as_one(session, ben):
    cluster, rows = make_cluster(session, 3)
    clusters.split(session, rows[1], by=ben, now=NOW, batch="one")
    assert audit.undo(session, "one", by=ben, now=LATER) == audit.Undone(1, ())
    assert {row.cluster_id for row in rows} == {cluster.id}
    assert (cluster.lead_id, cluster.pinned_at) == (rows[0].id, None)
    assert audit.broken_links(session) == []


def test_a_split_that_somebody_worked_on_since_is_not_undone(session, ben):
    cluster, rows = make_cluster(session, 3)
    clusters.split(session, rows[1], by=ben, now=NOW, batch="one")
    clusters.choose_lead(session, rows[2], by=None, now=LATER)
    assert audit.undo(session, "one", by=ben, now=LATER) == audit.Undone(0, (rows[2].title,))
    assert rows[1].cluster_id != cluster.id


def test_merging_brings_everything_together_and_is_undone(session, ben):
    one, (first, second) = make_cluster(session, 2)
    two, (third, fourth) = make_cluster(session, 2)
    clusters.merge(session, first, third, by=ben, now=NOW, batch="one")
    assert {row.cluster_id for row in (first, second, third, fourth)} == {one.id}
    assert (two.lead_id, two.pinned_at) == (None, NOW)
    audit.undo(session, "one", by=ben, now=LATER)
    assert [row.cluster_id for row in (first, second, third, fourth)] == [
        one.id,
        one.id,
        two.id,
        two.id,
    ]
    assert (two.lead_id, two.pinned_at) == (third.id, None)


def test_two_that_stand_alone_are_merged_into_a_new_cluster(session, ben):
    first, second = make_candidate(session), make_candidate(session)
    made = clusters.merge(session, first, second, by=ben, now=NOW, batch="one")
    assert first.cluster_id == second.cluster_id == made.id
    # the second was published an hour earlier
    assert made.lead_id == second.id
    audit.undo(session, "one", by=ben, now=LATER)
    assert first.cluster_id is None and second.cluster_id is None


def test_a_person_chooses_the_lead_and_may_take_it_back(session, ben):
    cluster, (first, second) = make_cluster(session, 2)
    clusters.choose_lead(session, second, by=ben, now=NOW, batch="one")
    assert (cluster.lead_id, cluster.pinned_at) == (second.id, NOW)
    with pytest.raises(Conflict):
        clusters.choose_lead(session, second, by=ben, now=NOW)
    audit.undo(session, "one", by=ben, now=LATER)
    assert (cluster.lead_id, cluster.pinned_at) == (first.id, None)


def test_a_cluster_is_pinned_as_it_is(session, ben):
    cluster, (first, _) = make_cluster(session, 2)
    clusters.pin(session, first, by=ben, now=NOW)
    assert (cluster.lead_id, cluster.pinned_at) == (first.id, NOW)
    assert verbs(session) == ["pin"]


def test_what_makes_no_sense_is_refused_with_a_sentence(session, ben):
    alone = make_candidate(session)
    with pytest.raises(Conflict, match="没有与此条"):
        clusters.split(session, alone, by=ben, now=NOW)
    with pytest.raises(Invalid):
        clusters.merge(session, alone, alone, by=ben, now=NOW)
    elsewhere = make_candidate(session, make_publication(session, slug="linlan", name="临澜摘编"))
    with pytest.raises(Invalid):
        clusters.merge(session, alone, elsewhere, by=ben, now=NOW)
    _, (first, second) = make_cluster(session, 2)
    with pytest.raises(Conflict, match="已经在一起"):
        clusters.merge(session, first, second, by=ben, now=NOW)
    assert verbs(session) == []


DAY = datetime(2026, 7, 8, 16, tzinfo=UTC)
NINE = DAY + timedelta(hours=9)


def member(id: int, at_home: bool = False, published=NINE, precision="second", characters=500):
    return Member(id, 1, at_home, published, precision, characters)


@pytest.mark.parametrize("members, lead", [
    ([], None),
    ([member(1, published=NINE + timedelta(hours=1)), member(2)], 2),
    ([member(1), member(2, at_home=True, published=NINE + timedelta(days=1))], 2),
    ([member(1, characters=400), member(2, characters=900)], 2),
    ([member(1, published=None), member(2)], 2),
    ([member(1, published=DAY, precision="day"), member(2)], 2),
    ([member(1), member(2)], 1),
])  # fmt: skip
def test_the_original_source_leads_then_the_earliest_then_the_longest(members, lead):
    assert choose_lead(members) == lead
