"""What two texts of one page say differently, and how a change is carried into an edited text.

Paragraphs are matched first, then the words inside those that changed. Limits: a text of more
than `MOST_LINES` paragraphs is compared by its paragraphs' order only, a paragraph of more than
`MOST_TOKENS` words is shown as taken out and put in; `Comparison.coarse` says so.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from editor.text.document import AnyBlock, Blocks, Figure, PageBreak, block_lines

MOST_LINES = 3000
MOST_TOKENS = 2000
MOST_PAIRS = 400
ALIKE = 0.3
NEAR = 1
# what pages count up or sign at their foot: no change of the article
COUNTER = re.compile(
    r"^[\W_]*(?:本文|文章|已有|累计)?(?:阅读|浏览|点击|访问|点赞|评论|转发|收藏|分享|播放)(?:量|数|次数|人数)?"
    r"[\s:：]*[\d,.]+\s*(?:万|亿)?\+?\s*(?:次|人|条)?[\W_]*$"
)
SIGNED = re.compile(
    r"^[\W_]*(?:责任编辑|网络编辑|责编|编辑|校对|审核|审校|监制|初审|复审|终审)\s*[:：].{0,40}$"
)
TOKEN = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*|\s+|.", re.S)


class Kind(StrEnum):
    """What became of a paragraph or of words in it."""

    same = "same"
    added = "added"
    removed = "removed"
    changed = "changed"


@dataclass(frozen=True)
class Part:
    """A run of words that stayed, came or went."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Line:
    """A paragraph of the comparison; `count` is how many unchanged ones it stands for."""

    kind: Kind
    parts: tuple[Part, ...]
    count: int = 1


@dataclass(frozen=True)
class Comparison:
    """The paragraphs in order; `coarse` means that a limit was reached and words not compared."""

    lines: tuple[Line, ...]
    added: int = 0
    removed: int = 0
    changed: int = 0
    coarse: bool = False


# --- is it a change at all -----------------------------------------------------------------------


def same_text(one: Blocks, other: Blocks) -> bool:
    """Whether two texts say the same: white space, width, counters and editors' names aside."""
    return _essence(one) == _essence(other)


def _essence(blocks: Blocks) -> list[str]:
    lines = (_bare(line) for block in blocks for line in block_lines(block))
    return [line for line in lines if line and not COUNTER.match(line) and not SIGNED.match(line)]


def _bare(line: str) -> str:
    kept = "".join(unicodedata.normalize("NFKC", line).split())
    return "".join(char for char in kept if unicodedata.category(char) != "Cf")


# --- what differs --------------------------------------------------------------------------------


def compare(old: Blocks, new: Blocks) -> Comparison:
    """Return what became of the old text, paragraph by paragraph; unchanged ones are folded.

    Of a run of unchanged paragraphs the first and the last are shown.
    """
    left, right = _lines(old), _lines(new)
    coarse = max(len(left), len(right)) > MOST_LINES
    found: list[Line] = []
    for tag, start, stop, first, last in _opcodes(left, right):
        if tag == "equal":
            found += _folded(left[start:stop])
            continue
        lines, limited = _replaced(left[start:stop], right[first:last])
        found += lines
        coarse = coarse or limited
    kinds = [line.kind for line in found]
    return Comparison(
        tuple(found),
        kinds.count(Kind.added),
        kinds.count(Kind.removed),
        kinds.count(Kind.changed),
        coarse,
    )


def _lines(blocks: Blocks) -> list[str]:
    return [line for block in blocks for line in block_lines(block) if line.strip()]


