"""Trying a source before it is saved."""

import io
import json

import pytest

from editor.desk.sources import SourceDraft
from editor.errors import FetchError, Reason
from tests import cast
from tests.fakes import FakeWeb
from workers.crawling.fetch import Redirected
from workers.crawling.tryout import as_json, as_text, main, try_source

LIST = "http://www.qingyu.example/news/"
PAGE = "<ul>" + "".join(
    f'<li><a href="/{n}.html">第{n}号公告</a><i>2026-07-0{n}</i></li>' for n in (3, 2, 1)
)
DRAFT = SourceDraft(
    name="青屿区政府",
    kind="list",
    url=LIST,
    selectors={"item": "li", "link": "a", "date": "i"},
)


def tried(answers, settings=None):
    return try_source(settings, DRAFT, web=FakeWeb(answers), now=cast.NOW)


def test_the_first_rows_are_shown_with_their_dates():
    report = tried({LIST: PAGE})
    assert (report.entries, report.undated, report.reason) == (3, 0, None)
    assert json.loads(as_json(report))["rows"][0] == {
        "title": "第3号公告",
        "url": "http://www.qingyu.example/3.html",
        "published_at": "2026-07-03T00:00:00+08:00",
    }
    assert as_text(report).startswith("2026-07-03T00:00  第3号公告")


@pytest.mark.parametrize("answers, reason", [
    ({}, Reason.http_404),
    ({LIST: FetchError(LIST, Reason.dns)}, Reason.dns),
    ({LIST: "<p>没有列表</p>"}, Reason.empty),
    ({LIST: PAGE, "http://www.qingyu.example/robots.txt": "User-agent: *\nDisallow: /"},
     Reason.robots),
    ({LIST: Redirected("http://b.example/"), "http://b.example/": Redirected(LIST)},
     Reason.redirects),
])  # fmt: skip
def test_what_cannot_be_read_has_a_sentence_in_both_languages(answers, reason):
    report = tried(answers)
    assert report.reason == reason
    assert report.sentence("zh") in as_text(report) and report.sentence("en") in as_text(report)


def test_a_list_that_moved_is_read_where_it_is_now():
    there = "http://new.qingyu.example/news/"
    report = tried({LIST: Redirected(there), there: PAGE})
    assert (report.entries, report.final_url) == (3, there)


def test_the_command_reads_a_source_from_standard_input(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("ZHAIBIAN_DATA", str(tmp_path))
    monkeypatch.delenv("ZHAIBIAN_ALLOW_INTERNAL", raising=False)
    request = {"name": "内网", "url": "http://127.0.0.1:9/feed.xml", "kind": "feed"}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(request)))
    assert main([]) == 1
    assert "内部网络" in capsys.readouterr().out
    assert main(["--url", "nowhere"]) == 1
