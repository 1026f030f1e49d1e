"""Editions: what was published is kept for good; a corrected edition says what it corrects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import and_, update
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from editor import clock
from editor.assembler.gather import edition_before, gather
from editor.desk.audit import person_names
from editor.desk.publications import profile_of
from editor.errors import EditorError, Invalid, NotFound, Unusable
from editor.profile import Profile, profile_from
from editor.store.models import Export, Issue, IssueEdition, Publication, User, id_of
from editor.text.changed_pages import PageChanges, PageKind, PageText, compare_pages
from editor.text.corrections import Became, ItemChange, changed_frame, changed_items
from editor.text.document import IssueDocument
from editor.workflow import ExportState, IssueState

ATTEMPTS = 3
RING_AFTER = timedelta(seconds=60)
# what a list of editions shows; texts and pages are large
SHOWN = (
    "issue_id", "number", "digest", "published_at", "published_by", "reason", "changes",
    "settled_at", "error", "error_english",
)  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """A changed item and the printed pages it stands on, both 0 when it is on none."""

    change: ItemChange
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Changes:
    """What an edition says differently from an earlier one.

    `changed` and `moved` are numbers of pages as printed, `unnumbered` are sheets (from 1) that
    print no number; `gone` are numbers of the earlier edition of which nothing is left. `settled`
    says that the pages are known already.
    """

    against: int
    items: tuple[Placed, ...] = ()
    frame: tuple[str, ...] = ()
    settled: bool = False
    changed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    unnumbered: tuple[int, ...] = ()
    gone: tuple[str, ...] = ()
    pages: int = 0
    pages_before: int = 0


@dataclass(frozen=True)
class Edition:
    """A published edition as screens show it.

    `changes` is None for one with no kept edition before it, and until it is `settled`. `files`
    are the latest finished export in each format.
    """

    number: int
    digest: str
    published_at: datetime
    who: str
    reason: str
    settled: bool
    changes: Changes | None
    error: str
    error_english: str
    files: tuple[Export, ...]


DIED = Unusable(
    f"排版进程 {ATTEMPTS} 次中途退出，没有得出改动的页。请管理员查看日志；已出版的文件不受影响",
    f"The layout process died {ATTEMPTS} times, so the changed pages are not known. Ask the "
    "administrator to look at the log; what was published is as it was",
)
CHANGES: TypeAdapter[Changes] = TypeAdapter(Changes)


# --- keeping -------------------------------------------------------------------------------------


def keep(
    session: Session, issue: Issue, *, by: User | None, reason: str, now: datetime
) -> IssueEdition | None:
    """Keep the issue as it is published now; None for one that has no item to print.

    `reason` is why the edition before it was taken back, "" for the first.
    """
    try:
        document = gather(session, issue)
    except Invalid:
        return None
    profile = profile_of(_publication(session, issue))
    row = IssueEdition(
        issue_id=id_of(issue),
        number=issue.edition,
        digest=document.digest(),
        published_at=now,
        published_by=by.id if by else None,
        reason=reason,
        document=document.model_dump(mode="json"),
        profile=profile.model_dump(mode="json"),
    )
    session.add(row)
    session.flush()
    return row


def as_printed(session: Session, issue: Issue) -> tuple[IssueDocument, Profile]:
    """Return what an export prints: of a published issue its edition, else the issue as it stands.

    Raises Invalid when there is no item. An edition published before editions were kept is
    printed as the issue stands.
    """
    kept = find(session, issue, issue.edition) if issue.state is IssueState.published else None
    if kept is not None:
        return document_of(kept), profile_kept(kept)
    return gather(session, issue), profile_of(_publication(session, issue))


def find(session: Session, issue: Issue, number: int) -> IssueEdition | None:
    """Return an edition with all it holds, None when it was not kept."""
    query = select(IssueEdition).where(
        IssueEdition.issue_id == issue.id, IssueEdition.number == number
    )
    return session.exec(query).first()


def document_of(row: IssueEdition) -> IssueDocument:
    """Return the document that the edition prints."""
    return IssueDocument.model_validate(row.document)


def profile_kept(row: IssueEdition) -> Profile:
    """Return the profile that the edition was set with."""
    return profile_from(row.profile)


def _publication(session: Session, issue: Issue) -> Publication:
    publication = session.get(Publication, issue.publication_id)
    if publication is None:
        raise NotFound("这一期所属的刊物已不存在", "The issue's publication no longer exists")
    return publication


# --- pages ---------------------------------------------------------------------------------------


def claim(session: Session, edition_id: int) -> IssueEdition | None:
    """Return an edition whose pages are to be set, its attempt counted; None when there is none.

    Commit before working. A third attempt that did not come back is the last.
    """
    claimed = session.connection().execute(
        update(IssueEdition)
        .where(
            col(IssueEdition.id) == edition_id,
            col(IssueEdition.settled_at).is_(None),
            col(IssueEdition.attempts) < ATTEMPTS,
        )
        .values(attempts=IssueEdition.attempts + 1, due_at=clock.real())
    )
    if claimed.rowcount != 1:
        return None
    return session.get(IssueEdition, edition_id, populate_existing=True)


def unsettled_before(session: Session, edition_id: int) -> list[int]:
    """Return earlier editions of the same issue whose pages are not set yet, in order."""
    row = session.get(IssueEdition, edition_id)
    if row is None:
        return []
    query = (
        select(IssueEdition.id)
        .where(
            IssueEdition.issue_id == row.issue_id,
            IssueEdition.number < row.number,
            col(IssueEdition.settled_at).is_(None),
        )
        .order_by(col(IssueEdition.number))
    )
    return [id for id in session.exec(query) if id is not None]


def due(session: Session) -> list[int]:
    """Return the editions to ring for: no worker has set their pages since they were asked for.

    Those that were tried three times are given up, with a sentence, and not returned.
    """
    late = and_(
        col(IssueEdition.settled_at).is_(None),
        col(IssueEdition.due_at) < clock.real() - RING_AFTER,
    )
    tired = select(IssueEdition.id).where(late, col(IssueEdition.attempts) >= ATTEMPTS)
    for id in session.exec(tired).all():
        give_up(session, id or 0, DIED)
    query = select(IssueEdition.id).where(late).order_by(col(IssueEdition.id))
    return [id for id in session.exec(query) if id is not None]


def give_up(session: Session, edition_id: int, error: EditorError) -> None:
    """Store why the pages cannot be set; what was published stays as it is."""
    row = session.get(IssueEdition, edition_id)
    if row is not None:
        row.settled_at = clock.real()
        row.error, row.error_english = error.chinese, error.english
        session.add(row)


def settle(
    session: Session,
    edition_id: int,
    pages: Sequence[PageText],
    spans: Mapping[str, tuple[int, int]],
) -> None:
    """Store the edition's pages and what differs from the edition before it.

    `spans` are the first and last printed page of each item, by its anchor.
    """
    row = session.get(IssueEdition, edition_id)
    if row is None:
        return
    row.pages = [asdict(page) for page in pages]
    row.settled_at = clock.real()
    row.error = row.error_english = ""
    before = edition_before(session, row.issue_id, row.number)
    if before is not None:
        row.changes = asdict(differing(before, document_of(row), pages, spans))
    session.add(row)


def differing(
    before: IssueEdition,
    document: IssueDocument,
    pages: Sequence[PageText] = (),
    spans: Mapping[str, tuple[int, int]] | None = None,
) -> Changes:
    """Return what a document says differently from an edition; of pages only those handed in."""
    earlier = document_of(before)
    items = tuple(
        Placed(change, *(spans or {}).get(change.anchor, (0, 0)))
        for change in changed_items(earlier, document)
    )
    found = Changes(before.number, items, changed_frame(earlier, document))
    if not pages or not before.pages:
        return found
    old = pages_of(before)
    return _with_pages(found, compare_pages(old, pages), len(old))


def _with_pages(found: Changes, compared: PageChanges, pages_before: int) -> Changes:
    def numbers(kind: PageKind) -> tuple[str, ...]:
        return tuple(page.number for page in compared.pages if page.kind is kind and page.number)

    return replace(
        found,
        settled=True,
        changed=numbers(PageKind.changed),
        moved=numbers(PageKind.moved),
        unnumbered=tuple(
            page.sheet
            for page in compared.pages
            if page.kind is PageKind.changed and not page.number
        ),
        gone=tuple(page.number for page in compared.gone if page.number),
        pages=len(compared.pages),
        pages_before=pages_before,
    )


def pages_of(row: IssueEdition) -> tuple[PageText, ...]:
    """Return the edition's printed pages; none before they are set."""
    return tuple(PageText(**(page | {"lines": tuple(page["lines"])})) for page in row.pages)


