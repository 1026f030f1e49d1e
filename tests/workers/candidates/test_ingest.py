"""From captured pages to candidates: titles, dates, duplicates, updates, pictures."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlmodel import select

from editor import clock
from editor.desk import sources
from editor.errors import FetchError, ParseError, Reason
from editor.store.models import (
    Asset,
    Candidate,
    CandidateText,
    Capture,
    Entry,
    Item,
    ItemOrigin,
    Picture,
    Revision,
    Source,
)
from editor.store.queue import Task
from editor.text.document import Figure, body_text, paragraph
from editor.workflow import CandidateState, EntryState, PictureState
from tests import cast
from tests.fakes import make_workshop
from workers.candidates.extraction import declared_address, extract
from workers.candidates.ingest import chosen_date, chosen_title, registrable
from workers.crawling.crawl import crawl
from workers.crawling.pictures import redraw, with_asset
from workers.values import DateFound

HOST = "daily.yunzhou.example"
SHANGHAI = ZoneInfo("Asia/Shanghai")
TEXT = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市。"
MORE = "往返时间由两天缩短到一天，首批十二条航线下月开通。"


def article(
    text: str = TEXT, *, title: str = "东港码头改造完工", head: str = "", end: str = ""
) -> str:
    paragraphs = "".join(f"<p>{text}第{n}段说明工程的进展和安排。</p>" for n in range(8))
    return (
        f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1>"
        f'<div class="info">发布时间：2026-07-09 08:30 来源：临澜晚报</div>'
        f'<div class="TRS_Editor">{paragraphs}{end}</div></body></html>'
    )


def png(width: int = 4, height: int = 4, form: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), None).save(out, form)
    return out.getvalue()


@pytest.fixture(autouse=True)
def july():
    clock.follow(lambda: cast.NOW - clock.real())
    yield
    clock.follow(clock._no_offset)


@pytest.fixture
def shop(database, tmp_path):
    return make_workshop(database, tmp_path, {})


def paste(shop, *urls: str) -> list[int]:
    with shop.database.writing() as session:
        publication = cast.find_or_make_publication(session)
        entries = sources.paste_links(session, publication, urls, issue=None, by=None, now=cast.NOW)
        session.commit()
        return [entry.id for entry in entries]


def collect(shop, *urls: str) -> list[Entry]:
    """Paste the links and run crawl and extraction until nothing rings any more."""
    ids = paste(shop, *urls)
    crawl(shop, HOST)
    work_off(shop)
    return [entry for entry in rows(shop, Entry) if entry.id in ids]


def work_off(shop) -> None:
    while shop.ring.rung:
        task, *arguments = shop.ring.rung.pop(0)
        if task == Task.extract_entries:
            extract(shop, *arguments)
        elif task == Task.crawl_host:
            crawl(shop, *arguments)


def rows(shop, kind: type) -> list[Any]:
    with shop.database.reading() as session:
        return list(session.exec(select(kind).order_by(kind.id)))


def url(path: str) -> str:
    return f"http://{HOST}{path}"


def test_a_page_becomes_a_candidate_with_its_text_date_and_source(shop):
    shop.web.answers[url("/1.html")] = article()
    entry = collect(shop, url("/1.html"))[0]
    candidate = rows(shop, Candidate)[0]
    assert (entry.state, entry.candidate_id) == (EntryState.done, candidate.id)
    assert candidate.title == "东港码头改造完工"
    assert candidate.source_name == "临澜晚报"
    assert candidate.published_at == datetime(2026, 7, 9, 0, 30, tzinfo=UTC)
    assert TEXT in body_text(candidate.blocks)
    assert candidate.characters > 200 and candidate.excerpt.startswith(TEXT[:10])


def test_a_candidate_is_suggested_for_the_section_of_its_source(shop):
    shop.web.answers[url("/1.html")] = article()
    (entry,) = paste(shop, url("/1.html"))
    with shop.database.writing() as session:
        source = cast.make_source(session, default_section="热点关注")
        session.get_one(Entry, entry).source_id = source.id
        session.commit()
    crawl(shop, HOST)
    work_off(shop)
    assert rows(shop, Candidate)[0].suggested_section == "热点关注"


def test_the_other_day_that_was_named_stays_with_the_candidate(shop):
    shop.web.answers[url("/1.html")] = article()
    (entry,) = paste(shop, url("/1.html"))
    with shop.database.writing() as session:
        listed = session.get_one(Entry, entry)
        listed.published_at, listed.date_how = datetime(2026, 7, 6, tzinfo=UTC), "feed"
        session.commit()
    crawl(shop, HOST)
    work_off(shop)
    (candidate,) = rows(shop, Candidate)
    assert candidate.date_how == "feed≠label"
    assert candidate.published_at == datetime(2026, 7, 6, tzinfo=UTC)
    assert candidate.date_rival == datetime(2026, 7, 9, 0, 30, tzinfo=UTC)


def test_extracting_twice_stores_once(shop):
    shop.web.answers[url("/1.html")] = article()
    (entry,) = collect(shop, url("/1.html"))
    extract(shop, entry.id)
    assert len(rows(shop, Candidate)) == 1


@pytest.mark.parametrize("twin, head", [
    ("/m/1.html", ""),
    ("/1.html?utm_source=portal", ""),
    ("/go/1", ""),
    ("/amp/1.html", f'<link rel="canonical" href="http://{HOST}/1.html">'),
])  # fmt: skip
def test_two_addresses_of_one_page_make_one_candidate(shop, twin, head):
    from tests.fakes import make_page

    shop.web.answers[url("/1.html")] = article()
    shop.web.answers[url(twin)] = article(head=head)
    if twin == "/go/1":
        shop.web.answers[url(twin)] = make_page(url(twin), article(), final_url=url("/1.html"))
    collect(shop, url("/1.html"))
    collect(shop, url(twin))
    assert len(rows(shop, Candidate)) == 1
    assert {entry.state for entry in rows(shop, Entry)} == {EntryState.done}


def test_the_copy_may_come_before_the_page_it_names(shop):
    head = f'<link rel="canonical" href="http://{HOST}/1.html">'
    shop.web.answers[url("/amp/1.html")] = article(head=head)
    shop.web.answers[url("/1.html")] = article()
    collect(shop, url("/amp/1.html"))
    collect(shop, url("/1.html"))
    assert len(rows(shop, Candidate)) == 1


@pytest.mark.parametrize("claim", ["/all.html", "/", "http://elsewhere.example/1.html"])
def test_pages_that_all_claim_one_address_stay_apart(shop, claim):
    head = f'<link rel="canonical" href="{claim}">'
    for number in (1, 2, 3):
        page = article(f"第{number}条：{TEXT}", title=f"第{number}条消息", head=head)
        shop.web.answers[url(f"/{number}.html")] = page
        collect(shop, url(f"/{number}.html"))
    assert [c.title for c in rows(shop, Candidate)] == ["第1条消息", "第2条消息", "第3条消息"]


def again(shop, entry_id: int, page: str) -> Candidate:
    """Fetch and extract the entry's page once more."""
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        shop.web.answers[entry.url] = page
        entry.state, entry.pages, entry.due_at = EntryState.queued, 0, clock.real()
        session.commit()
    crawl(shop, HOST)
    work_off(shop)
    return rows(shop, Candidate)[0]


