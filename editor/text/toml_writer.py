"""Data as TOML that a person can read and edit: the standard library only reads it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml(data: Mapping[str, Any]) -> str:
    """Return JSON data as TOML; what is None is left out, as TOML has no such value."""
    return "\n".join(_table(data, ())).strip("\n") + "\n"


def _table(data: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield a table's own values, then the tables within it."""
    for key, value in data.items():
        if value is not None and not _has_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in data.items():
        inner = (*path, key)
        if isinstance(value, Mapping):
            # a table of tables alone needs no line of its own
            if not value or not all(_has_tables(each) for each in value.values()):
                yield from ("", f"[{_dotted(inner)}]")
            yield from _table(value, inner)
        elif _has_tables(value):
            for row in value:
                yield from ("", f"[[{_dotted(inner)}]]", *_table(row, inner))


def _has_tables(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and any(isinstance(each, Mapping) for each in value)
    )


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(_key(part) for part in path)


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    # a JSON text is a TOML text but for the character DEL
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
