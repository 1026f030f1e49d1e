"""Live page numbers: they are kept per item, for the document that was laid out."""

import pytest
from sqlmodel import select

from editor.desk import issue_states, items
from editor.store.models import Issue, Item, PageEstimate, Printed
from editor.text.document import paragraph
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
        item = make_item(session, section, blocks=(paragraph("完工😀。"),))
        session.commit()
    estimate(shop, issue.id)
    [row] = kept(shop.database)
    assert "U+1F600" in row.error
    assert len(row.starts) == 2
    with shop.database.writing() as session:
        items.remove_item(session, session.get(Item, item.id), by=None, now=NOW)
        session.commit()
    estimate(shop, issue.id)
    assert kept(shop.database)[0].error == ""


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