def decide(shop, state: CandidateState) -> None:
    with shop.database.writing() as session:
        candidate = session.exec(select(Candidate)).one()
        candidate.state, candidate.spike_reason = state, "超出范围"
        session.commit()


@pytest.mark.parametrize("state", list(CandidateState))
def test_a_changed_page_updates_its_candidate_and_keeps_the_earlier_text(shop, state):
    shop.web.answers[url("/1.html")] = article()
    (entry,) = collect(shop, url("/1.html"))
    decide(shop, state)
    candidate = again(shop, entry.id, article(MORE, title="东港码头提前完工"))
    assert MORE in body_text(candidate.blocks)
    assert (candidate.title, candidate.text_version) == ("东港码头提前完工", 2)
    assert candidate.updated_text_at is not None
    assert (candidate.state, candidate.spike_reason) == (state, "超出范围")
    (earlier,) = rows(shop, CandidateText)
    assert (earlier.number, earlier.title) == (1, "东港码头改造完工")
    assert TEXT in body_text(earlier.blocks)
    first, second = rows(shop, Capture)
    assert (earlier.capture_id, candidate.capture_id) == (first.id, second.id)


def test_the_same_text_again_is_no_update(shop):
    shop.web.answers[url("/1.html")] = article()
    (entry,) = collect(shop, url("/1.html"))
    assert again(shop, entry.id, article()).updated_text_at is None
    counted = article(end="<p>阅读 1204 次</p><p>责任编辑：林岸</p>")
    assert again(shop, entry.id, counted).text_version == 1


