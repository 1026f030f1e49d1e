"""Whether an item's numbered heads run 一、二、三 …, whatever scheme of numbers they follow.

An abridged article easily keeps 三、 where the part 二、 was cut. A head counts, set as one or as a
sentence that opens a paragraph (“一、推动五个中心联动发展，形成合力。”): each scheme for itself,
anew below every head of a higher scheme.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from editor.assembler.preflight.findings import Finding
from editor.text.document import Article, Heading, Paragraph, Role, plain

DIGITS = "零一二三四五六七八九"
HAN = r"[一二三四五六七八九十]{1,3}"
# the schemes of Chinese articles; a mark within a sentence (一是, 第一，) opens no head
SCHEMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("han", re.compile(rf"({HAN})、")),
    ("bracketed", re.compile(rf"[（(]({HAN})[）)]")),
    ("listed", re.compile(r"(\d{1,2})、")),
    ("dotted", re.compile(r"(\d{1,2})[.．](?!\d)\s?")),
    ("half", re.compile(r"[（(](\d{1,2})[）)]")),
    ("decimal", re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,2})(?![\d.%％])\s*(?=[\u4e00-\u9fff“《])")),
    ("plain", re.compile(r"(\d{1,2})\s+(?=[\u4e00-\u9fff“《])")),
)
# a paragraph that opens so speaks of an amount: 3.5亿元, 12 个省
AMOUNTS = ("decimal", "plain")
LEVELS = 3  # but 1.2.1 is no amount


@dataclass(frozen=True)
class Head:
    """A numbered head: its scheme, the numbers above its own (1.2 in 1.2.3), and its own.

    `alone` says that it is set as a head, and does not open a paragraph.
    """

    scheme: str
    above: tuple[int, ...]
    number: int
    mark: str
    alone: bool


def head_numbers(article: Article) -> Iterator[Finding]:
    """Yield the gaps in the numbers of an item's heads, and the heads that no first one leads."""
    last: dict[tuple[str, tuple[int, ...]], Head] = {}
    running: list[str] = []  # the schemes in use, the highest first
    for head in heads(article):
        key = (head.scheme, head.above)
        before = last.get(key)
        begins = head.scheme not in running
        if begins:
            running.append(head.scheme)
        del running[running.index(head.scheme) + 1 :]
        last[key] = head
        if before is not None and head.number == before.number + 1:
            # some number （一） to （九） right through, whatever stands above
            continue
        if before is None or begins:
            if head.alone and head.number > 1:
                yield _headless(article, head)
        elif head.number > before.number + 1:
            yield _gap(article, before, head)


def heads(article: Article) -> Iterator[Head]:
    """Yield the numbered heads of an item, and the paragraphs that open like one."""
    for block in article.blocks:
        if isinstance(block, Heading):
            found = head_of(plain(block.content), alone=True)
        elif isinstance(block, Paragraph) and block.role is Role.body:
            found = head_of(plain(block.content), alone=False)
        else:
            continue
        if found is not None:
            yield found


def head_of(text: str, *, alone: bool) -> Head | None:
    """Return the number with which a text opens; None for a text without one."""
    for scheme, pattern in SCHEMES:
        match = pattern.match(text.strip())
        if match is None:
            continue
        *above, number = (value(part) for part in match[1].split("."))
        if not alone and scheme in AMOUNTS and len(above) + 1 < LEVELS:
            return None
        return Head(scheme, tuple(above), number, match[0].strip(), alone)
    return None


def value(numeral: str) -> int:
    """Return the number that a numeral up to 99 stands for: 十二, 二十, 3."""
    if numeral.isdecimal():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    return (DIGITS.index(tens) if tens else 1) * 10 * bool(ten) + (
        DIGITS.index(ones) if ones else 0
    )


def _headless(article: Article, head: Head) -> Finding:
    return Finding(
        "warn",
        "head_gap",
        f"小标题从“{head.mark}”开始，前面没有第一个。请重新编号，或补上删去的部分",
        f"The heads begin with “{head.mark}”, with no first one before; number them again",
        article.anchor,
        subject=head.mark,
    )


def _gap(article: Article, before: Head, head: Head) -> Finding:
    return Finding(
        "warn",
        "head_gap",
        f"小标题的编号不连续：“{before.mark}”之后是“{head.mark}”。请重新编号，或补上删去的部分",
        f"The numbers of the heads have a gap: “{before.mark}” is followed by “{head.mark}”; "
        "number them again",
        article.anchor,
        subject=f"{before.mark}{head.mark}",
    )
