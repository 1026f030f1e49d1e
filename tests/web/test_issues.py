"""Opening the next issue, the list of issues, and the sections of one issue."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.desk import issues, plans
from editor.errors import Conflict
from editor.store.models import Issue, Publication
from tests.cast import NOW
from tests.web.conftest import Office


def names(app: Flask) -> list[str]:
    with app.extensions["database"].reading() as session:
        return [row.name for row in issues.sections_of(session, session.get(Issue, 1))]


def test_the_list_names_issue_state_and_window(ada: FlaskClient, office: Office) -> None:
    text = ada.get("/issues").text
    assert "总第 61 期" in text and "2026-06-16 至 2026-07-15" in text


def test_what_is_shown_before_opening_is_what_is_opened(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    text = ada.get("/issues/new").text
    assert "2026-07-16 至 2026-08-15" in text and "（总第六十二期）" in text
    shown = dict(re.findall(r'name="(year|month|number|total)" value="(\d+)"', text))
    assert ada.post("/issues/new", data=shown).status_code == 303
    with app.extensions["database"].reading() as session:
        home = session.get(Publication, 1)
        issue = issues.get_issue(session, home, 62)
        assert (issue.year, issue.month, issue.number) == (2026, 8, 8)
    assert ada.post("/issues/new", data=shown).status_code == 409


def test_the_plan_says_what_opening_does(app: Flask, office: Office) -> None:
    with app.extensions["database"].writing() as session:
        home = session.get(Publication, 1)
        plan = plans.plan_issue(home, now=NOW)
        issue = issues.open_issue(session, home, by=None, now=NOW)
        assert issues.window_of(issue) == plan.window
        assert (issue.year, issue.month, issue.number, issue.total_number) == (
            plan.year,
            plan.month,
            plan.number,
            plan.total,
        )


def test_sections_are_added_renamed_and_moved(app: Flask, ada: FlaskClient, office: Office) -> None:
    go = "/issues/61/sections"
    ada.post(go, data={"name": "图书推荐", "kind": "books", "quota": ""})
    ada.post(f"{go}/2", data={"name": "国内要闻"})
    ada.post(f"{go}/4/move", data={"step": "up"})
    assert names(app) == ["热点关注", "国内要闻", "图书推荐", "专题研究"]
    ada.post(f"{go}/1/move", data={"step": "up"})
    assert names(app)[0] == "热点关注"


def test_only_an_empty_section_is_offered_to_be_taken_out(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    go = "/issues/61/sections"
    text = ada.get(go).text
    assert f"{go}/2/remove" in text and f"{go}/1/remove" not in text
    assert ada.post(f"{go}/2/remove").status_code == 303
    assert names(app) == ["热点关注", "专题研究"]
    assert ada.post(f"{go}/1/remove").status_code == 409
    assert ada.post(f"{go}/2/remove").status_code == 404


@pytest.mark.parametrize("name", ["", "热点关注", "长" * 61])
def test_a_section_needs_a_name_of_its_own(
    app: Flask, ada: FlaskClient, office: Office, name: str
) -> None:
    answer = ada.post("/issues/61/sections", data={"name": name, "kind": "news"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert len(names(app)) == 3


def test_an_order_that_misses_a_section_changes_nothing(app: Flask, office: Office) -> None:
    with app.extensions["database"].writing() as session:
        issue = session.get(Issue, 1)
        with pytest.raises(Conflict):
            plans.order_sections(session, issue, [1, 2], by=None, now=NOW)
    assert names(app) == ["热点关注", "国内动态", "专题研究"]


def test_an_issue_goes_on_step_by_step_and_back_with_a_reason(
    ada: FlaskClient, office: Office
) -> None:
    go = "/issues/61/progress"
    text = ada.get(go).text
    assert "进入“编辑中”" in text and "状态还没有变过" in text and "退回到" not in text
    for state in ("editing", "locked", "published"):
        assert ada.post(go, data={"state": state}).status_code == 303
    refusal = ada.post(go, data={"state": "editing"})
    assert refusal.status_code == 422 and "退回要写明原因" in refusal.text
    ada.post(go, data={"state": "editing", "reason": "漏了青屿区的一条"})
    text = ada.get(go).text
    assert "已出版 → 编辑中" in text and "漏了青屿区的一条" in text


def test_a_step_cannot_be_skipped(ada: FlaskClient, office: Office) -> None:
    assert ada.post("/issues/61/progress", data={"state": "published"}).status_code == 409
