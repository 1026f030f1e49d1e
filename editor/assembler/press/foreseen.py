"""What is known of the pages before they are laid out: which texts surely take one line.

To set a block on the grid, or a row of a table, typst asks for its height first and lays it out a
second time. Where the height can be foreseen that is spared: two fifths of an issue's layout.
Widths here are the widest that any face sets, so that “surely” holds; what is not sure is asked.
"""

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from editor.assembler.columns import TablePlan
from editor.text.document import FootnoteRef, Inline, Table, plain

GAP_EM = 0.25  # what layout puts between Chinese and Latin
CHANGE = re.compile(r"(?<=[\u2e80-\uffef])(?=[!-~\u00a0-\u024f])|(?<=[!-~])(?=[\u2e80-\uffef])")
# in em, of the widest of the shipped faces and weights
FOREIGN, WIDE, FULL, CAPITAL, OTHER, THIN = 1.35, 1.15, 1.0, 0.88, 0.7, 0.45
WIDE_SIGNS = frozenset("WM%@m№")
THIN_SIGNS = frozenset(" ,.:;'!|()[]/-ijlt")


@lru_cache(maxsize=4096)
def widest_em(text: str) -> float:
    """Return how wide a text is set at the most, in em, whatever the face and its weight."""
    return sum(map(_widest, text)) + GAP_EM * len(CHANGE.findall(text))


def _widest(sign: str) -> float:
    if sign in WIDE_SIGNS:
        return WIDE
    if sign in THIN_SIGNS:
        return THIN
    if sign.isascii():
        return CAPITAL if sign.isupper() or sign in "w&" else OTHER
    return FULL if ord(sign) >= 0x2000 else FOREIGN


def one_line(content: str | Sequence[Inline], room_em: float) -> bool:
    """Whether a text surely takes one line of `room_em`, without a note at the page's foot."""
    if isinstance(content, str):
        return "\n" not in content and widest_em(content) <= room_em
    notes = any(isinstance(inline, FootnoteRef) for inline in content)
    return not notes and one_line(plain(content), room_em)


def all_one_line(texts: Iterable[str], room_em: float) -> bool:
    """Whether each of the texts surely takes one line."""
    return all(one_line(text, room_em) for text in texts)


def most_lines(text: str, room_em: float) -> int:
    """Return how many lines a text takes at the most; each may lose its longest word."""
    words = re.findall(r"[^\s\u2e80-\uffef]+", text)
    lost = max([2.0, *map(widest_em, words)])
    if widest_em(text) <= room_em:
        return 1
    return math.ceil(widest_em(text) / max(room_em - lost, 1.0))


def rows_of_one_line(table: Table, planned: TablePlan) -> list[bool]:
    """Return which rows of a table surely take one line; a cell that spans rows counts in each."""
    sure = [True] * len(table.rows)
    for y, (row, columns) in enumerate(zip(table.rows, planned.places, strict=True)):
        for cell, x in zip(row, columns, strict=True):
            inset = planned.setting(cell, y, x).inset
            wide = sum(planned.widths[x : x + cell.colspan]) - 2 * planned.padding - inset
            if not one_line(planned.words(cell, y, x), wide / planned.size):
                sure[y : y + cell.rowspan] = [False] * len(sure[y : y + cell.rowspan])
    return sure
