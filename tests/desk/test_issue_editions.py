"""Editions: what was published is kept, exported again as it was, and compared when corrected."""

from datetime import timedelta

import pytest
from sqlmodel import select

from editor import clock
from editor.assembler.gather import gather
from editor.desk import exports, issue_editions, issue_states, retention
from editor.desk.exports import claim, finish, request_export
from editor.errors import Invalid, Unusable
from editor.store.models import Asset, IssueEdition, Publication
from editor.text.changed_pages import PageText
from editor.text.corrections import Became
from editor.workflow import IssueState
from tests.cast import NOW, chief_ada, make_issue, make_item, make_profile, sections_of

LATER = NOW + timedelta(days=5)
PIER, SCHOOL = "云州：港口方案印发", "临澜市：列车开通"


@pytest.fixture
def issue(session):
    issue = make_issue(session)
    hot, home, *_ = sections_of(session, issue)
    make_item(session, hot, headline=PIER)
    make_item(session, home, headline=SCHOOL)
    return issue


def publish(session, issue, *states):
    for state in states or (IssueState.editing, IssueState.locked, IssueState.published):
        issue_states.set_state(session, issue, state, by=chief_ada(session), now=LATER)


def take_back(session, issue, reason="漏了一篇"):
    ada = chief_ada(session)
    issue_states.set_state(session, issue, IssueState.editing, by=ada, now=LATER, reason=reason)


def correct(session, issue, headline="青屿区：码头启用"):
    """Publish, take back, add an item, publish again."""
    publish(session, issue)
    take_back(session, issue)
    make_item(session, sections_of(session, issue)[0], headline=headline)
    publish(session, issue, IssueState.locked, IssueState.published)


def kept(session, number) -> IssueEdition:
    return session.exec(select(IssueEdition).where(IssueEdition.number == number)).one()


def export(session, issue, digest, format="pdf", edition=1):
    row = claim(session, request_export(session, issue, format, by=None, now=NOW).id)
    finish(
        session, row, asset=digest[:2] * 32, size=9, digest=digest, edition=edition,
        result={}, findings=[],
    )  # fmt: skip
    return row


def test_publishing_keeps_the_document_and_its_profile(session, issue):
    publish(session, issue)
    row = kept(session, 1)
    assert row.digest == issue.published_digest == gather(session, issue).digest()
    assert issue_editions.document_of(row).digest() == row.digest
    assert issue_editions.profile_kept(row).name == "云州信息摘编"
    assert (row.reason, row.published_at) == ("", LATER)


def test_an_issue_without_items_is_published_without_an_edition(session):
    issue = make_issue(session)
    publish(session, issue)
    assert issue_editions.list_editions(session, issue) == []
    assert issue.published_digest == ""


def test_a_published_issue_is_exported_as_it_was_published(session, issue):
    publish(session, issue)
    home = session.get(Publication, issue.publication_id)
    other = make_profile(cover={"publisher": ["云州市图书馆"]}).model_dump(mode="json")
    home.profile = other
    session.flush()
    document, profile = issue_editions.as_printed(session, issue)
    assert document.publisher_lines == () and profile.cover.publisher == ()
    assert issue_states.digest_of(session, issue) == document.digest()
    take_back(session, issue)
    document, profile = issue_editions.as_printed(session, issue)
    assert document.publisher_lines == profile.cover.publisher == ("云州市图书馆",)


def test_a_corrected_issue_is_the_next_edition_with_its_reason(session, issue):
    correct(session, issue)
    later, first = issue_editions.list_editions(session, issue)
    assert (first.number, later.number, issue.edition) == (1, 2, 2)
    assert (first.reason, later.reason, later.who) == ("", "漏了一篇", "Ada")
    assert kept(session, 1).digest != kept(session, 2).digest
    first_document = issue_editions.document_of(kept(session, 1))
    assert [each.headline for each in first_document.articles()] == [PIER, SCHOOL]


def test_while_it_is_corrected_an_issue_says_what_differs_so_far(session, issue):
    assert issue_editions.correction(session, issue) is None
    publish(session, issue)
    assert issue_editions.correction(session, issue) is None
    take_back(session, issue)
    assert issue_editions.correction(session, issue).items == ()
    make_item(session, sections_of(session, issue)[0], headline="青屿区：码头启用")
    (placed,) = issue_editions.correction(session, issue).items
    assert (placed.change.became, placed.change.headline) == (Became.added, "青屿区：码头启用")


# --- pages ---------------------------------------------------------------------------------------


def settle(session, number, *pages: PageText):
    row = kept(session, number)
    anchors = [article.anchor for article in issue_editions.document_of(row).articles()]
    spans = dict(zip(anchors, ((1, 1), (1, 2), (3, 3)), strict=False))
    issue_editions.settle(session, row.id, pages, spans)
    session.flush()


