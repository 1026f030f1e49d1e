"""Everything that happens around every view: login, tokens, language, errors, headers."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Request, current_app, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_limiter.errors import RateLimitExceeded
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from config.settings import Settings
from editor import clock
from editor.errors import EditorError
from editor.web import access, blueprints, date_words, forms, language, limits, words
from editor.web.answers import page, wants_fragment

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_UPLOADED = 220 * 1024 * 1024
IDLE = timedelta(minutes=30)
# reached without a login; everything else asks for one. The feed admits whom the office lets in
FEED = {"feeds.channel", "feeds.edition"}
PUBLIC = {"static", "auth.login", "auth.log_in", "desk.alive", None} | FEED
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class DeskRequest(Request):
    """A request; handed-in files may be larger in sum than anything else that is sent."""

    @property
    def max_content_length(self) -> int | None:
        """Return how many bytes a request may carry, forms and files together."""
        if self.path.rstrip("/") == "/uploads":
            return MOST_UPLOADED
        return super().max_content_length

    @max_content_length.setter
    def max_content_length(self, most: int | None) -> None:
        Request.max_content_length.fset(self, most)  # type: ignore[attr-defined]


class RowNumber(IntegerConverter):
    """A number in an address; one beyond what a table's id can hold is no page."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=forms.MOST)


csrf = CSRFProtect()
logins = LoginManager()


def template_folder() -> str:
    """Return where the templates lie: beside the package, in a checkout and in a wheel alike."""
    return str(ROOT / "templates")


def static_folder() -> str:
    """Return where scripts and styles lie."""
    return str(Path(__file__).resolve().parent / "static")


def init_app(app: Flask, settings: Settings) -> None:
    """Wire the screens into the application."""
    _configure(app, settings)
    access.init_app(app)
    logins.init_app(app)
    csrf.init_app(app)
    limits.limiter.init_app(app)
    language.init_app(app)
    words.init_app(app)
    date_words.init_app(app)
    blueprints.register(app)
    app.before_request(ask_for_login)
    app.after_request(send_headers)
    app.register_error_handler(EditorError, show_editor_error)
    app.register_error_handler(CSRFError, show_csrf_error)
    app.register_error_handler(RateLimitExceeded, show_rate_limit)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(500, show_fault)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        PERMANENT_SESSION_LIFETIME=IDLE,
        # the cookie is renewed by `_stay_awake` alone, so that polls do not count as activity
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_COOKIE_NAME="zhaibian",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # browsers drop Secure cookies on plain http, which an office network may use
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=32 * 1024 * 1024,
        RATELIMIT_STORAGE_URI=limits.storage(settings),
        SEND_FILE_MAX_AGE_DEFAULT=None,
    )
    app.request_class = DeskRequest
    # people type addresses with and without the last slash
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = RowNumber
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    logins.session_protection = "strong"
    app.jinja_env.autoescape = True


# --- before and after a view ---------------------------------------------------------------------


@logins.user_loader
def _load(token: str) -> access.Login | None:
    return access.load_login(token)


def ask_for_login() -> ResponseReturnValue | None:
    """Send strangers to the login; htmx gets 401, so that the text on its page stays."""
    if request.endpoint in PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _to_login()
    _stay_awake()
    return None


def _to_login() -> ResponseReturnValue:
    if wants_fragment():
        return _notice(401, language.pick("登录已过期，请重新登录", "Your login has expired"))
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=target), 303)


def _stay_awake() -> None:
    """Renew the login's half hour, at most once a minute, and never for a poll."""
    minute = int(clock.real().timestamp()) // 60
    if "X-Poll" not in request.headers and cookie.get("minute") != minute:
        cookie["minute"] = minute


def send_headers(response: Response) -> Response:
    """Add the security headers; a view that set its own policy keeps it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint == "static":
        pinned = "/vendor/" in request.path
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if pinned else "no-cache"
        )
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    return response


# --- errors, mapped once -------------------------------------------------------------------------


def show_editor_error(error: EditorError) -> Response:
    """Answer with the error's status and its sentence in the reader's language."""
    return answer_error(error.status, error.sentence(language.code()))


def show_csrf_error(error: CSRFError) -> Response:  # noqa: ARG001
    """A form without its token: nothing was saved, what was typed is still in the browser."""
    return answer_error(
        400,
        language.pick(
            "页面已过期，操作没有保存。请返回上一页刷新后再试",
            "The page has expired and nothing was saved; go back, reload and try again",
        ),
    )


def show_rate_limit(error: RateLimitExceeded) -> Response:  # noqa: ARG001
    """Too many tries: say when to come back."""
    return answer_error(
        429,
        language.pick("尝试次数过多，请 1 分钟后再试", "Too many attempts; try again in a minute"),
    )


HTTP_SENTENCES = {
    400: ("这个请求不完整，请返回重试", "The request is incomplete; go back and try again"),
    404: ("这个页面不存在", "This page does not exist"),
    405: ("这个页面不能这样访问", "This page cannot be used that way"),
    413: ("文件太大，最多 32 MB", "The file is too large: at most 32 MB"),
}


UPLOADS_TOO_LARGE = (
    "一次上传的文件合计超过 200 MB，没有收下；请分几次上传",
    "The files are more than 200 MB together and were not taken; upload them in turns",
)


def show_http_error(error: HTTPException) -> Response:
    """Answer a framework's own error in words."""
    if error.response is not None and error.code and error.code < 400:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if status == 413 and request.path.rstrip("/") == "/uploads":
        return answer_error(413, language.pick(*UPLOADS_TOO_LARGE))
    chinese, english = HTTP_SENTENCES.get(status, (error.name, error.name))
    return answer_error(status, language.pick(chinese, english))


def show_fault(error: Exception) -> Response:  # noqa: ARG001
    """A bug: the traceback is in the log under the request's number."""
    number = f"{int(clock.real().timestamp() * 1000):x}"
    current_app.logger.error("request %s failed: %s %s", number, request.method, request.path)
    return answer_error(
        500,
        language.pick(
            f"系统出错，操作没有保存。请稍后再试，并把编号 {number} 告诉管理员",
            f"Something broke and nothing was saved. Tell the administrator the number {number}",
        ),
    )


def answer_error(status: int, sentence: str) -> Response:
    """Return the sentence: a page, or for htmx a notice that replaces nothing on the page."""
    access.close_session()
    g.committed = True
    if wants_fragment():
        return _notice(status, sentence)
    return page("errors/error.html", status, sentence=sentence, code=status)


def _notice(status: int, sentence: str) -> Response:
    response = page("errors/_notice.html", status, sentence=sentence)
    response.headers["HX-Reswap"] = "none"
    response.headers["X-Sentence"] = quote(sentence)
    return response
