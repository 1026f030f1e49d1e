"""Feeds as nobody should write them: entries or a reason, soon, whatever the bytes."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.errors import ParseError, Reason
from tests.acceptance.hostile_feeds import small
from workers.listings.feeds import MOST_BYTES, parse_feed
from workers.values import Listing

SAMPLES = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "data").iterdir())]
ENCODINGS = ("utf-8", "gb18030", "utf-16", "utf-32-be", "big5", "shift_jis", "latin-1")
SCRAPS = st.sampled_from(
    [b"<item>", b"</item>", b"<![CDATA[", b"]]>", b"&x;", b"<!DOCTYPE a [", b"<!ENTITY a '",
     b"\x00",
     b"xmlns:x=''", b"<a:b>", b"\xff\xfe", b"<?xml", b"&#xD800;", b"<!--", b"<entry", b'"', b"{"]
)  # fmt: skip


def read(body: bytes, content_type: str = "") -> Listing | None:
    with suppress(ParseError):
        return parse_feed(
            body,
            url="https://www.yunzhou.example/rss",
            content_type=content_type,
            now=datetime(2026, 7, 1, tzinfo=UTC),
            zone=ZoneInfo("Asia/Shanghai"),
        )
    return None


@settings(max_examples=80, deadline=5000)
@given(
    body=st.sampled_from(SAMPLES), cut=st.integers(0, 4000), scrap=SCRAPS, at=st.integers(0, 4000)
)
def test_a_truncated_and_damaged_feed_gives_entries_or_a_reason(body, cut, scrap, at):
    read(body[:at] + scrap + body[at : max(at, cut)])


@settings(max_examples=60, deadline=5000)
@given(
    body=st.sampled_from(SAMPLES),
    written=st.sampled_from(ENCODINGS),
    declared=st.sampled_from((*ENCODINGS, "none-such", "idna", "")),
)
def test_a_feed_in_another_encoding_than_it_says_gives_entries_or_a_reason(body, written, declared):
    text = body.decode("utf-8").encode(written, "replace")
    read(text, f"text/xml; charset={declared}")


@settings(max_examples=60, deadline=5000)
@given(
    body=st.binary(max_size=300), start=st.sampled_from((b"", b"<rss><channel>", b"{", b"<feed>"))
)
def test_any_bytes_give_entries_or_a_reason(body, start):
    read(start + body)


@pytest.mark.parametrize("depth", [300, 30_000])
@pytest.mark.parametrize("tag", [b"<b>", b"<item>", b"<content:encoded>", b"[", b'{"items":['])
def test_deep_nesting_ends(depth, tag):
    read((b"" if tag[:1] in b"[{" else b"<rss><channel><item>") + tag * depth)


def test_a_billion_laughs_stay_unread():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "哈">{laughs}]>'
    item = "<item><title>&l11;</title><link>http://a.example/1</link></item>"
    listing = read(f'{head}<rss version="2.0"><channel>{item}</channel></rss>'.encode())
    assert listing is None or len(listing.entries[0].title) < 100


@settings(max_examples=80, deadline=5000)
@given(body=st.sampled_from(SAMPLES), cut=st.integers(0, 4000), flips=st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4))  # fmt: skip
def test_a_feed_cut_at_any_byte_with_bytes_flipped_gives_entries_or_a_reason(body, cut, flips):
    damaged = bytearray(body[:cut])
    for place, value in flips:
        if place < len(damaged):
            damaged[place] = value
    read(bytes(damaged))


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in small()])
def test_a_hostile_feed_ends_in_seconds(body):
    started = process_time()
    read(body)
    assert process_time() - started < 20


@pytest.mark.slow
def test_a_feed_of_fifty_megabytes_gives_entries_and_a_larger_one_its_reason():
    item = "<item><title>云州</title><link>http://a.example/{}</link><description>{}</description></item>"
    body = "".join(item.format(n, "青屿区推进产业升级。" * 400) for n in range(4100))
    feed = f'<rss version="2.0"><channel>{body}</channel></rss>'.encode()
    assert 45 << 20 < len(feed) <= MOST_BYTES
    listing = read(feed)
    assert listing is not None and listing.notes
    with pytest.raises(ParseError) as refusal:
        parse_feed(feed + b" " * MOST_BYTES, url="http://a.example/", content_type="",
                   now=datetime(2026, 7, 1, tzinfo=UTC),
                   zone=ZoneInfo("Asia/Shanghai"))  # fmt: skip
    assert refusal.value.reason == Reason.too_large
