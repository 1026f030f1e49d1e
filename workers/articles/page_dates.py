"""The publication date of a page from its best witness, with how it was obtained."""

import logging
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from workers.articles.page_zones import HEAD_ZONE, INLINE_EDGE, Zones, one_line, words_of
from workers.articles.script_values import script_values
from workers.articles.wechat import wechat_page
from workers.dates import parse_date
from workers.values import DateFound

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
WECHAT_DATES = (
    "ori_create_time",
    "oriCreateTime",
    "create_time",
    "ct",
    "publish_time",
    "createTime",
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
    r"(?P<y>20\d\d)[\s\x1f年/.-]*(?P<m>\d{1,2})[\s\x1f月/.-]+(?P<d>\d{1,2})[\s\x1f日]*"
    r"(?P<t>\d{1,2}:\d{2}(?::\d{2})?)"
)
_PRESENT = re.compile(r"(?:今天|今日|现在|当前|北京时间|登录|登陆)\S{0,6}\s*$")
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


class PageDates:
    """Asks the witnesses for a page's date in order: WeChat's script, meta, JSON-LD, text, URL.

    What a page says about its last change is never asked.
    """

    def __init__(
        self,
        tree: HtmlElement,
        html: str,
        *,
        metas: dict[str, str],
        linked_data: list[dict[str, Any]],
        zones: Zones,
        url: str,
        now: datetime,
        zone: ZoneInfo,
    ) -> None:
        self.tree = tree
        self.html = html
        self.metas = metas
        self.linked_data = linked_data
        self.zones = zones
        self.url = url
        self.now = now
        self.zone = zone

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
        found = [found for dates in witnesses for found in dates]
        return [*found, *self._above_headline(found)]

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
    def doubts(self) -> tuple[str, ...]:
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
        """Yield the moment of publication as WeChat's scripts tell it."""
        if not wechat_page(self.html, self.url):
            return
        for name in WECHAT_DATES:
            for value in script_values(self.html, name):
                if re.fullmatch(r"\d{10}|20\d\d-\d\d-\d\d \d\d:\d\d", value):
                    yield from self._parsed(value, "wechat")
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

    def _above_headline(self, known: list[DateFound]) -> list[DateFound]:
        """Return dates just above the headline, where sites show the present day too.

        They count when nothing else tells the day, or tells the same one.
        """
        above = self.zones.above
        found = list(self._labelled(above))
        for match in _SCATTERED.finditer(above):
            if not _PRESENT.search(above[: match.start()]):
                day = f"{match['y']}-{match['m']}-{match['d']} {match['t']}"
                found += self._parsed(day, "label")
        days = {each.moment.astimezone(self.zone).date() for each in known[:1]}
        return [
            each for each in found if not days or each.moment.astimezone(self.zone).date() in days
        ]

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
            line = one_line(line).strip("（）() ")
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
