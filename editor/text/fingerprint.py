"""Which texts are reprints of one another: neighbours are proposed, then confirmed.

A reprint is cut at its end, opens with another desk's dateline and is punctuated anew; it keeps
the opening and the figures. A release that fills last month's form with new figures shares most
of its words and is no reprint; nor is a round-up that shares a paragraph.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rensa import RMinHash

SEED = 20260701
# two rows a band: openings of which half is common (Jaccard .33) share one of 24 bands with
# probability .94, those of which two thirds are (.5) with .999
ROWS = 2
BANDS = 24
PERMUTATIONS = ROWS * BANDS
COMPARED = 4

# shorter texts are captions and “see the attachment”: equal words prove nothing
SHORTEST = 40
CONTAINED = 0.46
FIGURES_KEPT = 0.7
OPENING = 200
OPENING_KEPT = 0.5
# what the longer text must share at least; the sketch proposes nothing below it
COVERED = 0.3
# two texts of which this much is common to both are one text, whatever else each adds
MOSTLY = 0.6
# what a cut reprint may say of its own in one go
OWN_RUN = 24
OWN_SHARE = 0.1
# so many telling figures in common vouch for a text that was worked over
VOUCHING = 5
VOUCHED = 0.9

_URL = re.compile(r"(?:https?://|www\.)[\w\-./?%&=#:~+@!;,]+", re.A | re.I)
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_TELLING = 3
_DATELINE = re.compile(
    r"^[^。！？\n]{0,40}?\d{1,2}\s*月\s*\d{1,2}\s*日\s*(?:[电讯]|消息)\s*(?:[(（][^()（）\n]{0,40}[)）])?"
    r"|^(?:本报|本网|本刊|新华社|中新社|中新网)[^。！？\n]{0,12}?[电讯]\s*(?:[(（][^()（）\n]{0,40}[)）])?"
)
_OPENERS = re.compile(r"^\s*(?:(?:近日|日前|记者获悉|据悉|据了解)\s*[,，]?\s*)+")
_FURNITURE = re.compile(
    r"^[\s(（【\[]*(?:责任?编辑?|责编|编辑|校对|审核|监制|作者|记者|来源|原标题|本文来源|文章来源|原文链接|本文转自|转载自|摘自)"
    r"\s*[:：丨|/].{0,80}$"
    r"|^[\s(（【\[]*(?:免责|版权|特别)?声明\s*[:：].{0,200}$"
    r"|^.{0,30}(?:下载客户端|扫描?二维码|长按识别|关注公众号|点击(?:查看|阅读|下载)).{0,30}$"
)


@dataclass(frozen=True)
class Wording:
    """A text as it is compared: letters and figures only, without furniture and dateline."""

    letters: str
    figures: tuple[str, ...]

    @cached_property
    def grams(self) -> frozenset[str]:
        """Return its runs of four characters."""
        return frozenset(_grams(self.letters, COMPARED))


def wording(text: str) -> Wording:
    """Return what of a text is compared; one paragraph a line.

    Width, case, punctuation and white space do not count; addresses, lines about editors and
    origin, and the dateline are left out.
    """
    plain = _URL.sub("", unicodedata.normalize("NFKC", text)).casefold()
    lines = [line for line in plain.splitlines() if line.strip() and not _FURNITURE.match(line)]
    if lines:
        lines[0] = _OPENERS.sub("", _DATELINE.sub("", lines[0].strip(), count=1))
    kept = "\n".join(lines)
    figures = tuple(sorted(_FIGURE.findall(kept)))
    return Wording("".join(filter(str.isalnum, kept)), figures)


def digest(words: Wording) -> str:
    """Return the sha256 of what is compared: equal texts have equal digests."""
    return hashlib.sha256(words.letters.encode()).hexdigest()


def bands(words: Wording) -> tuple[int, ...]:
    """Return the keys under which neighbours are looked up; texts sharing one may be reprints.

    24 signed 32-bit numbers, the same on every machine; none for a text that is too short. Only
    the opening is sketched: texts that open apart are never the same, however much they share,
    and each key is a row that is written and looked up for every candidate.
    """
    if len(words.letters) < SHORTEST:
        return ()
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    sketch.update(list(_grams(words.letters[:OPENING], COMPARED)))
    rows = sketch.digest()
    return tuple(_key(band, rows[band * ROWS : (band + 1) * ROWS]) for band in range(BANDS))


def _key(band: int, rows: list[int]) -> int:
    said = band.to_bytes(2, "big") + b"".join(row.to_bytes(4, "big") for row in rows)
    return int.from_bytes(hashlib.blake2b(said, digest_size=4).digest(), "big", signed=True)


def _grams(letters: str, size: int) -> Iterator[str]:
    return (letters[start : start + size] for start in range(len(letters) - size + 1))


def containment(part: Wording, whole: Wording) -> float:
    """Return the share of `part` found in `whole`, from 0.0 to 1.0; 0.0 when `part` is empty.

    Not symmetric: a cut reprint is contained in its original. Broder (1997).
    """
    return len(part.grams & whole.grams) / len(part.grams) if part.grams else 0.0


def same_text(one: Wording, other: Wording) -> bool:
    """Whether one is a reprint of the other, or both are of a third; symmetric.

    Both open alike and give the same figures, and one is contained in the other. Where they are
    not mostly equal, the shorter must be a cut of the longer (it hardly says anything of its
    own), or enough telling figures must vouch for it.
    """
    part, whole = sorted((one, other), key=lambda words: (len(words.grams), words.letters))
    if len(part.letters) < SHORTEST:
        return False
    contained, covered = containment(part, whole), containment(whole, part)
    if contained < CONTAINED or covered < COVERED:
        return False
    if not figures_agree(part.figures, whole.figures) or not _open_alike(part, whole):
        return False
    return covered >= MOSTLY or _cut(part, whole) or _vouched(part, whole)


def figures_agree(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the text with fewer figures keeps enough of the other's; without any it does.

    Needed for `same_text`, and known without either text: forms filled anew fail here.
    """
    fewest = min(len(one), len(other))
    return (Counter(one) & Counter(other)).total() >= FIGURES_KEPT * fewest


def _open_alike(one: Wording, other: Wording) -> bool:
    first, second = (Wording(words.letters[:OPENING], ()) for words in (one, other))
    shared = len(first.grams & second.grams)
    return shared >= OPENING_KEPT * min(len(first.grams), len(second.grams))


def _cut(part: Wording, whole: Wording) -> bool:
    """Whether `part` says nothing of its own that is as long as a sentence."""
    longest = run = 0
    for gram in _grams(part.letters, COMPARED):
        run = 0 if gram in whole.grams else run + 1
        longest = max(longest, run)
    return longest <= min(OWN_RUN, OWN_SHARE * len(part.letters))


def _vouched(part: Wording, whole: Wording) -> bool:
    one, other = (Counter(f for f in w.figures if len(f) >= _TELLING) for w in (part, whole))
    shared = (one & other).total()
    return shared >= VOUCHING and shared >= VOUCHED * min(one.total(), other.total())
