"""Every reason for which something cannot be had has two sentences, and comes from a real page."""

import re
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.settings import Allowance, Settings
from editor.errors import SENTENCES, FetchError, ParseError, Reason
from tests.fakes import respond, serving
from workers.articles.extract import extract
from workers.crawling.fetch import Redirected, Web, asks_to_log_in

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 7, 10, 1, 30, tzinfo=UTC)
SPECIFIED = [
    "dns",
    "refused",
    "timeout",
    "tls",
    "reset",
    "truncated",
    "redirects",
    "http_403",
    "http_404",
    "http_429",
    "http_5xx",
    "blocked_private",
    "robots",
    "too_large",
    "too_slow",
    "not_html",
    "empty",
    "not_feed",
    "decode",
    "deleted",
    "expired",
    "violation",
    "wechat_blocked",
    "needs_login",
    "looks_scripted",
]
ADVICE = re.compile(r"请|会再试|可以|加入|改用")
ENGLISH_ADVICE = re.compile(
    r"try again|we will wait|check|ask |allow|open |paste|upload|use |set |add |log in", re.I
)
MESSAGE = (
    '<html><body><div class="weui-msg"><h2 class="weui-msg__title">{}</h2></div></body></html>'
)


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    web = Web(settings(tmp_path_factory.mktemp("web")))
    yield web
    web.close()


def settings(folder: Any, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "data_dir": folder,
        "database_url": "sqlite://",
        "broker_url": "memory://",
        "secret_key": "only for tests",
        "allow_internal": (Allowance(ip_network("127.0.0.0/8")),),
        "fetch_total": 5.0,
    }
    return Settings(**(values | changes))


def reason_of(web: Web, url: str) -> Reason:
    """Fetch and extract as the workers do; return why there is no article."""
    with pytest.raises((FetchError, ParseError)) as caught:
        page = web.get(url)
        extract(page.body, url=page.final_url, content_type=page.content_type, now=NOW, zone=ZONE)
    return caught.value.reason


@pytest.mark.parametrize("name", SPECIFIED)
def test_every_reason_says_in_both_languages_what_happened_and_what_to_do(name):
    chinese, english = SENTENCES[Reason(name)]
    assert ADVICE.search(chinese), chinese
    assert ENGLISH_ADVICE.search(english), english


def test_no_reason_is_without_sentences():
    assert set(SENTENCES) == set(Reason)


@pytest.mark.parametrize("said, reason", [
    ("该内容已被发布者删除", Reason.deleted),
    ("链接已过期", Reason.expired),
    ("此内容因违规无法查看", Reason.violation),
    ("当前环境异常，完成验证后即可继续访问。", Reason.wechat_blocked),
])  # fmt: skip
def test_what_wechat_says_instead_of_an_article_is_its_reason(web, said, reason):
    with serving({"/s/1": MESSAGE.format(said).encode()}) as site:
        assert reason_of(web, site.url("/s/1")) == reason


@pytest.mark.parametrize("body, headers, reason", [
    ("<title>用户登录</title><form><input type=password></form>", {}, Reason.needs_login),
    ("<div id=app></div><script src=/app.js></script>", {}, Reason.looks_scripted),
    ("<html><body></body></html>", {}, Reason.empty),
    ("%PDF-1.7", {}, Reason.not_html),
    ("film", {"Content-Type": "video/mp4"}, Reason.not_html),
    ("packed", {"Content-Encoding": "br"}, Reason.decode),
    ("packed", {"Content-Encoding": "gzip"}, Reason.decode),
])  # fmt: skip
def test_a_page_that_holds_no_article_has_its_reason(web, body, headers, reason):
    with serving({"/a": (200, headers, body.encode())}) as site:
        assert reason_of(web, site.url("/a")) == reason


# --- logins --------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [
    "/login?next=/a", "/user/login.html", "https://passport.yunzhou.example/", "/sso/?back=/a",
    "https://sso.yunzhou.example/cas/login?service=x", "/member/signin.jsp",
])  # fmt: skip
def test_a_page_that_sends_us_to_a_login_needs_one_and_the_login_is_not_asked(web, target):
    with serving({"/a": (302, {"Location": target}, b"")}) as site:
        assert reason_of(web, site.url("/a")) == Reason.needs_login
        assert site.paths() == ["/a"]


@pytest.mark.parametrize("url", [
    "http://www.cas.yunzhou.example/zwgk/", "http://yunzhou.example/news/typhoon-landfall.html",
    "http://yunzhou.example/blogin/1.html", "http://yunzhou.example/?from=login",
])  # fmt: skip
def test_an_ordinary_address_is_no_login(url):
    assert not asks_to_log_in(url)


# --- names, certificates, chains -----------------------------------------------------------------


def test_a_name_that_does_not_exist_has_its_reason_and_cannot_be_reached(tmp_path):
    def nowhere(host: str, _port: int) -> list[str]:
        raise OSError(f"{host}: no such name")

    web = Web(settings(tmp_path), look_up=nowhere)
    with pytest.raises(FetchError) as caught:
        web.get("http://nobody.yunzhou.example/a")
    assert (caught.value.reason, caught.value.unreached) == (Reason.dns, True)


def test_a_server_that_speaks_no_tls_has_its_reason(web):
    with serving({"/a": b"plain"}) as site, pytest.raises(FetchError) as caught:
        web.get(site.url("/a").replace("http://", "https://"))
    assert caught.value.reason == Reason.tls


def test_a_server_that_never_answers_has_its_reason(tmp_path):
    import time

    def silent(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(1)
        handler.close_connection = True

    web = Web(settings(tmp_path, fetch_total=0.3))
    with serving({"/a": silent}) as site, pytest.raises(FetchError) as caught:
        web.get(site.url("/a"))
    assert (caught.value.reason, caught.value.unreached) == (Reason.timeout, False)


def test_a_chain_across_hosts_is_handed_from_gate_to_gate(web):
    """Each host of a chain is asked once, by whoever holds it: nothing is fetched on the way."""
    with serving({"/c": b"here"}, "127.0.0.3") as third:
        with serving({"/b": (301, {"Location": third.url("/c")}, b"")}, "127.0.0.2") as second:
            with serving({"/a": (302, {"Location": second.url("/b")}, b"")}) as first:
                with pytest.raises(Redirected) as one:
                    web.get(first.url("/a"))
                assert (one.value.url, second.seen) == (second.url("/b"), [])
                with pytest.raises(Redirected) as other:
                    web.get(one.value.url)
                assert (other.value.url, third.seen) == (third.url("/c"), [])
                assert web.get(other.value.url).body == b"here"


def test_a_retry_is_told_with_its_wait(web):
    def busy(handler: BaseHTTPRequestHandler) -> None:
        headers = {
            "Date": "Fri, 10 Jul 2026 01:30:00 GMT",
            "Retry-After": "Fri, 10 Jul 2026 01:31:30 GMT",
        }
        handler.send_response_only(429)
        for name, value in (headers | {"Content-Length": "0"}).items():
            handler.send_header(name, value)
        handler.end_headers()

    with serving({"/a": busy, "/b": lambda h: respond(h, 429, {"Retry-After": "90"}, b"")}) as site:
        for path in ("/a", "/b"):
            with pytest.raises(FetchError) as caught:
                web.get(site.url(path))
            assert caught.value.retry_after is not None
            assert caught.value.retry_after.total_seconds() == 90
