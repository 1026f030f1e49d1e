"""Sources: adding, pausing, crawling now, pasting links, and how each one fares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, func, or_, update
from sqlmodel import Session, col, select

from editor import clock
from editor.desk import audit
from editor.desk.probes import probe_due
from editor.desk.source_draft import (
    LONGEST_URL,
    SourceDraft,
    drafts_of,
    parse_sources,
    to_csv,
    to_toml,
)
from editor.desk.source_health import (
    RunProgress,
    SourceHealth,
    failed_entries,
    fetch_log,
    health,
    run_progress,
)
from editor.desk.source_opml import looks_like_opml, opml_rows, to_opml
from editor.desk.updates import include_looks, revisit_due
from editor.errors import Conflict, EditorError, Invalid, NotFound, Reason
from editor.store.models import (
    Candidate,
    CrawlRun,
    Entry,
    Hole,
    HostGate,
    Issue,
    Picture,
    Publication,
    Source,
    SourceProbe,
    User,
)
from editor.text.urls import canonical_url, host_port, url_hash
from editor.workflow import EntryState, HoleState, PictureState, SourceKind

TEMPORARY = (
    Reason.dns,
    Reason.refused,
    Reason.timeout,
    Reason.reset,
    Reason.truncated,
    Reason.http_429,
    Reason.http_5xx,
    Reason.too_slow,
)
# what we may not visit is not the site's failure
REFUSALS = (Reason.robots, Reason.blocked_private)
MOST_ATTEMPTS = 12

__all__ = [
    "Imported",
    "RunProgress",
    "SourceDraft",
    "SourceHealth",
    "add_source",
    "crawl_now",
    "draft_of",
    "entry_due",
    "export_sources",
    "failed_entries",
    "fetch_log",
    "get_run",
    "get_source",
    "health",
    "hole_due",
    "hosts_due",
    "import_sources",
    "list_sources",
    "parse_sources",
    "paste_links",
    "pause",
    "picture_due",
    "resume",
    "revive",
    "run_progress",
    "source_due",
    "update_source",
    "waiting",
]


# --- changing ------------------------------------------------------------------------------------


def add_source(
    session: Session,
    publication: Publication,
    draft: SourceDraft,
    *,
    by: User | None,
    now: datetime,
) -> Source:
    """Add a source that is due at once; raises Conflict when its address is watched already."""
    url = draft.url
    known = session.exec(
        select(Source).where(Source.publication_id == publication.id, Source.url == url)
    ).first()
    if known is not None:
        raise Conflict(
            f"这个网址已经是来源“{known.name}”，请直接修改它",
            f"This address is the source “{known.name}” already; change that one",
        )
    source = Source(
        **draft.model_dump(),
        publication_id=_id(publication),
        host=host_port(url),
        next_run_at=now,
    )
    session.add(source)
    session.flush()
    _record(session, "add_source", source, {}, draft.model_dump(mode="json"), by=by, now=now)
    return source


def update_source(
    session: Session, source: Source, draft: SourceDraft, *, by: User | None, now: datetime
) -> Source:
    """Change a source; what was remembered of another address is forgotten, and it is due."""
    new = draft.model_dump()
    before = {key: getattr(source, key) for key in new if getattr(source, key) != new[key]}
    if not before:
        return source
    if "url" in before:
        _refuse_known(session, source, draft.url)
        source.host, source.fetch_url = host_port(draft.url), ""
    for key in before:
        setattr(source, key, new[key])
    source.etag = source.last_modified = source.body_hash = ""
    source.reached_back_to, source.failures, source.last_reason = None, 0, ""
    source.next_run_at = now
    session.add(source)
    after = {key: draft.model_dump(mode="json")[key] for key in before}
    _record(session, "update_source", source, before, after, by=by, now=now)
    return source


def _refuse_known(session: Session, source: Source, url: str) -> None:
    known = session.exec(
        select(Source).where(
            Source.publication_id == source.publication_id,
            Source.url == url,
            Source.id != source.id,
        )
    ).first()
    if known is not None:
        raise Conflict(
            f"这个网址已经是来源“{known.name}”，请换一个网址",
            f"This address is the source “{known.name}” already; use another one",
        )


def pause(session: Session, source: Source, reason: str, *, by: User | None, now: datetime) -> None:
    """Stop reading a source, with a reason; raises Invalid without one."""
    if not reason.strip():
        raise Invalid(
            "请写明暂停的原因",
            "Say why the source is paused",
            fields={"reason": ("请写明暂停的原因", "Say why the source is paused")},
        )
    source.paused_at, source.pause_reason = now, reason.strip()[:200]
    session.add(source)
    after = {"pause_reason": source.pause_reason}
    _record(session, "pause_source", source, {}, after, by=by, now=now)


def resume(session: Session, source: Source, *, by: User | None, now: datetime) -> None:
    """Read a paused source again, from now on."""
    before = {"pause_reason": source.pause_reason}
    source.paused_at, source.pause_reason, source.next_run_at = None, "", now
    session.add(source)
    _record(session, "resume_source", source, before, {}, by=by, now=now)


def crawl_now(
    session: Session,
    sources: Sequence[Source],
    *,
    trigger: str,
    issue: Issue | None,
    by: User | None,
    now: datetime,
) -> CrawlRun:
    """Make these sources due and start a round; paused and manual ones are left out.

    Entries of theirs that failed for a passing reason get a new chance in it. Raises Invalid
    when no source is left.
    """
    chosen = [s for s in sources if s.paused_at is None and s.kind != SourceKind.manual]
    if not chosen:
        raise Invalid(
            "没有可以采集的来源：请先添加来源，或恢复已暂停的来源",
            "There is no source to crawl; add one, or resume a paused one",
        )
    run = CrawlRun(
        publication_id=chosen[0].publication_id,
        issue_id=issue.id if issue else None,
        trigger=trigger,
        sources=len(chosen),
        started_at=now,
    )
    session.add(run)
    session.flush()
    ids = [source.id for source in chosen]
    session.execute(
        update(Source)
        .where(col(Source.id).in_(ids))
        .values(next_run_at=now, run_id=run.id, failures=0)
        .execution_options(synchronize_session="fetch")
    )
    revive(session, ids, run_id=run.id)
    include_looks(session, chosen[0].publication_id, now, run_id=run.id)
    after = {"sources": len(chosen), "trigger": trigger}
    _record(session, "crawl_now", run, {}, after, by=by, now=now)
    return run


def revive(session: Session, source_ids: Sequence[int | None], *, run_id: int | None) -> int:
    """Queue again what failed for a passing reason: these sources' entries and their pictures.

    Returns how many entries that are.
    """
    passing = [reason.value for reason in TEMPORARY]
    theirs = select(Candidate.id).where(col(Candidate.source_id).in_(source_ids))
    session.execute(
        update(Picture)
        .where(
            col(Picture.candidate_id).in_(theirs),
            col(Picture.state) == PictureState.failed,
            col(Picture.reason).in_(passing),
        )
        .values(state=PictureState.queued, attempts=0, due_at=clock.real())
        .execution_options(synchronize_session=False)
    )
    entries = session.execute(
        update(Entry)
        .where(
            col(Entry.source_id).in_(source_ids),
            col(Entry.state) == EntryState.failed,
            col(Entry.reason).in_(passing),
        )
        .values(state=EntryState.queued, attempts=0, due_at=clock.real(), run_id=run_id)
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], entries).rowcount


def paste_links(
    session: Session,
    publication: Publication,
    urls: Iterable[str],
    *,
    issue: Issue | None,
    by: User | None,
    now: datetime,
) -> list[Entry]:
    """Queue pasted links, each page once, in their order; raises Invalid naming the bad lines.

    A link that is here already keeps its entry; one that failed gets a new chance, and an album
    is read again.
    """
    lines = [line.strip() for line in urls if line.strip()]
    keys = _keys(lines)
    run = CrawlRun(
        publication_id=_id(publication),
        issue_id=issue.id if issue else None,
        trigger="paste",
        started_at=now,
    )
    session.add(run)
    session.flush()
    entries = [
        _pasted(session, publication, key, url, issue=issue, run=run) for key, url in keys.items()
    ]
    session.flush()
    _record(session, "paste_links", run, {}, {"links": len(entries)}, by=by, now=now)
    return entries


def _keys(lines: Sequence[str]) -> dict[str, str]:
    """Return the addresses by their hash; raises Invalid naming every line that is none."""
    keys: dict[str, str] = {}
    bad: list[str] = []
    for line in lines:
        try:
            if len(line) > LONGEST_URL:
                bad.append(line)
                continue
            keys.setdefault(url_hash(canonical_url(line)), line)
        except Invalid:
            bad.append(line)
    if bad or not lines:
        shown = "、".join(line[:60] for line in bad[:5])
        raise Invalid(
            f"这些不是网址：{shown}。请改正后再粘贴" if bad else "请粘贴至少一个网址",
            f"Not an address: {shown}. Correct it and paste again" if bad else "Paste a link",
            fields={"urls": ("请检查网址", "Check the addresses")},
        )
    return keys


def _pasted(
    session: Session,
    publication: Publication,
    key: str,
    url: str,
    *,
    issue: Issue | None,
    run: CrawlRun,
) -> Entry:
    entry = session.exec(
        select(Entry).where(Entry.publication_id == publication.id, Entry.url_hash == key)
    ).first()
    if entry is None:
        entry = Entry(
            publication_id=_id(publication),
            run_id=run.id,
            issue_id=issue.id if issue else None,
            url=url,
            url_hash=key,
            fetch_url=url,
            host=host_port(url),
        )
    elif entry.state == EntryState.failed or _listed_others(entry):
        entry.state, entry.attempts, entry.redirects, entry.pages = EntryState.queued, 0, 0, 0
        entry.fetch_url, entry.host, entry.run_id = entry.url, host_port(entry.url), run.id
        entry.due_at = clock.real()
    session.add(entry)
    return entry


def _listed_others(entry: Entry) -> bool:
    """Return whether the page was an album: done, and no candidate itself."""
    return entry.state == EntryState.done and entry.candidate_id is None


# --- looking -------------------------------------------------------------------------------------


def get_source(session: Session, publication: Publication, source_id: int) -> Source:
    """Return a source of this publication; raises NotFound."""
    source = session.get(Source, source_id)
    if source is None or source.publication_id != publication.id:
        raise NotFound("没有这个来源", "There is no such source")
    return source


def list_sources(session: Session, publication: Publication) -> list[Source]:
    """Return the publication's sources by name."""
    query = select(Source).where(Source.publication_id == publication.id)
    return list(session.exec(query.order_by(Source.name, col(Source.id))))


