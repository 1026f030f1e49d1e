"""The Word edition of both sample issues, read back with python-docx and as raw XML."""

import io
import zipfile

import pytest
from docx import Document
from lxml import etree
from PIL import ImageFont

from editor.assembler.contents import entries
from editor.assembler.finished.checks import check_docx
from editor.assembler.fonts import FILES
from editor.assembler.headlines import full_lines
from editor.assembler.looks import LOOKS
from editor.assembler.phrases import tidy
from editor.assembler.word.edition import render_docx
from editor.assembler.word.fonts import obfuscated
from editor.assembler.word.ooxml import RANKS, qualified
from editor.errors import Unusable
from editor.store.files import FileStore
from editor.text.document import (
    Article,
    BookEntry,
    Cell,
    Figure,
    FormulaBlock,
    ListBlock,
    Mark,
    PageBreak,
    Paragraph,
    Part,
    Quote,
    Role,
    Table,
    Text,
    block_lines,
    paragraph,
)
from tests.assembler import sample

W = qualified


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> FileStore:
    return FileStore(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def digest(files):
    return sample.digest(files)


@pytest.fixture(scope="module")
def content(digest, files) -> bytes:
    numbers = {line.anchor: n for n, line in enumerate(entries(digest, PROFILE), start=1)}
    return render_docx(digest, PROFILE, files, numbers=numbers, pinned=False)


PROFILE = sample.digest_profile()


def xml(content: bytes, name: str = "word/document.xml"):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return etree.fromstring(archive.read(name))


def text_of(node) -> str:
    return "".join(child.text or "" for child in node.iter(W("w:t")))


def render(files, document, profile=PROFILE, **options) -> bytes:
    return render_docx(document, profile, files, **{"numbers": {}, "pinned": False} | options)


def with_blocks(document, *blocks):
    """Return the document with one section of one item made of these blocks."""
    article = Article(anchor="s1-1", headline="临澜：码头改造完工", blocks=blocks)
    part = Part(anchor="s1", name="热点关注", articles=(article,))
    return document.model_copy(update={"parts": (part,)})


# --- the whole file ------------------------------------------------------------------------------


def test_python_docx_reads_the_issues_text_by_style_name(content, digest):
    read = Document(io.BytesIO(content))
    by_style: dict[str, list[str]] = {}
    for part in read.paragraphs:
        by_style.setdefault(part.style.name, []).append(part.text)
    assert by_style["Heading 1"] == [part.name for part in digest.parts[:-1]]
    assert by_style["Solo Section"] == [digest.parts[-1].name]
    headlines = [a.headline for part in digest.parts[:-1] for a in part.articles]
    assert ["".join(t.split()) for t in by_style["Heading 2"]] == [
        "".join(text.split()) for text in headlines
    ]
    body = [
        "".join(block_lines(block))
        for article in digest.articles()
        for block in article.blocks
        if isinstance(block, Paragraph) and block.role is Role.body
    ]
    assert by_style["Issue Body"] == list(map(tidy, body))


def test_the_same_issue_gives_the_same_bytes(content, digest, files):
    numbers = {line.anchor: n for n, line in enumerate(entries(digest, PROFILE), start=1)}
    assert render(files, digest, numbers=numbers) == content


def test_every_part_is_in_schema_order(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xml")]
    for name in (name for name in names if name.startswith("word/")):
        for parent in xml(content, name).iter(*RANKS):
            ranks = [RANKS[parent.tag][child.tag] for child in parent]
            assert ranks == sorted(ranks), (name, parent.tag)


def test_nothing_of_a_foreign_template_is_left(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        everything = b"".join(archive.read(name) for name in names if name.endswith(".xml"))
    assert not [name for name in names if "theme" in name or "customXml" in name]
    assert "docProps/thumbnail.jpeg" not in names
    for word in (b"asciiTheme", b"ja-JP", b"docGrid", b"updateFields", b"w:dirty"):
        assert word not in everything


def test_ids_are_unique_and_every_relation_resolves(content):
    root = xml(content)
    drawings = [node.get("id") for node in root.iter(W("wp:docPr"))]
    bookmarks = [node.get(W("w:id")) for node in root.iter(W("w:bookmarkStart"))]
    assert len(set(drawings)) == len(drawings) > 0
    assert len(set(bookmarks)) == len(bookmarks) > 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        relations = etree.fromstring(archive.read("word/_rels/document.xml.rels"))
    known = {relation.get("Id") for relation in relations}
    used = {
        value
        for node in root.iter()
        for key, value in node.attrib.items()
        if key in (W("r:id"), W("r:embed"))
    }
    assert used <= known
    inside = [r.get("Target") for r in relations if r.get("TargetMode") != "External"]
    assert {f"word/{target}" for target in inside} <= names


def test_every_picture_says_what_it_shows(content):
    pictures = list(xml(content).iter(W("wp:docPr")))
    assert pictures
    assert all(node.get("descr").strip() for node in pictures)


def test_the_styles_carry_their_contractual_names(content):
    names = {
        style.find(W("w:name")).get(W("w:val"))
        for style in xml(content, "word/styles.xml").iter(W("w:style"))
    }
    assert {look.name for look in LOOKS} <= names
    assert {"heading 2", "toc 1", "toc 2", "footnote text", "Issue Body", "Source Line"} <= names


def test_office_names_bring_their_latin_face_and_their_alternative(digest, files):
    fonts = PROFILE.fonts.model_copy(update={"office_names": True})
    made = render(files, digest, PROFILE.model_copy(update={"fonts": fonts}))
    table = {
        font.get(W("w:name")): font.find(W("w:altName")) for font in xml(made, "word/fontTable.xml")
    }
    assert table["宋体"].get(W("w:val")) == "SimSun"
    assert "Times New Roman" in table


@pytest.mark.slow
def test_embedded_fonts_are_hidden_by_their_key_and_named_in_the_table(digest, files):
    fonts = PROFILE.fonts.model_copy(update={"embed_in_docx": True})
    made = render(files, digest, PROFILE.model_copy(update={"fonts": fonts}))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        embedded = [name for name in archive.namelist() if name.endswith(".odttf")]
        hidden = archive.read("word/fonts/NotoSansSC-Bold.odttf")
    assert len(embedded) == 5
    node = xml(made, "word/fontTable.xml").find(f"{W('w:font')}[@{W('w:name')}='Noto Sans SC']")
    key = node.find(W("w:embedBold")).get(W("w:fontKey")).strip("{}")
    shown = obfuscated(hidden, key)
    assert shown[:4] == FILES["Noto Sans SC"][1].read_bytes()[:4]
    assert ImageFont.truetype(io.BytesIO(shown), 20).getname() == ("Noto Sans SC", "Bold")


# --- contents ------------------------------------------------------------------------------------


def field_kinds(root) -> list[str]:
    return [node.get(W("w:fldCharType")) for node in root.iter(W("w:fldChar"))]


def test_the_contents_are_a_balanced_field_in_a_content_control(content):
    control = xml(content).find(f".//{W('w:sdt')}")
    gallery = control.find(f".//{W('w:docPartGallery')}")
    assert gallery.get(W("w:val")) == "Table of Contents"
    kinds = field_kinds(control)
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end") > 1
    instructions = [node.text for node in control.iter(W("w:instrText"))]
    assert instructions[0] == r' TOC \o "1-2" \n "1-1" \t "Solo Section,3" \h \z '


def test_contents_with_numbers_on_section_lines_use_the_usual_field(digest, files):
    toc = PROFILE.toc.model_copy(update={"section_numbers": "all"})
    made = render(files, digest, PROFILE.model_copy(update={"toc": toc}))
    assert r' TOC \o "1-2" \h \z \u ' in [n.text for n in xml(made).iter(W("w:instrText"))]


def test_every_contents_line_leads_to_a_heading_and_shows_its_number(content, digest):
    root = xml(content)
    bookmarks = {node.get(W("w:name")) for node in root.iter(W("w:bookmarkStart"))}
    control = root.find(f".//{W('w:sdtContent')}")
    links = list(control.iter(W("w:hyperlink")))
    lines = entries(digest, PROFILE)
    assert len(links) == len(lines) == 16
    for number, (link, line) in enumerate(zip(links, lines, strict=True), start=1):
        assert link.get(W("w:anchor")) in bookmarks
        assert text_of(link) == line.text + (str(number) if line.numbered else "")


@pytest.mark.parametrize(
    "title, lines",
    [
        ("云州：出台专项政策", ["云州：出台专项政策"]),
        ("云州日报社发布二〇三四年十大新闻", ["云州日报社发布二〇三", "四年十大新闻"]),
        ("云州日报社年度发行量超2034万份", ["云州日报社年度发行量", "超2034万份"]),
        ("云州日报社发布白皮书，临澜跟进", ["云州日报社发布白皮", "书，临澜跟进"]),
        ("云州日报社发布了白皮书草案", ["云州日报社发布了白皮", "书草案"]),
    ],
)
def test_a_long_contents_line_breaks_before_the_numbers_column(title, lines):
    assert full_lines(title, 10) == lines


def test_a_contents_line_of_two_clauses_leaves_no_few_characters_over():
    title = "青屿：印发交通领域光伏推广实施方案 打造典型应用场景"
    assert full_lines(title, 22) == title.split(" ")
    assert full_lines(title, 14) == ["青屿：印发交通领域光伏推广实", "施方案 打造典型应用场景"]


def test_the_gap_between_chinese_and_figures_is_left_to_the_layout(files):
    runs = (Text(text="自 "), Text(text="2034", marks=(Mark.strong,)), Text(text=" 年起， 另行"))
    article = Article(anchor="s1-1", headline="通知", blocks=(Paragraph(content=runs),))
    part = Part(anchor="s1", name="热点关注", articles=(article,))
    made = render(files, sample.digest(files).model_copy(update={"parts": (part,)}), PROFILE)
    assert "自2034年起， 另行" in [p.text for p in Document(io.BytesIO(made)).paragraphs]


def test_leaders_end_at_the_text_width(content):
    tabs = xml(content).find(f".//{W('w:sdtContent')}").iter(W("w:tab"))
    places = {tab.get(W("w:pos")) for tab in tabs if tab.get(W("w:leader")) == "dot"}
    assert places == {str(round(PROFILE.page.text_width * 20))}


def test_contents_on_the_cover_carry_no_number_and_run_groups_in(files):
    document = sample.review(files)
    made = render(files, document, sample.review_profile())
    root = xml(made)
    assert root.find(f".//{W('w:sdt')}") is None
    lines = [p.text for p in Document(io.BytesIO(made)).paragraphs if p.style.name == "toc 2"]
    first = document.parts[0]
    assert lines[0] == f"{first.name}：{first.articles[0].headline}"
    assert lines[1] == first.articles[1].headline


def test_long_contents_are_set_smaller_to_stay_on_the_cover(files):
    review, profile = sample.review(files), sample.review_profile()
    articles = tuple(
        Article(anchor=f"s1-{number}", headline=f"三湾地区重点产业链协同研究之{number}")
        for number in range(1, 41)
    )
    part = Part(anchor="s1", name="综合观察", articles=articles)
    made = render(files, review.model_copy(update={"parts": (part,)}), profile)
    lines = [p for p in Document(io.BytesIO(made)).paragraphs if p.style.name == "toc 2"]
    assert len(lines) == 40
    page = profile.page
    pitch = lines[1].paragraph_format.line_spacing.pt
    assert 40 * pitch < page.height - page.top - page.bottom - 200


# --- pages ---------------------------------------------------------------------------------------


def sections(content: bytes) -> list:
    return list(xml(content).iter(W("w:sectPr")))


def test_contents_count_in_roman_and_the_body_restarts_once(content, digest):
    counts = [
        (node.get(W("w:fmt")), node.get(W("w:start")))
        for section in sections(content)
        for node in section.iter(W("w:pgNumType"))
    ]
    plain = ("decimal", None)
    assert counts[:4] == [plain, plain, ("lowerRoman", "1"), ("decimal", "1")]
    assert counts[4:] == [plain] * (len(digest.parts) - 1)


def test_cover_and_masthead_page_have_no_furniture(content):
    cover, masthead, contents = sections(content)[:3]
    assert not list(cover.iter(W("w:headerReference"), W("w:footerReference")))
    assert not list(masthead.iter(W("w:headerReference"), W("w:footerReference")))
    assert list(contents.iter(W("w:footerReference")))


def test_each_section_has_its_own_running_head(content, digest):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        heads = [name for name in archive.namelist() if name.startswith("word/header")]
        texts = [text_of(etree.fromstring(archive.read(name))) for name in heads]
    assert {part.name for part in digest.parts} == {
        next(part.name for part in digest.parts if text.endswith(part.name)) for text in texts
    }


def test_pinned_items_open_a_page_with_their_number(digest, files):
    numbers = {line.anchor: 3 * n for n, line in enumerate(entries(digest, PROFILE), start=1)}
    made = render(files, digest, numbers=numbers, pinned=True)
    starts = [s.find(W("w:pgNumType")).get(W("w:start")) for s in sections(made)[3:]]
    first_of_part = {part.articles[0].anchor: part.anchor for part in digest.parts}
    wanted = [
        str(numbers[first_of_part.get(article.anchor, article.anchor)])
        for article in digest.articles()
    ]
    assert starts == wanted


def test_sections_run_on_where_the_profile_says_so(digest, files):
    run_on = PROFILE.sections.model_copy(update={"page_break": False})
    made = render(files, digest, PROFILE.model_copy(update={"sections": run_on}))
    kinds = [s.find(W("w:type")).get(W("w:val")) for s in sections(made)]
    assert kinds == ["nextPage"] * 4 + ["continuous"] * (len(digest.parts) - 1)


def test_every_table_cell_holds_a_paragraph(content):
    assert all(cell.find(W("w:p")) is not None for cell in xml(content).iter(W("w:tc")))


def test_a_section_ends_in_its_last_paragraph_not_in_an_empty_one(digest, files):
    made = render(files, digest)
    for holder in xml(made).iter(W("w:p")):
        properties = holder.find(W("w:pPr"))
        if properties.find(W("w:sectPr")) is None or text_of(holder):
            continue
        spacing = properties.find(W("w:spacing"))
        picture_or_field = holder.find(f".//{W('w:r')}") is not None
        assert picture_or_field or spacing.get(W("w:line")) == "20"


# --- blocks --------------------------------------------------------------------------------------


def test_merged_cells_span_rows_and_columns(digest, files):
    made = xml(render(files, with_blocks(digest, sample.merged_table())))
    table = next(t for t in made.iter(W("w:tbl")) if t.find(f".//{W('w:gridSpan')}") is not None)
    rows = table.findall(W("w:tr"))
    merges = [
        [merge.get(W("w:val"), "continue") for merge in row.iter(W("w:vMerge"))] for row in rows
    ]
    assert merges == [["restart"], ["continue"]] + [["restart"], ["continue"], ["continue"]] * 2
    for row in rows:
        spans = [int(s.get(W("w:val"))) for s in row.iter(W("w:gridSpan"))]
        cells = len(row.findall(W("w:tc")))
        assert cells + sum(span - 1 for span in spans) == 3
    assert len(list(table.iter(W("w:tblHeader")))) == 2


def test_columns_fill_the_text_width_and_cells_repeat_their_widths(digest, files):
    made = xml(render(files, with_blocks(digest, sample.wide_table())))
    table = next(t for t in made.iter(W("w:tbl")) if len(t.findall(f".//{W('w:gridCol')}")) == 9)
    columns = [int(c.get(W("w:w"))) for c in table.iter(W("w:gridCol"))]
    assert sum(columns) == pytest.approx(PROFILE.page.text_width * 20, abs=9)
    for row in table.findall(W("w:tr")):
        assert [int(c.get(W("w:w"))) for c in row.iter(W("w:tcW"))] == columns
    assert table.find(f".//{W('w:tblLayout')}").get(W("w:type")) == "fixed"


def test_only_short_rows_are_kept_whole(digest, files):
    rows = (
        (Cell(content=(Text(text="长"),)), Cell(content=(Text(text="云州" * 400),))),
        (Cell(content=(Text(text="短"),)), Cell(content=(Text(text="临澜"),))),
    )
    made = xml(render(files, with_blocks(digest, Table(rows=rows))))
    table = next(t for t in made.iter(W("w:tbl")) if text_of(t).startswith("长"))
    whole = [r.find(f"{W('w:trPr')}/{W('w:cantSplit')}") is not None for r in table.iter(W("w:tr"))]
    assert whole == [False, True]


def test_footnotes_lie_in_their_own_part_and_count_from_one(content):
    notes = {
        note.get(W("w:id")): text_of(note).strip() for note in xml(content, "word/footnotes.xml")
    }
    references = [n.get(W("w:id")) for n in xml(content).iter(W("w:footnoteReference"))]
    assert references == ["1", "2"]
    assert list(notes)[:2] == ["-1", "0"]
    assert notes["1"].startswith("参见云州大学课题组")


def test_every_attachment_has_a_code_a_label_and_a_printed_link(content, digest):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode()
    text = text_of(xml(content))
    for article in digest.articles():
        for item in article.attachments:
            assert f"{PROFILE.attachment.label}{item.label}" in text
            assert item.url in text
            assert item.url.replace("&", "&amp;") in relations


def test_lists_count_each_from_one(digest, files):
    items = ((Text(text="甲"),), (Text(text="乙"),))
    lists = (ListBlock(ordered=True, items=items), ListBlock(ordered=True, items=items))
    made = render(files, with_blocks(digest, *lists, ListBlock(items=items)))
    used = [n.get(W("w:val")) for n in xml(made).iter(W("w:numId"))]
    assert used == ["2", "2", "3", "3", "1", "1"]
    overrides = list(xml(made, "word/numbering.xml").iter(W("w:startOverride")))
    assert len(overrides) == 2


def test_a_page_break_opens_a_page_with_the_next_paragraph(digest, files):
    made = render(files, with_blocks(digest, paragraph("前"), PageBreak(), paragraph("后")))
    breaks = {
        text_of(p)
        for p in xml(made).iter(W("w:p"))
        if p.find(f"{W('w:pPr')}/{W('w:pageBreakBefore')}") is not None
    }
    assert breaks == {"后"}


@pytest.mark.parametrize(
    "block, words",
    [
        (Quote(paragraphs=((Text(text="“先进水平”"),),)), "“先进水平”"),
        (FormulaBlock(source="y = ax² + b"), "y = ax² + b"),
        (BookEntry(title="观潮", author="林望"), "观潮/林望"),
        (Figure(caption="图1：未取得的图片"), "图1：未取得的图片"),
        (paragraph("第一行\n第二行", Role.kicker), "第一行第二行"),
    ],
)
def test_every_block_prints_its_words(digest, files, block, words):
    assert words in text_of(xml(render(files, with_blocks(digest, block))))


def test_a_book_cover_and_a_figure_are_fitted_not_enlarged(digest, files):
    chart = digest.assets[0]
    made = render(files, with_blocks(digest, Figure(asset=chart.sha256, alt="柱状图")))
    extent = next(
        node.getparent().find(W("wp:extent"))
        for node in xml(made).iter(W("wp:docPr"))
        if node.get("descr") == "柱状图"
    )
    width = int(extent.get("cx")) / 12700
    assert width <= PROFILE.figure.max_width_mm * 72 / 25.4 + 0.01
    assert int(extent.get("cx")) * chart.height == pytest.approx(
        int(extent.get("cy")) * chart.width, rel=1e-4
    )


def test_a_two_clause_headline_breaks_at_its_clause_when_it_is_long(digest, files):
    long = "上海：加快元宇宙技术体系化突破工作方案发布实施 主攻沉浸式技术与新一代网络技术方向"
    part = Part(anchor="s1", name="热点", articles=(Article(anchor="s1-1", headline=long),))
    made = render(files, digest.model_copy(update={"parts": (part,)}))
    heading = next(p for p in Document(io.BytesIO(made)).paragraphs if p.style.name == "Heading 2")
    assert heading.text.split("\n") == long.split(" ")


def test_a_line_that_is_missing_leaves_no_stray_paragraph(digest, files):
    made = Document(io.BytesIO(render(files, with_blocks(digest, paragraph("正文")))))
    styles = {p.style.name for p in made.paragraphs}
    assert not styles & {"Source Line", "Byline", "Subtitle Line"}


@pytest.mark.parametrize(
    ("place", "ends"), [("own", "正文。"), ("run_in", "正文。（执笔：单云溪）")]
)
def test_a_byline_stands_alone_or_ends_the_last_paragraph(files, place, ends):
    profile = sample.review_profile()
    rules = profile.item.model_copy(update={"byline_place": place})
    article = Article(
        anchor="s1-1", headline="研究", byline="执笔：单云溪", blocks=(paragraph("正文。"),)
    )
    document = sample.review(files).model_copy(
        update={"parts": (Part(anchor="s1", name="综合观察", articles=(article,)),)}
    )
    content = render_docx(
        document, profile.model_copy(update={"item": rules}), files, numbers={}, pinned=False
    )
    texts = [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]
    assert ends in texts
    assert ("（执笔：单云溪）" in texts) == (place == "own")


def test_the_digest_prints_no_byline(digest, files):
    first = digest.parts[0].articles[0].model_copy(update={"byline": "柳白帆"})
    part = digest.parts[0].model_copy(update={"articles": (first,)})
    document = digest.model_copy(update={"parts": (part,)})
    assert "柳白帆" not in text_of(xml(render(files, document)))
    assert "柳白帆" in text_of(xml(render(files, document, sample.review_profile())))


# --- the checks ----------------------------------------------------------------------------------


def test_a_finished_file_passes_its_checks(content, digest):
    passed = check_docx(content, digest, PROFILE)
    assert passed[:3] == ["V01", "V02", "V03"] and len(passed) == 10


def test_a_file_of_another_issue_fails_its_checks(content, digest):
    other = with_blocks(digest, paragraph("正文"))
    with pytest.raises(Unusable, match="稿件齐全"):
        check_docx(content, other, PROFILE)


def test_a_picture_that_the_issue_does_not_have_leaves_its_caption(files):
    figure = Figure(asset="cd" * 32, caption="图 1 临澜市各区产值")
    book = BookEntry(title="海岸与市镇", cover="ce" * 32)
    article = Article(anchor="one", headline="各区产值", blocks=(figure, book))
    document = sample.review(files).model_copy(
        update={"parts": (Part(anchor="part", name="观察", articles=(article,)),)}
    )
    word = render_docx(document, sample.review_profile(), files, numbers={}, pinned=False)
    opened = Document(io.BytesIO(word))
    assert any("临澜市各区产值" in line.text for line in opened.paragraphs)
    assert any("海岸与市镇" in table.cell(0, 1).text for table in opened.tables)
    assert len(opened.inline_shapes) <= 1  # the code of the masthead
