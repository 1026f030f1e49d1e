"""Gathering: rows become the frozen issue, in printed order, at a fixed price."""

from datetime import date

import pytest
from sqlalchemy import event

from editor.assembler.gather import gather, item_anchors, two_days
from editor.desk import issues, items
from editor.errors import Invalid
from editor.store.models import Asset, Publication
from editor.text.document import BookEntry, Figure, paragraph
from tests.assembler import sample
from tests.cast import NOW, chief_ada, make_issue, make_item, sections_of

SHA = "ab" * 32


@pytest.fixture
def issue(session):
    profile = sample.digest_profile()
    publication = Publication(
        slug=profile.slug,
        name=profile.name,
        profile=profile.model_dump(mode="json"),
        next_year=2026,
        next_number=7,
        next_total=31,
    )
    session.add(publication)
    session.flush()
    return make_issue(session, publication)


def test_items_come_in_printed_order_under_anchors_of_their_own(session, issue):
    hot, industry, *_ = sections_of(session, issue)
    three = make_item(session, industry, headline="三")
    one = make_item(session, hot, headline="一")
    two = make_item(session, hot, headline="二")
    document = gather(session, issue)
    assert [(a.anchor, a.headline) for a in document.articles()] == [
        (f"i{one.id}", "一"),
        (f"i{two.id}", "二"),
        (f"i{three.id}", "三"),
    ]


def test_an_item_keeps_its_anchor_when_it_moves_and_another_goes(session, issue):
    hot, industry, *_ = sections_of(session, issue)
    gone, kept = make_item(session, hot), make_item(session, hot, headline="留下")
    before = [a.anchor for a in gather(session, issue).articles() if a.headline == "留下"]
    items.remove_item(session, gone, by=None, now=NOW)
    order, ada = {hot.id: [], industry.id: [kept.id]}, chief_ada(session)
    issues.order_board(session, issue, version=issue.version, order=order, by=ada, now=NOW)
    document = gather(session, issue)
    assert [a.anchor for a in document.articles()] == before
    assert [part.anchor for part in document.parts] == [f"s{industry.id}"]


def test_an_empty_section_is_left_out(session, issue):
    third = sections_of(session, issue)[2]
    make_item(session, third, headline="唯一")
    [part] = gather(session, issue).parts
    assert (part.anchor, part.name) == (f"s{third.id}", "国际视野")


def test_a_removed_item_is_not_printed(session, issue):
    hot = sections_of(session, issue)[0]
    make_item(session, hot, headline="留下")
    items.remove_item(session, make_item(session, hot, headline="撤下"), by=None, now=NOW)
    assert [a.headline for a in gather(session, issue).articles()] == ["留下"]


def test_an_issue_without_items_is_refused_with_a_sentence(session, issue):
    with pytest.raises(Invalid, match="还没有稿件"):
        gather(session, issue)


def test_the_current_revision_is_printed(session, issue):
    item = make_item(session, sections_of(session, issue)[0], headline="旧")
    fields = items.ItemFields(headline="新", blocks=(paragraph("改过的正文。"),))
    items.revise(session, item, fields, base=1, by=None, now=NOW)
    [article] = gather(session, issue).articles()
    assert article.headline == "新"


def test_labels_masthead_and_window_come_from_the_profile(session, issue):
    make_item(session, sections_of(session, issue)[0])
    document = gather(session, issue)
    assert document.label_lines == ("2026 年 第七期", "（总第三十一期）")
    assert document.window_line == "本期刊物信息搜集时间：2026.06.16-2026.07.15"
    assert document.masthead == sample.digest_profile().masthead.fields
    assert document.editors[0].names == ("沈望川", "林祎")
    assert document.qr_url.startswith("https://")


def test_the_issue_is_dated_the_last_day_of_its_window(session, issue):
    make_item(session, sections_of(session, issue)[0])
    assert gather(session, issue).dated_on == date(2026, 7, 15)


def test_pictures_are_listed_once_and_only_those_in_the_store(session, issue):
    session.add(Asset(sha256=SHA, media_type="image/png", size=9, width=30, height=20))
    hot, *_, books = sections_of(session, issue)
    make_item(session, hot, blocks=(Figure(asset=SHA), Figure(asset="cd" * 32), Figure()))
    make_item(session, books, blocks=(BookEntry(title="观潮", cover=SHA),))
    [asset] = gather(session, issue).assets
    assert (asset.sha256, asset.width, asset.height) == (SHA, 30, 20)


def test_gathering_costs_the_same_queries_for_one_item_and_for_many(session, issue):
    def queries():
        seen = []
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *row: seen.append(row[2]))
        session.expire_all()
        session.refresh(issue)
        seen.clear()
        gather(session, issue)
        return len(seen)

    hot = sections_of(session, issue)[0]
    make_item(session, hot, blocks=(Figure(asset=SHA),))
    one = queries()
    for _ in range(12):
        make_item(session, hot)
    assert queries() == one <= 4


def test_the_same_rows_give_the_same_digest_and_a_comma_another(session, issue):
    item = make_item(session, sections_of(session, issue)[0])
    digest = gather(session, issue).digest()
    assert gather(session, issue).digest() == digest
    fields = items.ItemFields(headline="另一个标题")
    items.revise(session, item, fields, base=1, by=None, now=NOW)
    assert gather(session, issue).digest() != digest


def test_anchors_lead_back_to_the_items(session, issue):
    hot, industry, *_ = sections_of(session, issue)
    first, second = make_item(session, industry), make_item(session, hot)
    anchors = item_anchors(session, issue)
    assert sorted(anchors.values()) == [first.id, second.id]
    assert {a.anchor for a in gather(session, issue).articles()} == set(anchors)


def test_moving_an_item_changes_the_order_of_print(session, issue):
    hot = sections_of(session, issue)[0]
    first, second = make_item(session, hot), make_item(session, hot)
    issues.order_board(
        session,
        issue,
        version=issue.version,
        order={hot.id: [second.id, first.id]},
        by=chief_ada(session),
        now=NOW,
    )
    anchors = item_anchors(session, issue)
    printed = [anchors[article.anchor] for article in gather(session, issue).articles()]
    assert printed == [second.id, first.id]


@pytest.mark.parametrize(
    "pattern, text",
    [
        ("%Y.%m.%d-%Y.%m.%d", "2034.06.16-2034.07.15"),
        ("%Y年%m月%d日至%m月%d日", "2034年06月16日至07月15日"),
        ("%Y. %m. %d", "2034. 06. 16"),
    ],
)
def test_a_window_pattern_turns_to_the_last_day_where_a_part_of_the_date_comes_again(pattern, text):
    assert two_days(pattern, date(2034, 6, 16), date(2034, 7, 15)) == text
