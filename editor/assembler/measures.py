"""Sizes that both editions share: points, and how large a picture is printed."""

from editor.profile import POINTS_PER_MM as POINTS_PER_MM
from editor.profile import Profile

DOTS_PER_INCH = 150  # a picture is never enlarged beyond this
CAPTION_ROOM = 60.0  # points kept free under a picture that fills the page
BOOK_COVER = (96.0, 140.0)

Size = tuple[float, float]


def figure_room(profile: Profile) -> Size:
    """Return how wide and how tall a figure may be, in points."""
    page = profile.page
    widest = min(profile.figure.max_width_mm * POINTS_PER_MM, page.text_width)
    return widest, page.text_height - CAPTION_ROOM


def fitted(pixels: tuple[int, int], room: Size) -> Size:
    """Return a picture's size in points: as large as the room, never enlarged over 150 dpi."""
    width, height = pixels
    scale = min(72 / DOTS_PER_INCH, room[0] / width, room[1] / height)
    return width * scale, height * scale
