"""The sources' screens: health in words, adding, pausing, crawling, pasting, lists."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from editor.store.models import Candidate, CrawlRun, Entry, Source
from editor.text.urls import url_hash
from editor.web import sources as screen
from editor.workflow import SourceKind
from tests.web.conftest import HTMX, Office


@pytest.fixture(autouse=True)
def bell(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand in for the queue; gives the hosts that were rung for."""
    rung: list[str] = []

    def ring(_celery: object, _task: object, host: str) -> bool:
        rung.append(host)
        return True

    monkeypatch.setattr(screen, "enqueue", ring)
    return rung


def source(app: Flask, id: int) -> Source:
    """Return the source as it is in the database now."""
    with app.extensions["database"].reading() as session:
        found = session.get(Source, id)
        assert found is not None
        return found


def test_a_failing_source_shows_its_reason_and_stands_first(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        row = session.get(Source, office.source)
        row.failures, row.last_reason = 4, "http_403"
        session.commit()
    # a failure is known only from a visit
    text = ada.get("/sources").text
    assert "连续失败 4 次" in text
    assert "云州日报" in ada.get("/").text


def test_a_new_source_is_added_and_rung_for(
    app: Flask, office: Office, ada: FlaskClient, bell: list[str]
) -> None:
    data = {
        "name": "临澜晚报",
        "kind": "list",
        "url": "https://evening.linlan.example/news/",
        "selector_item": "ul.news li",
        "selector_link": "a",
        "interval_minutes": "90",
        "default_section": "国内动态",
    }
    answer = ada.post("/sources/new", data=data)
    assert answer.status_code == 303
    added = source(app, int(answer.location.rsplit("/", 1)[1]))
    assert (added.kind, added.interval_minutes) == (SourceKind.list, 90)
    assert added.selectors == {"item": "ul.news li", "link": "a"}
    assert bell == ["evening.linlan.example"]


def test_a_wrong_source_keeps_what_was_typed_and_says_what_is_wrong(
    office: Office, ada: FlaskClient
) -> None:
    data = {"name": "", "kind": "feed", "url": "ftp://x", "interval_minutes": "often"}
    answer = ada.post("/sources/new", data=data)
    assert answer.status_code == 422
    assert 'value="ftp://x"' in answer.text
    assert "请填写这一项" in answer.text and "请填写整数" in answer.text
    assert answer.text.count('aria-invalid="true"') == 3


def test_an_address_that_is_watched_already_is_refused_by_name(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    known = source(app, office.source)
    answer = ada.post("/sources/new", data={"name": "又一个", "url": known.url})
    assert answer.status_code == 409 and "已经是来源“云州日报”" in answer.text


def test_a_pause_needs_a_reason_and_ends_with_resume(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    assert ada.post(f"/sources/{office.source}/pause", data={}).status_code == 422
    ada.post(f"/sources/{office.source}/pause", data={"reason": "网站改版"})
    assert "已暂停：网站改版" in ada.get("/sources").text
    ada.post(f"/sources/{office.source}/resume")
    assert source(app, office.source).paused_at is None


def test_crawl_now_shows_progress_that_polls_until_it_has_finished(
    app: Flask, office: Office, ada: FlaskClient, bell: list[str]
) -> None:
    answer = ada.post(f"/sources/{office.source}/crawl")
    page = ada.get(answer.location).text
    with app.extensions["database"].writing() as session:
        run = session.exec(select(CrawlRun)).one()
        poll = f"/sources/runs/{run.id}"
        assert f'hx-get="{poll}"' in page and "load delay:1s" in page
        assert "load delay:5s" in ada.get(poll, headers=HTMX | {"X-Hidden": "1"}).text
        session.get(Source, office.source).run_id = None
        session.commit()
    done = ada.get(poll, headers=HTMX).text
    assert "采集完成" in done and "hx-trigger" not in done
    assert bell == [source(app, office.source).host]


def test_many_links_are_pasted_at_once_and_stored_once_each(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    urls = "https://a.example/1.html\nhttps://b.example/2.html\n\nhttps://a.example/1.html?spm=x\n"
    assert ada.post("/sources/paste", data={"urls": urls}).status_code == 200
    with app.extensions["database"].reading() as session:
        hosts = session.exec(select(Entry.host).where(col(Entry.source_id).is_(None))).all()
    assert sorted(set(hosts)) == ["a.example", "b.example", "daily.yunzhou.example"]
    assert hosts.count("a.example") == 1


def test_a_line_that_is_no_link_is_named_and_nothing_is_lost(
    office: Office, ada: FlaskClient
) -> None:
    answer = ada.post("/sources/paste", data={"urls": "不是网址\n也不是"})
    assert answer.status_code == 422
    assert "这些不是网址：不是网址、也不是" in answer.text and ">\n不是网址" in answer.text


def test_the_exported_list_can_be_imported_again(
    office: Office, ada: FlaskClient, browser_of: Callable[[str], FlaskClient]
) -> None:
    text = ada.get("/sources/export.toml").text
    assert "[[source]]" in text
    answer = ada.post("/sources/import", data={"text": text}, follow_redirects=True)
    assert "新增 0 个，修改 0 个，1 个没有变化" in answer.text
    wrong = ada.post("/sources/import", data={"text": "[[source"})
    assert wrong.status_code == 422 and "不是有效的 TOML" in wrong.text


def test_the_log_tells_every_visit(office: Office, ada: FlaskClient) -> None:
    assert "还没有采集过" in ada.get(f"/sources/{office.source}").text


def test_every_pasted_line_is_told_what_became_of_it(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    known = "https://daily.yunzhou.example/known.html"
    with app.extensions["database"].writing() as session:
        session.get_one(Candidate, office.candidate).url_hash = url_hash(known)
        session.commit()
    fresh = "https://new.yunzhou.example/1.html"
    gone = "https://daily.yunzhou.example/gone.html"
    page = ada.post("/sources/paste", data={"urls": f"{fresh}\n{known}\n{gone}\n{fresh}\n不是网址"})
    assert page.status_code == 200
    for said in ("收到 5 行", "新收下，正在采集", "已经有了", "上次没有取到，再试一次",
                 "上面已经有这一条", "不是网址，没有收下"):  # fmt: skip
        assert said in page.text
    assert f'href="/triage/{office.candidate}"' in page.text
    assert ">\n不是网址</textarea>" in page.text


def test_the_bookmarklet_opens_the_form_with_the_page_filled_in(ada: FlaskClient) -> None:
    page = ada.get("/sources/paste?url=https://daily.yunzhou.example/a?b=1%26c=2").text
    assert "https://daily.yunzhou.example/a?b=1&amp;c=2</textarea>" in page
    assert "javascript:void(window.open(&#39;http://localhost/sources/paste?url=&#39;" in page


def test_numbers_that_no_row_can_have_are_no_crash(ada: FlaskClient, office: Office) -> None:
    huge = "9" * 20
    assert ada.get(f"/sources?run={huge}").status_code == 200
    assert ada.get(f"/sources/{office.source}?run={huge}").status_code == 200
    data = {"url": "http://www.qingyu.example/news/", "source_id": huge}
    assert ada.post("/sources/probes", data=data).status_code == 303


def test_an_encoding_that_nobody_knows_is_refused_at_its_field(
    ada: FlaskClient, office: Office
) -> None:
    data = {"name": "青屿新闻", "url": "http://www.qingyu.example/rss", "encoding": "klingon"}
    answer = ada.post("/sources/new", data=data)
    assert answer.status_code == 422 and "没有“klingon”这种编码" in answer.text
    assert ada.post("/sources/new", data=data | {"encoding": "GB2312-80"}).status_code == 303
