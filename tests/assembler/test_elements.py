"""Every element of the bulletins, B01 … B112: held by the model, found in the PDF and in Word.

The questions are those that the acceptance program asks of real issues; here they are asked of
invented ones.
"""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from editor.assembler.contents import entries
from editor.assembler.press.typeset import typeset
from editor.assembler.word.edition import render_docx
from editor.store.files import FileStore
from editor.text.document import (
    Article,
    Blocks,
    Cell,
    IssueDocument,
    Paragraph,
    Part,
    Role,
    Table,
    Text,
    paragraph,
)
from editor.workflow import ItemKind
from tests.acceptance.bulletins_document import Source
from tests.acceptance.bulletins_elements import elements
from tests.acceptance.bulletins_questions import Issue
from tests.acceptance.bulletins_reading import PdfReading, Reading, WordReading
from tests.assembler import sample
from tests.assembler.sample import head

ISSUES = ("digest", "review", "schemes", "signed")
ALL = [f"B{number:02d}" for number in range(1, 113)]


def data_table(caption: str, unit: str) -> Table:
    rows = (("城市", "新增（万套）"), ("云州", "60"), ("临澜", "47"))
    return Table(
        caption=caption,
        unit=unit,
        rows=tuple(
            tuple(Cell(content=(Text(text=text),), header=y == 0) for text in row)
            for y, row in enumerate(rows)
        ),
    )


def schemes(files: FileStore) -> IssueDocument:
    """Return an issue with the numbering schemes that the two samples do not have."""
    counted: Blocks = (
        head("0 引言"),
        head("1 现状"),
        head("1.1 港口", 2),
        head("1.1.1 岸线", 3),
        paragraph("云州《关于发布〈能效水平〉的通知》说：“岸线‘一张图’管理。……”"),
    )
    dotted: Blocks = (
        head("1. 岸线"),
        head("1.1 现状", 2),
        head("1.1.1 码头", 3),
        paragraph("云州港的岸线长二十公里，" * 8 + "可以建码头。"),
        head("企业怎么办？"),
        head("贷款额度提高到十亿元", 2),
        paragraph("从表 3 可以看出，两市新增住房都不少。"),
        data_table("表 3 各市新增住房", "万套"),
        data_table("表：各市新增住房", "万套"),
        head("基金项目"),
        Paragraph(role=Role.funding, content=(Text(text="云州市软科学课题"),)),
    )
    articles = tuple(
        Article(anchor=f"s1-{number}", kind=ItemKind.essay, headline=headline, blocks=blocks)
        for number, (headline, blocks) in enumerate(
            (("港口岸线研究", counted), ("发布扶持计划 操作规程", dotted)), start=1
        )
    )
    return sample.digest(files).model_copy(
        update={
            "label_lines": ("2034 年（总第三十一期）",),
            "parts": (Part(anchor="s1", name="国研专稿", articles=articles),),
        }
    )


def source_of(document: IssueDocument, name: str) -> Source:
    """Return what a truth file would tell of an invented issue."""
    pages = {"digest": (1, 1), "schemes": (1, 2)}.get(name, ())
    items = [
        {
            "toc_page": pages[min(number, 1)] if pages else None,
            "source": article.source_line,
            "byline_inline": name == "signed",
            "tables": 1,
            "table_parts": 2,
        }
        for number, article in enumerate(document.articles())
    ]
    data = {"sections": [{"items": items}], "qr_caption": document.qr_caption}
    return Source("sample", data, (), "")


@cache
def made(name: str) -> tuple[Issue, Reading, Reading]:
    """Return an issue and its two printed formats."""
    files = FileStore(Path(mkdtemp(prefix="zhaibian-elements-")))
    of_review = name in ("review", "signed")
    profile = sample.review_profile() if of_review else sample.digest_profile()
    document = {"digest": sample.digest, "schemes": schemes}.get(name, sample.review)(files)
    if name == "signed":
        rules = profile.item.model_copy(update={"byline_place": "run_in"})
        profile = profile.model_copy(update={"item": rules})
    source = source_of(document, name)
    pdf = typeset(document, profile, files).pdf
    numbers = {line.anchor: at for at, line in enumerate(entries(document, profile), start=1)}
    word = render_docx(document, profile, files, numbers=numbers, pinned=False)
    return Issue(source, document, profile), PdfReading(pdf, profile), WordReading(word, profile)


@pytest.mark.parametrize("element", ALL)
def test_the_model_holds_the_element(element):
    assert any(elements(made(name)[0])[element] for name in ISSUES)


@pytest.mark.parametrize("element", ALL)
@pytest.mark.parametrize("format", ["PDF", "DOCX"])
def test_the_element_is_printed(element, format):
    for name in ISSUES:
        issue, *readings = made(name)
        reading = next(each for each in readings if each.kind == format)
        assert all(question(reading) for question in elements(issue)[element]), name
