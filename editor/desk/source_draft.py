"""A source as a person describes it, and lists of them as TOML or CSV text; pure."""

import codecs
import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Self

import soupsieve
from cssselect import HTMLTranslator, SelectorError
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from editor.errors import Invalid, two_sentences
from editor.profile import toml_place
from editor.text.urls import canonical_url
from editor.workflow import SourceKind

LONGEST_URL = 2000
LONGEST_PAUSE = 60 * 24 * 31
PAUSES = ("最长间隔不能短于最短间隔", "the longest pause must not be below the shortest")
SELECTORS = ("item", "items", "link", "title", "date", "next")


class SourceDraft(BaseModel):
    """A source as a person describes it; `selectors` as `Source.selectors` holds them."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200)
    kind: SourceKind = SourceKind.feed
    url: str = Field(max_length=LONGEST_URL)
    printed_name: str = Field(default="", max_length=200)
    selectors: dict[str, str] = {}
    page_pattern: str = Field(default="", max_length=LONGEST_URL)
    site_rule: str = Field(default="", max_length=500)
    encoding: str = Field(default="", max_length=40)
    default_section: str = Field(default="", max_length=60)
    weight: int = Field(default=0, ge=-100, le=100)
    interval_minutes: int = Field(default=60, ge=5, le=LONGEST_PAUSE)
    longest_minutes: int = Field(default=360, ge=5, le=LONGEST_PAUSE)
    list_url: str = Field(default="", max_length=LONGEST_URL)

    @model_validator(mode="before")
    @classmethod
    def longest_follows(cls, data: Any) -> Any:
        """Take the shortest pause for the longest where only a long shortest one is given."""
        if not isinstance(data, dict) or data.get("longest_minutes") is not None:
            return data
        shortest = str(data.get("interval_minutes", ""))
        longer = shortest.isdecimal() and 360 < int(shortest) <= LONGEST_PAUSE
        return data | {"longest_minutes": int(shortest)} if longer else data

    @field_validator("url", "list_url")
    @classmethod
    def usable(cls, url: str, info: ValidationInfo) -> str:
        """Refuse what is no http address; a list page beside a feed may be left out."""
        if not url and info.field_name == "list_url":
            return url
        try:
            canonical_url(url)
        except Invalid as error:
            raise ValueError(error.both()) from error
        return url

    @field_validator("encoding")
    @classmethod
    def known(cls, label: str) -> str:
        """Refuse an encoding that nobody knows: pages would be read as if none were set."""
        if label and not label.lower().startswith(("gb", "big5")):
            try:
                codecs.lookup(label)
            except (LookupError, ValueError) as error:
                raise ValueError(
                    f"没有“{label}”这种编码，例如 utf-8、gb18030、big5 / "
                    f"There is no encoding “{label}”; use utf-8, gb18030 or big5, for example"
                ) from error
        return label

    @field_validator("page_pattern")
    @classmethod
    def numbered(cls, pattern: str) -> str:
        """Refuse a pattern that always names the same page."""
        if pattern and "{n}" not in pattern:
            raise ValueError("翻页规则中要有 {n} / the page pattern needs {n}")
        return pattern

    @model_validator(mode="after")
    def list_has_items(self) -> Self:
        """Refuse a JSON listing without the path to its items: nothing could be found."""
        if self.kind == SourceKind.json and not self.selectors.get("items"):
            raise ValueError("JSON 列表需要 items 路径 / a JSON listing needs the path “items”")
        return self

    @model_validator(mode="after")
    def pauses_in_order(self) -> Self:
        """Refuse a longest pause below the shortest."""
        if self.longest_minutes < self.interval_minutes:
            raise ValueError(" / ".join(PAUSES))
        return self

    @model_validator(mode="after")
    def selectors_are_css(self) -> Self:
        """Refuse a selector that could never find anything."""
        css = self.selectors if reads_page(self.kind, self.list_url) else {}
        for problem in selector_problems(css, self.site_rule).values():
            raise ValueError(" / ".join(problem))
        return self


def reads_page(kind: SourceKind, list_url: str) -> bool:
    """Whether a source's selectors are CSS: a list's own, or those of the list beside a feed."""
    return kind is SourceKind.list or (kind is not SourceKind.json and bool(list_url))


def selector_problems(selectors: Mapping[str, str], site_rule: str) -> dict[str, tuple[str, str]]:
    """Return a sentence pair for each field whose CSS cannot be read.

    Lists are read by Beautiful Soup, articles by lxml, and each knows other pseudo-classes.
    """
    problems: dict[str, tuple[str, str]] = {}
    for name, css in selectors.items():
        try:
            soupsieve.compile(css)
        except (soupsieve.SelectorSyntaxError, NotImplementedError) as error:
            problems[f"selector_{name}"] = _no_css(css, error)
    try:
        if site_rule.strip():
            HTMLTranslator().css_to_xpath(site_rule)
    except SelectorError as error:
        problems["site_rule"] = _no_css(site_rule, error)
    return problems


def _no_css(css: str, error: Exception) -> tuple[str, str]:
    said = str(error).partition("\n")[0].strip()
    return (
        f"“{css}”不是有效的 CSS 选择器，请检查括号、引号和逗号（{said}）",
        f"“{css}” is no valid CSS selector; check brackets, quotes and commas ({said})",
    )


def parse_sources(text: str) -> list[SourceDraft]:
    """Read drafts from TOML or CSV text; raises Invalid naming each entry that is wrong."""
    return drafts_of(_csv_rows(text) if _looks_like_csv(text) else _toml_rows(text))


def drafts_of(rows: Sequence[dict[str, Any]]) -> list[SourceDraft]:
    """Return a draft per row; raises Invalid naming each that is wrong, or that there is none."""
    drafts: list[SourceDraft] = []
    problems: dict[str, tuple[str, str]] = {}
    for number, row in enumerate(rows, start=1):
        try:
            drafts.append(SourceDraft.model_validate(row))
        except ValidationError as error:
            first = error.errors()[0]
            chinese, english = two_sentences(first)
            key = ".".join(str(part) for part in first["loc"]) or "source"
            name = row.get("name") or row.get("url") or number
            problems[f"source.{number}"] = (
                f"第 {number} 个来源（{name}）的“{key}”不对：{chinese}",
                f"source {number} ({name}), “{key}”: {english}",
            )
    if problems or not drafts:
        _refuse_import(problems)
    return drafts


def _refuse_import(problems: dict[str, tuple[str, str]]) -> None:
    if not problems:
        raise Invalid(
            "文件里没有来源，请检查是否有 [[source]]、CSV 表头或 OPML 订阅源",
            "The file holds no source: it needs [[source]] tables, a CSV header or OPML feeds",
        )
    raise Invalid(
        "；".join(chinese for chinese, _ in problems.values()) + "。请改正后重新导入",
        "; ".join(english for _, english in problems.values()) + ". Correct it and import again",
        fields=problems,
    )


def _looks_like_csv(text: str) -> bool:
    first = text.lstrip("\ufeff \r\n").partition("\n")[0]
    return "name" in first and "url" in first and "," in first and "=" not in first


def _toml_rows(text: str) -> list[dict[str, Any]]:
    try:
        rows = tomllib.loads(text.lstrip("\ufeff")).get("source", [])
    except tomllib.TOMLDecodeError as error:
        raise Invalid(
            f"来源文件不是有效的 TOML，{toml_place(error)}。请改正后重新导入",
            f"The source file is not valid TOML: {error}. Correct it and import again",
        ) from error
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _csv_rows(text: str) -> list[dict[str, Any]]:
    """Read CSV rows; columns `selector_item`, `selector_link` … make up the selectors."""
    rows: list[dict[str, Any]] = []
    for raw in csv.DictReader(io.StringIO(text.lstrip("\ufeff"))):
        cells = {key.strip(): (value or "").strip() for key, value in raw.items() if key}
        selectors = {
            name: cells.pop(f"selector_{name}", "")
            for name in SELECTORS
            if f"selector_{name}" in cells
        }
        row: dict[str, Any] = {key: value for key, value in cells.items() if value}
        row["selectors"] = {name: value for name, value in selectors.items() if value}
        rows.append(row)
    return rows


def to_toml(draft: SourceDraft) -> str:
    """Return one `[[source]]` table; what is as usual is left out."""
    lines = ["[[source]]"]
    for key, value in _told(draft).items():
        if key != "selectors":
            lines.append(f"{key} = {value if isinstance(value, int) else _quoted(value)}")
    if draft.selectors:
        pairs = ", ".join(f"{key} = {_quoted(value)}" for key, value in draft.selectors.items())
        lines.append(f"selectors = {{ {pairs} }}")
    return "\n".join(lines) + "\n"


def _told(draft: SourceDraft) -> dict[str, Any]:
    """Return what differs from the defaults, name, kind and address always."""
    data = draft.model_dump(mode="json", exclude_defaults=True)
    return {"name": draft.name, "kind": draft.kind.value, "url": draft.url} | data


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " else f"\\u{ord(c):04x}" for c in escaped) + '"'


def to_csv(drafts: Sequence[SourceDraft]) -> str:
    """Return a CSV table; each selector has a column of its own."""
    plain = [name for name in SourceDraft.model_fields if name != "selectors"]
    used = [name for name in SELECTORS if any(name in draft.selectors for draft in drafts)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*plain, *(f"selector_{name}" for name in used)])
    for draft in drafts:
        data = draft.model_dump(mode="json")
        cells = [data[name] for name in plain]
        writer.writerow([*cells, *(draft.selectors.get(name, "") for name in used)])
    return out.getvalue()