def get_run(session: Session, publication: Publication, run_id: int) -> CrawlRun:
    """Return a round of this publication; raises NotFound."""
    run = session.get(CrawlRun, run_id)
    if run is None or run.publication_id != publication.id:
        raise NotFound("没有这次采集", "There is no such crawl")
    return run


# --- what is due ---------------------------------------------------------------------------------


def entry_due(real: datetime) -> Any:
    """Return the condition for entries whose page may be fetched: new ones, and lost ones again."""
    return _wanted(Entry, EntryState.queued, EntryState.failed) & (col(Entry.due_at) <= real)


def _wanted(table: Any, queued: StrEnum, failed: StrEnum) -> Any:
    """Return the condition for what waits, or failed for a reason that may pass."""
    lost = (
        (col(table.state) == failed)
        & col(table.reason).in_([reason.value for reason in TEMPORARY])
        & (col(table.attempts) < MOST_ATTEMPTS)
    )
    # both states together first: that is one range of an index each
    return col(table.state).in_([queued, failed]) & or_(col(table.state) == queued, lost)


def source_due(now: datetime) -> Any:
    """Return the condition for sources that are to be read."""
    return (
        (col(Source.next_run_at) <= now)
        & col(Source.paused_at).is_(None)
        & (col(Source.kind) != SourceKind.manual)
    )


