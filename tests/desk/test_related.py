"""Reports of one document are shown together; they share no cluster."""

from datetime import timedelta

import pytest
from sqlmodel import select

from editor import clock
from editor.desk import candidates, clusters
from editor.desk.issues import list_issues, sections_of
from editor.store.models import Candidate, Cluster, DocumentMention
from editor.text.document import paragraph
from tests import cast
from tests.text.test_documents import PORTS
from tests.text.test_fingerprint import OTHER
from workers.candidates.cluster import group

SECOND = "记者从临澜市获悉，云州市印发《港口振兴三年行动计划（2026—2028年）》，" + OTHER[0]
TITLES = ("云州印发《港口振兴三年行动计划》", "云州港口振兴有了三年行动计划")


@pytest.fixture(autouse=True)
def july():
    clock.follow(lambda: cast.NOW - clock.real())
    yield
    clock.follow(clock._no_offset)


def stored(database, title: str, text: str, **changes) -> int:
    with database.writing() as session:
        lines = tuple(map(paragraph, text.splitlines()))
        row = cast.make_candidate(session, title=title, blocks=lines, **changes)
        session.commit()
    group(database, row.id)
    return row.id


def related(database, id: int) -> list[int]:
    with database.reading() as session:
        home = cast.find_or_make_publication(session)
        issue = next(iter(list_issues(session, home)), None)
        row = candidates.queue_row(session, session.get_one(Candidate, id), issue)
        return [other.id for other in row.related]


def test_two_reports_are_related_and_share_no_cluster(database):
    first, second = stored(database, TITLES[0], PORTS), stored(database, TITLES[1], SECOND)
    assert related(database, first) == [second] and related(database, second) == [first]
    with database.reading() as session:
        assert session.exec(select(Cluster)).all() == []


def test_what_was_taken_comes_first(database):
    first = stored(database, TITLES[0], PORTS)
    stored(database, TITLES[1], SECOND)
    taken = stored(database, TITLES[1] + "出台", SECOND + OTHER[1])
    with database.writing() as session:
        section = sections_of(session, cast.make_issue(session))[0]
        row = session.get_one(Candidate, taken)
        candidates.take(session, row, section=section, by=None, now=cast.NOW)
        session.commit()
    assert related(database, first)[0] == taken


def test_reprints_are_alike_and_not_related_and_count_once_for_others(database):
    text = PORTS + "\n" + "\n".join(OTHER)
    first, copy = stored(database, TITLES[0], text), stored(database, TITLES[0], text)
    other = stored(database, TITLES[1], SECOND)
    assert related(database, first) == [other] and related(database, copy) == [other]
    # published earlier, it leads its cluster
    assert related(database, other) == [copy]


def test_an_earlier_window_is_another_matter(database):
    first = stored(database, TITLES[0], PORTS)
    stored(database, TITLES[1], SECOND, published_at=cast.NOW - timedelta(days=60))
    with database.writing() as session:
        cast.make_issue(session)
        session.commit()
    assert related(database, first) == []


def test_a_changed_text_forgets_its_documents(database):
    first, second = stored(database, TITLES[0], PORTS), stored(database, TITLES[1], SECOND)
    with database.writing() as session:
        row = session.get_one(Candidate, second)
        row.title, row.blocks = "菜场换上统一招牌", (paragraph(OTHER[0]),)
        row.fingerprint, row.updated_text_at = "", clock.now()
        session.add(row)
        session.commit()
    group(database, second)
    assert related(database, first) == []
    with database.reading() as session:
        assert [row.candidate_id for row in session.exec(select(DocumentMention))] == [first]


def test_merged_by_hand_and_split_again(database):
    first, second = stored(database, TITLES[0], PORTS), stored(database, TITLES[1], SECOND)
    with database.writing() as session:
        one, other = (session.get_one(Candidate, id) for id in (first, second))
        clusters.merge(session, one, other, by=None, now=cast.NOW)
        session.commit()
    assert related(database, first) == []
    with database.writing() as session:
        clusters.split(session, session.get_one(Candidate, second), by=None, now=cast.NOW)
        session.commit()
    assert related(database, first) == [second]
