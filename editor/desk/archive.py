"""往期: what was printed before, so that nothing is printed twice.

A published issue and an imported archive become Printed rows, found again by the same three
tests as candidates: the address, the text, the document. After a change every open candidate of
the publication is looked at anew; how far that has come is a Setting, so no restart loses it.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, case, delete, func, insert, literal, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from editor.errors import Conflict, NotFound
from editor.store.models import (
    Candidate,
    Issue,
    IssueSection,
    Item,
    ItemOrigin,
    PageEstimate,
    Printed,
    PrintedBand,
    Publication,
    Revision,
    Setting,
    id_of,
)
from editor.text import documents, fingerprint
from editor.text.document import body_text
from editor.text.documents import Mention
from editor.text.fingerprint import Wording
from editor.text.urls import canonical_url, url_hash
from editor.workflow import IssueState, PrintedHow

CHECK = "printed_check."
MOST_COMPARED = 20
# a document reported again after so long is news again
DOCUMENT_DAYS = timedelta(days=366)
PAGE = 200


@dataclass(frozen=True)
class Article:
    """An article as it was printed; `page` is the printed number."""

    position: int
    headline: str
    page: int | None = None
    source_line: str = ""
    dated_on: date | None = None
    url: str = ""
    text: str = ""
    item_id: int | None = None


@dataclass(frozen=True)
class Look:
    """What of a candidate is looked up among the printed articles."""

    publication_id: int
    url_hash: str
    title: str
    dated_on: date | None
    words: Wording
    bands: tuple[int, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True)
class BackIssue:
    """An issue of the archive. `compiled_here` is its issue's id, None when it was imported."""

    total_number: int
    label: str
    articles: int
    compiled_here: int | None


# --- putting in ----------------------------------------------------------------------------------


def label_of(issue: Issue) -> str:
    """Return what a back issue is called: 第3期（总第28期）."""
    return f"第{issue.number}期（总第{issue.total_number}期）"


def keep_issue(session: Session, issue: Issue) -> int:
    """Put a published issue into the archive in place of its earlier edition; how many articles."""
    rows = session.exec(
        select(Item, Revision)
        .join(Revision, col(Revision.id) == col(Item.revision_id))
        .join(IssueSection, col(IssueSection.id) == col(Item.section_id))
        .where(col(IssueSection.issue_id) == issue.id, col(Item.removed_at).is_(None))
        .order_by(col(IssueSection.position), col(Item.position), col(Item.id))
    ).all()
    starts = _starts(session, issue)
    origins = _origins(session, [id_of(item) for item, _ in rows])
    articles = [
        Article(
            position=position,
            headline=revision.headline,
            page=starts.get(id_of(item)),
            source_line=revision.source_line,
            dated_on=revision.dated_on,
            url=revision.url or origins.get(id_of(item), ""),
            text=body_text(revision.blocks),
            item_id=item.id,
        )
        for position, (item, revision) in enumerate(rows, start=1)
    ]
    return keep(
        session, issue.publication_id, issue.total_number, label_of(issue), articles, issue=issue
    )


def _starts(session: Session, issue: Issue) -> dict[int, int]:
    estimate = session.exec(select(PageEstimate).where(PageEstimate.issue_id == issue.id)).first()
    return {int(item): int(page) for item, page in estimate.starts.items()} if estimate else {}


def note_pages(session: Session, issue: Issue, starts: Mapping[str, int]) -> None:
    """Give a published issue's articles the pages of its last layout, which may end after it.

    What was printed stays as it is while a further edition is being made.
    """
    if issue.state != IssueState.published:
        return
    rows = session.exec(select(Printed).where(Printed.issue_id == issue.id)).all()
    for row in rows:
        row.page = starts.get(str(row.item_id))
        session.add(row)


def _origins(session: Session, items: Collection[int]) -> dict[int, str]:
    rows = session.execute(
        columns(col(ItemOrigin.item_id), col(Candidate.url))
        .join(Candidate, col(Candidate.id) == col(ItemOrigin.candidate_id))
        .where(col(ItemOrigin.item_id).in_(items))
        .order_by(col(ItemOrigin.id).desc())
    )
    return {row.item_id: row.url for row in rows}


def keep(
    session: Session,
    publication_id: int,
    total_number: int,
    label: str,
    articles: Iterable[Article],
    *,
    issue: Issue | None = None,
) -> int:
    """Put an issue's articles into the archive in place of what it held of that number.

    Raises Conflict for an imported issue of which the archive has the edition compiled here.
    """
    if issue is None:
        _refuse_compiled(session, publication_id, total_number)
    remove(session, publication_id, total_number)
    count = 0
    for article in articles:
        _keep_article(session, publication_id, total_number, label, article, issue)
        count += 1
    session.flush()
    ask_for_check(session, publication_id)
    return count


