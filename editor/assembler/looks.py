"""How each role of text is set: one table that both editions read.

Sizes follow publishing.md §4; a profile's `[styles.<role>]` table overrides any of them. `name` is
the role's Word style: reading a file back relies on it.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from editor.profile import FontRole, Page, Profile, Style

SINGLE = 0.0  # a pitch of 0 means single spacing: an exact pitch would clip a picture


@dataclass(frozen=True)
class Look:
    """How a role is set: sizes in points, indents in em, `level` its outline level or None."""

    role: str
    name: str
    font: FontRole
    size: float
    pitch: float
    after: float = 0
    before: float = 0
    align: str = "left"
    first_em: float = 0
    left_em: float = 0
    right_em: float = 0
    left: float = 0
    bold: bool = False
    keep_next: bool = False
    keep_lines: bool = False
    level: int | None = None
    colour: str = "000000"
    based_on: str = "Normal"

    @property
    def style_id(self) -> str:
        """Return the id that paragraphs refer to."""
        return self.name.replace(" ", "")


S, H, K = FontRole.song, FontRole.hei, FontRole.kai

LOOKS = (
    Look("section", "heading 1", H, 22, 44, 22, align="center", bold=True, keep_next=True, level=0),
    Look("item", "heading 2", H, 16, 28, 6, align="center", bold=True, keep_next=True, level=1),
    Look("inner1", "heading 3", H, 13, 30, 2, bold=True, keep_next=True, level=2),
    Look("inner2", "heading 4", H, 12, 22, first_em=2, keep_next=True, level=3),
    Look("inner3", "heading 5", K, 12, 22, first_em=2, keep_next=True, level=4),
    Look("solo", "Solo Section", H, 22, 44, 22, align="center", bold=True, keep_next=True, level=0),
    Look("body", "Issue Body", S, 12, 22, align="both", first_em=2),
    Look("subtitle", "Subtitle Line", K, 10.5, 22, 6, align="center", keep_next=True),
    Look("source", "Source Line", K, 10.5, 22, 6, align="center", keep_next=True),
    Look("byline", "Byline", K, 10.5, 22, 6, align="right"),
    Look("kicker", "Kicker", K, 12, 22, align="center", keep_next=True),
    Look("deck", "Deck", K, 12, 22, first_em=2, keep_next=True),
    Look("abstract", "Abstract", K, 12, 22, align="both", first_em=2),
    Look("keywords", "Keywords", K, 12, 22, align="both", first_em=2),
    Look("funding", "Funding", K, 12, 22, align="both", first_em=2),
    Look("quote", "Quote", K, 12, 22, align="both", first_em=2, left_em=2, right_em=2),
    Look("bullet", "List Bullet", S, 12, 22, align="both"),
    Look("number", "List Number", S, 12, 22, align="both"),
    Look("formula", "Formula", S, 12, 22, align="center"),
    Look("caption", "caption", H, 10.5, 20, 2, align="center", keep_next=True),
    Look("figure_caption", "Figure Caption", H, 10.5, 20, 6, align="center"),
    Look("figure", "Figure", S, 12, SINGLE, 2, align="center", keep_next=True),
    Look("unit", "Table Unit", K, 9, 16, align="right", keep_next=True),
    Look("note", "Table Note", K, 9, 16, align="both"),
    Look("cell", "Table Text", S, 9, 14, align="center"),
    Look("attachment_label", "Attachment Label", S, 10.5, 14),
    Look("attachment_link", "Attachment Link", S, 9, 14),
    Look("book_label", "Book Label", H, 10.5, 18, keep_next=True),
    Look("book_text", "Book Text", S, 10.5, 18, 3, align="both"),
    Look("toc_title", "TOC Heading", H, 18, 36, 10, align="center", bold=True),
    Look("toc_section", "toc 1", H, 12, 26, bold=True, keep_next=True),
    Look("toc_item", "toc 2", S, 10.5, 20, left=12),
    Look("toc_solo", "toc 3", H, 12, 26, bold=True),
    Look("footnote", "footnote text", S, 9, 14, align="both"),
    Look("header", "header", S, 9, 14),
    Look("footer", "footer", S, 10.5, 14, align="center"),
    Look("cover_slogan", "Cover Slogan", K, 16, 28, align="center"),
    Look("cover_title", "Cover Title", H, 56, 84, align="center", bold=True),
    Look("cover_label", "Cover Label", K, 22, 38, align="center"),
    Look("cover_publisher", "Cover Publisher", H, 20, 34, align="center"),
    Look("cover_unit", "Cover Unit", S, 14, 26, align="center"),
    Look("masthead_heading", "Masthead Heading", H, 16, 28, 10, align="center", bold=True),
    Look("masthead_label", "Masthead Label", H, 12, 24),
    Look("masthead_value", "Masthead Value", S, 12, 24),
    Look("window", "Collection Window", K, 12, 24, align="center"),
    Look("colophon_heading", "Colophon Heading", H, 14, 26, 6, align="center", bold=True),
    Look("spacer", "Spacer", S, 1, 1),
)


def looks(profile: Profile) -> dict[str, Look]:
    """Return every role's look for this publication."""
    return dict(_looks(profile.page, tuple(profile.styles.items())))


@lru_cache(maxsize=32)
def _looks(page: Page, styles: tuple[tuple[str, Style], ...]) -> dict[str, Look]:
    # a layout asks for each item, many times a second
    own = dict(styles)
    return {look.role: _own(look, page, own.get(look.role)) for look in LOOKS}


# these follow the page's own body size and pitch
OF_BODY = frozenset(
    {"body", "kicker", "deck", "abstract", "keywords", "funding", "quote", "bullet", "number"}
    | {"formula", "inner2", "inner3"}
)


def _own(look: Look, page: Page, style: Style | None) -> Look:
    if look.role in OF_BODY:
        look = replace(look, size=page.body_size, pitch=page.pitch)
    if style is None:
        return look
    align = "both" if style.align == "justify" else style.align
    changes: dict[str, Any] = {
        "font": style.font,
        "size": style.size,
        "pitch": style.pitch,
        "before": style.before,
        "after": style.after,
        "align": align,
        "first_em": style.indent_em,
        "bold": None if style.weight is None else style.weight == "bold",
        "colour": style.colour,
        "keep_next": style.keep_with_next,
    }
    return replace(look, **{key: item for key, item in changes.items() if item is not None})
