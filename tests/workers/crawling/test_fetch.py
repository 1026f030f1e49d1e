"""The door to the web: guard, caps, redirects, reasons."""

import gzip
import os
import socket
import struct
import time
import zlib
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from config.settings import Allowance, Settings
from editor.errors import FetchError, Reason
from tests.fakes import Site, respond, serving
from workers.crawling.fetch import Manners, Redirected, Web, retry_after
from workers.crawling.guard import Barred, judge, permitted

LOOPBACK = (Allowance(ip_network("127.0.0.0/8")),)
KB = 1024


def make_web(tmp_path: Any, **changes: Any) -> Web:
    values: dict[str, Any] = {
        "data_dir": tmp_path,
        "database_url": "sqlite://",
        "broker_url": "memory://",
        "secret_key": "only for tests",
        "allow_internal": LOOPBACK,
        "fetch_total": 5.0,
        "page_bytes": 64 * KB,
        "contact": "crawler@yunzhou.example",
    }
    return Web(Settings(**(values | changes)))


def refusal(web: Web, url: str, **options: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        web.get(url, **options)
    return caught.value


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    web = make_web(tmp_path_factory.mktemp("web"))
    yield web
    web.close()


def test_a_page_comes_with_its_headers_and_says_honestly_who_asked(web):
    with serving({"/a.html": (200, {"ETag": '"1"'}, "云州".encode())}) as site:
        page = web.get(site.url("/a.html"))
    assert (page.status, page.body.decode(), page.headers["etag"]) == (200, "云州", '"1"')
    agent = site.seen[0][1]["user-agent"]
    assert agent.startswith("zhaibian/") and agent.endswith("(+crawler@yunzhou.example)")


def test_an_unchanged_page_is_asked_for_by_its_validators(web):
    def answer(handler: BaseHTTPRequestHandler) -> None:
        known = handler.headers["If-None-Match"] == '"1"' and handler.headers["If-Modified-Since"]
        respond(handler, 304 if known else 200, {"Content-Length": "0"}, b"")

    with serving({"/a": answer}) as site:
        page = web.get(site.url("/a"), etag='"1"', last_modified="Fri, 10 Jul 2026 00:00:00 GMT")
    assert page.status == 304


def test_redirects_on_the_same_host_are_followed_with_manners_at_each_hop(web):
    routes = {
        "/1": (302, {"Location": "/2"}, b""),
        "/2": (301, {"Location": "/3"}, b""),
        "/3": b"x",
    }
    steps: list[str] = []
    manners = Manners(
        allowed=lambda url: not steps.append(url[-2:]),  # type: ignore[func-returns-value]
        before=lambda: steps.append("wait"),
        after=lambda: steps.append("rest"),
    )
    with serving(routes) as site:
        page = web.get(site.url("/1"), manners=manners)
    assert page.final_url.endswith("/3")
    assert steps == ["/1", "wait", "rest", "/2", "wait", "rest", "/3", "wait", "rest"]


def test_a_redirect_to_another_host_is_handed_back(web):
    target = "https://www.yunzhou.example/a"
    with serving({"/1": (302, {"Location": target}, b"")}) as site, pytest.raises(Redirected) as to:
        web.get(site.url("/1"))
    assert to.value.url == target


@pytest.mark.parametrize("routes", [
    {"/1": (302, {"Location": "/1"}, b"")},
    {f"/{n}": (302, {"Location": f"/{n + 1}"}, b"") for n in range(1, 9)},
    {"/1": (302, {"Location": "weixin://dl"}, b"")},
    {"/1": (302, {}, b"")},
])  # fmt: skip
def test_a_redirect_that_leads_nowhere_has_its_reason(web, routes):
    with serving(routes) as site:
        assert refusal(web, site.url("/1")).reason == Reason.redirects


def test_a_hop_into_forbidden_paths_is_not_taken(web):
    routes = {"/1": (302, {"Location": "/private/x"}, b""), "/private/x": b"secret"}
    with serving(routes) as site:
        manners = Manners(allowed=lambda url: "/private/" not in url)
        assert refusal(web, site.url("/1"), manners=manners).reason == Reason.robots
    assert site.paths() == ["/1"]


@pytest.mark.parametrize("status, reason", [
    (401, Reason.needs_login), (403, Reason.http_403), (404, Reason.http_404),
    (410, Reason.http_404), (418, Reason.http_4xx), (429, Reason.http_429),
    (500, Reason.http_5xx), (503, Reason.http_5xx), (204, Reason.empty),
])  # fmt: skip
def test_every_status_has_its_reason(web, status, reason):
    with serving({"/a": (status, {"Retry-After": "7"}, b"")}) as site:
        error = refusal(web, site.url("/a"))
    assert (error.reason, error.status) == (reason, status)
    assert error.retry_after == timedelta(seconds=7)


def test_a_retry_date_is_read_by_the_servers_own_clock():
    headers = {
        "date": "Sun, 16 Jul 2023 04:00:00 GMT",
        "retry-after": "Sun, 16 Jul 2023 04:02:00 GMT",
    }
    assert retry_after(headers) == timedelta(minutes=2)
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({"retry-after": "9" * 40}) == timedelta(days=1)


# --- sizes and times -------------------------------------------------------------------------


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    try:
        for _ in range(10_000):
            handler.wfile.write(b"-" * KB)
    except OSError:
        handler.close_connection = True


def test_a_page_that_announces_too_much_is_not_read(web):
    with serving({"/a": b"-" * 65 * KB}) as site:
        assert refusal(web, site.url("/a")).reason == Reason.too_large


def test_a_page_without_end_is_cut_off(web):
    with serving({"/a": endless}) as site:
        assert refusal(web, site.url("/a")).reason == Reason.too_large


def test_a_bomb_ends_after_the_cap_not_after_its_size(web):
    bomb = gzip.compress(b" " * (40 << 20))
    assert len(bomb) < 64 * KB
    with serving({"/a": (200, {"Content-Encoding": "gzip"}, bomb)}) as site:
        started = time.monotonic()
        assert refusal(web, site.url("/a")).reason == Reason.too_large
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("coding, packed", [
    ("gzip", gzip.compress(b"yun", mtime=0) + gzip.compress(b"zhou", mtime=0)),
    ("deflate", zlib.compress(b"yunzhou")),
    ("deflate", zlib.compress(b"yunzhou")[2:-4]),
    ("identity", b"yunzhou"),
], ids=("gzip in two members", "zlib", "bare deflate", "not packed"))  # fmt: skip
def test_packed_bodies_are_unpacked(web, coding, packed):
    with serving({"/a": (200, {"Content-Encoding": coding}, packed)}) as site:
        assert web.get(site.url("/a")).body == b"yunzhou"


def test_a_packed_body_that_breaks_off_is_not_used(web):
    body = gzip.compress(bytes(range(256)) * 40)[:-60]
    with serving({"/a": (200, {"Content-Encoding": "gzip"}, body)}) as site:
        assert refusal(web, site.url("/a")).reason == Reason.truncated


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, 200, {"Content-Length": "9000"}, b"half a page")
    handler.close_connection = True


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # the handler's files share the socket: only its number can be closed for good
    os.close(handler.connection.detach())
    handler.close_connection = True


