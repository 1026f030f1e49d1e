"""The demo's invented sites: they parse, fill the digest, name nothing real, and answer."""

import json
import re
import tomllib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from editor.demo.content import FOLDER, DemoSite, read_sites
from editor.demo.pages import FEEDS, PER_PAGE, address, answer, parts
from editor.profile import read_profile
from editor.schedule import Window, in_window

ZONE = ZoneInfo("Asia/Shanghai")
# Long past, so that every article has been published.
WINDOW = Window(datetime(2024, 3, 16, tzinfo=ZONE), datetime(2024, 4, 16, tzinfo=ZONE))
SITES = read_sites(WINDOW)
DIGEST = Path(__file__).parents[2] / "config" / "publications" / "digest.toml"
BASE = "http://127.0.0.1:1"
TYPED_BY_HAND = "图书推荐"
STYLES = {"rss": 2, "atom": 1, "jsonfeed": 1, "sitemap": 1, "list": 2, "gov": 2, "wechat": 1}
REAL = """
北京 上海 天津 重庆 广东 广州 深圳 浙江 杭州 江苏 南京 苏州 山东 青岛 福建 厦门 海南 四川
成都 湖北 武汉 长三角 粤港澳 雄安 浦东 香港 澳门 台湾 中国 美国 日本 韩国 德国 法国 英国
印度 欧盟 俄罗斯 新加坡 人民日报 新华社 新华网 央视 光明日报 国务院 工信部 工业和信息化部
商务部 发改委 发展改革委 财政部 科技部 海关总署 华为 腾讯 阿里巴巴 百度 京东 清华 北大
"""

each_site = pytest.mark.parametrize("site", SITES, ids=lambda site: site.key)
FED = [site for site in SITES if site.style in FEEDS]


def _in_window(site: DemoSite) -> list[float]:
    """Return the days after the window's start of the site's articles inside it."""
    return [
        (article.published_at - WINDOW.opens_at).total_seconds() / 86400
        for article in site.articles
        if in_window(article.published_at, WINDOW)
    ]


def test_every_file_is_a_site_and_the_styles_are_all_there() -> None:
    assert [site.key for site in SITES] == sorted(path.stem for path in FOLDER.glob("*.toml"))
    styles = [site.style for site in SITES]
    assert {style: styles.count(style) for style in styles} == STYLES


@each_site
def test_slugs_are_unique_plain_and_tell_no_date(site: DemoSite) -> None:
    slugs = [article.slug for article in site.articles]
    assert len(set(slugs)) == len(slugs)
    for slug in slugs:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", slug)
        assert not re.search(r"\d{8}", slug)


def test_every_section_but_the_books_has_four_articles_in_the_window() -> None:
    names = {section.name for section in read_profile(DIGEST).section}
    assert {site.section for site in SITES} == names - {TYPED_BY_HAND}
    for name in names - {TYPED_BY_HAND}:
        assert sum(len(_in_window(site)) for site in SITES if site.section == name) >= 4, name


def test_half_of_the_news_is_there_by_the_middle_of_the_window() -> None:
    days = [day for site in SITES for day in _in_window(site)]
    assert len(days) >= 55
    assert sum(day < 14 for day in days) * 2 >= len(days)
    assert max(days) < 28  # the window that opens in February has 28 days
    assert sum(len(site.articles) for site in SITES) - len(days) >= 6


@each_site
def test_nothing_real_is_named(site: DemoSite) -> None:
    text = (FOLDER / f"{site.key}.toml").read_text(encoding="utf-8")
    assert [word for word in REAL.split() if word in text] == []


@each_site
def test_only_headings_open_with_a_hash(site: DemoSite) -> None:
    for article in site.articles:
        for line in article.body.splitlines():
            assert line.startswith("## ") or not line.startswith("#"), line


@each_site
def test_the_rows_of_a_table_have_the_same_number_of_cells(site: DemoSite) -> None:
    for article in site.articles:
        for kind, value in parts(article):
            if kind == "table":
                assert isinstance(value, list)
                assert len(value) > 2
                assert len({len(row) for row in value}) == 1, article.title


def test_reprints_carry_the_text_of_the_site_they_name() -> None:
    named = {site.name: site for site in SITES}
    reprints = [
        (article, named[article.source])
        for site in SITES
        for article in site.articles
        if article.source != site.name
    ]
    assert len(reprints) >= 4
    for reprint, origin in reprints:
        lines = set(reprint.body.splitlines())
        shared = [len(lines & set(other.body.splitlines())) for other in origin.articles]
        assert max(shared) >= 3, reprint.title


def test_three_essays_are_long_and_carry_a_table_and_a_figure() -> None:
    (essays,) = [site.articles for site in SITES if site.section == "国研专稿"]
    long = [essay for essay in essays if 1800 <= len(essay.body) <= 2600]
    assert len(long) == 3
    for essay in long:
        assert essay.body.startswith("摘要：")
        assert "\n关键词：" in essay.body
    kinds = {kind for essay in long for kind, _ in parts(essay)}
    assert kinds == {"paragraph", "heading", "table", "figure"}


@each_site
def test_every_feed_list_page_article_and_chart_is_answered(site: DemoSite) -> None:
    lists = ["/", "/news/index.html"]
    lists += [f"/news/index_{n}.html" for n in range(2, -(-len(site.articles) // PER_PAGE) + 1)]
    paths = lists + [address(site, article) for article in site.articles]
    for article in site.articles:
        drawn = [value for kind, value in parts(article) if kind == "figure"]
        paths += [str(value[1]) for value in drawn if isinstance(value, tuple)]
    if site.style in FEEDS:
        paths.append(FEEDS[site.style])
    for path in paths:
        found = answer(site, path, BASE)
        assert found is not None, path
        assert found.status == 200
        assert found.body
    assert answer(site, "/nothing.html", BASE) is None


@pytest.mark.parametrize("site", FED, ids=lambda site: site.key)
def test_a_feed_carries_all_the_site_has_published(site: DemoSite) -> None:
    found = answer(site, FEEDS[site.style], BASE)
    assert found is not None
    text = found.body.decode("utf-8")
    if site.style == "jsonfeed":
        assert len(json.loads(text)["items"]) == len(site.articles)
    for article in site.articles:
        assert BASE + address(site, article) in text


@each_site
def test_no_character_is_lost_in_the_encoding_of_the_site(site: DemoSite) -> None:
    for article in site.articles:
        text = article.title + article.body
        assert text.encode(site.encoding).decode(site.encoding) == text
        found = answer(site, address(site, article), BASE)
        assert found is not None
        page = found.body.decode(site.encoding)
        assert article.title in page
        assert "\N{REPLACEMENT CHARACTER}" not in page


def test_one_site_is_written_in_gb18030() -> None:
    (site,) = [site for site in SITES if site.encoding != "utf-8"]
    assert (site.encoding, site.style) == ("gb18030", "list")
    found = answer(site, "/news/index.html", BASE)
    assert found is not None
    assert found.media_type == "text/html; charset=gb18030"
    with pytest.raises(UnicodeDecodeError):
        found.body.decode("utf-8")


def test_days_count_from_the_start_of_whatever_window_is_open() -> None:
    other = Window(datetime(2023, 6, 16, tzinfo=ZONE), datetime(2023, 7, 16, tzinfo=ZONE))
    for path, site in zip(sorted(FOLDER.glob("*.toml")), read_sites(other), strict=True):
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["article"]
        latest = max(row["day"] for row in rows)
        delta = site.articles[0].published_at - other.opens_at
        assert delta.total_seconds() == pytest.approx(latest * 86400, abs=1)
