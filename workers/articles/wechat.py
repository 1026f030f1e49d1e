"""WeChat's pages: which are articles, what its error pages mean, and which lead elsewhere."""

import re
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from editor.errors import Reason
from editor.text.urls import absolute
from workers.articles.containers import bare_text
from workers.articles.script_values import script_value

HOSTS = ("mp.weixin.qq.com", "weixin.qq.com")
# An error page is short; an article that quotes these sentences is not one.
ERROR_PAGE_CHARACTERS = 1500
LONGEST_ERROR_PAGE = 500_000
# What a share page quotes of its source is a line or two.
LONGEST_SHARE = 400
_ACCOUNT = r"(?:帐号|账号|公众号)"
ERRORS: tuple[tuple[str, Reason], ...] = (
    (
        r"(?:该|此)?内容已被(?:发布者)?删除|已被作者删除|(?:该|此)?文章已被(?:发布者)?删除|发布者已删除"
        rf"|(?:该|此)内容发送失败|{_ACCOUNT}(?:已(?:自主|系统)?(?:注销|冻结)|已被系统(?:回收|注销))",
        Reason.deleted,
    ),
    (
        r"环境异常|操作频繁|访问过?于?频繁|完成验证后即可继续访问|请在微信(?:客户端)?(?:中)?打开",
        Reason.wechat_blocked,
    ),
    (rf"链接已过期|已失效|(?:该|此){_ACCOUNT}已迁移|{_ACCOUNT}迁移流程", Reason.expired),
    (
        r"因违规(?:内容)?无法查看|涉嫌(?:违反|侵权|过度营销)|违反.{0,12}(?:规定|法规|规范|政策)|被投诉|"
        rf"{_ACCOUNT}已?被(?:屏蔽|封|停用)|停止访问该网页|内容违规|内容(?:暂时)?无法查看",
        Reason.violation,
    ),
    (r"参数错误|链接(?:不存在|无效|错误)", Reason.bad_link),
    (r"请(?:先)?登录|登录后(?:可|才能)?查看", Reason.needs_login),
)
_ARTICLE = re.compile(r"""\bid\s*=\s*["']?(?:js_content|img-content|activity-name)\b""", re.I)
_MESSAGE_WORDS = ("weui", "mesg-block", "icon_msg")
_MESSAGE = re.compile(r"weui[-_]msg|weui-desktop-result|mesg-block|class=[\"']?icon_msg", re.I)

MESSAGE_WORDS = ("weui", "mesg-block", "icon_msg")


class Elsewhere(Exception):
    """The page is no article: it leads to the one at `url`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def wechat_page(text: str, url: str) -> bool:
    """Tell whether this is a WeChat article, by its address or, on mirrors, by its skeleton."""
    return wechat_host(url) or ("rich_media" in text and bool(_ARTICLE.search(text)))


def wechat_outcome(text: str, url: str) -> Reason | None:
    """Return what WeChat's error page says (deleted, blocked, expired …), None for an article."""
    if wechat_host(url) and urlsplit(url).path == "/mp/wappoc_appmsgcaptcha":
        return Reason.wechat_blocked
    if not wechat_host(url) and not looks_like_message(text):
        return None
    seen, body = _seen(text[:LONGEST_ERROR_PAGE])
    if len(body) > 20 or len(seen) > ERROR_PAGE_CHARACTERS:
        return None
    for pattern, reason in ERRORS:
        if re.search(pattern, seen):
            return reason
    return None


def looks_like_message(text: str) -> bool:
    """Tell whether a page has the skeleton of WeChat's messages to a reader."""
    # a pattern over a whole page costs milliseconds, three words in it none
    return any(word in text for word in _MESSAGE_WORDS) and bool(_MESSAGE.search(text))


def leads_to(tree: HtmlElement, text: str, url: str) -> str:
    """Return the article that a share page or a migrated account's page leads to, or ""."""
    found = ""
    if moved := script_value(text, "transferTargetLink"):
        found = moved
    for link in tree.xpath('//*[@id="js_share_source"]')[:1]:
        quoted = tree.xpath('//*[@id="js_content"]')
        if sum(len(bare_text(element)) for element in quoted) <= LONGEST_SHARE:
            found = found or link.get("href") or link.get("data-url") or ""
    target = absolute(url, found.strip()) if found.strip() else None
    return target if target and target.split("#")[0] != url.split("#")[0] else ""


def wechat_host(url: str) -> bool:
    """Tell whether an address is WeChat's."""
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
