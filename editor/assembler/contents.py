"""What the contents of an issue list, in whichever edition they are printed."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from editor.profile import Profile
from editor.text.document import IssueDocument, Part

NUMBER_COLUMN_EM = 3.0  # kept free of titles, in em of the line's own size


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
