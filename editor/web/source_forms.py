"""The fields of a source's form, read and filled in."""

from collections.abc import Mapping
from typing import Any

from flask import request
from pydantic import ValidationError

from editor.desk import issues
from editor.desk.publications import profile_of
from editor.desk.source_draft import SELECTORS, SourceDraft
from editor.web import access
from editor.web.forms import invalid


def draft_from_form() -> SourceDraft:
    """Read the form; raises Invalid with a sentence per field."""
    form = request.form
    plain = [name for name in SourceDraft.model_fields if name != "selectors"]
    data: dict[str, Any] = {name: form[name] for name in plain if form.get(name, "").strip()}
    try:
        return SourceDraft.model_validate(data | {"selectors": selectors_of(form)})
    except ValidationError as error:
        raise invalid(error) from error


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
