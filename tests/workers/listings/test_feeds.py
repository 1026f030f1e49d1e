from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from editor.errors import ParseError, Reason
from workers.listings.feeds import parse_feed
from workers.values import Listing

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2023, 7, 16, 4, 0, tzinfo=UTC)
FEED = "https://www.yunzhou.example/rss/news.xml"
ITEM = "<item><title>云州公布行动方案</title><link>https://www.yunzhou.example/1</link>{}</item>"


def read(body: str | bytes, content_type: str = "") -> Listing:
    body = body.encode() if isinstance(body, str) else body
    return parse_feed(
        body, url=FEED, content_type=content_type, now=NOW, zone=ZoneInfo("Asia/Shanghai")
    )


def rss(*items: str, declaration: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    channel = "<title>云州日报</title><link>https://www.yunzhou.example/</link>"
    return f'{declaration}<rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'


def only(listing: Listing):
    (entry,) = listing.entries
    return entry


def refused(body: str | bytes) -> Reason:
    with pytest.raises(ParseError) as refusal:
        read(body)
    return refusal.value.reason


@pytest.mark.parametrize(
    "name", ["rss20.xml", "rss091.xml", "rdf10.xml", "atom10.xml", "feed.json"]
)
def test_each_kind_of_feed_gives_address_title_and_date(name):
    entry = read((DATA / name).read_bytes()).entries[0]
    assert entry.url == "https://www.yunzhou.example/news/1.html"
    assert entry.title == "云州公布“三年行动”方案"
    if name != "rss091.xml":
        assert entry.published is not None
        assert entry.published.moment.isoformat() == "2023-07-05T09:30:00+08:00"
        assert entry.published.how == "feed"


@pytest.mark.parametrize(
    "written",
    [
        "2023年07月05日 09:30",
        "2023/07/05 09:30",
        "Wed, 05 Jul 2023 09:30:00 CST",
        "2023-07-05 09:30",
        "2023-07-05T01:30:00Z",
    ],
)
def test_dates_are_read_by_our_rules_and_not_by_feedparsers(written):
    entry = only(read(rss(ITEM.format(f"<pubDate>{written}</pubDate>"))))
    assert entry.published.moment.isoformat() == "2023-07-05T09:30:00+08:00"


def test_an_undated_entry_stays_undated():
    assert only(read(rss(ITEM.format("")))).published is None


def test_an_unreadable_date_is_noted():
    listing = read(rss(ITEM.format("<pubDate>上个月某天</pubDate>")))
    assert only(listing).published is None
    assert "cannot read the date “上个月某天”" in listing.notes


@pytest.mark.parametrize(
    "declared, encoding, header",
    [
        ("utf-8", "gbk", "application/rss+xml"),
        ("gb2312", "utf-8", "application/rss+xml; charset=gbk"),
        ("gb2312", "gb18030", ""),
        ("iso-8859-1", "gbk", "text/xml; charset=iso-8859-1"),
    ],
)
def test_the_bytes_decide_the_encoding_and_not_the_declaration(declared, encoding, header):
    body = rss(ITEM.format(""), declaration=f'<?xml version="1.0" encoding="{declared}"?>')
    listing = read(body.encode(encoding), header)
    assert only(listing).title == "云州公布行动方案"
    assert listing.encoding in (encoding, "gb18030")


def test_a_bare_ampersand_breaks_neither_text_nor_address():
    item = (
        "<item><title>R&D 投入&nbsp;增长</title><link>http://a.example/?id=1&page=2</link></item>"
    )
    listing = read(rss(item))
    assert (only(listing).title, only(listing).url) == (
        "R&D 投入 增长",
        "http://a.example/?id=1&page=2",
    )
    assert listing.notes


def test_prefixes_may_be_undeclared():
    entry = only(
        read(rss(ITEM.format("<dc:creator>张三</dc:creator><dc:date>2023-07-05</dc:date>")))
    )
    assert entry.byline == "张三"
    assert entry.published.precision == "day"


def test_a_program_warning_before_the_feed_is_skipped():
    assert only(read("<br />\n<b>Warning</b>: date() in /x.php<br />" + rss(ITEM.format(""))))


def test_relative_links_start_from_the_feed_or_from_xml_base():
    item = '<item xml:base="http://b.example/x/"><title>一</title><link>1.html</link></item>'
    plain = "<item><title>二</title><link>../2.html</link></item>"
    urls = [entry.url for entry in read(rss(item, plain)).entries]
    assert urls == ["http://b.example/x/1.html", "https://www.yunzhou.example/2.html"]


def test_an_entry_without_link_is_found_by_its_guid_or_noted():
    by_guid = '<item><title>一</title><guid isPermaLink="false">http://a.example/1</guid></item>'
    lost = "<item><title>无处可寻</title><guid>42</guid></item>"
    listing = read(rss(by_guid, lost))
    assert only(listing).url == "http://a.example/1"
    assert listing.notes == ("left out an entry without a usable address: 无处可寻",)


@pytest.mark.parametrize(
    "written, title",
    [
        ("通知&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;要点&lt;/b&gt;", "通知 要点"),
        ("通知&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;", "通知"),
        ("<![CDATA[R&amp;D<br>投入]]>", "R&D投入"),
        ("泛型 List&lt;String&gt; 说明", "泛型 List<String> 说明"),
    ],
)
def test_a_title_is_plain_text_without_scripts(written, title):
    item = f"<item><title>{written}</title><link>http://a.example/1</link></item>"
    assert only(read(rss(item))).title == title


PARAGRAPHS = "<p>" + "青屿区推进产业升级。" * 15 + "</p><p>" + "临澜市跟进。" * 15 + "</p>"


@pytest.mark.parametrize(
    "fields, full",
    [
        (f"<content:encoded><![CDATA[{PARAGRAPHS}]]></content:encoded>", True),
        (f"<description><![CDATA[{PARAGRAPHS}]]></description>", True),
        (f"<description><![CDATA[{PARAGRAPHS}阅读全文]]></description>", False),
        ("<description>青屿区推进产业升级……</description>", False),
        ("<content:encoded><![CDATA[<p>青屿区推进……</p>]]></content:encoded>", False),
    ],
)
def test_full_text_is_told_from_a_summary(fields, full):
    entry = only(read(rss(ITEM.format(fields))))
    assert bool(entry.content) == full
    assert "青屿区推进" in entry.summary or full


def test_full_text_keeps_its_markup_for_the_block_model_to_judge():
    payload = '<p onclick="x()">一</p><script>x()</script><p>二</p>'
    entry = only(
        read(rss(ITEM.format(f"<content:encoded><![CDATA[{payload}]]></content:encoded>")))
    )
    assert entry.content == payload


def test_an_outlet_in_the_authors_place_is_the_source():
    assert only(read(rss(ITEM.format("<author>云州日报</author>")))).source_name == "云州日报"
    assert only(read(rss(ITEM.format("<author>李四</author>")))).byline == "李四"


def test_the_feeds_wish_for_a_pause_and_its_next_part_are_kept():
    listing = read(rss("<ttl>90</ttl>", ITEM.format("")))
    assert (listing.title, listing.ttl_minutes) == ("云州日报", 90)
    assert read((DATA / "atom10.xml").read_bytes()).next_url == "https://www.yunzhou.example/atom/2"


def test_a_feed_that_breaks_off_gives_its_whole_entries():
    whole = rss(ITEM.format(""), "<item><title>二</title><link>http://a.example/2</link></item>")
    listing = read(whole[: whole.index("example/2") + 4])
    assert only(listing).title == "云州公布行动方案"
    assert "the feed breaks off; an entry that was cut was left out" in listing.notes


@pytest.mark.parametrize(
    "body, reason",
    [
        ("", Reason.empty),
        (" \n", Reason.empty),
        (rss(), Reason.empty),
        ("<!DOCTYPE html><html><body><p>云州日报</p></body></html>", Reason.not_feed),
        ("<html><body>&lt;rss&gt;<rss></rss></body></html>", Reason.not_feed),
        ("<kml><Placemark/></kml>", Reason.not_feed),
        ("just words", Reason.not_feed),
        ('{"data": []}', Reason.not_feed),
        ('{"version": ', Reason.not_feed),
        ("[" * 100_000, Reason.not_feed),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Reason.not_feed),
        ("<rss><channel><item><title>一</title>", Reason.truncated),
        (rss(ITEM.format("<a>" * 5000 + "</a>" * 5000)), Reason.not_feed),
        (rss(ITEM.format("<a/>" * 210_000)), Reason.too_large),
        (
            rss(ITEM.format("<a " + " ".join(f'b{n}=""' for n in range(300)) + "/>")),
            Reason.too_large,
        ),
        (rss("&" * 1_000_001), Reason.too_large),
    ],
)
def test_what_is_no_usable_feed_is_refused_with_a_reason(body, reason):
    assert refused(body) == reason


def test_entities_that_multiply_expand_to_nothing():
    lol = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    doctype = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "哈"><!ENTITY cn "云州">{lol}]>'
    item = "<item><title>&cn;&l9;</title><link>http://a.example/1</link></item>"
    assert only(read(rss(item, declaration=doctype))).title == "云州&l9;"


def test_only_the_newest_entries_of_an_endless_feed_are_read():
    items = (f"<item><link>http://a.example/{n}</link></item>" for n in range(2100))
    listing = read(rss(*items))
    assert len(listing.entries) == 2000
    assert "only the first 2000 entries of a very long feed were read" in listing.notes


@pytest.mark.parametrize("noise", ["<![CDATA[" * 200_000, "<" * 300_000, "<rss " * 200_000])
def test_hostile_bytes_end_soon(noise):
    body = rss(ITEM.format("")) + noise
    try:
        assert read(body).entries
    except ParseError as refusal:
        assert refusal.reason
