"""Looking at an address before it becomes a source."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from editor.store.models import Source, SourceProbe
from editor.web import probes as screen
from editor.workflow import ProbeState, SourceKind
from tests.web.conftest import HTMX, Office

URL = "https://www.linlan.example/news/"
SELECTORS = {"item": "ul.news > li", "link": "a", "date": "span.date"}
CHOICE: dict[str, Any] = {
    "kind": "list",
    "selectors": SELECTORS,
    "page_pattern": f"{URL}index_{{n}}.html",
    "entries": 24,
    "children": 0,
    "undated": 2,
    "oldest": "",
    "newest": "",
    "next_url": f"{URL}index_1.html",
    "encoding": "utf-8",
    "notes": ["2 rows have no link"],
    "rows": [
        {"title": "临澜市发布防汛预案", "url": f"{URL}1.html", "precision": "minute",
         "published_at": "2026-07-09T08:30:00+08:00"},
        {"title": "<b>渡口</b>", "url": f"{URL}2.html", "precision": "", "published_at": ""},
    ],
}  # fmt: skip
OTHER = CHOICE | {"selectors": {"item": "div.side li", "link": "a"}, "entries": 8}
RESULT = {
    "final_url": f"{URL}index.html",
    "title": "临澜要闻",
    "choices": [CHOICE, OTHER],
    "feeds": [{"url": "https://www.linlan.example/rss.xml", "title": "临澜 RSS"}],
}


@pytest.fixture(autouse=True)
def bell(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand in for the queue; gives the hosts that were rung for."""
    rung: list[str] = []

    def ring(_celery: object, _task: object, host: str) -> bool:
        rung.append(host)
        return True

    monkeypatch.setattr(screen, "enqueue", ring)
    return rung


def change(app: Flask, id: int, **values: Any) -> None:
    """Let the worker's part happen."""
    with app.extensions["database"].writing() as session:
        probe = session.get_one(SourceProbe, id)
        for name, value in values.items():
            setattr(probe, name, value)
        session.commit()


def started(app: Flask, ada: FlaskClient, **data: Any) -> tuple[SourceProbe, str]:
    """Start a look; return its row and the address of its page."""
    answer = ada.post("/sources/probes", data={"url": URL} | data)
    assert answer.status_code == 303, answer.text
    with app.extensions["database"].reading() as session:
        probe = session.exec(select(SourceProbe).order_by(col(SourceProbe.id).desc())).first()
    assert probe is not None
    return probe, answer.location


def test_only_an_address_is_asked_for_and_it_may_lack_its_scheme(
    app: Flask, office: Office, ada: FlaskClient, bell: list[str]
) -> None:
    page = ada.get("/sources/new").text
    assert 'name="url"' in page and 'name="selector_item"' not in page
    probe, _ = started(app, ada, url="www.linlan.example/news/")
    assert (probe.url, probe.kind) == ("http://www.linlan.example/news/", "")
    assert bell == ["www.linlan.example"]
    assert 'name="selector_item"' in ada.get("/sources/new?by=hand").text


def test_what_is_no_address_is_refused_with_what_was_typed(
    office: Office, ada: FlaskClient
) -> None:
    answer = ada.post("/sources/probes", data={"url": "临澜要闻"})
    assert answer.status_code == 422
    assert 'value="临澜要闻"' in answer.text and "请填写完整的网址" in answer.text


