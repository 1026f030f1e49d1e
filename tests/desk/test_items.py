"""Items and their revisions."""

from datetime import date

import pytest

from editor.desk import issues, items
from editor.desk.items import ItemFields, fields_from, new_item, revise
from editor.errors import Conflict, Invalid, NotFound
from editor.store.models import Publication
from editor.text.document import Attachment, BookEntry, paragraph
from editor.workflow import IssueState, ItemKind, ItemState
from tests.cast import (
    NOW,
    chief_ada,
    editor_ben,
    make_issue,
    make_item,
    make_publication,
    sections_of,
)


@pytest.fixture
def issue(session):
    return make_issue(session)


@pytest.fixture
def section(session, issue):
    return sections_of(session, issue)[0]


@pytest.fixture
def ben(session, issue):
    return editor_ben(session)


@pytest.fixture
def item(session, section):
    return make_item(session, section)


def changed(session, item, **changes) -> ItemFields:
    return items.fields_of(items.current(session, item)).model_copy(update=changes)


@pytest.mark.parametrize("kind", list(ItemKind))
def test_every_kind_of_item_can_be_typed_by_hand(session, section, ben, kind):
    fields = ItemFields(
        headline="潮汐与城市",
        dated_on=date(2026, 7, 1),
        blocks=(paragraph("正文。"), BookEntry(title="海堤简史")),
        attachments=(Attachment(label="《港区条例》", url="https://linlan.example/2"),),
    )
    item = new_item(session, section, kind=kind, fields=fields, by=ben, now=NOW)
    revision = items.current(session, item)
    assert (item.kind, item.created_by, revision.author_id) == (kind, ben.id, ben.id)
    assert revision.attachments[0].label == "《港区条例》"
    assert all(block.id for block in revision.blocks)


def test_a_revision_is_added_and_the_old_one_stays(session, item, ben):
    before = items.current(session, item).headline
    revision = revise(session, item, changed(session, item, headline="改"), base=1, by=ben, now=NOW)
    assert (revision.number, items.current(session, item).headline) == (2, "改")
    assert [row.headline for row in items.list_revisions(session, item)] == ["改", before]
    assert items.get_revision(session, item, 1).headline == before
    assert item.state == ItemState.editing


def test_the_same_text_saved_again_adds_nothing(session, item, ben):
    assert revise(session, item, changed(session, item), base=1, by=ben, now=NOW).number == 1
    noted = revise(session, item, changed(session, item), base=1, by=ben, now=NOW, note="初稿")
    assert (noted.number, noted.note) == (2, "初稿")


def test_a_stale_page_cannot_be_saved_over_a_newer_one(session, item, ben):
    ada = chief_ada(session)
    revise(session, item, changed(session, item, headline="甲改"), base=1, by=ada, now=NOW)
    with pytest.raises(Conflict) as refusal:
        revise(session, item, changed(session, item, headline="乙改"), base=1, by=ben, now=NOW)
    assert refusal.value.chinese.startswith("Ada ")
    assert "已保存第 2 版" in refusal.value.chinese
    assert refusal.value.details["revision"] == 2
    assert items.current(session, item).headline == "甲改"


def test_blocks_keep_their_ids_and_new_ones_get_their_own(session, item, ben):
    (first,) = items.current(session, item).blocks
    blocks = (first, first, paragraph("新的一段。"))
    revision = revise(session, item, changed(session, item, blocks=blocks), base=1, by=ben, now=NOW)
    ids = [block.id for block in revision.blocks]
    assert ids[0] == first.id
    assert len(set(ids)) == 3 and all(ids)


def test_an_item_is_removed_and_comes_back_to_its_place(session, issue, section, ben):
    rows = [make_item(session, section) for _ in range(3)]
    items.remove_item(session, rows[1], by=ben, now=NOW)
    assert items.list_removed(session, issue) == [rows[1]]
    with pytest.raises(Conflict):
        revise(session, rows[1], changed(session, rows[1], headline="改"), base=1, by=ben, now=NOW)
    items.restore_item(session, rows[1], by=ben, now=NOW)
    cards = issues.board(session, issue).sections[0].cards
    assert [card.item_id for card in cards] == [row.id for row in rows]
    assert [row.position for row in rows] == [1, 2, 3]


def test_a_locked_issue_s_items_stay_as_they_are(session, issue, section, item, ben):
    issue.state = IssueState.locked
    session.add(issue)
    for change in (
        lambda: revise(
            session, item, changed(session, item, headline="改"), base=1, by=ben, now=NOW
        ),
        lambda: items.remove_item(session, item, by=ben, now=NOW),
        lambda: items.set_state(session, item, ItemState.ready, by=ben, now=NOW),
        lambda: make_item(session, section),
    ):
        with pytest.raises(Conflict):
            change()


def test_another_publication_s_item_is_not_found(session, issue, item):
    home = session.get(Publication, issue.publication_id)
    other = make_publication(session, slug="linlan", name="临澜观察")
    assert items.get_item(session, home, item.id) is item
    with pytest.raises(NotFound):
        items.get_item(session, other, item.id)


@pytest.mark.parametrize(
    "data, field, sentence",
    [
        ({"headline": ""}, "headline", "标题不能为空"),
        ({}, "headline", "标题不能为空"),
        ({"headline": "长" * 501}, "headline", "标题不能超过 500 个字"),
        ({"headline": "甲", "dated_on": "昨天"}, "dated_on", "日期的内容无法识别，请检查"),
        (
            {"headline": "甲", "blocks": [{"type": "script"}]},
            "blocks",
            "正文的内容无法识别，请检查",
        ),
    ],
)
def test_wrong_fields_get_a_sentence_each(data, field, sentence):
    with pytest.raises(Invalid) as refusal:
        fields_from(data)
    assert refusal.value.fields[field][0] == sentence
