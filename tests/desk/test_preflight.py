"""付印检查 on stored issues: what stops an export, and what the chief lets pass."""

from datetime import timedelta

import pytest
from sqlmodel import select

from editor.desk import issues, items, preflight
from editor.errors import Conflict, Invalid, NotFound
from editor.store.models import Event, Item, Waiver
from editor.text.document import Attachment, paragraph
from tests.cast import NOW, chief_ada, make_issue, make_item, sections_of

BAD = "ftp://www.yunzhou.example/a b"


@pytest.fixture
def issue(session):
    return make_issue(session)


@pytest.fixture
def item(session, issue):
    """An item whose attachment cannot be opened."""
    return make_item(
        session,
        sections_of(session, issue)[0],
        headline="望川：码头改造完工",
        attachments=(Attachment(label="《行动方案》", url=BAD),),
    )


def stopping(session, issue):
    report = preflight.inspect(session, issue)
    return [(found.finding.code, found.item_id) for found in report.stopping]


def waive(session, issue, found, reason="网址由主办方确认"):
    return preflight.waive(
        session,
        issue,
        rule=found.finding.code,
        item_id=found.item_id,
        digest=found.finding.digest,
        reason=reason,
        by=chief_ada(session),
        now=NOW,
    )


def first_stop(session, issue):
    return preflight.inspect(session, issue).stopping[0]


def test_a_blocking_finding_names_its_item_and_stops(session, issue, item):
    assert stopping(session, issue) == [("bad_link", item.id)]
    with pytest.raises(Invalid) as refusal:
        preflight.refuse(preflight.inspect(session, issue), "pdf")
    assert "付印检查未通过" in refusal.value.chinese


def test_a_waived_finding_stops_no_more_and_says_who_and_why(session, issue, item):
    waive(session, issue, first_stop(session, issue))
    report = preflight.inspect(session, issue)
    assert report.stopping == ()
    preflight.refuse(report, "pdf")
    [kept] = [row for row in preflight.kept(report, "pdf") if row["code"] == "bad_link"]
    assert (kept["waived_by"], kept["reason"]) == ("Ada", "网址由主办方确认")
    [event] = session.exec(select(Event).where(Event.verb == "waive")).all()
    assert event.after["reason"] == "网址由主办方确认"


def test_a_section_made_for_this_issue_and_left_empty_is_told(session, issue):
    make_item(session, sections_of(session, issue)[0])
    issues.add_section(session, issue, "防汛专栏", by=None, now=NOW)
    found = preflight.inspect(session, issue).found
    [empty] = [each.finding for each in found if each.finding.code == "empty_section"]
    assert empty.grade == "warn" and "防汛专栏" in empty.chinese


def test_a_waiver_needs_a_reason(session, issue, item):
    with pytest.raises(Invalid):
        waive(session, issue, first_stop(session, issue), reason="  ")
    assert session.exec(select(Waiver)).all() == []


def change(session, item, **changes):
    revision = items.current(session, item)
    fields = items.ItemFields(
        headline=changes.get("headline", revision.headline),
        source_line=revision.source_line,
        dated_on=revision.dated_on,
        blocks=changes.get("blocks", revision.blocks),
        attachments=changes.get("attachments", revision.attachments),
    )
    items.revise(session, item, fields, base=revision.number, by=None, now=NOW)


def test_a_waiver_lapses_when_what_it_saw_changes(session, issue, item):
    waive(session, issue, first_stop(session, issue))
    other = Attachment(label="《行动方案》", url="ftp://www.yunzhou.example/another")
    change(session, item, attachments=(other,))
    report = preflight.inspect(session, issue)
    assert [found.finding.code for found in report.stopping] == ["bad_link"]
    assert [waiver.rule for waiver in report.lapsed] == ["bad_link"]


def test_a_waiver_holds_while_other_parts_of_the_item_change_or_move(session, issue, item):
    waive(session, issue, first_stop(session, issue))
    change(session, item, headline="望川：码头改造全部完工", blocks=(paragraph("已完工。"),))
    make_item(session, sections_of(session, issue)[0])
    assert stopping(session, issue) == []


def test_a_waiver_taken_back_stops_the_export_again(session, issue, item):
    waiver = waive(session, issue, first_stop(session, issue))
    preflight.take_back(session, issue, waiver.id, by=chief_ada(session), now=NOW)
    assert stopping(session, issue) == [("bad_link", item.id)]
    assert session.get(Waiver, waiver.id).taken_back_at == NOW
    verbs = session.exec(select(Event.verb).where(Event.subject == "waiver")).all()
    assert sorted(verbs) == ["take_back_waiver", "waive"]


def test_what_no_file_can_be_made_with_is_not_waived(session, issue, item):
    change(session, item, blocks=(paragraph("完工😀。"),), attachments=())
    with pytest.raises(Conflict):
        waive(session, issue, first_stop(session, issue))


def test_a_finding_that_is_gone_is_not_waived(session, issue, item):
    found = first_stop(session, issue)
    change(session, item, attachments=())
    with pytest.raises(Conflict):
        waive(session, issue, found)


def test_a_waiver_of_another_issue_is_not_found(session, issue, item):
    waiver = waive(session, issue, first_stop(session, issue))
    other = make_issue(session)
    with pytest.raises(NotFound):
        preflight.take_back(session, other, waiver.id, by=chief_ada(session), now=NOW)


def test_an_issue_follows_the_one_before_it(session, issue, item):
    later = make_issue(session, total=issue.total_number + 3)
    make_item(session, sections_of(session, later)[0])
    assert stopping(session, later) == [("total_number", None)]
    waive(session, later, first_stop(session, later), reason="总期号按主管部门批复调整")
    assert stopping(session, later) == []


def test_the_window_begins_where_the_last_one_ended(session, issue):
    later = make_issue(session)
    later.opens_at += timedelta(days=2)
    make_item(session, sections_of(session, later)[0])
    codes = [found.finding.code for found in preflight.inspect(session, later).found]
    assert "window_gap" in codes


def test_an_item_without_text_is_missed(session, issue, item):
    stray = session.get(Item, make_item(session, sections_of(session, issue)[0]).id)
    stray.revision_id = None
    session.add(stray)
    session.flush()
    assert ("item_left_out", None) in stopping(session, issue)


def test_an_issue_without_items_says_so(session, issue):
    assert stopping(session, issue) == [("empty_issue", None)]
