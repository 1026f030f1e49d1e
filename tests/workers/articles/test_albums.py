"""Pasted albums list their articles; share pages follow to the source."""

import json

import pytest
from sqlmodel import select

from editor import clock
from editor.desk import sources
from editor.errors import ParseError, Reason
from editor.store.models import Candidate, Entry, Fetch
from editor.workflow import EntryState
from tests import cast
from tests.fakes import make_workshop
from workers.articles.albums import album_address, read_album
from workers.candidates.extraction import extract
from workers.crawling.crawl import crawl

HOST = "mp.weixin.qq.com"
ALBUM = f"https://{HOST}/mp/appmsgalbum?__biz=MzA==&action=getalbum&album_id=77"
FURTHER = (
    f"https://{HOST}/mp/appmsgalbum?action=getalbum&__biz=MzA%3D%3D&album_id=77"
    "&count=20&begin_msgid=2001&begin_itemidx=1&f=json"
)
TEXT = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市，首批十二条航线下月开通。"


def link(number: int) -> str:
    return f"http://{HOST}/s?__biz=MzA==&mid={number}&idx=1&sn=a{number}"


def album_page(*numbers: int, more: str = "1") -> str:
    rows = "".join(
        f'<li class="album__list-item js_album_item" data-msgid="{n}" data-itemidx="1" '
        f'data-link="{link(n).replace("&", "&amp;")}#rd" data-title="第{n}期"></li>'
        for n in numbers
    )
    return (
        f'<html><body><div id="js_tag_name">东港通航</div><ul class="album__list js_album_list">'
        f"{rows}</ul><script>var o = {{continue_flag: '{more}'}};</script></body></html>"
    )


def further(*numbers: int, more: str = "0") -> str:
    listed = [{"url": link(n), "msgid": str(n), "itemidx": "1", "title": "x"} for n in numbers]
    answer = {
        "article_list": listed if len(listed) != 1 else listed[0],
        "continue_flag": more,
    }
    return json.dumps({"base_resp": {"ret": 0}, "getalbum_resp": answer})


def article() -> str:
    return f'<div class="rich_media"><div id="js_content"><p>{TEXT}</p><p>{TEXT}</p></div></div>'


@pytest.fixture(autouse=True)
def july():
    clock.follow(lambda: cast.NOW - clock.real())
    yield
    clock.follow(clock._no_offset)


@pytest.fixture
def shop(database, tmp_path):
    return make_workshop(database, tmp_path, {})


def paste(shop, *urls: str) -> list[Entry]:
    with shop.database.writing() as session:
        home = cast.find_or_make_publication(session)
        sources.paste_links(session, home, urls, issue=None, by=None, now=cast.NOW)
        session.commit()
    for _ in range(8):
        crawl(shop, HOST)
        for entry in rows(shop, Entry):
            if entry.state == EntryState.captured:
                extract(shop, entry.id)
    return rows(shop, Entry)


def rows(shop, kind):
    with shop.database.reading() as session:
        return session.exec(select(kind).order_by(kind.id)).all()


def test_an_album_lists_its_articles_part_by_part():
    first = read_album(album_page(2003, 2002, 2001), ALBUM)
    assert first.title == "东港通航"
    assert first.links == (link(2003), link(2002), link(2001))
    assert first.next_url == FURTHER
    last = read_album(further(2000), FURTHER)
    assert (last.links, last.next_url) == ((link(2000),), "")
    assert album_address(ALBUM) and not album_address(link(1))


@pytest.mark.parametrize(
    "page, reason",
    [
        ("<html><body></body></html>", Reason.empty),
        ('{"getalbum_resp": {"article_list": 7}}', Reason.empty),
        ('{"base_resp"', Reason.empty),
        ("<div class='weui-msg'>参数错误</div>", Reason.bad_link),
        ("<p>" * 70_000, Reason.too_large),
    ],
)
def test_an_album_that_lists_nothing_says_why(page, reason):
    with pytest.raises(ParseError) as refusal:
        read_album(page, ALBUM)
    assert refusal.value.reason == reason


def test_a_pasted_album_becomes_an_entry_for_each_article(shop):
    shop.web.answers |= {
        ALBUM: album_page(2002, 2001),
        FURTHER: further(2000),
        **{link(n): article() for n in (2002, 2001, 2000)},
    }
    album, *articles = paste(shop, ALBUM)
    assert (album.state, album.candidate_id, album.title) == (EntryState.done, None, "东港通航")
    assert [entry.url for entry in articles] == [link(2002), link(2001), link(2000)]
    assert {entry.state for entry in articles} == {EntryState.done}
    assert len(rows(shop, Candidate)) == 3
    told = [row.detail for row in rows(shop, Fetch) if row.detail.startswith("album")]
    assert told == ["album: 2 articles", "album: 1 articles"]


def test_an_album_pasted_again_is_read_again(shop):
    shop.web.answers |= {ALBUM: album_page(2001, more="0"), link(2001): article()}
    paste(shop, ALBUM)
    shop.web.answers |= {ALBUM: album_page(2002, 2001, more="0"), link(2002): article()}
    assert [entry.url for entry in paste(shop, ALBUM)] == [ALBUM, link(2001), link(2002)]


def test_a_share_page_becomes_the_candidate_of_its_source(shop):
    shared = f"https://{HOST}/s/share1"
    quoted = '<div class="rich_media"><div id="js_content">好文</div></div>'
    target = link(5).replace("&", "&amp;")
    shop.web.answers |= {
        shared: f'{quoted}<a id="js_share_source" href="{target}">阅读全文</a>',
        link(5): article(),
    }
    (entry,) = paste(shop, shared)
    assert (entry.state, entry.redirects) == (EntryState.done, 1)
    (candidate,) = rows(shop, Candidate)
    assert TEXT in candidate.excerpt


def test_share_pages_that_lead_in_a_circle_end(shop):
    page = '<div class="rich_media"></div><a id="js_share_source" href="{}">阅读全文</a>'
    one, two = f"https://{HOST}/s/one", f"https://{HOST}/s/two"
    shop.web.answers |= {one: page.format(two), two: page.format(one)}
    (entry,) = paste(shop, one)
    assert (entry.state, entry.reason) == (EntryState.failed, Reason.redirects)
