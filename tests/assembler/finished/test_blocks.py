"""A finished PDF in which something is parted, repeated wrongly or untold is caught, page by page.

The broken files are what typst makes of page templates that were changed in one place.
"""

import pytest

from editor.assembler.finished.checks import check_pdf
from editor.assembler.finished.notes import note_marks
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.finished.pdf_tags import Tag
from editor.assembler.press import typeset as typesetting
from editor.assembler.press.typeset import Press, typeset
from editor.errors import Unusable
from editor.store.files import FileStore
from editor.text.document import (
    Attachment,
    Figure,
    FootnoteRef,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Role,
    Table,
    Text,
    paragraph,
)
from tests.assembler.preflight.test_preflight import article, issue
from tests.assembler.sample import cells, digest_profile, picture

PROFILE = digest_profile()
WINDOW = "本期刊物信息搜集时间：2034.06.16-2034.07.15"
PROSE = paragraph("临澜市码头改造完工，首批十二条航线下月开通，货船可以直达青屿区。" * 12)
HEAD = cells("港区", "吞吐量（万吨）", "航线（条）", header=True)
ROWS = tuple(cells(f"第{n}港区", str(300 + n), str(n)) for n in range(1, 81))
TABLE = Table(rows=(HEAD, *ROWS), caption="表 1 各港区吞吐量", unit="万吨")
URL = "https://www.yunzhou.example/notice/2034/7"


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path)


def made_of(*blocks, **more):
    """Return an issue of one item with these blocks."""
    assets = more.pop("assets", ())
    return issue(article(blocks=blocks, **more), window_line=WINDOW, assets=assets)


def broken(document, files, monkeypatch, name, old, new):
    """Return what typst makes when a line of one of the page templates reads otherwise."""
    templates = dict(typesetting._templates())
    assert old.encode() in templates[name]
    templates[name] = templates[name].replace(old.encode(), new.encode())
    monkeypatch.setattr(typesetting, "_templates", lambda: templates)
    press = Press(document, PROFILE, files)
    layout = press.settle()
    return press.pdf(), layout.starts


def refusal(pdf, document, starts):
    with pytest.raises(Unusable) as refused:
        check_pdf(pdf, document, PROFILE, starts)
    return refused.value.details["check"], refused.value.chinese


# --- V13: tables over several pages --------------------------------------------------------------


def test_a_table_over_three_pages_repeats_its_head_and_says_so(files):
    document = made_of(PROSE, TABLE, PROSE)
    made = typeset(document, PROFILE, files)
    assert "V13" in check_pdf(made.pdf, document, PROFILE, made.starts)


def test_a_note_in_a_head_stands_at_the_foot_of_its_first_page_only(files):
    note = FootnoteRef(content=(Text(text="含内河港口。"),))
    noted = HEAD[1].model_copy(update={"content": (Text(text="吞吐量"), note)})
    table = TABLE.model_copy(update={"rows": ((HEAD[0], noted, HEAD[2]), *ROWS)})
    document = made_of(PROSE, table, PROSE)
    made = typeset(document, PROFILE, files)
    assert "V13" in check_pdf(made.pdf, document, PROFILE, made.starts)
    reading = PdfReading(made.pdf)
    pages = [reading.text(index) for index in range(len(reading.pages))]
    assert sum("含内河港口" in page for page in pages) == 1
    assert sum("续表 1" in page for page in pages) > 1


def test_a_later_page_without_the_word_for_continued_is_caught(files, monkeypatch):
    document = made_of(PROSE, TABLE)
    pdf, starts = broken(
        document,
        files,
        monkeypatch,
        "blocks.typ",
        "let caption = if later { it.continued } else { it.caption }",
        "let caption = it.caption",
    )
    check, said = refusal(pdf, document, starts)
    assert check == "V13"
    assert "续表1" in said


def test_a_later_page_without_the_head_is_caught(files, monkeypatch):
    document = made_of(PROSE, TABLE)
    pdf, starts = broken(
        document, files, monkeypatch, "blocks.typ", "repeat: true", "repeat: false"
    )
    assert refusal(pdf, document, starts)[0] == "V13"


