"""Back issues: what was printed is found by its address, its text and its document."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from editor import clock
from editor.desk import archive, candidates, issue_states
from editor.desk.archive import Article
from editor.desk.issues import sections_of
from editor.errors import Conflict
from editor.store.models import Candidate, PageEstimate, Printed, PrintedBand
from editor.text.document import paragraph
from editor.text.urls import canonical_url, url_hash
from editor.workflow import IssueState, PrintedHow
from tests import cast
from tests.fakes import make_workshop
from tests.text.test_fingerprint import BODY, LEAD, ORIGINAL, OTHER
from workers.candidates.cluster import group
from workers.candidates.printed import check
from workers.timetable import ring_due

URL = "https://daily.yunzhou.example/2026/harbour.html"
REPRINT = "新华社云州7月9日电（记者 甘棠）" + "\n".join((LEAD, *BODY[:3]))
APART = "\n".join(OTHER)


@pytest.fixture(autouse=True)
def july():
    clock.follow(lambda: cast.NOW - clock.real())
    yield
    clock.follow(clock._no_offset)


def blocks(text: str):
    return tuple(paragraph(line) for line in text.splitlines())


def archived(database, **changes) -> None:
    values = {
        "position": 1,
        "page": 37,
        "headline": "云州港口方案印发",
        "dated_on": cast.NOW.date(),
    }
    with database.writing() as session:
        home = cast.find_or_make_publication(session)
        article = Article(**(values | changes))
        archive.keep(session, home.id, 28, "第3期（总第28期）", [article])
        session.commit()


def stored(database, text: str = APART, *, url: str = "", **changes) -> int:
    if url:
        changes |= {"url": url, "url_hash": url_hash(canonical_url(url))}
    with database.writing() as session:
        row = cast.make_candidate(session, blocks=blocks(text), **changes)
        session.commit()
        return row.id


def how_of(database, id: int) -> PrintedHow | None:
    with database.reading() as session:
        row = session.get_one(Candidate, id)
        assert (row.printed_id is None) == (row.printed_how is None)
        return row.printed_how


@pytest.mark.parametrize("printed, met, how", [
    ({"url": URL, "text": APART}, {"text": ORIGINAL, "url": URL + "?utm_source=x"}, "address"),
    ({"text": ORIGINAL}, {"text": REPRINT}, "reprint"),
    (
        {"headline": "云州印发《港口振兴三年行动计划》", "text": "云州印发。"},
        {"title": "云州发布《港口振兴三年行动计划》", "text": APART},
        "document",
    ),
    ({"text": ORIGINAL}, {"text": APART}, None),
    (
        {"headline": "云州印发《港口振兴三年行动计划》",
         "dated_on": cast.NOW.date() - timedelta(days=800)},
        {"title": "云州发布《港口振兴三年行动计划》", "text": APART},
        None,
    ),
])  # fmt: skip
def test_a_candidate_is_checked_when_it_is_grouped(database, printed, met, how):
    archived(database, **printed)
    id = stored(database, **met)
    group(database, id)
    assert how_of(database, id) == how


def test_open_candidates_are_checked_again_after_an_import_and_after_its_removal(
    database, tmp_path
):
    shop = make_workshop(database, tmp_path, {})
    ids = [stored(database, REPRINT), stored(database, APART)]
    group(database, *ids)
    archived(database, text=ORIGINAL)
    assert [how_of(database, id) for id in ids] == [None, None]
    ring_due(shop)
    assert "check_printed" in str(shop.ring.rung)
    assert check(shop) == 2
    assert [how_of(database, id) for id in ids] == [PrintedHow.reprint, None]
    with database.writing() as session:
        home = cast.find_or_make_publication(session)
        assert archive.remove(session, home.id, 28) == 1
        session.commit()
    assert how_of(database, ids[0]) is None
    with database.reading() as session:
        assert session.exec(select(PrintedBand)).all() == []
    check(shop)
    shop.ring.rung.clear()
    ring_due(shop)
    assert "check_printed" not in str(shop.ring.rung)


def test_a_check_goes_on_where_it_stopped_and_begins_anew_after_a_change(database):
    archived(database, text=ORIGINAL)
    with database.writing() as session:
        home = cast.find_or_make_publication(session)
        archive.note_check(session, home.id, 0, 50)
        session.commit()
        assert archive.waiting_checks(session) == {home.id: 50}
        archive.ask_for_check(session, home.id)
        archive.note_check(session, home.id, 50, None)
        session.commit()
        assert archive.waiting_checks(session) == {home.id: 0}


def test_a_published_issue_becomes_a_back_issue_and_its_next_edition_replaces_it(session):
    issue = cast.make_issue(session)
    ada = cast.chief_ada(session)
    first, second, _ = sections_of(session, issue)
    later = cast.make_item(session, second, headline="临澜市：列车开通")
    item = cast.make_item(session, first, headline="云州：港口方案印发", url=URL)
    session.add(PageEstimate(issue_id=issue.id, starts={str(item.id): 3, str(later.id): 9}))
    session.flush()
    for state in (IssueState.editing, IssueState.locked, IssueState.published):
        issue_states.set_state(session, issue, state, by=ada, now=cast.NOW)
    rows = session.exec(select(Printed).order_by(col(Printed.position))).all()
    assert [(row.label, row.page, row.headline) for row in rows] == [
        ("第7期（总第61期）", 3, "云州：港口方案印发"),
        ("第7期（总第61期）", 9, "临澜市：列车开通"),
    ]
    assert rows[0].url_hash == url_hash(canonical_url(URL))
    issue_states.set_state(
        session, issue, IssueState.editing, by=ada, now=cast.NOW, reason="漏了一篇"
    )
    cast.make_item(session, first, headline="青屿区：码头启用")
    for state in (IssueState.locked, IssueState.published):
        issue_states.set_state(session, issue, state, by=ada, now=cast.NOW)
    assert len(session.exec(select(Printed)).all()) == 3


def test_an_import_does_not_replace_an_issue_that_was_published_here(session):
    issue = cast.make_issue(session)
    cast.make_item(session, sections_of(session, issue)[0], headline="云州：港口方案印发")
    for state in (IssueState.editing, IssueState.locked, IssueState.published):
        issue_states.set_state(session, issue, state, by=None, now=cast.NOW)
    with pytest.raises(Conflict) as refusal:
        archive.keep(
            session, issue.publication_id, 61, "旧刊", [Article(position=1, headline="别的")]
        )
    assert "总第 61 期" in refusal.value.chinese
    assert session.exec(select(Printed)).one().headline == "云州：港口方案印发"


def test_a_spiked_candidate_that_is_put_back_says_where_it_was_printed(database, tmp_path):
    id = stored(database, REPRINT)
    group(database, id)
    with database.writing() as session:
        row = session.get_one(Candidate, id)
        candidates.spike(session, row, "旧闻", by=None, now=cast.NOW)
        session.commit()
    archived(database, text=ORIGINAL)
    check(make_workshop(database, tmp_path, {}))
    with database.writing() as session:
        candidates.unspike(session, session.get_one(Candidate, id), by=None, now=cast.NOW)
        session.commit()
    assert how_of(database, id) == PrintedHow.reprint


def test_the_list_says_where_a_candidate_was_printed(database):
    archived(database, text=ORIGINAL)
    id = stored(database, REPRINT)
    group(database, id)
    with database.reading() as session:
        row = candidates.queue_row(session, session.get_one(Candidate, id), None)
    assert (row.repeat.label, row.repeat.page) == ("第3期（总第28期）", 37)
    assert row.repeat.how == PrintedHow.reprint


def test_another_publication_has_an_archive_of_its_own(database):
    with database.writing() as session:
        cast.make_publication(session)
        second = cast.make_publication(session, slug="linlan", name="临澜摘编")
        session.commit()
    archived(database, text=ORIGINAL, url=URL)
    with database.writing() as session:
        row = cast.make_candidate(
            session, second, blocks=blocks(REPRINT), url_hash=url_hash(canonical_url(URL))
        )
        session.commit()
    group(database, row.id)
    assert how_of(database, row.id) is None


def test_a_search_finds_headlines_with_every_word(session):
    home = cast.make_publication(session)
    articles = [
        Article(position=1, headline="云州：港口方案印发"),
        Article(position=2, headline="云州：菜场100%改造"),
    ]
    archive.keep(session, home.id, 28, "第3期（总第28期）", articles)
    assert [row.headline for row in archive.search(session, home, "云州 100%")] == [
        "云州：菜场100%改造"
    ]
    assert [(one.label, one.articles) for one in archive.list_back_issues(session, home)] == [
        ("第3期（总第28期）", 2)
    ]
