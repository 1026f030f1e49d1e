"""Triage: what the queue shows, and what becomes of a candidate."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from editor.desk import audit, candidates, items
from editor.desk.candidates import QueueFilter, counts, queue_page, shortlist, spike, take, unspike
from editor.errors import Conflict, Invalid, NotFound
from editor.schedule import Window
from editor.store.models import Cluster, Event, Publication
from editor.text.document import Cell, Figure, Paragraph, Table, Text, paragraph
from editor.workflow import CandidateState, IssueState, ItemKind, ItemState
from tests.cast import (
    NOW,
    chief_ada,
    contributor_cy,
    editor_ben,
    make_candidate,
    make_issue,
    make_publication,
    make_source,
    sections_of,
)

OPENS = datetime(2026, 6, 15, 16, tzinfo=UTC)  # 16 June 00:00 in Shanghai
CLOSES = datetime(2026, 7, 15, 16, tzinfo=UTC)
SECOND = timedelta(seconds=1)
EVERYTHING = QueueFilter(state="all", tray="all")


@pytest.fixture
def issue(session):
    return make_issue(session)


@pytest.fixture
def publication(session, issue):
    return session.get(Publication, issue.publication_id)


@pytest.fixture
def sections(session, issue):
    return sections_of(session, issue)


@pytest.fixture
def ben(session, issue):
    return editor_ben(session)


# --- the queue ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "published_at, tray",
    [
        (OPENS - SECOND, "out_of_window"),
        (OPENS, "window"),
        (CLOSES - SECOND, "window"),
        (CLOSES, "out_of_window"),
        (None, "undated"),
    ],
)
def test_the_publication_date_decides_the_tray(session, publication, issue, published_at, tray):
    candidate = make_candidate(session, published_at=published_at)
    assert candidates.tray_of(candidate, Window(issue.opens_at, issue.closes_at)) == tray
    page = queue_page(session, publication, issue, QueueFilter(tray=tray))
    assert [row.id for row in page.rows] == [candidate.id]
    assert page.rows[0].tray == tray
    assert counts(session, publication, issue)[tray]["new"] == 1


def test_a_pasted_link_outside_the_window_stays_outside(session, publication, issue):
    make_candidate(session, published_at=OPENS - SECOND, issue_id=issue.id)
    assert counts(session, publication, issue)["out_of_window"]["new"] == 1


def test_the_queue_runs_from_new_to_old_and_ends_with_the_undated(session, publication, issue):
    later = make_candidate(session, published_at=CLOSES + SECOND)
    undated = make_candidate(session, published_at=None)
    early = make_candidate(session, published_at=OPENS - SECOND)
    twins = [make_candidate(session, published_at=NOW) for _ in range(2)]
    page = queue_page(session, publication, issue, EVERYTHING)
    assert [row.id for row in page.rows] == [
        later.id, twins[1].id, twins[0].id, early.id, undated.id,
    ]  # fmt: skip


@pytest.mark.parametrize("tray", candidates.TRAYS)
@pytest.mark.parametrize("state", ["all", CandidateState.new])
def test_pages_follow_one_another_without_gap_or_repeat(session, publication, issue, tray, state):
    moments = [NOW, NOW, NOW - timedelta(days=1), CLOSES, CLOSES, OPENS - SECOND, OPENS - SECOND,
               OPENS - timedelta(days=9), None, None, None]  # fmt: skip
    for moment in moments:
        make_candidate(session, published_at=moment)
    wanted = QueueFilter(state=state, tray=tray)
    whole = queue_page(session, publication, issue, wanted)
    seen, cursor = [], None
    while True:
        page = queue_page(session, publication, issue, wanted, cursor=cursor, limit=2)
        assert page.total == whole.total == len(whole.rows)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [row.id for row in whole.rows]
    assert len(set(seen)) == len(seen)


def test_new_arrivals_do_not_move_the_next_page(session, publication, issue):
    rows = [make_candidate(session, published_at=NOW - timedelta(hours=n)) for n in range(3)]
    first = queue_page(session, publication, issue, QueueFilter(), limit=2)
    make_candidate(session, published_at=NOW + timedelta(hours=1))
    second = queue_page(session, publication, issue, QueueFilter(), cursor=first.next_cursor)
    assert [row.id for row in second.rows] == [rows[2].id]


@pytest.mark.parametrize("cursor", [
    "x", "bm90IGpzb24", "WyJubyBkYXRlIiwgMV0", "e30", "图",
    "WyIyMDI2LTA3LTEwVDAwOjAwOjAwKzAwOjAwIiwgMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMF0",
])  # fmt: skip
def test_a_made_up_page_mark_is_refused(session, publication, issue, cursor):
    with pytest.raises(Invalid):
        queue_page(session, publication, issue, QueueFilter(), cursor=cursor)


def test_the_queue_is_filtered_by_section_source_state_and_star(session, publication, issue, ben):
    source = make_source(session)
    ours = make_candidate(session, source_id=source.id, suggested_section="热点关注")
    make_candidate(session, suggested_section="国内动态")
    shortlist(session, ours, by=ben, now=NOW)
    candidates.toggle_star(session, ours, by=ben)
    for wanted in (
        QueueFilter(state="all", section="热点关注"),
        QueueFilter(state="all", source_id=source.id),
        QueueFilter(state=CandidateState.shortlisted),
        QueueFilter(state="all", starred_by=ben.id),
    ):
        page = queue_page(session, publication, issue, wanted, viewer=ben)
        assert [(row.id, row.starred) for row in page.rows] == [(ours.id, True)]
    assert candidates.toggle_star(session, ours, by=ben) is False


@pytest.mark.parametrize(
    "text, found",
    [
        ("海堤", True),
        ("堤", True),
        ("加固 青屿", True),
        ("海堤 临澜", False),
        ("100%", True),
        ("0%完", True),
        ("1_0", False),
        ("\\", False),
        ("WEB3", True),
        ("' OR 1=1 --", False),
    ],
)
def test_words_are_looked_for_as_typed(session, publication, issue, text, found):
    make_candidate(
        session, title="青屿区海堤加固100%完成", blocks=(paragraph("另有 Web3 项目开工。"),)
    )
    page = queue_page(session, publication, issue, QueueFilter(text=text))
    assert (page.total == 1) is found


def test_a_page_takes_the_same_queries_however_long_it_is(session, publication, issue, ben):
    cluster = Cluster(publication_id=publication.id)
    session.add(cluster)
    session.flush()
    for _ in range(30):
        make_candidate(session, cluster_id=cluster.id)
    taken = make_candidate(session)
    take(session, taken, section=sections_of(session, issue)[0], by=ben, now=NOW)
    session.flush()
    said: list[str] = []

    @event.listens_for(session.get_bind(), "before_cursor_execute")
    def note(_connection, _cursor, statement, *_rest):
        said.append(statement)

    page = queue_page(session, publication, issue, QueueFilter(state="all"), viewer=ben)
    event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(page.rows) == 31
    assert len(said) == 7
    assert not any("candidate.blocks" in statement for statement in said)
    assert {row.alike for row in page.rows} == {29, 0}


def test_a_taken_row_says_where_it_went(session, publication, issue, sections, ben):
    candidate = make_candidate(session)
    item = take(session, candidate, section=sections[0], by=ben, now=NOW)
    row = candidates.queue_row(session, candidate, issue, ben)
    assert (row.item_id, row.item_section) == (item.id, "热点关注")


def test_counts_name_every_tray_and_state(session, publication, issue):
    make_candidate(session)
    known = counts(session, publication, issue)
    assert set(known) == set(candidates.TRAYS)
    assert known["window"] == {"new": 1, "shortlisted": 0, "taken": 0, "spiked": 0, "all": 1}
    assert known["all"]["all"] == 1


def test_another_publication_s_candidates_are_not_there(session, publication, issue):
    other = make_publication(session, slug="linlan", name="临澜观察")
    theirs = make_candidate(session, other)
    assert queue_page(session, publication, issue, EVERYTHING).total == 0
    with pytest.raises(NotFound):
        candidates.get_candidate(session, publication, theirs.id)


# --- decisions -----------------------------------------------------------------------------------


def test_a_spiked_candidate_leaves_the_queue_and_keeps_its_reason(session, publication, issue, ben):
    candidate = make_candidate(session)
    spike(session, candidate, "超出范围", by=ben, now=NOW)
    assert queue_page(session, publication, issue, QueueFilter()).total == 0
    assert (candidate.spike_reason, candidate.decided_by) == ("超出范围", ben.id)
    unspike(session, candidate, by=ben, now=NOW)
    assert candidate.state == CandidateState.new
    assert candidate.spike_reason == "超出范围"


def test_a_duplicate_names_the_candidate_it_repeats(session, publication, ben):
    first, second = make_candidate(session), make_candidate(session)
    spike(session, second, "", by=ben, now=NOW, duplicate_of=first.id)
    assert (second.spike_reason, second.duplicate_of) == ("duplicate", first.id)


def test_a_candidate_is_no_duplicate_of_itself_or_of_another_publication_s(session, ben):
    candidate = make_candidate(session)
    stranger = make_candidate(session, make_publication(session, slug="linlan", name="临澜观察"))
    for original in (candidate.id, stranger.id, 10**6):
        with pytest.raises(Invalid):
            spike(session, candidate, "", by=ben, now=NOW, duplicate_of=original)


def test_who_decided_first_is_named_to_the_second(session, sections, ben):
    candidate = make_candidate(session)
    take(session, candidate, section=sections[0], by=ben, now=NOW)
    for decide in (
        lambda: spike(session, candidate, "", by=chief_ada(session), now=NOW),
        lambda: shortlist(session, candidate, by=chief_ada(session), now=NOW),
        lambda: unspike(session, candidate, by=chief_ada(session), now=NOW),
        lambda: take(session, candidate, section=sections[0], by=chief_ada(session), now=NOW),
    ):
        with pytest.raises(Conflict) as refusal:
            decide()
        assert refusal.value.chinese.startswith("Ben")
        assert "采用" in refusal.value.chinese


def test_taking_makes_an_item_from_what_the_source_said(session, sections, ben):
    evening = datetime(2026, 7, 1, 18, tzinfo=UTC)  # 2 July in Shanghai
    candidate = make_candidate(
        session,
        title="青屿区  海堤\n加固完成",
        published_at=evening,
        byline="林岚",
        blocks=(paragraph("第一段。"), paragraph("第二段。")),
    )
    item = take(session, candidate, section=sections[1], by=ben, now=NOW)
    revision = items.current(session, item)
    assert (revision.number, revision.headline) == (1, "青屿区 海堤 加固完成")
    assert (revision.source_line, revision.dated_on) == ("云州日报", date(2026, 7, 2))
    assert (revision.byline, revision.url) == ("林岚", candidate.url)
    assert revision.attachments == ()
    assert revision.characters == 8
    ids = [block.id for block in revision.blocks]
    assert all(ids) and len(set(ids)) == 2
    assert (item.kind, item.state, item.position) == (ItemKind.news, ItemState.draft, 1)
    assert candidate.state == CandidateState.taken


def test_an_item_is_of_its_section_s_kind(session, sections, ben):
    item = take(session, make_candidate(session), section=sections[2], by=ben, now=NOW)
    assert item.kind == ItemKind.essay


def test_undated_and_late_candidates_can_be_taken_too(session, sections, ben):
    undated = make_candidate(session, published_at=None)
    late = make_candidate(session, published_at=CLOSES + SECOND)
    first = take(session, undated, section=sections[0], by=ben, now=NOW)
    take(session, late, section=sections[0], by=ben, now=NOW)
    assert items.current(session, first).dated_on is None


def test_a_title_too_long_for_a_headline_is_cut_and_the_cut_is_noted(session, sections, ben):
    candidate = make_candidate(session, title="堤" * 700)
    item = take(session, candidate, section=sections[0], by=ben, now=NOW)
    revision = items.current(session, item)
    assert len(revision.headline) == 500
    assert "700" in revision.note


def test_a_candidate_without_a_title_can_still_be_taken(session, sections, ben):
    candidate = make_candidate(session, title="  ", excerpt="海堤加固完成。")
    item = take(session, candidate, section=sections[0], by=ben, now=NOW)
    assert items.current(session, item).headline == "海堤加固完成。"


def test_taken_items_join_the_section_s_end_or_the_place_named(session, sections, ben):
    def taken(position=None):
        return take(
            session, make_candidate(session), section=sections[0], by=ben, now=NOW,
            position=position,
        )  # fmt: skip

    first, second, third, last = taken(), taken(), taken(1), taken(99)
    places = {item.id: item.position for item in (third, first, second, last)}
    assert list(places.values()) == [1, 2, 3, 4]


def test_nothing_is_taken_into_a_locked_issue(session, issue, sections, ben):
    issue.state = IssueState.locked
    session.add(issue)
    candidate = make_candidate(session)
    with pytest.raises(Conflict) as refusal:
        take(session, candidate, section=sections[0], by=ben, now=NOW)
    assert "总第 61 期已定稿" in refusal.value.chinese
    assert candidate.state == CandidateState.new


def test_every_decision_is_recorded_with_before_and_after(session, sections, ben):
    candidate = make_candidate(session)
    shortlist(session, candidate, by=ben, now=NOW)
    item = take(session, candidate, section=sections[0], by=ben, now=NOW)
    session.flush()
    shortlisting, taking = audit.list_events(session, publication_id=candidate.publication_id)[
        1::-1
    ]
    assert (shortlisting.verb, shortlisting.user_id) == ("shortlist", ben.id)
    assert shortlisting.before["state"] == "new"
    assert taking.before["state"] == "shortlisted"
    assert (taking.after["state"], taking.after["item"]) == ("taken", item.id)
    assert audit.broken_links(session) == []


def test_stars_belong_to_one_person(session, publication, issue, ben):
    candidate = make_candidate(session)
    assert candidates.toggle_star(session, candidate, by=ben) is True
    cy = contributor_cy(session)
    (row,) = queue_page(session, publication, issue, QueueFilter(), viewer=cy).rows
    assert row.starred is False
    assert session.exec(select(Event).where(Event.verb == "star")).all() == []


# --- what can be measured ------------------------------------------------------------------------


def test_the_export_tells_state_text_tables_and_pictures(
    session, publication, issue, sections, ben
):
    table = Table(rows=((Cell(content=(Text(text="年"),)), Cell(content=(Text(text="数"),))),))
    figure = Figure(url="https://daily.yunzhou.example/a.png", caption="图1")
    make_candidate(
        session,
        title="青屿区海堤加固完成",
        published_at=datetime(2026, 7, 1, 18, tzinfo=UTC),
        blocks=(paragraph("第一段。"), table, figure, Paragraph(content=(Text(text="第二段。"),))),
    )
    by_day = make_candidate(session, published_at=NOW, date_precision="day")
    undated = make_candidate(session, published_at=None)
    late = make_candidate(session, published_at=CLOSES)
    taken_late = make_candidate(session, published_at=CLOSES)
    take(session, taken_late, section=sections[0], by=ben, now=NOW)
    session.flush()
    rows = list(candidates.export_rows(session, publication, issue))
    assert rows[0] | {"id": 0, "url": ""} == {
        "id": 0,
        "url": "",
        "title": "青屿区海堤加固完成",
        "source": "云州日报",
        "published_at": "2026-07-02T02:00:00+08:00",
        "text": "第一段。\n第二段。",
        "cluster": None,
        "state": "new",
        "tables": [[["年", "数"]]],
        "images": ["https://daily.yunzhou.example/a.png"],
    }
    assert {row["url"]: (row["state"], row["published_at"]) for row in rows[1:]} == {
        by_day.url: ("new", "2026-07-10"),
        undated.url: ("undated", None),
        late.url: ("out_of_window", "2026-07-16T00:00:00+08:00"),
        taken_late.url: ("taken", "2026-07-16T00:00:00+08:00"),
    }
