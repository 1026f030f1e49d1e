"""Reprints on the triage screen: take one out, put two together, choose which one leads."""

from collections.abc import Callable
from typing import Annotated

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from editor import clock
from editor.desk import audit, candidates, clusters
from editor.store.models import Candidate
from editor.web import access, answers
from editor.web.forms import Form, OptionalNumber
from editor.web.triage_context import about, query_behind
from editor.workflow import Action

bp = Blueprint("clusters", __name__, url_prefix="/triage")


class GroupForm(Form):
    """Whose text is being read, and whom to merge with."""

    reading: OptionalNumber = None
    back: Annotated[str, Field(max_length=2000)] = ""
    other: OptionalNumber = None


@bp.post("/<int:id>/split")
def split(id: int) -> ResponseReturnValue:
    """拆出: the candidate is no reprint of the others."""
    candidate = access.candidate_for(Action.triage, id)

    def decide(batch: str) -> None:
        clusters.split(
            access.current_session(), candidate, by=access.person(), now=clock.now(), batch=batch
        )

    return _regrouped(candidate, decide, _("已拆出“%(title)s”", title=candidate.title))


@bp.post("/<int:id>/lead")
def lead(id: int) -> ResponseReturnValue:
    """设为主稿: the candidate stands for its reprints."""
    candidate = access.candidate_for(Action.triage, id)

    def decide(batch: str) -> None:
        clusters.choose_lead(
            access.current_session(), candidate, by=access.person(), now=clock.now(), batch=batch
        )

    return _regrouped(candidate, decide, _("已设“%(title)s”为主稿", title=candidate.title))


@bp.post("/<int:id>/merge")
def merge(id: int) -> ResponseReturnValue:
    """合并: another candidate has the same text after all."""
    candidate = access.candidate_for(Action.triage, id)
    other = access.candidate_for(Action.triage, GroupForm.from_request().other or 0)

    def decide(batch: str) -> None:
        clusters.merge(
            access.current_session(),
            candidate,
            other,
            by=access.person(),
            now=clock.now(),
            batch=batch,
        )

    return _regrouped(candidate, decide, _("已与“%(title)s”合并", title=other.title))


def _regrouped(
    candidate: Candidate, decide: Callable[[str], None], said: str
) -> ResponseReturnValue:
    """Decide; answer with the text that is being read and the rows, or with its page."""
    form, batch = GroupForm.from_request(), audit.new_batch()
    shown_id = form.reading or candidate.id
    assert shown_id is not None
    access.candidate_for(Action.triage, shown_id)
    decide(batch)
    access.commit()
    if not answers.wants_fragment():
        answers.say(said)
        return answers.go(url_for("triage.read", id=shown_id, back=form.back or None))
    session, home = access.current_session(), access.publication()
    touched = clusters.touched(audit.list_events(session, batch=batch))
    rows = candidates.get_candidates(session, home, touched)
    shown = access.candidate_for(Action.triage, shown_id)
    return answers.page(
        "triage/_regrouped.html",
        **about(shown),
        rows=candidates.queue_rows(session, rows, access.find_issue(), access.person()),
        said=said,
        batch=batch,
        query=query_behind(),
    )
