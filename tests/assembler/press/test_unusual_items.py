"""Items that no office expects, each printed as PDF and as Word and checked as a finished file."""

import io
import zipfile
from datetime import date

import pypdfium2
import pytest
from docx import Document
from lxml import etree
from PIL import Image

from editor.assembler.contents import entries
from editor.assembler.finished.checks import check_docx, check_pdf
from editor.assembler.preflight.issue import check
from editor.assembler.press.typeset import typeset
from editor.assembler.word.edition import render_docx
from editor.errors import Invalid
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import (
    AnyBlock,
    Article,
    AssetRef,
    Attachment,
    BookEntry,
    Figure,
    IssueDocument,
    Part,
    Quote,
    Table,
    Text,
    paragraph,
)
from editor.workflow import ItemKind
from tests.assembler import sample
from tests.assembler.word.schema import schema_faults

LONG_HEADLINE = (
    "云州市人民政府办公室关于印发《云州市加快推进港口岸线综合整治与临港产业协同发展三年行动计划"
    "（二〇三四至二〇三六年）》的通知全文"
)
RARE = "鳀琍祎𠮷㛃𣲗喆堃龑頔"
PROFILE = sample.digest_profile()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return FileStore(tmp_path_factory.mktemp("files"))


def item(anchor: str, *blocks: AnyBlock, headline: str = "望川：码头完工", **more) -> Article:
    values = {"source_line": "云州日报", "dated_on": date(2034, 6, 20)} | more
    return Article(anchor=anchor, headline=headline, blocks=blocks, **values)


def issue(*parts: Part, **changes) -> IssueDocument:
    values = {
        "publication": PROFILE.name,
        "slug": PROFILE.slug,
        "year": 2034,
        "number": 7,
        "total_number": 31,
        "dated_on": date(2034, 7, 15),
        "label_lines": ("2034 年 第七期",),
        "window_line": "本期刊物信息搜集时间：2034.06.16-2034.07.15",
        "parts": parts,
    }
    return IssueDocument(**(values | changes))


def one(*blocks: AnyBlock, assets=(), **more) -> IssueDocument:
    article = item("s1-1", *blocks, **more)
    return issue(Part(anchor="s1", name="热点关注", articles=(article,)), assets=assets)


class Both:
    """An issue in both editions, each of which has passed the checks of finished files."""

    def __init__(self, document: IssueDocument, files: FileStore, profile: Profile = PROFILE):
        self.pdf = typeset(document, profile, files)
        self.checked = check_pdf(self.pdf.pdf, document, profile, self.pdf.starts)
        self.word = render_docx(document, profile, files, numbers=self.pdf.starts, pinned=False)
        check_docx(self.word, document, profile)
        assert schema_faults(self.word, files.root) == []

    @property
    def pages(self) -> list[str]:
        with pypdfium2.PdfDocument(self.pdf.pdf) as opened:
            return [bare(page.get_textpage().get_text_range()) for page in opened]

    @property
    def words(self) -> str:
        with zipfile.ZipFile(io.BytesIO(self.word)) as archive:
            root = etree.fromstring(archive.read("word/document.xml"))
        return bare("".join(root.itertext("{*}t")))


def bare(text: str) -> str:
    return "".join(text.split())


def test_a_headline_of_sixty_characters_takes_lines_of_its_own(files):
    document = one(paragraph("正文。"), headline=LONG_HEADLINE)
    assert len(LONG_HEADLINE) >= 60
    both = Both(document, files)
    assert both.pages[-1].count(LONG_HEADLINE) == 1
    # in the contents and in the text
    assert both.words.count(LONG_HEADLINE) == 2


