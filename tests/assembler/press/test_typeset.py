"""The printed PDF: true page numbers, everything in its place, the same bytes every time."""

import ctypes
import re
from datetime import date

import pypdfium2
import pypdfium2.raw as raw
import pytest
import zxingcpp

from editor.assembler import fonts
from editor.assembler.headlines import NO_START
from editor.assembler.press.typeset import Press, typeset
from editor.errors import Invalid
from editor.store.files import FileStore
from editor.text.document import (
    Article,
    AssetRef,
    Attachment,
    Figure,
    FootnoteRef,
    Heading,
    IssueDocument,
    Paragraph,
    Part,
    Table,
    Text,
    block_lines,
    paragraph,
    plain,
)
from tests.assembler import sample


def bare(text):
    return re.sub(r"[\s.·…\u3000]+", "", text)


class Printed:
    """A typeset issue and what can be read on its pages."""

    def __init__(self, document, profile, files, **options):
        self.document, self.profile = document, profile
        self.result = typeset(document, profile, files, **options)
        self.pdf = pypdfium2.PdfDocument(self.result.pdf)
        self.texts = [page.get_textpage().get_text_range() for page in self.pdf]
        self.labels = [self.pdf.get_page_label(index) for index in range(len(self.pdf))]

    def page(self, number):
        """Return the text of the page that carries this printed number."""
        return self.texts[self.labels.index(str(number))]

    def item_text(self, article):
        """Return what is printed from the item's first page to the next item's."""
        first = self.labels.index(str(self.result.starts[article.anchor]))
        later = [
            start
            for anchor, start in self.result.starts.items()
            if start > self.result.starts[article.anchor]
        ]
        last = self.labels.index(str(min(later))) if later else len(self.texts) - 1
        return bare("".join(self.texts[first : last + 1]))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return FileStore(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def digest(files):
    return Printed(sample.digest(files), sample.digest_profile(), files)


@pytest.fixture(scope="module")
def review(files):
    return Printed(sample.review(files), sample.review_profile(), files)


def issue(*articles, **changes):
    values = {
        "publication": "云州信息摘编",
        "slug": "digest",
        "year": 2034,
        "number": 7,
        "total_number": 31,
        "dated_on": date(2034, 7, 15),
        "label_lines": ("2034 年 第七期",),
        "parts": (Part(anchor="s1", name="热点关注", articles=articles),),
    }
    return IssueDocument(**(values | changes))


def lines_of(block):
    """Return a block's text; a paragraph run by run, because a note's mark may stand between."""
    if isinstance(block, Paragraph):
        return [run.text for run in block.content if isinstance(run, Text) and run.text]
    return block_lines(block)


# --- page numbers --------------------------------------------------------------------------------


def test_each_item_stands_on_the_page_its_contents_line_names(digest):
    contents = bare("".join(digest.texts[:3]))
    for article in digest.document.articles():
        start = digest.result.starts[article.anchor]
        assert bare(article.headline) in bare(digest.page(start))
        assert f"{bare(article.headline)}{start}" in contents


def test_the_foot_of_a_page_prints_its_own_number(digest):
    for label, text in zip(digest.labels, digest.texts, strict=True):
        if label.isdigit():
            assert f"—{label}—" in bare(text)


def test_contents_pages_are_roman_and_the_body_counts_from_one(digest):
    assert digest.labels[2:5] == ["i", "1", "2"]
    assert digest.result.starts["s1"] == 1
    assert digest.result.pages == len(digest.pdf)


def test_a_solo_section_has_a_number_and_other_section_lines_have_none(digest):
    contents = bare(digest.texts[2])
    assert f"图书推荐{digest.result.starts['s5']}" in contents
    assert "行业动向工业协会" in contents


def test_bookmarks_name_sections_items_and_inner_heads_in_order(digest):
    marks = [(mark.level, bare(mark.get_title())) for mark in digest.pdf.get_toc()]
    wanted = []
    for part in digest.document.parts:
        wanted.append((0, bare(part.name)))
        for article in part.articles:
            if article.headline != part.name:
                wanted.append((1, bare(article.headline)))
            wanted += [
                (1 + block.level, bare(plain(block.content)))
                for block in article.blocks
                if isinstance(block, Heading)
            ]
    assert [title for _, title in marks] == [title for _, title in wanted]
    assert [level for level, _ in marks if level < 2] == [level for level, _ in wanted if level < 2]


def test_one_item_a_page_gives_every_item_its_own_start(files, digest):
    single = Printed(digest.document, digest.profile, files, item_per_page=True)
    starts = [single.result.starts[a.anchor] for a in single.document.articles()]
    assert len(set(starts)) == len(starts)


# --- what is printed -----------------------------------------------------------------------------


@pytest.mark.parametrize("issue_name", ["digest", "review"])
def test_every_block_of_every_item_is_printed(issue_name, request):
    printed = request.getfixturevalue(issue_name)
    for article in printed.document.articles():
        text = printed.item_text(article)
        for block in article.blocks:
            for line in lines_of(block):
                # a line may be parted by a page's foot and head: its two ends are looked for
                assert bare(line)[:12] in text, line
                assert bare(line)[-4:] in text, line


def test_footnotes_stand_on_the_page_of_their_marks(digest):
    notes = [
        bare(plain(inline.content))
        for article in digest.document.articles()
        for block in article.blocks
        if isinstance(block, Paragraph)
        for inline in block.content
        if isinstance(inline, FootnoteRef)
    ]
    assert len(notes) == 2
    for number, note in enumerate(notes, start=1):
        assert sum(f"{number}{note}" in bare(text) for text in digest.texts) == 1


def test_the_running_head_names_the_section_of_its_page(digest):
    for part in digest.document.parts:
        page = digest.page(digest.result.starts[part.anchor])
        assert page.splitlines()[0].rstrip().endswith(part.name)
    later = digest.page(digest.result.starts["s3"] + 3)
    assert later.splitlines()[0].rstrip().endswith("国研专稿")


def test_cover_and_masthead_carry_no_running_head_and_no_number(digest):
    for text in digest.texts[:2]:
        assert "热点关注" not in text
        assert not re.search(r"—\s*\d+\s*—", text)


def test_the_masthead_page_prints_people_window_and_address(digest):
    page = digest.texts[1]
    for text in ("编辑单位", "编审名单", "张　欣", "何石浦", "2034.06.16-2034.07.15"):
        assert bare(text) in bare(page)


def test_a_long_table_repeats_its_header_and_says_that_it_continues(digest):
    pages = [bare(text) for text in digest.texts if "营业收入" in text]
    assert len(pages) > 2
    assert ["续表2" in page for page in pages] == [False] + [True] * (len(pages) - 1)
    assert sum("表2各园区企业情况" in page for page in pages) == 1


def test_no_page_begins_with_the_last_row_or_two_of_a_table(files):
    def ranked(count):
        rows = (sample.cells("名次", "园区", header=True), *(
            sample.cells(str(n + 1), f"第{n + 1}园区") for n in range(count)
        ))  # fmt: skip
        return Article(anchor=f"s1-{count}", headline=f"榜单{count}", blocks=(Table(rows=rows),))

    document = issue(*(ranked(count) for count in range(24, 34)))
    printed = Printed(document, sample.digest_profile(), files, item_per_page=True)
    later = (bare(text) for text in printed.texts if "榜单" not in bare(text))
    continued = [rows for text in later if (rows := len(re.findall("第[0-9]+园区", text)))]
    assert continued
    assert min(continued) >= 3


def test_every_code_on_the_pages_leads_to_its_printed_address(digest):
    found = set()
    shown = [1, *(n for n, text in enumerate(digest.texts) if "附：" in text)]
    for page in (digest.pdf[number] for number in shown):
        for code in zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil()):
            found.add(code.text)
    wanted = {a.url for article in digest.document.articles() for a in article.attachments}
    assert found == wanted | {digest.document.qr_url}


