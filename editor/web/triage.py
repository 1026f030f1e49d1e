"""Triage: the queue of candidates, the reading pane, and a decision about each."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlencode

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from pydantic import Field

from editor import clock
from editor.desk import audit, candidates, issues, source_health, sources
from editor.desk.candidates import QueueFilter, QueueRow
from editor.errors import Conflict, EditorError, Invalid, NotFound
from editor.store.models import Candidate, Entry, IssueSection
from editor.store.queue import Task, enqueue
from editor.web import access, answers, words
from editor.web.forms import Form, OptionalNumber
from editor.workflow import Action, CandidateState

bp = Blueprint("triage", __name__, url_prefix="/triage")

MOST_AT_ONCE = 500


class QueueQuery(Form):
    """The filter as the address shows it."""

    state: CandidateState | Literal["all"] = CandidateState.new
    tray: candidates.Tray = "window"
    section: str = ""
    source_id: OptionalNumber = None
    text: Annotated[str, Field(max_length=200)] = ""
    starred: bool = False

    def filter(self) -> QueueFilter:
        """Return what the desk is asked for."""
        return QueueFilter(
            state=self.state,
            tray=self.tray,
            section=self.section,
            source_id=self.source_id,
            text=self.text,
            starred_by=access.person().id if self.starred else None,
        )

    def query(self, **changes: object) -> str:
        """Return the address's query with some of it changed; defaults are left out."""
        values = self.model_dump(mode="json") | changes
        plain = QueueQuery().model_dump(mode="json")
        kept = {key: value for key, value in values.items() if value != plain.get(key)}
        return urlencode({key: int(v) if v is True else v for key, v in kept.items()})

    @property
    def narrowed(self) -> bool:
        """Whether something besides state and tray narrows the list."""
        return bool(self.section or self.source_id or self.text or self.starred)


class TakeForm(Form):
    """Where a candidate goes; without a section the guess decides."""

    section_id: OptionalNumber = None


class SpikeForm(Form):
    """Why a candidate is put aside; the reason may be empty."""

    reason: Annotated[str, Field(max_length=200)] = ""
    duplicate_of: OptionalNumber = None


class BulkForm(Form):
    """One decision about the candidates that are ticked, and no others."""

    ids: Annotated[list[int], Field(max_length=MOST_AT_ONCE)] = []
    verb: Literal["take", "shortlist", "spike", "unspike"]
    section_id: OptionalNumber = None
    reason: Annotated[str, Field(max_length=200)] = ""


class UndoForm(Form):
    """Which decisions to take back; empty means one's own last ones."""

    batch: str = ""


# --- the list ------------------------------------------------------------------------------------


@bp.get("/")
def queue() -> ResponseReturnValue:
    """Show a page of candidates with the filter that the address holds."""
    access.publication(Action.triage)
    query = QueueQuery.from_query()
    listed = candidates.queue_page(
        access.current_session(),
        access.publication(),
        access.find_issue(),
        query.filter(),
        cursor=request.args.get("cursor"),
        viewer=access.person(),
    )
    return answers.page(
        "triage/queue.html",
        listed=listed,
        next_url=_next_page(query, listed.next_cursor),
        sources=sources.list_sources(access.current_session(), access.publication()),
        **_surroundings(query),
    )


def _surroundings(query: QueueQuery) -> dict[str, object]:
    """Return what every part of the triage page needs."""
    session, home, issue = access.current_session(), access.publication(), access.find_issue()
    failed = source_health.failed_entries(session, home, issue)
    return {
        "query": query,
        "counts": candidates.counts(session, home, issue),
        "failed_count": len(failed),
        "sections": issues.sections_of(session, issue) if issue else [],
        "states": list(CandidateState),
    }


