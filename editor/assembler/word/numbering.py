"""Page numbers of the Word edition: verified by LibreOffice, else pinned; never guessed.

Word lays pages out itself, so a number printed in the contents holds only where it was checked
(publishing.md §6). Two ways are honest. Verified: the file is laid out by LibreOffice, its
outline fills the contents, and a second layout confirms every entry. Pinned: each item opens a
page whose number is written into the file, so contents and footers agree in any program.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pypdfium2

from editor.assembler.contents import Entry, entries
from editor.assembler.finished.word_pages import remarks, unseen
from editor.assembler.preflight.findings import Finding
from editor.assembler.press.typeset import typeset
from editor.assembler.word.edition import render_docx
from editor.assembler.word.fonts import embeds
from editor.assembler.word.office import OfficeError, find_office, office_version, to_pdf
from editor.assembler.word.settling import UNSETTLED, Settled, alone, settle
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import IssueDocument
from editor.text.quoting import briefly

STEPS = 5
SETTLINGS = 6  # times that pages are settled anew; then what still stands alone stays
SETTLED_PAGES = 800  # laid out for that at the most, but for two times
Progress = Callable[[int, int, str], None]


class Numbering(StrEnum):
    """How an export came by its page numbers."""

    pdf = "N1"
    verified = "N2"
    pinned = "N3"
    none = "none"


@dataclass(frozen=True)
class NumberedDocx:
    """A finished .docx; `companion` is the PDF with the same pages when they are pinned.

    `looked_at` are the checks that its pages in LibreOffice pass, `remarks` what was noticed there.
    """

    content: bytes
    result: dict[str, Any]
    companion: bytes = b""
    looked_at: tuple[str, ...] = ()
    remarks: tuple[Finding, ...] = ()


class Unverified(Exception):
    """The layout does not confirm the contents; both sentences say why."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.english = english


def pdf_result(engine: str, entries_count: int, pages: int) -> dict[str, Any]:
    """Return the result fields of a PDF: its numbers come from the layout that is printed."""
    name, _, version = engine.partition(" ")
    return {
        "numbering": Numbering.pdf.value,
        "label": "页码由排版引擎在本文件中生成",
        "label_english": "Page numbers come from the layout of this very file",
        "engine": name,
        "version": version,
        "verified": f"{entries_count}/{entries_count}",
        "agrees_with_pdf": f"{entries_count}/{entries_count}",
        "reason": "",
        "fonts_embedded": True,
        "pages": pages,
    }


def number_docx(
    document: IssueDocument,
    profile: Profile,
    files: FileStore,
    *,
    soffice: str | None,
    starts: Mapping[str, int],
    on_progress: Progress,
    font_dir: Path | None = None,
) -> NumberedDocx:
    """Return the Word edition with numbers that hold, and how they were obtained.

    `soffice` is the configured program or None to look on PATH; `starts` are the PDF edition's
    page numbers, to count how many agree; `font_dir` holds further fonts of the office.
    """
    press = Press(document, profile, files, starts, on_progress, font_dir)
    lines = entries(document, profile)
    program = find_office(soffice)
    if not any(line.numbered for line in lines):
        return _without_numbers(press, program if lines else None)
    if program is None:
        return _pinned(press, _missing(soffice))
    try:
        return _verified(press, program)
    except (OfficeError, Unverified) as error:
        reason = (error.chinese, error.english)
        return _pinned(press, reason)


def _missing(configured: str | None) -> tuple[str, str]:
    """Return why there is no LibreOffice: an administrator may have named another place."""
    if configured:
        return (f"找不到设置的程序 {configured}", f"the program set, {configured}, is not there")
    return ("未安装", "LibreOffice is not installed")