def test_two_addresses_of_one_page_do_not_answer_each_other_with_updates(shop):
    head = f'<link rel="canonical" href="{url("/1.html")}">'
    shop.web.answers[url("/1.html")] = article()
    shop.web.answers[url("/copy.html")] = article(end="<p>本页为打印版。</p>", head=head)
    collect(shop, url("/1.html"))
    collect(shop, url("/copy.html"))
    (candidate,) = rows(shop, Candidate)
    assert candidate.text_version == 1
    _, copy = rows(shop, Entry)
    again(shop, copy.id, article(MORE, head=head))
    assert rows(shop, Candidate)[0].text_version == 1


def test_a_full_text_that_changed_in_its_feed_updates_its_candidate(shop):
    feed = url("/feed.xml")
    with shop.database.writing() as session:
        cast.make_source(session, url=feed, host=HOST, next_run_at=cast.NOW - timedelta(hours=1))
        session.commit()
    for text in (TEXT, TEXT, MORE):
        shop.web.answers[feed] = full_text_feed(text)
        with shop.database.writing() as session:
            source = session.exec(select(Source)).one()
            source.next_run_at, source.body_hash = cast.NOW - timedelta(hours=1), ""
            session.commit()
        crawl(shop, HOST)
        work_off(shop)
        (candidate,) = rows(shop, Candidate)
        assert text in body_text(candidate.blocks)
        assert (candidate.updated_text_at is not None) is (text == MORE)
    assert url("/1.html") not in shop.web.asked


def full_text_feed(text: str) -> str:
    body = "".join(f"<p>{text}第{n}段说明工程的进展和安排。</p>" for n in range(8))
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<item><title>东港码头改造完工</title><link>{url('/1.html')}</link>"
        "<pubDate>Thu, 09 Jul 2026 08:30:00 +0800</pubDate>"
        f"<content:encoded><![CDATA[{body}]]></content:encoded></item></channel></rss>"
    )


def test_a_text_over_two_pages_becomes_one_candidate(shop):
    link = '<p><a href="/1_2.html">下一页</a></p>'
    shop.web.answers[url("/1.html")] = article(end=link)
    shop.web.answers[url("/1_2.html")] = article(MORE)
    (entry,) = collect(shop, url("/1.html"))
    (candidate,) = rows(shop, Candidate)
    text = body_text(candidate.blocks)
    assert TEXT in text and MORE in text and text.index(TEXT) < text.index(MORE)
    assert (entry.state, entry.pages, candidate.url) == (EntryState.done, 2, url("/1.html"))


@pytest.mark.parametrize("page, reason", [
    ("<html><body></body></html>", Reason.empty),
    ('<div id="js_content"></div>该内容已被发布者删除', Reason.deleted),
])  # fmt: skip
def test_a_page_without_a_text_fails_for_good_and_says_why(shop, page, reason):
    address = url("/1.html")
    if reason == Reason.deleted:
        address = "http://mp.weixin.qq.com/s/yunzhou1"
    shop.web.answers[address] = page
    (entry_id,) = paste(shop, address)
    crawl(shop, HOST if reason == Reason.empty else "mp.weixin.qq.com")
    work_off(shop)
    entry = next(entry for entry in rows(shop, Entry) if entry.id == entry_id)
    assert (entry.state, entry.reason) == (EntryState.failed, reason)
    assert crawl(shop, entry.host) == 0


