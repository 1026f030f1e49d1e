"""Colours that can be read: a publication's own colour, made darker or lighter for its ground."""

PAPER, NIGHT = "fdfcf9", "17191c"
READABLE = 4.5  # WCAG 2.2, contrast of text (1.4.3)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (RRGGBB), from 1.0 to 21.0."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, ground: str) -> str:
    """Return the colour, moved towards black or white until it can be read on this ground."""
    end = "000000" if _luminance(ground) > 0.5 else "ffffff"
    for step in range(21):
        mixed = mix(colour, end, step / 20)
        if contrast(mixed, ground) >= READABLE:
            return mixed
    return end


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (0, 2, 4)]


def mix(colour: str, end: str, share: float) -> str:
    """Return the colour moved by this share, from 0.0 to 1.0, towards another."""
    pairs = zip(_channels(colour), _channels(end), strict=True)
    return "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(value / 255) for value in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