def test_links_lead_where_the_document_says(digest):
    targets = {target for page in digest.pdf for target in external_links(page)}
    for article in digest.document.articles():
        assert {attachment.url for attachment in article.attachments} <= targets
    assert "mailto:digest@yunzhou.example" in targets


def external_links(page):
    """Yield the addresses behind the page's link annotations."""
    place, link = ctypes.c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, ctypes.byref(place), ctypes.byref(link)):
        action = raw.FPDFLink_GetAction(link)
        size = raw.FPDFAction_GetURIPath(page.pdf, action, None, 0) if action else 0
        buffer = ctypes.create_string_buffer(size + 1)
        raw.FPDFAction_GetURIPath(page.pdf, action, buffer, size)
        yield buffer.value.decode()


# --- the review ----------------------------------------------------------------------------------


def test_the_review_prints_its_contents_on_the_cover_without_numbers(review):
    cover = bare(review.texts[0])
    assert (
        "综合观察：三湾地区重点产业链协同的现状与路径加快建设科创金融改革试验区区域借鉴：" in cover
    )
    assert not re.search(r"路径\d", cover)
    assert review.labels[1] == "1"


def test_the_review_signs_its_items_and_ends_with_the_colophon(review):
    assert "（作者：云州市工业和信息化局）" in bare("".join(review.texts))
    assert "邮编：999018" in bare(review.texts[-1])