@pytest.mark.parametrize(
    "table",
    [
        TABLE.model_copy(update={"caption": "", "unit": ""}),
        TABLE.model_copy(update={"rows": ROWS, "unit": ""}),
        Table(rows=ROWS),
        Table(rows=(cells("一段放在框里的说明。" * 200),)),
        Table(rows=(cells("", "", header=True), *(cells("甲", "乙") for _ in range(70)))),
        Table(rows=(cells("只有表头", "没有数据", header=True),), caption="表 2 空表"),
    ],
    ids=["no caption", "no head", "neither", "one tall cell", "an empty head", "only a head"],
)
def test_tables_of_every_kind_pass(files, table):
    document = made_of(TABLE, table, PROSE, TABLE)
    made = typeset(document, PROFILE, files)
    assert "V13" in check_pdf(made.pdf, document, PROFILE, made.starts)


# --- V12: what may not be parted -----------------------------------------------------------------


def test_a_head_that_is_parted_from_its_table_is_caught(files, monkeypatch):
    document = made_of(PROSE, Table(rows=(HEAD, *ROWS[:12]), caption="表 3 说明"))
    made = typeset(document, PROFILE, files)
    assert "V12" in check_pdf(made.pdf, document, PROFILE, made.starts)
    pdf, starts = broken(
        document,
        files,
        monkeypatch,
        "blocks.typ",
        "let rest = it.rows.slice(it.heads).flatten()",
        "it.one_line.insert(1, false)\n"
        '  let high = (x: 0, y: 1, align: "left", runs: ("\\n" * 41,))\n'
        "  let rest = it.rows.slice(1).flatten()\n"
        "  let rest = (high, ..rest.map(one => one + (y: one.y + 1, colspan: 1)))",
    )
    check, said = refusal(pdf, document, starts)
    assert (check, "表 3 说明" in said) == ("V12", True)


def test_a_caption_on_the_page_after_its_figure_is_caught(files, monkeypatch):
    asset = picture(files, 900, 1400, "#3b6ea5")
    figure = Figure(asset=asset.sha256, caption="图1 码头全貌", source="")
    document = made_of(PROSE, figure, PROSE, assets=(asset,))
    made = typeset(document, PROFILE, files)
    assert check_pdf(made.pdf, document, PROFILE, made.starts)
    pdf, starts = broken(
        document,
        files,
        monkeypatch,
        "blocks.typ",
        "if words.source_above { source + caption } else { caption + source }\n}",
        "block(height: 640pt) + caption\n}\n#let on-grid(it, ..rest) = it",
    )
    check, said = refusal(pdf, document, starts)
    assert check == "V12"
    assert "图1 码头全貌" in said


def test_an_attachment_that_is_parted_is_caught(files, monkeypatch):
    document = made_of(PROSE, attachments=(Attachment(label="《行动方案》", url=URL),))
    pdf, starts = broken(
        document,
        files,
        monkeypatch,
        "blocks.typ",
        "#let linked(url, body)",
        "#let on-grid(it, ..rest) = it\n#let grid(one, two, ..rest) = {\n"
        "block(one)\nblock(height: 640pt)\nblock(width: 200pt, two) }\n"
        "#let linked(url, body)",
    )
    check, said = refusal(pdf, document, starts)
    assert check == "V12"
    assert "附件" in said


def test_a_section_line_that_is_last_on_a_page_of_the_contents_is_caught(files, monkeypatch):
    document = made_of(PROSE)
    pdf, starts = broken(
        document,
        files,
        monkeypatch,
        "front.typ",
        "block(breakable: false, width: 100%, tail.map(set-unit).join())",
        "tail.flatten().map(it => contents-line(it, own.tight)).join(block(height: 640pt))",
    )
    check, said = refusal(pdf, document, starts)
    assert check == "V12"
    assert "目录" in said


def test_the_head_of_a_tall_picture_follows_it_past_items_of_heads_only(files):
    asset = picture(files, 400, 1200, "#3b6ea5")
    head = Heading(level=1, content=(Text(text="码头全貌"),))
    figure = Figure(asset=asset.sha256, caption="图1 码头全貌", alt="码头")
    bare = [article(anchor=f"s1-{n}", blocks=(head,)) for n in range(1, 4)]
    pictured = article(anchor="s1-4", headline="青屿区港口", blocks=(head, figure))
    document = issue(*bare, pictured, window_line=WINDOW, assets=(asset,))
    made = typeset(document, PROFILE, files)
    assert made.starts["s1-4"] == 2
    assert "V12" in check_pdf(made.pdf, document, PROFILE, made.starts)


