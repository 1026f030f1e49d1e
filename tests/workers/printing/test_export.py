"""Exports: claimed once, printed, checked, stored; whatever goes wrong becomes a sentence."""

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest
from sqlmodel import select

from editor import clock
from editor.desk import exports, issues, preflight
from editor.errors import Unusable
from editor.store.db import Database
from editor.store.files import FileStore
from editor.store.models import Asset, Export, Issue, Publication
from editor.text.document import Attachment
from editor.workflow import ExportState
from tests.cast import NOW, chief_ada, make_issue, make_item
from tests.fakes import make_workshop
from workers.printing import export as export_task
from workers.printing import formats
from workers.printing.export import Progress, Ticket, pulse, render

LONG_AGO = timedelta(minutes=10)


@pytest.fixture
def shop(sqlite_database, tmp_path):
    return make_workshop(sqlite_database, tmp_path, {}, soffice="no-such-office")


def make_export(database: Database, format: str = "pdf", *, items: int = 2, **fields) -> int:
    """Return the id of a queued export of an issue with this many items."""
    with database.writing() as session:
        issue = make_issue(session)
        section = issues.sections_of(session, issue)[0]
        for _ in range(items):
            make_item(session, section, **fields)
        export = exports.request_export(session, issue, format, by=None, now=NOW)
        session.commit()
        return export.id


def stored(database: Database, export_id: int) -> Export:
    with database.reading() as session:
        return session.get(Export, export_id)


def change(database: Database, export_id: int, **values) -> None:
    with database.writing() as session:
        export = session.get(Export, export_id)
        for name, value in values.items():
            setattr(export, name, value)
        session.commit()


# --- what comes out ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "format, opening, numbering", [("pdf", b"%PDF", "N1"), ("docx", b"PK", "N3")]
)
def test_an_export_ends_as_a_stored_checked_file(shop, format, opening, numbering):
    export_id = make_export(shop.database, format)
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.done, export.error
    content = shop.files.get(export.asset)
    assert content.startswith(opening)
    assert export.size == len(content)
    assert export.result["numbering"] == numbering
    assert export.result["checks"][:3] == ["V01", "V02", "V03"]
    assert len(export.digest) == 64
    with shop.database.reading() as session:
        asset = session.exec(select(Asset).where(Asset.sha256 == export.asset)).one()
    assert asset.size == export.size


def test_a_pinned_word_file_brings_the_pdf_with_the_same_pages(shop):
    export_id = make_export(shop.database, "docx")
    render(shop, export_id)
    companion = stored(shop.database, export_id).result["companion"]
    assert shop.files.get(companion).startswith(b"%PDF")


def test_the_same_issue_printed_twice_is_stored_once(shop):
    export_id = make_export(shop.database)
    render(shop, export_id)
    with shop.database.writing() as session:
        issue = session.get(Export, export_id).issue_id
        again = Export(issue_id=issue, format="pdf")
        session.add(again)
        session.commit()
    render(shop, again.id)
    first, second = stored(shop.database, export_id), stored(shop.database, again.id)
    assert second.asset == first.asset
    with shop.database.reading() as session:
        assert len(session.exec(select(Asset)).all()) == 1


# --- claims --------------------------------------------------------------------------------------


def test_a_second_delivery_finds_nothing_to_claim(shop):
    export_id = make_export(shop.database)
    render(shop, export_id)
    before = stored(shop.database, export_id)
    render(shop, export_id)
    after = stored(shop.database, export_id)
    assert (after.attempts, after.finished_at) == (1, before.finished_at)


def test_an_export_whose_worker_died_is_printed_by_the_next(shop):
    export_id = make_export(shop.database)
    with shop.database.writing() as session:
        exports.claim(session, export_id)
        session.commit()
    render(shop, export_id)
    assert stored(shop.database, export_id).state is ExportState.running
    change(shop.database, export_id, lease_until=clock.real() - LONG_AGO)
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert (export.state, export.attempts) == (ExportState.done, 2)


