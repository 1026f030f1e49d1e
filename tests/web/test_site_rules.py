"""A source's extras on screen: its site rule tried on a page, the list page beside its feed."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from editor.store.models import Source, SourceProbe
from editor.text.document import dump_blocks, paragraph
from editor.web import probes, site_rules, sources
from editor.workflow import ProbeState
from tests.web.conftest import Office

ARTICLE = "https://daily.yunzhou.example/2026/0709.html"
FOUND: dict[str, Any] = {
    "title": "东港码头改造完工",
    "published_at": "2026-07-09T08:30:00+08:00",
    "precision": "minute",
    "date_how": "label",
    "source_name": "临澜晚报",
    "byline": "",
    "method": "rule",
    "agreement": None,
    "encoding": "gb18030",
    "characters": 320,
    "notes": [],
    "blocks": dump_blocks([paragraph("三千吨级货船可以直达<b>临澜市</b>。")]),
    "left_out": 0,
    "final_url": ARTICLE,
    "ruled": True,
    "without": 45,
}


@pytest.fixture(autouse=True)
def bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the queue."""
    for screen in (probes, site_rules, sources):
        monkeypatch.setattr(screen, "enqueue", lambda *_call: True)


def tried(app: Flask, ada: FlaskClient, office: Office, **found: Any) -> str:
    """Try a rule; the worker answers with what it found; return the page."""
    answer = ada.post(
        f"/sources/{office.source}/rule/try",
        data={"site_rule": "div.text", "article_url": ARTICLE},
    )
    assert answer.status_code == 303, answer.text
    with app.extensions["database"].writing() as session:
        probe = session.exec(select(SourceProbe).order_by(col(SourceProbe.id).desc())).first()
        assert probe is not None and (probe.kind, probe.url) == ("article", ARTICLE)
        assert probe.selectors == {"site_rule": "div.text"}
        probe.state, probe.result = ProbeState.done, FOUND | found
        session.commit()
    return str(ada.get(answer.location).text)


def test_a_rule_shows_what_it_takes_beside_what_the_machine_would(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    page = tried(app, ada, office)
    assert "按规则提取到 320 字；不用规则时 45 字" in page
    assert "东港码头改造完工" in page and "2026-07-09 08:30" in page and "gb18030" in page
    assert "三千吨级货船可以直达&lt;b&gt;临澜市" in page


def test_a_rule_that_finds_nothing_says_so(app: Flask, office: Office, ada: FlaskClient) -> None:
    page = tried(app, ada, office, ruled=False, method="container")
    assert "规则在这一页上没有找到正文；下面是自动提取的结果，提取到 320 字" in page


@pytest.mark.parametrize("path", ["rule", "rule/try"])
def test_a_rule_that_is_no_css_is_neither_tried_nor_saved(
    app: Flask, office: Office, ada: FlaskClient, path: str
) -> None:
    data = {"site_rule": "div.text{", "article_url": ARTICLE}
    answer = ada.post(f"/sources/{office.source}/{path}", data=data)
    assert answer.status_code == 422
    assert "不是有效的 CSS 选择器" in answer.text and 'value="div.text{"' in answer.text
    with app.extensions["database"].reading() as session:
        assert session.get_one(Source, office.source).site_rule == ""


def test_a_good_rule_is_saved(app: Flask, office: Office, ada: FlaskClient) -> None:
    ada.post(f"/sources/{office.source}/rule", data={"site_rule": "div.text, div.body"})
    with app.extensions["database"].reading() as session:
        assert session.get_one(Source, office.source).site_rule == "div.text, div.body"
    assert "div.text, div.body" in ada.get(f"/sources/{office.source}").text


def test_a_list_beside_a_feed_is_looked_at_and_saved_without_touching_the_feed(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    url = "https://daily.yunzhou.example/news/"
    answer = ada.post("/sources/probes", data={"url": url, "source_id": office.source, "beside": 1})
    page = ada.get(answer.location)
    assert page.status_code == 200 and "beside=1" in answer.location
    with app.extensions["database"].writing() as session:
        probe = session.exec(select(SourceProbe).order_by(col(SourceProbe.id).desc())).first()
        assert probe is not None and probe.kind == ""
        probe.state, probe.result = ProbeState.failed, {}
        probe.reason = "empty"
        session.commit()
    shown = ada.get(answer.location).text
    assert "的补漏列表页" in shown and f'action="/sources/{office.source}/list"' in shown
    ada.post(
        f"/sources/{office.source}/list",
        data={"url": url, "selector_item": "ul.news li", "page_pattern": f"{url}{{n}}.html"},
    )
    with app.extensions["database"].reading() as session:
        source = session.get_one(Source, office.source)
    assert source.list_url == url and source.selectors == {"item": "ul.news li"}
    assert source.url.endswith("/feed.xml") and source.kind.value == "feed"


def test_a_wrong_selector_in_the_form_is_marked_at_its_field(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    answer = ada.post(
        f"/sources/{office.source}/edit",
        data={
            "name": "云州日报",
            "kind": "list",
            "url": "https://daily.yunzhou.example/news/",
            "selector_item": "ul.news li[",
            "interval_minutes": "60",
            "longest_minutes": "20",
        },
    )
    assert answer.status_code == 422
    assert 'id="selector_item-error"' in answer.text and 'id="longest_minutes-error"' in answer.text
    assert 'value="ul.news li["' in answer.text
