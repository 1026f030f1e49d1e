"""A publication's profile: names, formats and page measures, read from TOML and validated.

Nothing in the code may know a publication's words; they are data here (publishing.md §2).
Lengths ending in `_mm` are millimetres, all other measures are points unless they end in `_em`.
"""

import re
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from editor import patterns
from editor.errors import Invalid, two_sentences
from editor.schedule import LabelNumber
from editor.workflow import ItemKind

POINTS_PER_MM = 72 / 25.4
PRINTED_WORDS = Path(__file__).parents[1] / "config" / "house-style" / "printed-words.toml"
# what is printed where a profile says nothing, by the profile's own tables and keys
WORDS: dict[str, dict[str, Any]] = tomllib.loads(PRINTED_WORDS.read_text(encoding="utf-8"))
LEAST_MARGIN_MM = 8.0  # narrower, and thumbs and the knife come into the text


class Table(BaseModel):
    """A table of the profile: frozen, and a key nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelledValue(Table):
    """A label and its value, as printed on the masthead page or in the colophon."""

    label: str
    value: str


class Credit(Table):
    """A role and the people who hold it, as printed in the list of editors."""

    role: str
    names: tuple[str, ...]


class FontRole(StrEnum):
    """Which of the four faces a style uses."""

    song = "song"
    hei = "hei"
    kai = "kai"
    fang = "fang"


class Schedule(Table):
    """When issues appear. `first_day` opens the window in the month before the issue's month."""

    timezone: str = "Asia/Shanghai"
    first_day: int = Field(default=16, ge=1, le=28)
    per_year: int = Field(default=12, ge=1, le=366)
    copy_due_days: int = Field(default=5, ge=0, le=60)

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, name: str) -> str:
        """Refuse a time zone that does not exist."""
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"没有时区 {name} / there is no time zone {name}") from None
        return name


class Page(Table):
    """Page geometry (publishing.md §3): text width = `em_per_line` × `body_size`.

    `budget` is how many pages a new issue should have at most, None for no such wish.
    """

    width: float = 595.3
    height: float = 841.9
    em_per_line: int = Field(default=36, ge=10, le=80)
    body_size: float = Field(default=12, ge=6, le=24)
    pitch: float = Field(default=22, ge=8, le=48)
    top: float = 80
    bottom: float = 79.9
    header_distance: float = 45
    footer_distance: float = 45
    budget: int | None = Field(default=None, ge=1, le=2000)

    @property
    def text_width(self) -> float:
        """Return the width of the text block in points."""
        return self.em_per_line * self.body_size

    @property
    def text_height(self) -> float:
        """Return the height of the text block in points."""
        return self.height - self.top - self.bottom

    @property
    def side(self) -> float:
        """Return the left and right margin in points."""
        return (self.width - self.text_width) / 2


class Style(Table):
    """How one role is set; anything None keeps the renderer's default for that role."""

    font: FontRole | None = None
    size: float | None = None
    pitch: float | None = None
    before: float | None = None
    after: float | None = None
    align: Literal["left", "right", "center", "justify"] | None = None
    indent_em: float | None = None
    weight: Literal["regular", "bold"] | None = None
    colour: str | None = Field(default=None, pattern=r"^[0-9A-Fa-f]{6}$")
    keep_with_next: bool | None = None


class Fonts(Table):
    """Families by role; the defaults are the fonts in the package."""

    song: str = "Noto Serif SC"
    hei: str = "Noto Sans SC"
    kai: str = "Zhaibian Kai"
    fang: str = "Zhaibian Kai"
    title: str = "Noto Sans SC"
    office_names: bool = False
    embed_in_docx: bool = False


class Cover(Table):
    """The cover; `label_lines` take {year}, {month}, {number}, {total}, each with :zh if wished."""

    slogan: tuple[str, ...] = ()
    label_lines: tuple[str, ...] = tuple(WORDS["cover"]["label_lines"])
    publisher: tuple[str, ...] = ()
    contents_on_cover: bool = False


class Masthead(Table):
    """The masthead page: labelled values, the list of editors, the window line, a QR code."""

    show: bool = True
    heading: str = ""
    fields: tuple[LabelledValue, ...] = ()
    editors_heading: str = WORDS["masthead"]["editors_heading"]
    editors: tuple[Credit, ...] = ()
    window_label: str = WORDS["masthead"]["window_label"]
    window_format: str = "%Y.%m.%d-%Y.%m.%d"
    qr_url: str = ""
    qr_caption: str = ""


