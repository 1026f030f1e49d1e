"""Opening issues, their sections, and the board."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from editor.desk import issue_states, issues, items, publications
from editor.desk.issues import board, move_item, open_issue, order_board, sections_of
from editor.errors import Conflict, Invalid, NotFound
from editor.profile import SectionProfile
from editor.workflow import IssueState, ItemKind, ItemState
from tests.cast import (
    NOW,
    chief_ada,
    editor_ben,
    make_issue,
    make_item,
    make_profile,
    make_publication,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def publication(session):
    return make_publication(session)


@pytest.fixture
def issue(session, publication):
    return make_issue(session, publication)


def headlines(session, issue) -> list[list[str]]:
    return [[card.headline for card in section.cards] for section in board(session, issue).sections]


def three_items(session, issue):
    first, second, _ = sections_of(session, issue)
    return (
        make_item(session, first, headline="甲"),
        make_item(session, first, headline="乙"),
        make_item(session, second, headline="丙"),
    )


# --- opening -------------------------------------------------------------------------------------


def test_the_next_issue_follows_from_the_publication(session, publication):
    issue = open_issue(session, publication, by=chief_ada(session), now=NOW)
    assert (issue.year, issue.month, issue.number, issue.total_number) == (2026, 7, 7, 61)
    assert issue.opens_at == datetime(2026, 6, 16, tzinfo=SHANGHAI)
    assert issue.closes_at == datetime(2026, 7, 16, tzinfo=SHANGHAI)
    assert issue.copy_due_at == datetime(2026, 7, 21, tzinfo=SHANGHAI)
    assert issue.state == IssueState.collecting
    names = [(row.name, row.position, row.kind, row.quota) for row in sections_of(session, issue)]
    assert names == [
        ("热点关注", 1, ItemKind.news, 2),
        ("国内动态", 2, ItemKind.news, None),
        ("专题研究", 3, ItemKind.essay, None),
    ]


def test_numbers_run_on_over_the_year_s_end(session):
    publication = make_publication(session)
    labels = []
    for _ in range(7):
        issue = open_issue(session, publication, by=None, now=NOW)
        labels.append((issue.year, issue.number, issue.total_number, issue.opens_at.month))
    assert labels[4:] == [(2026, 11, 65, 10), (2026, 12, 66, 11), (2027, 1, 67, 12)]


def test_an_old_issue_opens_with_its_own_numbers_and_sections(session, publication):
    issue = open_issue(
        session,
        publication,
        by=None,
        now=NOW,
        year=2022,
        month=12,
        number=12,
        total=18,
        sections=[SectionProfile(name="行业动态"), SectionProfile(name="各地动态")],
    )
    assert issue.opens_at == datetime(2022, 11, 16, tzinfo=SHANGHAI)
    assert [row.name for row in sections_of(session, issue)] == ["行业动态", "各地动态"]
    assert publication.next_total == 61


def test_an_issue_ahead_of_the_next_one_moves_the_numbers_on(session, publication):
    open_issue(session, publication, by=None, now=NOW, year=2026, month=9, total=63)
    assert (publication.next_year, publication.next_number, publication.next_total) == (
        2026,
        10,
        64,
    )


def test_a_window_can_be_given(session, publication):
    opens, closes = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    issue = open_issue(session, publication, by=None, now=NOW, opens_at=opens, closes_at=closes)
    assert (issue.opens_at, issue.closes_at) == (opens, closes)
    with pytest.raises(Invalid):
        open_issue(session, publication, by=None, now=NOW, opens_at=closes, closes_at=opens)


def test_a_month_that_does_not_exist_is_refused(session, publication):
    with pytest.raises(Invalid) as refusal:
        open_issue(session, publication, by=None, now=NOW, month=13)
    assert "month" in refusal.value.fields


def test_an_issue_is_opened_once(session, publication, issue):
    with pytest.raises(Conflict):
        open_issue(session, publication, by=None, now=NOW, total=issue.total_number)


def test_a_quarterly_collects_in_the_month_it_is_opened(session):
    publication = publications.load_profile(
        session,
        make_profile(slug="quarterly", schedule={"per_year": 4, "first_day": 16}),
        by=None,
        now=NOW,
        next_year=2026,
        next_number=4,
        next_total=10,
    )
    issue = open_issue(session, publication, by=None, now=NOW)
    assert (issue.month, issue.number, publication.next_number) == (7, 4, 1)


def test_the_current_issue_is_the_one_whose_window_holds_the_moment(session, publication):
    assert issues.find_current_issue(session, publication, NOW) is None
    july, august = (open_issue(session, publication, by=None, now=NOW) for _ in range(2))
    assert issues.find_current_issue(session, publication, NOW) is july
    assert issues.find_current_issue(session, publication, july.closes_at) is august
    # between windows, work goes on at the latest issue that is not published
    assert issues.find_current_issue(session, publication, august.closes_at) is august


def test_an_issue_is_found_by_its_total_number(session, publication, issue):
    assert issues.get_issue(session, publication, 61) is issue
    with pytest.raises(NotFound):
        issues.get_issue(session, publication, 62)


def test_an_issue_goes_on_step_by_step_and_back_with_a_reason(session, issue):
    ada = chief_ada(session)
    with pytest.raises(Conflict):
        issue_states.set_state(session, issue, IssueState.locked, by=ada, now=NOW)
    for state in (IssueState.editing, IssueState.locked, IssueState.published):
        issue_states.set_state(session, issue, state, by=ada, now=NOW)
    with pytest.raises(Invalid):
        issue_states.set_state(session, issue, IssueState.editing, by=ada, now=NOW)
    issue_states.set_state(session, issue, IssueState.editing, by=ada, now=NOW, reason="漏了一篇")
    assert (issue.state, issue.edition) == (IssueState.editing, 2)


def test_sections_can_be_added_and_renamed(session, issue):
    ben = editor_ben(session)
    added = issues.add_section(session, issue, " 国际视野 ", by=ben, now=NOW)
    assert (added.name, added.position) == ("国际视野", 4)
    issues.rename_section(session, added, "海外视野", by=ben, now=NOW)
    assert issues.find_section(session, issue, "海外视野") is added
    for name in ("热点关注", "", "长" * 61):
        with pytest.raises(Invalid):
            issues.rename_section(session, added, name, by=ben, now=NOW)


def test_an_empty_section_is_taken_out_and_the_others_close_ranks(session, issue):
    ben = editor_ben(session)
    first, second, third = sections_of(session, issue)
    stays = make_item(session, third, headline="青屿区：渡口复航")
    away = make_item(session, second, headline="临澜市：新码头启用")
    with pytest.raises(Conflict, match="里还有稿件"):
        issues.remove_section(session, second, by=ben, now=NOW)
    items.remove_item(session, away, by=ben, now=NOW)
    issues.remove_section(session, second, by=ben, now=NOW)
    assert [(row.name, row.position) for row in sections_of(session, issue)] == [
        (first.name, 1),
        (third.name, 2),
    ]
    items.restore_item(session, away, by=ben, now=NOW)
    assert headlines(session, issue) == [["临澜市：新码头启用"], ["青屿区：渡口复航"]]
    assert stays.section_id == third.id


def test_an_issues_only_section_stays(session, issue):
    first, *others = sections_of(session, issue)
    for section in others:
        issues.remove_section(session, section, by=None, now=NOW)
    with pytest.raises(Conflict, match="至少要有一个栏目"):
        issues.remove_section(session, first, by=None, now=NOW)


# --- the board -----------------------------------------------------------------------------------


def test_the_board_shows_what_will_be_printed(session, issue):
    first = sections_of(session, issue)[0]
    item = make_item(
        session,
        first,
        headline="临澜市：新码头启用",
        url="https://daily.yunzhou.example/1.html",
        attachments=({"label": "《港区条例》", "url": "https://linlan.example/2"},),
    )
    (card,) = board(session, issue, starts={item.id: 5}).sections[0].cards
    assert card == issues.BoardCard(
        item_id=item.id,
        kind=ItemKind.news,
        headline="临澜市：新码头启用",
        source_line="临澜晚报",
        dated_on=date(2026, 7, 10),
        characters=23,
        state=ItemState.draft,
        revision=1,
        attachments=1,
        url="https://daily.yunzhou.example/1.html",
        start_page=5,
    )


def test_the_board_adds_up(session, issue):
    items.set_state(session, three_items(session, issue)[0], ItemState.ready, by=None, now=NOW)
    shown = board(session, issue)
    assert (shown.items, shown.characters, shown.ready) == (3, 69, 1)
    assert [section.characters for section in shown.sections] == [46, 23, 0]


def test_items_move_within_and_across_sections(session, issue):
    a, b, c = three_items(session, issue)
    first, second, third = (row.id for row in sections_of(session, issue))
    order = {first: [b.id], second: [], third: [c.id, a.id]}
    order_board(session, issue, version=0, order=order, by=editor_ben(session), now=NOW)
    assert headlines(session, issue) == [["乙"], [], ["丙", "甲"]]
    assert [row.position for row in (b, c, a)] == [1, 1, 2]
    assert issue.version == 1


def test_one_item_moves_to_a_place(session, issue):
    a, _, c = three_items(session, issue)
    first, *_ = sections_of(session, issue)
    ben = editor_ben(session)
    move_item(session, issue, c, section=first, position=2, version=0, by=ben, now=NOW)
    assert headlines(session, issue)[:2] == [["甲", "丙", "乙"], []]
    move_item(session, issue, a, section=first, position=3, version=1, by=ben, now=NOW)
    assert headlines(session, issue)[0] == ["丙", "乙", "甲"]


def test_moving_an_item_to_where_it_stands_changes_nothing(session, issue):
    a, *_ = three_items(session, issue)
    first = sections_of(session, issue)[0]
    move_item(session, issue, a, section=first, position=1, version=0, by=None, now=NOW)
    assert issue.version == 0


def test_a_stale_board_is_refused_and_the_other_person_named(session, issue):
    a, *_ = three_items(session, issue)
    _, second, third = sections_of(session, issue)
    ada, ben = chief_ada(session), editor_ben(session)
    move_item(session, issue, a, section=second, position=1, version=0, by=ada, now=NOW)
    with pytest.raises(Conflict) as refusal:
        move_item(session, issue, a, section=third, position=1, version=0, by=ben, now=NOW)
    assert refusal.value.chinese.startswith("Ada")
    assert headlines(session, issue) == [["乙"], ["甲", "丙"], []]


@pytest.mark.parametrize("fault", ["missing", "twice", "unknown", "other section"])
def test_every_item_must_be_named_exactly_once(session, issue, fault):
    a, b, c = three_items(session, issue)
    first, second, third = (row.id for row in sections_of(session, issue))
    orders = {
        "missing": {first: [a.id], second: [c.id], third: []},
        "twice": {first: [a.id, b.id], second: [c.id, a.id], third: []},
        "unknown": {first: [a.id, b.id], second: [c.id, 10**6], third: []},
        "other section": {first: [a.id, b.id], second: [c.id], 10**6: []},
    }
    with pytest.raises(Conflict):
        order_board(session, issue, version=0, order=orders[fault], by=None, now=NOW)
    assert headlines(session, issue) == [["甲", "乙"], ["丙"], []]


def test_a_removed_item_is_not_on_the_board_and_its_place_is_closed(session, issue):
    a, b, _ = three_items(session, issue)
    items.remove_item(session, a, by=None, now=NOW)
    assert headlines(session, issue)[0] == ["乙"]
    assert b.position == 1


def test_another_issue_s_item_cannot_be_moved_in(session, publication, issue):
    other = open_issue(session, publication, by=None, now=NOW)
    stranger = make_item(session, sections_of(session, other)[0])
    with pytest.raises(NotFound):
        move_item(
            session, issue, stranger, section=sections_of(session, issue)[0], position=1,
            version=0, by=None, now=NOW,
        )  # fmt: skip
