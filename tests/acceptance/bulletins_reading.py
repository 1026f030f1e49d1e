"""What stands in a finished bulletin: read from the PDF's pages and from the Word file's XML.

Both readings answer the same questions, so that one table of elements can be asked of either.
"""

import ctypes
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import pypdfium2
import pypdfium2.raw as raw
import zxingcpp
from lxml import etree
from PIL import Image

from editor.assembler.finished.pdf_reading import Glyph
from editor.assembler.finished.pdf_reading import PdfReading as FinishedPdf
from editor.assembler.looks import Look, looks
from editor.assembler.word.ooxml import qualified as w
from editor.profile import FontRole, Profile
from tests.acceptance.truth import bare

FAMILIES = {FontRole.song: "NotoSerifSC", FontRole.hei: "NotoSansSC",
            FontRole.kai: "ZhaibianKai", FontRole.fang: "ZhaibianKai"}  # fmt: skip
DPI = 150


class Reading:
    """The questions; `stream` is all text of the body without white space."""

    kind: str
    stream: str
    front: str
    cover: str

    def text(self, text: str) -> bool:
        """Whether the body has this text, white space aside."""
        return bare(text) in self.stream

    def on_cover(self, text: str) -> bool:
        """Whether the cover has this text."""
        return bare(text) in self.cover

    def in_front(self, text: str) -> bool:
        """Whether cover, masthead page or contents have this text."""
        return bare(text) in self.front


# --- PDF -----------------------------------------------------------------------------------------


