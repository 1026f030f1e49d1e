"""What stands on each page of a finished PDF, kept to be compared with a later edition."""

import hashlib

from editor.assembler.pdf_reading import PdfReading
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
        lines=tuple(line for line in reading.text(index, area).splitlines() if line.strip()),
        head=" ".join(reading.text(index, (0.0, top, width, height)).split()),
        look=hashlib.sha256(picture.tobytes()).hexdigest()[:16],
    )
