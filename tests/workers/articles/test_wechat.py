import pytest

from editor.errors import Reason
from workers.articles.wechat import wechat_outcome, wechat_page

ARTICLE = "https://mp.weixin.qq.com/s/AbC-d_1"
MESSAGE = (
    '<html><body><div class="weui-msg"><div class="weui-msg__title">{}</div></div></body></html>'
)


@pytest.mark.parametrize(
    "sentence, reason",
    [
        ("该内容已被发布者删除", Reason.deleted),
        ("当前环境异常，完成验证后即可继续访问。", Reason.wechat_blocked),
        ("请在微信客户端打开链接", Reason.wechat_blocked),
        ("该链接已过期", Reason.expired),
        ("此内容因违规无法查看", Reason.violation),
        ("此帐号已被屏蔽, 内容无法查看", Reason.violation),
        ("云州发布", None),
    ],
)
def test_an_error_page_is_an_outcome(sentence, reason):
    assert wechat_outcome(MESSAGE.format(sentence), ARTICLE) == reason
    assert wechat_outcome(MESSAGE.format(sentence), "http://127.0.1.7:8000/s/AbC-d_1") == reason


def test_the_sentence_may_stand_in_a_script_that_nobody_sees():
    page = f'<script>var error = "该内容已被发布者删除";</script>{MESSAGE.format("云州发布")}'
    assert wechat_outcome(page, ARTICLE) is None


def test_an_article_that_quotes_the_sentence_is_an_article():
    body = "记者打开链接，页面提示“该内容已被发布者删除”。" * 3
    page = f'<div class="rich_media"><div id="js_content"><p>{body}</p></div></div>'
    assert wechat_outcome(page, ARTICLE) is None
    assert wechat_outcome(f"<p>{body}</p>", "https://www.yunzhou.example/1.html") is None


def test_a_wechat_article_is_known_by_address_or_skeleton():
    skeleton = '<div class="rich_media"><h1 id="activity-name">一</h1></div>'
    assert wechat_page("", ARTICLE)
    assert wechat_page(skeleton, "http://127.0.1.7:8000/s/AbC-d_1")
    assert not wechat_page("<h1>一</h1>", "https://www.yunzhou.example/1.html")


def test_unclosed_markup_ends_soon():
    assert wechat_outcome("<script" * 20_000 + "<!--" * 20_000, ARTICLE) is None
