from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from editor.errors import ParseError, Reason
from editor.text.document import Figure, Table, body_text, paragraph, plain, table_grid
from workers.articles.extract import extract, extract_fragment, join_pages
from workers.values import Extract

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 15, 4, tzinfo=UTC)
URL = "http://news.example/city/t_1001.html"
LINES = (
    "云州市教育局5月20日公布新一轮学位建设计划，全年新增学位一万二千个，缓解入学压力。",
    "根据计划，青屿区、临澜区将各新建三所小学，两所初中，均按照最新标准设计，并配套建设体育场馆。",
    "市教育局负责人表示，建设资金由市、区两级财政共同承担；项目实行清单管理，每月公布一次进度。",
    "当地家长对此表示欢迎，希望新学校能在秋季学期前投入使用，并同步改善周边的公交线路。",
)
TITLE = "云州全年新增学位一万二千个"
STORY = "".join(f"<p>　　{line}</p>" for line in LINES)
FOOT = (
    '<div class="footer"><a href="/about">关于我们</a> | <a href="/map">网站地图</a>'
    "<p>云州网 版权所有 未经授权，禁止转载。</p></div>"
)
SIDE = '<div class="side"><h2>相关阅读</h2><ul>' + "".join(
    f'<li><a href="/city/t_{n}.html">青屿区第{n}次会议召开</a></li>' for n in range(2, 9)
)


def page(body: str, *, title: str = f"{TITLE}_要闻_云州网", head: str = "") -> str:
    return (
        f'<html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f'<div class="nav"><a href="/">首页</a><a href="/a/">要闻</a><a href="/b/">教育</a></div>'
        f"{body}{SIDE}</ul></div>{FOOT}</body></html>"
    )


def story(info: str = "", body: str = STORY, tail: str = "", **more: str) -> str:
    return page(
        f'<div class="k1"><h1>{TITLE}</h1><div class="k2">{info}</div>'
        f'<div class="k3">{body}</div>{tail}</div>',
        **more,
    )


def read(html: str, url: str = URL, **more: str) -> Extract:
    return extract(
        html.encode(), url=url, content_type="text/html; charset=utf-8", now=NOW, zone=ZONE, **more
    )


def lines(found: Extract) -> tuple[str, ...]:
    return tuple(body_text(found.blocks).split("\n"))


def local(found: Extract) -> str:
    assert found.published
    return found.published.moment.astimezone(ZONE).isoformat(sep=" ", timespec="minutes")[:16]


# --- body ----------------------------------------------------------------------------------------


def test_the_article_comes_without_the_page_around_it():
    found = read(story(info="2026-05-21 09:30　来源：云州日报　作者：林一舟"))
    assert lines(found) == LINES
    assert (found.title, found.source_name, found.byline) == (TITLE, "云州日报", "林一舟")
    assert found.agreement is not None
    assert found.agreement >= 0.85


@pytest.mark.parametrize(
    "container",
    ['id="UCAP-CONTENT"', 'class="TRS_Editor"', 'class="pages_content"', 'id="zoom"'],
)
def test_a_known_container_decides_without_a_vote(container):
    found = read(page(f"<h1>{TITLE}</h1><div {container}>{STORY}</div>"))
    assert lines(found) == LINES
    assert (found.method, found.agreement) == ("container", None)


def test_a_site_rule_goes_before_everything():
    html = page(
        f'<h1>{TITLE}</h1><div id="zoom">{STORY}</div><div class="own"><p>{LINES[0]}</p></div>'
    )
    found = read(html, site_rule=".own")
    assert (lines(found), found.method) == (LINES[:1], "rule")


@pytest.mark.parametrize("rule", [".gone", "p["])
def test_a_site_rule_that_finds_nothing_is_noted_and_passed_over(rule):
    found = read(story(), site_rule=rule)
    assert lines(found) == LINES
    assert any("site rule" in note for note in found.notes)


@pytest.mark.parametrize(
    "tail",
    [
        "<p>（责任编辑：林一舟）</p>",
        "<p>责编：林一舟、江未央</p><p>推荐阅读</p><p>青屿区召开会议，部署多项工作。</p>",
        "<p>声明：转载此文是出于传递更多信息之目的，若有来源标注错误，请与本网联系。</p>",
        '<div class="share-bar">分享到：<a href="#">微信</a><a href="#">微博</a></div>',
        "<p>原标题：云州将添学位</p><p>本文来源：云州日报</p><p>【打印】【关闭】</p>",
        '<div class="related"><h3>延伸阅读</h3><a href="/1">甲</a><a href="/2">乙</a></div>',
        '<p>上一篇：<a href="/0">青屿区开会</a></p><p>下一篇：<a href="/2">临澜区开会</a></p>',
        "<p>微信扫一扫，关注云州教育</p><p><img src='/qr.png'></p>",
    ],
)
def test_what_hangs_below_an_article_is_cut(tail):
    assert lines(read(story(body=STORY + tail))) == LINES


