"""The baseline grid of the Word edition: heights that sum to whole lines of body text.

Word has no grid that exact line heights keep to, so everything between two body lines is made as
tall as a number of them: then lines stand at the same heights on facing pages, and pages end
there too (publishing.md §17, R05). Space that must survive a page top is put into line heights
and rows, the rest goes after a paragraph, where a page's foot swallows it.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from editor.assembler.headlines import NO_END, NO_START, headline_lines, set_width
from editor.assembler.looks import Look
from editor.assembler.word.ooxml import Node, element, qualified, twips
from editor.profile import Page

VALUE = qualified("w:val")
OPENING, CLOSING = (re.escape("".join(sorted(marks))) for marks in (NO_END, NO_START))
# what one line holds together: a word, or a character with the marks that may not leave it
PIECE = re.compile(rf"[{OPENING}]*(?:[0-9A-Za-z.,+%]+|[^{OPENING}]?)[{CLOSING}]* *|.")
LATIN = re.compile(r"[0-9A-Za-z%]")
BOLD_EM = 0.06  # by which a bold figure is wider than a plain one
CLOSE = 0.3  # points that rounding may be off
HEAD_GAP = 6.0  # the least space in an item's head, below its title and below its source line
LINE_OF_ITS_OWN = ("inner1", "inner2", "inner3", "byline", "caption", "figure_caption", "unit")
DESCENT_EM = 0.3  # what a line with a picture leaves below it, in em of the line's own size


def whole(points: float, pitch: float) -> float:
    """Return the least number of whole lines, in points, that hold `points`."""
    return math.ceil((points - CLOSE) / pitch) * pitch


def halves(points: float, pitch: float) -> float:
    """Return the least number of half lines, in points, that hold `points`."""
    return whole(points, pitch / 2)


def on_grid(looks: Mapping[str, Look], page: Page) -> dict[str, Look]:
    """Return the looks with line heights and spaces by which a line of each is on the grid.

    An inner heading, a byline, a caption take the body's pitch, whatever their number of lines; a
    section's heading keeps its own and gets the rest after it.
    """
    own = dict(looks)
    for role in LINE_OF_ITS_OWN:
        if own[role].size < page.pitch:
            own[role] = replace(own[role], pitch=page.pitch, after=0)
    own["figure"] = replace(own["figure"], after=0)
    for role in ("section", "solo"):
        look = own[role]
        own[role] = replace(look, after=whole(look.pitch + look.after, page.pitch) - look.pitch)
    return own


@lru_cache(maxsize=4096)
def lines_of(text: str, room: float) -> int:
    """Return about how many lines a text takes where one holds `room` em."""
    count = 0
    for line in text.split("\n"):
        count, used = count + 1, 0.0
        for piece in PIECE.findall(line):
            width = set_width(piece)
            if used and used + width > room:
                count, used = count + 1, 0.0
            # a word that is wider than a line is parted
            count += int(width / room) if width > room else 0
            used += width % room if width > room else width
    return count


def headline_room(headline: str, look: Look, text_width: float) -> float:
    """Return how many em a line of this headline holds: bold figures and letters are wider."""
    return text_width / look.size - BOLD_EM * len(LATIN.findall(headline))


def headline_height(headline: str, look: Look, text_width: float) -> float:
    """Return how tall an item's headline is set, in points."""
    return len(headline_lines(headline, headline_room(headline, look, text_width))) * look.pitch


def head_gaps(lines: float, wished: list[float], pitch: float) -> list[float]:
    """Return the spaces after each line of a head whose lines take `lines` points.

    Together they are on the grid. What is left over goes after the last, so that title, source
    line and text still read as one group; where room is short all give way alike.
    """
    spare = whole(lines + HEAD_GAP, pitch) - lines
    asked = sum(wished)
    if asked > spare:
        return [gap * spare / asked for gap in wished]
    return [*wished[:-1], spare - sum(wished[:-1])]


# --- room after a paragraph or a table -----------------------------------------------------------


def leave_room(nodes: list[Node], points: float) -> None:
    """Give so much space after the last node, whatever its style gives.

    Below a heading's `before`, Word and others disagree. A table has no space after it: its last
    row gets it at its foot.
    """
    last = nodes[-1]
    if last.tag == qualified("w:p"):
        _spacing(last).attrib.update(element("w:spacing", after=twips(points)).attrib)
        return
    row = last.findall(qualified("w:tr"))[-1]
    height = row.find(f"{qualified('w:trPr')}/{qualified('w:trHeight')}")
    if height is not None:
        height.set(VALUE, str(int(height.get(VALUE)) + twips(points)))
    for cell in row.findall(qualified("w:tc")):
        margin = element("w:bottom", w=twips(points), type="dxa")
        cell.find(qualified("w:tcPr")).append(element("w:tcMar", margin))


def add_room(node: Node, points: float) -> None:
    """Give so much more space after a paragraph that has been given room before, or none."""
    if node.tag == qualified("w:p"):
        points += int(_spacing(node).get(qualified("w:after"), "0")) / 20
    leave_room([node], points)


def _spacing(paragraph: Node) -> Node:
    properties = paragraph.find(qualified("w:pPr"))
    found = properties.find(qualified("w:spacing"))
    if found is None:
        found = element("w:spacing")
        properties.append(found)
    return found
