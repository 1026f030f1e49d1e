"""What is checked of every item in a finished edition for screens (publishing.md §16).

V03 its text, V06 its characters, V07 its codes, V08 its links, V15 descriptions of its pictures,
V18 its notes. An item is given as the elements that show it: one, or the parts of a long article.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from lxml import etree
from PIL import Image

from editor.assembler.editions.reading import safe_url, target
from editor.assembler.finished.verdicts import EDGE, NO_CHARACTER, bare, failed
from editor.assembler.phrases import byline, source_line
from editor.assembler.preflight.findings import named
from editor.assembler.qr import PNG_SCALE, qr_matrix
from editor.assembler.word.ooxml import UNSPEAKABLE, Node
from editor.profile import Profile
from editor.text.document import (
    AnyBlock,
    Article,
    Attachment,
    FootnoteRef,
    Heading,
    Inline,
    ListBlock,
    Paragraph,
    Quote,
    Table,
    Text,
    block_lines,
    inline_contents,
    plain,
)
from editor.text.quoting import briefly

CODE = "code-"  # how the files of codes begin
STROKE = re.compile(r"([Mmh])(-?\d+)(?: ?(-?[\d.]+))?")
DARK = 128
Matrix = tuple[tuple[bool, ...], ...]


@dataclass(frozen=True)
class Shown:
    """An item as an edition shows it: its elements, and how the bytes of a picture are had.

    `headless` says that its headline stands elsewhere, `linked` that addresses are links.
    """

    elements: Sequence[Node]
    picture: Callable[[str], bytes]
    headless: bool = False
    linked: bool = True

    @property
    def text(self) -> str:
        """Return the words, as two renderings agree on them."""
        return bare("".join("".join(element.itertext()) for element in self.elements))

    def iter(self) -> Iterator[Node]:
        """Yield every element in printed order."""
        for element in self.elements:
            yield from element.iter(etree.Element)


def check_item(article: Article, shown: Shown, profile: Profile) -> None:
    """Raise Unusable naming the item and the first thing in it that is not as it should be."""
    text = shown.text
    if found := NO_CHARACTER.search(text):
        point = f"U+{ord(found[0]):04X}"
        chinese, english = named(article)
        raise failed("V06", f"{chinese}有显示不出的字（{point}）", f"{english} holds {point}")
    _check_text(article, text, profile, headless=shown.headless)
    _check_notes(article, text, shown)
    _check_codes(article, shown)
    _check_links(article, shown)
    for element in shown.iter():
        if _local(element) == "img" and not (element.get("alt") or "").strip():
            chinese, english = named(article)
            raise failed(
                "V15", f"{chinese}有图片没有替代文字", f"{english}: a picture has no description"
            )


# --- V03: the text -------------------------------------------------------------------------------


def _check_text(article: Article, text: str, profile: Profile, *, headless: bool) -> None:
    """Find the head, then every paragraph in its order, then byline and attachments."""
    head = (article.subtitle, source_line(article, profile))
    at = 0
    for line in head if headless else (article.headline, *head):
        at = _found(article, text, line, at)
    for block in article.blocks:
        for line in _lines(block):
            if isinstance(block, Heading | Paragraph | ListBlock | Quote):
                at = _found(article, text, line, at)
            else:
                # captions and cells stand in the edition's own order
                _found(article, text, line, 0)
    ends = [byline(article, profile)]
    ends += [
        line for each in article.attachments for line in (each.label, *_address(each, profile))
    ]
    for line in ends:
        at = _found(article, text, line, at)


def _address(attachment: Attachment, profile: Profile) -> tuple[str, ...]:
    shown = profile.attachment.show_url or not safe_url(attachment.url)
    return (attachment.url,) if shown else ()


def _found(article: Article, text: str, line: str, start: int) -> int:
    """Return where a line ends in the text, from a place on; raises Unusable for none."""
    wanted = _said(line)
    at = text.find(wanted, start)
    if at < 0:
        chinese, english = named(article)
        quote = briefly(line, EDGE)
        raise failed("V03", f"{chinese}缺少“{quote}”", f"{english} lacks “{quote}”")
    return at + len(wanted)


def _said(line: str) -> str:
    """Return a line as an edition shows it, without what markup cannot hold."""
    return bare(UNSPEAKABLE.sub("", line))


def _lines(block: AnyBlock) -> Iterator[str]:
    """Yield a block's lines, parted where the mark of a footnote stands in between."""
    for content in inline_contents(block):
        for noted, inlines in groupby(content, lambda inline: isinstance(inline, FootnoteRef)):
            if not noted:
                yield plain(inlines)
    match block:
        case Heading() | Paragraph() | ListBlock() | Quote():
            return
        case Table():
            yield from (block.caption, block.unit, *block.notes)
        case _:
            yield from block_lines(block)


# --- V18: notes ----------------------------------------------------------------------------------


def _inlines(article: Article) -> Iterator[Inline]:
    for block in article.blocks:
        for content in inline_contents(block):
            yield from content


