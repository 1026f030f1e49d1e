"""What is checked in every finished file before it is handed out (publishing.md §16).

A file that fails is not handed out: the export fails with a sentence that names the place.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from itertools import takewhile, zip_longest

from lxml import etree

from editor.assembler.contents import Entry, contents_on_cover, entries, solo
from editor.assembler.finished.blocks import Mark, heading_marks
from editor.assembler.finished.pdf import check_cover, check_more
from editor.assembler.finished.pdf_reading import PdfReading
from editor.assembler.finished.verdicts import CHECKS as CHECKS
from editor.assembler.finished.verdicts import EDGE, FailedCheck, bare, failed
from editor.assembler.finished.word import check_package
from editor.assembler.looks import looks
from editor.assembler.preflight.findings import named
from editor.assembler.press.sheet import NO_SHEET, sheet_of
from editor.assembler.word.ooxml import Node, qualified
from editor.profile import Profile
from editor.text.document import (
    AnyBlock,
    FootnoteRef,
    Heading,
    Inlines,
    IssueDocument,
    ListBlock,
    Paragraph,
    Quote,
    block_lines,
    plain,
)
from editor.text.quoting import briefly

LEAD = 10.0  # points above a heading at which its mark leads a reader's eye

# --- PDF -----------------------------------------------------------------------------------------


def check_pdf(
    pdf: bytes,
    document: IssueDocument,
    profile: Profile,
    starts: Mapping[str, int],
    *,
    for_shop: bool = False,
    cover: bytes = b"",
) -> list[str]:
    """Return the checks that the PDF has passed; raises Unusable naming the first that fails.

    V18 is not among them where a note begins on another page than its mark, which does not stop a
    file: `notes_away` tells of it. `for_shop` says that it lies on the print shop's sheets, `cover`
    is its cover's own file, if it has one.
    """
    lines = entries(document, profile)
    reading = PdfReading(pdf)
    sheet = sheet_of(profile) if for_shop else NO_SHEET
    try:
        marks = heading_marks(reading, document, profile)
        places = [index for index, _ in marks.values()]
        _check_numbers(reading, lines, places, profile, starts)
        before = check_cover(cover, document, profile, sheet) if cover else ""
        front = before + "".join(reading.text(index) for index in range(places[0]))
        _check_contents(front, lines, profile, starts)
        _check_items(reading, document, profile, marks)
        further = check_more(reading, document, profile, marks, sheet)
    except FailedCheck as found:
        if found.sheet is None:
            raise
        raise found.found_at(*standing(reading, found.sheet)) from None
    finally:
        reading.close()
    return ["V01", "V02", "V03", *further]


def standing(reading: PdfReading, sheet: int) -> tuple[str, str]:
    """Return what stands on a page, by the headlines before it and on it, in both languages."""
    marks = [mark for mark in reading.outline if mark[3] < 2]
    following = [mark[3] for mark in marks[1:]] + [0]
    # a section's own heading says nothing where its first item's stands below it
    heads = [m for m, level in zip(marks, following, strict=True) if m[3] == 1 or level == 0]
    on_it = [title for title, index, _, _ in heads if index == sheet]
    running = [title for title, index, _, _ in heads if index < sheet][-1:]
    names = [briefly(title) for title in (*running, *on_it)]
    if not names:
        return "封面、刊首页或目录", "cover, masthead page or contents"
    first, last = names[0], names[-1]
    if first == last:
        return f"在《{first}》", f"in “{first}”"
    return f"在《{first}》至《{last}》", f"from “{first}” to “{last}”"


def _check_numbers(
    reading: PdfReading,
    lines: list[Entry],
    places: list[int],
    profile: Profile,
    starts: Mapping[str, int],
) -> None:
    if "{page}" not in profile.furniture.footer:
        # the profile prints no page numbers: there is nothing to compare
        return
    printed = {index: _foot(reading, index, profile) for index in sorted(set(places))}
    for line, index in zip(lines, places, strict=True):
        if str(starts[line.anchor]) not in printed[index]:
            name = briefly(line.text)
            raise failed(
                "V01",
                f"“{name}”所在页印的是 {'、'.join(printed[index]) or '空'}，"
                f"目录为 {starts[line.anchor]}",
                f"“{name}” stands on page {printed[index]}, not {starts[line.anchor]}",
            )


def _foot(reading: PdfReading, index: int, profile: Profile) -> list[str]:
    """Return the numbers printed below the text block of a page."""
    page = profile.page
    return re.findall(r"\d+", reading.text(index, (0, 0, page.width, page.bottom)))


def _check_contents(
    front: str, lines: list[Entry], profile: Profile, starts: Mapping[str, int]
) -> None:
    """Find every line with its number in what is printed before the text, in order.

    Numbers never fall.
    """
    front = bare(front)
    at = last = 0
    for line in lines:
        title = line.text.upper() if profile.toc.caps else line.text
        number = str(starts[line.anchor]) if line.numbered else ""
        at = front.find(bare(title) + number, at)
        if at < 0 or starts[line.anchor] < last:
            name = briefly(line.text)
            raise failed("V02", f"目录中“{name}”不对", f"contents line “{name}” is wrong")
        at, last = at + len(bare(title) + number), starts[line.anchor]


def _check_items(
    reading: PdfReading, document: IssueDocument, profile: Profile, marks: Mapping[str, Mark]
) -> None:
    """Find the text of each item between its headline and the next.

    Text is found paragraph by paragraph, in order, by its first characters: they stand on one
    line, whatever notes and page ends come after them.
    """
    after = dict(
        zip(marks, [*list(marks.values())[1:], (len(reading.pages) - 1, 0.0)], strict=True)
    )
    for part in document.parts:
        alone = solo(part, profile)
        for article in part.articles:
            anchor = part.anchor if alone else article.anchor
            text = _between(reading, profile, marks[anchor], after[anchor])
            openings = [] if alone else [article.headline]
            openings += [line for block in article.blocks for line in _openings(block)]
            at = 0
            for line in openings:
                opening = bare(line)[: EDGE // 2]
                found = text.find(opening, at)
                if found < 0:
                    chinese, english = named(article)
                    raise failed(
                        "V03", f"{chinese}缺少“{line[:EDGE]}”", f"{english} lacks “{line[:EDGE]}”"
                    )
                at = found + len(opening)


def _between(reading: PdfReading, profile: Profile, start: Mark, end: Mark) -> str:
    """Return what is printed from one heading to the next; running heads are left out."""
    page = profile.page
    head, foot = page.height - page.top, page.bottom
    text = ""
    for index in range(start[0], end[0] + 1):
        top = min(head, start[1] + 1) if index == start[0] else head
        bottom = max(foot, end[1] - LEAD) if index == end[0] else foot
        if bottom < top:
            text += bare(reading.text(index, (0, bottom, page.width, top)))
    return text


def _openings(block: AnyBlock) -> list[str]:
    """Return how the paragraphs of a block open, each up to its first note mark.

    Tables and figures are left out: their rows repeat and their captions move.
    """
    match block:
        case Heading() | Paragraph():
            contents: tuple[Inlines, ...] = (block.content,)
        case ListBlock():
            contents = block.items
        case Quote():
            contents = block.paragraphs
        case _:
            return []
    return [
        plain(takewhile(lambda run: not isinstance(run, FootnoteRef), content))
        for content in contents
    ]


# --- DOCX ----------------------------------------------------------------------------------------


def check_docx(content: bytes, document: IssueDocument, profile: Profile) -> list[str]:
    """Return the checks that the .docx has passed; raises Unusable naming the first that fails."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root: Node = etree.fromstring(archive.read("word/document.xml"))
        _check_headings(root, document, profile)
        further = check_package(archive, document, profile)
    return ["V01", "V02", "V03", *further]


