"""Paragraphs at an item's end that stay whole, so that no page is left with a line or two."""

from editor.assembler.keeping import Kept, closes_page, kept
from editor.text.document import Article, Part, paragraph
from editor.workflow import ItemKind
from tests.assembler import sample

PROFILE = sample.digest_profile()  # 30 characters a line, the first two indented
LINE = "云" * 30


def test_a_short_last_paragraph_goes_with_its_attachment():
    blocks = (paragraph(LINE * 9), paragraph(LINE * 3))
    assert kept(blocks, PROFILE, closes=False, attached=True) == {1: Kept(with_next=True)}


def test_a_long_last_paragraph_may_leave_its_attachment():
    assert kept((paragraph(LINE * 9),), PROFILE, closes=True, attached=True) == {}


def test_a_renderer_that_does_not_see_its_pages_keeps_longer_ones():
    blocks = (paragraph(LINE * 5),)
    assert kept(blocks, PROFILE, closes=True, attached=True) == {}
    found = kept(blocks, PROFILE, closes=True, attached=True, few=6)
    assert found == {0: Kept(with_next=True)}


def test_the_last_paragraph_before_a_page_break_is_not_parted():
    blocks = (paragraph(LINE * 9), paragraph(LINE * 4))
    assert kept(blocks, PROFILE, closes=True, attached=False) == {1: Kept(with_next=False)}
    assert kept(blocks, PROFILE, closes=False, attached=False) == {}


def test_a_last_line_takes_the_paragraph_before_it_along():
    blocks = (paragraph(LINE * 3), paragraph("云州"))
    found = kept(blocks, PROFILE, closes=True, attached=False)
    assert found == {0: Kept(with_next=True), 1: Kept(with_next=False)}


def test_an_item_without_text_keeps_nothing():
    assert kept((), PROFILE, closes=True, attached=True) == {}


def test_a_page_break_follows_a_section_and_what_stands_before_an_essay():
    articles = tuple(
        Article(anchor=f"s1-{number}", kind=kind, headline="码头完工")
        for number, kind in enumerate((ItemKind.news, ItemKind.news, ItemKind.essay))
    )
    part = Part(anchor="s1", name="热点关注", articles=articles)
    assert [closes_page(part, number, PROFILE) for number in range(3)] == [False, True, True]
