"""The exports of an issue: ask for one, watch it, read its findings, download it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, current_app, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from werkzeug.wrappers import Response

from editor import clock
from editor.assembler.checks import CHECKS
from editor.desk import audit, exports, publications
from editor.errors import Conflict, NotFound
from editor.store.files import FileStore
from editor.store.models import Export, Issue, Publication
from editor.store.queue import Task, enqueue
from editor.web import access, language
from editor.web.answers import go, page, say, wants_fragment
from editor.web.forms import Form
from editor.workflow import Action, ExportState

bp = Blueprint("exports", __name__)
SILENT = timedelta(seconds=60)
MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
# what workers write into an export's row, and its English; an unknown step is shown as written
STEPS = {
    "准备": lazy_gettext("准备"),
    "排版": lazy_gettext("排版"),
    "LibreOffice 第一次分页": lazy_gettext("LibreOffice 第一次分页"),
    "LibreOffice 复核页码": lazy_gettext("LibreOffice 复核页码"),
    "固定每条起始页码": lazy_gettext("固定每条起始页码"),
    "检查成品": lazy_gettext("检查成品"),
    "写入文件": lazy_gettext("写入文件"),
}
GRADES = ("block", "warn", "note")
UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')


@dataclass(frozen=True)
class Row:
    """An export as the page shows it; all sentences are in the reader's language."""

    export: Export
    author: str
    progress: str
    error: str
    numbering: str
    facts: tuple[str, ...]
    findings: tuple[Mapping[str, str], ...]
    filename: str

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.export.state in (ExportState.done, ExportState.failed)


@bp.get("/issues/<int:total>/exports")
def index(total: int) -> ResponseReturnValue:
    """List the issue's exports, the latest first."""
    issue = access.issue_for(Action.read, total)
    rows = rows_of(issue, exports.list_exports(access.current_session(), issue))
    return page("exports/index.html", issue=issue, rows=rows, formats=exports.FORMATS)


class ExportForm(Form):
    """The format asked for."""

    format: str


@bp.post("/issues/<int:total>/exports")
def ask(total: int) -> ResponseReturnValue:
    """Ask for the issue in a format; a retry is a new request of the same format."""
    issue = access.issue_for(Action.export, total)
    export = exports.request_export(
        access.current_session(),
        issue,
        ExportForm.from_request().format,
        by=access.person(),
        now=clock.now(),
    )
    access.commit()
    rang = enqueue(current_app.extensions["celery"], Task.render_export, int(export.id or 0))
    if wants_fragment():
        (row,) = rows_of(issue, [export])
        return page("exports/_new.html", issue=issue, row=row)
    say(_("已开始导出") if rang else _("已登记，排版进程恢复后会自动开始"))
    return go(url_for("exports.index", total=total))


@bp.get("/exports/<int:id>")
def watch(id: int) -> ResponseReturnValue:
    """Return one export's row; the page polls this until it is finished."""
    export = access.export_for(Action.read, id)
    issue = _issue_of(export)
    if not wants_fragment():
        return go(url_for("exports.index", total=issue.total_number) + f"#export-{id}")
    (row,) = rows_of(issue, [export])
    return page("exports/_export.html", issue=issue, row=row, polled=True)


@bp.get("/exports/<int:id>/file")
def download(id: int) -> ResponseReturnValue:
    """Send the finished file as an attachment named after the issue."""
    export = access.export_for(Action.read, id)
    issue = _issue_of(export)
    name = filename(access.publication(), issue, export.format)
    return _file(export, export.asset, export.format, name)


@bp.get("/exports/<int:id>/companion")
def companion(id: int) -> ResponseReturnValue:
    """Send the PDF that cites the same pages as a Word file with pinned numbers."""
    export = access.export_for(Action.read, id)
    name = filename(access.publication(), _issue_of(export), "pdf", _("同页码"))
    return _file(export, str(export.result.get("companion", "")), "pdf", name)


def _file(export: Export, sha256: str, format: str, name: str) -> ResponseReturnValue:
    if export.state is not ExportState.done or not sha256:
        raise Conflict(
            "这次导出还没有完成，或没有这个文件；请在导出页查看",
            "This export is not finished, or has no such file; see the page of exports",
        )
    files: FileStore = current_app.extensions["files"]
    if not files.path(sha256).is_file():
        raise NotFound(
            "导出的文件不在数据目录中，请重新导出，或从备份恢复",
            "The exported file is missing; export again or restore it from a backup",
        )
    response = send_file(files.path(sha256), mimetype=MEDIA[format])
    issue = _issue_of(export)
    plain = f"{access.publication().slug}-{issue.year}-{issue.number:02d}.{format}"
    _as_attachment(response, name, plain)
    return response


