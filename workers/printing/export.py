"""Exports: an issue is printed once per request, checked, stored, and its outcome written down."""

import errno
import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import shared_task
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from editor.desk import exports, issue_editions, preflight
from editor.desk.exports import FORMATS
from editor.desk.preflight import Report
from editor.errors import EditorError, NotFound, Unusable
from editor.profile import Profile
from editor.store.db import Database
from editor.store.files import FULL, unwritable
from editor.store.models import Asset, Export, Issue
from editor.text.document import IssueDocument
from workers.printing.formats import BESIDE, STEPS, Order, Printed, print_format
from workers.workshop import Workshop, here

BEAT = 20.0  # seconds between signs of life; the lease lasts several of them
BREATH = 1.0  # seconds between two stored reports
# what an administrator mends, and no second attempt does
BARRED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ticket:
    """What a claimed export asks for. `fence` tells this claim from any later one."""

    export_id: int
    fence: int
    issue_id: int
    format: str


@shared_task
def render_export(export_id: int) -> None:
    """Print once: a second delivery of the same message finds nothing to claim."""
    render(here(), export_id)


def render(shop: Workshop, export_id: int) -> None:
    """Claim the export, print it, store the outcome; what a person can mend becomes a sentence."""
    ticket = _claim(shop.database, export_id)
    if ticket is None:
        return
    findings: list[dict[str, Any]] = []
    try:
        with pulse(shop.database, ticket) as progress:
            document, profile, report = _assemble(shop, ticket)
            findings += preflight.kept(report, ticket.format)
            preflight.refuse(report, ticket.format)
            order = _order(shop, ticket, document, profile, progress)
            printed = print_format(ticket.format, order)
            progress(STEPS, STEPS, "写入文件")
            _finish(shop, ticket, document, printed, [*findings, *printed.findings])
    except EditorError as error:
        _fail(shop.database, ticket, error, findings)
    except OSError as error:
        # LibreOffice and the unpacking of its files need room beside the file store
        if error.errno not in (*FULL, *BARRED):
            raise
        place = Path(error.filename or tempfile.gettempdir())
        _fail(shop.database, ticket, unwritable(error, place), findings)


def _claim(database: Database, export_id: int) -> Ticket | None:
    with database.writing() as session:
        export = exports.claim(session, export_id)
        if export is None:
            return None
        ticket = Ticket(export_id, export.fence, export.issue_id, export.format)
        session.commit()
        return ticket


def _assemble(shop: Workshop, ticket: Ticket) -> tuple[IssueDocument, Profile, Report]:
    """Return the issue as it stands, or was published, and what the preflight says of it."""
    with shop.database.reading() as session:
        issue = session.get(Issue, ticket.issue_id)
        if issue is None:
            raise NotFound("这一期已不存在", "The issue no longer exists")
        document, profile = issue_editions.as_printed(session, issue)
        font_dir = shop.settings.font_dir
        report = preflight.judge(session, issue, document, profile, font_dir, shop.files)
        return document, profile, report


# --- printing ------------------------------------------------------------------------------------


def _order(
    shop: Workshop,
    ticket: Ticket,
    document: IssueDocument,
    profile: Profile,
    progress: "Progress",
) -> Order:
    with shop.database.reading() as session:
        finished = exports.finished_exports(session, ticket.issue_id, document.digest())
    return Order(shop, document, profile, progress, finished)


def _finish(
    shop: Workshop,
    ticket: Ticket,
    document: IssueDocument,
    printed: Printed,
    findings: list[dict[str, Any]],
) -> None:
    """Store the file and the outcome; a worker that lost its claim stores neither."""
    sha256 = shop.files.put(printed.content)
    result = dict(printed.result)
    beside = {name: getattr(printed, name) for name in BESIDE}
    sizes = {name: len(content) for name, content in beside.items() if content}
    result |= {name: shop.files.put(beside[name]) for name in sizes}
    with shop.database.writing() as session:
        export = _held(session, ticket)
        if export is None:
            return
        _add_asset(session, sha256, FORMATS[ticket.format].media_type, len(printed.content))
        for name, size in sizes.items():
            _add_asset(session, result[name], FORMATS["pdf"].media_type, size)
        exports.finish(
            session,
            export,
            asset=sha256,
            size=len(printed.content),
            digest=document.digest(),
            edition=document.edition,
            result=result,
            findings=findings,
        )
        session.commit()


def _add_asset(session: Session, sha256: str, media_type: str, size: int) -> None:
    """Name a stored file; the same bytes are named once."""
    if session.exec(select(Asset).where(Asset.sha256 == sha256)).first() is None:
        session.add(Asset(sha256=sha256, media_type=media_type, size=size))


def _fail(
    database: Database, ticket: Ticket, error: EditorError, findings: list[dict[str, Any]]
) -> None:
    with database.writing() as session:
        export = _held(session, ticket)
        if export is not None:
            found = error.details.get("findings", findings)
            exports.fail(session, export, error, findings=found)
            session.commit()


def _held(session: Session, ticket: Ticket) -> Export | None:
    """Return the export while this claim still holds, else None."""
    export = session.get(Export, ticket.export_id)
    return export if export is not None and export.fence == ticket.fence else None


# --- signs of life -------------------------------------------------------------------------------


class Progress:
    """The latest state of a print run, and the thread that stores it at most once a second.

    Storing also prolongs the lease. While LibreOffice works nothing is reported for a while, so
    the thread stores the same state again every twenty seconds.
    """

    def __init__(self, database: Database, ticket: Ticket) -> None:
        self._database = database
        self._ticket = ticket
        self._state = (0, STEPS, "准备")
        self._changed = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="export-pulse", daemon=True)

    def __call__(self, done: int, total: int, message: str) -> None:
        self._state = (done, total, message)
        self._changed.set()

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store nothing more, and wait until the last report is through."""
        self._stopped.set()
        self._changed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._changed.wait(BEAT)
            self._changed.clear()
            if not self._stopped.is_set():
                self._store()
            self._stopped.wait(BREATH)

    def _store(self) -> None:
        try:
            with self._database.writing() as session:
                export = _held(session, self._ticket)
                if export is not None:
                    exports.report(session, export, *self._state)
                    session.commit()
        except (OperationalError, Unusable):
            # a busy database or a full disk; the next beat comes well before the lease ends
            log.warning("progress of export %d not stored", self._ticket.export_id)


@contextmanager
def pulse(database: Database, ticket: Ticket) -> Iterator[Progress]:
    """Give a progress that keeps the claim alive until the block ends."""
    progress = Progress(database, ticket)
    progress.start()
    try:
        yield progress
    finally:
        progress.stop()
