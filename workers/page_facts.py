"""Headline, source, byline and publication date of a page, each from the best witness."""

import json
import logging
import re
import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from editor.text.markup_inline import squeeze
from editor.text.markup_reader import BLOCKS, DROPPED
from editor.text.titles import bare_title, clean_title, names_site, strip_site
from workers.containers import Place, names_of, texts
from workers.dates import parse_date
from workers.values import DateFound

INLINE_EDGE = "\x1f"
_TITLE_NAMES = re.compile(
    r"title|headline|biaoti|(?:^|[\s_-])(?:tit|bt|hd|subject)(?:$|[\s_-])", re.I
)
_SOURCE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:source\w*|laiyuan|ly|from|media-?name|origin)(?:$|[\s_-])", re.I
)
_TIME_NAMES = re.compile(r"time|date|pub|shijian|riqi|info|meta|fbsj", re.I)

SOURCE_METAS = (
    "contentsource",
    "source",
    "article:source",
    "og:article:source",
    "mediaid",
    "copyrightholder",
)
AUTHOR_METAS = ("author", "article:author", "og:article:author")
TITLE_METAS = ("articletitle", "og:title", "twitter:title")
DATE_METAS = (
    "firstpublishedtime",
    "pubdate",
    "publishdate",
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "bytedance:published_time",
    "weibo: article:create_at",
    "weibo:article:create_at",
    "og:release_date",
    "publish_date",
    "publish-date",
    "publishtime",
    "publish_time",
    "publishedtime",
    "pub_date",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "date",
    "docreltime",
    "createdate",
)
_STOP = (
    r"(?=(?:(?:手机)?(?:下载)?客户端(?:下载|独家)|下载)|\s*(?:作者|记者|编辑|责编|责任编辑|审核|校对|发布|发表|时间|日期|浏览|点击|阅读|访问|人气|字体|字号|大小|分享|打印|评论|收藏|关注"
    r"|原标题|我要|【|[（(]|[|｜/\n\x1f]|(?:19|20)\d{2}[-/.年]|$))"
)
_SOURCE = re.compile(
    r"(?:(?:文章|信息|稿件|新闻|内容|资料|本文|消息|稿源)?来\s*源(?:于)?|稿源|文章出处|出处|Source)\s*[:：][\s\x1f]*"
    r"[“\"\[【]?(?P<name>《[^》\n\x1f]{2,30}》|[A-Za-z][\w.&'’\- ]{1,40}?"
    r"|[^\s\x1f|｜/“”\"《》\[\]【】<>:：]{2,30}?)[”\"\]】]?" + _STOP,
)
_BYLINE = re.compile(
    r"(?:作\s*者|(?:本报|本网|见习|实习)?记\s*者|撰\s*文|撰\s*稿|文|采写)\s*[:：/丨|][\s\x1f]*(?P<name>[^\s\x1f|｜\n:：（()）]{2,12}"
    r"(?:[ 、，,　]+(?!(?:编辑|责编|来源|时间|发布))[\u4e00-\u9fff·]{2,4}(?=[\s、，,\x1f]|$)){0,5})"
)
_NO_SOURCE = re.compile(
    r"^(?:本站|未知|原创|转载|网络|互联网|网络整理|佚名|不详|本站原创|其他|无|null|undefined|admin|管理员|-+)$",
    re.I,
)
_CLOCK = r"\d{1,2}\s*[:：时]\s*\d{1,2}(?:\s*分)?(?:\s*[:：]?\s*\d{1,2}\s*秒?)?"
_GAP = r"[\s\x1f]*"
_DATE = (
    r"(?:19|20)\d{2}\s*(?:[-/.]|年)\s*\d{1,2}\s*(?:[-/.]|月)\s*\d{1,2}(?!\d)\s*日?"
    rf"(?:{_GAP}(?:星期|周)[一二三四五六日天])?(?:[T{INLINE_EDGE}\s\-]*{_CLOCK})?"
)
_ANY_DATE = re.compile(_DATE)
_LABELLED = re.compile(
    r"(?:发布|发表|发稿|刊发|刊登|上传|录入|添加|信息|稿件|文章|新闻)?(?:时\s*间|日\s*期|于)\s*[:：]?[\s\x1f]*"
    rf"(?P<date>{_DATE}|\d{{1,2}}[-/月]\d{{1,2}}日?\s*{_CLOCK})"
)
_OTHER_DATE = re.compile(
    r"(?:更新|修改|成文|印发|截止|生效|实施|起始|结束|开始|失效|报名|有效)\S{0,2}$"
)
_SCATTERED = re.compile(
    r"(?P<y>20\d\d)[\s\x1f年/.-]*(?P<m>\d{1,2})[\s\x1f月/.-]+(?P<d>\d{1,2})[\s\x1f日]*(?P<t>\d{1,2}:\d{2}(?::\d{2})?)"
)
_YEARLESS = re.compile(
    r"(?:^|[\s\x1f:：(（\[])(?:\d{1,2}\s*(?:秒|分钟|小时|天)前|(?:今天|昨天|前天|刚刚)(?:\s*\d{1,2}:\d{2})?"
    r"|\d{1,2}[-/月]\d{1,2}日?(?:\s*\d{1,2}:\d{2})?)(?=$|[\s\x1f)）\]|｜])"
)
_URL_DATES = (
    re.compile(r"/(20\d\d)[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?=[/_\-.]|$)"),
    re.compile(r"[/_t](20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])[_/.]"),
    re.compile(r"/(20\d\d)-(\d{1,2})-(\d{1,2})/"),
    re.compile(r"/(20\d\d)/(\d{1,2})/(\d{1,2})/"),
)
_TITLE_TAG = re.compile(r"<title[^>]*>(.*?)</title", re.S | re.I)
HEAD_ZONE = 400
TAIL_ZONE = 300


