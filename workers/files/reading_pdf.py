"""A PDF's lines become paragraphs again: joined, told from headings, freed of page furniture."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from editor.text.document import AnyBlock, Heading, Text, paragraph
from editor.text.handed_in import FileNote, FileReason, Unreadable
from editor.text.markup_inline import clean_characters, squeeze
from workers.dates import parse_date
from workers.files.file_facts import Facts, facts_of
from workers.files.handed_in import FileDate, FileKind, HandedIn
from workers.files.pdf_lines import PdfLine, PdfText, lines_of, wide

MARGIN_LINES = 3
LONGEST_HEADING = 80
LARGER = 1.12
READABLE = 0.7
_PAGE_NUMBER = re.compile(
    r"^[-—–·•\s/|]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/,，·]?\s*(?:共|of)?\s*\d{1,4}\s*页?)?[-—–·•\s|]*$"
    r"|^[ivxlc]{1,7}$|^page\s+\d{1,4}(?:\s+of\s+\d{1,4})?$",
    re.I,
)
_DIGITS = re.compile(r"\d+")
_NUMBERED = re.compile(
    r"^(?:第[一二三四五六七八九十百]{1,4}[章节条编部]|[一二三四五六七八九十]{1,3}[、.．]"
    r"|[（(][一二三四五六七八九十]{1,3}[)）]|\d{1,2}(?:\.\d{1,2}){0,3}[、.．\s]|[•●■◆▪·]\s)"
)
_PRIVATE = re.compile("[\ue000-\uf8ff\ufffd]")
_ENDS = "。！？；…!?;"


@dataclass(frozen=True)
class Measure:
    """How the running text is set: its size, its edges by column, the pitch of its lines."""

    size: float
    pitch: float
    edges: dict[int, tuple[float, float]]


def read_pdf(body: bytes, *, name: str, now: datetime, zone: ZoneInfo) -> HandedIn:
    """Return what a PDF says; raises Unreadable with the reason (scanned, garbled, locked)."""
    text = lines_of(body)
    _check(text)
    notes: Counter[FileNote] = Counter({FileNote.pdf_rebuilt: 1})
    lines = list(without_margins(text.lines, text.pages, notes))
    blocks = tuple(rebuilt(lines, notes))
    notes[FileNote.pdf_pictures] += text.pictures
    notes[FileNote.pdf_empty_pages] += text.empty_pages
    notes[FileNote.cut] += text.pages < text.all_pages
    styled = _largest(lines)
    facts = facts_of(blocks, styled, fallback=text.title, name=name, now=now, zone=zone)
    return HandedIn(
        kind=FileKind.pdf,
        title=facts.title,
        blocks=facts.blocks,
        source_name=facts.source_name,
        byline=facts.byline,
        published=facts.published or _saved(text.created, facts, zone),
        notes=+notes,
    )


def _check(text: PdfText) -> None:
    """Raise Unreadable when there is no text, or none that means anything."""
    characters = "".join("".join(line.text.split()) for line in text.lines)
    if len(characters) < 10 * max(1, text.pages - text.empty_pages) and text.pictures:
        raise Unreadable(FileReason.scanned, f"{text.pages} pages, {text.pictures} pictures")
    if not characters:
        raise Unreadable(FileReason.no_text, f"{text.pages} pages")
    private = len(_PRIVATE.findall(characters))
    if private > (1 - READABLE) * len(characters):
        raise Unreadable(FileReason.garbled, f"{private} of {len(characters)} characters")


# --- page furniture ------------------------------------------------------------------------------


def without_margins(
    lines: Sequence[PdfLine], pages: int, notes: Counter[FileNote]
) -> Iterator[PdfLine]:
    """Yield the lines without page numbers and what repeats at the pages' heads and feet.

    Only lines that stand apart from the text, or are set smaller, can be such: a line of the
    text that comes twice is not lost.
    """
    if not lines:
        return
    apart = _apart(lines)
    seen: Counter[str] = Counter(_key(lines[place]) for place in apart)
    often = max(2, pages // 2)
    for place, line in enumerate(lines):
        repeats = seen[_key(line)] >= often and len(line.text) <= 80
        if place in apart and (_PAGE_NUMBER.match(line.text) or repeats):
            notes[FileNote.margins] += 1
            continue
        yield line


def _apart(lines: Sequence[PdfLine]) -> set[int]:
    """Return the places of the lines at the edges of pages that a gap or their size sets apart."""
    measure = _measure(lines)
    by_page: dict[int, list[int]] = {}
    for place, line in enumerate(lines):
        by_page.setdefault(line.page, []).append(place)
    found: set[int] = set()
    for places in by_page.values():
        ordered = sorted(places, key=lambda each: -lines[each].base)
        for side in (ordered, ordered[::-1]):
            found |= set(_edge([lines[each] for each in side], side, measure))
    return found


def _edge(side: Sequence[PdfLine], places: Sequence[int], measure: Measure) -> Iterator[int]:
    """Yield the places of the outermost lines down to the first wide gap; one small line too."""
    gaps = [abs(one.base - other.base) for one, other in pairwise(side[: MARGIN_LINES + 1])]
    wide_gaps = [n for n, gap in enumerate(gaps, 1) if gap > 1.35 * measure.pitch]
    depth = wide_gaps[0] if wide_gaps else 0
    for n, place in enumerate(places[:MARGIN_LINES]):
        if n < depth or (n == 0 and side[n].size < 0.95 * measure.size):
            yield place


def _key(line: PdfLine) -> str:
    """Return what a running head has in common on every page: its words, and where it stands."""
    return f"{_DIGITS.sub('#', squeeze(line.text))}@{round(line.base / 6)}"


# --- paragraphs ----------------------------------------------------------------------------------


def rebuilt(lines: Sequence[PdfLine], notes: Counter[FileNote]) -> Iterator[AnyBlock]:
    """Yield headings and paragraphs."""
    if not lines:
        return
    measure = _measure(lines)
    levels = _levels(lines, measure)
    group: list[PdfLine] = []
    for line in lines:
        if group and _begins(group, line, measure):
            yield from _block(group, measure, levels, notes)
            group = []
        group.append(line)
    yield from _block(group, measure, levels, notes)


def _measure(lines: Sequence[PdfLine]) -> Measure:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    size = sizes.most_common(1)[0][0]
    running = [line for line in lines if abs(line.size - size) < 0.1 * size] or list(lines)
    pitches = [
        above.base - below.base
        for above, below in pairwise(running)
        if above.column == below.column and 0 < above.base - below.base < 4 * size
    ]
    edges: dict[int, tuple[float, float]] = {}
    whole = _edges(running)
    for column in {line.column for line in lines}:
        own = [line for line in running if line.column == column]
        edges[column] = _edges(own) if len(own) >= 4 else whole
    return Measure(size, statistics.median(pitches) if pitches else 1.5 * size, edges)


def _edges(lines: Sequence[PdfLine]) -> tuple[float, float]:
    """Return the left and right edge of a column: where most lines begin, how far most reach."""
    lefts = Counter(round(line.left) for line in lines)
    rights = sorted(line.right for line in lines)
    most = lefts.most_common(1)[0][1]
    left = min(place for place, count in lefts.items() if count * 2 >= most)
    return float(left), rights[int(len(rights) * 0.9)] if len(rights) > 1 else rights[0]


def _levels(lines: Sequence[PdfLine], measure: Measure) -> dict[float, int]:
    """Return the heading levels of the sizes that are larger than the text's."""
    sizes = {round(line.size) for line in lines if line.size > LARGER * measure.size}
    return {float(size): min(n, 3) for n, size in enumerate(sorted(sizes, reverse=True), 1)}


