"""From entry and extract to a candidate: one per page, whatever addresses lead to it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import Table, bindparam, literal_column, union_all
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from editor import clock
from editor.desk import updates
from editor.errors import Invalid
from editor.store import search
from editor.store.models import Candidate, Entry, Picture, Source
from editor.store.models.base import new_row
from editor.text.changes import same_text
from editor.text.document import Blocks, Figure, body_text
from editor.text.titles import bare_title
from editor.text.urls import REGISTRY_LABEL, canonical_url, host_port, url_hash
from editor.workflow import PictureState
from workers.values import DateFound, Extract, Precision

GENERIC = re.compile(r"^\W*(阅读|查看|点击)?(全文|更多|详情|详细|原文|more|read more)\W*$", re.I)
CUT_END = re.compile(r"\s*(\.{3,}|…+|⋯+)\s*$")
RANK: dict[str, int] = {"": 0, "day": 1, "minute": 2, "second": 3}
ANNOUNCED = ("feed", "sitemap", "json")
LABELLED = ("wechat", "meta", "label", "json_ld")
LONGEST_URL = 2000


@dataclass(frozen=True)
class Address:
    """An address of the page: its canonical form and that form's hash."""

    canonical: str
    key: str


@dataclass(frozen=True)
class Draft:
    """A candidate as the machine sees it; `addresses` lead to it, the first is its identity.

    `doubtful` is an address that the page merely claims: it counts only where titles agree.
    """

    publication_id: int
    source_id: int | None
    issue_id: int | None
    guid: str
    url: str
    addresses: tuple[Address, ...]
    doubtful: tuple[Address, ...]
    title: str
    byline: str
    source_name: str
    section: str
    published: DateFound | None
    date_how: str
    blocks: Blocks
    agreement: float | None
    date_rival: datetime | None = None


@dataclass(frozen=True)
class StoredCandidate:
    """What became of a draft, and the hosts that have pictures for it."""

    candidate_id: int
    picture_hosts: tuple[str, ...]


# --- deciding (pure) -----------------------------------------------------------------------------


def drafted(
    entry: Entry,
    source: Source | None,
    article: Extract,
    addresses: Sequence[str],
    zone: ZoneInfo,
) -> Draft:
    """Weigh what the listing said against what the page says.

    `addresses` are the listed one, the page's final one, and the one it declares, if any.
    """
    listed = listed_date(entry)
    published, how = chosen_date(listed, article.published, zone)
    sure = tuple(dict.fromkeys(_address(url) for url in reversed(addresses[:2])))
    claimed = tuple(_address(url) for url in addresses[2:] if _credible(url, addresses[1]))
    return Draft(
        publication_id=entry.publication_id,
        source_id=entry.source_id,
        issue_id=entry.issue_id,
        guid=entry.guid,
        url=addresses[min(1, len(addresses) - 1)],
        addresses=sure,
        doubtful=tuple(address for address in claimed if address not in sure),
        title=chosen_title(entry.title, article.title) or _first_words(article.blocks),
        byline=(article.byline or entry.byline)[:500],
        source_name=_source_name(entry, source, article),
        section=source.default_section if source else "",
        published=published,
        date_how=how,
        date_rival=_rival(published, listed, article.published, zone),
        blocks=article.blocks,
        agreement=article.agreement,
    )


def _address(url: str) -> Address:
    canonical = canonical_url(url)
    return Address(canonical, url_hash(canonical))


def _credible(claimed: str, url: str) -> bool:
    """Whether a page may claim this address: its own site's, and not the front page."""
    try:
        canonical_url(claimed)
    except Invalid:
        return False
    if len(claimed) > LONGEST_URL or urlsplit(claimed).path in ("", "/"):
        return False
    return registrable(claimed) == registrable(url)


def registrable(url: str) -> str:
    """Return the part of the host that its owner registered, roughly; an IP address whole."""
    host = urlsplit(url).hostname or ""
    labels = host.split(".")
    if ":" in host or labels[-1].isdecimal():
        return host_port(url)
    short = len(labels) > 2 and len(labels[-1]) == 2 and REGISTRY_LABEL.fullmatch(labels[-2])
    return ".".join(labels[-3:] if short else labels[-2:])


def listed_date(entry: Entry) -> DateFound | None:
    """Return the date under which the entry was listed."""
    if entry.published_at is None:
        return None
    precision = cast(Precision, entry.date_precision or "day")
    return DateFound(entry.published_at, entry.date_how, precision)


