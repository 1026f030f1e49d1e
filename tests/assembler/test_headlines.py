"""Headlines break where a reader would pause."""

import pytest

from editor.assembler.headlines import clauses, headline_lines


@pytest.mark.parametrize(
    "headline, parts",
    [
        ("临澜：“金科十条”升级 “活水”滴灌科技企业", ["临澜：“金科十条”升级", "“活水”滴灌科技企业"]),
        ("工业协会：座谈会召开 8家企业签约", ["工业协会：座谈会召开", "8家企业签约"]),
        ("青屿：主攻沉浸式技术与 Web3 技术", ["青屿：主攻沉浸式技术与 Web3 技术"]),
        ("望川：港区 先行 先试", ["望川：港区 先行 先试"]),
    ],
)
def test_a_space_between_chinese_characters_parts_two_clauses(headline, parts):
    assert clauses(headline) == parts


def test_a_headline_that_fits_stays_on_one_line():
    assert headline_lines("望川：码头 改造", 20) == ("望川：码头 改造",)


def test_a_headline_of_two_clauses_breaks_between_them():
    lines = headline_lines("临澜：出台产业强市行动计划 构建创新型产业集群", 20)
    assert lines == ("临澜：出台产业强市行动计划", "构建创新型产业集群")


def test_a_long_headline_keeps_words_and_figures_whole():
    lines = headline_lines("科技局：印发《关于在园区开展数字化赋能行动的通知（2034—2036年）》", 23)
    assert "".join(lines) == "科技局：印发《关于在园区开展数字化赋能行动的通知（2034—2036年）》"
    assert len(lines) == 2
    assert any("2034—2036" in line for line in lines)
    assert not lines[0].endswith(("开", "数", "赋", "行"))


def test_no_line_opens_or_ends_with_a_mark_that_may_not_stand_there():
    headline = "国务院：《办法》、《细则》、《目录》、《指南》（试行），发布“实施方案”！"
    for room in range(8, 20):
        for line in headline_lines(headline, room):
            assert line[0] not in "》、，）”！"
            assert line[-1] not in "《（“"


def test_a_headline_without_any_place_to_break_is_left_whole():
    assert headline_lines("A" * 80, 20) == ("A" * 80,)
