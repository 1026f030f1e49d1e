"""A finished PDF that is broken is caught, and named in words: one test for each way to break."""

from io import BytesIO

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import typst

from editor.assembler import fonts
from editor.assembler.finished import pdf as finished_pdf
from editor.assembler.finished.checks import check_pdf
from editor.assembler.finished.notes import notes_away
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.press.typeset import typeset
from editor.errors import Unusable
from editor.profile import profile_from
from editor.store.files import FileStore
from editor.text.document import (
    Attachment,
    BookEntry,
    Cell,
    FootnoteRef,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Table,
    Text,
    paragraph,
)
from tests.assembler.preflight.test_preflight import article, issue
from tests.assembler.sample import digest_profile, picture

PROFILE = digest_profile()
URL = "https://www.yunzhou.example/notice/2034/7"
# no line may end within it: no blank, no sign that a line breaks after
UNBROKEN = "utf8,%3Csvg%20viewBox=" + "a1.b=c&" * 40
NOTE = FootnoteRef(content=(Text(text="数据由临澜市统计局提供。"),))
DOCUMENT = issue(
    article(
        blocks=(
            Heading(content=(Text(text="一、背景"),)),
            Paragraph(content=(Text(text="码头改造完工"), NOTE, Text(text="。"))),
            Paragraph(content=(Text(text="详见"), Text(text="公报", href=URL + "1"))),
        ),
        attachments=(Attachment(label="《行动方案》", url=URL),),
    ),
    window_line="本期刊物信息搜集时间：2034.06.16-2034.07.15",
)


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    return typeset(DOCUMENT, PROFILE, FileStore(tmp_path_factory.mktemp("files")))


@pytest.fixture
def reading(printed):
    opened = PdfReading(printed.pdf)
    yield opened
    opened.close()


def first_page(reading):
    return reading.outline[0][1]


def changed(**changes):
    """Return the document with its one item changed: not what the PDF shows."""
    (item,) = DOCUMENT.articles()
    return issue(item.model_copy(update=changes))


def drawn(markup):
    """Return a PDF of the profile's page size whose content is this typst markup."""
    page = PROFILE.page
    head = (
        f"#set page(width: {page.width}pt, height: {page.height}pt, margin: (x: {page.side}pt, "
        f'top: {page.top}pt, bottom: {page.bottom}pt), numbering: "1")\n'
        '#set text(font: "Noto Serif SC")\n'
    )
    shown = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.FOLDER]
    )
    pdf = typst.compile((head + markup).encode(), format="pdf", font_paths=shown)
    return PdfReading(pdf)


def refusal(check, *values):
    with pytest.raises(Unusable) as refused:
        check(*values)
    assert "成品检查" in refused.value.chinese
    return refused.value.details["check"]


def test_a_sound_file_passes_every_check(printed):
    assert check_pdf(printed.pdf, DOCUMENT, PROFILE, printed.starts) == [
        "V01", "V02", "V03", "V04", "V05", "V06", "V07", "V08", "V11", "V12", "V13", "V14", "V15",
        "V18",
    ]  # fmt: skip


def test_a_paragraph_out_of_its_place_is_caught(printed):
    blocks = next(iter(DOCUMENT.articles())).blocks
    for wrong in (blocks[::-1], (*blocks, paragraph("另有一段没有印出。"))):
        document = changed(blocks=wrong)
        assert refusal(check_pdf, printed.pdf, document, PROFILE, printed.starts) == "V03"


def test_an_outline_without_a_heading_is_caught(reading):
    more = changed(blocks=(Heading(content=(Text(text="二、措施"),)),))
    assert refusal(finished_pdf.check_outline, reading, more, PROFILE) == "V04"


def test_an_outline_with_a_heading_too_many_is_caught(reading):
    assert refusal(finished_pdf.check_outline, reading, changed(blocks=()), PROFILE) == "V04"


def test_page_labels_that_do_not_begin_with_the_body_are_caught(reading):
    wrong = first_page(reading) - 1
    assert refusal(finished_pdf.check_labels, reading, PROFILE, wrong) == "V04"


def test_a_font_that_is_not_embedded_is_caught():
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(200, 200)
    font = pdfium.FPDFText_LoadStandardFont(document.raw, b"Helvetica")
    text = pdfium.FPDFPageObj_CreateTextObj(document.raw, font, 12)
    words = "Yunzhou".encode("utf-16-le") + b"\0\0"
    pdfium.FPDFText_SetText(text, (pdfium.FPDF_WCHAR * 8).from_buffer_copy(words))
    pdfium.FPDFPage_InsertObject(page.raw, text)
    pdfium.FPDFPage_GenerateContent(page.raw)
    out = BytesIO()
    document.save(out)
    assert refusal(finished_pdf.check_fonts, PdfReading(out.getvalue()), PROFILE) == "V05"