def test_an_extraction_that_kills_its_process_is_given_up_the_fourth_time(shop):
    shop.web.answers[url("/1.html")] = article()
    (entry_id,) = paste(shop, url("/1.html"))
    crawl(shop, HOST)
    with shop.database.writing() as session:
        entry = session.get_one(Entry, entry_id)
        # three claims whose leases ran out
        entry.attempts, entry.lease_until = 3, clock.real() - timedelta(minutes=1)
        session.commit()
    extract(shop, entry_id)
    entry = rows(shop, Entry)[0]
    assert (entry.state, entry.reason) == (EntryState.failed, Reason.too_slow)


# --- pictures --------------------------------------------------------------------------------

FIGURE = '<p><img src="/map.png" alt="航线图"></p>'


def test_a_picture_is_fetched_into_an_asset_and_shown(shop):
    shop.web.answers[url("/1.html")] = article(end=FIGURE)
    shop.web.answers[url("/map.png")] = {"content-type": "image/png", "body": png(300, 200)}
    collect(shop, url("/1.html"))
    (asset,) = rows(shop, Asset)
    assert (asset.media_type, asset.width, asset.height) == ("image/png", 300, 200)
    assert Image.open(io.BytesIO(shop.files.get(asset.sha256))).size == (300, 200)
    figures = [b for b in rows(shop, Candidate)[0].blocks if isinstance(b, Figure)]
    assert [figure.asset for figure in figures] == [asset.sha256]


def test_a_picture_that_cannot_be_had_stays_visible_with_its_reason(shop):
    shop.web.answers[url("/1.html")] = article(end=FIGURE)
    collect(shop, url("/1.html"))
    (picture,) = rows(shop, Picture)
    assert (picture.state, picture.reason) == (PictureState.failed, Reason.http_404)
    shop.web.answers[url("/2.html")] = article(end=FIGURE.replace("map", "page"), title="第二条")
    shop.web.answers[url("/page.png")] = "<html>不是图片</html>"
    collect(shop, url("/2.html"))
    assert rows(shop, Picture)[1].reason == Reason.not_image


@pytest.mark.parametrize("revised", [False, True])
def test_a_late_picture_reaches_what_was_taken_until_an_editor_revises_it(shop, revised):
    shop.web.answers[url("/1.html")] = article(end=FIGURE)
    shop.web.answers[url("/map.png")] = FetchError(url("/map.png"), Reason.http_5xx, status=503)
    collect(shop, url("/1.html"))
    take(shop, revised=revised)
    shop.web.answers[url("/map.png")] = png()
    with shop.database.writing() as session:
        session.exec(select(Picture)).one().due_at = clock.real()
        session.commit()
    crawl(shop, HOST)
    latest = rows(shop, Revision)[-1]
    figure = next(block for block in latest.blocks if isinstance(block, Figure))
    assert bool(figure.asset) is not revised
    assert rows(shop, Picture)[0].state == PictureState.done


def take(shop, *, revised: bool) -> None:
    with shop.database.writing() as session:
        candidate = session.exec(select(Candidate)).one()
        candidate.state = CandidateState.taken
        section = cast.sections_of(session, cast.make_issue(session))[0]
        item = Item(section_id=section.id, position=1)
        session.add(item)
        session.flush()
        session.add(ItemOrigin(item_id=item.id, candidate_id=candidate.id))
        for number in (1, 2) if revised else (1,):
            revision = Revision(
                item_id=item.id, number=number, headline="东港", blocks=candidate.blocks
            )
            session.add(revision)
            session.flush()
            item.revision_id = revision.id
        session.commit()


@pytest.mark.parametrize("form, mode, media", [
    ("PNG", "RGBA", "image/png"), ("JPEG", "CMYK", "image/jpeg"), ("GIF", "P", "image/png"),
    ("WEBP", "RGB", "image/png"), ("PNG", "1", "image/png"), ("PNG", "I;16", "image/png"),
])  # fmt: skip
def test_every_usual_format_is_written_anew(form, mode, media):
    drawn = redraw(png(form=form, mode=mode))
    assert (drawn.media_type, drawn.width) == (media, 4)


