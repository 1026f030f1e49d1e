"""PDF for archives and for screen readers, as the profile asks; no public validator is at hand.

What typst itself checks it refuses, so that a file which comes out keeps the rules it knows.
"""

import re

import pytest

from editor.assembler.finished.checks import check_pdf
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.press.typeset import typeset, typeset_for_shop
from editor.errors import Invalid
from editor.profile import profile_from
from editor.store.files import FileStore
from editor.text.document import (
    Attachment,
    Figure,
    FootnoteRef,
    Heading,
    ListBlock,
    Part,
    Text,
    paragraph,
)
from tests.assembler import sample
from tests.assembler.preflight.test_preflight import article, issue

BOTH = ["a-2a", "ua-1"]
WINDOW = "本期刊物信息搜集时间：2034.06.16-2034.07.15"
NOTE = FootnoteRef(content=(Text(text="数据由临澜市统计局提供。"),))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return FileStore(tmp_path_factory.mktemp("files"))


def profile_with(profile, standard, **more):
    return profile_from(profile.model_dump() | {"pdf": {"standard": standard}} | more)


def head(level, *runs):
    return Heading(level=level, content=runs)


def tags(pdf):
    """Return the kinds of a file's tags, page by page in reading order."""
    reading = PdfReading(pdf)
    try:
        return [
            tag.kind
            for index in range(len(reading.pages))
            for top in reading.tags(index)
            for tag in top.walk()
        ]
    finally:
        reading.close()


@pytest.mark.parametrize(
    ("standard", "part", "conformance", "accessible"),
    [
        ("a-2b", b"2", b"B", False),
        ("a-2a", b"2", b"A", False),
        ("ua-1", None, None, True),
        (BOTH, b"2", b"A", True),
    ],
)
@pytest.mark.parametrize("name", ["digest", "review"])
def test_both_publications_come_out_in_each_standard(
    files, name, standard, part, conformance, accessible
):
    document = getattr(sample, name)(files)
    profile = profile_with(getattr(sample, f"{name}_profile")(), standard)
    made = typeset(document, profile, files)
    assert check_pdf(made.pdf, document, profile, made.starts)
    found = re.search(rb"<pdfaid:part>(\d)</pdfaid:part><pdfaid:conformance>(\w)<", made.pdf)
    assert (found.groups() if found else (None, None)) == (part, conformance)
    assert (b"<pdfuaid:part>1</pdfuaid:part>" in made.pdf) is accessible
    assert (b"/DisplayDocTitle true" in made.pdf) is accessible
    assert b"/MarkInfo<</Marked true" in made.pdf


def test_the_print_shops_file_keeps_the_standard_too(files):
    document = sample.digest(files)
    orders = {"bleed_mm": 3, "gutter_mm": 4, "pad_to": 4, "section_start": "right"}
    profile = profile_with(sample.digest_profile(), BOTH, print=orders)
    made = typeset_for_shop(document, profile, files)
    assert check_pdf(made.pdf, document, profile, made.starts, for_shop=True)


def test_heads_of_tables_name_their_columns_and_repeated_ones_are_furniture(files):
    document = sample.digest(files)
    made = typeset(document, profile_with(sample.digest_profile(), BOTH), files)
    heads = len(re.findall(rb"/S/TH\b", made.pdf))
    assert heads == made.pdf.count(b"/Scope/Column") > 0
    assert made.pdf.count(b"/Headers[") > heads
    # the long table's head is tagged on its first page only
    assert made.pdf.count(b"/S/THead") == sum(kind == "THead" for kind in tags(made.pdf))


@pytest.mark.parametrize(
    ("levels", "deep"),
    [((1, 2, 3), (3, 4, 5)), ((2, 3), (3, 4)), ((3, 3, 1, 3), (3, 4, 3, 4))],
)
def test_no_level_of_headings_is_skipped_whatever_the_text_does(files, levels, deep):
    blocks = [
        block
        for number, level in enumerate(levels)
        for block in (head(level, Text(text=f"第{number}节")), paragraph("码头改造完工。"))
    ]
    document = issue(article(blocks=tuple(blocks)), window_line=WINDOW)
    profile = profile_with(sample.digest_profile(), BOTH)
    made = typeset(document, profile, files)
    assert check_pdf(made.pdf, document, profile, made.starts)
    kinds = [kind for kind in tags(made.pdf) if re.fullmatch(r"H\d", kind)]
    assert kinds == ["H1", "H2", *(f"H{level}" for level in deep)]


