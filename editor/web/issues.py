"""Issues: the list, opening the next one, and the sections of an issue."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from editor import clock
from editor.desk import issues, places, plans
from editor.errors import Conflict, Invalid
from editor.store.models import Issue
from editor.web import access, desk, words
from editor.web.answers import go, page, say
from editor.web.forms import Form, Number, OptionalNumber
from editor.workflow import Action, ItemKind

bp = Blueprint("issues", __name__)


@bp.get("/issues")
def index() -> ResponseReturnValue:
    """List the publication's issues, the latest first; readers see what was published."""
    home = access.publication()
    session = access.current_session()
    listed = [issue for issue in issues.list_issues(session, home) if access.may_see(issue)]
    at_work = access.find_issue()
    return page(
        "issues/index.html",
        issues=listed,
        boards={issue.id: issues.board(session, issue) for issue in listed[:12]},
        at_work=at_work,
        sentence=desk.ledger_sentence(home, at_work, clock.now()),
    )


class MonthForm(Form):
    """Another month than the one that comes next."""

    month: OptionalNumber = None


@bp.get("/issues/new")
def new() -> ResponseReturnValue:
    """Show what the next issue will be, before it is opened."""
    home = access.publication(Action.open_issue)
    month = MonthForm.from_query().month
    plan = plans.plan_issue(home, now=clock.now(), month=month if month in range(1, 13) else None)
    return page("issues/new.html", plan=plan, last_day=plan.window.last_day(words.zone()))


class OpenForm(Form):
    """The numbers that were shown."""

    year: Number
    month: Number
    number: Number
    total: Number


@bp.post("/issues/new")
def open_next() -> ResponseReturnValue:
    """Open the issue that was shown; 409 when somebody has opened it meanwhile."""
    home = access.publication(Action.open_issue)
    form = OpenForm.from_request()
    if form.total != home.next_total:
        raise Conflict(
            f"总第 {form.total} 期已经建好，请在“期次”中打开",
            f"No. {form.total} has been opened meanwhile; find it in the list of issues",
        )
    issue = issues.open_issue(
        access.current_session(),
        home,
        by=access.person(),
        now=clock.now(),
        year=form.year,
        month=form.month,
        number=form.number,
        total=form.total,
    )
    access.commit()
    say(_("已开新一期：总第 %(total)s 期", total=issue.total_number))
    return go(url_for("board.show", total=issue.total_number))


# --- sections ------------------------------------------------------------------------------------


@bp.get("/issues/<int:total>/sections")
def sections(total: int) -> ResponseReturnValue:
    """Show the issue's sections: names, order, quotas."""
    issue = access.issue_for(Action.see_work, total)
    return _sections_page(issue, None)


def _sections_page(issue: Issue, error: Invalid | None) -> ResponseReturnValue:
    session = access.current_session()
    if error:
        session.rollback()
    return page(
        "issues/sections.html",
        422 if error else 200,
        issue=issue,
        board=issues.board(session, issue),
        kinds=[(kind.value, words.name(kind)) for kind in ItemKind],
        closed=places.closed(issue),
        movable=access.allowed(Action.order) and not places.closed(issue),
        values=request.form,
        error=error,
    )


class SectionForm(Form):
    """A new section."""

    name: str
    kind: ItemKind = ItemKind.news
    quota: OptionalNumber = None


@bp.post("/issues/<int:total>/sections")
def add_section(total: int) -> ResponseReturnValue:
    """Add a section at the end of the issue."""
    issue = access.issue_for(Action.order, total)
    try:
        form = SectionForm.from_request()
        issues.add_section(
            access.current_session(),
            issue,
            form.name,
            by=access.person(),
            now=clock.now(),
            kind=form.kind,
            quota=form.quota,
        )
    except Invalid as error:
        return _sections_page(issue, error)
    return _done(issue, _("已增加栏目“%(name)s”", name=form.name))


class RenameForm(Form):
    """A section's new name."""

    name: str


@bp.post("/issues/<int:total>/sections/<int:id>")
def rename_section(total: int, id: int) -> ResponseReturnValue:
    """Rename a section of this issue; other issues keep their names."""
    issue = access.issue_for(Action.order, total)
    session = access.current_session()
    section = issues.get_section(session, issue, id)
    try:
        name = RenameForm.from_request().name
        issues.rename_section(session, section, name, by=access.person(), now=clock.now())
    except Invalid as error:
        return _sections_page(issue, error)
    return _done(issue, _("栏目已改名为“%(name)s”", name=name))


@bp.post("/issues/<int:total>/sections/<int:id>/remove")
def remove_section(total: int, id: int) -> ResponseReturnValue:
    """Take an empty section out of this issue."""
    issue = access.issue_for(Action.order, total)
    session = access.current_session()
    section = issues.get_section(session, issue, id)
    name = section.name
    issues.remove_section(session, section, by=access.person(), now=clock.now())
    return _done(issue, _("已去掉栏目“%(name)s”", name=name))


class StepForm(Form):
    """One place up or down."""

    step: str


@bp.post("/issues/<int:total>/sections/<int:id>/move")
def move_section(total: int, id: int) -> ResponseReturnValue:
    """Move a section one place up or down, with its items."""
    issue = access.issue_for(Action.order, total)
    session = access.current_session()
    section = issues.get_section(session, issue, id)
    ids = [int(each.id or 0) for each in issues.sections_of(session, issue)]
    here = ids.index(id)
    there = here + (1 if StepForm.from_request().step == "down" else -1)
    if 0 <= there < len(ids):
        ids[here], ids[there] = ids[there], ids[here]
        plans.order_sections(session, issue, ids, by=access.person(), now=clock.now())
    return _done(issue, _("已移动栏目“%(name)s”", name=section.name))


def _done(issue: Issue, said: str) -> ResponseReturnValue:
    access.commit()
    say(said)
    return go(url_for("issues.sections", total=issue.total_number))
