"""The PDF, set by typst in this process; its page numbers come from the layout that is printed.

The templates in templates/publish read two JSON files and the fonts of the package, nothing else:
no system font, no network, no clock. The same document gives the same bytes.
"""

import importlib.metadata
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import typst

from editor.assembler import fonts
from editor.assembler.finished.pdf_reading import blank_pages
from editor.assembler.keeping import LEAST_LINES
from editor.assembler.press.composition import Data, Volume, compose
from editor.assembler.press.opened import MOST_EASED, Astray, strayed, with_breaks
from editor.assembler.press.sheet import placed_on_sheets, sheet_of
from editor.assembler.qr import fits_code
from editor.assembler.ready_pictures import ready_pictures
from editor.errors import Invalid, Unusable
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import Attachment, IssueDocument, pictures
from editor.text.quoting import briefly

TEMPLATES = Path(__file__).parents[3] / "templates" / "publish"
# what changes while editors work; the frame stays, and with it what typst remembers
TEXT = ("parts", "contents")
HALF_A_LINE = 0.5
ONE_LINE = 1.0
MOST_ROUNDS = 60  # layouts in which notes are brought to the pages of their marks
EASED = 2  # lines left blank at a page's foot as a rule
FULL = 99.0  # more lines than a page has
LONGEST_IN_DRAFT = 500  # characters of an address, four bytes each at most
SOFT_HYPHEN = "\xad"
LINE_ENDS = "\v\f\x85\u2028\u2029"  # of typst's markup, beside those that JSON escapes
GETA = "〓"  # what compositors set for a character that is not in the case
ENGINE = f"typst {importlib.metadata.version('typst')}"


@dataclass(frozen=True)
class Typeset:
    """A laid out issue. `starts` maps anchors of sections and items to printed page numbers.

    `blank` counts the pages added at the end, `inserted` those before right-hand pages; `cover` is
    the cover's own file where the print shop gets one, which `pages` then leaves out.
    """

    pdf: bytes
    pages: int
    starts: Mapping[str, int]
    blank: int = 0
    inserted: int = 0
    cover: bytes = b""
    engine: str = ENGINE


@dataclass(frozen=True)
class Layout:
    """Where everything stands in an issue as laid out.

    `pages` counts all sheets, `front` those before the first section; `starts` maps anchors of
    sections and items to printed pages. `ends` maps items to the printed page of their last line
    and how many lines of the page lie above its foot. Of those with a 附 block `written` says where
    their text ends, `attached` where the first block stands. `astray` are the notes that begin on
    another page than their marks.
    """

    pages: int
    front: int
    blank: int
    starts: Mapping[str, int]
    ends: Mapping[str, tuple[int, float]]
    written: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    attached: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    astray: tuple[Astray, ...] = ()


