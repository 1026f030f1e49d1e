"""Suggest a list page's selectors from the page alone.

Links that stand at the same place of the tree (tags and classes up to the body) make a group; a
group counts for its number, its titles' length, dates beside them and addresses that look like
articles', and hardly when it lies in navigation or a side column. ingest.md, section 2.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError

from editor.text.urls import absolute
from workers.charset import decode
from workers.dates import parse_date
from workers.listings.css_of import item_selector, link_selector, plain_classes, relative_selectors
from workers.listings.entries import Context, Gathered
from workers.listings.page_patterns import page_pattern
from workers.listings.pages import gather_rows, soup_of
from workers.listings.paging import linked_page, numbered_page
from workers.values import Listing

MOST_SUGGESTIONS = 5
MOST_GROUPS = 12
FEWEST = 2
SHORTEST_TITLE = 4
# A headline this short counts where a date stands beside it: 又来了.
SHORTEST_DATED = 2
LONGEST_DATE = 40
# Enough rows to know where the date stands; each costs a few calls of the date parser.
LOOKED_AT = 30
# A place that holds most of the page's links is the page's frame, whatever its name says.
FRAME_SHARE = 0.6
_ASIDE = re.compile(
    r"(?<![a-z])(?:nav\w*|menu\w*|foot\w*|header|side\w*|aside|crumbs?|bread\w*|pag(?:e|er|es|ing|"
    r"ination)|top(?:bar|nav)?|share|tags?|rank\w*|hot\w*|relat\w*|recomm?\w*|friend\w*|links?|"
    r"copyright|login|lang\w*|ads?|banner\w*|tool\w*)(?![a-z])",
    re.I,
)
_ASIDE_TAGS = frozenset({"nav", "header", "footer", "aside"})
_HEADING = re.compile(r"h[1-6]")
# Parts of a row that hold a few links of different meaning: [部门] 标题.
_ROW_PARTS = frozenset({"li", "td", "dd", "dt", "p", "tr", "span", "h1", "h2", "h3", "h4", "h5"})


@dataclass(frozen=True)
class Suggestion:
    """Selectors for a list, the pattern of its further pages ("" without), and what they find."""

    selectors: Mapping[str, str]
    page_pattern: str
    listing: Listing


@dataclass(frozen=True)
class Group:
    """Links of one kind, the row that each stands in, and how much they look like a list."""

    links: Sequence[Tag]
    rows: Sequence[Tag]
    score: float


def suggest(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    now: datetime,
    zone: ZoneInfo,
    encoding: str = "",
) -> tuple[Suggestion, ...]:
    """Return what may be the page's list, the likeliest first; () when nothing repeats.

    Raises ParseError for a feed (not_html) or a page of too many tags (too_large).
    """
    decoded = decode(body, content_type, encoding)
    soup = soup_of(decoded.text, Gathered())
    base_tag = soup.find("base", href=True)
    base = absolute(url, str(base_tag["href"])) if isinstance(base_tag, Tag) else None
    context = Context(url=base or url, now=now, zone=zone, how="list")
    pattern = page_pattern(soup, decoded.text, url, context.url)
    title = " ".join(soup.title.get_text().split())[:200] if soup.title else ""
    found: list[Suggestion] = []
    for group in _groups(soup, url, context)[:MOST_GROUPS]:
        gathered = Gathered()
        try:
            selectors = _selectors(soup, group, context)
            gather_rows(soup, selectors, gathered, context)
        except SelectorSyntaxError:
            # broken markup makes tags that no selector can name
            continue
        if len(gathered.entries) < FEWEST or _told_already(gathered, found):
            continue
        following = linked_page(soup, url, context.url, "") or (
            numbered_page(soup, decoded.text, url, context.url, pattern, 1) if pattern else None
        )
        listing = gathered.listing(title=title, next_url=following, encoding=decoded.encoding)
        found.append(Suggestion(selectors, pattern, listing))
        if len(found) == MOST_SUGGESTIONS:
            break
    return tuple(found)


def _told_already(gathered: Gathered, found: Sequence[Suggestion]) -> bool:
    """Whether an earlier suggestion finds (nearly) the same entries."""
    ours = set(gathered.entries)
    for each in found:
        theirs = {entry.url for entry in each.listing.entries}
        if len(ours & theirs) >= 0.8 * len(ours):
            return True
    return False


# --- groups --------------------------------------------------------------------------------------


def _groups(soup: BeautifulSoup, url: str, context: Context) -> list[Group]:
    """Return the groups of links, the one that looks most like a list first."""
    steps = _Steps()
    by_place: dict[int, list[Tag]] = defaultdict(list)
    targets: dict[int, str] = {}
    for link in soup.find_all("a", href=True):
        target = absolute(context.url, str(link["href"]))
        if target and target.partition("#")[0] != url and _could_be_title(_words(link)):
            by_place[steps.place(link)].append(link)
            targets[id(link)] = target
    inside = _counts(link for links in by_place.values() for link in links)
    groups = [
        Group(links, rows, _score(links, rows, targets, inside, context))
        for links in by_place.values()
        if len(links) >= FEWEST and (rows := _rows(links))
    ]
    likely = [group for group in groups if group.score > 0]
    return sorted(likely, key=lambda group: group.score, reverse=True)


def _could_be_title(words: str) -> bool:
    return len(words) >= SHORTEST_DATED and not words.isdecimal()


class _Steps:
    """Numbers for places: two tags have the same when tags and classes up to the root agree."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], int] = {}
        self._of: dict[int, int] = {}

    def place(self, tag: Tag) -> int:
        """Return the number of the tag's place."""
        unknown = []
        above: Tag | None = tag
        # not by recursion: a broken page nests deeper than Python does
        while isinstance(above, Tag) and id(above) not in self._of:
            unknown.append(above)
            above = above.parent
        number = self._of[id(above)] if above is not None else 0
        for each in reversed(unknown):
            number = self._known.setdefault((number, _step(each)), len(self._known) + 1)
            self._of[id(each)] = number
        return number


