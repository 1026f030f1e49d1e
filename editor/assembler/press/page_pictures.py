"""Pictures of pages, to be looked at on a screen."""

import io
import threading
from functools import lru_cache
from pathlib import Path

import pypdfium2

WIDTH = 900  # pixels: sharp at the width a preview has on a screen of double density
KEPT = 48  # pages of some 100 KB
# pdfium works for one thread at a time
PDFIUM = threading.Lock()


@lru_cache(maxsize=KEPT)
def page_png(path: Path, sheet: int) -> bytes:
    """Return a sheet (from 1) of a PDF as PNG; its path names its content, so it is kept.

    Raises FileNotFoundError, and IndexError for a sheet that the file does not have.
    """
    content = path.read_bytes()
    with PDFIUM:
        document = pypdfium2.PdfDocument(content)
        try:
            if not 1 <= sheet <= len(document):
                raise IndexError(sheet)
            leaf = document[sheet - 1]
            scale = WIDTH / leaf.get_width()
            picture = leaf.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
        finally:
            document.close()
    out = io.BytesIO()
    picture.quantize(64).save(out, "PNG")
    return out.getvalue()
