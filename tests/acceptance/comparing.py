"""How well an extractor's words match a label: text F1, paired bootstrap, sameness of facts."""

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

GRAM = 4
DRAWS = 2000


def text_f1(found: str, expected: str) -> float:
    """Return the F1 of character 4-grams, 0 to 1; white space and width do not count."""
    have, want = _grams(found), _grams(expected)
    shared = sum((have & want).values())
    return 2 * shared / (sum(have.values()) + sum(want.values())) if shared else 0.0


def _grams(text: str) -> Counter[str]:
    bare = same_width(text)
    return Counter(bare[i : i + GRAM] for i in range(max(1, len(bare) - GRAM + 1)) if bare)


def same_width(text: str) -> str:
    """Return a text without white space and differences of width."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or ""))


@dataclass(frozen=True)
class Margin:
    """How much the first is better than the second on average, and the 95 % interval of that."""

    mean: float
    low: float
    high: float

    @property
    def not_worse(self) -> bool:
        """Return whether the second is not better beyond chance."""
        return self.high >= 0


def margin(ours: Sequence[float], theirs: Sequence[float], *, seed: int = 1) -> Margin:
    """Return the paired bootstrap of two extractors' scores on the same pages (at least one)."""
    gaps = [mine - other for mine, other in zip(ours, theirs, strict=True)]
    draw = random.Random(seed)
    means = sorted(sum(draw.choices(gaps, k=len(gaps))) / len(gaps) for _ in range(DRAWS))
    low, high = means[int(DRAWS * 0.025)], means[int(DRAWS * 0.975) - 1]
    return Margin(sum(gaps) / len(gaps), low, high)
