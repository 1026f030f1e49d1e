"""The tags of a finished PDF's pages, as a screen reader walks them."""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

LONGEST = 4096  # bytes of a description


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of a page; `alt` is a picture's description, `marks` its own pieces of the page.

    `parts` are the tags within; None stands for one that is on another page.
    """

    kind: str
    alt: str
    marks: tuple[int, ...]
    parts: "tuple[Tag | None, ...]"

    def walk(self) -> "Iterator[Tag]":
        """Yield this tag and all within, in reading order."""
        yield self
        for part in self.parts:
            if part is not None:
                yield from part.walk()

    def all_marks(self) -> Iterator[int]:
        """Yield every piece of the page that stands under this tag."""
        for tag in self.walk():
            yield from tag.marks

    @property
    def continued(self) -> bool:
        """Whether what this tag begins with stands on an earlier page."""
        return bool(self.parts) and self.parts[0] is None


def tags_of(page: pdfium.FPDF_PAGE) -> tuple[Tag, ...]:
    """Return a page's tags below the one for the whole document, none for a page without."""
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return ()
    try:
        count = pdfium.FPDF_StructTree_CountChildren(tree)
        tops = [pdfium.FPDF_StructTree_GetChildAtIndex(tree, number) for number in range(count)]
        # the document's own tag lists those of all other pages too, and empty
        return tuple(_tag(each) for top in tops if top for each in _within(top) if each)
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _within(element: pdfium.FPDF_STRUCTELEMENT) -> Iterator[Any]:
    for number in range(pdfium.FPDF_StructElement_CountChildren(element)):
        yield pdfium.FPDF_StructElement_GetChildAtIndex(element, number)


def _tag(element: pdfium.FPDF_STRUCTELEMENT) -> Tag:
    kind = _words(pdfium.FPDF_StructElement_GetType, element)
    marks: list[int] = []
    parts: list[Tag | None] = []
    for number, part in enumerate(_within(element)):
        if part:
            parts.append(_tag(part))
            continue
        mark = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, number)
        if mark >= 0:
            marks.append(mark)
        else:
            parts.append(None)
    alt = _words(pdfium.FPDF_StructElement_GetAltText, element) if kind == "Figure" else ""
    return Tag(kind, alt, tuple(marks), tuple(parts))


def _words(ask: Callable[..., int], element: Any) -> str:
    buffer = ctypes.create_string_buffer(LONGEST)
    size = min(ask(element, buffer, LONGEST), LONGEST)
    return ctypes.string_at(buffer, max(0, size - 2)).decode("utf-16-le", "replace")
