"""Who may import whom: the floors of ARCHITECTURE.md, read from the syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]

# The lowest floor first; a module imports from its own floor or below.
FLOORS = (
    ("config",),
    (
        "editor.errors",
        "editor.clock",
        "editor.schedule",
        "editor.workflow",
        "editor.patterns",
        "editor.profile",
        "editor.processes",
        "editor.version",
    ),
    ("editor.text", "editor.proofing"),
    ("editor.store",),
    ("editor.assembler",),
    ("editor.desk",),
    ("editor.web", "editor.api"),
    ("editor",),  # the roof: app, cli, commands, serve, broker, wsgi, demo
    ("workers",),
)
PARSERS = ("workers/listings", "workers/articles")
EFFECTS = (
    "workers.crawling.fetch",
    "editor.store",
    "editor.desk",
    "httpx",
    "sqlmodel",
    "sqlalchemy",
)


def modules(*tops: str) -> list[Path]:
    return sorted(path for top in tops for path in (HOUSE / top).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(module: str) -> int | None:
    """Return the module's floor; the longest matching prefix decides; None for others' code."""
    matches = [
        (len(prefix), level)
        for level, prefixes in enumerate(FLOORS)
        for prefix in prefixes
        if module == prefix or module.startswith(prefix + ".")
    ]
    return max(matches)[1] if matches else None


@pytest.mark.parametrize("path", modules("config", "editor", "workers"), ids=name_of)
def test_a_module_imports_only_from_its_own_floor_or_below(path):
    own = floor(name_of(path))
    above = [name for name in imports(path) if (other := floor(name)) is not None and other > own]
    assert above == []


@pytest.mark.parametrize("path", modules("workers"), ids=name_of)
def test_only_the_workers_app_imports_the_roof(path):
    if name_of(path) in ("workers.app", "workers.crawling.tryout"):
        return
    roof = [name for name in imports(path) if floor(name) == floor("editor.app")]
    assert roof == []


@pytest.mark.parametrize("path", modules("editor/assembler"), ids=name_of)
def test_only_gather_touches_the_store_tables(path):
    if path.name == "gather.py":
        return
    tables = [name for name in imports(path) if name.startswith("editor.store.models")]
    assert tables == []


@pytest.mark.parametrize("path", modules(*PARSERS), ids=name_of)
def test_parsing_modules_are_pure(path):
    touched = [name for name in imports(path) if name.startswith(EFFECTS)]
    assert touched == []
