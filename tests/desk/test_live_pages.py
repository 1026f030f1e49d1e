"""Live pages: whether the last layout is still true, and how many pages there should be."""

import pytest

from editor.assembler.gather import item_anchors, stamp
from editor.desk import items, live_pages
from editor.desk.issues import board
from editor.errors import Conflict, Invalid
from editor.store.models import PageEstimate
from editor.workflow import IssueState
from tests.cast import NOW, make_issue, make_item, make_publication, sections_of


@pytest.fixture
def issue(session):
    return make_issue(session)


def laid_out(session, issue, **columns):
    row = PageEstimate(issue_id=issue.id, stamp=stamp(session, issue), pages=12, **columns)
    session.add(row)
    session.flush()
    return row


def test_nothing_is_known_before_the_first_layout(session, issue):
    live = live_pages.live_pages(session, issue)
    assert live.pending and (live.pages, live.stamp, live.estimate) == (0, "", None)


def test_a_layout_is_true_until_a_row_of_the_issue_changes(session, issue):
    item = make_item(session, sections_of(session, issue)[0])
    laid_out(session, issue)
    assert not live_pages.live_pages(session, issue).pending
    revision = items.current(session, item)
    fields = items.ItemFields(headline="石浦：改了标题", blocks=revision.blocks)
    items.revise(session, item, fields, base=revision.number, by=None, now=NOW)
    assert live_pages.live_pages(session, issue).pending


def test_an_order_that_is_turned_back_is_true_again(session, issue):
    first, second = (make_item(session, sections_of(session, issue)[0]) for _ in range(2))
    laid_out(session, issue)
    first.position, second.position = 2, 1
    session.add_all([first, second])
    session.flush()
    assert live_pages.live_pages(session, issue).pending
    first.position, second.position = 1, 2
    session.add_all([first, second])
    session.flush()
    assert not live_pages.live_pages(session, issue).pending


def test_other_issues_do_not_matter(session, issue):
    make_item(session, sections_of(session, issue)[0])
    laid_out(session, issue)
    make_item(session, sections_of(session, make_issue(session))[0])
    assert not live_pages.live_pages(session, issue).pending


def test_a_section_reaches_from_its_first_to_its_last_page(session, issue):
    hot, domestic, empty = sections_of(session, issue)
    one, two, three = (make_item(session, home) for home in (hot, hot, domestic))
    starts = {str(one.id): 1, str(two.id): 3, str(three.id): 6}
    ends = {str(one.id): 3, str(two.id): 5, str(three.id): 6}
    laid_out(session, issue, starts=starts, ends=ends, front=3)
    live = live_pages.live_pages(session, issue)
    spans = live.spans(board(session, issue, live.starts))
    assert {id: (span.first, span.last, span.count) for id, span in spans.items()} == {
        hot.id: (1, 5, 5),
        domestic.id: (6, 6, 1),
    }
    assert empty.id not in spans
    assert live.sheet(two.id) == 6


def test_anchors_name_the_items_wherever_they_stand(session, issue):
    hot, domestic, _ = sections_of(session, issue)
    later, one = make_item(session, domestic), make_item(session, hot)
    assert item_anchors(session, issue) == {f"i{one.id}": one.id, f"i{later.id}": later.id}


def test_a_new_issue_takes_the_budget_of_its_profile(session):
    publication = make_publication(session, page={"budget": 96})
    assert make_issue(session, publication).page_budget == 96


def test_the_budget_is_set_and_taken_away(session, issue):
    live_pages.set_budget(session, issue, 10, by=None, now=NOW)
    laid_out(session, issue)
    assert live_pages.live_pages(session, issue).over == 2
    live_pages.set_budget(session, issue, None, by=None, now=NOW)
    assert live_pages.live_pages(session, issue).over == 0


@pytest.mark.parametrize("pages", [0, -3, 2001])
def test_a_budget_out_of_range_is_refused(session, issue, pages):
    with pytest.raises(Invalid):
        live_pages.set_budget(session, issue, pages, by=None, now=NOW)


def test_a_locked_issue_keeps_its_budget(session, issue):
    issue.state = IssueState.locked
    session.add(issue)
    session.flush()
    with pytest.raises(Conflict):
        live_pages.set_budget(session, issue, 10, by=None, now=NOW)
