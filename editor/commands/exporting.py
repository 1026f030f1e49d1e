"""export: an issue as a file, what was found out about it, and the files that belong to it."""

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_babel import force_locale

from editor import clock
from editor.assembler.finished.checks import CHECKS
from editor.commands.crew import crew
from editor.commands.office import Office, chosen_issue, publication_option, say, spoken
from editor.desk import exports
from editor.errors import Invalid, Unusable
from editor.store.files import unwritable
from editor.store.models import Export, Issue
from editor.store.queue import Task, enqueue
from editor.web.print_words import orders_said
from editor.workflow import ExportState

WAIT_FOR_EXPORT = timedelta(minutes=15)
# files of their own that an export may bring, and what is added to their names (as in the ZIP)
BESIDE = {"companion": "same-pages", "cover": "cover", "readers": "for-readers"}
GRADES = {"block": "须改 / to mend", "warn": "注意 / to note", "note": "提示 / hint"}
WAIVED = "已豁免 / waived"


@click.command()
@click.argument("out", required=False, type=click.Path(path_type=Path))
@click.option("--format", "kind", type=click.Choice(list(exports.FORMATS)), required=True)
@click.option("--issue", "number", type=int, help="总期号 / total number")
@publication_option
@spoken
def export(out: Path | None, kind: str, number: int | None, slug: str | None) -> None:
    """导出一期 / export an issue.

    写出的文件逐行列出；说明和付印检查在标准错误 / prints each file's path; what was found out
    goes to standard error.
    """
    office = Office()
    with office.database.reading() as session:
        chosen = chosen_issue(session, slug, number)
    end = exports.FORMATS[kind].extension
    target = out or Path(f"{chosen.year}-{chosen.number:02}-{chosen.total_number}.{end}")
    with crew(office, "export"):
        written = export_to(office, chosen, kind, target)
    for path in written:
        click.echo(str(path))


def export_to(office: Office, issue: Issue, kind: str, target: Path) -> list[Path]:
    """Ask for an export, follow it to its end, write its files; the worker must run.

    Returns the files that were written, the issue first.
    """
    with office.database.writing() as session:
        row = exports.request_export(session, issue, kind, by=None, now=clock.now())
        session.commit()
    enqueue(office.app.extensions["celery"], Task.render_export, row.id or 0)
    done = _wait(office, row.id or 0)
    written = deliver(office, done, target)
    for line in told(office.app, done.result, done.findings):
        say(line)
    return written


def deliver(office: Office, done: Export, target: Path) -> list[Path]:
    """Write a finished export and the files it brings beside the target; return their paths."""
    _write(target, office.files.get(done.asset))
    written = [target]
    for key, word in BESIDE.items():
        if not (sha256 := done.result.get(key)):
            continue
        if not target.is_file():
            say(f"另有 {word} PDF，请在“导出”页下载 / {word} PDF: see the page of exports")
            continue
        beside = target.with_name(f"{target.stem}-{word}.pdf")
        _write(beside, office.files.get(sha256))
        written.append(beside)
    return written


def told(app: Flask, result: Mapping[str, Any], findings: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what an export found out about itself, each line in both languages."""
    if label := result.get("label"):
        yield f"{label} / {result.get('label_english') or label}"
    orders = result.get("print") or {}
    for chinese, english in zip(
        _orders(app, orders, "zh"), _orders(app, orders, "en"), strict=True
    ):
        yield f"{chinese} / {english}"
    if names := [CHECKS[code] for code in result.get("checks") or () if code in CHECKS]:
        yield (
            f"成品检查通过：{'、'.join(name for name, _ in names)}"
            f" / checks passed: {', '.join(name for _, name in names)}"
        )
    yield from found_by_preflight(findings)


def found_by_preflight(findings: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each finding, with the reason why it was waived."""
    for finding in findings:
        grade = GRADES.get(str(finding.get("grade")), str(finding.get("grade")))
        reason = finding.get("reason")
        line = f"{WAIVED if reason else grade}：{finding.get('chinese', '')}"
        line += f" / {finding.get('english', '')}"
        yield f"{line}（{finding.get('waived_by', '')}：{reason}）" if reason else line


def _orders(app: Flask, done: Mapping[str, Any], language: str) -> list[str]:
    with app.app_context(), force_locale(language):
        return list(orders_said(done))


def _wait(office: Office, export_id: int) -> Export:
    """Follow an export to its end; raises Invalid with its sentence when it failed."""
    deadline, said = time.monotonic() + WAIT_FOR_EXPORT.total_seconds(), ""
    while time.monotonic() < deadline:
        with office.database.reading() as session:
            row = exports.get_export(session, export_id)
        if row.message and row.message != said:
            said = row.message
            say(said)
        if row.state is ExportState.done:
            return row
        if row.state is ExportState.failed:
            for line in found_by_preflight(row.findings):
                say(line)
            raise Invalid(row.error, row.error_english)
        time.sleep(0.3)
    raise Unusable(
        "导出等待超时，请查看导出页", "The export took too long; look at the exports page"
    )


def _write(target: Path, content: bytes) -> None:
    """Write beside the target, then rename: an older file of that name stays whole until then."""
    device = target.exists() and not target.is_file()
    part = target if device else target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        if not device:
            part.replace(target)
    except OSError as error:
        if not device:
            part.unlink(missing_ok=True)
        raise unwritable(error, target) from error


def register(group: click.Group) -> None:
    """Add this family's command."""
    group.add_command(export)
