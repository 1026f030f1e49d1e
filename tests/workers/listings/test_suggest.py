"""Suggesting a list page's selectors from the page alone."""

from zoneinfo import ZoneInfo

import pytest

from editor.errors import ParseError, Reason
from tests import cast
from workers.listings.pages import parse_list
from workers.listings.suggest import suggest

URL = "http://www.qingyu.example/news/"
ZONE = ZoneInfo("Asia/Shanghai")
TITLES = ("青屿区渡口恢复通航", "临澜市发布防汛预案", "云州港新航线首航", "青屿区公布供水计划")
NAV = "".join(f'<li><a href="/{n}/">栏目之{n}</a></li>' for n in range(9))
SIDE = "".join(f'<li><a href="/hot/{n}.html">热门文章的标题第{n}条</a></li>' for n in range(8))


def page(rows: str, pager: str = "") -> bytes:
    return (
        f'<html><body><div class="nav"><ul>{NAV}</ul></div><div class="main">{rows}{pager}</div>'
        f'<div class="side"><h2>热门排行</h2><ul>{SIDE}</ul></div></body></html>'
    ).encode()


def rows(shape: str) -> str:
    return "".join(
        shape.format(n=n, title=title, date=f"2026-07-0{n}")
        for n, title in enumerate(TITLES, start=1)
    )


def suggested(body: bytes):
    return suggest(body, url=URL, now=cast.NOW, zone=ZONE)


UL = '<li><a href="/2026/{n}001.html">{title}</a><span class="date">{date}</span></li>'
DL = '<dd><em>{date}</em> <a href="{n}001.html">{title}</a></dd>'
TR = (
    '<tr class=row><td>·</td><td class=t><a href="{n}001.html">{title}</a></td><td>{date}</td></tr>'
)
CARD = (
    '<div class="item"><a href="{n}001.html"><img src="{n}.png"></a>'
    '<h3><a href="{n}001.html">{title}</a></h3><p>导语。</p>'
    '<p class="info"><span>云州日报</span><span class="time">{date}</span></p></div>'
)
KIND = '<li><a href="/c/1">[要闻时政]</a> <a href="{n}001.html">{title}</a> <i>{date}</i></li>'
WRAP = '<li><a href="{n}001.html"><h4>{title}</h4><p>摘要写在这里。</p><i>{date}</i></a></li>'


@pytest.mark.parametrize("rows_, selectors", [
    (f'<ul class="news-list">{rows(UL)}</ul>',
     {"item": "ul.news-list > li", "link": "a", "date": "span.date"}),
    (f'<dl class="list14"><dt>最新</dt>{rows(DL)}</dl>',
     {"item": "dl.list14 > dd", "link": "a", "date": "em"}),
    (f'<table class="tlist">{rows(TR)}</table>',
     {"item": "table.tlist > tr.row", "link": "a", "date": "td:last-of-type"}),
    (f'<div class="list">{rows(CARD)}</div>',
     {"item": "div.list > div.item", "link": "h3 a", "date": "span.time"}),
    (f'<ul class="clear">{rows(KIND)}</ul>',
     {"item": "div.main li", "link": "a:last-of-type", "date": "i"}),
    (f'<ul class="feed">{rows(WRAP)}</ul>',
     {"item": "ul.feed > li", "link": "a", "date": "i", "title": "h4"}),
])  # fmt: skip
def test_the_list_is_found_beside_navigation_and_side_column(rows_, selectors):
    first = suggested(page(rows_))[0]
    assert first.selectors == selectors
    assert [entry.title for entry in first.listing.entries] == list(TITLES)
    assert all(entry.published for entry in first.listing.entries)


def test_short_headlines_count_where_a_date_stands_beside_them():
    short = "".join(UL.format(n=n, title="又来了", date=f"2026-07-0{n}") for n in (1, 2))
    first = suggested(page(f'<ul class="a">{short}</ul>'))[0]
    assert first.selectors == {"item": "ul.a > li", "link": "a", "date": "span.date"}


def test_a_date_without_an_element_of_its_own_counts_too():
    first = suggested(page(f'<ul class="a">{rows("<li><a href={n}.html>{title}</a> {date}")}</ul>'))
    assert first[0].selectors == {"item": "ul.a > li", "link": "a"}
    assert all(entry.published for entry in first[0].listing.entries)


LINKS = '<a href="index.html">1</a><a href="index_1.html">2</a><a href="index_2.html">3</a>'
QUERY = '<a href="?page=2&type=4">2</a> <a href="?page=3&type=4">3</a>'
SCRIPT = '<script>createPageHTML(3, 0, "index", "html");</script>'
ONLY_NEXT = '<a href="list_2.shtml">下一页</a>'


@pytest.mark.parametrize("pager, pattern", [
    (LINKS, f"{URL}index_{{n}}.html"),
    (QUERY, f"{URL}?page={{n}}&type=4"),
    (SCRIPT, f"{URL}index_{{n}}.html"),
    (ONLY_NEXT, f"{URL}list_{{n}}.shtml"),
    ("", ""),
    ('<a href="index.html">1</a>', ""),
    ('<a href="http://other.example/list_2.html">下一页</a>', ""),
])  # fmt: skip
def test_the_pager_gives_the_pattern_of_further_pages(pager, pattern):
    first = suggested(page(f'<ul class="a">{rows(UL)}</ul>', pager))[0]
    assert first.page_pattern == pattern
    assert bool(first.listing.next_url) == bool(pattern)


def test_a_suggestion_reads_the_second_page_as_well():
    first = suggested(page(f'<ul class="a">{rows(UL)}</ul>', LINKS))[0]
    second = parse_list(
        page('<ul class="a"><li><a href="/9.html">渡口旧闻一则</a></li></ul>'),
        url=first.listing.next_url or "",
        content_type="",
        selectors=first.selectors,
        page_pattern=first.page_pattern,
        page=2,
        now=cast.NOW,
        zone=ZONE,
    )
    assert [entry.title for entry in second.entries] == ["渡口旧闻一则"]


def test_other_lists_of_the_page_come_after_the_likeliest():
    found = suggested(page(f'<ul class="news">{rows(UL)}</ul>'))
    assert found[0].selectors["item"] == "ul.news > li"
    assert "div.side li" in [each.selectors["item"] for each in found[1:]]


def test_a_page_without_repetition_gives_no_suggestion():
    assert (
        suggested(b"<html><body><p>nothing</p><a href='/x'>one only link</a></body></html>") == ()
    )


def test_a_feed_is_refused_by_its_reason():
    with pytest.raises(ParseError) as refusal:
        suggested(b"<rss version='2.0'><channel></channel></rss>")
    assert refusal.value.reason == Reason.not_html