class PdfReading(Reading):
    """A PDF, glyph by glyph."""

    kind = "PDF"

    def __init__(self, content: bytes, profile: Profile) -> None:
        self.profile = profile
        self.looks = looks(profile)
        self.pdf = pypdfium2.PdfDocument(content)
        finished = FinishedPdf(content)
        self.pages = [
            [one for one in finished.glyphs(index) if one.char != "\0"]
            for index in range(len(self.pdf))
        ]
        finished.close()
        self.outline = [
            (bare(mark.get_title()), mark.level, mark.get_dest().get_index())
            for mark in self.pdf.get_toc(max_depth=15)
            if mark.get_dest() is not None
        ]
        page = profile.page
        self.first = self.outline[0][2] if self.outline else 0
        self.body = [
            [one for one in glyphs if page.bottom - 2 < one.y < page.height - page.top + 2]
            for glyphs in self.pages
        ]
        self.glyphs = [one for glyphs in self.body[self.first :] for one in glyphs]
        self.stream = "".join(one.char for one in self.glyphs)
        # contents that the cover has no room for go on behind it
        covers = (
            self.pages[: max(self.first, 1)] if profile.cover.contents_on_cover else self.pages[:1]
        )
        self.cover = "".join(one.char for glyphs in covers for one in glyphs)
        self.front_glyphs = [one for glyphs in self.pages[: self.first] for one in glyphs]
        self.front = "".join(one.char for one in self.front_glyphs)

    def folio(self, index: int) -> int | None:
        """Return the number printed at the foot of a page."""
        foot = "".join(
            one.char for one in self.pages[index] if one.y < self.profile.page.bottom - 2
        )
        found = re.findall(r"\d+", foot)
        return int(found[-1]) if found else None

    def headings(self) -> list[tuple[str, int]]:
        """Return sections and items with the page index on which each stands, by the outline."""
        return [(title, page) for title, level, page in self.outline if level < 2]

    def style(self, role: str, text: str) -> bool:
        """Whether the text is set somewhere in this role's face and size."""
        look, wanted = self.looks[role], bare(text)
        return any(
            self._set_in(look, glyphs[at : at + len(wanted)])
            for stream, glyphs in ((self.stream, self.glyphs), (self.front, self.front_glyphs))
            for at in places(stream, wanted)
        )

    def _set_in(self, look: Look, glyphs: list[Glyph]) -> bool:
        family = FAMILIES[look.font]
        # the brush face has no Latin letters that a reader would want: they are the serif's
        chinese = [one for one in glyphs if ord(one.char) >= 0x2E80]
        faces = [one for one in chinese or glyphs if family in one.face or not chinese]
        sized = [one for one in glyphs if abs(one.size - look.size) < 0.3]
        return bool(faces) and len(sized) * 2 > len(glyphs)

    def bold(self, text: str) -> bool:
        """Whether the text is set bold."""
        return self._any(text, lambda one, _: "Bold" in one.face)

    def raised(self, text: str) -> bool:
        """Whether the text is set small above the line."""
        return self._any(text, lambda one, near: one.size < near.size * 0.8 and one.y > near.y + 1)

    def lowered(self, text: str) -> bool:
        """Whether the text is set small below the line."""
        return self._any(
            text, lambda one, near: one.size < near.size * 0.8 and one.y < near.y - 0.3
        )

    def _any(self, text: str, holds: object) -> bool:
        wanted = bare(text)
        return any(
            all(
                holds(one, self._beside(at, at + len(wanted)))  # type: ignore[operator]
                for one in self.glyphs[at : at + len(wanted)]
            )
            for at in places(self.stream, wanted)
        )

    def _beside(self, start: int, end: int) -> Glyph:
        """Return the character before a run, or the one after it where it opens its line."""
        before, first = self.glyphs[start - 1], self.glyphs[start]
        apart = before.page != first.page or abs(before.y - first.y) > before.size
        return self.glyphs[end] if apart and end < len(self.glyphs) else before

    def spread(self, text: str) -> bool:
        """Whether a name of two characters stands as wide as one of three."""
        return any(
            last.x - first.x > 1.7 * first.size
            for at in places(self.front, bare(text))
            for first, last in [
                (self.front_glyphs[at], self.front_glyphs[at + len(bare(text)) - 1])
            ]
        )

    def indented(self, text: str) -> bool:
        """Whether a paragraph's first line stands two characters in."""
        wanted = bare(text)[:20]
        page = self.profile.page
        left = (page.side, page.side + self.profile.print.gutter_mm * 72 / 25.4)
        return any(
            any(abs(self.glyphs[at].x - edge - 2 * page.body_size) < page.body_size * 0.6
                for edge in left)
            for at in places(self.stream, wanted)
        )  # fmt: skip

    def opens_page(self, text: str) -> bool:
        """Whether a page of the body begins with this text."""
        return any(
            "".join(one.char for one in glyphs[: len(bare(text))]) == bare(text)
            for glyphs in self.body[self.first :]
        )

    def runs_on(self) -> bool:
        """Whether some item begins below the text of another."""
        sections = {title for title, level, _ in self.outline if level == 0}
        return any(
            stream.partition(title)[0] not in {"", stream, *sections}
            for title, level, page in self.outline
            if level == 1 and (stream := "".join(one.char for one in self.body[page]))
        )

    def counts_from_one(self) -> bool:
        """Whether the first section's page is numbered 1."""
        return self.folio(self.first) == 1

    def numbered_pages(self) -> bool:
        """Whether each page of the body prints a number."""
        return all(self.folio(index) for index in range(self.first, len(self.pages)))

    def em_per_line(self) -> bool:
        """Whether the longest lines of running text hold as many characters as the profile says."""
        page = self.profile.page
        return any(
            abs(line[-1].x - line[0].x + page.body_size - page.text_width) < 3
            and abs(len(line) - page.em_per_line) <= 1
            for glyphs in self.body[self.first :]
            for line in lines_of(glyphs)
            if line[0].size == page.body_size and all(ord(one.char) > 0x2E80 for one in line)
        )

    @cached_property
    def links(self) -> set[str]:
        """Return every address that the file links to."""
        return {url for page in self.pdf for url in _links(page)}

    @cached_property
    def codes(self) -> list[str]:
        """Return what the codes on all pages say, at 150 dpi."""
        found = []
        for page in self.pdf:
            picture = page.render(scale=DPI / 72, grayscale=True).to_pil()
            codes = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
            found += [code.text for code in codes]
        return found

    @cached_property
    def pictures(self) -> int:
        """Return how many pictures stand on the pages, codes aside."""
        return sum(
            1
            for page in self.pdf
            for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)
        )

    def contents(self) -> str:
        """Return the characters before the body."""
        return self.front

    def listed(self, text: str, *, numbered: bool) -> bool:
        """Whether the contents have this line, with leaders and a number or without."""
        leader = r"[.·…]*\d" if numbered else r"(?![.·…]{2,})"
        return re.search(re.escape(bare(text)) + leader, self.front) is not None

    def merged(self, text: str, below: str) -> bool:
        """Whether a cell that reaches over several rows prints its text and what stands below."""
        return self.text(text) and self.text(below)

    def repeats(self, header: str, first: str, last: str, sign: str) -> bool:
        """Whether a table prints its header on each of its pages, and the sign from the second."""
        start = self.stream.find(bare(header))
        while start >= 0:
            begin = self.stream.find(bare(first), start)
            end = self.stream.find(bare(last), max(begin, 0))
            if begin < 0 or end < 0:
                return False
            pages = self.glyphs[end].page - self.glyphs[start].page
            part = self.stream[start:end]
            if part.count(bare(header)) > pages and part.count(bare(sign)) >= pages:
                return True
            start = self.stream.find(bare(header), start + 1)
        return False

    def absent(self, role: str) -> bool:
        """Whether nothing is printed in a role; a PDF has no names for them: see the outline."""
        return True

    def unsigned(self, last: str, headline: str) -> bool:
        """Whether an item's text is followed by the next headline at once."""
        return not headline or bare(last)[-12:] + bare(headline) in self.stream


