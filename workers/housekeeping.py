"""What the timetable looks after: rounds that ended, rows left behind, exports given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select

from editor.desk import retention
from editor.desk.source_health import run_progress
from editor.store.models import CrawlRun, Entry, Export, Upload
from editor.workflow import EntryState, ExportState, UploadState
from workers.workshop import Workshop

LEFT_BEHIND = timedelta(seconds=60)
MOST_RINGS = 500
EXPORT_ATTEMPTS = 3


@dataclass(frozen=True)
class Stuck:
    """Exports to ring for again, and those that were given up now."""

    again: tuple[int, ...]
    given_up: tuple[int, ...]


def entries_left_behind(session: Session, real: datetime) -> list[int]:
    """Return captured entries whose extraction was asked for a minute ago and did not come."""
    query = (
        select(Entry.id)
        .where(
            Entry.state == EntryState.captured,
            Entry.due_at < real - LEFT_BEHIND,
            or_(col(Entry.lease_until).is_(None), col(Entry.lease_until) < real),
        )
        .order_by(col(Entry.due_at), col(Entry.id))
        .limit(MOST_RINGS)
    )
    return [entry_id for entry_id in session.exec(query) if entry_id is not None]


def uploads_left_behind(session: Session, real: datetime) -> list[int]:
    """Return files whose reading was asked for a minute ago and did not end."""
    query = (
        select(Upload.id)
        .where(Upload.state == UploadState.queued, Upload.due_at < real - LEFT_BEHIND)
        .order_by(col(Upload.due_at), col(Upload.id))
        .limit(MOST_RINGS)
    )
    return [upload_id for upload_id in session.exec(query) if upload_id is not None]


def stuck_exports(session: Session, real: datetime) -> Stuck:
    """Find exports that wait too long or whose worker died; the third death ends them."""
    waiting = (col(Export.state) == ExportState.queued) & (
        col(Export.queued_at) < real - LEFT_BEHIND
    )
    dead = (col(Export.state) == ExportState.running) & (col(Export.lease_until) < real)
    again, given_up = [], []
    for export in session.exec(select(Export).where(or_(waiting, dead)).order_by(col(Export.id))):
        if export.id is None:
            continue
        if export.attempts >= EXPORT_ATTEMPTS:
            _give_up(export, real)
            session.add(export)
            given_up.append(export.id)
        else:
            again.append(export.id)
    return Stuck(tuple(again), tuple(given_up))


def _give_up(export: Export, real: datetime) -> None:
    export.state, export.finished_at, export.lease_until = ExportState.failed, real, None
    export.error = f"导出中断了 {export.attempts} 次，已停止。请重新导出；仍失败请联系管理员"
    export.error_english = (
        f"The export broke off {export.attempts} times and was stopped. Export again; "
        "if that fails, ask the administrator"
    )


def clear_evidence(shop: Workshop, now: datetime) -> int:
    """Clear one batch of evidence that need not be kept any longer; how many captures.

    Once a day, batch by batch, until nothing is left; not while a backup is being made.
    """
    day = now.date().isoformat()
    with shop.database.reading() as session:
        if retention.cleared_on(session) == day:
            return 0
    with shop.files.clearing() as free:
        if not free:
            return 0
        with shop.database.writing() as session:
            captures = retention.expired(session, now)
            hashes = retention.prune(session, captures, now)
            if not captures:
                retention.note_cleared(session, day)
            session.commit()
        with shop.database.reading() as session:
            retention.remove_files(session, shop.files, hashes)
    return len(captures)


def close_rounds(session: Session, now: datetime) -> int:
    """Mark rounds whose sources and entries are all settled as finished; how many."""
    closed = 0
    query = select(CrawlRun).where(col(CrawlRun.finished_at).is_(None)).order_by(col(CrawlRun.id))
    for run in session.exec(query).all():
        if run_progress(session, run).finished:
            run.finished_at = now
            session.add(run)
            closed += 1
    return closed
