"""Patterns of a profile: what may stand in braces, and what a person is told of the rest."""

import pytest

from editor.errors import Invalid
from editor.patterns import fits, misfits
from tests.cast import make_profile

LABEL = ("year", "month", "number", "total")


@pytest.mark.parametrize(
    "pattern",
    [
        "{year} 年 第{number:zh}期",
        "第 {number:02} 期",
        "（总第{total:zh}期）",
        "没有代入",
        "{{}}",
        "",
    ],
)
def test_a_label_line_takes_the_numbers_of_an_issue(pattern):
    assert fits(pattern, LABEL)


@pytest.mark.parametrize(
    "pattern",
    ["{期号}", "{", "}", "{}", "{0}", "{number:XX}", "{number!r}", "{number.real}",
     "{number.__class__}", "{number[0]}", "{number:{total}}"],
)  # fmt: skip
def test_nothing_else_may_stand_in_braces(pattern):
    assert not fits(pattern, LABEL)


def test_words_take_no_format_of_numbers():
    assert fits("{source} {date}", ("source", "date"))
    assert not fits("{source:zh}", ("source", "date"))


def test_a_profile_of_defaults_has_no_misfit():
    assert list(misfits(make_profile().model_dump(mode="json"))) == []


@pytest.mark.parametrize(
    "table, key, pattern",
    [
        ("cover", "label_lines", ["{year} 年", "第{qi}期"]),
        ("colophon", "edition_value", "第{number}版"),
        ("item", "source_line", "{来源} {date}"),
        ("item", "byline", "（作者：{byline"),
        ("table", "continued", "续{0}"),
        ("furniture", "header_left", "{publication.__class__}"),
        ("feed", "corrections", "更正：{titles}"),
    ],
)
def test_a_profile_with_a_misfit_is_refused_with_a_sentence_at_its_key(table, key, pattern):
    with pytest.raises(Invalid) as refused:
        make_profile(**{table: {key: pattern}})
    assert "花括号里只能写" in str(refused.value)
    assert list(refused.value.fields) == [f"{table}.{key}"]
