"""The runs of a Word paragraph become inline content; pictures and boxes on the way are kept."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from editor.text.document import FootnoteRef, Inlines, Mark, Text
from editor.text.handed_in import FileNote
from editor.text.markup_inline import Line, finish, visible
from editor.text.markup_reader import safe_href
from workers.files.docx_package import DEEPEST, Element, Link, child, tag, value
from workers.files.docx_styles import Look, Styles, switched
from workers.files.handed_in import PART

_HYPERLINK = re.compile(r'^\s*HYPERLINK\s+"([^"]+)"', re.I)
_PRIVATE = re.compile("[\ue000-\uf8ff]")
# Wingdings and Symbol by the low byte of their private characters
WINGDINGS = {0x6C: "●", 0x6D: "○", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x72: "❒", 0x75: "◆"}
WINGDINGS |= {0x76: "❖", 0x9E: "·", 0x9F: "•", 0xA7: "▪", 0xA8: "□", 0xAB: "★", 0xD8: "➢"}
WINGDINGS |= {0xE0: "→", 0xDF: "←", 0xE1: "↑", 0xE2: "↓", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓"}
WINGDINGS |= {0xFD: "☒", 0xFE: "☑", 0x52: "☑", 0xA3: "□", 0x4A: "☺"}
SYMBOL = dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
SYMBOL |= dict(zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True))
SYMBOL |= {0xB7: "•", 0xB0: "°", 0xB1: "±", 0xB2: "″", 0xA2: "′", 0xB3: "≥", 0xA3: "≤"}
SYMBOL |= {0xB4: "×", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xA5: "∞", 0xAE: "→", 0xAC: "←"}
SYMBOL |= {0xE5: "∑", 0xD6: "√", 0xF2: "∫", 0xB6: "∂", 0xCE: "∈", 0xDE: "⇒", 0xD1: "∇"}
_WRAPPERS = frozenset(
    (
        "ins",
        "moveTo",
        "hyperlink",
        "smartTag",
        "customXml",
        "sdt",
        "sdtContent",
        "fldSimple",
        "dir",
        "bdo",
        "mc:Choice",
    )
)
_GONE = frozenset(("del", "moveFrom", "delText", "instrText", "rPr", "pPr", "sdtPr"))
_HOLDS_PICTURE = frozenset(("drawing", "pict", "object"))


@dataclass
class Told:
    """What one paragraph says: its pieces, the pictures in it and the boxes anchored to it.

    `pictures` are (part, words for the blind); `boxes` the contents of text boxes, in order.
    """

    pieces: Line = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    formula: str = ""

    def inlines(self) -> Inlines:
        """Return the pieces as inline content."""
        return finish(self.pieces)


@dataclass(frozen=True)
class Around:
    """What the elements around a run say: its address and how deep it lies."""

    href: str | None = None
    bold: bool | None = None
    depth: int = 0


class RunReader:
    """Reads paragraphs of one part. `notes` counts what is changed or left out."""

    def __init__(
        self,
        styles: Styles,
        links: Mapping[str, Link],
        footnotes: Mapping[str, Inlines],
        notes: Counter[FileNote],
    ) -> None:
        self.styles, self.links, self.footnotes, self.notes = styles, links, footnotes, notes
        # complex fields may begin in one paragraph and end in another
        self._fields: list[str] = []
        self._asking = 0

    def read(self, paragraph: Element, look: Look) -> Told:
        """Return what a paragraph says."""
        told = Told()
        self._walk(paragraph, told, Around(bold=look.bold))
        return told

    def _walk(self, element: Element, told: Told, around: Around) -> None:
        if around.depth > DEEPEST:
            return
        for each in element:
            self._step(each, told, around)

    def _step(self, each: Element, told: Told, around: Around) -> None:
        name = tag(each)
        deeper = Around(around.href, around.bold, around.depth + 1)
        if name == "r":
            self._run(each, told, deeper)
        elif name == "hyperlink":
            href = self._address(each) or around.href
            self._walk(each, told, Around(href, around.bold, deeper.depth))
        elif name in ("del", "moveFrom"):
            self.notes[FileNote.changes] += 1
        elif name in ("ins", "moveTo"):
            self.notes[FileNote.changes] += 1
            self._walk(each, told, deeper)
        elif name in _WRAPPERS:
            self._walk(each, told, deeper)
        elif name == "mc:AlternateContent":
            self._walk(_alternative(each), told, deeper)
        elif name in ("m:oMath", "m:oMathPara"):
            self._formula(each, told)
        elif name == "ruby" and (base := child(each, "rubyBase")) is not None:
            self._walk(base, told, deeper)

    def _address(self, element: Element) -> str | None:
        link = self.links.get(value(element, "id"))
        return safe_href(link.target, "") if link and link.outside else None

    def _run(self, run: Element, told: Told, around: Around) -> None:
        properties = child(run, "rPr")
        style = self.styles.look(value(child(properties, "rStyle")))
        if _either(switched(properties, "vanish"), style.hidden):
            self.notes[FileNote.hidden] += any(tag(each) == "t" for each in run)
            return
        raised = value(child(properties, "vertAlign")) or style.raised
        marks = _marks(_either(switched(properties, "b"), style.bold, around.bold), raised)
        for each in run:
            self._content(each, told, around, marks)

    def _content(self, each: Element, told: Told, around: Around, marks: tuple[Mark, ...]) -> None:
        name = tag(each)
        if name in ("fldChar", "instrText"):
            self._field(each, name)
            return
        if self._asking or name in _GONE:
            return
        if name in _HOLDS_PICTURE:
            self._drawn(each, told)
        elif name == "mc:AlternateContent":
            for inner in _alternative(each):
                self._content(inner, told, around, marks)
        elif name in ("footnoteReference", "endnoteReference"):
            self._footnote(each, name, told)
        elif name == "ruby":
            self._step(each, told, around)
        elif text := self._characters(each, name):
            href = around.href or self._field_address()
            told.pieces.append(Text(text=text, marks=marks, href=href))

    def _characters(self, element: Element, name: str) -> str:
        match name:
            case "t":
                return self._readable(element.text or "")
            case "tab" | "ptab":
                return " "
            case "br":
                return "" if value(element, "type") in ("page", "column") else "\n"
            case "cr":
                return "\n"
            case "noBreakHyphen":
                return "-"
            case "sym":
                return self._symbol(value(element, "font"), value(element, "char"))
            case _:
                return ""

    def _readable(self, text: str) -> str:
        """Return text without invisible characters; private ones as the symbols they stand for."""
        text = visible(text.replace("\r", ""))
        if not _PRIVATE.search(text):
            return text
        return _PRIVATE.sub(lambda found: self._symbol("wingdings", f"{ord(found[0]):x}"), text)

    def _symbol(self, font: str, code: str) -> str:
        try:
            number = int(code, 16)
        except ValueError:
            number = 0
        if 0x20 <= number < 0xD800 and number > 0xFF:
            return visible(chr(number))
        table = SYMBOL if "symbol" in font.lower() and "segoe" not in font.lower() else WINGDINGS
        known = table.get(number & 0xFF)
        if known is None and table is SYMBOL and 0x20 <= number & 0xFF < 0x7F:
            known = chr(number & 0xFF)
        self.notes[FileNote.symbols] += known is None
        return known or "□"

    def _field(self, element: Element, name: str) -> None:
        """Follow a field: what it asks for is not text, what it shows is."""
        if name == "instrText":
            if self._fields:
                self._fields[-1] += element.text or ""
            return
        match value(element, "fldCharType"):
            case "begin":
                self._fields.append("")
                self._asking += 1
            case "separate":
                self._asking = max(0, self._asking - 1)
                if self._fields:
                    self._fields[-1] += "\0"
            case "end" if self._fields:
                if not self._fields.pop().endswith("\0"):
                    self._asking = max(0, self._asking - 1)

    def _field_address(self) -> str | None:
        for asked in reversed(self._fields):
            if match := _HYPERLINK.match(asked):
                return safe_href(match.group(1), "")
        return None

    def _footnote(self, element: Element, name: str, told: Told) -> None:
        content = self.footnotes.get(f"{name[:-9]}{value(element, 'id')}", ())
        texts = tuple(piece for piece in content if isinstance(piece, Text))
        if texts:
            told.pieces.append(FootnoteRef(content=texts))

    def _formula(self, element: Element, told: Told) -> None:
        text = visible(linear(element)).strip()
        if not text:
            return
        self.notes[FileNote.formulas] += 1
        if tag(element) == "m:oMathPara":
            told.formula = text
        told.pieces.append(Text(text=text))

    def _drawn(self, element: Element, told: Told) -> None:
        """Note the pictures of a drawing and the text boxes in it."""
        boxes = _boxes(element)
        told.boxes += boxes
        inside = {each for box in boxes for each in box.iter()}
        alt = next((value(each, "descr") for each in element.iter() if tag(each) == "wp:docPr"), "")
        pictures = [each for each in element.iter() if each not in inside and _picture_id(each)]
        for each in pictures:
            link = self.links.get(_picture_id(each))
            if link is None or link.outside:
                self.notes[FileNote.pictures_outside] += 1
            else:
                told.pictures.append((PART + link.target, visible(alt)[:500]))
        if not pictures and not boxes and _embeds(element):
            self.notes[FileNote.objects] += 1


def _alternative(element: Element) -> Element:
    """Return the newer rendering of two, the older one when the newer says nothing."""
    choice, fallback = child(element, "mc:Choice"), child(element, "mc:Fallback")
    chosen = choice if choice is not None and len(choice) else fallback
    return chosen if chosen is not None else element


def _either(*said: bool | None) -> bool:
    return next((each for each in said if each is not None), False)


def _marks(bold: bool, raised: str) -> tuple[Mark, ...]:
    marks = [Mark.strong] if bold else []
    if raised == "superscript":
        marks.append(Mark.superscript)
    elif raised == "subscript":
        marks.append(Mark.subscript)
    return tuple(marks)


def _boxes(element: Element) -> list[Element]:
    """Return the outermost contents of text boxes, each once although drawn in two ways."""
    found: list[Element] = []
    waiting = [element]
    while waiting:
        each = waiting.pop(0)
        if tag(each) == "txbxContent":
            found.append(each)
        elif tag(each) == "mc:AlternateContent":
            waiting[:0] = [_alternative(each)]
        else:
            waiting[:0] = list(each)
    return found


def _picture_id(element: Element) -> str:
    match tag(element):
        case "a:blip":
            return value(element, "embed") or value(element, "link")
        case "v:imagedata":
            return value(element, "id")
        case _:
            return ""


def _embeds(element: Element) -> bool:
    names = {tag(each) for each in element.iter()}
    return tag(element) == "object" or any("chart" in name or "relIds" in name for name in names)


# --- formulas ----------------------------------------------------------------------------------

_SIMPLE = {"m:sSup": ("m:e", "^", "m:sup"), "m:sSub": ("m:e", "_", "m:sub")}
_SIMPLE |= {"m:f": ("m:num", "/", "m:den")}


def linear(element: Element, depth: int = 0) -> str:
    """Return a formula as one line: a/b, x^2, √(x)."""
    if depth > DEEPEST:
        return ""
    name = tag(element)
    if name == "m:t":
        return element.text or ""
    if name in _SIMPLE:
        first, sign, second = _SIMPLE[name]
        return _grouped(_parts(element, (first,), depth)) + sign + _grouped(
            _parts(element, (second,), depth)
        )  # fmt: skip
    if name == "m:rad":
        return f"√({_parts(element, ('m:e',), depth)})"
    if name == "m:d":
        return f"({_parts(element, ('m:e',), depth)})"
    if name == "m:nary":
        sign = value(child(child(element, "m:naryPr"), "m:chr")) or "∫"
        low, high = _parts(element, ("m:sub",), depth), _parts(element, ("m:sup",), depth)
        limits = (f"_{_grouped(low)}" if low else "") + (f"^{_grouped(high)}" if high else "")
        return f"{sign}{limits} {_parts(element, ('m:e',), depth)}"
    return "".join(linear(each, depth + 1) for each in element if not tag(each).endswith("Pr"))


def _parts(element: Element, names: Iterable[str], depth: int) -> str:
    return "".join(linear(each, depth + 1) for each in element if tag(each) in names)


def _grouped(text: str) -> str:
    return text if len(text) <= 1 or text.isalnum() else f"({text})"
