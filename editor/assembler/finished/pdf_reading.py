"""A finished PDF as the checks read it: texts, fonts, links and labels, by pdfium's own calls."""

import ctypes
import hashlib
import math
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from editor.assembler.finished.pdf_tags import Tag, tags_of

Box = tuple[float, float, float, float]  # left, bottom, right, top in points
LONGEST = 4096  # bytes of a name or an address
# what pdfium reads for a hyphen where it believes that a word was parted
PARTED = frozenset({0x02, 0xFFFE})
FORMS = (pdfium.FPDF_PAGEOBJ_FORM, pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING)


class Glyph(NamedTuple):
    """One printed character: its page, its number there, its origin, its size and its face.

    `mark` is the piece of the page that it belongs to, by which tags name it; -1 for none: what
    is only furniture, such as running heads and the repeated head of a table.
    """

    char: str
    page: int
    at: int
    x: float
    y: float
    size: float
    face: str
    mark: int


class Ink(NamedTuple):
    """How a run of characters is set, and the piece of the page that it belongs to."""

    size: float
    face: str
    mark: int


class PdfReading:
    """An opened PDF; pages are indexed from 0. Close it after use.

    Places are points from the lower left corner of the page as it is cut, the TrimBox; a page
    without one is cut nowhere.
    """

    def __init__(self, content: bytes) -> None:
        self._document = pypdfium2.PdfDocument(content)
        self._raw = self._document.raw
        self.pages = [self._document[index] for index in range(len(self._document))]
        self._texts = [page.get_textpage() for page in self.pages]
        self._trims: list[Box] = [page.get_trimbox() for page in self.pages]
        self._glyphs: dict[int, list[Glyph]] = {}
        self._tags: dict[int, tuple[Tag, ...]] = {}

    def close(self) -> None:
        """Give the file back."""
        self._document.close()

    def text(self, index: int, box: Box | None = None) -> str:
        """Return a page's text, or what of it stands in a box."""
        if box is None:
            return str(self._texts[index].get_text_range())
        x, y, _, _ = self._trims[index]
        left, bottom, right, top = box
        return str(self._texts[index].get_text_bounded(left + x, bottom + y, right + x, top + y))

    def images(self, index: int) -> list[tuple[float, str]]:
        """Return where each picture of a page begins, from above, and a short hash of its data."""
        found = self.pages[index].get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])
        below = self._trims[index][1]
        placed = [
            (each.get_bounds()[3] - below, hashlib.sha256(each.get_data()).hexdigest()[:12])
            for each in found
        ]
        return sorted(placed, reverse=True)

    def size(self, index: int) -> tuple[float, float]:
        """Return a page's width and height as it is cut."""
        left, bottom, right, top = self._trims[index]
        return right - left, top - bottom

    def paper(self, index: int) -> tuple[Box, Box]:
        """Return how far bleed and paper reach, from the corner of the cut page."""
        page = self.pages[index]
        return self._placed(index, page.get_bleedbox()), self._placed(index, page.get_mediabox())

    def _placed(self, index: int, box: Box) -> Box:
        x, y, _, _ = self._trims[index]
        left, bottom, right, top = box
        return left - x, bottom - y, right - x, top - y

    def glyphs(self, index: int) -> list[Glyph]:
        """Return a page's characters but for white space, as they were set; read once.

        A glyph that stands for no character is "\\0".
        """
        if index not in self._glyphs:
            self._glyphs[index] = list(self._read_glyphs(index))
        return self._glyphs[index]

    def _read_glyphs(self, index: int) -> Iterator[Glyph]:
        page = self._texts[index].raw
        left, bottom, _, _ = self._trims[index]
        x, y = ctypes.c_double(), ctypes.c_double()
        to_x, to_y = ctypes.byref(x), ctypes.byref(y)
        inks: dict[int, Ink] = {}
        for at in range(pdfium.FPDFText_CountChars(page)):
            char = _char(pdfium.FPDFText_GetUnicode(page, at))
            if not char:
                continue
            item = pdfium.FPDFText_GetTextObject(page, at)
            key = ctypes.addressof(item.contents) if item else 0
            ink = inks.get(key)
            if ink is None:
                ink = inks[key] = _ink(page, at, item)
            pdfium.FPDFText_GetCharOrigin(page, at, to_x, to_y)
            yield Glyph(char, index, at, x.value - left, y.value - bottom, *ink)

    def right(self, glyph: Glyph) -> float:
        """Return where a character's own room ends, its bearing included."""
        box = pdfium.FS_RECTF()
        pdfium.FPDFText_GetLooseCharBox(self._texts[glyph.page].raw, glyph.at, ctypes.byref(box))
        return float(box.right) - self._trims[glyph.page][0]

    def tags(self, index: int) -> tuple[Tag, ...]:
        """Return a page's uppermost tags; read once."""
        if index not in self._tags:
            self._tags[index] = tags_of(self.pages[index].raw)
        return self._tags[index]

    def lines(self, index: int) -> list[Box]:
        """Return where pieces of text stand on a page."""
        page = self._texts[index]
        return [self._placed(index, page.get_rect(number)) for number in range(page.count_rects())]

    @cached_property
    def outline(self) -> list[tuple[str, int, float, int]]:
        """Return the outline: title, page index (-1 for none), height on the page, level.

        An entry without a title is none: LibreOffice makes one of a heading that is but a note.
        """
        found = []
        for mark in self._document.get_toc(max_depth=15):
            if not mark.get_title().strip():
                continue
            target = mark.get_dest()
            index = target.get_index() if target else None
            view = list(target.get_view()[1]) if target else []
            height = float(view[1]) if len(view) > 1 else 0.0
            if index is not None:
                height -= self._trims[index][1]
            found.append((mark.get_title(), -1 if index is None else index, height, mark.level))
        return found

    def label(self, index: int) -> str:
        """Return what viewers call the page, "" when nothing is set."""
        return _words(lambda buffer, size: pdfium.FPDF_GetPageLabel(self._raw, index, buffer, size))

    def meta(self, key: bytes) -> str:
        """Return one of the document's properties (b"Title")."""
        return _words(lambda buffer, size: pdfium.FPDF_GetMetaText(self._raw, key, buffer, size))

    @property
    def language(self) -> str:
        """Return the document's language, "" when it names none."""
        return _words(
            lambda buffer, size: pdfium.FPDFCatalog_GetLanguage(
                self._raw, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size
            )
        )

    @property
    def tagged(self) -> bool:
        """Whether the document carries tags for screen readers."""
        return bool(pdfium.FPDFCatalog_IsTagged(self._raw))

    def fonts(self) -> dict[str, bool]:
        """Return every font that text is set in, and whether it is embedded."""
        seen: dict[int, tuple[str, bool]] = {}
        for page in self.pages:
            for item in self._objects(page.raw, pdfium.FPDF_PAGEOBJ_TEXT):
                font = pdfium.FPDFTextObj_GetFont(item)
                key = ctypes.addressof(font.contents)
                if key not in seen:
                    buffer = ctypes.create_string_buffer(LONGEST)
                    pdfium.FPDFFont_GetBaseFontName(font, buffer, LONGEST)
                    name = buffer.value.decode("utf-8", "replace")
                    seen[key] = (name, pdfium.FPDFFont_GetIsEmbedded(font) == 1)
        return dict(seen.values())

    def shapes(self, index: int) -> list[Box]:
        """Return where pictures and drawings of their own stand on a page."""
        return [
            self._placed(index, box)
            for kind in FORMS
            for item in self._objects(self.pages[index].raw, kind)
            if (box := _bounds(item)) is not None
        ]

    def blank(self, index: int) -> bool:
        """Whether a page has neither text nor pictures."""
        return not self._texts[index].count_rects() and not self.shapes(index)

    def squares(self, index: int, least: float) -> list[Box]:
        """Return drawn squares of at least this side, once each: the ground of a QR code."""
        found = {
            tuple(round(side, 1) for side in self._placed(index, box))
            for item in self._objects(self.pages[index].raw, pdfium.FPDF_PAGEOBJ_PATH)
            if (box := _bounds(item)) is not None
            and box[2] - box[0] >= least
            and abs((box[2] - box[0]) - (box[3] - box[1])) < 0.5
        }
        return [(box[0], box[1], box[2], box[3]) for box in sorted(found)]

    def picture(self, index: int, box: Box, scale: float) -> Image.Image:
        """Return what a box of the page looks like, in shades of grey."""
        page = self.pages[index]
        # what is cut away is counted from the edges of the paper
        left, bottom, right, top = self.paper(index)[1]
        cut = (box[0] - left, box[1] - bottom, right - box[2], top - box[3])
        return page.render(scale=scale, crop=cut, grayscale=True).to_pil()

    def samples(self, index: int, box: Box, count: int, scale: float) -> list[list[int]]:
        """Return the grey in the middle of each of `count` × `count` fields of a box, from above.

        A picture begins at a whole dot: fields of two or three dots are missed by counting from it.
        """
        left, bottom, right, top = self.paper(index)[1]
        picture = self.picture(index, box, scale)
        seen, (width, height) = picture.tobytes(), picture.size

        def dots(begin: float, end: float, whole: float, most: int) -> list[int]:
            # pdfium draws the page on whole dots and cuts whole dots off its edges
            ratio = math.ceil(whole * scale) / whole
            first, step = math.ceil(begin * scale), (end - begin) / count
            places = (int((begin + (n + 0.5) * step) * ratio) - first for n in range(count))
            return [min(max(place, 0), most - 1) for place in places]

        across = dots(box[0] - left, box[2] - left, right - left, width)
        down = dots(top - box[3], top - box[1], top - bottom, height)
        return [[seen[y * width + x] for x in across] for y in down]

    @staticmethod
    def _objects(page: pdfium.FPDF_PAGE, kind: int) -> Iterator[pdfium.FPDF_PAGEOBJECT]:
        for number in range(pdfium.FPDFPage_CountObjects(page)):
            item = pdfium.FPDFPage_GetObject(page, number)
            if pdfium.FPDFPageObj_GetType(item) == kind:
                yield item

    def links(self, index: int) -> Iterator[tuple[str, int]]:
        """Yield each link of a page: its address, or "" and the page index it leads to."""
        place, link = ctypes.c_int(0), pdfium.FPDF_LINK()
        while pdfium.FPDFLink_Enumerate(self.pages[index].raw, place, link):
            action = pdfium.FPDFLink_GetAction(link)
            if action and pdfium.FPDFAction_GetType(action) == pdfium.PDFACTION_URI:
                buffer = ctypes.create_string_buffer(LONGEST)
                pdfium.FPDFAction_GetURIPath(self._raw, action, buffer, LONGEST)
                yield buffer.value.decode("utf-8", "replace"), -1
                continue
            target = pdfium.FPDFLink_GetDest(self._raw, link)
            yield "", pdfium.FPDFDest_GetDestPageIndex(self._raw, target) if target else -1


