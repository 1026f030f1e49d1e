"""Title, source and date of a handed-in text, as far as its own lines tell them; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from editor.text.document import AnyBlock, Blocks, Heading, Paragraph, block_lines, plain
from editor.text.markup_inline import squeeze
from workers.dates import parse_date
from workers.files.handed_in import FileDate

LONGEST_TITLE = 60
LONGEST_FACT = 120
HEAD, TAIL = 8, 4
AHEAD = timedelta(days=2)
EARLIEST = 1990
_SOURCE = re.compile(
    r"(?:^|[\s　（(【\[|])(?:文章|稿件|信息)?来\s*源\s*[:：]\s*([^\s　)）】\]|]{2,60})"
)
_AUTHOR = re.compile(r"(?:^|[\s　（(])(?:作\s*者|撰\s*文|记\s*者)\s*[:：]\s*([^\s　)）|]{2,40})")
_LABEL = r"(?:发布|发文|成文|刊发|印发|更新|刊登|发表)?\s*(?:时间|日期)\s*[:：]\s*"
_DAY = (
    r"(?:(?:19|20)\d\d\s*(?:年\s*\d{1,2}\s*月\s*\d{1,2}\s*日|(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2})"
    r"|[一二][〇○零九][〇○零一二三四五六七八九]{2}年[一二三四五六七八九十]{1,2}月"
    r"[一二三四五六七八九十]{1,3}日)"
)
_LABELLED = re.compile(_LABEL + rf"(?P<day>{_DAY}(?:\s+\d\d?:\d\d(?::\d\d)?)?)")
_ALONE = re.compile(rf"[（(]?\s*(?P<day>{_DAY}(?:\s+\d\d?:\d\d(?::\d\d)?)?)\s*[）)]?")
_ANY_DAY = re.compile(rf"(?P<day>{_DAY}(?:\s+\d\d?:\d\d(?::\d\d)?)?)")
_ENDS = "。；;，,、：:"
# what programs write into a file's properties when nobody has named it
_UNNAMED = re.compile(
    r"^(?:microsoft (?:word|powerpoint)|untitled|无标题|未命名|新建|文档\s*\d*$|document\s*\d*$"
    r"|word document|幻灯片|ppt)|\.(?:docx?|wps|pdf|indd|txt)$",
    re.I,
)


@dataclass(frozen=True)
class Facts:
    """What a text tells about itself; `blocks` is the text without its title."""

    title: str
    blocks: Blocks
    now: datetime
    source_name: str = ""
    byline: str = ""
    published: FileDate | None = None

    def plausible(self, moment: datetime) -> bool:
        """Whether a file may have been written then."""
        return moment.year >= EARLIEST and moment <= self.now + AHEAD


def facts_of(
    blocks: Blocks, styled: str, *, fallback: str, name: str, now: datetime, zone: ZoneInfo
) -> Facts:
    """Return title, source and date of a text.

    `styled` is what the file marks as its title, `fallback` what its properties call it, `name`
    the file's own; a text's first line is its title when it is short and ends no sentence.
    """
    title, rest = _titled(blocks, squeeze(styled))
    if not title:
        title = "" if _UNNAMED.search(fallback.strip()) else squeeze(fallback)
    lines = list(_telling(rest))
    return Facts(
        title=(title or _stem(name))[:1000],
        blocks=rest,
        now=now,
        source_name=_first(_SOURCE, lines)[:200],
        byline=_first(_AUTHOR, lines)[:500],
        published=_date(lines, now, zone),
    )


def _titled(blocks: Blocks, styled: str) -> tuple[str, Blocks]:
    """Return the title and the blocks behind it."""
    if styled:
        for place, block in enumerate(blocks[:10]):
            if isinstance(block, Heading | Paragraph) and squeeze(plain(block.content)) == styled:
                return styled, (*blocks[:place], *blocks[place + 1 :])
        return styled, blocks
    if len(blocks) > 1 and (words := _title_words(blocks[0])):
        return words, blocks[1:]
    return "", blocks


def _title_words(block: AnyBlock) -> str:
    if not isinstance(block, Heading | Paragraph):
        return ""
    words = squeeze(plain(block.content))
    if not 2 <= len(words) <= LONGEST_TITLE or words[-1] in _ENDS:
        return ""
    telling = _SOURCE.search(words) or _ALONE.fullmatch(words) or _AUTHOR.search(words)
    return "" if telling else words


def _stem(name: str) -> str:
    stem = squeeze(re.split(r"[/\\]", name)[-1])
    return re.sub(r"\.\w{1,6}$", "", stem) or stem


def _telling(blocks: Blocks) -> Iterator[str]:
    """Yield the short lines at the head and the foot, where texts say where they come from."""
    ends = (*blocks[:HEAD], *blocks[max(HEAD, len(blocks) - TAIL) :])
    for block in ends:
        for line in block_lines(block)[:3]:
            for part in line.split("\n"):
                if part.strip() and len(part) <= LONGEST_FACT:
                    yield part.strip()


def _first(pattern: re.Pattern[str], lines: list[str]) -> str:
    found = (match.group(1) for line in lines if (match := pattern.search(line)))
    return next((words.strip("，。；;,") for words in found), "")


def _date(lines: list[str], now: datetime, zone: ZoneInfo) -> FileDate | None:
    """Return a date that is labelled, stands beside the source, or alone on its line."""
    found = [match["day"] for line in lines if (match := _LABELLED.search(line))]
    beside = [line for line in lines if _SOURCE.search(line)]
    found += [match["day"] for line in beside if (match := _ANY_DAY.search(line))]
    found += [match["day"] for line in lines if (match := _ALONE.fullmatch(line))]
    for text in found:
        date = parse_date(text, how="text", now=now, zone=zone)
        if date is not None and date.moment.year >= EARLIEST and date.moment <= now + AHEAD:
            return FileDate(date.moment, "text")
    return None
