"""Where an item is parted that a platform does not take whole: at a heading, else at a paragraph.

A part opens with a heading of the highest level that stands near an even share of the text; never
does one end with a heading. A block that is too large by itself stays whole in a part of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from editor.assembler.editions.reading import Block, Item, Run

NAMES = ("上下", "上中下")  # of two and of three parts; more are counted
COUNTED = "一二三四五六七八九十"
AT_HEADING, AT_INNER, AT_PARAGRAPH = 0.0, 0.1, 0.4  # how little a break there is liked
NEVER = float("inf")


def parted(item: Item, size: Callable[[Item], int], most: int) -> tuple[Item, ...]:
    """Return the item in parts of at most `most` by `size`; alone when it fits or has one block.

    Costs `size` once for each block of an item that does not fit.
    """
    if size(item) <= most or len(item.blocks) < 2:
        return (item,)
    frame = size(_part(item, 0, 0, whole=True))
    sizes = [size(_part(item, at, at + 1, whole=True)) - frame for at in range(len(item.blocks))]
    cuts = _cuts(item.blocks, sizes, max(most - frame, 1))
    return tuple(_part(item, start, end) for start, end in pairwise(cuts))


def part_name(number: int, parts: int) -> str:
    """Return what the part of this number, from 1, is called: 上, 中, 下, or 一, 二 …; "" alone."""
    if parts == 1:
        return ""
    if parts - 2 < len(NAMES):
        return NAMES[parts - 2][number - 1]
    return COUNTED[number - 1] if number <= len(COUNTED) else str(number)


def _cuts(blocks: Sequence[Block], sizes: Sequence[int], room: int) -> list[int]:
    """Return where parts begin, and the end: as few parts as fit, breaks where they are liked."""
    count = len(blocks)
    # best[end]: how many parts text[:end] takes, what their breaks cost, where the last begins
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    ideal = sum(sizes) / -(-sum(sizes) // room)
    for end in range(1, count + 1):
        found = (count + 1, NEVER, end - 1)
        taken = 0
        for start in range(end - 1, -1, -1):
            taken += sizes[start]
            # what no part can hold has one of its own
            if taken > room and start < end - 1:
                break
            parts, cost, _ = best[start]
            uneven = ((taken - ideal) / ideal) ** 2
            here = (parts + 1, cost + uneven + _dislike(blocks, start), start)
            found = min(found, here)
        best.append(found)
    cuts, at = [count], count
    while at:
        at = best[at][2]
        cuts.append(at)
    return cuts[::-1]


def _dislike(blocks: Sequence[Block], at: int) -> float:
    if at == 0:
        return 0.0
    if blocks[at - 1].kind == "heading":
        return 100.0
    if blocks[at].kind == "heading":
        top = min(block.depth for block in blocks if block.kind == "heading")
        return AT_HEADING if blocks[at].depth == top else AT_INNER
    return AT_PARAGRAPH


def _part(item: Item, start: int, end: int, *, whole: bool = False) -> Item:
    """Return the item with these blocks and their notes.

    Its head goes with the first part and its end with the last; `whole` keeps both.
    """
    blocks = item.blocks[start:end]
    first, last = whole or start == 0, whole or end == len(item.blocks)
    keys = {run.key for block in blocks for run in _runs(block) if run.key}
    return replace(
        item,
        subtitle=item.subtitle if first else "",
        source=item.source if first else "",
        blocks=blocks,
        notes=tuple(note for note in item.notes if note.key in keys),
        byline=item.byline if last else "",
        links=item.links if last else (),
    )


def _runs(block: Block) -> Iterator[Run]:
    cells = (cell.runs for row in (*block.head, *block.body) for cell in row)
    for groups in (block.runs, *block.items, *cells):
        for group in groups:
            yield from group
