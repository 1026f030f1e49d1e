"""What a print shop asks for: sheets, inks, a cover of its own, pages in fours, right hands."""

import ctypes
import io
import re
import zipfile
from datetime import date

import pypdfium2
import pypdfium2.raw as raw
import pytest
from lxml import etree

from editor.assembler.finished.checks import check_docx, check_pdf
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.press.orders import in_pdf, in_word
from editor.assembler.press.sheet import placed_on_sheets, sheet_of
from editor.assembler.press.typeset import Press, typeset, typeset_for_shop
from editor.assembler.word.edition import render_docx
from editor.assembler.word.numbering import number_docx, printed_numbers
from editor.assembler.word.office import find_office, to_pdf
from editor.assembler.word.ooxml import qualified
from editor.errors import Invalid, Unusable
from editor.profile import Profile, profile_from
from editor.store.files import FileStore
from editor.text.document import Article, Attachment, IssueDocument, PageBreak, Part, paragraph
from editor.workflow import ItemKind
from tests.assembler import sample
from tests.needs import missing

MM = 72 / 25.4
A4 = (595.3, 841.9)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return FileStore(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def digest(files):
    return sample.digest(files)


def ordered(profile: Profile | None = None, **orders) -> Profile:
    """Return the profile (the digest's) with other orders for the print shop."""
    profile = profile or sample.digest_profile()
    return profile.model_copy(update={"print": profile.print.model_copy(update=orders)})


def issue(*articles, **changes) -> IssueDocument:
    values = {
        "publication": "云州信息摘编",
        "slug": "digest",
        "year": 2034,
        "number": 7,
        "total_number": 31,
        "dated_on": date(2034, 7, 15),
        "label_lines": ("2034 年 第七期",),
        "window_line": "本期刊物信息搜集时间：2034.06.16-2034.07.15",
        "parts": tuple(
            Part(anchor=f"s{n}", name=f"栏目{n}", articles=(article,))
            for n, article in enumerate(articles, start=1)
        ),
    }
    return IssueDocument(**(values | changes))


def item(number: int, pages: int = 1) -> Article:
    breaks = (PageBreak(), paragraph("下一面的正文。")) * (pages - 1)
    blocks = (paragraph("正文到此为止。"), *breaks)
    return Article(anchor=f"s{number}-1", headline=f"码头完工之{number}", blocks=blocks)


OPENED: list[pypdfium2.PdfDocument] = []


@pytest.fixture(autouse=True)
def closed():
    yield
    while OPENED:
        OPENED.pop().close()


def opened(pdf: bytes) -> pypdfium2.PdfDocument:
    """Return the file, which the end of the test closes."""
    OPENED.append(pypdfium2.PdfDocument(pdf))
    return OPENED[-1]


def pages_of(pdf: bytes):
    return list(opened(pdf))


def labels(pdf: bytes) -> list[str]:
    document = opened(pdf)
    return [document.get_page_label(index) for index in range(len(document))]


def texts(pdf: bytes) -> list[str]:
    return ["".join(page.get_textpage().get_text_range().split()) for page in pages_of(pdf)]


def left_edge(page) -> float:
    text = page.get_textpage()
    return min(text.get_rect(number)[0] for number in range(text.count_rects()))


def boxes(page, kind: str) -> tuple[float, ...]:
    return tuple(round(side, 1) for side in getattr(page, f"get_{kind}box")())


def passes(made, document, profile) -> bool:
    checks = check_pdf(made.pdf, document, profile, made.starts, for_shop=True, cover=made.cover)
    return {"V01", "V04", "V11", "V12"} <= set(checks)


# --- bleed ---------------------------------------------------------------------------------------


def test_headings_are_found_at_the_same_height_on_a_sheet_with_bleed(files):
    profile, document = ordered(bleed_mm=3), issue(item(1), item(2, pages=2))
    sheets = PdfReading(typeset_for_shop(document, profile, files).pdf)
    screen = PdfReading(typeset(document, profile, files).pdf)
    for (title, index, height, _), (_, _, seen, _) in zip(
        sheets.outline, screen.outline, strict=True
    ):
        assert height == pytest.approx(seen, abs=0.1), (title, index)


def test_a_bleed_enlarges_the_sheet_around_the_page(files, digest):
    profile = ordered(bleed_mm=3)
    made = typeset_for_shop(digest, profile, files)
    bleed, beyond = 3 * MM, 11 * MM
    for page in pages_of(made.pdf):
        trim = page.get_trimbox()
        assert trim[2] - trim[0] == pytest.approx(A4[0], abs=0.01)
        assert trim[3] - trim[1] == pytest.approx(A4[1], abs=0.01)
        assert page.get_bleedbox() == pytest.approx(grown(trim, bleed), abs=0.01)
        assert page.get_mediabox() == pytest.approx(grown(trim, beyond), abs=0.01)
    assert passes(made, digest, profile)


def grown(box, by):
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def test_crop_marks_stand_outside_the_bleed_at_all_four_corners(files):
    made = typeset_for_shop(issue(item(1)), ordered(bleed_mm=3), files)
    for page in pages_of(made.pdf):
        scale = 4
        picture = page.render(scale=scale, grayscale=True).to_pil()
        width, height = picture.size
        beyond = 11 * MM * scale
        # halfway along a mark: 1 mm gap, 5 mm mark beyond a bleed of 3 mm
        on_mark, in_bleed = beyond - 6.5 * MM * scale, beyond - 1.5 * MM * scale
        for x in (beyond, width - beyond):
            for y in (on_mark, height - on_mark):
                assert darkest(picture, x, y) < 160
            for y in (in_bleed, height - in_bleed):
                assert darkest(picture, x, y) == 255
        for y in (beyond, height - beyond):
            for x in (on_mark, width - on_mark):
                assert darkest(picture, x, y) < 160


def darkest(picture, x, y):
    spot = (round(x) - 3, round(y) - 3, round(x) + 4, round(y) + 4)
    return min(picture.crop(spot).tobytes())


def test_a_bleed_moves_no_text_on_the_page(files, digest):
    plain = pages_of(typeset_for_shop(digest, ordered(), files).pdf)
    bled = pages_of(typeset_for_shop(digest, ordered(bleed_mm=3), files).pdf)
    for before, after in zip(plain, bled, strict=True):
        x, y = after.get_trimbox()[:2]
        first, second = before.get_textpage(), after.get_textpage()
        assert first.get_text_range() == second.get_text_range()
        assert first.count_rects() == second.count_rects()
        for number in range(first.count_rects()):
            left, bottom, _, _ = second.get_rect(number)
            assert (left - x, bottom - y) == pytest.approx(first.get_rect(number)[:2], abs=0.05)


def test_a_screen_shows_the_page_as_it_is_cut(files, digest):
    draft = Press(digest, ordered(bleed_mm=3), files).draft()
    assert {boxes(page, "media") for page in pages_of(draft)} == {(0, 0, *A4)}


def test_the_same_order_gives_the_same_bytes(files, digest):
    profile = ordered(bleed_mm=3, cover="separate", gutter_mm=5, section_start="right", pad_to=4)
    first, second = (typeset_for_shop(digest, profile, files) for _ in range(2))
    assert (first.pdf, first.cover) == (second.pdf, second.cover)


@pytest.mark.parametrize("standard", [("a-2b",), ("a-2a", "ua-1")])
def test_a_bleed_moves_bookmarks_and_links_with_what_they_lead_to(files, digest, standard):
    profile = ordered(bleed_mm=3)
    profile = profile.model_copy(
        update={"pdf": profile.pdf.model_copy(update={"standard": standard})}
    )
    made = [
        opened(typeset_for_shop(digest, each, files).pdf)
        for each in (profile.model_copy(update={"print": ordered().print}), profile)
    ]
    before, after = ([*targets(pdf)] for pdf in made)
    assert len(before) > 40
    for (page, x, y), (other, right, up) in zip(before, after, strict=True):
        assert other == page
        assert (right - x, up - y) == pytest.approx((11 * MM, 11 * MM), abs=0.01)


def targets(pdf: pypdfium2.PdfDocument):
    """Yield (page, x, y) of what each bookmark and each link inside the file leads to."""
    for mark in pdf.get_toc(max_depth=15):
        yield place(pdf, mark.get_dest().raw)
    for page in pdf:
        link, at = raw.FPDF_LINK(), ctypes.c_int()
        while raw.FPDFLink_Enumerate(page.raw, at, link):
            if target := raw.FPDFLink_GetDest(pdf.raw, link):
                yield place(pdf, target)


def place(pdf: pypdfium2.PdfDocument, target):
    known = [ctypes.c_int() for _ in range(3)]
    x, y, zoom = (ctypes.c_float() for _ in range(3))
    assert raw.FPDFDest_GetLocationInPage(target, *known, x, y, zoom)
    return raw.FPDFDest_GetDestPageIndex(pdf.raw, target), x.value, y.value


def test_a_file_built_in_another_way_gets_no_bleed_box_in_the_wrong_place():
    pdf = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\nxref\n0 1\n0000000000 65535 f \n"
    pdf += b"trailer\n<</Size 1>>\nstartxref\n45\n%%EOF"
    with pytest.raises(Unusable, match="出血框"):
        placed_on_sheets(pdf, sheet_of(ordered(bleed_mm=3)))


# --- gutter --------------------------------------------------------------------------------------


def test_a_gutter_moves_the_text_away_from_the_fold_on_either_hand(files):
    profile = ordered(gutter_mm=6)
    made = typeset_for_shop(issue(item(1, pages=4)), profile, files)
    side, gutter = profile.page.side, 6 * MM
    body = pages_of(made.pdf)[-4:]
    edges = [left_edge(page) for page in body]
    wanted = [side + gutter, side - gutter] * 2
    assert edges == pytest.approx(wanted, abs=1.5)
    assert passes(made, issue(item(1, pages=4)), profile)


def test_running_heads_mirror_each_other_over_the_fold(files):
    made = typeset_for_shop(issue(item(1, pages=4)), ordered(gutter_mm=6), files)
    heads = [text[:12] for text in texts(made.pdf)[-4:]]
    assert [head.startswith("栏目1") for head in heads] == [False, True, False, True]


def test_page_one_is_a_right_hand_page_where_pages_mirror(files):
    # cover, masthead page and one page of contents: page 1 would be the fourth
    made = typeset_for_shop(issue(item(1)), ordered(gutter_mm=6), files)
    assert labels(made.pdf)[2:] == ["i", "ii", "1"]
    assert texts(made.pdf)[3] == ""
    assert made.inserted == 1


def test_a_cover_stands_in_the_middle_whatever_the_gutter(files):
    plain, moved = (
        typeset_for_shop(issue(item(1)), ordered(gutter_mm=mm), files).pdf for mm in (0, 8)
    )
    assert left_edge(pages_of(moved)[0]) == pytest.approx(left_edge(pages_of(plain)[0]), abs=0.1)


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        ({"gutter_mm": 26}, "外侧边距"),
        ({"gutter_mm": -3}, "print.gutter_mm"),
        ({"bleed_mm": 60}, "print.bleed_mm"),
        ({"section_start": "left"}, "print.section_start"),
    ],
)
def test_an_order_that_cannot_be_printed_is_refused_with_a_sentence(orders, said):
    data = sample.digest_profile().model_dump(mode="json")
    with pytest.raises(Invalid, match=re.escape(said)):
        profile_from(data | {"print": data["print"] | orders})


