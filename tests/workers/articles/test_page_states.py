"""Pages that hold nothing for us say why: a login, a script that fills them, nothing at all."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from editor.errors import ParseError, Reason
from workers.articles.extract import extract
from workers.listings.discovery import look
from workers.listings.pages import parse_list

URL = "https://www.yunzhou.example/zwgk/index.html"
NOW = datetime(2026, 7, 10, 1, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
MENU = "".join(f'<a href="/lm{n}/">栏目{n}</a>' for n in range(20))
FORM = (
    "<form action=/dologin><input name=u><input type=password name=p><button>登录</button></form>"
)
FOOT = (
    "<div>云州市政务服务平台由云州市数据局主办，使用中如有问题，请拨打政务服务热线咨询办理。</div>"
)
STORY = "<p>" + "今年第4号台风在青屿区登陆，临澜市转移群众三千余人，农田受淹面积不大。" * 3 + "</p>"


def refusal_of_article(body: str) -> ParseError:
    with pytest.raises(ParseError) as caught:
        extract(body.encode(), url=URL, content_type="text/html; charset=utf-8", now=NOW, zone=ZONE)
    return caught.value


def refusal_of_list(body: str) -> ParseError:
    with pytest.raises(ParseError) as caught:
        parse_list(
            body.encode(), url=URL, content_type="text/html; charset=utf-8",
            selectors={"item": "ul.news li"}, page_pattern="", page=1, now=NOW, zone=ZONE,
        )  # fmt: skip
    return caught.value


def refusal_of_look(body: str) -> ParseError:
    with pytest.raises(ParseError) as caught:
        look(body.encode(), url=URL, content_type="text/html; charset=utf-8", now=NOW, zone=ZONE)
    return caught.value


@pytest.mark.parametrize("body", [
    f"<title>用户登录</title><h1>用户登录</h1>{FORM}{FOOT * 4}",
    f"<title>云州日报</title>{FORM}{FOOT}",
    f"<title>统一身份认证登录 - 云州市</title>{MENU}{FORM}{FOOT * 3}",
    f"<title>Sign in · Yunzhou</title>{FORM}<p>{'Forgot your password? ' * 10}</p>",
    "<h1>内部简报</h1><p>该内容需要登录后查看</p>",
])  # fmt: skip
def test_a_login_form_is_no_article_and_no_list(body):
    assert refusal_of_article(body).reason == Reason.needs_login
    assert refusal_of_list(body).reason == Reason.needs_login


def test_a_story_under_a_small_login_box_stays_a_story():
    page = (
        f"<title>台风登陆</title><body>{FORM}{MENU}<h1>台风登陆</h1><div>{STORY * 4}</div></body>"
    )
    found = extract(page.encode(), url=URL, content_type="text/html", now=NOW, zone=ZONE)
    assert "台风在青屿区登陆" in str(found.blocks)


@pytest.mark.parametrize("shell", [
    '<div id="app"></div><script src="/static/app.js"></script>',
    f'{MENU}<div id="root"></div><script src="/static/app.js"></script>',
    f'<div class="list">正在加载…</div><script>{"var a = 1;" * 90}</script>',
])  # fmt: skip
def test_a_page_whose_text_comes_by_script_says_so(shell):
    assert refusal_of_article(shell).reason == Reason.looks_scripted


@pytest.mark.parametrize("rows, script, data", [
    ('<ul class="news"></ul>', '$.getJSON("./ZUIXIN.json", show)',
     "https://www.yunzhou.example/zwgk/ZUIXIN.json"),
    ('<ul class="news" id="list"></ul>', "fetch('/api/list?page=1').then(show)",
     "https://www.yunzhou.example/api/list?page=1"),
    ('<ul class="news"></ul>', "$.ajax({type: 'GET', url: '/queryList', success: show})",
     "https://www.yunzhou.example/queryList"),
    ('<ul class="news"></ul>', "load()", ""),
    ('<div v-for="item in items">{{ item.title }}</div>', "new Vue({})", ""),
    ('<div id="app"></div>', "go()", ""),
])  # fmt: skip
def test_a_list_that_a_script_fills_says_so_and_where_its_rows_may_come_from(rows, script, data):
    body = f"<body><nav>{MENU}</nav>{rows}<script>{script}</script></body>"
    refusal = refusal_of_list(body)
    assert refusal.reason == Reason.looks_scripted
    assert (f"may come from {data};" in f"{refusal.detail};") == bool(data)


def test_trying_out_such_an_address_tells_the_same():
    body = '<body><ul id=list></ul><script>$.getJSON("/zwgk/list.json", show)</script></body>'
    refusal = refusal_of_look(body)
    assert refusal.reason == Reason.looks_scripted
    assert refusal.detail.endswith("https://www.yunzhou.example/zwgk/list.json")


@pytest.mark.parametrize("body", [
    f"<body>{MENU}<ul class=other><li><a href=/1>公告</a></li></ul><script src=/stat.js></script>",
    f"<body>{MENU}<ul class=news></ul></body>",
])  # fmt: skip
def test_a_list_whose_selectors_do_not_fit_is_empty_not_scripted(body):
    assert refusal_of_list(body).reason == Reason.empty
