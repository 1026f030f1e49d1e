"""What could not be had: completed by hand, or tried again reason by reason."""

from typing import Annotated

from flask import Blueprint, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from pydantic import Field

from editor import clock
from editor.desk import assets, completing, sources
from editor.desk.completing import Completed
from editor.errors import Invalid
from editor.store.models import Entry
from editor.store.queue import Task, enqueue
from editor.text.document import Blocks, paragraph
from editor.web import access
from editor.web.answers import go, page, say
from editor.web.editor_tree import blocks_from_tree, tree_from_blocks
from editor.web.forms import Form
from editor.web.item_forms import OptionalDate, Typed
from editor.workflow import Action

bp = Blueprint("completing", __name__, url_prefix="/triage/failed")


class CompletedForm(Form):
    """What a person copied from a page; `text` holds it where no script runs."""

    title: Annotated[Typed, Field(min_length=1, max_length=1000)]
    source_name: Annotated[Typed, Field(max_length=200)] = ""
    published_on: OptionalDate = None
    byline: Annotated[Typed, Field(max_length=500)] = ""
    tree: str = ""
    text: Typed = ""

    def blocks(self) -> Blocks:
        """Return the text; raises Invalid for a tree that is none of the editor's."""
        if self.tree:
            return blocks_from_tree(self.tree)
        lines = (line.strip() for line in self.text.splitlines())
        return tuple(paragraph(line) for line in lines if line)


def _entry(id: int) -> Entry:
    """Return the failed entry; 404 for strangers, 403 without the role."""
    entry = completing.get_entry(access.current_session(), access.publication(), id)
    access.publication(Action.triage)
    return entry


@bp.get("/<int:id>/complete")
def form(id: int) -> ResponseReturnValue:
    """Ask for what the page says, beside the link to it."""
    entry = _entry(id)
    completing.require_failed(entry)
    return _page(entry, None)


def _page(entry: Entry, error: Invalid | None) -> ResponseReturnValue:
    session = access.current_session()
    names = {each.id: each for each in sources.list_sources(session, access.publication())}
    source = names.get(entry.source_id)
    return page(
        "triage/complete.html",
        422 if error else 200,
        entry=entry,
        source_name=(source.printed_name or source.name) if source else entry.source_name,
        values=request.form,
        tree=tree_from_blocks(_typed_blocks()),
        error=error,
    )


def _typed_blocks() -> Blocks:
    """Return the text that was sent, so that a refused form keeps it."""
    tree = request.form.get("tree", "")
    try:
        return blocks_from_tree(tree) if tree else ()
    except Invalid:
        return ()


@bp.post("/<int:id>/complete")
def complete(id: int) -> ResponseReturnValue:
    """Make the candidate and show it."""
    entry = _entry(id)
    session = access.current_session()
    try:
        typed = CompletedForm.from_request()
        said = Completed(
            title=typed.title,
            source_name=typed.source_name,
            published_on=typed.published_on,
            byline=typed.byline,
            blocks=typed.blocks(),
        )
        candidate = completing.complete(
            session, access.publication(), entry, said, by=access.person(), now=clock.now()
        )
    except Invalid as error:
        return _page(entry, error)
    target = url_for("triage.read", id=candidate.id)
    access.commit()
    enqueue(current_app.extensions["celery"], Task.group_left_behind)
    say(_("已补全，存为候选；链接保持不变"))
    return go(target)


@bp.post("/<int:id>/pictures")
def add_picture(id: int) -> ResponseReturnValue:
    """Store a picture that was pasted into the text."""
    _entry(id)
    file = request.files.get("file")
    if file is None:
        raise Invalid("请选择图片文件", "Choose a picture file")
    asset = assets.add_asset(access.current_session(), current_app.extensions["files"], file.read())
    body = {"sha256": asset.sha256, "width": asset.width, "height": asset.height}
    access.commit()
    return jsonify(body)


class GroupForm(Form):
    """The reason whose entries are tried again."""

    reason: Annotated[str, Field(max_length=40)] = ""


@bp.post("/retry")
def retry_group() -> ResponseReturnValue:
    """Try everything that failed for one reason once more."""
    home = access.publication(Action.triage)
    session, issue = access.current_session(), access.find_issue()
    urls = completing.addresses(session, home, issue, GroupForm.from_request().reason)
    entries = sources.paste_links(
        session, home, urls, issue=issue, by=access.person(), now=clock.now()
    )
    hosts = {entry.host for entry in entries}
    access.commit()
    for host in sorted(hosts):
        enqueue(current_app.extensions["celery"], Task.crawl_host, host)
    say(ngettext("已重新排队 %(num)s 条", "已重新排队 %(num)s 条", len(urls)))
    return go(url_for("triage.failed"))