# --- right-hand pages ----------------------------------------------------------------------------


def test_sections_open_right_hand_pages_and_their_numbers_stay_true(files):
    document = issue(item(1), item(2, pages=2), item(3), item(4))
    profile = ordered(section_start="right")
    made = typeset_for_shop(document, profile, files)
    assert [made.starts[f"s{n}-1"] for n in (1, 2, 3, 4)] == [1, 3, 5, 7]
    printed = texts(made.pdf)
    assert [index for index, text in enumerate(printed) if not text] == [3, 5, 9]
    assert made.inserted == 3
    assert passes(made, document, profile)


def test_a_blank_page_counts_and_prints_no_number(files):
    document = issue(item(1), item(2))
    made = typeset_for_shop(document, ordered(section_start="right"), files)
    assert labels(made.pdf)[4:] == ["1", "2", "3"]
    assert texts(made.pdf)[5] == ""


def test_a_whole_issue_with_all_orders_passes_the_checks_of_finished_files(files, digest):
    profile = ordered(
        bleed_mm=3, gutter_mm=5, black_only=True, cover="separate", pad_to=4, section_start="right"
    )
    made = typeset_for_shop(digest, profile, files)
    assert passes(made, digest, profile)
    assert len(pages_of(made.pdf)) == made.pages
    assert made.pages % 4 == 0
    assert all(start % 2 for anchor, start in made.starts.items() if "-" not in anchor)


