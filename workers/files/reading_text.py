"""Plain text, Markdown and web pages that were saved as files become blocks."""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

from editor.errors import ParseError
from editor.text.document import (
    AnyBlock,
    Blocks,
    Figure,
    Heading,
    Text,
    character_count,
    dump_blocks,
    load_blocks,
    paragraph,
)
from editor.text.handed_in import FileNote, FileReason, Unreadable
from editor.text.markup_inline import clean_characters
from workers.articles.extract import extract, extract_fragment
from workers.charset import Decoded, decode
from workers.files.file_facts import facts_of
from workers.files.handed_in import PART, FileDate, FileKind, HandedIn
from workers.values import Extract

MOST_BLOCKS = 20_000
MOST_PICTURES = 200
LONGEST_HEADING = 50
WRAPPED = 30
# no such host can be: it stands for the file while its markup is read
PLACE = "https://file.invalid/"
_DATA = re.compile(
    r"""(<img\b[^>]*?\ssrc\s*=\s*)(?:"(data:image/[^"]*)"|'(data:image/[^']*)'|(data:image/[^\s>]+))""",
    re.I,
)
_HEADING = re.compile(
    r"^(?:第[一二三四五六七八九十百]{1,4}[章节编部分]\s*|(?P<first>[一二三四五六七八九十]{1,3}、)"
    r"|(?P<second>[（(][一二三四五六七八九十]{1,3}[)）]))"
)
_MARKDOWN = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_INDENT = re.compile(r"^(?:\u3000{1,}| {2,}|\t|\u2003)")
_OURS = re.compile(r"data-\d+\.png")
_ENDS = "。！？；：…!?;:”』」）)"


# --- plain text ----------------------------------------------------------------------------------


def read_text(body: bytes, *, name: str, now: datetime, zone: ZoneInfo) -> HandedIn:
    """Return what a text file says; raises Unreadable when it says nothing."""
    decoded = decode(body)
    notes = _decoded_notes(decoded)
    blocks = text_blocks(decoded.text)
    if len(blocks) > MOST_BLOCKS:
        notes[FileNote.cut] += 1
        blocks = blocks[:MOST_BLOCKS]
    if not blocks:
        raise Unreadable(FileReason.no_text)
    facts = facts_of(blocks, _first_heading(blocks), fallback="", name=name, now=now, zone=zone)
    return HandedIn(
        kind=FileKind.text,
        title=facts.title,
        blocks=facts.blocks,
        source_name=facts.source_name,
        byline=facts.byline,
        published=facts.published,
        notes=notes,
    )


def text_blocks(text: str) -> Blocks:
    """Return plain text as headings and paragraphs.

    Lines are paragraphs, unless blank lines part the text and its lines were folded to a width:
    then the lines between blank ones belong together.
    """
    lines = [clean_characters(line, verbatim=True).rstrip() for line in text.splitlines()]
    grouped = _folded(lines)
    blocks: list[AnyBlock] = []
    group: list[str] = []
    for line in [*lines, ""]:
        alone = not line.strip() or _INDENT.match(line) or _heading(line.strip())
        if group and (alone or not grouped):
            blocks.append(paragraph(_joined(group)))
            group = []
        if heading := _heading(line.strip()):
            blocks.append(heading)
        elif line.strip():
            group.append(line.strip(" \t\u3000\u2003"))
    return tuple(blocks)


def _folded(lines: list[str]) -> bool:
    """Whether lines were broken at a width: blank lines part them and most break a sentence."""
    inner = [
        (line, following)
        for line, following in pairwise(lines)
        if line.strip() and following.strip() and not _INDENT.match(following)
    ]
    if len(inner) < 3 or not any(not line.strip() for line in lines):
        return False
    broken = sum(len(line) >= WRAPPED and line.strip()[-1] not in _ENDS for line, _ in inner)
    return broken * 2 > len(inner)


def _joined(group: list[str]) -> str:
    text = ""
    for line in group:
        latin = text[-1:].isascii() and line[:1].isascii()
        text += f" {line}" if text and latin else line
    return text


def _heading(line: str) -> Heading | None:
    if match := _MARKDOWN.match(line):
        level = min(len(match.group(1)), 3)
        return Heading(level=level, content=(Text(text=match.group(2)),))
    match = _HEADING.match(line)
    if not match or len(line) > LONGEST_HEADING or line[-1] in _ENDS[:6] or "。" in line:
        return None
    return Heading(level=2 if match["second"] else 1, content=(Text(text=line),))


