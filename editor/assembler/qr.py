"""QR codes for printed addresses, as SVG for pages and PNG for Word.

Publishing.md §9: error level M, no micro codes, the URL byte by byte, a quiet zone of four
modules, and at least 0.4 mm a module so that a telephone reads the print.
"""

import struct
import zlib
from functools import lru_cache
from io import BytesIO

import segno

QUIET_ZONE = 4
SMALLEST_MODULE_MM = 0.4
PNG_SCALE = 8
MOST_BYTES = 2331  # of the largest code at level M: ISO/IEC 18004, table 7
SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, PALETTE = 0, 3  # what a PNG's pixels are: shades, or places in a palette
PRESSED = 3  # a third of the time for a fifth more bytes


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
    """Return the code as a PNG of eight pixels a module; the same bytes every time.

    One bit a pixel makes a module one byte wide: a tenth of the time of drawing it.
    """
    rows = [bytes(0x00 if dark else 0xFF for dark in row) for row in qr_matrix(url)]
    side = len(rows) * PNG_SCALE
    packed = b"".join((b"\0" + row) * PNG_SCALE for row in rows)
    return png(side, side, packed, bits=1, colours=GREY)


def png(
    width: int, height: int, packed: bytes, *, bits: int, colours: int, palette: bytes = b""
) -> bytes:
    """Return a PNG of rows that each begin with their filter's byte.

    Pressed by the zlib of Python, because those of imaging libraries differ in their bytes.
    """
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0))]
    chunks += [(b"PLTE", palette)] if palette else []
    chunks += [(b"IDAT", zlib.compress(packed, PRESSED)), (b"IEND", b"")]
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def fits_code(url: str) -> bool:
    """Whether a code can hold the address."""
    return len(url.encode("utf-8")) <= MOST_BYTES


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