def test_the_title_and_dateline_repeated_in_the_container_are_cut():
    head = f"<p><b>{TITLE}</b></p><p>2026-05-21 09:30 来源：云州日报</p><p>字号：大 中 小</p>"
    assert lines(read(page(f'<div id="zoom">{head}{STORY}</div>'))) == LINES


def test_attachments_and_the_signature_of_a_notice_stay():
    tail = (
        '<p>附件：<a href="/f/1.docx">学位计划表.docx</a></p>'
        "<p style='text-align:right'>云州市教育局</p><p style='text-align:right'>2026年5月20日</p>"
    )
    found = read(page(f'<h1>{TITLE}</h1><div id="zoom">{STORY}{tail}</div>'))
    assert lines(found)[-3:] == ("附件：学位计划表.docx", "云州市教育局", "2026年5月20日")


def test_tables_and_pictures_of_an_article_are_kept_and_layout_tables_unwrapped():
    table = (
        "<table><tr><td>区</td><td>学位</td></tr><tr><td>青屿</td><td>800</td></tr>"
        "<tr><td>临澜</td><td>600</td></tr></table>"
    )
    picture = '<p align="center"><img data-original="/img/1.jpg" src="/blank.gif"></p>'
    layout = f"<table><tr><td>{STORY}{table}{picture}<p>{LINES[1]}</p></td></tr></table>"
    found = read(page(f"<h1>{TITLE}</h1>{layout}"))
    (kept,) = [block for block in found.blocks if isinstance(block, Table)]
    assert table_grid(kept) == [["区", "学位"], ["青屿", "800"], ["临澜", "600"]]
    assert [b.url for b in found.blocks if isinstance(b, Figure)] == [
        "http://news.example/img/1.jpg"
    ]


def test_scripts_in_an_article_leave_nothing_behind():
    evil = '<img src="x" onerror="bad(1)"><script>bad(2)</script><a href="javascript:bad(3)">云</a>'
    found = read(story(body=STORY + evil + f"<p>{LINES[0]}</p>"))
    assert "bad(" not in repr(found)


# --- title, source, date -------------------------------------------------------------------------


def test_a_headline_without_a_heading_element_is_found_by_the_page_title():
    body = f'<div class="x1"><div class="x2">{TITLE}</div><div class="x3">{STORY}</div></div>'
    assert read(page(body)).title == TITLE


@pytest.mark.parametrize(
    ("info", "source"),
    [
        ("来源：<a href='/'>云州日报</a>", "云州日报"),
        ("<span>来源：青屿发布</span><span>作者：林一舟</span>", "青屿发布"),
        ("来源： 《云州观察》 2026-05-21", "《云州观察》"),
        ("文章来源:Yunzhou Daily 发布时间：2026-05-21", "Yunzhou Daily"),
        ("来源：本站", ""),
    ],
)
def test_the_source_is_read_from_its_label(info, source):
    assert read(story(info=info)).source_name == source


def test_the_source_is_read_from_meta():
    assert (
        read(story(head='<meta name="ContentSource" content="云州日报">')).source_name == "云州日报"
    )


@pytest.mark.parametrize(
    ("info", "moment", "precision"),
    [
        ("2026年5月21日 09:30", "2026-05-21 09:30", "minute"),
        ("发布时间：2026/05/21 09:30:15", "2026-05-21 09:30", "second"),
        ("2026.05.21", "2026-05-21 00:00", "day"),
        ("<em>2026</em><em>05</em>/<em>21</em> <i>09:30:15</i>", "2026-05-21 09:30", "second"),
        ("06-14 09:30", "2026-06-14 09:30", "minute"),
        ("昨天 10:20", "2026-06-14 10:20", "minute"),
        ("更新时间：2026-05-25 发布时间：2026-05-21", "2026-05-21 00:00", "day"),
    ],
)
def test_the_date_by_the_headline_is_read(info, moment, precision):
    found = read(story(info=info))
    assert (local(found), found.published.how, found.published.precision) == (
        moment,
        "label",
        precision,
    )


