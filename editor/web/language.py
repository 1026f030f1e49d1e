"""The language of the screens: the person's setting, else the browser's (zh, else English)."""

from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_translations, refresh

from editor.web import access

CHINESE = "zh_Hans_CN"
HTML = {"zh": "zh-CN", "en": "en"}
babel = Babel()


def init_app(app: Flask) -> None:
    """Wire Babel in; msgids are Chinese, so only English has a catalogue."""
    app.config.update(
        BABEL_DEFAULT_LOCALE=CHINESE,
        BABEL_TRANSLATION_DIRECTORIES="web/translations",
    )
    babel.init_app(app, locale_selector=_locale, timezone_selector=_timezone)
    app.jinja_env.globals.update(language=code, html_lang=lambda: HTML[code()])
    # a page of a hundred rows asks for five hundred texts: find the catalogue once a request
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _catalogue().ugettext(text),
        lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )


def code() -> str:
    """Return "zh" or "en"; Chinese where nobody asks (tasks)."""
    if not has_request_context():
        return "zh"
    if "language" not in g:
        g.language = _decide()
    found: str = g.language
    return found


def forget() -> None:
    """Decide anew: the person has just changed the setting."""
    g.pop("language", None)
    g.pop("catalogue", None)
    refresh()


def pick(chinese: str, english: str) -> str:
    """Return the one of a sentence pair that the reader understands."""
    return english if code() == "en" else chinese


def _catalogue() -> Any:
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def _decide() -> str:
    user = access.find_person()
    if user is not None and user.language in HTML:
        return user.language
    wanted = (tag.lower() for tag, _ in request.accept_languages)
    first = next((tag for tag in wanted if tag.startswith(("zh", "en"))), "")
    return "zh" if first.startswith("zh") or not request.accept_languages else "en"


def _locale() -> str:
    return "en" if code() == "en" else CHINESE


def _timezone() -> str:
    home = access.find_publication() if has_request_context() else None
    return home.timezone if home is not None else "Asia/Shanghai"
