"""A published edition's pages: set once by a worker, compared with those of the edition before."""

import io

import pytest
from PIL import Image
from sqlmodel import select

from editor.desk import assets, issue_editions, issue_states, issues, items, places
from editor.store.models import Issue, IssueEdition, Item, Revision
from editor.store.queue import Task
from editor.text.corrections import Became
from editor.text.document import Figure, paragraph
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


def picture(shop, colour: str) -> str:
    """Store a picture of one colour, all of one size; returns its hash."""
    out = io.BytesIO()
    Image.new("RGB", (400, 240), colour).save(out, "PNG")
    with shop.database.writing() as session:
        sha256 = assets.add_asset(session, shop.files, out.getvalue()).sha256
        session.commit()
    return sha256


@pytest.mark.parametrize("swapped", [True, False])
def test_a_swapped_picture_is_a_changed_page_also_where_pages_broke_elsewhere(
    shop, sqlite_database, swapped
):
    blue, red = picture(shop, "#204080"), picture(shop, "#a02020")
    with sqlite_database.writing() as session:
        issue = make_issue(session)
        hot = sections_of(session, issue)[0]
        first = make_item(
            session, hot, blocks=tuple(paragraph(TEXT.format(n) * 3) for n in range(12))
        )
        text = tuple(paragraph(f"临澜市第{n}处渡口复航。" * 8) for n in range(12))
        shown = make_item(
            session, hot, blocks=(*text[:6], Figure(asset=blue, caption="图1 码头"), *text[6:])
        )
        session.commit()
    (edition,) = publish(sqlite_database, issue.id, *ONWARD)
    settle(shop, edition)
    publish(sqlite_database, issue.id, IssueState.editing, reason="数字有误")
    with sqlite_database.writing() as session:
        revision = session.get(Revision, session.get(Item, first.id).revision_id)
        revision.blocks = (paragraph("另有三处码头在建。" * 20), *revision.blocks)
        if swapped:
            revision = session.get(Revision, session.get(Item, shown.id).revision_id)
            figure = Figure(asset=red, caption="图1 码头")
            revision.blocks = (*text[:6], figure, *text[6:])
        session.commit()
    _, edition = publish(sqlite_database, issue.id, IssueState.locked, IssueState.published)
    settle(shop, edition)
    with sqlite_database.reading() as session:
        pages = issue_editions.pages_of(session.get(IssueEdition, edition))
    (at,) = [page.number for page in pages if "图1" in "".join(page.lines).replace(" ", "")]
    changes = listed(sqlite_database, issue.id)[0].changes
    assert (at in changes.changed) is swapped
    assert "1" in changes.changed and (at in changes.moved) is not swapped


def corrected(shop, issue, change) -> object:
    """Publish the issue, make a change, publish it again; returns what the second tells."""
    (edition,) = publish(shop.database, issue.id, *ONWARD)
    settle(shop, edition)
    publish(shop.database, issue.id, IssueState.editing, reason="数字有误")
    with shop.database.writing() as session:
        change(session, session.get(Issue, issue.id))
        session.commit()
    _, edition = publish(shop.database, issue.id, IssueState.locked, IssueState.published)
    settle(shop, edition)
    return listed(shop.database, issue.id)[0].changes


def pages_holding(shop, issue, words: str) -> set[str]:
    """Return the numbers of the last edition's pages on which these words stand."""
    with shop.database.reading() as session:
        query = select(IssueEdition).where(IssueEdition.issue_id == issue.id)
        last = session.exec(query.order_by(IssueEdition.number.desc())).first()
        return {
            page.number
            for page in issue_editions.pages_of(last)
            if words in "".join(page.lines).replace(" ", "") and page.number.isdecimal()
        }


def test_an_item_taken_out_changes_its_page_and_the_contents_and_no_later_section(shop, issue):
    def take_out(session, found):
        gone = session.exec(select(Item).order_by(Item.id)).first()
        items.remove_item(session, gone, by=None, now=NOW)

    changes = corrected(shop, issue, take_out)
    (gone,) = changes.items
    assert (gone.change.became, gone.change.headline) == (Became.removed, "热点关注第0条")
    assert changes.changed == ("i", "1")
    assert pages_holding(shop, issue, "国内动态第3条").isdisjoint(changes.changed)


def test_an_item_moved_changes_the_pages_it_left_and_came_to(shop, issue):
    def move(session, found):
        board = places.order_of(session, found.id)
        hot, inland, _ = board
        board[inland].append(board[hot].pop(0))
        issues.order_board(session, found, version=found.version, order=board, by=None, now=NOW)

    changes = corrected(shop, issue, move)
    (moved,) = changes.items
    assert (moved.change.became, moved.change.section) == (Became.moved, "国内动态")
    assert {"i", "1"} < set(changes.changed)
    assert pages_holding(shop, issue, "热点关注第0条") <= {*changes.changed, *changes.moved}
    assert pages_holding(shop, issue, "专题研究第3条").isdisjoint(changes.changed)
