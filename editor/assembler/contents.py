"""What the contents of an issue list, in whichever edition they are printed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from editor.assembler.headlines import full_lines
from editor.assembler.looks import Look
from editor.profile import Profile
from editor.text.document import IssueDocument, Part

NUMBER_COLUMN_EM = 3.0  # kept free of titles, in em of the line's own size
SOLO_ABOVE = 6.0  # points above the line of a solo section
ENDING = 2.0  # points that the end of Word's field and of its section take
FEWEST_LINES = 6  # a last page with fewer is spared by setting the lines closer
LEAST_LINES = 3  # where that is in vain, a last page has no fewer
TIGHTEST, STEP = 0.85, 0.01  # times the pitch of the contents' lines


class Line(StrEnum):
    """What a line of the contents stands for."""

    section = "toc_section"
    item = "toc_item"
    solo = "toc_solo"


@dataclass(frozen=True)
class Entry:
    """One line of the contents: the anchor it leads to, and whether it prints a number."""

    anchor: str
    text: str
    line: Line
    numbered: bool


def solo(part: Part, profile: Profile) -> bool:
    """Whether a section is one block of its own: its name is its only item's headline too."""
    if len(part.articles) != 1:
        return False
    known = any(section.solo and section.name == part.name for section in profile.section)
    return known or part.articles[0].headline == part.name


def contents_on_cover(profile: Profile) -> bool:
    """Whether the contents stand on the cover instead of on pages of their own."""
    return profile.toc.place == "cover" or profile.cover.contents_on_cover


def section_title(part: Part, profile: Profile) -> str:
    """Return a section's name as the body prints it."""
    return part.name + profile.sections.suffix


def printed_parts(document: IssueDocument) -> tuple[Part, ...]:
    """Return the sections that have items; one without any is not printed."""
    return tuple(part for part in document.parts if part.articles)


def entries(document: IssueDocument, profile: Profile) -> list[Entry]:
    """Return the lines of the contents in printed order."""
    return [entry for part in printed_parts(document) for entry in _of_part(part, profile)]


def _of_part(part: Part, profile: Profile) -> Iterator[Entry]:
    toc = profile.toc
    title = section_title(part, profile)
    if solo(part, profile):
        yield Entry(part.anchor, title, Line.solo, toc.numbers and toc.solo_number)
        return
    numbered = toc.numbers and toc.section_numbers == "all"
    yield Entry(part.anchor, title, Line.section, numbered)
    for article in part.articles:
        yield Entry(article.anchor, article.headline, Line.item, toc.numbers)


# --- how the contents are set --------------------------------------------------------------------


def set_lines(entry: Entry, profile: Profile, looks: Mapping[str, Look]) -> list[str]:
    """Return the lines of one entry, each clear of the numbers' column."""
    look = looks[entry.line.value]
    text = entry.text.upper() if profile.toc.caps else entry.text
    if not entry.numbered or contents_on_cover(profile):
        return [text]
    return full_lines(text, (profile.page.text_width - look.left) / look.size - NUMBER_COLUMN_EM)


def tightened(
    document: IssueDocument, profile: Profile, looks: Mapping[str, Look]
) -> dict[str, Look]:
    """Return the looks with the contents' lines so much closer that no page holds a few alone."""
    tight = tightness(document, profile, looks)
    roles = {line.value for line in Line} if tight < 1 else set()
    return {
        role: replace(look, pitch=round(look.pitch * tight, 2)) if role in roles else look
        for role, look in looks.items()
    }


def tightness(document: IssueDocument, profile: Profile, looks: Mapping[str, Look]) -> float:
    """Return the share of the pitch at which the contents need a page less, 1 where none helps."""
    if contents_on_cover(profile):
        return 1.0
    lines = [
        (entry.line, len(set_lines(entry, profile, looks))) for entry in entries(document, profile)
    ]
    loose = _lines_by_page(lines, profile, looks, 1.0)
    if len(loose) == 1 or loose[-1] >= FEWEST_LINES:
        return 1.0
    steps = [1 - STEP * step for step in range(1, round((1 - TIGHTEST) / STEP) + 1)]
    fewer = (one for one in steps if len(_lines_by_page(lines, profile, looks, one)) < len(loose))
    return next(fewer, 1.0)


def _lines_by_page(
    lines: Sequence[tuple[Line, int]], profile: Profile, looks: Mapping[str, Look], tight: float
) -> list[int]:
    """Return how many lines each page of the contents holds; a section's keeps its first item."""
    title = looks["toc_title"]
    room = profile.page.text_height - ENDING
    pages, at = [0], title.pitch + title.after
    for number, (line, count) in enumerate(lines):
        own = count * looks[line.value].pitch * tight
        above = SOLO_ABOVE if line is Line.solo and pages[-1] else 0.0
        kept = own
        if line is Line.section and number + 1 < len(lines):
            kept += lines[number + 1][1] * looks[lines[number + 1][0].value].pitch * tight
        if at + above + kept > room and pages[-1]:
            pages.append(0)
            at, above = 0.0, 0.0
        at += above + own
        pages[-1] += count
    return pages
