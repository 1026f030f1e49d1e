"""Issues: opening them, their sections, and the board on which items are ordered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from editor.desk import audit, places
from editor.desk.publications import NUMBERS, collecting_month, profile_of
from editor.errors import Conflict, Invalid, NotFound
from editor.profile import Profile, SectionProfile
from editor.schedule import IssueNumber, Window, monthly_window, next_number
from editor.store.models import Issue, IssueSection, Item, Publication, Revision, User, id_of
from editor.workflow import IssueState, ItemKind, ItemState

# --- opening and finding ---------------------------------------------------------------------


def open_issue(
    session: Session,
    publication: Publication,
    *,
    by: User | None,
    now: datetime,
    year: int | None = None,
    month: int | None = None,
    number: int | None = None,
    total: int | None = None,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    sections: Sequence[SectionProfile] | None = None,
) -> Issue:
    """Open the next issue, or an old one whose numbers, window and sections are given.

    What is not given follows from the publication's next numbers and its profile. The next
    numbers move on only when this issue reaches them. Raises Conflict when the number is taken.
    """
    profile = profile_of(publication)
    numbers = IssueNumber(
        publication.next_year if year is None else year,
        _number_in_year(publication, profile, number, month),
        publication.next_total if total is None else total,
    )
    month = _month_of(profile, numbers, now) if month is None else month
    window = _window(profile, numbers.year, month, opens_at, closes_at)
    if find_issue(session, publication, numbers.total) is not None:
        raise Conflict(
            f"总第 {numbers.total} 期已经建好，请直接打开",
            f"No. {numbers.total} already exists; open that one",
        )
    issue = Issue(
        publication_id=id_of(publication),
        year=numbers.year,
        month=month,
        number=numbers.number,
        total_number=numbers.total,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        copy_due_at=window.closes_at + timedelta(days=profile.schedule.copy_due_days),
        page_budget=profile.page.budget,
    )
    session.add(issue)
    session.flush()
    _snapshot_sections(session, issue, profile.section if sections is None else sections)
    _record_opening(session, publication, issue, by=by, now=now)
    _advance(session, publication, numbers, profile.schedule.per_year)
    return issue


def _number_in_year(
    publication: Publication, profile: Profile, number: int | None, month: int | None
) -> int:
    if number is not None:
        return number
    # a monthly's number in the year is its month (bulletins.md §2)
    if month is not None and profile.schedule.per_year == 12:
        return month
    return publication.next_number


def _month_of(profile: Profile, numbers: IssueNumber, now: datetime) -> int:
    if profile.schedule.per_year == 12 and 1 <= numbers.number <= 12:
        return numbers.number
    return collecting_month(profile, now)[1]


def _window(
    profile: Profile,
    year: int,
    month: int,
    opens_at: datetime | None,
    closes_at: datetime | None,
) -> Window:
    if not 1 <= month <= 12:
        raise Invalid(
            f"月份应在 1 到 12 之间，不能是 {month}",
            f"The month must lie between 1 and 12, not {month}",
            fields={"month": ("月份应在 1 到 12 之间", "The month must lie between 1 and 12")},
        )
    usual = monthly_window(year, month, profile.schedule.first_day, profile.zone)
    window = Window(opens_at or usual.opens_at, closes_at or usual.closes_at)
    if window.opens_at >= window.closes_at:
        sentence = ("采集窗口的开始必须早于结束", "The window must open before it closes")
        raise Invalid(*sentence, fields={"closes_at": sentence})
    return window


def _snapshot_sections(session: Session, issue: Issue, sections: Sequence[SectionProfile]) -> None:
    for position, section in enumerate(sections, start=1):
        session.add(
            IssueSection(
                issue_id=id_of(issue),
                name=section.name,
                position=position,
                kind=section.kind,
                quota=section.quota,
                solo=section.solo,
            )
        )
    session.flush()


def _record_opening(
    session: Session, publication: Publication, issue: Issue, *, by: User | None, now: datetime
) -> None:
    audit.record(
        session,
        by=by,
        verb="open_issue",
        subject=issue,
        before={},
        after=audit.snapshot(
            issue, "year", "month", "number", "total_number", "opens_at", "closes_at"
        ),
        publication_id=publication.id,
        now=now,
    )


def _advance(
    session: Session, publication: Publication, opened: IssueNumber, per_year: int
) -> None:
    """Move the next numbers past the issue, unless it is one from the past."""
    if opened.total < publication.next_total:
        return
    following = next_number(opened, per_year)
    values = (following.year, following.number, following.total)
    for field, value in zip(NUMBERS, values, strict=True):
        setattr(publication, field, value)
    session.add(publication)
    session.flush()


def find_issue(session: Session, publication: Publication, total_number: int) -> Issue | None:
    """Return the issue with this total number, None when there is none."""
    return session.exec(
        select(Issue).where(
            Issue.publication_id == publication.id, Issue.total_number == total_number
        )
    ).first()


def get_issue(session: Session, publication: Publication, total_number: int) -> Issue:
    """Return the issue with this total number; raises NotFound."""
    issue = find_issue(session, publication, total_number)
    if issue is None:
        raise NotFound(
            f"没有总第 {total_number} 期，请检查期号，或先新建本期",
            f"There is no No. {total_number}; check the number or open that issue first",
        )
    return issue


def list_issues(session: Session, publication: Publication) -> list[Issue]:
    """Return the publication's issues, the latest first."""
    return list(
        session.exec(
            select(Issue)
            .where(Issue.publication_id == publication.id)
            .order_by(col(Issue.total_number).desc())
        )
    )