def _check_notes(article: Article, text: str, shown: Shown) -> None:
    """Find every note in the order of its marks; where marks are links each leads to its own."""
    notes = [plain(each.content) for each in _inlines(article) if isinstance(each, FootnoteRef)]
    at = 0
    for note in notes:
        at = text.find(_said(note), at)
        if at < 0:
            _wrong_notes(article, note)
        at += len(_said(note))
    if not shown.linked:
        return
    marks = [e.get("href") for e in shown.iter() if e.get("role") == "doc-noteref"]
    places = {e.get("id"): bare("".join(e.itertext())) for e in shown.iter() if _local(e) == "li"}
    if len(marks) != len(notes):
        _wrong_notes(article, "")
    for mark, note in zip(marks, notes, strict=True):
        if _said(note) not in places.get(mark.removeprefix("#"), ""):
            _wrong_notes(article, note)


def _wrong_notes(article: Article, note: str) -> None:
    chinese, english = named(article)
    quote = f"“{briefly(note, EDGE)}”" if note else ""
    raise failed(
        "V18",
        f"{chinese}的脚注{quote}与标记对不上",
        f"{english}: the footnote {quote} and its mark do not agree",
    )


# --- V07, V08: codes and links -------------------------------------------------------------------


def _addresses(article: Article) -> list[str]:
    """Return the addresses of the attachments that an edition may lead to."""
    return [url for each in article.attachments if (url := safe_url(each.url))]


def _check_codes(article: Article, shown: Shown) -> None:
    """Read every code as its modules: one for each address, in their order."""
    found, wanted = codes(shown), _addresses(article)
    for url, modules in zip_longest(wanted, found[: len(wanted)]):
        if modules != qr_matrix(url):
            chinese, english = named(article)
            raise failed(
                "V07",
                f"{chinese}的二维码扫不出：{briefly(url)}",
                f"{english}: a code cannot be read: {briefly(url)}",
            )
    if len(found) > len(wanted):
        chinese, english = named(article)
        raise failed("V07", f"{chinese}有多出的二维码", f"{english} has codes too many")


def codes(shown: Shown) -> list[Matrix]:
    """Return the modules of every code, in printed order."""
    return [modules for element in shown.iter() if (modules := _modules(element, shown))]


def _modules(element: Node, shown: Shown) -> Matrix:
    """Return a code's modules row by row, dark ones True; () for any other element."""
    name = _local(element)
    if name == "svg":
        return drawn_modules(element)
    source = element.get("src") or ""
    if name != "img" or not source.rpartition("/")[2].startswith(CODE):
        return ()
    return pictured_modules(shown.picture(source))


def drawn_modules(svg: Node) -> Matrix:
    """Return the modules of a code that is drawn as strokes one module high."""
    side = int(float((svg.get("viewbox") or svg.get("viewBox") or "0 0 0 0").split()[2]))
    lines = [e for e in svg.iter(etree.Element) if _local(e) == "path" and e.get("stroke")]
    rows = [[False] * side for _ in range(side)]
    x = y = 0
    for command, along, down in STROKE.findall(lines[0].get("d")) if lines else ():
        if command == "M":
            x, y = int(along), int(float(down))
        elif command == "m":
            x, y = x + int(along), y + int(float(down))
        else:
            rows[y][x : x + int(along)] = [True] * int(along)
            x += int(along)
    return tuple(map(tuple, rows))


def pictured_modules(content: bytes) -> Matrix:
    """Return the modules of a code that is a picture, each seen in its middle."""
    with Image.open(io.BytesIO(content)) as opened:
        grey, side = opened.convert("L").tobytes(), opened.width
    places = range(PNG_SCALE // 2, side, PNG_SCALE)
    return tuple(tuple(grey[y * side + x] < DARK for x in places) for y in places)


def _check_links(article: Article, shown: Shown) -> None:
    """Every link out of the item is one of its own; every attachment is linked where links live."""
    hrefs = (each.href for each in _inlines(article) if isinstance(each, Text) and each.href)
    notes = (each for each in _inlines(article) if isinstance(each, FootnoteRef))
    noted = (text.href for note in notes for text in note.content if text.href)
    own = {UNSPEAKABLE.sub("", target(href)) for href in (*hrefs, *noted)}
    attached = {UNSPEAKABLE.sub("", target(url)) for url in _addresses(article)}
    found = {
        href
        for element in shown.iter()
        if (href := element.get("href")) and ":" in href.partition("/")[0]
    }
    for url in sorted(found - own - attached):
        raise failed(
            "V08",
            f"{named(article)[0]}有不认识的链接 {briefly(url)}",
            f"{named(article)[1]} has a foreign link {briefly(url)}",
        )
    for url in sorted(attached - found) if shown.linked else ():
        raise failed(
            "V08",
            f"{named(article)[0]}的附件没有链接：{briefly(url)}",
            f"{named(article)[1]} has no link to {briefly(url)}",
        )


def _local(element: Node) -> str:
    return str(etree.QName(element).localname).lower()