# --- V15: what pictures show ---------------------------------------------------------------------


def test_a_picture_that_does_not_say_what_it_shows_is_caught(files, monkeypatch):
    asset = picture(files, 900, 500, "#3b6ea5")
    figure = Figure(asset=asset.sha256, caption="图1 码头全貌", alt="码头上的吊车")
    document = made_of(PROSE, figure, assets=(asset,))
    pdf, starts = broken(document, files, monkeypatch, "blocks.typ", ", alt: alt)", ")")
    check, said = refusal(pdf, document, starts)
    assert check == "V15"
    assert "码头上的吊车" in said


def test_a_code_that_does_not_say_where_it_leads_is_caught(files, monkeypatch):
    document = made_of(PROSE, attachments=(Attachment(label="《行动方案》", url=URL),))
    old = ', alt: "二维码：" + it.label)'
    pdf, starts = broken(document, files, monkeypatch, "blocks.typ", old, ")")
    assert refusal(pdf, document, starts)[0] == "V15"


def test_a_file_without_its_publisher_is_caught(files, monkeypatch):
    document = made_of(PROSE)
    pdf, starts = broken(
        document, files, monkeypatch, "issue.typ", "author: data.author", 'author: "别家"'
    )
    assert refusal(pdf, document, starts)[0] == "V15"


# --- V18: notes ----------------------------------------------------------------------------------


def noted(number):
    note = FootnoteRef(content=(Text(text=f"第{number}条：由临澜市统计局提供。" * 4),))
    more = Text(text="临澜市码头改造完工，首批十二条航线下月开通。" * 8)
    return Paragraph(content=(more, note, more))


def test_notes_at_the_foot_of_their_pages_pass(files):
    document = made_of(*[noted(number) for number in range(12)])
    made = typeset(document, PROFILE, files)
    assert "V18" in check_pdf(made.pdf, document, PROFILE, made.starts)


def test_a_note_with_another_number_than_its_mark_is_caught(files, monkeypatch):
    document = made_of(*[noted(number) for number in range(3)])
    pdf, starts = broken(
        document,
        files,
        monkeypatch,
        "issue.typ",
        "#set footnote.entry(",
        '#show footnote: it => { show regex("[0-9]"): "8"; it }\n#set footnote.entry(',
    )
    check, said = refusal(pdf, document, starts)
    assert (check, "注号" in said) == ("V18", True)


def test_the_labels_of_notes_and_entries_are_no_marks():
    mark = Tag("Lbl", "", (3,), ())
    note = Tag("Note", "", (9,), (Tag("Lbl", "", (8,), ()),))
    entry = Tag("LI", "", (), (Tag("Lbl", "", (1,), ()), Tag("LBody", "", (4,), (mark, None))))
    assert list(note_marks([Tag("P", "", (1, 2), (mark, note, None))])) == [mark]
    assert list(note_marks([mark, note, entry])) == [mark, mark]


@pytest.mark.parametrize("before", [0, 3, 6, 9, 12])
@pytest.mark.parametrize("kind", ["body", "abstract", "list", "quote"])
def test_a_note_stands_on_the_page_of_its_mark_wherever_that_falls(files, kind, before):
    """Lines held by a block could not go over to the next page with their note."""
    text = Text(text="码头改造完工，首批十二条航线下月开通。" * 4)
    runs = (text, FootnoteRef(content=(Text(text="数据由临澜市统计局提供。"),)))
    blocks = {
        "body": (Paragraph(content=runs),) * 20,
        "abstract": (Paragraph(content=runs, role=Role.abstract),) * 20,
        "list": (ListBlock(items=(runs,) * 20),),
        "quote": (Quote(paragraphs=(runs,) * 20),),
    }[kind]
    document = made_of(*[paragraph("码头改造完工。")] * (before + 1), *blocks)
    made = typeset(document, PROFILE, files)
    assert "V18" in check_pdf(made.pdf, document, PROFILE, made.starts)
    reading = PdfReading(made.pdf)
    marks = [
        mark for index in range(len(reading.pages)) for mark in note_marks(reading.tags(index))
    ]
    assert len(marks) == 20
