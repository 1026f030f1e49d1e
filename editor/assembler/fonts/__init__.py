"""The shipped fonts: where they lie, which characters they hold, and what an issue lacks.

The subsets are made by build.py; their licences lie beside them. An office may keep further
fonts in a folder of its own (`ZHAIBIAN_FONT_DIR`): what ours lack is looked for there.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from editor.assembler.fonts.cmap import OwnFonts, read_folder
from editor.profile import Profile
from editor.text.document import (
    Article,
    FootnoteRef,
    IssueDocument,
    block_lines,
    inline_contents,
    plain,
)

FOLDER = Path(__file__).parent
FILES: dict[str, tuple[Path, ...]] = {
    "Noto Serif SC": (FOLDER / "NotoSerifSC-Regular.ttf", FOLDER / "NotoSerifSC-Bold.ttf"),
    "Noto Sans SC": (FOLDER / "NotoSansSC-Regular.ttf", FOLDER / "NotoSansSC-Bold.ttf"),
    "Zhaibian Kai": (FOLDER / "ZhaibianKai-Regular.ttf",),
}
FAMILIES = tuple(FILES)
FALLBACK, LAST = FAMILIES[0], FAMILIES[-1]
IGNORED = frozenset("\n\t")
JOINERS = frozenset("\u200d\ufe0e\ufe0f")


class Missing(NamedTuple):
    """A character that no shipped font holds: where is the anchor of its item, "" outside."""

    character: str
    code_point: str
    where: str
    quote: str


@cache
def coverage() -> frozenset[str]:
    """Return every character that each face shows, by itself or by its fallback."""
    found: set[str] = set()
    for line in (FOLDER / "coverage.txt").read_text(encoding="ascii").split():
        first, _, last = line.partition("-")
        found.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(found)


@cache
def shown(font_dir: Path | None) -> frozenset[str]:
    """Return every character that can be printed with the office's own fonts in `font_dir`."""
    return coverage() | own_fonts(font_dir).characters | IGNORED


@cache
def own_fonts(font_dir: Path | None) -> OwnFonts:
    """Return what the office's own fonts show; a process reads them once, as the engine does."""
    return read_folder(font_dir) if font_dir is not None else OwnFonts(frozenset(), ())


def missing_glyphs(
    document: IssueDocument, profile: Profile | None = None, font_dir: Path | None = None
) -> list[Missing]:
    """Return each character that cannot be printed, once for each item that uses it."""
    have = shown(font_dir)
    found: dict[tuple[str, str], Missing] = {}
    for where, text in strings(document, profile):
        lacking = set(text) - have
        # what only joins the parts of a sign goes with them: nobody can see what would be named
        for character in lacking - JOINERS or lacking:
            key = (where, character)
            found.setdefault(key, _missing(character, where, text))
    return sorted(found.values(), key=lambda entry: (entry.where, entry.character))


def _missing(character: str, where: str, text: str) -> Missing:
    at = text.index(character)
    return Missing(character, f"U+{ord(character):04X}", where, text[max(0, at - 8) : at + 8])


def strings(document: IssueDocument, profile: Profile | None = None) -> Iterator[tuple[str, str]]:
    """Yield (anchor, text) for every string that is printed."""
    pairs = (*document.masthead, *document.colophon)
    for text in (
        document.publication,
        *document.label_lines,
        *document.cover_lines,
        *document.publisher_lines,
        document.window_line,
        document.qr_caption,
        *(part for pair in pairs for part in (pair.label, pair.value)),
        *(part for credit in document.editors for part in (credit.role, *credit.names)),
    ):
        yield "", text
    if profile:
        yield "", "".join(_leaves(profile.model_dump(mode="json")))
    for part in document.parts:
        yield part.anchor, part.name
        for article in part.articles:
            for text in _article_strings(article):
                yield article.anchor, text
            if profile is None or profile.item.byline:
                yield article.anchor, article.byline


def _leaves(data: object) -> Iterator[str]:
    match data:
        case str():
            yield data
        case dict():
            for value in data.values():
                yield from _leaves(value)
        case list():
            for value in data:
                yield from _leaves(value)


def _article_strings(article: Article) -> Iterator[str]:
    yield from (article.headline, article.subtitle, article.source_line)
    for block in article.blocks:
        yield from block_lines(block)
        for inlines in inline_contents(block):
            yield from (plain(note.content) for note in inlines if isinstance(note, FootnoteRef))
    for attachment in article.attachments:
        yield attachment.label
        yield attachment.url
