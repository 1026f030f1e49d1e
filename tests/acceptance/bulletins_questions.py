"""Questions about an issue's elements, to be asked of a finished file."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from editor.assembler.contents import solo
from editor.assembler.phrases import byline, source_line
from editor.profile import Profile
from editor.text.document import (
    Article,
    FootnoteRef,
    Heading,
    IssueDocument,
    Mark,
    Paragraph,
    Role,
    Table,
    Text,
    plain,
)
from tests.acceptance.bulletins_document import Source
from tests.acceptance.truth import bare

Question = Callable[[Any], bool]
NUMERALS = "一二三四五六七八九十百"
RARE = re.compile("[℃®→•·①×〔〕～－鳀琍祎]")
NUMBERED = re.compile(rf"[（(]?[{NUMERALS}0-9]")
TOPICS = re.compile(r"[（(]以下(?:简|统)称")
AUTHOR_YEAR = re.compile(r"（[^（）]{1,20}，(?:19|20)\d\d）")


@dataclass(frozen=True)
class Issue:
    """What the questions are made of."""

    source: Source
    document: IssueDocument
    profile: Profile

    @property
    def truth(self) -> dict[str, Any]:
        """Return the truth file's data."""
        return self.source.truth

    def articles(self) -> list[Article]:
        """Return the items that have a headline of their own."""
        return [
            article
            for part in self.document.parts
            if not solo(part, self.profile)
            for article in part.articles
        ]

    def blocks(self, kind: type) -> Iterator[Any]:
        """Yield the blocks of one kind."""
        for article in self.document.articles():
            yield from (block for block in article.blocks if isinstance(block, kind))

    def heads(self) -> Iterator[tuple[Article, Heading, str]]:
        """Yield inner heads with their texts."""
        for article in self.document.articles():
            for block in article.blocks:
                if isinstance(block, Heading):
                    yield article, block, plain(block.content)

    def paragraphs(self, role: Role = Role.body) -> list[str]:
        """Return the paragraphs of a role, each as far as its first note: marks are no text."""
        return [
            plain(takewhile(lambda run: not isinstance(run, FootnoteRef), p.content))
            for p in self.blocks(Paragraph)
            if p.role is role
        ]

    def marked(self, mark: Mark) -> list[str]:
        """Return the runs with a mark."""
        return [
            run.text
            for block in (*self.blocks(Paragraph), *self.blocks(Heading))
            for run in block.content
            if isinstance(run, Text) and mark in run.marks
        ]

    def cells(self) -> list[str]:
        """Return the texts of all cells."""
        return [plain(c.content) for t in self.blocks(Table) for row in t.rows for c in row]


# --- questions -----------------------------------------------------------------------------------


def text(*texts: str) -> list[Question]:
    """Ask for texts in the body."""
    return [lambda file, one=one: file.text(one) for one in texts if bare(one)]


def styled(role: str, *texts: str) -> list[Question]:
    """Ask for texts in a role's style."""
    return [lambda file, one=one: file.style(role, one) for one in texts if bare(one)]


def cover(*texts: str) -> list[Question]:
    """Ask for texts on the cover."""
    return [lambda file, one=one: file.on_cover(one) for one in texts if bare(one)]


def front(*texts: str) -> list[Question]:
    """Ask for texts before the body."""
    return [lambda file, one=one: file.in_front(one) for one in texts if bare(one)]


def linked(*urls: str) -> list[Question]:
    """Ask for links."""
    return [lambda file, url=url: url in file.links for url in urls]


def coded(*urls: str) -> list[Question]:
    """Ask for codes that can be read."""
    return [lambda file, url=url: url in file.codes for url in urls]


def listed(*texts: str, numbered: bool) -> list[Question]:
    """Ask for lines of the contents, with a number behind them or none."""
    return [lambda file, one=one: file.listed(one, numbered=numbered) for one in texts]


def inner(heads: Iterable[tuple[Article, Heading, str]]) -> list[Question]:
    """Ask for inner heads in the style of their level."""
    return [
        question for _, block, words in heads for question in styled(f"inner{block.level}", words)
    ]


def heads_like(issue: Issue, pattern: str, level: int = 0) -> list[Question]:
    """Ask for the heads that match."""
    return inner(
        each
        for each in issue.heads()
        if re.match(pattern, each[2]) and (not level or each[1].level == level)
    )


def schemes(issue: Issue, *patterns: str) -> list[Question]:
    """Ask for the heads of the items in which every one of these numberings occurs."""
    found: list[Question] = []
    for article in issue.articles():
        heads = [each for each in issue.heads() if each[0] is article]
        if all(any(re.match(pattern, words) for _, _, words in heads) for pattern in patterns):
            found += inner(each for each in heads if any(re.match(p, each[2]) for p in patterns))
    return found


def titles(issue: Issue, pattern: str) -> list[Question]:
    """Ask for headlines that match."""
    return styled("item", *(a.headline for a in issue.articles() if re.search(pattern, a.headline)))


def sources(issue: Issue, pattern: str) -> list[Question]:
    """Ask for source lines whose source matches."""
    return styled(
        "source",
        *(
            source_line(article, issue.profile)
            for article in issue.articles()
            if re.search(pattern, article.source_line)
        ),
    )


def bodies(issue: Issue, pattern: str) -> list[Question]:
    """Ask for the paragraphs that match."""
    return text(*(words for words in issue.paragraphs() if re.search(pattern, words)))


def bylines(issue: Issue, pattern: str) -> list[Question]:
    """Ask for bylines that match."""
    if not issue.profile.item.byline:
        return []
    signed = [byline(article, issue.profile) for article in issue.articles()]
    return signature(issue, *(words for words in signed if re.search(pattern, words)))


def signature(issue: Issue, *lines: str) -> list[Question]:
    """Ask for bylines where the profile puts them."""
    return styled("byline", *lines) if issue.profile.item.byline_place == "own" else text(*lines)


def labels(issue: Issue, pattern: str) -> list[Question]:
    """Ask for 附 labels that match."""
    sign = issue.profile.attachment.label
    return styled(
        "attachment_label",
        *(
            sign + each.label
            for article in issue.articles()
            for each in article.attachments
            if re.search(pattern, each.label)
        ),
    )
