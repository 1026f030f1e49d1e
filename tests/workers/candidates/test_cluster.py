"""Reprints find each other whatever the order, and keep off what a person has touched."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import col, select

from editor import clock
from editor.desk import clusters
from editor.store.models import Candidate, Cluster, ShingleBand
from editor.store.queue import Task
from editor.text.document import paragraph
from tests import cast
from tests.fakes import make_workshop
from tests.text.test_fingerprint import BODY, LEAD, ORIGINAL, OTHER
from workers.candidates.cluster import anybody_waiting, group, group_waiting
from workers.timetable import ring_due

REPRINT = "新华社云州7月9日电（记者 甘棠）" + "\n".join((LEAD, *BODY[:3]))
APART = "\n".join(OTHER)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def july():
    clock.follow(lambda: cast.NOW - clock.real())
    yield
    clock.follow(clock._no_offset)


def blocks(text: str):
    return tuple(paragraph(line) for line in text.splitlines())


def stored(database, *texts: str, **changes) -> list[int]:
    """Store candidates with these texts, each published an hour after the one before."""
    with database.writing() as session:
        rows = [
            cast.make_candidate(
                session,
                blocks=blocks(text),
                characters=len(text),
                **({"published_at": cast.NOW + number * HOUR} | changes),
            )
            for number, text in enumerate(texts)
        ]
        session.commit()
        return [row.id for row in rows]


def grouped(database, *texts: str, **changes) -> list[int]:
    ids = stored(database, *texts, **changes)
    for id in ids:
        group(database, id)
    return ids


def cluster_of(database, id: int) -> int | None:
    with database.reading() as session:
        return session.get_one(Candidate, id).cluster_id


def lead_of(database, id: int) -> int | None:
    with database.reading() as session:
        found = clusters.find_cluster(session, session.get_one(Candidate, id))
        return found.lead_id if found else None


def rewrite(database, id: int, text: str) -> None:
    with database.writing() as session:
        row = session.get_one(Candidate, id)
        row.blocks, row.fingerprint, row.updated_text_at = blocks(text), "", clock.now()
        session.add(row)
        session.commit()
    group(database, id)


def picture(database) -> list[tuple]:
    with database.reading() as session:
        rows = session.exec(select(Candidate).order_by(col(Candidate.id))).all()
        heads = session.exec(select(Cluster).order_by(col(Cluster.id))).all()
        bands = session.exec(select(ShingleBand.key).order_by(col(ShingleBand.key))).all()
        return [
            *((row.id, row.cluster_id, row.fingerprint) for row in rows),
            *((head.id, head.lead_id, head.pinned_at) for head in heads),
            tuple(bands),
        ]


def test_a_reprint_joins_its_original_and_others_stand_alone(database):
    original, other, reprint = grouped(database, ORIGINAL, APART, REPRINT)
    assert cluster_of(database, original) == cluster_of(database, reprint) is not None
    assert cluster_of(database, other) is None
    assert lead_of(database, reprint) == original


def test_grouping_twice_changes_nothing(database):
    ids = grouped(database, ORIGINAL, APART, REPRINT)
    before = picture(database)
    for id in ids:
        group(database, id)
    assert picture(database) == before


def test_a_text_between_two_clusters_merges_them(database):
    # the head and the whole share too little to be joined without the one between them
    long = "\n".join((ORIGINAL, *(f"{line}{line}" for line in OTHER)))
    head, whole = grouped(database, LEAD + BODY[0], long)
    assert cluster_of(database, head) is None and cluster_of(database, whole) is None
    head_too, whole_too = grouped(database, LEAD + BODY[0], long)
    assert cluster_of(database, head) != cluster_of(database, whole)
    (between,) = grouped(database, "\n".join((LEAD, *BODY[:3])))
    all_of_them = (head, whole, head_too, whole_too, between)
    assert len({cluster_of(database, id) for id in all_of_them}) == 1


def test_the_original_source_leads_although_its_copy_is_older(database):
    with database.writing() as session:
        source = cast.make_source(session)
        session.commit()
    (copy,) = grouped(database, REPRINT, source_name="云州日报", published_at=cast.NOW - HOUR)
    (original,) = grouped(database, ORIGINAL, source_name="云州日报", source_id=source.id)
    assert lead_of(database, copy) == original


def test_a_pinned_cluster_is_left_as_it_is(database):
    original, reprint = grouped(database, ORIGINAL, REPRINT)
    with database.writing() as session:
        row = session.get_one(Candidate, reprint)
        clusters.choose_lead(session, row, by=None, now=cast.NOW)
        session.commit()
    before = picture(database)[:3]
    (late,) = grouped(database, ORIGINAL)
    assert cluster_of(database, late) is None
    assert picture(database)[0:2] == before[0:2]
    rewrite(database, reprint, APART)
    assert cluster_of(database, original) == cluster_of(database, reprint)


def test_one_that_was_split_off_does_not_come_back(database):
    original, reprint = grouped(database, ORIGINAL, REPRINT)
    with database.writing() as session:
        clusters.split(session, session.get_one(Candidate, reprint), by=None, now=cast.NOW)
        session.commit()
    rewrite(database, reprint, ORIGINAL)
    assert cluster_of(database, original) != cluster_of(database, reprint)


def test_a_changed_text_is_looked_up_anew(database):
    original, reprint, apart = grouped(database, ORIGINAL, REPRINT, APART)
    rewrite(database, reprint, APART)
    assert cluster_of(database, original) is None
    assert cluster_of(database, reprint) == cluster_of(database, apart) is not None
    rewrite(database, reprint, ORIGINAL)
    assert cluster_of(database, apart) is None
    assert cluster_of(database, original) == cluster_of(database, reprint) is not None


def test_a_slightly_changed_text_stays_where_it_is(database):
    original, reprint = grouped(database, ORIGINAL, REPRINT)
    before = cluster_of(database, original)
    rewrite(database, reprint, REPRINT + "\n" + BODY[3])
    assert cluster_of(database, original) == cluster_of(database, reprint) == before


def test_another_publication_has_clusters_of_its_own(database):
    with database.writing() as session:
        cast.make_publication(session)
        second = cast.make_publication(session, slug="linlan", name="临澜摘编")
        session.commit()
    grouped(database, ORIGINAL)
    with database.writing() as session:
        row = cast.make_candidate(session, second, blocks=blocks(REPRINT))
        session.commit()
    group(database, row.id)
    assert cluster_of(database, row.id) is None


def test_a_text_too_short_is_done_and_stands_alone(database):
    ids = grouped(database, "详见附件。", "详见附件。")
    assert [cluster_of(database, id) for id in ids] == [None, None]
    with database.reading() as session:
        assert not anybody_waiting(session)


def test_what_was_left_behind_is_rung_for_and_grouped(database, tmp_path):
    shop = make_workshop(database, tmp_path, {})
    original, reprint = stored(database, ORIGINAL, REPRINT)
    ring_due(shop)
    assert shop.ring.rung == [(Task.group_left_behind,)]
    assert group_waiting(shop) == 2
    assert cluster_of(database, original) == cluster_of(database, reprint) is not None
    shop.ring.rung.clear()
    ring_due(shop)
    assert shop.ring.rung == []


def test_two_processes_with_a_pair_between_them_make_one_cluster(database):
    for _ in range(3):
        with database.writing() as session:
            for table in (ShingleBand, Candidate, Cluster):
                for row in session.exec(select(table)).all():
                    session.delete(row)
            session.commit()
        ids = stored(database, *[ORIGINAL, REPRINT] * 3)
        start = threading.Barrier(len(ids))

        def work(id: int, start=start) -> None:
            start.wait()
            group(database, id)

        hands = [threading.Thread(target=work, args=(id,)) for id in ids]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        assert len({cluster_of(database, id) for id in ids} - {None}) == 1
        assert lead_of(database, ids[0]) == ids[0]
