"""Paragraphs, runs, links, notes and pictures of the Word edition, and the counters they share."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from PIL import Image

from editor.assembler.contents import tightened
from editor.assembler.looks import Look, looks
from editor.assembler.measures import Size, fitted
from editor.assembler.phrases import tidy, tidy_inlines
from editor.assembler.ready_pictures import ready_pictures
from editor.assembler.word.grid import on_grid
from editor.assembler.word.ooxml import (
    NAMESPACES,
    WORD_TYPE,
    Node,
    element,
    emu,
    qualified,
    run,
    speakable,
    text_node,
    twips,
    value,
)
from editor.assembler.word.package import Package, Part
from editor.assembler.word.settling import UNSETTLED, Settled
from editor.assembler.word.styles import MARKS, faces
from editor.errors import Invalid
from editor.profile import FontRole, Profile
from editor.store.files import FileStore
from editor.text.document import (
    FootnoteRef,
    Inline,
    InlineFormula,
    Inlines,
    IssueDocument,
    Mark,
    Text,
)

# marks that both a Chinese and a Latin face draw: the hint gives them to the Chinese one
SHARED_MARKS = re.compile("[\u00b0\u00b1\u00b7\u00d7\u00f7\u2010-\u203b\u2100-\u27bf]")
BORROWED = re.compile("([“”‘’—…]+)")
DIRECT_FORMATS = ("png", "jpeg", "gif")
PLACEHOLDER = "–"
FIRST_BOOKMARK = 230700001


class Manuscript:
    """The document in the making: its package, its counters and what its paragraphs refer to.

    `part` is the part that new links and pictures belong to. `numbers` are page numbers by
    anchor; an anchor that is missing prints a dash. `settled` is what pages seen before ask for.
    """

    def __init__(
        self,
        document: IssueDocument,
        profile: Profile,
        files: FileStore,
        numbers: dict[str, int],
        settled: Settled = UNSETTLED,
    ) -> None:
        self.document = document
        self.profile = profile
        self.files = files
        self.numbers = numbers
        self.settled = settled
        own = on_grid(looks(profile), profile.page)
        self.looks: dict[str, Look] = tightened(document, profile, own)
        self.package = Package()
        self.assets = {asset.sha256: asset for asset in document.assets}
        self._ready = ready_pictures(document, profile, files)
        self.footnotes: list[Node] = []
        self.ordered_lists = 0
        self._drawings = 0
        self._bookmarks: dict[str, int] = {}
        root = element("w:document", element("w:body"))
        self.part: Part = self.package.add("word/document.xml", _main_type("document"), root)
        self.footnotes_part: Part | None = None

    @property
    def text_width(self) -> float:
        """Return the width of the text block in points."""
        return self.profile.page.text_width

    @property
    def text_height(self) -> float:
        """Return the height of the text block in points."""
        page = self.profile.page
        return page.text_height

    # --- paragraphs ------------------------------------------------------------------------------

    def paragraph(self, role: str, *content: Node, properties: tuple[Node, ...] = ()) -> Node:
        """Return a paragraph in the role's style; `properties` go into its `pPr`."""
        style = value("w:pStyle", self.looks[role].style_id)
        paragraph = element("w:p", element("w:pPr", style, *properties), *content)
        if self._borrows_marks(role):
            borrow_marks(paragraph, faces(FontRole.song, self.profile))
        return paragraph

    def _borrows_marks(self, role: str) -> bool:
        # the kai face that we ship has narrow Latin quotes and dots; the office's own has not
        kai = self.looks[role].font in (FontRole.kai, FontRole.fang)
        return kai and not self.profile.fonts.office_names

    def line(self, role: str, text: str, *properties: Node) -> Node:
        """Return a paragraph of plain text."""
        return self.paragraph(role, *plain_runs(tidy(text)), properties=properties)

    def spacer(self, points: float = 1, after: float = 0) -> Node:
        """Return an empty paragraph of exactly this height; a page's foot swallows `after`."""
        space = element(
            "w:spacing", before=0, after=twips(after), line=twips(points), lineRule="exact"
        )
        return self.paragraph("spacer", properties=(space,))

    def heading(self, role: str, anchor: str, content: tuple[Node, ...], *extra: Node) -> Node:
        """Return a heading that the contents can point at."""
        name, number = self.bookmark(anchor), self._bookmarks[anchor]
        return self.paragraph(
            role,
            element("w:bookmarkStart", id=number, name=name),
            *content,
            element("w:bookmarkEnd", id=number),
            properties=extra,
        )

    def bookmark(self, anchor: str) -> str:
        """Return the bookmark's name for an anchor; the same anchor has the same name."""
        number = self._bookmarks.setdefault(anchor, len(self._bookmarks))
        return f"_Toc{FIRST_BOOKMARK + number}"

    def number(self, anchor: str) -> str:
        """Return the printed page number of an anchor, or a dash before it is known."""
        return str(self.numbers[anchor]) if anchor in self.numbers else PLACEHOLDER

    # --- runs ------------------------------------------------------------------------------------

    def runs(
        self, inlines: Inlines, *, bold: bool = False, size: float | None = None
    ) -> Iterator[Node]:
        """Yield the runs of inline content; `size` in points where it differs from the style's."""
        for inline in tidy_inlines(inlines):
            yield from self._inline(inline, {"bold": bold, "size": size})

    def _inline(self, inline: Inline, marks: dict[str, object]) -> Iterator[Node]:
        match inline:
            case Text(href=None):
                yield from plain_runs(inline.text, **marks | _marks(inline.marks))
            case Text():
                yield self.link(inline.href, inline.text, **marks | _marks(inline.marks))
            case InlineFormula():
                yield from plain_runs(inline.source, **marks)
            case FootnoteRef():
                yield self._footnote(inline)

    def link(self, url: str | None, text: str, **marks: object) -> Node:
        """Return a link to an address outside the document."""
        relation = self.part.relate("hyperlink", speakable(url or ""), external=True)
        runs = plain_runs(text, style="Hyperlink", **marks)
        return element("w:hyperlink", *runs, r__id=relation, history=1)

    def jump(self, anchor: str, *content: Node) -> Node:
        """Return a link to an anchor inside the document."""
        return element("w:hyperlink", *content, anchor=self.bookmark(anchor), history=1)

    def _footnote(self, note: FootnoteRef) -> Node:
        """Add the note to its own part and return its mark."""
        number = len(self.footnotes) + 1
        outer, self.part = self.part, self.notes()
        mark = run(element("w:footnoteRef"), style="footnotereference")
        self.footnotes.append(
            element(
                "w:footnote",
                self.paragraph("footnote", mark, *plain_runs(" "), *self.runs(note.content)),
                id=number,
            )
        )
        self.part = outer
        return run(element("w:footnoteReference", id=number), style="footnotereference")

    def notes(self) -> Part:
        """Return the part that holds footnotes, made when first asked for."""
        if self.footnotes_part is None:
            self.footnotes_part = self.package.add(
                "word/footnotes.xml", _main_type("footnotes"), element("w:footnotes")
            )
        return self.footnotes_part

    # --- pictures --------------------------------------------------------------------------------

    def picture(self, content: bytes, width: float, height: float, alt: str) -> Node:
        """Return a run with a picture of `width` × `height` points."""
        blob, extension = _printable(content)
        name = self.package.add_picture(blob, extension)
        self._drawings += 1
        relation = self.part.relate("image", name)
        return run(
            element("w:drawing", _inline_picture(self._drawings, relation, width, height, alt))
        )

    def has(self, sha256: str) -> bool:
        """Whether the issue has the picture: without it its caption stands alone, as in the PDF."""
        return sha256 in self.assets

    def stored(self, sha256: str) -> bytes:
        """Return a stored picture as it is printed: the file that the PDF prints, too."""
        ready = self._ready.get(sha256)
        return ready.path.read_bytes() if ready else self.files.get(sha256)

    def fitted(self, sha256: str, room: Size) -> Size:
        """Return the size in points that fits, never enlarged over 150 dpi."""
        asset = self.assets.get(sha256)
        if asset is not None and asset.width and asset.height:
            return fitted((asset.width, asset.height), room)
        with _opened(self.files.get(sha256)) as image:
            return fitted(image.size, room)


