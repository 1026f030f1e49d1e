"""Which characters a font file shows: its `cmap` table, read without any font library.

Formats 4 and 12 are read (learn.microsoft.com/typography/opentype/spec/cmap); every Chinese font
of the last twenty years has one of them.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".ttf", ".otf", ".ttc")


@dataclass(frozen=True)
class OwnFonts:
    """What a folder of fonts shows; `unread` names what in it is no font or cannot be opened."""

    characters: frozenset[str]
    unread: tuple[str, ...]


def read_folder(folder: Path) -> OwnFonts:
    """Return the characters that some font in the folder shows, and what could not be read.

    The engine leaves out what is named in `unread`; the whole folder is named when it is none.
    """
    found: set[int] = set()
    unread: list[str] = [] if folder.is_dir() else [str(folder)]
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES:
            try:
                points = _points(path.read_bytes())
            except (OSError, struct.error):
                points = set()
            found |= points
            unread += [] if points else [path.name]
    return OwnFonts(frozenset(map(chr, found)), tuple(unread))


def _points(data: bytes) -> set[int]:
    fonts = [0]
    if data[:4] == b"ttcf":
        (count,) = struct.unpack_from(">I", data, 8)
        fonts = list(struct.unpack_from(f">{count}I", data, 12))
    return {point for font in fonts for point in _face(data, font)}


def _face(data: bytes, font: int) -> set[int]:
    (tables,) = struct.unpack_from(">H", data, font + 4)
    for number in range(tables):
        tag, _sum, at, _size = struct.unpack_from(">4sIII", data, font + 12 + 16 * number)
        if tag == b"cmap":
            return _cmap(data, at)
    return set()


def _cmap(data: bytes, at: int) -> set[int]:
    (count,) = struct.unpack_from(">H", data, at + 2)
    found: set[int] = set()
    for number in range(count):
        platform, _encoding, offset = struct.unpack_from(">HHI", data, at + 4 + 8 * number)
        (form,) = struct.unpack_from(">H", data, at + offset)
        if platform not in (0, 3):
            continue
        if form == 4:
            found |= _segments(data, at + offset)
        elif form == 12:
            found |= _groups(data, at + offset)
    return found


def _segments(data: bytes, at: int) -> set[int]:
    """Format 4: four parallel arrays of 16 bit numbers, one entry a segment."""
    (double,) = struct.unpack_from(">H", data, at + 6)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + double)
    deltas = struct.unpack_from(f">{count}H", data, at + 16 + 2 * double)
    base = at + 16 + 3 * double
    offsets = struct.unpack_from(f">{count}H", data, base)
    found: set[int] = set()
    for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point
            if offsets[number]:
                place = base + 2 * number + offsets[number] + 2 * (point - first)
                (glyph,) = struct.unpack_from(">H", data, place)
                if glyph == 0:
                    continue
            if (glyph + deltas[number]) & 0xFFFF:
                found.add(point)
    return found


def _groups(data: bytes, at: int) -> set[int]:
    """Format 12: runs of code points with consecutive glyphs."""
    (count,) = struct.unpack_from(">I", data, at + 12)
    found: set[int] = set()
    for first, last, glyph in struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * count]):
        found.update(range(first + (glyph == 0), min(last, 0x10FFFF) + 1))
    return found
