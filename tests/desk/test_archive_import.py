"""`zhaibian archive`: ten years of back issues come in as one file, or not at all."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from editor.cli import main
from editor.commands.archive import read_issues
from editor.errors import Invalid
from editor.store import migrate
from editor.store.db import Database
from tests.cast import make_publication


def line(**changes: object) -> str:
    return json.dumps({"total_number": 28, "headline": "云州：港口方案印发"} | changes)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    database = Database(f"sqlite:///{tmp_path / 'zhaibian.db'}")
    migrate.upgrade(database)
    with database.writing() as session:
        make_publication(session)
        session.commit()
    database.close()
    monkeypatch.setenv("ZHAIBIAN_DATA", str(tmp_path))
    monkeypatch.setenv("ZHAIBIAN_SECRET_KEY", "only for tests")
    monkeypatch.delenv("ZHAIBIAN_DATABASE_URL", raising=False)
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["archive", *words])
    return done.exit_code, done.output


def test_back_issues_come_in_are_listed_replaced_and_removed(folder: Path) -> None:
    file = folder / "back.jsonl"
    file.write_text(
        "\n".join((line(page=3, label="第3期（总第28期）"), line(), "", line(total_number=27))),
        encoding="utf-8",
    )
    for _ in range(2):
        assert run("import", str(file))[0] == 0
        said = run("list")[1]
        assert said.splitlines() == ["28\t第3期（总第28期）\t2", "27\t总第27期\t1"]
    assert run("remove", "27")[0] == 0
    assert "27\t" not in run("list")[1]
    assert run("remove", "27")[0] == 1


@pytest.mark.parametrize("lines, sentence", [
    ([line(), "{"], "第 2 行不是 JSON"),
    ([line(), "[]"], "第 2 行"),
    ([line(page="x")], "page"),
    ([line(total_number=0)], "total_number"),
    ([line(headline=" ")], "headline"),
    ([line(seite=3)], "seite"),
    ([line(), line(url="http://[bad")], "第 2 行的 url"),
    ([line(url="not an address")], "第 1 行的 url"),
    (["[" * 100_000], "第 1 行不是 JSON"),
    ([line(position=1), line(position=1)], "重复"),
    ([], "没有文章"),
])  # fmt: skip
def test_a_wrong_line_is_named(lines: list[str], sentence: str) -> None:
    with pytest.raises(Invalid) as error:
        read_issues(lines)
    assert sentence in error.value.chinese


def test_null_stands_for_nothing_and_nul_characters_are_left_out() -> None:
    (article,) = read_issues([line(url=None, page=None, text="青屿\0区", label="\0")])[28]
    assert (article.url, article.page, article.text, article.label) == ("", None, "青屿区", "")
