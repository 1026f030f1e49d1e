"""The PDF, set by typst in this process; its page numbers come from the layout that is printed.

The templates in templates/publish read two JSON files and the fonts of the package, nothing else:
no system font, no network, no clock. The same document gives the same bytes.
"""

import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from editor.assembler import fonts
from editor.assembler.composition import Data, compose
from editor.assembler.keeping import LEAST_LINES
from editor.errors import Invalid, Unusable
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import IssueDocument, pictures

TEMPLATES = Path(__file__).parents[2] / "templates" / "publish"
STANDARD: Final = "a-2b"
# what changes while editors work; the frame stays, and with it what typst remembers
TEXT = ("parts", "contents")
HALF_A_LINE = 0.5
FULL = 99.0  # more lines than a page has
ENGINE = f"typst {importlib.metadata.version('typst')}"


@dataclass(frozen=True)
class Typeset:
    """A laid out issue. `starts` maps anchors of sections and items to printed page numbers.

    `warnings` are sentences about what was done beyond the document (blank pages at the end).
    """

    pdf: bytes
    pages: int
    starts: Mapping[str, int]
    warnings: tuple[str, ...] = ()
    engine: str = ENGINE


@dataclass(frozen=True)
class Layout:
    """Where everything stands in an issue as laid out.

    `pages` counts all sheets, `front` those before the first section; `starts` maps anchors of
    sections and items to printed pages. `ends` maps items to the printed page of their last line
    and how many lines of the page lie above its foot.
    """

    pages: int
    front: int
    blank: int
    starts: Mapping[str, int]
    ends: Mapping[str, tuple[int, float]]


class Press:
    """An issue made ready for typst: laid out and printed as often as asked.

    typst remembers in this process what it has set, so that the next layout of a changed issue
    costs little more than the change. Raises Invalid when a character has no glyph or a picture
    cannot be read; its methods raise Invalid or Unusable when the layout fails.
    """

    def __init__(
        self,
        document: IssueDocument,
        profile: Profile,
        files: FileStore,
        *,
        item_per_page: bool = False,
        font_dir: Path | None = None,
    ) -> None:
        refuse_missing_glyphs(document, profile, font_dir)
        _refuse_missing_pictures(document, files)
        self._data = compose(document, profile, item_per_page=item_per_page)
        self._sources: Any = _sources(self._data)
        self._eased = False
        self._options: dict[str, Any] = {
            "root": str(files.root if files.root.is_dir() else fonts.FOLDER),
            "font_paths": _fonts(font_dir),
            "ignore_system_fonts": True,
        }

    def layout(self) -> Layout:
        """Lay the issue out without making a file.

        Where an item's end leaves a page with a line or two, the page before it gives a line to
        it, and all is laid out once more; no item begins elsewhere for it.
        """
        found = self._lay_out()
        if not self._eased and (data := ease(self._data, found)):
            self._eased, self._sources = True, _sources(data)
            found = self._lay_out()
        return found

    def _lay_out(self) -> Layout:
        try:
            found = typst.query(self._sources, "<layout>", field="value", one=True, **self._options)
        # a query says by a RuntimeError what a compilation says by its own error
        except (typst.TypstError, RuntimeError) as error:
            raise _failure(error) from error
        data = json.loads(found)
        return Layout(
            pages=data["pages"],
            front=data["front"],
            blank=data["blank"],
            starts=dict(data["starts"]),
            ends={anchor: _end(page, lines) for anchor, (page, lines) in data["ends"]},
        )

    def pdf(self) -> bytes:
        """Print PDF/A-2b; a warning of typst's fails it."""
        return self._compile(pdf_standards=STANDARD)

    def draft(self) -> bytes:
        """Print a plain PDF to look at: no tags, no archive format, half the time."""
        return self._compile(pdf_tags=False)

    def _compile(self, **wanted: Any) -> bytes:
        try:
            pdf, warnings = typst.compile_with_warnings(
                self._sources, format="pdf", **wanted, **self._options
            )
        except typst.TypstError as error:
            raise _failure(error) from error
        if warnings:
            raise _failure(warnings[0])
        return bytes(pdf)


def ease(data: Data, layout: Layout) -> Data | None:
    """Return the issue with its thin ends marked, None when there is none.

    An end is thin when a page break follows it and its last page holds a line or two.
    """
    thin = {
        it["anchor"]
        for part in data["parts"]
        for number, it in enumerate(part["articles"])
        if _closes(data, part, number) and _thin(it["anchor"], layout)
    }
    if not thin:
        return None
    parts = [
        {**part, "articles": [{**it, "eased": it["anchor"] in thin} for it in part["articles"]]}
        for part in data["parts"]
    ]
    return {**data, "parts": parts}


