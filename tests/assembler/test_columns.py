"""Columns of a table: every word finds room, prose does not starve the rest."""

import pytest

from editor.assembler.columns import header_rows, places, plan, unit_apart, width_em
from editor.text.document import Cell, FootnoteRef, Table, Text
from tests.assembler import sample

WIDTH = 432


def table(*rows, heads=1):
    return Table(
        rows=tuple(
            tuple(Cell(content=(Text(text=text),), header=y < heads) for text in row)
            for y, row in enumerate(rows)
        )
    )


def test_the_columns_fill_the_text_block():
    planned = plan(table(["年份", "产值"], ["2031", "8.4"]), WIDTH, 9)
    assert sum(planned.widths) == pytest.approx(WIDTH)


def test_a_column_of_prose_leaves_short_columns_the_room_they_need():
    planned = plan(
        table(["领域", "名称", "内容"], ["产业", "跨区园区", "推动产学研用融合" * 20]), WIDTH, 9
    )
    assert planned.widths[1] > 4 * 9
    assert planned.widths[2] > planned.widths[0] + planned.widths[1]


def test_nine_columns_fit_at_nine_points():
    planned = plan(table([f"指标{n}" for n in range(9)], ["0.63"] * 9), WIDTH, 9)
    assert planned.fits
    assert planned.size == 9


def test_many_columns_of_short_figures_leave_room_to_the_one_with_words():
    rows = [["单位产值能源消费", *["6"] * 19] for _ in range(4)]
    planned = plan(table(*rows), 420, 10.5)
    assert planned.widths[0] > 3 * planned.widths[1]
    assert sum(planned.widths) == pytest.approx(420)


def test_a_crowded_table_is_set_smaller_and_a_hopeless_one_is_said_to_be():
    crowded = plan(table(["单位产值能源消费量"] * 9, ["0.63"] * 9), WIDTH, 10.5)
    hopeless = plan(table(["ABCDEFGHIJKLMNOP"] * 9), WIDTH, 9)
    assert crowded.fits
    assert crowded.size < 10.5
    assert not hopeless.fits


def test_words_that_hold_the_marks_of_notes_find_room_with_them():
    mark = FootnoteRef(content=(Text(text="初步核算数。"),))
    noted = Cell(content=(Text(text="12345.6"), mark))
    head = tuple(Cell(content=(Text(text=f"{n}月产值"),), header=True) for n in range(14))
    figures = tuple(Cell(content=(Text(text="987.6"),)) for _ in range(13))
    planned = plan(Table(rows=(head, *[(*figures, noted)] * 9)), WIDTH, 9)
    assert sum(planned.widths) == pytest.approx(WIDTH)
    assert planned.widths[-1] >= 8 * (width_em("12345.6") + 0.5) + 2 * planned.padding
    assert planned.widths[0] >= 8 * 2.6 + 2 * planned.padding
    [*_, last] = planned.alignments
    assert last.inset == pytest.approx(0, abs=1)


def test_figures_are_set_right_long_text_left_the_rest_in_the_middle():
    rows = (
        ["产值", "地区", "说明"],
        ["1,204.5", "临澜", "完善从研发、中试到产业化的全过程服务"],
        ["—", "青屿", "—"],
    )
    aligned = [one.align for one in plan(table(*rows), WIDTH, 9).alignments]
    assert aligned == ["right", "center", "left"]


def test_a_row_as_long_as_a_paragraph_may_break_over_a_page():
    planned = plan(
        table(["名称", "内容"], ["短", "短"], ["长", "推动产学研用深度融合" * 60]), WIDTH, 9
    )
    assert planned.breakable == (False, False, True)


def test_the_last_rows_stay_together_unless_one_is_long_or_a_span_reaches_into_them():
    rows = [["名称", "内容"], *(["短", "短"] for _ in range(20))]
    plain = table(*rows)
    spanning = (*plain.rows[:-4], (plain.rows[-4][0].model_copy(update={"rowspan": 2}),))
    assert plan(plain, WIDTH, 9).tail == 3
    assert plan(table(*rows[:6]), WIDTH, 9).tail == 0  # kept whole anyhow
    assert plan(table(*rows, ["长", "推动产学研用深度融合" * 60]), WIDTH, 9).tail == 0
    spanned = Table(rows=(*spanning, plain.rows[-3][1:], *plain.rows[-2:]))
    assert plan(spanned, WIDTH, 9).tail == 0


def test_above_the_tail_the_last_column_reaches_over_what_holds_the_tail_together():
    rows = table(["名称", "内容"], *(["短", "短"] for _ in range(20)))
    planned = plan(rows, WIDTH, 9)
    reached = [[planned.reach(rows.rows[y][x], y, x) for x in (0, 1)] for y in (0, 17, 18, 20)]
    assert reached == [[1, 2], [1, 2], [1, 1], [1, 1]]
    kept_whole = table(["名称", "内容"], ["短", "短"])
    assert plan(kept_whole, WIDTH, 9).reach(kept_whole.rows[0][1], 0, 1) == 1


def test_spans_put_later_cells_in_their_columns():
    merged = sample.merged_table()
    assert places(merged)[:4] == ((0, 1), (1, 2), (0, 1, 2), (1, 2))
    assert header_rows(merged) == 2


def test_a_table_of_header_cells_only_has_no_header():
    assert header_rows(table(["甲", "乙"], heads=1)) == 0


@pytest.mark.parametrize("rows, heads", [(2, 0), (4, 2)])
def test_a_head_takes_in_the_rows_into_which_its_cells_reach(rows, heads):
    tall = Cell(content=(Text(text="阶段"),), header=True, rowspan=2)
    head = Cell(content=(Text(text="户数"),), header=True)
    body = Cell(content=(Text(text="12"),))
    table = Table(rows=((tall, head), (body,), *((body, body),) * (rows - 2)))
    assert header_rows(table) == heads


@pytest.mark.parametrize(
    ("head", "room", "parted"),
    [
        ("产值（万元）", 9, "产值（万元）"),
        ("能源消费量(万吨)", 6, "能源消费量\n(万吨)"),
        ("能源消费量 （吨/万元）", 5, "能源消费量\n（吨/\n万元）"),
        ("能源消费量（吨标准煤/万元）", 5, "能源消费量\n（吨标准煤/万元）"),
        ("（万吨）", 2, "（万吨）"),
    ],
)
def test_a_unit_stands_on_its_own_line_in_a_narrow_head(head, room, parted):
    assert unit_apart(head, room) == parted
