"""A handed-in file on its way to a candidate: once, with its evidence, or with a reason."""

import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from docx import Document
from sqlmodel import select

from editor import clock
from editor.desk import candidates, uploads
from editor.errors import NotFound
from editor.store.models import Candidate, Capture, Upload
from editor.text.document import Figure, body_text
from editor.text.handed_in import FileReason, Unreadable
from editor.workflow import UploadState
from tests.cast import (
    NOW,
    find_or_make_publication,
    make_issue,
    make_publication,
    sections_of,
)
from tests.fakes import make_workshop
from tests.workers.files.test_reading_docx import OPENING, SHANGHAI, png
from tests.workers.files.word_files import word_file
from workers import housekeeping
from workers.files.reading import Read, drawn, read_apart, read_file
from workers.files.uploads import read_one

TEXT = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市。"


def read_here(path, *, name, now, zone):
    """Read in this process: a child of its own takes a second."""
    handed = read_file(path.read_bytes(), name=name, now=now, zone=zone)
    blocks, pictures, notes = drawn(handed)
    return Read(replace(handed, blocks=blocks, notes=notes), pictures)


@pytest.fixture
def shop(database, tmp_path):
    return make_workshop(database, tmp_path, {})


def hand_in(shop, name, content, **said):
    with shop.database.writing() as session:
        home = find_or_make_publication(session)
        (row,) = uploads.hand_in(
            session, shop.files, home, [uploads.FileIn(name, content)], uploads.Said(**said),
            issue=None, by=None, now=NOW,
        )  # fmt: skip
        session.commit()
        return row.id


def stored(shop, model):
    with shop.database.reading() as session:
        return session.exec(select(model).order_by(model.id)).all()


def test_a_file_becomes_a_candidate_with_its_bytes_as_evidence(shop):
    id = hand_in(shop, "港口.txt", f"港口年报\n来源：云州日报 2026年7月9日\n{TEXT}".encode())
    read_one(shop, id, read_here)
    (candidate,), (capture,) = stored(shop, Candidate), stored(shop, Capture)
    assert (candidate.title, candidate.source_name) == ("港口年报", "云州日报")
    assert (candidate.url, candidate.date_how) == ("", "text")
    assert candidate.canonical_url == f"upload:{capture.sha256}"
    assert candidate.capture_id == capture.id
    assert TEXT in body_text(candidate.blocks)
    assert shop.files.get(capture.sha256).decode().endswith(TEXT)
    assert candidate.cluster_id is not None or candidate.fingerprint


def test_what_the_person_said_goes_before_what_the_file_says(shop):
    id = hand_in(
        shop, "a.txt", f"港口年报\n来源：云州日报\n{TEXT}".encode(),
        title="另一个标题", source_name="临澜晚报", published_on=date(2026, 7, 1),
    )  # fmt: skip
    read_one(shop, id, read_here)
    (candidate,) = stored(shop, Candidate)
    assert (candidate.title, candidate.source_name) == ("另一个标题", "临澜晚报")
    assert candidate.date_how == "person"
    assert candidate.published_at == datetime(2026, 6, 30, 16, tzinfo=UTC)


def test_the_same_file_twice_is_one_candidate_and_says_so(shop):
    for _ in range(2):
        read_one(shop, hand_in(shop, "a.txt", f"港口年报\n{TEXT}".encode()), read_here)
    first, second = stored(shop, Upload)
    assert len(stored(shop, Candidate)) == len(stored(shop, Capture)) == 1
    assert first.candidate_id == second.candidate_id
    assert ["known", 1] in second.notes and ["known", 1] not in first.notes


def test_a_reprint_in_a_file_joins_the_cluster_of_what_is_there(shop):
    text = "\n".join(f"第{n}段：{TEXT}首批第{n}条航线下月开通。" for n in range(9))
    read_one(shop, hand_in(shop, "a.txt", f"港口年报\n{text}".encode()), read_here)
    read_one(shop, hand_in(shop, "b.txt", f"转载：港口年报\n{text}".encode()), read_here)
    one, other = stored(shop, Candidate)
    assert one.cluster_id is not None and one.cluster_id == other.cluster_id


def test_pictures_of_a_word_file_become_assets(shop):
    picture = '<w:p><w:r><w:drawing><a:blip r:embed="i"/></w:drawing></w:r></w:p>'
    body = word_file(
        OPENING + picture,
        links=(("i", "image", "media/1.png", False),),
        parts={"word/media/1.png": png()},
    )
    read_one(shop, hand_in(shop, "a.docx", body), read_here)
    (candidate,) = stored(shop, Candidate)
    figure = next(block for block in candidate.blocks if isinstance(block, Figure))
    assert figure.url == "" and shop.files.path(figure.asset).is_file()


