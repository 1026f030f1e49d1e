"""The contents of the Word edition: a field that Word can update, or lines on the cover."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from editor.assembler.contents import Entry, Line, entries, set_lines
from editor.assembler.headlines import set_width
from editor.assembler.word.ooxml import (
    Node,
    complex_field,
    element,
    field_begin,
    field_end,
    run,
    twips,
    value,
)
from editor.assembler.word.styles import faces
from editor.assembler.word.text import Manuscript, plain_runs
from editor.profile import FontRole, Profile

GROUP_GAP = 8.0  # points above a group of contents on the cover


def solo_role(profile: Profile) -> str:
    """Return the heading style of a solo section: its own where section lines have no number."""
    toc = profile.toc
    return (
        "solo" if toc.numbers and toc.solo_number and toc.section_numbers == "none" else "section"
    )


def _out_of_sight() -> Node:
    """Return the spacing of the paragraph that closes the field: no line of the page is lost."""
    return element("w:spacing", before=0, after=0, line=20, lineRule="exact")


def instruction(profile: Profile) -> str:
    """Return the field's instruction: updated in Word, it gives the same contents again."""
    if not profile.toc.numbers:
        return r' TOC \o "1-2" \n \h \z \u '
    if profile.toc.section_numbers == "none":
        return r' TOC \o "1-2" \n "1-1" \t "Solo Section,3" \h \z '
    return r' TOC \o "1-2" \h \z \u '


# --- contents on pages of their own --------------------------------------------------------------


def contents(manuscript: Manuscript) -> Node:
    """Return the contents as a content control that holds their title and a real field."""
    profile = manuscript.profile
    lines = entries(manuscript.document, profile)
    paragraphs = [_paragraph(manuscript, entry) for entry in lines]
    begin = field_begin(instruction(profile))
    # the first entry opens the field, a paragraph after the last one closes it
    first = paragraphs[0]
    first[1:1] = begin
    return element(
        "w:sdt",
        element(
            "w:sdtPr",
            element(
                "w:docPartObj",
                value("w:docPartGallery", "Table of Contents"),
                element("w:docPartUnique"),
            ),
        ),
        element(
            "w:sdtContent",
            manuscript.line("toc_title", profile.toc.title),
            *paragraphs,
            manuscript.paragraph("toc_item", field_end(), properties=(_out_of_sight(),)),
        ),
    )


def _paragraph(manuscript: Manuscript, entry: Entry) -> Node:
    # a right indent would keep titles out of the numbers' column, but then LibreOffice drops
    # the numbers: long titles get a line break instead, which updating the field takes out again
    lines = set_lines(entry, manuscript.profile, manuscript.looks)
    content = plain_runs("\n".join(lines))
    if entry.numbered:
        instruction_text = rf" PAGEREF {manuscript.bookmark(entry.anchor)} \h "
        content.append(run(element("w:tab")))
        content += complex_field(instruction_text, manuscript.number(entry.anchor))
    tab = element("w:tab", val="right", leader="dot", pos=twips(manuscript.text_width))
    return manuscript.paragraph(
        entry.line.value,
        manuscript.jump(entry.anchor, *content),
        properties=(element("w:tabs", tab),),
    )


def _text(text: str, profile: Profile) -> str:
    return text.upper() if profile.toc.caps else text


# --- contents on the cover -----------------------------------------------------------------------


@dataclass(frozen=True)
class CoverLine:
    """A line of the contents on the cover; `group` is the section's name that runs into it."""

    anchor: str
    role: str
    group: str
    text: str


def cover_lines(manuscript: Manuscript) -> Iterator[CoverLine]:
    """Yield contents without numbers; a group's name may run into its first title."""
    profile = manuscript.profile
    group = ""
    for entry in entries(manuscript.document, profile):
        text = _text(entry.text, profile)
        if entry.line is Line.section and profile.toc.run_in_group:
            group = text
            continue
        yield CoverLine(entry.anchor, entry.line.value, group, text)
        group = ""


def cover_height(manuscript: Manuscript, lines: Iterable[CoverLine], scale: float = 1) -> float:
    """Return how many points these lines take, set `scale` times as large as their styles say."""
    height = 0.0
    for line in lines:
        look = manuscript.looks[line.role]
        room = (manuscript.text_width - look.left) / (look.size * scale)
        rows = math.ceil(set_width(line.group + line.text) / room)
        height += rows * look.pitch * scale + (GROUP_GAP * scale if line.group else 0)
    return height


def cover_contents(
    manuscript: Manuscript, lines: Iterable[CoverLine], scale: float
) -> Iterator[Node]:
    """Yield the lines, set `scale` times as large as their styles say."""
    hei = faces(FontRole.hei, manuscript.profile)
    for line in lines:
        look = manuscript.looks[line.role]
        size = look.size * scale if scale < 1 else None
        spacing: dict[str, object] = {"before": twips(GROUP_GAP * scale)} if line.group else {}
        if scale < 1:
            spacing |= {"line": twips(look.pitch * scale), "lineRule": "exact"}
        name = plain_runs(line.group, bold=True, fonts=hei, size=size)
        link = manuscript.jump(line.anchor, *name, *plain_runs(line.text, size=size))
        properties = (element("w:spacing", **spacing),) if spacing else ()
        yield manuscript.paragraph(line.role, link, properties=properties)
