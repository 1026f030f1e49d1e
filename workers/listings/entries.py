"""What a feed says of one entry, as plain values: text without markup, full text told apart."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

from editor.text.urls import absolute
from workers.dates import parse_date
from workers.values import Listed, Listing

LONGEST_TITLE = 500
LONGEST_SUMMARY = 2000
LONGEST_URL = 2000
# A shorter text is an excerpt more often than an article; the page behind it is fetched anyway.
FULL_TEXT_CHARACTERS = 200
MOST_NOTES = 20
_MARKUP = re.compile(r"<[a-zA-Z!/?]|&#?\w+;")
# Feeds rarely say whether a title is HTML; 泛型 List<String> is not.
_HTML_TAG = re.compile(r"</?(?:a|b|br|em|font|i|img|p|script|span|strong|style|su[bp]|u)\b", re.I)
_BLOCKS = re.compile(r"<(?:p|br|div|section|table|img|li|h[1-6])\b", re.I)
_CUT_OFF = re.compile(r"(?:…|\.{3}|\[\s*(?:…|\.{3})\s*\]|(?:阅读|查看)(?:全文|更多|原文)|全文)\W*$")
_OUTLET = re.compile(
    r"(?:网|网站|报|报社|日报|晚报|社|台|电视台|电台|频道|刊|杂志|周刊|客户端|公众号|在线|新闻|"
    r"局|部|委|委员会|厅|办|办公室|政府|院|所|中心|协会|学会|集团|公司|银行|时评|观察|发布)$"
)


@dataclass(frozen=True)
class Context:
    """What reading any listing needs to know: its address, the present time, the zone."""

    url: str
    now: datetime
    zone: ZoneInfo
    how: str


@dataclass
class Gathered:
    """Entries and notes while a listing is being read; an address counts once."""

    entries: dict[str, Listed] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    repeated: int = 0

    def add(self, entry: Listed) -> None:
        """Keep an entry unless its address has one already."""
        if entry.url in self.entries:
            self.repeated += 1
        else:
            self.entries[entry.url] = entry

    def note(self, sentence: str) -> None:
        """Keep a note unless it has been made already."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def listing(
        self,
        *,
        title: str = "",
        next_url: str | None = None,
        ttl_minutes: int | None = None,
        encoding: str = "",
    ) -> Listing:
        """Return all of it as a value; more notes than a screen holds are counted only."""
        notes = self.notes[:MOST_NOTES]
        if len(self.notes) > MOST_NOTES:
            notes.append(f"{len(self.notes) - MOST_NOTES} more notes")
        if self.repeated:
            notes.append(f"{self.repeated} entries repeat an address")
        return Listing(
            entries=tuple(self.entries.values()),
            title=title,
            next_url=next_url,
            ttl_minutes=ttl_minutes,
            encoding=encoding,
            notes=tuple(notes),
        )


@dataclass(frozen=True)
class RawEntry:
    """An entry's fields as the listing gives them; `title_html` says that the title is HTML."""

    link: str = ""
    guid: str = ""
    title: str = ""
    title_html: bool = True
    author: str = ""
    source: str = ""
    published: str = ""
    updated: str = ""
    summary: str = ""
    content: str = ""


def gather_entry(raw: RawEntry, gathered: Gathered, context: Context) -> None:
    """Add the entry to what is gathered, or a note when it has no address."""
    title = _headline(raw)
    url = absolute(context.url, raw.link) or address_in_guid(raw.guid)
    if url is None or len(url) > LONGEST_URL:
        gathered.note(f"left out an entry without a usable address: {title[:60] or '(no title)'}")
        return
    date = raw.published.strip()
    found = parse_date(date, how=context.how, now=context.now, zone=context.zone) if date else None
    if date and found is None:
        gathered.note(f"cannot read the date “{date[:40]}”")
    author, source = _spaced(raw.author), _spaced(raw.source)
    if not source and outlet(author):
        author, source = "", author
    summary = plain_text(raw.summary)
    changed = raw.updated.strip()
    updated = changed and parse_date(changed, how=context.how, now=context.now, zone=context.zone)
    gathered.add(
        Listed(
            url=url,
            title=title[:LONGEST_TITLE],
            guid=raw.guid.strip()[:LONGEST_URL],
            byline=author[:200],
            source_name=source[:200],
            published=found,
            summary=(summary or plain_text(raw.content))[:LONGEST_SUMMARY],
            content=full_text(raw.content, raw.summary, summary),
            updated=updated.moment if updated else None,
        )
    )


def _headline(raw: RawEntry) -> str:
    title = plain_text(raw.title) if raw.title_html else _spaced(raw.title)
    # Also what a feed escaped once too often.
    return plain_text(title) if _HTML_TAG.search(title) else title


def plain_text(markup: str) -> str:
    """Return the text of an HTML fragment in one line, without scripts; plain text stays."""
    if not _MARKUP.search(markup):
        return _spaced(markup)
    try:
        root = etree.fromstring(f"<div>{markup}</div>", etree.HTMLParser(no_network=True))
    except etree.XMLSyntaxError:
        return ""
    if root is None:
        return ""
    etree.strip_elements(root, "script", "style", with_tail=False)
    return _spaced("".join(str(text) for text in root.itertext()))


def full_text(content: str, description: str, summary: str) -> str:
    """Return the HTML that is the whole article, or "" when the page must be fetched for it.

    `content` is what the feed calls so; a `description` counts only when it is laid out like an
    article. What ends in an ellipsis or 阅读全文 is an excerpt. `summary` is its plain text.
    """
    if content.strip():
        text = plain_text(content)
        excerpt = not text or (len(text) < 2 * FULL_TEXT_CHARACTERS and _CUT_OFF.search(text))
        return "" if excerpt else content
    laid_out = len(_BLOCKS.findall(description)) >= 2 and len(summary) >= FULL_TEXT_CHARACTERS
    return description if laid_out and not _CUT_OFF.search(summary) else ""


def outlet(name: str) -> bool:
    """Tell a paper's or an office's name, which feeds put where the author belongs."""
    return bool(_OUTLET.search(name)) and "记者" not in name


def address_in_guid(guid: str) -> str | None:
    """Return a guid that is itself a web address, else None."""
    guid = guid.strip()
    return absolute(guid, guid) if guid.lower().startswith(("http://", "https://")) else None


def _spaced(text: str) -> str:
    return " ".join(text.split())
