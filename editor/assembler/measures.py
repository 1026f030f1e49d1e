"""Sizes that both editions share: points, and how large a picture is printed."""

import math

from editor.assembler.headlines import set_width
from editor.assembler.looks import looks
from editor.assembler.phrases import caption
from editor.profile import POINTS_PER_MM as POINTS_PER_MM
from editor.profile import Profile
from editor.text.document import Article, Blocks, Figure, Heading, Paragraph, Role, plain

DOTS_PER_INCH = 150  # a picture is never enlarged beyond this
LEAST_SHARE = 0.2  # of a page's height, which any picture may have
CAPTION_ROOM = 60.0  # points kept free at least under a picture that fills the page
LOOSE = 2.0  # em by which a full line may be short, where a word goes to the next
BOOK_COVER = (96.0, 140.0)

Size = tuple[float, float]


def figure_room(profile: Profile, figure: Figure, above: float = 0.0) -> Size:
    """Return how wide and how tall a figure may be, in points, for its lines to stand below.

    `above` is what the heads take that stand on its page with it.
    """
    page, own = profile.page, looks(profile)
    widest = min(profile.figure.max_width_mm * POINTS_PER_MM, page.text_width)
    lines = sum(
        most_lines(text, page.text_width / own[role].size) * own[role].pitch
        for role, text in (("note", figure.source), ("figure_caption", caption(figure.caption)))
    )
    # a whole number of lines, with a half above and below
    tallest = page.text_height - above - max(CAPTION_ROOM, lines + 2 * page.pitch)
    # heads that leave less than a strip of the page do not all stay with it
    return widest, max(tallest, LEAST_SHARE * page.text_height)


def most_lines(text: str, room: float) -> int:
    """Return how many lines of `room` em a text takes, generously counted."""
    width = set_width(text)
    return math.ceil(width / (room - LOOSE) if width > room else width / room)


def heads_above(article: Article, blocks: Blocks, number: int, profile: Profile) -> float:
    """Return how tall the heads are, in points, that no page may part from a block.

    Where they are all that is above it in the item, its headline and its section's are among them.
    """
    own, page = looks(profile), profile.page
    tall = 0.0
    for block in reversed(blocks[:number]):
        match block:
            case Heading():
                role = f"inner{block.level}"
            case Paragraph(role=Role.kicker | Role.deck):
                role = block.role.value
            case _:
                return tall
        lines = most_lines(plain(block.content), page.text_width / own[role].size - 2)
        # with the blank line above it
        tall += lines * max(own[role].pitch, page.pitch) + page.pitch
    words = (("item", article.headline), ("subtitle", article.subtitle), ("source", "出处"))
    tall += sum(
        most_lines(text, page.text_width / own[role].size) * own[role].pitch for role, text in words
    )
    return tall + 2 * max(own["section"].pitch, page.pitch) + 2 * page.pitch


def fitted(pixels: tuple[int, int], room: Size) -> Size:
    """Return a picture's size in points: as large as the room, never enlarged over 150 dpi."""
    width, height = pixels
    scale = min(72 / DOTS_PER_INCH, room[0] / width, room[1] / height)
    return width * scale, height * scale