# --- the last sheet ------------------------------------------------------------------------------


def test_blank_pages_fill_the_last_sheet_and_are_counted(files):
    profile = ordered(pad_to=4)
    made = typeset_for_shop(issue(item(1)), profile, files)
    assert (len(pages_of(made.pdf)), made.pages, made.blank) == (4, 4, 0)
    longer = typeset_for_shop(issue(item(1, pages=2)), profile, files)
    assert (len(pages_of(longer.pdf)), longer.pages, longer.blank) == (8, 8, 3)
    assert passes(longer, issue(item(1, pages=2)), profile)


# --- the cover -----------------------------------------------------------------------------------


def test_a_cover_of_its_own_is_left_out_of_the_pages(files, digest):
    whole = typeset_for_shop(digest, ordered(), files)
    profile = ordered(cover="separate")
    made = typeset_for_shop(digest, profile, files)
    assert made.starts == whole.starts
    assert texts(made.pdf) == texts(whole.pdf)[1:]
    assert texts(made.cover) == texts(whole.pdf)[:1]
    assert made.pages == whole.pages - 1
    assert passes(made, digest, profile)


@pytest.mark.parametrize("numbered", [False, True])
def test_contents_on_a_cover_of_its_own_keep_their_numbers(files, numbered):
    profile = ordered(sample.review_profile(), cover="separate")
    toc = profile.toc.model_copy(update={"numbers": numbered})
    profile = profile.model_copy(update={"toc": toc})
    document = sample.review(files)
    made = typeset_for_shop(document, profile, files)
    [cover] = texts(made.cover)
    for article in document.articles():
        number = str(made.starts[article.anchor]) if numbered else ""
        assert article.headline.replace(" ", "") + number in re.sub("[.·…]", "", cover)
    assert passes(made, document, profile)


