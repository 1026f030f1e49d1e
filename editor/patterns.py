"""Patterns of a profile: text with places in braces that an issue's values are put into.

A pattern is typed by people, so only the places it may have are let through: Python's own syntax
would also read the attributes of a value.
"""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

from editor.schedule import LabelNumber

HEAD = ("publication", "label", "section")
# the keys of a profile that hold patterns, and the places each may have
PLACES: Mapping[str, tuple[str, ...]] = {
    "cover.label_lines": ("year", "month", "number", "total"),
    "colophon.edition_value": ("edition",),
    "item.source_line": ("source", "date"),
    "item.byline": ("byline",),
    "table.continued": ("label",),
    "table.unit": ("unit",),
    "furniture.header_left": HEAD,
    "furniture.header_right": HEAD,
    "feed.corrections": ("headlines",),
}
NUMBERS = frozenset({"year", "month", "number", "total", "edition"})


def fits(pattern: str, places: tuple[str, ...]) -> bool:
    """Whether a pattern can be filled: it has no other places than these, and they are well told.

    Numbers may be formatted ({number:zh}), words may not.
    """
    try:
        parts = list(Formatter().parse(pattern))
        named = [(name, spec, how) for _, name, spec, how in parts if name is not None]
        if any(name not in places or how for name, _, how in named):
            return False
        if any(spec and ("{" in spec or name not in NUMBERS) for name, spec, _ in named):
            return False
        pattern.format(**{name: LabelNumber(1) if name in NUMBERS else "" for name in places})
    except ValueError:
        return False
    return True


def misfits(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, sentence in two languages) for each pattern of a profile that cannot be filled.

    `data` is the profile's JSON data.
    """
    for key, places in PLACES.items():
        table, _, name = key.partition(".")
        value = data[table][name]
        lines = [value] if isinstance(value, str) else value
        if not all(fits(line, places) for line in lines):
            yield key, misfit(places)


def misfit(places: tuple[str, ...]) -> str:
    """Return what is said of a pattern that cannot be filled, “中文 / English”."""
    wanted = " ".join(f"{{{place}}}" for place in places)
    return (
        f"花括号里只能写 {wanted}，并且成对；要印花括号本身，请写两个 / "
        f"only {wanted} may stand in braces; write a brace twice to print it"
    )
