"""Exports for screens, and the packet of everything: made, checked, stored like any other."""

import hashlib
import io
import zipfile
from dataclasses import replace

import pytest

from editor.assembler.preflight.findings import Finding
from editor.desk import exports
from editor.store.models import Export
from editor.workflow import ExportState
from tests.cast import NOW
from tests.fakes import make_workshop
from tests.workers.printing.test_export import make_export, stored
from workers.printing import formats
from workers.printing.export import render

ITEMS = ["V03", "V06", "V07", "V08", "V15", "V18"]
LONG = "临澜市：关于进一步优化营商环境促进中小企业高质量发展的若干政策措施发布"


@pytest.fixture
def shop(sqlite_database, tmp_path):
    return make_workshop(sqlite_database, tmp_path, {}, soffice="no-such-office")


def again(shop, export_id: int, format: str) -> Export:
    """Export the same issue in another format."""
    with shop.database.writing() as session:
        issue_id = session.get(Export, export_id).issue_id
        other = Export(issue_id=issue_id, format=format, queued_at=NOW)
        session.add(other)
        session.commit()
        other_id = other.id
    render(shop, other_id)
    return stored(shop.database, other_id)


@pytest.mark.parametrize(
    "format, opening, checks",
    [
        ("web", b"<!DOCTYPE html>", ["V02", *ITEMS, "V19"]),
        ("epub", b"PK\x03\x04", ["V02", *ITEMS, "V19"]),
        ("wechat", b"PK\x03\x04", [*ITEMS, "V19"]),
    ],
)
def test_an_edition_for_screens_ends_as_a_stored_checked_file(shop, format, opening, checks):
    export_id = make_export(shop.database, format)
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.done, export.error
    assert shop.files.get(export.asset).startswith(opening)
    assert export.result["checks"] == checks
    assert export.result["made_with"]["software"].startswith("zhaibian ")


@pytest.mark.parametrize("format", ["pdf", "docx", "web", "epub", "wechat", "zip"])
def test_the_same_issue_gives_the_same_bytes_in_every_format(shop, format):
    export_id = make_export(shop.database, format)
    render(shop, export_id)
    first = stored(shop.database, export_id)
    assert first.state is ExportState.done, first.error
    assert again(shop, export_id, format).asset == first.asset


def test_a_headline_too_long_for_wechat_is_a_finding_and_does_not_stop_the_export(shop):
    export_id = make_export(shop.database, "wechat", items=1, headline=LONG)
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.done, export.error
    (finding,) = (each for each in export.findings if each["code"] == "wechat")
    assert finding["grade"] == "warn" and f"标题 {len(LONG)} 字" in finding["chinese"]


def test_a_note_on_another_page_than_its_mark_is_told_with_the_finished_file(shop, monkeypatch):
    sentence = "脚注 3 的注号在第 8 页，注文从第 9 页排起"
    found = Finding("warn", "note_away", sentence, "note 3 begins on page 9", "s1-1")
    monkeypatch.setattr(formats, "check_pdf", lambda *_, **__: ["V01"])
    monkeypatch.setattr(formats, "notes_away", lambda *_: (found,))
    export_id = make_export(shop.database, "pdf")
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.done, export.error
    (told,) = (each for each in export.findings if each["code"] == "note_away")
    assert (told["chinese"], told["anchor"]) == (sentence, "s1-1")


def test_what_is_noticed_on_a_word_files_pages_is_told_with_the_finished_file(shop, monkeypatch):
    remark = Finding("note", "word_pages", "第 9 面是空白页", "sheet 9 is blank")
    real = formats.number_docx

    def noticing(*issue, **wishes):
        return replace(real(*issue, **wishes), looked_at=("V11", "V14"), remarks=(remark,))

    monkeypatch.setattr(formats, "number_docx", noticing)
    export_id = make_export(shop.database, "docx")
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.done, export.error
    assert {"V11", "V14"} < set(export.result["checks"])
    assert told(export) == [("docx", "word_pages")]
    assert ("docx", "word_pages") in told(again(shop, export_id, "zip"))


@pytest.mark.parametrize("format", ["web", "epub", "wechat"])
def test_a_character_that_our_fonts_lack_stops_paper_and_not_screens(shop, format):
    export_id = make_export(shop.database, "pdf", items=1, headline="石浦：完工😀")
    render(shop, export_id)
    assert "U+1F600" in stored(shop.database, export_id).error
    export = again(shop, export_id, format)
    assert export.state is ExportState.done, export.error
    [found] = [each for each in export.findings if each["code"] == "missing_glyph"]
    assert found["grade"] == "warn" and "其他格式不受影响" in found["chinese"]


def test_the_packet_holds_every_format_and_its_sums(shop):
    export_id = make_export(shop.database, "zip")
    render(shop, export_id)
    export = stored(shop.database, export_id)
    assert export.state is ExportState.done, export.error
    with zipfile.ZipFile(io.BytesIO(shop.files.get(export.asset))) as archive:
        names = archive.namelist()
        sums = dict(
            reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines()
        )
        assert sums == {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names[:-1]}
    ends = [name.removeprefix("yunzhou-2026-07") for name in names]
    assert ends == [
        ".pdf",
        ".docx",
        "-same-pages.pdf",
        ".html",
        ".epub",
        "-wechat.zip",
        "export.json",
        "SHA256SUMS",
    ]


def told(export: Export) -> list[tuple[str, str]]:
    return [(row["format"], row["code"]) for row in export.findings if row.get("format")]


def test_the_packet_tells_what_its_formats_found_out_and_how_word_was_numbered(shop):
    export_id = make_export(shop.database, "zip", items=1, headline=LONG)
    render(shop, export_id)
    packet = stored(shop.database, export_id)
    assert told(packet) == [("wechat", "wechat")]
    assert packet.result["label"].startswith("Word 版：未使用 LibreOffice（")
    # and so does one that takes the finished file
    assert told(again(shop, export_id, "wechat")) == [("wechat", "wechat")]
    assert told(again(shop, export_id, "zip")) == [("wechat", "wechat")]


def test_the_packet_takes_what_is_finished_of_the_same_document(shop, monkeypatch):
    export_id = make_export(shop.database, "pdf")
    render(shop, export_id)
    pdf = stored(shop.database, export_id)
    with shop.database.reading() as session:
        assert exports.finished_exports(session, pdf.issue_id, pdf.digest)["pdf"].id == pdf.id
        assert exports.finished_exports(session, pdf.issue_id, "0" * 64) == {}
    packet = again(shop, export_id, "zip")
    with zipfile.ZipFile(io.BytesIO(shop.files.get(packet.asset))) as archive:
        assert archive.read("yunzhou-2026-07.pdf") == shop.files.get(pdf.asset)