def _begins(group: Sequence[PdfLine], line: PdfLine, measure: Measure) -> bool:
    """Whether a line begins a new block."""
    before = group[-1]
    if abs(line.size - before.size) > 0.1 * measure.size or line.cells > 1 or before.cells > 1:
        return True
    large = line.size > LARGER * measure.size
    if line.bold != before.bold and (len(group) > 1 or not large):
        return not _mid_sentence(before, line, measure)
    if line.column == before.column and before.base - line.base > 1.5 * max(
        measure.pitch, 1.2 * line.size
    ):
        return True
    if large:
        return line.column != before.column
    return _indented(group, line, measure) or _ended(before, line, measure)


def _mid_sentence(before: PdfLine, line: PdfLine, measure: Measure) -> bool:
    return not _ended(before, line, measure) and not before.bold


def _indented(group: Sequence[PdfLine], line: PdfLine, measure: Measure) -> bool:
    left, _ = measure.edges[line.column]
    indent = line.left - left
    if indent < 1.2 * measure.size:
        return bool(_NUMBERED.match(line.text)) and group[-1].text[-1:] in _ENDS
    # all lines of a block may stand indented, as in a quotation
    own, _ = measure.edges[group[-1].column]
    hanging = len(group) > 1 and abs((group[-1].left - own) - indent) < 0.5 * measure.size
    return not hanging


