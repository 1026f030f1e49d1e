"""A text as a sentence quotes it: whole while it is short, else its two ends."""

import re

MOST = 36  # characters that a sentence quotes whole
TAIL = 10  # of its end, where it is cut
CUT = "……"
WORD = re.compile(r"[0-9A-Za-z]")


def briefly(text: str, most: int = MOST) -> str:
    """Return a text of at most `most` characters: beginning and end, the middle left out.

    White space becomes single blanks; a figure or a Latin word is not cut in two while it is short.
    """
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    tail = min(TAIL, most // 3)
    head, end = most - tail - len(CUT), len(text) - tail
    return f"{text[: _before(text, head)].rstrip()}{CUT}{text[_after(text, end) :].lstrip()}"


def _before(text: str, at: int) -> int:
    """Return where the head ends: before the word that would be cut, unless it is a long one."""
    return next((to for to in range(at, max(at // 2, 0), -1) if not _inside(text, to)), at)


def _after(text: str, at: int) -> int:
    """Return where the tail begins: behind the word that would be cut, unless it is a long one."""
    last = (at + len(text)) // 2
    return next((to for to in range(at, last) if not _inside(text, to)), at)


def _inside(text: str, at: int) -> bool:
    return bool(WORD.match(text[at - 1]) and WORD.match(text[at]))
