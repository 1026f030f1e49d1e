"""What fills a page to its last line, and what stands at its foot, in both printed editions."""

import io

import pypdfium2
import pytest
from docx import Document

from editor.assembler.finished.checks import check_docx, check_pdf
from editor.assembler.measures import figure_room, heads_above
from editor.assembler.preflight.issue import check
from editor.assembler.press.typeset import typeset
from editor.assembler.word.edition import render_docx
from editor.profile import Pdf, Profile
from editor.store.files import FileStore
from editor.text.document import (
    Attachment,
    Cell,
    Figure,
    FootnoteRef,
    Heading,
    IssueDocument,
    PageBreak,
    Paragraph,
    Table,
    Text,
)
from tests.assembler import sample
from tests.assembler.press.test_unusual_items import one

LONG_SOURCE = "资料来源：临澜市统计局、青屿区发展局《2034 年上半年产业运行监测报告》及" * 2
LONG_CAPTION = "图1：各园区单位产值能耗与绿色电力占比的变化（不含跨区项目，口径见年鉴）" * 2


PROFILE = sample.digest_profile()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return FileStore(tmp_path_factory.mktemp("files"))


def printed(document: IssueDocument, files: FileStore, profile: Profile) -> tuple[bytes, bytes]:
    """Return the PDF and the Word file, both of which have passed their checks."""
    pdf = typeset(document, profile, files)
    check_pdf(pdf.pdf, document, profile, pdf.starts)
    word = render_docx(document, profile, files, numbers=pdf.starts, pinned=False)
    check_docx(word, document, profile)
    return pdf.pdf, word


@pytest.mark.parametrize("profile", [sample.digest_profile(), sample.review_profile()])
def test_a_picture_of_a_whole_page_leaves_room_for_all_lines_below_it(files, profile):
    tall = sample.picture(files, 700, 1400, "#3b6ea5")
    figure = Figure(asset=tall.sha256, caption=LONG_CAPTION, source=LONG_SOURCE)
    printed(one(figure, assets=(tall,)), files, profile)


def test_heads_stay_with_a_picture_that_would_fill_a_page(files):
    tall = sample.picture(files, 700, 1400, "#3b6ea5")
    heads = (sample.head("一、产业转型升级的现状与路径" * 3), sample.head("（一）现状", 2))
    figure = Figure(asset=tall.sha256, caption="图 1 占比")
    document = one(*sample.prose("正文。"), *heads, figure, assets=(tall,))
    printed(document, files, sample.review_profile())


def test_a_picture_below_more_heads_than_a_page_holds_keeps_a_size(files):
    heads = (sample.head(f"{n}. 产业转型升级的现状", 3) for n in range(40))
    article = one(*heads, Figure(caption="图 1 占比")).parts[0].articles[0]
    *_, figure = blocks = article.blocks
    above = heads_above(article, blocks, len(blocks) - 1, PROFILE)
    wide, tall = figure_room(PROFILE, figure, above)
    assert min(wide, tall) > 100


def test_a_long_address_is_read_from_its_code_wherever_it_stands(files):
    url = "https://www.yunzhou.example/" + "a1b2c3d4" * 25
    links = tuple(Attachment(label=f"《第 {n} 号》", url=url) for n in range(9))
    printed(one(*sample.prose("正文。"), attachments=links), files, sample.digest_profile())


@pytest.mark.parametrize("lines", range(13, 19))
def test_a_head_that_goes_to_the_next_page_takes_its_note_along(files, lines):
    note = FootnoteRef(content=(Text(text="参见云州大学课题组报告。"),))
    noted = Heading(level=1, content=(Text(text="二、下一步工作"), note))
    rows = tuple(sample.cells(f"第{n}园区", str(n)) for n in range(6))
    body = sample.prose("\n".join("第一批" for _ in range(lines)) + "完工。")
    document = one(*body, sample.head("一、现状"), noted, Table(rows=rows))
    printed(document, files, PROFILE)


def test_an_item_that_ends_with_a_heading_is_told_of_and_printed(files):
    head = sample.head("三、下一步工作")
    document = one(*sample.prose(sample.FILLER), head)
    assert "heading_alone" in {finding.code for finding in check(document, PROFILE)}
    for lines in range(26):
        body = sample.prose("\n".join("第一批" for _ in range(lines)) + "完工。")
        printed(one(*body, head), files, PROFILE)


@pytest.mark.parametrize("standard", [("ua-1",), ("a-2a", "ua-1")])
def test_links_in_a_head_that_repeats_do_not_stop_an_accessible_pdf(files, standard):
    profile = PROFILE.model_copy(update={"pdf": Pdf(standard=standard)})
    linked = Text(text="产值", href="https://www.yunzhou.example/stat")
    head = tuple(Cell(content=(text,), header=True) for text in (Text(text="园区"), linked))
    rows = (sample.cells(f"第{n}园区", str(n)) for n in range(60))
    document = one(Table(rows=(head, *rows), caption="表 1 产值"))
    pdf, _ = printed(document, files, profile)
    with pypdfium2.PdfDocument(pdf) as opened:
        assert len(opened) > 5


@pytest.mark.parametrize(
    ("figure", "described"),
    [({"source": "数据来源：云州统计局"}, "数据来源：云州统计局"), ({}, "图 1")],
)
def test_a_picture_without_a_caption_does_not_stop_the_word_edition(files, figure, described):
    chart = sample.picture(files, 300, 200, "#3b6ea5")
    document = one(Figure(asset=chart.sha256, **figure), assets=(chart,))
    _, word = printed(document, files, sample.digest_profile())
    [shape] = Document(io.BytesIO(word)).inline_shapes
    assert shape._inline.docPr.get("descr") == described


@pytest.mark.parametrize("unit", ["万人", "单位：万人", "单位:万人", "单位： 万人"])
def test_a_unit_is_labelled_once(files, unit):
    rows = (sample.cells("地区", "人口", header=True), sample.cells("青屿", "36.2"))
    _, word = printed(one(Table(rows=rows, unit=unit)), files, sample.digest_profile())
    text = "".join(p.text for p in Document(io.BytesIO(word)).paragraphs)
    assert text.count("单位：万人") == text.count("单位") == 1


@pytest.mark.parametrize(("signs", "told"), [(600, False), (4000, True)])
def test_a_note_that_no_page_holds_is_told_of_before_anything_is_printed(files, signs, told):
    note = FootnoteRef(content=(Text(text="参见港区年报。" * (signs // 7)),))
    body = Paragraph(content=(Text(text="泊位全部启用"), note, Text(text="。")))
    document = one(*sample.prose(sample.FILLER), body)
    assert ("note_over_a_page" in {each.code for each in check(document, PROFILE)}) == told
    if not told:
        printed(document, files, PROFILE)


def test_a_heading_may_stand_above_the_page_break_that_an_editor_wants(files):
    above, below = (*sample.prose("正文。"), sample.head("一、现状")), sample.prose("完工。")
    link = Attachment(label="《方案》", url="https://www.yunzhou.example/plan")
    printed(one(*above, PageBreak(), *below, attachments=(link,)), files, PROFILE)