class Colophon(Table):
    """The last block of the issue.

    A corrected edition prints its number after `edition_label` and the headlines of what was
    corrected after `corrections_label`; an empty label prints nothing.
    """

    heading: str = ""
    fields: tuple[LabelledValue, ...] = ()
    closing: str = ""
    edition_label: str = ""
    edition_value: str = WORDS["colophon"]["edition_value"]
    corrections_label: str = ""


class FeedWords(Table):
    """What the feed of published issues says of a corrected edition; takes {headlines}."""

    corrections: str = WORDS["feed"]["corrections"]


class Wanted(StrEnum):
    """How much something is wanted: its lack stops the export, is shown, or is nothing."""

    required = "required"
    wished = "wished"
    none = "none"


# of an essay, mostly asked for by the office itself, source and date are only missed
SOURCE_WANTED: dict[ItemKind, Wanted] = {
    ItemKind.news: Wanted.required,
    ItemKind.ranking: Wanted.required,
    ItemKind.essay: Wanted.wished,
    ItemKind.books: Wanted.none,
}


class SectionProfile(Table):
    """One section as new issues get it; `quota` is a target number of items, None for none.

    `source` says how much its items need a source and a date; None leaves it to `item` and to the
    kind of each.
    """

    name: str = Field(min_length=1, max_length=60)
    kind: ItemKind = ItemKind.news
    quota: int | None = Field(default=None, ge=0)
    solo: bool = False
    source: Wanted | None = None


class Sections(Table):
    """How sections are printed; `suffix` follows the name in the body (“：”)."""

    suffix: str = ""
    page_break: bool = True


class ItemStyle(Table):
    """How items are printed; `source_line` takes {source} and {date}.

    Where `source_required` is false, no section misses source and date unless it says so itself.
    `byline` takes {byline}; "" prints no byline at all, and none is missed. `byline_place` puts
    it on a line of its own or at the end of the last paragraph.
    """

    page_break: bool = False
    essay_page_break: bool = True
    source_line: str = "{source} {date}"
    date_format: str = "%Y-%m-%d"
    byline: str = WORDS["item"]["byline"]
    byline_place: Literal["own", "run_in"] = "own"
    byline_required: bool = False
    source_required: bool = True


class Contents(Table):
    """The table of contents; `place` = cover prints it there without page numbers."""

    title: str = WORDS["toc"]["title"]
    section_numbers: Literal["none", "all"] = "none"
    solo_number: bool = True
    place: Literal["pages", "cover"] = "pages"
    numbers: bool = True
    run_in_group: bool = False
    caps: bool = False


class AttachmentStyle(Table):
    """How 附 is printed."""

    label: str = WORDS["attachment"]["label"]
    qr_mm: float = Field(default=22, ge=10, le=60)
    show_url: bool = True


class TableStyle(Table):
    """How tables are printed; `continued` takes {label} (“续{label}”)."""

    continued: str = WORDS["table"]["continued"]
    unit: str = WORDS["table"]["unit"]
    header_fill: str = Field(default="E8EDF3", pattern=r"^[0-9A-Fa-f]{6}$")


class FigureStyle(Table):
    """How figures are printed."""

    source: Literal["above", "below"] = "below"
    max_width_mm: float = 110


class BookLabels(Table):
    """Labels of the four fields of a recommended book."""

    title_author: str = WORDS["books"]["title_author"]
    publisher_date: str = WORDS["books"]["publisher_date"]
    summary: str = WORDS["books"]["summary"]
    reason: str = WORDS["books"]["reason"]


class Furniture(Table):
    """Running heads and page numbers; heads take {publication}, {label} and {section}."""

    header_left: str = "{publication} {label}"
    header_right: str = "{section}"
    rule: bool = True
    footer: str = "— {page} —"
    contents_footer: str = "— {page} —"


class Footnotes(Table):
    """How footnote marks look."""

    marks: Literal["1", "①"] = "1"


class Print(Table):
    """For the print shop; all off unless the office asks.

    `gutter_mm` moves the text away from the fold, left and right pages mirrored; `bleed_mm`
    enlarges the sheet and adds crop marks; `cover` = separate prints it into a file of its own;
    `pad_to` fills the last sheet with blank pages; `section_start` = right opens every section on
    a right-hand page, after a blank one where needed. `readers` makes a second PDF without all
    that only a shop needs.
    """

    gutter_mm: float = Field(default=0, ge=0, le=30)
    bleed_mm: float = Field(default=0, ge=0, le=20)
    black_only: bool = False
    cover: Literal["same", "separate"] = "same"
    pad_to: int = Field(default=1, ge=1, le=16)
    section_start: Literal["any", "right"] = "any"
    readers: bool = True

    @property
    def on_right(self) -> bool:
        """Whether each section opens a right-hand page."""
        return self.section_start == "right"

    @property
    def faces(self) -> bool:
        """Whether page 1 must be a right-hand page: left and right pages differ."""
        return self.gutter_mm > 0 or self.on_right


