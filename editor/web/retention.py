"""Settings: how long evidence is kept."""

from typing import Literal

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from editor import clock
from editor.desk import retention
from editor.errors import Invalid
from editor.web import access
from editor.web.answers import go, page, say
from editor.web.forms import Form, OptionalNumber
from editor.workflow import Action

bp = Blueprint("retention", __name__, url_prefix="/settings/evidence")


class KeepForm(Form):
    """For how long: a number of days, or for good."""

    how: Literal["days", "forever"] = "days"
    days: OptionalNumber = None


@bp.get("")
def show() -> ResponseReturnValue:
    """Show how long evidence is kept, how much there is, and what would go."""
    access.publication(Action.manage_people)
    return _page(None)


def _page(error: Invalid | None) -> ResponseReturnValue:
    session, now = access.current_session(), clock.now()
    days = retention.days_kept(session)
    return page(
        "settings/evidence.html",
        422 if error else 200,
        days=days,
        kept=retention.overview(session, now, days),
        cleared_on=retention.cleared_on(session),
        least=retention.LEAST_DAYS,
        default=retention.DEFAULT_DAYS,
        error=error,
    )


@bp.post("")
def save() -> ResponseReturnValue:
    """Change how long evidence is kept."""
    home = access.publication(Action.manage_people)
    try:
        form = KeepForm.from_request()
        # an empty field is too few days, and told so
        days = (form.days or 0) if form.how == "days" else None
        retention.keep(
            access.current_session(),
            days,
            by=access.person(),
            now=clock.now(),
            publication=home,
        )
    except Invalid as error:
        return _page(error)
    access.commit()
    say(_("存证永久保留") if days is None else _("未采用内容的存证保留 %(days)s 天", days=days))
    return go(url_for("retention.show"))
