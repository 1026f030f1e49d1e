"""The issue board: sections and their items in printed order, moved by drag or by buttons."""

from collections.abc import Mapping
from typing import Annotated, Any

from flask import Blueprint, current_app, make_response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field, TypeAdapter, ValidationError

from editor import clock
from editor.desk import audit, issues, items, live_pages, places
from editor.desk.issues import Board, BoardCard, BoardSection
from editor.desk.live_pages import shape_of
from editor.errors import Conflict, Invalid, NotFound
from editor.store.models import Issue, id_of
from editor.store.queue import Task, enqueue
from editor.web import access, words
from editor.web.answers import go, page, say, wants_fragment
from editor.web.board_pages import RING_EVERY, Asking, shown
from editor.web.forms import MOST, Form, Number, OptionalNumber
from editor.workflow import Action

bp = Blueprint("board", __name__)
ON_BOARD = frozenset({audit.Verb.order, audit.Verb.remove, audit.Verb.restore})
RowId = Annotated[int, Field(ge=0, le=MOST)]
ORDER: TypeAdapter[dict[RowId, list[RowId]]] = TypeAdapter(dict[RowId, list[RowId]])


@bp.get("/issues/<int:total>/board")
def show(total: int) -> ResponseReturnValue:
    """Show the board; htmx gets its sections alone."""
    issue = access.issue_for(Action.see_work, total)
    ask_for_pages(issue)
    return board_page(issue)


def ask_for_pages(issue: Issue) -> None:
    """Ring for a layout; one that finds the document unchanged does nothing."""
    enqueue(current_app.extensions["celery"], Task.lay_out, id_of(issue))


def board_page(issue: Issue, status: int = 200, **context: Any) -> ResponseReturnValue:
    """Return the board as it is stored now, as a page or as a fragment."""
    session = access.current_session()
    removed = items.list_removed(session, issue)
    live = live_pages.live_pages(session, issue)
    board = issues.board(session, issue, live.starts)
    return page(
        "board/_answer.html" if wants_fragment() else "board/board.html",
        status,
        issue=issue,
        shape=shape_of(order_of(board)),
        **shown(Asking(live), board),
        removed=[(item, items.current(session, item)) for item in removed],
        closed=places.closed(issue),
        movable=access.allowed(Action.order) and not places.closed(issue),
        last_batch=last_move(),
        **context,
    )


class PagesForm(Form):
    """What a page shows of the layouts, of the board, and how often it has asked in vain."""

    asked: int = Field(default=0, ge=0, le=MOST - 1)
    known: str = ""
    shape: str = ""


@bp.get("/issues/<int:total>/board/pages")
def pages(total: int) -> ResponseReturnValue:
    """Return the latest pages; 204 when the board shows all that there is to tell."""
    issue = access.issue_for(Action.see_work, total)
    session, form = access.current_session(), PagesForm.from_query()
    live = live_pages.live_pages(session, issue)
    asked = form.asked + 1 if live.awaited else 0
    if asked % RING_EVERY == 1:
        # whoever made the change may not have rung, or the message was lost
        ask_for_pages(issue)
    asking = Asking(live, asked, moved=form.shape not in ("", live_pages.shape(session, issue)))
    if asking.known == form.known:
        return make_response("", 204)
    fresh = not form.known.startswith(f"{live.known}.")
    board = issues.board(session, issue, live.starts) if fresh else None
    response = page("board/_pages.html", issue=issue, polled=fresh, **shown(asking, board))
    if fresh:
        # the preview beside the board shows the new page
        response.headers["HX-Trigger"] = "pages-changed"
    return response


class BudgetForm(Form):
    """How many pages the issue should have at most; empty for no such wish."""

    pages: OptionalNumber = None


@bp.post("/issues/<int:total>/board/budget")
def budget(total: int) -> ResponseReturnValue:
    """Set the issue's page budget."""
    issue = access.issue_for(Action.order, total)
    wanted = BudgetForm.from_request().pages
    live_pages.set_budget(
        access.current_session(), issue, wanted, by=access.person(), now=clock.now()
    )
    return answer(issue, _("页数预算已保存"))


def last_move() -> str | None:
    """Return the person's latest batch when it was a move on the board; None when it was not."""
    session = access.current_session()
    batch = audit.last_batch(session, access.person())
    events = audit.list_events(session, batch=batch, limit=1) if batch else []
    return batch if any(event.verb in ON_BOARD for event in events) else None


def answer(issue: Issue, said: str, batch: str = "") -> ResponseReturnValue:
    """Return the board after a change, with a sentence and the way to undo it."""
    access.commit()
    if wants_fragment():
        fresh = access.issue_for(Action.order, issue.total_number)
        return board_page(fresh, said=said, batch=batch)
    say(said)
    return go(url_for("board.show", total=issue.total_number))


# --- moving --------------------------------------------------------------------------------------


class OrderForm(Form):
    """The whole board as the browser shows it: section ids with their item ids."""

    version: Number
    sections: str


@bp.post("/issues/<int:total>/board/order")
def order(total: int) -> ResponseReturnValue:
    """Take the order of a board after a drag; 409 with the true order when it is stale."""
    issue = access.issue_for(Action.order, total)
    form, batch = OrderForm.from_request(), audit.new_batch()
    try:
        wanted = ORDER.validate_json(form.sections)
    except ValidationError as error:
        raise Invalid("版面顺序无法识别，请刷新页面", "The order cannot be read; reload") from error
    return _reorder(issue, form.version, wanted, batch, _("已移动"))


