"""What a file was made with: the same document and the same makings give the same bytes."""

import hashlib
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import PIL
from PIL import features

from editor.assembler import fonts
from editor.assembler.fonts.cmap import SUFFIXES
from editor.assembler.press.typeset import ENGINE
from editor.profile import Profile
from editor.version import VERSION

SHORT = 16  # characters of a digest: enough to tell two files apart


def makings(profile: Profile, font_dir: Path | None = None) -> dict[str, str]:
    """Return software, page engine, fonts and profile; hashes are cut to 16 characters.

    Two builds of zlib press the same text into different bytes, and FreeType draws the EPUB's
    cover: which they were is told with the rest.
    """
    data = profile.model_dump_json()
    digests = "\n".join(f"{name} {digest}" for name, digest in font_digests(font_dir).items())
    return {
        "software": f"zhaibian {VERSION}",
        "page_engine": ENGINE,
        "pictures": f"Pillow {PIL.__version__}, FreeType {features.version('freetype2')}",
        "compression": f"zlib {zlib.ZLIB_RUNTIME_VERSION}",
        "fonts": _short(digests.encode("utf-8")),
        "profile": _short(data.encode("utf-8")),
    }


def font_digests(font_dir: Path | None = None) -> dict[str, str]:
    """Return the digest of every font file at hand, the shipped ones first.

    `font_dir` holds further fonts of the office; each is read once while it stays as it is. What
    cannot be opened is no font at hand.
    """
    found = dict(_shipped())
    for path in sorted(font_dir.rglob("*")) if font_dir is not None else ():
        if path.suffix.lower() in SUFFIXES:
            with suppress(OSError):
                facts = path.stat()
                found[path.name] = _file(path, (facts.st_size, facts.st_mtime_ns))
    return found


@cache
def _shipped() -> tuple[tuple[str, str], ...]:
    lines = (fonts.FOLDER / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    sums = (line.split(maxsplit=1) for line in lines)
    return tuple((name, digest[:SHORT]) for digest, name in sums if name.endswith(".ttf"))


@cache
def _file(path: Path, _state: tuple[int, int]) -> str:
    return _short(path.read_bytes())


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:SHORT]
