"""The screen of starter packs: choosing, adding, refusing."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from editor.store.models import Source
from editor.web import packs as screen
from tests.web.conftest import Office

URL = "https://www.chinanews.com.cn/rss/scroll-news.xml"


@pytest.fixture(autouse=True)
def bell(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr(screen, "enqueue", lambda _celery, _task, host: rung.append(host))
    return rung


def test_a_chosen_source_is_added_rung_for_and_cannot_be_chosen_again(
    app: Flask, office: Office, ada: FlaskClient, bell: list[str]
) -> None:
    assert "未实际访问" in ada.get("/sources/packs").text
    answer = ada.post("/sources/packs/news", data={"url": [URL]})
    assert answer.status_code == 303 and bell == ["www.chinanews.com.cn"]
    with app.extensions["database"].reading() as session:
        source = session.exec(select(Source).where(Source.url == URL)).one()
        assert (source.pack, source.printed_name) == ("news", "中国新闻网")
    text = ada.get("/sources/packs").text
    assert "disabled" in text and "已有" in text


def test_nothing_chosen_is_said(office: Office, ada: FlaskClient) -> None:
    answer = ada.post("/sources/packs/news", data={})
    assert answer.status_code == 422 and "请至少选择一个来源" in answer.text
    assert ada.post("/sources/packs/none", data={"url": [URL]}).status_code == 404
