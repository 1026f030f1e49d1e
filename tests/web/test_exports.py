"""The exports page: asking, watching, what went wrong, downloading under the right name."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.desk import exports
from editor.desk.issue_states import digest_of
from editor.errors import Invalid
from editor.store.models import Export, Issue, Publication
from editor.web.exports import filename
from tests.web.conftest import HTMX, Office

PAGE = "/issues/61/exports"
RESULT = {
    "label": "页码由排版引擎在本文件中生成",
    "label_english": "Page numbers come from the layout of this very file",
    "engine": "typst",
    "version": "0.15",
    "pages": 34,
}
FINDING = {"grade": "warn", "code": "x", "chinese": "第 3 条没有日期", "english": "No date"}


@pytest.fixture
def finish(app: Flask, office: Office) -> Callable[..., int]:
    """Give a function that ends the office's export: with a file, or with an error."""

    def end(error: Invalid | None = None, result: dict[str, Any] = RESULT) -> int:
        sha256 = app.extensions["files"].put(b"%PDF-1.7 not really")
        with app.extensions["database"].writing() as session:
            export = exports.claim(session, office.export)
            if error:
                exports.fail(session, export, error, findings=[FINDING])
            else:
                exports.finish(
                    session,
                    export,
                    asset=sha256,
                    size=19,
                    digest="d" * 64,
                    result=result,
                    findings=[FINDING],
                )
            session.commit()
        return office.export

    return end


def test_a_queued_export_polls_itself_and_a_finished_one_does_not(
    ada: FlaskClient, office: Office, finish: Callable[..., int]
) -> None:
    text = ada.get(PAGE).text
    assert "排队中" in text and 'hx-trigger="load delay:1s"' in text
    hidden = ada.get(f"/exports/{office.export}", headers=HTMX | {"X-Hidden": "1"}).text
    assert "delay:5s" in hidden
    finish()
    done = ada.get(f"/exports/{office.export}", headers=HTMX).text
    assert "hx-trigger" not in done
    assert "页码由排版引擎" in done and "34 页" in done and "未经审签" in done
    assert "第 3 条没有日期" in done


def test_asking_makes_a_row_and_rings_for_a_worker(app: Flask, ada: FlaskClient, office) -> None:
    answer = ada.post(PAGE, data={"format": "docx"}, headers=HTMX)
    assert answer.status_code == 200
    assert "Word" in answer.text
    with app.extensions["database"].reading() as session:
        found = exports.list_exports(session, session.get(Issue, 1))
        assert [row.format for row in found] == ["docx", "pdf"]


def test_an_unknown_format_is_refused(ada: FlaskClient, office: Office) -> None:
    assert ada.post(PAGE, data={"format": "exe"}, headers=HTMX).status_code == 422


def test_a_failed_export_says_what_went_wrong_and_offers_another_try(
    ada: FlaskClient, finish: Callable[..., int]
) -> None:
    finish(Invalid("本期还没有稿件，请先排版面", "The issue has no item"))
    text = ada.get(PAGE).text
    assert "本期还没有稿件，请先排版面" in text and "重试" in text
    ada.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert "The issue has no item" in ada.get(PAGE).text


def test_the_file_is_an_attachment_named_after_the_issue(
    ada: FlaskClient, finish: Callable[..., int]
) -> None:
    id = finish()
    answer = ada.get(f"/exports/{id}/file")
    assert answer.data.startswith(b"%PDF")
    assert answer.content_type == "application/pdf"
    disposition = unquote(answer.headers["Content-Disposition"])
    assert disposition.startswith("attachment;")
    assert "云州信息摘编2026年第七期（总第六十一期）.pdf" in disposition
    assert 'filename="yunzhou-2026-07.pdf"' in disposition


def test_what_a_finished_file_was_checked_for_is_said_in_words(
    ada: FlaskClient, finish: Callable[..., int]
) -> None:
    finish(result=RESULT | {"checks": ["V01", "V02", "V03"]})
    text = ada.get(PAGE).text
    assert "成品检查通过：页码、目录、稿件齐全" in text and "V01" not in text


def test_what_was_done_for_the_print_shop_and_the_checks_have_lines_of_their_own(
    ada: FlaskClient, finish: Callable[..., int]
) -> None:
    finish(result=RESULT | {"checks": ["V01"], "print": {"bleed_mm": 3.0, "black_only": True}})
    text = ada.get(PAGE).text
    assert "<dt>付印要求</dt><dd>四边出血 3 毫米，带裁切线 · 文字和线条全黑</dd>" in text
    assert "<dt>检查</dt><dd>成品检查通过：页码</dd>" in text


