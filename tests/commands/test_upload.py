"""`zhaibian upload`: files become candidates, and what cannot be read is named."""

import pytest
from sqlmodel import select

from editor.commands import uploading
from editor.store.models import Upload
from editor.workflow import UploadState
from tests.faults.running_desk import RunningDesk


def rows(here):
    with here.database.reading() as session:
        return session.exec(select(Upload)).all()


def test_a_file_is_taken_in_with_what_was_said_of_it_and_waits_for_the_worker(here, tmp_path):
    file = tmp_path / "渡口.txt"
    file.write_text("青屿区渡口恢复通航。", encoding="utf-8")
    said = ("--title", "渡口恢复通航", "--source", "云州日报", "--date", "2026-07-09")
    done = here.run("upload", file, *said)
    assert done.exit_code == 0 and "已收下 1 个文件" in done.output
    (row,) = rows(here)
    assert (row.name, row.state) == ("渡口.txt", UploadState.queued)


@pytest.mark.parametrize("words, sentence", [
    (("--date", "2026-13-01"), "不是日期"),
    (("--issue", "9"), "没有总第 9 期"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_taken(here, tmp_path, words, sentence):
    file = tmp_path / "a.txt"
    file.write_text("正文", encoding="utf-8")
    done = here.run("upload", file, *words)
    assert done.exit_code == 1 and sentence in done.output
    assert not rows(here)


def test_one_title_for_several_files_is_refused(here, tmp_path):
    files = [tmp_path / name for name in ("a.txt", "b.txt")]
    for file in files:
        file.write_text("正文", encoding="utf-8")
    done = here.run("upload", *files, "--title", "渡口")
    assert done.exit_code == 1 and "不能填标题" in done.output
    assert not rows(here)


def test_a_file_that_cannot_be_opened_is_named(here, tmp_path, monkeypatch):
    file = tmp_path / "a.txt"
    file.write_text("正文", encoding="utf-8")

    opened = uploading.Path.open

    def refuse(path, *how):
        if path == file:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(path, *how)

    monkeypatch.setattr(uploading.Path, "open", refuse)
    done = here.run("upload", file)
    assert done.exit_code == 1 and "a.txt" in done.output and done.output.startswith("错误：")


@pytest.mark.slow
def test_waiting_tells_what_became_of_each_file(tmp_path):
    desk = RunningDesk(tmp_path / "data", "127.0.0.1")
    desk.run("init", "--profile", "config/publications/digest.toml")
    desk.run("issue", "open")
    good, bad = tmp_path / "渡口.txt", tmp_path / "空.txt"
    good.write_text("渡口恢复通航\n\n青屿区渡口昨日恢复通航，每日往返六班。", encoding="utf-8")
    bad.write_bytes(b"")
    assert "渡口.txt\t候选 1" in desk.run("upload", str(good), "--wait")
    failing = desk.start("upload", str(bad), "--wait")
    assert failing.wait(120) == 1
