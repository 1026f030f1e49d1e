"""Lists of other articles that show their summaries too: prose that is not the page's article."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from math import ceil

from lxml.html import HtmlElement

from editor.text.markup_inline import squeeze
from editor.text.markup_reader import BLOCKS
from workers.articles.containers import bare_text, by_prose, texts

FEWEST = 3
SHORTEST_TITLE = 6
LONGEST_TITLE = 80
LEAST_LEFT = 120
# elements: a bound on the time that nested lists cost
LARGEST_ROW = 150
# characters that a heading may hold without showing them
UNSEEN = 8
LISTS = frozenset(("ul", "ol", "div", "section", "dl"))
ROWS = frozenset(("li", "div", "article", "section", "dd"))
HEADINGS = frozenset(("h2", "h3", "h4", "h5"))


def without_teasers(tree: HtmlElement) -> HtmlElement:
    """Return the page without its lists of other articles; the page itself when it has none.

    A page that has no other prose than such lists keeps them: a digest is its own article.
    """
    lists = set(_lists(tree))
    if not lists:
        return tree
    places = {number for number, element in enumerate(tree.iter()) if element in lists}
    pruned = deepcopy(tree)
    copies = [element for number, element in enumerate(pruned.iter()) if number in places]
    for found in copies:
        if found.getparent() is not None:
            found.drop_tree()
    left = by_prose(pruned)
    return pruned if left is not None and len(left.text) >= LEAST_LEFT else tree


def _lists(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements of which most children are teasers."""
    for element in tree.iter(*LISTS):
        rows = [child for child in element if child.tag in ROWS]
        if len(rows) >= FEWEST and _mostly_teasers(rows):
            yield element


def _mostly_teasers(rows: list[HtmlElement]) -> bool:
    wanted = max(FEWEST, ceil(0.7 * len(rows)))
    spare = len(rows) - wanted
    for row in rows:
        if not _teases(row):
            spare -= 1
            if spare < 0:
                return False
    return True


def _teases(row: HtmlElement) -> bool:
    """Return whether a row is a linked headline with words below that are not linked."""
    if sum(1 for _ in islice(row.iter(), LARGEST_ROW + 1)) > LARGEST_ROW:
        return False
    titles = [link for link in row.iter("a") if _is_headline(link)]
    if not titles:
        return False
    said = len(bare_text(row))
    linked = sum(len(bare_text(link)) for link in row.iter("a"))
    targets = {(link.get("href") or "").split("#")[0] for link in titles}
    return said - linked >= 2 * SHORTEST_TITLE and len(targets) == 1


def _is_headline(link: HtmlElement) -> bool:
    """Return whether a link to another page is all that its heading or block says."""
    href = (link.get("href") or "").strip().lower()
    if not href or href.startswith(("#", "javascript:", "mailto:")):
        return False
    words = bare_text(link)
    if not SHORTEST_TITLE <= len(words) <= LONGEST_TITLE:
        return False
    block = next((above for above in link.iterancestors() if above.tag in BLOCKS), None)
    inside = any(child.tag in HEADINGS for child in link.iter())
    return inside or (block is not None and _says_only(block, words))


def _says_only(block: HtmlElement, words: str) -> bool:
    """Return whether a block says these words and no more; a long block is not read to its end."""
    said = ""
    for run in texts(block):
        said += "".join(run.split())
        if len(said) > len(words) + UNSEEN:
            return False
    return squeeze(said) == squeeze(words)
