"""Runs of text for the page templates: words as they are, or with what marks them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from editor.assembler.columns import last_word
from editor.assembler.phrases import tidy_inlines
from editor.text.document import FootnoteRef, Inline, InlineFormula, Mark, Text

Data = dict[str, Any]

UNIT = re.compile("[%％‰℃°]+[，。、；：？！）》〉」』】”’…]*")
UNMARKED = {"text": "", "strong": False, "shift": "", "href": None}


def inlines(content: Sequence[Inline]) -> list[Data | str]:
    """Return runs for the template, bare words where nothing marks them.

    Gaps between Chinese and Latin are left to the layout.
    """
    return [_bare(run) for run in _held([_inline(inline) for inline in tidy_inlines(content)])]


def noted_inlines(content: Sequence[Inline], key: str) -> list[Data | str]:
    """Return runs whose notes tell by this key where they stand."""
    runs = inlines(content)
    for note in _notes(runs):
        note["key"] = key
    return runs


def note_keys(block: Data) -> Iterator[str]:
    """Yield the keys of the notes in a composed block or cell, in printed order."""
    for name in ("runs", "items", "paragraphs", "rows"):
        for note in _notes(block.get(name, ())):
            yield note["key"]


def _notes(runs: Any) -> Iterator[Data]:
    """Yield all notes within runs, or within lists of them."""
    for run in runs:
        if isinstance(run, list):
            yield from _notes(run)
        elif isinstance(run, dict) and "note" in run:
            yield run
        elif isinstance(run, dict):
            yield from _notes(run.get("held", run.get("runs", ())))


def without_links(content: Sequence[Inline]) -> tuple[Inline, ...]:
    """Return the same words, none of which leads anywhere."""
    return tuple(
        run.model_copy(update={"href": None}) if isinstance(run, Text) else run for run in content
    )


def without_notes(content: Sequence[Inline]) -> tuple[Inline, ...]:
    """Return the same words, none of which has a note."""
    return tuple(run for run in content if not isinstance(run, FootnoteRef))


def _bare(run: Data) -> Data | str:
    plain_words = run.keys() == UNMARKED.keys() and run == UNMARKED | {"text": run["text"]}
    return run["text"] if plain_words else run


def _held(runs: list[Data]) -> list[Data]:
    """Join each raised mark to the character before it, so that no line opens with a mark.

    So are signs of units to a formula or a mark, behind which any line might end.
    """
    held: list[Data] = []
    for run in runs:
        raised = "note" in run or run.get("shift") == "up"
        last = held[-1] if held else {}
        unit = UNIT.match(run.get("text", "")) if "held" in last or "formula" in last else None
        if raised and "held" in last:
            last["held"].append(run)
        elif raised and last.get("text") and not last["href"]:
            at = last_word(last["text"])
            held.append({"held": [{**last, "text": last["text"][at:]}, run]})
            last["text"] = last["text"][:at]
        elif unit:
            held[-1] = {"held": [*last.get("held", [last]), {**run, "text": unit.group()}]}
            held.append({**run, "text": run["text"][unit.end() :]})
        else:
            held.append(run)
    return held


def _inline(inline: Inline) -> Data:
    match inline:
        case Text():
            return {
                "text": inline.text,
                "strong": Mark.strong in inline.marks,
                "shift": _shift(inline.marks),
                "href": inline.href,
            }
        case InlineFormula():
            return {"formula": inline.source}
        case FootnoteRef():
            return {"note": inlines(inline.content)}
        case _:
            raise TypeError(f"no printed form for {type(inline).__name__}")


def _shift(marks: Iterable[Mark]) -> str:
    if Mark.superscript in marks:
        return "up"
    return "down" if Mark.subscript in marks else ""
