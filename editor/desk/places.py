"""Where items stand on an issue's board: positions run 1..n in each section, without gaps.

Every change of places first takes the issue's row (`lock_board`), so that two people never
number the same section at once.
"""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from editor.errors import Conflict, NotFound
from editor.store.models import Issue, IssueSection, Item, id_of
from editor.workflow import IssueState

Order = dict[int, list[int]]

CLOSED = frozenset({IssueState.locked, IssueState.published})


def lock_board(session: Session, issue_id: int) -> Issue:
    """Return the issue as it is now, held until the transaction ends; Conflict when it is closed.

    SQLite needs no lock here: its writing transactions already run one after another.
    """
    issue = session.exec(
        select(Issue)
        .where(Issue.id == issue_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    refuse_closed(issue)
    return issue


def closed(issue: Issue) -> bool:
    """Whether the issue is locked or published: its items and their places stay as they are."""
    return issue.state in CLOSED


def refuse_closed(issue: Issue) -> None:
    """Raise Conflict when the issue is locked or published."""
    if closed(issue):
        raise Conflict(
            f"总第 {issue.total_number} 期已定稿，不能再改。请主编先在“进度”页退回本期",
            f"No. {issue.total_number} is locked. The chief can take it back under Progress",
        )


def section_of(session: Session, item: Item) -> IssueSection:
    """Return the section an item stands in."""
    section = session.get(IssueSection, item.section_id)
    if section is None:
        raise NotFound("稿件所在的栏目已不存在", "The item's section no longer exists")
    return section


def order_of(session: Session, issue_id: int) -> Order:
    """Return the items of every section of the issue in printed order; removed ones are left out.

    Empty sections are there, in the sections' order. Two queries.
    """
    sections = session.exec(
        select(IssueSection.id)
        .where(IssueSection.issue_id == issue_id)
        .order_by(col(IssueSection.position), col(IssueSection.id))
    )
    order: Order = {section: [] for section in sections if section is not None}
    rows = session.exec(
        select(Item.section_id, Item.id)
        .where(col(Item.section_id).in_(order), col(Item.removed_at).is_(None))
        .order_by(col(Item.position), col(Item.id))
    )
    for section, item in rows:
        if item is not None:
            order[section].append(item)
    return order


def put_order(session: Session, order: Mapping[int, Sequence[int]]) -> None:
    """Write sections and positions of the items named; one query and one flush."""
    places = {
        item: (section, position)
        for section, items in order.items()
        for position, item in enumerate(items, start=1)
    }
    for row in session.exec(select(Item).where(col(Item.id).in_(places))):
        if row.id is not None and (row.section_id, row.position) != places[row.id]:
            row.section_id, row.position = places[row.id]
            session.add(row)
    session.flush()


def place(session: Session, item: Item, section: IssueSection, position: int | None) -> None:
    """Put a new or returning item into the section: at `position` (from 1), at the end if None."""
    standing = [other for other in _standing(session, id_of(section)) if other is not item]
    index = len(standing) if position is None else max(0, min(position - 1, len(standing)))
    standing.insert(index, item)
    item.section_id = id_of(section)
    _number(session, standing)


def close_ranks(session: Session, section_id: int) -> None:
    """Number the section's items 1..n again after one has left."""
    _number(session, _standing(session, section_id))


def _standing(session: Session, section_id: int) -> list[Item]:
    return list(
        session.exec(
            select(Item)
            .where(Item.section_id == section_id, col(Item.removed_at).is_(None))
            .order_by(col(Item.position), col(Item.id))
        )
    )


def _number(session: Session, items: Sequence[Item]) -> None:
    for position, item in enumerate(items, start=1):
        item.position = position
        session.add(item)
    session.flush()


def turned_back(before: Order, after: Order, now: Order) -> Order | None:
    """Return the order that undoes `before` → `after` on the board as it is `now`; pure.

    Items that came since stay in their section behind their left neighbour; items that left stay
    away. None when somebody moved an item of `after` since, or removed a section it would fill.
    """
    present = {item for items in now.values() for item in items}
    known = {item for items in after.values() for item in items}
    for section in {*after, *now}:
        was = [item for item in after.get(section, []) if item in present]
        stands = [item for item in now.get(section, []) if item in known]
        if was != stands:
            return None
    result: Order = {section: [] for section in now} | {
        section: [item for item in items if item in present] for section, items in before.items()
    }
    if any(items and section not in now for section, items in result.items()):
        return None
    for section, items in now.items():
        for index, item in enumerate(items):
            if item not in known:
                result[section].insert(_behind(result[section], items[:index]), item)
    return result


def _behind(items: Sequence[int], neighbours: Sequence[int]) -> int:
    """Return the index behind the last of `neighbours` that is among `items`, else 0."""
    for neighbour in reversed(neighbours):
        if neighbour in items:
            return items.index(neighbour) + 1
    return 0