@pytest.mark.parametrize("sign", ["\ue000", "😀", "\ufffd"])
def test_a_character_without_a_glyph_is_caught(sign):
    assert refusal(finished_pdf.check_characters, drawn(f"码头{sign}完工")) == "V06"


def test_a_code_for_another_address_is_caught(reading):
    other = changed(attachments=(Attachment(label="《行动方案》", url=URL + "2"),))
    assert refusal(finished_pdf.check_codes, reading, other) == "V07"


def test_a_code_that_is_painted_over_is_caught(printed):
    document = pypdfium2.PdfDocument(printed.pdf)
    reading = PdfReading(printed.pdf)
    index, box = next(
        (index, box) for index in range(len(reading.pages)) for box in reading.squares(index, 28)
    )
    page = document[index]
    stain = pdfium.FPDFPageObj_CreateNewRect(box[0] + 20, box[1] + 20, 24, 24)
    pdfium.FPDFPageObj_SetFillColor(stain, 0, 0, 0, 255)
    pdfium.FPDFPath_SetDrawMode(stain, pdfium.FPDF_FILLMODE_ALTERNATE, False)
    pdfium.FPDFPage_InsertObject(page.raw, stain)
    pdfium.FPDFPage_GenerateContent(page.raw)
    out = BytesIO()
    document.save(out)
    assert refusal(finished_pdf.check_codes, PdfReading(out.getvalue()), DOCUMENT) == "V07"


def test_a_link_that_leads_elsewhere_is_caught(reading):
    blocks = (Paragraph(content=(Text(text="公报", href=URL + "9"),)),)
    assert refusal(finished_pdf.check_links, reading, changed(blocks=blocks)) == "V08"


def test_an_attachment_without_a_link_is_caught(reading):
    one = next(iter(DOCUMENT.articles())).attachments[0]
    more = changed(attachments=(one, Attachment(label="《名单》", url=URL + "3")))
    assert refusal(finished_pdf.check_links, reading, more) == "V08"


def test_a_page_of_another_size_is_caught(reading):
    page = PROFILE.page.model_copy(update={"width": 500.0})
    other = PROFILE.model_copy(update={"page": page})
    assert refusal(finished_pdf.check_edges, reading, other, first_page(reading)) == "V11"


@pytest.mark.parametrize(
    "markup",
    [
        "#place(dx: -60pt)[码头改造完工]",
        "#place(dx: 420pt)[码头改造完工]",
        "#place(dy: 690pt)[码头]",
    ],
)
def test_text_outside_the_type_area_is_caught(markup):
    assert refusal(finished_pdf.check_edges, drawn(markup), PROFILE, 0) == "V11"


def test_a_blank_page_is_caught():
    blank = drawn("#set page(numbering: none)\n码头\n#pagebreak()\n#pagebreak()\n完工")
    assert refusal(finished_pdf.check_blank, blank, PROFILE) == "V12"


def test_a_heading_that_is_last_on_its_page_is_caught():
    stranded = drawn("码头改造\n#v(1fr)\n= 一、背景\n#pagebreak()\n完工。")
    assert refusal(finished_pdf.check_stranded, stranded, [True], PROFILE) == "V12"


def test_a_heading_with_nothing_below_it_in_its_item_may_be_last_on_a_page():
    stranded = drawn("码头改造\n#v(1fr)\n= 一、背景\n#pagebreak()\n完工。")
    finished_pdf.check_stranded(stranded, [False], PROFILE)


@pytest.mark.parametrize(
    "markup",
    [
        '#set text(lang: "en")\n码头',
        '#set text(lang: "zh", region: "cn")\n#set document(title: "别的")\n码头',
    ],
)
def test_a_file_without_its_language_or_title_is_caught(markup):
    assert refusal(finished_pdf.check_language, drawn(markup), DOCUMENT, PROFILE) == "V15"


def test_a_footnote_that_is_not_printed_is_caught(reading):
    blocks = (Paragraph(content=(Text(text="完工"), FootnoteRef(content=(Text(text="另注。"),)))),)
    assert refusal(finished_pdf.check_notes, reading, changed(blocks=blocks)) == "V18"


