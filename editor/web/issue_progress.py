"""An issue's progress: collecting, editing, locked, published; a step back needs a reason."""

from flask import Blueprint, current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from editor import clock
from editor.desk import issue_editions, issue_states
from editor.errors import Invalid
from editor.store.models import Issue, id_of
from editor.store.queue import Task, enqueue
from editor.web import access, edition_words, exports, words
from editor.web.answers import go, page, say
from editor.web.forms import Form
from editor.workflow import Action, IssueState

bp = Blueprint("issue_progress", __name__)

MEANING = {
    IssueState.collecting: lazy_gettext("来源按计划采集，编辑初选候选。"),
    IssueState.editing: lazy_gettext("候选继续进来，编辑改稿、排版面。"),
    IssueState.locked: lazy_gettext("稿件和版面不再改动；此后才到的候选另放在“定稿后又到”里。"),
    IssueState.published: lazy_gettext("本期已交付，稿件记入往期，以后的候选会与它们比对。"),
}


class MoveForm(Form):
    """The state to go to; `reason` is asked for on the way back."""

    state: IssueState
    reason: str = ""


@bp.get("/issues/<int:total>/progress")
def show(total: int) -> ResponseReturnValue:
    """Show the steps, the one the issue is at, and what was done before."""
    return _page(access.issue_for(Action.see_work, total), None)


@bp.post("/issues/<int:total>/progress")
def move(total: int) -> ResponseReturnValue:
    """Move the issue a step on, or back with a reason."""
    issue = access.issue_for(Action.order, total)
    form = MoveForm.from_request()
    forward = _place(form.state) > _place(issue.state)
    issue = access.issue_for(action_for(form.state, forward=forward), total)
    session = access.current_session()
    try:
        issue_states.set_state(
            session,
            issue,
            form.state,
            by=access.person(),
            now=clock.now(),
            reason=form.reason,
        )
    except Invalid as error:
        session.rollback()
        return _page(access.issue_for(Action.see_work, total), error)
    kept = issue_editions.find(session, issue, issue.edition)
    access.commit()
    if form.state is IssueState.published and kept is not None:
        enqueue(current_app.extensions["celery"], Task.set_edition, id_of(kept))
    say(_("本期状态：%(state)s", state=words.name(form.state)))
    return go(url_for("issue_progress.show", total=total))


def action_for(state: IssueState, *, forward: bool) -> Action:
    """Return what a person must be allowed to do to bring an issue to this state."""
    if not forward:
        return Action.reopen
    return Action.order if state is IssueState.editing else Action.lock


def _place(state: IssueState) -> int:
    return issue_states.STEPS.index(state)


def _page(issue: Issue, error: Invalid | None) -> ResponseReturnValue:
    here = _place(issue.state)
    following = issue_states.STEPS[here + 1 : here + 2]
    return page(
        "issues/progress.html",
        422 if error else 200,
        issue=issue,
        steps=[(state, words.name(state), MEANING[state]) for state in issue_states.STEPS],
        here=here,
        following=[
            (state, words.name(state))
            for state in following
            if access.allowed(action_for(state, forward=True))
        ],
        earlier=[(state.value, words.name(state)) for state in issue_states.STEPS[:here]]
        if access.allowed(Action.reopen)
        else [],
        format_names=exports.NAMES,
        editions=edition_words.editions_said(issue),
        correction=edition_words.correction_said(issue),
        history=issue_states.state_history(access.current_session(), issue),
        error=error,
    )