def test_a_worker_that_lost_its_claim_stores_nothing(shop, monkeypatch):
    export_id = make_export(shop.database)
    monkeypatch.setattr(
        formats, "check_pdf", lambda *_, **__: change(shop.database, export_id, fence=9) or ["V01"]
    )
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert (export.state, export.asset) == (ExportState.running, "")


# --- what goes wrong -----------------------------------------------------------------------------


def failed(shop, export_id: int) -> Export:
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.failed
    assert export.error_english
    return export


def test_an_empty_issue_fails_with_a_sentence(shop):
    export = failed(shop, make_export(shop.database, items=0))
    assert "稿件" in export.error


def test_a_finding_that_blocks_stops_the_export_and_is_kept(shop):
    export = failed(shop, make_export(shop.database, items=1, headline="罕用字\U0001f600测试"))
    assert export.error.startswith("付印检查未通过：")
    assert any(finding["grade"] == "block" for finding in export.findings)


def test_a_full_disk_becomes_the_sentence_of_the_file_store(shop, monkeypatch):
    class FullStore(FileStore):
        def put(self, content: bytes) -> str:
            raise Unusable("磁盘已满，请清理磁盘后重试", "The disk is full") from OSError(
                errno.ENOSPC, "full"
            )

    full = replace(shop, files=FullStore(shop.files.root))
    export = failed(full, make_export(shop.database))
    assert export.error == "磁盘已满，请清理磁盘后重试"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO])
def test_a_folder_that_is_barred_becomes_a_sentence_at_once(shop, monkeypatch, number):
    def barred(*_args, **_kwargs):
        raise OSError(number, os.strerror(number), "/var/tmp/zhaibian")

    monkeypatch.setattr(formats, "typeset_for_shop", barred)
    export = failed(shop, make_export(shop.database))
    assert "无法写入 /var/tmp/zhaibian" in export.error and "权限" in export.error


