"""What a corrected edition of an issue says differently from the one before: its items."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from editor.text.document import Article, IssueDocument, block_lines, canonical_json, pictures

SENTENCE = re.compile(r"[^。！？；，]*[。！？；，]+|[^。！？；，]+")
ALIKE = 0.5
FIELDS = ("headline", "subtitle", "source_line", "dated_on", "byline", "attachments", "kind")
FRAME: Mapping[str, tuple[str, ...]] = {
    "cover": ("publication", "label_lines", "cover_lines", "publisher_lines"),
    "masthead": ("window_line", "masthead", "editors", "qr_url", "qr_caption", "dated_on"),
    "colophon": ("colophon",),
}


class Became(StrEnum):
    """What became of an item."""

    added = "added"
    removed = "removed"
    changed = "changed"
    moved = "moved"


@dataclass(frozen=True)
class ItemChange:
    """What became of an item. `anchor` is its place in the new edition, "" for one taken out.

    `before` is its earlier headline where that was another one; `fields` names what differs:
    a field of `Article`, or the body's “text”, “pictures” or “form” (marks, levels, table rules).
    """

    became: Became
    headline: str
    section: str
    anchor: str = ""
    before: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Placed:
    section: str
    article: Article
    essence: str


def changed_frame(old: IssueDocument, new: IssueDocument) -> tuple[str, ...]:
    """Return which of cover, masthead, colophon and the sections' names read differently."""
    found = [
        name
        for name, fields in FRAME.items()
        if any(getattr(old, field) != getattr(new, field) for field in fields)
    ]
    if [part.name for part in old.parts] != [part.name for part in new.parts]:
        found.append("sections")
    return tuple(found)


def changed_items(old: IssueDocument, new: IssueDocument) -> tuple[ItemChange, ...]:
    """Return what became of the items, in the order of the new edition, those taken out last.

    An item has moved when it changed its section or its place among those that are still there.
    """
    before, after = _placed(old), _placed(new)
    pairs = _pairs(before, after)
    moved = _moved(pairs)
    found = []
    for at, now in enumerate(after):
        then = before[pairs[at]] if at in pairs else None
        if change := _change(then, now, moved=at in moved):
            found.append(change)
    gone = sorted(set(range(len(before))) - set(pairs.values()))
    for each in (before[at] for at in gone):
        found.append(ItemChange(Became.removed, each.article.headline, each.section))
    return tuple(found)


def _placed(document: IssueDocument) -> list[_Placed]:
    return [
        _Placed(part.name, article, canonical_json(article.model_copy(update={"anchor": ""})))
        for part in document.parts
        for article in part.articles
    ]


def _change(then: _Placed | None, now: _Placed, *, moved: bool) -> ItemChange | None:
    article = now.article
    place = (article.headline, now.section, article.anchor)
    if then is None:
        return ItemChange(Became.added, *place)
    if then.essence != now.essence:
        fields = _differing(then.article, article)
        before = then.article.headline if "headline" in fields else ""
        return ItemChange(Became.changed, *place, before, fields)
    if moved or then.section != now.section:
        return ItemChange(Became.moved, *place)
    return None


def _pairs(before: Sequence[_Placed], after: Sequence[_Placed]) -> dict[int, int]:
    """Return which earlier item each item was: by all of it, by its headline, by its sentences."""
    same: tuple[Callable[[_Placed, _Placed], bool], ...] = (
        lambda old, new: old.essence == new.essence,
        lambda old, new: old.article.headline == new.article.headline,
        lambda old, new: _alike(old.article, new.article),
    )
    pairs: dict[int, int] = {}
    free = list(range(len(before)))
    for test in same:
        for at, now in enumerate(after):
            fit = next((place for place in free if test(before[place], now)), None)
            if at not in pairs and fit is not None:
                pairs[at] = fit
                free.remove(fit)
    return pairs


def _alike(old: Article, new: Article) -> bool:
    """Whether one text was probably made from the other."""
    one, other = set(_sentences(old)), set(_sentences(new))
    return bool(one and other) and len(one & other) >= ALIKE * min(len(one), len(other))


def _sentences(article: Article) -> Iterator[str]:
    for line in _lines(article):
        yield from SENTENCE.findall(line)


def _moved(pairs: Mapping[int, int]) -> set[int]:
    """Return the fewest items without which the others stand in their earlier order."""
    chains: list[Sequence[int]] = [()]
    for at in sorted(pairs):
        before = [chain for chain in chains if not chain or pairs[chain[-1]] < pairs[at]]
        chains.append((*_longest(before), at))
    return set(pairs) - set(_longest(chains))


def _longest(chains: Sequence[Sequence[int]]) -> Sequence[int]:
    return max(chains, key=len)


def _differing(old: Article, new: Article) -> tuple[str, ...]:
    found = [field for field in FIELDS if getattr(old, field) != getattr(new, field)]
    if _lines(old) != _lines(new):
        found.append("text")
    if [*pictures(old.blocks)] != [*pictures(new.blocks)]:
        found.append("pictures")
    return tuple(found) or ("form",)


def _lines(article: Article) -> list[str]:
    return [line for block in article.blocks for line in block_lines(block)]