def _opcodes(left: Sequence[str], right: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    long = max(len(left), len(right)) > MOST_LINES
    # autojunk drops what is frequent, which keeps very long texts affordable
    return SequenceMatcher(None, left, right, autojunk=long).get_opcodes()


def _folded(lines: Sequence[str]) -> list[Line]:
    shown = [Line(Kind.same, (Part(Kind.same, line),)) for line in lines]
    if len(lines) <= 2 * NEAR + 1:
        return shown
    return [*shown[:NEAR], Line(Kind.same, (), len(lines) - 2 * NEAR), *shown[-NEAR:]]


def _replaced(old: Sequence[str], new: Sequence[str]) -> tuple[list[Line], bool]:
    """Pair paragraphs that resemble each other, in order; the rest went or came."""
    found: list[Line] = []
    limited = len(old) * len(new) > MOST_PAIRS
    waiting = list(old)
    for line in new:
        place = _likest(waiting[:1] if limited else waiting, line)
        if place is None:
            found.append(_whole(Kind.added, line))
            continue
        found += [_whole(Kind.removed, each) for each in waiting[:place]]
        changed, short = _words(waiting[place], line)
        limited = limited or not short
        found += changed
        waiting = waiting[place + 1 :]
    return found + [_whole(Kind.removed, each) for each in waiting], limited


def _likest(lines: Sequence[str], wanted: str) -> int | None:
    scores = [(_likeness(line, wanted), -place) for place, line in enumerate(lines)]
    score, place = max(scores, default=(0.0, 0))
    return -place if score >= ALIKE else None


def _likeness(one: str, other: str) -> float:
    """Return roughly how much two paragraphs share, from 0 to 1: cheap, by pairs of characters."""
    left = {one[at : at + 2] for at in range(len(one) - 1)}
    right = {other[at : at + 2] for at in range(len(other) - 1)}
    return len(left & right) * 2 / (len(left) + len(right)) if left and right else 0.0


def _whole(kind: Kind, line: str) -> Line:
    return Line(kind, (Part(kind, line),))


def _words(old: str, new: str) -> tuple[list[Line], bool]:
    """Return one line with its words compared, or both lines whole when they are too long."""
    left, right = TOKEN.findall(old), TOKEN.findall(new)
    if max(len(left), len(right)) > MOST_TOKENS:
        return [_whole(Kind.removed, old), _whole(Kind.added, new)], False
    parts: list[Part] = []
    for tag, start, stop, first, last in SequenceMatcher(
        None, left, right, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            parts.append(Part(Kind.same, "".join(left[start:stop])))
            continue
        gone, come = "".join(left[start:stop]), "".join(right[first:last])
        parts += [Part(Kind.removed, gone)] if gone else []
        parts += [Part(Kind.added, come)] if come else []
    return [Line(Kind.changed, tuple(parts))], True


# --- carrying a change into an edited text -------------------------------------------------------


@dataclass(frozen=True)
class Clash:
    """A place that both the page and the editor changed."""

    base: Blocks
    theirs: Blocks
    mine: Blocks


@dataclass(frozen=True)
class Merged:
    """An edited text with the page's change in it: settled stretches and clashes, in order."""

    stretches: tuple[Blocks | Clash, ...]

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """Return the places where somebody must choose."""
        return tuple(each for each in self.stretches if isinstance(each, Clash))

    def settled(self, choices: Sequence[str]) -> Blocks:
        """Return the text with each clash settled: "theirs" takes the page's, else mine stays."""
        chosen = iter(choices)
        result: list[AnyBlock] = []
        for each in self.stretches:
            if isinstance(each, Clash):
                result += each.theirs if next(chosen, "mine") == "theirs" else each.mine
            else:
                result += each
        return tuple(result)


def merge(base: Blocks, theirs: Blocks, mine: Blocks) -> Merged:
    """Carry what changed from `base` to `theirs` into `mine`, block by block.

    A stretch that one side alone changed takes that side; one that both changed differently is
    a clash; one that both changed alike is settled.
    """
    keys = [tuple(map(_key, blocks)) for blocks in (base, theirs, mine)]
    stretches: list[Blocks | Clash] = []
    ends = (0, 0, 0)
    for anchor in _anchors(*keys):
        _settle(stretches, base, theirs, mine, ends, anchor[:3], keys)
        old, other, own, length = anchor
        stretches.append(mine[own : own + length])
        ends = (old + length, other + length, own + length)
    _settle(stretches, base, theirs, mine, ends, (len(base), len(theirs), len(mine)), keys)
    return Merged(tuple(each for each in stretches if each))


def _settle(
    stretches: list[Blocks | Clash],
    base: Blocks,
    theirs: Blocks,
    mine: Blocks,
    starts: tuple[int, ...],
    stops: tuple[int, ...],
    keys: Sequence[tuple[str, ...]],
) -> None:
    lengths = {stop - start for start, stop in zip(starts, stops, strict=True)}
    if len(lengths) == 1 and max(lengths) > 1:
        # neighbouring paragraphs that nobody added or dropped: each is settled by itself
        for step in range(max(lengths)):
            one, next_one = (tuple(start + step + more for start in starts) for more in (0, 1))
            _settle(stretches, base, theirs, mine, one, next_one, keys)
        return
    spans = [slice(start, stop) for start, stop in zip(starts, stops, strict=True)]
    old, other, own = (row[span] for row, span in zip(keys, spans, strict=True))
    if other in (old, own):
        stretches.append(mine[spans[2]])
    elif own == old:
        stretches.append(theirs[spans[1]])
    else:
        stretches.append(Clash(base[spans[0]], theirs[spans[1]], mine[spans[2]]))


def _key(block: AnyBlock) -> str:
    """Return what makes a block the same as another: its kind and what it says."""
    said = "\n".join(map(_bare, block_lines(block)))
    match block:
        case Figure():
            return f"figure {block.url or block.asset} {said}"
        case PageBreak():
            return "page_break"
        case _:
            return f"{block.type} {said}"


def _anchors(
    base: Sequence[str], theirs: Sequence[str], mine: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield the runs that all three have in common: where each begins, and its length."""
    matched = dict(_pairs(base, mine))
    run: tuple[int, int, int, int] | None = None
    for old, other in _pairs(base, theirs):
        own = matched.get(old)
        if own is None:
            continue
        if run and (old, other, own) == (run[0] + run[3], run[1] + run[3], run[2] + run[3]):
            run = (*run[:3], run[3] + 1)
            continue
        if run:
            yield run
        run = (old, other, own, 1)
    if run:
        yield run


def _pairs(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[int, int]]:
    for match in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        for step in range(match.size):
            yield match.a + step, match.b + step
