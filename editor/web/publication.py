"""Settings: what the publication prints on its own account, such as cover, masthead, colophon."""

from typing import Annotated

from flask import Blueprint, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from editor import clock
from editor.desk import publications
from editor.errors import Conflict, EditorError, Invalid
from editor.schedule import IssueNumber
from editor.store.models import Publication
from editor.text.toml_writer import toml
from editor.web import access, words
from editor.web.answers import go, page, say
from editor.web.forms import Form
from editor.web.profile_boxes import GROUPS, KINDS, SOLO, SOURCES
from editor.web.profile_forms import Shown, parts_of, profile_typed, shown, typed, version_of
from editor.workflow import Action

bp = Blueprint("publication", __name__, url_prefix="/settings/publication")


@bp.get("")
def show() -> ResponseReturnValue:
    """Show what is printed of the publication itself."""
    home = access.publication(Action.change_publication)
    return _page(home, shown(publications.profile_of(home)))


def _page(
    home: Publication, values: Shown, error: EditorError | None = None
) -> ResponseReturnValue:
    profile = publications.profile_of(home)
    return page(
        "settings/publication.html",
        error.status if error else 200,
        groups=GROUPS,
        values=values,
        parts_of=parts_of,
        version=version_of(profile),
        kinds=[(kind.value, words.name(kind)) for kind in KINDS],
        solo=SOLO,
        sources=SOURCES,
        numbers=(home.next_year, home.next_number, home.next_total),
        error=error,
    )


@bp.get("/profile.toml")
def download() -> ResponseReturnValue:
    """Send the present profile as the file that an administrator edits and loads again."""
    home = access.publication(Action.change_publication)
    profile = publications.profile_of(home)
    response = make_response(toml(profile.model_dump(mode="json", exclude_defaults=True)))
    response.headers["Content-Type"] = "application/toml; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{home.slug}.toml"'
    return response


@bp.post("")
def save() -> ResponseReturnValue:
    """Change what is printed of the publication itself, from the next layout on."""
    home = access.publication(Action.change_publication)
    session = access.current_session()
    publications.hold(session, home)
    before = publications.profile_of(home)
    if request.form.get("version") != version_of(before):
        return _page(home, typed(request.form), _changed_meanwhile())
    try:
        profile = profile_typed(before, request.form)
    except Invalid as error:
        return _page(home, typed(request.form), error)
    if profile == before:
        say(_("没有改动"))
        return go(url_for("publication.show"))
    publications.load_profile(session, profile, by=access.person(), now=clock.now())
    access.commit()
    say(_("已保存。没有出版的期次按新的设置排版，已出版的不变"))
    return go(url_for("publication.show"))


class NumbersForm(Form):
    """The numbers that the next issue gets."""

    year: Annotated[int, Field(ge=1900, le=2999)]
    number: Annotated[int, Field(ge=1, le=999)]
    total: Annotated[int, Field(ge=1, le=99999)]


@bp.post("/next")
def number_next() -> ResponseReturnValue:
    """Say which numbers the next issue gets, as after a double issue or in the first year."""
    home = access.publication(Action.change_publication)
    try:
        form = NumbersForm.from_request()
        publications.number_next(
            access.current_session(),
            home,
            IssueNumber(form.year, form.number, form.total),
            by=access.person(),
            now=clock.now(),
        )
    except Invalid as error:
        return _page(home, shown(publications.profile_of(home)), error)
    access.commit()
    say(_("下一期：%(year)s 年第 %(number)s 期（总第 %(total)s 期）",
          year=form.year, number=form.number, total=form.total))  # fmt: skip
    return go(url_for("publication.show"))


def _changed_meanwhile() -> Conflict:
    return Conflict(
        "您打开这一页之后，别人改过刊物设置，所以还没有保存。您填的都还在下面：再按保存就以您的为准，"
        "想看别人改了什么请另开一页",
        "Somebody changed these settings after you opened the page, so nothing was saved. What you "
        "typed is below: save again to have it your way, or open the page anew to see theirs",
    )
