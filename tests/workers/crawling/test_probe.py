"""A look at an address that somebody waits for: through the host's gate, told step by step."""

import dataclasses
import ipaddress
from typing import Any

import pytest
from sqlmodel import select

from config.settings import Allowance
from editor import clock
from editor.desk import probes, sources
from editor.errors import FetchError, Reason
from editor.store import gate
from editor.store.models import Entry, HostGate, SourceProbe
from editor.store.queue import Task
from editor.workflow import ProbeState, SourceKind
from tests import cast
from tests.fakes import make_workshop, serving
from workers.crawling.crawl import crawl
from workers.crawling.fetch import Redirected, Web

LOOPBACK = (Allowance(ipaddress.ip_network("127.0.0.0/8"), None),)
HOST = "www.qingyu.example"
LIST = f"http://{HOST}/news/"
ROWS = "".join(
    f'<li><a href="/2026/{n}001.html">青屿区第{n}号公告</a><i>2026-07-0{n}</i></li>'
    for n in range(1, 5)
)
PAGE = f'<html><title>青屿要闻</title><body><ul class="news">{ROWS}</ul></body></html>'


@pytest.fixture(autouse=True)
def july():
    """It is `cast.NOW` at the desk, and stays so."""
    clock.follow(lambda: cast.NOW - clock.real())
    yield
    clock.follow(clock._no_offset)


def start(database, url: str = LIST, **changes: Any) -> int:
    with database.writing() as session:
        publication = cast.find_or_make_publication(session)
        draft = probes.ProbeDraft(url=url, **changes)
        probe = probes.start_probe(session, publication, draft, now=clock.real())
        session.commit()
        return probe.id


def read(database, probe_id: int) -> SourceProbe:
    with database.reading() as session:
        return session.get_one(SourceProbe, probe_id)


def looked(database, tmp_path, answers: dict[str, Any], **changes: Any) -> SourceProbe:
    probe_id = start(database, **changes)
    crawl(make_workshop(database, tmp_path, answers), HOST)
    return read(database, probe_id)


def test_an_address_alone_gives_kind_selectors_and_rows(database, tmp_path):
    probe = looked(database, tmp_path, {LIST: PAGE})
    assert (probe.state, probe.reason) == (ProbeState.done, "")
    assert probe.result["title"] == "青屿要闻"
    choice = probe.result["choices"][0]
    assert (choice["kind"], choice["entries"], choice["undated"]) == ("list", 4, 0)
    assert choice["selectors"] == {"item": "ul.news > li", "link": "a", "date": "i"}
    assert choice["rows"][0] == {
        "title": "青屿区第1号公告",
        "url": f"http://{HOST}/2026/1001.html",
        "published_at": "2026-07-01T00:00:00+08:00",
        "precision": "day",
    }
    with database.reading() as session:
        assert session.exec(select(Entry)).all() == []


def test_selectors_that_find_nothing_fail_in_words_beside_those_that_would(database, tmp_path):
    wrong = {"kind": SourceKind.list, "selectors": {"item": "ol.nothing"}}
    probe = looked(database, tmp_path, {LIST: PAGE}, **wrong)
    assert (probe.state, probe.reason) == (ProbeState.failed, "empty")
    assert "ol.nothing" in probe.detail
    assert probe.result["choices"][0]["selectors"]["item"] == "ul.news > li"


def test_what_a_person_has_set_is_tried_first(database, tmp_path):
    own = {"kind": SourceKind.list, "selectors": {"item": "li"}}
    choices = looked(database, tmp_path, {LIST: PAGE}, **own).result["choices"]
    assert [each["selectors"]["item"] for each in choices] == ["li", "ul.news > li"]


