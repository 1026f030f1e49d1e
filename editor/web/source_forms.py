"""The fields of a source's form, read and filled in."""

from collections.abc import Mapping
from typing import Any

from flask import request
from pydantic import ValidationError

from editor.desk import issues
from editor.desk.publications import profile_of
from editor.desk.source_draft import (
    PAUSES,
    SELECTORS,
    SourceDraft,
    reads_page,
    selector_problems,
)
from editor.errors import Invalid
from editor.web import access
from editor.web.forms import invalid
from editor.workflow import SourceKind


def draft_from_form() -> SourceDraft:
    """Read the form; raises Invalid with a sentence per field."""
    form = request.form
    plain = [name for name in SourceDraft.model_fields if name != "selectors"]
    data: dict[str, Any] = {name: form[name] for name in plain if form.get(name, "").strip()}
    refuse(_problems(form))
    try:
        return SourceDraft.model_validate(data | {"selectors": selectors_of(form)})
    except ValidationError as error:
        raise invalid(error) from error


def refuse(problems: Mapping[str, tuple[str, str]]) -> None:
    """Raise Invalid when a field has a problem; the form marks each."""
    if problems:
        first = next(iter(problems.values()))
        raise Invalid(f"没有保存：{first[0]}", f"Not saved: {first[1]}", fields=dict(problems))


def _problems(form: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return what concerns a field that the draft could name only as a whole."""
    kind = form.get("kind", "")
    known = SourceKind(kind) if kind in list(SourceKind) else SourceKind.feed
    css = reads_page(known, form.get("list_url", "").strip())
    problems = selector_problems(selectors_of(form) if css else {}, form.get("site_rule", ""))
    pauses = [form.get(name, "").strip() for name in ("interval_minutes", "longest_minutes")]
    if all(pause.isdecimal() for pause in pauses) and int(pauses[1]) < int(pauses[0]):
        problems["longest_minutes"] = PAUSES
    return problems


def selectors_of(form: Mapping[str, str]) -> dict[str, str]:
    """Return the selectors that were filled in."""
    filled = ((name, form.get(f"selector_{name}", "").strip()) for name in SELECTORS)
    return {name: text for name, text in filled if text}


def form_values(draft: SourceDraft) -> dict[str, Any]:
    """Return the values that fill the form, each selector under its field's name."""
    values: dict[str, Any] = draft.model_dump(mode="json")
    return values | {f"selector_{name}": text for name, text in draft.selectors.items()}


def section_names() -> list[str]:
    """Return the present issue's sections, the profile's where no issue is open."""
    issue = access.find_issue()
    if issue is not None:
        return [each.name for each in issues.sections_of(access.current_session(), issue)]
    return [section.name for section in profile_of(access.publication()).section]
