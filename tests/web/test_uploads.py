"""Handing files in on the screen: what is taken, what is said about each file, who may."""

import io
from datetime import date

import pytest
from sqlmodel import select

from editor.store.models import Upload
from editor.workflow import UploadState
from tests.web.conftest import HTMX, token_of

FILES = "multipart/form-data"


def send(client, *files, **fields):
    sent = [(io.BytesIO(content), name) for name, content in files]
    return client.post("/uploads", data={"files": sent, **fields}, content_type=FILES)


def rows(app):
    with app.extensions["database"].reading() as session:
        return session.exec(select(Upload).order_by(Upload.id)).all()


def test_the_screen_says_that_nothing_was_uploaded_yet(ada):
    answer = ada.get("/uploads")
    assert answer.status_code == 200 and "还没有上传过文件。" in answer.text


def test_many_files_are_taken_at_once_and_wait_for_their_reading(ada, app):
    answer = send(ada, ("a.txt", b"text a"), ("b.txt", b"text b"), source_name="云州日报")
    assert answer.status_code == 303
    assert [(row.name, row.state, row.source_name) for row in rows(app)] == [
        ("a.txt", UploadState.queued, "云州日报"),
        ("b.txt", UploadState.queued, "云州日报"),
    ]
    assert "正在读取…" in ada.get("/uploads").text


def test_what_the_person_says_is_kept(ada, app):
    send(ada, ("a.txt", b"text"), title="港口年报", published_on="2026-07-08")
    assert (rows(app)[0].title, rows(app)[0].published_on) == ("港口年报", date(2026, 7, 8))


def test_an_empty_file_is_listed_with_what_to_do(ada):
    send(ada, ("empty.docx", b""))
    assert "文件是空的" in ada.get("/uploads").text


def test_a_file_over_the_limit_is_listed_and_not_kept(ada, app, monkeypatch):
    monkeypatch.setattr("editor.desk.uploads.MOST_BYTES", 10)
    monkeypatch.setattr("editor.web.uploads.MOST_BYTES", 10)
    send(ada, ("large.pdf", b"x" * 40))
    assert rows(app)[0].sha256 == "" and "超过 50 MB" in ada.get("/uploads").text


@pytest.mark.parametrize(
    "files, fields, sentence",
    [
        ((), {}, "请选择至少一个文件"),
        ((("a.txt", b"a"), ("b.txt", b"b")), {"title": "同名"}, "一次上传几个文件时不能填标题"),
        ((("a.txt", b"a"),), {"published_on": "昨天"}, "日期请写成 2025-03-07 的样子"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(ada, app, files, fields, sentence):
    answer = send(ada, *files, **fields)
    assert answer.status_code == 422 and sentence in answer.text
    assert rows(app) == []


def test_the_list_stops_asking_when_all_is_read(ada, app):
    send(ada, ("a.txt", b"text"))
    assert "hx-get" in ada.get("/uploads", headers=HTMX).text
    with app.extensions["database"].writing() as session:
        row = session.exec(select(Upload)).one()
        row.state, row.reason = UploadState.failed, "scanned"
        session.commit()
    text = ada.get("/uploads", headers=HTMX).text
    assert "hx-get" not in text and "扫描件没有文字，请先识别" in text


def test_the_original_is_sent_to_be_saved_and_never_to_be_shown(ada, app):
    send(ada, ("页面.html", b"<script>alert(1)</script>"))
    answer = ada.get(f"/uploads/{rows(app)[0].id}/original")
    assert answer.data == b"<script>alert(1)</script>"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.mimetype == "application/octet-stream"


@pytest.mark.parametrize("who, status", [("Eve", 404), ("reader", 403), ("contributor", 200)])
def test_who_may_have_an_original(ada, app, browser_of, who, status):
    send(ada, ("a.txt", b"text"))
    assert browser_of(who).get(f"/uploads/{rows(app)[0].id}/original").status_code == status


def test_readers_may_not_hand_in(browser_of):
    client = browser_of("reader")
    client.environ_base["HTTP_X_CSRFTOKEN"] = token_of(client, "/back-issues")
    assert send(client, ("a.txt", b"text")).status_code == 403


def test_a_failed_file_can_be_read_again(ada, app):
    send(ada, ("a.txt", b"text"))
    with app.extensions["database"].writing() as session:
        row = session.exec(select(Upload)).one()
        row.state, row.reason, row.attempts = UploadState.failed, "too_slow", 4
        session.commit()
    ada.post(f"/uploads/{row.id}/again")
    assert (rows(app)[0].state, rows(app)[0].attempts) == (UploadState.queued, 0)
