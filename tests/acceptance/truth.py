"""What a real issue says: its sections, items and bodies, as values."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from editor.text.document import Attachment, Blocks, BookEntry, Heading, Text, paragraph
from editor.workflow import ItemKind

BOOK_LABELS = {
    "书名/著者：": "title_author",
    "出版社/出版日期：": "publisher_date",
    "内容简介：": "summary",
    "推荐理由：": "reason",
}


@dataclass(frozen=True)
class TrueItem:
    """One printed item; `body` has one paragraph a line."""

    section: str
    title: str
    kind: ItemKind
    source: str
    dated_on: date | None
    body: str
    headings: frozenset[str]
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True)
class TrueIssue:
    """One printed issue."""

    name: str
    year: int
    month: int
    total: int
    items: tuple[TrueItem, ...]

    def sections(self) -> list[tuple[str, ItemKind]]:
        """Return the sections' names and kinds in printed order."""
        return list({item.section: item.kind for item in self.items}.items())


def read_issue(folder: Path, name: str) -> TrueIssue:
    """Read `NNN.json` and its lines of `items.jsonl`; both list the items in one order."""
    data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    with (folder / "items.jsonl").open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["file"] == name]
    listed = [(section["name"], item) for section in data["sections"] for item in section["items"]]
    if len(rows) != len(listed):
        raise SystemExit(f"{name}: {len(rows)} bodies for {len(listed)} items")
    end = date.fromisoformat(data["window"]["end"])
    items = tuple(
        _item(section, item, row) for (section, item), row in zip(listed, rows, strict=True)
    )
    return TrueIssue(name, data["year"], end.month, data["total_no"], items)


def _item(section: str, item: dict[str, Any], row: dict[str, Any]) -> TrueItem:
    return TrueItem(
        section=section,
        title=squeezed(item["title"] or ("图书推荐" if item["kind"] == "books" else "")),
        kind=ItemKind(item["kind"]),
        source=item["source"] or "",
        dated_on=date.fromisoformat(item["date"]) if item["date"] else None,
        body=row["body"],
        headings=frozenset(_heading_texts(item.get("headings") or ())),
        attachments=tuple(
            Attachment(label=link["label"], url=link["url"].replace(" ", ""))
            for link in item["attachments"]
        ),
    )


def _heading_texts(headings: Any) -> Iterator[str]:
    for heading in headings:
        yield heading if isinstance(heading, str) else heading["text"]


def typed_blocks(item: TrueItem) -> Blocks:
    """Return the body as an editor would type it."""
    if item.kind is ItemKind.books:
        return tuple(books_of(item.body))
    return tuple(
        Heading(level=1, content=(Text(text=line),)) if line in item.headings else paragraph(line)
        for line in item.body.splitlines()
        if line.strip()
    )


def books_of(body: str) -> Iterator[BookEntry]:
    """Yield the recommended books of a body that has one labelled field a line."""
    fields: dict[str, str] = {}
    for line in body.splitlines():
        for label, key in BOOK_LABELS.items():
            if line.startswith(label):
                if key == "title_author" and fields:
                    yield _book(fields)
                    fields = {}
                fields[key] = line.removeprefix(label)
    if fields:
        yield _book(fields)


def _book(fields: dict[str, str]) -> BookEntry:
    title, _, author = fields["title_author"].partition("/")
    publisher, _, published = fields.get("publisher_date", "").partition("/")
    return BookEntry(
        title=title,
        author=author,
        publisher=publisher,
        published=published,
        summary=fields.get("summary", ""),
        reason=fields.get("reason", ""),
    )


def squeezed(text: str) -> str:
    """Return the text with each run of white space as one space."""
    return re.sub(r"\s+", " ", text).strip()


def bare(text: str) -> str:
    """Return the text without white space."""
    return re.sub(r"\s+", "", text)
