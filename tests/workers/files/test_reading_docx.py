"""Word files become blocks: what Chinese offices write, and what attackers put into a zip."""

import io
import zipfile
from collections import Counter

import pytest
from docx import Document
from PIL import Image

from editor.assembler.word.edition import render_docx
from editor.store.files import FileStore
from editor.text.document import (
    Figure,
    FootnoteRef,
    Heading,
    ListBlock,
    Mark,
    Table,
    Text,
    block_lines,
    plain,
    table_grid,
)
from editor.text.handed_in import FileNote, FileReason, Unreadable
from tests.assembler import sample
from tests.cast import NOW
from tests.workers.files.word_files import levels, numbered, p, style, word_file
from workers.files import docx_package
from workers.files.docx_styles import written
from workers.files.reading_docx import ZoneInfo, read_docx

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENING = p("云州推进码头改造") + p("青屿区东港码头改造完工，三千吨级货船可以直达临澜市。")


def read(body, **parts):
    return read_docx(word_file(OPENING + body, **parts), name="稿件.docx", now=NOW, zone=SHANGHAI)


def lines(handed):
    return [line for block in handed.blocks for line in block_lines(block)]


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(out, "PNG")
    return out.getvalue()


def test_a_short_first_line_is_the_title_and_leaves_the_text():
    handed = read("")
    assert handed.title == "云州推进码头改造"
    assert lines(handed) == ["青屿区东港码头改造完工，三千吨级货船可以直达临澜市。"]


@pytest.mark.parametrize("name, level", [("heading 1", 1), ("标题 2", 2), ("标题 4", 3)])
def test_headings_are_known_by_their_styles_in_both_languages(name, level):
    handed = read(p("一、概况", '<w:pStyle w:val="H"/>'), styles=style("H", name))
    assert handed.blocks[-1] == Heading(level=level, content=(Text(text="一、概况"),))


def test_an_outline_level_makes_a_heading_of_any_style():
    handed = read(p("概况", '<w:outlineLvl w:val="1"/>'))
    assert handed.blocks[-1] == Heading(level=2, content=(Text(text="概况"),))


def test_the_title_style_names_the_title():
    body = p("内部资料") + p("港口年报", '<w:pStyle w:val="T"/>')
    handed = read(body, styles=style("T", "Title"))
    assert handed.title == "港口年报"
    assert "港口年报" not in lines(handed) and "内部资料" in lines(handed)


def test_chinese_numbers_of_a_list_are_written_out():
    numbering = levels(("chineseCountingThousand", "%1、"), ("decimal", "（%2）"))
    handed = read(
        numbered("港口") + numbered("客运", 1) + numbered("货运", 1) + numbered("铁路"),
        numbering=numbering,
    )
    assert lines(handed)[1:] == ["一、港口", "（1）客运", "（2）货运", "二、铁路"]


def test_a_numbered_heading_keeps_its_number():
    styles = style(
        "H",
        "heading 1",
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr>',
    )
    heading = p("总则", '<w:pStyle w:val="H"/>')
    handed = read(heading, styles=styles, numbering=levels(("chineseCounting", "第%1章")))
    assert plain(handed.blocks[-1].content) == "第一章总则"


def test_a_list_from_one_is_a_list_and_one_that_goes_on_keeps_its_numbers():
    body = numbered("甲") + numbered("乙") + p("说明文字在两段之间。") + numbered("丙")
    handed = read(body, numbering=levels(("decimal", "%1.")))
    assert [block.type for block in handed.blocks[1:]] == ["list", "paragraph", "paragraph"]
    assert handed.blocks[1].ordered and lines(handed)[-1] == "3. 丙"


def test_bullets_become_a_list():
    handed = read(numbered("甲") + numbered("乙"), numbering=levels(("bullet", "\uf0b7")))
    assert handed.blocks[-1] == ListBlock(items=((Text(text="甲"),), (Text(text="乙"),)))


@pytest.mark.parametrize(
    "count, form, text",
    [
        (12, "chineseCounting", "十二"),
        (103, "chineseCountingThousand", "一百零三"),
        (3, "ideographTraditional", "丙"),
        (20, "ideographDigital", "二〇"),
        (3, "decimalEnclosedCircle", "③"),
        (28, "lowerLetter", "bb"),
        (14, "upperRoman", "XIV"),
        (7, "somethingNew", "7"),
    ],
)
def test_numbers_are_written_as_word_writes_them(count, form, text):
    assert written(count, form) == text


def test_bold_raised_and_lowered_characters_keep_their_marks():
    run = "<w:r><w:rPr>{}</w:rPr><w:t>{}</w:t></w:r>"
    strong = run.format("<w:b/>", "重点")
    low = run.format('<w:vertAlign w:val="subscript"/>', "2")
    body = f"<w:p>{strong}{low}</w:p>"
    content = read(body).blocks[-1].content
    assert content[0] == Text(text="重点", marks=(Mark.strong,))
    assert content[1] == Text(text="2", marks=(Mark.subscript,))