def test_the_digest_prints_no_byline(files):
    signed = Article(anchor="s1-1", headline="码头完工", byline="柳白帆")
    assert "柳白帆" not in "".join(Printed(issue(signed), sample.digest_profile(), files).texts)
    assert "柳白帆" in "".join(Printed(issue(signed), sample.review_profile(), files).texts)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("单云溪 青屿大学", "（作者：单云溪青屿大学）"),
        ("执笔：单云溪", "（执笔：单云溪）"),
        ("（执笔：单云溪）", "（执笔：单云溪）"),
        ("（单云溪，青屿大学（南校区）教授）", "（单云溪，青屿大学（南校区）教授）"),
    ],
)
def test_a_byline_keeps_the_label_and_the_brackets_of_its_own(files, typed, printed):
    article = Article(
        anchor="s1-1", headline="研究", byline=typed, blocks=(paragraph("正文到此为止。"),)
    )
    text = bare("".join(Printed(issue(article), sample.review_profile(), files).texts))
    assert f"正文到此为止。{printed}" in text


def test_a_byline_may_run_into_the_last_paragraph(files):
    profile = sample.review_profile()
    rules = profile.item.model_copy(update={"byline_place": "run_in"})
    article = Article(
        anchor="s1-1", headline="研究", byline="单云溪", blocks=(paragraph("正文到此为止。"),)
    )
    printed = Printed(issue(article), profile.model_copy(update={"item": rules}), files)
    assert "正文到此为止。（作者：单云溪）" in printed.texts[-1]


def test_the_review_prints_no_source_line(files):
    article = Article(
        anchor="s1-1", headline="研究", source_line="云州日报", dated_on=date(2034, 1, 2)
    )
    printed = Printed(issue(article), sample.review_profile(), files)
    assert "云州日报" not in "".join(printed.texts)
    assert "2034-01-02" not in "".join(printed.texts)


# --- typography ----------------------------------------------------------------------------------


@pytest.mark.parametrize("issue_name", ["digest", "review"])
def test_no_line_opens_with_a_mark_that_may_not_stand_there(issue_name, request):
    printed = request.getfixturevalue(issue_name)
    lines = [line.strip() for text in printed.texts for line in text.splitlines() if line.strip()]
    allowed = ("—", "…", ".", "·")  # kickers, leaders, page numbers
    wrong = [line for line in lines if line[0] in NO_START and not line.startswith(allowed)]
    assert wrong == []


@pytest.mark.parametrize("sentences", [8, 16], ids=["short last paragraph", "long one"])
def test_no_section_ends_on_a_page_with_a_line_or_two(files, sentences):
    parts = []
    for number in range(1, 13):
        lines = (paragraph("云州港完工。"),) * (14 + number)
        blocks = (*lines, paragraph("云州港一期工程完工并通过验收。" * sentences))
        article = Article(anchor=f"s{number}-1", headline="码头完工", blocks=blocks)
        parts.append(Part(anchor=f"s{number}", name=f"栏目{number}", articles=(article,)))
    document = issue().model_copy(update={"parts": tuple(parts)})
    layout = Press(document, sample.digest_profile(), files).layout()
    ends = [layout.ends[anchor] for anchor in layout.ends]
    later = [lines for page, lines in ends if page not in layout.starts.values()]
    assert later
    assert min(later) > 2.5