def _step(tag: Tag) -> str:
    classes = sorted(re.sub(r"\d+", "#", name) for name in plain_classes(tag))
    step = ".".join((tag.name, *classes))
    parent = tag.parent
    if tag.name == "a" and isinstance(parent, Tag) and parent.name in _ROW_PARTS:
        siblings = parent.find_all("a", href=True, recursive=False)
        if 1 < len(siblings) <= 4:
            step += f":{next(n for n, each in enumerate(siblings) if each is tag)}"
    return step


def _rows(links: Sequence[Tag]) -> list[Tag]:
    """Return the largest element around each link that holds no other link of the group."""
    rows = list(links)
    while True:
        above = [row.parent for row in rows if row.parent is not None]
        if len({id(row) for row in above}) < 0.9 * len(rows) or len(above) < len(rows):
            break
        if any(row.name in ("body", "html", "[document]") for row in above):
            break
        rows = above
    return list({id(row): row for row in rows}.values())


def _counts(links: Iterator[Tag]) -> Counter[int]:
    """Return how many links each element of the page holds."""
    counts: Counter[int] = Counter()
    for link in links:
        counts.update(id(parent) for parent in link.parents)
    return counts


def _score(
    links: Sequence[Tag],
    rows: Sequence[Tag],
    targets: Mapping[int, str],
    inside: Counter[int],
    context: Context,
) -> float:
    pages = {targets[id(link)] for link in links}
    words = sum(min(len(_words(link)), 30) for link in links) / len(links)
    some = rows[:LOOKED_AT]
    dated = sum(_dated(row, context) for row in some) / len(some)
    if words < SHORTEST_TITLE and dated < 0.5:
        return 0.0
    articles = sum(_looks_like_article(page) for page in pages) / len(pages)
    place = 0.15 if _aside(links[0], inside) else 1.0
    return math.sqrt(min(len(pages), 100)) * words / 15 * (1 + 2 * dated) * (0.5 + articles) * place


def _dated(row: Tag, context: Context) -> bool:
    text = row.get_text(" ", strip=True)[-200:]
    return bool(parse_date(text, how="list", now=context.now, zone=context.zone))


