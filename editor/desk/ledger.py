"""The window ledger: what each source gave in an issue's window, and what was not seen of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, case, func, literal, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from editor import clock
from editor.desk import audit
from editor.desk.source_health import failed_in
from editor.desk.sources import TEMPORARY
from editor.errors import Conflict, NotFound
from editor.store.models import Candidate, Entry, Fetch, Hole, Issue, Publication, Source, User
from editor.text.urls import host_port
from editor.workflow import HoleCause, HoleState, Outcome, SourceKind

LineState = Literal["complete", "gaps", "failing", "unread", "behind", "paused", "manual"]
MISSING = (HoleState.open, HoleState.queued, HoleState.failed)
QUICK_FAILURES = 3
# a visit that is due this long ago and has not come: nobody reads
OVERDUE = timedelta(hours=1)


@dataclass(frozen=True)
class LedgerLine:
    """What one source gave in the window, and what is missing of it.

    `tried`, `ok`, `unchanged` and `failed` count readings of its pages since the window opened,
    until the issue was locked; `first_at` and `last_at` are the first's and the last's moments,
    `oldest_seen` and `newest_seen` the dates that they showed. `holes` are all that touch the
    window, oldest first, the filled ones too. `failing_since` is set while every reading fails:
    since the last good one, or the first try. `entries` counts the candidates that it gave in
    this time or for this window, `undated` those without a date, `undated_share` of 0 to 1,
    `late` those of the window that came after the lock, `lost` the articles that could not be
    had. `behind` means that it was not read to the window's end, or is long due while it is open.
    """

    source: Source
    tried: int
    ok: int
    unchanged: int
    failed: int
    first_at: datetime | None
    last_at: datetime | None
    oldest_seen: datetime | None
    newest_seen: datetime | None
    holes: tuple[Hole, ...]
    failing_since: datetime | None
    entries: int
    in_window: int
    undated: int
    undated_share: float
    late: int
    lost: int
    never_read: bool
    behind: bool
    state: LineState

    @property
    def missing(self) -> tuple[Hole, ...]:
        """Return the holes that nobody has filled or dismissed."""
        return tuple(hole for hole in self.holes if hole.state in MISSING)


@dataclass(frozen=True)
class WindowLedger:
    """An issue's ledger, a line a source by name; `complete` when nothing is known to be missing.

    `open_holes` counts gaps, `failing`, `unread` and `behind` sources, `late` and `undated`
    candidates. Paused sources spoil it only by their gaps. `lost` are articles that could not be
    had, pasted ones too: they are named beside a complete ledger.
    """

    lines: tuple[LedgerLine, ...]
    complete: bool
    open_holes: int
    failing: int
    unread: int
    behind: int
    late: int
    undated: int
    lost: int


@dataclass(frozen=True)
class _Readings:
    tried: int = 0
    ok: int = 0
    unchanged: int = 0
    failed: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True)
class _Given:
    entries: int = 0
    in_window: int = 0
    undated: int = 0
    late: int = 0


# --- looking -------------------------------------------------------------------------------------


def window_ledger(
    session: Session,
    publication: Publication,
    issue: Issue,
    now: datetime,
    *,
    with_readings: bool = True,
) -> WindowLedger:
    """Return the issue's ledger; five queries, however many sources there are.

    Without readings only `first_at` is known of them, which is enough to know what is missing.
    """
    sources = session.exec(
        select(Source)
        .where(Source.publication_id == publication.id)
        .order_by(Source.name, col(Source.id))
    ).all()
    until = min(issue.locked_at or now, now)
    look = _readings if with_readings else _first_tries
    readings = look(session, publication, issue.opens_at, until)
    given = _given(session, publication, issue, until)
    lost = _lost(session, publication, issue)
    holes = _holes_by_source(holes_of(session, publication, issue))
    lines = tuple(
        _line(
            source,
            readings.get(source.id or 0, _Readings()),
            given.get(source.id or 0, _Given()),
            holes.get(source.id or 0, ()),
            lost.get(source.id, 0),
            issue,
            now,
        )
        for source in sources
    )
    return _sum(lines, sum(lost.values()))


def _sum(lines: tuple[LedgerLine, ...], lost: int) -> WindowLedger:
    open_holes = sum(len(line.missing) for line in lines)
    failing = sum(line.state == "failing" for line in lines)
    unread = sum(line.state == "unread" for line in lines)
    behind = sum(line.state == "behind" for line in lines)
    return WindowLedger(
        lines=lines,
        complete=not (open_holes or failing or unread or behind),
        open_holes=open_holes,
        failing=failing,
        unread=unread,
        behind=behind,
        late=sum(line.late for line in lines),
        undated=sum(line.undated for line in lines),
        lost=lost,
    )


def _line(
    source: Source,
    readings: _Readings,
    given: _Given,
    holes: tuple[Hole, ...],
    lost: int,
    issue: Issue,
    now: datetime,
) -> LedgerLine:
    since = failing_since(source, readings.first_at)
    if since is not None and since >= issue.closes_at:
        since = None
    line = LedgerLine(
        source=source,
        tried=readings.tried,
        ok=readings.ok,
        unchanged=readings.unchanged,
        failed=readings.failed,
        first_at=readings.first_at,
        last_at=readings.last_at,
        oldest_seen=readings.oldest,
        newest_seen=readings.newest,
        holes=holes,
        failing_since=since,
        entries=given.entries,
        in_window=given.in_window,
        undated=given.undated,
        undated_share=given.undated / given.entries if given.entries else 0.0,
        late=given.late,
        lost=lost,
        never_read=source.last_ok_at is None and source.kind != SourceKind.manual,
        behind=_behind(source, issue, now),
        state="complete",
    )
    return replace(line, state=_state(line))


def _state(line: LedgerLine) -> LineState:
    if line.source.kind == SourceKind.manual:
        return "manual"
    if line.source.paused_at is not None:
        return "paused"
    if line.failing_since is not None:
        return "failing"
    if line.never_read or any(hole.cause == HoleCause.unread for hole in line.missing):
        return "unread"
    if line.missing:
        return "gaps"
    return "behind" if line.behind else "complete"


def _behind(source: Source, issue: Issue, now: datetime) -> bool:
    """Whether nobody knows what the source published at the window's end, or lately in it.

    What a reading was too late for becomes a gap only with the next reading.
    """
    if source.last_ok_at is None or now < issue.opens_at or source.last_ok_at >= issue.closes_at:
        return False
    return now >= issue.closes_at or source.next_run_at + OVERDUE <= now


def failing_since(source: Source, first_try: datetime | None) -> datetime | None:
    """Return since when every reading fails; None while it is read, or is being tried again.

    A passing failure counts from the third try on: the first two follow within a minute.
    """
    if not source.last_reason:
        return None
    passing = source.last_reason in [reason.value for reason in TEMPORARY]
    if passing and 0 < source.failures < QUICK_FAILURES:
        return None
    return source.last_ok_at or first_try or source.created_at


def _sources(publication: Publication) -> Any:
    return select(Source.id).where(Source.publication_id == publication.id)


def _readings(
    session: Session, publication: Publication, since: datetime, until: datetime
) -> dict[int, _Readings]:
    def counted(*outcomes: Outcome) -> Any:
        return func.sum(case((col(Fetch.outcome).in_(outcomes), 1), else_=0))

    rows = session.execute(
        columns(
            col(Fetch.source_id),
            func.count(),
            counted(Outcome.ok, Outcome.empty),
            counted(Outcome.not_modified),
            counted(Outcome.failed, Outcome.refused),
            func.min(Fetch.fetched_at),
            func.max(Fetch.fetched_at),
            func.min(Fetch.oldest_seen),
            func.max(Fetch.newest_seen),
        )
        .where(
            col(Fetch.source_id).in_(_sources(publication)),
            col(Fetch.entry_id).is_(None),
            col(Fetch.hole_id).is_(None),
            col(Fetch.fetched_at) >= since,
            col(Fetch.fetched_at) <= until,
        )
        .group_by(col(Fetch.source_id))
    )
    return {row[0]: _Readings(*row[1:]) for row in rows}


def _first_tries(
    session: Session, publication: Publication, since: datetime, until: datetime
) -> dict[int, _Readings]:
    first = (
        columns(func.min(Fetch.fetched_at))
        .where(
            col(Fetch.source_id) == col(Source.id),
            col(Fetch.entry_id).is_(None),
            col(Fetch.hole_id).is_(None),
            col(Fetch.fetched_at) >= since,
            col(Fetch.fetched_at) <= until,
        )
        .correlate(Source)
        .scalar_subquery()
    )
    rows = session.execute(
        columns(col(Source.id), first).where(col(Source.publication_id) == publication.id)
    )
    return {source_id: _Readings(first_at=moment) for source_id, moment in rows}


def _given(
    session: Session, publication: Publication, issue: Issue, until: datetime
) -> dict[int, _Given]:
    published, seen = col(Candidate.published_at), col(Candidate.seen_at)
    inside = and_(published >= issue.opens_at, published < issue.closes_at)
    during = and_(seen >= issue.opens_at, seen <= until)

    def counted(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    late = and_(inside, seen >= issue.locked_at) if issue.locked_at else None
    rows = session.execute(
        columns(
            col(Candidate.source_id),
            func.count(),
            counted(inside),
            counted(published.is_(None)),
            counted(late) if late is not None else literal(0),
        )
        .where(
            # the sources rather than the publication: so the index has all that is counted
            col(Candidate.source_id).in_(_sources(publication)),
            or_(inside, during),
        )
        .group_by(col(Candidate.source_id))
    )
    return {row[0]: _Given(*row[1:]) for row in rows}


def _lost(session: Session, publication: Publication, issue: Issue) -> dict[int | None, int]:
    rows = session.execute(
        columns(col(Entry.source_id), func.count())
        .where(*failed_in(publication, issue))
        .group_by(col(Entry.source_id))
    )
    return {row[0]: row[1] for row in rows}


def holes_of(session: Session, publication: Publication, issue: Issue) -> list[Hole]:
    """Return the gaps that touch the issue's window, oldest first, the settled ones too."""
    return list(
        session.exec(
            select(Hole)
            .join(Source, col(Source.id) == Hole.source_id)
            .where(
                Source.publication_id == publication.id,
                Hole.after_at < issue.closes_at,
                Hole.before_at > issue.opens_at,
            )
            .order_by(col(Hole.after_at), col(Hole.id))
        )
    )


