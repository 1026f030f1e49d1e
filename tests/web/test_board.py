"""The board: what it shows, how items move, what a stale move gets, how a move is taken back."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import select

from editor.assembler.gather import stamp
from editor.desk import issues, places
from editor.store.models import Issue, PageEstimate
from editor.web.board import moved
from tests.cast import make_item
from tests.web.conftest import HTMX, Office

BOARD = "/issues/61/board"
DIGEST = "ab" * 32


@pytest.fixture
def cards(app: Flask, office: Office) -> dict[str, int]:
    """Give four items by name: 甲 (Ada's), 乙, 丙 in the first section, 丁 in the second."""
    with app.extensions["database"].writing() as session:
        issue = session.get(Issue, 1)
        first, second, _ = issues.sections_of(session, issue)
        made = {"甲": office.item}
        for name, section, day in (("乙", first, 3), ("丙", first, 1), ("丁", second, 2)):
            item = make_item(session, section, headline=name, dated_on=f"2026-07-0{day}")
            made[name] = item.id or 0
        session.commit()
    return made


def order(app: Flask) -> list[list[int]]:
    with app.extensions["database"].reading() as session:
        return list(places.order_of(session, 1).values())


def version(app: Flask) -> int:
    with app.extensions["database"].reading() as session:
        found = session.get(Issue, 1)
        return found.version if found else -1


def batch_in(html: str) -> str:
    found = re.search(r'name="batch" value="([^"]+)"', html)
    assert found
    return found.group(1)


def test_the_board_shows_sections_cards_totals_and_quota(
    ada: FlaskClient, cards: dict[str, int]
) -> None:
    text = ada.get(BOARD).text
    assert "热点关注" in text and "3 / 2 篇" in text
    assert re.search(r"4 篇 · \d+ 字 · 就绪 0 篇", text)
    assert "专题研究" in text and "拖入或用“移到栏目”" in text


def test_a_drag_puts_items_where_the_browser_says(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    one, two, three, four = cards.values()
    wanted = {1: [three, one], 2: [four, two], 3: []}
    data = {"version": version(app), "sections": json.dumps(wanted)}
    answer = ada.post(f"{BOARD}/order", data=data, headers=HTMX)
    assert answer.status_code == 200
    assert order(app) == [[three, one], [four, two], []]
    assert 'id="toast"' in answer.text and "撤销" in answer.text


def test_a_stale_drag_gets_409_with_the_true_order_and_moves_nothing(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    before = order(app)
    one, two, three, four = cards.values()
    wanted = {1: [two, one, three], 2: [four], 3: []}
    data = {"version": version(app) - 1, "sections": json.dumps(wanted)}
    answer = ada.post(f"{BOARD}/order", data=data, headers=HTMX)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text and 'id="board"' in answer.text
    assert order(app) == before


@pytest.mark.parametrize("sections", ["", "[]", '{"1": "x"}', '{"1": [-1]}', "{"])
def test_an_order_that_is_none_is_refused(
    app: Flask, ada: FlaskClient, cards: dict[str, int], sections: str
) -> None:
    data = {"version": version(app), "sections": sections}
    assert ada.post(f"{BOARD}/order", data=data, headers=HTMX).status_code == 422


def test_a_missing_item_is_refused(app: Flask, ada: FlaskClient, cards: dict[str, int]) -> None:
    data = {"version": version(app), "sections": json.dumps({1: [cards["甲"]], 2: [], 3: []})}
    assert ada.post(f"{BOARD}/order", data=data, headers=HTMX).status_code == 409


def test_buttons_move_without_a_script(app: Flask, ada: FlaskClient, cards: dict[str, int]) -> None:
    go = f"{BOARD}/items/{cards['丙']}/move"
    answer = ada.post(go, data={"version": version(app), "step": "up"})
    assert answer.status_code == 303
    assert order(app)[0] == [cards["甲"], cards["丙"], cards["乙"]]
    ada.post(go, data={"version": version(app), "section": 3})
    assert order(app)[2] == [cards["丙"]]


def test_undo_takes_the_last_move_back(app: Flask, ada: FlaskClient, cards: dict[str, int]) -> None:
    before = order(app)
    go = f"{BOARD}/items/{cards['丁']}/move"
    moved_board = ada.post(go, data={"version": version(app), "section": 1}, headers=HTMX).text
    answer = ada.post(f"{BOARD}/undo", data={"batch": batch_in(moved_board)}, headers=HTMX)
    assert "已撤销" in answer.text
    assert order(app) == before


def test_sorting_by_date_is_one_batch_with_undated_items_last(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    with app.extensions["database"].writing() as session:
        first = issues.sections_of(session, session.get(Issue, 1))[0]
        undated = make_item(session, first, headline="戊", dated_on=None).id
        session.commit()
    ada.post(f"{BOARD}/items/{undated}/move", data={"version": version(app), "step": "up"})
    before = order(app)
    data = {"version": version(app)}
    answer = ada.post(f"{BOARD}/sections/1/sort", data=data, headers=HTMX)
    assert order(app)[0] == [cards["丙"], cards["乙"], cards["甲"], undated]
    ada.post(f"{BOARD}/undo", data={"batch": batch_in(answer.text)}, headers=HTMX)
    assert order(app) == before


def test_a_removed_item_lies_in_its_tray_and_comes_back(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    assert ada.post(f"/items/{cards['乙']}/remove").status_code == 303
    assert "已移出" in ada.get(BOARD).text
    assert cards["乙"] not in order(app)[0]
    ada.post(f"/items/{cards['乙']}/bring-back")
    assert cards["乙"] in order(app)[0]


def test_start_pages_come_from_the_last_layout(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    with app.extensions["database"].writing() as session:
        starts = {str(cards["丁"]): 17}
        session.add(PageEstimate(issue_id=1, pages=34, starts=starts))
        session.commit()
    assert "预计 34 页" in ada.get(BOARD).text
    assert "第 17 页" in ada.get(f"{BOARD}/pages", headers=HTMX).text


def laid_out(app: Flask, **columns: Any) -> None:
    """Store a layout of the issue as it stands."""
    with app.extensions["database"].writing() as session:
        issue = session.get(Issue, 1)
        values = {"stamp": stamp(session, issue), "digest": DIGEST, "proof": DIGEST, "pages": 34}
        row = session.exec(select(PageEstimate)).first() or PageEstimate(issue_id=1)
        for column, value in (values | columns).items():
            setattr(row, column, value)
        session.add(row)
        session.commit()


def known_by(text: str) -> str:
    """Return what a board that got this text sends when it asks again."""
    found = re.search(r'data-known="([^"]+)"', text)
    assert found
    return found.group(1)


def test_a_board_that_is_up_to_date_gets_nothing_twice(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    laid_out(app, starts={str(cards["丁"]): 17})
    shown = ada.get(BOARD).text
    assert 'data-delay="500"' in shown and "正在排版" not in shown
    again = ada.get(f"{BOARD}/pages?known={known_by(shown)}", headers=HTMX)
    assert again.status_code == 204 and "HX-Trigger" not in again.headers


def test_a_change_shows_as_pending_until_its_layout_has_come(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    laid_out(app, starts={str(cards["丁"]): 17})
    known = known_by(ada.get(BOARD).text)
    ada.post(f"{BOARD}/items/{cards['丁']}/move", data={"version": version(app), "section": 1})
    waiting = ada.get(f"{BOARD}/pages?known={known}", headers=HTMX).text
    assert "正在排版" in waiting and 'data-delay="120"' in waiting and 'data-asked="1"' in waiting
    assert "<template>" not in waiting
    still = ada.get(f"{BOARD}/pages?known={known_by(waiting)}&asked=1", headers=HTMX)
    assert still.status_code == 204
    laid_out(app, starts={str(cards["丁"]): 3})
    come = ada.get(f"{BOARD}/pages?known={known_by(waiting)}&asked=2", headers=HTMX)
    assert "第 3 页" in come.text and come.headers["HX-Trigger"] == "pages-changed"
    assert 'data-pending="false"' in come.text


def test_a_layout_that_does_not_come_is_said(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    text = ada.get(f"{BOARD}/pages?asked=60", headers=HTMX).text
    assert "排版进程没有回应" in text and 'data-delay="3000"' in text
    again = ada.get(f"{BOARD}/pages?asked=61&known={known_by(text)}", headers=HTMX)
    assert again.status_code == 204


def test_a_board_that_somebody_else_has_changed_says_so(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    laid_out(app)
    shown = ada.get(BOARD).text
    shape = re.search(r'data-shape="([^"]+)"', shown).group(1)
    asked = f"{BOARD}/pages?shape={shape}&known="
    assert ada.get(asked + known_by(shown), headers=HTMX).status_code == 204
    ada.post(f"{BOARD}/items/{cards['丁']}/move", data={"version": version(app), "section": 1})
    assert "版面已由他人改动" in ada.get(asked + known_by(shown), headers=HTMX).text


def rung_for(app: Flask) -> list[str]:
    """Return the tasks that wait in the queue of layouts, and take them out of it."""
    with app.extensions["celery"].connection_or_acquire() as connection:
        queue, found = connection.SimpleQueue("layout"), []
        while queue.qsize():
            message = queue.get_nowait()
            message.ack()
            found.append(message.headers["task"])
        return found


def test_every_change_of_an_issue_is_laid_out_at_once(
    app: Flask, ada: FlaskClient, cards: dict[str, int], office: Office
) -> None:
    item, layout = cards["乙"], "workers.printing.layout.lay_out"
    rung_for(app)
    for path, data in (
        (f"/items/{item}", {"base": 1, "headline": "渡口复航", "kind": "news"}),
        (f"/items/{item}/remove", {}),
        (f"/items/{item}/bring-back", {}),
        ("/issues/61/items/new", {"section": 1, "kind": "news", "headline": "新码头"}),
        (f"/triage/{office.candidate}/take", {"section_id": 1}),
        ("/issues/61/sections", {"name": "读者来信"}),
    ):
        answer = ada.post(path, data=data)
        assert answer.status_code in (200, 303), (path, answer.status_code)
        assert rung_for(app) == [layout], path


def test_what_changes_no_issue_lays_nothing_out(
    app: Flask, ada: FlaskClient, cards: dict[str, int], office: Office
) -> None:
    rung_for(app)
    assert ada.post(f"/triage/{office.candidate}/spike", data={"reason": ""}).status_code == 303
    assert rung_for(app) == []


def test_an_issue_that_cannot_be_laid_out_says_why(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    laid_out(app, pages=0, error="字库中没有“😀”", error_english="No glyph for “😀”")
    assert "页码未能估算：字库中没有“😀”" in ada.get(BOARD).text


def test_sections_show_their_pages_and_items_what_to_look_at(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    item = cards["丁"]
    flag = {"grade": "warn", "code": "thin_page", "chinese": "第 6 页只有 2 行", "english": "Few"}
    starts, ends = {str(item): 5}, {str(item): 6}
    laid_out(app, starts=starts, ends=ends, flags=[flag | {"item": item}])
    text = ada.get(BOARD).text
    assert "2 页（第 5–6 页）" in text
    assert "末页太空" in text and "版面提示 1 处" in text and "第 6 页只有 2 行" in text


def test_the_total_is_compared_with_the_page_budget(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    laid_out(app)
    assert "预算" not in ada.get(f"{BOARD}/pages", headers=HTMX).text
    assert ada.post(f"{BOARD}/budget", data={"pages": 32}).status_code == 303
    text = ada.get(f"{BOARD}/pages", headers=HTMX).text
    assert "预算 32 页" in text and "超 2 页" in text
    assert ada.post(f"{BOARD}/budget", data={"pages": 0}).status_code == 422
    ada.post(f"{BOARD}/budget", data={"pages": ""})
    assert "预算" not in ada.get(f"{BOARD}/pages", headers=HTMX).text


def test_the_board_costs_no_query_per_item(
    app: Flask, ada: FlaskClient, cards: dict[str, int]
) -> None:
    engine, seen = app.extensions["database"].engine, []

    def count() -> int:
        seen.clear()
        ada.get(BOARD)
        return len(seen)

    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    few = count()
    with app.extensions["database"].writing() as session:
        section = issues.sections_of(session, session.get(Issue, 1))[1]
        for _ in range(20):
            make_item(session, section)
        session.commit()
    assert count() == few


def test_a_contributor_sees_the_board_and_no_button_that_moves(
    app: Flask, browser_of, cards: dict[str, int]
) -> None:
    text = browser_of("contributor").get(BOARD).text
    assert "乙" in text
    assert "formaction" not in text and "data-movable" not in text


# --- the pure step -------------------------------------------------------------------------------

boards = st.lists(st.integers(0, 4), min_size=1, max_size=4).map(
    lambda sizes: {
        section: [section * 10 + index for index in range(size)]
        for section, size in enumerate(sizes, start=1)
    }
)


@given(boards, st.data())
def test_after_any_step_every_item_occurs_once(board, data):
    present = [item for ids in board.values() for item in ids]
    item = data.draw(st.sampled_from([*present, 999]))
    step = data.draw(st.sampled_from(["up", "down", ""]))
    section = data.draw(st.sampled_from([None, *board, 77]))
    after = moved(board, item, step=step, section=section)
    if item == 999:
        assert after is None
        return
    assert sorted(each for ids in after.values() for each in ids) == sorted(present)
    assert list(after) == list(board)


@pytest.mark.parametrize(
    ("step", "item", "expected"),
    [
        ("up", 1, {1: [1, 2], 2: [3], 3: []}),
        ("up", 3, {1: [1, 2, 3], 2: [], 3: []}),
        ("down", 1, {1: [2, 1], 2: [3], 3: []}),
        ("down", 2, {1: [1], 2: [2, 3], 3: []}),
        ("down", 3, {1: [1, 2], 2: [], 3: [3]}),
    ],
)
def test_steps_cross_from_section_to_section(step, item, expected):
    assert moved({1: [1, 2], 2: [3], 3: []}, item, step=step) == expected
