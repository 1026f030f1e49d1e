"""The publication's own words are set on a screen: cover, masthead, sections, colophon."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlmodel import select
from werkzeug.datastructures import MultiDict

from editor.assembler.gather import gather
from editor.desk import publications
from editor.errors import Invalid
from editor.profile import Profile, parse_profile, read_profile
from editor.store.models import Event, Issue
from editor.web.profile_boxes import boxes
from editor.web.profile_forms import label, names, parts_of, profile_typed, shown
from tests.cast import make_profile
from tests.house.test_printed_words import PROFILES
from tests.web.conftest import Office

PAGE = "/settings/publication"


def form_of(text: str) -> MultiDict[str, str]:
    """Return what a browser without scripts sends of the page's form."""
    (form,) = html.fromstring(text).xpath("//form[@action='/settings/publication']")
    found = MultiDict[str, str]()
    for field in form.xpath(".//input[@name] | .//textarea | .//select"):
        if field.tag == "select":
            chosen = field.xpath("option[@selected]") or field.xpath("option")
            found.add(field.get("name"), chosen[0].get("value"))
        elif field.get("type") != "checkbox":
            found.add(field.get("name"), field.value or "")
        elif field.get("checked") is not None:
            found.add(field.get("name"), "1")
    return found


def present(app: Flask) -> Profile:
    with app.extensions["database"].reading() as session:
        return publications.profile_of(publications.get_publication(session, "yunzhou"))


def change(form: MultiDict[str, str], key: str, *values: str) -> None:
    form.setlist(key, list(values))