class Press:
    """An issue made ready for typst: laid out and printed as often as asked.

    typst remembers in this process what it has set, so that the next layout of a changed issue
    costs little more than the change. Raises Invalid when a character has no glyph or a picture
    cannot be read; its methods raise Invalid or Unusable when the layout fails. A `draft` that
    nobody prints shows 〓, as wide as a character, for what has no glyph, and cuts addresses that
    no code can hold: one such place does not keep the pages of all others from being known.
    """

    def __init__(
        self,
        document: IssueDocument,
        profile: Profile,
        files: FileStore,
        *,
        item_per_page: bool = False,
        font_dir: Path | None = None,
        volume: Volume = Volume.screen,
        numbers: Mapping[str, int] | None = None,
        draft: bool = False,
    ) -> None:
        if draft:
            document = _with_short_links(document)
        else:
            refuse_missing_glyphs(document, profile, font_dir)
        _refuse_missing_pictures(document, files)
        self._data = compose(
            document,
            profile,
            item_per_page=item_per_page,
            volume=volume,
            numbers=numbers,
            printed_from=_printed_from(document, profile, files),
        )
        if draft and (missing := fonts.missing_glyphs(document, profile, font_dir)):
            self._data = _with_geta(self._data, {ord(each.character): GETA for each in missing})
        self._sources: Any = _sources(self._data)
        self._sheet = sheet_of(profile) if volume.for_shop else None
        self._standards: Any = list(profile.pdf.standard)
        self._found: Layout | None = None
        self._thin: dict[str, int] = {}
        self._eased = False
        # a cover of its own has no items to settle
        self._settled = volume is Volume.cover
        self._options: dict[str, Any] = {
            "root": str(files.root if files.root.is_dir() else fonts.FOLDER),
            "font_paths": _fonts(font_dir),
            "ignore_system_fonts": True,
        }

    def layout(self) -> Layout:
        """Lay the issue out without making a file.

        Where an item's end leaves a page with a line or two, the page before it gives lines to it,
        and all is laid out once more; no item begins elsewhere for it.
        """
        found = self._first()
        if self._thin and not self._eased:
            eased = self._lay_out_eased(self._thin)
            wrong = strayed(self._data, found.astray, eased.astray)
            if wrong:
                self._thin = _without(self._thin, wrong)
                eased = self._lay_out_eased(self._thin)
            self._found = found = eased
        return found

    def settle(self) -> Layout:
        """Lay the issue out as it is printed: two lines of text above a 附 that opens a page.

        Only printing waits for it: where items begin, which editors see at once, stays.
        """
        found = self._first()
        alone = {} if self._settled else lonely_attachments(self._data, found)
        self._settled = True
        if not alone:
            return self.layout()
        eased = self._lay_out_eased(alone | self._thin)
        # what moved others, or was in vain, is taken back
        lost = strayed(self._data, found.astray, eased.astray)
        wrong = moved(self._data, found, eased) | set(lonely_attachments(self._data, eased))
        kept = _without(alone, lost | wrong) | _without(self._thin, lost)
        if kept != alone | self._thin:
            self._sources = _sources(with_eased(self._data, kept))
        return found

    def _first(self) -> Layout:
        if self._found is None:
            self._found = self._lay_out_with_notes()
            self._thin = dict.fromkeys(thin_ends(self._data, self._found), EASED)
        return self._found

    def _lay_out_with_notes(self) -> Layout:
        """Lay out; where a note leaves its mark, a break before the place brings them together."""
        found = self._lay_out()
        for _ in range(MOST_ROUNDS):
            data = with_breaks(self._data, {note.key for note in found.astray})
            if data == self._data:
                break
            self._data = data
            self._sources = _sources(self._data)
            found = self._lay_out()
        return found

    def _lay_out_eased(self, lines: Mapping[str, int]) -> Layout:
        self._eased = True
        self._sources = _sources(with_eased(self._data, lines))
        return self._lay_out()

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
            written={anchor: (page, lines) for anchor, (page, lines) in data["written"]},
            astray=tuple(Astray(*each) for each in data["astray"]),
            attached={anchor: (page, lines) for anchor, (page, lines) in data["attached"]},
        )

    def pdf(self) -> bytes:
        """Print a PDF of the profile's standard; a warning of typst's fails it."""
        pdf = self._compile(pdf_standards=self._standards)
        return placed_on_sheets(pdf, self._sheet) if self._sheet else pdf

    def draft(self) -> bytes:
        """Print a plain PDF to look at: no tags, no archive format, half the time."""
        return self._compile(pdf_tags=False)

    def _compile(self, **wanted: Any) -> bytes:
        if not self._settled:
            self.settle()
        try:
            pdf, warnings = typst.compile_with_warnings(
                self._sources, format="pdf", **wanted, **self._options
            )
        except typst.TypstError as error:
            raise _failure(error) from error
        if warnings:
            raise _failure(warnings[0])
        return bytes(pdf)


# --- easing: lines moved over to a page that would hold too little --------------------------------


def thin_ends(data: Data, layout: Layout) -> frozenset[str]:
    """Return the items that leave a line or two on a page of their own.

    A page break follows them, so that nothing else stands there.
    """
    return frozenset(
        it["anchor"]
        for part in data["parts"]
        for number, it in enumerate(part["articles"])
        if _closes(data, part, number) and _thin(it["anchor"], layout)
    )


def lonely_attachments(data: Data, layout: Layout) -> dict[str, int]:
    """Return the items whose 附 block opens a page while the paragraph above it stays behind.

    With each, how many lines are to be left blank for two lines of the paragraph to come along:
    those that are blank at the foot already, and one, because no line goes over alone.
    """
    found = {
        it["anchor"]: 1 + _blank_lines(data, layout.written[it["anchor"]][1])
        for part in data["parts"]
        for it in part["articles"]
        if it["blocks"] and it["blocks"][-1].get("role") == "body" and not it["byline"]
        for page, lines in (layout.attached.get(it["anchor"], (0, FULL)),)
        if lines < ONE_LINE and page > layout.starts[it["anchor"]]
    }
    return {anchor: lines for anchor, lines in found.items() if lines <= MOST_EASED}


def _blank_lines(data: Data, written: float) -> int:
    """Return how many lines of a page are blank below its text."""
    page = data["page"]
    return max(0, round((page["height"] - page["top"] - page["bottom"]) / page["pitch"] - written))


def _without(lines: Mapping[str, int], items: Collection[str]) -> dict[str, int]:
    return {anchor: count for anchor, count in lines.items() if anchor not in items}


