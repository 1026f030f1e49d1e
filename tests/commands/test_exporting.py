"""What `zhaibian export` writes and says, after the worker has finished."""

from pathlib import Path

from editor.commands.exporting import deliver, told
from editor.commands.office import Office
from editor.store.models import Export
from tests.commands.conftest import Installation

RESULT = {
    "label": "页码由排版引擎在本文件中生成",
    "label_english": "Page numbers come from the layout of this very file",
    "checks": ["V01", "V07"],
    "print": {"bleed_mm": 3.0, "blank": 2},
}
WAIVED = {
    "grade": "block",
    "chinese": "《海岛航线》：稿件没有来源，请补上",
    "english": "“海岛航线”: The item has no source; add it",
    "waived_by": "沈望川",
    "reason": "作者要求不署来源",
}


def test_the_cover_and_the_readers_pdf_are_written_beside_the_issue(
    here: Installation, tmp_path: Path
) -> None:
    office = Office()
    result = {name: office.files.put(name.encode()) for name in ("cover", "readers")}
    done = Export(issue_id=1, format="pdf", asset=office.files.put(b"pages"), result=result)
    written = deliver(office, done, tmp_path / "out" / "july.pdf")
    assert [path.name for path in written] == [
        "july.pdf",
        "july-cover.pdf",
        "july-for-readers.pdf",
    ]
    assert [path.read_bytes() for path in written] == [b"pages", b"cover", b"readers"]


def test_a_file_alone_is_written_alone(here: Installation, tmp_path: Path) -> None:
    office = Office()
    done = Export(issue_id=1, format="epub", asset=office.files.put(b"book"))
    assert deliver(office, done, tmp_path / "july.epub") == [tmp_path / "july.epub"]


def test_numbers_print_orders_checks_and_findings_are_told_in_both_languages(
    here: Installation,
) -> None:
    lines = list(told(Office().app, RESULT, [WAIVED]))
    assert lines[0].startswith("页码由排版引擎在本文件中生成 / Page numbers come from")
    assert lines[1].startswith("四边出血 3 毫米，带裁切线 / ")
    assert lines[2].startswith("末尾补了 2 页空白 / ")
    assert lines[3] == "成品检查通过：页码、二维码 / checks passed: page numbers, QR codes"
    assert lines[4].startswith("已豁免 / waived：《海岛航线》：稿件没有来源")
    assert lines[4].endswith("（沈望川：作者要求不署来源）")


def test_the_help_says_where_the_paths_and_the_explanations_go(here: Installation) -> None:
    assert "standard error" in here.run("export", "--help").output.replace("\n", " ")
