"""Exports: requests for a printed format, claimed by one worker at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, update
from sqlmodel import Session, col, select

from editor import clock
from editor.desk import audit
from editor.errors import EditorError, Invalid, NotFound
from editor.store.models import Export, Issue, User, id_of
from editor.workflow import ExportState


@dataclass(frozen=True)
class Format:
    """A kind of file that an issue is exported as."""

    media_type: str
    extension: str


# in the order of the screen: for the printer and the office first, then for screens, then all
FORMATS: Mapping[str, Format] = {
    "pdf": Format("application/pdf", "pdf"),
    "docx": Format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"
    ),
    "web": Format("text/html", "html"),
    "epub": Format("application/epub+zip", "epub"),
    "wechat": Format("application/zip", "wechat.zip"),
    "zip": Format("application/zip", "zip"),
}
# a worker that has not reported for so long is taken for dead
LEASE = timedelta(minutes=2)
ATTEMPTS = 3
RING_AFTER = timedelta(seconds=60)


def request_export(
    session: Session, issue: Issue, format: str, *, by: User | None, now: datetime
) -> Export:
    """Ask for the issue in a format; a retry is a new request, the old row stays as it is."""
    if format not in FORMATS:
        sentence = (
            f"没有“{format}”这种格式，可用：{'、'.join(FORMATS)}",
            f"There is no format “{format}”; choose one of {', '.join(FORMATS)}",
        )
        raise Invalid(*sentence, fields={"format": sentence})
    export = Export(
        issue_id=id_of(issue),
        format=format,
        edition=issue.edition,
        requested_by=by.id if by else None,
    )
    session.add(export)
    session.flush()
    audit.record(
        session,
        by=by,
        verb="request_export",
        subject=export,
        before={},
        after={"format": format},
        publication_id=issue.publication_id,
        now=now,
    )
    return export


def claim(session: Session, export_id: int) -> Export | None:
    """Take a queued export, or a running one whose worker has died; None when there is nothing.

    Commit before working: the row's `fence` then tells this claim from any later one.
    """
    now = clock.real()
    claimed = session.connection().execute(
        update(Export)
        .where(
            col(Export.id) == export_id,
            col(Export.attempts) < ATTEMPTS,
            or_(
                col(Export.state) == ExportState.queued,
                and_(col(Export.state) == ExportState.running, col(Export.lease_until) < now),
            ),
        )
        .values(
            state=ExportState.running,
            fence=Export.fence + 1,
            attempts=Export.attempts + 1,
            started_at=now,
            alive_at=now,
            lease_until=now + LEASE,
            done=0,
            total=0,
            message="",
        )
    )
    if claimed.rowcount != 1:
        return None
    return session.get(Export, export_id, populate_existing=True)


def report(session: Session, export: Export, done: int, total: int, message: str) -> bool:
    """Store the progress and prolong the lease; False when another worker holds the export now."""
    now = clock.real()
    return _as_holder(
        session,
        export,
        done=done,
        total=total,
        message=message[:200],
        alive_at=now,
        lease_until=now + LEASE,
    )


def finish(
    session: Session,
    export: Export,
    *,
    asset: str,
    size: int,
    digest: str,
    edition: int = 1,
    result: Mapping[str, Any],
    findings: Sequence[Any],
) -> bool:
    """Store the outcome; False, and nothing stored, when another worker holds the export now."""
    now = clock.real()
    return _as_holder(
        session,
        export,
        state=ExportState.done,
        asset=asset,
        size=size,
        digest=digest,
        edition=edition,
        result=dict(result),
        findings=list(findings),
        error="",
        error_english="",
        alive_at=now,
        finished_at=now,
        lease_until=None,
    )


def fail(
    session: Session,
    export: Export,
    error: EditorError,
    *,
    findings: Sequence[Any] | None = None,
) -> bool:
    """Store why it could not be made; False when another worker holds the export now."""
    now = clock.real()
    extra = {} if findings is None else {"findings": list(findings)}
    return _as_holder(
        session,
        export,
        state=ExportState.failed,
        error=error.chinese,
        error_english=error.english,
        alive_at=now,
        finished_at=now,
        lease_until=None,
        **extra,
    )


def _as_holder(session: Session, export: Export, **values: Any) -> bool:
    changed = session.connection().execute(
        update(Export)
        .where(
            col(Export.id) == export.id,
            col(Export.fence) == export.fence,
            col(Export.state) == ExportState.running,
        )
        .values(**values)
    )
    if changed.rowcount != 1:
        return False
    session.refresh(export)
    return True


def due_exports(session: Session) -> list[int]:
    """Return exports to ring for again: queued for a minute, or left by a worker that died.

    Those that were tried three times are marked failed, with a sentence, and not returned.
    """
    now = clock.real()
    left = and_(col(Export.state) == ExportState.running, col(Export.lease_until) < now)
    session.execute(
        update(Export)
        .where(left, col(Export.attempts) >= ATTEMPTS)
        .values(
            state=ExportState.failed,
            error=f"导出进程 {ATTEMPTS} 次中途退出，请重试；如仍失败请联系管理员查看日志",
            error_english=f"The export process died {ATTEMPTS} times. Try again; if it fails "
            "once more, ask the administrator to look at the log",
            finished_at=now,
            lease_until=None,
        )
        .execution_options(synchronize_session=False)
    )
    waiting = and_(
        col(Export.state) == ExportState.queued, col(Export.queued_at) < now - RING_AFTER
    )
    rows = session.exec(select(Export.id).where(or_(waiting, left)).order_by(col(Export.id)))
    return [export_id for export_id in rows if export_id is not None]


def list_exports(session: Session, issue: Issue) -> list[Export]:
    """Return the issue's exports, the latest first; all are kept."""
    return list(
        session.exec(
            select(Export).where(Export.issue_id == issue.id).order_by(col(Export.id).desc())
        )
    )


def finished_exports(session: Session, issue_id: int, digest: str) -> dict[str, Export]:
    """Return the latest finished export in each format that printed this very document."""
    query = (
        select(Export)
        .where(
            Export.issue_id == issue_id,
            Export.state == ExportState.done,
            Export.digest == digest,
        )
        .order_by(col(Export.id))
    )
    return {export.format: export for export in session.exec(query)}


def get_export(session: Session, export_id: int) -> Export:
    """Return an export; raises NotFound."""
    export = session.get(Export, export_id)
    if export is None:
        raise NotFound("没有这次导出", "There is no such export")
    return export
