"""What a corrected edition corrects, in the reader's language: pages, items, the frame."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from editor.desk import issue_editions
from editor.desk.issue_editions import Changes, Edition, Placed
from editor.store.models import Export, Issue
from editor.text.corrections import Became
from editor.web import access, language

BECAME = {
    Became.added: lazy_gettext("增加"),
    Became.removed: lazy_gettext("撤下"),
    Became.changed: lazy_gettext("改动"),
    Became.moved: lazy_gettext("移动位置"),
}
TONES = {Became.added: "good", Became.removed: "bad", Became.changed: "accent", Became.moved: ""}
FIELDS = {
    "headline": lazy_gettext("标题"),
    "subtitle": lazy_gettext("副题"),
    "source_line": lazy_gettext("来源行"),
    "dated_on": lazy_gettext("日期"),
    "byline": lazy_gettext("署名"),
    "attachments": lazy_gettext("附件"),
    "kind": lazy_gettext("体裁"),
    "text": lazy_gettext("正文"),
    "pictures": lazy_gettext("图片"),
    "form": lazy_gettext("格式"),
}
FRAME = {
    "cover": lazy_gettext("封面"),
    "masthead": lazy_gettext("刊首页"),
    "colophon": lazy_gettext("版权栏"),
    "sections": lazy_gettext("栏目"),
}


@dataclass(frozen=True)
class ItemRow:
    """A changed item: `what` names the fields that differ, `pages` is "" where not known."""

    name: str
    tone: str
    headline: str
    before: str
    section: str
    what: str
    pages: str


@dataclass(frozen=True)
class ChangesSaid:
    """What differs from the edition of number `against`; `pages` are labelled lists of numbers."""

    against: int
    items: tuple[ItemRow, ...]
    frame: str
    pages: tuple[tuple[str, str], ...]
    sheets: str
    settled: bool

    @property
    def none(self) -> bool:
        """Whether nothing differs at all."""
        return not (self.items or self.frame or self.pages)


@dataclass(frozen=True)
class EditionSaid:
    """A published edition as a screen shows it."""

    edition: Edition
    changes: ChangesSaid | None
    error: str

    @property
    def files(self) -> tuple[Export, ...]:
        """The finished file in each format."""
        return self.edition.files


def editions_said(issue: Issue) -> list[EditionSaid]:
    """Return the issue's published editions, the latest first."""
    return [
        EditionSaid(
            edition,
            said(edition.changes) if edition.changes else None,
            language.pick(edition.error, edition.error_english or edition.error),
        )
        for edition in issue_editions.list_editions(access.current_session(), issue)
    ]


def correction_said(issue: Issue) -> ChangesSaid | None:
    """Return what an issue that was taken back has changed so far, None for any other."""
    found = issue_editions.correction(access.current_session(), issue)
    return said(found) if found else None


def said(changes: Changes) -> ChangesSaid:
    """Return the changes in words."""
    comma = language.pick("、", ", ")
    return ChangesSaid(
        against=changes.against,
        items=tuple(_item(placed, comma) for placed in changes.items),
        frame=comma.join(str(FRAME[name]) for name in changes.frame),
        pages=tuple(_pages(changes, comma)),
        sheets=_sheets(changes),
        settled=changes.settled,
    )


def _sheets(changes: Changes) -> str:
    if not changes.settled:
        return ""
    now, before = changes.pages, changes.pages_before
    return _("共 %(now)s 面，上一版 %(before)s 面", now=now, before=before)


def _item(placed: Placed, comma: str) -> ItemRow:
    change = placed.change
    return ItemRow(
        name=str(BECAME[change.became]),
        tone=TONES[change.became],
        headline=change.headline,
        before=change.before,
        section=change.section,
        what=comma.join(str(FIELDS[field]) for field in change.fields),
        pages=ranges([str(page) for page in range(placed.first, placed.last + 1) if page], comma),
    )


def _pages(changes: Changes, comma: str) -> Iterable[tuple[str, str]]:
    if changes.changed:
        yield _("改动的页"), ranges(changes.changed, comma)
    if changes.unnumbered:
        sheets = [str(sheet) for sheet in changes.unnumbered]
        yield _("改动的无页码面"), _("第 %(sheets)s 面", sheets=ranges(sheets, comma))
    if changes.moved:
        yield _("只是挪动的页"), ranges(changes.moved, comma)
    if changes.gone:
        yield _("上一版有、这一版没有的页"), ranges(changes.gone, comma)


def ranges(numbers: Iterable[str], comma: str = "、") -> str:
    """Return numbers as a person writes them: 3、5–7; what is no Arabic number stands alone."""
    runs: list[list[str]] = []
    for number in numbers:
        last = runs[-1][-1] if runs else ""
        if number.isdecimal() and last.isdecimal() and int(number) == int(last) + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return comma.join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
