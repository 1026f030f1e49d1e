"""What the item page sends: its fields, its attachments, its books and the text's tree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit

from flask import request
from pydantic import BeforeValidator, Field, field_validator

from editor.desk.items import ItemFields
from editor.errors import Invalid
from editor.text.document import AnyBlock, Attachment, Blocks, BookEntry
from editor.text.markup_inline import visible
from editor.web.editor_tree import blocks_from_tree
from editor.web.forms import Form, Number, OptionalNumber, refuse
from editor.workflow import ItemKind

BOOK_FIELDS = ("title", "author", "publisher", "published", "summary", "reason")
OptionalDate = Annotated[
    date | None,
    BeforeValidator(lambda value: None if isinstance(value, str) and not value.strip() else value),
]
Pair = tuple[str, str]


def web_address(value: str) -> str:
    """Return an http or https address as it is, an empty one too; refuses anything else."""
    if value and not opens(value):
        refuse(
            "网址应以 http:// 或 https:// 开头", "The address must start with http:// or https://"
        )
    return value


def opens(value: str) -> bool:
    """Whether a text is an address of the web that a browser opens."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _visible(value: Any) -> Any:
    return visible(value) if isinstance(value, str) else value


Typed = Annotated[str, BeforeValidator(_visible)]
"""Text that will be printed; what comes along invisibly from a web page is left out."""


class ItemForm(Form):
    """The fields of an item; `base` is the revision they were made from."""

    base: Number = Field(default=0, ge=0)
    headline: Typed = Field(min_length=1, max_length=500)
    subtitle: Typed = Field(default="", max_length=500)
    source_line: Typed = Field(default="", max_length=200)
    dated_on: OptionalDate = None
    byline: Typed = Field(default="", max_length=500)
    url: str = Field(default="", max_length=2000)
    section: OptionalNumber = None
    section_was: OptionalNumber = None
    kind: ItemKind | None = None
    kind_was: str = ""
    note: str = Field(default="", max_length=300)
    choose: str = ""

    @field_validator("url")
    @classmethod
    def known_scheme(cls, value: str) -> str:
        """Refuse an address that no browser opens."""
        return web_address(value)

    def fields(self, blocks: Blocks, attachments: tuple[Attachment, ...]) -> ItemFields:
        """Return the revision's fields."""
        return ItemFields(
            headline=self.headline,
            subtitle=self.subtitle,
            source_line=self.source_line,
            dated_on=self.dated_on,
            byline=self.byline,
            url=self.url,
            blocks=blocks,
            attachments=attachments,
        )


class NewItemForm(ItemForm):
    """A new item: where it goes and what it is."""

    section: Number
    kind: ItemKind = ItemKind.news
    text: Typed = ""


@dataclass(frozen=True)
class Draft:
    """What a person typed about an item."""

    form: ItemForm
    fields: ItemFields


def read_draft(stored: Blocks, kind: ItemKind) -> Draft:
    """Read the request; without a tree (no JavaScript) the stored text stays.

    Raises Invalid with a sentence per field.
    """
    form = ItemForm.from_request()
    tree = request.form.get("tree", "")
    blocks = blocks_from_tree(tree) if tree else stored
    if kind is ItemKind.books and "book_title" in request.form:
        blocks = place_books(blocks, read_books())
    return Draft(form, form.fields(blocks, read_attachments()))


def read_attachments() -> tuple[Attachment, ...]:
    """Return the rows that say something; raises Invalid for half a row."""
    labels = request.form.getlist("attachment_label")
    urls = request.form.getlist("attachment_url")
    found, wrong = [], {}
    for number, (label, url) in enumerate(zip(labels, urls, strict=False), start=1):
        label, url = _line(label), _line(url)
        if not label and not url:
            continue
        if problem := _attachment_problem(number, label, url):
            wrong[f"attachment_{number - 1}"] = problem
        found.append(Attachment(label=label, url=url))
    if wrong:
        first = next(iter(wrong.values()))
        raise Invalid(*first, fields=wrong)
    return tuple(found)


def _attachment_problem(number: int, label: str, url: str) -> Pair | None:
    if not label:
        return f"附 {number} 缺少名称", f"Attachment {number} needs a label"
    if not url:
        return f"附 {number} 缺少网址", f"Attachment {number} needs an address"
    if not opens(url):
        return (
            f"附 {number} 的网址应以 http:// 或 https:// 开头",
            f"The address of attachment {number} must start with http:// or https://",
        )
    return None


def read_books() -> tuple[BookEntry, ...]:
    """Return the book entries that say something, in the form's order."""
    columns = [request.form.getlist(f"book_{field}") for field in (*BOOK_FIELDS, "id", "cover")]
    entries = (
        BookEntry(**dict(zip((*BOOK_FIELDS, "id", "cover"), map(_line, row), strict=True)))
        for row in zip(*columns, strict=False)
    )
    return tuple(entry for entry in entries if any(getattr(entry, name) for name in BOOK_FIELDS))


def _line(text: str) -> str:
    return visible(text).strip()


def place_books(blocks: Iterable[AnyBlock], books: Sequence[BookEntry]) -> Blocks:
    """Return the text with these books where books stood, in order; more follow at the end.

    Places left over are closed: their entries were removed from the form.
    """
    waiting = list(books)
    placed: list[AnyBlock] = []
    for block in blocks:
        if not isinstance(block, BookEntry):
            placed.append(block)
        elif waiting:
            placed.append(waiting.pop(0))
    return (*placed, *waiting)


def books_in(blocks: Iterable[AnyBlock]) -> tuple[BookEntry, ...]:
    """Return the book entries of a text."""
    return tuple(block for block in blocks if isinstance(block, BookEntry))
