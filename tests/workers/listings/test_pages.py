import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from editor.errors import ParseError, Reason
from workers.listings.pages import parse_json, parse_list
from workers.values import Listing

NOW = datetime(2023, 7, 16, 4, 0, tzinfo=UTC)  # noon in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")
LIST = "https://www.yunzhou.example/news/index.html"
ROWS = {"item": "ul.list > li", "link": "a", "date": "span"}
PATTERN = "https://www.yunzhou.example/news/index_{n}.html"


def row(number: int = 1, date: str = "2023-07-05", title: str = "云州公布行动方案") -> str:
    return f'<li><a href="./{number}.html">{title}</a><span>{date}</span></li>'


def read(
    *rows: str,
    after: str = "",
    url: str = LIST,
    selectors: dict[str, str] = ROWS,
    pattern: str = "",
    page: int = 1,
    content_type: str = "text/html",
) -> Listing:
    body = f'<html><title>要闻</title><ul class="list">{"".join(rows)}</ul>{after}</html>'.encode(
        "gbk"
    )
    return parse_list(
        body,
        url=url,
        content_type=content_type,
        selectors=selectors,
        page_pattern=pattern,
        page=page,
        now=NOW,
        zone=SHANGHAI,
    )


def only(listing: Listing):
    (entry,) = listing.entries
    return entry


def next_of(listing: Listing) -> str | None:
    return listing.next_url and listing.next_url.removeprefix("https://www.yunzhou.example/news/")


def test_a_row_gives_address_title_and_date():
    listing = read(row())
    entry = only(listing)
    assert entry.url == "https://www.yunzhou.example/news/1.html"
    assert entry.title == "云州公布行动方案"
    assert (entry.published.how, entry.published.precision) == ("list", "day")
    assert entry.published.moment.isoformat() == "2023-07-05T00:00:00+08:00"
    assert (listing.title, listing.encoding, listing.next_url) == ("要闻", "gb18030", None)


@pytest.mark.parametrize(
    "date, read_as",
    [
        ("[06-30]", "2023-06-30T00:00:00+08:00"),
        ("07-05", "2023-07-05T00:00:00+08:00"),
        ("12-05", "2022-12-05T00:00:00+08:00"),
        ("3小时前", "2023-07-16T00:00:00+08:00"),
        ("今天 08:05", "2023-07-16T08:05:00+08:00"),
        ("<b>05</b> <i>2023-07</i>", "2023-07-05T00:00:00+08:00"),
        ("<b>07</b>-<b>05</b>", "2023-07-05T00:00:00+08:00"),
        ('<time datetime="2023-07-05T09:30:00+08:00">上周</time>', "2023-07-05T09:30:00+08:00"),
    ],
)
def test_dates_are_read_as_lists_write_them(date, read_as):
    selectors = {**ROWS, "date": "time"} if "<time" in date else ROWS
    assert only(read(row(date=date), selectors=selectors)).published.moment.isoformat() == read_as


def test_without_a_date_selector_the_text_beside_the_link_is_read():
    entry = only(read(row(title="2022年工作总结"), selectors={"item": "ul.list > li"}))
    assert entry.published.moment.isoformat() == "2023-07-05T00:00:00+08:00"


def test_a_title_cut_short_is_taken_from_the_links_title():
    cut = (
        '<li><a href="1.html" title="云州公布三年行动方案">云州公布三年…</a><span>07-05</span></li>'
    )
    hint = '<li><a href="2.html" title="点击查看">· 临澜简讯</a></li>'
    picture = '<li><a href="3.html"><img src="x.png" alt="青屿区图解"></a></li>'
    titles = [entry.title for entry in read(cut, hint, picture).entries]
    assert titles == ["云州公布三年行动方案", "临澜简讯", "青屿区图解"]


def test_rows_without_an_address_are_noted():
    script = '<li><a href="javascript:open(1)">脚本</a></li>'
    listing = read(row(), "<li>无链接</li>", script, row())
    assert only(listing)
    assert "1 rows have no link" in listing.notes
    assert "left out an entry without a usable address: 脚本" in listing.notes
    assert "1 entries repeat an address" in listing.notes


def test_a_list_without_readable_dates_says_so():
    assert "no row has a date that can be read" in read(row(date="")).notes


def test_links_start_from_the_base_element():
    listing = read(row(), after='<base href="https://cdn.yunzhou.example/x/">')
    assert only(listing).url == "https://cdn.yunzhou.example/x/1.html"


@pytest.mark.parametrize(
    "pager",
    [
        '<a href="index_1.html">下一页</a>',
        '<a href="index_1.html">[ 下一页 &gt; ]</a>',
        '<a href="index_1.html">下页</a>',
        '<a href="index_1.html" title="下一页"><img src="n.png"></a>',
        '<a rel="next" href="index_1.html">&gt;&gt;</a>',
        '<link rel="next" href="index_1.html">',
    ],
)
def test_a_link_that_says_next_continues_the_list(pager):
    assert next_of(read(row(), after=pager)) == "index_1.html"


@pytest.mark.parametrize(
    "pager",
    [
        '<a href="index.html">下一页</a>',
        '<a href="javascript:go(2)">下一页</a>',
        '<a href="https://other.example/2">下一页</a>',
        '<a href="2.html">下一页说明会召开</a>',
    ],
)
def test_what_does_not_continue_the_list_ends_it(pager):
    assert read(row(), after=pager).next_url is None


