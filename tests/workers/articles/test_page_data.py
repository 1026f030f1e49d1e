"""Articles that a page keeps in its scripts' data; invented content."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from editor.errors import ParseError, Reason
from editor.text.document import body_text
from workers.articles.extract import extract
from workers.values import Extract

LINES = [f"青屿区第{n}期工程完工，三千吨级货船可以直达临澜市；首批航线下月开通。" for n in range(9)]
HTML = "".join(f"<p>{line}</p>" for line in LINES)


def read(scripts: str) -> Extract:
    page = (
        "<html><head><title>东港码头改造完工_云州网</title></head><body>"
        f"<div id='__next'></div>{scripts}</body></html>"
    )
    return extract(
        page.encode(),
        url="https://www.yunzhou.example/1",
        content_type="",
        now=datetime(2026, 6, 30, tzinfo=UTC),
        zone=ZoneInfo("Asia/Shanghai"),
    )


def next_data(content: str) -> str:
    data = {"props": {"pageProps": {"detail": {"summary": "短", "content": content}}}}
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script>'


@pytest.mark.parametrize(
    "scripts",
    [
        next_data(HTML),
        next_data("\n".join(LINES)),
        f"<script>window.__INITIAL_STATE__={json.dumps({'a': [{'body': HTML}]})};go()</script>",
        '<script type="application/ld+json">'
        + json.dumps({"@type": "NewsArticle", "articleBody": "\n".join(LINES)})
        + "</script>",
    ],
)
def test_an_article_that_only_scripts_would_show_is_read_and_wears_the_badge(scripts):
    found = read(scripts)
    assert body_text(found.blocks).split("\n") == LINES
    assert (found.title, found.method, found.agreement) == ("东港码头改造完工", "data", 0)


@pytest.mark.parametrize(
    "scripts",
    [
        next_data("短"),
        "<script>window.a={" + '"b":' * 5000 + "</script>",
        "<script>var x = " + "[" * 100_000 + "</script>",
        f"<script>var x = '{'云州，' * 200}'</script>",
    ],
)
def test_data_without_an_article_leaves_the_reason(scripts):
    with pytest.raises(ParseError) as refusal:
        read(scripts + "<script src='/app.js'></script>")
    assert refusal.value.reason == Reason.looks_scripted