def _next_page(query: QueueQuery, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return f"{url_for('triage.queue')}?{query.query(cursor=cursor)}"


@bp.get("/arrivals")
def arrivals() -> ResponseReturnValue:
    """Say how many candidates came since the page was made; the list itself never moves."""
    home = access.publication(Action.triage)
    seen = request.args.get("seen", 0, type=int)
    known = candidates.counts(access.current_session(), home, access.find_issue())
    return answers.page("triage/_arrivals.html", seen=seen, more=known["all"]["all"] - seen)


# --- one candidate -------------------------------------------------------------------------------


@bp.get("/<int:id>")
def read(id: int) -> ResponseReturnValue:
    """Show a candidate's text: a fragment for the reading pane, a page of its own otherwise."""
    candidate = access.candidate_for(Action.triage, id)
    template = "triage/_reader.html" if answers.wants_fragment() else "triage/candidate.html"
    return answers.page(template, **_about(candidate))


def _about(candidate: Candidate, error: EditorError | None = None) -> dict[str, object]:
    session, issue = access.current_session(), access.find_issue()
    return {
        "candidate": candidate,
        "row": candidates.queue_row(session, candidate, issue, access.person()),
        "sections": issues.sections_of(session, issue) if issue else [],
        "alike": candidates.alike(session, candidate, issue),
        "decided_by": audit.person_name(session, candidate.decided_by),
        "error": error,
        "back": request.values.get("back", ""),
    }


@bp.get("/<int:id>/repeats")
def repeats(id: int) -> ResponseReturnValue:
    """List what a candidate may repeat: its cluster, or what a search finds."""
    candidate = access.candidate_for(Action.triage, id)
    text = request.args.get("text", "")
    found: Sequence[QueueRow] = ()
    if text:
        found = candidates.queue_page(
            access.current_session(),
            access.publication(),
            access.find_issue(),
            QueueFilter(state="all", tray="all", text=text),
            limit=10,
        ).rows
    return answers.page(
        "triage/_repeats.html", found=[row for row in found if row.id != id], **_about(candidate)
    )


# --- decisions -----------------------------------------------------------------------------------


@bp.post("/<int:id>/take")
def take(id: int) -> ResponseReturnValue:
    """采用: make an item of the candidate in a section of the issue at work."""
    candidate = access.candidate_for(Action.triage, id)
    section = _section(TakeForm.from_request().section_id, candidate)

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
        raise Invalid(*sentence, fields={"section_id": sentence})
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
        return answers.page("triage/candidate.html", error.status, **_about(fresh, error))
    row = candidates.queue_row(
        access.current_session(), fresh, access.find_issue(), access.person()
    )
    return answers.page(
        "triage/_answer.html",
        error.status,
        rows=[row],
        said=words.said(error),
        batch="",
        **_surroundings(_query_behind()),
    )


def _rows_or_back(
    changed: Sequence[Candidate], said: str, batch: str, status: int = 200
) -> ResponseReturnValue:
    """Answer htmx with the rows, counts and a toast, everybody else with the list they came from."""
    if not answers.wants_fragment():
        answers.say(said)
        return answers.go(f"{url_for('triage.queue')}?{_query_behind().query()}")
    session, issue, viewer = access.current_session(), access.find_issue(), access.person()
    rows = [candidates.queue_row(session, each, issue, viewer) for each in changed]
    return answers.page(
        "triage/_answer.html",
        status,
        rows=rows,
        said=said,
        batch=batch,
        **_surroundings(_query_behind()),
    )


def _query_behind() -> QueueQuery:
    """Return the filter of the list that a decision was made on: the form's field `back`."""
    pairs = parse_qs(request.form.get("back", ""))
    return QueueQuery.lenient({key: values[-1] for key, values in pairs.items()})


# --- several at once, and back -------------------------------------------------------------------


@bp.post("/bulk")
def bulk() -> ResponseReturnValue:
    """One decision about all ticked candidates, in one transaction and one undoable batch."""
    access.publication(Action.triage)
    form = BulkForm.from_request()
    chosen = [access.candidate_for(Action.triage, id) for id in form.ids]
    if not chosen:
        raise Invalid("还没有选中任何条目", "Nothing is selected")
    batch = audit.new_batch()
    done, refused = [], []
    for candidate in chosen:
        try:
            _decide_one(candidate, form, batch)
            done.append(candidate)
        except Conflict as error:
            refused.append(words.said(error))
    access.commit()
    return _rows_or_back(chosen, _bulk_sentence(form.verb, len(done), refused), batch)


def _decide_one(candidate: Candidate, form: BulkForm, batch: str) -> None:
    session, by, now = access.current_session(), access.person(), clock.now()
    match form.verb:
        case "take":
            section = _section(form.section_id, candidate)
            candidates.take(session, candidate, section=section, by=by, now=now, batch=batch)
        case "shortlist":
            candidates.shortlist(session, candidate, by=by, now=now, batch=batch)
        case "spike":
            candidates.spike(session, candidate, form.reason, by=by, now=now, batch=batch)
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
    return f"{said}；" + _("%(n)s 条没有改动：%(why)s", n=len(refused), why=refused[0])


@bp.post("/undo")
def undo() -> ResponseReturnValue:
    """Take back a batch, or one's own last one; rows changed by others since are named."""
    access.publication(Action.triage)
    session = access.current_session()
    batch = UndoForm.from_request().batch or audit.last_batch(session, access.person())
    if not batch:
        raise NotFound("没有可以撤销的操作", "There is nothing to undo")
    touched = _candidates_in(batch)
    undone = audit.undo(session, batch, by=access.person(), now=clock.now())
    access.commit()
    said = ngettext("已撤销 %(num)s 条", "已撤销 %(num)s 条", undone.restored)
    if undone.skipped:
        said += _("；%(names)s 已被他人改动，没有撤销", names="、".join(undone.skipped[:3]))
    return _rows_or_back(touched, said, batch="")


def _candidates_in(batch: str) -> list[Candidate]:
    """Return the candidates of a batch; only one's own publication's batches can be undone."""
    session, home = access.current_session(), access.publication()
    events = audit.list_events(session, batch=batch, limit=MOST_AT_ONCE)
    if any(event.publication_id not in (None, home.id) for event in events):
        raise NotFound("没有可以撤销的操作", "There is nothing to undo")
    ids = [event.subject_id for event in events if event.subject == Candidate.__tablename__]
    return [candidates.get_candidate(session, home, id) for id in dict.fromkeys(ids) if id]


# --- what could not be had -----------------------------------------------------------------------


@bp.get("/failed")
def failed() -> ResponseReturnValue:
    """List what was found but could not be fetched or read, each with its reason."""
    home = access.publication(Action.triage)
    session = access.current_session()
    entries = source_health.failed_entries(session, home, access.find_issue())
    names = {source.id: source.name for source in sources.list_sources(session, home)}
    return answers.page(
        "triage/failed.html", entries=entries, names=names, **_surroundings(QueueQuery())
    )


@bp.post("/failed/<int:id>/retry")
def retry(id: int) -> ResponseReturnValue:
    """Try an entry that failed once more."""
    home = access.publication()
    session = access.current_session()
    entry = session.get(Entry, id)
    if entry is None or entry.publication_id != home.id:
        raise NotFound("没有这一条", "There is no such entry")
    access.publication(Action.triage)
    again = sources.paste_links(
        session,
        home,
        [entry.url],
        issue=access.find_issue(),
        by=access.person(),
        now=clock.now(),
    )
    access.commit()
    for each in again:
        enqueue(current_app.extensions["celery"], Task.crawl_host, each.host)
    answers.say(_("已重新排队，稍后刷新本页查看结果"))
    return answers.go(url_for("triage.failed"))