def _main_type(name: str) -> str:
    return f"{WORD_TYPE}{'document.main' if name == 'document' else name}+xml"


def _marks(marks: tuple[Mark, ...]) -> dict[str, object]:
    """Return only the marks that are set, so that they add to those around them."""
    found: dict[str, object] = {"bold": True} if Mark.strong in marks else {}
    vertical = next((mark.value for mark in marks if mark is not Mark.strong), None)
    return found | ({"vertical": vertical} if vertical else {})


def plain_runs(text: str, **marks: object) -> list[Node]:
    """Return the runs of a text; a line break in it becomes Word's."""
    if not text:
        return []
    content: list[Node] = []
    for index, line in enumerate(text.split("\n")):
        if index:
            content.append(element("w:br"))
        for place, piece in enumerate(line.split("\t")):
            if place:
                content.append(element("w:tab"))
            if piece:
                content.append(text_node("w:t", piece))
    return [run(*content, hint=bool(SHARED_MARKS.search(text)), **marks)]


def borrow_marks(paragraph: Node, fonts: dict[str, str]) -> None:
    """Set the quotes, dashes and dots of a paragraph in another face, in runs of their own."""
    for old in list(paragraph.iter(qualified("w:r"))):
        texts = old.findall(qualified("w:t"))
        if len(texts) != 1 or not BORROWED.search(texts[0].text or ""):
            continue
        pieces = [piece for piece in BORROWED.split(texts[0].text or "") if piece]
        for piece in pieces:
            new = deepcopy(old)
            new.find(qualified("w:t")).text = piece
            if BORROWED.fullmatch(piece):
                _in_song(new, fonts)
            old.addprevious(new)
        old.getparent().remove(old)


