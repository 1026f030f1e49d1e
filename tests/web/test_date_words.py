"""How a date was obtained and what contradicts it, as the triage screens say it."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.desk import publications
from tests.cast import NOW, make_candidate
from tests.web.conftest import Office


@pytest.fixture
def doubtful(app: Flask, office: Office) -> int:
    """Give a candidate of which page and list name different days: 10 and 8 July."""
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        candidate = make_candidate(
            session,
            home,
            title="青屿区渡口恢复通航",
            published_at=NOW,
            date_how="label≠list",
            date_rival=NOW - timedelta(days=2),
        )
        session.commit()
        return candidate.id or 0


SAID = "日期存疑：页面 7月10日，列表 7月8日"


def test_a_disagreement_stands_in_list_and_reader(ada: FlaskClient, doubtful: int) -> None:
    assert f'title="{SAID}"' in ada.get("/triage").text
    page = ada.get(f"/triage/{doubtful}").text
    assert SAID in page and "日期取自页面" in page


def test_the_list_can_show_only_what_has_a_doubtful_date(ada: FlaskClient, doubtful: int) -> None:
    listed = ada.get("/triage?date_doubtful=1").text
    assert listed.count('<li class="row') == 1 and "青屿区渡口恢复通航" in listed
    assert ada.get("/triage").text.count('<li class="row') == 3


def test_an_agreed_date_says_only_where_it_is_from(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        sure = make_candidate(session, home, published_at=NOW, date_how="feed").id
        session.commit()
    page = ada.get(f"/triage/{sure}").text
    assert "日期取自订阅源" in page and "日期存疑" not in page