def picture_due(real: datetime) -> Any:
    """Return the condition for pictures that are to be fetched."""
    wanted = _wanted(Picture, PictureState.queued, PictureState.failed)
    return wanted & (col(Picture.due_at) <= real)


def hole_due(real: datetime) -> Any:
    """Return the condition for gaps that wait to be filled from their list pages."""
    return (col(Hole.state) == HoleState.queued) & (col(Hole.due_at) <= real)


def hosts_due(session: Session, now: datetime) -> list[str]:
    """Return the hosts with something to fetch that nobody holds, sorted; `now` is the desk's."""
    real = clock.real()
    hosts: set[str] = set()
    for column, condition in (
        (Source.host, source_due(now)),
        (Entry.host, entry_due(real)),
        (Picture.host, picture_due(real)),
        (Hole.host, hole_due(real)),
        (SourceProbe.host, probe_due()),
        (Entry.host, revisit_due(now)),
    ):
        # DISTINCT would make SQLite read every entry in the order of hosts
        hosts.update(session.exec(select(column).where(condition)))
    held = session.exec(select(HostGate.host).where(col(HostGate.lease_until) >= real))
    return sorted(hosts - set(held))


def waiting(session: Session, publication: Publication) -> int:
    """Return how many entries are on their way to a candidate."""
    states = [EntryState.queued, EntryState.captured]
    return session.exec(
        select(func.count(col(Entry.id))).where(
            Entry.publication_id == publication.id, col(Entry.state).in_(states)
        )
    ).one()


