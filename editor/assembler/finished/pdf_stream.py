"""The running text of a finished PDF as one string, in which each character knows its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from editor.assembler.finished.pdf_reading import Glyph, PdfReading
from editor.assembler.finished.verdicts import bare
from editor.assembler.measures import POINTS_PER_MM
from editor.profile import Profile

RAISED = 0.7  # of the size: what stands higher or lower is on another line
MOST_MARKS = 12  # signs of marks and dots at the end of a line
ASIDE = frozenset({"Note", "Lbl"})  # notes, and their marks in the text


@dataclass(frozen=True)
class Line:
    """One line of type: its characters in order, and where the last of them ends."""

    glyphs: tuple[Glyph, ...]
    right: float

    @property
    def text(self) -> str:
        """Return its characters, white space left out."""
        return "".join(glyph.char for glyph in self.glyphs)


class Stream:
    """The body's text as it was set; notes, their marks and running heads are left out.

    Texts are compared without white space and dots (`bare`); a place is an index into `text`.
    """

    def __init__(self, reading: PdfReading, profile: Profile, first: int) -> None:
        self._reading = reading
        page = profile.page
        low, high = page.bottom - 2, page.height - page.top + 2
        self._page, self._first = page, first
        self._gutter = profile.print.gutter_mm * POINTS_PER_MM
        self._glyphs: list[Glyph] = []
        self.pages: list[int] = [0] * first
        chars: list[str] = []
        for index in range(first, len(reading.pages)):
            self.pages.append(len(chars))
            aside = _aside(reading, index)
            for glyph in reading.glyphs(index):
                if glyph.mark < 0 or glyph.mark in aside or not low < glyph.y < high:
                    continue
                for char in _folded(glyph.char):
                    chars.append(char)
                    self._glyphs.append(glyph)
        self.text = "".join(chars)

    def find(self, text: str, start: int, end: int | None = None) -> tuple[int, int] | None:
        """Return where a text begins and ends, None where it does not stand there as a whole."""
        wanted = "".join(map(_folded, text))
        at = self.text.find(wanted, start, end) if wanted else -1
        return (at, at + len(wanted)) if at >= 0 else None

    def page(self, place: int) -> int:
        """Return the index of the page on which a character stands."""
        return self._glyphs[place].page

    def range_of(self, index: int) -> tuple[int, int]:
        """Return where a page's text begins and ends."""
        last = self.pages[index + 1] if index + 1 < len(self.pages) else len(self.text)
        return self.pages[index], last

    def below(self, index: int, height: float) -> int:
        """Return the first place on a page that is not above this height."""
        first, last = self.range_of(index)
        below = (place for place in range(first, last) if self._glyphs[place].y < height)
        return next(below, last)

    def lines(self, start: int, end: int) -> Iterator[Line]:
        """Yield the lines on which the text between two places is set."""
        line: list[Glyph] = []
        for glyph in self._glyphs[start:end]:
            if line and glyph.at == line[-1].at and glyph.page == line[-1].page:
                continue
            if line and not _beside(line[-1], glyph):
                yield self._line(line)
                line = []
            line.append(glyph)
        if line:
            yield self._line(line)

    def _line(self, glyphs: list[Glyph]) -> Line:
        """Return a line; the mark of a note belongs to its end, and so do dots."""
        last = glyphs[-1]
        page = self._reading.glyphs(last.page)
        following = page[_after(page, last) :]
        for glyph in following[:MOST_MARKS]:
            dots = glyph.char.strip() and not _folded(glyph.char)
            more = glyph.size < glyphs[-1].size or dots
            if not more or not _beside(last, glyph) or glyph.x < last.x:
                break
            last = glyph
        return Line(tuple(glyphs), self._reading.right(last))

    def room(self, index: int) -> tuple[float, float]:
        """Return the left and the right edge of a page's text, which a gutter moves."""
        # the first sheet is a right-hand page: its fold is on the left
        moved = self._gutter if index % 2 == 0 else -self._gutter
        left = self._page.side + moved
        return left, left + self._page.text_width


def _beside(one: Glyph, other: Glyph) -> bool:
    """Whether a character is on the line of the one before."""
    return one.page == other.page and abs(one.y - other.y) <= RAISED * max(one.size, other.size)


def _after(page: list[Glyph], glyph: Glyph) -> int:
    """Return where the characters that follow one begin among its page's."""
    low, high = 0, len(page)
    while low < high:
        middle = (low + high) // 2
        if page[middle].at <= glyph.at:
            low = middle + 1
        else:
            high = middle
    return low


def _aside(reading: PdfReading, index: int) -> frozenset[int]:
    """Return the pieces of a page that are notes or their marks."""
    return frozenset(
        mark
        for top in reading.tags(index)
        for tag in top.walk()
        if tag.kind in ASIDE
        for mark in tag.all_marks()
    )


@cache
def _folded(char: str) -> str:
    return bare(char)