@pytest.mark.parametrize("cover", ["same", "separate"])
def test_contents_that_a_cover_does_not_hold_go_on_behind_it(files, cover):
    profile = ordered(sample.review_profile(), cover=cover)
    articles = [
        Article(
            anchor=f"s1-{n}",
            kind=ItemKind.news,
            headline=f"第{n}批泊位开工",
            blocks=(paragraph("航线加密。"),),
        )
        for n in range(70)
    ]
    part = Part(anchor="s1", name="区域借鉴", articles=tuple(articles))
    document = sample.review(files).model_copy(update={"parts": (part,)})
    made = typeset_for_shop(document, profile, files)
    first, *more = texts(made.cover or made.pdf)
    assert "第0批" in first
    assert "第69批" not in first
    assert any("第69批" in page for page in more[:2])
    assert passes(made, document, profile)


def test_a_cover_of_another_issue_fails_the_check(files, digest):
    profile = ordered(cover="separate")
    made = typeset_for_shop(digest, profile, files)
    other = typeset_for_shop(issue(item(1), publication="南汀观察"), profile, files)
    with pytest.raises(Unusable, match="封面上没有"):
        check_pdf(made.pdf, digest, profile, made.starts, for_shop=True, cover=other.cover)


# --- one ink -------------------------------------------------------------------------------------


def test_a_print_in_one_ink_has_no_colour_and_its_rules_are_black(files):
    url = "https://www.yunzhou.example/a"
    table = sample.simple_table()
    first = Article(
        anchor="s1-1",
        headline="望川",
        blocks=(table,),
        attachments=(Attachment(label="《方案》", url=url),),
    )
    made = typeset_for_shop(issue(first), ordered(black_only=True), files)
    for page in pages_of(made.pdf):
        pixels = page.render(scale=0.5).to_pil().convert("RGB")
        assert all(max(pixel) - min(pixel) < 8 for _, pixel in pixels.getcolors(1 << 16))
    levels = set(painted(made.pdf))
    light = {level for level in levels if level > 0.9}
    assert levels - light == {0.0}


def painted(pdf: bytes):
    """Yield how light each text and line of the file is painted, from 0 for black."""
    for page in pages_of(pdf):
        for number in range(raw.FPDFPage_CountObjects(page)):
            thing = raw.FPDFPage_GetObject(page, number)
            red = ctypes.c_uint()
            rest = [ctypes.c_uint() for _ in range(3)]
            kind, fills, strokes = raw.FPDFPageObj_GetType(thing), ctypes.c_int(), ctypes.c_int()
            if kind == raw.FPDF_PAGEOBJ_PATH:
                raw.FPDFPath_GetDrawMode(thing, fills, strokes)
            if kind == raw.FPDF_PAGEOBJ_TEXT or fills.value:
                raw.FPDFPageObj_GetFillColor(thing, red, *rest)
                yield round(red.value / 255, 2)
            if strokes.value:
                raw.FPDFPageObj_GetStrokeColor(thing, red, *rest)
                yield round(red.value / 255, 2)


# --- what the export says ------------------------------------------------------------------------


