"""Word's styles and numbering: which paragraphs are headings, and what number stands before one."""

import re
from collections import defaultdict
from dataclasses import dataclass

from workers.files.docx_package import Element, child, tag, value

_HEADING = re.compile(r"^(?:heading|标题|標題|titre|überschrift)\s*([1-9])\b", re.I)
_TITLE = re.compile(r"^(?:title|标题|標題|文章标题|公文标题)$", re.I)
_SUBTITLE = re.compile(r"^(?:subtitle|副标题)$", re.I)
_CONTENTS = re.compile(r"^(?:toc|目录|目錄)(?:\s*\d|\s*heading|标题|$)", re.I)
_CAPTION = re.compile(r"^(?:caption|题注|图题|表题)$", re.I)
_QUOTE = re.compile(r"^(?:(?:intense )?quote|明显引用|引用)$", re.I)
_PLACE = re.compile(r"%([1-9])")
_PLAIN_MARK = re.compile(r"^%1\s*[.．、)）]?\s*$")
DIGITS = "〇一二三四五六七八九"
DEEPEST_STYLE = 20


@dataclass(frozen=True)
class Look:
    """What a paragraph or character style says; None where it says nothing."""

    name: str = ""
    outline: int | None = None
    bold: bool | None = None
    centered: bool | None = None
    hidden: bool | None = None
    raised: str = ""
    number: tuple[str, int] | None = None

    @property
    def contents(self) -> bool:
        """Whether it sets the lines of an automatic table of contents."""
        return bool(_CONTENTS.match(self.name))

    @property
    def caption(self) -> bool:
        """Whether it sets captions."""
        return bool(_CAPTION.match(self.name))

    @property
    def title(self) -> bool:
        """Whether it sets the document's title."""
        return bool(_TITLE.match(self.name))

    @property
    def subtitle(self) -> bool:
        """Whether it sets the line under the title."""
        return bool(_SUBTITLE.match(self.name))

    @property
    def quote(self) -> bool:
        """Whether it sets quotations."""
        return bool(_QUOTE.match(self.name))

    @property
    def level(self) -> int:
        """Return the heading level from 1, 0 for text."""
        if self.outline is not None and self.outline < 9:
            return self.outline + 1
        match = _HEADING.match(self.name)
        return int(match.group(1)) if match and self.outline is None else 0


def switched(element: Element | None, name: str) -> bool | None:
    """Return whether a property such as bold is on; None when it is not mentioned."""
    found = child(element, name)
    if found is None:
        return None
    return value(found).lower() not in ("0", "false", "off", "none")


def number_of(properties: Element | None) -> tuple[str, int] | None:
    """Return the list and level that paragraph properties name; list "0" means none."""
    marks = child(properties, "numPr")
    if marks is None:
        return None
    list_id, level = child(marks, "numId"), child(marks, "ilvl")
    if list_id is None and level is None:
        return None
    depth = value(level)
    return value(list_id), int(depth) if depth.isdecimal() else 0


class Styles:
    """The styles of a document, each with what it inherits."""

    def __init__(self, root: Element | None) -> None:
        self._found: dict[str, Element] = {}
        self._looks: dict[str, Look] = {}
        self.default = ""
        for each in root if root is not None else ():
            if tag(each) != "style":
                continue
            self._found[value(each, "styleId")] = each
            if value(each, "type") == "paragraph" and value(each, "default") in ("1", "true"):
                self.default = value(each, "styleId")

    def look(self, style_id: str) -> Look:
        """Return what a style says with all that it inherits; an unknown one says nothing."""
        if style_id not in self._looks:
            self._looks[style_id] = self._read(style_id)
        return self._looks[style_id]

    def _read(self, style_id: str) -> Look:
        chain: list[Look] = []
        seen: set[str] = set()
        while style_id in self._found and style_id not in seen and len(seen) < DEEPEST_STYLE:
            seen.add(style_id)
            style = self._found[style_id]
            chain.append(_look(style))
            style_id = value(child(style, "basedOn"))
        if not chain:
            return Look()
        return Look(
            name=chain[0].name,
            outline=next((each.outline for each in chain if each.outline is not None), None)
            if not _HEADING.match(chain[0].name) or chain[0].outline is not None
            else None,
            bold=next((each.bold for each in chain if each.bold is not None), None),
            centered=next((each.centered for each in chain if each.centered is not None), None),
            hidden=next((each.hidden for each in chain if each.hidden is not None), None),
            raised=next((each.raised for each in chain if each.raised), ""),
            number=next((each.number for each in chain if each.number is not None), None),
        )


def _look(style: Element) -> Look:
    paragraph, run = child(style, "pPr"), child(style, "rPr")
    outline = value(child(paragraph, "outlineLvl"))
    alignment = child(paragraph, "jc")
    return Look(
        name=value(child(style, "name")).strip(),
        outline=int(outline) if outline.isdecimal() else None,
        bold=switched(run, "b"),
        centered=None if alignment is None else value(alignment) == "center",
        hidden=switched(run, "vanish"),
        raised=value(child(run, "vertAlign")),
        number=number_of(paragraph),
    )


# --- numbering ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Level:
    """One level of a list: how its numbers are written, and from where they count."""

    form: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(frozen=True)
class Number:
    """What stands before a paragraph: `text` as printed, `count` on its own level from 1.

    `bullet` has no number; `plain` is a first-level 1. 2. 3. that a list block can print.
    """

    text: str
    count: int
    bullet: bool
    plain: bool


