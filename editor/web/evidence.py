"""Evidence on screen: what was captured, shown in a frame that can do nothing, and handed out."""

import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from flask import Blueprint, current_app, make_response, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from editor.desk import completing, evidence, updates
from editor.errors import NotFound
from editor.store.files import FileStore
from editor.store.models import Candidate, Capture
from editor.web import access
from editor.web.answers import page
from editor.workflow import Action

bp = Blueprint("evidence", __name__, url_prefix="/evidence")
# the outer wall: the frame may not run, load, submit, or be shown by another site
FRAME_POLICY = (
    "default-src 'none'; sandbox; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
# links lead nowhere: the frame's own navigation would be a request, and needs the parent's leave
PARENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "object-src 'none'; frame-src 'self'; frame-ancestors 'none'; base-uri 'self'; "
    "form-action 'self'"
)


def _files() -> FileStore:
    files: FileStore = current_app.extensions["files"]
    return files


@bp.get("/candidates/<int:id>")
def of_candidate(id: int) -> ResponseReturnValue:
    """Show everything captured for a candidate."""
    candidate = access.candidate_for(Action.see_work, id)
    session = access.current_session()
    captures = evidence.captures_of(session, candidate)
    return _show(
        captures,
        candidate.title,
        candidate=candidate,
        last_look=updates.last_look(session, candidate),
    )


@bp.get("/entries/<int:id>")
def of_entry(id: int) -> ResponseReturnValue:
    """Show what was captured of a page that could not be read."""
    home = access.publication(Action.see_work)
    session = access.current_session()
    entry = completing.get_entry(session, home, id)
    return _show(evidence.captures_of_entry(session, entry), entry.title or entry.url)


def _show(
    captures: Sequence[Capture],
    title: str,
    *,
    candidate: Candidate | None = None,
    last_look: updates.LastLook | None = None,
) -> ResponseReturnValue:
    wanted = request.args.get("capture", 0, type=int)
    chosen = next((each for each in captures if each.id == wanted), None) or next(
        iter(captures), None
    )
    response = page(
        "evidence/show.html",
        captures=captures,
        chosen=evidence.examine(_files(), chosen) if chosen else None,
        title=title,
        candidate=candidate,
        last_look=last_look,
    )
    response.headers["Content-Security-Policy"] = PARENT_POLICY
    return response


@bp.get("/captures/<int:id>/still")
def still(id: int) -> ResponseReturnValue:
    """Return the captured page for the frame: still, and under a policy of its own."""
    home = access.publication(Action.see_work)
    capture = evidence.get_capture(access.current_session(), home, id)
    note = _("页面很长，这里只显示开头部分；完整内容请下载原始字节。")
    response = make_response(evidence.still(_files(), capture, note))
    response.headers.update(
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": FRAME_POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-DNS-Prefetch-Control": "off",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        }
    )
    return response


@bp.get("/captures/<int:id>/bytes")
def raw(id: int) -> ResponseReturnValue:
    """Hand out the captured bytes as they came, as a file and never as a page."""
    home = access.publication(Action.see_work)
    capture = evidence.get_capture(access.current_session(), home, id)
    if capture.pruned_at is not None:
        raise NotFound("内容已按保留期限清除", "The bytes were thrown away as the retention says")
    name = f"{capture.id}-{capture.sha256[:8]}.{evidence.suffix(capture)}"
    response = send_file(
        BytesIO(_files().get(capture.sha256)),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/candidates/<int:id>.zip")
def pack_candidate(id: int) -> ResponseReturnValue:
    """Hand out all evidence of one candidate."""
    candidate = access.candidate_for(Action.see_work, id)
    return _packed([candidate], f"evidence-{id}.zip")


@bp.get("/issues/<int:total>.zip")
def pack_issue(total: int) -> ResponseReturnValue:
    """Hand out the evidence of everything that the issue took."""
    issue = access.issue_for(Action.see_work, total)
    origins = evidence.origins_of(access.current_session(), issue)
    return _packed(origins, f"evidence-issue-{total}.zip")


def _packed(candidates: Sequence[Candidate], name: str) -> ResponseReturnValue:
    data = current_app.extensions["settings"].data_dir
    with tempfile.TemporaryDirectory(dir=data) as folder:
        path = Path(folder) / name
        evidence.pack(access.current_session(), _files(), candidates, path)
        # opened before the folder goes: the file lives until it has been sent
        file = path.open("rb")
    response = send_file(file, "application/zip", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response
