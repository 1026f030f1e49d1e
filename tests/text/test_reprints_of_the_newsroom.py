"""Regression floors: reprints and look-alikes of real windows, told apart pair by pair."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

import pytest

from editor.text.documents import mentions, shared_document
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
@pytest.mark.parametrize("issue", ["000", "002", "003"])
@pytest.mark.parametrize("seed", [21, 22, 23, 24, 25])
def test_reprints_are_joined_and_look_alikes_are_not(issue: str, seed: int) -> None:
    # a larger scale stitches its decoys from the same paragraphs: look-alikes of no real window
    articles = world(issue, seed, scale=1)
    groups = grouped([article["text"] for article in articles])
    clusters = [article["cluster_id"] for article in articles]
    right = pairs(Counter(zip(groups, clusters, strict=True)).values())
    assert right / pairs(Counter(groups).values()) >= 0.98
    assert right / pairs(Counter(clusters).values()) >= 0.98


@pytest.mark.slow
@pytest.mark.skipif(not WORLDS.exists(), reason="the replayed newsroom is not beside the project")
@pytest.mark.parametrize("issue", ["000", "002", "003"])
def test_reports_are_related_only_where_they_name_one_document(issue: str) -> None:
    articles = world(issue, 21, scale=1)
    named = [(each["title"], mentions(each["title"], each["text"])) for each in articles]
    assert sum(bool(found) for _, found in named) >= 60
    found = [(one, other, shared_document(*one, *other)) for one, other in combinations(named, 2)]
    related = [(one, other, mention) for one, other, mention in found if mention]
    assert related
    for one, other, mention in related:
        for title, mine in (one, other):
            name = mention.key[:8]
            assert name in "".join(each.key for each in mine), title
