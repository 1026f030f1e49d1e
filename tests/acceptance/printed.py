"""What a printed file really says: read from its pages, not from what the program claims."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import zxingcpp

from tests.acceptance.truth import bare

FOLIO = re.compile(r"—(\d+)—")
LEADER = r"[.·…‥․\s]*"


@dataclass(frozen=True)
class Expected:
    """One item as it was placed: its headline and the characters its text opens and ends with."""

    headline: str
    first: str
    last: str
    urls: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """A PDF's pages: texts without white space, printed page numbers, and outline headings."""

    texts: tuple[str, ...]
    folios: tuple[int | None, ...]
    outline: tuple[tuple[str, int], ...]

    @property
    def body_start(self) -> int:
        """Return the index of the first page that carries an Arabic number after the contents."""
        return next(index for index, folio in enumerate(self.folios) if folio == 1)


def read_pdf(path: Path) -> Printed:
    """Read a PDF; titles in its outline come without white space."""
    document = pypdfium2.PdfDocument(path)
    texts = [bare(page.get_textpage().get_text_bounded()) for page in document]
    outline = [
        (bare(mark.get_title()), mark.get_dest().get_index())
        for mark in document.get_toc()
        if mark.get_dest() is not None
    ]
    return Printed(tuple(texts), tuple(map(_folio, texts)), tuple(outline))


def _folio(text: str) -> int | None:
    found = FOLIO.findall(text)
    return int(found[-1]) if found else None


def check(printed: Printed, expected: Sequence[Expected]) -> dict[str, float]:
    """Return the shares of items that stand once and in order, and of true contents numbers."""
    pages = heading_pages(printed, expected)
    numbers = contents_numbers(printed, expected)
    body = "\f".join(printed.texts[printed.body_start :])
    offsets, at = [], 0
    for item in expected:
        at = body.find(bare(item.headline), at)
        offsets.append(at)
        at = max(at, 0) + len(bare(item.headline))
    once = sum(_stands_once(body, offsets, index, item) for index, item in enumerate(expected))
    true = sum(
        page is not None and number == printed.folios[page]
        for page, number in zip(pages, numbers, strict=True)
    )
    in_order = sum(1 for page in pages if page is not None)
    return {
        "items_once": once / len(expected),
        "headings_in_order": in_order / len(expected),
        "contents_true": true / len(expected),
        "pages": float(len(printed.texts)),
    }


def heading_pages(printed: Printed, expected: Sequence[Expected]) -> list[int | None]:
    """Return the page index on which each headline stands, by the outline, in printed order.

    None where the outline lacks it, names it out of order, or its page does not show it.
    """
    found: list[int | None] = []
    at = 0
    for item in expected:
        title = bare(item.headline)
        place = next(
            (i for i in range(at, len(printed.outline)) if printed.outline[i][0] == title), None
        )
        if place is None:
            found.append(None)
            continue
        page = printed.outline[place][1]
        found.append(page if title in printed.texts[page] else None)
        at = place + 1
    return found


def contents_numbers(printed: Printed, expected: Sequence[Expected]) -> list[int | None]:
    """Return the number that the contents print behind each headline, in printed order."""
    contents = "".join(
        FOLIO.sub("", re.sub(r"—[ivxlc]+—", "", text))
        for text in printed.texts[: printed.body_start]
    )
    starts, at = [], 0
    for item in expected:
        place = contents.find(bare(item.headline), at)
        starts.append(place)
        at = place + len(bare(item.headline)) if place >= 0 else at
    # a line ends where the next headline begins: that one may itself begin with a figure
    ends = [*starts[1:], len(contents)]
    return [
        _number_after(contents[start:end] if start >= 0 else "", bare(item.headline))
        for item, start, end in zip(expected, starts, ends, strict=True)
    ]


def _number_after(line: str, headline: str) -> int | None:
    match = re.match(LEADER + r"(\d+)", line[len(headline) :])
    return int(match[1]) if match else None


def _stands_once(body: str, offsets: list[int], index: int, item: Expected) -> bool:
    """Whether the item's text opens and ends between its headline and the next one."""
    start = offsets[index]
    if start < 0:
        return False
    end = offsets[index + 1] if index + 1 < len(offsets) else len(body)
    part = re.sub(r"\f|—\d+—", "", body[start:end])
    opens, ends = bare(item.first)[:20], bare(item.last)[-20:]
    return opens in part and (ends in part or ends[-8:] in part)


def decoded(path: Path, dpi: int = 150) -> Counter[str]:
    """Return every QR code's content as read from the page images."""
    found: Counter[str] = Counter()
    for page in pypdfium2.PdfDocument(path):
        picture = page.render(scale=dpi / 72, grayscale=True).to_pil()
        codes = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
        found.update(code.text for code in codes)
    return found


def share_decoded(path: Path, expected: Sequence[Expected]) -> float:
    """Return the share of the expected addresses whose code was read, byte for byte."""
    wanted = Counter(url for item in expected for url in item.urls)
    if not wanted:
        return 1.0
    return (wanted & decoded(path)).total() / wanted.total()