def _first_heading(blocks: Blocks) -> str:
    """Return a Markdown title: the first line when it is a heading without a number."""
    first = blocks[0]
    if not isinstance(first, Heading):
        return ""
    words = "".join(piece.text for piece in first.content if isinstance(piece, Text))
    return "" if _HEADING.match(words) else words


def _decoded_notes(decoded: Decoded) -> Counter[FileNote]:
    return Counter({FileNote.replaced: 1}) if decoded.replaced else Counter()


# --- web pages -----------------------------------------------------------------------------------


def read_html(body: bytes, *, name: str, now: datetime, zone: ZoneInfo) -> HandedIn:
    """Return what a saved page says; raises Unreadable when it says nothing.

    Pictures inside the page are taken over; those on the web are fetched later like any other.
    """
    decoded = decode(body)
    notes = _decoded_notes(decoded)
    html, pictures = _without_data(decoded.text, notes)
    article = _article(html, now, zone)
    blocks = _localised(article.blocks, notes)
    if not blocks:
        raise Unreadable(FileReason.no_text)
    facts = facts_of(blocks, article.title, fallback="", name=name, now=now, zone=zone)
    published = article.published
    shown = {each.url for each in facts.blocks if isinstance(each, Figure)}
    return HandedIn(
        kind=FileKind.html,
        title=facts.title,
        blocks=facts.blocks,
        source_name=article.source_name or facts.source_name,
        byline=article.byline or facts.byline,
        published=FileDate(published.moment, "text") if published else facts.published,
        pictures={url: content for url, content in pictures.items() if url in shown},
        notes=notes,
        agreement=article.agreement,
    )


def _article(html: str, now: datetime, zone: ZoneInfo) -> Extract:
    """Return the page's article; all of its text when no article stands out."""
    whole = extract_fragment(html, url=PLACE)
    try:
        article = extract(
            html.encode("utf-8", "replace"),
            url=PLACE,
            content_type="text/html; charset=utf-8",
            now=now,
            zone=zone,
            encoding="utf-8",
        )
    except ParseError:
        return Extract(title="", blocks=whole)
    # a fragment or a page that Word wrote has no furniture to take off
    if character_count(article.blocks) * 2 < character_count(whole) < 3000:
        return Extract(title=article.title, blocks=whole, published=article.published)
    return article


def _without_data(html: str, notes: Counter[FileNote]) -> tuple[str, Mapping[str, bytes]]:
    """Return the markup with pictures given by name, and the pictures that lay in it."""
    found: dict[str, bytes] = {}

    def named(match: re.Match[str]) -> str:
        content = data_bytes(next(group for group in match.groups()[1:] if group))
        if not content or len(found) >= MOST_PICTURES:
            notes[FileNote.pictures_lost] += 1
            return match.group(0)
        name = f"data-{len(found)}"
        found[PART + name] = content
        return f'{match.group(1)}"{PLACE}{name}.png"'

    return _DATA.sub(named, html), found


def data_bytes(address: str) -> bytes:
    """Return what a data: address holds, b"" when it holds nothing readable."""
    head, _, data = address.partition(",")
    raw = unquote_to_bytes(data.strip())
    if not head.lower().rstrip().endswith(";base64"):
        return raw
    try:
        return base64.b64decode(b"".join(raw.split()), validate=False)
    except (binascii.Error, ValueError):
        return b""


def _localised(blocks: Blocks, notes: Counter[FileNote]) -> Blocks:
    """Return the blocks without addresses beside the file, which lead nowhere from here."""
    kept: list[AnyBlock] = []
    for block in load_blocks(_without_place(dump_blocks(blocks))):
        if isinstance(block, Figure) and block.url.startswith(PLACE):
            name = block.url.removeprefix(PLACE)
            if not _OURS.fullmatch(name):
                notes[FileNote.pictures_outside] += 1
                continue
            block = block.model_copy(update={"url": PART + name.removesuffix(".png")})
        kept.append(block)
    return tuple(kept)


def _without_place(data: Any) -> Any:
    if isinstance(data, dict):
        nowhere = str(data.get("href") or "").startswith(PLACE)
        kept = data | {"href": None} if nowhere else data
        return {key: _without_place(value) for key, value in kept.items()}
    if isinstance(data, list):
        return [_without_place(each) for each in data]
    return data
