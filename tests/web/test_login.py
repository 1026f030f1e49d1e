"""Logging in: one sentence for every wrong try, a limit, a new session, a safe way back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from editor.app import create_app
from editor.desk import people
from editor.web.limits import limiter, storage
from tests.cast import NOW, PASSWORD
from tests.web.conftest import Office, log_in, token_of

WRONG = "邮箱或密码不正确"


@pytest.fixture(autouse=True)
def fresh_limits(app: Flask) -> None:
    """Count from nothing: the limiter is one for all applications of a process."""
    with app.app_context():
        limiter.reset()


def try_to(client: FlaskClient, email: str, password: str) -> str:
    """Return the page that a try ends on."""
    data = {"csrf_token": token_of(client), "email": email, "password": password}
    return client.post("/login", data=data, headers={"Accept-Language": "zh"}).text


def test_a_wrong_name_and_a_wrong_password_get_the_same_sentence(
    app: Flask, office: Office
) -> None:
    client = app.test_client()
    assert WRONG in try_to(client, "ada@yunzhou.example", "not hers")
    assert WRONG in try_to(client, "nobody@yunzhou.example", "not hers")


def test_a_disabled_account_is_told_to_ask_the_administrator(app: Flask, office: Office) -> None:
    with app.extensions["database"].writing() as session:
        people.disable(session, people.get_user(session, "reader@yunzhou.example"), now=NOW)
        session.commit()
    assert "请联系管理员" in try_to(app.test_client(), "reader@yunzhou.example", PASSWORD)


def test_after_five_wrong_tries_a_minute_the_sixth_waits(app: Flask, office: Office) -> None:
    client = app.test_client()
    for _ in range(5):
        assert WRONG in try_to(client, "ada@yunzhou.example", "not hers")
    assert "请 1 分钟后再试" in try_to(client, "ada@yunzhou.example", PASSWORD)
    assert log_in(client, "reader") == 303  # somebody else at the same address


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        ("/sources?run=1", "/sources?run=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_stays_on_this_site(
    app: Flask, office: Office, asked: str, reached: str
) -> None:
    client = app.test_client()
    data = {
        "csrf_token": token_of(client),
        "email": "ada@yunzhou.example",
        "password": PASSWORD,
        "next": asked,
    }
    assert client.post("/login", data=data).location == reached


def test_a_login_forgets_what_the_session_knew_before(app: Flask, office: Office) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    before = token_of(client)
    assert log_in(client, "Ada") == 303
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
    assert token_of(client, "/") != before


def test_a_changed_role_ends_the_login(
    app: Flask, browser_of: Callable[[str], FlaskClient]
) -> None:
    client = browser_of("Ada")
    assert client.get("/").status_code == 200
    with app.extensions["database"].writing() as session:
        people.get_user(session, "ada@yunzhou.example").session_epoch += 1
        session.commit()
    assert client.get("/").location == "/login?next=/"


def test_after_a_login_expired_htmx_gets_401_and_keeps_its_page(app: Flask, office: Office) -> None:
    answer = app.test_client().get("/triage/arrivals", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Reswap"] == "none"


def test_polls_do_not_keep_a_login_awake(browser_of: Callable[[str], FlaskClient]) -> None:
    client = browser_of("Ada")
    client.get("/")
    with client.session_transaction() as cookie:
        cookie["minute"] = 0
    assert "Set-Cookie" not in client.get("/triage/arrivals", headers={"X-Poll": "1"}).headers
    assert "Set-Cookie" in client.get("/triage/arrivals").headers


def test_a_fresh_installation_says_how_to_create_the_first_user(app: Flask) -> None:
    assert "zhaibian user add" in app.test_client().get("/login").text


def test_the_cookie_is_secure_exactly_on_https(settings: Settings) -> None:
    for url, secure in (("https://desk.yunzhou.example", True), ("http://10.1.0.7:8000", False)):
        app = create_app(replace(settings, public_url=url))
        cookie = app.test_client().get("/login").headers["Set-Cookie"]
        assert ("Secure" in cookie) is secure
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
        app.extensions["database"].close()


@pytest.mark.parametrize(
    ("broker", "counted"),
    [
        ("redis+socket:///srv/desk/broker.sock", "redis+unix:///srv/desk/broker.sock"),
        ("redis://redis:6379/0", "redis://redis:6379/0"),
        ("memory://", "memory://"),
    ],
)
def test_limits_are_counted_in_the_broker_where_there_is_one(
    settings: Settings, broker: str, counted: str
) -> None:
    assert storage(replace(settings, broker_url=broker)) == counted


def test_many_people_can_log_in_at_once_while_the_broker_is_away(
    settings: Settings, office: Office
) -> None:
    away = f"redis+socket://{settings.data_dir / 'broker' / 'valkey.sock'}"
    app = create_app(replace(settings, broker_url=away))
    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(lambda _: log_in(app.test_client(), "Ada"), range(16)))
    app.extensions["database"].close()
    assert statuses == {303}


def test_a_person_can_change_their_own_password(ada: FlaskClient, app: Flask) -> None:
    wrong = ada.post("/settings/me/password", data={"present": "?", "password": "longer than 8"})
    assert wrong.status_code == 422 and "现在的密码不对" in wrong.text
    data = {"present": PASSWORD, "password": "longer than 8"}
    assert ada.post("/settings/me/password", data=data).status_code == 303
    assert ada.get("/").status_code == 200
    assert log_in(app.test_client(), "Ada", "longer than 8") == 303
