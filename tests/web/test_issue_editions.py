"""Published editions on screen: what was corrected, what is kept, how a file was made."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from editor.desk import exports, issue_editions, issues
from editor.store.models import Issue, IssueEdition
from editor.text.changed_pages import PageText
from editor.web.edition_words import ranges
from tests.cast import NOW, make_item
from tests.web.conftest import Office

PROGRESS, EXPORTS = "/issues/61/progress", "/issues/61/exports"
MADE_WITH = {
    "software": "zhaibian 9.9", "page_engine": "typst 0.15.2", "pictures": "Pillow 12",
    "fonts": "f0" * 8, "profile": "ab" * 8,
}  # fmt: skip


def go(ada: FlaskClient, *states: str, reason: str = "") -> None:
    for state in states:
        answer = ada.post(PROGRESS, data={"state": state, "reason": reason})
        assert answer.status_code == 303


def add_item(app: Flask, headline: str) -> None:
    with app.extensions["database"].writing() as session:
        section = issues.sections_of(session, session.get(Issue, 1))[0]
        make_item(session, section, headline=headline)
        session.commit()


def settle(app: Flask, number: int, *pages: PageText) -> None:
    with app.extensions["database"].writing() as session:
        row = session.exec(select(IssueEdition).where(IssueEdition.number == number)).one()
        anchors = [article.anchor for article in issue_editions.document_of(row).articles()]
        spans = dict(zip(anchors, ((1, 1), (2, 2)), strict=False))
        issue_editions.settle(session, row.id, pages, spans)
        session.commit()


def finish(app: Flask, office: Office, edition: int = 1) -> None:
    """End the office's export as the file of the edition published last."""
    sha256 = app.extensions["files"].put(b"%PDF-1.7 first")
    with app.extensions["database"].writing() as session:
        issue, export = session.get(Issue, 1), exports.claim(session, office.export)
        exports.finish(
            session, export, asset=sha256, size=14, digest=issue.published_digest,
            edition=edition, findings=[],
            result={
                "engine": "LibreOffice", "version": "7.4.7.2", "made_with": MADE_WITH,
                "fonts": {"NotoSerifSC-Regular.ttf": "0394e40a2c07721b"},
            },
        )  # fmt: skip
        session.commit()


@pytest.fixture
def corrected(app: Flask, ada: FlaskClient, office: Office) -> None:
    """Give an issue in its second edition: an item was added on page 2."""
    go(ada, "editing", "locked", "published")
    finish(app, office)
    go(ada, "editing", reason="漏了青屿区的一条")
    add_item(app, "青屿区：码头启用")
    go(ada, "locked", "published")
    settle(app, 1, PageText("", ("封面",)), PageText("1", ("甲一",)), PageText("2", ("乙二",)))
    settle(
        app, 2, PageText("", ("封面",)), PageText("1", ("甲一",)), PageText("2", ("丙三",)),
        PageText("3", ("乙二",)),
    )  # fmt: skip


def test_an_issue_that_was_never_published_shows_no_editions(ada: FlaskClient) -> None:
    assert "已出版的版次" not in ada.get(PROGRESS).text + ada.get(EXPORTS).text


@pytest.mark.parametrize("page", [PROGRESS, EXPORTS])
def test_a_corrected_edition_says_which_pages_and_items_changed(
    ada: FlaskClient, corrected: None, page: str
) -> None:
    text = ada.get(page).text
    assert text.index("第 2 版") < text.index("第 1 版")
    assert "漏了青屿区的一条" in text and "青屿区：码头启用" in text
    assert "改动的页" in text and "只是挪动的页" in text and "共 4 面，上一版 3 面" in text
    assert f'href="/exports/{1}/file"' in text


def test_the_first_editions_file_keeps_its_name_and_its_mark(
    ada: FlaskClient, corrected: None
) -> None:
    text = ada.get(EXPORTS).text
    assert "已出版 · 第 1 版" in text and "过期" not in text
    name = unquote(ada.get("/exports/1/file").headers["Content-Disposition"])
    assert "期）.pdf" in name and "-2" not in name.partition("filename*")[2]


def test_an_issue_being_corrected_shows_what_differs_so_far(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    go(ada, "editing", "locked", "published")
    go(ada, "editing", reason="数字有误")
    assert "与第 1 版没有差别" in ada.get(PROGRESS).text
    add_item(app, "青屿区：码头启用")
    text = ada.get(PROGRESS).text
    assert "正在更正：第 2 版" in text and "青屿区：码头启用" in text


def test_an_export_says_on_demand_how_it_was_made(
    app: Flask, ada: FlaskClient, corrected: None
) -> None:
    text = ada.get(EXPORTS).text
    _, _, made = text.partition("制作信息")
    with app.extensions["database"].reading() as session:
        digest = session.exec(select(IssueEdition).where(IssueEdition.number == 1)).one().digest
    for said in (digest, *MADE_WITH.values(), "7.4.7.2", "0394e40a2c07721b"):
        assert said in made


def test_the_pages_of_a_published_issue_are_asked_for(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    go(ada, "editing", "locked", "published")
    assert "这一版还没有导出过文件" in (text := ada.get(PROGRESS).text)
    assert "去导出" in text
    with app.extensions["database"].reading() as session:
        published_at = session.exec(select(IssueEdition)).one().published_at
    assert abs(published_at - NOW) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "numbers, said",
    [
        ((), ""), (("3",), "3"), (("3", "5", "6", "7", "9"), "3、5–7、9"),
        (("i", "ii", "1", "2"), "i、ii、1–2"),
    ],
)  # fmt: skip
def test_page_numbers_are_written_as_people_write_them(numbers, said) -> None:
    assert ranges(numbers) == said
