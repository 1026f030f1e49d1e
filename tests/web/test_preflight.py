"""The preflight's screen: grades, waiving with a reason, taking a waiver back."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.desk import preflight
from editor.store.models import Issue
from editor.text.document import Attachment
from tests.cast import make_item, sections_of
from tests.web.conftest import Office

PREFLIGHT = "/issues/61/preflight"


@pytest.fixture
def broken(app: Flask, office: Office) -> int:
    """Give an item whose attachment cannot be opened."""
    with app.extensions["database"].writing() as session:
        section = sections_of(session, session.get(Issue, 1))[0]
        bad = Attachment(label="《行动方案》", url="ftp://www.yunzhou.example/a b")
        item = make_item(session, section, headline="望川：码头改造完工", attachments=(bad,))
        session.commit()
        return item.id or 0


def form(app: Flask, reason: str) -> dict[str, object]:
    with app.extensions["database"].reading() as session:
        (found, *_) = preflight.inspect(session, session.get(Issue, 1)).stopping
        return {
            "rule": found.finding.code,
            "digest": found.finding.digest,
            "item": found.item_id or "",
            "reason": reason,
        }


def test_what_stops_the_export_is_said_in_words(ada: FlaskClient, broken: int) -> None:
    text = ada.get(PREFLIGHT).text
    assert "有 1 处须改" in text and "须改" in text and f"/items/{broken}" in text
    assert not re.search(r"V\d\d|bad_link</|same_anchor", re.sub(r'value="[^"]*"', "", text))


def test_the_chief_waives_and_takes_back(app: Flask, ada: FlaskClient, broken: int) -> None:
    answer = ada.post(f"{PREFLIGHT}/waivers", data=form(app, "主办方确认网址无误"))
    assert answer.status_code == 303
    text = ada.get(PREFLIGHT).text
    assert "没有阻止导出的问题" in text and "主办方确认网址无误" in text and "Ada" in text
    number = re.search(r"waivers/(\d+)/take-back", text)
    assert number
    assert ada.post(f"{PREFLIGHT}/waivers/{number[1]}/take-back").status_code == 303
    assert "有 1 处须改" in ada.get(PREFLIGHT).text


def test_a_waiver_without_a_reason_is_refused_beside_its_field(
    app: Flask, ada: FlaskClient, broken: int
) -> None:
    answer = ada.post(f"{PREFLIGHT}/waivers", data=form(app, " "))
    assert answer.status_code == 422
    assert "豁免要写明理由" in answer.text and '<details class="waive" open>' in answer.text


def test_an_editor_sees_who_may_waive_and_no_form(app: Flask, browser_of, broken: int) -> None:
    text = browser_of("editor").get(PREFLIGHT).text
    assert "只有主编可以豁免" in text and 'name="reason"' not in text


def test_a_stale_waiver_gets_409(app: Flask, ada: FlaskClient, broken: int) -> None:
    data = form(app, "照印") | {"digest": "0" * 64}
    assert ada.post(f"{PREFLIGHT}/waivers", data=data).status_code == 409
