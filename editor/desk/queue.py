"""The triage list: which candidates it shows, page by page, and how many there are."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    ColumnElement,
    Select,
    false,
    func,
    literal,
    text,
    union_all,
)
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from editor.desk.archive import Repeat, repeats_of
from editor.desk.queue_order import TRAYS as TRAYS
from editor.desk.queue_order import Position, Stretch, Tray, ordered, stretches, within
from editor.desk.queue_search import Walk, find
from editor.desk.related import Related, related_to
from editor.errors import Invalid
from editor.schedule import Window, in_window
from editor.store import search
from editor.store.models import (
    Candidate,
    Issue,
    IssueSection,
    Item,
    ItemOrigin,
    Publication,
    Star,
    User,
    id_of,
)
from editor.store.models.candidates import DATE_DOUBTFUL
from editor.text.grams import words_of
from editor.workflow import CandidateState

PAGE = 100
MOST = 500
LARGEST = 2**31  # no row has so high a number


class QueueFilter(BaseModel):
    """What the triage list shows; `starred_by` is a person's id.

    `date_doubtful` leaves those of which list and page name different days.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: CandidateState | Literal["all"] = CandidateState.new
    tray: Tray = "window"
    section: str = ""
    source_id: int | None = None
    text: str = ""
    starred_by: int | None = None
    date_doubtful: bool = False


@dataclass(frozen=True)
class QueueRow:
    """A candidate as the list shows it. `item_id` is the item that a taken one became.

    `related` are others about the same document, `repeat` is where it was printed before.
    """

    id: int
    title: str
    source_id: int | None
    source_name: str
    url: str
    published_at: datetime | None
    date_how: str
    date_precision: str
    date_rival: datetime | None
    tray: Tray
    state: CandidateState
    spike_reason: str
    duplicate_of: int | None
    decided_by: int | None
    suggested_section: str
    excerpt: str
    characters: int
    agreement: float | None
    score: float
    cluster_id: int | None
    updated_text_at: datetime | None = None
    alike: int = 0
    related: tuple[Related, ...] = ()
    repeat: Repeat | None = None
    starred: bool = False
    item_id: int | None = None
    item_section: str = ""


@dataclass(frozen=True)
class QueuePage:
    """Rows in order, newest first; `next_cursor` is None on the last page.

    With `at_least` there are more than `total`: a common word is not counted to the end.
    """

    rows: tuple[QueueRow, ...]
    next_cursor: str | None
    total: int
    at_least: bool = False


# explicit columns: a row's blocks can be a hundred times longer than the rest of it
COLUMNS: tuple[Any, ...] = (
    Candidate.id,
    Candidate.title,
    Candidate.source_id,
    Candidate.source_name,
    Candidate.url,
    Candidate.published_at,
    Candidate.date_how,
    Candidate.date_precision,
    Candidate.date_rival,
    Candidate.state,
    Candidate.spike_reason,
    Candidate.duplicate_of,
    Candidate.decided_by,
    Candidate.suggested_section,
    Candidate.excerpt,
    Candidate.characters,
    Candidate.agreement,
    Candidate.score,
    Candidate.cluster_id,
    Candidate.updated_text_at,
)


def queue_page(
    session: Session,
    publication: Publication,
    issue: Issue | None,
    filter: QueueFilter,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
    viewer: User | None = None,
) -> QueuePage:
    """Return a page of the queue, newest first and undated last; texts are not loaded.

    `viewer` marks the rows this person has starred. Raises Invalid for a cursor it did not make.
    """
    limit, after, window = max(1, min(limit, MOST)), _position(cursor), _window(issue)
    wanted = [*_conditions(publication, filter), *_arrival(filter.tray, issue)]
    runs = stretches(filter.tray, window)
    if words := words_of(filter.text):
        found = find(Walk(session, wanted, runs, words), after, limit + 1)
        rows, total, at_least = _shown(session, found.ids), found.total, found.at_least
    else:
        rows = _next_rows(session, wanted, runs, after, limit + 1)
        total, at_least = _total(session, wanted, filter.tray, runs), False
    page = rows[:limit]
    return QueuePage(
        rows=_dressed(session, page, window, viewer),
        next_cursor=_cursor(page[-1]) if len(rows) > limit else None,
        total=total,
        at_least=at_least,
    )


