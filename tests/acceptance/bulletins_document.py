"""A real bulletin as an IssueDocument: its truth file as blocks, pictures as drawn stand-ins.

What a truth file leaves out (which figures are raised or lowered) is read from the issue's own
text. A printed issue without titles gets its items' first words for headlines.
"""

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from editor.profile import Credit, LabelledValue, Profile, read_profile
from editor.store.files import FileStore
from editor.text.document import (
    AnyBlock,
    Article,
    AssetRef,
    Attachment,
    Blocks,
    Cell,
    Figure,
    Heading,
    Inline,
    InlineFormula,
    Inlines,
    IssueDocument,
    Mark,
    Paragraph,
    Part,
    Role,
    Table,
    Text,
)
from editor.workflow import ItemKind
from tests.acceptance.truth import bare, books_of, squeezed

PROFILES = Path(__file__).parents[2] / "config" / "publications"
QR_URL = "https://www.yunzhou.example/weixin"
ROLES = (
    (re.compile(r"摘\s*要[：:]"), Role.abstract),
    (re.compile(r"关键词[：:]"), Role.keywords),
    (re.compile(r"【[^】]*基金[^】]*】"), Role.funding),
)
FUNDING = re.compile(r"【?基金(项目)?】?[：:]?")
KICKER = re.compile(r"——\Z")
# how the texts of the bulletins write what a printer raises or lowers
RAISED = re.compile(r"(\S{1,4})\^(?:\{([0-9n+-]{1,3})\}|([0-9n]{1,2}))")
LOWERED = re.compile(r"(.{0,6})_\{([^}]+)\}")
FORMULA = re.compile(r"\$([^$\n]{1,60})\$")
# a numbered head that is a sentence, which the truth files take for a paragraph
SENTENCE_HEAD = re.compile("[一二三四五六七八九十]+、[^。]{4,45}。")
WORDS_OF_TITLE, SHORT_TITLE = 24, 6
DEEPEST = 3


@dataclass(frozen=True)
class Source:
    """One issue as its files tell it: the truth, its rows of bodies, the printed text."""

    name: str
    truth: dict[str, Any]
    rows: tuple[dict[str, Any], ...]
    seed: str

    @property
    def items(self) -> list[dict[str, Any]]:
        """Return the items in printed order."""
        return [item for section in self.truth["sections"] for item in section["items"]]


@dataclass(frozen=True)
class Line:
    """A contents line that the original printed otherwise than the headline."""

    headline: str
    printed: str


def read_source(truth: Path, seeds: Path, name: str) -> Source:
    """Read `NNN.json`, its lines of `items.jsonl` and the seed text; raises SystemExit."""
    data = json.loads((truth / f"{name}.json").read_text(encoding="utf-8"))
    with (truth / "items.jsonl").open(encoding="utf-8") as lines:
        rows = tuple(row for row in map(json.loads, lines) if row["file"] == name)
    seed = "".join(path.read_text(encoding="utf-8") for path in sorted(seeds.glob(f"{name}_*.txt")))
    source = Source(name, data, rows, seed)
    if len(rows) != len(source.items):
        raise SystemExit(f"{name}: {len(rows)} bodies for {len(source.items)} items")
    return source


def profile_of(source: Source) -> Profile:
    """Return the profile that prints an issue of this shape: numbered contents or a cover's."""
    numbered = any(item.get("toc_page") for item in source.items)
    return read_profile(PROFILES / ("digest.toml" if numbered else "review.toml"))


def document_of(source: Source, profile: Profile, files: FileStore) -> IssueDocument:
    """Return the whole issue."""
    return Builder(source, profile, files).document()