def test_headings_within_a_section_of_one_item_follow_the_sections_own(files):
    alone = article(headline="榜单", blocks=(head(1, Text(text="一、企业")), paragraph("甲。")))
    document = issue(article(), window_line=WINDOW)
    more = Part(anchor="s2", name="榜单", articles=(alone.model_copy(update={"anchor": "s2-1"}),))
    document = document.model_copy(update={"parts": (*document.parts, more)})
    profile = profile_with(sample.digest_profile(), BOTH)
    made = typeset(document, profile, files)
    assert check_pdf(made.pdf, document, profile, made.starts)
    reading = PdfReading(made.pdf)
    assert [(title, level) for title, _, _, level in reading.outline][-2:] == [
        ("榜单", 0),
        ("一、企业", 1),
    ]


def test_the_outline_names_a_heading_without_its_note(files):
    blocks = (
        head(1, Text(text="一、背景"), NOTE),
        paragraph("正文。"),
        head(2, Text(text="（一）现"), NOTE, Text(text="状")),
        paragraph("正文。"),
    )
    document = issue(article(blocks=blocks), window_line=WINDOW)
    made = typeset(document, sample.digest_profile(), files)
    assert check_pdf(made.pdf, document, sample.digest_profile(), made.starts)
    reading = PdfReading(made.pdf)
    assert [title for title, _, _, _ in reading.outline][2:] == ["一、背景", "（一）现状"]
    text = "".join(reading.text(index) for index in range(len(reading.pages)))
    assert text.count("数据由临澜市统计局提供。") == 2


def test_pictures_without_any_words_are_no_obstacle(files):
    asset = sample.picture(files, 600, 400, "#3b6ea5")
    document = issue(
        article(
            blocks=(Figure(asset=asset.sha256), paragraph("码头改造完工。")),
            attachments=(Attachment(label="", url="https://www.yunzhou.example/7"),),
        ),
        window_line=WINDOW,
        assets=(asset,),
    )
    profile = profile_with(sample.digest_profile(), BOTH)
    made = typeset(document, profile, files)
    assert check_pdf(made.pdf, document, profile, made.starts)


def test_the_same_document_gives_the_same_accessible_bytes(files):
    document = sample.review(files)
    profile = profile_with(sample.review_profile(), BOTH)
    assert typeset(document, profile, files).pdf == typeset(document, profile, files).pdf


@pytest.mark.parametrize("wrong", ["a-1b", "pdf/a", ["a-2b", "ua-1"], [], 7, None])
def test_a_standard_that_is_none_is_refused_with_a_sentence(wrong):
    with pytest.raises(Invalid, match=r"“pdf\.standard”的值不对（只能填 a-2b") as refused:
        profile_with(sample.digest_profile(), wrong)
    assert "must be a-2b" in refused.value.english


def test_standards_may_be_listed_in_any_order():
    assert profile_with(sample.digest_profile(), ["ua-1", "a-2a"]).pdf.standard == ("a-2a", "ua-1")


def test_the_entries_of_a_list_are_told_to_screen_readers(files):
    entries = tuple((Text(text=f"第{n}项工作已完成。"),) for n in range(3))
    blocks = (ListBlock(ordered=True, items=entries), ListBlock(items=entries[:2]))
    document = issue(article(blocks=blocks), window_line=WINDOW)
    profile = profile_with(sample.digest_profile(), BOTH)
    made = typeset(document, profile, files)
    assert check_pdf(made.pdf, document, profile, made.starts)
    kinds = tags(made.pdf)
    assert (kinds.count("L"), kinds.count("LI"), kinds.count("LBody")) == (2, 5, 5)
