"""Live pages: an issue is laid out as it stands, and where everything stands is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import shared_task
from sqlmodel import Session, select

from editor import clock
from editor.assembler.gather import gather, item_anchors, stamp
from editor.assembler.preflight.findings import as_data
from editor.assembler.press.pages import flags
from editor.assembler.press.typeset import Layout, Press
from editor.desk import archive
from editor.desk.publications import profile_of
from editor.errors import EditorError, NotFound
from editor.profile import Profile
from editor.store import proofs
from editor.store.models import Issue, PageEstimate, Publication
from editor.text.document import IssueDocument
from workers.workshop import Workshop, here


@dataclass(frozen=True)
class Wanted:
    """The issue to lay out, as it stood when it was read."""

    issue_id: int
    stamp: str
    digest: str
    document: IssueDocument
    profile: Profile
    items: Mapping[str, int]


@shared_task
def lay_out(issue_id: int) -> None:
    """Lay the issue out and keep where its items stand; a second delivery costs three queries."""
    estimate(here(), issue_id)


def estimate(shop: Workshop, issue_id: int) -> None:
    """Keep where the issue's items stand, or the sentence that says what is wrong.

    Nothing is laid out when the kept pages belong to the same rows, or the same text, already.
    The numbers are kept first; what there is to look at, flags and pages, follows.
    """
    seen = ""
    try:
        with shop.database.reading() as session:
            issue = _issue(session, issue_id)
            seen, known = stamp(session, issue), _estimate(session, issue_id)
            if known is not None and known.stamp == seen and _complete(known):
                return
            wanted = _assemble(session, issue, seen)
            same = known is not None and known.proof == wanted.digest and not known.error
        if same:
            _keep(shop, issue_id, stamp=seen)
            return
        font_dir = shop.settings.font_dir
        press = Press(wanted.document, wanted.profile, shop.files, font_dir=font_dir, draft=True)
        layout = press.layout()
        _keep(shop, issue_id, **_found(wanted, layout))
        _keep_proof(shop, wanted, press, _flags(wanted, layout, font_dir))
    except NotFound:
        # the issue went while the message waited: there is nothing to keep
        return
    except EditorError as error:
        _keep(shop, issue_id, stamp=seen, error=error.chinese, error_english=error.english)


def _issue(session: Session, issue_id: int) -> Issue:
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise NotFound("这一期已不存在", "The issue no longer exists")
    return issue


def _assemble(session: Session, issue: Issue, seen: str) -> Wanted:
    publication = session.get(Publication, issue.publication_id)
    if publication is None or issue.id is None:
        raise NotFound("刊物已不存在", "The publication no longer exists")
    document = gather(session, issue)
    items = item_anchors(session, issue)
    return Wanted(issue.id, seen, document.digest(), document, profile_of(publication), items)


def _estimate(session: Session, issue_id: int) -> PageEstimate | None:
    return session.exec(select(PageEstimate).where(PageEstimate.issue_id == issue_id)).first()


def _complete(known: PageEstimate) -> bool:
    """Whether a layout was brought to its end; a worker may die before the pages are kept."""
    return bool(known.error) or known.proof == known.digest


def _found(wanted: Wanted, layout: Layout) -> dict[str, Any]:
    """Return the columns of the estimate that this layout settles."""
    items = wanted.items
    return {
        "stamp": wanted.stamp,
        "digest": wanted.digest,
        "pages": layout.pages,
        "front": layout.front,
        "starts": {str(id): layout.starts[anchor] for anchor, id in items.items()},
        "ends": {str(id): layout.ends[anchor][0] for anchor, id in items.items()},
    }


def _flags(wanted: Wanted, layout: Layout, font_dir: Path | None) -> list[dict[str, Any]]:
    """Return what should be looked at on these pages; as long as a quarter of the layout."""
    return [
        as_data(flag, item=wanted.items.get(flag.anchor))
        for flag in flags(wanted.document, wanted.profile, layout, font_dir)
    ]


def _keep_proof(shop: Workshop, wanted: Wanted, press: Press, flags: list[dict[str, Any]]) -> None:
    """Keep the pages themselves, for the preview; the row names them once they are there."""
    folder = shop.settings.data_dir
    # printing also makes typst forget what the last ten layouts did not need; asking does not
    proofs.keep(folder, wanted.issue_id, wanted.digest, press.draft())
    _keep(shop, wanted.issue_id, proof=wanted.digest, flags=flags)
    proofs.drop_others(folder, wanted.issue_id, wanted.digest)


def _keep(
    shop: Workshop, issue_id: int, *, error: str = "", error_english: str = "", **found: Any
) -> None:
    """Write the one row of the issue; after an error the last good numbers stay beside it."""
    with shop.database.writing() as session:
        issue = session.get(Issue, issue_id)
        if issue is None:
            return
        row = _estimate(session, issue_id) or PageEstimate(issue_id=issue_id)
        row.error, row.error_english = error, error_english
        for column, value in found.items():
            setattr(row, column, value)
        if "starts" in found:
            archive.note_pages(session, issue, row.starts)
        row.laid_out_at = clock.now()
        session.add(row)
        session.commit()
