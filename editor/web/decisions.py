"""What an editor decides about candidates: one by one, several at once, and back."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from pydantic import Field

from editor import clock
from editor.desk import audit, candidates, clusters, issues
from editor.errors import Conflict, EditorError, Invalid, NotFound
from editor.store.models import Candidate, IssueSection, id_of
from editor.web import access, answers, words
from editor.web.forms import Form, Number, OptionalNumber
from editor.web.triage_context import about, query_behind, surroundings
from editor.workflow import Action

bp = Blueprint("decisions", __name__, url_prefix="/triage")

MOST_AT_ONCE = 500


class Unplaced(Invalid):
    """A candidate without a suggested section, and nobody chose one."""


class TakeForm(Form):
    """Where a candidate goes; without a section the guess decides."""

    section_id: OptionalNumber = None


class SpikeForm(Form):
    """Why a candidate is put aside; the reason may be empty."""

    reason: Annotated[str, Field(max_length=200)] = ""
    duplicate_of: OptionalNumber = None


class BulkForm(Form):
    """One decision about the candidates that are ticked, and no others."""

    ids: Annotated[list[Number], Field(max_length=MOST_AT_ONCE)] = []
    verb: Literal["take", "shortlist", "spike", "unspike"]
    section_id: OptionalNumber = None
    reason: Annotated[str, Field(max_length=200)] = ""
    # the bar's own field: a row's form is the same one, and must not take it for its reason
    bulk_reason: Annotated[str, Field(max_length=200)] = ""


class UndoForm(Form):
    """Which decisions to take back; empty means one's own last ones."""

    batch: str = ""


# --- one candidate -------------------------------------------------------------------------------


@bp.post("/<int:id>/take")
def take(id: int) -> ResponseReturnValue:
    """采用: make an item of the candidate in a section of the issue at work."""
    candidate = access.candidate_for(Action.triage, id)
    try:
        section = _section(TakeForm.from_request().section_id, candidate)
    except Invalid as error:
        return _refused(candidate, error)

    def decide(batch: str) -> None:
        candidates.take(
            access.current_session(),
            candidate,
            section=section,
            by=access.person(),
            now=clock.now(),
            batch=batch,
        )

    return _decided(candidate, decide, _("已采用 → %(section)s", section=section.name))


def _section(section_id: int | None, candidate: Candidate) -> IssueSection:
    """Return the section chosen, or the one guessed; raises Invalid when there is neither."""
    session, issue = access.current_session(), access.current_issue()
    if section_id is not None:
        return issues.get_section(session, issue, section_id)
    guess = issues.find_section(session, issue, candidate.suggested_section)
    if guess is None:
        sentence = ("请选择要放入的栏目", "Choose the section it goes into")
        raise Unplaced(*sentence, fields={"section_id": sentence})
    return guess


@bp.post("/<int:id>/shortlist")
def shortlist(id: int) -> ResponseReturnValue:
    """待定: keep the candidate in mind."""
    candidate = access.candidate_for(Action.triage, id)

    def decide(batch: str) -> None:
        candidates.shortlist(
            access.current_session(), candidate, by=access.person(), now=clock.now(), batch=batch
        )

    return _decided(candidate, decide, _("已列为待定"))


@bp.post("/<int:id>/spike")
def spike(id: int) -> ResponseReturnValue:
    """弃用 or 重复: put the candidate aside; it is kept, with the reason."""
    candidate = access.candidate_for(Action.triage, id)
    form = SpikeForm.from_request()

    def decide(batch: str) -> None:
        candidates.spike(
            access.current_session(),
            candidate,
            form.reason,
            duplicate_of=form.duplicate_of,
            by=access.person(),
            now=clock.now(),
            batch=batch,
        )

    repeated = form.duplicate_of is not None or form.reason == candidates.DUPLICATE
    return _decided(candidate, decide, _("已标为重复") if repeated else _("已弃用"))


@bp.post("/<int:id>/unspike")
def unspike(id: int) -> ResponseReturnValue:
    """恢复: put the candidate back among the new ones."""
    candidate = access.candidate_for(Action.triage, id)

    def decide(batch: str) -> None:
        candidates.unspike(
            access.current_session(), candidate, by=access.person(), now=clock.now(), batch=batch
        )

    return _decided(candidate, decide, _("已恢复为新"))


@bp.post("/<int:id>/star")
def star(id: int) -> ResponseReturnValue:
    """星标: set or remove one's own mark."""
    candidate = access.candidate_for(Action.triage, id)
    starred = candidates.toggle_star(access.current_session(), candidate, by=access.person())
    access.commit()
    said = _("已加星标") if starred else _("已取消星标")
    return _rows_or_back([candidate], said, batch="")


def _decided(candidate: Candidate, decide: Callable[[str], None], said: str) -> ResponseReturnValue:
    """Carry out one decision; a conflict shows the row as it truly is, with the sentence."""
    batch = audit.new_batch()
    try:
        decide(batch)
    except (Conflict, Invalid) as error:
        access.close_session()
        return _refused(candidate, error)
    access.commit()
    return _rows_or_back([candidate], said, batch)


