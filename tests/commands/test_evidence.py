"""`zhaibian evidence`: what an issue took is packed, and how long the rest is kept is set."""

import zipfile

import pytest

from editor.desk import candidates, issues
from editor.store.files import FileStore
from editor.store.models import Capture, Entry, Issue, id_of
from editor.workflow import EntryState
from tests.cast import NOW, make_candidate

PAGE = b"<html>\xe9\x9d\x92\xe5\xb1\xbf</html>"


@pytest.fixture
def taken(here):
    with here.database.writing() as session:
        issue = session.get_one(Issue, 1)
        candidate = make_candidate(session)
        entry = Entry(
            publication_id=issue.publication_id, url=candidate.url, url_hash="h",
            fetch_url=candidate.url, host="h", state=EntryState.done, candidate_id=candidate.id,
        )  # fmt: skip
        session.add(entry)
        session.flush()
        capture = Capture(
            entry_id=id_of(entry), url=entry.url, final_url=entry.url, fetched_at=NOW,
            sha256=FileStore(here.folder / "files").put(PAGE), size=len(PAGE),
        )  # fmt: skip
        session.add(capture)
        session.flush()
        candidate.capture_id = capture.id
        section = issues.sections_of(session, issue)[0]
        candidates.take(session, candidate, section=section, by=None, now=NOW)
        session.commit()


def test_what_an_issue_took_is_packed_and_a_file_there_is_left_alone(here, taken, tmp_path):
    target = tmp_path / "evidence.zip"
    done = here.run("evidence", "export", "--issue", 61, target)
    assert done.exit_code == 0 and "1 份存证" in done.output
    with zipfile.ZipFile(target) as archive:
        assert PAGE in [archive.read(name) for name in archive.namelist()]
    before = target.read_bytes()
    again = here.run("evidence", "export", "--issue", 61, target)
    assert again.exit_code == 1 and "--replace" in again.output
    assert target.read_bytes() == before
    assert here.run("evidence", "export", "--issue", 61, "--replace", target).exit_code == 0


def test_an_issue_that_has_taken_nothing_yet_is_told_apart_and_leaves_no_file(here, tmp_path):
    target = tmp_path / "evidence.zip"
    done = here.run("evidence", "export", target)
    assert done.exit_code == 1 and "还没有采用候选" in done.output
    assert not list(tmp_path.glob("*.zip")) and not list(tmp_path.glob("tmp*"))


def test_a_folder_that_is_not_there_is_named(here, taken, tmp_path):
    done = here.run("evidence", "export", tmp_path / "nowhere" / "e.zip")
    assert done.exit_code == 1 and "nowhere" in done.output


def test_how_long_evidence_is_kept_says_what_will_go(here, taken):
    assert "将清除 0 份" in here.run("evidence", "keep", "--days", 400).output
    assert "现有 1 份" in here.run("evidence", "keep", "--days", "forever").output


@pytest.mark.parametrize("days", ["0", "30", "36501", "-5", "x", "³", "99999999"])
def test_a_span_that_makes_no_sense_is_refused_in_a_sentence(here, days):
    done = here.run("evidence", "keep", f"--days={days}")
    assert done.exit_code == 1 and done.output.startswith("错误：")
