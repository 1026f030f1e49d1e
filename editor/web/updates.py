"""A page that changed: its versions side by side, and what an item makes of it."""

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from editor import clock
from editor.desk import items, updates
from editor.desk.updates import News
from editor.errors import Conflict
from editor.store.models import Item
from editor.store.queue import Task, enqueue
from editor.text import changes
from editor.web import access
from editor.web.answers import go, page, say
from editor.web.forms import Form, Number, row_number
from editor.workflow import Action

bp = Blueprint("updates", __name__)

# --- a candidate's texts -------------------------------------------------------------------------


@bp.get("/triage/<int:id>/versions")
def versions(id: int) -> ResponseReturnValue:
    """Compare two texts of a candidate: by default the last change."""
    candidate = access.candidate_for(Action.see_work, id)
    texts = updates.versions(access.current_session(), candidate)
    numbers = [each.number for each in texts]
    new = _chosen("to", numbers, len(texts) - 1)
    old = _chosen("from", numbers, max(len(texts) - 2, 0))
    return page(
        "triage/versions.html",
        candidate=candidate,
        texts=texts,
        old=texts[old],
        new=texts[new],
        comparison=changes.compare(texts[old].blocks, texts[new].blocks),
        typed=updates.typed(candidate),
        back=request.args.get("back", ""),
    )


def _chosen(name: str, numbers: list[int], otherwise: int) -> int:
    wanted = row_number(request.args.get(name, ""))
    return numbers.index(wanted) if wanted in numbers else otherwise


class VersionForm(Form):
    """Which text is to be the current one."""

    number: Number


@bp.post("/triage/<int:id>/versions")
def use(id: int) -> ResponseReturnValue:
    """Make another text of the candidate the current one."""
    candidate = access.candidate_for(Action.triage, id)
    form = VersionForm.from_request()
    updates.use_version(
        access.current_session(), candidate, form.number, by=access.person(), now=clock.now()
    )
    access.commit()
    enqueue(current_app.extensions["celery"], Task.group_left_behind)
    say(_("第 %(number)s 版已成为现行文字", number=form.number))
    return go(url_for("triage.read", id=id))


@bp.post("/triage/<int:id>/look-again")
def look_again(id: int) -> ResponseReturnValue:
    """Fetch the candidate's page once more."""
    candidate = access.candidate_for(Action.triage, id)
    entries = updates.look_again(
        access.current_session(), candidate, by=access.person(), now=clock.now()
    )
    hosts = sorted({entry.host for entry in entries})
    access.commit()
    for host in hosts:
        enqueue(current_app.extensions["celery"], Task.crawl_host, host)
    say(_("正在重新抓取原文，稍后刷新查看；有变化会显示为更新"))
    return go(url_for("triage.read", id=id, back=request.values.get("back", "")))


# --- items ---------------------------------------------------------------------------------------


def _news(item: Item, candidate_id: int) -> News:
    found = updates.news_of(access.current_session(), item)
    news = next((each for each in found if each.candidate.id == candidate_id), None)
    if news is None:
        raise Conflict(
            "这处更新已经处理过了，请回到稿件查看",
            "This update has been dealt with already; go back to the item",
        )
    return news


@bp.get("/items/<int:id>/origins/<int:candidate>")
def origin(id: int, candidate: int) -> ResponseReturnValue:
    """Show what changed at the item's origin, and what adopting it would do."""
    item = access.item_for(Action.see_work, id)
    session = access.current_session()
    news = _news(item, candidate)
    base = updates.get_version(session, news.candidate, news.base)
    merged = updates.merged(session, item, news)
    revision = items.current(session, item)
    adopted = merged.settled(["mine"] * len(merged.clashes))
    return page(
        "items/origin.html",
        item=item,
        news=news,
        old=base,
        revision=revision,
        comparison=changes.compare(base.blocks, news.found.blocks),
        clashes=merged.clashes,
        would=changes.compare(revision.blocks, adopted),
        editable=access.allowed(Action.draft) and item.removed_at is None,
    )


class AdoptForm(Form):
    """The item's revision that the person saw, and the page's version."""

    revision: Number
    version: Number


@bp.post("/items/<int:id>/origins/<int:candidate>/adopt")
def adopt(id: int, candidate: int) -> ResponseReturnValue:
    """Carry the page's change into a new revision of the item."""
    item = access.item_for(Action.draft, id)
    form, news = AdoptForm.from_request(), _seen(item, candidate)
    session = access.current_session()
    count = len(updates.merged(session, item, news).clashes)
    names = [f"clash_{number}" for number in range(count)]
    choices = [request.form[name] for name in names if name in request.form]
    saved = updates.adopt(
        session,
        item,
        news,
        choices,
        revision=form.revision,
        by=access.person(),
        now=clock.now(),
    )
    number = saved.number
    access.commit()
    say(_("已采用新文，存为第 %(number)s 版", number=number))
    return go(url_for("items.show", id=id))


@bp.post("/items/<int:id>/origins/<int:candidate>/pass-over")
def pass_over(id: int, candidate: int) -> ResponseReturnValue:
    """Leave the item as it is although its origin changed."""
    item = access.item_for(Action.draft, id)
    news = _seen(item, candidate)
    updates.pass_over(access.current_session(), item, news, by=access.person(), now=clock.now())
    access.commit()
    say(_("稿件保持不变；原文再有变化时会再提示"))
    return go(url_for("items.show", id=id))


def _seen(item: Item, candidate: int) -> News:
    """Return the update that the person looked at; raises Conflict when there is a newer one."""
    news = _news(item, candidate)
    if news.candidate.text_version != AdoptForm.from_request().version:
        raise Conflict(
            "原文刚刚又有更新，请重新查看改动后再决定",
            "The page has changed once more; look at the changes again",
        )
    return news
