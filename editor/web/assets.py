"""Stored pictures, by their hash."""

from flask import Blueprint, current_app, send_file
from flask.typing import ResponseReturnValue
from sqlmodel import select

from editor.errors import NotFound
from editor.store.files import FileStore
from editor.store.models import Asset
from editor.web import access

bp = Blueprint("assets", __name__)
# what a browser may show inside a page; SVG could carry scripts and is not among them
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@bp.get("/assets/<string(length=64):sha256>")
def show(sha256: str) -> ResponseReturnValue:
    """Return a picture; only members of a publication may see pictures."""
    access.publication()
    asset = access.current_session().exec(select(Asset).where(Asset.sha256 == sha256)).first()
    if asset is None or asset.media_type not in SHOWN:
        raise NotFound("没有这张图片", "There is no such picture")
    files: FileStore = current_app.extensions["files"]
    if not files.path(sha256).is_file():
        raise NotFound(
            "图片文件不在数据目录中，请从备份恢复",
            "The picture's file is missing; restore it from a backup",
        )
    response = send_file(files.path(sha256), mimetype=asset.media_type, etag=sha256)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
