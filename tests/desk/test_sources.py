"""Sources: adding, changing, pausing, crawling now, pasting, health, import and export."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlmodel import select

from editor import clock
from editor.desk import sources
from editor.desk.sources import SourceDraft
from editor.errors import Conflict, Invalid, NotFound, Reason
from editor.store.models import CrawlRun, Entry, Event, Fetch, HostGate, Source
from editor.workflow import EntryState, Outcome, SourceKind
from tests import cast

FEED = "http://daily.yunzhou.example/feed.xml"
DRAFT = SourceDraft(name="云州日报", url=FEED)


@pytest.fixture
def publication(session):
    return cast.make_publication(session)


def add(session, publication, draft: SourceDraft = DRAFT) -> Source:
    ben = cast.editor_ben(session, publication)
    return sources.add_source(session, publication, draft, by=ben, now=cast.NOW)


def test_a_new_source_is_due_at_once_and_its_adding_is_recorded(session, publication):
    source = add(session, publication)
    assert source.host == "daily.yunzhou.example"
    assert sources.hosts_due(session, cast.NOW) == ["daily.yunzhou.example"]
    assert [e.verb for e in session.exec(select(Event).where(Event.subject == "source"))] == [
        "add_source"
    ]


def test_an_address_is_watched_once(session, publication):
    add(session, publication)
    with pytest.raises(Conflict, match="云州日报"):
        add(session, publication, SourceDraft(name="另一个名字", url=FEED))


@pytest.mark.parametrize("fields", [
    {"url": "daily.example"}, {"url": "ftp://daily.example/"}, {"name": " "},
    {"page_pattern": "http://daily.example/list.html"}, {"interval_minutes": 0},
    {"kind": "json"}, {"unknown": 1},
])  # fmt: skip
def test_a_draft_that_could_not_work_is_refused(fields):
    with pytest.raises(ValidationError):
        SourceDraft(**({"name": "云州日报", "url": FEED} | fields))


def test_a_changed_address_forgets_what_the_old_one_said(session, publication):
    source = add(session, publication)
    source.etag, source.failures, source.reached_back_to = '"1"', 3, cast.NOW
    moved = DRAFT.model_copy(update={"url": "http://news.yunzhou.example/feed.xml"})
    sources.update_source(session, source, moved, by=None, now=cast.NOW)
    assert (source.host, source.etag, source.failures) == ("news.yunzhou.example", "", 0)
    assert source.reached_back_to is None


def test_a_paused_source_is_not_due_until_it_is_resumed(session, publication):
    source = add(session, publication)
    with pytest.raises(Invalid):
        sources.pause(session, source, " ", by=None, now=cast.NOW)
    sources.pause(session, source, "网站改版", by=None, now=cast.NOW)
    session.flush()
    assert sources.hosts_due(session, cast.NOW) == []
    sources.resume(session, source, by=None, now=cast.NOW)
    session.flush()
    assert sources.hosts_due(session, cast.NOW) == ["daily.yunzhou.example"]


def test_a_source_of_another_publication_is_not_found(session, publication):
    source = add(session, publication)
    other = cast.make_publication(session, slug="linlan", name="临澜参考")
    with pytest.raises(NotFound):
        sources.get_source(session, other, source.id)
    assert sources.get_source(session, publication, source.id) is source


# --- crawling now ------------------------------------------------------------------------------


def crawl(session, *chosen: Source) -> CrawlRun:
    return sources.crawl_now(session, chosen, trigger="person", issue=None, by=None, now=cast.NOW)


def test_crawl_now_makes_sources_due_and_counts_its_progress(session, publication):
    source = add(session, publication)
    source.next_run_at = cast.NOW + timedelta(hours=5)
    run = crawl(session, source)
    session.refresh(source)
    assert (source.next_run_at, source.run_id) == (cast.NOW, run.id)
    progress = sources.run_progress(session, run)
    assert (progress.total, progress.done, progress.finished) == (1, 0, False)
    source.run_id = None
    session.add(
        Entry(
            publication_id=publication.id, source_id=source.id, run_id=run.id, url=FEED,
            url_hash="1", fetch_url=FEED, host=source.host, state=EntryState.failed,
            reason=Reason.http_404,
        )
    )  # fmt: skip
    session.flush()
    progress = sources.run_progress(session, run)
    assert (progress.total, progress.done, progress.failed) == (2, 1, 1)
    assert progress.finished


def test_a_source_that_could_not_be_read_counts_as_failed(session, publication):
    source = add(session, publication)
    run = crawl(session, source)
    session.refresh(source)
    source.run_id = None
    session.add(
        Fetch(source_id=source.id, run_id=run.id, url=FEED, outcome=Outcome.failed, reason="dns")
    )
    session.flush()
    progress = sources.run_progress(session, run)
    assert (progress.total, progress.done, progress.failed, progress.finished) == (1, 0, 1, True)


def test_crawl_now_without_a_source_says_what_to_do(session, publication):
    source = add(session, publication)
    sources.pause(session, source, "网站改版", by=None, now=cast.NOW)
    with pytest.raises(Invalid, match="没有可以采集的来源"):
        crawl(session, source)


def test_crawl_now_gives_what_failed_in_passing_a_new_chance(session, publication):
    source = add(session, publication)
    for number, reason in enumerate((Reason.http_5xx, Reason.http_404)):
        session.add(
            Entry(
                publication_id=publication.id, source_id=source.id, url=f"{FEED}?{number}",
                url_hash=str(number), fetch_url=FEED, host=source.host, attempts=3,
                state=EntryState.failed, reason=reason, due_at=clock.real() + timedelta(hours=3),
            )
        )  # fmt: skip
    session.flush()
    crawl(session, source)
    session.expire_all()
    states = [entry.state for entry in session.exec(select(Entry).order_by(Entry.id))]
    assert states == [EntryState.queued, EntryState.failed]


# --- pasting -------------------------------------------------------------------------------------


def paste(session, publication, *lines: str) -> list[Entry]:
    return sources.paste_links(session, publication, lines, issue=None, by=None, now=cast.NOW)


def test_pasted_links_are_queued_once_each(session, publication):
    entries = paste(
        session,
        publication,
        " http://daily.yunzhou.example/1.html ",
        "",
        "http://daily.yunzhou.example/1.html?utm_source=x",
        "https://mp.weixin.qq.com/s/yunzhou1",
    )
    assert [entry.host for entry in entries] == ["daily.yunzhou.example", "mp.weixin.qq.com"]
    again = paste(session, publication, "http://daily.yunzhou.example/1.html")
    assert again[0].id == entries[0].id


def test_lines_that_are_no_links_are_named_and_nothing_is_queued(session, publication):
    with pytest.raises(Invalid, match="青屿区新闻"):
        paste(session, publication, "http://daily.yunzhou.example/1.html", "青屿区新闻")
    with pytest.raises(Invalid):
        paste(session, publication)
    assert session.exec(select(Entry)).all() == []


def test_pasting_a_failed_link_again_tries_it_again(session, publication):
    entry = paste(session, publication, "http://daily.yunzhou.example/1.html")[0]
    entry.state, entry.attempts, entry.fetch_url = EntryState.failed, 99, "http://moved.example/"
    entry.host = "moved.example"
    paste(session, publication, "http://daily.yunzhou.example/1.html")
    assert (entry.state, entry.attempts, entry.host) == ("queued", 0, "daily.yunzhou.example")


# --- looking -------------------------------------------------------------------------------------


def test_health_tells_the_last_outcome_and_counts_entries(session, publication):
    source = add(session, publication)
    source.failures, source.last_reason = 2, Reason.http_5xx
    session.add(Fetch(source_id=source.id, url=FEED, outcome=Outcome.ok))
    session.add(Fetch(source_id=source.id, url=FEED, outcome=Outcome.failed, reason="http_5xx"))
    for number, state in enumerate(("queued", "done", "done", "failed")):
        session.add(
            Entry(
                publication_id=publication.id, source_id=source.id, url=f"{FEED}?{number}",
                url_hash=str(number), fetch_url=FEED, host=source.host, state=state,
                published_at=cast.NOW if number else None,
            )
        )  # fmt: skip
    session.flush()
    (health,) = sources.health(session, publication, cast.NOW)
    assert (health.outcome, health.reason, health.failures) == ("failed", "http_5xx", 2)
    assert (health.waiting, health.done, health.failed, health.undated) == (1, 2, 1, 1)
    assert health.oldest_seen == health.newest_seen == cast.NOW
    assert health.running
    assert len(sources.fetch_log(session, source)) == 2


def test_failed_entries_of_an_issue_are_those_of_its_window_and_the_undated(session, publication):
    issue = cast.make_issue(session, publication)
    for number, moment in enumerate((cast.NOW, None, cast.NOW - timedelta(days=90))):
        session.add(
            Entry(
                publication_id=publication.id, url=f"{FEED}?{number}", url_hash=str(number),
                fetch_url=FEED, host="daily.yunzhou.example", state=EntryState.failed,
                published_at=moment,
            )
        )  # fmt: skip
    session.flush()
    found = sources.failed_entries(session, publication, issue)
    assert [entry.url[-1] for entry in found] == ["1", "0"]
    assert len(sources.failed_entries(session, publication)) == 3


def test_a_host_that_somebody_holds_is_not_due(session, publication):
    add(session, publication)
    until = clock.real() + timedelta(minutes=1)
    session.add(HostGate(host="daily.yunzhou.example", next_at=clock.real(), lease_until=until))
    session.flush()
    assert sources.hosts_due(session, cast.NOW) == []


# --- import and export ---------------------------------------------------------------------------

TOML = """
[[source]]
name = "云州日报"
url = "http://daily.yunzhou.example/feed.xml"
printed_name = "云州日报"

