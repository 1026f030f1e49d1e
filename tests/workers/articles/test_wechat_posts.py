"""WeChat's posts that show their text and pictures by script; all content is invented."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from editor.errors import ParseError, Reason
from editor.text.document import Figure, body_text
from workers.articles.extract import extract
from workers.articles.script_values import script_value, values_in_array
from workers.articles.wechat import Elsewhere
from workers.values import Extract

ADDRESS = "https://mp.weixin.qq.com/s/AbC-d_1"
ZONE = ZoneInfo("Asia/Shanghai")
TEXT = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市，首批十二条航线下月开通。"
HEAD = '<html><head><meta property="og:title" content="东港码头改造完工" /></head><body>'


def read(page: str, url: str = ADDRESS) -> Extract:
    now = datetime(2026, 9, 30, tzinfo=UTC)
    return extract(page.encode(), url=url, content_type="text/html", now=now, zone=ZONE)


def pictures(found: Extract) -> list[str]:
    return [block.url for block in found.blocks if isinstance(block, Figure)]


PICTURE_POST = (
    HEAD
    + r"""
<div id="js_article" class="rich_media share_content_page"></div><script>
window.item_show_type = '8' || '';
window.ct = '1790499600' || '';
window.msg_title = window.title = '东港码头改造完工' || '';
window.cgiDataNew = {
  nick_name: JsDecode('云州发布'),
  title: JsDecode('东港码头改造完工'),
  content_noencode: JsDecode('青屿区东港码头改造完工。\x0a首批航线下月开通\x26amp;通关。'),
  picture_page_info_list: [
    { cdn_url: JsDecode('https://img.yunzhou.example/one?a=1\x26amp;b=2'), width: '1080' * 1,
      watermark_info: { cdn_url: JsDecode('https://img.yunzhou.example/mark') },
      share_cover: { cdn_url: 'https://img.yunzhou.example/cover' } },
    { "cdn_url": "https://img.yunzhou.example/two" },
  ],
};
</script></body></html>"""
)


def test_a_picture_post_has_its_text_pictures_account_and_moment():
    found = read(PICTURE_POST)
    assert body_text(found.blocks) == "青屿区东港码头改造完工。\n首批航线下月开通&通关。"
    assert pictures(found) == [
        "https://img.yunzhou.example/one?a=1&b=2",
        "https://img.yunzhou.example/two",
    ]
    assert (found.title, found.source_name) == ("东港码头改造完工", "云州发布")
    assert found.published and found.published.moment == datetime.fromtimestamp(1790499600, UTC)
    assert (found.published.how, found.method, found.agreement) == ("wechat", "wechat", None)


def test_a_picture_post_without_a_text_takes_the_description():
    page = PICTURE_POST.replace("content_noencode", "other")
    described = page.replace("<meta", r'<meta name="description" content="首批\x0a航线"><meta')
    assert body_text(read(page).blocks) == ""
    assert body_text(read(described).blocks) == "首批\n航线"
    assert len(pictures(read(page))) == 2


def test_a_text_post_is_named_by_its_beginning():
    page = rf"""<html><head><meta property="og:title" content="{TEXT}\n后一行"></head><body>
    <div id="js_article" class="rich_media page_content"></div><script>
    window.item_show_type = '10'; var oriCreateTime = '1790499600';
    window.text_page_info = {{ content: JsDecode('{TEXT}\x0a后一行\x22引号\x22') }};
    var nickname = htmlDecode("云州发布");</script></body></html>"""
    found = read(page)
    assert found.title == f"{TEXT[:30]}…"
    assert body_text(found.blocks) == f'{TEXT}\n后一行"引号"'
    assert found.source_name == "云州发布"


def test_a_video_post_keeps_what_stands_beside_the_video():
    page = HEAD + (
        "<script>window.item_show_type='5'; var videoContentNoEncode = "
        f"window.a_value_which_never_exists || '{TEXT}';</script></body></html>"
    )
    assert body_text(read(page).blocks) == TEXT


def test_an_article_whose_container_is_filled_by_script_is_read_from_there():
    page = HEAD + (
        '<div class="rich_media"><div id="js_content"></div></div><script>window.cgiDataNew = {'
        rf"item_show_type: '0' * 1, content_noencode: JsDecode('\x3cp\x3e{TEXT}\x3c/p\x3e"
        rf"\x3cp\x3e\x3cscript\x3ealert(1)\x3c/script\x3e{TEXT}\x3c/p\x3e') }};</script>"
    )
    assert body_text(read(page).blocks) == f"{TEXT}\n{TEXT}"


def test_an_ordinary_article_keeps_its_container_whatever_its_scripts_say():
    page = HEAD + (
        '<div class="rich_media"><h1 id="activity-name">东港码头</h1><div id="js_content">'
        f"<p>{TEXT}</p><p>{TEXT}云州</p></div></div><script>var content_noencode = '别的';"
        "window.item_show_type='0'</script></body></html>"
    )
    found = read(page)
    assert body_text(found.blocks) == f"{TEXT}\n{TEXT}云州"
    assert found.method == "container"


def test_the_account_and_the_headline_may_stand_in_scripts_alone():
    page = (
        f'<body><div class="rich_media"><div id="js_content"><p>{TEXT}{TEXT}</p></div></div>'
        "<script>var msg_title = '东港码头改造完工'.html(false);"
        "var nickname = htmlDecode('云州发布'); createTime = '2026-05-22 10:08';</script></body>"
    )
    found = read(page)
    assert (found.title, found.source_name) == ("东港码头改造完工", "云州发布")
    assert found.published and found.published.moment == datetime(2026, 5, 22, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "markup",
    [
        '<a id="js_share_source" href="{}">阅读全文</a>',
        '<span id="js_share_source" data-url="{}"></span>',
        "<p>该公众号已迁移</p><script>var transferTargetLink = '{}';</script>",
    ],
)
def test_a_share_page_and_a_migrated_account_lead_to_the_article(markup):
    target = "https://mp.weixin.qq.com/s?__biz=Mz&mid=1&idx=1&sn=ab"
    page = f'<div class="rich_media"><div id="js_content">好文</div></div>{markup.format(target)}'
    with pytest.raises(Elsewhere) as other:
        read(page)
    assert other.value.url == target


def test_a_share_page_that_leads_to_itself_is_no_circle():
    page = f'<div id="js_content"></div><a id="js_share_source" href="{ADDRESS}#rd">阅读全文</a>'
    with pytest.raises(ParseError):
        read(page)


@pytest.mark.parametrize(
    "sentence, reason",
    [
        ("此内容发送失败无法查看", Reason.deleted),
        ("此帐号已自主注销，内容无法查看", Reason.deleted),
        ("该公众号已迁移至新的帐号", Reason.expired),
        ("此内容被投诉且经审核涉嫌侵权，无法查看。", Reason.violation),
        ("由用户投诉并经平台审核，涉嫌过度营销、骚扰用户，此内容无法查看", Reason.violation),
        ("此账号已被屏蔽，内容无法查看", Reason.violation),
        ("你的访问过于频繁，需要从微信打开验证身份", Reason.wechat_blocked),
        ("参数错误", Reason.bad_link),
    ],
)
def test_every_known_message_is_an_outcome(sentence, reason):
    page = f'<body><div class="weui-msg"><h2 class="weui-msg__title">{sentence}</h2></div></body>'
    with pytest.raises(ParseError) as refusal:
        read(page)
    assert refusal.value.reason == reason


def test_the_page_that_asks_for_a_captcha_is_known_by_its_address():
    with pytest.raises(ParseError) as refusal:
        read("<body>去验证</body>", "https://mp.weixin.qq.com/mp/wappoc_appmsgcaptcha?poc_token=x")
    assert refusal.value.reason == Reason.wechat_blocked


# --- values in scripts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script, value",
    [
        ("var ct = '1790499600';", "1790499600"),
        ('window.ct = "1790499600" || "";', "1790499600"),
        ("{ ct: JsDecode('1790499600') }", "1790499600"),
        ('{"ct":1790499600}', "1790499600"),
        ("var ct = window.none || '1790499600';", "1790499600"),
        ("var act = '1'; ct_x = '2'", ""),
        (r"ct = 'a\x26lt;b\u4e91\n\'c'", "a<b云\n'c"),
        ("ct = 'never closed", ""),
    ],
)
def test_a_value_is_read_however_a_script_gives_it(script, value):
    assert script_value(script, "ct") == value


def test_a_hostile_script_is_read_in_time_linear_in_its_length():
    assert script_value("ct='" * 500_000, "ct") in ("", "ct=")
    assert values_in_array("list: [" + "{cdn_url:" * 200_000, "list", "cdn_url") == []