def test_a_selector_for_the_next_page_wins():
    pager = '<a href="x.html">下一页</a><div class="more"><a href="older.html">更早</a></div>'
    assert next_of(read(row(), after=pager, selectors={**ROWS, "next": ".more"})) == "older.html"


@pytest.mark.parametrize(
    "url, pager, following",
    [
        ("index.html", "", "index_1.html"),
        ("index_4.html", "", "index_5.html"),
        ("index.html", '<script>createPageHTML(3, 0, "index", "html")</script>', "index_1.html"),
        ("index_1.html", '<script>createPageHTML(3, 1, "index", "html")</script>', "index_2.html"),
        ("index_2.html", '<script>createPageHTML(3, 2, "index", "html")</script>', None),
        ("index.html", '<script>createPageHTML(1, 0, "index", "html")</script>', None),
        ("index_24.html", "<script>var countPage = 25//共多少页</script>", None),
        ("index_1.html", "<p>共 9 页</p>", "index_2.html"),
        ("index.html", '<a href="index_1.html">2</a><a href="index_2.html">3</a>', "index_1.html"),
        ("index_2.html", '<a href="index.html">1</a><a href="index_1.html">2</a>', None),
        ("index.html", '<a href="index_2.html">2</a><a href="index_3.html">3</a>', "index_2.html"),
    ],
)
def test_a_pattern_counts_on_until_the_pager_shows_the_end(url, pager, following):
    url = f"https://www.yunzhou.example/news/{url}"
    assert next_of(read(row(), after=pager, url=url, pattern=PATTERN)) == following


def test_a_pattern_in_the_query_counts_people_s_numbers():
    assert next_of(read(row(), pattern="?page={n}")) == "index.html?page=2"
    second = read(row(), url=f"{LIST}?page=2", pattern="?page={n}", page=2)
    assert next_of(second) == "index.html?page=3"


def test_an_empty_further_page_is_the_end_and_an_empty_first_page_an_error():
    assert read(pattern=PATTERN, page=4).entries == ()
    assert read(pattern=PATTERN, page=4).next_url is None
    with pytest.raises(ParseError) as refusal:
        read(after="<a href='/'>首页</a>" * 20)
    assert refusal.value.reason == Reason.empty


@pytest.mark.parametrize(
    "page, reason",
    [
        ({"after": "<script src='list.js'></script>"}, Reason.looks_scripted),
        ({"selectors": {"item": "li[[["}}, Reason.empty),
        ({"content_type": "application/pdf"}, Reason.not_html),
        ({"after": "<p>" * 80_001}, Reason.too_large),
    ],
)
def test_a_page_that_is_no_list_is_refused_with_a_reason(page, reason):
    with pytest.raises(ParseError) as refusal:
        read(**page)
    assert refusal.value.reason == reason


def test_a_feed_is_no_list_page_and_says_what_to_do():
    with pytest.raises(ParseError) as refusal:
        parse_list(
            b"<?xml version='1.0'?><rss/>",
            url=LIST,
            content_type="",
            selectors=ROWS,
            page_pattern="",
            page=1,
            now=NOW,
            zone=SHANGHAI,
        )
    assert refusal.value.reason == Reason.not_html
    assert "add it as one" in refusal.value.detail


GOV = [
    {
        "TITLE": "云州市人民政府关于<em>行动方案</em>的通知",
        "URL": "/zhengce/1.htm",
        "DOCRELPUBTIME": "2023-07-05",
    }
]


def read_json(document: object, paths: dict[str, str], wrap: str = "{}") -> Listing:
    body = wrap.replace("{}", json.dumps(document)).encode()
    return parse_json(body, url=LIST, paths=paths, now=NOW, zone=SHANGHAI)


def test_a_json_listing_is_read_by_dotted_paths():
    paths = {"items": "data.0.list", "link": "URL", "title": "TITLE", "date": "DOCRELPUBTIME"}
    entry = only(read_json({"data": [{"list": GOV}]}, paths))
    assert entry.url == "https://www.yunzhou.example/zhengce/1.htm"
    assert entry.title == "云州市人民政府关于行动方案的通知"
    assert (entry.published.how, entry.published.precision) == ("json", "day")


def test_usual_keys_need_no_path_and_a_call_around_the_json_is_taken_off():
    assert only(read_json(GOV, {"items": ""}, wrap="callback({});")).published is not None
    epoch = [{"url": "/1", "title": "一", "publish_time": 1688520615}]
    assert only(read_json(epoch, {})).published.moment.isoformat() == "2023-07-05T09:30:15+08:00"


def test_a_json_listing_may_name_its_next_page():
    listing = read_json({"rows": GOV, "more": "/list?page=2"}, {"items": "rows", "next": "more"})
    assert listing.next_url == "https://www.yunzhou.example/list?page=2"


@pytest.mark.parametrize(
    "body, reason",
    [
        (b"", Reason.empty),
        (b"<html></html>", Reason.not_feed),
        (b'{"rows": {}}', Reason.not_feed),
        (b'{"rows": []}', Reason.empty),
        (b'{"rows": [1, null, {"url": true}]}', Reason.empty),
        (b"[" * 100_000, Reason.not_feed),
    ],
)
def test_what_is_no_json_listing_is_refused_with_a_reason(body, reason):
    with pytest.raises(ParseError) as refusal:
        parse_json(body, url=LIST, paths={"items": "rows"}, now=NOW, zone=SHANGHAI)
    assert refusal.value.reason == reason
