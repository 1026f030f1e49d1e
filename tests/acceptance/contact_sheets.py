"""Contact sheets of an issue's pages, to be judged by eye.

`python -m tests.acceptance.contact_sheets FILE…` writes one for each. Of a finished PDF, or a DOCX
as LibreOffice sets it, it shows the pages that say most: what comes before the text, where each
section opens, tables that go on, figures, books, the last page.
"""

import argparse
import re
from pathlib import Path

import pypdfium2
from PIL import Image

from editor.profile import read_profile
from tests.acceptance.grid import measured, pages_of

COLUMNS, MOST, SCALE, GAP = 6, 30, 0.7, 8  # pages a row and a sheet, pixels a point, pixels
GREY, COLOURS = (150, 150, 150), 96
TELLING = ("续表", "图1", "图 1", "①", "表1", "表 1", "附：")


def chosen(texts: list[str], openings: list[int]) -> list[int]:
    """Return the pages to show, from 0: `openings` are those on which a section begins."""
    first = openings[0] if openings else 0
    pages = {*range(first), *openings, len(texts) - 1}
    for sign in TELLING:
        pages |= set([page for page in range(first, len(texts)) if sign in texts[page]][:1])
    # as many as there is room for of the pages after openings, which show running text
    for page in openings:
        if len(pages) < MOST and page + 1 < len(texts):
            pages.add(page + 1)
    return sorted(pages)


def sheet(pdf: bytes) -> Image.Image:
    """Return the chosen pages side by side."""
    document = pypdfium2.PdfDocument(pdf)
    texts = [re.sub(r"\r\n", "\n", page.get_textpage().get_text_bounded()) for page in document]
    tops = [mark for mark in document.get_toc(max_depth=9) if mark.level == 0]
    openings = sorted({mark.get_dest().get_index() for mark in tops})
    shown = [
        document[page].render(scale=SCALE).to_pil().convert("RGB")
        for page in chosen(texts, openings)
    ]
    wide, tall = shown[0].size
    rows = -(-len(shown) // COLUMNS)
    size = (COLUMNS * (wide + GAP) + GAP, rows * (tall + GAP) + GAP)
    image = Image.new("RGB", size, GREY)
    for number, page in enumerate(shown):
        row, column = divmod(number, COLUMNS)
        image.paste(page, (GAP + column * (wide + GAP), GAP + row * (tall + GAP)))
    return image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def main() -> None:
    """Write one sheet for each file that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, default=Path("config/publications/digest.toml"))
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("files", type=Path, nargs="+")
    wanted = parser.parse_args()
    profile = read_profile(wanted.profile)
    for path in wanted.files:
        data, kind = pages_of(path, profile), path.suffix.removeprefix(".")
        target = wanted.out / f"pages-{path.stem}-{kind}.png"
        sheet(data).save(target, optimize=True)
        print(f"{target}: {measured(data, profile.page).share:.1%} of the lines on the grid")


if __name__ == "__main__":
    main()
