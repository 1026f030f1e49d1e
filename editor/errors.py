"""The few errors that a person can do something about; each carries a sentence in two languages.

`Sentence` pairs are made here so that worker processes without a request can store both.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why something on the web could not be had; each has a sentence in both languages."""

    dns = "dns"
    refused = "refused"
    timeout = "timeout"
    tls = "tls"
    reset = "reset"
    truncated = "truncated"
    redirects = "redirects"
    http_403 = "http_403"
    http_404 = "http_404"
    http_429 = "http_429"
    http_4xx = "http_4xx"
    http_5xx = "http_5xx"
    blocked_private = "blocked_private"
    robots = "robots"
    too_large = "too_large"
    too_slow = "too_slow"
    not_html = "not_html"
    not_image = "not_image"
    empty = "empty"
    not_feed = "not_feed"
    decode = "decode"
    deleted = "deleted"
    expired = "expired"
    violation = "violation"
    wechat_blocked = "wechat_blocked"
    bad_link = "bad_link"
    needs_login = "needs_login"
    looks_scripted = "looks_scripted"
    unreached = "unreached"


SENTENCES: dict[Reason, tuple[str, str]] = {
    Reason.dns: (
        "找不到这个网站的地址，请检查网址",
        "The site's name cannot be found; check the address",
    ),
    Reason.refused: (
        "对方服务器拒绝连接，稍后会再试",
        "The server refuses the connection; we will try again",
    ),
    Reason.timeout: (
        "对方服务器没有按时回应，稍后会再试",
        "The server did not answer in time; we will try again",
    ),
    Reason.tls: (
        "网站的安全证书有问题，请联系管理员",
        "The site's certificate is not valid; ask the administrator",
    ),
    Reason.reset: ("连接被对方中断", "The server broke the connection"),
    Reason.truncated: (
        "页面没有传完就断了，未采用残缺内容",
        "The page broke off before its end and was not used",
    ),
    Reason.redirects: ("网址来回跳转，没有尽头", "The address redirects in a loop or too often"),
    Reason.http_403: ("网站拒绝访问（403）", "The site denies access (403)"),
    Reason.http_404: (
        "页面不存在（404），可能已被撤下",
        "The page does not exist (404); it may have been removed",
    ),
    Reason.http_429: (
        "网站要求我们放慢速度（429），稍后会再试",
        "The site asks us to slow down (429); we will wait",
    ),
    Reason.http_4xx: ("网站不接受这个请求", "The site does not accept the request"),
    Reason.http_5xx: (
        "网站自身出错，稍后会再试",
        "The site has an error of its own; we will try again",
    ),
    Reason.blocked_private: (
        "网址指向内部网络，出于安全没有访问；确需访问请让管理员加入许可名单",
        "The address leads into a private network and was not visited; "
        "the administrator can allow it",
    ),
    Reason.robots: (
        "网站的 robots.txt 不允许访问这个页面",
        "The site's robots.txt forbids this page",
    ),
    Reason.too_large: ("页面过大，超过上限", "The page is larger than the limit"),
    Reason.too_slow: ("页面传输太慢，超过总时限", "The page took longer than the time allowed"),
    Reason.not_html: ("这个网址不是网页", "The address is not a web page"),
    Reason.not_image: (
        "这个地址不是可用的图片，请另行上传",
        "The address is not a usable picture; upload it instead",
    ),
    Reason.empty: ("页面没有正文", "The page has no text"),
    Reason.not_feed: (
        "这个网址返回的不是订阅源，请检查网址，或改用“列表页”",
        "The address does not return a feed; check it, or add it as a list page",
    ),
    Reason.decode: ("页面文字无法解码", "The page's text cannot be decoded"),
    Reason.deleted: ("文章已被发布者删除", "The article was deleted by its author"),
    Reason.expired: ("链接已过期", "The link has expired"),
    Reason.violation: ("文章因违规无法查看", "The article was taken down by the platform"),
    Reason.wechat_blocked: (
        "微信提示环境异常，请在浏览器中打开后粘贴正文",
        "WeChat blocks automatic access; open it in a browser and paste the text",
    ),
    Reason.bad_link: (
        "链接不完整，请从微信里重新复制链接",
        "The link is incomplete; copy it again from WeChat",
    ),
    Reason.needs_login: ("页面需要登录才能查看", "The page can be read only after logging in"),
    Reason.looks_scripted: (
        "正文由脚本生成，暂时无法自动提取，请打开原文粘贴",
        "The text is made by a script and cannot be extracted; open the page and paste it",
    ),
    Reason.unreached: (
        "列表页已没有这么早的内容，请到网站上查看，把缺的链接粘贴进来",
        "The list page does not go back that far; look at the site and paste what is missing",
    ),
}


def sentence(reason: Reason, language: str = "zh") -> str:
    """Return the reason's sentence for a person, in Chinese unless `language` is "en"."""
    chinese, english = SENTENCES[reason]
    return english if language == "en" else chinese


def two_sentences(problem: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a pydantic error says, in Chinese and English.

    Our validators put both into one ValueError, “中文 / English”; pydantic's own are English only.
    """
    raised = (problem.get("ctx") or {}).get("error")
    if raised is None:
        return str(problem["msg"]), str(problem["msg"])
    chinese, _, english = str(raised).partition(" / ")
    return chinese, english or chinese


class EditorError(Exception):
    """An error with a sentence for a person: Chinese first, English too.

    `chinese` and `english` are complete sentences that say what to do.
    """

    status = 500

    def __init__(self, chinese: str, english: str = "", **details: Any) -> None:
        super().__init__(chinese)
        self.chinese = chinese
        self.english = english or chinese
        self.details = details

    def sentence(self, language: str = "zh") -> str:
        """Return the sentence in Chinese, or in English when `language` is "en"."""
        return self.english if language == "en" else self.chinese

    def both(self) -> str:
        """Return both sentences in one line, for terminals."""
        if self.english == self.chinese:
            return self.chinese
        return f"{self.chinese} / {self.english}"


class NotFound(EditorError):
    """What was asked for does not exist (or not for this person)."""

    status = 404


class NotAllowed(EditorError):
    """The person's roles do not permit it."""

    status = 403


class Conflict(EditorError):
    """Somebody else changed it meanwhile; the sentence says who and what."""

    status = 409


class Invalid(EditorError):
    """Input that cannot be used; `fields` maps a field's name to its sentence pair."""

    status = 422

    def __init__(
        self,
        chinese: str,
        english: str = "",
        fields: dict[str, tuple[str, str]] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(chinese, english, **details)
        self.fields = fields or {}


class Unusable(EditorError):
    """The installation itself is not in order (disk full, program missing, broker gone)."""

    status = 503


class FetchError(Exception):
    """A page that could not be had: its address, the reason, when to try again.

    `unreached` says that no connection came about, so that nothing else can be had there either.
    """

    def __init__(
        self,
        url: str,
        reason: Reason,
        *,
        status: int | None = None,
        retry_after: timedelta | None = None,
        detail: str = "",
        unreached: bool = False,
    ) -> None:
        super().__init__(f"{url}: {reason} {detail}".strip())
        self.url = url
        self.reason = reason
        self.status = status
        self.retry_after = retry_after
        self.detail = detail
        self.unreached = unreached


class ParseError(Exception):
    """Bytes that are not what they should be (a feed that is HTML, a page without text)."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason = reason
        self.detail = detail
