"""Which evidence is cleared, when, and what stays of it."""

import os
from datetime import timedelta

import pytest
from sqlmodel import select

from editor.desk import retention
from editor.errors import Invalid
from editor.store import checkup
from editor.store.files import FileStore
from editor.store.models import Asset, Candidate, CandidateText, Capture, Entry
from editor.workflow import CandidateState, EntryState
from tests import cast
from workers.housekeeping import clear_evidence
from workers.workshop import Workshop

OLD = cast.NOW - timedelta(days=500)
URL = "https://daily.yunzhou.example/old.html"


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path / "files")


def put(files: FileStore, body: bytes) -> str:
    """Store bytes as they were stored long ago."""
    sha256 = files.put(body)
    os.utime(files.path(sha256), (0, 0))
    return sha256


def capture(session, sha256: str, *, state=CandidateState.new, at=OLD, **changes) -> Capture:
    """Return the capture of a candidate that was published, seen and captured at a moment."""
    number = next(cast.NUMBERS)
    home = cast.find_or_make_publication(session)
    values = {"published_at": at, "seen_at": at, "state": state}
    candidate = cast.make_candidate(session, **(values | changes))
    url = f"https://daily.yunzhou.example/old{number}.html"
    entry = Entry(
        publication_id=home.id, url=url, url_hash=str(number), fetch_url=url, host="daily",
        state=EntryState.done, candidate_id=candidate.id,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    row = Capture(
        entry_id=entry.id, url=url, final_url=url, fetched_at=at, sha256=sha256, size=5
    )  # fmt: skip
    session.add(row)
    session.flush()
    candidate.capture_id = row.id
    session.flush()
    return row


def going(session) -> list[int | None]:
    return [row.id for row in retention.expired(session, cast.NOW)]


def test_what_was_not_taken_goes_when_its_window_closed_long_ago(session):
    old = capture(session, "a" * 64)
    capture(session, "b" * 64, state=CandidateState.taken)
    capture(session, "c" * 64, at=cast.NOW - timedelta(days=390))
    assert going(session) == [old.id]
    retention.keep(session, None, by=None, now=cast.NOW)
    assert going(session) == []


def test_a_late_capture_of_an_old_article_is_kept_as_long(session):
    row = capture(session, "a" * 64)
    row.fetched_at = cast.NOW - timedelta(days=10)
    assert going(session) == []


def test_what_belongs_to_a_recent_issue_is_kept_whatever_its_date(session):
    issue = cast.make_issue(session)
    capture(session, "a" * 64, issue_id=issue.id)
    assert going(session) == []


def test_the_capture_of_a_taken_candidates_earlier_text_is_kept(session):
    row = capture(session, "a" * 64)
    taken = cast.make_candidate(session, state=CandidateState.taken)
    session.add(
        CandidateText(candidate_id=taken.id, number=1, title="旧", capture_id=row.id, seen_at=OLD)
    )
    session.flush()
    assert going(session) == []


def test_what_became_no_candidate_goes_by_its_own_age(session):
    row = Capture(url=URL, final_url=URL, fetched_at=OLD, sha256="a" * 64)
    session.add(row)
    session.flush()
    assert going(session) == [row.id]


@pytest.mark.parametrize("days", [0, 30, -1, 10**6])
def test_less_than_a_month_is_refused(session, days):
    with pytest.raises(Invalid):
        retention.keep(session, days, by=None, now=cast.NOW)


def test_the_overview_counts_a_file_once(session):
    capture(session, "a" * 64)
    capture(session, "a" * 64)
    capture(session, "b" * 64, state=CandidateState.taken)
    found = retention.overview(session, cast.NOW, 400)
    assert (found.captures, found.bytes, found.going, found.going_bytes) == (3, 10, 2, 5)


def shop_of(database, files) -> Workshop:
    return Workshop(None, database, files, None, lambda *_args, **_more: True)


def test_the_bytes_go_once_a_day_and_the_row_with_its_hash_stays(database, files):
    with database.writing() as session:
        lone, shared, picture = (put(files, body) for body in (b"lone", b"shared", b"picture"))
        capture(session, lone)
        capture(session, shared)
        capture(session, shared, state=CandidateState.taken)
        capture(session, picture)
        session.add(Asset(sha256=picture, media_type="image/png", size=7))
        session.commit()
    shop = shop_of(database, files)
    assert clear_evidence(shop, cast.NOW) == 3
    assert clear_evidence(shop, cast.NOW) == 0
    there = [files.path(sha256).exists() for sha256 in (lone, shared, picture)]
    assert there == [False, True, True]
    with database.writing() as session:
        pruned = session.exec(select(Capture).where(Capture.sha256 == lone)).one()
        assert (pruned.pruned_at, pruned.size) == (cast.NOW, 5)
        capture(session, put(files, b"later"))
        session.commit()
    # the day's clearing has ended; the next one takes what has come due since
    assert clear_evidence(shop, cast.NOW) == 0
    assert clear_evidence(shop, cast.NOW + timedelta(days=1)) == 1


def test_nothing_is_cleared_while_a_backup_is_made(database, files):
    with database.writing() as session:
        capture(session, put(files, b"lone"))
        session.commit()
    shop = shop_of(database, files)
    with files.keeping():
        assert clear_evidence(shop, cast.NOW) == 0
    assert clear_evidence(shop, cast.NOW) == 1


def test_bytes_that_somebody_has_just_stored_again_stay(database, files):
    with database.writing() as session:
        sha256 = put(files, b"the same page")
        capture(session, sha256)
        session.commit()
    files.put(b"the same page")
    clear_evidence(shop_of(database, files), cast.NOW)
    assert files.path(sha256).exists()


def test_the_doctor_does_not_miss_what_was_cleared(settings, sqlite_database):
    with sqlite_database.writing() as session:
        row = capture(session, "f" * 64)
        session.commit()
        assert not checkup._files(settings, sqlite_database).fine
        row.pruned_at = cast.NOW
        session.commit()
    assert checkup._files(settings, sqlite_database).fine


def test_a_candidate_stays_readable_without_its_bytes(session):
    row = capture(session, "a" * 64)
    retention.prune(session, [row], cast.NOW)
    candidate = session.exec(select(Candidate)).one()
    assert candidate.blocks and candidate.capture_id == row.id
