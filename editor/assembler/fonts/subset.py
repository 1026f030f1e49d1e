"""A TrueType font cut down to some characters, for files that carry their fonts.

Glyphs keep their numbers: those of other characters lose their outlines and their place in
`cmap`, so that a program takes another font for them instead of showing nothing. Substitutions
(`GSUB`) and what only vertical setting needs are left out. The same characters give the same
bytes. Tables: learn.microsoft.com/typography/opentype/spec.
"""

import struct
from collections.abc import Iterable, Iterator

KEPT = (
    b"GDEF", b"GPOS", b"OS/2", b"cmap", b"cvt ", b"fpgm", b"gasp", b"glyf", b"head", b"hhea",
    b"hmtx", b"loca", b"maxp", b"name", b"post", b"prep",
)  # fmt: skip
CHECKSUM_MAGIC = 0xB1B0AFBA
ARGS_ARE_WORDS, SCALED, MORE, SCALED_TWICE, TWO_BY_TWO = 0x1, 0x8, 0x20, 0x40, 0x80
WORD = 0xFFFFFFFF


def subset(font: bytes, wanted: Iterable[str]) -> bytes:
    """Return the font with the glyphs of these characters alone; it must be one TrueType face."""
    tables = _tables(font)
    glyphs = {point: glyph for point, glyph in _mapping(tables[b"cmap"]) if chr(point) in wanted}
    (long_places,) = struct.unpack_from(">h", tables[b"head"], 50)
    size, step = (4, 1) if long_places else (2, 2)
    letter = "I" if long_places else "H"
    count = len(tables[b"loca"]) // size
    places = [at * step for at in struct.unpack(f">{count}{letter}", tables[b"loca"])]
    outlines = tables[b"glyf"]
    needed = {0, *glyphs.values()}
    waiting = list(needed)
    while waiting:
        glyph = waiting.pop()
        for part in _components(outlines[places[glyph] : places[glyph + 1]]):
            if part not in needed:
                needed.add(part)
                waiting.append(part)
    kept, cut = bytearray(), [0]
    for glyph in range(count - 1):
        if glyph in needed:
            outline = outlines[places[glyph] : places[glyph + 1]]
            kept += outline + bytes(-len(outline) % 4)
        cut.append(len(kept))
    tables[b"glyf"], tables[b"loca"] = bytes(kept), struct.pack(f">{count}I", *cut)
    tables[b"cmap"] = _cmap(glyphs)
    head = bytearray(tables[b"head"])
    struct.pack_into(">I", head, 8, 0)
    struct.pack_into(">h", head, 50, 1)
    tables[b"head"] = bytes(head)
    return _font({tag: tables[tag] for tag in KEPT if tag in tables})


def _tables(font: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">H", font, 4)
    entries = [struct.unpack_from(">4sIII", font, 12 + 16 * number) for number in range(count)]
    return {tag: font[at : at + size] for tag, _sum, at, size in entries}


def _mapping(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Yield (code point, glyph) from the subtable of format 12, which knows all planes."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    for number in range(count):
        (at,) = struct.unpack_from(">I", cmap, 8 + 8 * number)
        (form,) = struct.unpack_from(">H", cmap, at)
        if form != 12:
            continue
        (groups,) = struct.unpack_from(">I", cmap, at + 12)
        runs = cmap[at + 16 : at + 16 + 12 * groups]
        for first, last, glyph in struct.iter_unpack(">III", runs):
            yield from ((point, glyph + point - first) for point in range(first, last + 1))
        return
    raise ValueError("the font has no cmap of format 12")


def _components(outline: bytes) -> Iterator[int]:
    """Yield the glyphs that a composite glyph is made of."""
    if len(outline) < 10 or struct.unpack_from(">h", outline)[0] >= 0:
        return
    at, flags = 10, MORE
    while flags & MORE:
        flags, glyph = struct.unpack_from(">HH", outline, at)
        yield glyph
        at += 4 + (4 if flags & ARGS_ARE_WORDS else 2)
        at += 2 if flags & SCALED else 4 if flags & SCALED_TWICE else 8 if flags & TWO_BY_TWO else 0


def _cmap(glyphs: dict[int, int]) -> bytes:
    """Return a `cmap` with formats 4 (the first plane) and 12 (all of them)."""
    runs = list(_runs(glyphs, WORD))
    groups = b"".join(struct.pack(">III", first, last, glyph) for first, last, glyph in runs)
    full = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(runs)) + groups
    basic = _segments(list(_runs(glyphs, 0xFFFE)))
    where = 4 + 2 * 8
    head = struct.pack(">HH", 0, 2)
    head += struct.pack(">HHI", 3, 1, where) + struct.pack(">HHI", 3, 10, where + len(basic))
    return head + basic + full


def _runs(glyphs: dict[int, int], limit: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first, last, glyph of the first) of code points whose glyphs count up with them."""
    first = last = start = -1
    for point in sorted(point for point in glyphs if point <= limit):
        if first >= 0 and point == last + 1 and glyphs[point] == start + point - first:
            last = point
            continue
        if first >= 0:
            yield first, last, start
        first, last, start = point, point, glyphs[point]
    if first >= 0:
        yield first, last, start


def _segments(runs: list[tuple[int, int, int]]) -> bytes:
    # the format wants a last segment that maps its last code to nothing
    ends = [last for _, last, _ in runs] + [0xFFFF]
    starts = [first for first, _, _ in runs] + [0xFFFF]
    deltas = [(glyph - first) & 0xFFFF for first, _, glyph in runs] + [1]
    count = len(ends)
    power = 1 << (count.bit_length() - 1)
    sizes = (2 * count, 2 * power, power.bit_length() - 1, 2 * (count - power))
    body = struct.pack(f">4H{count}HH", *sizes, *ends, 0)
    body += struct.pack(f">{count}H{count}H{count}H", *starts, *deltas, *[0] * count)
    return struct.pack(">HHH", 4, 6 + len(body), 0) + body


def _font(tables: dict[bytes, bytes]) -> bytes:
    """Return the file of these tables, with the sums that the format asks for."""
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(
        ">IHHHH", 0x00010000, count, 16 * power, power.bit_length() - 1, 16 * (count - power)
    )
    at, entries, body = 12 + 16 * count, b"", bytearray()
    for tag, table in sorted(tables.items()):
        entries += struct.pack(">4sIII", tag, _sum(table), at + len(body), len(table))
        if tag == b"head":
            adjusted = at + len(body) + 8
        body += table + bytes(-len(table) % 4)
    whole = bytearray(head + entries + body)
    struct.pack_into(">I", whole, adjusted, (CHECKSUM_MAGIC - _sum(bytes(whole))) & WORD)
    return bytes(whole)


def _sum(table: bytes) -> int:
    padded = table + bytes(-len(table) % 4)
    return sum(struct.unpack(f">{len(padded) // 4}I", padded)) & WORD
