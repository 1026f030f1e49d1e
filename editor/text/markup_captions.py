"""Lines around pictures and tables find their place: captions, units, sources, notes."""

import re
from collections.abc import Sequence
from dataclasses import replace

from editor.text.document import AnyBlock, Blocks, Figure, Paragraph, Table, plain
from editor.text.markup_inline import squeeze
from editor.text.markup_reader import Seen
from editor.text.markup_tables import NOTE, UNIT

LONGEST_CAPTION = 120
_CAPTION_NAMES = re.compile(
    r"caption|pic[-_]?(?:note|txt|text|desc|info)|(?:img|image|photo)[-_]?(?:note|desc|txt|info)"
    r"|tuzhu|tushuo|图注|图说|zhushi",
    re.I,
)
_FIGURE_WORDS = re.compile(r"^[（(]?\s*(?:图|▲|△|↑|▼)\s*(?:\d|[一二三四五六七八九十]|[:：为片])?")
_PHOTO_CREDIT = re.compile(
    r"(?:摄|供图|图片?[/／:：]\s*\S{2,12}|摄影[:：]?\s*\S{2,12}|图源[:：]?\S{0,12})[）)。]?\s*$"
)
_FIGURE_SOURCE = re.compile(
    r"[\s　]*[（(]?((?:图片?|资料|数据)来源\s*[:：].{1,40}?|来源\s*[:：].{1,40}?)[）)]?\s*$"
)
_TABLE_WORDS = re.compile(r"^[（(]?\s*(?:附?表|Table)\s*(?:\d|[一二三四五六七八九十]|[:：])")


def place_captions(seen: Sequence[Seen]) -> Blocks:
    """Return the blocks with caption, unit and note lines moved into their figure or table."""
    result: list[Seen] = []
    for item in seen:
        before = result[-1] if result else None
        if before and isinstance(before.block, Figure) and _captions(before.block, item):
            result[-1] = replace(before, block=_with_caption(before.block, _words(item.block)))
        elif before and isinstance(before.block, Table) and _notes(before.block, item):
            notes = (*before.block.notes, _words(item.block))
            result[-1] = replace(before, block=before.block.model_copy(update={"notes": notes}))
        elif isinstance(item.block, Table):
            _take_heads(result, item)
        else:
            result.append(item)
    return tuple(item.block for item in result)


def _words(block: AnyBlock) -> str:
    return squeeze(plain(block.content)) if isinstance(block, Paragraph) else ""


def _captions(figure: Figure, item: Seen) -> bool:
    """Return whether a line under a picture is its caption."""
    words = _words(item.block)
    if figure.caption or not words or len(words) > LONGEST_CAPTION:
        return False
    if figure.alt and _bare(words) == _bare(figure.alt):
        return True
    if _CAPTION_NAMES.search(item.names) or item.names == "figcaption":
        return True
    if _PHOTO_CREDIT.search(words) and (item.centered or len(words) <= 60):
        return True
    if _FIGURE_WORDS.match(words) and (item.centered or len(words) <= 40):
        return True
    return item.centered and not item.strong and words[-1] not in "：:"


def _with_caption(figure: Figure, words: str) -> Figure:
    source = _FIGURE_SOURCE.search(words)
    caption = words[: source.start()].strip() if source else words
    alt = figure.alt or caption
    # a source may stand in a line of its own above the caption
    credit = source.group(1) if source else figure.source
    update = {"caption": caption, "source": credit, "alt": alt}
    return figure.model_copy(update=update)


def _notes(table: Table, item: Seen) -> bool:
    words = _words(item.block)
    return bool(words) and len(words) <= 200 and len(table.notes) < 5 and bool(NOTE.match(words))


def _take_heads(result: list[Seen], item: Seen) -> None:
    """Append a table after moving the caption and unit lines above it into it."""
    table = item.block
    assert isinstance(table, Table)
    unit, caption = table.unit, table.caption
    while result and isinstance(result[-1].block, Paragraph):
        words = _words(result[-1].block)
        match = UNIT.match(words)
        if match and not unit:
            unit = match["unit"].strip()
        elif not caption and _heads_table(result[-1], words):
            caption = words
        else:
            break
        result.pop()
    update = {"unit": unit, "caption": caption}
    result.append(replace(item, block=table.model_copy(update=update)))


def _heads_table(item: Seen, words: str) -> bool:
    if len(words) > 60 or words[-1] in "。；;！!？?，,":
        return False
    return bool(_TABLE_WORDS.match(words)) or (item.centered and (item.strong or "表" in words))


def _bare(words: str) -> str:
    return re.sub(r"\W+", "", words)
