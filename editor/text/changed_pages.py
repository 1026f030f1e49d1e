"""Which printed pages of a corrected edition say something else than those of the one before.

Both editions are read as one run of characters each, cut into pages. An added line moves all that
follows it: such pages have no other words, and are told apart from those that were changed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import accumulate, pairwise

SENTENCE = re.compile(r"[^。！？；，]*[。！？；，]+|[^。！？；，]+")
# pieces on one side times those on the other; above it two stretches differ as a whole
MOST_PAIRS = 4_000_000


class PageKind(StrEnum):
    """What became of a page; `moved` has its old words at another place or beside others."""

    same = "same"
    moved = "moved"
    changed = "changed"


@dataclass(frozen=True)
class PageText:
    """A printed page: its number ("" where none is printed) and the lines of its text area.

    `head` is what stands above the text area, `look` a hash of the area as it appears: pictures
    and codes are in no line.
    """

    number: str
    lines: tuple[str, ...]
    head: str = ""
    look: str = ""


@dataclass(frozen=True)
class PageChange:
    """What became of a page of the new edition; `sheet` counts all pages from 1."""

    sheet: int
    number: str
    kind: PageKind


@dataclass(frozen=True)
class PageChanges:
    """What became of the pages, in order; `gone` are earlier pages of which nothing is left."""

    pages: tuple[PageChange, ...]
    gone: tuple[PageText, ...] = ()


@dataclass(frozen=True)
class Run:
    """Characters that stand in both: from `old` and from `new`, so many of them."""

    old: int
    new: int
    length: int


class Stream:
    """Pages as one run of characters without blanks; `spans` are the pages' places in it."""

    def __init__(self, pages: Sequence[PageText]) -> None:
        self.pages = pages
        self.lines = [[bare for line in page.lines if (bare := _bare(line))] for page in pages]
        self.texts = ["".join(lines) for lines in self.lines]
        ends = [0, *accumulate(map(len, self.texts))]
        self.edges = frozenset(ends)
        self.spans = list(pairwise(ends))
        self.length = ends[-1]
        self._ends = ends

    def sheets(self, start: int, end: int) -> Iterator[int]:
        """Yield the pages that hold some of these characters, from 0."""
        for sheet in range(bisect_right(self._ends, start) - 1, len(self.spans)):
            first, last = self.spans[sheet]
            if first >= end:
                return
            if max(first, start) < min(last, end):
                yield sheet


def compare_pages(old: Sequence[PageText], new: Sequence[PageText]) -> PageChanges:
    """Return what became of every page.

    A page is changed when it holds a character that came, or the place of one that went, or looks
    different with the same words (a picture, a code, a running head). Pages that broke elsewhere
    are compared by their words alone.
    """
    before, after = Stream(old), Stream(new)
    runs = list(_runs(_tokens(before), _tokens(after), 0, 0, 0))
    touched = _touched(runs, before, after)
    pages = tuple(
        PageChange(sheet + 1, page.number, _kind(sheet, before, after, touched))
        for sheet, page in enumerate(new)
    )
    left = {sheet for run in runs for sheet in before.sheets(run.old, run.old + run.length)}
    whole = set(after.texts)
    left |= {sheet for sheet, text in enumerate(before.texts) if text in whole}
    gone = tuple(page for sheet, page in enumerate(old) if sheet not in left)
    return PageChanges(pages, gone)


def _bare(line: str) -> str:
    return "".join(each for each in line if each.isprintable() and not each.isspace())


def _kind(sheet: int, before: Stream, after: Stream, touched: set[int]) -> PageKind:
    page = after.pages[sheet]
    twins = [at for at, text in enumerate(before.texts) if text == after.texts[sheet]]
    alike = [at for at in twins if _looks_like(before.pages[at], page)]
    if any(before.pages[at].number == page.number for at in alike if page.number or at == sheet):
        return PageKind.same
    if alike:
        return PageKind.moved
    return PageKind.changed if twins or sheet in touched else PageKind.moved


def _looks_like(old: PageText, new: PageText) -> bool:
    return old.head == new.head and old.look == new.look


# --- characters ----------------------------------------------------------------------------------


def _tokens(stream: Stream) -> list[str]:
    return [line for lines in stream.lines for line in lines]


def _runs(old: Sequence[str], new: Sequence[str], at: int, to: int, depth: int) -> Iterator[Run]:
    """Yield what stands in both, in order: compared by lines, then sentences, then characters."""
    finest = depth == 2
    large = len(old) * len(new) > MOST_PAIRS
    if finest and large:
        return
    old_ends, new_ends = [0, *accumulate(map(len, old))], [0, *accumulate(map(len, new))]
    # autojunk leaves out what is frequent, which keeps thousands of lines affordable
    matcher = SequenceMatcher(None, old, new, autojunk=large)
    for tag, first, last, start, end in matcher.get_opcodes():
        here, there = at + old_ends[first], to + new_ends[start]
        if tag == "equal":
            yield Run(here, there, old_ends[last] - old_ends[first])
        elif tag == "replace" and not finest:
            one, other = "".join(old[first:last]), "".join(new[start:end])
            yield from _runs(_finer(one, depth), _finer(other, depth), here, there, depth + 1)


def _finer(text: str, depth: int) -> Sequence[str]:
    return SENTENCE.findall(text) if depth == 0 else text


def _touched(runs: Sequence[Run], before: Stream, after: Stream) -> set[int]:
    """Return the pages on which something came or from which something went."""
    found: set[int] = set()
    old, new = 0, 0
    for run in [*runs, Run(before.length, after.length, 0)]:
        if run.new > new:
            found.update(after.sheets(new, run.new))
        if run.old > old and run.new == new:
            found.update(_shortened(old, run.old, new, before, after))
        old, new = run.old + run.length, run.new + run.length
    return found


def _shortened(first: int, last: int, place: int, before: Stream, after: Stream) -> Iterator[int]:
    """Yield the pages that lost these earlier characters; whole pages that went leave none."""
    if place not in after.edges:
        yield from after.sheets(place - 1, place + 1)
        return
    if first not in before.edges:
        yield from after.sheets(place - 1, place)
    if last not in before.edges:
        yield from after.sheets(place, place + 1)
