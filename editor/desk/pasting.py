"""What becomes of each line that somebody pastes: new, known already, or no link at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session, col, select

from editor.desk.source_draft import LONGEST_URL
from editor.errors import Invalid
from editor.store.models import Candidate, Entry, Publication
from editor.text.urls import canonical_url, url_hash
from editor.workflow import EntryState


class Fate(StrEnum):
    """What a pasted line is: `again` failed before and is tried anew, `twice` stands above."""

    new = "new"
    known = "known"
    waiting = "waiting"
    again = "again"
    twice = "twice"
    wrong = "wrong"


@dataclass(frozen=True)
class Line:
    """A pasted line and what becomes of it; `candidate_id` is where a known one is."""

    text: str
    fate: Fate
    candidate_id: int | None = None
    title: str = ""


def read_lines(session: Session, publication: Publication, text: str) -> list[Line]:
    """Return what becomes of each line that says something, in their order; two queries."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    keys = [_key(line) for line in lines]
    wanted = [key for key in keys if key]
    entries = {
        entry.url_hash: entry
        for entry in session.exec(
            select(Entry).where(
                Entry.publication_id == publication.id, col(Entry.url_hash).in_(wanted)
            )
        )
    }
    found = {entry.candidate_id for entry in entries.values()} - {None}
    rows = session.execute(
        select(Candidate.id, Candidate.url_hash, Candidate.title).where(
            Candidate.publication_id == publication.id,
            col(Candidate.url_hash).in_(wanted) | col(Candidate.id).in_(found),
        )
    ).all()
    titles = {row.id: row.title for row in rows}
    by_key = {row.url_hash: row.id for row in rows}
    seen: set[str] = set()
    judged = []
    for line, key in zip(lines, keys, strict=True):
        judged.append(_judged(line, key, seen, entries.get(key), by_key.get(key), titles))
        seen.add(key)
    return judged


def _key(line: str) -> str:
    """Return the hash under which the address is known, "" for what is none."""
    try:
        return url_hash(canonical_url(line)) if len(line) <= LONGEST_URL else ""
    except Invalid:
        return ""


def _judged(
    line: str,
    key: str,
    seen: set[str],
    entry: Entry | None,
    candidate_id: int | None,
    titles: dict[int, str],
) -> Line:
    if not key:
        return Line(line, Fate.wrong)
    if key in seen:
        return Line(line, Fate.twice)
    known = (entry.candidate_id if entry else None) or candidate_id
    if known is not None:
        return Line(line, Fate.known, known, titles.get(known, ""))
    if entry is None:
        return Line(line, Fate.new)
    return Line(line, Fate.again if entry.state is EntryState.failed else Fate.waiting)


def links(lines: Sequence[Line]) -> list[str]:
    """Return the lines that are links, each once."""
    return [line.text for line in lines if line.fate not in (Fate.wrong, Fate.twice)]
