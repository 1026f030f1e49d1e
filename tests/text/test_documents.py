"""An official document is told from newspapers, books, short forms and laws cited in passing."""

import pytest

from editor.text.documents import mentions, same_document, shared_document

PORTS = (
    "近日，云州市人民政府办公厅印发《云州市港口振兴三年行动计划（2026—2028年）》"
    "（以下简称《计划》），提出建成泊位三十六个。"
)


def keys(title: str, text: str = "") -> list[str]:
    return [mention.key for mention in mentions(title, text)]


@pytest.mark.parametrize("title, text, key", [
    ("云州：港口迎来三年行动", PORTS, "港口振兴三年行动计划"),
    ("云州印发《港口振兴三年行动计划》", "", "港口振兴三年行动计划"),
    ("《云州市港口振兴三年行动计划（2026-2028年）》全文", "", "港口振兴三年行动计划"),
    ("云州市：印发《关于印发〈港口振兴三年行动计划〉的通知》", "", "港口振兴三年行动计划"),
    ("港口怎么振兴", "云州《港口振兴三年行动计划》日前公布。", "港口振兴三年行动计划"),
    ("《能源法》表决通过", "", "能源法"),
    ("海关出新规", "临澜海关近日发布《 船舶 保税加油 管理办法（试行）》。", "船舶保税加油管理办法"),
])  # fmt: skip
def test_a_document_is_found_by_its_name_alone(title: str, text: str, key: str) -> None:
    assert keys(title, text) == [key]


@pytest.mark.parametrize("title, text", [
    ("码头改造完工", "据《云州日报》报道，青屿区码头改造完工。"),
    ("读《青屿往事》", "《青屿往事》日前由云州出版社出版发行。"),
    ("码头违规被罚", "依据《中华人民共和国港口法》，临澜海事局作出处罚。"),
    ("码头整治", "为贯彻落实《云州市港口振兴三年行动计划》，青屿区开展整治。"),
    ("青屿区谈港口", "在《云州市港口振兴三年行动计划》公布后，各区召开座谈会。"),
    ("办法出台", "云州市出台《办法》，《通知》要求各区落实。"),
    ("没有书名号", "云州市发布通知。"),
])  # fmt: skip
def test_what_is_named_in_passing_is_no_document_of_the_text(title: str, text: str) -> None:
    assert keys(title, text) == []


def test_a_draft_and_an_explanation_are_not_the_document_itself() -> None:
    final, draft, explained = (
        mentions("云州发布《港口振兴三年行动计划》", "")[0],
        mentions("云州《港口振兴三年行动计划（征求意见稿）》公开征求意见", "")[0],
        mentions("《云州市港口振兴三年行动计划》政策解读", "")[0],
    )
    assert len({final.key, draft.key, explained.key}) == 3
    assert not same_document(final, draft) and not same_document(final, explained)


@pytest.mark.parametrize("title, body", [
    ("工信部：发布《港口装备管理办法》", "工业和信息化部"),
    ("工业和信息化部等五部门印发《港口装备管理办法》", "工业和信息化部"),
    ("国务院办公厅印发《港口装备管理办法》", "国务院"),
    ("临澜市人民政府印发《港口装备管理办法》", "临澜市"),
    ("《港口装备管理办法》公布", ""),
])  # fmt: skip
def test_the_body_is_read_from_what_stands_before(title: str, body: str) -> None:
    assert mentions(title, "")[0].body == body


def related(one: tuple[str, str], other: tuple[str, str]) -> bool:
    found = [(title, mentions(title, text)) for title, text in (one, other)]
    forth = shared_document(*found[0], *found[1]) is not None
    assert forth == (shared_document(*found[1], *found[0]) is not None)
    return forth


def test_two_papers_report_one_document() -> None:
    assert related(
        ("云州：印发《港口振兴三年行动计划》", "记者获悉，云州印发上述计划。"),
        ("云州港口振兴三年行动计划出台 将建泊位三十六个", PORTS),
    )


def test_a_namesake_of_another_city_is_another_document() -> None:
    text = "近日，{}印发《关于支持渡口营商的若干措施》，推出二十条。"
    assert not related(
        ("云州市出台支持渡口营商若干措施", text.format("云州市")),
        ("临澜市出台支持渡口营商若干措施", text.format("临澜市")),
    )


def test_another_year_is_another_document() -> None:
    name = "《云州市港口能效先进水平（{}年版）》发布"
    assert not related((name.format(2025), ""), (name.format(2026), ""))
    assert related((name.format(2026), ""), (name.format(2026), ""))


def test_a_text_that_only_touches_on_a_document_is_not_related() -> None:
    assert not related(
        ("云州：印发《港口振兴三年行动计划》", ""),
        ("青屿区中学生科技节开幕", "开幕式上，市教育局发布《港口振兴三年行动计划》读本。" + PORTS),
    )
