"""Undo restores what was, names what somebody changed since, and leaves its own trace."""

from datetime import timedelta

import pytest

from editor.desk import audit, candidates, issues, items
from editor.desk.audit import last_batch, new_batch, undo
from editor.desk.issue_states import set_state
from editor.desk.issues import board, move_item, order_board
from editor.errors import Conflict, NotFound
from editor.store.models import Event, Item
from editor.workflow import CandidateState, IssueState, ItemState
from tests.cast import (
    NOW,
    chief_ada,
    editor_ben,
    make_candidate,
    make_issue,
    make_item,
    sections_of,
)

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def issue(session):
    return make_issue(session)


@pytest.fixture
def sections(session, issue):
    return sections_of(session, issue)


@pytest.fixture
def ben(session, issue):
    return editor_ben(session)


def order(session, issue) -> dict[int, list[int]]:
    return {
        section.id: [card.item_id for card in section.cards]
        for section in board(session, issue).sections
    }


def test_a_batch_is_undone_as_one(session, ben):
    batch = new_batch()
    rows = [make_candidate(session) for _ in range(3)]
    for row in rows:
        candidates.spike(session, row, "旧闻", by=ben, now=NOW, batch=batch)
    assert undo(session, batch, by=ben, now=LATER) == audit.Undone(3, ())
    assert [(row.state, row.spike_reason) for row in rows] == [(CandidateState.new, "")] * 3
    assert {row.decided_by for row in rows} == {None}
    assert audit.broken_links(session) == []


def test_rows_changed_since_are_skipped_and_named(session, ben):
    batch = new_batch()
    kept = make_candidate(session, title="青屿区：海堤加固完成")
    free = make_candidate(session)
    for row in (kept, free):
        candidates.spike(session, row, "旧闻", by=ben, now=NOW, batch=batch)
    candidates.unspike(session, kept, by=chief_ada(session), now=LATER)
    candidates.shortlist(session, kept, by=chief_ada(session), now=LATER)
    assert undo(session, batch, by=ben, now=LATER) == audit.Undone(1, ("青屿区：海堤加固完成",))
    assert kept.state == CandidateState.shortlisted
    assert free.state == CandidateState.new


def test_undoing_a_take_removes_the_item_and_closes_ranks(session, issue, sections, ben):
    first = make_item(session, sections[0])
    candidate = make_candidate(session)
    candidates.shortlist(session, candidate, by=ben, now=NOW)
    batch = new_batch()
    item = candidates.take(
        session, candidate, section=sections[0], by=ben, now=NOW, position=1, batch=batch
    )
    assert order(session, issue)[sections[0].id] == [item.id, first.id]
    undo(session, batch, by=ben, now=LATER)
    assert candidate.state == CandidateState.shortlisted
    assert order(session, issue)[sections[0].id] == [first.id]
    assert session.get(Item, first.id).position == 1
    again = candidates.take(session, candidate, section=sections[0], by=ben, now=LATER)
    assert again.id != item.id


def test_a_take_whose_item_was_edited_is_not_undone(session, sections, ben):
    candidate = make_candidate(session, title="青屿区：海堤加固完成")
    batch = new_batch()
    item = candidates.take(session, candidate, section=sections[0], by=ben, now=NOW, batch=batch)
    revision = items.current(session, item)
    fields = items.fields_of(revision).model_copy(update={"headline": "青屿区：海堤完工"})
    items.revise(session, item, fields, base=1, by=chief_ada(session), now=LATER)
    assert undo(session, batch, by=ben, now=LATER).skipped == ("青屿区：海堤加固完成",)
    assert candidate.state == CandidateState.taken
    assert item.removed_at is None


def test_nothing_is_undone_on_the_board_of_a_locked_issue(session, issue, sections, ben):
    candidate = make_candidate(session)
    batch = new_batch()
    candidates.take(session, candidate, section=sections[0], by=ben, now=NOW, batch=batch)
    for state in (IssueState.editing, IssueState.locked):
        set_state(session, issue, state, by=chief_ada(session), now=LATER)
    assert undo(session, batch, by=ben, now=LATER).restored == 0
    assert candidate.state == CandidateState.taken


def test_a_board_move_is_undone(session, issue, sections, ben):
    a, b, c = (make_item(session, sections[0]) for _ in range(3))
    before = order(session, issue)
    batch = new_batch()
    move_item(
        session, issue, c, section=sections[1], position=1, version=issue.version, by=ben, now=NOW,
        batch=batch,
    )  # fmt: skip
    assert order(session, issue)[sections[1].id] == [c.id]
    version = issue.version
    assert undo(session, batch, by=ben, now=LATER).restored == 1
    assert order(session, issue) == before
    assert issue.version > version
    assert [a.position, b.position, c.position] == [1, 2, 3]


def test_items_that_came_since_keep_their_neighbour_when_a_move_is_undone(
    session, issue, sections, ben
):
    a, b = (make_item(session, sections[0]) for _ in range(2))
    batch = new_batch()
    order_board(
        session, issue, version=0, order=order(session, issue) | {sections[0].id: [b.id, a.id]},
        by=ben, now=NOW, batch=batch,
    )  # fmt: skip
    new = candidates.take(
        session, make_candidate(session), section=sections[0], by=ben, now=NOW, position=2
    )
    assert undo(session, batch, by=ben, now=LATER).restored == 1
    assert order(session, issue)[sections[0].id] == [a.id, b.id, new.id]


