"""Starter packs: choosing among well-known public sources."""

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from editor import clock
from editor.desk import sources, starter_packs
from editor.errors import EditorError
from editor.store.queue import Task, enqueue
from editor.web import access, answers
from editor.workflow import Action

bp = Blueprint("packs", __name__, url_prefix="/sources/packs")


@bp.get("")
def index() -> ResponseReturnValue:
    """Show every pack with what it offers; what is watched already cannot be chosen."""
    access.publication(Action.change_sources)
    try:
        return _page(None, 200)
    except EditorError as error:
        return answers.page("packs/index.html", error.status, packs=(), watched=(), error=error)


@bp.post("/<key>")
def add(key: str) -> ResponseReturnValue:
    """Add the chosen sources of a pack and ring for their hosts."""
    home = access.publication(Action.change_sources)
    try:
        done = starter_packs.add_from_pack(
            access.current_session(),
            home,
            starter_packs.get_pack(key),
            request.form.getlist("url"),
            by=access.person(),
            now=clock.now(),
        )
    except EditorError as error:
        access.close_session()
        return _page(error, error.status)
    hosts = sorted({source.host for source in done.added})
    access.commit()
    for host in hosts:
        enqueue(current_app.extensions["celery"], Task.crawl_host, host)
    answers.say(
        _(
            "从来源包新增 %(added)s 个来源，%(known)s 个已有",
            added=len(done.added),
            known=len(done.known),
        )
    )
    return answers.go(url_for("sources.index"))


def _page(error: EditorError | None, status: int) -> ResponseReturnValue:
    home = access.publication(Action.change_sources)
    known = sources.list_sources(access.current_session(), home)
    return answers.page(
        "packs/index.html",
        status,
        packs=starter_packs.list_packs(),
        watched={source.url for source in known},
        error=error,
    )
