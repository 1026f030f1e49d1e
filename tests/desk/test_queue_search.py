"""Searching the triage list: page after page it shows what a reading of every row would."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from editor.desk import queue_search
from editor.desk.candidates import TRAYS, QueueFilter, queue_page, tray_of
from editor.schedule import Window
from editor.store import search
from editor.store.models import Candidate, Publication
from editor.text.document import paragraph
from editor.text.grams import words_of
from editor.workflow import CandidateState
from tests.cast import make_candidate, make_issue, make_publication

# few characters: a random query is now in every row, now in one, now in none
SIGNS = "海堤云州市a，"
ROWS, QUERIES = 60, 30


@pytest.fixture
def issue(session):
    return make_issue(session, make_publication(session))


def wording(chance: random.Random, longest: int) -> str:
    return "".join(chance.choices(SIGNS, k=chance.randint(1, longest)))


def invent(session, issue, chance: random.Random) -> None:
    """Make rows before, in and behind the window, several at one moment, some undated."""
    for number in range(ROWS):
        day = issue.opens_at + timedelta(days=chance.randint(-10, 40))
        make_candidate(
            session,
            title=f"{wording(chance, 4)}{number}",
            blocks=(paragraph(wording(chance, 12)),),
            published_at=day if chance.random() > 0.1 else None,
            state=chance.choice([CandidateState.new, CandidateState.spiked]),
        )
    session.flush()


def plainly(session, issue, wanted: QueueFilter) -> list[int]:
    """Return what every row's own text says, in the list's order."""
    rows = [
        row
        for row in session.exec(select(Candidate)).all()
        if wanted.state in ("all", row.state)
        and wanted.tray in ("all", tray_of(row, Window(issue.opens_at, issue.closes_at)))
        and all(word in search.words_of(row) for word in words_of(wanted.text))
    ]
    dated = [row for row in rows if row.published_at]
    undated = sorted((row for row in rows if not row.published_at), key=lambda row: -row.id)
    dated.sort(key=lambda row: (row.published_at, row.id), reverse=True)
    return [row.id for row in dated + undated]


def paged(session, issue, wanted: QueueFilter, limit: int, expected: int) -> list[int]:
    """Turn all pages; each says how many there are, or that there are at least so many."""
    shown, cursor = [], None
    while True:
        page = queue_page(
            session,
            session.get(Publication, issue.publication_id),
            issue,
            wanted,
            cursor=cursor,
            limit=limit,
        )
        assert len(page.rows) <= page.total <= expected
        assert page.at_least or page.total == expected
        shown += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return shown


@pytest.mark.parametrize(
    "first, near, common", [(2, 5, 0.3), (4, 16, 0.04), (4, 16, 0.5), (400, 1200, 0.04)]
)
def test_a_search_shows_what_every_text_says(session, issue, monkeypatch, first, near, common):
    monkeypatch.setattr(queue_search, "FIRST", first)
    monkeypatch.setattr(queue_search, "NEAR", near)
    monkeypatch.setattr(queue_search, "COMMON", common)
    monkeypatch.setattr(queue_search, "MOST_LISTED", near)
    monkeypatch.setattr(queue_search, "MOST_READ", first + 1)
    chance = random.Random(first)
    invent(session, issue, chance)
    for _ in range(QUERIES):
        text = " ".join(wording(chance, 3) for _ in range(chance.choice([1, 1, 2])))
        if not words_of(text):
            continue
        wanted = QueueFilter(
            text=text,
            state=chance.choice(["all", CandidateState.new]),
            tray=chance.choice([tray for tray in TRAYS if tray != "late"]),
        )
        expected = plainly(session, issue, wanted)
        limit = chance.choice([1, 3, 100])
        assert paged(session, issue, wanted, limit, len(expected)) == expected, wanted


def test_a_common_word_is_counted_no_further_than_was_seen(session, issue, monkeypatch):
    monkeypatch.setattr(queue_search, "FIRST", 5)
    monkeypatch.setattr(queue_search, "NEAR", 20)
    for _ in range(30):
        make_candidate(session, title="青屿区海堤加固", published_at=issue.opens_at)
    home = session.get(Publication, issue.publication_id)
    wanted = QueueFilter(text="海堤")
    page = queue_page(session, home, issue, wanted, limit=10)
    assert (len(page.rows), page.total, page.at_least) == (10, 20, True)
    whole = queue_page(session, home, issue, wanted, limit=100)
    assert (len(whole.rows), whole.next_cursor, whole.total, whole.at_least) == (
        30,
        None,
        30,
        False,
    )


def test_doubtful_dates_are_sought_in_their_own_index(sqlite_database):
    asked = []
    with sqlite_database.writing() as session:
        issue = make_issue(session, make_publication(session))
        home = session.get(Publication, issue.publication_id)
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *of: asked.append((of[2], of[3])))
        wanted = QueueFilter(date_doubtful=True, state="all", tray="all")
        queue_page(session, home, issue, wanted)
        plans = [
            row[3]
            for statement, values in list(asked)
            if "≠" in statement
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert plans and not [plan for plan in plans if plan.startswith("SCAN")]
    assert any("ix_candidate_doubtful" in plan for plan in plans)
