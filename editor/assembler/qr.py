"""QR codes for printed addresses, as SVG for pages and PNG for Word.

Publishing.md §9: error level M, no micro codes, the URL byte by byte, a quiet zone of four
modules, and at least 0.4 mm a module so that a telephone reads the print.
"""

from functools import lru_cache
from io import BytesIO

import segno

QUIET_ZONE = 4
SMALLEST_MODULE_MM = 0.4
PNG_SCALE = 8


@lru_cache(maxsize=512)
def _code(url: str) -> segno.QRCode:
    return segno.make(url.encode("utf-8"), error="m", micro=False)


# an issue is exported in several formats by one process: its codes are drawn once
@lru_cache(maxsize=512)
def qr_svg(url: str) -> str:
    """Return the code as an SVG document that scales to any size."""
    out = BytesIO()
    _code(url).save(
        out,
        kind="svg",
        border=QUIET_ZONE,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        light="#ffffff",
    )
    return out.getvalue().decode("utf-8")


@lru_cache(maxsize=512)
def qr_png(url: str) -> bytes:
    """Return the code as a PNG of eight pixels a module; the same bytes every time."""
    out = BytesIO()
    _code(url).save(out, kind="png", border=QUIET_ZONE, scale=PNG_SCALE)
    return out.getvalue()


def qr_modules(url: str) -> int:
    """Return the modules along one side, quiet zone included."""
    return int(_code(url).symbol_size(border=QUIET_ZONE)[0])


def module_mm(url: str, side_mm: float) -> float:
    """Return how large one module is when the code, quiet zone included, is `side_mm` wide."""
    return side_mm / qr_modules(url)


def qr_mm(url: str, wanted_mm: float) -> float:
    """Return the side to print: `wanted_mm`, or more where its modules would be under 0.4 mm."""
    return max(wanted_mm, round(qr_modules(url) * SMALLEST_MODULE_MM, 1))


def qr_matrix(url: str) -> tuple[tuple[bool, ...], ...]:
    """Return the code's modules row by row, dark ones True, quiet zone included."""
    rows = _code(url).matrix_iter(border=QUIET_ZONE)
    return tuple(tuple(bool(module) for module in row) for row in rows)
