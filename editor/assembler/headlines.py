"""Where a headline breaks: at its clause first, then where a reader would pause.

Widths are in em of the headline's own size. A break falls after a mark, beside a particle, or
anywhere between two Chinese characters, in this order of liking; never inside a figure or a Latin
word, and never so that a line opens or ends with a mark that may not stand there.
"""

import re
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from editor.assembler.columns import width_em

CHINESE = r"\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
MARKS = r"，。、；：？！（）《》〈〉「」『』【】“”‘’…—·"
CLAUSE = re.compile(rf"(?<=[{CHINESE}{MARKS}]) +(?=[{CHINESE}{MARKS}])")
LOOSE_CLAUSE = re.compile(rf"(?<=[{CHINESE}{MARKS}]) +(?=[0-9A-Za-z][^ ]*$)")
NO_START = frozenset("，。、；：？！）》〉」』】”’…—·％℃%)]}!?,.:;～~-")
NO_END = frozenset("（《〈「『【“‘([{—·")
WORD = re.compile(r"[0-9A-Za-z.,%+＋&@/–—~～\-]")
AFTER = "，、；：》）”’？！"
BEFORE = "《（“‘"
PARTICLES = "的和与及或等在对为以从向"
NEVER = 1e9
AUTOSPACE_EM = 0.2
AUTOSPACE = re.compile(rf"(?<=[{CHINESE}])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])(?=[{CHINESE}])")
SHORTEST_EM = 3.0  # the least that a title's last line in the contents holds
SHORT_EM = 8.0  # a last line that is shorter leaves a title of two clauses to its clauses
WORD_LIST = Path(__file__).parents[2] / "config" / "house-style" / "unbroken-words.txt"


def clauses(headline: str) -> list[str]:
    """Return a headline's clauses: two when it has one space that parts them, else the whole.

    A space between two Chinese characters parts clauses; so does one before a last word that
    opens with a figure (“座谈会召开 8家企业签约”), where no other space does.
    """
    for pattern in (CLAUSE, LOOSE_CLAUSE):
        found = pattern.split(headline)
        if len(found) == 2:
            return found
    return [headline]


@cache
def unbroken() -> frozenset[str]:
    """Return the pairs of characters that a headline's line break should not part."""
    lines = WORD_LIST.read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    return frozenset(a + b for word in words for a, b in pairwise(word))


@lru_cache(maxsize=2048)
def headline_lines(headline: str, room: float) -> tuple[str, ...]:
    """Return the lines of a headline where a line holds `room` em; one line when it fits."""
    if width_em(headline) <= room:
        return (headline,)
    parts = clauses(headline)
    if len(parts) == 2 and max(map(width_em, parts)) <= room:
        return tuple(parts)
    count = int(-(-width_em(headline) // room))
    for lines in (count, count + 1):
        broken = _break(headline, room, lines)
        if broken:
            return broken
    return (headline,)


def full_lines(text: str, room: float) -> list[str]:
    """Return a title's lines in the contents, each as full as `room` em allow.

    Where that leaves a few characters over, a title of two clauses breaks between them, another
    takes more to its last line. A figure or a word stays whole.
    """
    lines, rest = [], text
    while set_width(rest) > room:
        fits = [at for at in range(1, len(rest)) if set_width(rest[:at]) <= room]
        allowed = [at for at in fits if may_break(rest, at)]
        good = [at for at in allowed if set_width(rest[at:]) >= SHORTEST_EM]
        if not allowed:
            break
        at = (good or allowed)[-1]
        lines.append(rest[:at])
        rest = rest[at:]
    lines.append(rest)
    parts = clauses(text)
    if len(lines) == len(parts) == 2 and set_width(rest) < SHORT_EM:
        return parts if max(map(set_width, parts)) <= room else lines
    return lines


def set_width(text: str) -> float:
    """Return how wide a text is set, in em: with what layout puts between Chinese and Latin."""
    return width_em(text) + AUTOSPACE_EM * len(AUTOSPACE.findall(text))


def may_break(text: str, at: int) -> bool:
    """Whether a line may end before text[at]."""
    return _dislike(text, at) < NEVER and text[at] != " "


def _break(text: str, room: float, count: int) -> tuple[str, ...]:
    """Return `count` lines of least cost: even lengths, good places; () when none fit."""
    ideal = width_em(text) / count
    # best[k][i]: the cost of setting text[:i] in k lines, and where the last of them starts
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _ in range(count):
        reached: dict[int, tuple[float, int]] = {}
        for start, (cost, _from) in best[-1].items():
            for end in range(start + 1, len(text) + 1):
                width = width_em(text[start:end].strip())
                if width > room:
                    break
                total = cost + (width - ideal) ** 2 + _dislike(text, end)
                if total < reached.get(end, (NEVER, 0))[0]:
                    reached[end] = (total, start)
        best.append(reached)
    if len(text) not in best[count]:
        return ()
    lines, end = [], len(text)
    for step in range(count, 0, -1):
        start = best[step][end][1]
        lines.append(text[start:end].strip())
        end = start
    return tuple(reversed(lines))


def _dislike(text: str, at: int) -> float:
    """Return how bad a break before text[at] is; the end of the text costs nothing."""
    if at == len(text):
        return 0.0
    before, after = text[at - 1], text[at]
    if before == " " or after == " ":
        # a space that parts two clauses is the best place, one beside a figure is none
        return 0.0 if CLAUSE.match(text, at if after == " " else at - 1) else 60.0
    if after in NO_START or before in NO_END:
        return NEVER
    if WORD.match(before) and WORD.match(after):
        return NEVER
    if before in AFTER or after in BEFORE:
        return 4.0
    if before in "的" or after in PARTICLES.replace("的", ""):
        return 12.0
    return 120.0 if before + after in unbroken() else 40.0
