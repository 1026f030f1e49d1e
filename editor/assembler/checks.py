"""What is checked in every finished file before it is handed out (publishing.md §16, V01–V03).

A file that fails is not handed out: the export fails with a sentence that names the place.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping

import pypdfium2
from lxml import etree

from editor.assembler.contents import Entry, contents_on_cover, entries
from editor.assembler.looks import looks
from editor.assembler.ooxml import Node, qualified
from editor.errors import Unusable
from editor.profile import Profile
from editor.text.document import IssueDocument, block_lines

LEADERS = re.compile(r"[.…·․\s]")
# what pdfium reads for a hyphen where it believes that a word was parted
PDFIUM_HYPHEN = "\ufffe"
EDGE = 20  # characters compared at either end of an item


def bare(text: str) -> str:
    """Return a text as two renderings agree on it: no white space, no dots, one form per sign."""
    return LEADERS.sub("", unicodedata.normalize("NFKC", text.replace(PDFIUM_HYPHEN, "-")))


# What each check is called on screens; the codes are those of publishing.md §16.
CHECKS = {
    "V01": ("页码", "page numbers"),
    "V02": ("目录", "contents"),
    "V03": ("稿件齐全", "every item"),
    "V10": ("书签", "bookmarks"),
    "V19": ("不联网、无脚本、链接有效", "no requests, no scripts, links that lead somewhere"),
    "SUMS": ("校验和", "checksums"),
}


def failed(check: str, chinese: str, english: str) -> Unusable:
    """Return the error of a failed check, named in words and by its code in `check`."""
    name, name_english = CHECKS[check]
    return Unusable(
        f"导出文件没有通过成品检查（{name}）：{chinese}。请重试；如仍出现请把这句话告诉管理员",
        f"The file failed the check of its {name_english}: {english}. Try again, or tell the "
        "administrator",
        check=check,
    )


# --- PDF -----------------------------------------------------------------------------------------


def check_pdf(
    pdf: bytes, document: IssueDocument, profile: Profile, starts: Mapping[str, int]
) -> list[str]:
    """Return the checks that the PDF has passed; raises Unusable naming the first that fails."""
    lines = entries(document, profile)
    opened = pypdfium2.PdfDocument(pdf)
    try:
        places = _places(opened, lines)
        _check_numbers(opened, lines, places, profile, starts)
        _check_contents(opened, lines, places, profile, starts)
        _check_items(opened, document, profile, places)
    finally:
        opened.close()
    return ["V01", "V02", "V03"]


def _places(pdf: pypdfium2.PdfDocument, lines: list[Entry]) -> list[int]:
    """Return the page index of each line's heading; V02, V03: the same headings, in order."""
    marks = [mark for mark in pdf.get_toc(max_depth=15) if mark.level < 2]
    found = [bare(mark.get_title()) for mark in marks]
    wanted = [bare(line.text) for line in lines]
    for number, title in enumerate(wanted):
        if number >= len(found) or found[number] != title:
            text = lines[number].text
            raise failed("V03", f"“{text}”没有按顺序出现一次", f"“{text}” is not in its place")
    if len(found) > len(wanted):
        raise failed("V03", "有多出的标题", "there are headings too many")
    targets = (mark.get_dest() for mark in marks)
    return [target.get_index() if target else -1 for target in targets]


def _check_numbers(
    pdf: pypdfium2.PdfDocument,
    lines: list[Entry],
    places: list[int],
    profile: Profile,
    starts: Mapping[str, int],
) -> None:
    printed = {index: _foot(pdf, index, profile) for index in sorted(set(places))}
    for line, index in zip(lines, places, strict=True):
        if str(starts[line.anchor]) not in printed[index]:
            raise failed(
                "V01",
                f"“{line.text}”所在页印的是 {'、'.join(printed[index]) or '空'}，"
                f"目录为 {starts[line.anchor]}",
                f"“{line.text}” stands on page {printed[index]}, not {starts[line.anchor]}",
            )


def _foot(pdf: pypdfium2.PdfDocument, index: int, profile: Profile) -> list[str]:
    """Return the numbers printed below the text block of a page."""
    page = pdf[index]
    text = page.get_textpage().get_text_bounded(0, 0, page.get_width(), profile.page.bottom)
    return re.findall(r"\d+", text)


def _check_contents(
    pdf: pypdfium2.PdfDocument,
    lines: list[Entry],
    places: list[int],
    profile: Profile,
    starts: Mapping[str, int],
) -> None:
    """Find every line with its number in the contents, in order; numbers never fall."""
    front = bare("".join(pdf[index].get_textpage().get_text_range() for index in range(places[0])))
    at = last = 0
    for line in lines:
        title = line.text.upper() if profile.toc.caps else line.text
        number = str(starts[line.anchor]) if line.numbered else ""
        at = front.find(bare(title) + number, at)
        if at < 0 or starts[line.anchor] < last:
            raise failed("V02", f"目录中“{line.text}”不对", f"contents line “{line.text}” is wrong")
        at, last = at + len(bare(title) + number), starts[line.anchor]


def _check_items(
    pdf: pypdfium2.PdfDocument, document: IssueDocument, profile: Profile, places: list[int]
) -> None:
    """Find how each item begins and ends; notes and running heads are outside the comparison."""
    page = profile.page
    box = (0, page.bottom, page.width, page.height - page.top)
    text = "".join(
        bare(pdf[index].get_textpage().get_text_bounded(*box))
        for index in range(places[0], len(pdf))
    )
    for article in document.articles():
        if missing := _missing(text, article.headline, [block_lines(b) for b in article.blocks]):
            raise failed(
                "V03",
                f"“{article.headline}”缺少“{missing}”",
                f"“{article.headline}” lacks “{missing}”",
            )


def _missing(text: str, headline: str, blocks: Iterable[list[str]]) -> str:
    """Return the first characters that should open the item's text and are not there."""
    lines = [line for block in blocks for line in block if bare(line)]
    if not lines:
        return ""
    start = bare(lines[0])[: EDGE // 2]
    return "" if start in text else start or headline


# --- DOCX ----------------------------------------------------------------------------------------


def check_docx(content: bytes, document: IssueDocument, profile: Profile) -> list[str]:
    """Return the checks that the .docx has passed; raises Unusable naming the first that fails."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root: Node = etree.fromstring(archive.read("word/document.xml"))
    body = root.find(qualified("w:body"))
    own = looks(profile)
    titles = {own[role].style_id for role in ("section", "solo", "item")}
    lines = entries(document, profile)
    headings = [bare(_text(p)) for p in _paragraphs(body) if _style(p) in titles]
    if headings != [bare(line.text) for line in lines]:
        raise failed("V03", "稿件与文件中的标题不一致", "the headings are not those of the issue")
    _check_entries(body, lines, profile)
    text = bare("".join(_text(p) for p in body.iter(qualified("w:p"))))
    for article in document.articles():
        for line in (line for block in article.blocks for line in block_lines(block)):
            if bare(line) not in text:
                raise failed(
                    "V03",
                    f"“{article.headline}”缺少“{line[:EDGE]}”",
                    f"“{article.headline}” lacks “{line[:EDGE]}”",
                )
    return ["V01", "V02", "V03", "V10"]


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
            raise failed("V02", f"目录中“{line.text}”不对", f"contents line “{line.text}” is wrong")
        if link.get(qualified("w:anchor")) not in bookmarks:
            raise failed("V10", f"“{line.text}”没有书签", f"“{line.text}” has no bookmark")


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
