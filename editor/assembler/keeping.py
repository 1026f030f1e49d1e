"""Which of an item's last paragraphs stay whole, so that no page is left with a line or two.

Renderers break paragraphs anywhere but at a single line. That leaves a 附 block alone at a page
top, and a section's last page with two lines on it (publishing.md §17, R12, R15).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from editor.assembler.headlines import set_width
from editor.profile import Profile
from editor.text.document import (
    AnyBlock,
    Article,
    Blocks,
    FootnoteRef,
    Heading,
    Inlines,
    Paragraph,
    Part,
    Role,
    inline_contents,
    plain,
)
from editor.workflow import ItemKind

FEW_LINES = 4  # a paragraph up to this long goes to the next page with its 附
WHOLE_LINES = 6  # one up to this long is not parted at the end of a section
SHORT = 400  # signs of a paragraph that finds room on any page
LEAST_LINES = 3  # the fewest that a page of its own is worth


@dataclass(frozen=True)
class Kept:
    """A paragraph that is not parted; `with_next` keeps it on one page with what follows."""

    with_next: bool


def opens_page(article: Article, profile: Profile) -> bool:
    """Whether an item that is not the first of its section opens a page."""
    essay = article.kind is ItemKind.essay and profile.item.essay_page_break
    return profile.item.page_break or essay


def closes_page(part: Part, number: int, profile: Profile) -> bool:
    """Whether what follows the section's item of this number, from 0, opens a page."""
    if number == len(part.articles) - 1:
        return profile.sections_break
    return opens_page(part.articles[number + 1], profile)


def kept(
    blocks: Blocks, profile: Profile, *, closes: bool, attached: bool, few: int = FEW_LINES
) -> Mapping[int, Kept]:
    """Return the paragraphs to keep whole, by their place among the blocks.

    `closes` says that a page break follows the item, `attached` that a 附 block does; `few` is the
    most lines of a last paragraph that goes to the next page with it.
    """
    last = len(blocks) - 1
    length = lines_of_text(blocks, last, profile)
    if attached:
        return {last: Kept(with_next=True)} if 0 < length <= few else {}
    if not closes or not 0 < length <= WHOLE_LINES:
        return {}
    found = {last: Kept(with_next=False)}
    if length < LEAST_LINES and 0 < lines_of_text(blocks, last - 1, profile) <= WHOLE_LINES:
        found[last - 1] = Kept(with_next=True)
    return found


def noted(block: AnyBlock) -> bool:
    """Whether a block's running text has notes."""
    return any(isinstance(run, FootnoteRef) for run in chain(*inline_contents(block)))


def follows_head(blocks: Blocks, number: int) -> bool:
    """Whether a paragraph follows a heading, which must not stay behind without it."""
    return isinstance(blocks[number], Paragraph) and (
        number == 0 or isinstance(blocks[number - 1], Heading)
    )


def whole_for_notes(content: Inlines) -> bool:
    """Whether an indented paragraph stays whole, because parted it would leave its note behind."""
    return any(isinstance(run, FootnoteRef) for run in content) and len(plain(content)) < SHORT


def lines_of_text(blocks: Sequence[AnyBlock], at: int, profile: Profile) -> int:
    """Return about how many lines a paragraph of running text takes; 0 for any other block."""
    block = blocks[at] if at >= 0 else None
    if not isinstance(block, Paragraph) or block.role is not Role.body:
        return 0
    return math.ceil((set_width(plain(block.content)) + 2) / profile.page.em_per_line)
