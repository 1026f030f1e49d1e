"""Whether a finished PDF's footnotes stand below their marks (publishing.md §16, V18).

A file whose notes are lost or numbered wrongly is not handed out. One with a note on another page
than its mark is: nothing is wrong in it, and the export says where to look.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from editor.assembler.finished.addresses import printed_runs
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.finished.pdf_tags import Tag
from editor.assembler.finished.verdicts import EDGE, bare, failed
from editor.assembler.preflight.findings import Finding, named
from editor.text.document import Article, FootnoteRef, IssueDocument, plain


@dataclass(frozen=True)
class Away:
    """A note that begins on another sheet than its mark; `nth` counts the marks from 0."""

    nth: int
    number: str
    mark: int
    note: int


def check_notes(reading: PdfReading, document: IssueDocument) -> None:
    """V18: every note is printed, in the order of its marks."""
    printed = (_words(reading, index, note) for index, note, _ in _begun(reading))
    for article, note in _noted(document):
        wanted, words = bare(plain(note.content))[: EDGE // 2], next(printed, "")
        # a note may go on to the next page after its first line
        if not words.startswith(wanted) and not (words and wanted.startswith(words)):
            raise failed(
                "V18",
                f"{named(article)[0]}的脚注没有印出：{plain(note.content)[:EDGE]}",
                f"{named(article)[1]} lacks a footnote: {plain(note.content)[:EDGE]}",
            )


def _noted(document: IssueDocument) -> Iterator[tuple[Article, FootnoteRef]]:
    for article in document.articles():
        for run in printed_runs(article.blocks):
            if isinstance(run, FootnoteRef):
                yield article, run


def away(reading: PdfReading) -> list[Away]:
    """Return the notes that do not begin on the page of their mark.

    V18: every mark has a note, which has the mark's number.
    """
    found, notes = [], deque(_notes(reading))
    for nth, (index, number) in enumerate(_marks(reading)):
        sheet, own = notes.popleft() if notes else (-1, "")
        if own != number:
            raise failed(
                "V18",
                f"第 {index + 1} 面的注号 {number} 没有对应的脚注",
                f"mark {number} on sheet {index + 1} has no note of its own",
                sheet=index,
            )
        if sheet != index:
            found.append(Away(nth, number, index, sheet))
    return found


def notes_away(pdf: bytes, document: IssueDocument) -> tuple[Finding, ...]:
    """Return what an export says of the notes on other pages than their marks, in printed order."""
    reading = PdfReading(pdf)
    try:
        labels = [reading.label(index) for index in range(len(reading.pages))]
        articles = [article for article, _ in _noted(document)]
        return tuple(_told(each, articles[each.nth], labels) for each in away(reading))
    finally:
        reading.close()


def _told(each: Away, article: Article, labels: list[str]) -> Finding:
    chinese, english = named(article)
    mark, note = labels[each.mark], labels[each.note]
    return Finding(
        "warn",
        "note_away",
        f"{chinese}：脚注 {each.number} 的注号在第 {mark} 页，注文从第 {note} 页排起。"
        "请把这条脚注缩短，或在它前面增删一两句话，再导出",
        f"{english}: the mark of note {each.number} is on page {mark}, the note begins on page "
        f"{note}. Shorten the note, or add or cut a sentence or two before it, then export again",
        article.anchor,
    )


def _marks(reading: PdfReading) -> Iterator[tuple[int, str]]:
    """Yield the sheet and the number of every mark, in printed order."""
    for index in range(len(reading.pages)):
        for mark in note_marks(reading.tags(index)):
            yield index, _signs(reading, index, mark)


def _notes(reading: PdfReading) -> Iterator[tuple[int, str]]:
    """Yield the sheet on which each note begins, and its number, in printed order."""
    for index, _, number in _begun(reading):
        yield index, number


def _begun(reading: PdfReading) -> Iterator[tuple[int, Tag, str]]:
    """Yield each note where it begins: the sheet, what stands of it there, and its number."""
    for index in range(len(reading.pages)):
        for top in reading.tags(index):
            for tag in top.walk():
                # what is left of a note goes on to the next page without its number
                if tag.kind == "Note" and (number := _number(reading, index, tag)):
                    yield index, tag, number


def _words(reading: PdfReading, index: int, note: Tag) -> str:
    """Return what is printed of a note on a sheet, without its number."""
    mark = next((tag for tag in note.walk() if tag.kind == "Lbl"), None)
    own = {*note.all_marks()} - {*(mark.all_marks() if mark else ())}
    return bare("".join(glyph.char for glyph in reading.glyphs(index) if glyph.mark in own))


def note_marks(tags: Iterable[Tag | None], within: str = "") -> Iterator[Tag]:
    """Yield the marks of notes among tags and all that is in them, in reading order."""
    for tag in tags:
        if tag is None:
            continue
        # notes and the entries of lists begin with labels, too
        if tag.kind == "Lbl" and within not in ("Note", "LI"):
            yield tag
        yield from note_marks(tag.parts, tag.kind)


def _number(reading: PdfReading, index: int, note: Tag) -> str:
    mark = next((tag for tag in note.walk() if tag.kind == "Lbl"), None)
    return _signs(reading, index, mark) if mark else ""


def _signs(reading: PdfReading, index: int, tag: Tag) -> str:
    own = frozenset(tag.all_marks())
    return "".join(glyph.char for glyph in reading.glyphs(index) if glyph.mark in own)
