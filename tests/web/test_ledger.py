"""The ledger's screen: what is missing in an issue's window, and what can be done about it."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlmodel import col, select

from editor import clock
from editor.desk import publications
from editor.store.models import Hole, Source
from editor.web import ledger as screen
from editor.workflow import HoleState
from tests.cast import NOW, make_source
from tests.web.conftest import HTMX, Office


@pytest.fixture(autouse=True)
def bell(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand in for the queue; gives the hosts that were rung for."""
    rung: list[str] = []
    monkeypatch.setattr(screen, "enqueue", lambda _app, _task, host: rung.append(host))
    return rung


def change(app: Flask, kind: type, id: int, **values: Any) -> None:
    """Change a row."""
    with app.extensions["database"].writing() as session:
        row = session.get_one(kind, id)
        for name, value in values.items():
            setattr(row, name, value)
        session.commit()


def hole_of(app: Flask, id: int) -> Hole:
    """Return the gap as it is in the database now."""
    with app.extensions["database"].reading() as session:
        return session.get_one(Hole, id)


def read_until_now(app: Flask) -> None:
    """Let every source have been read just now."""
    with app.extensions["database"].writing() as session:
        for source in session.exec(select(Source)):
            source.last_ok_at = NOW
        session.commit()


def test_a_gap_is_told_with_its_time_and_reason_and_drawn_on_the_bar(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    page = ada.get("/issues/61/ledger").text
    assert "2026-07-06 09:30 至 2026-07-08 09:30 未读到" in page
    assert "订阅源把较早的条目挤掉了" in page
    assert '<rect class="hole" x="680" y="0" width="67"' in page
    assert "style=" not in page


def test_without_a_list_page_it_says_what_to_do_and_with_one_it_fills(
    app: Flask, office: Office, ada: FlaskClient, bell: list[str]
) -> None:
    page = ada.get("/issues/61/ledger").text
    assert "没有补漏列表页" in page and f"/issues/61/ledger/gaps/{office.hole}/fill" not in page
    assert "全部补漏" not in page
    change(app, Source, office.source, list_url="https://list.yunzhou.example/news/")
    assert "全部补漏" in ada.get("/issues/61/ledger").text
    answer = ada.post(f"/issues/61/ledger/gaps/{office.hole}/fill", follow_redirects=True)
    assert "已开始补漏" in answer.text and "还剩 1 个缺口" in answer.text
    assert hole_of(app, office.hole).state == HoleState.queued
    assert bell == ["list.yunzhou.example"]


def test_while_filling_the_page_polls_and_at_the_end_loads_itself_anew(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    change(app, Hole, office.hole, state=HoleState.queued)
    running = ada.get("/issues/61/ledger/progress", headers=HTMX)
    assert 'hx-get="/issues/61/ledger/progress"' in running.text
    change(app, Hole, office.hole, state=HoleState.filled, recovered=4)
    ended = ada.get("/issues/61/ledger/progress", headers=HTMX)
    assert "hx-trigger" not in ended.text and ended.headers["HX-Refresh"] == "true"
    assert "已补回 4 条" in ada.get("/issues/61/ledger").text


def test_a_gap_that_somebody_has_checked_is_no_trouble_any_more(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    read_until_now(app)
    assert "云州日报" in ada.get("/issues/61/ledger?show=trouble").text
    ada.post(f"/issues/61/ledger/gaps/{office.hole}/dismiss")
    page = ada.get("/issues/61/ledger?show=trouble").text
    assert "没有问题" in page and "到目前都读到了" in page


def test_home_says_what_is_missing_and_when_all_is_there(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    read_until_now(app)
    assert "1 个来源有缺口：云州日报" in ada.get("/").text
    change(app, Hole, office.hole, state=HoleState.dismissed)
    assert "本期 1 个来源到目前都读到了，没有缺口" in ada.get("/").text
    later = NOW + timedelta(days=20)
    clock.follow(lambda: later - clock.real())
    assert "1 个来源没有读到最近：云州日报" in ada.get("/").text
    assert "之后没有再读到" in ada.get("/issues/61/ledger?show=trouble").text
    change(app, Source, office.source, last_ok_at=later)
    page = ada.get("/").text
    assert "本期 1 个来源全部读到，采集窗口完整" in page and "1 篇没有取到" in page


def test_failing_and_unread_sources_are_named(app: Flask, office: Office, ada: FlaskClient) -> None:
    change(app, Source, office.source, last_ok_at=NOW, last_reason="http_403", failures=9)
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        for name in ("临澜晚报", "青屿发布", "云州港务", "临澜大学"):
            make_source(session, home, name=name)
        session.commit()
    page = ada.get("/issues").text
    assert "1 个来源读不到：云州日报" in page and "4 个来源没有读到窗口起点" in page
    assert page.count("、") and " 等" in page
    assert "网站拒绝访问（403）" in ada.get("/issues/61/ledger").text


def test_the_ledger_leaves_as_a_table_and_as_json_lines(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    change(app, Source, office.source, name="=HYPERLINK(1)")
    table = ada.get("/issues/61/ledger/export.csv")
    rows = list(csv.DictReader(io.StringIO(table.text.lstrip("\ufeff"))))
    assert rows[0]["source"] == "'=HYPERLINK(1)" and "rolled_over open" in rows[0]["gaps"]
    line = json.loads(ada.get("/issues/61/ledger/export.jsonl").text.splitlines()[0])
    assert line["gaps"][0]["after_at"] == "2026-07-06T01:30:00+00:00"


def test_the_ledger_costs_as_many_queries_for_fifty_sources(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    seen: list[str] = []
    engine = app.extensions["database"].engine
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    ada.get("/issues/61/ledger")
    few = len(seen)
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        for number in range(50):
            make_source(session, home, name=f"来源 {number}")
        session.commit()
    seen.clear()
    assert "来源 49" in ada.get("/issues/61/ledger").text
    assert len(seen) == few


def test_holes_elsewhere_cannot_be_touched(app: Flask, office: Office, ada: FlaskClient) -> None:
    with app.extensions["database"].writing() as session:
        linlan = publications.get_publication(session, "linlan")
        foreign = make_source(session, linlan)
        change_to = session.exec(select(Hole).order_by(col(Hole.id))).one()
        change_to.source_id = foreign.id or 0
        session.commit()
    assert ada.post(f"/issues/61/ledger/gaps/{office.hole}/dismiss").status_code == 404
