"""Triage: the queue of candidates, the reading pane, and what could not be had."""

from collections.abc import Sequence

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from editor import clock
from editor.desk import candidates, completing, sources
from editor.desk.candidates import QueueFilter, QueueRow
from editor.errors import NotFound
from editor.store.models import Entry
from editor.store.queue import Task, enqueue
from editor.web import access, answers
from editor.web.triage_context import QueueQuery, about, surroundings
from editor.workflow import Action

bp = Blueprint("triage", __name__, url_prefix="/triage")

# --- the list ------------------------------------------------------------------------------------


@bp.get("")
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
        ticked=frozenset(request.args.getlist("ticked", type=int)),
        next_url=_next_page(query, listed.next_cursor),
        sources=sources.list_sources(access.current_session(), access.publication()),
        **surroundings(query),
    )


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
    return answers.page(template, **about(candidate))


@bp.get("/<int:id>/repeats")
def repeats(id: int) -> ResponseReturnValue:
    """List what a candidate may repeat: its cluster, or what a search finds.

    With `merging`: what it may be put together with.
    """
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
    found = [row for row in found if row.id != id]
    own = candidate.cluster_id
    return answers.page(
        "triage/_repeats.html",
        found=found,
        merging=request.args.get("merging") == "1",
        apart=[row for row in found if own is None or row.cluster_id != own],
        **about(candidate),
    )


# --- what could not be had -----------------------------------------------------------------------


@bp.get("/failed")
def failed() -> ResponseReturnValue:
    """List what was found but could not be fetched or read, by its reason."""
    home = access.publication(Action.triage)
    session = access.current_session()
    reason = request.args.get("reason", "")[:40]
    groups = completing.groups(session, home, access.find_issue(), reason=reason)
    names = {source.id: source.name for source in sources.list_sources(session, home)}
    return answers.page(
        "triage/failed.html",
        groups=groups,
        chosen=reason,
        names=names,
        **surroundings(QueueQuery()),
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
