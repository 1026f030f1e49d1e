"""The templates of the editions: values in, markup out, everything escaped.

Markup that a template takes as it is can only be a code drawn here or a style sheet of ours.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from editor.assembler.looks import looks
from editor.assembler.ooxml import UNSPEAKABLE
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
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_speakable,
    )


def _speakable(value: Any) -> Any:
    """Drop the characters that XML cannot hold; they have no form, so nothing visible is lost."""
    return UNSPEAKABLE.sub("", value) if type(value) is str else value


def fill(template: str, **values: Any) -> str:
    """Return a filled template."""
    return environment().get_template(template).render(words=WORDS, **values)


def style_sheet(name: str) -> Markup:
    """Return one of our style sheets as it stands in its file."""
    return Markup((FOLDER / name).read_text(encoding="utf-8").strip())


def own_colour(profile: Profile) -> str:
    """Return the publication's colour: the one of its cover."""
    return looks(profile)["cover_title"].colour
