"""Walks a parsed page and tells it as blocks; what has no block cannot get through."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from editor.text.document import (
    AnyBlock,
    Figure,
    FootnoteRef,
    Heading,
    Inlines,
    ListBlock,
    Mark,
    Paragraph,
    Quote,
    Table,
    Text,
    plain,
)
from editor.text.markup_inline import (
    BREAK,
    Line,
    Picture,
    Piece,
    all_strong,
    clean_characters,
    finish,
    line_text,
    paragraphs,
    squeeze,
)
from editor.text.markup_tables import holds_data, read_table

# Dropped with all they hold: programs, styles, controls, players and other documents.
_DROPPED = (
    "script style noscript template iframe frame frameset noframes object embed applet video audio "
    "canvas svg input select option optgroup button textarea datalist output progress meter map "
    "area head title meta link base nav dialog marquee bgsound source track param portal slot "
    "mp-common-profile mp-common-videosnap mp-style-type mpvoice qqmusic xml xmp plaintext"
)
_BLOCKS = (
    "address article aside body center dd details dir div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol p pre section summary "
    "table tbody td tfoot th thead tr ul blockquote caption founder-content"
)
DROPPED = frozenset(_DROPPED.split())
BLOCKS = frozenset(_BLOCKS.split())
HEADINGS = {"h1": 1, "h2": 1, "h3": 2, "h4": 3, "h5": 3, "h6": 3}
LONGEST_HEADING = 80
DEEPEST_NESTING = 12
LAZY_SOURCES = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-lazyload",
    "data-actualsrc",
    "data-original-src",
    "data-url",
    "_src",
    "file",
    "src",
)
_BLANK_PICTURE = re.compile(
    r"(?:^|[/_-])(?:blank|spacer|pixel|transparent|loading|placeholder|grey|gray|1x1|lazy(?:load)?)"
    r"\.(?:gif|png|svg|jpe?g)",
    re.I,
)
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)
_THIN_STYLE = re.compile(r"font-weight\s*:\s*(?:normal|[1-4]00)", re.I)
_CENTER_STYLE = re.compile(r"text-align\s*:\s*center", re.I)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.I)
_PIXELS = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*$")
ICON = 40


@dataclass(frozen=True)
class Context:
    """What the elements around a run of characters say about it."""

    marks: tuple[Mark, ...] = ()
    href: str | None = None
    centered: bool = False
    verbatim: bool = False
    names: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Seen:
    """A block and how the page showed it: its alignment, the names of its element, its marks."""

    block: AnyBlock
    centered: bool = False
    names: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Notes:
    """The footnotes of a page: the text of each by its fragment, and the elements they stand in."""

    texts: Mapping[str, str] = field(default_factory=dict)
    places: frozenset[HtmlElement] = frozenset()


class Reader:
    """Collects the blocks of one element. Steps wait on a list, so no page is too deep."""

    def __init__(self, base_url: str, notes: Notes, depth: int = 0) -> None:
        self.base_url = base_url
        self.notes = notes
        self.depth = depth
        self.seen: list[Seen] = []
        self._pieces: list[Piece] = []
        self._level = 0
        self._context = Context()

    def read(self, root: HtmlElement) -> list[Seen]:
        """Return the blocks of what `root` holds, whatever its own tag."""
        steps = _content(root, self._context)
        while steps:
            kind, element, context, text = steps.pop()
            if kind == "text":
                self._add_text(text, context)
            elif kind == "leave":
                self._end_paragraph()
            else:
                steps.extend(self._enter(element, context))
        self._end_paragraph()
        return self.seen

    # --- elements ------------------------------------------------------------------------------

    def _enter(self, element: HtmlElement, outer: Context) -> "list[Step]":
        tag = element.tag
        if not isinstance(tag, str) or tag in DROPPED or element in self.notes.places:
            return []
        if _HIDDEN_STYLE.search(element.get("style") or "") or "hidden" in element.attrib:
            return []
        if tag == "br":
            self._pieces.append(Text(text=BREAK))
            return []
        if tag in ("img", "image"):
            self._add_picture(element)
            return []
        context = _context(element, outer, self)
        if tag == "a" and self._add_footnote(element):
            return []
        if tag not in BLOCKS:
            return _content(element, context)
        self._end_paragraph()
        self._context = context
        if self._add_structure(element, context):
            return []
        self._level = HEADINGS.get(tag, 0)
        return [("leave", element, context, ""), *_content(element, context)]

    def _add_structure(self, element: HtmlElement, context: Context) -> bool:
        """Add a table, list or quotation; False when the element only lays out its content."""
        if self.depth >= DEEPEST_NESTING:
            return False
        match element.tag:
            case "table" if holds_data(element):
                self._add_table(element, context)
                return True
            case "ul" | "ol":
                return self._add_list(element)
            case "blockquote":
                return self._add_quote(element)
        return False

    def _add_table(self, element: HtmlElement, context: Context) -> None:
        pictures: list[Seen] = []

        def read_cell(cell: HtmlElement) -> Inlines:
            inner = self._inner().read(cell)
            pictures.extend(seen for seen in inner if isinstance(seen.block, Figure))
            return joined(inner)

        table = read_table(element, read_cell)
        if table:
            self._emit(table, context)
        self.seen += pictures

    def _add_list(self, element: HtmlElement) -> bool:
        items: list[Inlines] = []
        for entry in element.iterchildren("li", "ul", "ol"):
            if entry in self.notes.places:
                continue
            nested = self._inner().read(entry)
            if any(isinstance(seen.block, Table | Figure | Heading) for seen in nested):
                return False
            if sum(isinstance(seen.block, Paragraph) for seen in nested) > 2:
                return False
            items += _items(nested)
        if not items:
            return any(entry in self.notes.places for entry in element)
        self._emit(ListBlock(ordered=element.tag == "ol", items=tuple(items)), self._context)
        return True

    def _add_quote(self, element: HtmlElement) -> bool:
        inner = self._inner().read(element)
        if not inner or any(not isinstance(seen.block, Paragraph) for seen in inner):
            return False
        texts = tuple(seen.block.content for seen in inner if isinstance(seen.block, Paragraph))
        self._emit(Quote(paragraphs=texts), self._context)
        return True

    def _inner(self) -> "Reader":
        return Reader(self.base_url, self.notes, self.depth + 1)

    # --- characters ----------------------------------------------------------------------------

    def _add_text(self, text: str, context: Context) -> None:
        cleaned = clean_characters(text, verbatim=context.verbatim)
        if cleaned:
            self._pieces.append(Text(text=cleaned, marks=context.marks, href=context.href))

    def _add_picture(self, element: HtmlElement) -> None:
        if url := picture_url(element, self.base_url):
            alt = squeeze(element.get("alt") or "")
            figure = Figure(url=url, alt="" if _file_name(alt) else alt[:300])
            self._pieces.append(Picture(figure))

    def _add_footnote(self, element: HtmlElement) -> bool:
        href = element.get("href") or ""
        text = self.notes.texts.get(href[1:]) if href.startswith("#") else None
        if text is None:
            return False
        self._pieces.append(FootnoteRef(content=(Text(text=text),)))
        return True

    def _end_paragraph(self) -> None:
        pieces, self._pieces = self._pieces, []
        level, self._level = self._level, 0
        for line in paragraphs(pieces):
            self._add_line(line, level)

    def _add_line(self, line: Line, level: int) -> None:
        if len(line) == 1 and isinstance(picture := line[0], Picture):
            self._emit(picture.figure, self._context)
            return
        content = finish(line)
        if not content:
            return
        if level and len(line_text(line)) <= LONGEST_HEADING:
            without = tuple(_unmarked(piece) for piece in content)
            self._emit(Heading(level=_level(level), content=without), self._context)
            return
        self._emit(Paragraph(content=content), self._context)

    def _emit(self, block: AnyBlock, context: Context) -> None:
        content = block.content if isinstance(block, Paragraph) else ()
        self.seen.append(Seen(block, context.centered, context.names, all_strong(content)))


Step = tuple[str, HtmlElement, Context, str]


def _content(element: HtmlElement, context: Context) -> list[Step]:
    """Return the steps for an element's content, last first: they are taken from the end."""
    steps: list[Step] = [("text", element, context, element.text)] if element.text else []
    for child in element.iterchildren():
        steps.append(("enter", child, context, ""))
        if child.tail:
            steps.append(("text", child, context, child.tail))
    steps.reverse()
    return steps