def _ended(before: PdfLine, line: PdfLine, measure: Measure) -> bool:
    """Whether the line before stopped short although the next one's first word had room."""
    _, right = measure.edges[before.column]
    first = line.text[:1] if wide(line.text) else line.text.split(" ")[0]
    room = measure.size * (1 if wide(line.text) else 0.5 * len(first))
    slack = 1.5 * measure.size if wide(before.text[-1:]) or wide(line.text) else 0.6 * measure.size
    return before.right + room + slack < right


def _block(
    group: Sequence[PdfLine],
    measure: Measure,
    levels: dict[float, int],
    notes: Counter[FileNote],
) -> Iterator[AnyBlock]:
    if not group:
        return
    text = joined(line.text for line in group)
    if not text:
        return
    first = group[0]
    notes[FileNote.pdf_tables] += first.cells > 2
    level = levels.get(float(round(first.size)), 0) if first.size > LARGER * measure.size else 0
    if not level and first.bold and len(group) == 1 and _NUMBERED.match(text):
        level = 2
    if level and len(text) <= LONGEST_HEADING and text[-1] not in _ENDS:
        yield Heading(level=level, content=(Text(text=text),))
    else:
        yield paragraph(text)


def joined(lines: Iterable[str]) -> str:
    """Return lines as one: no blank between Chinese, a hyphen at a Latin line's end undone."""
    text = ""
    for raw in lines:
        line = clean_characters(raw).strip()
        if not text or not line or wide(text[-1]) or wide(line):
            text += line
        elif re.search(r"[a-z]-$", text) and line[0].islower():
            text = text[:-1] + line
        elif text[-1] in "-/–":
            text += line
        else:
            text += f" {line}"
    return text.strip()


def _largest(lines: Sequence[PdfLine]) -> str:
    """Return the words set largest on the first page, "" when nothing stands out."""
    first = [line for line in lines if line.page == lines[0].page] if lines else []
    if len(first) < 2:
        return ""
    size = max(line.size for line in first)
    title = [line for line in first if line.size > 0.97 * size]
    others = [line.size for line in lines if line.size <= 0.97 * size]
    if not others or size < LARGER * statistics.median(others) or len(title) > 4:
        return ""
    words = joined(line.text for line in title)
    return words if len(words) <= 120 else ""


def _saved(raw: str, facts: Facts, zone: ZoneInfo) -> FileDate | None:
    """Return when the file was written, from a date such as D:20260709083000+08'00'."""
    match = re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)", raw)
    if not match:
        return None
    date = parse_date("-".join(match.groups()), how="file", now=facts.now, zone=zone)
    return FileDate(date.moment, "file") if date and facts.plausible(date.moment) else None
