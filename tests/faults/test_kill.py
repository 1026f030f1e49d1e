"""kill -9 in the middle of the work: nothing lost, nothing twice, the work completes."""

import json
from collections import Counter

import pytest

from tests.faults.running_desk import RunningDesk, wait_until
from tests.faults.small_web import ARTICLES, start_site

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.fixture
def web():
    server, hits = start_site()
    yield server, hits
    server.shutdown()


@pytest.fixture
def desk(tmp_path, web):
    server, _ = web
    address = f"127.0.0.1:{server.server_address[1]}"
    desk = RunningDesk(tmp_path / "data", address.replace(":", "@"))
    desk.run("init", "--profile", "config/publications/digest.toml")
    desk.run("clock", "--set", "2026-06-20T10:00:00+08:00")
    desk.run("issue", "open", "--year", "2026", "--month", "6", "--total", "60")
    desk.run("source", "add", f"http://{address}/feed.xml", "--name", "临澜晚报")
    desk.serve()
    yield desk
    desk.stop()


def candidates(desk):
    lines = desk.run("candidates", "export", "--issue", "60").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("victim", ["crawl@", "extract@", "valkey-server"])
def test_a_crawl_survives_the_death_of(desk, web, victim):
    _, hits = web
    crawl = desk.start("crawl", "--issue", "60")
    wait_until(lambda: sum(hits.values()) > 5, 60, "the crawl is in the middle")
    desk.kill(victim)
    assert crawl.wait(300) == 0
    titles = Counter(row["title"] for row in candidates(desk))
    assert len(titles) == ARTICLES
    assert set(titles.values()) == {1}


def test_an_export_survives_the_death_of_its_worker(desk, tmp_path):
    desk.run("crawl", "--issue", "60")
    ids = [str(row["id"]) for row in candidates(desk)]
    desk.run("take", *ids, "--section", "国内动态", "--issue", "60")
    target = tmp_path / "issue.docx"
    export = desk.start("export", "--issue", "60", "--format", "docx", str(target))
    wait_until(lambda: bool(desk.processes("soffice")), 60, "LibreOffice is laying out")
    desk.kill("export@")
    assert export.wait(300) == 0
    assert target.read_bytes().startswith(b"PK")


def test_nothing_is_left_when_the_supervisor_is_killed(desk):
    assert desk.supervisor is not None
    desk.supervisor.kill()
    desk.supervisor.wait()
    wait_until(lambda: desk.processes("") == [], 15, "every process has gone")