# --- showing -------------------------------------------------------------------------------------


def list_editions(session: Session, issue: Issue) -> list[Edition]:
    """Return the issue's published editions, the latest first; costs three queries."""
    shown = load_only(*(getattr(IssueEdition, name) for name in SHOWN))
    rows = session.exec(
        select(IssueEdition)
        .where(IssueEdition.issue_id == issue.id)
        .order_by(col(IssueEdition.number).desc())
        .options(shown)
    ).all()
    if not rows:
        return []
    names = person_names(session, [row.published_by for row in rows])
    files = _files(session, issue, [row.digest for row in rows])
    return [
        Edition(
            number=row.number,
            digest=row.digest,
            published_at=row.published_at,
            who=names.get(row.published_by or 0, ""),
            reason=row.reason,
            settled=row.settled_at is not None,
            changes=_changes(row.changes),
            error=row.error,
            error_english=row.error_english,
            files=tuple(files.get(row.digest, {}).values()),
        )
        for row in rows
    ]


def digests(session: Session, issue: Issue) -> dict[str, int]:
    """Return the number of each published edition by the digest of its document."""
    rows = session.exec(
        select(IssueEdition.digest, IssueEdition.number).where(IssueEdition.issue_id == issue.id)
    )
    return dict(rows.all())


def _files(session: Session, issue: Issue, digests: Iterable[str]) -> dict[str, dict[str, Export]]:
    """Return the latest finished export in each format of each of these documents."""
    query = (
        select(Export)
        .where(
            Export.issue_id == issue.id,
            Export.state == ExportState.done,
            col(Export.digest).in_([*digests]),
        )
        .order_by(col(Export.id))
    )
    found: dict[str, dict[str, Export]] = {}
    for export in session.exec(query):
        found.setdefault(export.digest, {})[export.format] = export
    return found


def _changes(data: Mapping[str, Any]) -> Changes | None:
    return CHANGES.validate_python(data) if data else None


def corrected_headlines(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the headlines of what an edition's stored changes add, change or take out."""
    changes = _changes(data)
    return tuple(
        placed.change.headline
        for placed in (changes.items if changes else ())
        if placed.change.became is not Became.moved
    )


def correction(session: Session, issue: Issue) -> Changes | None:
    """Return what the issue as it stands says differently from its last edition.

    None while it is published, when no edition was kept, or when there is no item.
    """
    if issue.state is IssueState.published:
        return None
    before = edition_before(session, id_of(issue), issue.edition)
    if before is None:
        return None
    try:
        return differing(before, gather(session, issue))
    except Invalid:
        return None
