"""A locked or published issue: its screens show the work and offer nothing that is refused."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.store.models import Issue
from editor.workflow import IssueState
from tests.web.conftest import Office


@pytest.fixture(params=[IssueState.locked, IssueState.published])
def closed(app: Flask, office: Office, request: pytest.FixtureRequest) -> Office:
    """Give the office with its issue locked or published."""
    with app.extensions["database"].writing() as session:
        session.get_one(Issue, 1).state = request.param
        session.commit()
    return office


def test_the_board_says_so_and_offers_no_moves_and_no_new_item(
    ada: FlaskClient, closed: Office
) -> None:
    text = ada.get("/issues/61/board").text
    assert "稿件和版面不再改动" in text and "/issues/61/progress" in text
    for offered in ("data-movable", "移到…", "新建稿件", "按日期排列", "页数预算", "拖动稿件"):
        assert offered not in text


def test_an_item_is_for_reading(ada: FlaskClient, closed: Office) -> None:
    text = ada.get(f"/items/{closed.item}").text
    assert "阅读稿件" in text and "稿件和版面不再改动" in text
    for offered in ("item-form", "移出版面", "存一版"):
        assert offered not in text


def test_its_sections_are_a_list(ada: FlaskClient, closed: Office) -> None:
    text = ada.get("/issues/61/sections").text
    assert "稿件和版面不再改动" in text
    assert "增加栏目" not in text and "改名" not in text


def test_a_new_item_is_refused_before_it_is_typed(ada: FlaskClient, closed: Office) -> None:
    answer = ada.get("/issues/61/items/new")
    assert answer.status_code == 409
    assert "进度" in answer.text


def test_an_open_issue_says_nothing_of_the_kind(ada: FlaskClient, office: Office) -> None:
    for address in ("/issues/61/board", f"/items/{office.item}", "/issues/61/sections"):
        assert "稿件和版面不再改动" not in ada.get(address).text


def test_an_issue_published_before_editions_were_kept_has_its_screens_and_a_feed(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    """Its row knows neither when it was published nor as what."""
    with app.extensions["database"].writing() as session:
        issue = session.get_one(Issue, 1)
        issue.state, issue.published_at, issue.published_digest = IssueState.published, None, ""
        session.commit()
    for page in ("exports", "progress", "preflight", "pages", "board"):
        answer = ada.get(f"/issues/61/{page}", follow_redirects=True)
        assert answer.status_code == 200, page
    ada.post("/settings/feed", data={"access": "open"})
    answer = app.test_client().get("/feeds/yunzhou.xml")
    assert answer.status_code == 200 and "<rss" in answer.text
