"""Evidence: what a page said when it was captured, for looking at and for handing out."""

import hashlib
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, or_, select

from editor import clock
from editor.errors import NotFound
from editor.store.files import FileStore, unwritable
from editor.store.models import (
    Candidate,
    CandidateText,
    Capture,
    Entry,
    Issue,
    IssueSection,
    Item,
    ItemOrigin,
    Publication,
)
from editor.text import still_page
from editor.version import VERSION

FEED_TEXT = 0
LONGEST_SHOWN = 4_000_000
MANIFEST = "manifest.json"
SUFFIXES = {"text/html": "html", "application/xhtml+xml": "html", "text/plain": "txt"}
SUFFIX = re.compile(r"^[a-z0-9]{1,8}$")


@dataclass(frozen=True)
class Exhibit:
    """A capture and whether its bytes are still what they were: kept, pruned, missing, altered."""

    capture: Capture
    condition: str


# --- finding -------------------------------------------------------------------------------------


def captures_of(session: Session, candidate: Candidate) -> list[Capture]:
    """Return everything captured for a candidate, the latest first."""
    entries = select(Entry.id).where(
        Entry.publication_id == candidate.publication_id, Entry.candidate_id == candidate.id
    )
    earlier = select(CandidateText.capture_id).where(CandidateText.candidate_id == candidate.id)
    query = select(Capture).where(
        or_(
            col(Capture.entry_id).in_(entries),
            col(Capture.id) == candidate.capture_id,
            col(Capture.id).in_(earlier),
        )
    )
    return list(session.exec(query.order_by(col(Capture.id).desc())))


def captures_of_entry(session: Session, entry: Entry) -> list[Capture]:
    """Return everything captured for an entry that became no candidate, the latest first."""
    query = select(Capture).where(Capture.entry_id == entry.id)
    return list(session.exec(query.order_by(col(Capture.id).desc())))


def get_capture(session: Session, publication: Publication, capture_id: int) -> Capture:
    """Return a capture of this publication; raises NotFound, for others' too."""
    capture = session.get(Capture, capture_id)
    if capture is None or publication.id not in set(_homes(session, capture)):
        raise NotFound("没有这份存证", "There is no such evidence")
    return capture


def _homes(session: Session, capture: Capture) -> Iterable[int]:
    """Yield the publications that a capture belongs to."""
    entry = session.get(Entry, capture.entry_id) if capture.entry_id else None
    if entry is not None:
        yield entry.publication_id
    yield from session.exec(
        select(Candidate.publication_id).where(Candidate.capture_id == capture.id)
    )


def examine(files: FileStore, capture: Capture) -> Exhibit:
    """Return the capture with its condition; reads and hashes the bytes."""
    if capture.pruned_at is not None:
        return Exhibit(capture, "pruned")
    try:
        body = files.get(capture.sha256)
    except NotFound:
        return Exhibit(capture, "missing")
    whole = hashlib.sha256(body).hexdigest() == capture.sha256
    return Exhibit(capture, "kept" if whole else "altered")


# --- showing -------------------------------------------------------------------------------------


def still(files: FileStore, capture: Capture, heading: str) -> str:
    """Return the captured page as a document that asks for nothing; raises NotFound without bytes.

    Of a very long page the beginning; the document says so in `heading`'s language.
    """
    if capture.pruned_at is not None:
        raise NotFound("内容已按保留期限清除", "The bytes were thrown away as the retention says")
    body = files.get(capture.sha256)
    content_type = str(capture.headers.get("content-type", ""))
    text = still_page.decoded(body, capture.encoding, content_type)
    if still_page.plain(content_type, text):
        return still_page.as_text(text[:LONGEST_SHOWN])
    return still_page.still(text[:LONGEST_SHOWN], heading if len(text) > LONGEST_SHOWN else "")


# --- handing out ---------------------------------------------------------------------------------


def origins_of(session: Session, issue: Issue) -> list[Candidate]:
    """Return the candidates from which the issue's items were made, in their order on the board."""
    query = (
        select(Candidate)
        .join(ItemOrigin, col(ItemOrigin.candidate_id) == Candidate.id)
        .join(Item, col(Item.id) == ItemOrigin.item_id)
        .join(IssueSection, col(IssueSection.id) == Item.section_id)
        .where(IssueSection.issue_id == issue.id, col(Item.removed_at).is_(None))
        .order_by(col(IssueSection.position), col(Item.position), col(Item.id), col(ItemOrigin.id))
    )
    return list({candidate.id: candidate for candidate in session.exec(query)}.values())


def pack(session: Session, files: FileStore, candidates: Sequence[Candidate], target: Path) -> int:
    """Write a ZIP of the candidates' captures and their manifest; returns how many captures.

    The archive appears only when it is complete. Bytes that are gone stand in the manifest with
    the reason. Raises NotFound when nothing was captured, Unusable when the disk is full.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as part:
            place = Path(part.name)
            try:
                count = _write(session, files, candidates, place)
                place.replace(target)
            finally:
                place.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(error, target) from error
    return count


def _write(session: Session, files: FileStore, candidates: Sequence[Candidate], place: Path) -> int:
    articles: list[dict[str, Any]] = []
    count = 0
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for candidate in candidates:
            rows = [
                _packed(files, archive, candidate, capture)
                for capture in reversed(captures_of(session, candidate))
            ]
            count += len(rows)
            articles.append(_article(candidate, rows))
        if not candidates:
            raise NotFound(
                "没有存证可以导出：还没有采用候选",
                "There is no evidence to export: no candidate has been taken yet",
            )
        if not count:
            raise NotFound(
                "没有存证可以导出：这些条目是手工录入或上传的",
                "There is no evidence to export: these were typed or handed in",
            )
        manifest = {
            "made_by": f"zhaibian {VERSION}",
            "made_at": clock.real().isoformat(timespec="seconds"),
            "articles": articles,
        }
        archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    return count


def _article(candidate: Candidate, captures: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "candidate": candidate.id,
        "title": candidate.title,
        "url": candidate.url,
        "source": candidate.source_name,
        "published_at": _iso(candidate.published_at),
        "date_how": candidate.date_how,
        "text_version": candidate.text_version,
        "captures": captures,
    }


def _packed(
    files: FileStore, archive: zipfile.ZipFile, candidate: Candidate, capture: Capture
) -> dict[str, Any]:
    exhibit = examine(files, capture)
    name = ""
    if exhibit.condition in ("kept", "altered"):
        name = f"{candidate.id}/{capture.id}-{_page_name(capture)}.{suffix(capture)}"
        archive.writestr(name, files.get(capture.sha256))
    return {
        "file": name,
        "condition": exhibit.condition,
        "url": capture.url,
        "final_url": capture.final_url,
        "fetched_at": _iso(capture.fetched_at),
        "sha256": capture.sha256,
        "size": capture.size,
        "encoding": capture.encoding,
        "page": capture.page,
        "headers": capture.headers,
        "pruned_at": _iso(capture.pruned_at),
    }


def _page_name(capture: Capture) -> str:
    return "feed" if capture.page == FEED_TEXT else f"page{capture.page}"


def suffix(capture: Capture) -> str:
    """Return what a file of these bytes should be called behind the dot."""
    media = str(capture.headers.get("content-type", "")).partition(";")[0].strip().lower()
    if media in SUFFIXES:
        return SUFFIXES[media]
    named = capture.final_url.partition("?")[0].rpartition("/")[2].rpartition(".")[2].lower()
    return named if SUFFIX.match(named) and "." in capture.final_url else "bin"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
