"""The zips that are handed out, as people unpack them."""

import shutil
import subprocess
import zipfile
from pathlib import Path

from editor.assembler.editions.zips import packed
from tests.needs import missing


def test_colleagues_may_read_what_somebody_unpacked_for_them(tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(packed([("digest.pdf", b"%PDF"), ("SHA256SUMS", b"")]))
    unzip = shutil.which("unzip") or missing("the program unzip")
    subprocess.run(
        ["sh", "-c", f"umask 022; {unzip} -q all.zip"], cwd=tmp_path, check=True, timeout=30
    )
    for name in ("digest.pdf", "SHA256SUMS"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o644


def test_the_same_files_are_the_same_bytes_with_one_date(tmp_path: Path) -> None:
    files = [("b.txt", b"2"), ("a.txt", b"1")]
    assert packed(files) == packed(files)
    (tmp_path / "all.zip").write_bytes(packed(files))
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert [entry.filename for entry in archive.infolist()] == ["b.txt", "a.txt"]
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