def _holes_by_source(holes: Iterable[Hole]) -> dict[int, tuple[Hole, ...]]:
    found: dict[int, tuple[Hole, ...]] = {}
    for hole in holes:
        found[hole.source_id] = (*found.get(hole.source_id, ()), hole)
    return found


def get_hole(session: Session, publication: Publication, hole_id: int) -> Hole:
    """Return a gap of this publication; raises NotFound."""
    hole = session.get(Hole, hole_id)
    source = session.get(Source, hole.source_id) if hole else None
    if hole is None or source is None or source.publication_id != publication.id:
        raise NotFound("没有这个空档", "There is no such gap")
    return hole


# --- settling ------------------------------------------------------------------------------------


def list_of(source: Source) -> str:
    """Return the list page from which the source's gaps can be filled, "" when it has none."""
    if source.kind == SourceKind.list:
        return source.fetch_url or source.url
    return source.list_url


def fill(session: Session, hole: Hole, *, by: User | None, now: datetime) -> None:
    """Queue a gap to be filled from the list page; one that is queued stays so.

    Raises Conflict when the source has no list page, or the gap is settled.
    """
    source = session.get_one(Source, hole.source_id)
    if hole.state == HoleState.queued:
        return
    if not list_of(source):
        raise Conflict(
            f"来源“{source.name}”没有列表页：请在来源设置里填写列表页网址，"
            "或到网站上查看这段时间，把缺的链接粘贴进来",
            f"The source “{source.name}” has no list page: add one in its settings, "
            "or look at the site yourself and paste the missing links",
        )
    if hole.state not in MISSING:
        raise Conflict(
            "这个空档已经处理过了，请刷新页面", "This gap has been settled; reload the page"
        )
    before = audit.snapshot(hole, "state")
    queue_hole(hole, source)
    session.add(hole)
    _record(session, "fill_hole", hole, source, before, by=by, now=now)


