"""Live page numbers: they are kept per item, for the document that was laid out."""

import pytest
from sqlmodel import select

from editor.assembler.gather import stamp
from editor.desk import issue_states, items
from editor.store import proofs
from editor.store.models import Asset, Issue, Item, PageEstimate, Printed
from editor.text.document import Attachment, Figure, paragraph
from editor.workflow import IssueState
from tests.cast import NOW, make_issue, make_item, sections_of
from tests.fakes import make_workshop
from workers.printing.layout import estimate


@pytest.fixture
def shop(sqlite_database, tmp_path):
    return make_workshop(sqlite_database, tmp_path, {})


@pytest.fixture
def issue(sqlite_database):
    with sqlite_database.writing() as session:
        issue = make_issue(session)
        hot, industry, *_ = sections_of(session, issue)
        make_item(session, hot, headline="望川：码头改造完工")
        make_item(session, industry, headline="青屿：开工")
        session.commit()
        return issue


def kept(database):
    with database.reading() as session:
        return session.exec(select(PageEstimate)).all()


def test_the_start_of_every_item_is_kept_by_its_id(shop, issue):
    estimate(shop, issue.id)
    [row] = kept(shop.database)
    assert sorted(row.starts.values()) == [1, 2]
    assert row.pages >= 4
    assert (row.issue_id, row.error, len(row.digest)) == (issue.id, "", 64)


def test_an_unchanged_issue_is_not_laid_out_again(shop, issue):
    estimate(shop, issue.id)
    [first] = kept(shop.database)
    estimate(shop, issue.id)
    [second] = kept(shop.database)
    assert first.laid_out_at == second.laid_out_at


def test_a_changed_issue_replaces_its_row(shop, issue):
    estimate(shop, issue.id)
    [before] = kept(shop.database)
    with shop.database.writing() as session:
        make_item(session, sections_of(session, issue)[0], headline="石浦：新增一条")
        session.commit()
    estimate(shop, issue.id)
    [after] = kept(shop.database)
    assert len(after.starts) == 3
    assert after.digest != before.digest


def test_what_cannot_be_printed_is_kept_as_a_sentence_beside_the_last_numbers(shop, issue):
    estimate(shop, issue.id)
    with shop.database.writing() as session:
        section = sections_of(session, issue)[0]
        session.add(Asset(sha256="ab" * 32, media_type="image/png", width=400, height=300, size=9))
        item = make_item(session, section, blocks=(Figure(asset="ab" * 32, caption="图1"),))
        session.commit()
    estimate(shop, issue.id)
    [row] = kept(shop.database)
    assert "不在数据目录中" in row.error
    assert len(row.starts) == 2
    with shop.database.writing() as session:
        items.remove_item(session, session.get(Item, item.id), by=None, now=NOW)
        session.commit()
    estimate(shop, issue.id)
    assert kept(shop.database)[0].error == ""


def test_an_address_that_no_code_holds_is_flagged_and_leaves_the_others_their_numbers(shop, issue):
    with shop.database.writing() as session:
        section = sections_of(session, issue)[0]
        endless = Attachment(label="《方案》", url="https://www.yunzhou.example/" + "a" * 3000)
        item = make_item(session, section, attachments=(endless,))
        session.commit()
    estimate(shop, issue.id)
    [row] = kept(shop.database)
    assert (row.error, len(row.starts)) == ("", 3)
    [flag] = [flag for flag in row.flags if flag["code"] == "link_too_long"]
    assert flag["item"] == item.id


def test_a_character_without_a_glyph_is_flagged_and_leaves_the_other_pages_their_numbers(
    shop, issue
):
    with shop.database.writing() as session:
        industry = sections_of(session, issue)[1]
        item = make_item(session, industry, headline="石浦😀：开工", blocks=(paragraph("完工😀"),))
        session.commit()
    estimate(shop, issue.id)
    [row] = kept(shop.database)
    assert (row.error, len(row.starts)) == ("", 3)
    [flag] = [flag for flag in row.flags if flag["code"] == "missing_glyph"]
    assert flag["item"] == item.id and "U+1F600" in flag["chinese"]


