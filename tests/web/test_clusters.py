"""Reprints in the reading pane: who is alike, who leads, and how to take one out."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.desk import clusters
from editor.store.models import Candidate
from tests.cast import NOW
from tests.web.conftest import HTMX, Office


@pytest.fixture
def pair(app: Flask, office: Office) -> Office:
    """Give an office whose two candidates are reprints of one text; the first leads."""
    with app.extensions["database"].writing() as session:
        both = [session.get_one(Candidate, id) for id in (office.candidate, office.other)]
        clusters.merge(session, *both, by=None, now=NOW)
        found = clusters.find_cluster(session, both[0])
        assert found is not None
        found.lead_id = office.candidate
        session.commit()
    return office


def place(app: Flask, id: int) -> tuple[int | None, int | None]:
    """Return the candidate's cluster and who leads it."""
    with app.extensions["database"].reading() as session:
        candidate = session.get_one(Candidate, id)
        found = clusters.find_cluster(session, candidate)
        return candidate.cluster_id, found.lead_id if found else None


def test_the_reading_pane_names_the_reprints_and_the_lead(pair: Office, ada: FlaskClient) -> None:
    text = ada.get(f"/triage/{pair.other}", headers=HTMX).text
    assert "相似 1 条" in text and "主稿" in text
    assert f'href="/triage/{pair.candidate}"' in text
    assert f'hx-post="/triage/{pair.candidate}/split"' in text
    assert "相似 1 条" in ada.get("/triage").text


def test_taking_one_out_answers_the_text_the_rows_and_an_undo(
    app: Flask, pair: Office, ada: FlaskClient
) -> None:
    answer = ada.post(
        f"/triage/{pair.other}/split", data={"reading": str(pair.candidate)}, headers=HTMX
    )
    assert answer.status_code == 200
    assert f'data-candidate="{pair.candidate}"' in answer.text
    assert "已拆出" in answer.text and "撤销" in answer.text and "相似" not in answer.text
    assert place(app, pair.candidate)[0] != place(app, pair.other)[0]
    undone = ada.post("/triage/undo", headers=HTMX).text
    assert f'id="row-{pair.other}"' in undone and "相似 1 条" in undone
    assert place(app, pair.candidate)[0] == place(app, pair.other)[0]


def test_without_script_the_page_comes_back(app: Flask, pair: Office, ada: FlaskClient) -> None:
    answer = ada.post(
        f"/triage/{pair.other}/lead", data={"reading": str(pair.candidate), "back": "state=all"}
    )
    assert (answer.status_code, answer.location) == (
        303,
        f"/triage/{pair.candidate}?back=state%3Dall",
    )
    assert place(app, pair.candidate)[1] == pair.other


def test_two_are_put_together_by_hand(app: Flask, office: Office, ada: FlaskClient) -> None:
    found = ada.get(f"/triage/{office.candidate}/repeats?text=码头").text
    assert f'hx-post="/triage/{office.candidate}/merge"' in found
    data = {"other": str(office.other)}
    answer = ada.post(f"/triage/{office.candidate}/merge", data=data, headers=HTMX)
    assert "合并" in answer.text and "相似 1 条" in answer.text
    assert place(app, office.candidate)[0] == place(app, office.other)[0] is not None


def test_one_that_stands_alone_is_not_taken_out(office: Office, ada: FlaskClient) -> None:
    answer = ada.post(f"/triage/{office.candidate}/split", headers=HTMX)
    assert answer.status_code == 409


def test_what_is_asked_for_with_m_can_only_be_merged(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    found = ada.get(f"/triage/{office.candidate}/repeats?merging=1&text=码头").text
    assert f'hx-post="/triage/{office.candidate}/merge"' in found
    assert "data-repeats" not in found
