"""Which issues a session has changed: whoever commits rings for their layout.

Every change of an issue's rows is seen here as it is written, so that no screen has to remember.
"""

from typing import Any

from sqlalchemy import event
from sqlmodel import Session, col, select

from editor.store.models import Issue, IssueSection, Item

TOUCHED = "zhaibian_touched"


def touched_issues(session: Session) -> list[int]:
    """Return the ids of the issues that this session has written to; one query where items were.

    What is still to be written is flushed first.
    """
    session.flush()
    rows: set[tuple[str, int]] = session.info.get(TOUCHED, set())
    sections = {id for kind, id in rows if kind == "section"}
    found = {id for kind, id in rows if kind == "issue"}
    if sections:
        query = select(IssueSection.issue_id).where(col(IssueSection.id).in_(sections))
        found.update(session.exec(query))
    return sorted(found)


@event.listens_for(Session, "after_flush")
def _note(session: Any, _flush: Any) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Item):
            _touch(session, "section", row.section_id)
        elif isinstance(row, IssueSection):
            _touch(session, "issue", row.issue_id)
        elif isinstance(row, Issue) and row.id is not None:
            _touch(session, "issue", row.id)


def _touch(session: Any, kind: str, id: int) -> None:
    session.info.setdefault(TOUCHED, set()).add((kind, id))
