"""Screens that used to say something untrue: an empty undo, a lost page, a section over quota."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.demo.stage import _leave_time
from editor.desk import issues, publications
from editor.web import words
from editor.workflow import ExportState, IssueState, ItemState, Outcome, Role
from tests.cast import NOW, make_issue, make_item, make_publication
from tests.web.conftest import HTMX, Office


def test_undoing_what_nobody_did_says_that_there_is_nothing_to_undo(
    office: Office, ada: FlaskClient
) -> None:
    answer = ada.post("/triage/undo", data={"batch": "no-such-batch"}, headers=HTMX)
    assert answer.status_code == 404
    assert "没有可以撤销的操作" in answer.text and "已撤销 0" not in answer.text


def test_a_lost_page_is_headed_as_one(office: Office, ada: FlaskClient) -> None:
    answer = ada.get("/nowhere")
    assert answer.status_code == 404
    assert "找不到</h1>" in answer.text and "没有完成" not in answer.text


def test_a_section_over_its_quota_says_by_how_much(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        issue = issues.get_issue(session, home, 61)
        section = issues.sections_of(session, issue)[0]
        for number in range(3):
            make_item(session, section, headline=f"稿件 {number}")
        session.commit()
    desk = ada.get("/").text
    assert 'max="4" high="2" optimum="0" value="4"' in desk and "超 2" in desk
    board = ada.get("/issues/61/board").text
    assert 'class="section-count over"' in board and "超 2" in board


def test_the_demo_never_greets_with_a_passed_deadline(session) -> None:  # type: ignore[no-untyped-def]
    from editor import clock

    issue = make_issue(session, make_publication(session))
    clock.follow(lambda: NOW + timedelta(days=40) - clock.real())
    _leave_time(session, issue)
    assert issue.copy_due_at > clock.now() + timedelta(days=3)
    clock.follow(clock._no_offset)


@pytest.mark.parametrize("member, name", [
    (Outcome.failed, "失败"), (ExportState.failed, "失败"), (IssueState.editing, "编辑中"),
    (ItemState.editing, "编辑中"), (Role.editor, "责任编辑"),
])  # fmt: skip
def test_states_that_share_a_word_in_the_database_each_have_a_name(
    app: Flask, member: object, name: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert words.name(member) == name
