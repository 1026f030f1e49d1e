"""`zhaibian source add` and `zhaibian paste`: what is wrong is said in a sentence."""

import pytest
from sqlmodel import select

from editor.store.models import Source

FEED = "https://daily.yunzhou.example/feed.xml"


@pytest.mark.parametrize("words, sentence", [
    (("ftp://yunzhou.example/",), "不是完整的网址"),
    ((FEED, "--kind", "json"), "items"),
    ((FEED, "--pages", "https://daily.yunzhou.example/2.html"), "{n}"),
    ((FEED, "--kind", "list", "--item", "li["), "CSS"),
])  # fmt: skip
def test_a_source_that_cannot_be_is_refused_in_a_sentence(here, words, sentence):
    done = here.run("source", "add", *words, "--name", "云州日报")
    assert done.exit_code == 1
    assert done.output.startswith("错误：") and sentence in done.output


def test_a_json_listing_and_a_list_beside_a_feed_can_be_added(here):
    json = ("--kind", "json", "--items", "data.list", "--title", "name", "--link", "url")
    assert here.run("source", "add", FEED + "?json", "--name", "a", *json).exit_code == 0
    beside = ("--list", "https://daily.yunzhou.example/news/", "--item", "li", "--link", "a")
    assert here.run("source", "add", FEED, "--name", "b", *beside).exit_code == 0
    with here.database.reading() as session:
        a, b = session.exec(select(Source).order_by(Source.name)).all()
    assert a.selectors == {"items": "data.list", "title": "name", "link": "url"}
    assert (b.list_url, b.selectors) == (beside[1], {"item": "li", "link": "a"})


def test_a_file_of_links_that_is_no_utf_8_is_named(here, tmp_path):
    file = tmp_path / "links.txt"
    file.write_bytes("https://daily.yunzhou.example/云州".encode("gb18030"))
    done = here.run("paste", "--file", file)
    assert done.exit_code == 1
    assert "不是 UTF-8 编码" in done.output and "links.txt" in done.output
