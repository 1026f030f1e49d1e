"""Numbered heads run on, in whichever scheme; what is missing after a cut is named."""

import pytest

from editor.assembler.preflight.heads_in_order import head_numbers, value
from editor.text.document import Article, Heading, Text, paragraph

MORE = "港口货运量比上年增长，航线通达沿海各市。"


def head(text, level=1):
    return Heading(level=level, content=(Text(text=text),))


def said(*texts):
    """Return what is found in an item whose heads read so; “¶” marks a paragraph."""
    blocks = [
        paragraph(text.removeprefix("¶") + MORE) if text.startswith("¶") else head(text)
        for text in texts
    ]
    article = Article(anchor="s1-1", headline="云州：港口货运报告", blocks=tuple(blocks))
    return [finding.chinese for finding in head_numbers(article)]


@pytest.mark.parametrize(
    "texts",
    [
        ("一、研究背景", "（一）现状", "（二）问题", "二、建议", "（一）投入", "三、结语"),
        ("一、背景", "1. 起步", "2. 提速", "(1)规模", "(2)结构", "二、建议", "1. 投入"),
        ("0 引言", "1 现状", "1.1 规模", "1.1.1 货运", "1.1.2 客运", "1.2 结构", "2 建议"),
        ("1、集群", "2、平台", "3、人才"),
        ("（一）规模", "（二）结构", "（三）交通"),
        # right through the article, whatever stands above
        ("一、背景", "（一）规模", "（二）结构", "二、建议", "（三）投入", "（四）保障"),
        # a second run under heads without numbers
        ("现状", "1. 规模", "2. 结构", "建议", "1. 投入", "2. 保障"),
        # sentences: as heads, and as openings of their paragraphs
        ("一、推动“五个中心”联动发展，形成合力。", "二、培育产业集群，做强龙头。"),
        ("一、规模", "¶二、推动联动发展。", "三、保障"),
        ("¶3.5亿元投入到位。", "¶12 个省市参加。", "¶5月1日起施行。", "¶一是规模。"),
    ],
)
def test_heads_that_run_on_are_no_finding(texts):
    assert said(*texts) == []


@pytest.mark.parametrize(
    "texts, words",
    [
        (("一、背景", "三、建议"), "“一、”之后是“三、”"),
        (("一、背景。", "¶二、现状。", "四、结语。"), "“二、”之后是“四、”"),
        (("一、背景", "（一）规模", "（三）结构", "二、建议"), "“（一）”之后是“（三）”"),
        (("1 现状", "1.1 规模", "1.3 结构"), "“1.1”之后是“1.3”"),
        (("二、现状", "三、建议"), "从“二、”开始"),
        (("一、背景", "（二）结构", "（三）保障"), "从“（二）”开始"),
        (("十九、保障", "二十一、附则"), "“十九、”之后是“二十一、”"),
    ],
)
def test_a_head_that_was_cut_is_missed(texts, words):
    assert any(words in each for each in said(*texts))


def test_numerals_up_to_ninety_nine_are_read():
    found = [value(each) for each in ("一", "十", "十二", "二十", "三十五", "7", "12")]
    assert found == [1, 10, 12, 20, 35, 7, 12]
