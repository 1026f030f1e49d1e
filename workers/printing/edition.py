"""A published edition's pages: set once from what was kept, and compared with those before."""

from dataclasses import dataclass

from celery import shared_task

from editor.assembler.finished.printed_pages import read_pages
from editor.assembler.press.typeset import Layout, Press
from editor.desk import issue_editions
from editor.errors import EditorError
from editor.profile import Profile
from editor.store.queue import Task
from editor.text.document import IssueDocument
from workers.workshop import Workshop, here


@dataclass(frozen=True)
class Wanted:
    """An edition whose pages are to be set."""

    edition_id: int
    document: IssueDocument
    profile: Profile


@shared_task(name=Task.set_edition.value)
def set_edition(edition_id: int) -> None:
    """Set the edition's pages; a second delivery finds nothing to claim."""
    settle(here(), edition_id)


def settle(shop: Workshop, edition_id: int) -> None:
    """Keep what stands on each page, and which pages differ from the edition before.

    What cannot be set becomes a sentence; the edition stays published.
    """
    with shop.database.reading() as session:
        earlier = issue_editions.unsettled_before(session, edition_id)
    for each in (*earlier, edition_id):
        _settle(shop, each)


def _settle(shop: Workshop, edition_id: int) -> None:
    wanted = _claim(shop, edition_id)
    if wanted is None:
        return
    font_dir = shop.settings.font_dir
    try:
        press = Press(wanted.document, wanted.profile, shop.files, font_dir=font_dir)
        spans = _spans(press.layout())
        pages = read_pages(press.pdf(), wanted.profile)
    except EditorError as error:
        with shop.database.writing() as session:
            issue_editions.give_up(session, edition_id, error)
            session.commit()
        return
    with shop.database.writing() as session:
        issue_editions.settle(session, edition_id, pages, spans)
        session.commit()


def _claim(shop: Workshop, edition_id: int) -> Wanted | None:
    with shop.database.writing() as session:
        row = issue_editions.claim(session, edition_id)
        if row is None:
            return None
        wanted = Wanted(
            edition_id, issue_editions.document_of(row), issue_editions.profile_kept(row)
        )
        session.commit()
        return wanted


def _spans(layout: Layout) -> dict[str, tuple[int, int]]:
    """Return each item's first and last printed page."""
    return {
        anchor: (layout.starts[anchor], max(layout.starts[anchor], page))
        for anchor, (page, _) in layout.ends.items()
    }
