"""What a search compares: folded texts, and the grams by which an index proposes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.text.grams import Asked, asked_of, certain, folded, grams, marks_of, words_of

SIGNS = "云州临澜市青屿区ab1２，。 "


def test_grams_overlap_and_the_last_characters_stand_alone():
    assert grams("工信部长说") == {"工信部长", "信部长说", "部长说", "长说", "说"}


@pytest.mark.parametrize(
    "text, plain",
    [
        ("《意见》（印发）", "意见 印发"),
        ("Web3 lab", "web3 lab"),
        ("投资 5 亿元", "投资5亿元"),
        ("ＡＩ芯片", "ai芯片"),
        ("——。", ""),
    ],
)
def test_marks_width_and_capitals_make_no_difference(text, plain):
    assert folded(text) == plain


def test_a_gram_ends_with_its_run():
    assert grams(folded("海堤，加固")) == {"海堤", "堤", "加固", "固"}


@pytest.mark.parametrize(
    "query, words",
    [
        ("海堤 临澜 海堤", ("海堤", "临澜")),
        ("“海堤”加", ("海堤 加",)),
        ("' \" * AND(", ("and",)),
        ("—— 。", ("——", "。")),
        ("\x00", ()),
    ],
)
def test_a_query_asks_for_each_word_once(query, words):
    assert words_of(query) == words


@pytest.mark.parametrize(
    "word, asked",
    [
        ("工信部长说", {Asked("工信部长"), Asked("信部长说")}),
        ("工信", {Asked("工信", open_ended=True)}),
        ("🚀", {Asked("🚀", open_ended=True)}),
        ("海堤 加", {Asked("海堤"), Asked("堤"), Asked("加", open_ended=True)}),
    ],
)
def test_the_index_is_asked_for_what_every_text_with_the_word_has(word, asked):
    assert asked_of(word) == asked


def document(title: str) -> str:
    return f"{folded(title)}\n{marks_of(title)}"


def proposed(word: str, held: set[str]) -> bool:
    return all(
        any(gram.startswith(one.gram) for gram in held) if one.open_ended else one.gram in held
        for one in asked_of(word)
    )


@given(st.text(SIGNS, max_size=30), st.data())
def test_any_part_of_a_text_is_found_in_it(text, data):
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    assert all(word in document(text) for word in words_of(part))


@given(st.text(SIGNS, max_size=30), st.text(SIGNS, max_size=6))
def test_what_holds_a_word_is_proposed_and_some_proposals_are_certain(text, query):
    for word in words_of(query):
        fits = proposed(word, grams(document(text)))
        assert fits or word not in document(text)
        if certain([word]):
            assert fits == (word in document(text))