def test_an_issue_without_items_keeps_the_sentence(shop, sqlite_database):
    with sqlite_database.writing() as session:
        empty = make_issue(session)
        session.commit()
    estimate(shop, empty.id)
    assert "还没有稿件" in kept(shop.database)[0].error


def test_an_issue_that_is_gone_leaves_nothing(shop):
    estimate(shop, 999)
    assert kept(shop.database) == []


def move(database, issue, *states, reason=""):
    with database.writing() as session:
        own = session.get_one(Issue, issue.id)
        for state in states:
            issue_states.set_state(session, own, state, by=None, now=NOW, reason=reason)
        session.commit()


def printed_pages(database):
    with database.reading() as session:
        return [row.page for row in session.exec(select(Printed).order_by(Printed.position))]


def test_a_published_issue_gets_the_pages_of_its_last_layout(shop, issue):
    move(shop.database, issue, IssueState.editing, IssueState.locked, IssueState.published)
    assert printed_pages(shop.database) == [None, None]
    estimate(shop, issue.id)
    assert printed_pages(shop.database) == [1, 2]


def test_a_reopened_issue_leaves_the_pages_of_what_was_printed(shop, issue):
    move(shop.database, issue, IssueState.editing, IssueState.locked, IssueState.published)
    estimate(shop, issue.id)
    move(shop.database, issue, IssueState.editing, reason="漏了一篇")
    with shop.database.writing() as session:
        make_item(session, sections_of(session, issue)[0], headline="石浦：新增一条")
        session.commit()
    estimate(shop, issue.id)
    assert printed_pages(shop.database) == [1, 2]


def test_ends_front_pages_and_the_stamp_are_kept(shop, issue):
    estimate(shop, issue.id)
    [row] = kept(shop.database)
    assert row.ends == row.starts
    assert row.front == row.pages - 2
    with shop.database.reading() as session:
        assert row.stamp == stamp(session, session.get_one(Issue, issue.id))


def test_the_pages_themselves_are_kept_and_earlier_ones_go(shop, issue):
    estimate(shop, issue.id)
    [before] = kept(shop.database)
    folder = shop.settings.data_dir
    assert before.proof == before.digest
    assert proofs.path_of(folder, issue.id, before.proof).read_bytes().startswith(b"%PDF")
    with shop.database.writing() as session:
        make_item(session, sections_of(session, issue)[0])
        session.commit()
    estimate(shop, issue.id)
    assert not proofs.path_of(folder, issue.id, before.proof).exists()


def test_an_item_whose_last_page_is_nearly_empty_is_flagged(shop, issue):
    text = "青屿区第一座码头改造完工，港区货物可以直达临澜市。"
    with shop.database.writing() as session:
        section = sections_of(session, issue)[2]
        # 31 lines a page: the section's title, the item's head, then one paragraph a line
        item = make_item(session, section, blocks=tuple(paragraph(text) for _ in range(26)))
        session.commit()
    for lines in range(27, 34):
        estimate(shop, issue.id)
        [row] = kept(shop.database)
        if row.ends[str(item.id)] > row.starts[str(item.id)]:
            break
        with shop.database.writing() as session:
            own = session.get_one(Item, item.id)
            revision = items.current(session, own)
            fields = items.ItemFields(
                headline=revision.headline,
                source_line=revision.source_line,
                dated_on=revision.dated_on,
                blocks=tuple(paragraph(text) for _ in range(lines)),
            )
            items.revise(session, own, fields, base=revision.number, by=None, now=NOW)
            session.commit()
    assert [(flag["code"], flag["item"]) for flag in row.flags] == [("thin_page", item.id)]


def test_a_layout_whose_worker_died_before_the_pages_were_kept_is_finished(shop, issue):
    estimate(shop, issue.id)
    with shop.database.writing() as session:
        row = session.exec(select(PageEstimate)).one()
        row.proof = ""
        session.commit()
    estimate(shop, issue.id)
    [after] = kept(shop.database)
    assert after.proof == after.digest