@pytest.mark.parametrize(
    ("head", "how"),
    [
        ('<meta name="firstpublishedtime" content="2026-05-21-09:30:00">', "meta"),
        ('<meta property="article:published_time" content="2026-05-21T01:30:00Z">', "meta"),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle",'
            '"datePublished":"2026-05-21T09:30:00+08:00","dateModified":"2026-05-22"}</script>',
            "json_ld",
        ),
    ],
)
def test_the_date_in_the_head_is_read(head, how):
    found = read(story(head=head))
    assert (local(found), found.published.how) == ("2026-05-21 09:30", how)


def test_the_time_of_last_change_is_never_the_date():
    assert (
        read(story(head='<meta name="lastmodified" content="2026-05-25 10:00:00">')).published
        is None
    )


def test_a_comments_date_is_not_the_articles():
    comments = '<div class="comments"><p>读者：支持！ 2026-05-23 22:10</p></div>'
    assert read(story(tail=comments)).published is None


def test_a_finer_time_for_the_same_day_is_taken_and_another_day_noted():
    head = '<meta name="PubDate" content="2026-05-21">'
    found = read(
        story(info="2026-05-21 09:30", head=head), url="http://a.example/2026/05/22/1.html"
    )
    assert local(found) == "2026-05-21 09:30"
    assert any("url says 2026-05-22" in note for note in found.notes)


def test_the_date_in_the_address_is_the_last_witness():
    found = read(story(), url="http://news.example/202605/t20260521_77.html")
    assert (local(found), found.published.how) == ("2026-05-21 00:00", "url")


# --- split articles ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("href", "url", "following"),
    [
        ("t_1001_2.html", URL, "http://news.example/city/t_1001_2.html"),
        (
            "t_1001_3.html",
            "http://news.example/city/t_1001_2.html",
            "http://news.example/city/t_1001_3.html",
        ),
        ("?page=2", "http://news.example/a", "http://news.example/a?page=2"),
        ("t_1002.html", URL, None),
        ("http://other.example/city/t_1001_2.html", URL, None),
        ("/list/index_2.html", URL, None),
        ("t_1001_1.html", "http://news.example/city/t_1001_2.html", None),
    ],
)
def test_only_this_articles_own_next_page_is_followed(href, url, following):
    pager = f'<div class="page-num"><a href="{href}">下一页</a></div>'
    assert read(story(body=STORY + pager), url=url).next_page_url == following


def test_the_next_article_is_not_the_next_page():
    link = '<p>下一篇：<a href="t_1001_2.html">临澜区开会</a></p>'
    assert read(story(body=STORY + link)).next_page_url is None


def test_pages_of_a_split_article_become_one():
    first = read(story(info="2026-05-21 来源：云州日报", body="".join(STORY.partition("</p>")[:2])))
    second = read(story(body=f"<p>{LINES[1]}</p><p>{LINES[2]}</p><p>{LINES[3]}</p>"))
    whole = join_pages([first, second])
    assert lines(whole) == LINES
    assert (whole.title, whole.source_name, local(whole)[:10]) == (TITLE, "云州日报", "2026-05-21")


# --- what is no article --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"", "text/html", Reason.empty),
        (b"<html><body></body></html>", "text/html", Reason.empty),
        (b"%PDF-1.7 ...", "text/html", Reason.not_html),
        (b"\x89PNG\r\n", "image/png", Reason.not_html),
        (
            b'<body><div id="app"></div><script src="/static/app.js"></script></body>',
            "text/html",
            Reason.looks_scripted,
        ),
        (
            "<body><form>请登录后查看 <input type=password></form></body>".encode(),
            "text/html",
            Reason.needs_login,
        ),
    ],
)
def test_a_page_without_an_article_says_why(body, kind, reason):
    with pytest.raises(ParseError) as caught:
        extract(body, url=URL, content_type=kind, now=NOW, zone=ZONE)
    assert caught.value.reason is reason


# --- feeds ---------------------------------------------------------------------------------------


def test_a_feeds_own_text_is_read_without_its_furniture():
    html = f'{STORY}<img src="/i/1.png"><div class="share">分享到：微信</div><p>责编：江未央</p>'
    blocks = extract_fragment(html, url=URL)
    assert tuple(body_text(blocks).split("\n")) == LINES
    assert blocks[-1] == Figure(url="http://news.example/i/1.png")


def test_a_feed_without_text_gives_no_blocks():
    assert extract_fragment("", url=URL) == ()
    assert extract_fragment("云州", url=URL) == (paragraph("云州"),)
    assert plain(paragraph("云州").content) == "云州"
