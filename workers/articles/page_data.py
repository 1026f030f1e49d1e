"""Articles that stand in a page's data alone: JSON that a script would show (Next.js, Nuxt …)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from editor.text.markup import parse_page
from workers.articles.containers import Place, bare_text

SHORTEST = 150
LEAST_MARKS = 5
MOST_VALUES = 50_000
MOST_TRIED = 5
_STATE = re.compile(r"^\s*(?:window\.|var\s+|self\.)?[\w.$]{1,60}\s*=\s*(?=[{\[])")
_PROSE = re.compile(r"[，。！？；]")
_TAG = re.compile(r"<[a-zA-Z/][^>]{0,2000}>")


def article_in_data(tree: HtmlElement) -> Place | None:
    """Return the longest prose that the page's JSON holds as its article, None without any."""
    texts = (text for data in _documents(tree) for text in _strings(data))
    likely = sorted((text for text in texts if _prose(text)), key=len, reverse=True)
    for text in likely[:MOST_TRIED]:
        body = parse_page(f"<div>{_paragraphs(text)}</div>")
        if body is not None and len(bare_text(body)) >= SHORTEST:
            return Place((body,), "data")
    return None


def _documents(tree: HtmlElement) -> Iterator[Any]:
    for script in tree.iter("script"):
        text = script.text or ""
        kind = (script.get("type") or "").lower()
        start = _STATE.match(text)
        if "json" not in kind and not start:
            continue
        text = text[start.end() :] if start else text
        try:
            yield json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0]
        except (ValueError, RecursionError):
            continue


def _strings(data: Any) -> Iterator[str]:
    waiting, seen = [data], 0
    while waiting and seen < MOST_VALUES:
        value = waiting.pop()
        seen += 1
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _prose(text: str) -> bool:
    if len(text) < SHORTEST:
        return False
    bare = _TAG.sub("", text)
    return len(bare) >= SHORTEST and len(_PROSE.findall(bare)) >= LEAST_MARKS


def _paragraphs(text: str) -> str:
    if _TAG.search(text):
        return text
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"<p>{line.replace('<', '&lt;')}</p>" for line in lines if line)
