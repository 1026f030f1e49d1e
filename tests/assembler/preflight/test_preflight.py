"""Preflight: what would spoil the print is found before, and said in words that help."""

from datetime import date

import pytest

from editor.assembler.preflight import issue as preflight
from editor.profile import Wanted
from editor.store.files import FileStore
from editor.text.document import (
    Article,
    AssetRef,
    Attachment,
    BookEntry,
    Cell,
    Figure,
    IssueDocument,
    Part,
    Table,
    Text,
    paragraph,
)
from tests.assembler import sample

URL = "https://www.yunzhou.example/a"
PROFILE = sample.digest_profile()
PICTURE = AssetRef(sha256="ab" * 32, media_type="image/png", width=10, height=10)


def article(**changes):
    values = {
        "anchor": "s1-1",
        "headline": "望川：码头改造完工",
        "source_line": "云州日报",
        "dated_on": date(2034, 7, 1),
        "blocks": (paragraph("码头改造完工。"),),
    }
    return Article(**(values | changes))


def issue(*articles, **changes):
    values = {
        "publication": "云州信息摘编",
        "slug": "digest",
        "year": 2034,
        "number": 7,
        "total_number": 31,
        "dated_on": date(2034, 7, 15),
        "label_lines": ("2034 年 第七期",),
        "parts": (Part(anchor="s1", name="热点关注", articles=articles or (article(),)),),
    }
    return IssueDocument(**(values | changes))


def codes(document, profile=PROFILE):
    found = preflight.check(document, profile)
    return {
        (finding.grade, finding.code) for finding in found if finding.code != "section_left_out"
    }


def attached(url, label="《行动方案》"):
    return issue(article(attachments=(Attachment(label=label, url=url),)))


def test_the_sample_issues_may_be_printed(tmp_path):
    files = FileStore(tmp_path)
    for document, profile in (
        (sample.digest(files), PROFILE),
        (sample.review(files), sample.review_profile()),
    ):
        assert {grade for grade, _ in codes(document, profile)} <= {"note", "warn"}


def test_a_clean_item_has_no_finding():
    assert codes(issue()) == set()


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"headline": ""}, ("block", "no_headline")),
        ({"headline": "长" * 75}, ("warn", "long_headline")),
        ({"headline": "长" * 500}, ("block", "headline_over_a_page")),
        ({"subtitle": "长" * 900}, ("block", "headline_over_a_page")),
        ({"source_line": ""}, ("block", "no_source")),
        ({"dated_on": None}, ("block", "no_date")),
        ({"blocks": ()}, ("warn", "no_body")),
        ({"blocks": (paragraph("完工😀。"),)}, ("block", "missing_glyph")),
        ({"blocks": (Figure(caption="图1 码头"),)}, ("warn", "no_picture")),
        ({"blocks": (Figure(asset="cd" * 32),)}, ("warn", "no_picture")),
        (
            {"blocks": (Table(rows=((Cell(content=(Text(text="ABCDEFGHIJKLMN"),)),) * 12,)),)},
            ("block", "wide_table"),
        ),
    ],
)
def test_what_is_wrong_with_an_item_is_found(changes, expected):
    assert codes(issue(article(**changes))) == {expected}


@pytest.mark.parametrize(
    "url, expected",
    [
        ("", ("block", "bad_link")),
        ("www.yunzhou.example/a", ("block", "bad_link")),
        ("https://mp.weixin.qq.com/s/Ab Cd", ("block", "bad_link")),
        ("javascript:alert(1)", ("block", "bad_link")),
        ("https://mp.weixin.qq.com/s/AbCdEf0123456789_-XyZ", ("warn", "odd_link")),
        (URL + "?" + "a" * 120, ("note", "enlarged_code")),
        (URL + "?" + "a" * 1500, ("warn", "large_code")),
        (URL + "?" + "a" * 4000, ("block", "link_too_long")),
    ],
)
def test_an_address_that_cannot_be_scanned_is_found(url, expected):
    assert codes(attached(url)) == {expected}


def test_a_usable_address_is_no_finding():
    assert codes(attached("https://mp.weixin.qq.com/s/AbCdEf0123456789_-XyZw")) == set()


def test_an_item_printed_twice_is_found():
    twin = article(anchor="s1-2")
    assert codes(issue(article(), twin)) == {("warn", "same_headline")}
    assert ("block", "same_anchor") in codes(issue(article(), article(headline="青屿：开工")))


def test_the_same_attachment_under_two_items_is_found():
    one = article(attachments=(Attachment(label="《方案》", url=URL),))
    two = one.model_copy(update={"anchor": "s1-2", "headline": "青屿：印发方案"})
    assert codes(issue(one, two)) == {("warn", "same_link")}


def test_an_empty_section_is_found_and_one_left_out_is_noted():
    parts = (
        Part(anchor="s1", name="热点关注", articles=(article(),)),
        Part(anchor="s2", name="行业动向"),
    )
    found = preflight.check(issue(parts=parts), PROFILE)
    assert [(one.code, one.anchor) for one in found if one.grade == "warn"] == [
        ("empty_section", "s2")
    ]
    left_out = [one for one in found if one.code == "section_left_out"]
    assert len(left_out) == len(PROFILE.section) - 2


