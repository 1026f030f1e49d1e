"""The templates of the editions: values in, markup out, everything escaped.

Markup that a template takes as it is can only be a code drawn here or a style sheet of ours.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from editor.assembler.editions.reading import Run, Runs, TableCell
from editor.assembler.looks import looks
from editor.assembler.word.ooxml import UNSPEAKABLE
from editor.profile import Profile

FOLDER = Path(__file__).parents[3] / "templates" / "editions"
# the words of the pages themselves; they are read in the publication's language
WORDS = {
    "contents": "目录",
    "to_contents": "回到目录",
    "note": "注",
    "notes": "注释",
    "back": "回到正文注",
    "table": "表格",
    "masthead": "刊首",
    "cover": "封面",
    "start": "正文",
    "colophon": "版权",
    "landmarks": "导航",
}


@cache
def environment() -> Environment:
    """Return where the templates are found; what is not defined is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_speakable,
    )
    made.globals |= {"inline": inline, "rows": rows}
    return made


def _speakable(value: Any) -> Any:
    """Drop the characters that XML cannot hold; they have no form, so nothing visible is lost."""
    return UNSPEAKABLE.sub("", value) if type(value) is str else value


def inline(groups: Runs, noteref: str = "") -> Markup:
    """Return running text as markup; `noteref` are more attributes for the marks of footnotes.

    A full issue has ten thousand runs: as macros they would cost more than all else together.
    """
    return Markup("".join(_grouped(groups, noteref)))


def rows(table: Iterable[Sequence[TableCell]], noteref: str = "") -> Markup:
    """Return the rows of a table as markup: thousands of cells in an issue of many tables."""
    return Markup(
        "".join(f"<tr>{''.join(_cell(cell, noteref) for cell in row)}</tr>\n" for row in table)
    )


def _cell(cell: TableCell, noteref: str) -> str:
    tag = "th" if cell.scope else "td"
    scope = f' scope="{cell.scope}"' if cell.scope else ""
    wide = f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
    tall = f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
    words = "".join(_grouped(cell.runs, noteref))
    return f'<{tag} class="{cell.align}"{scope}{wide}{tall}>{words}</{tag}>'


def _grouped(groups: Runs, noteref: str) -> Iterator[str]:
    for group in groups:
        held = len(group) > 1
        if held:
            yield '<span class="held">'
        for run in group:
            yield _run(run, noteref)
        if held:
            yield "</span>"


def _run(run: Run, noteref: str) -> str:
    text = str(escape(UNSPEAKABLE.sub("", run.text)))
    if run.note:
        return (
            f'<sup class="mark"><a id="{escape(run.key)}-mark" href="#{escape(run.key)}" '
            f'role="doc-noteref"{noteref} aria-label="{WORDS["note"]} {run.note}">{text}</a></sup>'
        )
    if run.formula:
        return f'<span class="formula">{text}</span>'
    text = text.replace("\n", "<br/>")
    if run.shift:
        text = f"<{run.shift}>{text}</{run.shift}>"
    if run.strong:
        text = f"<strong>{text}</strong>"
    if run.href:
        href = escape(UNSPEAKABLE.sub("", run.href))
        text = f'<a href="{href}" rel="noopener noreferrer">{text}</a>'
    return text


def fill(template: str, **values: Any) -> str:
    """Return a filled template."""
    return environment().get_template(template).render(words=WORDS, **values)


def style_sheet(name: str) -> Markup:
    """Return one of our style sheets as it stands in its file."""
    return Markup((FOLDER / name).read_text(encoding="utf-8").strip())


def own_colour(profile: Profile) -> str:
    """Return the publication's colour: the one of its cover."""
    return looks(profile)["cover_title"].colour
