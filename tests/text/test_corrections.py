"""What a corrected edition says differently: items, and the pages that hold the changes."""

from datetime import date

import pytest

from editor.text.changed_pages import PageKind, PageText, compare_pages
from editor.text.corrections import Became, changed_frame, changed_items
from editor.text.document import Article, Attachment, IssueDocument, Mark, Part, paragraph

PIER = "青屿区码头改造完工。货物可以直达临澜市，全程不到两小时。"
SCHOOL = "云州市新建三所学校。九月起招生，学位增加两千个。"
RICE = "石浦县早稻收割过半。农机手连夜作业，预计周末完成。"


def article(headline: str, *texts: str, **more) -> Article:
    return Article(anchor="x", headline=headline, blocks=tuple(map(paragraph, texts)), **more)


def issue(**sections: list[Article]) -> IssueDocument:
    parts = tuple(
        Part(
            anchor=f"s{number}",
            name=name,
            articles=tuple(
                each.model_copy(update={"anchor": f"s{number}-{place}"})
                for place, each in enumerate(articles, start=1)
            ),
        )
        for number, (name, articles) in enumerate(sections.items(), start=1)
    )
    return IssueDocument(
        publication="云州信息摘编", slug="yunzhou", year=2026, number=7, total_number=61,
        dated_on=date(2026, 7, 15), label_lines=("第七期",), parts=parts,
    )  # fmt: skip


def became(old: IssueDocument, new: IssueDocument) -> list[tuple[Became, str, tuple[str, ...]]]:
    return [(each.became, each.headline, each.fields) for each in changed_items(old, new)]


# --- items ---------------------------------------------------------------------------------------


def test_the_same_text_under_other_anchors_is_no_change():
    first = issue(热点=[article("码头", PIER), article("学校", SCHOOL)])
    assert became(first, first.model_copy(update={"edition": 2})) == []


def test_each_change_is_named_by_what_differs():
    old = issue(热点=[article("码头", PIER), article("学校", SCHOOL)], 农业=[article("早稻", RICE)])
    new = issue(
        热点=[article("码头", PIER + "两小时内。", source_line="云州日报")],
        农业=[article("早稻", RICE), article("渔港", "渔港休渔期结束。")],
    )
    assert became(old, new) == [
        (Became.changed, "码头", ("source_line", "text")),
        (Became.added, "渔港", ()),
        (Became.removed, "学校", ()),
    ]


def test_an_item_with_another_headline_is_known_by_its_sentences():
    old = issue(热点=[article("码头完工", PIER)])
    (change,) = changed_items(old, issue(热点=[article("码头改造完工", PIER)]))
    assert (change.became, change.before, change.fields) == (
        Became.changed, "码头完工", ("headline",),
    )  # fmt: skip


def test_of_items_that_trade_places_the_fewest_have_moved():
    a, b, c = article("码头", PIER), article("学校", SCHOOL), article("早稻", RICE)
    assert became(issue(热点=[a, b, c]), issue(热点=[c, a, b])) == [(Became.moved, "早稻", ())]
    assert became(issue(热点=[a, b], 农业=[c]), issue(热点=[a], 农业=[b, c])) == [
        (Became.moved, "学校", ())
    ]


def test_attachments_and_marks_count_too():
    old = issue(热点=[article("码头", PIER)])
    new = issue(热点=[article("码头", PIER, attachments=(Attachment(label="文", url="http://x"),))])
    assert became(old, new) == [(Became.changed, "码头", ("attachments",))]
    blocks = (*old.parts[0].articles[0].blocks,)
    bold = blocks[0].content[0].model_copy(update={"marks": (Mark.strong,)})
    marked = blocks[0].model_copy(update={"content": (bold,)})
    strong = issue(热点=[article("码头").model_copy(update={"blocks": (marked,)})])
    assert became(old, strong) == [(Became.changed, "码头", ("form",))]


def test_two_items_of_one_headline_are_not_taken_for_each_other():
    old = issue(热点=[article("简讯", PIER), article("简讯", SCHOOL)])
    new = issue(热点=[article("简讯", PIER), article("简讯", SCHOOL + "附近居民优先。")])
    assert [each.anchor for each in changed_items(old, new)] == ["s1-2"]