def _context(element: HtmlElement, outer: Context, reader: Reader) -> Context:
    tag = element.tag
    style = element.get("style") or ""
    context = outer
    if tag in ("b", "strong") or (style and _BOLD_STYLE.search(style)):
        context = _marked(context, Mark.strong)
    elif style and _THIN_STYLE.search(style) and Mark.strong in context.marks:
        kept = tuple(mark for mark in context.marks if mark is not Mark.strong)
        context = replace(context, marks=kept)
    if tag in ("sup", "sub"):
        context = _marked(context, Mark.superscript if tag == "sup" else Mark.subscript)
    if tag == "a":
        context = replace(context, href=safe_href(element.get("href") or "", reader.base_url))
    if tag in BLOCKS:
        centered = outer.centered or tag == "center" or (element.get("align") or "") == "center"
        names = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
        context = replace(
            context,
            centered=centered or bool(style and _CENTER_STYLE.search(style)),
            verbatim=outer.verbatim or tag == "pre",
            names=names,
        )
    return context


def _marked(context: Context, mark: Mark) -> Context:
    if mark in context.marks:
        return context
    return replace(context, marks=tuple(sorted({*context.marks, mark})))


def _unmarked(piece: object) -> object:
    if isinstance(piece, Text):
        kept = tuple(mark for mark in piece.marks if mark is not Mark.strong)
        return piece.model_copy(update={"marks": kept})
    return piece


