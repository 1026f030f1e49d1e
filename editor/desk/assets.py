"""Pictures: what comes in is checked by its content and stored by its hash."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlmodel import Session, select

from editor.errors import Invalid, NotFound
from editor.store.files import FileStore
from editor.store.models import Asset

MOST_PIXELS = 40_000_000
KEPT = {"PNG": "image/png", "JPEG": "image/jpeg"}
READ = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
ORIENTATION = 0x0112


@dataclass(frozen=True)
class PictureFile:
    """A picture that every renderer can print: PNG or JPEG, upright."""

    content: bytes
    media_type: str
    width: int
    height: int


def printable(content: bytes) -> PictureFile:
    """Return the picture as PNG or JPEG; raises Invalid when it is none or too large. Pure."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures before it refuses them; our own limit is lower
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=READ) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise _too_large(picture.width, picture.height)
                picture.load()
                return _kept_or_converted(picture, content)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Invalid(
            "这个文件不是可用的图片，请换成 PNG 或 JPEG",
            "The file is not a usable picture; use PNG or JPEG",
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(0, 0) from error


def _too_large(width: int, height: int) -> Invalid:
    size = f"（{width}×{height}）" if width else ""
    return Invalid(
        f"图片太大{size}，请缩小到 4000 万像素以内",
        "The picture is too large; scale it down to 40 million pixels",
    )


def _kept_or_converted(picture: Image.Image, content: bytes) -> PictureFile:
    kind = picture.format or ""
    turned = picture.getexif().get(ORIENTATION, 1) != 1
    if kind in KEPT and not turned:
        return PictureFile(content, KEPT[kind], picture.width, picture.height)
    upright = ImageOps.exif_transpose(picture)
    target = "JPEG" if kind == "JPEG" else "PNG"
    if target == "PNG" and upright.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        upright = upright.convert("RGB")
    out = io.BytesIO()
    upright.save(out, target, quality=92)
    return PictureFile(out.getvalue(), KEPT[target], upright.width, upright.height)


def add_asset(
    session: Session,
    files: FileStore,
    content: bytes,
    *,
    source_url: str = "",
    credit: str = "",
) -> Asset:
    """Store a picture and return its row, the one that is there when it is known already.

    Raises Invalid when it is no picture, Unusable when the disk is full.
    """
    picture = printable(content)
    sha256 = files.put(picture.content)
    asset = find_asset(session, sha256)
    if asset is None:
        asset = Asset(
            sha256=sha256,
            media_type=picture.media_type,
            size=len(picture.content),
            width=picture.width,
            height=picture.height,
            source_url=source_url[:2000],
            credit=credit[:200],
        )
        session.add(asset)
        session.flush()
    return asset


def find_asset(session: Session, sha256: str) -> Asset | None:
    """Return the asset of this hash, None when there is none."""
    return session.exec(select(Asset).where(Asset.sha256 == sha256)).first()


def get_asset(session: Session, sha256: str) -> Asset:
    """Return the asset of this hash; raises NotFound."""
    asset = find_asset(session, sha256)
    if asset is None:
        raise NotFound("没有这张图片", "There is no such picture")
    return asset
