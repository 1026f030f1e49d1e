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
    Reason.reset: (
        "连接被对方中断，稍后会再试",
        "The server broke the connection; we will try again",
    ),
    Reason.truncated: (
        "页面没有传完就断了，未采用残缺内容，稍后会再试",
        "The page broke off before its end and was not used; we will try again",
    ),
    Reason.redirects: (
        "网址来回跳转，没有尽头；请在浏览器中打开，改用最后的网址",
        "The address redirects in a loop or too often; open it and use where it ends",
    ),
    Reason.http_403: (
        "网站拒绝访问（403）；请在浏览器中打开后粘贴正文",
        "The site denies access (403); open the page in a browser and paste the text",
    ),
    Reason.http_404: (
        "页面不存在（404），可能已被撤下；请检查网址",
        "The page does not exist (404); it may have been removed: check the address",
    ),
    Reason.http_429: (
        "网站要求我们放慢速度（429），稍后会再试",
        "The site asks us to slow down (429); we will wait",
    ),
    Reason.http_4xx: (
        "网站不接受这个请求；请在浏览器中打开核对网址",
        "The site does not accept the request; open the address in a browser to check it",
    ),
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
        "网站的 robots.txt 不允许自动访问这个页面；请在浏览器中打开后粘贴正文",
        "The site's robots.txt forbids this page to programs; open it and paste the text",
    ),
    Reason.too_large: (
        "页面过大，超过上限；请在浏览器中打开后粘贴正文",
        "The page is larger than the limit; open it in a browser and paste the text",
    ),
    Reason.too_slow: (
        "页面传输太慢，超过总时限，稍后会再试",
        "The page took longer than the time allowed; we will try again",
    ),
    Reason.not_html: (
        "这个网址不是网页；如果是文件，请下载后上传",
        "The address is not a web page; if it is a file, download and upload it",
    ),
    Reason.not_image: (
        "这个地址不是可用的图片，请另行上传",
        "The address is not a usable picture; upload it instead",
    ),
    Reason.empty: (
        "页面上没有找到内容；请打开原文核对，文章可以粘贴正文，来源可以重新试读",
        "Nothing was found on the page; open it to check, then paste an article's text "
        "or try the source's address again",
    ),
    Reason.not_feed: (
        "这个网址返回的不是订阅源，请检查网址，或改用“列表页”",
        "The address does not return a feed; check it, or add it as a list page",
    ),
    Reason.decode: (
        "页面文字无法解码；请在来源的设置里指定编码",
        "The page's text cannot be decoded; set the encoding in the source's settings",
    ),
    Reason.deleted: (
        "文章已被发布者删除；手头有留存时可以粘贴正文",
        "The article was deleted by its author; paste the text if you have kept it",
    ),
    Reason.expired: (
        "链接已过期；请换用文章的永久链接",
        "The link has expired; use the article's permanent one",
    ),
    Reason.violation: (
        "文章因违规无法查看；手头有留存时可以粘贴正文",
        "The article was taken down by the platform; paste the text if you have kept it",
    ),
    Reason.wechat_blocked: (
        "微信提示环境异常，请在浏览器中打开后粘贴正文",
        "WeChat blocks automatic access; open it in a browser and paste the text",
    ),
    Reason.bad_link: (
        "链接不完整，请从微信里重新复制链接",
        "The link is incomplete; copy it again from WeChat",
    ),
    Reason.needs_login: (
        "页面需要登录才能查看；请登录后打开，粘贴正文",
        "The page can be read only after logging in; log in, open it and paste the text",
    ),
    Reason.looks_scripted: (
        "内容由脚本生成，暂时无法自动提取；文章请打开原文粘贴，列表请改用它的 JSON 地址",
        "The content is made by a script and cannot be extracted; paste an article's text, "
        "and for a list add its JSON address instead",
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