@pytest.mark.parametrize("answer, reason", [(cut_off, Reason.truncated), (reset, Reason.reset)])
def test_a_broken_connection_has_its_reason(web, answer, reason):
    with serving({"/a": answer}) as site:
        assert refusal(web, site.url("/a")).reason == reason


def test_bytes_that_drip_in_do_not_outlast_the_time_for_a_page(tmp_path):
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b"-")
                time.sleep(0.05)
        except OSError:
            handler.close_connection = True

    web = make_web(tmp_path, fetch_total=0.4)
    with serving({"/a": drip}) as site:
        started = time.monotonic()
        assert refusal(web, site.url("/a")).reason == Reason.too_slow
        assert time.monotonic() - started < 2


def test_a_port_nobody_listens_on_is_refused(web):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert refusal(web, f"http://127.0.0.1:{port}/").reason == Reason.refused


def test_a_video_is_not_downloaded_as_a_page(web):
    with serving({"/a": (200, {"Content-Type": "video/mp4"}, b"film")}) as site:
        assert refusal(web, site.url("/a")).reason == Reason.not_html
        assert web.get(site.url("/a"), kind="image").body == b"film"


# --- the guard -------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [
    "127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0",
    "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.1", "[fe80::1]", "224.0.0.1", "100.64.0.1",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::]", "192.0.2.1", "localhost",
])  # fmt: skip
def test_internal_and_disguised_addresses_are_never_connected_to(tmp_path, host):
    with serving({"/": b"secret"}) as site:
        web = make_web(tmp_path, allow_internal=())
        for port in (80, site.port):
            assert refusal(web, f"http://{host}:{port}/").reason == Reason.blocked_private
    assert site.seen == []


def test_an_allowance_can_name_one_port(tmp_path):
    with serving({"/": b"here"}) as site, serving({"/": b"there"}) as other:
        allowance = Allowance(ip_network("127.0.0.1/32"), site.port)
        web = make_web(tmp_path, allow_internal=(allowance,))
        assert web.get(site.url("/")).body == b"here"
        assert refusal(web, other.url("/")).reason == Reason.blocked_private


@pytest.mark.parametrize("address, port, allowed", [
    ("93.184.216.34", 443, True), ("93.184.216.34", 8080, False), ("93.184.216.34", 22, False),
    ("2606:2800:220:1::1", 80, True), ("192.168.0.1", 80, False),
])  # fmt: skip
def test_public_addresses_are_visited_on_the_webs_own_ports_only(address, port, allowed):
    assert permitted(ip_address(address), port, ()) is allowed


def test_a_name_with_one_internal_address_is_barred_whole():
    with pytest.raises(Barred):
        judge("two.example", 80, (), lambda _host, _port: ["93.184.216.34", "10.0.0.1"])


def test_a_name_is_resolved_once_and_the_judged_address_is_the_one_connected_to(tmp_path):
    answers = ["127.0.0.1", "10.0.0.1"]
    settings = make_web(tmp_path)
    settings.close()
    with serving({"/": b"judged"}) as site:
        web = Web(
            Settings(
                data_dir=tmp_path,
                database_url="sqlite://",
                broker_url="memory://",
                secret_key="x",
                allow_internal=LOOPBACK,
            ),
            look_up=lambda _host, _port: [answers.pop(0)],
        )
        assert web.get(f"http://rebind.example:{site.port}/").body == b"judged"
    assert answers == ["10.0.0.1"]


def test_proxies_of_the_environment_are_not_used(tmp_path, monkeypatch):
    with serving({"/a": b"direct"}) as site:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        assert make_web(tmp_path).get(site.url("/a")).body == b"direct"


def test_cookies_are_not_kept(web):
    with serving({"/a": (200, {"Set-Cookie": "id=1"}, b"x")}) as site:
        web.get(site.url("/a"))
        web.get(site.url("/a"))
    assert all("cookie" not in headers for _, headers in site.seen)


def test_a_second_server_is_another_host(web):
    with serving({"/b": b"x"}, "127.0.0.2") as other:
        away = {"/a": (302, {"Location": other.url("/b")}, b"")}
        with serving(away) as site, pytest.raises(Redirected):
            web.get(site.url("/a"))
    assert isinstance(other, Site) and other.seen == []