def moved(data: Data, before: Layout, after: Layout) -> frozenset[str]:
    """Return the items of the sections in which some item begins on another page than before.

    Pages count from the section's own: a section that grows by a page is among them, those after
    it are not.
    """
    old, new = dict(_pages_of(data, before)), dict(_pages_of(data, after))
    return frozenset(
        it["anchor"]
        for part in data["parts"]
        if old[part["anchor"]] != new[part["anchor"]]
        for it in part["articles"]
    )


def _pages_of(data: Data, layout: Layout) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield where each section's items begin, counted from its first page, and its last page."""
    for part in data["parts"]:
        anchors = [it["anchor"] for it in part["articles"]]
        pages = [layout.starts[anchor] for anchor in anchors]
        last = [layout.ends[anchor][0] for anchor in anchors[-1:]]
        yield part["anchor"], tuple(page - layout.starts[part["anchor"]] for page in pages + last)


def with_eased(data: Data, lines: Mapping[str, int]) -> Data:
    """Return the issue with the lines that these items' last paragraphs give over."""
    parts = [
        {
            **part,
            "articles": [{**it, "eased": lines.get(it["anchor"], 0)} for it in part["articles"]],
        }
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
    volume: Volume = Volume.screen,
) -> Typeset:
    """Return the issue as a PDF of the profile's standard.

    Raises Invalid when a character has no glyph or a picture cannot be read, Unusable when the
    page templates fail. `font_dir` holds further fonts of the office; `volume` says what the file
    holds, and whether it is printed on the print shop's sheets.
    """
    press = Press(
        document, profile, files, item_per_page=item_per_page, font_dir=font_dir, volume=volume
    )
    layout, pdf = press.settle(), press.pdf()
    return Typeset(pdf=pdf, pages=layout.pages, starts=layout.starts, blank=layout.blank)


def typeset_for_shop(
    document: IssueDocument, profile: Profile, files: FileStore, *, font_dir: Path | None = None
) -> Typeset:
    """Return the issue as the profile's `[print]` orders it; the page numbers are the same."""
    apart = profile.print.cover == "separate"
    volume = Volume.interior if apart else Volume.whole
    made = typeset(document, profile, files, font_dir=font_dir, volume=volume)
    if profile.print.faces:
        made = replace(made, inserted=len(blank_pages(made.pdf)) - made.blank)
    if not apart:
        return made
    cover = Press(
        document,
        profile,
        files,
        font_dir=font_dir,
        volume=Volume.cover,
        numbers=made.starts,
    )
    return replace(made, cover=cover.pdf())


def _with_short_links(document: IssueDocument) -> IssueDocument:
    """Return the issue with addresses cut that are too long for a QR code."""
    if all(fits_code(each.url) for a in document.articles() for each in a.attachments):
        return document
    parts = []
    for part in document.parts:
        articles = tuple(
            article.model_copy(
                update={"attachments": tuple(map(_with_short_link, article.attachments))}
            )
            for article in part.articles
        )
        parts.append(part.model_copy(update={"articles": articles}))
    return document.model_copy(update={"parts": tuple(parts)})


def _with_short_link(attachment: Attachment) -> Attachment:
    if fits_code(attachment.url):
        return attachment
    return attachment.model_copy(update={"url": attachment.url[:LONGEST_IN_DRAFT]})


def _with_geta(data: Any, missing: Mapping[int, str]) -> Any:
    """Return the data with the sign for what cannot be set in place of these characters."""
    match data:
        case str():
            return data.translate(missing)
        case dict():
            return {key: _with_geta(value, missing) for key, value in data.items()}
        case list() | tuple():
            return [_with_geta(value, missing) for value in data]
        case _:
            return data


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
                name = briefly(article.headline)
                raise Invalid(
                    f"《{name}》的一个图片文件（{sha256[:8]}）不在数据目录中。"
                    "请重新上传这张图片，或从备份恢复",
                    f"A picture file ({sha256[:8]}) of “{name}” is missing; "
                    "upload it again or restore it from a backup",
                )


def _printed_from(
    document: IssueDocument, profile: Profile, files: FileStore
) -> dict[str, tuple[str, str]]:
    """Return from which file below the store's folder each picture is printed."""
    return {
        sha256: (f"/{ready.path.relative_to(files.root).as_posix()}", ready.media_type)
        for sha256, ready in ready_pictures(document, profile, files).items()
    }


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
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    # web pages leave them in their words; at a link's end they break the tags of typst 0.15
    text = text.replace(SOFT_HYPHEN, "")
    # a line of its own for typst's markup, which ends at these signs too
    for sign in LINE_ENDS:
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return b"//" + text.encode("utf-8")


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