def find_current_issue(session: Session, publication: Publication, now: datetime) -> Issue | None:
    """Return the unpublished issue whose window holds `now`, else the one worked on last.

    None while the publication has no issue.
    """
    issues = list_issues(session, publication)
    unpublished = [issue for issue in issues if issue.state != IssueState.published]
    for issue in unpublished:
        if issue.opens_at <= now < issue.closes_at:
            return issue
    return next(iter([*unpublished, *issues]), None)


def window_of(issue: Issue) -> Window:
    """Return the issue's collection window."""
    return Window(issue.opens_at, issue.closes_at)


# --- sections --------------------------------------------------------------------------------


def sections_of(session: Session, issue: Issue) -> list[IssueSection]:
    """Return the issue's sections in printed order."""
    return list(
        session.exec(
            select(IssueSection)
            .where(IssueSection.issue_id == issue.id)
            .order_by(col(IssueSection.position), col(IssueSection.id))
        )
    )


def get_section(session: Session, issue: Issue, section_id: int) -> IssueSection:
    """Return a section of the issue; raises NotFound."""
    section = session.get(IssueSection, section_id)
    if section is None or section.issue_id != issue.id:
        raise NotFound("本期没有这个栏目，请刷新页面", "This issue has no such section; reload")
    return section


def find_section(session: Session, issue: Issue, name: str) -> IssueSection | None:
    """Return the issue's section of this name, None when there is none."""
    return session.exec(
        select(IssueSection).where(IssueSection.issue_id == issue.id, IssueSection.name == name)
    ).first()


def add_section(
    session: Session,
    issue: Issue,
    name: str,
    *,
    by: User | None,
    now: datetime,
    kind: ItemKind = ItemKind.news,
    quota: int | None = None,
    solo: bool = False,
) -> IssueSection:
    """Add a section at the end of the issue; raises Invalid for an empty or a known name."""
    places.lock_board(session, id_of(issue))
    name = _usable_name(session, issue, name)
    section = IssueSection(
        issue_id=id_of(issue),
        name=name,
        position=len(sections_of(session, issue)) + 1,
        kind=kind,
        quota=quota,
        solo=solo,
    )
    session.add(section)
    issue.version += 1
    session.add(issue)
    _record_section(session, issue, section, "add_section", {}, by=by, now=now)
    return section


def rename_section(
    session: Session, section: IssueSection, name: str, *, by: User | None, now: datetime
) -> None:
    """Rename a section of one issue; raises Invalid for an empty or a known name."""
    issue = places.lock_board(session, section.issue_id)
    if name.strip() == section.name:
        return
    before = audit.snapshot(section, "name")
    section.name = _usable_name(session, issue, name)
    session.add(section)
    _record_section(session, issue, section, "rename_section", before, by=by, now=now)