# --- import and export ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Imported:
    """What an import did: sources added, sources changed, sources that were the same."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]


def import_sources(
    session: Session, publication: Publication, text: str, *, by: User | None, now: datetime
) -> Imported:
    """Add or change sources from TOML (`[[source]]`), CSV or OPML text; all of them or none.

    A source is known by its address. OPML knows only name and folder, so that it adds feeds and
    leaves those that are here as they are. Raises Invalid with a sentence per wrong entry.
    """
    opml = looks_like_opml(text)
    drafts = drafts_of(opml_rows(text)) if opml else parse_sources(text)
    known = {source.url: source for source in list_sources(session, publication)}
    added, changed, same = [], [], []
    for draft in drafts:
        source = known.get(draft.url)
        if source is None:
            known[draft.url] = add_source(session, publication, draft, by=by, now=now)
            added.append(draft.name)
        elif opml or draft_of(source) == draft:
            same.append(draft.name)
        else:
            update_source(session, source, draft, by=by, now=now)
            changed.append(draft.name)
    return Imported(tuple(added), tuple(changed), tuple(same))


def draft_of(source: Source) -> SourceDraft:
    """Return a source as the draft that would make it; what is wrong in it stays to be mended."""
    fields = {name: getattr(source, name) for name in SourceDraft.model_fields}
    return SourceDraft.model_construct(**fields)


def export_sources(session: Session, publication: Publication, form: str = "toml") -> str:
    """Return the publication's sources as TOML, as CSV ("csv"), or its feeds as OPML ("opml")."""
    drafts = [draft_of(source) for source in list_sources(session, publication)]
    if form == "opml":
        return to_opml(drafts, publication.name)
    return to_csv(drafts) if form == "csv" else "\n".join(map(to_toml, drafts))


# --- small ---------------------------------------------------------------------------------------


def _id(row: Publication | Source) -> int:
    if row.id is None:
        raise EditorError("这一行还没有保存", "This row is not saved yet")
    return row.id


def _record(
    session: Session,
    verb: str,
    row: Source | CrawlRun,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    by: User | None,
    now: datetime,
) -> None:
    audit.record(
        session,
        by=by,
        verb=verb,
        subject=row,
        before=before,
        after=after,
        publication_id=row.publication_id,
        now=now,
    )