def test_tracked_changes_are_read_as_accepted_and_counted():
    body = (
        "<w:p><w:r><w:t>首批</w:t></w:r><w:del><w:r><w:delText>十条</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>十二条</w:t></w:r></w:ins><w:r><w:t>航线</w:t></w:r></w:p>"
    )
    handed = read(body)
    assert lines(handed)[-1] == "首批十二条航线"
    assert handed.notes[FileNote.changes] == 2


def test_footnotes_stay_at_their_marks():
    footnotes = f'<w:footnote w:id="2">{p("据港口年报。")}</w:footnote>'
    body = '<w:p><w:r><w:t>吞吐量</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    content = read(body, footnotes=footnotes).blocks[-1].content
    assert content[-1] == FootnoteRef(content=(Text(text="据港口年报。"),))


def test_links_lead_out_only_where_they_may():
    links = (
        ("a", "hyperlink", "https://daily.yunzhou.example/1", True),
        ("b", "hyperlink", "javascript:alert(1)", True),
    )
    link = '<w:hyperlink r:id="{}"><w:r><w:t>原文</w:t></w:r></w:hyperlink>'
    body = f"<w:p>{link.format('a')}</w:p><w:p>{link.format('b')}</w:p>"
    good, bad = read(body, links=links).blocks[-2:]
    assert good.content[0].href == "https://daily.yunzhou.example/1"
    assert bad.content[0].href is None


def test_fields_show_their_result_and_not_their_code():
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        '<w:r><w:instrText>HYPERLINK "https://qingyu.example/"</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>青屿发布</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>消息</w:t></w:r>'
    )
    content = read(f"<w:p>{field}</w:p>").blocks[-1].content
    assert plain(content) == "青屿发布消息"
    assert [piece.href for piece in content] == ["https://qingyu.example/", None]


def test_merged_cells_and_header_rows_are_kept():
    cell = "<w:tc><w:tcPr>{}</w:tcPr>{}</w:tc>"
    rows = [
        ('<w:trPr><w:tblHeader/></w:trPr>', [('<w:gridSpan w:val="2"/>', "阶段"), ("", "户数")]),
        ("", [('<w:vMerge w:val="restart"/>', "第一"), ("", "东港"), ("", "12")]),
        ("", [("<w:vMerge/>", ""), ("", "西港"), ("", "20")]),
    ]  # fmt: skip
    xml = "".join(
        f"<w:tr>{about}{''.join(cell.format(props, p(text)) for props, text in cells)}</w:tr>"
        for about, cells in rows
    )
    table = read(f"<w:tbl>{xml}</w:tbl>").blocks[-1]
    assert isinstance(table, Table)
    assert table_grid(table) == [
        ["阶段", "阶段", "户数"],
        ["第一", "东港", "12"],
        ["第一", "西港", "20"],
    ]
    assert [cell.header for cell in table.rows[0]] == [True, True]
    assert table.rows[1][0].rowspan == 2


def test_text_boxes_are_read_once_although_drawn_twice():
    box = f"<w:txbxContent>{p('框中的提示')}</w:txbxContent>"
    body = (
        "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
        f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}"
        "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert lines(read(body)).count("框中的提示") == 1


def test_pictures_in_the_file_come_along_and_those_outside_are_never_fetched():
    drawing = '<wp:inline><wp:docPr descr="码头"/><a:blip {}/></wp:inline>'
    picture = f"<w:p><w:r><w:drawing>{drawing}</w:drawing></w:r></w:p>"
    body = picture.format('r:embed="i"') + picture.format('r:link="o"')
    handed = read(
        body,
        links=(
            ("i", "image", "media/image1.png", False),
            ("o", "image", "http://169.254.1.1/x.png", True),
        ),
        parts={"word/media/image1.png": png()},
    )
    figures = [block for block in handed.blocks if isinstance(block, Figure)]
    assert [figure.alt for figure in figures] == ["码头"]
    assert handed.pictures[figures[0].url] == png()
    assert handed.notes[FileNote.pictures_outside] == 1


def test_a_picture_path_cannot_climb_out_of_the_file():
    picture = "<w:p><w:r><w:drawing><a:blip r:embed='i'/></w:drawing></w:r></w:p>"
    handed = read(picture, links=(("i", "image", "../../../../etc/passwd", False),))
    assert handed.pictures == {} and handed.notes[FileNote.pictures_lost] == 1


def test_symbols_formulas_and_hidden_text():
    body = (
        '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
        "<w:r><w:t>已办结</w:t></w:r></w:p>"
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏着的话</w:t></w:r><w:r><w:t>明文</w:t></w:r></w:p>"
        "<w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r>"
        "</m:den></m:f></m:oMath></w:p>"
    )
    handed = read(body)
    assert lines(handed)[1:] == ["☑已办结", "明文", "a/b"]
    assert handed.notes[FileNote.hidden] == handed.notes[FileNote.formulas] == 1