@pytest.mark.parametrize("answers, reason", [
    ({}, Reason.http_404),
    ({LIST: FetchError(LIST, Reason.timeout)}, Reason.timeout),
    ({LIST: FetchError(LIST, Reason.tls)}, Reason.tls),
    ({LIST: "<p>没有列表</p>"}, Reason.empty),
    ({LIST: PAGE, f"http://{HOST}/robots.txt": "User-agent: *\nDisallow: /"}, Reason.robots),
])  # fmt: skip
def test_what_cannot_be_read_ends_with_its_reason(database, tmp_path, answers, reason):
    probe = looked(database, tmp_path, answers)
    assert (probe.state, probe.reason) == (ProbeState.failed, reason)


def test_an_address_that_moved_goes_on_at_the_other_host(database, tmp_path):
    there = "http://new.qingyu.example/news/"
    probe_id = start(database)
    shop = make_workshop(database, tmp_path, {LIST: Redirected(there), there: PAGE})
    crawl(shop, HOST)
    assert (Task.crawl_host, "new.qingyu.example") in shop.ring.rung
    crawl(shop, "new.qingyu.example")
    probe = read(database, probe_id)
    assert (probe.state, probe.result["final_url"]) == (ProbeState.done, there)


def test_two_addresses_that_redirect_to_each_other_end(database, tmp_path):
    there = "http://new.qingyu.example/news/"
    probe_id = start(database)
    shop = make_workshop(database, tmp_path, {LIST: Redirected(there), there: Redirected(LIST)})
    for _ in range(4):
        crawl(shop, HOST)
        crawl(shop, "new.qingyu.example")
    assert read(database, probe_id).reason == Reason.redirects


def test_a_look_waits_while_another_worker_holds_the_host(database, tmp_path):
    probe_id = start(database)
    shop = make_workshop(database, tmp_path, {LIST: PAGE})
    with database.writing() as session:
        until = clock.real().replace(year=2099)
        gate.claim(session, HOST, now=clock.real(), until=until)
        session.commit()
    assert crawl(shop, HOST) == 0 and shop.web.asked == []
    assert read(database, probe_id).state == ProbeState.queued


def test_a_look_that_was_left_by_a_dead_worker_is_taken_up_at_most_three_times(database, tmp_path):
    probe_id = start(database)
    with database.writing() as session:
        probe = session.get_one(SourceProbe, probe_id)
        probe.state, probe.attempts = ProbeState.fetching, 3
        session.commit()
        assert sources.hosts_due(session, clock.now()) == [HOST]
    shop = make_workshop(database, tmp_path, {LIST: PAGE})
    crawl(shop, HOST)
    assert read(database, probe_id).state == ProbeState.failed and shop.web.asked == []


def test_old_looks_are_forgotten_when_a_new_one_starts(database):
    first = start(database)
    with database.writing() as session:
        session.get_one(SourceProbe, first).created_at = clock.real() - probes.KEPT * 2
        session.commit()
    second = start(database)
    with database.reading() as session:
        assert session.exec(select(SourceProbe.id)).all() == [second]


def test_a_real_server_is_asked_for_robots_and_the_page_with_the_gap_between(database, tmp_path):
    with serving({"/news/": (200, {"content-type": "text/html"}, PAGE.encode())}) as site:
        probe_id = start(database, site.url("/news/"))
        host = f"{site.address!s}:{site.port}"
        shop = make_workshop(database, tmp_path, {}, allow_internal=LOOPBACK, host_gap=0.2)
        shop = dataclasses.replace(shop, web=Web(shop.settings))
        started = clock.real()
        crawl(shop, host)
        assert (clock.real() - started).total_seconds() >= 0.2
        assert site.paths() == ["/robots.txt", "/news/"]
    assert read(database, probe_id).result["choices"][0]["entries"] == 4
    with database.reading() as session:
        assert session.get_one(HostGate, host).lease_until is None


def test_the_guard_holds_for_looks_too(database, tmp_path):
    probe_id = start(database, "http://127.0.0.1:9/news/")
    shop = make_workshop(database, tmp_path, {})
    shop = dataclasses.replace(shop, web=Web(shop.settings))
    crawl(shop, "127.0.0.1:9")
    assert read(database, probe_id).reason == Reason.blocked_private
