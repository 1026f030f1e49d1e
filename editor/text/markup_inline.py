"""Runs of characters from a page become lines of inline content: white space, marks, breaks."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from editor.text.document import Figure, FootnoteRef, Inline, Inlines, Mark, Text

BREAK = "\n"
_SOURCE_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_BLANKS = re.compile(r"[ \u00a0\u2002-\u200a\u202f\u205f]+")
_EDGE_BLANKS = " \u00a0\u3000\u2002\u2003\u2009"
# Zero-width and control characters, soft hyphens, private marks of editors: nothing to see.
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufff9-\uffff"
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
_WIDE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef，。、；：？！“”‘’（）《》〈〉【】…—]"
_BLANK_BETWEEN_WIDE = re.compile(rf"(?<={_WIDE})\n+(?={_WIDE})")
_INDENT = re.compile(r"^(?:\u3000{1,}|[ \u00a0]{3,}|\u2003{1,})")
_SENTENCE_END = re.compile(r"[。！？；：…!?;:][”’」』）)]*$")
LONG_LINE = 20


@dataclass(frozen=True)
class Picture:
    """A figure met among characters; the paragraph decides where it stands."""

    figure: Figure


Piece = Text | FootnoteRef | Picture
Line = list[Piece]


def visible(text: str) -> str:
    """Return text as it is seen: without characters that are not, and composed (NFC).

    Both would be glyphs to print, and no font has an accent that a file's name lays over a letter.
    """
    text = _INVISIBLE.sub("", text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def clean_characters(text: str, *, verbatim: bool = False) -> str:
    """Return text without invisible characters, in NFC; source white space becomes one blank.

    A source line break between two Chinese characters is a fold, not a blank. With `verbatim`
    (inside <pre>) line breaks stay.
    """
    text = visible(text.replace("\r\n", "\n").replace("\r", "\n"))
    if verbatim:
        return text.replace("\t", " ")
    return _SOURCE_BLANKS.sub(" ", _BLANK_BETWEEN_WIDE.sub("", text))


def squeeze(text: str) -> str:
    """Return one line: every run of white space a single blank, none at the edges."""
    return " ".join(clean_characters(text).replace("\u00a0", " ").split())


def paragraphs(pieces: Sequence[Piece]) -> list[Line]:
    """Split pieces at breaks into paragraphs; a single break may stay inside one.

    A break ends the paragraph when the next line is blank or indented, or when the line before
    it is a long one that ends a sentence: content systems write paragraphs as <br> lines.
    """
    result: list[Line] = []
    current: Line = []
    before = ""
    for line in _lines(pieces):
        pictures = any(isinstance(piece, Picture) for piece in line)
        text = line_text(line)
        if pictures or _blank(line, text) or _starts_paragraph(before, text):
            result += [current] if current else []
            result += _apart(line) if pictures else []
            current = []
        if not pictures and not _blank(line, text):
            current += [Text(text=BREAK), *line] if current else line
        before = text if current else ""
    return [*result, current] if current else result


def _blank(line: Line, text: str) -> bool:
    noted = any(isinstance(piece, FootnoteRef) for piece in line)
    return not noted and not text.strip(_EDGE_BLANKS + BREAK)


def _lines(pieces: Sequence[Piece]) -> list[Line]:
    lines: list[Line] = [[]]
    for piece in pieces:
        if not isinstance(piece, Text) or BREAK not in piece.text:
            lines[-1].append(piece)
            continue
        for number, part in enumerate(piece.text.split(BREAK)):
            if number:
                lines.append([])
            if part:
                lines[-1].append(piece.model_copy(update={"text": part}))
    return lines


def _apart(line: Line) -> list[Line]:
    """Return the words of a line, then each of its pictures."""
    words: Line = [piece for piece in line if not isinstance(piece, Picture)]
    pictures: list[Line] = [[piece] for piece in line if isinstance(piece, Picture)]
    return [words, *pictures] if line_text(words).strip(_EDGE_BLANKS) else pictures


def _starts_paragraph(before: str, line: str) -> bool:
    if not before:
        return False
    if _INDENT.match(line):
        return True
    last = before.strip(_EDGE_BLANKS)
    return len(last) >= LONG_LINE and bool(_SENTENCE_END.search(last))


def line_text(line: Iterable[Piece]) -> str:
    """Return the characters of a line, pictures and footnotes left out."""
    return "".join(piece.text for piece in line if isinstance(piece, Text))


def finish(line: Iterable[Piece]) -> Inlines:
    """Return a line as inline content: equal neighbours merged, blanks squeezed and trimmed."""
    merged: list[Inline] = []
    for piece in line:
        if isinstance(piece, Picture):
            continue
        previous = merged[-1] if merged else None
        if isinstance(piece, Text) and isinstance(previous, Text) and _alike(piece, previous):
            merged[-1] = previous.model_copy(update={"text": previous.text + piece.text})
        else:
            merged.append(piece)
    return tuple(_trim([_squeezed(piece) for piece in merged]))


def _alike(one: Text, other: Text) -> bool:
    return (one.marks, one.href) == (other.marks, other.href)


def _squeezed(piece: Inline) -> Inline:
    if not isinstance(piece, Text):
        return piece
    text = re.sub(r"[ \u00a0]*\n[ \u00a0\u3000]*", "\n", _BLANKS.sub(" ", piece.text))
    return piece.model_copy(update={"text": text})


def _trim(pieces: list[Inline]) -> list[Inline]:
    edge = _EDGE_BLANKS + BREAK
    while pieces and isinstance(first := pieces[0], Text):
        text = first.text.lstrip(edge)
        pieces = [first.model_copy(update={"text": text}), *pieces[1:]] if text else pieces[1:]
        if text:
            break
    while pieces and isinstance(last := pieces[-1], Text):
        text = last.text.rstrip(edge)
        pieces = [*pieces[:-1], last.model_copy(update={"text": text})] if text else pieces[:-1]
        if text:
            break
    return [piece for piece in pieces if not isinstance(piece, Text) or piece.text]


def all_strong(inlines: Inlines) -> bool:
    """Return whether every visible character is bold; False when there is none."""
    texts = [piece for piece in inlines if isinstance(piece, Text) and piece.text.strip()]
    return bool(texts) and all(Mark.strong in piece.marks for piece in texts)
