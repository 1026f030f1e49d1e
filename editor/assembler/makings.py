"""What a file was made with: the same document and the same makings give the same bytes."""

import hashlib
from functools import cache

import PIL

from editor.assembler import fonts
from editor.assembler.typeset import ENGINE
from editor.profile import Profile
from editor.version import VERSION


def makings(profile: Profile) -> dict[str, str]:
    """Return software, page engine, fonts and profile; hashes are cut to 16 characters."""
    data = profile.model_dump_json()
    return {
        "software": f"zhaibian {VERSION}",
        "page_engine": ENGINE,
        "pictures": f"Pillow {PIL.__version__}",
        "fonts": _fonts(),
        "profile": _short(data.encode("utf-8")),
    }


@cache
def _fonts() -> str:
    return _short((fonts.FOLDER / "SHA256SUMS").read_bytes())


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