class Builder:
    """Builds one issue; pictures go into the store and are noted for the document."""

    def __init__(self, source: Source, profile: Profile, files: FileStore) -> None:
        self.source = source
        self.profile = profile
        self.files = files
        self.assets: dict[str, AssetRef] = {}
        self.shifts = Shifts(source.seed)

    def document(self) -> IssueDocument:
        """Return the issue: cover, masthead or colophon, sections."""
        truth, profile = self.source.truth, self.profile
        slogan, labels = self.cover_lines()
        fields = tuple(
            LabelledValue(label=label, value=value)
            for label, value in (truth.get("masthead") or {}).items()
        )
        shown = profile.masthead.show
        parts = tuple(self.parts())
        return IssueDocument(
            publication=truth["publication"],
            slug=profile.slug,
            year=truth["year"],
            number=truth.get("issue_no") or self.month(),
            total_number=truth["total_no"],
            dated_on=self.dated_on(),
            label_lines=labels,
            cover_lines=slogan,
            publisher_lines=tuple(truth["publisher"]),
            window_line=self.window_line() if shown else "",
            masthead=fields if shown else (),
            editors=self.editors() if shown else (),
            colophon=() if shown else fields,
            qr_url=QR_URL if shown else "",
            qr_caption=(truth.get("qr_caption") or profile.masthead.qr_caption) if shown else "",
            parts=parts,
            assets=tuple(sorted(self.assets.values(), key=lambda asset: asset.sha256)),
        )

    # --- the frame -------------------------------------------------------------------------------

    def cover_lines(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return slogan lines and label lines: labels name a year or an issue."""
        truth = self.source.truth
        known = {truth["publication"], *truth["publisher"]}
        rest = [line for line in truth.get("cover_lines") or [truth["label"]] if line not in known]
        labels = tuple(line for line in rest if re.search(r"[年期]", line))
        return tuple(line for line in rest if line not in labels), labels

    def month(self) -> int:
        """Return the month that the issue is named after."""
        return self.dated_on().month

    def dated_on(self) -> date:
        """Return the last day of the window; the first of the year where none is printed."""
        window = self.source.truth.get("window")
        return (
            date.fromisoformat(window["end"]) if window else date(self.source.truth["year"], 1, 1)
        )

    def window_line(self) -> str:
        """Return the printed line, with the profile's label where the text lost its own."""
        line: str = self.source.truth.get("window_line") or ""
        return line if re.match(r"\D", line) else self.profile.masthead.window_label + line

    def editors(self) -> tuple[Credit, ...]:
        """Return who edits."""
        return tuple(
            Credit(role=credit["role"], names=tuple(credit["names"]))
            for credit in self.source.truth.get("editors") or ()
        )

    # --- items -----------------------------------------------------------------------------------

    def parts(self) -> Iterator[Part]:
        """Yield the sections."""
        at = 0
        for number, section in enumerate(self.source.truth["sections"], start=1):
            articles = []
            for place, item in enumerate(section["items"], start=1):
                anchor = f"s{number}-{place}"
                articles.append(self.article(anchor, section["name"], item, self.source.rows[at]))
                at += 1
            if articles:
                yield Part(anchor=f"s{number}", name=section["name"], articles=tuple(articles))

    def article(
        self, anchor: str, section: str, item: dict[str, Any], row: dict[str, Any]
    ) -> Article:
        """Return one item with all that its truth names."""
        kind = ItemKind(item["kind"])
        title = item["title"] or (section if kind is ItemKind.books else first_words(row["body"]))
        return Article(
            anchor=anchor,
            kind=kind,
            headline=squeezed(title),
            subtitle=item.get("subtitle") or "",
            source_line=item.get("source") or "",
            dated_on=date.fromisoformat(item["date"]) if item.get("date") else None,
            byline=item.get("byline") or "",
            blocks=self.books(row) if kind is ItemKind.books else self.blocks(item, row),
            attachments=tuple(
                Attachment(label=link["label"], url=link["url"].replace(" ", ""))
                for link in item.get("attachments") or ()
            ),
        )

    def books(self, row: dict[str, Any]) -> Blocks:
        """Return the recommended books, each with a drawn cover."""
        books = tuple(
            book.model_copy(update={"cover": self.drawn((300, 430), number)})
            for number, book in enumerate(books_of(row["body"]))
        )
        if not books:
            raise SystemExit(f"{self.source.name}: no book has a field “书名/著者：”")
        return books

    def blocks(self, item: dict[str, Any], row: dict[str, Any]) -> Blocks:
        """Return paragraphs and heads with the tables and figures that stand between them."""
        heads = item.get("headings") or []
        depths = item.get("heading_levels") or [1] * len(heads)
        levels = list(zip(heads, depths, strict=True))
        objects = self.objects(item)
        blocks: list[AnyBlock] = list(objects.get(-1, ()))
        for number, line in enumerate(row["body"].split("\n")):
            level = next((at for at, (text, _) in enumerate(levels) if text == line), None)
            if SENTENCE_HEAD.fullmatch(line):
                blocks.append(Heading(content=self.shifts.runs(line)))
            elif level is not None:
                blocks.append(self.head(line, levels[level][1], levels[level + 1 :]))
                del levels[: level + 1]
            elif line.strip():
                blocks.append(self.paragraph(line, item, blocks))
            blocks += objects.pop(number, ())
        later = (objects[place] for place in sorted(objects) if place >= 0)
        return (*blocks, *chain.from_iterable(later))

    def head(self, line: str, level: int, later: Sequence[tuple[str, int]]) -> AnyBlock:
        """Return an inner head; one that ends in a dash before another is its kicker."""
        if KICKER.search(line) and later:
            return Paragraph(role=Role.kicker, content=self.shifts.runs(line))
        # an issue has three levels; a deeper one is set as the third
        deep = min(level, DEEPEST)
        return Heading.model_validate({"level": deep, "content": self.shifts.runs(line)})

    def paragraph(self, line: str, item: dict[str, Any], before: list[AnyBlock]) -> Paragraph:
        """Return a paragraph in the role that its opening or the head before it gives."""
        role = next((role for pattern, role in ROLES if pattern.match(line)), Role.body)
        last = before[-1] if before else None
        if isinstance(last, Heading) and FUNDING.fullmatch("".join(map(text_of, last.content))):
            role = Role.funding
        runs = self.shifts.runs(line)
        for words in item.get("bold") or ():
            runs = strong(runs, words)
        return Paragraph(role=role, content=runs)

    def objects(self, item: dict[str, Any]) -> dict[int, list[AnyBlock]]:
        """Return tables and figures by the line of the body that they follow."""
        found: dict[int, list[AnyBlock]] = {}
        for table in item.get("table_rows") or ():
            found.setdefault(table["after_paragraph"], []).append(self.table(table))
        for number, figure in enumerate(item.get("figure_places") or ()):
            place = found.setdefault(figure["after_paragraph"], [])
            place.append(
                Figure(
                    asset=self.drawn((1000, 560), number),
                    caption=figure.get("caption") or "",
                    source=figure.get("source") or "",
                    alt=figure.get("caption") or "",
                )
            )
        return found

    def table(self, table: dict[str, Any]) -> Table:
        """Return a table; an empty cell in a body row continues the one above where they merge."""
        heads = table["header_rows"]
        merged = table.get("merged") is not None
        rows: list[list[Cell]] = []
        above: dict[int, tuple[int, int]] = {}
        for y, texts in enumerate(table["rows"]):
            row: list[Cell] = []
            for x, text in enumerate(texts):
                if merged and y > heads and not text.strip() and x in above:
                    owner, place = above[x]
                    cell = rows[owner][place]
                    rows[owner][place] = cell.model_copy(update={"rowspan": cell.rowspan + 1})
                    continue
                above[x] = (y, len(row))
                row.append(Cell(content=self.shifts.runs(text), header=y < heads))
            rows.append(row)
        return Table(
            rows=tuple(map(tuple, rows)),
            caption=table.get("caption") or "",
            unit=table.get("unit") or "",
            notes=tuple(table.get("notes") or ()),
        )

    def drawn(self, size: tuple[int, int], number: int) -> str:
        """Store a stand-in for a picture that nobody has; return its hash."""
        image = Image.new("RGB", size, "white")
        draw = ImageDraw.Draw(image)
        width, height = size
        for bar in range(7):
            x = width * (bar + 1) // 9
            top = height * (7 - (bar + number) % 5) // 9
            draw.rectangle((x, top, x + width // 14, height - height // 10), fill=(70, 110, 150))
        draw.rectangle((2, 2, width - 3, height - 3), outline=(90, 90, 90), width=3)
        content = io.BytesIO()
        image.save(content, "PNG")
        sha256 = self.files.put(content.getvalue())
        self.assets[sha256] = AssetRef(
            sha256=sha256, media_type="image/png", width=width, height=height
        )
        return sha256


# --- runs ----------------------------------------------------------------------------------------


class Shifts:
    """What the issue's text raises, lowers or sets as a formula, found by the words before it."""

    def __init__(self, seed: str) -> None:
        self.lowered = {(found[1][-2:], found[2]) for found in LOWERED.finditer(seed)}
        self.raised = {(found[1], found[2] or found[3]) for found in RAISED.finditer(seed)}
        self.formulas = {found[1] for found in FORMULA.finditer(seed)}
        self.citations = "^[" in seed

    def runs(self, line: str) -> Inlines:
        """Return a line's runs, its marks of markup taken out."""
        pieces: list[Inline] = []
        at = 0
        for found in self._places(line):
            if found.start() < at:
                continue
            pieces += plain_run(line[at : found.start()])
            pieces += self._set(found)
            at = found.end()
        return (*pieces, *plain_run(line[at:])) or (Text(text=""),)

    def _places(self, line: str) -> list[re.Match[str]]:
        patterns = [
            r"\^(?P<note>[①-⑳]|\[[^\]]*\])",
            r"\^\{(?P<high>[^}]+)\}",
            r"\$(?P<formula>[^$]+)\$",
            r"_\{(?P<low>[^}]+)\}",
        ]
        if self.citations:
            patterns.append(r"(?<=\S)(?P<cited>\[\d+(?:[-–—~,，、]\d+)*\])")
        patterns += [
            rf"(?<={re.escape(before)})(?P<low{number}>{re.escape(text)})"
            for number, (before, text) in enumerate(sorted(self.lowered))
            if before
        ]
        patterns += [
            rf"(?<={re.escape(before)})(?P<high{number}>{re.escape(text)})"
            for number, (before, text) in enumerate(sorted(self.raised))
        ]
        patterns += [
            rf"(?P<formula{number}>{re.escape(text)})"
            for number, text in enumerate(sorted(self.formulas))
        ]
        return sorted(
            (found for pattern in patterns for found in re.finditer(pattern, line)),
            key=lambda found: found.start(),
        )

    def _set(self, found: re.Match[str]) -> list[Inline]:
        ((name, text),) = found.groupdict().items()
        if name.startswith("formula"):
            return [InlineFormula(source=text)]
        mark = Mark.subscript if name.startswith("low") else Mark.superscript
        return [Text(text=text, marks=(mark,))]


def plain_run(text: str) -> list[Inline]:
    """Return a run, or none for no text."""
    return [Text(text=text)] if text else []


def text_of(inline: Inline) -> str:
    """Return a run's characters."""
    return inline.text if isinstance(inline, Text) else ""


def strong(runs: Inlines, words: str) -> Inlines:
    """Return the runs with these words set bold; the texts may space them differently."""
    pattern = re.compile(r"\s*".join(map(re.escape, bare(words))))
    found: list[Inline] = []
    for run in runs:
        hit = pattern.search(run.text) if isinstance(run, Text) else None
        if not isinstance(run, Text) or hit is None:
            found.append(run)
            continue
        found += plain_run(run.text[: hit.start()])
        found.append(Text(text=hit.group(), marks=(*run.marks, Mark.strong)))
        found += plain_run(run.text[hit.end() :])
    return tuple(found)


def first_words(body: str) -> str:
    """Return a headline for an item whose own is lost: how its text begins."""
    start = squeezed(body).lstrip("“‘")
    words: str = re.split(r"[，。；：“”‘’、！？（）]", start)[0]
    return (words if len(words) > SHORT_TITLE else start)[:WORDS_OF_TITLE].strip()


def printed_otherwise(source: Source, document: IssueDocument) -> list[Line]:
    """Return the contents lines that the original printed otherwise than the headline."""
    return [
        Line(article.headline, item["toc_title"])
        for article, item in zip(document.articles(), source.items, strict=True)
        if item.get("toc_title") and bare(item["toc_title"]) != bare(article.headline)
    ]
