"""Live page numbers: an issue is laid out as it stands and where its items start is kept."""

from celery import shared_task
from sqlmodel import Session, select

from editor import clock
from editor.assembler.gather import gather, item_anchors
from editor.assembler.typeset import typeset
from editor.desk import archive
from editor.desk.publications import profile_of
from editor.errors import EditorError, NotFound
from editor.profile import Profile
from editor.store.models import Issue, PageEstimate, Publication
from editor.text.document import IssueDocument
from workers.workshop import Workshop, here


@shared_task
def lay_out(issue_id: int) -> None:
    """Lay the issue out and store where its items start; a second delivery costs one query more."""
    estimate(here(), issue_id)


def estimate(shop: Workshop, issue_id: int) -> None:
    """Store the page starts of the issue as it stands, or the sentence that says what is wrong.

    Nothing is laid out when the stored starts belong to the same document already.
    """
    try:
        with shop.database.reading() as session:
            issue = _issue(session, issue_id)
            document, profile, items = _assemble(session, issue)
            known = _estimate(session, issue_id)
            if known is not None and known.digest == document.digest() and not known.error:
                return
        laid_out = typeset(document, profile, shop.files, font_dir=shop.settings.font_dir)
    except NotFound:
        # the issue went while the message waited: there is nothing to keep
        return
    except EditorError as error:
        _keep(shop, issue_id, error=error)
        return
    starts = {
        str(items[anchor]): page for anchor, page in laid_out.starts.items() if anchor in items
    }
    _keep(shop, issue_id, digest=document.digest(), pages=laid_out.pages, starts=starts)


def _issue(session: Session, issue_id: int) -> Issue:
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise NotFound("这一期已不存在", "The issue no longer exists")
    return issue


def _assemble(session: Session, issue: Issue) -> tuple[IssueDocument, Profile, dict[str, int]]:
    publication = session.get(Publication, issue.publication_id)
    if publication is None:
        raise NotFound("刊物已不存在", "The publication no longer exists")
    return gather(session, issue), profile_of(publication), item_anchors(session, issue)


def _estimate(session: Session, issue_id: int) -> PageEstimate | None:
    return session.exec(select(PageEstimate).where(PageEstimate.issue_id == issue_id)).first()


def _keep(
    shop: Workshop,
    issue_id: int,
    *,
    digest: str = "",
    pages: int = 0,
    starts: dict[str, int] | None = None,
    error: EditorError | None = None,
) -> None:
    """Write the one row of the issue; after an error the last good numbers stay beside it."""
    with shop.database.writing() as session:
        issue = session.get(Issue, issue_id)
        if issue is None:
            return
        row = _estimate(session, issue_id) or PageEstimate(issue_id=issue_id)
        row.error = error.chinese if error else ""
        row.error_english = error.english if error else ""
        if error is None:
            row.digest, row.pages, row.starts = digest, pages, dict(starts or {})
            archive.note_pages(session, issue, row.starts)
        row.laid_out_at = clock.now()
        session.add(row)
        session.commit()
