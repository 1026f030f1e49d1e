"""Text files and saved pages: encodings, folded lines, headings, pictures inside the page."""

import base64

import pytest

from editor.text.document import Figure, Heading, block_lines
from editor.text.handed_in import FileNote, FileReason, Unreadable
from tests.cast import NOW
from tests.workers.files.test_reading_docx import SHANGHAI, png
from workers.files.handed_in import FileKind, kind_of
from workers.files.reading_text import data_bytes, read_html, read_text, text_blocks

TEXT = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市。"


def plain(body: bytes, name: str = "年报.txt"):
    return read_text(body, name=name, now=NOW, zone=SHANGHAI)


def page(html: str):
    return read_html(html.encode(), name="年报.html", now=NOW, zone=SHANGHAI)


def lines(blocks):
    return [line for block in blocks for line in block_lines(block)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_usual_encoding_is_read(encoding):
    handed = plain(f"港口年报\n{TEXT}".encode(encoding))
    assert (handed.title, lines(handed.blocks)) == ("港口年报", [TEXT])


def test_a_line_is_a_paragraph():
    assert lines(text_blocks(f"　　{TEXT}\n　　{TEXT}\n")) == [TEXT, TEXT]


def test_lines_folded_at_a_width_are_joined():
    folded = "青屿区东港码头改造完工以后三千吨级的货船都可以一路直达临澜市区的\n"
    text = f"{folded * 3}新港。\n\n{folded * 2}老港。\n"
    assert lines(text_blocks(text)) == [
        folded.strip() * 3 + "新港。",
        folded.strip() * 2 + "老港。",
    ]


@pytest.mark.parametrize(
    "line, level",
    [("一、总体要求", 1), ("（二）主要任务", 2), ("第三章 附则", 1), ("## 背景", 2)],
)
def test_headings_are_known_by_their_numbers(line, level):
    (block,) = text_blocks(line)
    assert isinstance(block, Heading) and block.level == level


def test_a_numbered_sentence_is_no_heading():
    (block,) = text_blocks(f"一、{TEXT}")
    assert block.type == "paragraph"


def test_an_unnamed_text_is_called_after_its_file():
    assert plain(TEXT.encode(), "folder/港口年报.txt").title == "港口年报"


def test_a_text_of_blanks_is_refused():
    with pytest.raises(Unreadable) as caught:
        plain("　\n \n".encode())
    assert caught.value.reason == FileReason.no_text


def test_a_saved_page_gives_its_article_with_title_source_and_date():
    body = "".join(f"<p>第{n}段：{TEXT}</p>" for n in range(6))
    handed = page(
        f"<html><head><title>港口年报_云州网</title></head><body><h1>港口年报</h1><div>"
        f"发布时间：2026-07-09 08:30 来源：云州日报</div>"
        f"<div class='TRS_Editor'>{body}</div></body></html>"
    )
    assert (handed.title, handed.source_name) == ("港口年报", "云州日报")
    assert handed.published.moment.day == 9
    assert len([line for line in lines(handed.blocks) if TEXT in line]) == 6


def test_pictures_inside_the_page_come_along_and_those_beside_it_are_named():
    data = base64.b64encode(png()).decode()
    body = "".join(f"<p>第{n}段：{TEXT}</p>" for n in range(6))
    handed = page(
        f"<body>{body}<img src='data:image/png;base64,{data}' width=600 height=400>"
        f"<img src='x_files/1.png' width=600 height=400>"
        f"<img src='https://daily.yunzhou.example/2.png' width=600 height=400>{body}</body>"
    )
    figures = [block for block in handed.blocks if isinstance(block, Figure)]
    assert [figure.url.partition(":")[0] for figure in figures] == ["part", "https"]
    assert handed.pictures[figures[0].url] == png()
    assert handed.notes[FileNote.pictures_outside] == 1


def test_links_beside_the_file_lead_nowhere():
    body = "".join(f"<p><a href='other.html'>第{n}段</a>：{TEXT}</p>" for n in range(6))
    assert "file.invalid" not in str(page(f"<body>{body}</body>").blocks)


@pytest.mark.parametrize("address", ["data:image/png;base64,@@", "data:image/png", "data:,"])
def test_broken_data_is_nothing_or_bytes(address):
    assert isinstance(data_bytes(address), bytes)


@pytest.mark.parametrize(
    "body, name, kind",
    [
        (b"<!doctype html><p>x</p>", "a.txt", FileKind.html),
        (b"<p>x</p>", "a.html", FileKind.html),
        (b"<p>x</p>", "a.txt", FileKind.text),
        (b"a < b", "a.html", FileKind.text),
    ],
)
def test_the_name_decides_only_between_text_and_markup(body, name, kind):
    assert kind_of(body, name) == kind
