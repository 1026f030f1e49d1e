"""Pictures made ready to be printed: no larger than paper can show, in colours that it knows.

The stored original stays as it is. What is made of it lies beside the store, named by it and by
what was asked for, and is made once; without it, it is made again.
"""

import io
import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms

from editor.assembler.measures import BOOK_COVER, Size, figure_room, fitted
from editor.errors import Invalid
from editor.profile import Profile
from editor.store.files import FileStore, unwritable, write_whole
from editor.text.document import AssetRef, BookEntry, Figure, IssueDocument

PRINT_DPI = 300  # what a press can show
SPARE = 1.5  # a picture with more than so many times the pixels is made smaller
QUALITY = 92
RECIPE = 1  # counts up when what is made here changes
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "PNG", "image/webp": "PNG"}
DEEP = 256  # of the 65536 shades of a deep grey picture make one of 256
BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)


@dataclass(frozen=True)
class ReadyPicture:
    """The file from which a picture is printed."""

    path: Path
    media_type: str


def ready_pictures(
    document: IssueDocument, profile: Profile, files: FileStore
) -> Mapping[str, ReadyPicture]:
    """Return the file of each printed picture by the asset's hash; lost files are left out.

    Raises Invalid for a picture that cannot be read, Unusable when the disk is full.
    """
    known = {asset.sha256: asset for asset in document.assets}
    largest: dict[str, Size] = {}
    for sha256, room in _rooms(document, profile):
        asset = known.get(sha256)
        if asset and asset.width and asset.height and files.path(sha256).is_file():
            size = fitted((asset.width, asset.height), room)
            largest[sha256] = max(size, largest.get(sha256, size))
    return {sha256: ready_picture(files, known[sha256], size) for sha256, size in largest.items()}


def _rooms(document: IssueDocument, profile: Profile) -> Iterator[tuple[str, Size]]:
    for article in document.articles():
        for block in article.blocks:
            if isinstance(block, Figure) and block.asset:
                yield block.asset, figure_room(profile, block)
            if isinstance(block, BookEntry) and block.cover:
                yield block.cover, BOOK_COVER


def ready_picture(files: FileStore, asset: AssetRef, size: Size) -> ReadyPicture:
    """Return the file from which a stored picture is printed at this size in points.

    The original where it will do; else a copy of 300 dots an inch in RGB or grey. A photograph
    stays a JPEG, all else is PNG. The same picture and size give the same bytes.
    """
    original = files.path(asset.sha256)
    pixels = _pixels(asset, size)
    kind = FORMATS.get(asset.media_type, "")
    if not kind or (pixels is None and not _has_ink_colours(asset, original)):
        return ReadyPicture(original, asset.media_type)
    wanted = pixels or (asset.width, asset.height)
    made = files.made_from(asset.sha256, f"{RECIPE}-{wanted[0]}x{wanted[1]}.{kind.lower()}")
    if not made.is_file():
        content = _made(original, wanted, kind)
        try:
            made.parent.mkdir(parents=True, exist_ok=True)
            write_whole(made, content)
        except OSError as error:
            raise unwritable(error, made.parent) from error
    return ReadyPicture(made, f"image/{kind.lower()}")


def _pixels(asset: AssetRef, size: Size) -> tuple[int, int] | None:
    """Return how many pixels the paper can show, None where the picture has hardly more."""
    scale = size[0] / 72 * PRINT_DPI / asset.width
    if scale * SPARE >= 1:
        return None
    return math.ceil(asset.width * scale), math.ceil(asset.height * scale)


def _has_ink_colours(asset: AssetRef, path: Path) -> bool:
    """Whether a JPEG is made of four inks, which an archive's PDF may not hold."""
    if asset.media_type != "image/jpeg":
        return False
    try:
        with _opened(path) as picture:
            return picture.mode == "CMYK"
    except BROKEN:
        # the layout says so, with a sentence
        return False


def _opened(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(path)


def _made(path: Path, pixels: tuple[int, int], kind: str) -> bytes:
    out = io.BytesIO()
    try:
        with _opened(path) as picture:
            if kind == "JPEG":
                # decodes a picture that is much too large at a half or a quarter of its size
                picture.draft(None, (pixels[0] * 2, pixels[1] * 2))
            ready = _plain(picture)
            if ready.size != pixels:
                ready = ready.resize(pixels, Image.Resampling.LANCZOS)
            # in RGB the old profile of inks would be wrong
            profile = picture.info.get("icc_profile") if picture.mode != "CMYK" else None
            ready.save(out, kind, quality=QUALITY, icc_profile=profile)
    except BROKEN as error:
        raise Invalid(
            f"有一张图片（{path.name[:8]}）无法读取。请在稿件中换一张 PNG 或 JPEG 图片后重试",
            f"A picture ({path.name[:8]}) cannot be read. Replace it by a PNG or JPEG",
        ) from error
    return out.getvalue()


def _plain(picture: Image.Image) -> Image.Image:
    """Return a picture in RGB or grey, with its transparency."""
    if picture.mode == "CMYK":
        return _from_inks(picture)
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda shade: shade * (1 / DEEP)).convert("L")
    if picture.mode in ("L", "LA", "RGB", "RGBA"):
        return picture
    if picture.mode == "1":
        return picture.convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _from_inks(picture: Image.Image) -> Image.Image:
    """Return a picture of four inks in RGB: by its own profile of inks, else by the plain rule."""
    inks = picture.info.get("icc_profile")
    if inks:
        try:
            screen = ImageCms.createProfile("sRGB")
            source = ImageCms.ImageCmsProfile(io.BytesIO(inks))
            seen = ImageCms.profileToProfile(picture, source, screen, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            # a damaged profile is no reason to print nothing
            return picture.convert("RGB")
        return seen or picture.convert("RGB")
    return picture.convert("RGB")