def lines_of(glyphs: list[Glyph]) -> Iterator[list[Glyph]]:
    """Yield lines: what follows on one baseline, raised and lowered marks among it."""
    line: list[Glyph] = []
    for one in glyphs:
        if line and (abs(one.y - line[-1].y) > 0.7 * max(one.size, line[-1].size)
                     or one.x < line[-1].x - 1):  # fmt: skip
            yield line
            line = []
        line.append(one)
    if line:
        yield line


def _links(page: pypdfium2.PdfPage) -> Iterator[str]:
    place, link = ctypes.c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, ctypes.byref(place), ctypes.byref(link)):
        action = raw.FPDFLink_GetAction(link)
        size = raw.FPDFAction_GetURIPath(page.pdf, action, None, 0) if action else 0
        buffer = ctypes.create_string_buffer(size + 1)
        raw.FPDFAction_GetURIPath(page.pdf, action, buffer, size)
        if size:
            yield buffer.value.decode("utf-8", "replace")


def places(stream: str, wanted: str) -> Iterator[int]:
    """Yield where a text occurs."""
    at = stream.find(wanted) if wanted else -1
    while at >= 0:
        yield at
        at = stream.find(wanted, at + 1)


# --- Word ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One paragraph of a Word file."""

    style: str
    text: str
    node: object
    stretch: int
    cell: bool


