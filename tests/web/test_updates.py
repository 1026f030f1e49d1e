"""The screens of a page that changed: versions, looking again, and an item's choice."""

from datetime import timedelta

import pytest
from sqlmodel import select

from editor.desk import candidates, issues, items, updates
from editor.store.models import Candidate, CandidateText, Entry, Event, Item, Picture, Revision
from editor.text.document import Figure, body_text, paragraph
from editor.workflow import EntryState, PictureState
from tests.cast import NOW

ONE = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市。"
TWO = "往返时间由两天缩短到一天，首批十二条航线下月开通。"


def text(*lines: str):
    return tuple(map(paragraph, lines))


@pytest.fixture
def stored(app):
    with app.extensions["database"].writing() as session:
        yield session


def change(session, candidate: Candidate, *lines: str, title: str = "", after: int = 1) -> None:
    """Give the candidate another text, as a crawl does, some hours later."""
    updates.replace_text(session, candidate, now=NOW + timedelta(hours=after))
    updates.set_text(candidate, text(*lines))
    candidate.title = title or candidate.title
    session.add(candidate)
    session.commit()


@pytest.fixture
def changed(stored, office) -> Candidate:
    candidate = stored.get_one(Candidate, office.candidate)
    candidate.blocks = text(ONE, TWO)
    change(stored, candidate, ONE.replace("三千", "五千"), TWO)
    return candidate


def test_an_update_shows_in_the_list_and_in_the_reader_with_its_change(ada, changed):
    assert "原文已更新" in ada.get("/triage").text
    reader = ada.get(f"/triage/{changed.id}").text
    assert "原文已更新" in reader and "2026-07-10 10:30" in reader
    page = ada.get(f"/triage/{changed.id}/versions").text
    assert "<del>" in page and "［删除：</span>三<" in page and "［新增：</span>五<" in page


def test_any_two_versions_can_be_compared(ada, stored, changed):
    change(stored, changed, TWO, after=2)
    page = ada.get(f"/triage/{changed.id}/versions?from=1&to=3").text
    assert f"［删除：</span>{ONE}" in page
    assert "没有变化" not in page
    assert ada.get(f"/triage/{changed.id}/versions?from=77&to=x").status_code == 200


def test_a_candidate_that_never_changed_says_so(ada, office):
    assert "只有一个版本" in ada.get(f"/triage/{office.candidate}/versions").text


def test_an_earlier_text_can_be_the_current_one_again(ada, stored, changed):
    assert ada.post(f"/triage/{changed.id}/versions", data={"number": 1}).status_code == 303
    stored.expire_all()
    candidate = stored.get_one(Candidate, changed.id)
    assert body_text(candidate.blocks) == f"{ONE}\n{TWO}"
    assert (candidate.text_version, candidate.fingerprint) == (3, "")
    assert [row.number for row in stored.exec(select(CandidateText))] == [1, 2]
    where = f"/triage/{changed.id}/versions"
    stored.rollback()
    assert ada.post(where, data={"number": 3}).status_code == 422


def test_an_earlier_text_comes_back_with_the_pictures_fetched_since(ada, stored, changed):
    url = "https://daily.yunzhou.example/port.jpg"
    earlier = stored.exec(select(CandidateText)).one()
    earlier.blocks = (*earlier.blocks, Figure(url=url, caption="东港码头"))
    stored.add(
        Picture(
            candidate_id=changed.id,
            url=url,
            fetch_url=url,
            host="daily.yunzhou.example",
            state=PictureState.done,
            asset="a" * 64,
        )
    )
    stored.commit()
    assert ada.post(f"/triage/{changed.id}/versions", data={"number": 1}).status_code == 303
    stored.rollback()
    stored.expire_all()
    assert stored.get_one(Candidate, changed.id).blocks[-1].asset == "a" * 64


def test_fetching_again_makes_the_entry_due(ada, stored, office):
    entry = stored.get_one(Entry, office.entry)
    entry.state, entry.candidate_id, entry.reason = EntryState.done, office.candidate, "http_404"
    stored.commit()
    page = ada.get(f"/triage/{office.candidate}").text
    assert "原文已不在" in page and "重新抓取" in page
    answer = ada.post(f"/triage/{office.candidate}/look-again")
    assert answer.status_code == 303
    stored.refresh(entry)
    assert entry.revisit_at is not None and entry.revisit_at <= NOW + timedelta(seconds=1)


def test_what_was_typed_has_no_page_to_fetch_again(ada, office):
    assert ada.post(f"/triage/{office.other}/look-again").status_code == 409


# --- items ---------------------------------------------------------------------------------------


@pytest.fixture
def taken(stored, office) -> Item:
    """Give an item made from the candidate."""
    candidate = stored.get_one(Candidate, office.candidate)
    candidate.blocks = text(ONE, TWO)
    issue = issues.get_issue(stored, candidates_home(stored, candidate), office.total)
    section = issues.sections_of(stored, issue)[0]
    item = candidates.take(stored, candidate, section=section, by=None, now=NOW)
    stored.commit()
    return item


def candidates_home(session, candidate):
    from editor.store.models import Publication

    return session.get_one(Publication, candidate.publication_id)


def revise(session, item: Item, *lines: str) -> None:
    latest = items.current(session, item)
    fields = items.fields_of(latest).model_copy(update={"blocks": text(*lines)})
    items.revise(session, item, fields, base=latest.number, by=None, now=NOW)
    session.commit()


def latest(session, item: Item) -> Revision:
    session.rollback()
    query = select(Revision).where(Revision.item_id == item.id)
    return session.exec(query.order_by(Revision.number.desc())).first()


