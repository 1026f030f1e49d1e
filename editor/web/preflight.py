"""付印检查: what would spoil the print, in three grades, and what the chief lets pass."""

from typing import Any

from flask import Blueprint, current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from editor import clock
from editor.desk import audit, preflight
from editor.desk.preflight import Report
from editor.errors import Invalid
from editor.store.models import Issue
from editor.web import access
from editor.web.answers import go, page, say
from editor.web.forms import Form, OptionalNumber
from editor.workflow import Action

bp = Blueprint("preflight", __name__)


@bp.get("/issues/<int:total>/preflight")
def show(total: int) -> ResponseReturnValue:
    """Check the issue as it stands and show what was found, the gravest first."""
    return _page(access.issue_for(Action.see_work, total))


class WaiverForm(Form):
    """Which finding is waived, as the person saw it, and why."""

    rule: str
    digest: str
    item: OptionalNumber = None
    reason: str = ""


@bp.post("/issues/<int:total>/preflight/waivers")
def waive(total: int) -> ResponseReturnValue:
    """Let a blocking finding pass; 422 without a reason."""
    issue = access.issue_for(Action.waive, total)
    form, session = WaiverForm.from_request(), access.current_session()
    try:
        preflight.waive(
            session,
            issue,
            rule=form.rule,
            item_id=form.item,
            digest=form.digest,
            reason=form.reason,
            by=access.person(),
            now=clock.now(),
            font_dir=_font_dir(),
        )
    except Invalid as error:
        session.rollback()
        return _page(access.issue_for(Action.see_work, total), error, form.digest, form.reason)
    access.commit()
    say(_("已豁免，理由会记在导出结果里"))
    return go(url_for("preflight.show", total=total))


@bp.post("/issues/<int:total>/preflight/waivers/<int:id>/take-back")
def take_back(total: int, id: int) -> ResponseReturnValue:
    """Take a waiver back: its finding stops the export again."""
    issue = access.issue_for(Action.waive, total)
    preflight.take_back(access.current_session(), issue, id, by=access.person(), now=clock.now())
    access.commit()
    say(_("豁免已撤回"))
    return go(url_for("preflight.show", total=total))


def _font_dir() -> Any:
    return current_app.extensions["settings"].font_dir


def _page(
    issue: Issue, error: Invalid | None = None, refused: str = "", reason: str = ""
) -> ResponseReturnValue:
    session = access.current_session()
    report = preflight.inspect(session, issue, _font_dir(), current_app.extensions["files"])
    names = audit.person_names(session, [waiver.user_id for waiver in report.lapsed])
    return page(
        "preflight/preflight.html",
        422 if error else 200,
        issue=issue,
        report=report,
        counts=counts(report),
        names=names,
        error=error,
        refused=refused,
        reason=reason,
        may_waive=access.allowed(Action.waive),
    )


def counts(report: Report) -> dict[str, int]:
    """Return how many findings there are of each grade, and how many are waived."""
    found = {"block": 0, "warn": 0, "note": 0, "waived": 0}
    for each in report.found:
        found["waived" if each.waiver else each.finding.grade] += 1
    return found
