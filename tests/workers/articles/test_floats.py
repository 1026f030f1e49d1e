"""A short article keeps the figure or table that stands beside its only paragraph."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from editor.text.document import Figure, Paragraph, Table
from workers.articles.extract import extract
from workers.values import Extract

URL = "https://www.yunzhou.example/2026/0710/1.html"
NOW = datetime(2026, 7, 10, 1, 30, tzinfo=UTC)
ONLY = (
    "<p>云州市近日公布二季度用电情况，工业用电量增长百分之四，青屿区、临澜市居前，港口用电量首次下降。"
    "供电部门表示，下半年将改造十二座变电站，优先保障港口和园区，居民用电价格保持不变。</p>"
)
ADVERT = '<p class="ad-txt">【广告】限时优惠，扫码领取。</p>'
FIGURE = '<p align="center"><img src="/pic/1.png" width="360" height="180" alt="图1 走势"></p>'
CELLS = "<tr><td>地区</td><td>用电量</td></tr><tr><td>青屿区</td><td>31</td></tr>"
TABLE = f'<table border="1">{CELLS}<tr><td>临澜市</td><td>28</td></tr></table>'
MENU = "".join(f'<li><a href="/{n}.html">云州市第{n}次全体会议今日开幕</a></li>' for n in range(9))


def read(article: str) -> Extract:
    page = (
        f"<body><ul>{MENU}</ul><div class=x1><h1>用电情况</h1>{article}</div><ul>{MENU}</ul></body>"
    )
    return extract(page.encode(), url=URL, content_type="text/html; charset=utf-8", now=NOW,
                   zone=ZoneInfo("Asia/Shanghai"))  # fmt: skip


@pytest.mark.parametrize("article, kinds", [
    (f"<div>{ONLY}{FIGURE}</div>", [Paragraph, Figure]),
    (f"<div>{FIGURE}{ONLY}</div>", [Figure, Paragraph]),
    (f"<div>{ADVERT}{ONLY}{FIGURE}</div>", [Paragraph, Figure]),
    (f"<div>{ONLY}{FIGURE}</div>".replace("<p>", "<div>", 1).replace("</p>", "</div>", 1),
     [Paragraph, Figure]),
    (f"<section>{ONLY}{TABLE}</section>", [Paragraph, Table]),
    (f'<div id="js_content"><section>{ONLY}{TABLE}</section></div>', [Paragraph, Table]),
])  # fmt: skip
def test_what_stands_beside_the_only_paragraph_is_kept(article, kinds):
    assert [type(block) for block in read(article).blocks] == kinds


def test_links_beside_the_only_paragraph_stay_out():
    links = f'<ul>{MENU}</ul><a href="/"><img src="/logo.png"></a>'
    assert [type(block) for block in read(f"<div>{ONLY}{links}</div>").blocks] == [Paragraph]
