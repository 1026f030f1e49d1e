"""Pages as nobody should write them: a text or a reason, soon, whatever the bytes."""

import gzip
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.errors import ParseError, Reason
from editor.text.markup_limits import MOST_ATTRIBUTES, MOST_TAGS, excess
from workers.articles.extract import extract
from workers.articles.wechat import Elsewhere
from workers.listings.pages import parse_list

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
URL = "https://www.yunzhou.example/1.html"
WECHAT = "https://mp.weixin.qq.com/s/AbC"
LINE = "云州市今日发布通知，要求青屿区推进产业升级，完善配套政策。"
SITES = [path.read_bytes() for path in sorted((Path(__file__).parent / "sites").iterdir())]
SCRAPS = st.sampled_from(
    [b"<div>", b"</div>", b"<table><tr><td rowspan=9999>", b"<script>", b"<!--", b"\x00",
     b"\xff\xfe",
     b"&#xD800;", b"<a href='//[", b"<style>", b"</html>", b"ct='", b"<title>", b"<base href='x:'>"]
)  # fmt: skip


def read(body: bytes, url: str = URL, content_type: str = "") -> None:
    with suppress(ParseError, Elsewhere):
        extract(body, url=url, content_type=content_type, now=NOW, zone=ZONE)


def read_list(body: bytes) -> None:
    with suppress(ParseError):
        parse_list(
            body,
            url=URL,
            content_type="",
            selectors={"item": "li"},
            page_pattern="",
            page=1,
            now=NOW,
            zone=ZONE,
        )


@settings(max_examples=40, deadline=None)
@given(
    body=st.sampled_from(SITES),
    at=st.integers(0, 3000),
    cut=st.integers(0, 3000),
    scrap=SCRAPS,
    flipped=st.integers(0, 255),
    url=st.sampled_from([URL, WECHAT]),
)
def test_a_cut_and_damaged_page_gives_a_text_or_a_reason(body, at, cut, scrap, flipped, url):
    damaged = body[:at] + scrap + body[at : max(at, cut)]
    read(damaged, url)
    read_list(damaged)
    if damaged:
        middle = len(damaged) // 2
        read(damaged[:middle] + bytes([flipped]) + damaged[middle + 1 :], url)


@settings(max_examples=30, deadline=None)
@given(
    body=st.sampled_from(SITES),
    written=st.sampled_from(("gb18030", "utf-16", "utf-32-be", "big5", "shift_jis", "latin-1")),
    declared=st.sampled_from(("utf-8", "gbk", "utf-16", "none-such", "idna", "")),
)
def test_a_page_in_another_encoding_than_it_says_gives_a_text_or_a_reason(body, written, declared):
    text = body.decode("utf-8").encode(written, "replace")
    read(text, content_type=f"text/html; charset={declared}")


@pytest.mark.parametrize(
    "body",
    [
        "<span>云</span>" * 500_000,
        "<div>" * 300_000,
        f"<p>{LINE}</p>" * 100_000,
        f"<div id='zoom' class='{'x ' * 4_000_000}'><p>{LINE}",
        "<div id='zoom' " + " ".join(f"a{n}=1" for n in range(300_000)) + f"><p>{LINE}",
        "<table>" + "<tr><td>一</td></tr>" * 200_000,
        f"<title>{'云州_' * 200_000}</title><h1>云州</h1><div id='zoom'><p>{LINE * 9}",
        "<div id='zoom'>" + "<div class='share'>" * 3000 + LINE * 5,
        f"<h1>云州</h1><p>来源{' ' * 500_000}</p><div id='zoom'><p>{LINE * 9}",
        f"<div id='zoom'><p>{LINE * 9}</p></div><script>{'var ct=1;' * 200_000}</script>",
        gzip.compress(LINE.encode() * 1000).decode("latin-1"),
        "<div id='zoom'><table>" + "<tr><td rowspan=65000 colspan=999>一" * 900 + LINE * 5,
    ],
)
def test_a_huge_page_ends_in_seconds(body):
    started = process_time()
    read(body.encode())
    read_list(body.encode())
    assert process_time() - started < 20


@pytest.mark.parametrize(
    "body, words",
    [
        ("<br>" * (MOST_TAGS + 1), "tags"),
        ("云" * 4_000_001, "characters"),
        ("<p " + "a " * (MOST_ATTRIBUTES + 9) + ">", "attributes"),
        ("<script>" + "a " * 50_000 + "<b</script>", ""),
        (f"<p>{LINE}</p>" * 1000, ""),
    ],
)
def test_what_is_too_much_is_said(body, words):
    assert words in excess(body) and bool(words) is bool(excess(body))


def test_a_page_that_is_too_large_says_so():
    with pytest.raises(ParseError) as refusal:
        extract(b"<br>" * 70_000, url=URL, content_type="", now=NOW, zone=ZONE)
    assert refusal.value.reason == Reason.too_large