class Numbering:
    """Counts the numbers of lists as Word does while paragraphs go by."""

    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, Level]] = {}
        self._abstract: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._begun: set[tuple[str, int]] = set()
        for each in root if root is not None else ():
            if tag(each) == "abstractNum":
                self._levels[value(each, "abstractNumId")] = _levels(each)
            elif tag(each) == "num":
                self._add(each)

    def _add(self, element: Element) -> None:
        list_id = value(element, "numId")
        abstract = value(child(element, "abstractNumId"))
        self._abstract[list_id] = abstract
        for each in element:
            if tag(each) != "lvlOverride" or not value(each, "ilvl").isdecimal():
                continue
            depth = int(value(each, "ilvl"))
            start = value(child(each, "startOverride"))
            if start.isdecimal():
                self._starts[list_id, depth] = int(start)
            if (level := child(each, "lvl")) is not None:
                own = dict(self._levels.get(abstract, {}))
                own[depth] = _level(level)
                # a list with a level of its own counts for itself
                self._abstract[list_id] = f"{abstract}/{list_id}"
                self._levels[f"{abstract}/{list_id}"] = own

    def next(self, list_id: str, depth: int) -> Number | None:
        """Count one paragraph of a list; None when the list is none or prints no number."""
        abstract = self._abstract.get(list_id)
        levels = self._levels.get(abstract or "", {})
        if abstract is None or depth not in levels:
            return None
        level, counts = levels[depth], self._counts[abstract]
        start = level.start
        if (list_id, depth) in self._starts and (list_id, depth) not in self._begun:
            start = self._starts[list_id, depth]
            counts.pop(depth, None)
        self._begun.add((list_id, depth))
        counts[depth] = counts[depth] + 1 if depth in counts else start
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        if level.form == "bullet":
            return Number("", counts[depth], True, False)
        if level.form == "none" and not _PLACE.search(level.text):
            return Number(level.text, counts[depth], False, False) if level.text else None
        plain = depth == 0 and level.form == "decimal" and bool(_PLAIN_MARK.match(level.text))
        return Number(_printed(level, levels, counts), counts[depth], False, plain)


def _levels(abstract: Element) -> dict[int, Level]:
    return {
        int(value(each, "ilvl")): _level(each)
        for each in abstract
        if tag(each) == "lvl" and value(each, "ilvl").isdecimal()
    }


def _level(element: Element) -> Level:
    start = value(child(element, "start"))
    text = child(element, "lvlText")
    return Level(
        form=value(child(element, "numFmt")) or "decimal",
        text=value(text) if text is not None else "",
        start=int(start) if start.isdecimal() else 1,
    )


def _printed(level: Level, levels: dict[int, Level], counts: dict[int, int]) -> str:
    def number(match: re.Match[str]) -> str:
        depth = int(match.group(1)) - 1
        known = levels.get(depth, Level())
        # 1.1 under 第一章: Word writes the outer numbers in Arabic when the inner are legal
        return written(counts.get(depth, known.start), known.form)

    return _PLACE.sub(number, level.text)


def written(count: int, form: str) -> str:
    """Return a number as one of Word's formats writes it; an unknown one as digits."""
    match form:
        case "none":
            return ""
        case (
            "chineseCounting"
            | "chineseCountingThousand"
            | "taiwaneseCounting"
            | "taiwaneseCountingThousand"
            | "japaneseCounting"
            | "koreanCounting"
        ):
            return chinese_number(count)
        case "ideographDigital" | "japaneseDigitalTenThousand" | "taiwaneseDigital":
            return "".join(DIGITS[int(digit)] for digit in str(count))
        case "ideographTraditional":
            return "甲乙丙丁戊己庚辛壬癸"[(count - 1) % 10]
        case "ideographZodiac":
            return "子丑寅卯辰巳午未申酉戌亥"[(count - 1) % 12]
        case "chineseLegalSimplified" | "ideographLegalTraditional":
            return chinese_number(count).translate(LEGAL)
        case "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" if 1 <= count <= 20:
            return chr(0x2460 + count - 1)
        case "decimalEnclosedParen" if 1 <= count <= 20:
            return chr(0x2474 + count - 1)
        case "lowerLetter" | "upperLetter":
            letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
            return letter.upper() if form == "upperLetter" else letter
        case "lowerRoman" | "upperRoman":
            return _roman(count) if form == "upperRoman" else _roman(count).lower()
        case "decimalZero":
            return f"{count:02d}"
        case "decimalFullWidth" | "decimalFullWidth2":
            return "".join(chr(ord(digit) + 0xFEE0) for digit in str(count))
        case _:
            return str(count)


LEGAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")


def chinese_number(count: int) -> str:
    """Return 十二, 一百零三; numbers from 10,000 on are written in digits."""
    if not 0 < count < 10_000:
        return str(count)
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, count = divmod(count, unit)
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + name
        gap = not digit
    return text.removeprefix("一") if text.startswith("一十") else text


def _roman(count: int) -> str:
    if not 0 < count < 4000:
        return str(count)
    signs = "M 1000,CM 900,D 500,CD 400,C 100,XC 90,L 50,XL 40,X 10,IX 9,V 5,IV 4,I 1"
    text = ""
    for sign, size in (pair.split() for pair in signs.split(",")):
        times, count = divmod(count, int(size))
        text += sign * times
    return text
