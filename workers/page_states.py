"""Why a page has no article: it wants a login, its text comes by script, or it is empty."""

import re

from lxml.html import HtmlElement

from editor.errors import Reason
from workers.containers import bare_text

_LOGIN = re.compile(
    r"请(?:先)?(?:您)?登[录陆]|登[录陆]后(?:查看|阅读|可见|继续|才能)|需要登[录陆]|会员(?:专享|可见)"
    r"|订阅后(?:阅读|查看)|付费(?:阅读|内容)|(?:sign|log)\s?in to (?:read|continue|view)",
    re.I,
)
_APP_ROOTS = "//*[@id='app' or @id='root' or @id='__next' or @id='__nuxt' or @id='main-app']"
_SCRIPT_WORDS = re.compile(
    r"(?:enable|requires?|turn on) javascript|(?:启用|开启|打开)\s*javascript|浏览器不支持"
    r"|正在加载|加载中|loading",
    re.I,
)
LITTLE_TEXT = 200
MUCH_SCRIPT = 500


def why_empty(tree: HtmlElement, html: str) -> Reason:
    """Return the reason why no article was found on a page."""
    text = bare_text(tree)
    if len(text) < 5 * LITTLE_TEXT and (_LOGIN.search(text) or _password_form(tree, text)):
        return Reason.needs_login
    scripts = list(tree.iter("script"))
    size = sum(len(script.text or "") for script in scripts)
    if len(text) >= LITTLE_TEXT or not scripts:
        return Reason.empty
    roots = tree.xpath(_APP_ROOTS)
    waiting = bool(_SCRIPT_WORDS.search(html))
    if roots or waiting or size >= MUCH_SCRIPT or any(script.get("src") for script in scripts):
        return Reason.looks_scripted
    return Reason.empty


def _password_form(tree: HtmlElement, text: str) -> bool:
    fields = tree.xpath("//input[translate(@type,'PASWORD','pasword')='password']")
    return bool(fields) and len(text) < LITTLE_TEXT
