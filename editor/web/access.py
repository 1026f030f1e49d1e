"""Who is asking, in which publication, and may they: loads and authorises in one call.

A stranger to a publication learns nothing about it (404); a member without the role gets 403.
"""

from contextlib import ExitStack

from flask import Flask, current_app, g, request
from flask import session as cookie
from flask_login import UserMixin, current_user
from sqlmodel import Session

from editor import clock
from editor.desk import (
    candidates,
    issue_states,
    issues,
    items,
    people,
    probes,
    publications,
)
from editor.errors import NotAllowed, NotFound
from editor.store.db import Database
from editor.store.models import (
    Candidate,
    Export,
    Issue,
    Item,
    Publication,
    Source,
    SourceProbe,
    User,
)
from editor.store.queue import Task, enqueue
from editor.store.touched import touched_issues
from editor.web import forms
from editor.workflow import Action, ExportState, Role, may

SAFE = ("GET", "HEAD", "OPTIONS")


class Login(UserMixin):
    """The person behind a login; it ends when the person's `session_epoch` moves on."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """Return what the cookie holds."""
        return f"{self.user.id}.{self.user.session_epoch}"


def load_login(token: str) -> Login | None:
    """Return the login for the cookie's token; None when it has ended or is disabled."""
    number, _, epoch = token.partition(".")
    user = current_session().get(User, int(number)) if number.isdigit() else None
    if user is None or user.disabled_at is not None or str(user.session_epoch) != epoch:
        return None
    return Login(user)


# --- sessions ------------------------------------------------------------------------------------


def current_session() -> Session:
    """Return this request's session: it reads for GET, may write for POST until `commit()`."""
    if "session" not in g:
        database: Database = current_app.extensions["database"]
        writing = request.method not in SAFE and not g.get("committed")
        g.stack = ExitStack()
        g.session = g.stack.enter_context(database.writing() if writing else database.reading())
    session: Session = g.session
    return session


def commit() -> None:
    """Commit; what the view reads afterwards comes from a reading session that blocks nobody.

    The layout of every issue that was changed is rung for at once: its pages show on boards.
    """
    session = current_session()
    changed = touched_issues(session)
    session.commit()
    g.committed = True
    close_session()
    for issue_id in changed:
        enqueue(current_app.extensions["celery"], Task.lay_out, issue_id)


def close_session(_error: BaseException | None = None) -> None:
    """Close this request's session; what was not committed is rolled back."""
    g.pop("session", None)
    stack: ExitStack | None = g.pop("stack", None)
    if stack is not None:
        stack.close()


def init_app(app: Flask) -> None:
    """Close sessions when a request's context ends."""
    app.teardown_appcontext(close_session)


# --- people --------------------------------------------------------------------------------------


def person() -> User:
    """Return the logged-in person; views behind the login always have one."""
    user: User = current_user.user
    return user


def find_person() -> User | None:
    """Return the logged-in person, None before the login."""
    return person() if current_user and current_user.is_authenticated else None


def roles() -> frozenset[Role]:
    """Return the person's roles in the present publication."""
    return _roles_in(publication())


def allowed(action: Action | str) -> bool:
    """Whether the person may do it in the present publication; templates ask this as `may`."""
    return find_publication() is not None and may(roles(), Action(action))


def _roles_in(wanted: Publication) -> frozenset[Role]:
    known: dict[int | None, frozenset[Role]] = g.setdefault("roles", {})
    if wanted.id not in known:
        known[wanted.id] = people.roles_of(current_session(), person(), wanted)
    return known[wanted.id]


# --- publications and issues ---------------------------------------------------------------------


def my_publications() -> list[Publication]:
    """Return the publications in which the person has a role."""
    if "publications" not in g:
        known = publications.list_publications(current_session())
        g.publications = [each for each in known if _roles_in(each)]
    found: list[Publication] = g.publications
    return found


def find_publication() -> Publication | None:
    """Return the publication the person chose last, else the first; None without a login."""
    if find_person() is None:
        return None
    mine, chosen = my_publications(), cookie.get("publication")
    # every date on a page asks for it: look once a request, again when the choice has changed
    if g.get("publication_for", ()) != (chosen,):
        first = mine[0] if mine else None
        g.publication = next((each for each in mine if each.slug == chosen), first)
        g.publication_for = (chosen,)
    found: Publication | None = g.publication
    return found


def publication(action: Action = Action.read) -> Publication:
    """Return the present publication; raises NotAllowed when the roles do not permit `action`."""
    found = find_publication()
    if found is None:
        raise NotAllowed(
            "您还没有加入任何刊物，请联系管理员分配角色",
            "You do not belong to a publication yet; ask the administrator for a role",
        )
    if action is not Action.read and not may(_roles_in(found), action):
        raise refusal()
    return found


