"""Zip archives that are the same bytes whenever the same files go in."""

import io
import zipfile
from collections.abc import Iterable

from editor.assembler.word.package import EPOCH

ALREADY_SMALL = (".png", ".jpg", ".gif", ".webp", ".zip", ".epub", ".docx")


def packed(files: Iterable[tuple[str, bytes]], *, stored: Iterable[str] = ()) -> bytes:
    """Return the files as a zip in their order, one date for all; `stored` names go in as is."""
    output = io.BytesIO()
    plain = frozenset(stored)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            small = name in plain or name.endswith(ALREADY_SMALL)
            entry.compress_type = zipfile.ZIP_STORED if small else zipfile.ZIP_DEFLATED
            entry.create_system = 0
            # without a mode, unpacked files are readable by whoever unpacked them alone
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return output.getvalue()
