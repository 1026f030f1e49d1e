"""Whatever people do, in whatever order: the counts are true and no item is lost or doubled."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from editor.desk import audit, candidates, items
from editor.desk.issues import board, move_item, sections_of, window_of
from editor.desk.places import Order, turned_back
from editor.errors import Conflict, NotFound
from editor.store.models import Candidate, Item, ItemOrigin, Publication
from tests.cast import NOW, chief_ada, editor_ben, make_candidate, make_issue

DECISIONS = st.sampled_from(
    ["shortlist", "spike", "unspike", "take", "undo", "move", "remove", "restore", "revise"]
)
STEPS = st.lists(
    st.tuples(DECISIONS, st.integers(0, 5), st.integers(0, 2), st.booleans()), max_size=25
)
MOMENTS = [NOW, NOW, NOW - timedelta(days=90), NOW + timedelta(days=90), None, None]


class Desk:
    """Two people at one issue with six candidates."""

    def __init__(self, session):
        self.session = session
        self.issue = make_issue(session)
        self.publication = session.get(Publication, self.issue.publication_id)
        self.sections = sections_of(session, self.issue)
        self.people = chief_ada(session), editor_ben(session)
        self.rows = [make_candidate(session, published_at=moment) for moment in MOMENTS]
        self.batches: list[str] = []

    def step(self, decision: str, which: int, where: int, who: bool) -> None:
        """Do one thing; what the desk refuses changes nothing."""
        act = {"by": self.people[who], "now": NOW, "batch": audit.new_batch()}
        with suppress(Conflict, NotFound):
            getattr(self, decision)(which, where, act)
            self.batches.append(act["batch"])

    def shortlist(self, which, where, act):
        candidates.shortlist(self.session, self.rows[which], **act)

    def spike(self, which, where, act):
        candidates.spike(self.session, self.rows[which], "旧闻", **act)

    def unspike(self, which, where, act):
        candidates.unspike(self.session, self.rows[which], **act)

    def take(self, which, where, act):
        section = self.sections[where]
        candidates.take(self.session, self.rows[which], section=section, position=which, **act)

    def undo(self, which, where, act):
        if which < len(self.batches):
            batch = self.batches.pop(-1 - which)
            audit.undo(self.session, batch, by=act["by"], now=NOW)

    def all_items(self):
        return self.session.exec(select(Item).order_by(Item.id)).all()

    def move(self, which, where, act):
        standing = [item for item in self.all_items() if item.removed_at is None]
        if which < len(standing):
            move_item(
                self.session, self.issue, standing[which], section=self.sections[where],
                position=which, version=self.issue.version, **act,
            )  # fmt: skip

    def remove(self, which, where, act):
        if which < len(self.all_items()):
            items.remove_item(self.session, self.all_items()[which], **act)

    def restore(self, which, where, act):
        if which < len(self.all_items()):
            items.restore_item(self.session, self.all_items()[which], **act)

    def revise(self, which, where, act):
        standing = self.all_items()
        if which < len(standing):
            latest = items.current(self.session, standing[which])
            fields = items.fields_of(latest).model_copy(update={"headline": f"第{where}稿"})
            items.revise(
                self.session, standing[which], fields, base=latest.number, by=act["by"], now=NOW
            )


def recount(desk: Desk) -> Counter[tuple[str, str]]:
    """Count the candidates one by one."""
    window = window_of(desk.issue)
    return Counter(
        (candidates.tray_of(row, window), row.state.value)
        for row in desk.session.exec(select(Candidate))
    )


def check(desk: Desk) -> None:
    """Everything that must hold after every step."""
    known = candidates.counts(desk.session, desk.publication, desk.issue)
    found = recount(desk)
    for tray in ("window", "out_of_window", "undated"):
        for state in ("new", "shortlisted", "taken", "spiked"):
            assert known[tray][state] == found[tray, state]
        assert known[tray]["all"] == sum(found[tray, state] for state in known["all"])
    assert known["all"]["all"] == len(desk.rows)

    standing = [item.id for item in desk.all_items() if item.removed_at is None]
    shown = board(desk.session, desk.issue)
    assert sorted(card.item_id for part in shown.sections for card in part.cards) == standing
    for part in shown.sections:
        places = [desk.session.get(Item, card.item_id).position for card in part.cards]
        assert places == list(range(1, len(places) + 1))

    sources = desk.session.exec(
        select(ItemOrigin.candidate_id)
        .join(Item, Item.id == ItemOrigin.item_id)
        .where(Item.removed_at.is_(None))
    ).all()
    taken = [row.id for row in desk.rows if row.state == "taken"]
    assert set(sources) <= set(taken)
    assert audit.broken_links(desk.session) == []


@pytest.mark.slow
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_counts_and_board_are_true_after_any_decisions_and_undos(sqlite_database, steps):
    with sqlite_database.writing() as session:
        desk = Desk(session)
        for step in steps:
            desk.step(*step)
            check(desk)
        session.rollback()


# --- undoing a move: pure ------------------------------------------------------------------------

ITEMS = list(range(1, 8))


@st.composite
def boards(draw, numbers: list[int]) -> Order:
    """Any distribution of these items over three sections."""
    order: Order = {1: [], 2: [], 3: []}
    for item in draw(st.permutations(numbers)):
        order[draw(st.sampled_from([1, 2, 3]))].append(item)
    return order


@given(before=boards(ITEMS), after=boards(ITEMS), data=st.data())
def test_undoing_a_move_keeps_every_item_exactly_once(before, after, data):
    now = {section: list(row) for section, row in after.items()}
    for gone in data.draw(st.sets(st.sampled_from(ITEMS), max_size=3)):
        for row in now.values():
            if gone in row:
                row.remove(gone)
    for fresh in (101, 102):
        row = now[data.draw(st.sampled_from([1, 2, 3]))]
        row.insert(data.draw(st.integers(0, len(row))), fresh)
    result = turned_back(before, after, now)
    assert result is not None
    present = sorted(item for row in now.values() for item in row)
    assert sorted(item for row in result.values() for item in row) == present
    for section, row in before.items():
        kept = [item for item in row if item in present]
        assert [item for item in result[section] if item in ITEMS] == kept


@given(before=boards(ITEMS), after=boards(ITEMS), now=boards(ITEMS))
def test_a_move_is_turned_back_only_from_where_it_left_the_items(before, after, now):
    assert turned_back(before, after, now) == (before if now == after else None)