# what a PDF may claim to be, and what it is then called
PDF_STANDARDS = {
    ("a-2b",): "PDF/A-2b",
    ("a-2a",): "PDF/A-2a",
    ("ua-1",): "PDF/UA-1",
    ("a-2a", "ua-1"): "PDF/A-2a + PDF/UA-1",
}


class Pdf(Table):
    """What PDF files are: for archives (A), for screen readers (UA), or for both.

    `standard` is one name or a list of names; typst refuses a file that would break its rules.
    """

    standard: tuple[str, ...] = ("a-2b",)

    @field_validator("standard", mode="before")
    @classmethod
    def known_standard(cls, wanted: Any) -> Any:
        """Accept one name as well as a list; refuse what cannot be combined."""
        names = wanted if isinstance(wanted, list | tuple) else (wanted,)
        ordered = tuple(sorted({str(name) for name in names}))
        if ordered not in PDF_STANDARDS:
            raise ValueError(
                "只能填 a-2b（存档）、a-2a（存档、带结构）、ua-1（无障碍），"
                "或列表 a-2a 加 ua-1 / "
                "must be a-2b, a-2a, ua-1, or the list of a-2a and ua-1"
            )
        return ordered

    @property
    def standard_name(self) -> str:
        """Return what people call it."""
        return PDF_STANDARDS[self.standard]


class SignOffRules(Table):
    """Whether an export waits for sign-offs."""

    required: bool = False


class Profile(Table):
    """A publication's validated profile."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str = Field(min_length=1, max_length=60)
    language: str = "zh-CN"
    schedule: Schedule = Schedule()
    page: Page = Page()
    styles: dict[str, Style] = {}
    fonts: Fonts = Fonts()
    cover: Cover = Cover()
    masthead: Masthead = Masthead()
    colophon: Colophon = Colophon()
    section: tuple[SectionProfile, ...] = Field(min_length=1)
    sections: Sections = Sections()
    item: ItemStyle = ItemStyle()
    toc: Contents = Contents()
    attachment: AttachmentStyle = AttachmentStyle()
    table: TableStyle = TableStyle()
    figure: FigureStyle = FigureStyle()
    books: BookLabels = BookLabels()
    furniture: Furniture = Furniture()
    footnotes: Footnotes = Footnotes()
    feed: FeedWords = FeedWords()
    print: Print = Print()
    pdf: Pdf = Pdf()
    signoff: SignOffRules = SignOffRules()

    @model_validator(mode="after")
    def sections_differ(self) -> Self:
        """Refuse two sections of one name: items are placed by it."""
        names = [section.name for section in self.section]
        if len(set(names)) < len(names):
            raise ValueError("两个栏目同名 / two sections have the same name")
        return self

    @model_validator(mode="after")
    def gutter_fits(self) -> Self:
        """Refuse a gutter that pushes the text off the page's outer edge."""
        left = self.page.side / POINTS_PER_MM - self.print.gutter_mm
        if self.print.gutter_mm and left < LEAST_MARGIN_MM:
            raise ValueError(
                f"装订线 print.gutter_mm 太宽，外侧边距只剩 {left:.0f} 毫米 / "
                f"print.gutter_mm leaves an outer margin of {left:.0f} mm only"
            )
        return self

    @property
    def sections_break(self) -> bool:
        """Whether each section opens a page."""
        return self.sections.page_break or self.print.on_right

    def source_wanted(self, section: str, kind: ItemKind) -> Wanted:
        """Return how much an item of this kind in this section needs its source and its date.

        A section that the issue alone has, or has renamed, goes by the kind.
        """
        own = next((each.source for each in self.section if each.name == section), None)
        by_kind = SOURCE_WANTED[kind] if self.item.source_required else Wanted.none
        return own or by_kind

    @property
    def zone(self) -> ZoneInfo:
        """Return the publication's time zone."""
        return ZoneInfo(self.schedule.timezone)

    def label_lines(self, year: int, month: int, number: int, total: int) -> tuple[str, ...]:
        """Return the issue's label lines as printed on the cover."""
        values = {"year": year, "month": month, "number": number, "total": total}
        numbers = {name: LabelNumber(value) for name, value in values.items()}
        return tuple(line.format(**numbers) for line in self.cover.label_lines)

    def edition_line(self, edition: int) -> str:
        """Return the number of a corrected edition as printed in the colophon."""
        return self.colophon.edition_value.format(edition=LabelNumber(edition))

    def corrections_line(self, headlines: str) -> str:
        """Return what the feed says of a corrected edition's items."""
        return self.feed.corrections.format(headlines=headlines)


