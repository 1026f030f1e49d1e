"""Whether a finished PDF's running text is well set (publishing.md §16, V14).

No line opens with a closing mark or ends with an opening one, full lines reach the right edge, and
Chinese characters are neither squeezed nor pulled apart.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from editor.assembler.finished.blocks import Place, heading_marks, item_places
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.finished.pdf_stream import Line, Stream
from editor.assembler.finished.verdicts import failed
from editor.assembler.looks import looks
from editor.assembler.phrases import signed
from editor.profile import Profile
from editor.text.document import AnyBlock, IssueDocument, ListBlock, Paragraph, Quote, Role, plain
from editor.text.quoting import briefly

CLOSING = frozenset("，。、；：？！）》〉」』】”’,.;:!?)]}％%")
OPENING = frozenset("（《〈「『【“‘([{")
HALVED = frozenset("，。、；：？！）》〉」』】”’…")  # at a line's end they may be half as wide
NEAR = 3.0  # points within which a full line reaches the edge
SHORT = 0.01  # of all full lines may end before it
SOME = 5  # lines; fewer are no share of an issue
STRETCH = 0.02  # of the size, by which the mean advance may differ from it
ENOUGH = 2000  # advances, below which a mean says nothing
CHAIN = 8  # signs between which no line may end: a longer chain is parted anywhere
RUN = re.compile(r"[!-~]{24,}")
CHINESE = range(0x4E00, 0xA000)
RUNNING = frozenset({Role.body, Role.abstract, Role.keywords, Role.funding})


@dataclass
class Setting:
    """What was measured on lines of running text, each of which counts once.

    `full` counts those that the paragraph goes on after; `short` are those of them that end before
    the edge, `by_runs` such that hold or precede a long run of signs, which no line can even out,
    `marks` those that a mark opens or ends wrongly, each with its page. `advance` is the mean room
    of a Chinese character in em, of `advances` many. `found` of `sought` paragraphs were measured.
    """

    lines: int = 0
    full: int = 0
    short: list[tuple[str, int]] = field(default_factory=list)
    by_runs: list[tuple[str, int]] = field(default_factory=list)
    marks: list[tuple[str, int]] = field(default_factory=list)
    room: float = 0.0
    advances: int = 0
    sought: int = 0
    found: int = 0

    @property
    def advance(self) -> float:
        """Return the mean room of a Chinese character in em, 1.0 of none."""
        return self.room / self.advances if self.advances else 1.0


def read_lines(pdf: bytes, document: IssueDocument, profile: Profile) -> Setting:
    """Return what all lines of running text of a finished PDF are like."""
    reading = PdfReading(pdf)
    try:
        marks = heading_marks(reading, document, profile)
        stream = Stream(reading, profile, next(iter(marks.values()))[0])
        return measure_lines(stream, item_places(stream, document, profile, marks), profile)
    finally:
        reading.close()


def measure_lines(stream: Stream, places: list[Place], profile: Profile) -> Setting:
    """Return what all lines of running text are like; what is not found as a whole is left out."""
    setting = Setting()
    inset = 2 * looks(profile)["quote"].size
    for place in places:
        at = place.start
        blocks, _ = signed(place.article, profile)
        for block in blocks:
            for text, narrower in _running(block, inset):
                setting.sought += 1
                found = stream.find(text, at, place.end)
                if found is None:
                    continue
                setting.found += 1
                at = found[1]
                _measure(setting, stream, text, found[0], narrower)
    return setting


def _running(block: AnyBlock, inset: float) -> Iterator[tuple[str, float]]:
    """Yield a block's justified paragraphs, and by how much they stand in on the right."""
    match block:
        case Paragraph() if block.role in RUNNING:
            yield plain(block.content), 0.0
        case ListBlock():
            yield from ((plain(item), 0.0) for item in block.items)
        case Quote():
            yield from ((plain(content), inset) for content in block.paragraphs)


def _measure(setting: Setting, stream: Stream, text: str, start: int, narrower: float) -> None:
    """Add the lines of one paragraph; a line that a person ended is none that goes on."""
    at = start
    for piece in text.split("\n"):
        found = stream.find(piece, at)
        if found is None:
            continue
        at = found[1]
        lines = list(stream.lines(*found))
        setting.lines += len(lines)
        for line, later in pairwise(lines):
            setting.full += 1
            page = line.glyphs[-1].page
            if _gap(stream, line, narrower) > NEAR:
                run = RUN.search(line.text + later.text)
                (setting.by_runs if run else setting.short).append((line.text, page))
            if _parted(line, later):
                setting.marks.append((later.text, later.glyphs[0].page))
            _add_advances(setting, line)


def _gap(stream: Stream, line: Line, narrower: float) -> float:
    """Return how far a line ends before the right edge; a mark at its end may be half as wide."""
    last = line.glyphs[-1]
    edge = stream.room(last.page)[1] - narrower
    halved = last.size / 2 if last.char in HALVED else 0
    return min((edge - line.right, edge - line.right + halved), key=abs)


def _parted(line: Line, later: Line) -> bool:
    """Whether a line ends where none may end; chains too long for a line are parted anywhere."""
    before, after = line.glyphs[-1].char, later.glyphs[0].char
    if after in CLOSING:
        chain = len(line.text) - len(line.text.rstrip("".join(CLOSING)))
    elif before in OPENING:
        chain = len(line.text) - len(line.text.rstrip("".join(OPENING)))
    else:
        return False
    return chain < CHAIN


def _add_advances(setting: Setting, line: Line) -> None:
    for one, other in pairwise(line.glyphs):
        if other.at == one.at + 1 and ord(one.char) in CHINESE and ord(other.char) in CHINESE:
            setting.room += (other.x - one.x) / one.size
            setting.advances += 1


def check_marks(setting: Setting) -> None:
    """V14: lines begin and end as they may."""
    if setting.marks:
        text, page = setting.marks[0]
        raise failed(
            "V14",
            f"有 {len(setting.marks)} 行断在不该断的标点处，如“{briefly(text)}”",
            f"{len(setting.marks)} lines are parted at a mark, such as “{briefly(text)}”",
            sheet=page,
        )


def check_lines(stream: Stream, places: list[Place], profile: Profile) -> None:
    """V14: lines begin and end as they may, are full, and evenly set."""
    setting = measure_lines(stream, places, profile)
    check_marks(setting)
    if len(setting.short) > max(SOME, SHORT * setting.full):
        text, page = setting.short[0]
        raise failed(
            "V14",
            f"{setting.full} 个整行中有 {len(setting.short)} 行没有排到右边，如“{briefly(text)}”",
            f"{len(setting.short)} of {setting.full} full lines end before the right edge, such "
            f"as “{briefly(text)}”",
            sheet=page,
        )
    if setting.advances >= ENOUGH and abs(setting.advance - 1) > STRETCH:
        raise failed(
            "V14",
            f"汉字平均字距是字号的 {setting.advance:.3f} 倍",
            f"Chinese characters are set {setting.advance:.3f} em apart",
        )
