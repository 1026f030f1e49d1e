"""The timetable: what it rings for, and what it gives up."""

from datetime import timedelta

import pytest
from sqlmodel import select

from editor import clock
from editor.desk import sources
from editor.store import search
from editor.store.models import CrawlRun, Entry, Export
from editor.store.queue import Task
from editor.workflow import EntryState, ExportState
from tests import cast
from tests.fakes import make_workshop
from workers.candidates.indexing import index_waiting
from workers.timetable import ring_due

MINUTE = timedelta(minutes=1)
URL = "http://daily.yunzhou.example/1.html"


@pytest.fixture(autouse=True)
def july():
    clock.follow(lambda: cast.NOW - clock.real())
    yield
    clock.follow(clock._no_offset)


@pytest.fixture
def shop(database, tmp_path):
    return make_workshop(database, tmp_path, {})


def rung(shop) -> list[tuple]:
    shop.ring.rung.clear()
    ring_due(shop)
    return shop.ring.rung


def test_it_rings_once_for_each_host_with_something_due(shop):
    with shop.database.writing() as session:
        publication = cast.make_publication(session)
        urls = [URL, URL.replace("1", "2"), "http://paper.yunzhou.example/"]
        sources.paste_links(session, publication, urls, issue=None, by=None, now=cast.NOW)
        session.commit()
    assert rung(shop) == [
        (Task.crawl_host, "daily.yunzhou.example"),
        (Task.crawl_host, "paper.yunzhou.example"),
    ]


def test_it_rings_again_for_pages_whose_extraction_got_lost(shop):
    with shop.database.writing() as session:
        publication = cast.make_publication(session)
        entry = sources.paste_links(session, publication, [URL], issue=None, by=None, now=cast.NOW)[
            0
        ]
        entry.state, entry.due_at = EntryState.captured, clock.real() - 2 * MINUTE
        session.commit()
        entry_id = entry.id
    assert rung(shop) == [(Task.extract_entries, entry_id)]
    with shop.database.writing() as session:
        session.get_one(Entry, entry_id).lease_until = clock.real() + MINUTE
        session.commit()
    assert rung(shop) == []


@pytest.mark.parametrize("state, attempts, minutes_ago, again", [
    (ExportState.queued, 0, 0, False), (ExportState.queued, 0, 2, True),
    (ExportState.running, 1, 2, True), (ExportState.running, 1, -2, False),
    (ExportState.running, 3, 2, False), (ExportState.done, 1, 2, False),
])  # fmt: skip
def test_it_rings_again_for_exports_left_behind(shop, state, attempts, minutes_ago, again):
    moment = clock.real() - minutes_ago * MINUTE
    with shop.database.writing() as session:
        export = Export(
            issue_id=cast.make_issue(session).id,
            format="pdf",
            state=state,
            attempts=attempts,
            queued_at=moment,
            lease_until=moment if state == ExportState.running else None,
        )
        session.add(export)
        session.commit()
        export_id = export.id
    assert ((Task.render_export, export_id) in rung(shop)) is again
    with shop.database.reading() as session:
        row = session.get_one(Export, export_id)
    assert (row.state == ExportState.failed) is (attempts == 3)
    assert ("请重新导出" in row.error) is (attempts == 3)


def test_a_round_is_finished_when_all_its_entries_are_settled(shop):
    with shop.database.writing() as session:
        publication = cast.make_publication(session)
        entry = sources.paste_links(session, publication, [URL], issue=None, by=None, now=cast.NOW)[
            0
        ]
        session.commit()
        entry_id = entry.id
    ring_due(shop)
    assert finished(shop) is None
    with shop.database.writing() as session:
        session.get_one(Entry, entry_id).state = EntryState.failed
        session.commit()
    ring_due(shop)
    assert finished(shop) is not None


def finished(shop):
    with shop.database.reading() as session:
        return session.exec(select(CrawlRun)).one().finished_at


def test_candidates_of_before_the_search_index_are_indexed(shop):
    with shop.database.writing() as session:
        cast.make_candidate(session, title="青屿区海堤加固")
        session.execute(search.DOCUMENT.delete())
        session.commit()
    assert (Task.index_left_behind,) in rung(shop)
    assert index_waiting(shop) == 1
    assert (Task.index_left_behind,) not in rung(shop)
