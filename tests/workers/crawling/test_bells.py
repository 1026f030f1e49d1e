"""Who rings for whom between crawl and extraction, and what a shared message does."""

from datetime import timedelta

import pytest
from sqlmodel import select

from editor import clock
from editor.desk import sources
from editor.store import gate
from editor.store.models import Candidate, Entry, HostGate
from editor.store.queue import Task
from editor.workflow import EntryState
from tests import cast
from tests.fakes import make_workshop
from workers.candidates import extraction
from workers.candidates.extraction import extract
from workers.crawling.bells import TOGETHER, Captured, ring_for_extraction, ring_for_hosts
from workers.crawling.crawl import crawl

HOST = "daily.yunzhou.example"


@pytest.fixture
def shop(database, tmp_path):
    return make_workshop(database, tmp_path, {})


def page(number: int) -> str:
    told = "".join(f"<p>第{number}号航线说明之{n}：货船直达临澜市东港码头。</p>" for n in range(9))
    return (
        f"<html><body><h1>第{number}号航线开通</h1><div class=TRS_Editor>{told}</div></body></html>"
    )


def captured(shop, count: int) -> list[int]:
    """Capture so many pages without extracting them; returns their entries."""
    addresses = [f"http://{HOST}/{number}.html" for number in range(1, count + 1)]
    shop.web.answers |= {url: page(n) for n, url in enumerate(addresses, 1)}
    with shop.database.writing() as session:
        home = cast.find_or_make_publication(session)
        pasted = sources.paste_links(session, home, addresses, issue=None, by=None, now=cast.NOW)
        session.commit()
        ids = [entry.id for entry in pasted]
    crawl(shop, HOST)
    return ids


def all_of(shop, kind: type) -> list:
    with shop.database.reading() as session:
        return list(session.exec(select(kind).order_by(kind.id)))


def test_pages_of_a_host_without_pauses_share_messages(shop):
    ids = captured(shop, TOGETHER + 1)
    rung = [ids for task, *ids in shop.ring.rung if task == Task.extract_entries]
    assert rung == [ids[:TOGETHER], ids[TOGETHER:]]


def test_nobody_waits_for_company_through_a_pause(shop):
    waiting = Captured(shop.ring)
    waiting.add(7)
    waiting.ring_before(0.0)
    assert shop.ring.rung == []
    waiting.ring_before(1.0)
    assert shop.ring.rung == [(Task.extract_entries, 7)]


def test_many_texts_of_a_feed_go_some_at_a_time(shop):
    ring_for_extraction(shop.ring, range(1, 11))
    assert shop.ring.rung == [
        (Task.extract_entries, 1, 2, 3, 4, 5, 6, 7, 8),
        (Task.extract_entries, 9, 10),
    ]


def test_a_message_of_several_pages_makes_a_candidate_of_each(shop):
    ids = captured(shop, 3)
    extract(shop, *ids)
    assert [entry.state for entry in all_of(shop, Entry)] == [EntryState.done] * 3
    assert {candidate.title for candidate in all_of(shop, Candidate)} == {
        "第1号航线开通",
        "第2号航线开通",
        "第3号航线开通",
    }
    assert all(candidate.fingerprint for candidate in all_of(shop, Candidate))


def test_a_page_that_says_nothing_does_not_keep_the_others(shop):
    shop.web.answers[f"http://{HOST}/2.html"] = "<html><body></body></html>"
    addresses = [f"http://{HOST}/{n}.html" for n in (1, 2, 3)]
    shop.web.answers |= {addresses[0]: page(1), addresses[2]: page(3)}
    with shop.database.writing() as session:
        home = cast.find_or_make_publication(session)
        sources.paste_links(session, home, addresses, issue=None, by=None, now=cast.NOW)
        session.commit()
    crawl(shop, HOST)
    extract(shop, *(entry.id for entry in all_of(shop, Entry)))
    states = [entry.state for entry in all_of(shop, Entry)]
    assert states == [EntryState.done, EntryState.failed, EntryState.done]


def test_a_message_that_comes_twice_stores_once(shop):
    ids = captured(shop, 3)
    extract(shop, *ids)
    extract(shop, *reversed(ids))
    assert len(all_of(shop, Candidate)) == 3


def test_the_rest_of_a_slow_message_is_given_back_and_rung_for_singly(shop, monkeypatch):
    ids = captured(shop, 3)
    shop.ring.rung.clear()
    monkeypatch.setattr(extraction, "PATIENCE", -1.0)
    extract(shop, *ids)
    entries = all_of(shop, Entry)
    assert [entry.state for entry in entries] == [EntryState.done, *[EntryState.captured] * 2]
    assert [(entry.attempts, entry.lease_until) for entry in entries[1:]] == [(0, None)] * 2
    assert shop.ring.rung == [(Task.extract_entries, ids[1]), (Task.extract_entries, ids[2])]


def test_a_held_host_is_not_rung_for_because_its_holder_looks_again(shop):
    now = clock.real()
    with shop.database.writing() as session:
        gate.claim(session, HOST, now=now, until=now + timedelta(minutes=1))
        session.commit()
    ring_for_hosts(shop, {HOST, "evening.linlan.example"})
    assert shop.ring.rung == [(Task.crawl_host, "evening.linlan.example")]


def test_a_hold_that_ran_out_does_not_keep_the_bell_from_ringing(shop):
    now = clock.real()
    with shop.database.writing() as session:
        session.add(HostGate(host=HOST, next_at=now, lease_until=now - timedelta(seconds=1)))
        session.commit()
    ring_for_hosts(shop, {HOST})
    assert shop.ring.rung == [(Task.crawl_host, HOST)]
