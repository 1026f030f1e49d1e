"""Places of bars on the small plots that the server draws; pure.

The marks are SVG attributes in a box of `WIDTH` units, so that the policy against inline styles
holds and the sheet gives colours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from editor.schedule import Window
from editor.store.models import Hole
from editor.workflow import HoleState

WIDTH = 1000
NARROWEST = 6


@dataclass(frozen=True)
class Mark:
    """A stretch of a time bar: where it lies, its tone (a class of the sheet), what it says."""

    x: int
    width: int
    tone: str
    title: str


def place(window: Window, start: datetime, end: datetime) -> tuple[int, int]:
    """Return x and width of [start, end) on a bar of the window, both clipped to it."""
    length = (window.closes_at - window.opens_at).total_seconds()
    left, right = (
        min(max((moment - window.opens_at).total_seconds() / length, 0.0), 1.0)
        for moment in (start, end)
    )
    x, width = round(left * WIDTH), round(max(right - left, 0) * WIDTH)
    if width >= NARROWEST:
        return x, width
    return min(x, WIDTH - NARROWEST), NARROWEST


STEP = 5
TALL = 20


@dataclass(frozen=True)
class DayBar:
    """One day on a source's plot: its place, tone and words."""

    x: int
    tone: str
    title: str


def day_paths(tones: Sequence[str]) -> dict[str, str]:
    """Return one SVG path a tone that draws a bar a day: a small plot for long lists."""
    paths: dict[str, str] = {}
    for number, tone in enumerate(tones):
        paths[tone] = f"{paths.get(tone, '')}M{number * STEP} 0h{STEP - 1}v{TALL}h-{STEP - 1}z"
    return paths


TONES = {
    HoleState.open: "hole",
    HoleState.queued: "filling",
    HoleState.failed: "hole",
    HoleState.filled: "filled",
    HoleState.dismissed: "settled",
}


def time_bar(
    window: Window, holes: Iterable[tuple[Hole, str]], *, until: datetime | None
) -> Sequence[Mark]:
    """Return the marks of a source's window: read up to `until` (None: never), holes on it.

    Each hole comes with the words that its mark says. Settled holes lie under open ones.
    """
    marks = []
    if until is not None and until > window.opens_at:
        marks.append(Mark(*place(window, window.opens_at, until), "read", ""))
    settled = (HoleState.filled, HoleState.dismissed)
    for hole, words in sorted(holes, key=lambda pair: pair[0].state not in settled):
        marks.append(Mark(*place(window, hole.after_at, hole.before_at), TONES[hole.state], words))
    return marks