def test_an_attachment_at_a_page_top_brings_its_short_paragraph_along(files):
    link = Attachment(label="《通知》", url="https://www.yunzhou.example/tongzhi")
    parts = []
    for number in range(1, 9):
        blocks = ((paragraph("云州港完工。"),) * (16 + number)) + (paragraph("末段在此。" * 12),)
        article = Article(
            anchor=f"s{number}-1", headline="码头完工", blocks=blocks, attachments=(link,)
        )
        parts.append(Part(anchor=f"s{number}", name=f"栏目{number}", articles=(article,)))
    document = issue().model_copy(update={"parts": tuple(parts)})
    printed = Printed(document, sample.digest_profile(), files)
    assert len(printed.texts) > 8 + 4
    assert all("末段" in text for text in printed.texts if "《通知》" in text)


def test_only_shipped_fonts_are_used_and_all_are_embedded(digest):
    names = set(re.findall(rb"/FontName\s*/([A-Z]{6})\+([\w-]+)", digest.result.pdf))
    families = {name.decode().split("-")[0] for _, name in names}
    assert families <= {family.replace(" ", "") for family in fonts.FAMILIES}


def test_the_text_stays_inside_its_block(digest):
    page = digest.profile.page
    for index, label in enumerate(digest.labels):
        if not label.isdigit():
            continue
        text = digest.pdf[index].get_textpage()
        for number in range(text.count_rects()):
            left, _bottom, right, _top = text.get_rect(number)
            assert left > page.side - 1
            assert right < page.width - page.side + 1


def test_the_file_says_its_language_title_and_standard(digest):
    assert b"/Lang (zh-CN)" in digest.result.pdf or b"zh-CN" in digest.result.pdf
    assert digest.pdf.get_metadata_dict()["Title"].startswith("云州信息摘编 2034 年 第七期")
    assert b"pdfaid:part" in digest.result.pdf


def test_the_same_document_gives_the_same_bytes(files, digest):
    assert typeset(digest.document, digest.profile, files).pdf == digest.result.pdf


# --- oddities ------------------------------------------------------------------------------------


def test_a_character_without_a_glyph_stops_the_print_and_is_named(files):
    article = Article(anchor="s1-1", headline="望川：完工😀", blocks=(paragraph("完工。"),))
    with pytest.raises(Invalid, match=r"😀.*U\+1F600.*望川：完工"):
        typeset(issue(article), sample.digest_profile(), files)


def test_markup_in_a_text_is_printed_as_it_is(files):
    text = "#let x = 1 $a$ *粗* _斜_ @引用 <标签> [括号] \\ // 注释"
    article = Article(anchor="s1-1", headline="标题 #set *x*", blocks=(paragraph(text),))
    printed = Printed(issue(article), sample.digest_profile(), files)
    assert bare(text) in bare(printed.page(1))


def test_a_picture_that_is_not_in_the_store_is_named(files):
    missing = AssetRef(sha256="ef" * 32, media_type="image/png", width=10, height=10)
    article = Article(
        anchor="s1-1", headline="图", blocks=(Figure(asset=missing.sha256, caption="图1 码头"),)
    )
    with pytest.raises(Invalid, match=r"《图》.*图片文件"):
        typeset(issue(article, assets=(missing,)), sample.digest_profile(), files)


def test_a_file_that_is_no_picture_is_refused_with_a_sentence(files):
    sha256 = files.put(b"not a picture")
    broken = AssetRef(sha256=sha256, media_type="image/png", width=10, height=10)
    article = Article(anchor="s1-1", headline="图", blocks=(Figure(asset=sha256),))
    with pytest.raises(Invalid, match="图片"):
        typeset(issue(article, assets=(broken,)), sample.digest_profile(), files)


def test_a_figure_whose_file_was_never_fetched_prints_its_caption(files):
    figure = Figure(
        url="https://www.yunzhou.example/a.png", caption="图1：码头", source="来源：云州"
    )
    article = Article(anchor="s1-1", headline="图", blocks=(figure,))
    printed = Printed(issue(article), sample.digest_profile(), files)
    assert "图1：码头" in bare(printed.page(1))


