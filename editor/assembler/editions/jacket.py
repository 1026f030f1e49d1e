"""The picture by which a reader's library knows the issue, drawn from the words of its cover."""

import io
from collections.abc import Iterable

from PIL import Image, ImageDraw, ImageFont

from editor.assembler.columns import width_em
from editor.assembler.editions.colours import PAPER
from editor.assembler.editions.reading import Reading
from editor.assembler.fonts import FILES

SIZE = (1200, 1600)
MARGIN = 110
LARGEST, SMALL = 150, 46
INK = "#3a3733"
TITLE_AT, LABEL_AT, PUBLISHER_AT = 430, 800, 1400  # where the middle of each stands, from above


def jacket(issue: Reading, colour: str) -> bytes:
    """Return a PNG of the cover's words in the publication's colour (RRGGBB); same bytes always."""
    image = Image.new("RGB", SIZE, f"#{PAPER}")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], 36), fill=f"#{colour}")
    draw.rectangle((0, SIZE[1] - 36, SIZE[0], SIZE[1]), fill=f"#{colour}")
    _lines(draw, [issue.publication], TITLE_AT, LARGEST, "Noto Sans SC", f"#{colour}")
    middle = SIZE[0] // 2
    draw.rectangle((middle - 90, 600, middle + 90, 608), fill=f"#{colour}")
    draw.rectangle((middle - 90, 616, middle + 90, 618), fill=f"#{colour}")
    _lines(draw, issue.labels, LABEL_AT, 64, "Noto Serif SC", INK)
    _lines(draw, issue.publishers, PUBLISHER_AT, SMALL, "Noto Serif SC", INK)
    output = io.BytesIO()
    image.quantize(32, Image.Quantize.FASTOCTREE).save(output, "PNG")
    return output.getvalue()


def _lines(
    draw: ImageDraw.ImageDraw, lines: Iterable[str], at: int, largest: int, family: str, ink: str
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
        draw.text(place, text, font=font, fill=ink, anchor="mm")
