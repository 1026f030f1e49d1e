"""Tokens, headers, and what pages may not contain."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import HTMX, Office

ROOT = Path(__file__).resolve().parents[2]
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
PAGES = (
    "/",
    "/triage",
    "/triage/failed",
    "/sources",
    "/sources/new",
    "/sources/paste",
    "/sources/import",
    "/settings/people",
    "/settings/me",
    "/issues",
    "/issues/61/board",
    "/issues/61/exports",
    "/issues/61/sections",
    "/issues/61/items/new",
    "/issues/new",
)


def test_a_post_without_its_token_is_refused_and_says_what_to_do(
    app: Flask, office: Office, browser_of: Callable[[str], FlaskClient]
) -> None:
    client = browser_of("Ada")
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    with app.test_request_context():
        one = office.candidate
        values = {"id": one, "candidate": one, "total": 61, "number": 1, "key": "x"}
        paths = [app.url_for(r.endpoint, **{k: values[k] for k in r.arguments}) for r in posts]
    refused = {path: client.post(path, headers={"Accept-Language": "zh"}) for path in paths}
    assert {path for path, answer in refused.items() if answer.status_code != 400} == set()
    assert "页面已过期，操作没有保存" in refused["/triage/undo"].text


def test_htmx_sends_the_token_as_a_header(ada: FlaskClient, office: Office) -> None:
    assert ada.post(f"/triage/{office.candidate}/shortlist", headers=HTMX).status_code == 200


@pytest.mark.parametrize("path", ["/login", "/", "/nowhere", "/static/css/tokens.css", "/alive"])
def test_every_answer_carries_the_policy(ada: FlaskClient, path: str) -> None:
    headers = ada.get(path).headers
    assert headers["Content-Security-Policy"] == CSP
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_page_with_a_persons_data_is_not_kept_by_caches(ada: FlaskClient) -> None:
    assert ada.get("/").headers["Cache-Control"] == "private, no-store"


def test_a_vendored_script_is_kept_for_a_year(ada: FlaskClient) -> None:
    answer = ada.get("/static/vendor/htmx-2.0.11.min.js")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_inline_code_and_asks_no_other_host(
    ada: FlaskClient, office: Office, path: str
) -> None:
    answer = ada.get(path)
    assert answer.status_code == 200
    # the bookmarklet is a link to be dragged away; the policy keeps it from running here
    text = answer.text.replace('href="javascript:void(window.open(', "", 1)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text)
    scripts = re.findall(r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>", text)
    assert scripts == []
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//", text) == []


def templates() -> Iterator[Path]:
    """Yield the desk's templates; those of the printed issue have rules of their own."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if "publish" not in path.parts:
            yield path


def lines_like(pattern: str, paths: Iterable[Path]) -> list[str]:
    return [
        f"{path.name}: {line.strip()[:80]}"
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(pattern, line)
    ]


def test_no_template_trusts_text_or_writes_inline_code() -> None:
    trusting = r"\|\s*safe\b|\son[a-z]+=|hx-on|js:|autoescape false"
    assert lines_like(trusting, templates()) == []


def test_no_screen_has_inline_styles() -> None:
    # the editions are files of their own: a web page with its style, articles for WeChat
    screens = [path for path in templates() if "editions" not in path.parts]
    assert screens and lines_like(r"\sstyle=|<style", screens) == []


def test_no_style_or_script_of_ours_names_another_host() -> None:
    static = ROOT / "editor" / "web" / "static"
    files = [*static.glob("css/*.css"), *static.glob("js/*.js")]
    assert files
    named = [
        path.name
        for path in files
        if re.search(r"url\(\s*['\"]?(?:https?:)?//|import\s[^;]*https?:", path.read_text("utf-8"))
    ]
    assert named == []


def test_a_fault_says_its_number_and_nothing_of_the_inside(
    app: Flask, ada: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("editor.web.desk.issues.board", broken)
    answer = ada.get("/")
    assert answer.status_code == 500
    assert "编号" in answer.text and "secret detail" not in answer.text


def test_an_unknown_page_answers_in_words(ada: FlaskClient) -> None:
    answer = ada.get("/nowhere")
    assert answer.status_code == 404 and "这个页面不存在" in answer.text
