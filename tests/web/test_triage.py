"""The triage screen: what it lists, what a decision answers, what undo brings back."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlmodel import select

from editor import clock
from editor.desk import audit, candidates, issues, people, publications
from editor.store.models import Candidate, Source
from editor.workflow import CandidateState
from tests.cast import NOW, make_candidate
from tests.web.conftest import HTMX, Office


def stored(app: Flask, id: int) -> Candidate:
    """Return the candidate as it is in the database now."""
    with app.extensions["database"].reading() as session:
        found = session.get(Candidate, id)
        assert found is not None
        return found


def test_a_row_names_its_source_and_date_and_says_what_is_doubtful(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        make_candidate(session, home, title="临澜港开港", published_at=None, characters=0)
        session.commit()
    text = ada.get("/triage?tray=undated").text
    assert "临澜港开港" in text and "无日期" in text and "没有正文" in text


def test_taking_answers_a_strip_new_counts_and_an_undo(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    answer = ada.post(
        f"/triage/{office.candidate}/take",
        data={"section_id": office.section},
        headers=HTMX | {"HX-Target": f"row-{office.candidate}"},
    )
    assert answer.status_code == 200
    assert re.search(rf'<li class="row strip" id="row-{office.candidate}"[^>]*>', answer.text)
    assert "已采用 → 热点关注" in answer.text
    assert 'id="triage-counts"' in answer.text and 'hx-swap-oob="true"' in answer.text
    assert "余 1 条" in answer.text
    assert stored(app, office.candidate).state == CandidateState.taken


def test_without_a_choice_the_suggested_section_is_taken(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    assert ada.post(f"/triage/{office.other}/take").status_code == 303
    with app.extensions["database"].reading() as session:
        home = publications.get_publication(session, "yunzhou")
        issue = issues.get_issue(session, home, 61)
        board = issues.board(session, issue)
    assert [card.headline for card in board.sections[0].cards][-1] == stored(
        app, office.other
    ).title


def test_without_a_guess_either_the_section_is_asked_for(office: Office, ada: FlaskClient) -> None:
    answer = ada.post(f"/triage/{office.candidate}/take")
    assert answer.status_code == 422 and "请选择要放入的栏目" in answer.text


def test_spiking_keeps_the_reason(app: Flask, office: Office, ada: FlaskClient) -> None:
    ada.post(f"/triage/{office.candidate}/spike", data={"reason": "超出范围"})
    assert stored(app, office.candidate).spike_reason == "超出范围"
    assert "超出范围" in ada.get("/triage?state=spiked").text


def test_a_duplicate_names_what_it_repeats(app: Flask, office: Office, ada: FlaskClient) -> None:
    data = {"reason": "duplicate", "duplicate_of": str(office.other)}
    answer = ada.post(f"/triage/{office.candidate}/spike", data=data, headers=HTMX)
    assert "已标为重复" in answer.text
    assert stored(app, office.candidate).duplicate_of == office.other


def test_undo_without_a_name_takes_back_ones_own_last_decision(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    ada.post(f"/triage/{office.candidate}/shortlist")
    ada.post(f"/triage/{office.other}/spike", data={"reason": ""})
    answer = ada.post("/triage/undo", headers=HTMX)
    assert f'id="row-{office.other}"' in answer.text and "已撤销 1 条" in answer.text
    assert stored(app, office.other).state == CandidateState.new
    assert stored(app, office.candidate).state == CandidateState.shortlisted
    ada.post("/triage/undo")
    assert stored(app, office.candidate).state == CandidateState.new
    assert "没有可以撤销的操作" in ada.post("/triage/undo").text


def test_somebody_elses_decision_answers_409_and_the_row_as_it_is(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        candidate = candidates.get_candidate(session, home, office.candidate)
        editor = people.get_user(session, "editor@yunzhou.example")
        candidates.spike(session, candidate, "重复报道", by=editor, now=NOW)
        session.commit()
    answer = ada.post(f"/triage/{office.candidate}/shortlist", headers=HTMX)
    assert answer.status_code == 409
    assert "editor已将此条弃用" in answer.text
    assert 'data-state="spiked"' in answer.text


def test_one_decision_about_several_is_one_batch(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    data = {"ids": [office.candidate, office.other], "verb": "spike"}
    answer = ada.post("/triage/bulk", data=data, headers=HTMX)
    assert "已弃用 2 条" in answer.text
    assert answer.text.count('hx-swap-oob="true"') >= 4
    ada.post("/triage/undo")
    states = {stored(app, id).state for id in (office.candidate, office.other)}
    assert states == {CandidateState.new}


def test_taking_several_leaves_those_without_a_section_ticked_and_names_them(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    data = {"ids": [office.candidate, office.other], "verb": "take"}
    answer = ada.post("/triage/bulk", data=data, headers=HTMX)
    assert answer.status_code == 200
    assert "已采用 1 条" in answer.text and "请选择要放入的栏目" in answer.text
    assert stored(app, office.other).state == CandidateState.taken
    left = stored(app, office.candidate)
    assert left.state == CandidateState.new and f"“{left.title}”" in answer.text
    assert re.search(rf'name="ids" value="{office.candidate}"[^>]* checked', answer.text)


def test_taking_several_into_one_section_asks_no_suggestion(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    data = {"ids": [office.candidate, office.other], "verb": "take", "section_id": office.section}
    assert "已采用 2 条" in ada.post("/triage/bulk", data=data, headers=HTMX).text


def test_without_javascript_what_was_not_decided_is_ticked_in_the_list(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    data = {"ids": [office.candidate, office.other], "verb": "take"}
    page = ada.post("/triage/bulk", data=data, follow_redirects=True).text
    assert "请选择要放入的栏目" in page
    assert re.search(rf'name="ids" value="{office.candidate}"[^>]* checked', page)


def test_a_bulk_reason_is_kept_and_a_rows_own_decision_does_not_take_it(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    ada.post("/triage/bulk", data={"ids": [office.other], "verb": "spike", "bulk_reason": "陈旧"})
    ada.post(f"/triage/{office.candidate}/spike", data={"bulk_reason": "陈旧"})
    assert stored(app, office.other).spike_reason == "陈旧"
    assert stored(app, office.candidate).spike_reason == ""


def test_taking_without_any_section_shows_where_to_choose_one(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    page = ada.post(f"/triage/{office.candidate}/take")
    assert page.status_code == 422
    assert "请选择要放入的栏目" in page.text and '<select id="section_id"' in page.text


def test_a_contributor_cannot_undo_what_somebody_else_did(
    app: Flask, office: Office, ada: FlaskClient, browser_of: Callable[[str], FlaskClient]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    ada.post(f"/triage/{office.candidate}/shortlist")
    with app.extensions["database"].reading() as session:
        batch = audit.last_batch(session, people.get_user(session, "ada@yunzhou.example"))
    answer = browser_of("contributor").post("/triage/undo", data={"batch": batch})
    assert answer.status_code == 403
    assert stored(app, office.candidate).state == CandidateState.shortlisted


def test_nothing_ticked_is_said_in_words(office: Office, ada: FlaskClient) -> None:
    answer = ada.post("/triage/bulk", data={"verb": "spike"}, headers=HTMX)
    assert answer.status_code == 422 and "还没有选中任何条目" in answer.text


def test_the_filter_lives_in_the_address_and_nonsense_in_it_is_ignored(
    office: Office, ada: FlaskClient
) -> None:
    text = ada.get("/triage?state=all&tray=nonsense&source_id=x&text=码头").text
    assert 'value="码头"' in text and "改造完工" in text
    assert "这个筛选下没有候选" in ada.get("/triage?text=没有这个词").text


def test_a_decision_made_on_a_filtered_list_returns_to_it(office: Office, ada: FlaskClient) -> None:
    back = "state=shortlisted&section=热点关注"
    answer = ada.post(f"/triage/{office.candidate}/shortlist", data={"back": back})
    assert answer.location.startswith("/triage?state=shortlisted&section=")


def test_the_reading_pane_escapes_what_a_page_said(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        evil = make_candidate(
            session, home, title="<script>alert(1)</script>", source_name='"><img src=x>'
        )
        session.commit()
    for path in ("/triage", f"/triage/{evil.id}"):
        text = ada.get(path).text
        assert "<script>alert" not in text and "<img src=x" not in text


def test_what_could_not_be_fetched_says_why_and_is_tried_again(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    text = ada.get("/triage/failed").text
    assert "青屿区渡口恢复通航" in text and "页面不存在（404）" in text
    assert ada.post(f"/triage/failed/{office.entry}/retry").status_code == 303
    assert "全部都取到了" in ada.get("/triage/failed").text


def test_the_list_costs_the_same_number_of_queries_however_long_it_is(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    seen: list[str] = []
    engine = app.extensions["database"].engine
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    ada.get("/triage")
    few = len(seen)
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        for _ in range(60):
            make_candidate(session, home)
        session.commit()
    seen.clear()
    ada.get("/triage")
    assert len(seen) == few


def test_a_page_holds_a_hundred_rows_and_leads_to_the_next(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        for _ in range(120):
            make_candidate(session, home)
        session.commit()
    text = ada.get("/triage").text
    assert text.count('<li class="row"') == 100
    following = re.search(r'class="pager".*?href="([^"]+)"', text, re.S)
    assert following
    rest = ada.get(following.group(1).replace("&amp;", "&")).text
    assert rest.count('<li class="row"') == 22


def test_the_window_of_another_issue_can_be_looked_at(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        issues.open_issue(session, home, by=None, now=clock.now())
        session.commit()
    assert "2026-07-16 至 2026-08-15" in ada.get("/triage?issue=62").text


def test_what_arrives_after_the_lock_has_a_tray_of_its_own(
    app: Flask, office: Office, ada: FlaskClient
) -> None:
    assert "定稿后又到" not in ada.get("/triage").text
    assert "本期还没有定稿" in ada.get("/triage?tray=late").text
    for state in ("editing", "locked"):
        assert ada.post("/issues/61/progress", data={"state": state}).status_code == 303
    with app.extensions["database"].writing() as session:
        home = publications.get_publication(session, "yunzhou")
        for early in session.exec(select(Candidate)):
            early.seen_at = NOW - timedelta(hours=1)
        make_candidate(
            session,
            home,
            title="青屿区新码头迟到的消息",
            published_at=NOW,
            seen_at=clock.now() + timedelta(seconds=1),
            source_id=session.exec(select(Source.id)).first(),
        )
        session.commit()
    listed = ada.get("/triage?tray=late&state=all").text
    assert "青屿区新码头迟到的消息" in listed and "共 1 条" in listed
    assert re.search(
        r'href="/triage\?tray=late"[^>]*>定稿后又到 <span class="number">1<',
        ada.get("/triage").text,
    )
    assert 'href="/triage?tray=late&amp;state=all"' in ada.get("/").text
