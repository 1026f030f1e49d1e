"""Data as TOML that a person can read and edit."""

from collections.abc import Mapping
from typing import Any

import tomli_w


def toml(data: Mapping[str, Any]) -> str:
    """Return JSON data as TOML; what is None is left out, as TOML has no such value."""
    return tomli_w.dumps(_said(data))


def _said(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _said(each) for key, each in value.items() if each is not None}
        case list() | tuple():
            return [_said(each) for each in value]
    return value