def address(item: Item, candidate_id: int, verb: str = "") -> str:
    return f"/items/{item.id}/origins/{candidate_id}" + (f"/{verb}" if verb else "")


def test_an_items_page_tells_of_its_changed_origin_and_nothing_else_happens(
    ada, stored, office, taken
):
    assert "原文已更新" not in ada.get(f"/items/{taken.id}").text
    change(stored, stored.get_one(Candidate, office.candidate), ONE.replace("三千", "五千"), TWO)
    assert "原文已更新" in ada.get(f"/items/{taken.id}").text
    assert body_text(latest(stored, taken).blocks) == f"{ONE}\n{TWO}"


def test_a_change_before_the_taking_is_no_news(ada, stored, office):
    candidate = stored.get_one(Candidate, office.candidate)
    change(stored, candidate, ONE, TWO, after=-1)
    issue = issues.get_issue(stored, candidates_home(stored, candidate), office.total)
    section = issues.sections_of(stored, issue)[0]
    item = candidates.take(stored, candidate, section=section, by=None, now=NOW)
    stored.commit()
    assert updates.news_of(stored, item) == []
    change(stored, candidate, TWO)
    assert [news.base for news in updates.news_of(stored, item)] == [2]


def test_the_new_text_is_adopted_beside_the_editors_own_changes(ada, stored, office, taken):
    revise(stored, taken, ONE, TWO.replace("下月", "八月"))
    candidate = stored.get_one(Candidate, office.candidate)
    change(stored, candidate, ONE.replace("三千", "五千"), TWO, title="东港码头提前完工")
    page = ada.get(address(taken, candidate.id)).text
    assert "采用后，稿件会这样改" in page and "冲突 1" not in page
    sent = {"revision": 2, "version": 2}
    assert ada.post(address(taken, candidate.id, "adopt"), data=sent).status_code == 303
    saved = latest(stored, taken)
    assert body_text(saved.blocks).split("\n") == [
        ONE.replace("三千", "五千"),
        TWO.replace("下月", "八月"),
    ]
    assert (saved.headline, saved.number) == ("东港码头提前完工", 3)
    assert "原文已更新" not in ada.get(f"/items/{taken.id}").text


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_a_place_that_both_changed_waits_for_a_choice(ada, stored, office, taken, side):
    mine, theirs = ONE.replace("三千", "三千余"), ONE.replace("三千", "五千")
    revise(stored, taken, mine, TWO)
    change(stored, stored.get_one(Candidate, office.candidate), theirs, TWO)
    page = ada.get(address(taken, office.candidate)).text
    assert "冲突 1" in page and mine in page and theirs in page
    sent = {"revision": 2, "version": 2}
    where = address(taken, office.candidate, "adopt")
    assert ada.post(where, data=sent).status_code == 422
    assert ada.post(where, data=sent | {"clash_0": side}).status_code == 303
    wanted = mine if side == "mine" else theirs
    assert body_text(latest(stored, taken).blocks) == f"{wanted}\n{TWO}"


def test_an_update_can_be_passed_over_until_the_page_changes_again(ada, stored, office, taken):
    candidate = stored.get_one(Candidate, office.candidate)
    change(stored, candidate, TWO)
    sent = {"revision": 1, "version": 2}
    where = address(taken, candidate.id, "pass-over")
    assert ada.post(where, data=sent).status_code == 303
    assert latest(stored, taken).number == 1
    assert "原文已更新" not in ada.get(f"/items/{taken.id}").text
    verbs = [event.verb for event in stored.exec(select(Event).where(Event.subject == "item"))]
    assert "pass_over_text" in verbs
    change(stored, stored.get_one(Candidate, office.candidate), ONE, after=3)
    assert "原文已更新" in ada.get(f"/items/{taken.id}").text


def test_what_changed_once_more_meanwhile_is_not_adopted_unseen(ada, stored, office, taken):
    candidate = stored.get_one(Candidate, office.candidate)
    change(stored, candidate, TWO)
    change(stored, candidate, TWO, TWO, after=2)
    sent = {"revision": 1, "version": 2}
    answer = ada.post(address(taken, candidate.id, "adopt"), data=sent)
    assert answer.status_code == 409 and "又有更新" in answer.text


def test_a_page_that_changed_back_is_no_news(stored, office, taken):
    candidate = stored.get_one(Candidate, office.candidate)
    first = tuple(body_text(candidate.blocks).splitlines())
    change(stored, candidate, "另一段文字。", after=5)
    item = stored.get_one(Item, taken.id)
    assert [news.found.number for news in updates.news_of(stored, item)] == [2]
    change(stored, candidate, *first, after=6)
    assert updates.news_of(stored, item) == []


def test_what_the_page_says_of_a_typed_text_is_offered_to_its_item(ada, stored, office, taken):
    candidate = stored.get_one(Candidate, office.candidate)
    candidate.date_how = updates.BY_HAND
    updates.keep_beside(
        stored,
        candidate,
        title=candidate.title,
        blocks=(*candidate.blocks, paragraph("网页上另有一段说明。")),
        capture_id=None,
        now=NOW + timedelta(hours=5),
    )
    stored.commit()
    page = ada.get(address(taken, candidate.id)).text
    assert "［新增：</span>网页上另有一段说明。" in page
    ada.post(address(taken, candidate.id, "adopt"), data={"revision": 1, "version": 3})
    stored.rollback()
    stored.expire_all()
    item = stored.get_one(Item, taken.id)
    assert "网页上另有一段说明。" in body_text(items.current(stored, item).blocks)
    assert updates.news_of(stored, item) == []
