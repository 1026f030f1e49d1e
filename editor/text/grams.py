"""What a search compares: folded texts, and which of them an index proposes.

A text holds a word when the folded word stands in the folded text: marks, spaces, capitals and
full-width letters make no difference. Chinese has no spaces, so an index keeps overlapping runs
of four characters: 工信部长说 becomes 工信部长, 信部长说, 部长说, 长说 and 说. Whatever holds a
word has the grams that it asks for; the reverse is not certain, so the text decides.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# arrows, technical signs and emoji: what \w leaves out and people may still look for
SIGNS = "\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
RUNS = re.compile(f"(?:[^\\W_]|[{SIGNS}])+")
# a gap beside a Chinese character is a matter of taste: 3.5 亿元, 3.5亿元
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
GAPS = re.compile(f"(?<=[{HAN}]) +| +(?=[{HAN}])")
# they tell how an emoji is drawn, not which one it is
SELECTORS = dict.fromkeys((0x200D, 0xFE0E, 0xFE0F))
LONGEST = 4
# begins as no word does, with a sign that both indexes keep
MARK = "¶{:x}"


@dataclass(frozen=True)
class Asked:
    """A gram that the index must hold, or with `open_ended` one that begins so."""

    gram: str
    open_ended: bool = False


def folded(text: str) -> str:
    """Return the runs of letters and characters of a text, apart by one space."""
    return " ".join(_runs(text))


def marks_of(title: str) -> str:
    """Return the marks of a title as it has them, apart by line breaks."""
    kept = (sign if sign.isprintable() and not _runs(sign) else "\n" for sign in title)
    return re.sub("[\\s]+", "\n", "".join(kept)).strip()


def words_of(query: str) -> tuple[str, ...]:
    """Return what a query asks for, each once: its folded words, its marks where it has none."""
    words = [word for each in query.split() if (word := folded(each))]
    return tuple(dict.fromkeys(words or marks_of(query).split()))


def grams(text: str) -> set[str]:
    """Return what the index holds of a folded text, with or without the marks of its title."""
    runs, _, marks = text.partition("\n")
    found = {run[place : place + LONGEST] for run in runs.split(" ") for place in range(len(run))}
    return found | {MARK.format(ord(mark)) for mark in marks if mark != "\n"}


def asked_of(word: str) -> set[Asked]:
    """Return what the index holds of every text in which this word stands."""
    if not _runs(word):
        return {Asked(gram) for gram in grams("\n" + word)}
    *before, last = word.split(" ")
    # the text may go on where the word ends
    if len(last) < LONGEST:
        return {Asked(last, open_ended=True)} | {Asked(gram) for gram in grams(" ".join(before))}
    whole = {last[place : place + LONGEST] for place in range(len(last) - LONGEST + 1)}
    return {Asked(gram) for gram in whole | grams(" ".join(before))}


def certain(words: Iterable[str]) -> bool:
    """Whether every text that the index proposes for these words holds them."""
    return all(len(word) <= LONGEST and " " not in word and _runs(word) for word in words)


def _runs(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold().translate(SELECTORS)
    return RUNS.findall(GAPS.sub("", plain))
