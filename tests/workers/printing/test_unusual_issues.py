"""Issues that no office expects, the whole way: rows, 付印检查, the export's task, finished files.

What each edition makes of such items is held in tests/assembler/press/test_unusual_items.py; here
an editor's way is gone, in both profiles and every format, and what the editor is told is looked
at.
"""

import html
import io
import re
import zipfile
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from lxml import etree
from PIL import Image
from sqlmodel import select

from editor.desk import assets, exports, issues, items, preflight, publications
from editor.desk.exports import FORMATS
from editor.errors import Invalid
from editor.profile import read_profile
from editor.store.models import Export, Issue, id_of
from editor.text.document import (
    AnyBlock,
    Attachment,
    BookEntry,
    Cell,
    Figure,
    Paragraph,
    Table,
    Text,
    paragraph,
)
from editor.workflow import ExportState
from tests.cast import NOW
from tests.fakes import make_workshop
from workers.printing.export import render
from workers.workshop import Workshop

PROFILES = Path(__file__).parents[3] / "config" / "publications"
PAPER = ("pdf", "docx", "zip")
READ = ("pdf", "docx", "web", "epub")
LONG_HEADLINE = (
    "云州市人民政府办公室关于印发《云州市加快推进港口岸线综合整治与临港产业协同发展三年行动计划"
    "（二〇三四至二〇三六年）》的通知全文"
)
RARE = "鳀琍祎𠮷㛃𣲗喆堃龑頔"


class Desk:
    """An office with one open issue, and the worker that prints it."""

    def __init__(self, shop: Workshop, profile: str) -> None:
        self.shop = shop
        with shop.database.writing() as session:
            home = publications.load_profile(
                session,
                read_profile(PROFILES / f"{profile}.toml"),
                by=None,
                now=NOW,
                next_year=2026,
                next_number=7,
                next_total=61,
            )
            self.issue = id_of(issues.open_issue(session, home, by=None, now=NOW))
            session.commit()

    def add(self, *blocks: AnyBlock, headline: str = "望川：码头完工", section: int = 0, **more):
        """Type an item."""
        values = {"source_line": "云州日报", "dated_on": date(2026, 7, 3), "byline": "沈望川"}
        fields = items.ItemFields(headline=headline, blocks=blocks, **(values | more))
        with self.shop.database.writing() as session:
            place = issues.sections_of(session, session.get_one(Issue, self.issue))[section]
            items.new_item(session, place, fields=fields, by=None, now=NOW)
            session.commit()

    def upload(self, content: bytes) -> str:
        """Upload a picture."""
        with self.shop.database.writing() as session:
            asset = assets.add_asset(session, self.shop.files, content)
            session.commit()
            return asset.sha256

    def told(self) -> dict[str, str]:
        """Return what 付印检查 says, by code, apart from the sections left out."""
        with self.shop.database.reading() as session:
            issue = session.get_one(Issue, self.issue)
            report = preflight.inspect(session, issue, files=self.shop.files)
        return {
            each.finding.code: each.finding.chinese
            for each in report.found
            if each.finding.code != "section_left_out"
        }

    def export(self, format: str) -> Export:
        """Ask for a format, let the task print it and return its row."""
        with self.shop.database.writing() as session:
            issue = session.get_one(Issue, self.issue)
            export = exports.request_export(session, issue, format, by=None, now=NOW)
            session.commit()
            number = id_of(export)
        render(self.shop, number)
        with self.shop.database.reading() as session:
            return session.exec(select(Export).where(Export.id == number)).one()

    def texts(self, formats: Iterable[str] = READ) -> dict[str, str]:
        """Export each format, which must succeed, and return its text without white space."""
        found = {}
        for format in formats:
            export = self.export(format)
            assert export.state is ExportState.done, (format, export.error)
            found[format] = READERS[format](self.shop.files.get(export.asset or ""))
        return found


def bare(text: str) -> str:
    return re.sub(r"[\s\u200b\u2060]+", "", text)