def chosen_date(
    listed: DateFound | None, page: DateFound | None, zone: ZoneInfo
) -> tuple[DateFound | None, str]:
    """Return the date to believe and how it was obtained.

    On the same day the more precise one wins. Where the days differ an announced date (feed,
    sitemap, JSON) wins, a list's gives way to one that the page labels; the other's way of
    obtaining stands behind “≠”, so that the disagreement shows.
    """
    if listed is None or page is None:
        found = listed or page
        return found, found.how if found else ""
    if listed.moment.astimezone(zone).date() == page.moment.astimezone(zone).date():
        better = page if RANK[page.precision] > RANK[listed.precision] else listed
        return better, better.how
    if listed.how not in ANNOUNCED and page.how in LABELLED:
        return page, f"{page.how}≠{listed.how}"
    return listed, f"{listed.how}≠{page.how}"


def _rival(
    chosen: DateFound | None, listed: DateFound | None, page: DateFound | None, zone: ZoneInfo
) -> datetime | None:
    """Return the other day that was named, None where there is no disagreement."""
    moments = (each.moment for each in (listed, page) if each is not None)
    if chosen is None:
        return None
    day = chosen.moment.astimezone(zone).date()
    return next((each for each in moments if each.astimezone(zone).date() != day), None)


def chosen_title(listed: str, page: str) -> str:
    """Return the better of the listing's and the page's title; never a truncated one for a full."""
    listed, page = bare_title(listed), bare_title(page)
    stem = CUT_END.sub("", listed)
    if not page or not stem or GENERIC.match(listed):
        return page or ("" if GENERIC.match(listed) else listed)
    if stem != listed or _plain(page).startswith(_plain(stem)):
        return page
    return listed


def _plain(title: str) -> str:
    return "".join(unicodedata.normalize("NFKC", title).split()).lower()


def _first_words(blocks: Blocks) -> str:
    return body_text(blocks).strip().partition("\n")[0][:40]


def _source_name(entry: Entry, source: Source | None, article: Extract) -> str:
    house = (source.printed_name or source.name) if source else ""
    return (article.source_name or house or entry.source_name)[:200]


# --- storing -----------------------------------------------------------------------------------