def _looks_like_article(url: str) -> bool:
    parts = urlsplit(url)
    return bool(re.search(r"\d{3}|\d\.s?html?|[?&]\w*id=", f"{parts.path}?{parts.query}", re.I))


def _aside(link: Tag, inside: Counter[int]) -> bool:
    """Whether the link lies in something that calls itself navigation, side column or pager."""
    most = max(inside.values(), default=0)
    for parent in link.parents:
        if inside[id(parent)] >= FRAME_SHARE * most:
            return False
        names = " ".join((*parent.get_attribute_list("class", ""), str(parent.get("id") or "")))
        if parent.name in _ASIDE_TAGS or _ASIDE.search(names.replace("_", "-")):
            return True
    return False


def _words(link: Tag) -> str:
    text = "".join(link.get_text().split())
    return text or "".join(str(link.get("title") or "").split())


# --- selectors -----------------------------------------------------------------------------------


def _selectors(soup: BeautifulSoup, group: Group, context: Context) -> dict[str, str]:
    """Return readable selectors: `item` always, the others where the row needs them."""
    row_of = _row_of(group)
    rows = [row for row, _ in row_of]
    selectors = {"item": item_selector(soup, rows)}
    if any(row is not link for row, link in row_of):
        selectors["link"] = link_selector(row_of)
    date = _date_selector(row_of[:LOOKED_AT], context)
    title = _title_selector(row_of[:LOOKED_AT])
    return selectors | ({"date": date} if date else {}) | ({"title": title} if title else {})


def _row_of(group: Group) -> list[tuple[Tag, Tag]]:
    """Return each row with its first link of the group."""
    rows = {id(row): row for row in group.rows}
    pairs: dict[int, tuple[Tag, Tag]] = {}
    for link in group.links:
        for tag in (link, *link.parents):
            if id(tag) in rows:
                pairs.setdefault(id(tag), (rows[id(tag)], link))
                break
    return list(pairs.values())


def _date_selector(row_of: Sequence[tuple[Tag, Tag]], context: Context) -> str:
    """Return what selects the date's element, "" when none but the row itself holds it."""
    counts: Counter[str] = Counter()
    lengths: Counter[str] = Counter()
    for row, link in row_of:
        for selector, text in _date_elements(row, link, context):
            counts[selector] += 1
            lengths[selector] += len(text)
    if not counts:
        return ""
    most = max(counts.values())
    if most < 0.5 * len(row_of):
        return ""
    likely = [selector for selector, count in counts.items() if count >= 0.9 * most]
    return min(likely, key=lambda each: (lengths[each] / counts[each], len(each)))


def _date_elements(row: Tag, link: Tag, context: Context) -> Iterator[tuple[str, str]]:
    """Yield selectors that find a date in this row, with the text they find."""
    around = {id(parent) for parent in link.parents} | {id(link)}
    told: set[str] = set()
    for tag in row.find_all(True, limit=60):
        text = tag.get_text(" ", strip=True)
        if id(tag) in around or not 3 <= len(text) <= LONGEST_DATE or not _date(text, context):
            continue
        for selector in relative_selectors(row, tag):
            if selector in told:
                continue
            chosen = " ".join(part.get_text(" ", strip=True) for part in row.select(selector))
            if _date(chosen, context):
                told.add(selector)
                yield selector, chosen


def _date(text: str, context: Context) -> bool:
    return bool(parse_date(text, how="list", now=context.now, zone=context.zone))


def _title_selector(row_of: Sequence[tuple[Tag, Tag]]) -> str:
    """Return what selects the headline where the link holds more than that, else ""."""
    counts: Counter[str] = Counter()
    for row, link in row_of:
        whole = len(_words(link))
        for tag in link.find_all(True, limit=20):
            name = " ".join(tag.get_attribute_list("class", ""))
            headline = _HEADING.fullmatch(tag.name) or re.search(r"tit|subject|headline", name)
            if headline and SHORTEST_TITLE <= len("".join(tag.get_text().split())) < whole:
                counts.update(relative_selectors(row, tag)[:1])
                break
    if not counts:
        return ""
    selector, count = counts.most_common(1)[0]
    return selector if count >= 0.9 * len(row_of) else ""
