"""Whether an item's tables and figures are numbered 1, 2, 3 …, and its text names those it has.

An abridged article easily keeps “表3” where 表2 was cut, or speaks of a figure that is gone.
"""

import re
from collections import Counter
from collections.abc import Iterator

from editor.assembler.preflight.findings import Finding
from editor.assembler.preflight.heads_in_order import HAN, value
from editor.text.document import Article, Figure, Table, body_text

# “表 3”, “图2：”, “表一 …”; numbers of several parts (表1-2, 图3.1) follow rules of their own
NUMBERED = re.compile(rf"\s*([表图])\s*(?:(\d{{1,3}})(?![\d.\-—－–]*\d)|({HAN})(?=[\s：:、．.]|$))")
MENTIONED = re.compile(
    r"(?:^|[见如由从据按依与和及在对、，。；：（(“\s])([表图])\s?(\d{1,2})"
    r"(?![\d.\-—－–%％]|\s?[年月日个名人家张件项])",
    re.MULTILINE,
)
ENGLISH = {"表": "table", "图": "figure"}


def numbering(article: Article) -> Iterator[Finding]:
    """Yield what is out of order among the item's numbered tables and figures."""
    for kind in ("表", "图"):
        numbers = printed_numbers(article, kind)
        if said := disorder(kind, numbers):
            yield Finding("warn", "number_gap", *said, article.anchor, subject=f"{kind}{numbers}")
        yield from _mentions(article, kind, numbers)


def printed_numbers(article: Article, kind: str) -> list[int]:
    """Return the numbers in the captions of one kind (表 or 图), in printed order."""
    captions = (block.caption for block in article.blocks if isinstance(block, Table | Figure))
    found = (NUMBERED.match(caption) for caption in captions)
    return [value(match[2] or match[3]) for match in found if match and match[1] == kind]


def disorder(kind: str, numbers: list[int]) -> tuple[str, str] | None:
    """Return what is wrong with numbers that should run 1, 2, 3 …; None when nothing is."""
    if numbers == list(range(1, len(numbers) + 1)):
        return None
    english = ENGLISH[kind]
    twice = sorted(number for number, count in Counter(numbers).items() if count > 1)
    if twice:
        return (
            f"{kind}{twice[0]} 出现了不止一次，请重新编号",
            f"{english} {twice[0]} occurs more than once; number them again",
        )
    gone = sorted(set(range(1, max(numbers) + 1)) - set(numbers))
    if gone:
        names = "、".join(f"{kind}{number}" for number in gone[:5])
        more = "等" if len(gone) > 5 else ""
        return (
            f"{kind}的编号不连续，缺{names}{more}。请重新编号，或补上删去的{kind}",
            f"{english} numbers have gaps: {', '.join(map(str, gone[:5]))} missing",
        )
    order = "、".join(f"{kind}{number}" for number in numbers[:6])
    return (
        f"{kind}的编号没有按顺序：{order}",
        f"{english} numbers are out of order: {', '.join(map(str, numbers[:6]))}",
    )


def _mentions(article: Article, kind: str, numbers: list[int]) -> Iterator[Finding]:
    """Yield numbers that the text names and no caption has."""
    named = {int(n) for found, n in MENTIONED.findall(body_text(article.blocks)) if found == kind}
    for number in sorted(named - set(numbers)):
        yield Finding(
            "note",
            "number_without_caption",
            f"正文提到“{kind}{number}”，文中没有编号为 {number} 的{kind}",
            f"The text mentions {ENGLISH[kind]} {number}, which the item does not have",
            article.anchor,
        )