_candidate: Table = cast(Any, Candidate).__table__
_entry: Table = cast(Any, Entry).__table__
# made once, for making them takes longer than running them
_IDENTITY = (_candidate.c.publication_id, _candidate.c.url_hash)
INSERT = {
    name: insert(_candidate)
    .on_conflict_do_nothing(index_elements=_IDENTITY)
    .returning(_candidate.c.id)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


_picture_row: Table = cast(Any, Picture).__table__
QUEUE = {
    name: insert(_picture_row)
    .on_conflict_do_nothing(index_elements=[_picture_row.c.candidate_id, _picture_row.c.url])
    .returning(_picture_row.c.host, _picture_row.c.state)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def _known_by_keys() -> Any:
    """Return the query for the candidate of an address: its own first, then one listed for it."""
    publication: Any = bindparam("publication")
    keys: Any = bindparam("keys", expanding=True)
    own = columns(literal_column("0").label("turn"), _candidate.c.id).where(
        _candidate.c.publication_id == publication, _candidate.c.url_hash.in_(keys)
    )
    listed = columns(literal_column("1"), _entry.c.candidate_id).where(
        _entry.c.publication_id == publication,
        _entry.c.url_hash.in_(keys),
        _entry.c.candidate_id.is_not(None),
    )
    every = union_all(own, listed).subquery()
    return columns(every.c.id).order_by(every.c.turn, every.c.id).limit(literal_column("1"))


KNOWN = _known_by_keys()


def store(
    session: Session, draft: Draft, *, entry_id: int | None, capture_id: int | None
) -> StoredCandidate:
    """Insert the candidate, or join the one that is there; what editors own is never touched."""
    known = _known(session, draft)
    for identity in (*draft.doubtful, draft.addresses[0]):
        if known is not None:
            break
        candidate_id = _insert(session, draft, identity, capture_id)
        if candidate_id is not None:
            return StoredCandidate(
                candidate_id, _queue_pictures(session, candidate_id, draft.blocks)
            )
        # another worker was first, or another page claims the same address
        known = _known(session, draft)
    assert known is not None
    own = session.get(Entry, entry_id) if entry_id else None
    if own is not None and updates.speaks_for(session, own, known):
        _update(session, known, draft, capture_id)
    if known.published_at is None and not updates.typed(known):
        _date(known, draft)
    session.add(known)
    assert known.id is not None
    return StoredCandidate(known.id, _queue_pictures(session, known.id, known.blocks))


def _known(session: Session, draft: Draft) -> Candidate | None:
    keys = [address.key for address in draft.addresses]
    known = _by_keys(session, draft.publication_id, keys)
    if known is not None:
        return known
    doubtful = [address.key for address in draft.doubtful]
    claimed = _by_keys(session, draft.publication_id, doubtful) if doubtful else None
    # some sites declare one address for all their pages
    return claimed if claimed and _plain(claimed.title) == _plain(draft.title) else None


def _by_keys(session: Session, publication_id: int, keys: Sequence[str]) -> Candidate | None:
    """Return the candidate that one of these addresses has led to before."""
    asked = {"publication": publication_id, "keys": list(keys)}
    known = session.connection().execute(KNOWN, asked).scalar()
    return None if known is None else session.get(Candidate, known, with_for_update=True)


def _insert(
    session: Session, draft: Draft, identity: Address, capture_id: int | None
) -> int | None:
    """Insert the candidate under this address and return its id; None when that is taken."""
    values = new_row(
        Candidate,
        publication_id=draft.publication_id,
        source_id=draft.source_id,
        capture_id=capture_id,
        issue_id=draft.issue_id,
        guid=draft.guid,
        url=draft.url,
        canonical_url=identity.canonical[:LONGEST_URL],
        url_hash=identity.key,
        title=draft.title[:1000],
        byline=draft.byline,
        source_name=draft.source_name,
        suggested_section=draft.section,
        agreement=draft.agreement,
        **_dated(draft),
        **updates.text_values(draft.blocks),
    )
    connection = session.connection()
    number = connection.execute(INSERT[connection.dialect.name], values).scalar()
    if number is not None:
        words = search.document(values["title"], draft.source_name, body_text(draft.blocks))
        search.note(session, number, words)
    return number


def _dated(draft: Draft) -> dict[str, Any]:
    """Return the candidate's columns of its date, none where nothing named one."""
    if draft.published is None:
        return {}
    return {
        "published_at": draft.published.moment,
        "date_how": draft.date_how,
        "date_precision": draft.published.precision,
        "date_rival": draft.date_rival,
    }


def _date(candidate: Candidate, draft: Draft) -> None:
    for name, value in _dated(draft).items():
        setattr(candidate, name, value)


def _text(candidate: Candidate, draft: Draft) -> None:
    updates.set_text(candidate, draft.blocks)
    candidate.agreement = draft.agreement


def _update(session: Session, candidate: Candidate, draft: Draft, capture_id: int | None) -> None:
    """Take over a changed text of the same page; the earlier one is kept beside it.

    A text that a person typed stays the current one: what the page says is kept as a version.
    """
    if same_text(candidate.blocks, draft.blocks):
        return
    if updates.typed(candidate):
        updates.keep_beside(
            session,
            candidate,
            title=draft.title,
            blocks=draft.blocks,
            capture_id=capture_id,
            now=clock.now(),
        )
        return
    assets = {
        block.url: block.asset
        for block in candidate.blocks
        if isinstance(block, Figure) and block.url
    }
    updates.replace_text(session, candidate, now=clock.now())
    _text(candidate, draft)
    candidate.blocks = tuple(
        block.model_copy(update={"asset": assets.get(block.url, "")})
        if isinstance(block, Figure) and not block.asset
        else block
        for block in candidate.blocks
    )
    # a picture that comes back was fetched before
    candidate.blocks = updates.with_pictures(session, candidate, candidate.blocks)
    candidate.title, candidate.capture_id = draft.title[:1000], capture_id


def _queue_pictures(session: Session, candidate_id: int, blocks: Blocks) -> tuple[str, ...]:
    """Queue the figures that have no asset yet; return their hosts."""
    urls = [block.url for block in blocks if isinstance(block, Figure) and not block.asset]
    rows = [_picture(candidate_id, url) for url in dict.fromkeys(urls) if url]
    if not rows:
        return ()
    connection = session.connection()
    added = connection.execute(QUEUE[connection.dialect.name], rows).all()
    return tuple(sorted({row.host for row in added if row.state == PictureState.queued}))


def _picture(candidate_id: int, url: str) -> dict[str, Any]:
    """Return a picture to be fetched, or one that shows as failed when its address is none."""
    try:
        host = host_port(url) if len(url) <= LONGEST_URL else ""
    except Invalid:
        host = ""
    return new_row(
        Picture,
        candidate_id=candidate_id,
        url=url[:LONGEST_URL],
        fetch_url=url[:LONGEST_URL],
        host=host,
        state=PictureState.queued if host else PictureState.failed,
        reason="" if host else "not_image",
    )