def remove_section(
    session: Session, section: IssueSection, *, by: User | None, now: datetime
) -> None:
    """Take an empty section out of its issue; what was removed from it returns to its neighbour.

    Raises Conflict while items stand in it, and for the issue's only section.
    """
    issue = places.lock_board(session, section.issue_id)
    if places.order_of(session, id_of(issue))[id_of(section)]:
        raise Conflict(
            f"栏目“{section.name}”里还有稿件，请先移到别的栏目",
            f"The section “{section.name}” has items; move them to another section first",
        )
    before, after = _around(sections_of(session, issue), section)
    neighbours = [*before[-1:], *after[:1]]
    if not neighbours:
        raise Conflict("本期至少要有一个栏目", "An issue needs one section at least")
    was = audit.snapshot(section, "name", "position", "kind", "quota", "solo")
    _record_section(session, issue, section, "remove_section", was, by=by, now=now)
    for item in session.exec(select(Item).where(Item.section_id == section.id)):
        item.section_id = id_of(neighbours[0])
        session.add(item)
    session.flush()
    session.delete(section)
    for position, each in enumerate([*before, *after], start=1):
        each.position = position
    issue.version += 1
    session.add(issue)
    session.flush()


def _around(
    sections: Sequence[IssueSection], section: IssueSection
) -> tuple[list[IssueSection], list[IssueSection]]:
    at = [each.id for each in sections].index(section.id)
    return list(sections[:at]), list(sections[at + 1 :])


