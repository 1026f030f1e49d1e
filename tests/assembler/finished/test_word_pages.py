"""What is noticed on a Word file's pages is remarked with its place, and refuses no file."""

import io
import re
import zipfile

import pypdfium2
import pytest

from editor.assembler.finished.word_pages import LOOKED_AT, remarks, unseen
from editor.assembler.press.typeset import typeset
from editor.assembler.word.edition import render_docx
from editor.assembler.word.numbering import number_docx
from editor.assembler.word.office import find_office, to_pdf
from editor.store.files import FileStore
from editor.text.document import FootnoteRef, Heading, IssueDocument, Part, Text, paragraph
from tests.assembler import sample
from tests.needs import missing

DIGEST, REVIEW = sample.digest_profile(), sample.review_profile()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> FileStore:
    return FileStore(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def issue(files) -> IssueDocument:
    return sample.digest(files)


@pytest.fixture(scope="module")
def pages(issue, files) -> bytes:
    """Give well set pages: they stand for LibreOffice's."""
    return typeset(issue, DIGEST, files).pdf


def office() -> str:
    return find_office(None) or missing("LibreOffice: soffice is not on PATH")


def quiet(done: int, total: int, message: str) -> None:
    assert 0 <= done <= total
    assert message


def test_of_well_set_pages_nothing_is_remarked(issue, pages):
    assert remarks(pages, issue, DIGEST) == (list(LOOKED_AT), [])


def test_pages_of_another_size_are_remarked_with_their_place(issue, pages):
    smaller = DIGEST.page.model_copy(update={"width": DIGEST.page.width - 20})
    held, [size, *_] = remarks(pages, issue, DIGEST.model_copy(update={"page": smaller}))
    assert "V11" not in held
    assert "第 1 面的尺寸不对（第 1 面，封面、刊首页或目录）" in size.chinese
    assert size.grade == "note"


def test_a_blank_page_is_remarked(issue, pages):
    with pypdfium2.PdfDocument(pages) as opened:
        last = len(opened)
        opened.new_page(DIGEST.page.width, DIGEST.page.height, index=last)
        more = io.BytesIO()
        opened.save(more)
    held, [blank] = remarks(more.getvalue(), issue, DIGEST)
    assert held == ["V11", "V14"]
    assert f"第 {last + 1} 面是空白页" in blank.chinese
    assert "LibreOffice" in blank.chinese and "LibreOffice" in blank.english


def test_a_lonely_attachment_is_named_by_its_item(issue, pages):
    item = next(article for article in issue.articles() if article.attachments)
    held, [found] = remarks(pages, issue, DIGEST, [(item, 5)])
    assert held == ["V11", "V14"]
    assert item.headline[:6] in found.chinese and "附件独占一页的开头" in found.chinese


def test_pages_of_another_issue_are_not_judged(issue, pages):
    other = issue.model_copy(update={"parts": issue.parts[1:]})
    held, [found] = remarks(pages, other, DIGEST)
    assert held == []
    assert "没有逐页看过 Word 版（LibreOffice 分页后的标题和稿件对不上）" in found.chinese


def test_pages_that_nobody_saw_are_said_to_be_unseen():
    said = unseen("LibreOffice 异常退出（代码 7）", "LibreOffice ended with code 7")
    assert "没有逐页看过 Word 版（LibreOffice 异常退出（代码 7））" in said.chinese
    assert said.grade == "note"


# --- in LibreOffice's pages ----------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.parametrize("name", ["digest", "review"])
def test_a_word_file_of_every_element_gives_no_false_alarm(files, name):
    office()
    document, profile = {
        "digest": (sample.digest(files), DIGEST),
        "review": (sample.review(files), REVIEW),
    }[name]
    made = number_docx(document, profile, files, soffice=None, starts={}, on_progress=quiet)
    assert (made.looked_at, made.remarks) == (LOOKED_AT, ())


@pytest.mark.office
@pytest.mark.slow
def test_headings_that_name_nothing_hinder_no_look_at_the_pages(files):
    office()
    note = FootnoteRef(content=(Text(text="见云州统计年鉴。"),))
    blocks = (Heading(level=1, content=(note,)), sample.head("\u3000"), *sample.prose("完工。"))
    item = sample.news("s1-1", "码头完工", "云州日报", None, blocks)
    part = Part(anchor="s1", name="热点关注", articles=(item,))
    document = sample.digest(files).model_copy(update={"parts": (part,)})
    made = number_docx(document, DIGEST, files, soffice=None, starts={}, on_progress=quiet)
    assert (made.looked_at, made.remarks) == (LOOKED_AT, ())


@pytest.mark.office
@pytest.mark.slow
def test_a_caption_that_leaves_its_table_and_a_heading_last_on_a_page_are_remarked(files):
    articles = tuple(
        sample.news(
            f"s1-{lines}",
            f"第{lines}条",
            "云州日报",
            None,
            (*(paragraph("正文。") for _ in range(lines)), sample.head("一、产值"), table(lines)),
        )
        for lines in range(14, 28)
    )
    part = Part(anchor="s1", name="热点关注", articles=articles)
    document = sample.digest(files).model_copy(update={"parts": (part,)})
    profile = DIGEST.model_copy(
        update={"item": DIGEST.item.model_copy(update={"page_break": True})}
    )
    loose = let_go(render_docx(document, profile, files, numbers={}, pinned=False))
    held, found = remarks(to_pdf(loose, profile, soffice=office()), document, profile)
    assert "V12" not in held
    said = " ".join(each.chinese for each in found)
    assert "落在页末" in said
    assert re.search(r"表题“表\d+ 各业产值”和表格不在同一页", said)


def table(number: int):
    head = sample.cells("行业", "一年", header=True)
    rows = tuple(sample.cells(f"第{number}表{row}行", "1234.5") for row in range(6))
    return sample.Table(rows=(head, *rows), caption=f"表{number} 各业产值")


def let_go(docx: bytes) -> bytes:
    """Return a .docx in which nothing is kept with what follows."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name in ("word/document.xml", "word/styles.xml"):
                content = re.sub(rb"<w:keepNext[^>]*/>", b"", content)
            new.writestr(name, content)
    return made.getvalue()
