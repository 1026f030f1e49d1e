"""Tables and figures of an item are numbered 1, 2, 3 …, and a gap is named."""

import pytest

from editor.assembler.preflight.numbers_in_order import disorder, numbering
from editor.text.document import Article, Figure, Table, paragraph


def article(*blocks):
    return Article(anchor="s1-1", headline="云州：港口货运报告", blocks=blocks)


def table(caption):
    return Table(rows=(), caption=caption)


@pytest.mark.parametrize("numbers", [[], [1], [1, 2, 3]])
def test_numbers_in_order_are_no_finding(numbers):
    assert disorder("表", numbers) is None


@pytest.mark.parametrize(
    "numbers, said",
    [
        ([1, 3], "缺表2"),
        ([2], "缺表1"),
        ([1, 2, 2], "表2 出现了不止一次"),
        ([2, 1], "没有按顺序：表2、表1"),
    ],
)
def test_what_is_out_of_order_is_named(numbers, said):
    chinese, _english = disorder("表", numbers)
    assert said in chinese


def test_tables_and_figures_are_counted_apart():
    blocks = (table("表 1 货运量"), Figure(caption="图1：码头"), table("表2 客运量"))
    assert list(numbering(article(*blocks))) == []


def test_chinese_numerals_count_as_figures_do():
    assert list(numbering(article(table("表一 货运量"), table("表二：客运量")))) == []
    [finding] = numbering(article(table("表一 货运量"), table("表三 客运量"), table("表一般情况")))
    assert "缺表2" in finding.chinese


def test_captions_without_a_number_and_numbers_of_parts_are_left_alone():
    blocks = (table("表：规模"), table("表1-2 明细"), table("表 3.1 明细"), table(""))
    assert list(numbering(article(*blocks))) == []


def test_a_table_that_was_cut_is_missed_where_the_text_names_it():
    found = list(numbering(article(paragraph("从表2可以看出，货运量增加。"), table("表1 货运量"))))
    assert [finding.code for finding in found] == ["number_without_caption"]
    assert "表2" in found[0].chinese


@pytest.mark.parametrize(
    "text", ["人大代表3000名到会。", "代表团由表1人组成", "列表1", "地图2", "增长见表1年报"]
)
def test_other_words_with_these_signs_are_no_mention(text):
    assert list(numbering(article(paragraph(text)))) == []