def _check_headings(root: Node, document: IssueDocument, profile: Profile) -> None:
    """V02, V03: the headings, the contents and the text are those of the issue."""
    body = root.find(qualified("w:body"))
    own = looks(profile)
    titles = {own[role].style_id for role in ("section", "solo", "item")}
    lines = entries(document, profile)
    headings = [bare(_text(p)) for p in _paragraphs(body) if _style(p) in titles]
    if headings != [bare(line.text) for line in lines]:
        pairs = zip_longest(lines, headings)
        lost = (line for line, found in pairs if line is None or bare(line.text) != found)
        line = next(lost)
        name = briefly(line.text) if line else ""
        raise failed(
            "V03",
            f"文件中的标题与稿件不一致，从“{name}”起" if line else "文件中有多出的标题",
            f"the headings differ from “{name}” on" if line else "there are headings too many",
        )
    _check_entries(body, lines, profile)
    text = bare("".join(_text(p) for p in body.iter(qualified("w:p"))))
    for article in document.articles():
        for line in (line for block in article.blocks for line in block_lines(block)):
            if bare(line) not in text:
                chinese, english = named(article)
                raise failed(
                    "V03", f"{chinese}缺少“{line[:EDGE]}”", f"{english} lacks “{line[:EDGE]}”"
                )


def _check_entries(body: Node, lines: list[Entry], profile: Profile) -> None:
    """Compare the contents' lines, and each number's bookmark, with the headings."""
    if contents_on_cover(profile):
        return
    bookmarks = {mark.get(qualified("w:name")) for mark in body.iter(qualified("w:bookmarkStart"))}
    links = [
        link
        for control in body.iter(qualified("w:sdtContent"))
        for link in control.iter(qualified("w:hyperlink"))
    ]
    if len(links) != len(lines):
        raise failed("V02", "目录行数不对", "the contents have another number of lines")
    for link, line in zip(links, lines, strict=True):
        title = line.text.upper() if profile.toc.caps else line.text
        if not bare(_text(link)).startswith(bare(title)):
            name = briefly(line.text)
            raise failed("V02", f"目录中“{name}”不对", f"contents line “{name}” is wrong")
        if link.get(qualified("w:anchor")) not in bookmarks:
            name = briefly(line.text)
            raise failed("V10", f"“{name}”没有书签", f"“{name}” has no bookmark")


def _paragraphs(body: Node) -> Iterator[Node]:
    return (child for child in body if child.tag == qualified("w:p"))


def _style(paragraph: Node) -> str:
    style = paragraph.find(f"{qualified('w:pPr')}/{qualified('w:pStyle')}")
    return style.get(qualified("w:val")) if style is not None else ""


def _text(node: Node) -> str:
    """Return the characters of runs; a line break counts as white space."""
    return "".join(
        child.text or "" if child.tag == qualified("w:t") else " "
        for child in node.iter(qualified("w:t"), qualified("w:br"), qualified("w:tab"))
    )