@dataclass(frozen=True)
class Zones:
    """The page's words around the article: before it (from the headline), its edges, after it."""

    before: str
    head: str
    tail: str
    after: str


class PageFacts:
    """Reads one parsed page; each fact is found when it is asked for."""

    def __init__(
        self, tree: HtmlElement, html: str, place: Place, *, url: str, now: datetime, zone: ZoneInfo
    ) -> None:
        self.tree = tree
        self.html = html
        self.place = place
        self.url = url
        self.now = now
        self.zone = zone

    @cached_property
    def metas(self) -> dict[str, str]:
        """Return the page's meta elements by lower-case name, the first of each."""
        found: dict[str, str] = {}
        for meta in self.tree.iter("meta"):
            name = meta.get("name") or meta.get("property") or meta.get("itemprop") or ""
            content = squeeze(meta.get("content") or "")
            if name and content:
                found.setdefault(name.strip().lower(), content)
        return found

    def meta(self, names: tuple[str, ...]) -> str:
        """Return the first of the named meta elements that says something, or ""."""
        return next((self.metas[name] for name in names if name in self.metas), "")

    # --- title ---------------------------------------------------------------------------------

    @cached_property
    def title(self) -> str:
        """Return the headline, or ""."""
        site = self.metas.get("og:site_name", "")
        tag = self._title_tag or self.meta(TITLE_METAS)
        return clean_title(self._heading() or self.metas.get("articletitle", ""), tag, site)

    @cached_property
    def _title_tag(self) -> str:
        element = next(self.tree.iter("title"), None)
        return bare_title(element.text_content()) if element is not None else ""

    @cached_property
    def title_element(self) -> HtmlElement | None:
        """Return the element that shows the headline, or None."""
        tag = self._title_tag or self.meta(TITLE_METAS)
        stem = _loose(strip_site(tag, self.metas.get("og:site_name", "")))
        named = self.tree.xpath('//*[@id="activity-name"]')
        if named:
            return named[0]
        headings = [el for el in self.tree.iter("h1") if 2 <= len(words_of(el)) <= 150]
        if not names_site(strip_site(tag)):
            for heading in headings:
                if _within(words_of(heading), tag, 4) or _loose(words_of(heading)) == stem:
                    return heading
            alike = self._shown_title(tag)
            if alike is not None:
                return alike
        above = self._heading_above()
        return headings[0] if above is None and headings else above

    def _heading_above(self) -> HtmlElement | None:
        """Return the nearest heading above the article's words, or the first one among them."""
        inside = set(self.place.elements)
        nearest: HtmlElement | None = None
        for element in self.tree.iter("h1", "h2", "h3", "h4", "h5", "div", "p", "td", "span"):
            if element in inside and nearest is not None:
                return nearest
            heading = element.tag[0] == "h" or _TITLE_NAMES.search(names_of(element))
            if not heading or len(element) > 4 or _linked(element):
                continue
            words = words_of(element, 100)
            if len(words) >= 8 and not names_site(words):
                nearest = element
                if inside.intersection(element.iterancestors()):
                    return nearest
        return nearest

    def _heading(self) -> str:
        element = self.title_element
        return words_of(element) if element is not None else ""

    def _shown_title(self, tag: str) -> HtmlElement | None:
        """Return the element whose words are the longest beginning of <title> on the page."""
        best: HtmlElement | None = None
        bare, stem = _loose(tag), _loose(strip_site(tag))
        most = min(5, len(stem) - 1)
        if len(stem) < 2:
            return None
        for element in self.tree.iter(
            "h1", "h2", "h3", "h4", "div", "p", "td", "span", "font", "b"
        ):
            if len(element) > 4 or _linked(element):
                continue
            words = _loose(words_of(element, 160))
            if most < len(words) <= len(bare) and bare.startswith(words):
                best, most = element, len(words)
        return best

    # --- zones ---------------------------------------------------------------------------------

    @cached_property
    def zones(self) -> Zones:
        """Return the words of the page cut at the headline and at the article's edges."""
        body = self.tree.find(".//body")
        words = list(_stream(self.tree if body is None else body))
        inside = set(self.place.elements)
        edges = [number for number, (element, _) in enumerate(words) if element in inside]
        titles = [n for n, (element, _) in enumerate(words) if element is self.title_element]
        start = titles[0] if titles and self.title_element is not None else None
        first, last = (edges[0], edges[-1]) if edges else (None, None)
        return _cut(words, start, first, last)

    # --- source and byline -----------------------------------------------------------------------

    @cached_property
    def source_name(self) -> str:
        """Return who published the text according to the page, or ""."""
        account = self.tree.xpath('//*[@id="js_name" or @id="post-user"]')
        if account and (name := words_of(account[0])):
            return name
        zones = self.zones
        found = (
            _named(zones.before),
            _known(self.meta(SOURCE_METAS)),
            _named(zones.head),
            self._source_element(),
            _named(zones.tail),
            _named(zones.after[:2000]),
            _known(self._json_source()),
        )
        return next((name for name in found if name), "")

    def _source_element(self) -> str:
        """Return the words of an element named after the source that stands by the headline."""
        near_words = squeeze(self.zones.before + self.zones.head)
        for element in self.tree.iter("span", "a", "div", "p", "em", "i", "strong", "font"):
            if not _SOURCE_NAMES.search(names_of(element)):
                continue
            words = words_of(element, 60)
            words = re.sub(r"^(?:来源|稿源|出处)\s*[:：]?\s*", "", words)
            near = words in near_words and not re.search(r"\d{4}|[。，！？:：]", words)
            if 2 <= len(words) <= 20 and near:
                return _known(words)
        return ""

    def _json_source(self) -> str:
        for data in self.linked_data:
            publisher = data.get("sourceOrganization") or data.get("provider")
            if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
                return squeeze(publisher["name"])
        return ""

    @cached_property
    def byline(self) -> str:
        """Return the author or reporter as labelled, or ""."""
        for zone in (self.zones.before, self.zones.head, self.zones.tail):
            match = _BYLINE.search(zone)
            if match and (name := self._person(_one_line(match["name"]))):
                return name
        return self._person(self.meta(AUTHOR_METAS))

    def _person(self, name: str) -> str:
        """Return a name that may be a person's, "" for sites, numbers and fragments of text."""
        name = name.strip("、，, ")
        bad = re.search(r"[:/@“”。！？]|网$|日报|\d{3}|\.(?:com|net|cn|org)$", name, re.I)
        plausible = 2 <= len(name) <= 40 and not bad and name != self.source_name
        return name if plausible and not _NO_SOURCE.match(name) else ""

    # --- date ------------------------------------------------------------------------------------

    @cached_property
    def linked_data(self) -> list[dict[str, Any]]:
        """Return the page's JSON-LD objects, graphs flattened; broken ones are left out."""
        found: list[dict[str, Any]] = []
        for script in self.tree.iter("script"):
            if "ld+json" not in (script.get("type") or ""):
                continue
            try:
                waiting: list[Any] = [json.loads(script.text or "null", strict=False)]
            except (ValueError, RecursionError):
                continue
            while waiting:
                data = waiting.pop(0)
                if isinstance(data, list):
                    waiting = [*data[:50], *waiting]
                elif isinstance(data, dict):
                    found.append(data)
                    waiting += data.get("@graph") or []
        return found

    @cached_property
    def dates(self) -> list[DateFound]:
        """Return every date found, best witness first."""
        witnesses = (
            self._wechat_dates(),
            self._meta_dates(),
            self._json_dates(),
            self._shown_dates(),
            self._url_dates(),
        )
        return [found for dates in witnesses for found in dates]

    @cached_property
    def published(self) -> DateFound | None:
        """Return the publication date: the best witness's day, at the finest time told for it."""
        dates = self.dates
        if not dates:
            return self._with_year(next(self._yearless_dates(), None))
        best = dates[0]
        if best.precision != "day" and not self._midnight(best):
            return best
        day = best.moment.astimezone(self.zone).date()
        for other in dates[1:]:
            fine = other.precision != "day" and not self._midnight(other)
            if fine and other.moment.astimezone(self.zone).date() == day:
                return other
        return best

    @cached_property
    def date_doubts(self) -> tuple[str, ...]:
        """Return a note for each other witness that names another day than `published`."""
        best = self.published
        if best is None:
            return ()
        day = best.moment.astimezone(self.zone).date()
        others = {
            (found.how, found.moment.astimezone(self.zone).date())
            for found in self.dates
            if found.moment.astimezone(self.zone).date() != day
        }
        return tuple(
            f"date: {how} says {other}, taken from {best.how}: {day}"
            for how, other in sorted(others)
        )

    def _midnight(self, found: DateFound) -> bool:
        local = found.moment.astimezone(self.zone)
        return (local.hour, local.minute, local.second) == (0, 0, 0)

    def _parsed(self, text: str, how: str) -> Iterator[DateFound]:
        text = " ".join(text.replace(INLINE_EDGE, " ").split())
        found = parse_date(text, how=how, now=self.now, zone=self.zone)
        if found and (found.moment - self.now).days < 2:
            yield found

    def _wechat_dates(self) -> Iterator[DateFound]:
        if not self.tree.xpath('//*[@id="js_content" or @id="activity-name"]'):
            return
        for name in ("ori_create_time", "oriCreateTime", "create_time", "ct", "publish_time"):
            pattern = rf"\b{name}\s*[=:]\s*['\"]?(\d{{10}})\b"
            if match := re.search(pattern, self.html):
                yield from self._parsed(match[1], "wechat")
                return

    def _meta_dates(self) -> Iterator[DateFound]:
        for name in DATE_METAS:
            if name in self.metas:
                yield from self._parsed(_dash_before_clock(self.metas[name]), "meta")

    def _json_dates(self) -> Iterator[DateFound]:
        for data in self.linked_data:
            for key in ("datePublished", "pubDate", "uploadDate"):
                if isinstance(value := data.get(key), str):
                    yield from self._parsed(value, "json_ld")

    def _shown_dates(self) -> Iterator[DateFound]:
        """Yield dates the page shows: labelled ones by the headline, then any date there."""
        zones = self.zones
        for zone in (zones.before, zones.head[:HEAD_ZONE]):
            yield from self._labelled(zone)
        if match := _SCATTERED.search(zones.before):
            yield from self._parsed(f"{match['y']}-{match['m']}-{match['d']} {match['t']}", "label")
        for match in _ANY_DATE.finditer(zones.before):
            if not _OTHER_DATE.search(zones.before[: match.start()].rstrip(" :：\n\x1f")):
                yield from self._parsed(match[0], "label")
        yield from self._time_elements()
        dateline = "\n".join(line for line in zones.head[:200].split("\n")[:4] if len(line) < 80)
        for match in _ANY_DATE.finditer(dateline):
            yield from self._parsed(match[0], "label")
        yield from self._labelled(zones.after[:1500])

    def _labelled(self, zone: str) -> Iterator[DateFound]:
        for match in _LABELLED.finditer(zone):
            if not _OTHER_DATE.search(zone[: match.start()] + match[0][:2].strip(":： ")):
                yield from self._parsed(match["date"], "label")

    def _time_elements(self) -> Iterator[DateFound]:
        """Yield what <time> elements say, none of which need stand by the headline."""
        for element in self.tree.iter("time"):
            yield from self._parsed(element.get("datetime") or words_of(element, 60), "label")

    def _yearless_dates(self) -> Iterator[DateFound]:
        """Yield dates without a year, and relative ones, that fill a line by the headline."""
        for line in self.zones.before.split("\n"):
            if len(line) <= 60 and _YEARLESS.search(line):
                yield from self._parsed(line, "label")

    def _with_year(self, found: DateFound | None) -> DateFound | None:
        """Mend the year of a date shown without one by what htmldate finds in the whole page.

        Without any, return the date that signs the text: notices often show no other.
        """
        if found is None:
            return next(self._signed_dates(), None)
        from htmldate import find_date

        logging.getLogger("htmldate").setLevel(logging.CRITICAL)
        local = found.moment.astimezone(self.zone)
        guess = find_date(deepcopy(self.tree), original_date=True, outputformat="%Y-%m-%d")
        if guess and guess[5:] == f"{local:%m-%d}":
            return replace(found, moment=local.replace(year=int(guess[:4])))
        return found

    def _signed_dates(self) -> Iterator[DateFound]:
        for line in reversed(self.zones.tail.split("\n")):
            line = _one_line(line).strip("（）() ")
            if _ANY_DATE.fullmatch(line):
                yield from self._parsed(line, "label")

    def _url_dates(self) -> Iterator[DateFound]:
        parts = urlsplit(self.url)
        for pattern in _URL_DATES:
            if match := pattern.search(parts.path):
                year, month, day = (int(part) for part in match.groups())
                yield from self._parsed(f"{year}-{month:02}-{day:02}", "url")
                return