def test_the_pages_of_a_corrected_edition_are_compared_with_those_before(session, issue):
    correct(session, issue)
    settle(session, 1, PageText("", ("封面",)), PageText("1", ("甲一",)), PageText("2", ("乙二",)))
    settle(
        session, 2, PageText("", ("封面二",)), PageText("1", ("甲一", "丙三")),
        PageText("2", ("丁四",)), PageText("3", ("乙二",)),
    )  # fmt: skip
    later, first = issue_editions.list_editions(session, issue)
    assert first.changes is None and first.settled
    found = later.changes
    assert (found.against, found.changed, found.moved) == (1, ("1", "2"), ("3",))
    assert (found.unnumbered, found.pages, found.pages_before) == ((1,), 4, 3)
    (placed,) = found.items
    assert (placed.change.headline, placed.first, placed.last) == ("青屿区：码头启用", 1, 2)


def test_pages_are_set_once_and_asked_for_until_they_are(session, issue, monkeypatch):
    correct(session, issue)
    first, second = kept(session, 1).id, kept(session, 2).id
    assert issue_editions.due(session) == []
    real = clock.real
    monkeypatch.setattr(clock, "real", lambda: real() + timedelta(minutes=2))
    assert issue_editions.due(session) == [first, second]
    assert issue_editions.unsettled_before(session, second) == [first]
    assert issue_editions.claim(session, first).attempts == 1
    settle(session, 1, PageText("1", ("甲",)))
    assert issue_editions.claim(session, first) is None
    assert issue_editions.due(session) == [second]


def test_what_was_tried_three_times_is_given_up_with_a_sentence(session, issue, monkeypatch):
    publish(session, issue)
    id = kept(session, 1).id
    for _ in range(3):
        assert issue_editions.claim(session, id)
    assert issue_editions.claim(session, id) is None
    real = clock.real
    monkeypatch.setattr(clock, "real", lambda: real() + timedelta(minutes=2))
    assert issue_editions.due(session) == []
    (edition,) = issue_editions.list_editions(session, issue)
    assert "3 次中途退出" in edition.error and edition.settled


def test_without_the_pages_of_the_edition_before_items_are_still_compared(session, issue):
    correct(session, issue)
    first = kept(session, 1).id
    issue_editions.give_up(session, first, Unusable("字体缺失", "a font is missing"))
    settle(session, 2, PageText("1", ("甲",)))
    later, _ = issue_editions.list_editions(session, issue)
    assert not later.changes.settled and len(later.changes.items) == 1


# --- files ---------------------------------------------------------------------------------------


def test_the_files_of_an_edition_stay_with_it(session, issue):
    publish(session, issue)
    export(session, issue, issue.published_digest)
    latest = export(session, issue, issue.published_digest)
    export(session, issue, "ee" * 32, "docx")
    take_back(session, issue)
    publish(session, issue, IssueState.locked, IssueState.published)
    later, first = issue_editions.list_editions(session, issue)
    assert [file.id for file in first.files] == [latest.id]
    assert later.files == ()
    assert len(exports.list_exports(session, issue)) == 3


def test_an_export_is_of_the_edition_that_was_printed(session, issue):
    publish(session, issue)
    row = request_export(session, issue, "pdf", by=None, now=NOW)
    assert row.edition == 1
    take_back(session, issue)
    assert request_export(session, issue, "pdf", by=None, now=NOW).edition == 2


def test_the_files_of_an_edition_are_never_cleared(session, issue):
    publish(session, issue)
    row = export(session, issue, issue.published_digest)
    session.add(Asset(sha256="cc" * 32, media_type="application/pdf", size=1))  # a companion
    session.flush()
    assert retention.named(session, row.asset)
    assert retention.named(session, "cc" * 32)


# --- the colophon --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "colophon, printed",
    [
        ({}, []),
        ({"edition_label": "版次"}, [("版次", "第二版")]),
        (
            {"edition_label": "版次", "edition_value": "{edition} 版", "corrections_label": "更正"},
            [("版次", "2 版"), ("更正", "《青屿区：码头启用》")],
        ),
    ],
)
def test_the_colophon_tells_of_a_correction_where_the_profile_says_so(
    session, issue, colophon, printed
):
    home = session.get(Publication, issue.publication_id)
    profile = make_profile(colophon=colophon).model_dump(mode="json")
    home.profile = profile
    session.flush()
    assert gather(session, issue).colophon == ()
    correct(session, issue)
    document, _ = issue_editions.as_printed(session, issue)
    assert [(each.label, each.value) for each in document.colophon] == printed
    assert document.digest() == gather(session, issue).digest()


def test_a_pattern_that_cannot_be_filled_is_refused_with_the_profile():
    with pytest.raises(Invalid, match="edition_value"):
        make_profile(colophon={"edition_value": "第{number}版"})