def _refuse_compiled(session: Session, publication_id: int, total_number: int) -> None:
    query = select(Printed.id).where(
        Printed.publication_id == publication_id,
        Printed.total_number == total_number,
        col(Printed.issue_id).is_not(None),
    )
    if session.exec(query.limit(1)).first() is not None:
        raise Conflict(
            f"总第 {total_number} 期是在这里出版的，已在往期里，没有导入任何内容。"
            "请从文件中去掉这一期",
            f"No. {total_number} was published here and is among the back issues; "
            "nothing was imported. Take it out of the file",
        )


def _keep_article(
    session: Session,
    publication_id: int,
    total_number: int,
    label: str,
    article: Article,
    issue: Issue | None,
) -> None:
    words = fingerprint.wording(article.text)
    named = documents.mentions(article.headline, article.text)
    row = Printed(
        publication_id=publication_id,
        issue_id=issue.id if issue else None,
        item_id=article.item_id,
        label=label[:60],
        total_number=total_number,
        position=article.position,
        page=article.page,
        headline=article.headline[:500],
        source_line=article.source_line[:200],
        dated_on=article.dated_on,
        url_hash=url_hash(canonical_url(article.url)) if article.url else "",
        documents=[[each.key, each.name, each.body] for each in named],
        text=article.text,
    )
    session.add(row)
    session.flush()
    keys = {*fingerprint.bands(words), *map(_document_band, named)}
    if keys:
        bands = [{"key": key, "printed_id": id_of(row)} for key in sorted(keys)]
        session.execute(insert(cast(Any, PrintedBand).__table__), bands)


def _document_band(mention: Mention) -> int:
    """Return the key under which a document's name is found among the keys of texts."""
    said = hashlib.blake2b(f"document:{mention.key}".encode(), digest_size=4).digest()
    return int.from_bytes(said, "big", signed=True)


def remove(session: Session, publication_id: int, total_number: int) -> int:
    """Take an issue out of the archive; candidates forget that they were printed in it."""
    ids = list(
        session.exec(
            select(Printed.id).where(
                Printed.publication_id == publication_id, Printed.total_number == total_number
            )
        )
    )
    for start in range(0, len(ids), PAGE):
        some = ids[start : start + PAGE]
        session.execute(
            cast(Any, Candidate)
            .__table__.update()
            .where(col(Candidate.printed_id).in_(some))
            .values(printed_id=None, printed_how=None)
        )
        session.execute(delete(PrintedBand).where(col(PrintedBand.printed_id).in_(some)))
        session.execute(delete(Printed).where(col(Printed.id).in_(some)))
    if ids:
        ask_for_check(session, publication_id)
    return len(ids)


# --- looking up ----------------------------------------------------------------------------------

_printed: Table = cast(Any, Printed).__table__
_band: Table = cast(Any, PrintedBand).__table__


def _near() -> Any:
    """Return the query: this address first, then this document, then who shares most keys."""
    at = columns(_printed.c.id, literal(1_000_000).label("shared")).where(
        _printed.c.url_hash == bindparam("url_hash"),
        _printed.c.publication_id == bindparam("publication"),
    )
    named = _band.c.key.in_(bindparam("named", expanding=True))
    held = columns(_band.c.printed_id, func.sum(case((named, 1_000), else_=1))).where(
        _band.c.key.in_(bindparam("keys", expanding=True))
    )
    both = union_all(at, held.group_by(_band.c.printed_id)).subquery()
    return (
        columns(_printed.c.id, _printed.c.url_hash, _printed.c.headline, _printed.c.dated_on,
                _printed.c.documents)
        .join(both, both.c.id == _printed.c.id)
        .where(_printed.c.publication_id == bindparam("publication"))
        .order_by(both.c.shared.desc(), _printed.c.total_number.desc(), _printed.c.id)
        .limit(MOST_COMPARED)
    )  # fmt: skip


NEAR = _near()
TEXT = columns(_printed.c.text).where(_printed.c.id == bindparam("of"))


