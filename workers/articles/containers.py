"""Where on a page the article stands: a site's rule, a known container, or the densest prose."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from lxml.cssselect import SelectorError
from lxml.html import HtmlElement

from editor.text.markup_reader import BLOCKS, DROPPED

# Containers that Chinese content systems name the same on thousands of sites.
KNOWN_IDS = (
    "js_content",
    "UCAP-CONTENT",
    "ozoom",
    "zoom",
    "Zoom",
    "rwb_zw",
    "vsb_content",
    "vsb_content_2",
    "vsb_content_4",
    "artibody",
    "artibodyTitle",
    "endText",
    "ContentBody",
    "Cnt-Main-Article-QQ",
    "detailContent",
    "main_content",
    "articleContent",
    "article_content",
    "contentText",
    "content_text",
    "newsContent",
    "news_content",
    "p-detail",
    "fontzoom",
    "fontZoom",
    "BodyLabel",
    "founder_content",
    "article-content",
    "zw_content",
)
KNOWN_CLASSES = (
    "rich_media_content",
    "pages_content",
    "TRS_Editor",
    "trs_editor_view",
    "TRS_UEDITOR",
    "trs_paper_default",
    "v_news_content",
    "rm_txt_con",
    "text_con",
    "article-content",
    "article_content",
    "articleContent",
    "article-body",
    "article_body",
    "articleBody",
    "post_body",
    "post_text",
    "left_zw",
    "text_content",
    "news_content",
    "news-content",
    "newsContent",
    "con_text",
    "Custom_UnionStyle",
    "bt-content",
    "zw-content",
    "content_area",
    "TxtCenter",
    "xl_con",
    "txt_con",
    "news_txt",
    "newstext",
    "article-detail",
    "main-aticle",
    "syl-article-base",
)
KNOWN_TAGS = ("founder-content",)
SHORTEST_BODY = 60
MOST = 0.75
LONGEST_LEGAL = 300

_NEGATIVE = re.compile(
    r"(?:^|[\s_-])(?:comments?|pinglun|pl|reply|discuss\w*|foot\w*|bottom|copyright|sidebar|aside"
    r"|side|right|related\w*|recommend\w*|relate|tuijian|xgyd|xgwz|hot\w*|rank\w*|paihang|top-?bar"
    r"|nav\w*|menu\w*|crumbs?|breadcrumbs?|bread|position|login|share\w*|bdshare\w*|advert\w*|ads?"
    r"|gg|qrcode|pager?|pagination|page-?num|search\w*|links?|friend\w*|declare|disclaimer"
    r"|statement|shengming|mianze|popup|modal|dialog|toolbar|tool|hide|hidden|weather|download"
    r"|tips?|notice-bar|loginbox|next|prev|author-?(?:info|card|box))(?:$|[\s_-])",
    re.I,
)
_LEGAL = re.compile(
    r"ICP备|ICP证|公网安备|版权所有|Copyright|©|All Rights Reserved|(?:举报|监督)(?:电话|邮箱)"
    r"|违法和不良信息|未经(?:书面)?授权|网站标识码|免责声明|版权声明|经营许可证\s*[:：]",
    re.I,
)
_PROSE = re.compile(r"[，。！？；,!?;]|\. ")
_CREDIT = re.compile(
    r"[\s（(【\[]*(?:责任编辑|责编|编辑|审核|校对|来源|文章来源|信息来源|本文来源|稿源|作者|记者|原标题|声明|免责声明"
    r"|发布时间|发布日期|更新时间|浏览|点击|字体|字号|打印|分享|上一[篇页]|下一[篇页])"
)
_ZONES = frozenset(("nav", "footer", "aside"))


@dataclass(frozen=True)
class Place:
    """Where the article stands and how we know: rule, container, prose, or whose opinion it is.

    With `words` only the lines of the elements that are among these words belong to the article.
    """

    elements: tuple[HtmlElement, ...]
    method: str
    words: str = ""

    @cached_property
    def text(self) -> str:
        """Return the characters of the article, white space removed."""
        return self.words or "".join(bare_text(element) for element in self.elements)


def bare_text(element: HtmlElement) -> str:
    """Return an element's visible characters without white space."""
    return "".join("".join(texts(element)).split())


def texts(element: HtmlElement) -> Iterator[str]:
    """Yield the text runs of an element in order, scripts and controls left out."""
    stack: list[tuple[HtmlElement, bool]] = [(element, False)]
    while stack:
        current, tail = stack.pop()
        if tail:
            if current.tail:
                yield current.tail
            continue
        if not isinstance(current.tag, str) or current.tag in DROPPED:
            continue
        if current.text:
            yield current.text
        for child in reversed(current):
            stack.append((child, True))
            stack.append((child, False))


def by_rule(tree: HtmlElement, site_rule: str) -> Place | None:
    """Return what a source's own CSS rule finds; None when there is none or it finds nothing."""
    if not site_rule.strip():
        return None
    try:
        found = list[HtmlElement](tree.cssselect(site_rule))
    except (SelectorError, ValueError):
        return None
    inner = set(found)
    outer = [el for el in found if not any(above in inner for above in el.iterancestors())]
    filled = tuple(el for el in outer if bare_text(el))
    return Place(filled, "rule") if filled else None