def parse_profile(text: str, name: str = "profile") -> Profile:
    """Read a profile from TOML; raises Invalid with a sentence for each thing that is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(
            f"{name} 不是有效的 TOML 文件，{toml_place(error)}。请改正后重新载入",
            f"{name} is not valid TOML: {error}. Correct it and load it again",
        ) from error
    return profile_from(data, name)


def profile_from(data: dict[str, Any], name: str = "profile") -> Profile:
    """Validate profile data; raises Invalid with a sentence for each thing that is wrong."""
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        raise _refused(name, list(_problems(error))) from error
    misfits = [
        (key, *_at(key, *sentence.split(" / ")))
        for key, sentence in patterns.misfits(profile.model_dump())
    ]
    if misfits:
        raise _refused(name, misfits)
    return profile


def _refused(name: str, problems: list[tuple[str, str, str]]) -> Invalid:
    return Invalid(
        f"{name} 有 {len(problems)} 处问题："
        + "；".join(chinese for _, chinese, _ in problems)
        + "。改正后重新载入",
        f"{name}: "
        + "; ".join(english for _, _, english in problems)
        + ". Correct it and load it again",
        fields={key: (chinese, english) for key, chinese, english in problems},
    )


def _at(key: str, chinese: str, english: str) -> tuple[str, str]:
    return f"“{key}”的值不对（{chinese}）", f"“{key}”: {english}"


def _problems(error: ValidationError) -> Iterator[tuple[str, str, str]]:
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"]) or "profile"
        if problem["type"] == "extra_forbidden":
            yield (
                key,
                f"不认识的项“{key}”，请检查拼写或删去",
                f"unknown key “{key}”, check its spelling or remove it",
            )
        elif problem["type"] == "missing":
            yield key, f"缺少“{key}”", f"“{key}” is missing"
        else:
            chinese, english = two_sentences(problem)
            yield key, *_at(key, chinese, english)


def read_profile(path: Path) -> Profile:
    """Read a profile file; raises Invalid when it cannot be read or is wrong."""
    return parse_profile(read_text(path), path.name)


def read_text(path: Path) -> str:
    """Return a text file that a person wrote; raises Invalid when it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Invalid(
            f"无法读取 {path}：{error.strerror}。请检查路径和权限",
            f"{path} cannot be read: {error.strerror}. Check the path and its permissions",
        ) from error
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{path.name} 不是 UTF-8 编码，请另存为 UTF-8 后重新载入",
            f"{path.name} is not UTF-8; save it as UTF-8 and load it again",
        ) from error


def toml_place(error: tomllib.TOMLDecodeError) -> str:
    """Return where a TOML text is wrong, in Chinese; the parser says it in English only."""
    found = re.search(r"at line (\d+), column (\d+)", str(error))
    if found is None:
        return "错在文件末尾，可能少了引号或括号"
    return f"错在第 {found[1]} 行第 {found[2]} 列（{str(error).partition(' (at ')[0]}）"


def _by_name(rows: Any) -> dict[str, Any]:
    """Return the rows of a list under their names; nothing when a row has no name of its own."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return {}
    named = {str(row["name"]): row for row in rows if "name" in row}
    return named if len(named) == len(rows) else {}


def differences(old: Any, new: Any, prefix: str = "") -> list[tuple[str, Any, Any]]:
    """Return (key, old value, new value) wherever two profiles' JSON data differ.

    Rows that have names, such as sections, are compared by name.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*old, *(key for key in new if key not in old)]
        return [
            row
            for key in keys
            for row in differences(old.get(key), new.get(key), f"{prefix}{key}.")
        ]
    before, after = _by_name(old), _by_name(new)
    if before and after:
        kept = (
            [name for name in before if name in after],
            [name for name in after if name in before],
        )
        moved = [(prefix.rstrip("."), *kept)] if kept[0] != kept[1] else []
        return moved + differences(before, after, prefix)
    return [] if old == new else [(prefix.rstrip("."), old, new)]
