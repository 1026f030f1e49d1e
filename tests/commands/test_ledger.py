"""`zhaibian ledger`: the window in a sentence, a line a source, and as JSON."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from editor.store.clock_offset import set_clock
from editor.store.models import Entry, Hole, Source
from editor.workflow import EntryState, HoleCause
from tests.cast import NOW, make_source

HOUR = timedelta(hours=1)


@pytest.fixture
def hole(here):
    with here.database.writing() as session:
        source = make_source(session, last_ok_at=NOW)
        session.add(Hole(
            source_id=source.id, cause=HoleCause.rolled_over,
            after_at=NOW - 40 * HOUR, before_at=NOW - 30 * HOUR,
        ))  # fmt: skip
        session.commit()
        return source.id


def test_a_gap_is_told_with_its_time_its_cause_and_what_to_do(here, hole):
    lines = here.run("ledger").output.splitlines()
    assert lines[0].startswith("有缺漏：空档 1 个")
    assert lines[1].startswith("有空档\t云州日报")
    assert lines[2].startswith("\t07-08 17:30 — 07-09 03:30\t订阅源滚动\t待处理")
    assert "请为来源填写列表页" in lines[2]


def test_as_json_each_source_is_an_object_with_its_gaps_in_the_zone(here, hole):
    (line,) = map(json.loads, here.run("ledger", "--issue", 61, "--jsonl").output.splitlines())
    assert (line["name"], line["state"], line["lost"]) == ("云州日报", "gaps", 0)
    assert line["holes"][0]["after"] == "2026-07-08T17:30:00+08:00"
    file = here.folder / "ledger.jsonl"
    here.run("ledger", "--jsonl", file)
    assert json.loads(file.read_text(encoding="utf-8")) == line


def test_complete_is_said_only_when_all_was_read_and_what_was_not_had_is_counted(here):
    with here.database.writing() as session:
        source = make_source(session, last_ok_at=NOW, next_run_at=NOW + HOUR)
        session.add(Entry(
            publication_id=source.publication_id, source_id=source.id, url="u", url_hash="u",
            fetch_url="u", host="h", published_at=NOW, state=EntryState.failed, reason="http_404",
        ))  # fmt: skip
        session.commit()
    said = here.run("ledger").output
    assert said.startswith("齐全") and "未取到 1 篇" in said
    with here.database.writing() as session:
        set_clock(session, NOW + timedelta(days=20))
        session.commit()
    assert here.run("ledger").output.startswith("有缺漏")


def test_a_window_that_has_not_opened_is_neither(here):
    with here.database.writing() as session:
        make_source(session, last_ok_at=NOW)
        set_clock(session, NOW - timedelta(days=60))
        session.commit()
    assert here.run("ledger", "--issue", 61).output.startswith("采集窗口还没有打开")


def test_filling_without_a_list_page_tries_nothing_and_says_so(here, hole, monkeypatch):
    monkeypatch.setattr("editor.commands.crew.broker_answers", lambda _url: True)
    done = here.run("ledger", "fill")
    assert (done.exit_code, done.output) == (0, "已处理 0 个空档 / gaps tried\n")


def test_filling_gives_up_in_a_sentence_when_the_broker_stays_away(here, hole, monkeypatch):
    monkeypatch.setattr("editor.commands.crew.broker_answers", lambda _url: True)
    monkeypatch.setattr("editor.commands.collecting.BROKER_PATIENCE", 0.0)
    monkeypatch.setattr("editor.commands.collecting.RING_SECONDS", 0.0)
    with here.database.writing() as session:
        source = session.exec(select(Source)).one()
        source.list_url = "https://daily.yunzhou.example/news/"
        session.commit()
    done = here.run("ledger", "fill")
    assert done.exit_code == 1 and "消息服务没有回应" in done.output


def test_an_issue_that_is_not_there_and_a_file_that_cannot_be_are_named(here, tmp_path):
    assert "没有总第 9 期" in here.run("ledger", "--issue", 9).output
    done = here.run("ledger", "--jsonl", tmp_path / "nowhere" / "x")
    assert done.exit_code == 1 and "nowhere" in done.output
