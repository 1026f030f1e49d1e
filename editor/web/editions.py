"""Finished editions on screen: the web page to read, WeChat's articles to copy one by one."""

from typing import Any

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from editor.assembler.editions import wechat
from editor.errors import NotFound
from editor.store.models import Export
from editor.web import access
from editor.web.answers import page
from editor.web.exports import content_path, issue_of
from editor.workflow import Action

bp = Blueprint("editions", __name__, url_prefix="/exports/<int:id>")
# the file's own policy says the same; here it also loses the desk's cookies and scripts
READING_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)


def _content(id: int, format: str) -> bytes:
    """Return a finished file of this format; raises NotFound for an export of another one."""
    export = access.export_for(Action.read, id)
    if export.format != format:
        raise NotFound("这次导出不是这种格式", "This export is of another format")
    return content_path(export, export.asset).read_bytes()


@bp.get("/read")
def read(id: int) -> ResponseReturnValue:
    """Show the web edition as its readers see it."""
    return reading(_content(id, "web"))


def reading(content: bytes) -> Response:
    """Return a web edition as a page that can do nothing and asks for nothing."""
    response = make_response(content)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Content-Security-Policy"] = READING_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/wechat")
def posts(id: int) -> ResponseReturnValue:
    """List WeChat's articles with their sizes, what is over the limits, and a button to copy."""
    content = _content(id, "wechat")
    export: Export = access.export_for(Action.read, id)
    issue: Any = issue_of(export)
    return page(
        "exports/wechat.html",
        export=export,
        issue=issue,
        posts=wechat.posts_in(content),
        most_characters=wechat.MOST_CHARACTERS,
        longest_title=wechat.LONGEST_TITLE,
    )


@bp.get("/wechat/<anchor>")
def post(id: int, anchor: str) -> ResponseReturnValue:
    """Return one article: shown in a frame that can do nothing, and read by the copy button."""
    text = wechat.pasted(_content(id, "wechat"), anchor)
    if text is None:
        raise NotFound("没有这一篇", "There is no such article")
    response = make_response(text)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/wechat/pictures/<name>")
def picture(id: int, name: str) -> ResponseReturnValue:
    """Hand out a picture that the editor uploads to WeChat."""
    found = wechat.picture_in(_content(id, "wechat"), name)
    if found is None:
        raise NotFound("没有这张图片", "There is no such picture")
    response = make_response(found[0])
    response.headers["Content-Type"] = found[1]
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
