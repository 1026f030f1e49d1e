"""A 附 block opens no page alone: two lines of its item stand above it at least."""

import io
import zipfile
from datetime import date

import pypdfium2
import pytest
from lxml import etree

from editor.assembler.keeping import Kept
from editor.assembler.word.edition import render_docx
from editor.assembler.word.numbering import number_docx
from editor.assembler.word.office import find_office, to_pdf
from editor.assembler.word.ooxml import qualified
from editor.assembler.word.settling import Place, Remedy, Settled, Spot, alone
from editor.store.files import FileStore
from editor.text.document import Article, Attachment, IssueDocument, Part, paragraph
from editor.workflow import ItemKind
from tests.assembler import sample
from tests.needs import missing

PROFILE = sample.digest_profile()  # 28 lines a page, 30 characters a line
LINE = "临澜市有关负责人介绍下一步将围绕重点产业链支持骨干企业牵头组建"[:30]
ATTACHED = (Attachment(label="云州行动方案", url="https://www.yunzhou.example/plan"),)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> FileStore:
    return FileStore(tmp_path_factory.mktemp("files"))


def item(number: int, *, short: int, long: int, kind: ItemKind) -> Article:
    """Return an item of `short` paragraphs of a line and one of `long` lines above its 附."""
    blocks = (*(paragraph("正文。") for _ in range(short)), paragraph(LINE * long))
    return Article(
        anchor=f"s1-{number}",
        headline=f"第{number}条",
        kind=kind,
        source_line="云州日报",
        dated_on=date(2034, 6, 20),
        blocks=blocks,
        attachments=ATTACHED,
    )


def issue_of(files: FileStore, *articles: Article) -> IssueDocument:
    part = Part(anchor="s1", name="热点关注", articles=articles)
    return sample.digest(files).model_copy(update={"parts": (part,)})


def quiet(done: int, total: int, message: str) -> None:
    assert 0 <= done <= total
    assert message


def pages_of(document: IssueDocument, files: FileStore) -> list[list[str]]:
    """Return the lines of text of each page of the finished Word file, in LibreOffice."""
    office = find_office(None)
    if office is None:
        missing("LibreOffice: soffice is not on PATH")
    made = number_docx(document, PROFILE, files, soffice=None, starts={}, on_progress=quiet)
    assert made.result["numbering"] == "N2", made.result["reason"]
    pdf = to_pdf(made.content, PROFILE, soffice=office)
    assert alone(pdf, document, PROFILE) == []
    page = PROFILE.page
    box = (0, page.bottom - 4, page.width, page.height - page.top + 4)
    with pypdfium2.PdfDocument(pdf) as opened:
        texts = [each.get_textpage().get_text_bounded(*box) for each in opened]
    return [[line.strip() for line in text.splitlines() if line.strip()] for text in texts]


def lines_above(pages: list[list[str]]) -> list[int]:
    """Return how many lines stand above each 附 on its page."""
    return [number for page in pages for number, line in enumerate(page) if line.startswith("附：")]


# --- in LibreOffice's pages ----------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.parametrize("long", [7, 12])
def test_a_long_last_paragraph_sends_lines_along_wherever_the_page_ends(files, long):
    articles = [item(n, short=n, long=long, kind=ItemKind.essay) for n in range(8, 24)]
    found = lines_above(pages_of(issue_of(files, *articles), files))
    assert len(found) == len(articles)
    assert min(found) >= 2


@pytest.mark.office
@pytest.mark.slow
def test_items_that_run_on_are_settled_one_after_the_other(files):
    articles = [item(n, short=2, long=14, kind=ItemKind.news) for n in range(12)]
    found = lines_above(pages_of(issue_of(files, *articles), files))
    assert len(found) == len(articles)
    assert min(found) >= 2


@pytest.mark.office
@pytest.mark.slow
def test_a_signature_goes_with_the_text_above_it(files):
    articles = [
        item(n, short=n, long=9, kind=ItemKind.essay).model_copy(update={"authors": ("云汐",)})
        for n in range(8, 24)
    ]
    found = lines_above(pages_of(issue_of(files, *articles), files))
    assert min(found) >= 2


