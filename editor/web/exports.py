"""The exports of an issue: ask for one, watch it, read its findings, download it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Blueprint, current_app, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from werkzeug.wrappers import Response

from editor import clock
from editor.assembler.finished.checks import CHECKS
from editor.desk import audit, exports, issue_editions, publications
from editor.desk.issue_states import digest_of
from editor.errors import Conflict, NotFound
from editor.store.files import FileStore
from editor.store.models import Export, Issue, Publication
from editor.store.queue import Task, enqueue
from editor.web import access, edition_words, language, print_words
from editor.web.answers import go, page, say, wants_fragment
from editor.web.forms import Form
from editor.workflow import Action, ExportState

bp = Blueprint("exports", __name__)
SILENT = timedelta(seconds=60)
# what each format is called, and what it is for; the order is the screen's
NAMES = {
    "pdf": lazy_gettext("PDF"),
    "docx": lazy_gettext("Word"),
    "web": lazy_gettext("网页版"),
    "epub": lazy_gettext("电子书 EPUB"),
    "wechat": lazy_gettext("公众号稿"),
    "zip": lazy_gettext("全部文件 ZIP"),
}
PURPOSES = {
    "pdf": lazy_gettext("付印和存档：版面、页码都已固定"),
    "docx": lazy_gettext("在 Word 或 WPS 里再修改：样式、目录、脚注都是真的"),
    "web": lazy_gettext("发到网站或群里：一个文件，手机、电脑都能看，不联网也能打开"),
    "epub": lazy_gettext("在读书软件和阅读器里看，字号随读者"),
    "wechat": lazy_gettext("逐篇复制到公众号编辑器，超出平台限制的会标明"),
    "zip": lazy_gettext("归档或移交：以上各种格式，附校验和"),
}
READER_PURPOSES = {
    "pdf": lazy_gettext("与印刷的刊物版面相同"),
    "docx": lazy_gettext("可以摘录、修改的文件"),
    "web": lazy_gettext("手机、电脑都能看，下载后不联网也能打开"),
    "epub": lazy_gettext("在读书软件和阅读器里看，字号随读者"),
    "wechat": lazy_gettext("转发到公众号用的各篇文章"),
    "zip": lazy_gettext("以上各种格式，附校验和"),
}
# what workers write into an export's row, and its English; an unknown step is shown as written
STEPS = {
    "准备": lazy_gettext("准备"),
    "排版": lazy_gettext("排版"),
    "LibreOffice 第一次分页": lazy_gettext("LibreOffice 第一次分页"),
    "LibreOffice 复核页码": lazy_gettext("LibreOffice 复核页码"),
    "固定每条起始页码": lazy_gettext("固定每条起始页码"),
    "生成网页": lazy_gettext("生成网页"),
    "生成电子书": lazy_gettext("生成电子书"),
    "生成公众号稿": lazy_gettext("生成公众号稿"),
    "打包": lazy_gettext("打包"),
    "检查成品": lazy_gettext("检查成品"),
    "写入文件": lazy_gettext("写入文件"),
}
MADE_WITH = {
    "software": lazy_gettext("软件"),
    "page_engine": lazy_gettext("排版引擎"),
    "pictures": lazy_gettext("图片处理"),
    "compression": lazy_gettext("压缩"),
    "profile": lazy_gettext("刊物配置指纹"),
    "fonts": lazy_gettext("全部字体指纹"),
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
    checks: str
    orders: tuple[str, ...]
    findings: tuple[Mapping[str, str], ...]
    filename: str
    stale: bool = False  # the issue has changed since
    published: int = 0  # the number of the edition that it is a file of
    made_with: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What the format is called."""
        return str(NAMES.get(self.export.format, self.export.format))

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.export.state in (ExportState.done, ExportState.failed)


@bp.get("/issues/<int:total>/exports")
def index(total: int) -> ResponseReturnValue:
    """List the issue's exports, the latest first; readers get the published files."""
    issue = access.issue_for(Action.read, total)
    known = exports.list_exports(access.current_session(), issue)
    rows = rows_of(issue, [export for export in known if access.may_have(export, issue)])
    return page(
        "exports/index.html" if access.allowed(Action.see_work) else "exports/reading.html",
        issue=issue,
        rows=rows,
        names=NAMES,
        purposes=PURPOSES,
        editions=edition_words.editions_said(issue),
        format_names=NAMES,
        reader_purposes=READER_PURPOSES,
    )


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
    issue = issue_of(export)
    if not wants_fragment():
        return go(url_for("exports.index", total=issue.total_number) + f"#export-{id}")
    (row,) = rows_of(issue, [export])
    # the list of editions on the same page gets the new file too
    shown = _edition_of(issue, row.published) if row.finished and row.published else None
    return page(
        "exports/_export.html", issue=issue, row=row, polled=True, shown=shown, format_names=NAMES
    )


def _edition_of(issue: Issue, number: int) -> edition_words.EditionSaid | None:
    said = edition_words.editions_said(issue)
    return next((each for each in said if each.edition.number == number), None)


@bp.get("/exports/<int:id>/file")
def download(id: int) -> ResponseReturnValue:
    """Send the finished file as an attachment named after the issue."""
    export = access.export_for(Action.read, id)
    issue = issue_of(export)
    name = filename(access.publication(), issue, export.format, edition=export.edition)
    return _file(export, export.asset, export.format, name)


