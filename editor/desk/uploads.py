"""Handed-in files: taken in, watched while they are read, read again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from editor import clock
from editor.desk import audit
from editor.errors import Invalid, NotFound
from editor.store.files import FileStore
from editor.store.models import Candidate, Issue, Publication, Upload, User, id_of
from editor.text.handed_in import MOST_BYTES, FileReason
from editor.text.markup_inline import squeeze
from editor.workflow import UploadState

LISTED = 100
LONGEST_TITLE, LONGEST_SOURCE, LONGEST_NAME = 1000, 200, 300


@dataclass(frozen=True)
class FileIn:
    """A file as it came: its name and its bytes, of which one more than `MOST_BYTES` is enough."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Said:
    """What the person says about the files; empty leaves it to the files themselves."""

    title: str = ""
    source_name: str = ""
    published_on: date | None = None


@dataclass(frozen=True)
class UploadRow:
    """An upload with the title of the candidate that it became, "" while there is none."""

    upload: Upload
    candidate_title: str


def hand_in(
    session: Session,
    files: FileStore,
    publication: Publication,
    handed: Sequence[FileIn],
    said: Said,
    *,
    issue: Issue | None,
    by: User | None,
    now: datetime,
) -> list[Upload]:
    """Take files in and queue their reading; ring for each afterwards.

    An empty or too large file is kept as a row that says so. Raises Invalid when there is no
    file, or one title for several.
    """
    if not handed:
        sentence = ("请选择至少一个文件", "Choose at least one file")
        raise Invalid(*sentence, fields={"files": sentence})
    if said.title and len(handed) > 1:
        sentence = (
            "一次上传几个文件时不能填标题：标题取自各个文件",
            "Leave the title empty for several files: each has its own",
        )
        raise Invalid(*sentence, fields={"title": sentence})
    rows = [_row(files, publication, each, said, issue=issue, by=by) for each in handed]
    session.add_all(rows)
    session.flush()
    for row in rows:
        after = {"name": row.name, "sha256": row.sha256}
        audit.record(
            session, by=by, verb="hand_in", subject=row, before={}, after=after,
            publication_id=publication.id, now=now,
        )  # fmt: skip
    return rows


def _row(
    files: FileStore,
    publication: Publication,
    handed: FileIn,
    said: Said,
    *,
    issue: Issue | None,
    by: User | None,
) -> Upload:
    reason = ""
    if not handed.content:
        reason = FileReason.empty.value
    elif len(handed.content) > MOST_BYTES:
        reason = FileReason.too_large.value
    return Upload(
        publication_id=id_of(publication),
        issue_id=issue.id if issue else None,
        user_id=by.id if by else None,
        name=file_name(handed.name),
        sha256="" if reason else files.put(handed.content),
        size=len(handed.content),
        title=squeeze(said.title)[:LONGEST_TITLE],
        source_name=squeeze(said.source_name)[:LONGEST_SOURCE],
        published_on=said.published_on,
        state=UploadState.failed if reason else UploadState.queued,
        reason=reason,
    )


def file_name(name: str) -> str:
    """Return a file's own name, whatever folders a browser sends before it."""
    return squeeze(re.split(r"[/\\]", name)[-1])[-LONGEST_NAME:] or "-"


def list_uploads(
    session: Session, publication: Publication, *, limit: int = LISTED
) -> list[UploadRow]:
    """Return the latest uploads, newest first."""
    query = (
        select(Upload)
        .where(Upload.publication_id == publication.id)
        .order_by(col(Upload.id).desc())
        .limit(limit)
    )
    rows = session.exec(query).all()
    ids = {row.candidate_id for row in rows if row.candidate_id}
    titles = dict(
        session.exec(select(Candidate.id, Candidate.title).where(col(Candidate.id).in_(ids))).all()
    )
    return [UploadRow(row, titles.get(row.candidate_id, "")) for row in rows]


def get_upload(session: Session, publication: Publication, upload_id: int) -> Upload:
    """Return an upload of this publication; raises NotFound."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.publication_id != publication.id:
        raise NotFound(
            "找不到这个上传的文件，可能属于另一份刊物",
            "There is no such uploaded file in this publication",
        )
    return upload


def upload_of(session: Session, publication: Publication, candidate_id: int) -> Upload:
    """Return the latest file that became this candidate; raises NotFound."""
    query = (
        select(Upload)
        .where(Upload.publication_id == publication.id, Upload.candidate_id == candidate_id)
        .order_by(col(Upload.id).desc())
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound("这条候选没有上传的文件", "No uploaded file belongs to this candidate")
    return found


def read_again(session: Session, upload: Upload) -> None:
    """Queue a file whose reading failed once more; raises Invalid when its bytes were not kept."""
    if upload.state == UploadState.queued:
        return
    if not upload.sha256:
        raise Invalid("这个文件没有收下，请重新上传", "The file was not kept; upload it again")
    upload.state, upload.reason, upload.detail, upload.attempts = UploadState.queued, "", "", 0
    upload.due_at = clock.real()
    session.add(upload)
    session.flush()
