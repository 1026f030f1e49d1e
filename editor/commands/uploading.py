"""upload: files that become candidates."""

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from editor import clock
from editor.commands.crew import crew
from editor.commands.office import Office, chosen_issue, publication_option, spoken
from editor.desk import uploads
from editor.errors import Invalid
from editor.store.models import Publication, Upload
from editor.store.queue import Task, enqueue
from editor.text.handed_in import MOST_BYTES, note_pair, reason_pair
from editor.workflow import UploadState

PATIENCE = 600.0


@click.command()
@click.argument(
    "paths", metavar="FILE…", nargs=-1, required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)  # fmt: skip
@click.option("--title", default="", help="标题，只上传一个文件时 / title, for one file only")
@click.option("--source", "source_name", default="", help="来源 / where it was published")
@click.option("--date", "day", default="", help="发布日期 2026-07-09 / date of publication")
@click.option("--issue", "number", type=int, help="总期号 / total number")
@click.option("--wait", is_flag=True, help="读完再返回 / wait until they are read")
@publication_option
@spoken
def upload(
    paths: Sequence[Path],
    title: str,
    source_name: str,
    day: str,
    number: int | None,
    wait: bool,
    slug: str | None,
) -> None:
    """上传稿件（DOCX、PDF、HTML、TXT）成为候选 / make candidates of files."""
    said = uploads.Said(title, source_name, _day(day))
    office = Office()
    ids: list[int] = []
    with office.database.writing() as session:
        issue = chosen_issue(session, slug, number)
        publication = session.get_one(Publication, issue.publication_id)
        rows = uploads.hand_in(
            session,
            office.files,
            publication,
            [_file(path) for path in paths],
            said,
            issue=issue,
            by=None,
            now=clock.now(),
        )
        session.commit()
        ids = [row.id for row in rows if row.id is not None]
    if not wait:
        _ring(office, ids)
        click.echo(f"已收下 {len(ids)} 个文件 / files taken")
        return
    with crew(office, "extract", "beat"):
        _follow(office, ids)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(
            f"“{text}”不是日期，例如 2026-07-09", f"“{text}” is not a date such as 2026-07-09"
        ) from error


def _file(path: Path) -> uploads.FileIn:
    try:
        with path.open("rb") as file:
            return uploads.FileIn(path.name, file.read(MOST_BYTES + 1))
    except OSError as error:
        raise Invalid(
            f"无法读取 {path}：{error.strerror}", f"{path} cannot be read: {error.strerror}"
        ) from error


def _ring(office: Office, ids: Sequence[int]) -> None:
    for upload_id in ids:
        enqueue(office.app.extensions["celery"], Task.read_upload, upload_id)


def _follow(office: Office, ids: Sequence[int]) -> None:
    """Say what became of each file; raises Invalid when one could not be read."""
    _ring(office, ids)
    waiting, failed = list(ids), 0
    began = time.monotonic()
    while waiting and time.monotonic() - began < PATIENCE:
        with office.database.reading() as session:
            for row in [session.get_one(Upload, upload_id) for upload_id in waiting]:
                if row.state is not UploadState.queued and row.id is not None:
                    waiting.remove(row.id)
                    failed += row.state is UploadState.failed
                    click.echo(_told(row))
        time.sleep(0.3)
    if failed or waiting:
        raise Invalid(
            f"{failed + len(waiting)} 个文件没有读出来，原因见上",
            f"{failed + len(waiting)} files could not be read; see above",
        )


def _told(row: Upload) -> str:
    if row.state is UploadState.failed:
        return f"{row.name}\t{' / '.join(reason_pair(row.reason))}"
    notes = "；".join(note_pair(str(code), int(count))[0] for code, count in row.notes)
    return f"{row.name}\t候选 {row.candidate_id}\t{notes}"


def register(group: click.Group) -> None:
    """Add this family's commands."""
    group.add_command(upload)