@pytest.mark.parametrize(
    "changes",
    [
        {"attachments": (Attachment(label="《长》", url=f"{URL}/{'a' * 260}"),)},
        {"blocks": (paragraph("The quick brown fox jumps over the lazy dog. " * 30),)},
        {"blocks": (Heading(content=(Text(text="一、背景"), NOTE)), paragraph("正文。"))},
        {"headline": "长标题" * 20},
        {"blocks": ()},
        {"blocks": (paragraph(f"详见{UNBROKEN}，另见附件。"), paragraph(UNBROKEN))},
        {"headline": UNBROKEN, "subtitle": UNBROKEN, "byline": UNBROKEN, "source_line": UNBROKEN},
        {"headline": "好消息" + "！" * 90},
        {"blocks": (Heading(content=(Text(text=UNBROKEN),)), paragraph("正文。"))},
        {"blocks": (Heading(content=(Text(text="……"),)), paragraph("正文。"))},
        {"blocks": (Table(rows=((Cell(content=(Text(text=UNBROKEN),)),),), caption=UNBROKEN),)},
    ],
    ids=[
        "an address of 300 signs", "Latin text", "a note in a heading", "60 signs", "no text",
        "an unbroken run", "an unbroken title", "90 marks", "an unbroken heading",
        "a heading of dots",
        "an unbroken caption",
    ],
)  # fmt: skip
def test_what_is_unusual_is_printed_soundly(changes, tmp_path):
    document = changed(**changes).model_copy(update={"window_line": DOCUMENT.window_line})
    made = typeset(document, PROFILE, FileStore(tmp_path))
    passed = check_pdf(made.pdf, document, PROFILE, made.starts)
    # below a head that fills the page no note has room: of that the export tells
    assert len(passed) + len(notes_away(made.pdf, document)) == 14


def test_text_is_looked_for_in_its_own_item_only(tmp_path):
    lost, told = paragraph("首批十二条航线下月开通。"), paragraph("货船可以直达临澜市。")
    made_of = issue(
        article(blocks=(told,)),
        article(anchor="s1-2", headline='div>"', blocks=(lost, told)),
        window_line=DOCUMENT.window_line,
    )
    made = typeset(made_of, PROFILE, FileStore(tmp_path))
    assert check_pdf(made.pdf, made_of, PROFILE, made.starts)
    wanted = issue(
        article(blocks=(told, lost)),
        article(anchor="s1-2", headline='div>"', blocks=(lost, told)),
        window_line=DOCUMENT.window_line,
    )
    with pytest.raises(Unusable, match="《望川：码头改造完工》缺少“首批十二条航线下月开通。”"):
        check_pdf(made.pdf, wanted, PROFILE, made.starts)


def test_a_footer_of_words_and_one_without_numbers_pass(tmp_path):
    for footer in ("第 {page} 页 · 内部资料 2034", ""):
        furniture = PROFILE.furniture.model_copy(update={"footer": footer})
        profile = PROFILE.model_copy(update={"furniture": furniture})
        made = typeset(DOCUMENT, profile, FileStore(tmp_path))
        assert check_pdf(made.pdf, DOCUMENT, profile, made.starts)


NOTED = (Text(text="码头改造完工，首批十二条航线下月开通。" * 4), NOTE)


@pytest.mark.parametrize(
    "blocks",
    [
        (Heading(content=()), paragraph("正文。")),
        (Heading(content=(NOTE,)), paragraph("正文。")),
        (Heading(level=2, content=(Text(text=" "),)), paragraph("正文。")),
        (ListBlock(items=((), (Text(text="甲"),))),),
        (ListBlock(items=(NOTED,) * 40, ordered=True),),
        (Quote(paragraphs=(NOTED,) * 40),),
        (Table(rows=(), caption="表 1 空表"), paragraph("正文。")),
        (BookEntry(title="", author="", cover="ab" * 32), paragraph("正文。")),
    ],
    ids=["empty heading", "heading of a note", "blank heading", "empty entry", "entries with notes",
         "quotes with notes", "table without rows", "book without a name"],
)  # fmt: skip
@pytest.mark.parametrize("standard", ["a-2b", ["a-2a", "ua-1"]])
def test_odd_blocks_are_printed_in_every_standard(blocks, standard, tmp_path):
    files = FileStore(tmp_path)
    profile = profile_from(PROFILE.model_dump() | {"pdf": {"standard": standard}})
    cover = picture(files, 300, 420, "#4c8c4a")
    blocks = tuple(
        each.model_copy(update={"cover": cover.sha256}) if isinstance(each, BookEntry) else each
        for each in blocks
    )
    update = {"window_line": DOCUMENT.window_line, "assets": (cover,)}
    document = changed(blocks=blocks).model_copy(update=update)
    made = typeset(document, profile, files)
    assert check_pdf(made.pdf, document, profile, made.starts)
