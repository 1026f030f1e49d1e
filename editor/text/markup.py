"""HTML to blocks and back. Blocks are the sanitiser: what they cannot express cannot enter."""

import re
from collections.abc import Iterable

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from editor.text.document import AnyBlock, Blocks
from editor.text.markup_captions import place_captions
from editor.text.markup_inline import squeeze
from editor.text.markup_reader import Notes, Reader
from editor.text.markup_writer import Writer

_NOTE_MARK = re.compile(
    r"^[\[〔［(（【]?\s*(?:注|note)?\s*(?:\d{1,3}|[*※†‡①-⑳㊀-㊉]+)\s*[\]〕］)）】]?$", re.I
)
_NOTE_NUMBER = re.compile(
    r"^\s*(?:[↩↑^]\s*)*[\[〔［(（【]?\s*(?:\d{1,3}|[*※†‡①-⑳㊀-㊉]+)\s*[\]〕］)）】.．、:：]?\s*"
)
_BACK = re.compile(r"[↩↑⏎^]\ufe0e?\s*$")
LONGEST_NOTE = 1500


def parse_page(html: str) -> HtmlElement | None:
    """Return the tree of a page or fragment, comments left out; None when there is nothing.

    Damaged markup is mended as browsers do, a NUL is dropped, depth is no error.
    """
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", html.replace("\x00", ""))
    if not text.strip():
        return None
    parser = lxml_html.HTMLParser(
        remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8"
    )
    try:
        data = text.encode("utf-8", "replace")
        return lxml_html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def blocks_from_html(html: str, *, base_url: str = "") -> Blocks:
    """Return the text of a page or fragment as blocks; scripts, handlers and players are lost.

    Links are kept when they lead to http, https or mailto; relative ones need `base_url`.
    """
    tree = parse_page(html)
    return () if tree is None else blocks_from_element(tree, base_url=base_url)


def blocks_from_element(element: HtmlElement, *, base_url: str = "") -> Blocks:
    """Return the text of an element of a parsed page as blocks."""
    reader = Reader(base_url, _footnotes(element))
    return place_captions(reader.read(element))


def blocks_to_html(blocks: Iterable[AnyBlock], *, prefix: str = "") -> str:
    """Return blocks as escaped HTML for reading panes.

    A fetched picture comes from /assets/; one that is not yet fetched is a placeholder with its
    words, never a foreign address. `prefix` keeps the footnote anchors of two panes apart.
    """
    return Writer(prefix).write(blocks)


def _footnotes(root: HtmlElement) -> Notes:
    """Find links that look like note marks and the texts they lead to inside `root`."""
    marks: dict[str, HtmlElement] = {}
    for link in root.iter("a"):
        href = link.get("href") or ""
        if len(href) > 1 and href.startswith("#") and _marks_note(link):
            marks.setdefault(href[1:], link)
    if not marks:
        return Notes()
    texts: dict[str, str] = {}
    places: set[HtmlElement] = set()
    order = {element: number for number, element in enumerate(root.iter())}
    for target in root.iter():
        name = target.get("id") or target.get("name") or ""
        mark = marks.get(name)
        if mark is None or name in texts or order[target] <= order[mark]:
            continue
        place = _note_place(target, root)
        words = _BACK.sub("", _NOTE_NUMBER.sub("", squeeze(place.text_content()))).strip()
        if words and len(words) <= LONGEST_NOTE and place not in mark.iterancestors():
            texts[name] = words
            places.add(place)
    return Notes(texts, frozenset(places))


def _marks_note(link: HtmlElement) -> bool:
    words = squeeze(link.text_content())
    if not _NOTE_MARK.match(words):
        return False
    raised = any(above.tag == "sup" for above in link.iterancestors()) or bool(link.findall("sup"))
    return raised or not words.isdigit()


def _note_place(target: HtmlElement, root: HtmlElement) -> HtmlElement:
    """Return the paragraph or list entry that holds a note's text."""
    blocks = ("p", "li", "dd", "td", "div", "aside")
    for element in (target, *target.iterancestors()):
        if element is root:
            break
        if element.tag in blocks:
            return element
    return target