@dataclass(frozen=True)
class Press:
    """What every way of numbering works with."""

    document: IssueDocument
    profile: Profile
    files: FileStore
    starts: Mapping[str, int]
    on_progress: Progress
    font_dir: Path | None

    def render(
        self, numbers: Mapping[str, int], settled: Settled = UNSETTLED, *, pinned: bool = False
    ) -> bytes:
        """Return the .docx with these numbers and with what settles its pages."""
        return render_docx(
            self.document,
            self.profile,
            self.files,
            numbers=numbers,
            pinned=pinned,
            settled=settled,
        )

    def lay_out(self, content: bytes, program: str) -> bytes:
        """Return the .docx as LibreOffice prints it; raises OfficeError."""
        return to_pdf(content, self.profile, soffice=program, font_dir=self.font_dir)

    def count(self, numbers: Mapping[str, int]) -> int:
        """Return how many contents lines print one of these numbers."""
        return sum(line.anchor in numbers for line in self._lines())

    def agreement(self, numbers: Mapping[str, int]) -> str:
        """Return how many lines have the PDF edition's number, as “56/72”."""
        lines = self._lines()
        same = sum(numbers.get(line.anchor) == self.starts.get(line.anchor) for line in lines)
        return f"{same}/{len(lines)}"

    def remarks(self, pdf: bytes) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
        """Return the checks that the finished file's pages pass, and what was noticed there."""
        lonely = alone(pdf, self.document, self.profile)
        held, noticed = remarks(pdf, self.document, self.profile, lonely)
        return tuple(held), tuple(noticed)

    def _lines(self) -> list[Entry]:
        return [line for line in entries(self.document, self.profile) if line.numbered]


# --- verified by LibreOffice ---------------------------------------------------------------------


def _verified(press: Press, program: str) -> NumberedDocx:
    """Fill the contents from one layout and confirm every entry by another."""
    press.on_progress(1, STEPS, "LibreOffice 第一次分页")
    pdf = press.lay_out(press.render({}), program)
    press.on_progress(3, STEPS, "LibreOffice 复核页码")
    content, pdf, numbers = _confirmed(press, program, pdf)
    looked_at, noticed = press.remarks(pdf)
    count, version = press.count(numbers), office_version(program)
    return NumberedDocx(
        content,
        {
            "numbering": Numbering.verified.value,
            "label": f"目录页码经 LibreOffice {version} 实际分页核对（{count}/{count}）；"
            "其他软件或缺字体时分页可能变化，可在目录上“更新域”",
            "label_english": f"Page numbers were checked in the pages of LibreOffice {version} "
            f"({count}/{count}); other programs or missing fonts may break pages elsewhere, "
            "then update the field",
            "engine": "LibreOffice",
            "version": version,
            "verified": f"{count}/{count}",
            "agrees_with_pdf": press.agreement(numbers),
            "reason": "",
            "fonts_embedded": embeds(press.profile),
            "pages": _page_count(pdf),
        },
        looked_at=looked_at,
        remarks=noticed,
    )