def _reorder(
    issue: Issue, version: int, wanted: Mapping[int, list[int]], batch: str, said: str
) -> ResponseReturnValue:
    try:
        issues.order_board(
            access.current_session(),
            issue,
            version=version,
            order=wanted,
            by=access.person(),
            now=clock.now(),
            batch=batch,
        )
    except Conflict as conflict:
        return _stale(issue, conflict)
    return answer(issue, said, batch)


def _stale(issue: Issue, conflict: Conflict) -> ResponseReturnValue:
    sentence = words.said(conflict)
    access.current_session().rollback()
    fresh = access.issue_for(Action.order, issue.total_number)
    return board_page(fresh, 409, said=sentence, wrong=True)


class MoveForm(Form):
    """A move by a button: up, down, or to the end of another section."""

    version: Number
    step: str = ""
    section: OptionalNumber = None


@bp.post("/issues/<int:total>/board/items/<int:id>/move")
def move(total: int, id: int) -> ResponseReturnValue:
    """Move one item a place up or down, or into another section."""
    issue = access.issue_for(Action.order, total)
    item = access.item_for(Action.order, id)
    form, batch = MoveForm.from_request(), audit.new_batch()
    board = issues.board(access.current_session(), issue)
    wanted = moved(order_of(board), id, step=form.step, section=form.section)
    if wanted is None:
        raise NotFound("这篇稿件不在本期版面上", "This item is not on the issue's board")
    headline = items.current(access.current_session(), item).headline
    return _reorder(issue, form.version, wanted, batch, _("已移动“%(name)s”", name=headline))


def order_of(board: Board) -> dict[int, list[int]]:
    """Return the board's item ids by section, in printed order."""
    return {section.id: [card.item_id for card in section.cards] for section in board.sections}


def moved(
    order: Mapping[int, list[int]], item: int, *, step: str = "", section: int | None = None
) -> dict[int, list[int]] | None:
    """Return the order with the item moved; None when it is nowhere.

    Up from the first place leads to the end of the section before, down from the last place to
    the start of the one behind; at the board's ends nothing moves.
    """
    result = {key: list(ids) for key, ids in order.items()}
    keys = list(result)
    here = next((key for key in keys if item in result[key]), None)
    if here is None:
        return None
    index, home = result[here].index(item), keys.index(here)
    if section is not None and section in result:
        if section != here:
            result[here].remove(item)
            result[section].append(item)
    elif step == "up" and (index or home):
        target = here if index else keys[home - 1]
        result[here].remove(item)
        result[target].insert(index - 1 if index else len(result[target]), item)
    elif step == "down" and (index + 1 < len(result[here]) or home + 1 < len(keys)):
        inside = index + 1 < len(result[here])
        target = here if inside else keys[home + 1]
        result[here].remove(item)
        result[target].insert(index + 1 if inside else 0, item)
    return result


@bp.get("/issues/<int:total>/board/items/<int:id>/move")
def choose(total: int, id: int) -> ResponseReturnValue:
    """Ask into which section an item goes: a page, or the inside of a dialog."""
    issue = access.issue_for(Action.order, total)
    item = access.item_for(Action.order, id)
    session = access.current_session()
    return page(
        "board/_choose.html" if wants_fragment() else "board/choose.html",
        issue=issue,
        item=item,
        headline=items.current(session, item).headline,
        board=issues.board(session, issue),
    )


class SortForm(Form):
    """Which order of the board the person saw."""

    version: Number


@bp.post("/issues/<int:total>/board/sections/<int:id>/sort")
def sort(total: int, id: int) -> ResponseReturnValue:
    """Put a section's items in the order of their dates, as one undoable batch."""
    issue = access.issue_for(Action.order, total)
    form, batch = SortForm.from_request(), audit.new_batch()
    board = issues.board(access.current_session(), issue)
    section = next((each for each in board.sections if each.id == id), None)
    if section is None:
        raise NotFound("本期没有这个栏目，请刷新页面", "This issue has no such section; reload")
    wanted = order_of(board) | {id: [card.item_id for card in by_date(section)]}
    said = _("“%(name)s”已按日期排列", name=section.name)
    return _reorder(issue, form.version, wanted, batch, said)


def by_date(section: BoardSection) -> list[BoardCard]:
    """Return the cards, the earliest date first; undated ones keep their order at the end."""
    dated = [card for card in section.cards if card.dated_on is not None]
    undated = [card for card in section.cards if card.dated_on is None]
    return [*sorted(dated, key=lambda card: str(card.dated_on)), *undated]


class UndoForm(Form):
    """The batch to take back."""

    batch: str


@bp.post("/issues/<int:total>/board/undo")
def undo(total: int) -> ResponseReturnValue:
    """Take back a move; what others have changed since stays and is named."""
    issue = access.issue_for(Action.order, total)
    session, batch = access.current_session(), UndoForm.from_request().batch
    home = access.publication()
    if any(row.publication_id != home.id for row in audit.list_events(session, batch=batch)):
        raise NotFound("没有可以撤销的操作", "There is nothing to undo")
    undone = audit.undo(session, batch, by=access.person(), now=clock.now())
    said = _("已撤销") if undone.restored else _("没有撤销")
    if undone.skipped:
        said += _("：%(names)s 已被他人改动", names="、".join(undone.skipped[:3]))
    return answer(issue, said)
