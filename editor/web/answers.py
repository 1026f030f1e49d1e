"""How a view answers: a page for a browser, a fragment for htmx, 303 after a plain POST."""

from typing import Any
from urllib.parse import quote

from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from editor.errors import Invalid


def wants_fragment() -> bool:
    """Whether htmx asked (and so gets a fragment instead of a page)."""
    return request.headers.get("HX-Request") == "true"


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Return a rendered template; `status` 422 shows a form with its sentences."""
    return make_response(render_template(template, **context), status)


def fragment_or_redirect(template: str, to: str, **context: Any) -> ResponseReturnValue:
    """Return the rendered partial to htmx, a 303 to the address `to` to everybody else."""
    if wants_fragment():
        return page(template, **context)
    return redirect(to, 303)


def refused(template: str, error: Invalid, **context: Any) -> Response:
    """Return the form again (422) with what was typed and a sentence per field."""
    return page(template, 422, values=request.form, error=error, **context)


def go(to: str) -> ResponseReturnValue:
    """Send the browser to the address `to` after a POST, with or without htmx."""
    if wants_fragment():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = quote(to, safe="/:?&=#%")
        return response
    return redirect(to, 303)


def say(text: str) -> None:
    """Show `text` in the toast of the next page."""
    flash(str(text))
