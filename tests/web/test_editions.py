"""Finished editions on screen: read behind a wall, copied article by article."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.assembler.editions.web import web_page
from editor.assembler.editions.wechat import wechat_packet
from editor.desk import exports
from editor.store.models import Issue
from tests.assembler.sample import digest, digest_profile
from tests.cast import NOW
from tests.web.conftest import HTMX, Office

PAGE = "/issues/61/exports"


@pytest.fixture
def finished(app: Flask, office: Office) -> Callable[[str], int]:
    """Give a function that stores a finished export of the sample issue; returns its id."""

    def end(format: str) -> int:
        files = app.extensions["files"]
        make = {"web": web_page, "wechat": wechat_packet}[format]
        content = make(digest(files), digest_profile(), files)
        with app.extensions["database"].writing() as session:
            issue = session.get(Issue, 1)
            row = exports.request_export(session, issue, format, by=None, now=NOW)
            exports.claim(session, row.id)
            exports.finish(
                session,
                row,
                asset=files.put(content),
                size=len(content),
                digest="d" * 64,
                result={"checks": ["V19"], "posts": 12 if format == "wechat" else 0},
                findings=[],
            )
            session.commit()
            return row.id or 0

    return end


def test_every_format_is_offered_with_what_it_is_for(ada: FlaskClient, office: Office) -> None:
    text = ada.get(PAGE).text
    order = [text.index(f'value="{format}"') for format in exports.FORMATS]
    assert order == sorted(order)
    assert "在读书软件和阅读器里看" in text and "附校验和" in text


def test_a_web_edition_can_be_read_behind_a_wall_of_its_own(
    ada: FlaskClient, finished: Callable[[str], int]
) -> None:
    id = finished("web")
    text = ada.get(PAGE).text
    assert f"/exports/{id}/read" in text and "不联网、无脚本、链接有效" in text
    answer = ada.get(f"/exports/{id}/read")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "sandbox" in policy
    assert "allow-scripts" not in policy and "allow-same-origin" not in policy
    assert "云州市科技局" in answer.text


def test_a_web_edition_is_downloaded_under_the_issues_name(
    ada: FlaskClient, finished: Callable[[str], int]
) -> None:
    answer = ada.get(f"/exports/{finished('web')}/file")
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert 'filename="yunzhou-2026-07.html"' in answer.headers["Content-Disposition"]


def test_wechat_articles_are_listed_with_sizes_limits_and_pictures(
    ada: FlaskClient, finished: Callable[[str], int]
) -> None:
    id = finished("wechat")
    text = ada.get(f"/exports/{id}/wechat").text
    assert text.count("<copy-post") == 14
    assert "标题 44 字，公众号最多 32 字" in text
    assert "（上）" in text and "（下）" in text
    assert f"/exports/{id}/wechat/pictures/code-002.png" in text
    assert ada.get(f"/exports/{id}/wechat/pictures/code-002.png").data.startswith(b"\x89PNG")
    assert ada.get(f"/exports/{id}/wechat/pictures/..%2Freport.json").status_code == 404
    assert ada.get(f"/exports/{id}/wechat/pictures/code-999.png").status_code == 404


def test_one_wechat_article_comes_with_its_pictures_inside_and_can_do_nothing(
    ada: FlaskClient, finished: Callable[[str], int]
) -> None:
    id = finished("wechat")
    answer = ada.get(f"/exports/{id}/wechat/s1-1")
    assert 'src="data:image/png;base64,' in answer.text
    assert " class=" not in answer.text and " id=" not in answer.text
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert ada.get(f"/exports/{id}/wechat/s99-1").status_code == 404


def test_an_export_of_another_format_is_not_shown_as_an_edition(
    ada: FlaskClient, office: Office, finished: Callable[[str], int]
) -> None:
    assert ada.get(f"/exports/{office.export}/read").status_code == 404
    assert ada.get(f"/exports/{finished('web')}/wechat").status_code == 404


def test_asking_for_an_edition_answers_with_its_row(ada: FlaskClient, office: Office) -> None:
    answer = ada.post(PAGE, data={"format": "epub"}, headers=HTMX)
    assert answer.status_code == 200 and "电子书 EPUB" in answer.text
