"""The sheet that goes to the print shop: larger than the page, with crop marks outside its bleed.

typst draws the marks and writes the TrimBox; the BleedBox, without which a shop would take the
whole sheet for bleed, is written into the finished file here.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from editor.assembler.measures import POINTS_PER_MM
from editor.errors import Unusable
from editor.profile import Profile

SLUG_MM = 8.0  # beyond the bleed: a gap, the mark, a gap
GAP_MM = 1.0  # between bleed and mark, so that no mark is left on a page cut short
MARK_MM = 5.0
PAGE_OBJECT = re.compile(rb"(\d+ 0 obj\s*<<)/Type/Page/")
MEDIA = re.compile(rb"/MediaBox\[([-\d. ]+)\]")
TABLE = re.compile(rb"xref\s+0 (\d+)\s*\n")
ENTRY = 20  # bytes of a line of the table
SIDES = 4


@dataclass(frozen=True)
class Sheet:
    """How far a sheet reaches beyond its page, in points; nothing where the profile asks none.

    `bleed` is what may be cut into, `slug` what carries the marks beyond it.
    """

    bleed: float
    slug: float

    @property
    def beyond(self) -> float:
        """Return how far the paper reaches beyond the page on each side."""
        return self.bleed + self.slug


NO_SHEET = Sheet(0.0, 0.0)


def sheet_of(profile: Profile) -> Sheet:
    """Return the sheet that the profile's pages are printed on."""
    wanted = profile.print.bleed_mm
    return Sheet(wanted * POINTS_PER_MM, SLUG_MM * POINTS_PER_MM if wanted else 0.0)


def with_bleed_boxes(pdf: bytes, sheet: Sheet) -> bytes:
    """Return typst's file with a BleedBox on every page; the same file gives the same bytes.

    Raises Unusable when the file is not built as typst builds one: a plain table of objects, and
    pages that begin with their type.
    """
    if not sheet.bleed:
        return pdf
    start = int(pdf[pdf.rindex(b"startxref") + len(b"startxref") : pdf.rindex(b"%%EOF")])
    head = TABLE.match(pdf, start)
    if head is None:
        raise _foreign()
    places = _places(pdf, head)
    inserted = [(at, _box(pdf, at, sheet)) for at in _pages(pdf, places)]
    if not inserted:
        raise _foreign()
    shifts = _shifts(inserted)
    table = b"".join(
        _entry(pdf, head.end() + number * ENTRY, shifts) for number in range(len(places))
    )
    tail = pdf[head.end() + len(table) : pdf.rindex(b"startxref")]
    moved = start + sum(len(box) for _, box in inserted)
    body = _with(pdf[:start], inserted)
    return body + head[0] + table + tail + b"startxref\n%d\n%%%%EOF" % moved


def _places(pdf: bytes, head: "re.Match[bytes]") -> list[int]:
    """Return where the objects begin, in the order of their numbers; -1 for a free one."""
    found = []
    for number in range(int(head[1])):
        at = head.end() + number * ENTRY
        line = pdf[at : at + ENTRY]
        found.append(int(line[:10]) if line[17:18] == b"n" else -1)
    return found


def _pages(pdf: bytes, places: list[int]) -> list[int]:
    """Return where each page's own entries begin, in the order of the file."""
    found = (PAGE_OBJECT.match(pdf, at) for at in sorted(places) if at >= 0)
    return [match.end(1) for match in found if match]


def _box(pdf: bytes, at: int, sheet: Sheet) -> bytes:
    """Return the BleedBox of the page whose entries begin here."""
    found = MEDIA.search(pdf, at)
    sides = [float(side) for side in found[1].split()] if found else []
    if len(sides) != SIDES:
        raise _foreign()
    left, bottom, right, top = sides
    box = (left + sheet.slug, bottom + sheet.slug, right - sheet.slug, top - sheet.slug)
    return b"/BleedBox[%s]" % " ".join(f"{side:.3f}" for side in box).encode("ascii")


def _shifts(inserted: list[tuple[int, bytes]]) -> list[tuple[int, int]]:
    """Return (place, bytes inserted before it) pairs, places rising."""
    total, found = 0, [(0, 0)]
    for at, box in inserted:
        total += len(box)
        found.append((at, total))
    return found


def _entry(pdf: bytes, at: int, shifts: list[tuple[int, int]]) -> bytes:
    line = pdf[at : at + ENTRY]
    if line[17:18] != b"n":
        return line
    place = int(line[:10])
    before = bisect_right(shifts, place, key=itemgetter(0)) - 1
    return b"%010d%s" % (place + shifts[before][1], line[10:])


def _with(body: bytes, inserted: list[tuple[int, bytes]]) -> bytes:
    cuts = [0, *(at for at, _ in inserted), len(body)]
    pieces = [body[first:last] for first, last in pairwise(cuts)]
    boxes = [*(box for _, box in inserted), b""]
    return b"".join(piece + box for piece, box in zip(pieces, boxes, strict=True))


def _foreign() -> Unusable:
    return Unusable(
        "付印文件的页面结构与预期不同，没有写入出血框。请把这句话告诉管理员，或先关闭出血再导出",
        "The pages of the file are not built as expected, so no bleed box was written; tell the "
        "administrator, or turn bleed off and export again",
    )
