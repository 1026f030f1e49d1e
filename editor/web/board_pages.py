"""What the board shows of its pages, and how soon it asks for newer ones."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from editor.desk.issues import Board
from editor.desk.live_pages import LivePages

# a layout takes a third of a second: the board asks fast at first, and slowly when nobody answers
EAGER, PATIENT = 20, 60  # times asked
RING_EVERY = 20  # times asked
AT_REST, SOON, LATER, SELDOM = 500, 120, 500, 3000  # milliseconds
FLAG_NAMES = {
    "thin_page": lazy_gettext("末页太空"),
    "long_headline": lazy_gettext("标题过长"),
    "wide_table": lazy_gettext("表格太宽"),
    "small_table": lazy_gettext("表格缩小"),
    "small_picture": lazy_gettext("图片太小"),
    "no_picture": lazy_gettext("缺图"),
    "missing_glyph": lazy_gettext("缺字"),
    "no_character": lazy_gettext("坏字"),
    "link_too_long": lazy_gettext("网址太长"),
}


@dataclass(frozen=True)
class Asking:
    """A board that asks for its pages: what there is, how often it has asked in vain.

    `moved` says that the board itself is no longer the one shown.
    """

    live: LivePages
    asked: int = 0
    moved: bool = False

    @property
    def slow(self) -> bool:
        """Whether the layout should have come long ago."""
        return self.live.pending and self.asked >= PATIENT

    @property
    def delay(self) -> int:
        """Return in how many milliseconds to ask again."""
        if not self.live.awaited:
            # somebody else may change the issue, and that is to show within a second
            return AT_REST
        if self.asked < EAGER:
            return SOON
        return LATER if self.asked < PATIENT else SELDOM

    @property
    def known(self) -> str:
        """Return what a board that got this answer has seen; an equal one is not sent again."""
        waiting = f"{self.delay}{'p' if self.live.pending else ''}{'m' if self.moved else ''}"
        return f"{self.live.known}.{waiting}"


def shown(asking: Asking, board: Board | None) -> dict[str, Any]:
    """Return what the templates need to show pages, sections' pages and flags.

    Without the board they show what holds for the whole issue.
    """
    return {
        "live": asking.live,
        "asking": asking,
        "board": board,
        "spans": asking.live.spans(board) if board else {},
        "flag_names": FLAG_NAMES,
    }