[[source]]
name = "青屿区政府"
kind = "list"
url = "http://www.qingyu.gov.example/news/"
page_pattern = "http://www.qingyu.gov.example/news/index_{n}.html"
selectors = { item = "ul.list > li", link = "a", date = "span" }
"""


def load(session, publication, text: str) -> sources.Imported:
    return sources.import_sources(session, publication, text, by=None, now=cast.NOW)


def test_sources_come_from_toml_and_go_back_unchanged(session, publication):
    done = load(session, publication, TOML)
    assert done.added == ("云州日报", "青屿区政府")
    listed = sources.list_sources(session, publication)[1]
    assert (listed.kind, listed.selectors["date"]) == (SourceKind.list, "span")
    again = load(session, publication, sources.export_sources(session, publication))
    assert (again.added, again.changed, len(again.same)) == ((), (), 2)


def test_sources_come_from_csv_and_go_back_unchanged(session, publication):
    load(session, publication, TOML)
    text = sources.export_sources(session, publication, "csv")
    assert "selector_item" in text.splitlines()[0]
    assert len(load(session, publication, "\ufeff" + text).same) == 2
    changed = load(session, publication, text.replace("云州日报,", "云州日报（网络版）,", 1))
    assert changed.changed == ("云州日报（网络版）",)


def test_a_file_with_one_wrong_source_is_refused_whole_and_says_where(session, publication):
    wrong = TOML + '\n[[source]]\nname = "临澜晚报"\nurl = "linlan"\n'
    with pytest.raises(Invalid, match="第 3 个来源（临澜晚报）"):
        load(session, publication, wrong)
    assert sources.list_sources(session, publication) == []


@pytest.mark.parametrize("text", ["[[source", "", "name = 1", "source = 3"])
def test_a_file_that_holds_no_source_says_so(session, publication, text):
    with pytest.raises(Invalid):
        load(session, publication, text)


@pytest.mark.parametrize("wrong", [
    {"kind": "list", "selectors": {"item": "ul.news li["}},
    {"kind": "list", "selectors": {"item": "li", "date": "span::text"}},
    {"selectors": {"item": "li,,p"}, "list_url": "https://daily.yunzhou.example/news/"},
    {"site_rule": "div.text{"},
    {"interval_minutes": 60, "longest_minutes": 30},
])  # fmt: skip
def test_what_could_never_work_is_refused_with_a_sentence(wrong):
    with pytest.raises(ValidationError, match=r"不是有效的 CSS 选择器|最长间隔不能短于最短间隔"):
        SourceDraft(name="云州日报", url=FEED, **wrong)


def test_a_feed_may_keep_paths_that_are_no_css():
    kept = {"items": "data.list", "date": "pub::date"}
    assert SourceDraft(name="接口", kind="json", url=FEED, selectors=kept).selectors == kept


def test_a_long_shortest_pause_is_the_longest_too_until_somebody_sets_it():
    assert SourceDraft(name="周报", url=FEED, interval_minutes=1440).longest_minutes == 1440


def test_a_source_saved_with_a_wrong_selector_can_still_be_opened_and_listed(session):
    broken = cast.make_source(session, kind=SourceKind.list, selectors={"item": "li["})
    assert sources.draft_of(broken).selectors == {"item": "li["}
    assert "li[" in sources.export_sources(session, cast.find_or_make_publication(session))