@pytest.mark.office
@pytest.mark.slow
def test_the_last_of_several_attachments_stands_on_no_page_alone(files):
    several = tuple(
        Attachment(label=f"云州方案之{name}", url="https://www.yunzhou.example/plan")
        for name in "一二三"
    )
    articles = [
        item(n, short=n, long=1, kind=ItemKind.essay).model_copy(update={"attachments": several})
        for n in range(8, 24)
    ]
    pages = pages_of(issue_of(files, *articles), files)
    assert not [page for page in pages if page[0].startswith("附：云州方案之三")]


@pytest.mark.office
@pytest.mark.slow
def test_a_last_page_of_two_lines_gets_a_third(files):
    articles = []
    for short in range(12, 20):
        one = item(short, short=short, long=9, kind=ItemKind.essay)
        blocks = (*one.blocks[:-1], sample.head("二、结语"), one.blocks[-1])
        articles.append(one.model_copy(update={"blocks": blocks, "attachments": ()}))
    pages = pages_of(issue_of(files, *articles), files)
    ends = [page for page in pages if page and "".join(page) in LINE * 9]
    assert len(ends) == 7
    assert min(map(len, ends)) == 3


REVIEW = sample.review_profile()


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.parametrize("lines", [2, 9, 15, 30])
def test_the_colophon_stands_at_the_foot_of_the_last_page(files, lines):
    last = sample.news("s1-1", "码头完工", "云州日报", None, sample.prose(*["正文。"] * lines))
    part = Part(anchor="s1", name="综合观察", articles=(last,))
    document = sample.review(files).model_copy(update={"parts": (part,)})
    made = number_docx(document, REVIEW, files, soffice=None, starts={}, on_progress=quiet)
    assert (made.result["numbering"], made.result["engine"]) == ("none", "LibreOffice")
    page, office = REVIEW.page, find_office(None)
    with pypdfium2.PdfDocument(to_pdf(made.content, REVIEW, soffice=office)) as opened:
        shown = opened[len(opened) - 1].get_textpage()
        boxes = [shown.get_rect(number) for number in range(shown.count_rects())]
    lowest = min(box[1] for box in boxes if box[1] > page.bottom)
    assert lowest - page.bottom < 3 * page.pitch


# --- what is written -----------------------------------------------------------------------------


def test_each_place_counts_the_lines_left_free_there():
    above, below = Place("s1-2", Spot.above), Place("s1-2", Spot.below)
    settled = Settled({"s1-2": Remedy((above, below, above)), "s1-3": Remedy((below,))})
    assert (settled.lines(above), settled.lines(below)) == (2, 2)
    assert settled.lines(Place("s1-2", Spot.above, 1)) == 0


def test_a_paragraph_goes_over_whole_only_where_that_is_said(files):
    one = item(1, short=1, long=9, kind=ItemKind.news)
    assert Settled({"s1-1": Remedy(whole=True)}).kept(one, 1) == {1: Kept(with_next=True)}
    assert Settled({"s1-1": Remedy()}).kept(one, 1) == {}
    assert Settled().kept(one, 1) == {}


def test_where_nobody_sees_the_pages_word_keeps_two_lines_with_the_attachment(files):
    document = issue_of(files, item(1, short=1, long=9, kind=ItemKind.news))
    kept = {
        pinned: _kept(render_docx(document, PROFILE, files, numbers={}, pinned=pinned))
        for pinned in (True, False)
    }
    assert kept == {True: ["keepNext"], False: []}


def _kept(docx: bytes) -> list[str]:
    root = etree.fromstring(zipfile.ZipFile(io.BytesIO(docx)).read("word/document.xml"))
    last = next(p for p in root.iter(qualified("w:p")) if "".join(p.itertext()).startswith(LINE))
    found = [qualified(f"w:{name}") for name in ("keepNext", "keepLines")]
    return [
        each.tag.partition("}")[2] for each in last.find(qualified("w:pPr")) if each.tag in found
    ]
