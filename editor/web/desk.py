"""工作台: where the issue at work stands, and what needs somebody's eye."""

from datetime import datetime

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from editor import clock
from editor.desk import candidates, exports, issues, ledger, source_health, sources
from editor.store.models import Issue, Publication
from editor.web import access, answers, health_words, ledger_words, words
from editor.web.ledger_words import IssueSentence
from editor.workflow import Action, CandidateState, ExportState, IssueState

bp = Blueprint("desk", __name__)
MOST_TROUBLES = 8


@bp.get("/alive")
def alive() -> ResponseReturnValue:
    """Answer probes: the process serves."""
    return {"alive": True}


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show the desk: the present issue, counts, sections, sources in trouble, exports running.

    Readers, who have no desk, go to the back issues.
    """
    publication = access.publication()
    if not access.allowed(Action.see_work):
        return answers.go(url_for("archive.index"))
    session, issue, now = access.current_session(), access.find_issue(), clock.now()
    troubles = []
    if access.allowed(Action.view_sources):
        known = source_health.health(session, publication, now, with_tones=False)
        troubles = [each for each in known if health_words.in_trouble(each)]
    return answers.page(
        "desk/home.html",
        issue=issue,
        phase=phase(issue, now) if issue else "",
        sentence=ledger_sentence(publication, issue, now),
        board=issues.board(session, issue) if issue else None,
        states=list(CandidateState),
        counts=candidates.counts(session, publication, issue),
        waiting=sources.waiting(session, publication),
        troubles=health_words.described(troubles[:MOST_TROUBLES]),
        more_troubles=max(0, len(troubles) - MOST_TROUBLES),
        running=_running(issue),
    )


def ledger_sentence(
    publication: Publication, issue: Issue | None, now: datetime
) -> IssueSentence | None:
    """Return whether the issue's collecting is complete; None for who may not see sources."""
    if issue is None or not access.allowed(Action.view_sources):
        return None
    known = ledger.window_ledger(
        access.current_session(), publication, issue, now, with_readings=False
    )
    return ledger_words.issue_sentence(known, issue, now)


def _running(issue: Issue | None) -> list[object]:
    if issue is None:
        return []
    busy = (ExportState.queued, ExportState.running)
    known = exports.list_exports(access.current_session(), issue)
    return [export for export in known if export.state in busy]


def phase(issue: Issue, now: datetime) -> str:
    """Return where the issue stands, as a sentence with the next date."""
    if issue.state is IssueState.published:
        return _("本期已出版")
    if issue.state is IssueState.locked:
        return _("本期已定稿，等待导出和付印")
    if now < issue.opens_at:
        return _("采集窗口将于 %(when)s 打开", when=words.moment(issue.opens_at))
    if now < issue.closes_at:
        return _(
            "征集还有 %(span)s截止（%(when)s）",
            span=words.span(issue.closes_at - now),
            when=words.moment(issue.closes_at),
        )
    if now < issue.copy_due_at:
        return _(
            "征集已截止，距截稿还有 %(span)s（%(when)s）",
            span=words.span(issue.copy_due_at - now),
            when=words.moment(issue.copy_due_at),
        )
    return _("已过截稿时间（%(when)s），请尽快定稿", when=words.moment(issue.copy_due_at))
