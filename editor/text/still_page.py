"""A captured page made still: to be looked at, while it can do nothing and ask for nothing.

This is the inner of two walls; the outer is the frame it is shown in (sandbox, its own policy).
What a browser might fetch by itself (preconnections and DNS hints obey no policy) is taken out.
"""

import codecs
import re
from html import escape

from lxml import html as lxml_html
from lxml.html import HtmlElement

from editor.text.markup import parse_page

DROPPED = (
    "script", "noscript", "template", "iframe", "frame", "frameset", "object", "applet", "portal",
    "fencedframe", "audio", "video", "svg", "math", "dialog",
)  # fmt: skip
# without an end of their own: what follows one may have been read as its content
EMPTY = ("link", "meta", "base", "embed", "source", "track", "param", "bgsound")
KEPT = frozenset({
    "alt", "title", "width", "height", "colspan", "rowspan", "align", "valign", "border", "style",
    "class", "id", "dir", "lang", "cellpadding", "cellspacing", "bgcolor", "color", "size", "face",
    "start", "type", "value", "datetime", "span", "rules", "frame", "nowrap", "media",
})  # fmt: skip
# an address in a style sheet is barred by the frame's policy; here it is not even named
STYLE_ADDRESS = re.compile(r"@import|url\s*\(|image-set|expression\s*\(|\\|//", re.I)
HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]+)", re.I)
PICTURE = re.compile(r"^data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+$", re.I)
MARKUP = re.compile(r"<\s*(?:!doctype|html|head|body|div|p|table|section|article|h[1-6])\b", re.I)
HEAD = (
    '<!doctype html><html><head><meta charset="utf-8"><title></title>'
    "<style>body{overflow-wrap:anywhere}img{max-width:100%}</style></head>"
)


def decoded(body: bytes, encoding: str, content_type: str) -> str:
    """Return the text: as it was read then, else as UTF-8, as declared, or as GB 18030."""
    declared = HEADER_CHARSET.search(content_type)
    for name in (encoding or "utf-8-sig", declared.group(1) if declared else "utf-8", "gb18030"):
        try:
            return body.decode(codecs.lookup(name).name)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return body.decode("utf-8", "replace")


def plain(content_type: str, text: str) -> bool:
    """Whether the bytes are no page: they are shown as the text they are."""
    media = content_type.partition(";")[0].strip().lower()
    return media not in ("", "text/html", "application/xhtml+xml") or not MARKUP.search(
        text[:200_000]
    )


def as_text(text: str) -> str:
    """Return a document that shows the text as it is."""
    return f"{HEAD}<body><pre style='white-space:pre-wrap'>{escape(text)}</pre></body></html>"


def still(text: str, note: str = "") -> str:
    """Return the page with nothing left that runs, loads or leads away; `note` stands on top."""
    tree = parse_page(text)
    if tree is None:
        return as_text(text)
    styles = "".join(_style(each) for each in tree.iter("style"))
    body = tree.find(".//body")
    root = body if body is not None else tree
    for element in list(root.iter(*DROPPED, "style")):
        if element is not root:
            element.drop_tree()
    for element in list(root.iter(*EMPTY)):
        if element is not root:
            element.drop_tag()
    for element in root.iter():
        if isinstance(element.tag, str):
            _still(element)
    inside = escape(root.text or "") + "".join(
        lxml_html.tostring(child, encoding="unicode") for child in root
    )
    said = f"<p><strong>{escape(note)}</strong></p>" if note else ""
    return f"{HEAD}{styles}<body>{said}{inside}</body></html>"


def _still(element: HtmlElement) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", element.tag) or element.tag == "form":
        element.tag = "div"
    picture = str(element.get("src", "")) if element.tag == "img" else ""
    for name in list(element.attrib):
        value = element.attrib[name]
        if name not in KEPT or (name == "style" and STYLE_ADDRESS.search(value)):
            del element.attrib[name]
    if PICTURE.match(picture):
        element.set("src", picture)


def _style(element: HtmlElement) -> str:
    """Return a style sheet without the rules that name an address."""
    sheet = element.text or ""
    rules = (rule for rule in re.split(r"(?<=\})", sheet) if not STYLE_ADDRESS.search(rule))
    kept = "".join(rules).replace("<", "")
    return f"<style>{kept}</style>" if kept.strip() else ""
