"""Vendored files are the ones that were looked at."""

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "editor" / "web" / "static" / "vendor"


def test_every_vendored_script_has_the_sha256_that_the_list_names() -> None:
    rows = json.loads((VENDOR / "vendor.json").read_text("utf-8"))
    listed = {row["file"]: row["sha256"] for row in rows}
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in VENDOR.glob("*.min.js")
    }
    assert found == listed


def test_every_vendored_script_comes_with_its_licence() -> None:
    rows = json.loads((VENDOR / "vendor.json").read_text("utf-8"))
    for row in rows:
        assert row["licence"] in {"0BSD", "MIT"}
        assert (VENDOR / row["file"].replace(".min.js", ".LICENSE")).is_file()