def test_each_step_is_told_and_polled_and_can_be_reloaded_by_hand(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    probe, page = started(app, ada)
    text = ada.get(page).text
    assert "第 1 步：排队" in text and f'hx-get="{page}"' in text and "load delay:1s" in text
    assert f'<a href="{page}">刷新</a>' in text
    change(app, probe.id or 0, state=ProbeState.fetching)
    part = ada.get(page, headers=HTMX | {"X-Hidden": "1"}).text
    assert "第 2 步：正在取" in part and "<html" not in part and "load delay:5s" in part
    change(app, probe.id or 0, state=ProbeState.done, result=RESULT)
    done = ada.get(page, headers=HTMX).text
    assert "第 3 步：解析，已找到 24 条，其中 2 条没有日期" in done and "hx-trigger" not in done


def test_rows_choices_and_editable_selectors_are_shown_and_escaped(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    probe, page = started(app, ada)
    change(app, probe.id or 0, state=ProbeState.done, result=RESULT)
    text = ada.get(page).text
    assert "临澜市发布防汛预案" in text and "2026-07-09 08:30" in text
    assert "&lt;b&gt;渡口" in text and "<b>渡口" not in text
    assert 'value="ul.news &gt; li"' in text and 'value="临澜要闻"' in text
    assert f'value="{URL}index_{{n}}.html"' in text and f'value="{URL}index.html"' in text
    other = ada.get(f"{page}?choice=1").text
    assert 'value="div.side li"' in other and "列表页 · 8 条 · div.side li" in other


def test_what_was_shown_is_saved_as_a_source(app: Flask, office: Office, ada: FlaskClient) -> None:
    data = {
        "name": "临澜要闻",
        "url": URL,
        "kind": "list",
        "page_pattern": f"{URL}index_{{n}}.html",
    }
    data |= {f"selector_{key}": text for key, text in SELECTORS.items()}
    answer = ada.post("/sources/new", data=data)
    assert answer.status_code == 303
    with app.extensions["database"].reading() as session:
        source = session.exec(select(Source).where(Source.url == URL)).one()
    assert (source.kind, source.selectors) == (SourceKind.list, SELECTORS)


def test_another_try_takes_the_edited_selectors_and_keeps_the_name(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    data = {"kind": "list", "selector_item": "ol.nothing", "name": "临澜"}
    probe, page = started(app, ada, **data)
    assert (probe.kind, probe.selectors) == ("list", {"item": "ol.nothing"})
    failed = {"state": ProbeState.failed, "reason": "empty", "result": RESULT}
    change(app, probe.id or 0, **failed, detail="no row matches “ol.nothing”")
    text = ada.get(page).text
    assert 'value="ol.nothing"' in text and 'value="临澜"' in text and "ol.nothing”" in text
    assert "可以这样读，请选一种" in text and "再试一次" in text


@pytest.mark.parametrize(
    ("reason", "said"), [("http_403", "403"), ("timeout", "没有按时回应"), ("robots", "robots.txt")]
)
def test_a_failure_is_told_in_words(
    app: Flask, office: Office, ada: FlaskClient, reason: str, said: str
) -> None:
    probe, page = started(app, ada)
    change(app, probe.id or 0, state=ProbeState.failed, reason=reason)
    text = ada.get(page).text
    assert said in text and "请按“再试一次”" in text and "hx-trigger" not in text


def test_a_page_that_only_offers_feeds_leads_to_them(
    app: Flask, office: Office, ada: FlaskClient, bell: list[str]
) -> None:
    probe, page = started(app, ada)
    change(app, probe.id or 0, state=ProbeState.done, result=RESULT | {"choices": []})
    text = ada.get(page).text
    assert "没有找到列表，但页面提供订阅源" in text
    assert 'name="url" value="https://www.linlan.example/rss.xml"' in text


def test_a_source_is_tested_as_it_is_set_and_saved_with_the_rest_kept(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        source = session.get_one(Source, office.source)
        source.kind, source.selectors = SourceKind.list, {"item": "li"}
        source.site_rule, source.interval_minutes = "#zoom", 240
        session.commit()
        known = source.url
    page = ada.post(f"/sources/{office.source}/test").location
    with app.extensions["database"].reading() as session:
        probe = session.exec(
            select(SourceProbe).where(SourceProbe.source_id == office.source)
        ).one()
    assert (probe.kind, probe.selectors, probe.url) == ("list", {"item": "li"}, known)
    change(app, probe.id or 0, state=ProbeState.done, result=RESULT)
    text = ada.get(page).text
    assert "试读“云州日报”" in text and f'action="/sources/{office.source}/edit"' in text
    assert 'name="site_rule" value="#zoom"' in text
    assert 'name="interval_minutes" value="240"' in text
    assert f'value="{known}"' in text


def test_feeds_go_out_and_come_in_as_opml(app: Flask, office: Office, ada: FlaskClient) -> None:
    text = ada.get("/sources/export.opml").text
    assert "<opml" in text and "云州日报" in text
    feed = '<opml><body><outline text="港" xmlUrl="https://port.example/rss"/></body></opml>'
    answer = ada.post("/sources/import", data={"text": feed}, follow_redirects=True)
    assert "新增 1 个，修改 0 个，0 个没有变化" in answer.text
    bomb = '<!DOCTYPE a [<!ENTITY b "b">]><opml/>'
    assert ada.post("/sources/import", data={"text": bomb}).status_code == 422
