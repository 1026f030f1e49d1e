"""WeChat's posts whose text and pictures stand in the page's scripts: pictures, texts, videos.

The names were found in published readers of such pages; the container of an ordinary article
(`#js_content`) is empty or missing on them.
"""

import re
from dataclasses import dataclass
from html import escape

from lxml.html import HtmlElement

from editor.text.markup import parse_page
from editor.text.markup_inline import squeeze
from workers.articles.containers import bare_text
from workers.articles.script_values import script_value, values_in_array

TEXT_POST = "10"
PICTURE_POST = "8"
LONGEST_TITLE = 30
SHORTEST_BODY = 20
_SHOWN = (
    "js_text_desc",
    "js_image_desc",
    "js_image_content",
    "js_common_share_desc",
    "js_share_content",
)
_TEXTS = (
    "content_noencode",
    "ContentNoEncode",
    "TextContentNoEncode",
    "videoContentNoEncode",
)
_BLOCK = re.compile(r"<(?:p|section|div|br|table|ul|ol|h[1-6]|blockquote|img)\b", re.I)
_SENTENCE = re.compile(r"[^。！？!?\n]+[！？!?]?")


@dataclass(frozen=True)
class Post:
    """What a post's scripts say: its body as an element, and its title ("" when it is unknown)."""

    body: HtmlElement
    title: str


def scripted_post(tree: HtmlElement, text: str) -> Post | None:
    """Return the post that a WeChat page shows by script, None for an ordinary article."""
    kind = script_value(text, "item_show_type")
    article = _by_id(tree, "js_content")
    written = bare_text(article) if article is not None else ""
    drawn = article is not None and article.find(".//img") is not None
    if drawn or (len(written) >= SHORTEST_BODY and kind not in (PICTURE_POST, TEXT_POST)):
        return None
    pictures = list(dict.fromkeys(values_in_array(text, "picture_page_info_list", "cdn_url")))
    words = _shown(tree) or _told(tree, text, kind) or (written if pictures or kind else "")
    if not words and not pictures:
        return None
    body = parse_page(f"<div>{_markup(words)}{''.join(map(_figure, pictures))}</div>")
    if body is None:
        return None
    return Post(body, _title(text, kind, body))


def account_name(tree: HtmlElement, text: str) -> str:
    """Return the account that published a WeChat page, "" when the page does not tell."""
    for name in ("js_name", "post-user"):
        element = _by_id(tree, name)
        if element is not None and (shown := squeeze(element.text_content())):
            return shown
    shown = " ".join(
        el.text_content() for el in tree.xpath('//*[contains(@class, "wx_follow_nickname")]')[:1]
    )
    return squeeze(shown) or squeeze(script_value(text, "nickname", "nick_name"))[:100]


def script_title(text: str) -> str:
    """Return the headline as WeChat's scripts tell it, or ""."""
    return squeeze(script_value(text, "msg_title"))


def _by_id(tree: HtmlElement, name: str) -> HtmlElement | None:
    found: list[HtmlElement] = tree.xpath(f'//*[@id="{name}"]')
    return found[0] if found else None


def _shown(tree: HtmlElement) -> str:
    """Return the text of an element made for such a post, where the server has filled it."""
    for name in _SHOWN:
        element = _by_id(tree, name)
        if element is not None and bare_text(element):
            return element.text_content().strip()
    return ""


def _told(tree: HtmlElement, text: str, kind: str) -> str:
    if kind == TEXT_POST:
        start = text.find("text_page_info")
        own = script_value(text[start:], "content_noencode", "content") if start >= 0 else ""
        if own:
            return own
    if said := script_value(text, *_TEXTS):
        return said
    if kind not in (TEXT_POST, PICTURE_POST) and not text.count("picture_page_info_list"):
        start = text.find("text_page_info")
        return script_value(text[start:], "content") if start >= 0 else ""
    metas = tree.xpath('//meta[@name="description"]/@content')
    # WeChat writes line breaks into this element as it does into its scripts
    return re.sub(r"\\x0a|\\n", "\n", str(metas[0])) if metas else ""


def _markup(words: str) -> str:
    """Return the words as markup: what has no blocks of its own gets a paragraph a line."""
    if _BLOCK.search(words):
        return words
    lines = (line.strip() for line in words.split("\n"))
    return "".join(f"<p>{line}</p>" for line in lines if line)


def _figure(url: str) -> str:
    return f'<p><img data-src="{escape(url, quote=True)}"></p>'


def _title(text: str, kind: str, body: HtmlElement) -> str:
    """Return the post's own title, or the beginning of its text when it has none."""
    title = "" if kind == TEXT_POST else script_title(text)
    if title:
        return title
    first = _SENTENCE.search(body.text_content().strip())
    said = squeeze(first[0]) if first else ""
    return said if len(said) <= LONGEST_TITLE else f"{said[:LONGEST_TITLE]}…"