def _shown(session: Session, ids: Sequence[int]) -> list[Any]:
    """Return the rows of these candidates, in this order."""
    rows = session.execute(columns(*COLUMNS).where(search.among(session, ids)))
    found = {row.id: row for row in rows}
    return [found[one] for one in ids]


def _next_rows(
    session: Session,
    wanted: Sequence[ColumnElement[bool]],
    runs: Sequence[Stretch],
    after: Position | None,
    number: int,
) -> list[Any]:
    rows: list[Any] = []
    for run in runs:
        if len(rows) == number:
            break
        rows += session.execute(ordered(COLUMNS, wanted, run, after).limit(number - len(rows)))
    return rows


def _arrival(tray: Tray, issue: Issue | None) -> list[ColumnElement[bool]]:
    """Return the condition for late arrivals: seen since the issue was locked, if it is."""
    if tray != "late":
        return []
    if issue is None or issue.locked_at is None:
        return [false()]
    return [col(Candidate.seen_at) >= issue.locked_at]


def _window(issue: Issue | None) -> Window | None:
    return Window(issue.opens_at, issue.closes_at) if issue else None


def tray_of(candidate: Candidate, window: Window | None) -> Tray:
    """Return the tray a candidate lies in; without a window every dated one lies in it."""
    return _tray(candidate.published_at, window)


def _tray(published_at: datetime | None, window: Window | None) -> Tray:
    if published_at is None:
        return "undated"
    return "window" if window is None or in_window(published_at, window) else "out_of_window"


def _conditions(publication: Publication, filter: QueueFilter) -> list[ColumnElement[bool]]:
    conditions = [col(Candidate.publication_id) == publication.id]
    if filter.state != "all":
        conditions.append(col(Candidate.state) == filter.state)
    if filter.section:
        conditions.append(col(Candidate.suggested_section) == filter.section)
    if filter.source_id is not None:
        conditions.append(col(Candidate.source_id) == filter.source_id)
    if filter.starred_by is not None:
        stars = select(Star.candidate_id).where(Star.user_id == filter.starred_by)
        conditions.append(col(Candidate.id).in_(stars))
    if filter.date_doubtful:
        # the index's own words: a column would be compared with 1, which SQLite finds no index for
        conditions.append(cast(ColumnElement[bool], text(f"candidate.{DATE_DOUBTFUL}")))
    if filter.text.strip() and not words_of(filter.text):
        conditions.append(false())
    return conditions


def _cursor(row: Any) -> str:
    moment = row.published_at.isoformat() if row.published_at else ""
    return base64.urlsafe_b64encode(json.dumps([moment, row.id]).encode()).decode().rstrip("=")


def _position(cursor: str | None) -> Position | None:
    if not cursor:
        return None
    try:
        moment, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not 0 <= last < LARGEST:
            raise ValueError(last)
        return (datetime.fromisoformat(moment) if moment else None), int(last)
    except (ValueError, TypeError) as error:
        raise Invalid(
            "翻页标记无效，请从第一页重新开始",
            "The page mark is not valid; start at the first page",
        ) from error


def _total(
    session: Session, wanted: list[ColumnElement[bool]], tray: Tray, runs: Sequence[Stretch]
) -> int:
    """Count run by run: each is one range of one index, what OR would not be."""
    if tray == "all":
        return session.exec(select(func.count()).select_from(Candidate).where(*wanted)).one()
    parts = [
        select(func.count()).select_from(Candidate).where(*wanted, *within(run)).scalar_subquery()
        for run in runs
    ]
    return sum(session.execute(columns(*parts)).one()) if parts else 0


def _dressed(
    session: Session, rows: list[Any], window: Window | None, viewer: User | None
) -> tuple[QueueRow, ...]:
    """Add what other tables know about the rows: five queries a page, none a row."""
    ids = [row.id for row in rows]
    alike = _cluster_sizes(session, {row.cluster_id for row in rows} - {None})
    same_document = related_to(session, rows, window)
    printed = repeats_of(session, ids)
    stars = _starred(session, ids, viewer)
    items = _items_of(session, [row.id for row in rows if row.state == CandidateState.taken])
    return tuple(
        QueueRow(
            **row._mapping,
            tray=_tray(row.published_at, window),
            alike=max(0, alike.get(row.cluster_id, 1) - 1),
            related=same_document.get(row.id, ()),
            repeat=printed.get(row.id),
            starred=row.id in stars,
            item_id=items.get(row.id, (None, ""))[0],
            item_section=items.get(row.id, (None, ""))[1],
        )
        for row in rows
    )