def by_name(tree: HtmlElement, worth: Mapping[HtmlElement, float] | None = None) -> Place | None:
    """Return the known container with the most text, the innermost that holds its prose.

    `worth` is prose_worth of the page where it is known already.
    """
    named = {element: len(bare_text(element)) for element in _named(tree)}
    best = max(named, key=lambda element: named[element], default=None)
    if best is None or named[best] < SHORTEST_BODY:
        return None
    worth = prose_worth(tree) if worth is None else worth
    for element, length in named.items():  # in document order: what is further in comes later
        if length >= SHORTEST_BODY and _inside(element, best):
            part, whole = worth.get(element, 0.0), worth.get(best, 0.0)
            if length >= 0.9 * named[best] or (part >= MOST * whole and part > 0):
                best = element
    return Place((best,), "container")


def _named(tree: HtmlElement) -> Iterator[HtmlElement]:
    ids, classes = frozenset(KNOWN_IDS), frozenset(KNOWN_CLASSES)
    for element in tree.iter("div", "article", "section", "td", "p", "span", *KNOWN_TAGS):
        names = (element.get("class") or "").split()
        known = element.tag in KNOWN_TAGS or element.get("id") in ids
        if known or not classes.isdisjoint(names):
            yield element


def _inside(element: HtmlElement, outer: HtmlElement) -> bool:
    return any(above is outer for above in element.iterancestors())


# --- densest prose -------------------------------------------------------------------------------


@dataclass
class _Tally:
    """What one block element says itself, without the blocks inside it."""

    characters: int = 0
    linked: int = 0
    marks: int = 0
    legal: bool = False
    credit: bool = False

    def value(self) -> float:
        """Return what the text is worth as prose: links and legal lines count against it."""
        if self.legal and self.characters <= LONGEST_LEGAL:
            return -2.0 * self.characters
        if self.linked * 2 > self.characters:
            return -1.0 * self.linked
        credited = self.credit and self.characters <= 60
        if not credited and (self.marks or self.characters >= 40):
            return self.characters + 8.0 * self.marks
        return 0.0


def prose_worth(tree: HtmlElement) -> dict[HtmlElement, float]:
    """Return the sum of prose of every block element of the page, outermost first."""
    body = tree.find(".//body")
    return _worth(tree if body is None else body)


def by_prose(tree: HtmlElement, worth: Mapping[HtmlElement, float] | None = None) -> Place | None:
    """Return the smallest element with the greatest sum of prose; None on a page without any.

    Sentences count for an element, link lists, legal lines and named side zones against it.
    """
    worth = prose_worth(tree) if worth is None else worth
    best, most = None, float(SHORTEST_BODY) / 2
    for element, value in worth.items():  # outermost first: an equal sum further in is smaller
        if value >= most:
            best, most = element, value
    return Place((_with_floats(best, worth),), "prose") if best is not None else None


def _with_floats(best: HtmlElement, worth: Mapping[HtmlElement, float]) -> HtmlElement:
    """Return what holds an article of one paragraph: its figure or table stands beside it.

    Only where little beside it counts against the prose, so no list of links comes in.
    """
    above = best.getparent()
    lone = not any(inner.tag in BLOCKS for inner in best.iterdescendants())
    if not lone or above is None or above.tag == "body":
        return best
    floats = any(child is not best and _holds_float(child) for child in above)
    return above if floats and worth.get(above, 0.0) >= 0.8 * worth[best] else best


def _holds_float(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or next(element.iter("a"), None) is not None:
        return False
    return next(element.iter("img", "table"), None) is not None


def _worth(root: HtmlElement) -> dict[HtmlElement, float]:
    """Return the sum of prose of every block element, in document order."""
    tallies: dict[HtmlElement, _Tally] = {root: _Tally()}
    negative: set[HtmlElement] = set()
    _tally(root, tallies, negative)
    sums = {element: tally.value() for element, tally in tallies.items()}
    parents = {element: _block_above(element, sums) for element in sums if element is not root}
    for element in reversed(list(sums)):
        if element is root:
            continue
        value = sums[element]
        if element in negative and value > 0:
            value = -0.5 * value
            sums[element] = value
        sums[parents[element]] += value
    return sums


def _block_above(element: HtmlElement, sums: dict[HtmlElement, float]) -> HtmlElement:
    return next(above for above in element.iterancestors() if above in sums)


def _tally(
    root: HtmlElement, tallies: dict[HtmlElement, _Tally], negative: set[HtmlElement]
) -> None:
    stack: list[tuple[HtmlElement, HtmlElement, bool, bool]] = [(root, root, False, False)]
    while stack:
        element, block, linked, tail = stack.pop()
        if tail:
            _count(element.tail, tallies[block], linked)
            continue
        if not isinstance(element.tag, str) or element.tag in DROPPED:
            continue
        if element.tag in BLOCKS and element is not root:
            block = element
            tallies[block] = _Tally()
            if element.tag in _ZONES or _NEGATIVE.search(names_of(element)):
                negative.add(element)
        inner = linked or element.tag == "a"
        _count(element.text, tallies[block], inner)
        outer = block
        for child in reversed(element):
            if child.tail:
                stack.append((child, outer, inner, True))
            stack.append((child, outer, inner, False))


def _count(text: str | None, tally: _Tally, linked: bool) -> None:
    if not text:
        return
    length = len("".join(text.split()))
    if not length:
        return
    tally.characters += length
    if linked:
        tally.linked += length
    else:
        tally.marks += len(_PROSE.findall(text))
    if _LEGAL.search(text):
        tally.legal = True
    if _CREDIT.match(text):
        tally.credit = True


def names_of(element: HtmlElement) -> str:
    """Return an element's class and id, a blank between."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()