def test_an_item_of_nine_thousand_characters_runs_over_its_pages(files):
    sentence = "云州港一期工程通过验收，岸线长两公里。"
    text = sentence * (9000 // len(sentence) + 1)
    both = Both(one(paragraph(text[:9000])), files)
    assert both.pdf.pages >= 3 + 9000 // (36 * 31)
    assert both.words.count(sentence) == 9000 // len(sentence)


def test_a_table_of_two_hundred_rows_repeats_its_head_on_every_page(files):
    head = sample.cells("园区", "企业数", "产值", header=True)
    rows = tuple(sample.cells(f"第{n}园区", str(n), f"{n / 7:.2f}") for n in range(1, 201))
    both = Both(one(Table(rows=(head, *rows), caption="表 1 园区产值")), files)
    pages = [page for page in both.pages if "企业数" in page]
    assert len(pages) >= 7
    assert ["续表1" in page for page in pages] == [False, *[True] * (len(pages) - 1)]
    printed = "".join(pages)
    assert all(f"第{n}园区" in printed for n in range(1, 201))
    [table] = Document(io.BytesIO(both.word)).tables
    assert len(table.rows) == 201
    assert len(table._tbl.findall(".//{*}tblHeader")) == 1


def test_a_table_of_fourteen_columns_stays_inside_the_text(files):
    names = [f"{month}月产值" for month in range(1, 13)]
    head = sample.cells("园区", *names, "合计", header=True)
    rows = tuple(
        sample.cells(f"第{n}园", *(f"{n * month / 3:.1f}" for month in range(1, 13)), f"{n * 26}")
        for n in range(1, 6)
    )
    document = one(Table(rows=(head, *rows), caption="表 1 各月产值"))
    both = Both(document, files)
    assert "V11" in both.checked
    [table] = Document(io.BytesIO(both.word)).tables
    widths = [int(column.get(qualified("w"))) for column in table._tbl.tblGrid]
    assert sum(widths) <= PROFILE.page.text_width * 20 + 1
    assert len(widths) == 14
    assert {finding.code for finding in check(document, PROFILE)} & {"small_table", "wide_table"}


def qualified(name: str) -> str:
    return "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}" + name


def test_a_picture_of_eight_thousand_pixels_is_fitted_and_kept_whole(files):
    huge = picture(files, 8000, 6000)
    both = Both(one(Figure(asset=huge.sha256, caption="图 1 航拍"), assets=(huge,)), files)
    with pypdfium2.PdfDocument(both.pdf.pdf) as opened:
        page = opened[len(opened) - 1]
        [image] = [thing for thing in page.get_objects() if thing.type == 3]
        left, bottom, right, top = image.get_bounds()
    assert right - left == pytest.approx(110 / 25.4 * 72, abs=1)
    assert (right - left) / (top - bottom) == pytest.approx(8 / 6, abs=0.01)
    [shape] = Document(io.BytesIO(both.word)).inline_shapes
    assert shape.width.mm == pytest.approx(110, abs=0.5)


def picture(files: FileStore, width: int, height: int) -> AssetRef:
    output = io.BytesIO()
    Image.new("RGB", (width, height), "#3b6ea5").save(output, "JPEG", quality=40)
    sha256 = files.put(output.getvalue())
    return AssetRef(sha256=sha256, media_type="image/jpeg", width=width, height=height)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\nbroken", b"<html>404</html>", b""])
def test_a_broken_picture_is_named_in_a_sentence_in_both_editions(files, content):
    sha256 = files.put(content)
    broken = AssetRef(sha256=sha256, media_type="image/png", width=400, height=300)
    document = one(Figure(asset=sha256, caption="图 1 码头"), assets=(broken,))
    with pytest.raises(Invalid, match="图片"):
        typeset(document, PROFILE, files)
    with pytest.raises(Invalid, match="图片"):
        render_docx(document, PROFILE, files, numbers={}, pinned=False)


def test_a_picture_that_was_never_fetched_leaves_its_caption(files):
    figure = Figure(url="https://www.yunzhou.example/a.png", caption="图 1 码头")
    both = Both(one(figure), files)
    assert "图1码头" in both.pages[-1]
    assert "图1码头" in both.words


def test_a_book_without_a_cover_keeps_its_four_fields(files):
    book = BookEntry(
        title="观潮", author="张学军", publisher="云州出版社", published="2033-01",
        summary="港口与城市共同成长。", reason="资料翔实。",
    )  # fmt: skip
    article = item("s1-1", book, headline="图书推荐", kind=ItemKind.books)
    document = issue(Part(anchor="s1", name="图书推荐", articles=(article,)))
    both = Both(document, files)
    for text in ("观潮", "云州出版社", "港口与城市共同成长。", "资料翔实。"):
        assert text in both.pages[-1]
        assert text in both.words
    assert "book_without_cover" in {finding.code for finding in check(document, PROFILE)}


def test_a_cover_without_any_line_prints_the_name_alone(files):
    document = one(paragraph("正文。")).model_copy(
        update={"label_lines": (), "cover_lines": (), "publisher_lines": ()}
    )
    both = Both(document, files)
    assert both.pages[0] == PROFILE.name
    assert PROFILE.name in both.words


def test_an_empty_section_is_announced_and_left_out(files):
    full = Part(anchor="s1", name="热点关注", articles=(item("s1-1", paragraph("正文。")),))
    document = issue(full, Part(anchor="s2", name="行业动向", articles=()))
    assert "empty_section" in {finding.code for finding in check(document, PROFILE)}
    both = Both(document, files)
    assert both.pdf.starts == {"s1": 1, "s1-1": 1}
    assert "行业动向" not in both.words + "".join(both.pages)


def test_a_single_item_is_an_issue(files):
    both = Both(one(paragraph("正文。")), files)
    assert both.pdf.starts == {"s1": 1, "s1-1": 1}
    assert both.pdf.pages == 4


@pytest.mark.slow
def test_four_hundred_items_have_four_hundred_true_numbers(files):
    parts = tuple(
        Part(
            anchor=f"s{n}",
            name=f"栏目{n}",
            articles=tuple(
                item(
                    f"s{n}-{k}",
                    paragraph("云州港一期工程通过验收。" * (k % 17 + 1)),
                    headline=f"望川：第{n}之{k}号码头完工",
                )
                for k in range(1, 51)
            ),
        )
        for n in range(1, 9)
    )
    document = issue(*parts)
    both = Both(document, files)
    assert len(entries(document, PROFILE)) == 408
    assert {"V01", "V02", "V03", "V04", "V12"} <= set(both.checked)
    assert both.words.count("号码头完工") == 800


def test_latin_only_text_is_set_and_hyphens_are_not_invented(files):
    text = "The harbour authority of Yunzhou opened its second terminal in June. " * 12
    document = one(paragraph(text), headline="Harbour authority opens second terminal in June")
    both = Both(document, files)
    assert both.pages[-1].count("secondterminalinJune.") == 12
    assert both.words.count("secondterminalinJune.") == 12


@pytest.mark.parametrize("emoji", ["😀", "👩‍👩‍👧", "🇨🇳"])
def test_an_emoji_stops_both_prints_with_its_place(files, emoji):
    document = one(paragraph(f"完工{emoji}。"))
    findings = [finding for finding in check(document, PROFILE) if finding.grade == "block"]
    assert {finding.code for finding in findings} == {"missing_glyph"}
    with pytest.raises(Invalid, match="望川：码头完工"):
        typeset(document, PROFILE, files)


def test_rare_characters_of_names_are_printed_in_text_heads_and_tables(files):
    rows = (sample.cells("姓名", "单位", header=True), sample.cells(RARE, "云州大学"))
    document = one(
        paragraph(f"由{RARE}等人完成。"), Table(rows=rows), headline=f"{RARE}：获奖名单公布"
    )
    both = Both(document, files)
    assert both.pages[-1].count(RARE) == 3
    assert both.words.count(RARE) == 4
    assert not [finding for finding in check(document, PROFILE) if finding.code == "missing_glyph"]


def test_quotes_in_the_wrong_direction_are_printed_as_they_were_written(files):
    text = "他说：”第一批名单“已公布，『附录』与‘补遗’另行印发。"
    both = Both(one(paragraph(text), Quote(paragraphs=((Text(text=text),),))), files)
    assert both.pages[-1].count(text) == 2
    assert both.words.count(text) == 2


def test_an_address_of_three_hundred_characters_is_printed_linked_and_scanned(files):
    url = "https://www.yunzhou.example/zwgk/" + "a1b2c3d4" * 30 + "?id=20340622001&from=list"
    assert len(url) >= 290
    link = Attachment(label="《三年行动计划》", url=url)
    both = Both(one(paragraph("正文。"), attachments=(link,)), files)
    assert {"V07", "V08", "V11"} <= set(both.checked)
    assert url in both.pages[-1]
    with zipfile.ZipFile(io.BytesIO(both.word)) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode()
    assert url.replace("&", "&amp;") in relations
