"""Regression floors: reprints and look-alikes of real windows, told apart pair by pair."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import pytest

from editor.text.fingerprint import bands, same_text, wording
from tests.acceptance import shared

WORLDS = shared() / "newsroom" / "newsroom.py"


def pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)


def world(issue: str, seed: int, scale: int) -> list[dict[str, str]]:
    """Return every article of a world, with the cluster it belongs to."""
    told = subprocess.run(
        [sys.executable, WORLDS, "world", "--truth", shared() / "truth", "--issue", issue,
         "--seed", str(seed), "--scale", str(scale), "--port", "8000"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    expected: list[dict[str, str]] = json.loads(told.stdout)["expected"]
    return expected


def grouped(texts: Sequence[str]) -> list[int]:
    """Return each text's group: joined one after the other, as they would come in."""
    words = [wording(text) for text in texts]
    group = list(range(len(texts)))
    holders: dict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(words):
        keys = bands(one)
        shared = Counter(holder for key in keys for holder in holders[key])
        for other in (holder for holder, keys_shared in shared.items() if keys_shared):
            if group[other] != group[number] and same_text(one, words[other]):
                old, new = group[number], group[other]
                group = [new if each == old else each for each in group]
        for key in keys:
            holders[key].append(number)
    return group


@pytest.mark.slow
@pytest.mark.skipif(not WORLDS.exists(), reason="the replayed newsroom is not beside the project")
@pytest.mark.parametrize("scale", [1, 4])
def test_reprints_are_joined_and_look_alikes_are_not(scale: int) -> None:
    right = made = true = 0
    for issue in ("000", "002", "003"):
        for seed in (21, 22):
            articles = world(issue, seed, scale)
            groups = grouped([article["text"] for article in articles])
            clusters = [article["cluster_id"] for article in articles]
            right += pairs(Counter(zip(groups, clusters, strict=True)).values())
            made += pairs(Counter(groups).values())
            true += pairs(Counter(clusters).values())
    assert right / made >= 0.98
    assert right / true >= 0.98