def test_a_board_that_somebody_moved_since_stays(session, issue, sections, ben):
    a, b = (make_item(session, sections[0]) for _ in range(2))
    batch = new_batch()
    there = {"by": ben, "now": NOW}
    move_item(session, issue, b, section=sections[1], position=1, version=0, batch=batch, **there)
    move_item(session, issue, a, section=sections[1], position=1, version=1, **there)
    after = order(session, issue)
    assert undo(session, batch, by=ben, now=LATER).skipped == ("版面 · 总第 61 期",)
    assert order(session, issue) == after


def test_a_move_out_of_a_section_that_is_gone_is_not_undone(session, issue, sections, ben):
    first, second, _ = sections
    item, batch = make_item(session, first), new_batch()
    there = {"by": ben, "now": NOW}
    move_item(session, issue, item, section=second, position=1, version=0, batch=batch, **there)
    issues.remove_section(session, first, **there)
    assert undo(session, batch, by=ben, now=LATER).restored == 0
    assert item.section_id == second.id


def test_removing_and_restoring_an_item_are_undone(session, issue, sections, ben):
    a, b, c = (make_item(session, sections[0]) for _ in range(3))
    batch = new_batch()
    items.remove_item(session, b, by=ben, now=NOW, batch=batch)
    assert order(session, issue)[sections[0].id] == [a.id, c.id]
    undo(session, batch, by=ben, now=LATER)
    assert order(session, issue)[sections[0].id] == [a.id, b.id, c.id]
    items.remove_item(session, a, by=ben, now=NOW)
    batch = new_batch()
    items.restore_item(session, a, by=ben, now=NOW, batch=batch)
    undo(session, batch, by=ben, now=LATER)
    assert order(session, issue)[sections[0].id] == [b.id, c.id]
    assert [b.position, c.position] == [1, 2]


def test_marking_an_item_ready_is_undone(session, sections, ben):
    item = make_item(session, sections[0])
    batch = new_batch()
    items.set_state(session, item, ItemState.ready, by=ben, now=NOW, batch=batch)
    undo(session, batch, by=ben, now=LATER)
    assert item.state == ItemState.draft


def test_undo_is_repeatable_from_the_last_batch_backwards(session, monkeypatch, ben):
    monkeypatch.setattr("editor.clock.now", lambda: LATER)
    first, second = make_candidate(session), make_candidate(session)
    candidates.spike(session, first, "", by=ben, now=NOW)
    candidates.spike(session, second, "", by=ben, now=NOW)
    candidates.spike(session, make_candidate(session), "", by=chief_ada(session), now=NOW)
    for row in (second, first):
        undo(session, last_batch(session, ben), by=ben, now=LATER)
        assert row.state == CandidateState.new
    assert last_batch(session, ben) is None


def test_a_batch_that_cannot_be_undone_gives_way_to_the_one_before(session, monkeypatch, ben):
    monkeypatch.setattr("editor.clock.now", lambda: LATER)
    first, second = make_candidate(session), make_candidate(session)
    candidates.spike(session, first, "", by=ben, now=NOW)
    candidates.spike(session, second, "", by=ben, now=NOW)
    candidates.unspike(session, second, by=chief_ada(session), now=NOW)
    assert undo(session, last_batch(session, ben), by=ben, now=LATER).restored == 0
    assert undo(session, last_batch(session, ben), by=ben, now=LATER).restored == 1
    assert first.state == CandidateState.new


def test_a_batch_is_undone_once(session, ben):
    batch = new_batch()
    candidates.spike(session, make_candidate(session), "", by=ben, now=NOW, batch=batch)
    undo(session, batch, by=chief_ada(session), now=LATER)
    with pytest.raises(Conflict) as refusal:
        undo(session, batch, by=ben, now=LATER)
    assert refusal.value.chinese.startswith("Ada")


def test_what_is_older_than_thirty_days_or_unknown_is_not_undone(session, ben):
    batch = new_batch()
    candidates.spike(session, make_candidate(session), "", by=ben, now=NOW, batch=batch)
    with pytest.raises(Conflict):
        undo(session, batch, by=ben, now=NOW + timedelta(days=31))
    for unknown in ("nothing", ""):
        with pytest.raises(NotFound):
            undo(session, unknown, by=ben, now=NOW)


# --- the chain ---------------------------------------------------------------------------------


def test_a_changed_or_missing_event_breaks_the_chain(database):
    with database.writing() as session:
        for _ in range(4):
            candidates.spike(session, make_candidate(session), "", by=None, now=NOW)
        session.commit()
        ids = [event.id for event in reversed(audit.list_events(session))]
        assert audit.broken_links(session) == []
        changed = session.get(Event, ids[1])
        changed.after = changed.after | {"spike_reason": "改过"}
        session.add(changed)
        session.flush()
        assert audit.broken_links(session) == [ids[1]]
        session.delete(session.get(Event, ids[2]))
        session.flush()
        assert audit.broken_links(session) == [ids[1], ids[3]]


def test_the_chain_goes_on_after_a_rollback_and_in_another_session(database):
    with database.writing() as session:
        candidates.spike(session, make_candidate(session), "", by=None, now=NOW)
        session.commit()
        candidates.spike(session, make_candidate(session), "", by=None, now=NOW)
        session.rollback()
        candidates.spike(session, make_candidate(session), "", by=None, now=NOW)
        session.commit()
    with database.writing() as session:
        candidates.spike(session, make_candidate(session), "", by=None, now=NOW)
        session.commit()
        assert audit.broken_links(session) == []
