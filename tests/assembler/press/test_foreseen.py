"""What layout is told beforehand holds: a text that surely takes one line never takes two."""

import io

import pypdfium2
import pytest
from PIL import ImageFont

from editor.assembler import fonts
from editor.assembler.columns import plan
from editor.assembler.press.foreseen import most_lines, one_line, rows_of_one_line, widest_em
from editor.assembler.press.typeset import Press, typeset
from editor.store.files import FileStore
from editor.text.document import Cell, FootnoteRef, Table, Text
from tests.assembler import sample
from tests.assembler.preflight.test_preflight import article, issue

PROFILE = sample.digest_profile()


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path)


@pytest.mark.parametrize("family", sorted(fonts.FILES))
def test_no_character_is_set_wider_than_is_thought(family):
    for path in fonts.FILES[family]:
        face = ImageFont.truetype(path, 1000)
        wider = {
            sign
            for sign in fonts.coverage()
            if face.getlength(sign) / 1000 > widest_em(sign) + 0.001
        }
        # the tone marks of old Korean
        assert wider <= set("\u302e\u302f"), path.name


@pytest.mark.parametrize(
    ("text", "room", "sure"),
    [
        ("第一产业", 4.0, True),
        ("第一产业", 3.9, False),
        ("2031", 4 * 0.7, True),
        ("同比2031", 4.8, False),  # the gap between Chinese and figures counts
        ("甲\n乙", 9.0, False),
        ("", 0.0, True),
    ],
)
def test_a_text_is_sure_of_its_line_with_the_gaps_in_it(text, room, sure):
    assert one_line(text, room) is sure


def test_a_text_with_a_note_is_not_sure_of_its_line():
    assert not one_line((Text(text="甲"), FootnoteRef(content=(Text(text="注"),))), 20.0)


@pytest.mark.parametrize(
    ("text", "lines"),
    [("甲" * 10, 1), ("甲" * 11, 2), ("甲" * 20, 3), ("甲" * 6 + "Netzwerke", 4)],
)
def test_the_most_lines_of_ten_em_allow_for_what_a_line_loses(text, lines):
    assert most_lines(text, 10.0) == lines


def test_a_row_of_long_cells_is_as_tall_as_its_lines(files):
    def row(*texts):
        return tuple(Cell(content=(Text(text=text),)) for text in texts)

    words = ("港区", "吞吐量" * 9, "AWMQ" * 5)
    table = Table(rows=(row("甲", "乙", "丙"), row(*words), row("丁", "戊", "己")))
    planned = plan(table, PROFILE.page.text_width, 9.0)
    assert rows_of_one_line(table, planned) == [True, False, True]
    made = typeset(issue(article(blocks=(table,))), PROFILE, files)
    page = pypdfium2.PdfDocument(io.BytesIO(made.pdf))[made.pages - 1].get_textpage()
    printed = page.get_text_bounded().replace("\r\n", "")
    assert all(word in printed for word in ("吞吐量" * 9, "丁", "己"))


def test_a_span_that_takes_two_lines_leaves_its_rows_unsure():
    def cell(text, **more):
        return Cell(content=(Text(text=text),), **more)

    rows = (
        (cell("说明" * 40, rowspan=2), cell("甲")),
        (cell("乙"),),
        (cell("合计"), cell("丙")),
    )
    table = Table(rows=rows)
    assert rows_of_one_line(table, plan(table, 300.0, 9.0)) == [False, False, True]


@pytest.fixture
def asked(files, monkeypatch):
    """Return where an issue's items stand when nothing is foreseen."""

    def layout(document):
        name = "editor.assembler.press.composition."
        with monkeypatch.context() as nothing:
            nothing.setattr(name + "one_line", lambda *of: False)
            nothing.setattr(name + "all_one_line", lambda *of: False)
            nothing.setattr(name + "most_lines", lambda *of: 99)
            nothing.setattr(name + "rows_of_one_line", lambda of, _: [False] * len(of.rows))
            return Press(document, PROFILE, files).layout()

    return layout


def test_where_blocks_stand_does_not_depend_on_what_was_foreseen(files, asked):
    digest = sample.digest(files)
    told = Press(digest, PROFILE, files).layout()
    assert told == asked(digest)


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_a_head_of_its_headline_only_is_as_tall_as_it_is_thought(files, asked, lines):
    headline = "云州港口集团报告" * 3 * lines
    document = issue(article(headline=headline, source_line="", dated_on=None))
    told = Press(document, PROFILE, files).layout()
    assert told == asked(document)
