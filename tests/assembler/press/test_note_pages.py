"""Footnotes begin on the pages of their marks, wherever those fall."""

import pytest

from editor.assembler.finished.checks import check_pdf
from editor.assembler.finished.notes import notes_away
from editor.assembler.press import typeset as press
from editor.assembler.press.opened import with_break_before, with_breaks
from editor.assembler.press.typeset import typeset
from editor.profile import Pdf
from editor.store.files import FileStore
from editor.text.document import (
    Cell,
    FootnoteRef,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Table,
    Text,
)
from tests.assembler import sample
from tests.assembler.press.test_unusual_items import one

PROFILE = sample.digest_profile()
ACCESSIBLE = PROFILE.model_copy(update={"pdf": Pdf(standard=("a-2a", "ua-1"))})


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return FileStore(tmp_path_factory.mktemp("files"))


def note(words="数据由临澜市统计局提供。"):
    return FootnoteRef(content=(Text(text=words),))


def noted(words, *notes, **more):
    return Cell(content=(Text(text=words), *(notes or (note(),))), **more)


def cell(words):
    return Cell(content=(Text(text=words),))


def lines(count):
    return sample.prose("\n".join("第一批" for _ in range(count)) + "完工。")


def checked(document, files, profile=PROFILE):
    made = typeset(document, profile, files)
    return check_pdf(made.pdf, document, profile, made.starts), made


@pytest.mark.parametrize("above", range(0, 24, 3))
@pytest.mark.parametrize("every", [1, 4])
def test_the_notes_of_a_long_table_stand_below_their_rows(files, above, every):
    names = [f"第{n}园区" for n in range(60)]
    firsts = [noted(name) if n % every == 0 else cell(name) for n, name in enumerate(names)]
    rows = [(first, cell(str(n))) for n, first in enumerate(firsts)]
    head = (noted("园区", header=True), *sample.cells("产值", header=True))
    table = Table(rows=(head, *rows), caption="表 1 产值")
    passed, _ = checked(one(*lines(above), table), files, ACCESSIBLE)
    assert "V18" in passed


@pytest.mark.parametrize("above", range(8, 22, 2))
def test_the_notes_of_a_short_table_stand_below_it(files, above):
    rows = [(noted(f"第{n}园区", note("口径见年鉴。" * 12)), *sample.cells("1")) for n in range(5)]
    passed, _ = checked(one(*lines(above), Table(rows=tuple(rows))), files)
    assert "V18" in passed


def test_a_short_table_with_more_notes_than_a_page_holds_is_parted(files):
    rows = [(noted(f"第{n}园区", *[note()] * 8), *sample.cells("1")) for n in range(6)]
    head = (noted("园区", header=True), *sample.cells("个数", header=True))
    table = Table(rows=(head, *rows), caption="表 1 个数")
    passed, made = checked(one(*lines(3), table), files, ACCESSIBLE)
    assert "V18" in passed
    assert made.pages == 6


def test_a_head_at_the_side_of_a_row_keeps_its_note_on_every_page(files):
    rows = [(noted(f"第{n}园区", header=True), *sample.cells(str(n))) for n in range(40)]
    head = sample.cells("园区", "产值", header=True)
    passed, _ = checked(one(*lines(3), Table(rows=(head, *rows))), files)
    assert "V18" in passed


@pytest.mark.parametrize("above", range(0, 24, 4))
def test_rows_that_a_cell_joins_keep_their_notes(files, above):
    rows = [
        row
        for group in range(8)
        for row in (
            (noted(f"第{group}片区", rowspan=4), noted("码头"), *sample.cells("1")),
            *[(noted("码头"), *sample.cells("1"))] * 3,
        )
    ]
    head = sample.cells("片区", "名称", "个数", header=True)
    passed, _ = checked(one(*lines(above), Table(rows=(head, *rows))), files)
    assert "V18" in passed


