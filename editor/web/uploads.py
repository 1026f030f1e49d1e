"""Handing files in: choose or drop them, watch them being read, open what became of them."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from flask import Blueprint, current_app, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from pydantic import BeforeValidator, Field

from editor import clock
from editor.desk import uploads
from editor.errors import Invalid, NotFound
from editor.store.files import FileStore
from editor.store.models import Upload
from editor.store.queue import Task, enqueue
from editor.text.handed_in import MOST_BYTES, note_pair, reason_pair
from editor.web import access, answers, words
from editor.web.forms import Form
from editor.workflow import Action, UploadState

bp = Blueprint("uploads", __name__, url_prefix="/uploads")
MOST_FILES = 50
# a reading takes seconds; one that takes longer waits for a worker
SILENT_SECONDS = 60


class UploadForm(Form):
    """What a person says about the files."""

    title: Annotated[str, Field(max_length=uploads.LONGEST_TITLE)] = ""
    source_name: Annotated[str, Field(max_length=uploads.LONGEST_SOURCE)] = ""
    published_on: Annotated[date | None, BeforeValidator(lambda text: text or None)] = None


@dataclass(frozen=True)
class Described:
    """An upload with what is said about it."""

    row: uploads.UploadRow
    sentence: str
    notes: tuple[str, ...]
    tone: str

    @property
    def upload(self) -> Upload:
        """Return the upload itself."""
        return self.row.upload


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the form and the latest files; htmx gets the list that changes."""
    access.publication(Action.triage)
    return _page()


def _page(error: Invalid | None = None) -> ResponseReturnValue:
    home = access.publication(Action.triage)
    described = [_described(row) for row in uploads.list_uploads(access.current_session(), home)]
    waiting = any(each.upload.state is UploadState.queued for each in described)
    template = "uploads/_list.html" if answers.wants_fragment() else "uploads/index.html"
    return answers.page(
        template,
        error.status if error else 200,
        described=described,
        waiting=waiting,
        most_files=MOST_FILES,
        most_bytes=MOST_BYTES,
        listed=uploads.LISTED,
        values=request.form,
        error=error,
    )


def _described(row: uploads.UploadRow) -> Described:
    upload = row.upload
    notes = tuple(words.said(note_pair(str(code), int(count))) for code, count in upload.notes)
    match upload.state:
        case UploadState.queued:
            silent = (clock.real() - upload.created_at).total_seconds() > SILENT_SECONDS
            waits = _("等待工作进程：文件已收好，工作进程恢复后自动读取。")
            return Described(row, waits if silent else _("正在读取…"), notes, "accent")
        case UploadState.failed:
            return Described(row, words.said(reason_pair(upload.reason)), notes, "bad")
        case _:
            return Described(row, _("已成为候选"), notes, "good")


@bp.post("")
def hand_in() -> ResponseReturnValue:
    """Take files in; each is read by a worker and becomes one candidate."""
    home = access.publication(Action.triage)
    sent = [each for each in request.files.getlist("files") if each.filename]
    try:
        form = UploadForm.from_request()
        if len(sent) > MOST_FILES:
            sentence = (f"一次最多 {MOST_FILES} 个文件，请分几次上传",
                        f"At most {MOST_FILES} files at a time; upload them in turns")  # fmt: skip
            raise Invalid(*sentence, fields={"files": sentence})
        rows = uploads.hand_in(
            access.current_session(),
            _files(),
            home,
            [uploads.FileIn(each.filename or "", each.read(MOST_BYTES + 1)) for each in sent],
            uploads.Said(form.title, form.source_name, form.published_on),
            issue=access.find_issue(),
            by=access.person(),
            now=clock.now(),
        )
    except Invalid as error:
        access.close_session()
        return _page(error)
    ids = [row.id for row in rows if row.state is UploadState.queued]
    access.commit()
    for upload_id in ids:
        enqueue(current_app.extensions["celery"], Task.read_upload, upload_id or 0)
    answers.say(ngettext("已收下 %(num)s 个文件", "已收下 %(num)s 个文件", len(ids)))
    return answers.go(url_for("uploads.index"))


@bp.post("/<int:id>/again")
def read_again(id: int) -> ResponseReturnValue:
    """Read a file once more that could not be read."""
    home = access.publication(Action.triage)
    session = access.current_session()
    upload = uploads.get_upload(session, home, id)
    uploads.read_again(session, upload)
    access.commit()
    enqueue(current_app.extensions["celery"], Task.read_upload, id)
    return answers.go(url_for("uploads.index"))


@bp.get("/<int:id>/original")
def original(id: int) -> ResponseReturnValue:
    """Send the file as it came, to be saved and never shown by the browser itself."""
    home = access.publication(Action.triage)
    return _original(uploads.get_upload(access.current_session(), home, id))


@bp.get("/candidates/<int:id>/original")
def original_of(id: int) -> ResponseReturnValue:
    """Send the file that became this candidate."""
    candidate = access.candidate_for(Action.triage, id)
    found = uploads.upload_of(access.current_session(), access.publication(), candidate.id or 0)
    return _original(found)


def _original(upload: Upload) -> ResponseReturnValue:
    path = _files().path(upload.sha256) if upload.sha256 else None
    if path is None or not path.is_file():
        raise NotFound("原文件没有保存在数据目录中", "The original file is not in the data folder")
    response = send_file(
        path,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=upload.name,
        etag=upload.sha256,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _files() -> FileStore:
    files: FileStore = current_app.extensions["files"]
    return files
