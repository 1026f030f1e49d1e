"""WeChat's albums: the articles that an album's page or its further parts list."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from editor.errors import ParseError, Reason
from editor.text.markup import parse_page
from editor.text.markup_inline import squeeze
from editor.text.markup_limits import excess
from editor.text.urls import absolute
from workers.articles.script_values import script_value
from workers.articles.wechat import wechat_host, wechat_outcome

PATH = "/mp/appmsgalbum"
PART = 20


@dataclass(frozen=True)
class Album:
    """What a page of an album lists, and the address of its next part ("" at the end)."""

    title: str
    links: tuple[str, ...]
    next_url: str = ""


@dataclass(frozen=True)
class _Row:
    link: str
    message: str
    place: str


def album_address(url: str) -> bool:
    """Tell whether an address is that of an album."""
    return wechat_host(url) and urlsplit(url).path.rstrip("/") == PATH


def read_album(text: str, url: str) -> Album:
    """Return what an album's page, or the JSON of a further part, lists.

    Raises ParseError: empty when it lists nothing, or what WeChat says instead.
    """
    document = _json(text) if text.lstrip().startswith("{") else None
    if document is not None:
        rows, more, title = _rows_of_json(document)
    else:
        if too_much := excess(text):
            raise ParseError(Reason.too_large, too_much)
        tree = parse_page(text)
        rows = _rows_of_page(tree) if tree is not None else []
        more = script_value(text, "continue_flag") != "0"
        title = _title(tree) if tree is not None else ""
    links = [target for row in rows if (target := absolute(url, row.link))]
    if not links:
        raise ParseError(wechat_outcome(text, url) or Reason.empty, "the album lists no article")
    return Album(title, tuple(dict.fromkeys(links)), _next(url, rows[-1]) if more else "")


def _json(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(Reason.empty, f"no JSON: {error}"[:200]) from error
    answer = document.get("getalbum_resp") if isinstance(document, dict) else None
    return answer if isinstance(answer, dict) else {}


def _rows_of_json(answer: dict[str, Any]) -> tuple[list[_Row], bool, str]:
    listed = answer.get("article_list")
    # an album of one article has the article itself there, no list
    articles = [listed] if isinstance(listed, dict) else listed if isinstance(listed, list) else []
    rows = [
        _Row(*(str(article.get(key) or "") for key in ("url", "msgid", "itemidx")))
        for article in articles
        if isinstance(article, dict)
    ]
    more = str(answer.get("continue_flag") or "0") == "1"
    return [row for row in rows if row.link], more, ""


def _rows_of_page(tree: HtmlElement) -> list[_Row]:
    found = tree.xpath('//*[@data-link][@data-msgid or contains(@class, "album")]')
    return [
        _Row(el.get("data-link") or "", el.get("data-msgid") or "", el.get("data-itemidx") or "")
        for el in found
        if el.get("data-link")
    ]


def _title(tree: HtmlElement) -> str:
    found = tree.xpath('//*[@id="js_tag_name"]')
    return squeeze(found[0].text_content())[:200] if found else ""


def _next(url: str, last: _Row) -> str:
    """Return the address of the part after the row, as WeChat's own page asks for it."""
    if not last.message:
        return ""
    parts = urlsplit(url)
    kept = {
        key: value
        for key, value in parse_qsl(parts.query)
        if key in ("__biz", "album_id", "is_reverse")
    }
    asked = {
        "action": "getalbum",
        **kept,
        "count": str(PART),
        "begin_msgid": last.message,
        "begin_itemidx": last.place or "1",
        "f": "json",
    }
    return urlunsplit((parts.scheme, parts.netloc, PATH, urlencode(asked), ""))
