"""What the program tells people to type works in their shell, whether PATH knows it or not."""

import sys

import pytest

from editor.commands.typable import typable


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Give a folder to stand in that has the program beside it, on no PATH."""
    program = tmp_path / "a desk" / ".venv" / "bin" / "zhaibian"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path / "a desk")
    monkeypatch.setenv("PATH", "/nowhere")
    return program


def test_a_command_is_told_as_it_was_called(bench, monkeypatch):
    monkeypatch.setattr(sys, "argv", [".venv/bin/zhaibian", "demo"])
    said = typable(
        "请先运行 zhaibian init 或 zhaibian --data X upgrade；zhaibian.db 和 zhaibian 不变"
    )
    assert said == (
        "请先运行 .venv/bin/zhaibian init 或 .venv/bin/zhaibian --data X upgrade；"
        "zhaibian.db 和 zhaibian 不变"
    )


def test_on_path_its_name_is_enough(bench, monkeypatch):
    monkeypatch.setenv("PATH", str(bench.parent))
    monkeypatch.setattr(sys, "argv", [str(bench)])
    assert typable("zhaibian serve") == "zhaibian serve"


@pytest.mark.parametrize("folder", [".venv/bin", ".venv"])
def test_beside_the_program_the_way_there_is_told(bench, monkeypatch, folder):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", [str(bench)])
    way = "./zhaibian" if folder == ".venv/bin" else "bin/zhaibian"
    assert typable("zhaibian serve") == f"{way} serve"


def test_from_elsewhere_the_whole_path_is_told_and_quoted(bench, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    monkeypatch.setattr(sys, "argv", [str(bench)])
    assert typable("zhaibian serve") == f"'{bench}' serve"


def test_another_program_that_runs_the_command_does_not_lend_its_name(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/somewhere/pytest"])
    assert typable("zhaibian serve") == "zhaibian serve"
