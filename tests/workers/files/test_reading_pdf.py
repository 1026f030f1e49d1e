"""PDFs become paragraphs again: what typesetting broke is joined, what pages repeat is gone."""

from collections import Counter
from pathlib import Path

import pytest
import typst

from editor.assembler import fonts
from editor.text.document import Heading, Paragraph, block_lines
from editor.text.handed_in import FileNote, FileReason, Unreadable
from tests.cast import NOW
from tests.workers.files.test_reading_docx import SHANGHAI, png
from workers.files.handed_in import kind_of
from workers.files.pdf_lines import PdfLine
from workers.files.reading_pdf import joined, read_pdf, without_margins

PART = (
    "青屿区东港码头改造完工，三千吨级货船可以直达临澜市，首批十二条航线下月开通，"
    "覆盖沿海九个县区。改造工程分三个阶段推进，首批项目年底前完工，惠及四万余名居民。"
)
HEAD = """
#set page(paper: "a4", header: [云州信息摘编 · 内部资料],
  footer: context [第 #counter(page).display() 页])
#set text(font: "Noto Serif SC", size: 11pt, lang: "zh")
#set par(justify: true, first-line-indent: (amount: 2em, all: true))
#align(center, text(size: 20pt)[云州推进东港码头改造])
来源：云州日报　2026年7月9日
"""


def pdf(text: str, folder: Path) -> bytes:
    source = folder / "a.typ"
    source.write_text(text)
    return typst.compile(str(source), font_paths=[str(Path(fonts.__file__).parent)])


def read(text: str, folder: Path):
    return read_pdf(pdf(text, folder), name="年报.pdf", now=NOW, zone=SHANGHAI)


def parts(count: int) -> list[str]:
    return [f"第{number}段：{PART}" for number in range(count)]


@pytest.mark.parametrize("columns", [1, 2])
def test_paragraphs_are_rebuilt_over_lines_columns_and_pages(tmp_path, columns):
    text = HEAD + f"#set page(columns: {columns})\n\n" + "\n\n".join(parts(24))
    handed = read(text, tmp_path)
    found = [line for block in handed.blocks for line in block_lines(block)]
    assert [line for line in found if line.startswith("第")] == parts(24)
    assert not any("内部资料" in line for line in found)
    assert handed.notes[FileNote.margins] >= 4


def test_title_source_and_date_are_found(tmp_path):
    handed = read(HEAD + "\n\n" + "\n\n".join(parts(3)), tmp_path)
    assert (handed.title, handed.source_name) == ("云州推进东港码头改造", "云州日报")
    assert (handed.published.how, handed.published.moment.day) == ("text", 9)


def test_larger_lines_are_headings(tmp_path):
    heading = "\n\n#text(size: 14pt)[一、工程进展]\n\n"
    handed = read(HEAD + heading + "\n\n".join(parts(2)), tmp_path)
    assert [block_lines(block) for block in handed.blocks if isinstance(block, Heading)] == [
        ["一、工程进展"]
    ]
    assert isinstance(handed.blocks[-1], Paragraph)


def test_a_table_is_kept_as_lines_and_said_so(tmp_path):
    table = "\n\n#table(columns: 3, [阶段], [小区], [户数], [第一], [12], [8460])\n\n"
    handed = read(HEAD + table + "\n\n".join(parts(2)), tmp_path)
    assert ["阶段　小区　户数"] in [block_lines(block) for block in handed.blocks]
    assert handed.notes[FileNote.pdf_tables] >= 1


def test_pictures_are_counted_and_a_scan_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    handed = read(HEAD + '#image("a.png")\n\n' + "\n\n".join(parts(2)), tmp_path)
    assert handed.notes[FileNote.pdf_pictures] == 1
    with pytest.raises(Unreadable) as caught:
        read('#image("a.png")', tmp_path)
    assert caught.value.reason == FileReason.scanned


@pytest.mark.parametrize("body", [b"%PDF-1.7\n", b"%PDF-1.4 nothing of the kind" * 40])
def test_a_broken_pdf_is_refused(body):
    with pytest.raises(Unreadable) as caught:
        read_pdf(body, name="a.pdf", now=NOW, zone=SHANGHAI)
    assert caught.value.reason == FileReason.broken


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_truncated_pdf_is_read_or_refused(tmp_path, cut):
    body = pdf(HEAD + "\n\n".join(parts(5)), tmp_path)
    try:
        handed = read_pdf(body[: int(len(body) * cut)], name="a.pdf", now=NOW, zone=SHANGHAI)
    except Unreadable as error:
        assert error.reason in FileReason
    else:
        assert handed.blocks


@pytest.mark.parametrize(
    "lines, text",
    [
        (("临澜市公布新一轮", "更新计划"), "临澜市公布新一轮更新计划"),
        (("the inter-", "national port"), "the international port"),
        (("the Qingyu-", "Linlan line"), "the Qingyu-Linlan line"),
        (("the harbour", "authority"), "the harbour authority"),
        (("共建 API", "与说明"), "共建 API与说明"),
    ],
)
def test_lines_are_joined_as_their_language_wants(lines, text):
    assert joined(lines) == text


def line(text, base, page=0):
    return PdfLine(text, 70, 500, base, 11, False, page, page)


def test_a_line_of_the_text_that_comes_twice_is_not_lost():
    lines = [
        line(text, 700 - 18 * n, page)
        for page in range(3)
        for n, text in enumerate(["惠及四万余名居民。", f"正文{page}", "首批十二条航线。"])
    ]
    assert len(list(without_margins(lines, 3, Counter()))) == 9


@pytest.mark.parametrize(
    "body, name, reason",
    [
        (b"", "a.docx", FileReason.empty),
        (b"{\\rtf1 text}", "a.doc", FileReason.rich_text),
        (png(), "a.pdf", FileReason.picture),
        (b"PK\x03\x04 cut off", "a.docx", FileReason.broken),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "a.mht",
         FileReason.archive_page),
        (bytes(range(256)) * 8, "a.txt", FileReason.unknown_kind),
    ],
)  # fmt: skip
def test_what_a_file_is_shows_by_its_bytes_and_not_by_its_name(body, name, reason):
    with pytest.raises(Unreadable) as caught:
        kind_of(body, name)
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", ["a.docx", "a.txt", "无名"])
def test_a_pdf_with_a_wrong_name_is_a_pdf(name):
    assert kind_of(b"%PDF-1.7 ...", name) == "pdf"