def queue_hole(hole: Hole, source: Source) -> None:
    """Make a gap wait for its list page's host, as if it had never been tried."""
    hole.state, hole.host = HoleState.queued, host_port(list_of(source))
    hole.attempts, hole.reason, hole.detail = 0, "", ""
    hole.due_at, hole.settled_at = clock.real(), None


def fill_all(
    session: Session,
    publication: Publication,
    issue: Issue,
    *,
    by: User | None,
    now: datetime,
) -> list[Hole]:
    """Queue every open gap of the window whose source has a list page; returns those queued.

    Gaps that wait already are among them.
    """
    holes = [hole for hole in holes_of(session, publication, issue) if hole.state in MISSING]
    sources = _sources_of(session, holes)
    able = [hole for hole in holes if list_of(sources[hole.source_id])]
    for hole in able:
        fill(session, hole, by=by, now=now)
    return able


def _sources_of(session: Session, holes: Sequence[Hole]) -> dict[int, Source]:
    ids = {hole.source_id for hole in holes}
    rows = session.exec(select(Source).where(col(Source.id).in_(ids)))
    return {row.id: row for row in rows if row.id is not None}


def dismiss(session: Session, hole: Hole, *, by: User | None, now: datetime) -> None:
    """Note that a person has looked and nothing is missing; raises Conflict when settled."""
    if hole.state not in MISSING:
        raise Conflict(
            "这个空档已经处理过了，请刷新页面", "This gap has been settled; reload the page"
        )
    source = session.get_one(Source, hole.source_id)
    before = audit.snapshot(hole, "state")
    hole.state, hole.settled_at = HoleState.dismissed, now
    session.add(hole)
    _record(session, "dismiss_hole", hole, source, before, by=by, now=now)


def _record(
    session: Session,
    verb: str,
    hole: Hole,
    source: Source,
    before: dict[str, Any],
    *,
    by: User | None,
    now: datetime,
) -> None:
    audit.record(
        session,
        by=by,
        verb=verb,
        subject=hole,
        before=before,
        after=audit.snapshot(hole, "state", "after_at", "before_at") | {"source": source.name},
        publication_id=source.publication_id,
        now=now,
    )
