"""People, roles, own settings, and the desk's first page."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.desk import people, publications
from editor.schedule import Window
from editor.store.models import Issue
from editor.web import desk
from editor.workflow import IssueState, Role
from tests.cast import NOW, PASSWORD
from tests.web.conftest import Office, log_in


def roles(app: Flask, email: str) -> frozenset[Role]:
    """Return the person's roles in the database now."""
    with app.extensions["database"].reading() as session:
        home = publications.get_publication(session, "yunzhou")
        return people.roles_of(session, people.get_user(session, email), home)


def test_a_person_is_added_with_roles_and_can_log_in(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    data = {
        "email": "fen@yunzhou.example",
        "name": "芬",
        "password": PASSWORD,
        "roles": ["editor", "reader"],
    }
    assert ada.post("/settings/people", data=data).status_code == 303
    assert roles(app, "fen@yunzhou.example") == {Role.editor, Role.reader}
    assert log_in(app.test_client(), "fen") == 303


def test_a_person_without_roles_or_with_a_short_password_is_refused_by_field(
    office: Office, ada: FlaskClient
) -> None:
    data = {"email": "fen@yunzhou.example", "name": "芬", "password": PASSWORD}
    answer = ada.post("/settings/people", data=data)
    assert answer.status_code == 422 and "请至少选一个角色" in answer.text
    answer = ada.post("/settings/people", data=data | {"password": "short", "roles": "editor"})
    assert answer.status_code == 422 and "密码至少要 8 个字符" in answer.text


def test_roles_are_replaced_by_the_ticked_ones(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].reading() as session:
        id = people.get_user(session, "contributor@yunzhou.example").id
    ada.post(f"/settings/people/{id}/roles", data={"roles": ["deputy"]})
    assert roles(app, "contributor@yunzhou.example") == {Role.deputy}


def test_a_disabled_person_cannot_log_in_until_enabled(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].reading() as session:
        id = people.get_user(session, "contributor@yunzhou.example").id
    ada.post(f"/settings/people/{id}/disable")
    assert log_in(app.test_client(), "contributor") == 422
    ada.post(f"/settings/people/{id}/enable")
    assert log_in(app.test_client(), "contributor") == 303


@pytest.mark.parametrize(
    ("when", "state", "said"),
    [
        (timedelta(days=-1), IssueState.collecting, "采集窗口将于 2026-06-16 00:00 打开"),
        (timedelta(days=29, hours=21), IssueState.collecting, "征集还有 3 小时截止"),
        (timedelta(days=31), IssueState.collecting, "征集已截止，距截稿还有 4 天"),
        (timedelta(days=40), IssueState.editing, "已过截稿时间（2026-07-21 00:00）"),
        (timedelta(days=40), IssueState.locked, "本期已定稿"),
        (timedelta(days=40), IssueState.published, "本期已出版"),
    ],
)
def test_the_desk_says_where_the_issue_stands(
    app: Flask, when: timedelta, state: IssueState, said: str
) -> None:
    opens = NOW.replace(day=15, month=6, hour=16, minute=0)
    window = Window(opens, opens + timedelta(days=30))
    issue = Issue(
        publication_id=1,
        year=2026,
        month=7,
        number=7,
        total_number=61,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        copy_due_at=window.closes_at + timedelta(days=5),
        state=state,
    )
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert desk.phase(issue, opens + when).startswith(said)


def test_the_desk_shows_counts_sections_and_the_way_on(office: Office, ada: FlaskClient) -> None:
    text = ada.get("/").text
    assert "征集还有 5 天截止" in text
    assert "热点关注" in text and "1 / 2" in text
    assert 'href="/triage?state=shortlisted"' in text


def test_a_reader_sees_the_desk_without_what_others_do(app: Flask, office: Office) -> None:
    client = app.test_client()
    log_in(client, "reader")
    text = client.get("/", headers={"Accept-Language": "zh"}).text
    assert "/triage" not in text and "/sources" not in text


def test_before_the_first_issue_the_desk_offers_to_open_one(app: Flask, office: Office) -> None:
    client = app.test_client()
    log_in(client, "eve")
    text = client.get("/", headers={"Accept-Language": "zh"}).text
    assert "还没有打开的期次" in text and 'href="/issues/new"' in text
