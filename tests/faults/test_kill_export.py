"""kill -9 of the export worker while LibreOffice lays out: the export completes."""

import pytest

from tests.faults.killing import candidates, killable_desk
from tests.faults.running_desk import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_an_export_survives_the_death_of_its_worker(tmp_path):
    target = tmp_path / "issue.docx"
    with killable_desk(tmp_path / "data") as (desk, _):
        desk.run("crawl", "--issue", "60")
        ids = [str(row["id"]) for row in candidates(desk)]
        desk.run("take", *ids, "--section", "国内动态", "--issue", "60")
        export = desk.start("export", "--issue", "60", "--format", "docx", str(target))
        wait_until(lambda: bool(desk.processes("soffice")), 60, "LibreOffice is laying out")
        desk.kill("export@")
        assert export.wait(300) == 0
    assert target.read_bytes().startswith(b"PK")
