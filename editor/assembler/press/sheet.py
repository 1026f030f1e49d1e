"""The sheet that goes to the print shop: larger than the page, with crop marks outside its bleed.

typst draws the marks and writes the TrimBox; the BleedBox, without which a shop would take the
whole sheet for bleed, is written into the finished file here. What bookmarks and links lead to is
moved there too: typst 0.15 gives it the place that it has on the page, counted on the sheet.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter, itemgetter

from editor.assembler.measures import POINTS_PER_MM
from editor.errors import Unusable
from editor.profile import Profile

SLUG_MM = 8.0  # beyond the bleed: a gap, the mark, a gap
GAP_MM = 1.0  # between bleed and mark, so that no mark is left on a page cut short
MARK_MM = 5.0
PAGE_OBJECT = re.compile(rb"(\d+ 0 obj\s*<<)/Type/Page/")
TARGET = re.compile(rb"\d+ 0 obj\s*\[\d+ 0 R/XYZ (-?[\d.]+ -?[\d.]+) 0\]")
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


@dataclass(frozen=True)
class Change:
    """Bytes that take the place of those from `at` up to `upto`."""

    at: int
    upto: int
    text: bytes


def placed_on_sheets(pdf: bytes, sheet: Sheet) -> bytes:
    """Return typst's file with a BleedBox on every page and its bookmarks and links leading right.

    The same file gives the same bytes.

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
    boxes = [*_boxes(pdf, places, sheet)]
    if not boxes:
        raise _foreign()
    changes = sorted([*boxes, *_targets(pdf, places, sheet)], key=attrgetter("at"))
    shifts = _shifts(changes)
    table = b"".join(
        _entry(pdf, head.end() + number * ENTRY, shifts) for number in range(len(places))
    )
    tail = pdf[head.end() + len(table) : pdf.rindex(b"startxref")]
    moved = start + shifts[-1][1]
    body = _with(pdf[:start], changes)
    return body + head[0] + table + tail + b"startxref\n%d\n%%%%EOF" % moved


def _places(pdf: bytes, head: "re.Match[bytes]") -> list[int]:
    """Return where the objects begin, in the order of their numbers; -1 for a free one."""
    found = []
    for number in range(int(head[1])):
        at = head.end() + number * ENTRY
        line = pdf[at : at + ENTRY]
        found.append(int(line[:10]) if line[17:18] == b"n" else -1)
    return found


def _boxes(pdf: bytes, places: list[int], sheet: Sheet) -> Iterator[Change]:
    """Yield the BleedBox of each page, to stand before its own entries."""
    for place in places:
        if place >= 0 and (page := PAGE_OBJECT.match(pdf, place)):
            yield Change(page.end(1), page.end(1), _box(pdf, page.end(1), sheet))


def _targets(pdf: bytes, places: list[int], sheet: Sheet) -> Iterator[Change]:
    """Yield the true place on its sheet of each thing that bookmarks and links lead to.

    typst takes the distance from the page's left and upper edge for that from the sheet's.
    """
    for place in places:
        if place >= 0 and (target := TARGET.match(pdf, place)):
            x, y = (float(number) for number in target[1].split())
            text = b"%.4f %.4f" % (x + sheet.beyond, y - sheet.beyond)
            yield Change(target.start(1), target.end(1), text)


def _box(pdf: bytes, at: int, sheet: Sheet) -> bytes:
    """Return the BleedBox of the page whose entries begin here."""
    found = MEDIA.search(pdf, at)
    sides = [float(side) for side in found[1].split()] if found else []
    if len(sides) != SIDES:
        raise _foreign()
    left, bottom, right, top = sides
    box = (left + sheet.slug, bottom + sheet.slug, right - sheet.slug, top - sheet.slug)
    return b"/BleedBox[%s]" % " ".join(f"{side:.3f}" for side in box).encode("ascii")


def _shifts(changes: list[Change]) -> list[tuple[int, int]]:
    """Return (place, bytes more than before it) pairs, places rising."""
    total, found = 0, [(0, 0)]
    for change in changes:
        total += len(change.text) - (change.upto - change.at)
        found.append((change.at, total))
    return found


def _entry(pdf: bytes, at: int, shifts: list[tuple[int, int]]) -> bytes:
    line = pdf[at : at + ENTRY]
    if line[17:18] != b"n":
        return line
    place = int(line[:10])
    before = bisect_right(shifts, place, key=itemgetter(0)) - 1
    return b"%010d%s" % (place + shifts[before][1], line[10:])


def _with(body: bytes, changes: list[Change]) -> bytes:
    pieces, done = [], 0
    for change in changes:
        pieces += [body[done : change.at], change.text]
        done = change.upto
    return b"".join([*pieces, body[done:]])


def _foreign() -> Unusable:
    return Unusable(
        "付印文件的页面结构与预期不同，没有写入出血框。请把这句话告诉管理员，或先关闭出血再导出",
        "The pages of the file are not built as expected, so no bleed box was written; tell the "
        "administrator, or turn bleed off and export again",
    )
