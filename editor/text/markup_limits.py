"""How much markup may be parsed: parsers' time grows with its tags, and faster with attributes."""

import re

# Ten times what real pages have.
MOST_TAGS = 60_000
MOST_CHARACTERS = 4_000_000
# libxml2 compares every attribute of an element with all others.
MOST_ATTRIBUTES = 10_000
_IN_SCRIPT = re.compile(r"<(?:script|style)\b[^<]*$", re.I)


def excess(html: str, *, most_tags: int = MOST_TAGS, most_characters: int = MOST_CHARACTERS) -> str:
    """Return what a page has more of than can be parsed in seconds, "" when it is within limits."""
    if len(html) > most_characters:
        return f"more than {most_characters} characters"
    if html.count("<") > most_tags:
        return f"more than {most_tags} tags"
    if _crowded_element(html):
        return f"an element with more than {MOST_ATTRIBUTES} attributes"
    return ""


def _crowded_element(html: str) -> bool:
    before = ""
    for piece in html.split(">"):
        if len(piece) > 2 * MOST_ATTRIBUTES and not _IN_SCRIPT.search(before[-500:]):
            element = piece.partition("<")[2]
            if len(element.split(None, MOST_ATTRIBUTES + 1)) > MOST_ATTRIBUTES:
                return True
        before = piece
    return False