def _confirmed(press: Press, program: str, pdf: bytes) -> tuple[bytes, bytes, dict[str, int]]:
    """Return the .docx, its pages and its numbers; `pdf` is its first layout, without numbers.

    Numbers move no page of the text, so a layout that also settles pages may confirm them.
    """
    document, profile, settled = press.document, press.profile, UNSETTLED
    further = settle(pdf, document, profile, settled)
    times = max(2, min(SETTLINGS, SETTLED_PAGES // _page_count(pdf)))
    for left in reversed(range(times + 1)):
        numbers, moving = printed_numbers(pdf, document, profile), further != settled
        settled = further
        content = press.render(numbers, settled)
        pdf = press.lay_out(content, program)
        again = printed_numbers(pdf, document, profile)
        further = settle(pdf, document, profile, settled) if left > 1 else settled
        if again == numbers and further == settled:
            return content, pdf, numbers
        if not moving:
            break
    moved = sum(again[anchor] != number for anchor, number in numbers.items())
    raise Unverified(f"复核时 {moved} 处页码变动", f"{moved} numbers moved in the second layout")


def printed_numbers(pdf: bytes, document: IssueDocument, profile: Profile) -> dict[str, int]:
    """Return the page number printed under each section and item, from the PDF's outline.

    The body counts from 1 at the first section. Raises Unverified when the outline is not the
    contents: another count, another order, another title.
    """
    wanted = [(line.anchor, _bare(line.text)) for line in entries(document, profile)]
    found = _outline(pdf)
    if len(found) != len(wanted):
        raise Unverified(
            f"分页结果有 {len(found)} 个标题，目录有 {len(wanted)} 行",
            f"the layout has {len(found)} headings, the contents {len(wanted)} lines",
        )
    for (_, title), (text, _) in zip(wanted, found, strict=True):
        if _bare(text) != title:
            raise Unverified(
                f"分页结果中的标题“{briefly(text)}”与目录不符",
                f"heading “{briefly(text)}” differs from the contents",
            )
    first = found[0][1]
    return {anchor: page - first + 1 for (anchor, _), (_, page) in zip(wanted, found, strict=True)}


def _outline(pdf: bytes) -> list[tuple[str, int]]:
    """Return (title, page index) of the outline's two upper levels; raises Unverified."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = []
        for mark in document.get_toc(max_depth=15):
            if mark.level > 1:
                continue
            target = mark.get_dest()
            page = target.get_index() if target else None
            if page is None:
                raise Unverified("分页结果缺少标题位置", "the layout lacks a heading's place")
            found.append((mark.get_title(), page))
        return found
    finally:
        document.close()


def _page_count(pdf: bytes) -> int:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()


def _bare(text: str) -> str:
    """Return a heading without blanks, and without backslashes: LibreOffice's outline has none."""
    return "".join(text.replace("\\", "").split())


# --- pinned --------------------------------------------------------------------------------------


def _pinned(press: Press, reason: tuple[str, str]) -> NumberedDocx:
    """Open a page with every item and write its number into the file."""
    press.on_progress(3, STEPS, "固定每条起始页码")
    companion = typeset(
        press.document,
        press.profile,
        press.files,
        item_per_page=True,
        font_dir=press.font_dir,
    )
    numbers = dict(companion.starts)
    content = press.render(numbers, pinned=True)
    count = press.count(numbers)
    name, _, version = companion.engine.partition(" ")
    return NumberedDocx(
        content,
        {
            "numbering": Numbering.pinned.value,
            "label": f"未使用 LibreOffice（{reason[0]}）：每条另起一页并固定起始页码，"
            "目录与页脚一致，个别页码可能重复或跳号",
            "label_english": f"Without LibreOffice ({reason[1]}): each item opens a page with a "
            "fixed number, contents and footers agree; a few numbers may repeat or be skipped",
            "engine": name,
            "version": version,
            "verified": f"{count}/{count}",
            "agrees_with_pdf": press.agreement(numbers),
            "reason": reason[0],
            "reason_english": reason[1],
            "fonts_embedded": embeds(press.profile),
            "pages": companion.pages,
        },
        companion.pdf,
    )


def _without_numbers(press: Press, program: str | None) -> NumberedDocx:
    """Return contents without numbers; LibreOffice's pages are settled where there are any."""
    content, seen = press.render({}), ""
    looked_at: tuple[str, ...] = ()
    noticed: tuple[Finding, ...] = ()
    if program is not None:
        try:
            press.on_progress(1, STEPS, "LibreOffice 第一次分页")
            content, pdf, _ = _confirmed(press, program, press.lay_out(content, program))
            looked_at, noticed = press.remarks(pdf)
            seen = office_version(program)
        except (OfficeError, Unverified) as error:
            noticed = (unseen(error.chinese, error.english),)
    return NumberedDocx(
        content,
        {
            "numbering": Numbering.none.value,
            "label": "目录不带页码",
            "label_english": "The contents carry no page numbers",
            "engine": "LibreOffice" if seen else "",
            "version": seen,
            "verified": "0/0",
            "agrees_with_pdf": "",
            "reason": "",
            "fonts_embedded": embeds(press.profile),
        },
        looked_at=looked_at,
        remarks=noticed,
    )