def find_printed(session: Session, look: Look) -> tuple[int, PrintedHow] | None:
    """Return the printed article that a candidate repeats and how that shows, None if none.

    The address decides before the text, the text before the document. One query, and one for
    each text that has to be compared.
    """
    named = [_document_band(mention) for mention in look.mentions]
    asked = {
        "url_hash": look.url_hash,
        "publication": look.publication_id,
        "keys": [*look.bands, *named],
        "named": named,
    }
    rows = session.connection().execute(NEAR, asked).all()
    for row in rows:
        if row.url_hash and row.url_hash == look.url_hash:
            return row.id, PrintedHow.address
    for row in rows if look.bands else ():
        text = session.connection().execute(TEXT, {"of": row.id}).scalar_one()
        if fingerprint.same_text(look.words, fingerprint.wording(text)):
            return row.id, PrintedHow.reprint
    for row in rows:
        if _same_document(look, row):
            return row.id, PrintedHow.document
    return None


def _same_document(look: Look, row: Any) -> bool:
    if look.dated_on and row.dated_on and abs(look.dated_on - row.dated_on) > DOCUMENT_DAYS:
        return False
    named = [Mention(*each) for each in row.documents]
    return documents.shared_document(look.title, look.mentions, row.headline, named) is not None


@dataclass(frozen=True)
class Repeat:
    """Where a candidate was printed before."""

    total_number: int
    printed_id: int
    label: str
    page: int | None
    headline: str
    how: PrintedHow


def repeats_of(session: Session, candidates: Collection[int]) -> dict[int, Repeat]:
    """Return by candidate where it was printed before; one query."""
    if not candidates:
        return {}
    rows = session.execute(
        columns(col(Candidate.id), col(Printed.total_number), col(Printed.id), col(Printed.label),
                col(Printed.page), col(Printed.headline), col(Candidate.printed_how))
        .join(Printed, col(Printed.id) == col(Candidate.printed_id))
        .where(col(Candidate.id).in_(candidates))
    )  # fmt: skip
    return {row[0]: Repeat(*row[1:]) for row in rows}


# --- looking at all that is open once more -------------------------------------------------------


def ask_for_check(session: Session, publication_id: int) -> None:
    """Have every open candidate of the publication looked up anew, from the first one on."""
    key = f"{CHECK}{publication_id}"
    row = session.get(Setting, key) or Setting(key=key, value="0")
    row.value = "0"
    session.add(row)
    session.flush()


def waiting_checks(session: Session) -> dict[int, int]:
    """Return by publication the last candidate that its check has come to."""
    rows = session.exec(select(Setting).where(col(Setting.key).startswith(CHECK)))
    return {int(row.key.removeprefix(CHECK)): int(row.value) for row in rows}


def note_check(session: Session, publication_id: int, last: int, reached: int | None) -> None:
    """Note how far the check has come, None for its end, unless it began anew meanwhile."""
    row = session.get(Setting, f"{CHECK}{publication_id}", populate_existing=True)
    if row is None or row.value != str(last):
        return
    if reached is None:
        session.delete(row)
    else:
        row.value = str(reached)
        session.add(row)


# --- what a person sees --------------------------------------------------------------------------


def list_back_issues(session: Session, publication: Publication) -> list[BackIssue]:
    """Return the issues of the archive, the latest first."""
    rows = session.execute(
        columns(
            col(Printed.total_number),
            func.max(Printed.label),
            func.count(),
            func.max(Printed.issue_id),
        )
        .where(col(Printed.publication_id) == publication.id)
        .group_by(col(Printed.total_number))
        .order_by(col(Printed.total_number).desc())
    )
    return [BackIssue(*row) for row in rows]


def articles_of(session: Session, publication: Publication, total_number: int) -> Sequence[Any]:
    """Return a back issue's articles in printed order, texts not loaded; raises NotFound."""
    rows = session.execute(
        _listed()
        .where(col(Printed.publication_id) == publication.id, Printed.total_number == total_number)
        .order_by(col(Printed.position))
    ).all()
    if not rows:
        raise NotFound(
            f"往期里没有总第 {total_number} 期", f"No. {total_number} is not among the back issues"
        )
    return rows


def search(session: Session, publication: Publication, text: str) -> Sequence[Any]:
    """Return the articles whose headline holds every word, the latest first, at most 200."""
    query = _listed().where(col(Printed.publication_id) == publication.id)
    for word in text.split():
        query = query.where(col(Printed.headline).icontains(word, autoescape=True))
    return session.execute(
        query.order_by(col(Printed.total_number).desc(), col(Printed.position)).limit(PAGE)
    ).all()


def _listed() -> Any:
    return columns(
        col(Printed.id),
        col(Printed.total_number),
        col(Printed.label),
        col(Printed.position),
        col(Printed.page),
        col(Printed.headline),
        col(Printed.source_line),
        col(Printed.dated_on),
    )
