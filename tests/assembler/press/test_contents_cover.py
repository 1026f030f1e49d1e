"""A cover that carries the contents prints the slogan too, on paper and in Word."""

import io

import pypdfium2
import pytest
from docx import Document

from editor.assembler.press.typeset import typeset
from editor.assembler.word.edition import render_docx
from editor.store.files import FileStore
from tests.assembler import sample

SLOGAN = ("观察研究", "服务决策")


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path)


def test_the_slogan_stands_above_the_title_of_a_cover_with_contents(files):
    document = sample.review(files).model_copy(update={"cover_lines": SLOGAN})
    profile = sample.review_profile()
    bare = sample.review(files)
    made, plain = typeset(document, profile, files), typeset(bare, profile, files)
    assert (made.pages, made.starts) == (plain.pages, plain.starts)
    cover = pypdfium2.PdfDocument(made.pdf)[0].get_textpage().get_text_range()
    assert cover.index("观察研究") < cover.index("服务决策") < cover.index(document.publication[0])
    word = render_docx(document, profile, files, numbers={}, pinned=False)
    lines = [line.text for line in Document(io.BytesIO(word)).paragraphs]
    assert lines[:2] == ["观察研究　·　服务决策", document.publication]
    before = render_docx(bare, profile, files, numbers={}, pinned=False)
    assert Document(io.BytesIO(before)).paragraphs[0].text == bare.publication