def test_a_candidate_without_a_link_is_taken_and_exported(shop):
    read_one(shop, hand_in(shop, "a.txt", f"港口年报\n{TEXT}".encode()), read_here)
    with shop.database.writing() as session:
        home = find_or_make_publication(session)
        issue = make_issue(session, home)
        (row,) = candidates.export_rows(session, home, issue)
        assert (row["url"], row["title"]) == ("", "港口年报")
        candidate = session.exec(select(Candidate)).one()
        item = candidates.take(
            session, candidate, section=sections_of(session, issue)[0], by=None, now=NOW
        )
        assert item.id is not None


def test_what_cannot_be_read_ends_as_a_reason(shop):
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le")
    id = hand_in(shop, "稿件.docx", old)
    read_one(shop, id, read_here)
    (upload,) = stored(shop, Upload)
    assert (upload.state, upload.reason) == (UploadState.failed, FileReason.old_word)
    assert stored(shop, Candidate) == []


def test_a_reader_that_dies_is_tried_three_times(shop):
    id = hand_in(shop, "a.txt", TEXT.encode())

    class Died(BaseException):
        pass

    def die(*_args, **_words):
        raise Died

    for _ in range(3):
        with pytest.raises(Died):
            read_one(shop, id, die)
        overdue(shop)
    read_one(shop, id, die)
    (upload,) = stored(shop, Upload)
    assert (upload.state, upload.reason) == (UploadState.failed, FileReason.too_slow)


def overdue(shop):
    with shop.database.writing() as session:
        row = session.exec(select(Upload)).one()
        row.due_at -= timedelta(minutes=10)
        session.commit()


def test_an_upload_is_read_by_one_worker_at_a_time(shop):
    id = hand_in(shop, "a.txt", f"港口年报\n{TEXT}".encode())
    calls = []

    def read_and_ring_again(path, **words):
        calls.append(path)
        read_one(shop, id, read_and_ring_again)
        return read_here(path, **words)

    read_one(shop, id, read_and_ring_again)
    assert len(calls) == 1 and len(stored(shop, Candidate)) == 1


def test_the_timetable_rings_for_what_was_left_behind(shop):
    id = hand_in(shop, "a.txt", TEXT.encode())
    overdue(shop)
    with shop.database.reading() as session:
        assert housekeeping.uploads_left_behind(session, clock.real()) == [id]


def test_a_file_that_is_gone_says_so(shop):
    id = hand_in(shop, "a.txt", TEXT.encode())
    shop.files.path(stored(shop, Upload)[0].sha256).unlink()
    read_one(shop, id, read_here)
    assert stored(shop, Upload)[0].reason == FileReason.missing


# --- the process of its own ----------------------------------------------------------------------


@pytest.mark.slow
def test_a_file_is_read_in_a_process_of_its_own(tmp_path):
    path = tmp_path / "file"
    document = Document()
    document.add_paragraph("港口年报")
    document.add_paragraph(TEXT)
    document.save(str(path))
    found = read_apart(path, name="a.docx", now=NOW, zone=SHANGHAI)
    assert (found.handed.title, body_text(found.handed.blocks)) == ("港口年报", TEXT)


@pytest.mark.slow
def test_a_reading_without_end_is_ended(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(TEXT.encode())
    with pytest.raises(Unreadable) as caught:
        read_apart(path, name="a.txt", now=NOW, zone=SHANGHAI, seconds=0.05)
    assert caught.value.reason == FileReason.too_slow


def test_a_reader_that_crashes_is_a_reason(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(TEXT.encode())
    crashed = subprocess.CompletedProcess((), -11, b"", b"Segmentation fault")
    monkeypatch.setattr(subprocess, "run", lambda *args, **words: crashed)
    with pytest.raises(Unreadable) as caught:
        read_apart(path, name="a.pdf", now=NOW, zone=SHANGHAI)
    assert caught.value.reason == FileReason.broken and "-11" in caught.value.detail


def test_publications_do_not_share_files(database, tmp_path):
    shop = make_workshop(database, tmp_path, {})
    id = hand_in(shop, "a.txt", TEXT.encode())
    with database.writing() as session:
        other = make_publication(session, slug="linlan", name="临澜通讯")
        with pytest.raises(NotFound):
            uploads.get_upload(session, other, id)