class WordReading(Reading):
    """A Word file, paragraph by paragraph."""

    kind = "DOCX"

    def __init__(self, content: bytes, profile: Profile) -> None:
        self.profile = profile
        self.looks = looks(profile)
        self.archive = zipfile.ZipFile(io.BytesIO(content))
        self.root = etree.fromstring(self.archive.read("word/document.xml"))
        self.lines = list(self._lines())
        titles = {self.looks[role].style_id for role in ("section", "solo")}
        self.first = next(
            (number for number, line in enumerate(self.lines) if line.style in titles), 0
        )
        self.stream = "".join(bare(line.text) for line in self.lines[self.first :])
        self.front = "".join(bare(line.text) for line in self.lines[: self.first])
        self.cover = "".join(bare(line.text) for line in self.lines if line.stretch == 0)
        self.raw_text = "\n".join(line.text for line in self.lines)

    def _lines(self) -> Iterator[Line]:
        stretch = 0
        for node in self.root.iter(w("w:p")):
            style = node.find(f"{w('w:pPr')}/{w('w:pStyle')}")
            cell = next(node.iterancestors(w("w:tc")), None) is not None
            name = style.get(w("w:val")) if style is not None else ""
            yield Line(name, text_of(node), node, stretch, cell)
            stretch += node.find(f"{w('w:pPr')}/{w('w:sectPr')}") is not None

    def style(self, role: str, text: str) -> bool:
        """Whether a paragraph in this role's style has the text."""
        style, wanted = self.looks[role].style_id, bare(text)
        return any(line.style == style and wanted in bare(line.text) for line in self.lines)

    def _runs(self, text: str, path: str, value: str | None = None) -> bool:
        joined, marked = "", ""
        for run in self.root.iter(w("w:r")):
            words = bare(text_of(run))
            found = run.find(f"{w('w:rPr')}/{w(path)}")
            holds = found is not None and (value is None or found.get(w("w:val")) == value)
            joined += words
            marked += ("1" if holds else "0") * len(words)
        wanted = bare(text)
        return any("0" not in marked[at : at + len(wanted)] for at in places(joined, wanted))

    def bold(self, text: str) -> bool:
        """Whether the text's runs are bold."""
        return self._runs(text, "w:b")

    def raised(self, text: str) -> bool:
        """Whether the text is superscript."""
        return self._runs(text, "w:vertAlign", "superscript")

    def lowered(self, text: str) -> bool:
        """Whether the text is subscript."""
        return self._runs(text, "w:vertAlign", "subscript")

    def spread(self, text: str) -> bool:
        """Whether a name of two characters is padded with a full-width space."""
        return "\u3000".join(text) in self.raw_text

    def indented(self, text: str) -> bool:
        """Whether a paragraph is in the style of running text, which indents by two characters."""
        return self.looks["body"].first_em == 2 and self.style("body", text)

    def opens_page(self, text: str) -> bool:
        """Whether this paragraph follows a section break or breaks the page itself."""
        for before, line in zip(self.lines, self.lines[1:], strict=False):
            if bare(line.text) != bare(text):
                continue
            breaks = line.node.find(f"{w('w:pPr')}/{w('w:pageBreakBefore')}")  # type: ignore[attr-defined]
            if before.stretch < line.stretch or breaks is not None:
                return True
        return False

    def runs_on(self) -> bool:
        """Whether some item opens no page."""
        titles = [line for line in self.lines if line.style == self.looks["item"].style_id]
        return any(not self.opens_page(line.text) for line in titles)

    def counts_from_one(self) -> bool:
        """Whether the first section of the body starts at 1."""
        starts = self.root.iter(w("w:sectPr"))
        found = [one.find(w("w:pgNumType")) for one in starts]
        decimal = [one for one in found if one is not None and one.get(w("w:fmt")) == "decimal"]
        return any(one.get(w("w:start")) == "1" for one in decimal)

    def numbered_pages(self) -> bool:
        """Whether the footers print the page's number."""
        footers = [name for name in self.archive.namelist() if re.search(r"/footer\d+\.xml", name)]
        return bool(footers) and all(b" PAGE " in self.archive.read(name) for name in footers)

    def em_per_line(self) -> bool:
        """Whether the text block is as wide as the profile's characters."""
        size, margin = self.root.find(f".//{w('w:pgSz')}"), self.root.find(f".//{w('w:pgMar')}")
        width = int(size.get(w("w:w"))) - sum(
            int(margin.get(w(f"w:{s}"))) for s in ("left", "right")
        )
        return abs(width / 20 - self.profile.page.text_width) < 1

    @cached_property
    def links(self) -> set[str]:
        """Return every address that the file links to."""
        rels = etree.fromstring(self.archive.read("word/_rels/document.xml.rels"))
        return {one.get("Target") for one in rels if one.get("TargetMode") == "External"}

    @cached_property
    def codes(self) -> list[str]:
        """Return what the pictures of codes in the file say, once for each place."""
        rels = etree.fromstring(self.archive.read("word/_rels/document.xml.rels"))
        by_id = {one.get("Id"): one.get("Target") for one in rels}
        found = []
        read: dict[str, str | None] = {}
        for blip in self.root.iter("{*}blip"):
            target = by_id[blip.get(w("r:embed"))]
            if target not in read:
                picture = Image.open(io.BytesIO(self.archive.read(f"word/{target}")))
                codes = zxingcpp.read_barcodes(picture.convert("L"))
                read[target] = codes[0].text if codes else None
            if (code := read[target]) is not None:
                found.append(code)
        return found

    @cached_property
    def pictures(self) -> int:
        """Return how many pictures stand in the file, codes aside."""
        return sum(1 for _ in self.root.iter("{*}blip")) - len(self.codes)

    def contents(self) -> str:
        """Return the characters before the body."""
        return self.front

    def listed(self, text: str, *, numbered: bool) -> bool:
        """Whether the contents have this line, with a field for its page or without."""
        return any(
            bare(line.text).startswith(bare(text))
            and (b"PAGEREF" in etree.tostring(line.node)) is numbered
            for line in self.lines[: self.first]
        )

    def merged(self, text: str, below: str) -> bool:
        """Whether the cell with this text opens a vertical span."""
        return any(
            merge.get(w("w:val")) == "restart" and bare(text) in bare(text_of(cell))
            for cell in self.root.iter(w("w:tc"))
            if (merge := cell.find(f"{w('w:tcPr')}/{w('w:vMerge')}")) is not None
        )

    def repeats(self, header: str, first: str, last: str, sign: str) -> bool:
        """Whether the row with this header repeats on every page; Word knows no sign for it."""
        return any(
            row.find(f"{w('w:trPr')}/{w('w:tblHeader')}") is not None
            for row in self.root.iter(w("w:tr"))
            if bare(header) == bare("".join(text_of(p) for p in row.iter(w("w:p"))))
        )

    def absent(self, role: str) -> bool:
        """Whether no paragraph has this role's style."""
        return all(line.style != self.looks[role].style_id for line in self.lines)

    def unsigned(self, last: str, headline: str) -> bool:
        """Whether an item's text is followed by the next headline at once."""
        return not headline or bare(last)[-12:] + bare(headline) in self.stream


def text_of(node: object) -> str:
    """Return the characters of a paragraph's or run's texts, in order; a break is a space."""
    kinds = (w("w:t"), w("w:br"), w("w:tab"))
    nodes: Iterable[object] = node.iter(*kinds)  # type: ignore[attr-defined]
    return "".join((one.text or "") if one.tag == kinds[0] else " " for one in nodes)  # type: ignore[attr-defined]
