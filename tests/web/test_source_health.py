"""How sources fare, on the list and on a source's own page."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from editor.desk import publications
from editor.store.models import Fetch, Source
from editor.workflow import Outcome, SourceKind
from tests.cast import NOW, make_source
from tests.web.conftest import Office


@pytest.fixture
def three(app: Flask, office: Office) -> None:
    """Give a failing list and a paused feed beside the office's, which has a gap."""
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        source = session.get_one(Source, office.source)
        for ago, outcome in ((0, Outcome.ok), (1, Outcome.not_modified), (3, Outcome.failed)):
            moment = NOW - timedelta(days=ago, hours=1)
            session.add(
                Fetch(source_id=source.id, url=source.url, outcome=outcome, fetched_at=moment)
            )
        source.last_ok_at, source.next_run_at = NOW, NOW + timedelta(hours=2)
        failing = {"failures": 4, "last_reason": "http_403", "kind": SourceKind.list}
        make_source(session, home, name="临澜晚报", printed_name="", **failing)
        paused = {"paused_at": NOW, "pause_reason": "改版", "printed_name": ""}
        make_source(session, home, name="青屿发布", **paused)
        session.commit()


def test_the_month_is_a_bar_a_day_with_words(three: None, office: Office, ada: FlaskClient) -> None:
    page = ada.get(f"/sources/{office.source}").text
    assert page.count("<rect class=") == 30
    assert '<rect class="ok" x="145"' in page and "2026-07-10：成功 1 次" in page
    assert "2026-07-07：失败 1 次" in page and "2026-07-08：未读取" in page
    said = "最近 30 天：1 天成功，1 天没有变化，0 天没有条目，1 天失败，27 天未读取"
    assert page.count(said) == 2 and said in ada.get("/sources").text
    assert "计划在 2026-07-10 11:30（2 小时后）" in page


@pytest.mark.parametrize("query, names", [
    ("", ["临澜晚报", "云州日报", "青屿发布"]),
    ("state=trouble", ["临澜晚报", "云州日报"]),
    ("state=paused", ["青屿发布"]),
    ("kind=list", ["临澜晚报"]),
    ("text=云州日", ["云州日报"]),
    ("state=nonsense&kind=list", ["临澜晚报"]),
])  # fmt: skip
def test_the_list_is_narrowed_and_trouble_comes_first(
    three: None, office: Office, ada: FlaskClient, query: str, names: list[str]
) -> None:
    page = ada.get(f"/sources?{query}").text
    shown = {page.find(f">{name}</a>"): name for name in ("云州日报", "临澜晚报", "青屿发布")}
    assert [shown[place] for place in sorted(shown) if place > 0] == names


def test_a_filter_that_leaves_nothing_says_so(office: Office, ada: FlaskClient) -> None:
    assert "没有符合条件的来源" in ada.get("/sources?text=没有的名字").text


def test_the_reason_stands_with_its_code(three: None, app: Flask, ada: FlaskClient) -> None:
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        broken = make_source(session, home, name="云州港", failures=1, last_reason="http_403").id
        session.commit()
    page = ada.get(f"/sources/{broken}").text
    assert "网站拒绝访问（403）" in page and "<code>http_403</code>" in page


def test_a_hundred_sources_cost_as_many_queries_as_one(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    seen: list[str] = []
    engine = app.extensions["database"].engine
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    ada.get("/sources")
    few = len(seen)
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        for number in range(100):
            make_source(session, home, name=f"来源 {number}")
        session.commit()
    seen.clear()
    assert "来源 99" in ada.get("/sources").text
    assert len(seen) == few
