"""Pictures and codes of an edition, read from the file store and made fit for its readers."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape
from PIL import Image

from editor.assembler.editions.reading import Picture
from editor.assembler.press.composition import IMAGE_FORMATS, code
from editor.assembler.qr import qr_png
from editor.errors import Invalid
from editor.store.files import FileStore
from editor.text.document import IssueDocument, pictures

CONVERTED = ("image/webp",)  # neither EPUB 3.2 nor WeChat takes it


@dataclass(frozen=True)
class Stored:
    """A picture's bytes and size in pixels; a size of 0 is not known."""

    content: bytes
    media_type: str
    width: int
    height: int

    @property
    def extension(self) -> str:
        """Return the end of a file name."""
        return IMAGE_FORMATS.get(self.media_type, "png")


def stored_pictures(document: IssueDocument, files: FileStore) -> dict[str, Stored]:
    """Return every picture that the issue shows, by its hash; raises NotFound for a lost file."""
    known = {asset.sha256: asset for asset in document.assets}
    used = {sha256 for article in document.articles() for sha256 in pictures(article.blocks)}
    return {
        sha256: Stored(files.get(sha256), asset.media_type, asset.width, asset.height)
        for sha256, asset in sorted(known.items())
        if sha256 in used
    }


def portable(picture: Stored) -> Stored:
    """Return the picture as PNG where readers outside of browsers do not know its format.

    Raises Invalid for a file that cannot be read.
    """
    if picture.media_type not in CONVERTED:
        return picture
    try:
        with Image.open(io.BytesIO(picture.content)) as opened:
            output = io.BytesIO()
            opened.save(output, "PNG")
    except OSError as error:
        raise Invalid(
            "有一张 WebP 图片无法读取。请在稿件中换一张 PNG 或 JPEG 图片后重试",
            "A WebP picture cannot be read. Replace it by a PNG or JPEG and try again",
        ) from error
    return Stored(output.getvalue(), "image/png", picture.width, picture.height)


def data_url(content: bytes, media_type: str) -> str:
    """Return bytes as an address that holds them."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


class Inside:
    """Art of a page that carries all it shows: pictures as data, codes drawn in the page."""

    def __init__(self, stored: Mapping[str, Stored]) -> None:
        self._stored = stored

    def picture(self, sha256: str, alt: str) -> Picture | None:
        """Return a stored picture with its bytes in its address."""
        found = self._stored.get(sha256)
        if found is None:
            return None
        source = data_url(found.content, found.media_type)
        return Picture(source, alt, found.width, found.height)

    def code(self, url: str, alt: str) -> Picture:
        """Return a code as SVG with its own description."""
        drawn = str(code(url, 0)["svg"])
        named = f'<svg role="img" aria-label="{escape(alt)}" '
        return Picture("", alt, markup=Markup(drawn.replace("<svg ", named, 1)))


class Beside:
    """Art of an edition of several files: each picture and code is one file, however often used.

    `files` grows with what is asked for: file name to bytes and media type.
    """

    def __init__(self, stored: Mapping[str, Stored], folder: str) -> None:
        self._stored = stored
        self._folder = folder
        self._names: dict[str, str] = {}
        self.files: dict[str, tuple[bytes, str]] = {}

    def picture(self, sha256: str, alt: str) -> Picture | None:
        """Return a stored picture with the name of its file."""
        found = self._stored.get(sha256)
        if found is None:
            return None
        if sha256 not in self._names:
            found = portable(found)
            self._keep(sha256, f"picture-{sha256[:12]}", found)
        return Picture(self._names[sha256], alt, found.width, found.height)

    def code(self, url: str, alt: str) -> Picture:
        """Return a code as PNG, one file for one address."""
        code(url, 0)  # refuses an address that is too long
        if url not in self._names:
            number = sum("/code-" in f"/{name}" for name in self.files) + 1
            self._keep(url, f"code-{number:03d}", Stored(qr_png(url), "image/png", 0, 0))
        return Picture(self._names[url], alt)

    def _keep(self, key: str, name: str, found: Stored) -> None:
        self._names[key] = f"{self._folder}{name}.{found.extension}"
        self.files[self._names[key]] = (found.content, found.media_type)
