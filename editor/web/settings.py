"""People and their roles in the present publication."""

from typing import Annotated

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from editor import clock
from editor.desk import people
from editor.errors import EditorError, Invalid, NotFound
from editor.store.models import User
from editor.web import access, answers
from editor.web.forms import Form
from editor.workflow import Action, Role

bp = Blueprint("settings", __name__, url_prefix="/settings/people")


class PersonForm(Form):
    """A new person."""

    email: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]
    roles: list[Role] = []


class RolesForm(Form):
    """Somebody's roles: exactly those that are ticked."""

    roles: list[Role] = []


class NewPasswordForm(Form):
    """A password that the administrator sets for somebody."""

    password: Annotated[str, Field(min_length=1, max_length=1000)]


def _member(id: int) -> User:
    """Return a member of the present publication; raises NotFound or NotAllowed."""
    home = access.publication()
    user = access.current_session().get(User, id)
    if user is None or not _known_here(user):
        raise NotFound("找不到这位用户", "There is no such person")
    access.publication(Action.manage_people)
    assert home is not None
    return user


def _known_here(user: User) -> bool:
    session, home = access.current_session(), access.publication()
    return any(each.id == user.id for each in people.list_users(session, home))


@bp.get("")
def people_list() -> ResponseReturnValue:
    """List the publication's people with their roles."""
    access.publication(Action.manage_people)
    return _list(200)


def _list(status: int, error: EditorError | None = None, **values: object) -> ResponseReturnValue:
    session, home = access.current_session(), access.publication()
    members = [
        (user, people.roles_of(session, user, home)) for user in people.list_users(session, home)
    ]
    return answers.page(
        "settings/people.html", status, members=members, all_roles=list(Role), error=error, **values
    )


@bp.post("")
def add_person() -> ResponseReturnValue:
    """Add a person with roles in this publication."""
    home = access.publication(Action.manage_people)
    try:
        form = PersonForm.from_request()
        people.add_user(
            access.current_session(),
            email=form.email,
            name=form.name,
            password=form.password,
            publication=home,
            roles=_at_least_one(form.roles),
            by=access.person(),
            now=clock.now(),
        )
    except EditorError as error:
        access.close_session()
        return _list(error.status, error, open=True)
    access.commit()
    answers.say(_("已添加 %(name)s", name=form.name))
    return answers.go(url_for("settings.people_list"))


def _at_least_one(roles: list[Role]) -> list[Role]:
    if not roles:
        sentence = ("请至少选一个角色", "Choose at least one role")
        raise Invalid(*sentence, fields={"roles": sentence})
    return roles


@bp.post("/<int:id>/roles")
def save_roles(id: int) -> ResponseReturnValue:
    """Give somebody exactly the ticked roles; their logins end."""
    user = _member(id)
    form = RolesForm.from_request()
    people.set_roles(
        access.current_session(),
        user,
        access.publication(),
        _at_least_one(form.roles),
        by=access.person(),
        now=clock.now(),
    )
    access.commit()
    answers.say(_("%(name)s的角色已修改，需要重新登录", name=user.name))
    return answers.go(url_for("settings.people_list"))


@bp.post("/<int:id>/disable")
def disable(id: int) -> ResponseReturnValue:
    """Close an account and end its logins."""
    user = _member(id)
    people.disable(access.current_session(), user, by=access.person(), now=clock.now())
    access.commit()
    answers.say(_("已停用 %(name)s 的账号", name=user.name))
    return answers.go(url_for("settings.people_list"))


@bp.post("/<int:id>/enable")
def enable(id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    user = _member(id)
    people.enable(access.current_session(), user, by=access.person(), now=clock.now())
    access.commit()
    answers.say(_("已恢复 %(name)s 的账号", name=user.name))
    return answers.go(url_for("settings.people_list"))


@bp.post("/<int:id>/password")
def set_password(id: int) -> ResponseReturnValue:
    """Set a new password for somebody who forgot theirs; their logins end."""
    user = _member(id)
    form = NewPasswordForm.from_request()
    people.set_password(
        access.current_session(), user, form.password, by=access.person(), now=clock.now()
    )
    access.commit()
    answers.say(_("%(name)s的密码已修改", name=user.name))
    return answers.go(url_for("settings.people_list"))
