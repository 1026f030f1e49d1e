"""The picture by which a reader's library knows the issue, drawn from the words of its cover."""

from collections.abc import Iterable

from PIL import Image, ImageDraw, ImageFont

from editor.assembler.columns import width_em
from editor.assembler.editions.colours import PAPER, mix
from editor.assembler.editions.reading import Reading
from editor.assembler.fonts import FILES
from editor.assembler.qr import PALETTE, png

SIZE = (1200, 1600)
MARGIN = 110
LARGEST, SMALL = 150, 46
INK = "3a3733"
TITLE_AT, LABEL_AT, PUBLISHER_AT = 430, 800, 1400  # where the middle of each stands, from above
BAND = (0, 630, 1200, 1560)  # what is drawn in ink; the title and the bars have the own colour
STEPS = 7  # between paper and full colour: with those of the ink they fit four bits a pixel
FULL = 255


def jacket(issue: Reading, colour: str) -> bytes:
    """Return a PNG of the cover's words in the publication's colour (RRGGBB); same bytes always."""
    image = Image.new("L", SIZE)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], 36), fill=FULL)
    draw.rectangle((0, SIZE[1] - 36, SIZE[0], SIZE[1]), fill=FULL)
    _lines(draw, [issue.publication], TITLE_AT, LARGEST, "Noto Sans SC")
    middle = SIZE[0] // 2
    draw.rectangle((middle - 90, 600, middle + 90, 608), fill=FULL)
    draw.rectangle((middle - 90, 616, middle + 90, 618), fill=FULL)
    _lines(draw, issue.labels, LABEL_AT, 64, "Noto Serif SC")
    _lines(draw, issue.publishers, PUBLISHER_AT, SMALL, "Noto Serif SC")
    steps = [round(value * STEPS / FULL) for value in range(FULL + 1)]
    ink = image.crop(BAND).point([step and STEPS + step for step in steps])
    image = image.point(steps)
    image.paste(ink, BAND)
    image.putpalette(_palette(colour))
    return _png(image)


def _png(image: Image.Image) -> bytes:
    """Return the picture as a PNG of four bits a pixel."""
    packed, width = image.tobytes("raw", "P;4"), SIZE[0] // 2
    rows = b"".join(b"\0" + packed[at : at + width] for at in range(0, len(packed), width))
    return png(*SIZE, rows, bits=4, colours=PALETTE, palette=bytes(image.getpalette() or ()))


def _palette(colour: str) -> list[int]:
    """Return paper, then what lies between paper and the colour, then paper and ink."""
    mixed = [PAPER]
    mixed += [
        mix(PAPER, end, step / STEPS) for end in (colour, INK) for step in range(1, STEPS + 1)
    ]
    return [int(one[at : at + 2], 16) for one in mixed for at in (0, 2, 4)]


def _lines(
    draw: ImageDraw.ImageDraw, lines: Iterable[str], at: int, largest: int, family: str
) -> None:
    """Write lines in the middle, one beneath the other, as large as the longest allows."""
    texts = [" ".join(line.split()) for line in lines if line.strip()]
    if not texts:
        return
    room = SIZE[0] - 2 * MARGIN
    size = int(min(largest, room / max(map(width_em, texts))))
    font = ImageFont.truetype(FILES[family][-1], size)
    top = at - (len(texts) - 1) * size * 0.8
    for number, text in enumerate(texts):
        place = (SIZE[0] / 2, top + number * size * 1.6)
        draw.text(place, text, font=font, fill=FULL, anchor="mm")
