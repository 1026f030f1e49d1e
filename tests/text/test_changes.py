"""Two texts of one page: is it a change, what changed, and how it goes into an edited text."""

import time

import pytest

from editor.text.changes import MOST_TOKENS, Kind, compare, merge, same_text
from editor.text.document import Figure, body_text, paragraph

ONE = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市。"
TWO = "往返时间由两天缩短到一天，首批十二条航线下月开通。"
THREE = "改造工程历时两年，岸线延长六百米。"


def text(*lines: str):
    return tuple(map(paragraph, lines))


@pytest.mark.parametrize("other", [
    (ONE, TWO), ("  " + ONE, TWO + "\u200b"), (ONE, TWO, "阅读 1,204"),
    (ONE, TWO, "责任编辑：林岸"),
    (ONE, TWO, "浏览次数：88 次"), (ONE.replace("，", ","), TWO),
])  # fmt: skip
def test_what_is_no_change_of_the_article(other):
    assert same_text(text(ONE, TWO), text(*other))


@pytest.mark.parametrize("other", [
    (ONE,), (TWO, ONE), (ONE, TWO, THREE), (ONE.replace("三千", "五千"), TWO),
    (ONE, TWO, "编辑部声明：本报今日起改版，读者请留意新的出版时间和订阅办法。" * 2),
])  # fmt: skip
def test_what_is_a_change_of_the_article(other):
    assert not same_text(text(ONE, TWO), text(*other))


def test_a_caption_that_changed_is_a_change():
    one, other = Figure(url="http://a/1.png", caption="东港"), Figure(caption="西港")
    assert not same_text((one,), (other,))


def test_changed_words_are_marked_inside_their_paragraph():
    found = compare(text(ONE, TWO), text(ONE.replace("三千", "五千"), TWO, THREE))
    changed, kept, added = found.lines
    assert [(part.kind, part.text) for part in changed.parts if part.kind != Kind.same] == [
        (Kind.removed, "三"),
        (Kind.added, "五"),
    ]
    assert (kept.kind, added.kind, found.coarse) == (Kind.same, Kind.added, False)
    assert (found.added, found.removed, found.changed) == (1, 0, 1)


def test_a_long_run_of_unchanged_paragraphs_is_folded_and_counted():
    lines = [f"第{n}段说明工程的进展。" for n in range(20)]
    found = compare(text(*lines), text(*lines, THREE))
    assert [(line.kind, line.count) for line in found.lines] == [
        (Kind.same, 1), (Kind.same, 18), (Kind.same, 1), (Kind.added, 1),
    ]  # fmt: skip


def test_a_very_long_paragraph_is_shown_whole_and_says_so():
    long = "港" * (MOST_TOKENS + 1)
    found = compare(text(long), text(long + "区"))
    assert [line.kind for line in found.lines] == [Kind.removed, Kind.added]
    assert found.coarse


def test_large_texts_are_compared_in_bounded_time():
    old = text(*(f"第{n}段：{ONE}{n * 7919}" for n in range(4000)))
    new = text(*(f"第{n}段：{TWO}{n * 104729}" for n in range(4000)))
    started = time.perf_counter()
    assert compare(old, new).coarse
    assert time.perf_counter() - started < 5


def test_a_change_goes_into_an_edited_text_beside_the_editors_own():
    merged = merge(
        text(ONE, TWO, THREE), text(ONE, TWO, THREE + "另有两条支线。"), text(TWO, THREE)
    )
    assert merged.clashes == ()
    assert body_text(merged.settled(())).split("\n") == [TWO, THREE + "另有两条支线。"]


def test_what_both_changed_is_a_clash_that_somebody_settles():
    mine, theirs = ONE.replace("三千", "三千余"), ONE.replace("三千", "五千")
    merged = merge(text(ONE, TWO), text(theirs, TWO), text(mine, TWO))
    (clash,) = merged.clashes
    assert (body_text(clash.mine), body_text(clash.theirs)) == (mine, theirs)
    assert body_text(merged.settled(("mine",))) == f"{mine}\n{TWO}"
    assert body_text(merged.settled(("theirs",))) == f"{theirs}\n{TWO}"


def test_the_same_change_on_both_sides_is_no_clash():
    theirs = ONE.replace("三千", "五千")
    assert merge(text(ONE), text(theirs), text(theirs)).clashes == ()
