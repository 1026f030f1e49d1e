"""WeChat's pages: which are articles, and what its error pages mean."""

import re
from urllib.parse import urlsplit

from lxml import etree

from editor.errors import Reason

HOSTS = ("mp.weixin.qq.com", "weixin.qq.com")
# An error page is short; an article that quotes these sentences is not one.
ERROR_PAGE_CHARACTERS = 1500
LONGEST_ERROR_PAGE = 500_000
ERRORS: tuple[tuple[str, Reason], ...] = (
    (r"(?:该|此)?内容已被发布者删除|已被作者删除|该文章已被删除|发布者已删除", Reason.deleted),
    (
        r"环境异常|操作频繁|访问过于频繁|完成验证后即可继续访问|请在微信客户端打开",
        Reason.wechat_blocked,
    ),
    (r"链接已过期|已失效|该(?:公众号|账号)已迁移", Reason.expired),
    (
        r"因违规无法查看|涉嫌违反|违反.{0,12}(?:规定|法规|规范|政策)|被投诉|"
        r"(?:帐号|账号|公众号)已?被(?:屏蔽|封|停用)|停止访问该网页|内容违规",
        Reason.violation,
    ),
    (r"请(?:先)?登录|登录后(?:可|才能)?查看", Reason.needs_login),
)
_ARTICLE = re.compile(r"""\bid\s*=\s*["']?(?:js_content|img-content|activity-name)\b""", re.I)
_MESSAGE = re.compile(r"weui[-_]msg|weui-desktop-result|mesg-block|class=[\"']?icon_msg", re.I)


def wechat_page(text: str, url: str) -> bool:
    """Tell whether this is a WeChat article, by its address or, on mirrors, by its skeleton."""
    return _wechat_host(url) or bool(_ARTICLE.search(text) and "rich_media" in text)


def wechat_outcome(text: str, url: str) -> Reason | None:
    """Return what WeChat's error page says (deleted, blocked, expired …), None for an article."""
    if not _wechat_host(url) and not _MESSAGE.search(text):
        return None
    seen, body = _seen(text[:LONGEST_ERROR_PAGE])
    if len(body) > 20 or len(seen) > ERROR_PAGE_CHARACTERS:
        return None
    for pattern, reason in ERRORS:
        if re.search(pattern, seen):
            return reason
    return None


def _wechat_host(url: str) -> bool:
    try:
        return (urlsplit(url).hostname or "") in HOSTS
    except ValueError:
        return False


def _seen(markup: str) -> tuple[str, str]:
    """Return what a reader sees of the page, and of its article body, without white space."""
    root = etree.fromstring(f"<div>{markup}</div>", etree.HTMLParser(no_network=True))
    etree.strip_elements(root, "script", "style", with_tail=False)
    bodies = root.iterfind(".//*[@id='js_content']")
    body = "".join(str(text) for element in bodies for text in element.itertext())
    whole = "".join(str(text) for text in root.itertext())
    return "".join(whole.split()), "".join(body.split())
