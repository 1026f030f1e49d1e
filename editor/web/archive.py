"""往期: the back issues against which candidates are checked."""

from typing import Annotated

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from editor.desk import archive
from editor.web import access
from editor.web.answers import page
from editor.web.forms import Form
from editor.workflow import Action

bp = Blueprint("archive", __name__, url_prefix="/back-issues")


class SearchForm(Form):
    """Words of a headline."""

    text: Annotated[str, Field(max_length=200)] = ""


@bp.get("")
def index() -> ResponseReturnValue:
    """List the back issues, or the articles whose headline holds the words."""
    home = access.publication(Action.read)
    session = access.current_session()
    text = SearchForm.from_query().text.strip()
    return page(
        "archive/index.html",
        text=text,
        issues=() if text else archive.list_back_issues(session, home),
        found=archive.search(session, home, text) if text else (),
        most=archive.PAGE,
    )


@bp.get("/<int:total>")
def show(total: int) -> ResponseReturnValue:
    """Show a back issue's articles with their pages; 404 when the archive has none of it."""
    home = access.publication(Action.read)
    articles = archive.articles_of(access.current_session(), home, total)
    return page("archive/issue.html", articles=articles, label=articles[0].label)
