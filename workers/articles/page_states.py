"""Why a page has no article, a list no row: a login, a script that fills it, or nothing there."""

import re

from lxml.html import HtmlElement

from editor.errors import Reason
from editor.text.urls import absolute
from workers.articles.containers import bare_text

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
# 登陆 in a headline is a typhoon's landfall more often than a form
_LOGIN_TITLE = re.compile(
    r"(?:^|[\s\-_|—·])(?:用户|会员|账[号户]|系统|统一|身份认证){0,3}登[录陆](?:页面?|系统|中心)?(?:$|[\s\-_|—·])|\b(?:log|sign)\s?in\b",
    re.I,
)
_PLACEHOLDER = re.compile(r"\{\{[^{}]{1,80}\}\}|\bv-for=|\bng-repeat=|<%=")
# the address of data that a script fetches: '…/list.json', $.getJSON("…"), fetch('…'), url: "…"
_JSON_FILE = re.compile(r"""["'`]([^"'`\s<>]{1,300}\.json(?:\?[^"'`\s<>]{0,300})?)["'`]""", re.I)
_DATA_CALL = re.compile(
    r"""(?:\$\.(?:getJSON|get|post)\(|\bfetch\(|\baxios\.(?:get|post)\(|\burl\s*:)"""
    r"""\s*["'`]([^"'`\s<>]{2,300})["'`]"""
)
_NO_DATA = re.compile(r"\.(?:js|css|png|jpe?g|gif|s?html?)(?:\?|$)|\$\{", re.I)
SOME_LINKS = 10
LITTLE_TEXT = 200
BARE = 20
MUCH_SCRIPT = 500


def why_empty(tree: HtmlElement, html: str) -> Reason:
    """Return the reason why no article was found on a page."""
    if wants_login(tree):
        return Reason.needs_login
    scripts = _scripts(tree)
    if not scripts:
        return Reason.empty
    if bare_shell(tree):
        return Reason.looks_scripted
    if len(bare_text(tree)) >= LITTLE_TEXT:
        return Reason.empty
    size = sum(len(script.text or "") for script in scripts)
    waiting = bool(_SCRIPT_WORDS.search(html))
    if waiting or size >= MUCH_SCRIPT or any(script.get("src") for script in scripts):
        return Reason.looks_scripted
    return Reason.empty


def why_no_rows(tree: HtmlElement, html: str, url: str) -> tuple[Reason, str]:
    """Return the reason why a list page shows no row, and the address its rows may come from.

    The address is "" unless a script on the page names one; it is worth trying as a JSON listing.
    """
    if wants_login(tree):
        return Reason.needs_login, ""
    if not _scripts(tree):
        return Reason.empty, ""
    data = data_address(html, url)
    few = len(tree.xpath("(//a[@href])[position() <= 10]")) < SOME_LINKS
    if data or few or _PLACEHOLDER.search(html) or tree.xpath(_APP_ROOTS) or _bare_list(tree):
        return Reason.looks_scripted, data
    return Reason.empty, ""


def data_address(html: str, url: str) -> str:
    """Return the address from which a page's scripts fetch their data, "" when none is named."""
    for found in (*_JSON_FILE.finditer(html), *_DATA_CALL.finditer(html)):
        target = None if _NO_DATA.search(found[1]) else absolute(url, found[1])
        if target:
            return target
    return ""


def wants_login(tree: HtmlElement) -> bool:
    """Whether the page is a login form, or says that its text is for those who have logged in."""
    text = bare_text(tree)
    if len(text) >= 5 * LITTLE_TEXT:
        return False
    return bool(_LOGIN.search(text)) or login_form(tree, text)


def login_form(tree: HtmlElement, text: str = "") -> bool:
    """Whether a page is a login form: a password is asked for, and there is little beside it."""
    if not tree.xpath("//input[translate(@type,'PASWORD','pasword')='password']"):
        return False
    length = len(text or bare_text(tree))
    heads = (head.text_content().strip() for head in tree.xpath("//title | //h1 | //h2"))
    named = any(_LOGIN_TITLE.search(head) for head in heads)
    return length < LITTLE_TEXT or (named and length < 4 * LITTLE_TEXT)


def bare_shell(tree: HtmlElement) -> bool:
    """Whether the page is a shell that a script fills: its application's root holds no text."""
    roots = tree.xpath(_APP_ROOTS)
    return any(len(bare_text(root)) < BARE for root in roots) and bool(_scripts(tree))


def _scripts(tree: HtmlElement) -> list[HtmlElement]:
    return list(tree.iter("script"))


def _bare_list(tree: HtmlElement) -> bool:
    """Whether the page has a list without anything in it, such as a script would fill."""
    return bool(tree.xpath("//*[self::ul or self::ol or self::tbody or self::dl][not(*)]"))
