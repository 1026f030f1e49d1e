"""Feeds in and out as OPML."""

import pytest
from sqlmodel import select

from editor.desk import sources
from editor.desk.source_opml import opml_rows, to_opml
from editor.desk.sources import SourceDraft
from editor.errors import Invalid
from editor.store.models import Source
from tests import cast

READER = """\ufeff<?xml version="1.0" encoding="GBK"?>
<opml version="1.0"><head><title>订阅</title></head><body>
 <outline text="政府">
  <outline type="rss" text="青屿区政府" xmlUrl="http://www.qingyu.example/rss.xml" htmlUrl="x"/>
  <outline type="rss" title="临澜 &amp; 云州" xmlURL="feed://www.linlan.example/feed"/>
 </outline>
 <outline text="没有地址的条目"/>
 <outline type="rss" xmlUrl="feed:https://port.example/atom.xml"/>
</body></opml>"""


def test_folders_become_sections_and_old_schemes_are_read():
    assert opml_rows(READER) == [
        {"name": "青屿区政府", "kind": "feed", "url": "http://www.qingyu.example/rss.xml",
         "default_section": "政府"},
        {"name": "临澜 & 云州", "kind": "feed", "url": "http://www.linlan.example/feed",
         "default_section": "政府"},
        {"name": "https://port.example/atom.xml", "kind": "feed",
         "url": "https://port.example/atom.xml"},
    ]  # fmt: skip


def test_what_was_exported_is_read_back_and_other_kinds_stay_out():
    feeds = [
        SourceDraft(name='甲<乙>"', url="http://a.example/f?x=1&y=2", default_section="国内动态"),
        SourceDraft(name="丙\x07", url="http://b.example/f"),
    ]
    listed = SourceDraft(name="列表", kind="list", url="http://c.example/")
    rows = opml_rows(to_opml([*feeds, listed], "云州信息摘编"))
    assert {(row["name"], row["url"], row.get("default_section", "")) for row in rows} == {
        ("甲<乙>\"", "http://a.example/f?x=1&y=2", "国内动态"), ("丙", "http://b.example/f", "")
    }  # fmt: skip


@pytest.mark.parametrize("text, said", [
    ('<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>', "DOCTYPE"),
    ('<!doctype x SYSTEM "file:///etc/hostname"><opml/>', "DOCTYPE"),
    ("<opml><body><outline", "不是有效的 OPML"),
    ("<rss/>", "根元素是 <rss>"),
])  # fmt: skip
def test_dangerous_or_broken_files_are_refused_in_words(text, said):
    with pytest.raises(Invalid) as refusal:
        opml_rows(text)
    assert said in refusal.value.chinese


def test_an_import_adds_feeds_and_leaves_known_ones_as_they_are(session):
    home = cast.make_publication(session)
    known = SourceDraft(name="青屿", url="http://www.qingyu.example/rss.xml", interval_minutes=240)
    sources.add_source(session, home, known, by=None, now=cast.NOW)
    done = sources.import_sources(session, home, READER, by=None, now=cast.NOW)
    assert (len(done.added), len(done.changed), len(done.same)) == (2, 0, 1)
    rows = session.exec(select(Source).order_by(Source.id)).all()
    assert (rows[0].name, rows[0].interval_minutes) == ("青屿", 240)
    assert "port.example" in sources.export_sources(session, home, "opml")


def test_a_file_without_a_feed_says_so(session):
    home = cast.make_publication(session)
    with pytest.raises(Invalid):
        sources.import_sources(session, home, "<opml><body/></opml>", by=None, now=cast.NOW)
