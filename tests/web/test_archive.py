"""The back issues' screens, and the marks on candidates that were printed or reported before."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor import clock
from editor.desk import archive, publications, related
from editor.desk.archive import Article
from editor.store.models import Candidate
from editor.text.documents import mentions
from editor.workflow import PrintedHow
from tests.cast import NOW, make_candidate
from tests.web.conftest import Office


@pytest.fixture
def ada(browser_of: Callable[[str], FlaskClient]) -> FlaskClient:
    return browser_of("ada")


@pytest.fixture
def printed(app: Flask, office: Office) -> int:
    """Print an article in No. 28 that the office's candidate repeats."""
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        article = Article(
            position=1, headline="云州印发《港口方案》", page=37, source_line="云州日报",
            dated_on=NOW.date(),
        )  # fmt: skip
        archive.keep(session, home.id or 0, 28, "第3期（总第28期）", [article])
        row = session.get_one(Candidate, office.candidate)
        row.printed_id = archive.articles_of(session, home, 28)[0].id
        row.printed_how = PrintedHow.reprint
        session.add(row)
        session.commit()
        return row.printed_id or 0


def test_without_back_issues_the_screen_says_how_they_come(
    office: Office, ada: FlaskClient
) -> None:
    text = ada.get("/back-issues").text
    assert "还没有往期" in text and "zhaibian archive import" in text


def test_back_issues_list_their_articles_with_pages(ada: FlaskClient, printed: int) -> None:
    assert "第3期（总第28期）" in ada.get("/back-issues").text
    text = ada.get("/back-issues/28").text
    assert "云州印发《港口方案》" in text and ">37<" in text and f'id="printed-{printed}"' in text
    assert ada.get("/back-issues/29").status_code == 404


def test_headlines_are_searched(ada: FlaskClient, printed: int) -> None:
    assert f"/back-issues/28#printed-{printed}" in ada.get("/back-issues?text=港口").text
    assert "没有标题含“渡口”" in ada.get("/back-issues?text=渡口").text


def test_a_candidate_says_where_it_was_printed(
    office: Office, ada: FlaskClient, printed: int
) -> None:
    said = "已刊于第3期（总第28期）第 37 页《云州印发〈港口方案〉》（转载）"
    assert said in ada.get("/triage").text
    page = ada.get(f"/triage/{office.candidate}").text
    assert said in page and f"/back-issues/28#printed-{printed}" in page


def test_a_candidate_lists_other_reports_of_its_document(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        for title in ("云州印发《港口振兴三年行动计划》", "《港口振兴三年行动计划》出台"):
            row = make_candidate(session, home, title=title)
            named = mentions(title, "")
            related.note_mentions(session, row.id or 0, home.id or 0, named, clock.real())
        session.commit()
        last = row.id
    assert ada.get("/triage").text.count("同一文件 1") == 2
    page = ada.get(f"/triage/{last}").text
    assert "同一文件：《港口振兴三年行动计划》" in page and "云州印发" in page
