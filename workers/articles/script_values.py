"""Values that a page keeps in its scripts, read without running them; time linear in the text."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

MOST_TRIED = 50
LONGEST_ARRAY = 500_000
_VALUE = re.compile(
    r"""["']?\s*[:=]\s*(?:[\w.]{1,60}\s*=\s*){0,2}(?:[\w.]{1,60}\s*\|\|\s*)?(?:\w{1,30}\(\s*)?"""
    r"""(?P<value>'(?:[^'\\]|\\.){0,200000}+'|"(?:[^"\\]|\\.){0,200000}+"|\d{1,15})""",
    re.S,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.S)
_PLAIN = {"n": "\n", "r": "", "t": "\t", "b": "", "f": "", "v": "", "0": ""}
_TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.){0,20000}+'|"(?:[^"\\]|\\.){0,20000}+"|[\[\]{}:]|[\w$]{1,100}""", re.S
)


def script_values(text: str, name: str) -> Iterator[str]:
    """Yield the strings and numbers that scripts give the name: `name = '…'`, `name: f("…")`.

    Only the first fifty places with the name are looked at.
    """
    places = re.finditer(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text)
    for place in islice(places, MOST_TRIED):
        if found := _VALUE.match(text, place.end()):
            yield _string(found["value"])


def script_value(text: str, *names: str) -> str:
    """Return the first value that one of the names has, "" when none has any."""
    values = (value for name in names for value in script_values(text, name))
    return next((value for value in values if value.strip()), "")


def values_in_array(text: str, array: str, key: str) -> list[str]:
    """Return what `key` says in each object of the array, not what it says deeper inside."""
    for place in islice(re.finditer(rf"\b{re.escape(array)}\b[\"']?\s*[:=]\s*\[", text), 5):
        if found := list(_keyed(text[place.end() : place.end() + LONGEST_ARRAY], key)):
            return found
    return []


def _keyed(text: str, key: str) -> Iterator[str]:
    """Yield the key's values in the objects of an array whose bracket has been opened."""
    depth, asked, last = 1, False, ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "[{":
            depth, asked = depth + 1, False
        elif token in "]}":
            depth, asked = depth - 1, False
            if depth == 0:
                return
        elif token == ":":
            asked = depth == 2 and last.strip("\"'") == key
        elif token[0] in "\"'" and asked:
            asked = False
            yield _string(token)
        last = token


def _string(token: str) -> str:
    """Return what a string of a script says; WeChat writes markup in it with entities."""
    if token[0] not in "\"'":
        return token
    text = _ESCAPE.sub(_escaped, token[1:-1])
    return unescape(text) if "<" not in text else text


def _escaped(match: re.Match[str]) -> str:
    short, long, single = match.groups()
    if single is not None:
        return _PLAIN.get(single, single)
    return chr(int(short or long, 16))