@pytest.mark.parametrize(
    "kind, grade",
    [("news", "block"), ("ranking", "block"), ("essay", "warn"), ("books", None)],
)
def test_source_and_date_are_asked_for_as_the_kind_of_item_wants(kind, grade):
    bare = article(kind=kind, source_line="", dated_on=None)
    wanted = {(grade, "no_source"), (grade, "no_date")} if grade else set()
    assert codes(issue(bare)) == wanted


def test_a_section_of_the_profile_says_itself_how_much_it_wants_a_source():
    rows = tuple(row.model_copy(update={"source": Wanted.none}) for row in PROFILE.section)
    silent = PROFILE.model_copy(update={"section": rows})
    assert codes(issue(article(source_line="")), silent) == set()
    rows = tuple(row.model_copy(update={"source": Wanted.required}) for row in PROFILE.section)
    strict = PROFILE.model_copy(update={"section": rows})
    assert codes(issue(article(kind="essay", source_line="")), strict) == {("block", "no_source")}


def test_an_item_without_a_source_may_be_waived_and_one_over_a_page_not():
    found = preflight.check(issue(article(source_line="", subtitle="长" * 1100)), PROFILE)
    waivable = {one.code: one.waivable for one in found if one.grade == "block"}
    assert waivable == {"no_source": True, "headline_over_a_page": False}


def test_what_fonts_lack_or_a_page_cannot_hold_stops_paper_only():
    found = preflight.check(issue(article(headline="长" * 700 + "😀")), PROFILE)
    stopping = [one for one in found if one.grade == "block"]
    assert {one.code for one in stopping} == {"missing_glyph", "headline_over_a_page"}
    for one in stopping:
        assert [one.stops(name) for name in ("pdf", "docx", "zip")] == [True] * 3
        assert [one.stops(name) for name in ("web", "epub", "wechat")] == [False] * 3


def test_no_sentence_is_as_long_as_what_it_quotes(tmp_path):
    long, url = "长" * 600, URL + "?" + "a" * 900
    rows = (sample.cells(*["ABCDEFGHIJKLMN"] * 12),)
    one = article(
        headline=long + "😀",
        subtitle=long,
        blocks=(Figure(caption=long), Table(rows=rows, caption=long), BookEntry(title=long)),
        attachments=(Attachment(label=long, url=url), Attachment(label="", url=url + " b")),
    )
    found = preflight.check(issue(one, one.model_copy(update={"anchor": "s1-2"})), PROFILE)
    assert len({each.code for each in found}) >= 8
    for each in found:
        assert len(each.chinese) < 180 and len(each.english) < 330, each


def test_a_headline_of_a_word_that_sentences_use_is_named_all_the_same():
    found = preflight.check(issue(article(headline="来源", source_line="")), PROFILE)
    (finding,) = [finding for finding in found if finding.code == "no_source"]
    assert finding.chinese == "《来源》：稿件没有来源，请补上"


def test_an_item_without_a_headline_is_named_by_how_it_begins():
    found = preflight.check(issue(article(headline="")), PROFILE)
    (finding,) = [finding for finding in found if finding.code == "no_headline"]
    assert finding.chinese == "开头是“码头改造完工。”的稿件：稿件没有标题"


def test_the_review_asks_for_a_byline_and_not_for_a_source():
    bare = article(source_line="", dated_on=None)
    assert codes(issue(bare), sample.review_profile()) == {("warn", "no_byline")}


def test_a_byline_that_is_not_printed_is_neither_missed_nor_checked():
    profile = sample.review_profile()
    silent = profile.model_copy(update={"item": profile.item.model_copy(update={"byline": ""})})
    assert codes(issue(article()), silent) == set()
    assert codes(issue(article(byline="\ue000")), silent) == set()
    assert codes(issue(article(byline="\ue000")), profile) == {("block", "no_character")}


@pytest.mark.parametrize("broken", ["\ufffd", "\ue123", "\U000f0001"])
def test_a_character_that_nobody_can_read_stops_every_format(broken):
    found = preflight.check(issue(article(blocks=(paragraph(f"完工{broken}。"),))), PROFILE)
    [finding] = [one for one in found if one.grade == "block"]
    assert finding.code == "no_character"
    assert all(finding.stops(name) for name in ("pdf", "docx", "web", "epub", "wechat", "zip"))


def test_a_picture_that_cannot_be_printed_blocks():
    odd = PICTURE.model_copy(update={"media_type": "image/tiff"})
    document = issue(article(blocks=(Figure(asset=odd.sha256, caption="图1"),)), assets=(odd,))
    assert ("block", "picture_format") in codes(document)


def test_a_picture_without_any_description_is_noted():
    document = issue(article(blocks=(Figure(asset=PICTURE.sha256),)), assets=(PICTURE,))
    assert ("note", "no_alt") in codes(document)


def test_every_finding_speaks_both_languages(tmp_path):
    document = issue(article(headline="", blocks=(), source_line="", dated_on=None))
    for finding in preflight.check(document, PROFILE):
        assert finding.chinese
        assert finding.english.isascii() or "“" in finding.english


def test_what_is_wrong_with_an_item_names_the_item():
    found = preflight.check(issue(article(source_line="")), PROFILE)
    (finding,) = [finding for finding in found if finding.code == "no_source"]
    assert finding.chinese == "《望川：码头改造完工》：稿件没有来源，请补上"
    assert finding.english == "“望川：码头改造完工”: The item has no source; add it"
