"""The item page: saving, conflicts, states, versions, attachments, books, items typed by hand."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlmodel import select

from editor.desk import issues, items
from editor.store.models import Event, Issue, Item, Revision
from editor.text.document import BookEntry, Heading, Paragraph, paragraph, plain
from editor.web.item_forms import place_books
from editor.workflow import ItemKind, ItemState
from tests.cast import NOW, make_item
from tests.web.conftest import HTMX, Office

HEADLINE = "临澜市：便民服务站启用"


def latest(app: Flask, id: int) -> Revision:
    with app.extensions["database"].reading() as session:
        return items.current(session, session.get(Item, id))


def revisions(app: Flask, id: int) -> list[Revision]:
    with app.extensions["database"].reading() as session:
        item = session.get(Item, id)
        numbers = [row.number for row in items.list_revisions(session, item)]
        return [items.get_revision(session, item, number) for number in numbers]


def form(**changes: Any) -> dict[str, Any]:
    return {"base": 1, "headline": HEADLINE, "source_line": "临澜晚报"} | changes


def tree(*texts: str) -> str:
    content = [
        {
            "type": "paragraph",
            "attrs": {"id": f"b{number}", "role": "body"},
            "content": [{"type": "text", "text": text}],
        }
        for number, text in enumerate(texts)
    ]
    return json.dumps({"type": "doc", "content": content})


def test_the_page_holds_the_fields_the_tree_and_the_way_to_read_without_a_script(
    ada: FlaskClient, office: Office
) -> None:
    text = ada.get(f"/items/{office.item}").text
    assert 'id="body-tree"' in text and "没有启用 JavaScript" in text
    assert "服务站覆盖全市十二个街道" in text
    assert "<style" not in text and " style=" not in text and " on" + "click=" not in text


def test_an_autosave_stores_blocks_and_answers_the_new_revision(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    data = form(tree=tree("第一段。", "第二段。"), dated_on="2026-07-08", url="https://x.example/1")
    answer = ada.post(f"/items/{office.item}", data=data, headers=HTMX)
    assert answer.get_json()["revision"] == 2
    saved = latest(app, office.item)
    assert [plain(block.content) for block in saved.blocks] == ["第一段。", "第二段。"]
    assert [block.id for block in saved.blocks] == ["b0", "b1"]
    assert (saved.headline, str(saved.dated_on)) == (HEADLINE, "2026-07-08")


def test_the_same_text_again_saves_nothing(app: Flask, ada: FlaskClient, office: Office) -> None:
    data = form(tree=tree("第一段。"))
    ada.post(f"/items/{office.item}", data=data, headers=HTMX)
    again = ada.post(f"/items/{office.item}", data=data | {"base": 2}, headers=HTMX)
    assert again.get_json()["revision"] == 2
    assert len(revisions(app, office.item)) == 2


def test_without_a_script_the_text_stays_and_the_answer_is_a_redirect(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    answer = ada.post(f"/items/{office.item}", data=form())
    assert answer.status_code == 303
    saved = latest(app, office.item)
    assert saved.headline == HEADLINE
    assert plain(saved.blocks[0].content).startswith("服务站覆盖")


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"headline": "  "}, "headline", "请填写这一项"),
        ({"url": "javascript:alert(1)"}, "url", "http://"),
        ({"dated_on": "昨天"}, "dated_on", "2025-03-07"),
        (
            {"attachment_label": "方案", "attachment_url": ""},
            "attachment_0",
            "附 1 缺少网址",
        ),
        (
            {"attachment_label": "方案", "attachment_url": "ftp://x.example/a"},
            "attachment_0",
            "http://",
        ),
    ],
)
def test_a_wrong_field_is_refused_with_its_sentence_and_keeps_what_was_typed(
    app: Flask,
    ada: FlaskClient,
    office: Office,
    change: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    answer = ada.post(f"/items/{office.item}", data=form(**change), headers=HTMX)
    assert answer.status_code == 422
    assert sentence in answer.get_json()["fields"][field]
    shown = ada.post(f"/items/{office.item}", data=form(**change, byline="沈砚"))
    assert shown.status_code == 422
    assert "沈砚" in shown.text and sentence in shown.text
    assert latest(app, office.item).number == 1


def test_an_unknown_node_is_refused_and_nothing_is_saved(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    bad = json.dumps({"type": "doc", "content": [{"type": "iframe"}]})
    answer = ada.post(f"/items/{office.item}", data=form(tree=bad), headers=HTMX)
    assert answer.status_code == 422
    assert "没有保存" in answer.get_json()["sentence"]
    assert latest(app, office.item).number == 1


@pytest.fixture
def stale(app: Flask, office: Office) -> int:
    """Give an item that the editor changed to revision 2 while Ada still has revision 1 open."""
    with app.extensions["database"].writing() as session:
        item = session.get(Item, office.item)
        fields = items.fields_of(items.current(session, item))
        changed = {"headline": "对方的标题", "blocks": (paragraph("对方的文字。"),)}
        changed_fields = fields.model_copy(update=changed)
        items.revise(session, item, changed_fields, base=1, by=None, now=NOW)
        session.commit()
    return office.item


def test_a_stale_save_gets_409_and_sees_both_texts(
    app: Flask, ada: FlaskClient, stale: int
) -> None:
    data = form(tree=tree("我的文字。"))
    answer = ada.post(f"/items/{stale}", data=data, headers=HTMX)
    assert answer.status_code == 409
    assert "已保存第 2 版" in answer.text
    assert "对方的文字。" in answer.text and "我的文字。" in answer.text
    assert latest(app, stale).number == 2
    plain_page = ada.post(f"/items/{stale}", data=data)
    assert plain_page.status_code == 409
    assert 'name="headline"' in plain_page.text and "用我的" in plain_page.text


def test_mine_becomes_the_latest_and_theirs_stays_in_the_list(
    app: Flask, ada: FlaskClient, stale: int
) -> None:
    data = form(base=2, choose="mine", tree=tree("我的文字。"))
    ada.post(f"/items/{stale}", data=data, headers=HTMX)
    assert [row.headline for row in revisions(app, stale)][:2] == [HEADLINE, "对方的标题"]


def test_theirs_stays_the_latest_and_mine_is_kept_as_a_revision(
    app: Flask, ada: FlaskClient, stale: int
) -> None:
    data = form(base=2, choose="theirs", tree=tree("我的文字。"))
    ada.post(f"/items/{stale}", data=data, headers=HTMX)
    rows = revisions(app, stale)
    assert [row.headline for row in rows][:3] == ["对方的标题", HEADLINE, "对方的标题"]
    assert plain(rows[1].blocks[0].content) == "我的文字。"


def test_a_page_opened_earlier_does_not_move_the_item_back(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    with app.extensions["database"].writing() as session:
        issue, item = session.get(Issue, 1), session.get(Item, office.item)
        _, second, _ = issues.sections_of(session, issue)
        issues.move_item(
            session, issue, item, section=second, position=1, version=0, by=None, now=NOW
        )
        session.commit()
        target = second.id
    ada.post(f"/items/{office.item}", data=form(section=1, section_was=1), headers=HTMX)
    with app.extensions["database"].reading() as session:
        assert session.get(Item, office.item).section_id == target


def test_choosing_another_section_moves_the_item(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    ada.post(f"/items/{office.item}", data=form(section=3, section_was=1), headers=HTMX)
    with app.extensions["database"].reading() as session:
        assert session.get(Item, office.item).section_id == 3


def test_the_state_is_one_press_and_answers_its_buttons(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    answer = ada.post(f"/items/{office.item}/state", data={"state": "ready"}, headers=HTMX)
    assert 'value="ready" aria-pressed="true"' in answer.text
    with app.extensions["database"].reading() as session:
        assert session.get(Item, office.item).state is ItemState.ready


def test_restoring_an_old_version_makes_a_new_one(app: Flask, ada: FlaskClient, stale: int) -> None:
    assert "第 1 版" in ada.get(f"/items/{stale}").text
    assert "便民服务站" in ada.get(f"/items/{stale}/revisions/1").text
    ada.post(f"/items/{stale}/restore", data={"number": 1, "base": 2})
    rows = revisions(app, stale)
    assert rows[0].number == 3
    assert rows[0].blocks == rows[2].blocks
    assert rows[0].note == "恢复第 1 版"


def test_autosaves_of_one_sitting_stand_together_in_the_list(
    ada: FlaskClient, office: Office
) -> None:
    for base, text in enumerate(("甲", "甲乙", "甲乙丙"), start=1):
        ada.post(f"/items/{office.item}", data=form(base=base, tree=tree(text)), headers=HTMX)
    assert "同次编辑还有 2 次自动保存" in ada.get(f"/items/{office.item}").text


def test_attachments_are_rows_and_empty_ones_go(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    rows = {
        "attachment_label": ["实施方案", "", "解读"],
        "attachment_url": ["https://gov.yunzhou.example/a.pdf", "", "https://x.example/b"],
    }
    ada.post(f"/items/{office.item}", data=form() | rows)
    assert [each.label for each in latest(app, office.item).attachments] == ["实施方案", "解读"]


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(out, "PNG")
    return out.getvalue()


def test_a_picture_is_stored_and_shown_and_anything_else_is_refused(
    ada: FlaskClient, office: Office
) -> None:
    go = f"/items/{office.item}/pictures"
    answer = ada.post(go, data={"file": (io.BytesIO(png()), "a.png")}, headers=HTMX)
    sha256 = answer.get_json()["sha256"]
    assert ada.get(f"/assets/{sha256}").content_type == "image/png"
    bad = ada.post(go, data={"file": (io.BytesIO(b"<svg/>"), "a.png")}, headers=HTMX)
    assert bad.status_code == 422


def test_books_are_edited_entry_by_entry(app: Flask, ada: FlaskClient, office: Office) -> None:
    with app.extensions["database"].writing() as session:
        section = issues.sections_of(session, session.get(Issue, 1))[2]
        blocks = (paragraph("本期推荐一种。"), BookEntry(title="潮间带札记", cover="ab" * 32))
        item = make_item(session, section, blocks=blocks)
        item.kind = ItemKind.books
        session.commit()
        id = item.id or 0
    book = latest(app, id).blocks[1]
    rows = {
        "book_title": ["潮间带札记", "云州海港志", ""],
        "book_author": ["沈砚", "", ""],
        "book_publisher": ["云州出版社", "", ""],
        "book_published": ["2026 年 5 月", "", ""],
        "book_summary": ["二十年的海岸。", "", ""],
        "book_reason": ["资料扎实。", "", ""],
        "book_id": [book.id, "", ""],
        "book_cover": ["ab" * 32, "", ""],
    }
    ada.post(f"/items/{id}", data=form() | rows)
    first, second, third = latest(app, id).blocks
    assert isinstance(first, Paragraph)
    assert (second.title, second.author, second.cover) == ("潮间带札记", "沈砚", "ab" * 32)
    assert (second.id, third.title) == (book.id, "云州海港志")


def test_books_keep_their_places_between_other_blocks():
    one, two, three = (BookEntry(title=name) for name in "甲乙丙")
    text = paragraph("其次：")
    assert place_books((one, text, two), (three, two)) == (three, text, two)
    assert place_books((one, text, two), (three,)) == (three, text)
    assert place_books((text,), (one, two)) == (text, one, two)


def test_an_items_kind_is_changed_and_an_older_page_leaves_it(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    go = f"/items/{office.item}"
    answer = ada.post(go, data=form(kind="essay", kind_was="news"), headers=HTMX)
    assert answer.json["kind"] == "essay"
    # a page that was opened before still says what it was then
    assert ada.post(go, data=form(base=2, kind="news", kind_was="news"), headers=HTMX).json
    with app.extensions["database"].reading() as session:
        assert session.get(Item, office.item).kind is ItemKind.essay
        (event,) = session.exec(select(Event).where(Event.verb == "set_item_kind")).all()
    assert (event.before, event.after) == ({"kind": "news"}, {"kind": "essay"})
    assert (
        ada.post(go, data=form(base=2, kind="poem", kind_was="essay"), headers=HTMX).status_code
        == 422
    )


# --- typed by hand -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(ItemKind))
def test_an_item_of_every_kind_is_typed_by_hand(
    app: Flask, ada: FlaskClient, office: Office, kind: ItemKind
) -> None:
    assert ada.get("/issues/61/items/new?section=2").status_code == 200
    data = {
        "section": 2,
        "kind": kind.value,
        "headline": "手工录入的一篇",
        "text": "第一段。\n\n第二段。\n",
        "attachment_label": "全文",
        "attachment_url": "https://x.example/f",
    }
    answer = ada.post("/issues/61/items/new", data=data)
    assert answer.status_code == 303
    id = int(answer.location.rsplit("/", 1)[1])
    saved = latest(app, id)
    assert [plain(block.content) for block in saved.blocks] == ["第一段。", "第二段。"]
    with app.extensions["database"].reading() as session:
        item = session.get(Item, id)
        assert (item.kind, item.section_id) == (kind, 2)


def test_what_comes_along_invisibly_from_a_web_page_is_not_stored(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    data = {
        "section": 2,
        "kind": "essay",
        "headline": "港口\u200b通航\ufeff，cafe\u0301 开业",
        "text": "第一\u200b段。\0",
        "attachment_label": "全\u2060文",
        "attachment_url": "https://x.example/f",
    }
    answer = ada.post("/issues/61/items/new", data=data)
    saved = latest(app, int(answer.location.rsplit("/", 1)[1]))
    assert saved.headline == "港口通航，caf\u00e9 开业"
    assert [plain(block.content) for block in saved.blocks] == ["第一段。"]
    assert saved.attachments[0].label == "全文"


def test_a_new_item_without_a_headline_is_refused_and_keeps_its_text(
    ada: FlaskClient, office
) -> None:
    data = {"section": 2, "kind": "essay", "headline": "", "text": "写了很久的正文。"}
    answer = ada.post("/issues/61/items/new", data=data)
    assert answer.status_code == 422
    assert "写了很久的正文。" in answer.text and "请填写这一项" in answer.text


def test_a_contributor_changes_their_own_item_and_reads_the_others(
    app: Flask, browser_of: Callable[[str], FlaskClient], office: Office
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = browser_of("contributor")
    data = {"section": 1, "kind": "news", "headline": "我的一篇", "text": "正文。"}
    own = client.post("/issues/61/items/new", data=data).location
    assert client.post(own, data=form(), headers=HTMX).status_code == 200
    assert 'id="item-form"' not in client.get(f"/items/{office.item}").text
    assert client.post(f"/items/{office.item}", data=form(), headers=HTMX).status_code == 403


def test_a_tree_of_headings_is_stored_as_headings(
    app: Flask, ada: FlaskClient, office: Office
) -> None:
    node = {
        "type": "heading",
        "attrs": {"id": "h1", "level": 3},
        "content": [{"type": "text", "text": "（一）主要做法"}],
    }
    data = form(tree=json.dumps({"type": "doc", "content": [node]}))
    ada.post(f"/items/{office.item}", data=data, headers=HTMX)
    (heading,) = latest(app, office.item).blocks
    assert isinstance(heading, Heading)
    assert heading.level == 2