def test_what_python_docx_writes_is_read_whole():
    document = Document()
    document.add_heading("云州港口年报", 0)
    document.add_paragraph("来源：云州日报　2026年7月9日")
    document.add_heading("一、概况", 1)
    document.add_paragraph("货物吞吐量增长四成。")
    document.add_paragraph("东港", style="List Bullet")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "阶段", "户数"
    out = io.BytesIO()
    document.save(out)
    handed = read_docx(out.getvalue(), name="x.docx", now=NOW, zone=SHANGHAI)
    assert (handed.title, handed.source_name) == ("云州港口年报", "云州日报")
    assert handed.published.how == "text" and handed.published.moment.day == 9
    assert [block.type for block in handed.blocks] == [
        "paragraph",
        "heading",
        "paragraph",
        "list",
        "table",
    ]


def test_the_date_of_saving_stands_in_when_the_text_names_none():
    core = (
        '<c:coreProperties xmlns:c="c" xmlns:t="t"><t:created>2013-12-23T00:00:00Z</t:created>'
        "<t:modified>2026-07-08T03:00:00Z</t:modified></c:coreProperties>"
    )
    relations = (
        '<Relationships xmlns="x"><Relationship Id="d" Type="x/officeDocument" '
        'Target="word/document.xml"/><Relationship Id="c" Type="x/core-properties" '
        'Target="docProps/core.xml"/></Relationships>'
    )
    source = zipfile.ZipFile(io.BytesIO(word_file(OPENING)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in source.namelist():
            file.writestr(name, relations if name == "_rels/.rels" else source.read(name))
        file.writestr("docProps/core.xml", core)
    handed = read_docx(out.getvalue(), name="x.docx", now=NOW, zone=SHANGHAI)
    assert (handed.published.how, handed.published.moment.day) == ("file", 8)


# --- what attackers send -------------------------------------------------------------------------


def refused(body: bytes) -> FileReason:
    with pytest.raises(Unreadable) as caught:
        read_docx(body, name="x.docx", now=NOW, zone=SHANGHAI)
    return caught.value.reason


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
        '<!DOCTYPE d SYSTEM "http://169.254.1.1/x.dtd">',
    ],
)
def test_a_document_that_declares_entities_is_refused(prolog):
    assert refused(word_file(OPENING, prolog=prolog)) == FileReason.broken


def test_a_bomb_is_refused_before_it_inflates(monkeypatch):
    monkeypatch.setattr(docx_package, "MOST_XML", 100_000)
    body = word_file(OPENING + p("长" * 200_000))
    assert len(body) < 10_000
    assert refused(body) == FileReason.bomb


def test_too_many_parts_are_refused(monkeypatch):
    monkeypatch.setattr(docx_package, "MOST_PARTS", 20)
    parts = {f"word/media/{n}.bin": b"x" for n in range(30)}
    assert refused(word_file(OPENING, parts=parts)) == FileReason.bomb


@pytest.mark.parametrize("cut", [10, 200, 900])
def test_a_damaged_file_is_refused_with_a_reason(cut):
    assert refused(word_file(OPENING)[:cut]) == FileReason.broken


def test_deeply_nested_content_is_cut_and_does_not_end_the_reading():
    body = "<w:p>" + "<w:ins>" * 180 + "<w:r><w:t>深处</w:t></w:r>" + "</w:ins>" * 180 + "</w:p>"
    assert "深处" in "".join(lines(read(body)))


def test_a_file_without_text_is_refused():
    assert refused(word_file("<w:p/>")) == FileReason.no_text


def test_macros_are_named_and_left_alone():
    handed = read("", parts={"word/vbaProject.bin": b"program"})
    assert handed.notes == Counter({FileNote.macros: 1})


# --- our own exports, handed in again ------------------------------------------------------------


@pytest.mark.parametrize("numbers", [{}, None])
def test_an_issue_that_we_printed_comes_back_without_losing_a_word(tmp_path, numbers):
    files = FileStore(tmp_path)
    issue = sample.digest(files)
    starts = numbers if numbers is not None else {a.anchor: 3 for a in issue.articles()}
    body = render_docx(issue, sample.digest_profile(), files, numbers=starts, pinned=False)
    handed = read_docx(body, name="第3期.docx", now=NOW, zone=SHANGHAI)
    said = bare(handed.title + "".join(lines(handed)) + notes_in(handed))
    for article in issue.articles():
        assert bare(article.headline) in said
        for block in article.blocks:
            for line in block_lines(block):
                assert bare(line) in said, line
            for note in footnotes(block):
                assert bare(note) in said, note
    assert len(handed.pictures) >= 1


def bare(text):
    return "".join(text.split())


def footnotes(block):
    for piece in getattr(block, "content", ()):
        if isinstance(piece, FootnoteRef):
            yield plain(piece.content)


def notes_in(handed):
    return "".join(note for block in handed.blocks for note in footnotes(block))
