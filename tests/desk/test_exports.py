"""Exports: one worker at a time, and nothing lost when it dies."""

from datetime import timedelta

import pytest

from editor import clock
from editor.desk import exports
from editor.desk.exports import claim, due_exports, fail, finish, report, request_export
from editor.errors import Invalid, NotFound
from editor.workflow import ExportState
from tests.cast import NOW, editor_ben, make_issue

OUTCOME = {
    "asset": "ab" * 32,
    "size": 1000,
    "digest": "cd" * 32,
    "result": {"numbering": "N2"},
    "findings": [{"grade": "note"}],
}


@pytest.fixture
def issue(session):
    return make_issue(session)


@pytest.fixture
def export(session, issue):
    return request_export(session, issue, "pdf", by=editor_ben(session), now=NOW)


def hours_pass(monkeypatch, hours: float) -> None:
    moment = clock.real() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "real", lambda: moment)


def test_an_export_is_claimed_once(session, export):
    claimed = claim(session, export.id)
    assert (claimed.state, claimed.fence, claimed.attempts) == (ExportState.running, 1, 1)
    assert claim(session, export.id) is None
    assert claim(session, 10**6) is None


def test_an_export_left_by_a_dead_worker_is_claimed_again(session, export, monkeypatch):
    claim(session, export.id)
    hours_pass(monkeypatch, 1)
    assert claim(session, export.id).fence == 2


def test_progress_keeps_the_claim_alive(session, export, monkeypatch):
    held = claim(session, export.id)
    real = clock.real
    monkeypatch.setattr(clock, "real", lambda: real() + timedelta(seconds=100))
    assert report(session, held, 3, 66, "排版中")
    monkeypatch.setattr(clock, "real", lambda: real() + timedelta(seconds=200))
    assert claim(session, export.id) is None
    assert (held.done, held.total, held.message) == (3, 66, "排版中")


def test_only_the_present_holder_reports_finishes_and_fails(database):
    with database.writing() as session:
        export = request_export(session, make_issue(session), "docx", by=None, now=NOW)
        session.commit()
        late = claim(session, export.id)
        session.commit()
        session.expunge(late)
        real, clock.real = clock.real, lambda: real() + timedelta(hours=1)
        try:
            holder = claim(session, export.id)
            session.commit()
        finally:
            clock.real = real
        for attempt in (
            lambda row: report(session, row, 1, 2, "排版中"),
            lambda row: finish(session, row, **OUTCOME),
            lambda row: fail(session, row, Invalid("空刊")),
        ):
            assert attempt(late) is False
        assert finish(session, holder, **OUTCOME)
        assert holder.state == ExportState.done
        assert (holder.asset, holder.result, holder.findings) == (
            OUTCOME["asset"],
            OUTCOME["result"],
            OUTCOME["findings"],
        )
        assert claim(session, export.id) is None


def test_a_failure_keeps_both_sentences(session, export):
    held = claim(session, export.id)
    assert fail(session, held, Invalid("本期没有稿件", "The issue has no item"))
    assert (held.state, held.error, held.error_english) == (
        ExportState.failed,
        "本期没有稿件",
        "The issue has no item",
    )
    assert held.finished_at is not None


def test_a_retry_is_a_new_request(session, issue, export):
    again = request_export(session, issue, "pdf", by=None, now=NOW)
    assert exports.list_exports(session, issue) == [again, export]
    assert exports.get_export(session, export.id) is export
    with pytest.raises(NotFound):
        exports.get_export(session, 10**6)


def test_unknown_formats_are_refused(session, issue):
    with pytest.raises(Invalid):
        request_export(session, issue, "odt", by=None, now=NOW)


def test_exports_that_nobody_works_on_are_rung_for_again(session, issue, export, monkeypatch):
    running = request_export(session, issue, "docx", by=None, now=NOW)
    claim(session, running.id)
    assert due_exports(session) == []
    hours_pass(monkeypatch, 1)
    assert due_exports(session) == [export.id, running.id]


def test_three_dead_workers_are_enough(session, issue, export, monkeypatch):
    for hour in range(3):
        hours_pass(monkeypatch, 1)
        assert claim(session, export.id) is not None, hour
    hours_pass(monkeypatch, 1)
    assert claim(session, export.id) is None
    assert due_exports(session) == []
    session.refresh(export)
    assert export.state == ExportState.failed
    assert "3 次中途退出" in export.error
