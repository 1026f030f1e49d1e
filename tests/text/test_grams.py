"""What a search compares: pairs of characters, in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.text.grams import Phrase, grams, phrases


def test_pairs_overlap_and_the_last_character_stands_alone():
    assert grams("工信部") == ["工信", "信部", "部"]


def test_marks_and_spaces_part_the_pairs():
    assert grams("《意见》（印发）") == ["意见", "见", "印发", "发"]
    assert grams("Web3 lab") == ["we", "eb", "b3", "3", "la", "ab", "b"]


def test_a_gap_beside_a_chinese_character_is_none():
    assert grams("投资 5 亿元") == grams("投资5亿元")


def test_width_and_capitals_make_no_difference():
    assert grams("ＡＩ芯片") == grams("ai芯片") == ["ai", "i芯", "芯片", "片"]


@pytest.mark.parametrize(
    "query, wanted",
    [
        ("工信部", [Phrase(("工信", "信部"), open_ended=False)]),
        ("工", [Phrase(("工",), open_ended=True)]),
        ("海堤 临澜", [Phrase(("海堤",), False), Phrase(("临澜",), False)]),
        ("“海堤”加", [Phrase(("海堤", "堤", "加"), open_ended=True)]),
        ("🚀", [Phrase(("🚀",), open_ended=True)]),
        ("' \" * AND(", [Phrase(("an", "nd"), open_ended=False)]),
        ("—— 。", []),
    ],
)
def test_each_word_asks_for_its_pairs_in_order(query, wanted):
    assert phrases(query) == wanted


def held(phrase: Phrase, words: list[str]) -> bool:
    """Whether the phrase's grams stand in the words one after the other."""
    *first, last = phrase.grams
    for place in range(len(words) - len(first)):
        end = words[place + len(first)]
        fits = end.startswith(last) if phrase.open_ended else end == last
        if fits and words[place : place + len(first)] == first:
            return True
    return False


@given(st.text("云州临澜市青屿区ab1２，。 ", max_size=30), st.data())
def test_any_part_of_a_text_is_found_in_it(text, data):
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    assert all(held(phrase, grams(text)) for phrase in phrases(part))