def test_a_bug_fails_loudly_and_leaves_the_export_to_be_claimed_again(shop, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError

    export_id = make_export(shop.database)
    monkeypatch.setattr(formats, "typeset_for_shop", broken)
    with pytest.raises(ZeroDivisionError):
        render(shop, export_id)
    assert stored(shop.database, export_id).state is ExportState.running


# --- signs of life -------------------------------------------------------------------------------


def running(database: Database) -> Ticket:
    export_id = make_export(database)
    with database.writing() as session:
        export = exports.claim(session, export_id)
        session.commit()
        return Ticket(export_id, export.fence, export.issue_id, export.format)


def until(fact: Callable[[], bool]) -> bool:
    """Whether the fact comes true within five seconds."""
    pause = threading.Event()
    return any(fact() or pause.wait(0.05) for _ in range(100))


def test_progress_is_stored_while_printing_and_prolongs_the_lease(shop):
    ticket = running(shop.database)
    almost = clock.real() + timedelta(seconds=1)
    change(shop.database, ticket.export_id, lease_until=almost)
    with pulse(shop.database, ticket) as progress:
        progress(2, 6, "排版")
        assert until(lambda: stored(shop.database, ticket.export_id).done == 2)
    export = stored(shop.database, ticket.export_id)
    assert (export.message, export.total) == ("排版", 6)
    assert export.lease_until > almost


def test_a_silent_print_run_still_shows_signs_of_life(shop, monkeypatch):
    monkeypatch.setattr(export_task, "BEAT", 0.05)
    ticket = running(shop.database)
    before = stored(shop.database, ticket.export_id).alive_at
    with pulse(shop.database, ticket):
        assert until(lambda: stored(shop.database, ticket.export_id).alive_at > before)


def test_reports_come_at_most_once_a_second(shop, monkeypatch):
    monkeypatch.setattr(export_task, "BREATH", 60.0)
    ticket = running(shop.database)
    told: list[int] = []
    monkeypatch.setattr(Progress, "_store", lambda progress: told.append(progress._state[0]))
    with pulse(shop.database, ticket) as progress:
        progress(1, 6, "排版")
        assert until(lambda: bool(told))
        for step in range(2, 6):
            progress(step, 6, "排版")
    assert told == [1]


def test_an_export_prints_what_the_chief_waived_and_says_so(shop):
    bad = Attachment(label="《行动方案》", url="ftp://www.yunzhou.example/a b")
    refused = make_export(shop.database, items=1, attachments=(bad,))
    render(shop, refused)
    assert "付印检查未通过" in stored(shop.database, refused).error
    with shop.database.writing() as session:
        issue = session.get_one(Issue, stored(shop.database, refused).issue_id)
        (found,) = preflight.inspect(session, issue).stopping
        preflight.waive(
            session,
            issue,
            rule=found.finding.code,
            item_id=found.item_id,
            digest=found.finding.digest,
            reason="主办方确认",
            by=chief_ada(session),
            now=NOW,
        )
        again = exports.request_export(session, issue, "pdf", by=None, now=NOW)
        session.commit()
        export_id = again.id
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.done, export.error
    [waived] = [row for row in export.findings if row.get("reason")]
    assert (waived["code"], waived["waived_by"]) == ("bad_link", "Ada")


# --- for the print shop --------------------------------------------------------------------------


def order_print(database: Database, export_id: int, **orders) -> None:
    """Change what the publication of this export asks of its printer."""
    with database.writing() as session:
        issue = session.get(Issue, session.get(Export, export_id).issue_id)
        publication = session.get(Publication, issue.publication_id)
        publication.profile = publication.profile | {"print": orders}
        session.commit()


def test_a_cover_of_its_own_is_stored_beside_the_pages(shop):
    export_id = make_export(shop.database)
    order_print(shop.database, export_id, cover="separate", bleed_mm=3, pad_to=4)
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.done, export.error
    assert shop.files.get(export.result["cover"]).startswith(b"%PDF")
    assert export.result["print"]["cover"] is True
    assert export.result["print"]["bleed_mm"] == 3
    assert export.result["pages"] % 4 == 0
    assert "V11" in export.result["checks"]
    with shop.database.reading() as session:
        assert len(session.exec(select(Asset)).all()) == 3


def test_readers_get_a_pdf_of_their_own_beside_the_print_shops(shop):
    export_id = make_export(shop.database)
    order_print(shop.database, export_id, cover="separate", bleed_mm=3, pad_to=4, black_only=True)
    render(shop, export_id)
    export = stored(shop.database, export_id)
    readers, ours = (
        pypdfium2.PdfDocument(shop.files.get(sha256))
        for sha256 in (export.result["readers"], export.asset)
    )
    assert readers[0].get_mediabox() == readers[0].get_trimbox()
    assert ours[0].get_mediabox() != ours[0].get_trimbox()
    assert "总第" in readers[0].get_textpage().get_text_range()
    labels = [
        [
            (mark.get_title(), pdf.get_page_label(mark.get_dest().get_index()))
            for mark in pdf.get_toc()
        ]
        for pdf in (readers, ours)
    ]
    assert labels[0] == labels[1]


def test_an_office_may_do_without_the_readers_pdf(shop):
    export_id = make_export(shop.database)
    order_print(shop.database, export_id, bleed_mm=3, readers=False)
    render(shop, export_id)
    assert "readers" not in stored(shop.database, export_id).result


def test_an_export_names_the_standard_of_its_pdf(shop):
    export_id = make_export(shop.database)
    order_print(shop.database, export_id)
    render(shop, export_id)
    assert stored(shop.database, export_id).result["standard"] == "PDF/A-2b"


def test_the_packet_of_all_formats_holds_the_cover_too(shop):
    export_id = make_export(shop.database, "zip")
    order_print(shop.database, export_id, cover="separate", pad_to=4)
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.done, export.error
    assert any(name.endswith("-cover.pdf") for name in export.result["files"])
    assert any(name.endswith("-for-readers.pdf") for name in export.result["files"])


def test_an_export_without_orders_says_nothing_of_the_print_shop(shop):
    export_id = make_export(shop.database)
    render(shop, export_id)
    result = stored(shop.database, export_id).result
    assert result["print"] == {}
    assert "cover" not in result
    assert "readers" not in result