def test_an_export_names_the_orders_that_it_carried_out():
    profile = ordered(bleed_mm=3, gutter_mm=5, cover="separate", pad_to=4)
    assert in_pdf(profile, blank=2, inserted=1) == {
        "gutter_mm": 5,
        "bleed_mm": 3,
        "cover": True,
        "pad_to": 4,
        "blank": 2,
        "inserted": 1,
    }
    assert in_word(profile) == {"gutter_mm": 5, "pdf_only": True}
    assert in_pdf(sample.digest_profile(), blank=0, inserted=0) == {}
    assert in_word(sample.digest_profile()) == {}


def test_an_issue_for_screens_is_not_changed_by_what_only_the_shop_needs(files, digest):
    profile = ordered(bleed_mm=3, cover="separate")
    assert texts(typeset(digest, profile, files).pdf) == texts(
        typeset(digest, sample.digest_profile(), files).pdf
    )


# --- Word ----------------------------------------------------------------------------------------


def word(document, profile, files):
    """Return the parts of the Word file as elements, by name."""
    content = render_docx(document, profile, files, numbers={}, pinned=False)
    check_docx(content, document, profile)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name: etree.fromstring(archive.read(name))
            for name in archive.namelist()
            if name.endswith(".xml")
        }


def value(node, path: str, attribute: str) -> int:
    return int(node.find(path).get(qualified(attribute)))


def test_word_mirrors_its_pages_and_keeps_the_width_of_the_text(files, digest):
    profile = ordered(gutter_mm=6)
    parts = word(digest, profile, files)
    assert parts["word/settings.xml"].find("{*}mirrorMargins") is not None
    assert parts["word/settings.xml"].find("{*}evenAndOddHeaders") is not None
    cover, *rest = parts["word/document.xml"].iter("{*}sectPr")
    assert value(cover, "{*}pgMar", "w:gutter") == 0
    for section in rest:
        sides = [value(section, "{*}pgMar", f"w:{side}") for side in ("left", "right", "gutter")]
        width = value(section, "{*}pgSz", "w:w") - sum(sides)
        assert width == pytest.approx(profile.page.text_width * 20, abs=3)
        inside, outside = sides[0] + sides[2], sides[1]
        assert (inside - outside) / 20 == pytest.approx(2 * 6 * MM, abs=0.2)


def test_left_hand_pages_have_their_own_running_heads_in_word(files, digest):
    parts = word(digest, ordered(gutter_mm=6), files)
    body = [*parts["word/document.xml"].iter("{*}sectPr")][-1]
    kinds = [(node.tag.split("}")[1], node.get(qualified("w:type"))) for node in body[:4]]
    assert set(kinds) == {
        (f"{kind}Reference", face) for kind in ("header", "footer") for face in ("default", "even")
    }


def test_sections_open_right_hand_pages_in_word(files, digest):
    parts = word(digest, ordered(section_start="right"), files)
    sections = [*parts["word/document.xml"].iter("{*}sectPr")]
    kinds = [section.find("{*}type").get(qualified("w:val")) for section in sections]
    assert kinds == ["nextPage"] * 3 + ["oddPage"] * len(digest.parts)


def test_word_in_one_ink_names_no_colour(files, digest):
    for name, root in word(digest, ordered(black_only=True), files).items():
        for node in root.iter():
            named = node.get(qualified("w:color"), "auto")
            if node.tag == qualified("w:color"):
                named = node.get(qualified("w:val"))
            assert named in ("auto", "000000"), name
            fill = node.get(qualified("w:fill"), "auto")
            assert fill == "auto" or len({fill[:2], fill[2:4], fill[4:]}) == 1


@pytest.mark.slow
def test_numbers_in_word_are_true_with_blank_pages_between(files, digest):
    if find_office(None) is None:
        missing("LibreOffice")
    profile = ordered(gutter_mm=6, section_start="right")
    starts = typeset(digest, profile, files).starts
    made = number_docx(
        digest, profile, files, soffice=None, starts=starts, on_progress=lambda *_: None
    )
    assert made.result["numbering"] == "N2"
    printed = to_pdf(made.content, profile, soffice=find_office(None))
    numbers = printed_numbers(printed, digest, profile)
    pages = texts(printed)
    first = next(n for n, text in enumerate(pages) if "热点关注" in text and "目录" not in text)
    for anchor, number in numbers.items():
        assert f"—{number}—" in pages[first + number - 1], anchor
    assert all(numbers[part.anchor] % 2 for part in digest.parts if part.anchor in numbers)
