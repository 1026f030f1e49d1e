"""A sentence quotes a long text by its two ends."""

import pytest

from editor.text.quoting import CUT, MOST, briefly


@pytest.mark.parametrize("text", ["", "码头完工", "长" * MOST])
def test_a_short_text_is_quoted_whole(text):
    assert briefly(text) == text


@pytest.mark.parametrize("length", [MOST + 1, 60, 500, 5000])
def test_a_long_text_is_quoted_by_its_two_ends(length):
    text = "云州：" + "长" * (length - 6) + "意见稿"
    said = briefly(text)
    assert len(said) <= MOST
    assert said.startswith("云州：长") and said.endswith("意见稿") and CUT in said


def test_a_figure_at_the_cut_is_left_out_and_not_halved():
    text = "关于青屿区本年度重点工程第一批共 12345678 项的通知，附件三份，月底办结，逾期 30 日不补"
    head, _, tail = briefly(text).partition(CUT)
    assert (head, tail) == ("关于青屿区本年度重点工程第一批共", "，逾期 30 日不补")


def test_lines_become_one():
    assert briefly("第一行\n第二行") == "第一行 第二行"