@pytest.mark.parametrize("above", range(12, 22))
def test_a_paragraph_with_several_notes_in_a_line_keeps_them(files, above):
    runs = (Text(text="泊位"), note(), Text(text="全部启用"), note(), Text(text="。" + "完工" * 60))
    passed, _ = checked(one(*lines(above), Paragraph(content=runs)), files)
    assert "V18" in passed


@pytest.mark.parametrize("above", [10, 13, 16, 19, 42])
def test_a_section_that_opens_no_page_goes_to_the_next_with_its_first_note(files, above):
    flowing = PROFILE.sections.model_copy(update={"page_break": False})
    profile = PROFILE.model_copy(update={"sections": flowing})
    rows = tuple(sample.cells(f"第{n}园区", str(n)) for n in range(6))
    head = Heading(level=1, content=(Text(text="二、下一步工作"), note()))
    document = one(head, Table(rows=rows))
    [second] = document.parts
    [first] = one(*lines(above)).parts
    later = second.articles[0].model_copy(update={"anchor": "s2-1"})
    second = second.model_copy(update={"anchor": "s2", "name": "行业动向", "articles": (later,)})
    passed, _ = checked(document.model_copy(update={"parts": (first, second)}), files, profile)
    assert {"V12", "V18"} <= {*passed}


def test_two_notes_in_a_line_at_a_page_foot_go_over_with_it(files):
    same = "同上。改革永远在路上，码头完工。"
    runs = [run for _ in range(30) for run in (Text(text=same * 3), note(same), note("1"))]
    passed, _ = checked(one(*lines(3), *[Paragraph(content=tuple(runs))] * 2), files)
    assert "V18" in passed


def test_more_heads_with_notes_than_ten_are_all_looked_after(files):
    rows = tuple(sample.cells(f"第{n}园区", str(n)) for n in range(6))
    noted_head = Heading(level=1, content=(Text(text="二、下一步工作"), note()))
    blocks = [
        block
        for _ in range(14)
        for block in (*lines(14), sample.head("一、现状"), noted_head, Table(rows=rows))
    ]
    passed, _ = checked(one(*blocks), files)
    assert "V18" in passed


def test_an_export_tells_of_a_note_that_is_on_another_page_than_its_mark(files, monkeypatch):
    monkeypatch.setattr(press, "MOST_ROUNDS", 0)
    rows = tuple(sample.cells(f"第{n}园区", str(n)) for n in range(6))
    head = Heading(level=1, content=(Text(text="二、下一步工作"), note()))
    found = []
    for above in range(13, 19):
        document = one(*lines(above), sample.head("一、现状"), head, Table(rows=rows))
        passed, made = checked(document, files)
        told = notes_away(made.pdf, document)
        assert ("V18" in passed) == (not told)
        found += told
    assert {each.code for each in found} == {"note_away"}
    assert "脚注 1 的注号在第 2 页，注文从第 1 页排起" in found[0].chinese
    assert found[0].anchor == document.parts[0].articles[0].anchor


# --- on the data ---------------------------------------------------------------------------------


def row(y, *xs, **more):
    return [{"x": x, "y": y, "runs": [{"note": [], "key": f"t:{y}"}], **more} for x in xs]


TABLE = {
    "type": "table",
    "key": "t",
    "short": False,
    "heads": 1,
    "tail": 0,
    "widths": [50, 50],
    "one_line": [True] * 4,
    "rows": [row(0, 0, 1), row(1, 0, 1), row(2, 0, 1), row(3, 0, 1)],
}


def issue(*blocks, sections_break=True):
    items = [
        {"anchor": f"s1-{number}", "new_page": False, "blocks": [{"type": "formula"}, block]}
        for number, block in enumerate(blocks)
    ]
    return {"page": {"sections_break": sections_break}, "parts": [{"articles": items}]}


def test_a_break_before_a_row_is_a_row_of_its_own():
    table = with_break_before(TABLE, 2)
    assert [
        [(one["x"], one["y"], "breaks" in one) for one in cells] for cells in table["rows"]
    ] == [
        [(0, 0, False), (1, 0, False)],
        [(0, 1, False), (1, 1, False)],
        [(0, 2, True), (1, 2, True)],
        [(0, 3, False), (1, 3, False)],
        [(0, 4, False), (1, 4, False)],
    ]
    assert table["one_line"] == [True, True, False, True, True]