def _in_song(node: Node, fonts: dict[str, str]) -> None:
    """Set a run in the serif: by a style that a reader can change, beside another style by name."""
    properties = node.find(qualified("w:rPr"))
    if properties is None:
        properties = element("w:rPr")
        node.insert(0, properties)
    for known in properties.findall(qualified("w:rFonts")):
        properties.remove(known)
    if properties.find(qualified("w:rStyle")) is None:
        properties.append(value("w:rStyle", MARKS))
    else:
        properties.append(element("w:rFonts", hint="eastAsia", **fonts))


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """Give the picture while it is open; raises Invalid when it cannot be read."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            yield image
    except OSError as error:
        raise Invalid(
            "有一张图片文件损坏，无法放进 Word 文件。请在稿件中换一张 PNG 或 JPEG 图片后重试",
            "A picture file is damaged and cannot be put into the Word file. Replace it by a PNG "
            "or JPEG and try again",
        ) from error


def _printable(content: bytes) -> tuple[bytes, str]:
    """Return bytes that Word shows, and their extension; other formats become PNG."""
    with _opened(content) as image:
        kind = (image.format or "").lower()
        if kind in DIRECT_FORMATS:
            return content, kind
        output = io.BytesIO()
        image.convert("RGBA").save(output, "PNG")
        return output.getvalue(), "png"


def _inline_picture(number: int, relation: str, width: float, height: float, alt: str) -> Node:
    size = {"cx": emu(width), "cy": emu(height)}
    name = f"图 {number}"
    # a picture of which nothing is said has its number at least
    alt = alt.strip() or name
    shape = element(
        "pic:pic",
        element(
            "pic:nvPicPr",
            element("pic:cNvPr", id=number, name=name, descr=alt),
            element("pic:cNvPicPr", element("a:picLocks", noChangeAspect=1)),
        ),
        element(
            "pic:blipFill",
            element("a:blip", r__embed=relation),
            element("a:stretch", element("a:fillRect")),
        ),
        element(
            "pic:spPr",
            element("a:xfrm", element("a:off", x=0, y=0), element("a:ext", **size)),
            element("a:prstGeom", element("a:avLst"), prst="rect"),
        ),
    )
    return element(
        "wp:inline",
        element("wp:extent", **size),
        element("wp:effectExtent", l=0, t=0, r=0, b=0),
        element("wp:docPr", id=number, name=name, descr=alt),
        element("wp:cNvGraphicFramePr", element("a:graphicFrameLocks", noChangeAspect=1)),
        element("a:graphic", element("a:graphicData", shape, uri=NAMESPACES["pic"])),
        distT=0,
        distB=0,
        distL=0,
        distR=0,
    )
