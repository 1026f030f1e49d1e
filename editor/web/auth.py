"""Logging in and out, and a person's own settings."""

from typing import Annotated
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from pydantic import Field

from editor import clock
from editor.desk import people
from editor.errors import EditorError, Invalid
from editor.web import access, answers, language
from editor.web.forms import Form
from editor.web.limits import address_and_name, limiter

bp = Blueprint("auth", __name__)


class LoginForm(Form):
    """What the login page sends."""

    email: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class PreferencesForm(Form):
    """A person's own settings; "" lets the browser decide."""

    language: str = ""
    theme: str = ""
    keys_on: bool = False


class PasswordForm(Form):
    """A change of one's own password."""

    present: Annotated[str, Field(min_length=1, max_length=1000)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class PublicationForm(Form):
    """The choice of a publication."""

    slug: str


def safe_next(target: str | None) -> str:
    """Return the page asked for when it lies on this site, else the desk."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")):
        parts = urlsplit(target)
        if not parts.scheme and not parts.netloc and "\\" not in target:
            return target
    return url_for("desk.home")


@bp.get("/login")
def login() -> ResponseReturnValue:
    """Show the login page; somebody logged in goes on to the desk."""
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next")))
    return _login_page(200)


def _login_page(status: int, error: EditorError | None = None) -> ResponseReturnValue:
    return answers.page(
        "auth/login.html",
        status,
        error=error,
        email=request.form.get("email", ""),
        next=request.values.get("next", ""),
        fresh=not people.list_users(access.current_session()),
    )


@bp.post("/login")
@limiter.limit(
    "5 per minute",
    key_func=address_and_name,
    deduct_when=lambda response: response.status_code != 303,
)
def log_in() -> ResponseReturnValue:
    """Log in: a new session id, then back to the page asked for."""
    try:
        form = LoginForm.from_request()
        user = people.authenticate(access.current_session(), form.email, form.password, clock.now())
    except EditorError as error:
        access.close_session()
        return _login_page(422, error)
    access.commit()
    cookie.clear()
    cookie.permanent = True
    login_user(access.Login(user))
    return redirect(safe_next(request.form.get("next")), 303)


@bp.post("/logout")
def log_out() -> ResponseReturnValue:
    """Log out and forget what the session knew."""
    logout_user()
    cookie.clear()
    return redirect(url_for("auth.login"), 303)


@bp.get("/settings/me")
def preferences() -> ResponseReturnValue:
    """Show the person's own settings."""
    return answers.page("auth/preferences.html", user=access.person())


@bp.post("/settings/me")
def save_preferences() -> ResponseReturnValue:
    """Save language, theme and single-key commands."""
    form = PreferencesForm.from_request()
    people.set_preferences(
        access.current_session(),
        access.person(),
        language=form.language,
        theme=form.theme,
        keys_on=form.keys_on,
    )
    access.commit()
    language.forget()
    answers.say(_("设置已保存"))
    return answers.go(url_for("auth.preferences"))


@bp.post("/settings/me/password")
@limiter.limit("5 per minute", key_func=lambda: str(current_user.get_id()))
def change_password() -> ResponseReturnValue:
    """Change one's own password; other logins of the same person end."""
    session, user = access.current_session(), access.person()
    try:
        form = PasswordForm.from_request()
        _check_present(form.present)
        people.set_password(session, user, form.password, by=user, now=clock.now())
    except Invalid as error:
        access.close_session()
        return answers.page("auth/preferences.html", 422, user=access.person(), error=error)
    access.commit()
    login_user(access.Login(user))
    answers.say(_("密码已修改，其他设备上的登录已失效"))
    return answers.go(url_for("auth.preferences"))


def _check_present(password: str) -> None:
    try:
        people.authenticate(access.current_session(), access.person().email, password, clock.now())
    except EditorError as error:
        sentence = ("现在的密码不对", "The present password is wrong")
        raise Invalid(*sentence, fields={"present": sentence}) from error


@bp.post("/publication")
def choose_publication() -> ResponseReturnValue:
    """Turn to another of one's own publications."""
    form = PublicationForm.from_request()
    mine = {each.slug for each in access.my_publications()}
    if form.slug not in mine:
        raise access.no_publication()
    cookie["publication"] = form.slug
    return answers.go(url_for("desk.home"))