def _cluster_sizes(session: Session, clusters: set[int]) -> dict[int | None, int]:
    if not clusters:
        return {}
    rows = session.exec(
        select(Candidate.cluster_id, func.count())
        .where(col(Candidate.cluster_id).in_(clusters))
        .group_by(col(Candidate.cluster_id))
    )
    return {cluster: size for cluster, size in rows if cluster is not None}


def _starred(session: Session, ids: list[int], viewer: User | None) -> set[int]:
    if viewer is None or not ids:
        return set()
    return set(
        session.exec(
            select(Star.candidate_id).where(
                Star.user_id == viewer.id, col(Star.candidate_id).in_(ids)
            )
        )
    )


def _items_of(session: Session, ids: list[int]) -> dict[int, tuple[int | None, str]]:
    if not ids:
        return {}
    rows = session.exec(
        select(ItemOrigin.candidate_id, Item.id, IssueSection.name)
        .join(Item, col(Item.id) == col(ItemOrigin.item_id))
        .join(IssueSection, col(IssueSection.id) == col(Item.section_id))
        .where(col(ItemOrigin.candidate_id).in_(ids), col(Item.removed_at).is_(None))
        .order_by(col(Item.id))
    )
    return {candidate: (item, section) for candidate, item, section in rows}


def counts(
    session: Session, publication: Publication, issue: Issue | None
) -> dict[str, dict[str, int]]:
    """Return how many candidates lie in each tray by state: `counts[tray][state]`.

    Trays are window, late (of the window, seen since the lock), out_of_window, undated and all;
    states new, shortlisted, taken, spiked and all; every pair is there. One query; it reads an
    index and no row unless the issue is locked.
    """
    state, window = col(Candidate.state), _window(issue)
    (inside,) = stretches("window", window)

    def tally(name: str, *within: ColumnElement[bool]) -> Select[Any, Any, int]:
        return (
            columns(literal(name), state, func.count())
            .where(
                col(Candidate.publication_id) == publication.id,
                # naming the states lets each range of dates be looked up in the queue's index
                state.in_(list(CandidateState)),
                *within,
            )
            .group_by(state)
        )

    rows = session.execute(
        union_all(
            tally("window", *within(inside)),
            tally("late", *within(inside), *_arrival("late", issue)),
            tally("undated", *within(Stretch(dated=False))),
            tally("all"),
        )
    )
    result = {name: dict.fromkeys([*CandidateState, "all"], 0) for name in TRAYS}
    for name, found, number in rows:
        result[name][found] = number
        result[name]["all"] += number
    result["out_of_window"] = {
        key: number - result["window"][key] - result["undated"][key]
        for key, number in result["all"].items()
    }
    return {name: {str(key): number for key, number in row.items()} for name, row in result.items()}


def alike(session: Session, candidate: Candidate, issue: Issue | None = None) -> list[QueueRow]:
    """Return the other candidates of its cluster, oldest first; none when it stands alone."""
    if candidate.cluster_id is None:
        return []
    rows = session.execute(
        columns(*COLUMNS)
        .where(col(Candidate.cluster_id) == candidate.cluster_id, col(Candidate.id) != candidate.id)
        .order_by(col(Candidate.published_at), col(Candidate.id))
    ).all()
    return list(_dressed(session, list(rows), _window(issue), None))


def queue_row(
    session: Session, candidate: Candidate, issue: Issue | None, viewer: User | None = None
) -> QueueRow:
    """Return one candidate as the list shows it, after a decision."""
    return queue_rows(session, [candidate], issue, viewer)[0]


def queue_rows(
    session: Session,
    candidates: Sequence[Candidate],
    issue: Issue | None,
    viewer: User | None = None,
) -> list[QueueRow]:
    """Return candidates as the list shows them, in the order given; six queries for all."""
    session.flush()
    ids = [id_of(candidate) for candidate in candidates]
    rows = session.execute(columns(*COLUMNS).where(col(Candidate.id).in_(ids))).all()
    dressed = {row.id: row for row in _dressed(session, list(rows), _window(issue), viewer)}
    return [dressed[one] for one in ids]
