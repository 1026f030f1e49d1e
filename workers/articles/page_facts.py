"""Headline, source and byline of a page, each from the best witness; its date from page_dates."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from editor.text.markup_inline import squeeze
from editor.text.titles import bare_title, begins_title, clean_title, names_site, strip_site
from workers.articles.containers import Place, names_of
from workers.articles.page_dates import PageDates
from workers.articles.page_head import read_linked_data, read_metas
from workers.articles.page_zones import find_zones, one_line, words_of
from workers.articles.wechat import wechat_page
from workers.articles.wechat_posts import account_name, script_title

_TITLE_NAMES = re.compile(
    r"title|headline|biaoti|(?:^|[\s_-])(?:tit|bt|hd|subject)(?:$|[\s_-])", re.I
)
_SOURCE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:source\w*|laiyuan|ly|from|media-?name|origin)(?:$|[\s_-])", re.I
)

_CRUMBS = re.compile(r"^(?:首页|当前位置|您?的?位置)|[>＞»]")

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
_STOP = (
    r"(?=(?:(?:手机)?(?:下载)?客户端(?:下载|独家)|下载)"
    r"|\s*(?:作者|记者|编辑|责编|责任编辑|审核|校对|发布(?:时间|日期|于|[:：])|发表(?:时间|日期|于|[:：])"
    r"|(?:时间|日期|阅读|评论|关注|分享|收藏)\s*[:：(（\d]|(?:阅读|访问|浏览|点击)(?:次?数|量)|浏览|点击|人气"
    r"|字体|字号|大小|分享到|打印|原标题|我要|【|[（(]|[|｜/\n\x1f]|(?:19|20)\d{2}[-/.年]|$))"
)
_SOURCE = re.compile(
    r"(?:(?:文章|信息|稿件|新闻|内容|资料|本文|消息|稿源)?来\s*源(?:于)?|稿源|文章出处|出处|Source)\s*[:：][\s\x1f]*"
    r"[“\"\[【]?(?P<name>《[^》\n\x1f]{2,30}》|[A-Za-z][\w.&'’\- ]{1,40}?"
    r"|[^\s\x1f|｜/“”\"《》\[\]【】<>:：]{2,30}?)[”\"\]】]?" + _STOP,
)
# Without a colon only above the text, in whose sentences it is a verb.
_SOURCE_OF = re.compile(r"来源于[\s\x1f]+(?P<name>[^\s\x1f|｜/，。：:]{2,20})" + _STOP)
_AFTER_DATE = re.compile(
    r"20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\s\x1f]*(?:\d{1,2}:\d{2}(?::\d{2})?)?[\s\x1f|｜·]{1,9}"
    r"(?P<name>[\u4e00-\u9fff]{1,12}(?:报|网|社|台|周刊|杂志|新闻|客户端|发布))(?=[\s\x1f|｜]|$)"
)
_PASSED_ON = re.compile(
    r"[\u4e00-\u9fff]{1,8}网\s*[－—–-]{1,2}\s*(?P<paper>[\u4e00-\u9fff]{1,12}(?:报|社|周刊|杂志))"
)
_BYLINE = re.compile(
    r"(?:作\s*者|(?:本报|本网|见习|实习)?记\s*者|撰\s*文|撰\s*稿|文|采写)\s*[:：/丨|][\s\x1f]*(?P<name>[^\s\x1f|｜\n:：（()）]{2,12}"
    r"(?:[ 、，,　]+(?!(?:编辑|责编|来源|时间|发布))[\u4e00-\u9fff·]{2,4}(?=[\s、，,\x1f]|$)){0,5})"
)
_NO_SOURCE = re.compile(
    r"^(?:本站|未知|原创|转载|网络|互联网|网络整理|佚名|不详|本站原创|其他|无|null|undefined|admin|管理员|-+)$",
    re.I,
)


class PageFacts:
    """Reads one parsed page; each fact is found when it is asked for."""

    def __init__(
        self, tree: HtmlElement, html: str, place: Place, *, url: str, now: datetime, zone: ZoneInfo
    ) -> None:
        self.tree = tree
        self.html = html
        self.wechat = wechat_page(html, url)
        self.place = place
        self.metas = read_metas(tree)
        self.linked_data = read_linked_data(tree)
        self.zones = find_zones(tree, place, self.title_element)
        dates = PageDates(
            tree,
            html,
            metas=self.metas,
            linked_data=self.linked_data,
            zones=self.zones,
            url=url,
            now=now,
            zone=zone,
        )
        self.published = dates.published
        self.date_doubts = dates.doubts

    def meta(self, names: tuple[str, ...]) -> str:
        """Return the first of the named meta elements that says something, or ""."""
        return next((self.metas[name] for name in names if name in self.metas), "")

    # --- title ---------------------------------------------------------------------------------

    @cached_property
    def title(self) -> str:
        """Return the headline, or ""."""
        site = self.metas.get("og:site_name", "")
        tag = self._title_tag or self.meta(TITLE_METAS)
        shown = self._heading() or self.metas.get("articletitle", "")
        title = clean_title(shown, tag, site)
        return title or (script_title(self.html) if self.wechat else "")

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
            if alike is None:
                alike = self._title_within(tag)
            if alike is not None:
                return alike
        above = self._heading_above()
        return headings[0] if above is None and headings else above

    def _heading_above(self) -> HtmlElement | None:
        """Return the nearest heading above the article's words, or the first one among them."""
        nearest: HtmlElement | None = None
        for element, within in self._headings():
            if within:
                return element if nearest is None or nearest.tag[0] != "h" else nearest
            if nearest is None or element.tag[0] == "h" or nearest.tag[0] != "h":
                nearest = element
        return nearest

    def _headings(self) -> Iterator[tuple[HtmlElement, bool]]:
        """Yield what may be a headline up to the article's end, and whether it is inside."""
        inside = set(self.place.elements)
        begun = False
        for element in self.tree.iter("h1", "h2", "h3", "h4", "h5", "div", "p", "td", "span"):
            begun = begun or element in inside
            within = begun and bool(inside.intersection(element.iterancestors()))
            if begun and not within and element not in inside:
                return
            heading = element.tag[0] == "h" or _TITLE_NAMES.search(names_of(element))
            if not heading or len(element) > 4 or _linked(element):
                continue
            words = words_of(element, 100)
            if len(words) >= 8 and not names_site(words) and not _CRUMBS.search(words):
                yield element, within

    def _heading(self) -> str:
        element = self.title_element
        return words_of(element) if element is not None else ""

    def _shown_title(self, tag: str) -> HtmlElement | None:
        """Return the element whose words are the longest beginning of <title> on the page."""
        best: HtmlElement | None = None
        bare, stem = _loose(tag), _loose(strip_site(tag))
        most, found = min(5, len(stem) - 1), 0
        if len(stem) < 2:
            return None
        for element in self.tree.iter(
            "h1", "h2", "h3", "h4", "div", "p", "td", "span", "font", "b"
        ):
            if len(element) > 4 or _linked(element):
                continue
            shown = words_of(element, 160)
            words = _loose(shown)
            whole = len(words) >= 2 and begins_title(shown, tag)
            if (whole or len(words) > most) and len(words) > found and bare.startswith(words):
                best, found = element, len(words)
        return best

    def _title_within(self, tag: str) -> HtmlElement | None:
        """Return the element, named as a title, whose words make up most of <title>."""
        whole = _loose(tag)
        best: HtmlElement | None = None
        most = max(8, len(whole) // 2)
        for element in self.tree.iter("h1", "h2", "h3", "h4", "div", "p", "td", "span"):
            titled = element.tag[0] == "h" or _TITLE_NAMES.search(names_of(element))
            if not titled or len(element) > 4 or _linked(element):
                continue
            words = _loose(words_of(element, 160))
            if len(words) > most and words in whole:
                best, most = element, len(words)
        return best

    # --- source and byline -----------------------------------------------------------------------

    @cached_property
    def source_name(self) -> str:
        """Return who published the text according to the page, or ""."""
        if self.wechat and (name := account_name(self.tree, self.html)):
            return name
        zones = self.zones
        found = (
            _named(zones.before) or _named(zones.before, _SOURCE_OF),
            _known(self.meta(SOURCE_METAS)),
            _named(zones.head),
            self._source_element(),
            _named(zones.tail),
            _named(zones.after[:2000]),
            _known(self._json_source()),
            _beside_date(zones.before),
        )
        return _original(next((name for name in found if name), ""))

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
            if match and (name := self._person(one_line(match["name"]))):
                return name
        return self._person(self.meta(AUTHOR_METAS))

    def _person(self, name: str) -> str:
        """Return a name that may be a person's, "" for sites, numbers and fragments of text."""
        name = name.strip("、，, ")
        bad = re.search(r"[:/@“”。！？]|网$|日报|\d{3}|\.(?:com|net|cn|org)$", name, re.I)
        plausible = 2 <= len(name) <= 40 and not bad and name != self.source_name
        return name if plausible and not _NO_SOURCE.match(name) else ""


def _linked(element: HtmlElement) -> bool:
    return element.tag == "a" or any(above.tag == "a" for above in element.iterancestors())


def _loose(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def _within(words: str, tag: str, shortest: int) -> bool:
    loose = _loose(words)
    return len(loose) >= shortest and loose in _loose(tag)


def _named(zone: str, label: re.Pattern[str] = _SOURCE) -> str:
    """Return the first usable name behind a 来源 label."""
    for match in label.finditer(zone):
        name = _known(one_line(match["name"]))
        if name:
            return name
    return ""


def _beside_date(zone: str) -> str:
    """Return the medium that stands right after a date without any label."""
    match = _AFTER_DATE.search(zone)
    return _known(one_line(match["name"])) if match else ""


def _original(name: str) -> str:
    """Return the paper of "人民网－人民日报": the site before the dash only passed it on."""
    match = _PASSED_ON.fullmatch(name)
    return match["paper"] if match else name


def _known(name: str) -> str:
    name = re.sub(r"^(?:来源|稿源|出处)\s*[:：]\s*", "", squeeze(name)).strip(
        " 、，,。；;·⋅-—）)】]"
    )
    return "" if _NO_SOURCE.match(name) or name.startswith("http") or len(name) > 40 else name
