"""What an issue will be: the next one before it is opened, and its sections' order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from editor.desk import audit, places
from editor.desk.issues import sections_of
from editor.desk.publications import collecting_month, profile_of
from editor.errors import Conflict
from editor.schedule import Window, monthly_window
from editor.store.models import Issue, Publication, User, id_of


@dataclass(frozen=True)
class Plan:
    """An issue that has not been opened: numbers, window, label and sections."""

    year: int
    month: int
    number: int
    total: int
    window: Window
    label: tuple[str, ...]
    sections: tuple[str, ...]


def plan_issue(publication: Publication, *, now: datetime, month: int | None = None) -> Plan:
    """Return the publication's next issue as `open_issue` would open it; nothing is stored.

    `month` (1 to 12) sets another month than the usual one; a monthly's number follows it.
    """
    profile = profile_of(publication)
    monthly = profile.schedule.per_year == 12
    number = publication.next_number
    if month is not None and monthly:
        number = month
    elif month is None:
        month = number if monthly else collecting_month(profile, now)[1]
    year, total = publication.next_year, publication.next_total
    return Plan(
        year=year,
        month=month,
        number=number,
        total=total,
        window=monthly_window(year, month, profile.schedule.first_day, profile.zone),
        label=profile.label_lines(year, month, number, total),
        sections=tuple(section.name for section in profile.section),
    )


def order_sections(
    session: Session, issue: Issue, order: Sequence[int], *, by: User | None, now: datetime
) -> None:
    """Put the issue's sections in this order of their ids.

    Raises Conflict, and changes nothing, unless each section is named exactly once.
    """
    issue = places.lock_board(session, id_of(issue))
    sections = {id_of(section): section for section in sections_of(session, issue)}
    if sorted(order) != sorted(sections):
        raise Conflict(
            "本期的栏目已有增减，没有移动。请刷新页面后再试",
            "The issue's sections have changed meanwhile; nothing was moved. Reload and try again",
        )
    before = list(sections)
    if list(order) == before:
        return
    for position, section_id in enumerate(order, start=1):
        sections[section_id].position = position
        session.add(sections[section_id])
    issue.version += 1
    session.add(issue)
    audit.record(
        session,
        by=by,
        verb="order_sections",
        subject=issue,
        before={"sections": before},
        after={"sections": list(order)},
        now=now,
    )
