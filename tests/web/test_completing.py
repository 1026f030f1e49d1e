"""What could not be had: by reason, tried again, and completed by hand."""

import json

import pytest
from sqlmodel import select

from editor.desk import updates
from editor.store.models import Candidate, CandidateText, Entry, Event
from editor.text.document import Heading, Table, body_text, paragraph
from editor.workflow import EntryState
from tests.cast import NOW

TEXT = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市。"


def entry_of(app, office) -> Entry:
    with app.extensions["database"].reading() as session:
        return session.get_one(Entry, office.entry)


def candidate_of(app, entry: Entry) -> Candidate:
    with app.extensions["database"].reading() as session:
        return session.get_one(Candidate, entry.candidate_id)


def typed(**changes: str) -> dict[str, str]:
    said = {
        "title": "东港码头改造完工",
        "source_name": "临澜晚报",
        "published_on": "2026-07-09",
        "byline": "林岸",
        "text": f"{TEXT}\n第二段。",
    }
    return said | changes


def test_the_screen_groups_by_reason_and_offers_both_ways(ada, office):
    page = ada.get("/triage/failed").text
    assert "这一组都再试" in page and "再试一次" in page
    assert f"/triage/failed/{office.entry}/complete" in page


def test_the_screen_is_glad_when_everything_was_had(app, ada, office):
    with app.extensions["database"].writing() as session:
        session.get_one(Entry, office.entry).state = EntryState.done
        session.commit()
    assert "全部都取到了" in ada.get("/triage/failed").text


def test_a_group_is_tried_again_together(app, ada, office):
    assert ada.post("/triage/failed/retry", data={"reason": "http_404"}).status_code == 303
    assert entry_of(app, office).state != EntryState.failed
    assert ada.post("/triage/failed/retry", data={"reason": "http_404"}).status_code == 404


def test_a_completed_entry_becomes_a_candidate_with_its_own_link(app, ada, office):
    page = ada.get(f"/triage/failed/{office.entry}/complete").text
    assert "青屿区渡口恢复通航" in page and "2026-07-10" in page
    answer = ada.post(f"/triage/failed/{office.entry}/complete", data=typed())
    entry = entry_of(app, office)
    candidate = candidate_of(app, entry)
    assert answer.location.endswith(f"/triage/{candidate.id}")
    assert (entry.state, entry.reason) == (EntryState.done, "")
    assert (candidate.url, candidate.date_how) == (entry.url, "by_hand")
    assert (candidate.title, candidate.source_name) == ("东港码头改造完工", "临澜晚报")
    assert candidate.published_at.isoformat() == "2026-07-08T16:00:00+00:00"
    assert body_text(candidate.blocks) == f"{TEXT}\n第二段。"
    with app.extensions["database"].reading() as session:
        event = session.exec(select(Event).where(Event.verb == "complete_by_hand")).one()
    assert event.before["reason"] == "http_404"
    assert "手工补全" in ada.get(f"/triage/{candidate.id}").text


def test_the_editors_tree_keeps_headings_and_tables_and_nothing_that_runs(app, ada, office):
    cell = {"type": "tableCell", "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "一"}]}
    ]}  # fmt: skip
    tree = {"type": "doc", "content": [
        {"type": "heading", "attrs": {"level": 2},
         "content": [{"type": "text", "text": "一、进展"}]},
        {"type": "paragraph", "content": [
            {"type": "text", "text": TEXT, "marks": [{"type": "bold"}]},
            {"type": "text", "text": "链接", "marks": [
                {"type": "link", "attrs": {"href": "javascript:alert(1)"}}]},
        ]},
        {"type": "table", "content": [{"type": "tableRow", "content": [cell, cell]}]},
    ]}  # fmt: skip
    sent = typed(tree=json.dumps(tree))
    ada.post(f"/triage/failed/{office.entry}/complete", data=sent)
    entry = entry_of(app, office)
    if entry.candidate_id is None:
        # a tree with such a link is refused whole, which is as well
        tree["content"][1]["content"].pop()
        ada.post(f"/triage/failed/{office.entry}/complete", data=typed(tree=json.dumps(tree)))
        entry = entry_of(app, office)
    blocks = candidate_of(app, entry).blocks
    assert isinstance(blocks[0], Heading) and isinstance(blocks[2], Table)
    assert "javascript" not in str(blocks)


@pytest.mark.parametrize("wrong", [
    {"title": " "}, {"text": " \n "}, {"published_on": "七月"}, {"tree": "{"},
])  # fmt: skip
def test_what_is_missing_is_said_and_what_was_typed_stays(app, ada, office, wrong):
    answer = ada.post(f"/triage/failed/{office.entry}/complete", data=typed(**wrong))
    assert answer.status_code == 422
    assert "林岸" in answer.text
    assert entry_of(app, office).state == EntryState.failed


def test_what_was_had_meanwhile_is_not_completed_twice(app, ada, office):
    ada.post(f"/triage/failed/{office.entry}/complete", data=typed())
    assert ada.get(f"/triage/failed/{office.entry}/complete").status_code == 409
    assert ada.post(f"/triage/failed/{office.entry}/complete", data=typed()).status_code == 409


def test_a_later_crawl_shows_as_an_update_and_never_takes_the_typed_texts_place(app, ada, office):
    ada.post(f"/triage/failed/{office.entry}/complete", data=typed(text=TEXT))
    entry = entry_of(app, office)
    crawled = (paragraph(TEXT + "另有两条支线。"),)
    for _ in range(2):
        with app.extensions["database"].writing() as session:
            candidate = session.get_one(Candidate, entry.candidate_id)
            updates.keep_beside(
                session, candidate, title="东港", blocks=crawled, capture_id=None, now=NOW
            )
            session.commit()
    candidate = candidate_of(app, entry)
    assert body_text(candidate.blocks) == TEXT
    assert (candidate.text_version, candidate.updated_text_at) == (3, NOW)
    with app.extensions["database"].reading() as session:
        kept = session.exec(select(CandidateText).order_by(CandidateText.number)).all()
    assert [body_text(row.blocks) for row in kept] == [TEXT, TEXT + "另有两条支线。"]
    page = ada.get(f"/triage/{candidate.id}/versions").text
    assert "手工的文字为现行" in page
    ada.post(f"/triage/{candidate.id}/versions", data={"number": 2})
    assert body_text(candidate_of(app, entry).blocks) == TEXT + "另有两条支线。"
