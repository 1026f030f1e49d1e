"""The pages of an issue as they are laid out now: one at a time, as a picture."""

from dataclasses import dataclass

from flask import Blueprint, current_app, make_response, url_for
from flask.typing import ResponseReturnValue

from editor.assembler.press.page_pictures import page_png
from editor.desk import issues, live_pages, places
from editor.desk.issues import Board
from editor.desk.live_pages import LivePages
from editor.errors import NotFound
from editor.store import proofs
from editor.store.models import Issue, id_of
from editor.web import access
from editor.web.answers import go, page, wants_fragment
from editor.web.board import ask_for_pages
from editor.workflow import Action

bp = Blueprint("pages", __name__)
A_DAY = 86400


@dataclass(frozen=True)
class Place:
    """An item that has text on a page."""

    item_id: int
    headline: str


@bp.get("/issues/<int:total>/pages")
def index(total: int) -> ResponseReturnValue:
    """Go to the first page."""
    access.issue_for(Action.see_work, total)
    return go(url_for("pages.show", total=total, sheet=1))


@bp.get("/issues/<int:total>/pages/<int:sheet>")
def show(total: int, sheet: int) -> ResponseReturnValue:
    """Show one sheet (from 1, the cover) with the way to the others; htmx gets it alone."""
    return _sheet(access.issue_for(Action.see_work, total), sheet)


@bp.get("/items/<int:id>/page")
def of_item(id: int) -> ResponseReturnValue:
    """Show the sheet on which an item starts."""
    item = access.item_for(Action.see_work, id)
    session = access.current_session()
    issue = session.get(Issue, places.section_of(session, item).issue_id)
    if issue is None or item.removed_at is not None:
        raise NotFound("这篇稿件不在版面上", "This item is not on the board")
    return _sheet(issue, live_pages.live_pages(session, issue).sheet(id) or 1)


def _sheet(issue: Issue, sheet: int) -> ResponseReturnValue:
    session = access.current_session()
    live = live_pages.live_pages(session, issue)
    if live.pending:
        ask_for_pages(issue)
    shown = min(max(sheet, 1), live.pages) if live.pages else 1
    front = live.estimate.front if live.estimate else 0
    return page(
        "pages/_page.html" if wants_fragment() else "pages/page.html",
        issue=issue,
        live=live,
        sheet=shown,
        printed=shown - front if live.pages and shown > front else None,
        places=places_on(live, issues.board(session, issue), shown - front),
    )


def places_on(live: LivePages, board: Board, printed: int) -> list[Place]:
    """Return the items that have text on a printed page, in order."""
    return [
        Place(card.item_id, card.headline)
        for section in board.sections
        for card in section.cards
        if card.item_id in live.starts
        and live.starts[card.item_id] <= printed <= live.ends.get(card.item_id, 0)
    ]


@bp.get("/issues/<int:total>/pages/<string:digest>/<int:sheet>.png")
def picture(total: int, digest: str, sheet: int) -> ResponseReturnValue:
    """Return the picture of a sheet of the last layout; NotFound when there is a newer one."""
    issue = access.issue_for(Action.see_work, total)
    estimate = live_pages.find_estimate(access.current_session(), issue)
    if estimate is None or not estimate.proof or estimate.proof != digest:
        raise _gone()
    response = make_response(_png(issue, digest, sheet))
    response.mimetype = "image/png"
    # the address names the content: it never changes
    response.headers["Cache-Control"] = f"private, max-age={A_DAY}, immutable"
    return response


def _png(issue: Issue, digest: str, sheet: int) -> bytes:
    folder = current_app.extensions["settings"].data_dir
    try:
        return page_png(proofs.path_of(folder, id_of(issue), digest), sheet)
    except (FileNotFoundError, IndexError) as error:
        raise _gone() from error


def _gone() -> NotFound:
    return NotFound(
        "版面已经改动，这一页正在重排。请稍候或刷新页面",
        "The pages have changed and this one is being set again. Wait a moment or reload",
    )
