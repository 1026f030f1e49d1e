"""Which of several opinions about the article's place is right: the one the others share."""

import logging
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from editor.text.markup import parse_page
from editor.text.markup_reader import BLOCKS, DROPPED
from workers.articles.containers import MOST, Place, by_name, by_prose, by_rule, prose_worth

GRAM = 4
MEASURED = 50_000
AGREED = 0.9
SHORTEST_LINE = 8
# readability's and trafilatura's time grows with the square of the depth; browsers stop at 512
DEEPEST = 400


@dataclass(frozen=True)
class Verdict:
    """The place taken, what extractors other than its own take for the text, and notes."""

    place: Place | None
    opinions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def find_place(tree: HtmlElement, *, site_rule: str = "") -> Verdict:
    """Return where the article stands.

    A source's own rule decides alone. A known container that holds what the densest prose holds
    decides too, or most of it when it stands inside that. Otherwise readability is asked as well,
    trafilatura when that does not settle it, and the place is taken whose text the others share
    most. Where nobody else finds a text the opinion is "", so that the agreement is 0. A page
    nested deeper than people write is not shown to the others.
    """
    notes: tuple[str, ...] = ()
    if site_rule.strip():
        if ruled := by_rule(tree, site_rule):
            return Verdict(ruled)
        notes = (f"site rule {site_rule!r} finds nothing on this page",)
    worth = prose_worth(tree)
    dense, named = by_prose(tree, worth), by_name(tree, worth)
    if (
        named
        and dense
        and (agreement(named.text, dense.text) >= AGREED or _holds_most(named, dense, worth))
    ):
        return Verdict(named, notes=notes)
    places = [place for place in (named, dense) if place]
    opinions: dict[str, str] = {}
    extractors = (("readability", readability_text), ("trafilatura", trafilatura_text))
    if _deep(tree):
        extractors = ()  # type: ignore[assignment]
        notes += (f"elements nested more than {DEEPEST} deep: other extractors were not asked",)
    for name, ask in extractors:
        text = "".join(ask(tree).split())
        element = _covering(tree, text)
        if element is None:
            continue
        opinions[name] = text
        places.append(Place((element,), name, text))
        best = max(places, key=lambda place: _standing(place, places))
        if best.method != name and agreement(best.text, text) >= AGREED:
            break
    if not places:
        return Verdict(None, notes=notes)
    best = max(places, key=lambda place: _standing(place, places))
    others = tuple(text for name, text in opinions.items() if name != best.method)
    return Verdict(best, others or ("",), notes)


def _holds_most(named: Place, dense: Place, worth: Mapping[HtmlElement, float]) -> bool:
    """Return whether a container inside the densest element has nearly all of its prose.

    What else stands there, a promotion or a box of the author, is left out by its site's own word.
    """
    inner, outer = named.elements[0], dense.elements[0]
    within = any(above is outer for above in inner.iterancestors())
    return within and worth.get(inner, 0.0) >= MOST * worth[outer]


def _standing(place: Place, places: list[Place]) -> float:
    """Return how far a place's text agrees with the others', on average."""
    shares = [agreement(place.text, other.text) for other in places if other is not place]
    return sum(shares) / len(shares) if shares else 0.0


def agreement(one: str, other: str) -> float:
    """Return the share of character 4-grams that two texts have in common (F1), 0 to 1.

    Only the first MEASURED characters are compared: enough to tell whether two texts are one.
    """
    if one == other:
        return 1.0 if one else 0.0
    first, second = _grams(one), _grams(other)
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


@lru_cache(maxsize=8)
def _grams(text: str) -> frozenset[str]:
    bare = "".join(text.split())[:MEASURED]
    if not bare:
        return frozenset()
    return frozenset(bare[i : i + GRAM] for i in range(max(1, len(bare) - GRAM + 1)))


def readability_text(tree: HtmlElement) -> str:
    """Return what readability-lxml takes for the article; "" when it fails."""
    from readability import Document
    from readability.readability import Unparseable

    logging.getLogger("readability.readability").setLevel(logging.CRITICAL)
    try:
        found = parse_page(Document(deepcopy(tree)).summary(html_partial=True))
    except Unparseable:
        return ""
    return "\n".join(_lines(found).values()) if found is not None else ""


def trafilatura_text(tree: HtmlElement) -> str:
    """Return what trafilatura takes for the article when told to be precise, or ""."""
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found = bare_extraction(
        deepcopy(tree), favor_precision=True, include_comments=False, include_tables=True
    )
    return (found.text or "") if found is not None and not isinstance(found, dict) else ""


def _deep(tree: HtmlElement) -> bool:
    """Return whether any element stands deeper than DEEPEST."""
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            return True
    return False


def _covering(tree: HtmlElement, text: str) -> HtmlElement | None:
    """Return the smallest element around nearly all lines of the page that `text` has too."""
    whole = "".join(text.split())
    if len(whole) < SHORTEST_LINE:
        return None
    weights: dict[HtmlElement, int] = {}
    total = 0
    for element, line in _lines(tree).items():
        if len(line) < SHORTEST_LINE or line not in whole:
            continue
        total += len(line)
        for above in (element, *element.iterancestors()):
            weights[above] = weights.get(above, 0) + len(line)
    if not total:
        return None
    enough = [element for element, weight in weights.items() if weight >= 0.85 * total]
    return max(enough, key=_depth)  # they stand inside one another: each holds most of the lines


def _depth(element: HtmlElement) -> int:
    return sum(1 for _ in element.iterancestors())


def _lines(root: HtmlElement) -> dict[HtmlElement, str]:
    """Return the words of every block element that are its own, without white space."""
    lines: dict[HtmlElement, list[str]] = {root: []}
    stack: list[tuple[HtmlElement, HtmlElement, bool]] = [(root, root, False)]
    while stack:
        element, block, tail = stack.pop()
        if tail:
            lines[block].append(element.tail or "")
            continue
        if not isinstance(element.tag, str) or element.tag in DROPPED:
            continue
        inner = element if element.tag in BLOCKS else block
        lines.setdefault(inner, []).append(element.text or "")
        for child in reversed(element):
            stack.append((child, inner, True))
            stack.append((child, inner, False))
    return {element: "".join("".join(parts).split()) for element, parts in lines.items()}
