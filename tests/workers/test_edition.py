"""A published edition's pages: set once by a worker, compared with those of the edition before."""

import pytest
from sqlmodel import select

from editor.desk import issue_editions, issue_states
from editor.store.models import Issue, IssueEdition, Item, Revision
from editor.store.queue import Task
from editor.text.document import paragraph
from editor.workflow import IssueState
from tests.cast import NOW, make_issue, make_item, sections_of
from tests.fakes import make_workshop
from workers.printing.edition import settle
from workers.timetable import ring_due

TEXT = "云州市第{}座码头改造完工，货物可以直达临澜市，全程不到两小时。"


@pytest.fixture
def shop(sqlite_database, tmp_path):
    return make_workshop(sqlite_database, tmp_path, {})


@pytest.fixture
def issue(sqlite_database):
    with sqlite_database.writing() as session:
        issue = make_issue(session)
        for section in sections_of(session, issue):
            for number in range(4):
                make_item(
                    session, section, headline=f"{section.name}第{number}条",
                    blocks=tuple(paragraph(TEXT.format(n) * 3) for n in range(6)),
                )  # fmt: skip
        session.commit()
        return issue


def publish(database, issue_id, *states, reason="") -> list[int]:
    """Bring the issue through the states; the ids of its editions."""
    with database.writing() as session:
        issue = session.get(Issue, issue_id)
        for state in states:
            issue_states.set_state(session, issue, state, by=None, now=NOW, reason=reason)
        session.commit()
        return list(session.exec(select(IssueEdition.id).order_by(IssueEdition.number)).all())


def listed(database, issue_id):
    with database.reading() as session:
        return issue_editions.list_editions(session, session.get(Issue, issue_id))


ONWARD = (IssueState.editing, IssueState.locked, IssueState.published)


def test_the_pages_of_a_corrected_edition_are_found(shop, issue):
    (first,) = publish(shop.database, issue.id, *ONWARD)
    settle(shop, first)
    with shop.database.reading() as session:
        pages = issue_editions.pages_of(session.get(IssueEdition, first))
    numbers = [page.number for page in pages if page.number.isdecimal()]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert any("热点关注第0条" in line.replace(" ", "") for page in pages for line in page.lines)
    publish(shop.database, issue.id, IssueState.editing, reason="数字有误")
    with shop.database.writing() as session:
        last = session.exec(select(Item).order_by(Item.id.desc())).first()
        revision = session.get(Revision, last.revision_id)
        *before, _ = revision.blocks
        revision.blocks = (*before, paragraph(TEXT.format("九九")))
        session.commit()
    _, second = publish(shop.database, issue.id, IssueState.locked, IssueState.published)
    settle(shop, second)
    later, _ = listed(shop.database, issue.id)
    assert later.changes.settled and later.changes.frame == ()
    assert later.changes.changed == (numbers[-1],)
    assert later.changes.moved == later.changes.gone == ()
    (placed,) = later.changes.items
    assert placed.change.headline == "专题研究第3条" and placed.change.fields == ("text",)
    assert placed.last == int(numbers[-1])


def test_an_earlier_edition_that_was_left_behind_is_set_first(shop, issue):
    publish(shop.database, issue.id, *ONWARD)
    publish(shop.database, issue.id, IssueState.locked, reason="复核")
    _, second = publish(shop.database, issue.id, IssueState.published)
    settle(shop, second)
    later, first = listed(shop.database, issue.id)
    assert first.settled and later.changes.settled
    assert later.changes.changed == later.changes.moved == later.changes.items == ()


def test_a_second_delivery_sets_nothing(shop, issue):
    (id,) = publish(shop.database, issue.id, *ONWARD)
    settle(shop, id)
    settle(shop, id)
    with shop.database.reading() as session:
        assert session.get(IssueEdition, id).attempts == 1


def test_what_cannot_be_set_is_said_and_the_edition_stays(shop, issue):
    with shop.database.writing() as session:
        make_item(session, sections_of(session, issue)[0], blocks=(paragraph("完工😀。"),))
        session.commit()
    (id,) = publish(shop.database, issue.id, *ONWARD)
    settle(shop, id)
    (edition,) = listed(shop.database, issue.id)
    assert "U+1F600" in edition.error and edition.settled


def test_an_edition_whose_bell_was_lost_is_rung_for_again(shop, issue):
    (id,) = publish(shop.database, issue.id, *ONWARD)
    with shop.database.writing() as session:
        row = session.get(IssueEdition, id)
        row.due_at = row.due_at.replace(year=row.due_at.year - 1)
        session.commit()
    ring_due(shop)
    assert (Task.set_edition, id) in shop.ring.rung