def test_a_web_page_names_its_letters_once(
    app: Flask, ada: FlaskClient, finish: Callable[..., int]
) -> None:
    id = finish()
    with app.extensions["database"].writing() as session:
        session.get_one(Export, id).format = "web"
        session.commit()
    assert ada.get(f"/exports/{id}/file").content_type == "text/html; charset=utf-8"


def test_an_unfinished_export_has_no_file_yet(ada: FlaskClient, office: Office) -> None:
    assert ada.get(f"/exports/{office.export}/file").status_code == 409


def test_a_pinned_word_file_comes_with_the_pdf_of_the_same_pages(
    app: Flask, ada: FlaskClient, finish: Callable[..., int]
) -> None:
    other = app.extensions["files"].put(b"%PDF-1.7 one item per page")
    id = finish(result=RESULT | {"companion": other})
    assert "同页码的 PDF" in ada.get(PAGE).text
    assert b"one item per page" in ada.get(f"/exports/{id}/companion").data


def test_a_cover_of_its_own_is_offered_beside_the_pages(
    app: Flask, ada: FlaskClient, finish: Callable[..., int]
) -> None:
    cover = app.extensions["files"].put(b"%PDF-1.7 the cover")
    id = finish(result=RESULT | {"cover": cover})
    assert "封面 PDF" in ada.get(PAGE).text
    sent = ada.get(f"/exports/{id}/cover")
    assert b"the cover" in sent.data
    assert unquote(sent.headers["Content-Disposition"]).endswith("-封面.pdf")


def test_a_pdf_for_readers_is_offered_beside_the_print_shops(
    app: Flask, ada: FlaskClient, finish: Callable[..., int]
) -> None:
    readers = app.extensions["files"].put(b"%PDF-1.7 for readers")
    id = finish(result=RESULT | {"readers": readers, "standard": "PDF/A-2a + PDF/UA-1"})
    text = ada.get(PAGE).text
    assert "读者版 PDF" in text and "PDF/A-2a + PDF/UA-1" in text
    sent = ada.get(f"/exports/{id}/readers")
    assert b"for readers" in sent.data
    assert unquote(sent.headers["Content-Disposition"]).endswith("-读者版.pdf")


def test_an_export_without_a_cover_file_has_none_to_send(
    ada: FlaskClient, finish: Callable[..., int]
) -> None:
    id = finish()
    assert "封面 PDF" not in ada.get(PAGE).text
    assert ada.get(f"/exports/{id}/cover").status_code == 409


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ({"gutter_mm": 5}, "装订线 5 毫米，单双页对称"),
        ({"bleed_mm": 3.0}, "四边出血 3 毫米，带裁切线"),
        ({"black_only": True}, "文字和线条全黑"),
        ({"sections_right": True, "inserted": 2}, "中间插了 2 页空白"),
        ({"cover": True}, "封面单独成文件"),
        ({"pad_to": 4, "blank": 3}, "末尾补了 3 页空白"),
        ({"pad_to": 4}, "页数已是 4 的倍数"),
        ({"pdf_only": True}, "只做在 PDF 里"),
    ],
)
def test_an_export_says_what_it_did_for_the_print_shop(
    ada: FlaskClient, finish: Callable[..., int], done: dict[str, Any], said: str
) -> None:
    finish(result=RESULT | {"print": done})
    assert said in ada.get(PAGE).text


def test_an_issue_without_exports_says_how_to_make_one(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    with app.extensions["database"].writing() as session:
        session.delete(session.get(Export, office.export))
        session.commit()
    assert "尚未导出" in ada.get(PAGE).text


def test_a_later_edition_says_so_in_its_name(app: Flask, office: Office) -> None:
    with app.extensions["database"].reading() as session:
        home, issue = session.get(Publication, 1), session.get(Issue, 1)
        issue.edition = 2
        assert filename(home, issue, "docx").endswith("期）-2.docx")
        assert not set('\\/:*?"<>| ') & set(filename(home, issue, "docx"))


def test_an_export_of_what_has_changed_since_is_marked_as_out_of_date(
    app: Flask, ada: FlaskClient, office: Office, finish: Callable[..., int]
) -> None:
    id = finish()
    assert "过期" in ada.get(PAGE).text
    with app.extensions["database"].writing() as session:
        session.get(Export, id).digest = digest_of(session, session.get(Issue, 1))
        session.commit()
    assert "过期" not in ada.get(PAGE).text