def _level(level: int) -> int:
    return min(max(level, 1), 3)


def joined(inner: list[Seen]) -> Inlines:
    """Return the text of several blocks as one run of inline content, a line each."""
    content: list[object] = []
    for run in _runs(inner):
        content += [Text(text=BREAK), *run] if content else [*run]
    return finish(content)  # type: ignore[arg-type]


def _items(inner: list[Seen]) -> Iterator[Inlines]:
    """Yield one run for an entry's own text, then one for each entry of lists inside it."""
    own = [seen for seen in inner if not isinstance(seen.block, ListBlock)]
    if content := joined(own):
        yield content
    for seen in inner:
        if isinstance(seen.block, ListBlock):
            yield from seen.block.items


def _runs(inner: list[Seen]) -> Iterator[Inlines]:
    for seen in inner:
        match seen.block:
            case Heading() | Paragraph():
                yield seen.block.content
            case ListBlock():
                yield from seen.block.items
            case Quote():
                yield from seen.block.paragraphs
            case Table():
                for row in seen.block.rows:
                    yield (Text(text="　".join(plain(cell.content) for cell in row)),)


# --- addresses -----------------------------------------------------------------------------------


def safe_href(href: str, base_url: str) -> str | None:
    """Return an absolute http, https or mailto address, None for all else and for fragments."""
    href = clean_characters(href).strip()
    if not href or href.startswith("#"):
        return None
    try:
        parts = urlsplit(whole := urljoin(base_url, href))
    except ValueError:
        return None
    if parts.scheme == "mailto" and "@" in parts.path:
        return whole
    return whole if parts.scheme in ("http", "https") and parts.netloc else None


def picture_url(element: HtmlElement, base_url: str) -> str:
    """Return where a picture lies, "" for blanks, icons and data inside the page.

    Pages that load pictures late keep the true address in another attribute than `src`.
    """
    if any(_pixels(element, side) <= ICON for side in ("width", "height")):
        return ""
    for name in LAZY_SOURCES:
        url = safe_href(element.get(name) or "", base_url)
        if url and url.startswith("http") and not _BLANK_PICTURE.search(url):
            return url
    return _largest(element.get("srcset") or element.get("data-srcset") or "", base_url)


def _largest(srcset: str, base_url: str) -> str:
    sized: list[tuple[float, str]] = []
    for part in srcset.split(","):
        words = part.split()
        url = safe_href(words[0], base_url) if words else None
        if url and not _BLANK_PICTURE.search(url):
            size = re.sub(r"[^\d.]", "", words[1]) if len(words) > 1 else ""
            sized.append((float(size) if re.fullmatch(r"\d+(\.\d+)?", size) else 1.0, url))
    return max(sized)[1] if sized else ""


def _pixels(element: HtmlElement, side: str) -> float:
    style = re.search(rf"(?:^|[;\s]){side}\s*:\s*(\d+)px", element.get("style") or "")
    if style:
        return float(style.group(1))
    given = _PIXELS.match(element.get(side) or "")
    return float(given.group(1)) if given else float("inf")


def _file_name(alt: str) -> bool:
    return bool(
        re.fullmatch(r"[\w\-.()（） ]+\.(?:jpe?g|png|gif|webp|bmp)|(?i:img|image|图片)", alt)
    )