def of_pdf(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as opened:
        return bare("".join(page.get_textpage().get_text_range() for page in opened))


def of_word(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    return bare("".join(root.itertext("{*}t")))


def of_markup(content: bytes) -> str:
    return bare(html.unescape(re.sub(r"<[^>]+>", "", content.decode("utf-8"))))


def of_book(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        pages = [name for name in sorted(archive.namelist()) if name.endswith(".xhtml")]
        return "".join(of_markup(archive.read(name)) for name in pages)


READERS: dict[str, Callable[[bytes], str]] = {
    "pdf": of_pdf,
    "docx": of_word,
    "web": of_markup,
    "epub": of_book,
}


@pytest.fixture(params=["digest", "review"])
def desk(request, sqlite_database, tmp_path):
    shop = make_workshop(sqlite_database, tmp_path, {}, soffice="no-such-office")
    return Desk(shop, request.param)


def cells(*texts: str, header: bool = False) -> tuple[Cell, ...]:
    return tuple(Cell(content=(Text(text=text),), header=header) for text in texts)


def drawn(width: int, height: int, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#3b6ea5").save(out, kind)
    return out.getvalue()


# --- what is printed -----------------------------------------------------------------------------


def test_a_headline_of_sixty_characters_is_in_contents_and_text(desk):
    desk.add(paragraph("正文。"), headline=LONG_HEADLINE)
    assert desk.told() == {}
    for format, text in desk.texts().items():
        assert text.count(LONG_HEADLINE) >= 2, format


def test_an_item_of_nine_thousand_characters_loses_none(desk):
    marks = [f"第{number}号泊位通过验收，岸线长两公里。" for number in range(1, 500)]
    text = "".join(marks)[:9000]
    desk.add(paragraph(text))
    whole = [mark for mark in marks if mark in text]
    for format, found in desk.texts().items():
        # a page may end within a sentence
        missing = [mark for mark in whole if mark not in found]
        assert len(missing) <= (30 if format == "pdf" else 0), (format, missing[:3])
        assert found.count("号泊位") + len(missing) >= len(whole)


def test_a_table_of_two_hundred_rows_keeps_them_all_and_says_what_wechat_cannot_take(desk):
    rows = [cells(f"第{n}园区", str(n), f"{n / 7:.2f}") for n in range(1, 201)]
    head = cells("园区", "企业数", "产值", header=True)
    desk.add(paragraph("见表1。"), Table(rows=(head, *rows), caption="表1 园区产值"))
    for format, text in desk.texts().items():
        assert all(f"第{n}园区" in text for n in range(1, 201)), format
    wechat = desk.export("wechat")
    assert wechat.state is ExportState.done
    assert any("公众号须少于 20000 个" in finding["chinese"] for finding in wechat.findings)


def test_a_table_of_fourteen_columns_is_set_smaller_and_the_editor_is_told(desk):
    names = [f"{month}月产值" for month in range(1, 13)]
    rows = [cells(f"第{n}园", *(f"{n * m / 3:.1f}" for m in range(1, 13)), "9") for n in (1, 2)]
    head = cells("园区", *names, "合计", header=True)
    desk.add(paragraph("见表1。"), Table(rows=(head, *rows), caption="表1 各月产值"))
    assert list(desk.told()) == ["small_table"]
    for format, text in desk.texts().items():
        assert "第2园" in text, format


def test_a_table_too_wide_for_any_page_is_stopped_before_paper_and_goes_on_screens(desk):
    rows = (cells(*(f"{n}.5" for n in range(30))),)
    desk.add(Table(rows=(cells(*(f"列{n}" for n in range(30)), header=True), *rows)))
    assert "叠在一起" in desk.told()["wide_table"]
    assert [desk.export(format).state for format in PAPER] == [ExportState.failed] * 3
    assert set(desk.texts(["web", "epub"])) == {"web", "epub"}


def test_a_picture_of_eight_thousand_pixels_is_printed(desk):
    desk.add(
        paragraph("见图1。"),
        Figure(asset=desk.upload(drawn(8000, 4000)), caption="图1 航拍"),
    )
    assert desk.told() == {}
    for format, text in desk.texts().items():
        assert "图1航拍" in text, format
    assert desk.export("pdf").size < 1_000_000


def test_a_broken_picture_is_refused_at_the_upload(desk):
    with pytest.raises(Invalid, match="不是可用的图片"):
        desk.upload(b"\x89PNG\r\n\x1a\nbroken")


@pytest.mark.parametrize("damage", ["gone", "cut off"])
def test_a_picture_that_a_disk_lost_stops_every_format_with_its_name(desk, damage):
    sha256 = desk.upload(drawn(900, 600))
    desk.add(paragraph("见图1。"), Figure(asset=sha256, caption="图1 码头"))
    assert desk.told() == {}
    path = desk.shop.files.path(sha256)
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:200])
    [sentence] = desk.told().values()
    assert "图1 码头" in sentence and "望川：码头完工" in sentence
    for format in FORMATS:
        export = desk.export(format)
        assert (export.state, "图1 码头" in export.error) == (ExportState.failed, True), format


def test_a_book_without_a_cover_is_printed_and_told(desk):
    book = BookEntry(
        title="观潮", author="张学军", publisher="云州社", summary="好。", reason="荐。"
    )
    desk.add(book, headline="图书推荐", section=-1)
    assert "观潮" in desk.told()["book_without_cover"]
    for format, text in desk.texts().items():
        assert "观潮" in text and "张学军" in text, format


def test_an_empty_section_is_told_and_not_printed(desk):
    desk.add(paragraph("正文。"))
    with desk.shop.database.writing() as session:
        issue = session.get_one(Issue, desk.issue)
        issues.add_section(session, issue, "防汛专栏", by=None, now=NOW)
        session.commit()
    assert "防汛专栏" in desk.told()["empty_section"]
    for format, text in desk.texts().items():
        assert "防汛专栏" not in text, format


def test_one_item_is_an_issue_in_every_format(desk):
    desk.add(paragraph("正文。"))
    assert desk.told() == {}
    states = {format: desk.export(format).state for format in FORMATS}
    assert set(states.values()) == {ExportState.done}, states


@pytest.mark.slow
def test_four_hundred_items_are_all_there(desk):
    with desk.shop.database.reading() as session:
        count = len(issues.sections_of(session, session.get_one(Issue, desk.issue)))
    for number in range(400):
        desk.add(
            paragraph("云州港一期工程通过验收。" * (number % 17 + 1)),
            headline=f"望川：第{number}号码头完工",
            # the last is for books
            section=number * (count - 1) // 400,
        )
    for format, text in desk.texts().items():
        assert all(f"第{number}号码头完工" in text for number in range(400)), format


def test_latin_text_alone_is_set(desk):
    sentence = "The harbour authority of Yunzhou opened its second terminal in June. "
    desk.add(paragraph(sentence * 40), headline="Harbour authority opens second terminal")
    for format, text in desk.texts().items():
        assert text.count("secondterminalinJune.") >= 36, format
    assert desk.texts(["web"])["web"].count("secondterminalinJune.") == 40


def test_an_emoji_stops_paper_with_its_place_and_goes_on_screens(desk):
    desk.add(paragraph("完工😀。"))
    sentence = desk.told()["missing_glyph"]
    assert "😀" in sentence and "《望川：码头完工》" in sentence
    for format in PAPER:
        assert desk.export(format).state is ExportState.failed
    assert all("完工😀" in text for text in desk.texts(["web", "epub"]).values())


def test_rare_characters_of_names_are_printed_everywhere(desk):
    desk.add(
        paragraph(f"由{RARE}完成。"),
        Table(rows=(cells("姓名", header=True), cells(RARE))),
        headline=f"{RARE}：获奖",
        attachments=(Attachment(label=RARE, url="https://www.yunzhou.example/1"),),
    )
    assert desk.told() == {}
    for format, text in desk.texts().items():
        assert text.count(RARE) >= 5, format


def test_quotes_in_the_wrong_direction_stay_as_they_were_typed(desk):
    text = "他说：”第一批名单“已公布，与’补遗‘另行印发。"
    desk.add(paragraph(text))
    for format, found in desk.texts().items():
        assert text in found, format


def test_an_address_of_three_hundred_characters_is_printed_whole(desk):
    url = "https://www.yunzhou.example/zwgk/" + "a1b2c3d4" * 32 + "?id=20340622001&from=list"
    line = Paragraph(content=(Text(text="详见"), Text(text=url, href=url)))
    desk.add(line, attachments=(Attachment(label="《计划》", url=url),))
    assert list(desk.told()) == ["enlarged_code"]
    for format, text in desk.texts().items():
        assert text.count(url) >= 2, format
