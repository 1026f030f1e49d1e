"""采集台账: what each source gave in an issue's window, what is missing, and filling it."""

from collections.abc import Iterable
from typing import Literal

from flask import Blueprint, current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from editor import clock
from editor.desk import ledger
from editor.desk.ledger import WindowLedger
from editor.store.models import Hole, Issue
from editor.store.queue import Task, enqueue
from editor.web import access, answers, ledger_files, ledger_words
from editor.web.forms import Form
from editor.workflow import Action, HoleState

bp = Blueprint("ledger", __name__, url_prefix="/issues/<int:total>/ledger")


class LedgerQuery(Form):
    """Which lines are shown."""

    show: Literal["all", "trouble"] = "all"


@bp.get("")
def show(total: int) -> ResponseReturnValue:
    """Show the issue's ledger, a line a source."""
    issue = access.issue_for(Action.view_sources, total)
    known, now = _ledger(issue), clock.now()
    query = LedgerQuery.from_query()
    lines = ledger_words.described(known.lines, issue, now)
    troubled = [each for each in lines if each.trouble]
    return answers.page(
        "ledger/ledger.html",
        issue=issue,
        ledger=known,
        lines=troubled if query.show == "trouble" else lines,
        amounts={"all": len(lines), "trouble": len(troubled)},
        show=query.show,
        sentence=ledger_words.issue_sentence(known, issue, now),
        queued=_queued(known),
        fillable=sum(gap.open and gap.fillable for each in lines for gap in each.gaps),
    )


def _ledger(issue: Issue) -> WindowLedger:
    session, home = access.current_session(), access.publication()
    return ledger.window_ledger(session, home, issue, clock.now())


def _queued(known: WindowLedger) -> int:
    return sum(hole.state is HoleState.queued for line in known.lines for hole in line.missing)


@bp.get("/progress")
def progress(total: int) -> ResponseReturnValue:
    """Tell how far filling is: a fragment that polls, and reloads the page at the end."""
    issue = access.issue_for(Action.view_sources, total)
    queued = _queued(_ledger(issue))
    answer = answers.page("ledger/_progress.html", issue=issue, queued=queued)
    if not queued:
        answer.headers["HX-Refresh"] = "true"
    return answer


@bp.post("/fill")
def fill_all(total: int) -> ResponseReturnValue:
    """Fill every gap of the window that has a list page."""
    issue = access.issue_for(Action.change_sources, total)
    holes = ledger.fill_all(
        access.current_session(),
        access.publication(),
        issue,
        by=access.person(),
        now=clock.now(),
    )
    hosts, count = _hosts(holes), len(holes)
    access.commit()
    _ring(hosts)
    if count:
        answers.say(
            ngettext("已开始补 %(num)s 个缺口", "已开始补 %(num)s 个缺口", count)
        )  # fmt: skip
    else:
        answers.say(_("没有可以自动补的缺口"))
    return answers.go(url_for("ledger.show", total=total))


@bp.post("/gaps/<int:id>/fill")
def fill(total: int, id: int) -> ResponseReturnValue:
    """Fill one gap from the source's list page."""
    access.issue_for(Action.change_sources, total)
    session = access.current_session()
    hole = ledger.get_hole(session, access.publication(), id)
    ledger.fill(session, hole, by=access.person(), now=clock.now())
    hosts = _hosts([hole])
    access.commit()
    _ring(hosts)
    answers.say(_("已开始补漏"))
    return answers.go(url_for("ledger.show", total=total))


@bp.post("/gaps/<int:id>/dismiss")
def dismiss(total: int, id: int) -> ResponseReturnValue:
    """Note that a person has looked and nothing is missing in a gap."""
    access.issue_for(Action.change_sources, total)
    session = access.current_session()
    hole = ledger.get_hole(session, access.publication(), id)
    ledger.dismiss(session, hole, by=access.person(), now=clock.now())
    access.commit()
    answers.say(_("已记为：已核对，无遗漏"))
    return answers.go(url_for("ledger.show", total=total))


def _hosts(holes: Iterable[Hole]) -> list[str]:
    return sorted({hole.host for hole in holes if hole.host})


def _ring(hosts: Iterable[str]) -> None:
    """Ring for each list page's host; when the broker is away the timetable rings later."""
    for host in hosts:
        enqueue(current_app.extensions["celery"], Task.crawl_host, host)


@bp.get("/export.<any(csv,jsonl):form>")
def export(total: int, form: str) -> ResponseReturnValue:
    """Send the ledger as a file."""
    issue = access.issue_for(Action.view_sources, total)
    lines = _ledger(issue).lines
    text = ledger_files.to_csv(lines) if form == "csv" else ledger_files.to_jsonl(lines)
    kind = "text/csv" if form == "csv" else "application/x-ndjson"
    response = current_app.response_class(text, mimetype=kind)
    name = f"{access.publication().slug}-{total}-ledger.{form}"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