def _as_attachment(response: Response, name: str, plain: str) -> None:
    """Offer the file under its name; `plain` is for programs that read ASCII only."""
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    )


def filename(publication: Publication, issue: Issue, format: str, suffix: str = "") -> str:
    """Return a file's name: publication, the issue's label, the edition if it is not the first.

    Blanks and characters that file systems refuse become nothing.
    """
    label = publications.profile_of(publication).label_lines(
        issue.year, issue.month, issue.number, issue.total_number
    )
    more = [f"-{issue.edition}" if issue.edition > 1 else "", f"-{suffix}" if suffix else ""]
    return UNSAFE.sub("", "".join([publication.name, *label, *more])) + f".{format}"


# --- rows ----------------------------------------------------------------------------------------


def rows_of(issue: Issue, found: list[Export]) -> list[Row]:
    """Return what the page says about these exports."""
    names = audit.person_names(access.current_session(), [row.requested_by for row in found])
    home = access.publication()
    return [
        Row(
            export=export,
            author=names.get(export.requested_by or 0, _("系统")),
            progress=progress_sentence(export),
            error=language.pick(export.error, export.error_english or export.error),
            numbering=numbering_label(export.result),
            facts=tuple(facts(export.result)),
            findings=tuple(_graded(export.findings)),
            filename=filename(home, issue, export.format),
        )
        for export in found
    ]


def progress_sentence(export: Export) -> str:
    """Return where a queued or running export stands: “排版中 34/66，预计 20 秒”."""
    now = clock.real()
    if export.state is ExportState.queued:
        if now - export.queued_at > SILENT:
            return _("等待工作进程")
        return _("排队中")
    if export.state is not ExportState.running:
        return ""
    if export.alive_at and now - export.alive_at > SILENT:
        return _(
            "等待工作进程（最近一次进展在 %(at)s 秒前）", at=int((now - export.alive_at).seconds)
        )
    said = str(STEPS.get(export.message, export.message)) or _("排版中")
    if not export.total:
        return said
    said += f" {export.done}/{export.total}"
    left = _seconds_left(export)
    return _("%(said)s，预计 %(seconds)s 秒", said=said, seconds=left) if left else said


def _seconds_left(export: Export) -> int:
    if not export.done or export.started_at is None:
        return 0
    spent = (clock.real() - export.started_at).total_seconds()
    return round(spent / export.done * (export.total - export.done))


def numbering_label(result: Mapping[str, Any]) -> str:
    """Return the honest label of the contents' page numbers (publishing.md §6)."""
    label = str(result.get("label", ""))
    return language.pick(label, str(result.get("label_english", "")) or label)


def facts(result: Mapping[str, Any]) -> list[str]:
    """Return the other things the export found out about itself."""
    said = []
    if pages := int(result.get("pages") or 0):
        said.append(ngettext("%(num)s 页", "%(num)s 页", pages))
    if result.get("engine"):
        said.append(f"{result['engine']} {result.get('version', '')}".strip())
    if result.get("agrees_with_pdf") and result.get("engine") == "LibreOffice":
        said.append(_("与 PDF 页码一致：%(count)s", count=result["agrees_with_pdf"]))
    if result.get("checks"):
        said.append(_("成品检查通过：%(checks)s", checks=_checked(result["checks"])))
    said += [_("排版提示：%(said)s", said=warning) for warning in result.get("warnings") or ()]
    return said


def _checked(codes: list[str]) -> str:
    """Return what the finished file was checked for, in words."""
    names = [language.pick(*CHECKS[code]) for code in codes if code in CHECKS]
    return language.pick("、", ", ").join(names)


def _graded(found: list[Any]) -> list[dict[str, str]]:
    """Return findings in the reader's language, the gravest first."""
    rows = [
        {
            "grade": str(finding.get("grade", "note")),
            "sentence": language.pick(
                str(finding.get("chinese", "")), str(finding.get("english", ""))
            ),
            "anchor": str(finding.get("anchor", "")),
        }
        for finding in found
    ]
    return sorted(rows, key=lambda row: GRADES.index(row["grade"]) if row["grade"] in GRADES else 9)


def _issue_of(export: Export) -> Issue:
    issue = access.current_session().get(Issue, export.issue_id)
    if issue is None:
        raise NotFound("这次导出所属的期次已不存在", "The export's issue no longer exists")
    return issue