def test_a_cell_that_reaches_over_the_break_grows_by_a_row():
    joined = {**TABLE, "rows": [*TABLE["rows"][:1], row(1, 0, rowspan=3) + row(1, 1), row(2, 1)]}
    table = with_break_before(joined, 2)
    assert table["rows"][1][0]["rowspan"] == 4
    assert [one["x"] for one in table["rows"][2]] == [1]


def opened(data):
    return [
        (it["new_page"], [block.get("opens", False) for block in it["blocks"]])
        for part in data["parts"]
        for it in part["articles"]
    ]


def test_the_first_place_of_a_run_of_pages_is_looked_after_first():
    data = with_breaks(issue(TABLE, TABLE), {"t:0"})
    assert opened(data) == [(False, [False, True]), (False, [False, False])]
    # it has its break, and the next one's turn has come
    assert opened(with_breaks(data, {"t:0"}))[1] == (False, [False, True])


def test_a_list_is_parted_before_the_entry_of_a_note():
    items = [[{"note": [], "key": f"l:{number}"}] for number in range(3)]
    data = with_breaks(issue({"type": "list", "items": items}), {"l:2"})
    assert data["parts"][0]["articles"][0]["blocks"][1]["opened"] == [2]
    assert opened(with_breaks(data, {"l:2"})) == opened(data)
    assert opened(with_breaks(data, {"l:0"})) == [(False, [False, True])]


def test_a_paragraph_gives_over_lines_before_it_opens_a_page():
    runs = [{"note": [], "key": "p"}]
    data = issue({"type": "paragraph", "role": "body", "runs": runs})
    for lines in (1, 2, 3):
        data = with_breaks(data, {"p"})
        assert data["parts"][0]["articles"][0]["blocks"][1]["eased"] == lines
    assert opened(with_breaks(data, {"p"})) == [(False, [False, True])]


def test_a_place_that_cannot_be_helped_is_left_as_it_is():
    data = with_breaks(issue(TABLE), {"t:2"})
    assert len(data["parts"][0]["articles"][0]["blocks"][1]["rows"]) == 5
    assert with_breaks(data, {"t:2"}) == data


def test_a_note_is_known_by_its_place_however_often_its_words_are_printed(files):
    same = "同上。改革永远在路上，码头完工。"
    runs = (Text(text=same * 3), note(same), Text(text=same), note("1"))
    blocks = [*lines(9), *[Paragraph(content=runs)] * 30]
    passed, _ = checked(one(*blocks), files)
    assert "V18" in passed


@pytest.mark.parametrize("above", range(10, 26))
def test_a_heading_goes_along_with_a_short_table_whose_note_has_no_room(files, above):
    rows = [(noted("第一园区", note("口径见年鉴。" * 30)), *sample.cells("1"))]
    rows += [sample.cells(f"第{n}园区", "1") for n in range(2, 6)]
    table = Table(rows=(sample.cells("园区", "产值", header=True), *rows), caption="表 1 产值")
    head = Heading(level=1, content=(Text(text="一、各园区产值"),))
    passed, _ = checked(one(*lines(above), head, table, *lines(3)), files)
    assert {"V12", "V18"} <= set(passed)


@pytest.mark.parametrize("above", range(10, 26))
@pytest.mark.parametrize("kind", [Quote, ListBlock])
def test_a_heading_goes_along_with_a_quote_or_list_whose_note_has_no_room(files, above, kind):
    words = (
        Text(text="推动产学研用深度融合"),
        note("口径见年鉴。" * 30),
        Text(text="，稳步推进。"),
    )
    block = Quote(paragraphs=(words,)) if kind is Quote else ListBlock(items=(words,))
    head = Heading(level=1, content=(Text(text="一、各园区产值"),))
    passed, _ = checked(one(*lines(above), head, block, *lines(3)), files)
    assert {"V12", "V18"} <= set(passed)