def _refused(candidate: Candidate, error: EditorError) -> ResponseReturnValue:
    """Answer a refused decision with the truth about the candidate and the reason in words."""
    assert candidate.id is not None
    fresh = access.candidate_for(Action.triage, candidate.id)
    if not answers.wants_fragment():
        return answers.page("triage/candidate.html", error.status, **about(fresh, error))
    row = candidates.queue_row(
        access.current_session(), fresh, access.find_issue(), access.person()
    )
    return answers.page(
        "triage/_answer.html",
        error.status,
        rows=[row],
        said=words.said(error),
        batch="",
        kept=(),
        **surroundings(query_behind()),
    )


def _rows_or_back(
    changed: Sequence[Candidate], said: str, batch: str, kept: Sequence[int] = ()
) -> ResponseReturnValue:
    """Answer htmx with rows, counts and a toast, everybody else with the list behind.

    `kept` are the candidates that stay ticked, because nothing was decided about them.
    """
    if not answers.wants_fragment():
        answers.say(said)
        ticked = "&".join(f"ticked={one}" for one in kept)
        to = f"{url_for('triage.queue')}?{query_behind().query()}"
        return answers.go(f"{to}&{ticked}" if ticked else to)
    session, issue, viewer = access.current_session(), access.find_issue(), access.person()
    rows = candidates.queue_rows(session, changed, issue, viewer)
    return answers.page(
        "triage/_answer.html",
        rows=rows,
        said=said,
        batch=batch,
        kept=kept,
        **surroundings(query_behind()),
    )


# --- several at once, and back -------------------------------------------------------------------


@bp.post("/bulk")
def bulk() -> ResponseReturnValue:
    """One decision about all ticked candidates, in one transaction and one undoable batch."""
    access.publication(Action.triage)
    form = BulkForm.from_request()
    if not form.ids:
        raise Invalid("还没有选中任何条目", "Nothing is selected")
    chosen = candidates.get_candidates(access.current_session(), access.publication(), form.ids)
    batch = audit.new_batch()
    refused: dict[int, str] = {}
    for candidate in chosen:
        try:
            _decide_one(candidate, form, batch)
        except (Conflict, Unplaced) as error:
            refused[id_of(candidate)] = f"“{candidate.title}”{words.said(error)}"
    access.commit()
    done = len(chosen) - len(refused)
    said = _bulk_sentence(form.verb, done, list(refused.values()))
    return _rows_or_back(chosen, said, batch if done else "", tuple(refused))


def _decide_one(candidate: Candidate, form: BulkForm, batch: str) -> None:
    session, by, now = access.current_session(), access.person(), clock.now()
    match form.verb:
        case "take":
            section = _section(form.section_id, candidate)
            candidates.take(session, candidate, section=section, by=by, now=now, batch=batch)
        case "shortlist":
            candidates.shortlist(session, candidate, by=by, now=now, batch=batch)
        case "spike":
            reason = form.reason or form.bulk_reason
            candidates.spike(session, candidate, reason, by=by, now=now, batch=batch)
        case "unspike":
            candidates.unspike(session, candidate, by=by, now=now, batch=batch)


def _bulk_sentence(verb: str, done: int, refused: list[str]) -> str:
    match verb:
        case "take":
            said = ngettext("已采用 %(num)s 条", "已采用 %(num)s 条", done)
        case "shortlist":
            said = ngettext("已列为待定 %(num)s 条", "已列为待定 %(num)s 条", done)
        case "spike":
            said = ngettext("已弃用 %(num)s 条", "已弃用 %(num)s 条", done)
        case _:
            said = ngettext("已恢复 %(num)s 条", "已恢复 %(num)s 条", done)
    if not refused:
        return said
    return f"{said}；" + _("%(n)s 条没有改动：%(why)s", n=len(refused), why="；".join(refused[:3]))


@bp.post("/undo")
def undo() -> ResponseReturnValue:
    """Take back a batch, or one's own last one; rows changed by others since are named."""
    access.publication(Action.triage)
    session = access.current_session()
    batch = UndoForm.from_request().batch or audit.last_batch(session, access.person())
    if not batch:
        raise NotFound("没有可以撤销的操作", "There is nothing to undo")
    touched = _candidates_in(batch)
    if not touched:
        raise NotFound(
            "没有可以撤销的操作：它可能已经撤销过了",
            "There is nothing to undo; it may have been undone already",
        )
    undone = audit.undo(session, batch, by=access.person(), now=clock.now())
    access.commit()
    said = ngettext("已撤销 %(num)s 条", "已撤销 %(num)s 条", undone.restored)
    if undone.skipped:
        said += _("；%(names)s 已被他人改动，没有撤销", names="、".join(undone.skipped[:3]))
    return _rows_or_back(touched, said, batch="")


def _candidates_in(batch: str) -> list[Candidate]:
    """Return the candidates of a batch of this publication.

    Taking back what somebody else did needs the right to edit anything.
    """
    session, home = access.current_session(), access.publication()
    events = audit.list_events(session, batch=batch, limit=MOST_AT_ONCE)
    if any(event.user_id != access.person().id for event in events):
        access.publication(Action.edit_any)
    if any(event.publication_id not in (None, home.id) for event in events):
        raise NotFound("没有可以撤销的操作", "There is nothing to undo")
    ids = [event.subject_id for event in events if event.subject == Candidate.__tablename__]
    decided = [id for id in ids if id is not None]
    return candidates.get_candidates(session, home, decided + clusters.touched(events))
