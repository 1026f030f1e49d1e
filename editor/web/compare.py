"""What two versions of an item say differently, for the eye."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from editor.desk.items import ItemFields
from editor.text.document import AnyBlock, Blocks, Figure, PageBreak, block_lines

LABELS = {
    "headline": lazy_gettext("标题"),
    "subtitle": lazy_gettext("副题"),
    "source_line": lazy_gettext("来源行"),
    "dated_on": lazy_gettext("日期"),
    "byline": lazy_gettext("作者"),
    "url": lazy_gettext("原文链接"),
}
SHOWN = 40


@dataclass(frozen=True)
class Difference:
    """One place where two versions differ; an empty side has nothing there."""

    label: str
    theirs: str
    mine: str


def differences(theirs: ItemFields, mine: ItemFields) -> list[Difference]:
    """Return where the versions differ, fields first, then the text block by block.

    At most 40 places are listed; the last row then says how many more there are.
    """
    found = [
        Difference(str(label), str(getattr(theirs, name) or ""), str(getattr(mine, name) or ""))
        for name, label in LABELS.items()
        if getattr(theirs, name) != getattr(mine, name)
    ]
    found += _text_differences(theirs.blocks, mine.blocks)
    if theirs.attachments != mine.attachments:
        sides = [
            "\n".join(f"{each.label} {each.url}" for each in side.attachments)
            for side in (theirs, mine)
        ]
        found.append(Difference(_("附"), *sides))
    if len(found) > SHOWN:
        rest = _("另有 %(count)s 处不同", count=len(found) - SHOWN)
        return [*found[:SHOWN], Difference(rest, "", "")]
    return found


def _text_differences(theirs: Blocks, mine: Blocks) -> list[Difference]:
    left, right = [_said(block) for block in theirs], [_said(block) for block in mine]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [
        Difference(
            _("正文第 %(number)s 段", number=start + 1),
            "\n".join(left[start:stop]),
            "\n".join(right[other:end]),
        )
        for kind, start, stop, other, end in matcher.get_opcodes()
        if kind != "equal"
    ]


def _said(block: AnyBlock) -> str:
    text = "\n".join(block_lines(block))
    match block:
        case Figure():
            return text or _("（图片）")
        case PageBreak():
            return _("（分页）")
        case _:
            return text
