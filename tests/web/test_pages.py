"""The preview: any page of the last layout as a picture, with the way to the pages around it."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from editor.desk import live_pages
from editor.store.models import Issue
from tests.cast import make_item, sections_of
from tests.fakes import make_workshop
from tests.web.conftest import HTMX, Office
from workers.printing.layout import estimate

PAGES = "/issues/61/pages"


@pytest.fixture
def digest(app: Flask, office: Office, tmp_path) -> str:
    """Lay Ada's issue out; returns what its pages are called."""
    database = app.extensions["database"]
    estimate(make_workshop(database, app.extensions["settings"].data_dir, {}), 1)
    with database.reading() as session:
        row = live_pages.find_estimate(session, session.get(Issue, 1))
        assert row is not None and not row.error
        return row.proof


def test_a_page_is_a_picture_that_browsers_keep(ada: FlaskClient, digest: str) -> None:
    answer = ada.get(f"{PAGES}/{digest}/4.png")
    assert answer.mimetype == "image/png" and "immutable" in answer.headers["Cache-Control"]
    picture = Image.open(io.BytesIO(answer.data))
    assert picture.width in (900, 901) and picture.height in (1273, 1274)
    assert len(answer.data) < 300_000
    extremes = picture.convert("L").getextrema()
    assert extremes[0] < 80 and extremes[1] > 250


@pytest.mark.parametrize("path", ["0.png", "99.png", "-1.png"])
def test_a_page_that_the_issue_does_not_have_is_not_found(
    ada: FlaskClient, digest: str, path: str
) -> None:
    assert ada.get(f"{PAGES}/{digest}/{path}").status_code == 404


@pytest.mark.parametrize("name", ["0" * 64, "..", "%2e%2e%2fzhaibian", "1-abc"])
def test_an_address_names_nothing_but_the_last_layout(
    ada: FlaskClient, digest: str, name: str
) -> None:
    assert ada.get(f"{PAGES}/{name}/1.png").status_code == 404


def test_the_page_names_its_items_and_its_neighbours(
    ada: FlaskClient, office: Office, digest: str
) -> None:
    text = ada.get(f"/items/{office.item}/page", headers=HTMX).text
    assert "第 1 页" in text and f"/items/{office.item}" in text
    assert 'data-step="previous"' in text
    first = ada.get(f"{PAGES}/1").text
    assert 'data-step="previous"' not in first and 'data-step="next"' in first
    assert "<html" in first


def test_pages_beyond_the_ends_lead_to_the_ends(ada: FlaskClient, digest: str) -> None:
    assert 'data-sheet="1"' in ada.get(f"{PAGES}/0", headers=HTMX).text
    last = ada.get(f"{PAGES}/999", headers=HTMX).text
    assert 'data-step="next"' not in last and f"/{digest}/" in last


def test_before_the_first_layout_the_preview_waits(ada: FlaskClient, office: Office) -> None:
    text = ada.get(f"{PAGES}/1", headers=HTMX).text
    assert "稍候就能看到版面" in text and "<img" not in text


def test_a_changed_issue_shows_the_last_pages_and_says_so(
    app: Flask, ada: FlaskClient, digest: str
) -> None:
    with app.extensions["database"].writing() as session:
        make_item(session, sections_of(session, session.get(Issue, 1))[0])
        session.commit()
    text = ada.get(f"{PAGES}/1", headers=HTMX).text
    assert "上一次排出的版面" in text and f"/{digest}/1.png" in text


def test_only_the_last_layout_is_kept(app: Flask, ada: FlaskClient, digest: str) -> None:
    database, folder = app.extensions["database"], app.extensions["settings"].data_dir
    with database.writing() as session:
        make_item(session, sections_of(session, session.get(Issue, 1))[0])
        session.commit()
    estimate(make_workshop(database, folder, {}), 1)
    assert len(list((folder / "layouts").glob("*.pdf"))) == 1
    assert ada.get(f"{PAGES}/{digest}/1.png").status_code == 404