@pytest.mark.parametrize(
    "blocks",
    [
        (),
        (Table(rows=()),),
        (Table(rows=((),)),),
        (Paragraph(content=()),),
        (paragraph("长" * 6000),),
        (paragraph("A" * 400),),
        (paragraph(""), paragraph(" "), paragraph("\n")),
    ],
    ids=["nothing", "no rows", "no cells", "no runs", "long", "one word", "blank"],
)
def test_odd_items_are_printed_without_a_crash(files, blocks):
    article = Article(anchor="s1-1", headline="望川：完工", blocks=blocks)
    assert Printed(issue(article), sample.digest_profile(), files).result.pages >= 3


def test_an_attachment_without_an_address_prints_its_label_only(files):
    article = Article(
        anchor="s1-1", headline="望川", attachments=(Attachment(label="《行动方案》", url=""),)
    )
    printed = Printed(issue(article), sample.digest_profile(), files)
    assert "附：《行动方案》" in bare(printed.page(1))


def test_a_long_address_can_be_copied_from_the_page(files):
    url = "https://www.yunzhou.example/" + "a1" * 130
    article = Article(
        anchor="s1-1", headline="图", attachments=(Attachment(label="《名录》", url=url),)
    )
    printed = Printed(issue(article), sample.digest_profile(), files)
    assert url in "".join(printed.texts[-1].split())


def test_an_address_that_no_code_can_hold_is_refused_with_a_sentence(files):
    url = "https://www.yunzhou.example/?" + "a" * 4000
    article = Article(
        anchor="s1-1", headline="望川", attachments=(Attachment(label="《方案》", url=url),)
    )
    with pytest.raises(Invalid, match="短网址"):
        typeset(issue(article), sample.digest_profile(), files)


def test_a_long_publication_name_still_fits_the_cover(files):
    document = issue(
        Article(anchor="s1-1", headline="望川", blocks=()),
        publication="云州市望川区观澜大道信息摘编与研究参考",
    )
    printed = Printed(document, sample.digest_profile(), files)
    text = printed.pdf[0].get_textpage()
    assert all(
        text.get_rect(n)[0] > 0 and text.get_rect(n)[2] < 595 for n in range(text.count_rects())
    )


def test_a_table_without_caption_and_head_is_printed(files):
    issue = sample.digest(files)
    bare_table = Table(rows=(sample.cells("东港", "12"), sample.cells("西港", "20")))
    first = issue.parts[0]
    article = first.articles[0].model_copy(update={"blocks": (bare_table,)})
    part = first.model_copy(update={"articles": (article,)})
    document = issue.model_copy(update={"parts": (part,)})
    printed = Printed(document, sample.digest_profile(), files)
    assert "东港" in "".join(printed.texts)


@pytest.mark.parametrize("following", ["a section", "an item"])
def test_an_attachment_at_a_page_top_has_two_lines_of_a_long_paragraph_above(files, following):
    link = Attachment(label="《通知》", url="https://www.yunzhou.example/tongzhi")
    articles = [
        Article(
            anchor=f"s{number}-1",
            headline="码头完工",
            blocks=((paragraph("云州港完工。"),) * (8 + number)) + (paragraph("末段在此。" * 80),),
            attachments=(link,),
        )
        for number in range(1, 12)
    ]
    parts = tuple(
        Part(
            anchor=f"s{number}",
            name=f"栏目{number}",
            articles=(article, *later(number) * (following == "an item")),
        )
        for number, article in enumerate(articles, start=1)
    )
    document = issue().model_copy(update={"parts": parts})
    profile = sample.digest_profile()
    layout = Press(document, profile, files).layout()
    alone = [anchor for anchor, (_, lines) in layout.attached.items() if lines < 1]
    printed = Printed(document, profile, files)
    pages = [bare(printed.page(layout.attached[anchor][0])) for anchor in alone]
    assert pages
    assert all("末段在此" in text.partition("附：")[0] for text in pages)
    assert printed.result.starts == layout.starts


def later(number: int) -> tuple[Article, ...]:
    text = paragraph("下一条的正文。")
    return (Article(anchor=f"s{number}-2", headline=f"青屿：开工{number}", blocks=(text,)),)