def blank_pages(pdf: bytes) -> list[int]:
    """Return the indexes of the pages on which nothing is printed but crop marks."""
    reading = PdfReading(pdf)
    try:
        return [index for index in range(len(reading.pages)) if reading.blank(index)]
    finally:
        reading.close()


def _words(ask: Callable[[Any, int], int]) -> str:
    """Return the UTF-16 text that one of pdfium's calls writes into a buffer."""
    buffer = ctypes.create_string_buffer(LONGEST)
    size = ask(buffer, LONGEST)
    return buffer.raw[: max(0, size - 2)].decode("utf-16-le", "replace")


@cache
def _char(code: int) -> str:
    """Return a character as it is compared, "" for white space; the same object each time."""
    char = "-" if code in PARTED else chr(code)
    return "" if char.isspace() else char


def _ink(page: pdfium.FPDF_TEXTPAGE, at: int, item: pdfium.FPDF_PAGEOBJECT) -> Ink:
    """Return how the run of characters is set that holds this one."""
    name, flags = ctypes.create_string_buffer(80), ctypes.c_int()
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetFontInfo(page, at, name, 80, ctypes.byref(flags))
    pdfium.FPDFText_GetMatrix(page, at, ctypes.byref(matrix))
    size = pdfium.FPDFText_GetFontSize(page, at) * abs(matrix.d or 1)
    mark = pdfium.FPDFPageObj_GetMarkedContentID(item) if item else -1
    return Ink(round(size, 2), name.value.decode("ascii", "replace"), mark)


def _bounds(item: pdfium.FPDF_PAGEOBJECT) -> Box | None:
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(item, *sides):
        return None
    left, bottom, right, top = (side.value for side in sides)
    return left, bottom, right, top