def test_a_page_sent_back_as_it_came_changes_nothing(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    before = present(app)
    assert ada.post(PAGE, data=form_of(ada.get(PAGE).text)).status_code == 303
    assert present(app) == before
    assert "没有改动" in ada.get(PAGE).text


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_profile_of_the_house_survives_its_screen(path) -> None:
    profile = read_profile(path)
    seen = shown(profile)
    form = MultiDict[str, str](seen.texts)
    for key in seen.ticked:
        form.add(key, "1")
    for box in boxes():
        for row in seen.rows.get(box.key, []):
            for name, value in zip(parts_of(box), row, strict=True):
                form.add(name, value)
    again = profile_typed(profile, form)
    # both keys say that the contents stand on the cover; the screen sets them alike
    place = again.toc.place
    assert again.cover.contents_on_cover is (place == "cover")
    cover = profile.cover.model_copy(update={"contents_on_cover": place == "cover"})
    toc = profile.toc.model_copy(update={"place": place})
    assert again == profile.model_copy(update={"cover": cover, "toc": toc})


def test_what_is_set_is_printed_by_the_issue_at_work(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    form = form_of(ada.get(PAGE).text)
    change(form, "name", "临澜信息")
    change(form, "cover.slogan", "信息服务\r\n\r\n资政参考 ")
    change(form, "cover.label_lines", "第 {number} 期（总第 {total} 期）\n{year} 年 {month} 月")
    change(form, "masthead.fields.label", "电话", "网址", "")
    change(form, "masthead.fields.value", "(0100) 5550101", "www.linlan.example", "")
    change(form, "masthead.editors.role", "责任编辑", "")
    change(form, "masthead.editors.names", "沈望川、张 欣", "")
    change(form, "colophon.fields.label", "印数")
    change(form, "colophon.fields.value", "300 册")
    change(form, "masthead.qr_url", "https://www.linlan.example/weixin")
    assert ada.post(PAGE, data=form).status_code == 303
    with app.extensions["database"].reading() as session:
        document = gather(session, session.get(Issue, 1))
        (event,) = session.exec(select(Event).where(Event.verb == "load_profile")).all()[-1:]
    assert document.publication == "临澜信息"
    assert document.cover_lines == ("信息服务", "资政参考")
    assert document.label_lines == ("第 7 期（总第 61 期）", "2026 年 7 月")
    assert [(each.label, each.value) for each in document.masthead] == [
        ("电话", "(0100) 5550101"),
        ("网址", "www.linlan.example"),
    ]
    assert [(each.role, each.names) for each in document.editors] == [
        ("责任编辑", ("沈望川", "张欣"))
    ]
    assert [(each.label, each.value) for each in document.colophon] == [("印数", "300 册")]
    assert document.qr_url == "https://www.linlan.example/weixin"
    assert event.user_id is not None


def test_sections_of_new_issues_are_added_ordered_and_left_out(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    form = form_of(ada.get(PAGE).text)
    change(form, "section.name", "图书角", "热点关注", "")
    change(form, "section.kind", "books", "news", "news")
    change(form, "section.quota", "1", "", "")
    change(form, "section.solo", "1", "", "")
    change(form, "section.source", "none", "", "")
    assert ada.post(PAGE, data=form).status_code == 303
    books, hot = present(app).section
    assert (books.name, books.kind, books.quota, books.solo, books.source) == (
        "图书角", "books", 1, True, "none",
    )  # fmt: skip
    assert (hot.name, hot.quota, hot.solo, hot.source) == ("热点关注", None, False, None)


def test_what_the_screen_does_not_show_stays_as_it_was(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    home = make_profile(
        page={"em_per_line": 30, "body_size": 14}, print={"bleed_mm": 3}, fonts={"hei": "黑"}
    )
    form = MultiDict({"name": "云州信息", "section.name": "要闻", "section.kind": "news",
                      "section.quota": "", "section.solo": "", "section.source": ""})  # fmt: skip
    after = profile_typed(home, form)
    assert (after.page, after.print, after.fonts) == (home.page, home.print, home.fonts)


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("name", " ", "请填写刊名"),
        ("name", "长" * 61, "最多 60 个字"),
        ("cover.label_lines", "第{qi}期", "花括号里只能写 {year} {month} {number} {total}"),
        ("item.source_line", "{source", "花括号里只能写 {source} {date}"),
        ("masthead.qr_url", "javascript:alert(1)", "http:// 或 https://"),
        ("toc.place", "back", "请从列表中选择"),
        ("section.name", "", "至少要有一个栏目"),
        ("section.quota", "三", "请填写整数"),
        ("masthead.fields.label", "电话", "左右两格都要填"),
    ],
)
def test_what_cannot_be_printed_is_refused_at_its_box_and_stays_typed(
    app: Flask, office: Office, ada: FlaskClient, key: str, value: str, said: str
) -> None:
    before = present(app)
    form = form_of(ada.get(PAGE).text)
    rows = len(form.getlist(key))
    change(form, key, *([value] if key != "section.name" else [""] * rows))
    change(form, "cover.slogan", "还在的标语")
    if key == "section.name":
        change(form, "section.quota", *[""] * rows)
    answer = ada.post(PAGE, data=form)
    assert answer.status_code == 422
    assert said in html.fromstring(answer.text).text_content()
    assert "还在的标语" in answer.text
    assert present(app) == before


def test_the_file_holds_what_was_set_on_the_screen(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    form = form_of(ada.get(PAGE).text)
    change(form, "cover.slogan", "信息服务")
    ada.post(PAGE, data=form)
    answer = ada.get(f"{PAGE}/profile.toml")
    assert "yunzhou.toml" in answer.headers["Content-Disposition"]
    assert parse_profile(answer.text) == present(app)
    assert 'slogan = ["信息服务"]' in answer.text


def test_the_next_issue_gets_the_numbers_that_are_set(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    numbers = {"year": "2027", "number": "1", "total": "70"}
    assert ada.post(f"{PAGE}/next", data=numbers).status_code == 303
    assert "2027 年第 1 期（总第 70 期）" in ada.get("/issues/new").text
    assert 'id="next"' in ada.get(PAGE).text


@pytest.mark.parametrize(
    "total, said", [("61", "总第 61 期已经有了"), ("0", "不能小于 1"), ("七", "请填写整数")]
)
def test_a_total_number_that_cannot_be_is_refused(
    app: Flask, office: Office, ada: FlaskClient, total: str, said: str
) -> None:
    answer = ada.post(f"{PAGE}/next", data={"year": "2026", "number": "8", "total": total})
    assert answer.status_code == 422
    assert said in answer.text
    with app.extensions["database"].reading() as session:
        assert publications.get_publication(session, "yunzhou").next_total == 62


def test_signs_that_no_database_keeps_are_left_out(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    form = form_of(ada.get(PAGE).text)
    change(form, "name", "临澜\0信息\u200b")
    change(form, "cover.publisher", "甲\0单位\n<b>乙</b>")
    assert ada.post(PAGE, data=form).status_code == 303
    assert present(app).name == "临澜信息"
    assert present(app).cover.publisher == ("甲单位", "<b>乙</b>")
    assert "&lt;b&gt;乙" in ada.get(PAGE).text


def test_two_sections_of_one_name_are_refused() -> None:
    form = MultiDict([("section.name", "要闻"), ("section.name", "要闻")])
    for name in ("kind", "quota", "solo", "source"):
        form.setlist(f"section.{name}", ["news" if name == "kind" else ""] * 2)
    with pytest.raises(Invalid) as refused:
        profile_typed(make_profile(), form)
    assert "同名" in refused.value.fields["section"][0]


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unasked(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    mine = form_of(ada.get(PAGE).text)
    theirs = mine.copy()
    change(theirs, "cover.slogan", "她的标语")
    assert ada.post(PAGE, data=theirs).status_code == 303
    change(mine, "cover.slogan", "我的标语")
    answer = ada.post(PAGE, data=mine)
    assert answer.status_code == 409
    assert "别人改过刊物设置" in answer.text and "我的标语" in answer.text
    assert present(app).cover.slogan == ("她的标语",)
    assert ada.post(PAGE, data=form_of(answer.text)).status_code == 303
    assert present(app).cover.slogan == ("我的标语",)


@pytest.mark.parametrize(
    "typed, found",
    [
        ("沈望川、林祎", ["沈望川", "林祎"]),
        ("沈望川 林祎", ["沈望川", "林祎"]),
        ("张 欣", ["张欣"]),
        ("张　欣，何石浦; 林祎", ["张欣", "何石浦", "林祎"]),
        ("Ada Fen、阿依古丽·买买提 何石浦", ["Ada Fen", "阿依古丽·买买提", "何石浦"]),
        (" 、", []),
    ],
)
def test_names_are_read_as_they_are_written(typed: str, found: list[str]) -> None:
    assert names(typed) == found


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("主 编", "主编"),
        ("副　主　编：", "副主编"),
        ("电话:", "电话"),
        ("E-mail", "E-mail"),
        ("联系 电话", "联系 电话"),
    ],
)
def test_a_label_is_kept_without_the_spacing_and_the_colon_of_paper(typed: str, kept: str) -> None:
    assert label(typed) == kept


def test_the_screen_has_a_word_for_every_box(office: Office, ada: FlaskClient) -> None:
    page = ada.get(PAGE).text
    for box in boxes():
        wanted = parts_of(box) or (box.key,)
        for name in wanted:
            assert re.search(rf'name="{re.escape(name)}"', page), name