def refusal() -> NotAllowed:
    """Return the error for a member whose roles do not permit what was asked."""
    return NotAllowed(
        "您的角色不能做这件事，请联系主编或管理员",
        "Your role does not permit this; ask the chief editor or the administrator",
    )


def unpublished() -> NotAllowed:
    """Return the error for a reader who asks for what is still being made."""
    return NotAllowed(
        "这里的内容还没有出版。出版后可以在“往期”和“期次”中看到",
        "This is not published yet; find it among the back issues once it is",
    )


def no_publication() -> NotFound:
    """Return the error for a publication that is not there, or not for this person."""
    return NotFound(
        "找不到这份刊物，或您还不是它的成员", "There is no such publication, or not for you"
    )


def find_issue() -> Issue | None:
    """Return the issue at work: `?issue=`, else the one visited last, else the current one."""
    if "issue" in g:
        kept: Issue | None = g.issue
        return kept
    home = find_publication()
    found: Issue | None = None
    if home is not None:
        found = _chosen_issue(home) or issues.find_current_issue(
            current_session(), home, clock.now()
        )
        if found is not None and not may_see(found):
            found = next(filter(may_see, issues.list_issues(current_session(), home)), None)
    g.issue = found
    return found


def _chosen_issue(home: Publication) -> Issue | None:
    for total in (request.args.get("issue"), cookie.get(f"issue:{home.id}")):
        number = forms.row_number(total or "")
        if number is not None:
            try:
                return issues.get_issue(current_session(), home, number)
            except NotFound:
                continue
    return None


def current_issue() -> Issue:
    """Return the issue at work; raises NotFound with the way on when none has been opened."""
    found = find_issue()
    if found is None:
        raise NotFound(
            "还没有打开的期次，请先开新一期", "No issue has been opened yet; open one first"
        )
    return found


def issue_for(action: Action, total_number: int) -> Issue:
    """Return the issue with this total number; raises NotFound or NotAllowed. Remembers it.

    Readers may have what was published of it, and nothing before that.
    """
    home = publication()
    found = issues.get_issue(current_session(), home, total_number)
    publication(action)
    if not may_see(found):
        raise unpublished()
    if cookie.get(f"issue:{home.id}") != total_number:
        cookie[f"issue:{home.id}"] = total_number
    g.issue = found
    return found


def may_see(issue: Issue) -> bool:
    """Whether the person may have anything of this issue: readers once it was published."""
    if allowed(Action.see_work):
        return True
    return bool(issue_states.readable(current_session(), issue))


# --- single rows ---------------------------------------------------------------------------------


def candidate_for(action: Action, id: int) -> Candidate:
    """Return the candidate; raises NotFound for strangers, NotAllowed without the role."""
    found = candidates.get_candidate(current_session(), publication(), id)
    publication(action)
    return found


def item_for(action: Action, id: int) -> Item:
    """Return the item; raises NotFound for strangers, NotAllowed without the role.

    Somebody who may draft may change the items they made; other items need `edit_any`.
    """
    found = items.get_item(current_session(), publication(), id)
    publication(action)
    if action is Action.draft and found.created_by not in (None, person().id):
        publication(Action.edit_any)
    return found


def source_for(action: Action, id: int) -> Source:
    """Return the source; raises NotFound for strangers, NotAllowed without the role."""
    home = publication()
    found = current_session().get(Source, id)
    if found is None or found.publication_id != home.id:
        raise NotFound(
            "找不到这个来源，可能已被删除，或属于另一份刊物",
            "There is no such source in this publication",
        )
    publication(action)
    return found


def probe_for(action: Action, id: int) -> SourceProbe:
    """Return the look at an address; raises NotFound for strangers, NotAllowed without the role."""
    found = probes.get_probe(current_session(), publication(), id)
    publication(action)
    return found


def export_for(action: Action, id: int) -> Export:
    """Return the export; raises NotFound for strangers, NotAllowed without the role.

    Readers may have the finished files of what was published.
    """
    home = publication()
    found = current_session().get(Export, id)
    issue = current_session().get(Issue, found.issue_id) if found else None
    if found is None or issue is None or issue.publication_id != home.id:
        raise NotFound(
            "找不到这次导出，可能属于另一份刊物",
            "There is no such export in this publication",
        )
    publication(action)
    if not may_have(found, issue):
        raise unpublished()
    return found


def may_have(export: Export, issue: Issue) -> bool:
    """Whether the person may have this export: anybody on the desk; readers when published."""
    if allowed(Action.see_work):
        return True
    published = issue_states.readable(current_session(), issue)
    return export.state is ExportState.done and export.digest in published