@pytest.mark.parametrize("body, reason", [
    (b"", Reason.not_image), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.not_image),
    (png()[:40], Reason.not_image), (png(8000, 5001, mode="1"), Reason.too_large),
    (b"BM" + b"\0" * 60, Reason.not_image),
])  # fmt: skip
def test_what_is_no_usable_picture_is_refused(body, reason):
    with pytest.raises(ParseError) as caught:
        redraw(body)
    assert caught.value.reason == reason


def test_only_the_figure_of_that_address_gets_the_asset():
    blocks = (paragraph("甲"), Figure(url="http://a.example/1"), Figure(url="http://a.example/2"))
    picture = Picture(candidate_id=1, url="http://a.example/2", fetch_url="", host="", asset="f")
    assert [getattr(block, "asset", "") for block in with_asset(blocks, picture)] == ["", "", "f"]


# --- decisions (pure) ------------------------------------------------------------------------


@pytest.mark.parametrize("listed, page, chosen", [
    ("东港码头改造…", "东港码头改造完工", "东港码头改造完工"),
    ("东港码头改造...", "东港码头改造完工", "东港码头改造完工"),
    ("东港码头改造", "东港码头改造完工", "东港码头改造完工"),
    ("东港码头改造完工", "云州日报", "东港码头改造完工"),
    ("阅读全文", "东港码头改造完工", "东港码头改造完工"),
    ("东港码头改造完工", "", "东港码头改造完工"),
    ("", "东港码头改造完工", "东港码头改造完工"),
    ("更多", "", ""),
    ("东港码头<script>alert(1)</script>完工", "", "东港码头完工"),
    ("东港码头改造…", "", "东港码头改造…"),
])  # fmt: skip
def test_the_fuller_title_wins(listed, page, chosen):
    assert chosen_title(listed, page) == chosen


def at(text: str, how: str, precision: str) -> DateFound:
    moment = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    return DateFound(moment, how, precision)  # type: ignore[arg-type]


FEED_MINUTE = at("2026-07-09T08:30", "feed", "minute")
LIST_DAY = at("2026-07-09", "list", "day")
PAGE_MINUTE = at("2026-07-09T09:15", "label", "minute")
PAGE_LATER = at("2026-07-10T00:05", "label", "minute")
GUESS_LATER = at("2026-07-11", "htmldate", "day")


@pytest.mark.parametrize("listed, page, chosen, how", [
    (None, None, None, ""),
    (FEED_MINUTE, None, FEED_MINUTE, "feed"),
    (None, PAGE_MINUTE, PAGE_MINUTE, "label"),
    (LIST_DAY, PAGE_MINUTE, PAGE_MINUTE, "label"),
    (FEED_MINUTE, PAGE_MINUTE, FEED_MINUTE, "feed"),
    (FEED_MINUTE, PAGE_LATER, FEED_MINUTE, "feed≠label"),
    (LIST_DAY, PAGE_LATER, PAGE_LATER, "label≠list"),
    (LIST_DAY, GUESS_LATER, LIST_DAY, "list≠htmldate"),
])  # fmt: skip
def test_the_date_to_believe_says_how_it_was_obtained(listed, page, chosen, how):
    assert chosen_date(listed, page, SHANGHAI) == (chosen, how)


@pytest.mark.parametrize("address, owner", [
    ("http://www.yunzhou.gov.cn/a", "yunzhou.gov.cn"),
    ("http://m.daily.example/a", "daily.example"),
    ("http://127.0.1.4:8000/a", "127.0.1.4:8000"), ("http://a.linlan.com.cn/", "linlan.com.cn"),
])  # fmt: skip
def test_a_site_is_what_its_owner_registered(address, owner):
    assert registrable(address) == owner


def test_the_declared_address_is_read_however_it_is_written():
    page = b"<LINK href='/a?id=1&amp;p=2' REL=canonical><link rel='canonical' href='/b'>"
    assert declared_address(page, "http://daily.example/x") == ("http://daily.example/a?id=1&p=2",)
    assert declared_address(b"<link rel=stylesheet href=/a>", "http://daily.example/x") == ()
