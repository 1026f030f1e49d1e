"""What a search compares: overlapping pairs of characters.

Chinese has no spaces, so 工信部 becomes 工信, 信部 and 部: any characters that stand together in a
text are a run of pairs in the index, found exactly and in order. Marks, spaces, capitals and
full-width letters make no difference.
"""

import re
import unicodedata
from dataclasses import dataclass

# arrows, technical signs and emoji: what \w leaves out and people may still look for
SIGNS = "\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
RUNS = re.compile(f"(?:[^\\W_]|[{SIGNS}])+")
# a gap beside a Chinese character is a matter of taste: 3.5 亿元, 3.5亿元
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
GAPS = re.compile(f"(?<=[{HAN}]) +| +(?=[{HAN}])")
# they tell how an emoji is drawn, not which one it is
SELECTORS = dict.fromkeys((0x200D, 0xFE0E, 0xFE0F))


@dataclass(frozen=True)
class Phrase:
    """Grams that stand one after the other; of the last the beginning is enough."""

    grams: tuple[str, ...]
    open_ended: bool


def grams(text: str) -> list[str]:
    """Return what the index holds of a text, in its order."""
    return [run[place : place + 2] for run in _runs(text) for place in range(len(run))]


def phrases(query: str) -> list[Phrase]:
    """Return what each word of a query asks for; none for a word of marks alone."""
    return [_phrase(runs) for word in query.split() if (runs := _runs(word))]


def _runs(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold().translate(SELECTORS)
    return RUNS.findall(GAPS.sub("", plain))


def _phrase(runs: list[str]) -> Phrase:
    last = runs[-1]
    before = [run[place : place + 2] for run in runs[:-1] for place in range(len(run))]
    # the text may go on where the query ends
    pairs = [last[place : place + 2] for place in range(max(1, len(last) - 1))]
    return Phrase((*before, *pairs), open_ended=len(last) == 1)
