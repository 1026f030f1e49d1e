"""The words of a page around its article: where facts stand that are not part of the text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from editor.text.markup_inline import squeeze
from editor.text.markup_reader import BLOCKS, DROPPED
from workers.articles.containers import Place, texts

INLINE_EDGE = "\x1f"
HEAD_ZONE = 400
TAIL_ZONE = 300
ABOVE_ZONE = 120
ABOVE_WORDS = 60


@dataclass(frozen=True)
class Zones:
    """The page's words around the article: before it (from the headline), its edges, after it.

    `above` is what stands just above the headline.
    """

    before: str
    head: str
    tail: str
    after: str
    above: str = ""


def find_zones(tree: HtmlElement, place: Place, headline: HtmlElement | None) -> Zones:
    """Return the words of the page cut at the headline and at the article's edges.

    Block edges are line breaks in them, edges of inline elements INLINE_EDGE.
    """
    body = tree.find(".//body")
    words = list(_stream(tree if body is None else body))
    inside = set(place.elements)
    edges = [number for number, (element, _) in enumerate(words) if element in inside]
    titles = [n for n, (element, _) in enumerate(words) if element is headline]
    start = titles[0] if titles and headline is not None else None
    first, last = (edges[0], edges[-1]) if edges else (None, None)
    above = "".join(part for _, part in words[max(0, (start or 0) - ABOVE_WORDS) : start or 0])
    return replace(_cut(words, start, first, last), above=above[-ABOVE_ZONE:])


def words_of(element: HtmlElement, longest: int = 400) -> str:
    """Return the visible words of an element as one line; "" when they are longer."""
    words: list[str] = []
    size = 0
    for text in texts(element):
        words.append(text)
        size += len(text.strip())
        if size > longest:
            return ""
    return squeeze("".join(words))


def one_line(text: str) -> str:
    """Return words of a zone as one line."""
    return squeeze(text.replace(INLINE_EDGE, " "))


Word = tuple[HtmlElement | None, str]


def _stream(root: HtmlElement) -> Iterator[Word]:
    """Yield (element, text) where an element opens and closes, (None, text) for what follows it.

    Edges come as separators: a line break for a block, INLINE_EDGE for the rest.
    """
    stack: list[tuple[HtmlElement, str]] = [(root, "open")]
    while stack:
        element, step = stack.pop()
        if step == "tail":
            yield None, element.tail or ""
            continue
        tag = element.tag
        if not isinstance(tag, str) or tag in DROPPED:
            continue
        edge = "\n" if tag in BLOCKS or tag == "br" else INLINE_EDGE
        if step == "close":
            yield element, edge
            continue
        yield element, edge + (element.text or "")
        stack.append((element, "close"))
        for child in reversed(element):
            if child.tail:
                stack.append((child, "tail"))
            stack.append((child, "open"))


def _cut(words: list[Word], start: int | None, first: int | None, last: int | None) -> Zones:
    """Cut the page's words at the headline (`start`) and at the article's first and last word."""

    def text(begin: int | None, end: int | None) -> str:
        return "".join(part for _, part in words[begin:end])

    if first is None or last is None:
        return Zones(text(start, None), "", "", "")
    inside = text(first, last + 1)
    after = text(last + 1, None)
    if start is not None and first < start <= last:
        from_title = text(start, last + 1)[:HEAD_ZONE]
        return Zones(from_title, from_title, inside[-TAIL_ZONE:], after)
    before = text(start if start is not None and start < first else 0, first)
    return Zones(before, inside[:HEAD_ZONE], inside[-TAIL_ZONE:], after)