@bp.get("/exports/<int:id>/companion")
def companion(id: int) -> ResponseReturnValue:
    """Send the PDF that cites the same pages as a Word file with pinned numbers."""
    export = access.export_for(Action.read, id)
    issue, edition = issue_of(export), export.edition
    name = filename(access.publication(), issue, "pdf", _("同页码"), edition=edition)
    return _file(export, str(export.result.get("companion", "")), "pdf", name)


@bp.get("/exports/<int:id>/cover")
def cover(id: int) -> ResponseReturnValue:
    """Send the cover's own file, which the print shop gets beside the pages."""
    export = access.export_for(Action.read, id)
    issue, edition = issue_of(export), export.edition
    name = filename(access.publication(), issue, "pdf", _("封面"), edition=edition)
    return _file(export, str(export.result.get("cover", "")), "pdf", name)


@bp.get("/exports/<int:id>/readers")
def readers(id: int) -> ResponseReturnValue:
    """Send the PDF for readers, without what only the print shop needs."""
    export = access.export_for(Action.read, id)
    issue, edition = issue_of(export), export.edition
    name = filename(access.publication(), issue, "pdf", _("读者版"), edition=edition)
    return _file(export, str(export.result.get("readers", "")), "pdf", name)


def content_path(export: Export, sha256: str) -> Path:
    """Return where a finished file lies; raises Conflict before it is, NotFound when it is lost."""
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
    return files.path(sha256)


def _file(export: Export, sha256: str, format: str, name: str) -> ResponseReturnValue:
    issue = issue_of(export)
    kind = exports.FORMATS[format]
    response = send_file(content_path(export, sha256), mimetype=kind.media_type)
    offer(response, name, f"{issue_stem(access.publication(), issue)}.{kind.extension}")
    return response


def issue_stem(publication: Publication, issue: Issue) -> str:
    """Return how an issue's files are called where only ASCII is read."""
    return f"{publication.slug}-{issue.year}-{issue.number:02d}"


def offer(response: Response, name: str, plain: str) -> None:
    """Offer the file under its name; `plain` is for programs that read ASCII only."""
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    )


def filename(
    publication: Publication,
    issue: Issue,
    format: str,
    suffix: str = "",
    *,
    edition: int | None = None,
) -> str:
    """Return a file's name: publication, the issue's label, the edition if it is not the first.

    `edition` is the file's own, None for the issue's present one. Blanks and characters that file
    systems refuse become nothing.
    """
    label = publications.profile_of(publication).label_lines(
        issue.year, issue.month, issue.number, issue.total_number
    )
    edition = edition or issue.edition
    more = [f"-{edition}" if edition > 1 else "", f"-{suffix}" if suffix else ""]
    extension = exports.FORMATS[format].extension
    return UNSAFE.sub("", "".join([publication.name, *label, *more])) + f".{extension}"


# --- rows ----------------------------------------------------------------------------------------


def rows_of(issue: Issue, found: list[Export]) -> list[Row]:
    """Return what the page says about these exports."""
    session = access.current_session()
    names = audit.person_names(session, [row.requested_by for row in found])
    home = access.publication()
    done = any(export.state is ExportState.done for export in found)
    digest = digest_of(session, issue) if done else ""
    published = issue_editions.digests(session, issue) if done else {}
    return [
        Row(
            export=export,
            author=names.get(export.requested_by or 0, _("系统")),
            progress=progress_sentence(export),
            error=language.pick(export.error, export.error_english or export.error),
            numbering=numbering_label(export.result),
            facts=tuple(facts(export.result)),
            checks=_checked(export.result.get("checks") or []),
            orders=tuple(print_words.orders_said(export.result.get("print") or {})),
            findings=tuple(_graded(export.findings)),
            filename=filename(home, issue, export.format, edition=export.edition),
            stale=export.state is ExportState.done
            and export.digest != digest
            and export.digest not in published,
            published=published.get(export.digest, 0),
            made_with=tuple(made_with(export)),
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
    if result.get("standard"):
        said.append(str(result["standard"]))
    if result.get("engine"):
        said.append(f"{result['engine']} {result.get('version', '')}".strip())
    if result.get("agrees_with_pdf") and result.get("engine") == "LibreOffice":
        said.append(_("与 PDF 页码一致：%(count)s", count=result["agrees_with_pdf"]))
    if posts := int(result.get("posts") or 0):
        said.append(ngettext("%(num)s 篇", "%(num)s 篇", posts))
    if files := result.get("files"):
        said.append(ngettext("%(num)s 个文件", "%(num)s 个文件", len(files)))
    # exports from before version 0.2 keep their blank pages as a sentence
    said += [_("排版提示：%(said)s", said=warning) for warning in result.get("warnings") or ()]
    return said


def made_with(export: Export) -> Iterator[tuple[str, str]]:
    """Yield what the file was made from and with, label by label; nothing for an unfinished one."""
    if export.state is not ExportState.done:
        return
    yield _("内容指纹"), export.digest
    kept = export.result.get("made_with") or {}
    for key, label in MADE_WITH.items():
        if kept.get(key):
            yield str(label), str(kept[key])
    if export.result.get("engine") == "LibreOffice":
        yield "LibreOffice", str(export.result.get("version", ""))
    yield from (export.result.get("fonts") or {}).items()


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
            "waived_by": str(finding.get("waived_by", "")),
            "reason": str(finding.get("reason", "")),
        }
        for finding in found
    ]
    return sorted(rows, key=lambda row: GRADES.index(row["grade"]) if row["grade"] in GRADES else 9)


def issue_of(export: Export) -> Issue:
    issue = access.current_session().get(Issue, export.issue_id)
    if issue is None:
        raise NotFound("这次导出所属的期次已不存在", "The export's issue no longer exists")
    return issue
