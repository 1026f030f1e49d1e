"""What stands on an article's page without being the article: promotions, teasers, buttons."""

import pytest

from tests.workers.articles.test_extract import LINES, STORY, lines, page, read, story

SUMMARY = "临澜市的{}号渡口今日恢复通航，首航班次满员，运营方表示将视客流加开班次，票价保持不变。"


def teasers(count: int, *, tag: str = "li", heading: str = "h3") -> str:
    rows = "".join(
        f'<{tag}><{heading}><a href="/ferry/{n}.html">临澜市{n}号渡口恢复通航</a></{heading}>'
        f"<p>{SUMMARY.format(n)}{SUMMARY.format(n)}</p></{tag}>"
        for n in range(count)
    )
    return f"<ul>{rows}</ul>" if tag == "li" else f"<div>{rows}</div>"


@pytest.mark.parametrize("tag, heading", [("li", "h3"), ("div", "p"), ("article", "h2")])
@pytest.mark.parametrize("place", ["below", "inside"])
def test_summaries_of_other_articles_are_not_the_article(tag, heading, place):
    others = teasers(9, tag=tag, heading=heading)
    html = story(tail=others) if place == "below" else story(body=STORY + others)
    found = read(html)
    assert lines(found) == LINES
    assert found.agreement is None or found.agreement >= 0.85


def test_a_digest_of_linked_items_is_its_own_article():
    found = read(page(f"<h1>临澜渡口一周简报</h1>{teasers(6)}"))
    assert SUMMARY.format(5) in "".join(lines(found))


def test_a_promotion_beside_the_known_container_is_left_out():
    sold = "<p>“年度商业人物”评选火热进行，一张榜单尽显大势！快来投票选出你心目中的人选。</p>"
    html = page(f'<div class="left">{sold}<div id="artibody">{STORY}</div></div>')
    found = read(html)
    assert lines(found) == LINES
    assert found.method == "container"


def test_an_outer_container_of_the_same_page_gives_way_to_the_inner():
    noise = "".join(f"<p>网友{n}：说得好，支持，希望早日建成！！！</p>" for n in range(9))
    html = page(
        f'<div class="article-content"><div id="artibody">{STORY}</div>'
        f'<div class="comments">{noise}</div></div>'
    )
    assert lines(read(html)) == LINES


@pytest.mark.parametrize("button", ["更多", "展开全文", "[编辑]", "收起"])
def test_a_button_on_a_line_of_its_own_is_not_text(button):
    first, rest = STORY.split("</p>", 1)
    assert lines(read(story(body=f"{first}</p><p>{button}</p>{rest}"))) == LINES


def test_a_link_that_calls_itself_an_advertisement_is_not_text():
    first, rest = STORY.split("</p>", 1)
    sold = '<p><a href="http://shop.example/"><i>广告</i><span>一刀九九的渡轮模型</span></a></p>'
    assert lines(read(story(body=f"{first}</p>{sold}{rest}"))) == LINES


def test_nothing_of_the_article_comes_after_the_terms_of_reprint():
    author = "<p>林一舟，云州人，长期关注教育，著有多部作品。他的专栏每周更新，深受读者喜爱。</p>"
    tail = f"<p>转载请注明：原文链接 - http://news.example/1</p>{author}"
    assert lines(read(story(body=STORY + tail))) == LINES


def test_a_text_that_only_one_extractor_finds_wears_the_badge(monkeypatch):
    for name in ("readability_text", "trafilatura_text"):
        monkeypatch.setattr(f"workers.articles.opinions.{name}", lambda tree: "")
    assert read(story()).agreement == 0
