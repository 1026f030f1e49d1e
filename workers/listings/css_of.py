"""Readable CSS for elements of a page: `ul.news-list > li`, not nine steps of nth-child."""

import re
from collections.abc import Iterator, Sequence

from bs4 import BeautifulSoup, Tag

LEVELS = 6
_WORD = re.compile(r"[A-Za-z_][\w-]*")
# These say by themselves what they are; any other row is better named by its class.
_ROW_TAGS = frozenset({"li", "dd", "dt"})
# What a row is called because of its place or state, not because of its kind.
_STATE = re.compile(
    r"(?:odd|even|first|last|active|current|curr?|on|off|alt|hover|selected|visited|open|new|top|"
    r"hide|show|clear\w*|fl|fr|cf|bg\d?|no-?(?:border|bg)|\w*[-_]?\d{3,})",
    re.I,
)


def plain_classes(tag: Tag) -> list[str]:
    """Return the classes that tell a tag's kind, as they can stand in a selector."""
    names = (str(name) for name in tag.get_attribute_list("class") if name)
    return [name for name in names if _WORD.fullmatch(name) and not _STATE.fullmatch(name)]


def item_selector(soup: BeautifulSoup, rows: Sequence[Tag]) -> str:
    """Return the first, thus most readable, selector that finds these rows and (nearly) no other.

    When none does, the one that comes closest.
    """
    wanted = {id(row) for row in rows}
    best, closeness = rows[0].name, 0.0
    for selector in dict.fromkeys(_item_forms(rows)):
        found = [tag for tag in soup.select(selector) if id(tag) in wanted or tag.find("a")]
        right = sum(id(tag) in wanted for tag in found)
        close = 2 * right / (len(found) + len(wanted))
        if close > closeness + 0.01:
            best, closeness = selector, close
        if closeness >= 0.98:
            break
    return best


def link_selector(row_of: Sequence[tuple[Tag, Tag]]) -> str:
    """Return what selects each row's link, "a" where that does."""
    best, most = "a", 0
    forms = dict.fromkeys(form for row, link in row_of[:5] for form in _link_forms(row, link))
    for form in forms:
        right = sum(row.select_one(form) is link for row, link in row_of)
        if right > most:
            best, most = form, right
        if most >= 0.98 * len(row_of):
            break
    return best


def relative_selectors(row: Tag, tag: Tag) -> list[str]:
    """Return ways to select `tag` inside `row`, the most readable first."""
    own = form(tag)
    forms = [own]
    parent = tag.parent
    if isinstance(parent, Tag) and parent is not row and plain_classes(parent):
        forms.append(f"{form(parent)} {own}")
    if isinstance(parent, Tag) and len(parent.find_all(tag.name, recursive=False)) > 1:
        same = parent.find_all(tag.name, recursive=False)
        position = next(n for n, each in enumerate(same, 1) if each is tag)
        last = position == len(same)
        forms.append(f"{tag.name}:{'last-of-type' if last else f'nth-of-type({position})'}")
    return forms


def form(tag: Tag, *, classes: Sequence[str] | None = None) -> str:
    """Return a tag with its first class, e.g. `span.date`; just its name without one."""
    names = plain_classes(tag) if classes is None else classes
    return f"{tag.name}.{names[0]}" if names else str(tag.name)


def _link_forms(row: Tag, link: Tag) -> Iterator[str]:
    yield "a"
    parent = link.parent
    if isinstance(parent, Tag) and parent is not row:
        yield f"{form(parent)} a"
    if plain_classes(link):
        yield form(link)
    yield from relative_selectors(row, link)
    if isinstance(parent, Tag) and parent is not row:
        yield from (f"{form(parent)} > {each}" for each in relative_selectors(row, link))


def _item_forms(rows: Sequence[Tag]) -> Iterator[str]:
    """Yield selectors for the rows from the most readable to the longest."""
    name = rows[0].name
    common = _common(rows)
    own = [name, *(f"{name}.{each}" for each in common)]
    if name not in _ROW_TAGS:
        own = [*own[1:], name]
    levels = list(_levels(rows))
    for parent in _named(levels[0]) if levels else ():
        yield from (f"{parent} > {each}" for each in own)
    yield from (each for each in own if each != name)
    for level in levels[1:]:
        for parent in _named(level):
            yield from (f"{parent} {each}" for each in own)
            yield from (f"{parent} > {levels[0][0].name} > {each}" for each in own)
    for number, level in enumerate(levels[1:], 1):
        for parent in _named(level):
            path = " > ".join(lower[0].name for lower in reversed(levels[:number]))
            yield from (f"{parent} > {path} > {each}" for each in own)
    path = " > ".join(level[0].name for level in reversed(levels))
    yield f"{path} > {name}" if path else name


def _levels(rows: Sequence[Tag]) -> Iterator[list[Tag]]:
    """Yield what stands around the rows, level by level, while it is the same for all."""
    level = list(rows)
    for _ in range(LEVELS):
        parents = {id(tag.parent): tag.parent for tag in level if isinstance(tag.parent, Tag)}
        level = list(parents.values())
        if not level or {tag.name for tag in level} & {"html", "[document]"}:
            return
        if len({tag.name for tag in level}) > 1:
            return
        yield level


def _named(level: Sequence[Tag]) -> list[str]:
    """Return the ways to name a level by id or class, none when it has neither."""
    name = level[0].name
    ids = {str(tag.get("id") or "") for tag in level}
    shared = ids.pop() if len(ids) == 1 else ""
    usable = _WORD.fullmatch(shared) and not re.search(r"\d{4}", shared)
    return [f"{name}.{each}" for each in _common(level)] + ([f"{name}#{shared}"] if usable else [])


def _common(tags: Sequence[Tag]) -> list[str]:
    """Return the classes that all these tags have, in the first one's order."""
    shared = set(plain_classes(tags[0]))
    for tag in tags[1:]:
        shared &= set(plain_classes(tag))
        if not shared:
            break
    return [name for name in plain_classes(tags[0]) if name in shared]