def test_the_frame_is_compared_by_its_parts():
    old = issue(热点=[article("码头", PIER)])
    new = issue(要闻=[article("码头", PIER)]).model_copy(update={"window_line": "搜集时间"})
    assert changed_frame(old, new) == ("masthead", "sections")
    assert changed_frame(old, old) == ()


# --- pages ---------------------------------------------------------------------------------------

LINES = [f"第{number:03}行写着云州各区县的第{number * 7}件事情。" for number in range(400)]


def pages(lines: list[str], size: int = 10, first: int = 1) -> list[PageText]:
    return [
        PageText(str(first + at // size), tuple(lines[at : at + size]))
        for at in range(0, len(lines), size)
    ]


def kinds(old: list[PageText], new: list[PageText]) -> str:
    """Return a letter a page: s, m or c."""
    return "".join(each.kind.value[0] for each in compare_pages(old, new).pages)


def test_a_word_changed_in_place_changes_one_page():
    new = [*LINES[:100]]
    new[34] = new[34].replace("云州", "临澜")
    assert kinds(pages(LINES[:100]), pages(new)) == "sssc" + "s" * 6


def test_an_added_line_changes_its_page_and_moves_those_behind_it():
    new = [*LINES[:34], "更正：此处补一行。", *LINES[34:100]]
    assert kinds(pages(LINES[:100]), pages(new)) == "sssc" + "m" * 7


def test_a_line_taken_out_changes_the_page_it_stood_on():
    new = [*LINES[:34], *LINES[35:100]]
    assert kinds(pages(LINES[:100]), pages(new)) == "sssc" + "m" * 6


def test_a_page_put_in_or_taken_out_moves_the_others_whole():
    old = pages(LINES[:50])
    more = pages([*LINES[:20], *LINES[200:210], *LINES[20:50]])
    assert kinds(old, more) == "sscmmm"
    compared = compare_pages(more, old)
    assert [each.kind for each in compared.pages] == [PageKind.same] * 2 + [PageKind.moved] * 3
    assert [page.number for page in compared.gone] == ["3"]


def test_a_page_that_lost_its_end_has_changed_though_nothing_came():
    old, new = pages(LINES[:20]), pages(LINES[:20])
    new[0] = PageText("1", tuple(LINES[:7]))
    assert kinds(old, new) == "cs"
    new[0] = PageText("1", tuple(LINES[3:10]))
    assert kinds(old, new) == "cs"


def test_another_picture_or_running_head_changes_a_page_of_the_same_words():
    old = [
        PageText("1", ("同一行。",), "云州摘编", "aa"),
        PageText("2", ("另一行。",), "云州摘编", "bb"),
    ]
    look = [PageText("1", ("同一行。",), "云州摘编", "cc"), old[1]]
    head = [old[0], PageText("2", ("另一行。",), "云州摘报", "bb")]
    assert (kinds(old, look), kinds(old, head), kinds(old, old)) == ("cs", "sc", "ss")


def test_lines_broken_elsewhere_are_no_other_words():
    text = "".join(LINES[:100])
    wide = [text[at : at + 30] for at in range(0, len(text), 30)]
    narrow = [text[at : at + 23] for at in range(0, len(text), 23)]
    assert set(kinds(pages(wide), pages(narrow))) == {"m"}


def test_contents_whose_numbers_changed_have_changed():
    def contents(step: int) -> PageText:
        return PageText("i", tuple(f"第{n}篇……{n + step}" for n in range(1, 20)))

    old = [contents(0), *pages(LINES[:40])]
    new = [contents(1), *pages(["临时加的一页。"] * 10 + LINES[:40])]
    assert kinds(old, new) == "cc" + "mmmm"


def test_blank_pages_stay_blank():
    blank = PageText("", ())
    old = [*pages(LINES[:20]), blank]
    assert kinds(old, [*pages(LINES[:20]), blank]) == "sss"
    assert kinds(old, [*pages(LINES[:30]), blank]) == "sscm"


@pytest.mark.parametrize("old, new", [([], []), ([], pages(LINES[:10])), (pages(LINES[:10]), [])])
def test_nothing_is_compared_with_nothing(old, new):
    assert len(compare_pages(old, new).pages) == len(new)
