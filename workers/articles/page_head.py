"""What a page says about itself in its head: meta elements and JSON-LD."""

import json
from typing import Any

from lxml.html import HtmlElement

from editor.text.markup_inline import squeeze


def read_metas(tree: HtmlElement) -> dict[str, str]:
    """Return the page's meta elements by lower-case name, the first of each."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("name") or meta.get("property") or meta.get("itemprop") or ""
        content = squeeze(meta.get("content") or "")
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def read_linked_data(tree: HtmlElement) -> list[dict[str, Any]]:
    """Return the page's JSON-LD objects, graphs flattened; broken ones are left out."""
    found: list[dict[str, Any]] = []
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        try:
            waiting: list[Any] = [json.loads(script.text or "null", strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting:
            data = waiting.pop(0)
            if isinstance(data, list):
                waiting = [*data[:50], *waiting]
            elif isinstance(data, dict):
                found.append(data)
                waiting.append(data.get("@graph"))
    return found
