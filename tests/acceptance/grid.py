"""How many lines of a finished issue stand on the grid: the share that docs/pages.md tells (R05).

`python -m tests.acceptance.grid FILE…` prints a line for each file, a PDF or a DOCX as LibreOffice
sets it. Counted are the lines of the body's size from the first section on; a line is on the grid
when it stands whole pitches below where most lines stand.
"""

import argparse
import ctypes
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from editor.assembler.word.office import find_office, to_pdf
from editor.profile import Page, Profile, read_profile

CHINESE = "一"  # and what follows it: other signs say nothing about a line's height
FEWEST_SIGNS = 4  # fewer are a piece of a line
CLOSE = 0.7  # points
SAME_SIZE = 0.05


@dataclass(frozen=True)
class Grid:
    """How many lines were counted, and how many of them are on the grid."""

    lines: int
    held: int

    @property
    def share(self) -> float:
        """Return the share on the grid, 1.0 of no lines."""
        return self.held / self.lines if self.lines else 1.0


def measured(pdf: bytes, page: Page) -> Grid:
    """Return how many lines of the body's size there are, and how many stand on the grid."""
    heights = baselines(pdf, page.body_size)
    places = [round(height % page.pitch, 1) for height in heights]
    if not places:
        return Grid(0, 0)
    usual = Counter(places).most_common(1)[0][0]
    half = page.pitch / 2
    held = sum(abs((place - usual + half) % page.pitch - half) < CLOSE for place in places)
    return Grid(len(places), held)


def baselines(pdf: bytes, size: float) -> list[float]:
    """Return how far below its page's top each line of this size stands, in points.

    Counted from the first section's page: covers and contents are spaced by eye.
    """
    found: Counter[tuple[int, float]] = Counter()
    x, y = ctypes.c_double(), ctypes.c_double()
    with pypdfium2.PdfDocument(pdf) as document:
        first = min(mark.get_dest().get_index() for mark in document.get_toc(max_depth=15))
        for number in range(first, len(document)):
            page = document[number]
            top, text = page.get_trimbox()[3], page.get_textpage()
            for at in range(text.count_chars()):
                if chr(raw.FPDFText_GetUnicode(text.raw, at)) < CHINESE:
                    continue
                if abs(raw.FPDFText_GetFontSize(text.raw, at) - size) < SAME_SIZE:
                    raw.FPDFText_GetCharOrigin(text.raw, at, x, y)
                    found[number, round(top - y.value, 1)] += 1
    return [height for (_, height), signs in found.items() if signs >= FEWEST_SIGNS]


def pages_of(path: Path, profile: Profile) -> bytes:
    """Return a file's pages as a PDF; raises SystemExit for a DOCX without LibreOffice."""
    content = path.read_bytes()
    if path.suffix != ".docx":
        return content
    program = find_office(None)
    if program is None:
        raise SystemExit("LibreOffice is not installed: a .docx has no pages to look at")
    return to_pdf(content, profile, soffice=program)


def main() -> None:
    """Print the share of each file that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, default=Path("config/publications/digest.toml"))
    parser.add_argument("files", type=Path, nargs="+")
    wanted = parser.parse_args()
    profile = read_profile(wanted.profile)
    for path in wanted.files:
        grid = measured(pages_of(path, profile), profile.page)
        if not grid.lines:
            print(f"{path}: no line of {profile.page.body_size} points; is it another --profile?")
            continue
        print(f"{path}: {grid.held} of {grid.lines} lines on the grid, {grid.share:.1%}")


if __name__ == "__main__":
    main()