def _dash_before_clock(text: str) -> str:
    """Write `2026-03-13-21:00:00` as government pages do with a blank before the clock."""
    return re.sub(r"^(\d{4}-\d{1,2}-\d{1,2})-(\d{1,2}:)", r"\1 \2", text)


def words_of(element: HtmlElement, longest: int = 400) -> str:
    """Return the visible words of an element as one line; "" when they are longer."""
    words: list[str] = []
    size = 0
    for text in texts(element):
        words.append(text)
        size += len(text.strip())
        if size > longest:
            return ""
    return squeeze("".join(words))


def _linked(element: HtmlElement) -> bool:
    return element.tag == "a" or any(above.tag == "a" for above in element.iterancestors())


def _loose(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def _within(words: str, tag: str, shortest: int) -> bool:
    loose = _loose(words)
    return len(loose) >= shortest and loose in _loose(tag)


def _one_line(text: str) -> str:
    return squeeze(text.replace(INLINE_EDGE, " "))


def _named(zone: str) -> str:
    """Return the first usable name behind a 来源 label."""
    for match in _SOURCE.finditer(zone):
        name = _known(_one_line(match["name"]))
        if name:
            return name
    return ""


def _known(name: str) -> str:
    name = re.sub(r"^(?:来源|稿源|出处)\s*[:：]\s*", "", squeeze(name)).strip(
        " 、，,。；;·⋅-—）)】]"
    )
    return "" if _NO_SOURCE.match(name) or name.startswith("http") or len(name) > 40 else name


Word = tuple[HtmlElement | None, str]


def _stream(root: HtmlElement) -> Iterator[Word]:
    """Yield (element, text) where an element opens and closes, (None, text) for what follows it.

    Edges come as separators: a line break for a block, INLINE_EDGE for the rest.
    """
    stack: list[tuple[HtmlElement, str]] = [(root, "open")]
    while stack:
        element, step = stack.pop()
        if step == "tail":
            yield None, element.tail or ""
            continue
        tag = element.tag
        if not isinstance(tag, str) or tag in DROPPED:
            continue
        edge = "\n" if tag in BLOCKS or tag == "br" else INLINE_EDGE
        if step == "close":
            yield element, edge
            continue
        yield element, edge + (element.text or "")
        stack.append((element, "close"))
        for child in reversed(element):
            if child.tail:
                stack.append((child, "tail"))
            stack.append((child, "open"))


def _cut(words: list[Word], start: int | None, first: int | None, last: int | None) -> Zones:
    """Cut the page's words at the headline (`start`) and at the article's first and last word."""

    def text(begin: int | None, end: int | None) -> str:
        return "".join(part for _, part in words[begin:end])

    if first is None or last is None:
        return Zones(text(start, None), "", "", "")
    inside = text(first, last + 1)
    after = text(last + 1, None)
    if start is not None and first < start <= last:
        from_title = text(start, last + 1)[:HEAD_ZONE]
        return Zones(from_title, from_title, inside[-TAIL_ZONE:], after)
    before = text(start if start is not None and start < first else 0, first)
    return Zones(before, inside[:HEAD_ZONE], inside[-TAIL_ZONE:], after)
