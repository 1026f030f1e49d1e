"""What stands on each page of a finished PDF, kept to be compared with a later edition."""

import hashlib
from collections.abc import Iterator

from editor.assembler.finished.pdf_reading import Box, PdfReading
from editor.profile import Profile
from editor.text.changed_pages import PageText

# half a point a pixel: a changed picture, code or weight shows, and a page takes milliseconds
SCALE = 1.0


def read_pages(pdf: bytes, profile: Profile) -> tuple[PageText, ...]:
    """Return the pages of an issue that was set with this profile; running heads stand apart."""
    reading = PdfReading(pdf)
    try:
        return tuple(_page(reading, index, profile) for index in range(len(reading.pages)))
    finally:
        reading.close()


def _page(reading: PdfReading, index: int, profile: Profile) -> PageText:
    width, height = reading.size(index)
    page = profile.page
    top = height - page.top
    area = (0.0, page.bottom, width, top)
    picture = reading.picture(index, area, SCALE)
    return PageText(
        number=reading.label(index),
        lines=tuple(_lines(reading, index, area)),
        head=" ".join(reading.text(index, (0.0, top, width, height)).split()),
        look=hashlib.sha256(picture.tobytes()).hexdigest()[:16],
    )


def _lines(reading: PdfReading, index: int, area: Box) -> Iterator[str]:
    """Yield the lines of an area from above; where a picture begins, a line that names it.

    A page that broke elsewhere is compared by its lines alone, and so tells a swapped picture.
    """
    left, bottom, right, upper = area
    for top, name in [*reading.images(index), (bottom, "")]:
        edge = min(max(top, bottom), upper)
        text = reading.text(index, (left, edge, right, upper))
        yield from (line for line in text.splitlines() if line.strip())
        if name:
            yield f"〔图片 {name}〕"
        upper = edge