def _closes(data: Data, part: Data, number: int) -> bool:
    if number == len(part["articles"]) - 1:
        return bool(data["page"]["sections_break"])
    return bool(part["articles"][number + 1]["new_page"])


def _thin(anchor: str, layout: Layout) -> bool:
    page, lines = layout.ends[anchor]
    return page > layout.starts[anchor] and lines < LEAST_LINES - HALF_A_LINE


def _end(page: int, lines: float) -> tuple[int, float]:
    """Return where a last line stands: a mark at a page top belongs to the full page before."""
    return (page, lines) if lines >= HALF_A_LINE or page == 1 else (page - 1, FULL)


def typeset(
    document: IssueDocument,
    profile: Profile,
    files: FileStore,
    *,
    item_per_page: bool = False,
    font_dir: Path | None = None,
) -> Typeset:
    """Return the issue as PDF/A-2b.

    Raises Invalid when a character has no glyph or a picture cannot be read, Unusable when the
    page templates fail. `font_dir` holds further fonts of the office.
    """
    press = Press(document, profile, files, item_per_page=item_per_page, font_dir=font_dir)
    layout, pdf = press.layout(), press.pdf()
    notes = (f"末尾补了 {layout.blank} 页空白",) if layout.blank else ()
    return Typeset(pdf=pdf, pages=layout.pages, starts=layout.starts, warnings=notes)


def refuse_missing_glyphs(
    document: IssueDocument, profile: Profile, font_dir: Path | None = None
) -> None:
    """Raise Invalid that names each character without a glyph, its code point and its item."""
    missing = fonts.missing_glyphs(document, profile, font_dir)
    if not missing:
        return
    placed = [(entry, *document.place(entry.where)) for entry in missing[:8]]
    chinese = "、".join(f"“{each.character}”（{each.code_point}，{zh}）" for each, zh, _ in placed)
    english = ", ".join(f"“{each.character}” ({each.code_point}, {en})" for each, _, en in placed)
    raise Invalid(
        f"有 {len(missing)} 处用字在字库中没有：{chinese}。请改用别的字，或请管理员补充字体",
        f"{len(missing)} characters have no glyph: {english}. Replace them or add a font",
    )


def _refuse_missing_pictures(document: IssueDocument, files: FileStore) -> None:
    known = {asset.sha256 for asset in document.assets}
    for article in document.articles():
        for sha256 in pictures(article.blocks):
            if sha256 in known and not files.path(sha256).is_file():
                raise Invalid(
                    f"《{article.headline}》的一个图片文件（{sha256[:8]}）不在数据目录中。"
                    "请重新上传这张图片，或从备份恢复",
                    f"A picture file ({sha256[:8]}) of “{article.headline}” is missing; "
                    "upload it again or restore it from a backup",
                )


@cache
def _fonts(extra: Path | None) -> typst.Fonts:
    folders = [fonts.FOLDER] if extra is None else [fonts.FOLDER, extra]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


@cache
def _templates() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(TEMPLATES.glob("*.typ"))}


def _sources(data: Data) -> dict[str, bytes]:
    templates = dict(_templates())
    main = templates.pop("issue.typ")
    frame = {key: value for key, value in data.items() if key not in TEXT}
    text = {key: data[key] for key in TEXT}
    return {"main.typ": main, **templates, "frame.json": _json(frame), "data.json": _json(text)}


def _json(data: Data) -> bytes:
    return json.dumps(data, ensure_ascii=False, sort_keys=True).encode("utf-8")


def _failure(error: Any) -> Invalid | Unusable:
    # what follows the bracket are paths of this machine, of no use to an editor
    message = str(getattr(error, "message", error)).partition(" (")[0]
    if "image" in message or "decode" in message:
        return Invalid(
            f"有一张图片无法排印（{message}）。请在稿件中换一张 PNG 或 JPEG 图片后重试",
            f"A picture cannot be printed ({message}). Replace it by a PNG or JPEG",
        )
    detail = str(getattr(error, "diagnostic", "") or message)
    return Unusable(
        f"排版没有完成：{message}。请把这句话告诉管理员",
        f"The issue could not be typeset: {message}",
        diagnostic=detail,
    )
