"""What a publication prints is its profile's: no such word stands in the code (V20).

Every string of every profile is searched in what the code says: the constants of Python without
its docstrings, the templates, the scripts.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from editor.profile import WORDS, read_profile

HOUSE = Path(__file__).parents[2]
PROFILES = sorted((HOUSE / "config" / "publications").glob("*.toml"))
CHINESE = re.compile(r"[\u2e80-\u9fff]")
ADDRESS = re.compile(r"@|://|www\.|\(0\d+\)|（0\d+）")

# Ordinary words of the desk that some profile prints as well, each with what it means here.
ORDINARY = {
    "目录": "the contents of an issue, the data folder",
    "网址": "the address of a page",
    "地址": "an address of the web or of mail",
    "电话": "a telephone number, as sites print it",
    "主编": "the role of a user of the desk",
    "副主编": "what sites call people whom readers need not see",
    "主办": "what sites say of their owner",
    "联系人": "whom to ask about a source",
}
# Files that know the words of other people's pages, and the demo, which is itself a publication.
OTHERS = ("workers/articles/", "workers/files/", "editor/demo/", "templates/demo/")


def leaves(data: object) -> Iterator[str]:
    match data:
        case str():
            yield data
        case dict():
            for value in data.values():
                yield from leaves(value)
        case list() | tuple():
            for value in data:
                yield from leaves(value)


def words() -> set[str]:
    """Return every string of a profile that would show on paper: Chinese, or an address."""
    profiles = [read_profile(path).model_dump(mode="json") for path in PROFILES]
    found = {text.strip() for data in (*profiles, WORDS) for text in leaves(data)}
    return {
        text for text in found if len(text) >= 2 and (CHINESE.search(text) or ADDRESS.search(text))
    }


def constants(path: Path) -> Iterator[str]:
    """Yield the string constants of a module; docstrings explain and are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def texts() -> Iterator[tuple[str, str]]:
    """Yield (file, text) of all that the code says."""
    for path in sorted(path for top in ("editor", "workers") for path in (HOUSE / top).rglob("*")):
        name = str(path.relative_to(HOUSE))
        if path.suffix == ".py":
            yield from ((name, text) for text in constants(path))
        elif path.suffix in (".js", ".css") and "vendor" not in path.parts:
            yield name, path.read_text(encoding="utf-8")
    for path in sorted((HOUSE / "templates").rglob("*.*")):
        yield str(path.relative_to(HOUSE)), path.read_text(encoding="utf-8")


def test_no_word_of_a_profile_stands_in_the_code():
    searched = words() - set(ORDINARY)
    assert {"热点关注", "附：", "编审名单", "目录 CONTENTS", "续{label}"} <= searched
    found = {
        (name, word)
        for name, text in texts()
        if not name.startswith(OTHERS)
        for word in searched
        if word in text
    }
    assert found == set()


@pytest.mark.parametrize("word", sorted(ORDINARY))
def test_a_word_is_excused_only_while_a_profile_prints_it(word):
    assert word in words()