def _usable_name(session: Session, issue: Issue, name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 60:
        sentence = ("栏目名称应为 1 到 60 个字", "A section's name has 1 to 60 characters")
        raise Invalid(*sentence, fields={"name": sentence})
    if find_section(session, issue, name) is not None:
        sentence = (f"本期已有栏目“{name}”", f"The issue already has a section “{name}”")
        raise Invalid(*sentence, fields={"name": sentence})
    return name


def _record_section(
    session: Session,
    issue: Issue,
    section: IssueSection,
    verb: str,
    before: dict[str, object],
    *,
    by: User | None,
    now: datetime,
) -> None:
    audit.record(
        session,
        by=by,
        verb=verb,
        subject=section,
        before=before,
        after=audit.snapshot(section, "name"),
        publication_id=issue.publication_id,
        now=now,
    )


# --- the board -------------------------------------------------------------------------------


@dataclass(frozen=True)
class BoardCard:
    """An item as the board shows it. `start_page` is None until the issue has been laid out."""

    item_id: int
    kind: ItemKind
    headline: str
    source_line: str
    dated_on: date | None
    characters: int
    state: ItemState
    revision: int
    attachments: int
    url: str
    start_page: int | None = None


@dataclass(frozen=True)
class BoardSection:
    """A section with its cards in printed order."""

    id: int
    name: str
    position: int
    kind: ItemKind
    quota: int | None
    solo: bool
    cards: tuple[BoardCard, ...]

    @property
    def characters(self) -> int:
        """Return the characters of all its items."""
        return sum(card.characters for card in self.cards)


@dataclass(frozen=True)
class Board:
    """The issue as it will be printed; send `version` back with every move."""

    issue_id: int
    version: int
    sections: tuple[BoardSection, ...]

    @property
    def items(self) -> int:
        """Return the number of items."""
        return sum(len(section.cards) for section in self.sections)

    @property
    def characters(self) -> int:
        """Return the characters of all items."""
        return sum(section.characters for section in self.sections)

    @property
    def ready(self) -> int:
        """Return the number of items that are ready."""
        cards = [card for section in self.sections for card in section.cards]
        return sum(card.state == ItemState.ready for card in cards)


def board(session: Session, issue: Issue, starts: Mapping[int, int] | None = None) -> Board:
    """Return the issue's board; no text is loaded. `starts` gives page numbers by item id."""
    cards: dict[int, list[BoardCard]] = {}
    for section_id, card in _cards(session, issue, starts or {}):
        cards.setdefault(section_id, []).append(card)
    sections = [
        BoardSection(
            id=id_of(section),
            name=section.name,
            position=section.position,
            kind=section.kind,
            quota=section.quota,
            solo=section.solo,
            cards=tuple(cards.get(id_of(section), ())),
        )
        for section in sections_of(session, issue)
    ]
    return Board(id_of(issue), issue.version, tuple(sections))


def _cards(
    session: Session, issue: Issue, starts: Mapping[int, int]
) -> list[tuple[int, BoardCard]]:
    rows: Iterable[Any] = session.exec(
        select(
            Item.section_id,
            Item.id,
            Item.kind,
            Item.state,
            Revision.headline,
            Revision.source_line,
            Revision.dated_on,
            Revision.characters,
            Revision.number,
            Revision.attachments,
            Revision.url,
        )  # type: ignore[call-overload]
        .join(Revision, col(Revision.id) == col(Item.revision_id))
        .join(IssueSection, col(IssueSection.id) == col(Item.section_id))
        .where(IssueSection.issue_id == issue.id, col(Item.removed_at).is_(None))
        .order_by(col(Item.position), col(Item.id))
    )
    return [
        (
            row.section_id,
            BoardCard(
                item_id=row.id,
                kind=row.kind,
                headline=row.headline,
                source_line=row.source_line,
                dated_on=row.dated_on,
                characters=row.characters,
                state=row.state,
                revision=row.number,
                attachments=len(row.attachments),
                url=row.url,
                start_page=starts.get(row.id),
            ),
        )
        for row in rows
    ]


def order_board(
    session: Session,
    issue: Issue,
    *,
    version: int,
    order: Mapping[int, Sequence[int]],
    by: User | None,
    now: datetime,
    batch: str = "",
) -> None:
    """Put every item where `order` (section id → item ids) says; one undoable batch.

    Raises Conflict when the board has moved on from `version` or when an item of the issue is
    missing, named twice or unknown: nothing is changed then.
    """
    issue = places.lock_board(session, id_of(issue))
    before = places.order_of(session, id_of(issue))
    _refuse_stale(session, issue, version)
    _refuse_order(session, before, order)
    after = {section: list(order.get(section, ())) for section in before}
    if after == before:
        return
    places.put_order(session, after)
    issue.version += 1
    session.add(issue)
    audit.record(
        session,
        by=by,
        verb=audit.Verb.order,
        subject=issue,
        before={"order": _keyed(before)},
        after={"order": _keyed(after)},
        batch=batch or audit.new_batch(),
        now=now,
    )


def _keyed(order: places.Order) -> dict[str, list[int]]:
    return {str(section): items for section, items in order.items()}


def _refuse_stale(session: Session, issue: Issue, version: int) -> None:
    if issue.version == version:
        return
    event = next(
        (
            event
            for event in audit.list_events(session, publication_id=issue.publication_id)
            if event.subject == "issue" and event.subject_id == issue.id
        ),
        None,
    )
    name = audit.person_name(session, event.user_id if event else None)
    raise Conflict(
        f"{name}刚刚调整了版面，这里显示的已不是最新顺序。页面已更新，请再移动一次",
        f"{name} has just changed the board. Here is the present order; make your move again",
        version=issue.version,
    )


def _refuse_order(
    session: Session, before: places.Order, order: Mapping[int, Sequence[int]]
) -> None:
    expected = sorted(item for items in before.values() for item in items)
    given = sorted(item for items in order.values() for item in items)
    unknown_sections = set(order) - set(before)
    if given == expected and not unknown_sections:
        return
    wrong = [item for item in expected if given.count(item) != 1]
    wrong += [item for item in given if item not in expected]
    names = "、".join(f"“{audit.headline_of(session, item)}”" for item in wrong[:3])
    raise Conflict(
        f"版面上的稿件已有增减（{names or '栏目变动'}），没有移动。页面已更新，请再试一次",
        f"The board's items have changed meanwhile ({names or 'a section'}); nothing was moved. "
        "Here is the present order; try again",
    )


def move_item(
    session: Session,
    issue: Issue,
    item: Item,
    *,
    section: IssueSection,
    position: int,
    version: int,
    by: User | None,
    now: datetime,
    batch: str = "",
) -> None:
    """Move one item to `position` (from 1) of a section; as `order_board`, same conflicts."""
    order = places.order_of(session, id_of(issue))
    if section.id not in order or not any(item.id in items for items in order.values()):
        raise NotFound(
            "这篇稿件或栏目已不在本期，请刷新页面",
            "The item or the section is no longer in this issue; reload the page",
        )
    order = {key: [one for one in items if one != item.id] for key, items in order.items()}
    place = order[id_of(section)]
    place.insert(max(0, min(position - 1, len(place))), id_of(item))
    order_board(session, issue, version=version, order=order, by=by, now=now, batch=batch)
