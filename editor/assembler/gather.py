"""Rows become the frozen issue: the one place where the assembler reads tables.

Costs four queries, whatever the size of the issue, and one more in a corrected edition. Nothing
here depends on the clock, so the same rows give the same document and the same digest.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from editor.assembler.preflight.sequence import Numbered, Succession
from editor.errors import Invalid, NotFound
from editor.profile import LabelledValue, Profile, profile_from
from editor.schedule import Window
from editor.store.models import (
    Asset,
    Issue,
    IssueEdition,
    IssueSection,
    Item,
    Publication,
    Revision,
    id_of,
)
from editor.text.corrections import Became, changed_items
from editor.text.document import Article, AssetRef, IssueDocument, Part, pictures
from editor.version import VERSION

CORRECTED = (Became.added, Became.changed)
DIRECTIVE = re.compile(r"%-?[A-Za-z]")


def gather(session: Session, issue: Issue) -> IssueDocument:
    """Return the issue as it stands: sections and items in order, empty sections left out.

    Anchors are those of the rows, so that an item keeps its own wherever it moves and in every
    edition: a link to it stays good. `s2` is the section with id 2, `i14` the item with id 14.
    The issue's date is the last day of its window, in the publication's time zone. Raises
    Invalid when the issue has no item.
    """
    publication = session.get(Publication, issue.publication_id)
    if publication is None:
        raise NotFound("找不到这一期所属的刊物", "The issue's publication does not exist")
    profile = profile_from(publication.profile, publication.slug)
    sections = _sections(session, issue)
    parts = tuple(_parts(sections, _items(session, sections)))
    if not parts:
        raise Invalid(
            "这一期还没有稿件，不能排版。请先在工作台采用候选或新建稿件",
            "The issue has no item yet; take a candidate or write one first",
        )
    last_day = Window(issue.opens_at, issue.closes_at).last_day(profile.zone)
    document = IssueDocument(
        publication=publication.name,
        slug=publication.slug,
        year=issue.year,
        number=issue.number,
        total_number=issue.total_number,
        edition=issue.edition,
        dated_on=last_day,
        label_lines=profile.label_lines(issue.year, issue.month, issue.number, issue.total_number),
        cover_lines=profile.cover.slogan,
        publisher_lines=profile.cover.publisher,
        window_line=window_line(profile, Window(issue.opens_at, issue.closes_at)),
        masthead=profile.masthead.fields if profile.masthead.show else (),
        editors=profile.masthead.editors if profile.masthead.show else (),
        colophon=profile.colophon.fields,
        qr_url=profile.masthead.qr_url if profile.masthead.show else "",
        qr_caption=profile.masthead.qr_caption if profile.masthead.show else "",
        parts=parts,
        assets=_assets(session, parts),
    )
    if corrected := tuple(_correction(session, issue, profile, document)):
        return document.model_copy(update={"colophon": (*document.colophon, *corrected)})
    return document


# --- rows ----------------------------------------------------------------------------------------


def _sections(session: Session, issue: Issue) -> list[IssueSection]:
    query = (
        select(IssueSection)
        .where(IssueSection.issue_id == issue.id)
        .order_by(col(IssueSection.position), col(IssueSection.id))
    )
    return list(session.exec(query))


def _items(session: Session, sections: list[IssueSection]) -> list[tuple[Item, Revision]]:
    query = (
        select(Item, Revision)
        .join(Revision, col(Revision.id) == col(Item.revision_id))
        .where(
            col(Item.section_id).in_([section.id for section in sections]),
            col(Item.removed_at).is_(None),
        )
        .order_by(col(Item.position), col(Item.id))
    )
    return list(session.exec(query))


def _assets(session: Session, parts: Iterable[Part]) -> tuple[AssetRef, ...]:
    """Return the pictures that the parts use and the store has, in order of their hashes."""
    used = {
        sha256 for part in parts for article in part.articles for sha256 in pictures(article.blocks)
    }
    if not used:
        return ()
    query = select(Asset).where(col(Asset.sha256).in_(used)).order_by(col(Asset.sha256))
    return tuple(
        AssetRef(
            sha256=asset.sha256,
            media_type=asset.media_type,
            width=asset.width,
            height=asset.height,
        )
        for asset in session.exec(query)
    )


def _correction(
    session: Session, issue: Issue, profile: Profile, document: IssueDocument
) -> Iterator[LabelledValue]:
    """Yield what the colophon says of a corrected edition, where the profile wants it said.

    Costs a query where corrections are printed.
    """
    wanted = profile.colophon
    if issue.edition == 1:
        return
    if wanted.edition_label:
        yield LabelledValue(label=wanted.edition_label, value=profile.edition_line(issue.edition))
    before = (
        edition_before(session, id_of(issue), issue.edition) if wanted.corrections_label else None
    )
    if before is None:
        return
    changes = changed_items(IssueDocument.model_validate(before.document), document)
    named = [f"《{change.headline}》" for change in changes if change.became in CORRECTED]
    if named:
        yield LabelledValue(label=wanted.corrections_label, value="".join(named))


def edition_before(session: Session, issue_id: int, number: int) -> IssueEdition | None:
    """Return the latest edition kept that was published before the one of this number."""
    query = (
        select(IssueEdition)
        .where(IssueEdition.issue_id == issue_id, col(IssueEdition.number) < number)
        .order_by(col(IssueEdition.number).desc())
    )
    return session.exec(query).first()


# --- values --------------------------------------------------------------------------------------


def _parts(sections: list[IssueSection], items: list[tuple[Item, Revision]]) -> Iterator[Part]:
    for section in sections:
        articles = tuple(
            _article(item, revision) for item, revision in items if item.section_id == section.id
        )
        if articles:
            yield Part(anchor=f"s{section.id}", name=section.name, articles=articles)


def _article(item: Item, revision: Revision) -> Article:
    return Article(
        anchor=_anchor(id_of(item)),
        kind=item.kind,
        headline=revision.headline.strip(),
        subtitle=revision.subtitle.strip(),
        source_line=revision.source_line.strip(),
        dated_on=revision.dated_on,
        byline=revision.byline.strip(),
        blocks=revision.blocks,
        attachments=revision.attachments,
    )


def _anchor(item_id: int) -> str:
    return f"i{item_id}"


def window_line(profile: Profile, window: Window) -> str:
    """Return the collection window as the masthead page prints it, both days included."""
    first, last = window.first_day(profile.zone), window.last_day(profile.zone)
    return profile.masthead.window_label + two_days(profile.masthead.window_format, first, last)


def two_days(pattern: str, first: date, last: date) -> str:
    """Fill a pattern for two days: where a directive comes again, the second day begins.

    `two_days("%Y.%m.%d-%m.%d", …)` is 2023.06.16-07.15.
    """
    seen: set[str] = set()
    for found in DIRECTIVE.finditer(pattern):
        if found.group() in seen:
            at = found.start()
            return first.strftime(pattern[:at]) + last.strftime(pattern[at:])
        seen.add(found.group())
    return first.strftime(pattern)


def item_anchors(session: Session, issue: Issue) -> dict[str, int]:
    """Return the id of the item behind each anchor that `gather` gives.

    Costs two queries and reads no text.
    """
    sections = _sections(session, issue)
    query = (
        select(Item.id)
        .join(Revision, col(Revision.id) == col(Item.revision_id))
        .where(
            col(Item.section_id).in_([section.id for section in sections]),
            col(Item.removed_at).is_(None),
        )
        .order_by(col(Item.id))
    )
    return {_anchor(id): id for id in session.exec(query) if id is not None}


def stamp(session: Session, issue: Issue) -> str:
    """Return a hash of the rows the issue is made of: equal rows print equal pages.

    Costs three queries and reads no text, so that a screen may ask every second.
    """
    publication = session.get(Publication, issue.publication_id)
    sections = _sections(session, issue)
    items = session.execute(
        columns(
            col(Item.section_id),
            col(Item.position),
            col(Item.id),
            col(Item.revision_id),
            col(Item.kind),
        )
        .where(
            col(Item.section_id).in_([section.id for section in sections]),
            col(Item.removed_at).is_(None),
        )
        .order_by(col(Item.section_id), col(Item.position), col(Item.id))
    )
    seen = [
        VERSION,
        publication.name if publication else "",
        publication.profile if publication else {},
        [issue.year, issue.month, issue.number, issue.total_number, issue.edition],
        [issue.opens_at.isoformat(), issue.closes_at.isoformat()],
        [[section.id, section.name] for section in sections],
        [[*row] for row in items],
    ]
    text = json.dumps(seen, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def succession(session: Session, issue: Issue) -> Succession:
    """Return the issue's numbers and window beside those of the issue before it, if any."""
    publication = session.get(Publication, issue.publication_id)
    if publication is None:
        raise NotFound("找不到这一期所属的刊物", "The issue's publication does not exist")
    before = session.exec(
        select(Issue)
        .where(
            Issue.publication_id == issue.publication_id,
            col(Issue.total_number) < issue.total_number,
        )
        .order_by(col(Issue.total_number).desc())
    ).first()
    zone = profile_from(publication.profile, publication.slug).zone
    return Succession(_numbered(issue), _numbered(before) if before else None, zone)


def _numbered(issue: Issue) -> Numbered:
    window = Window(issue.opens_at, issue.closes_at)
    return Numbered(issue.year, issue.number, issue.total_number, window)


def unprinted(session: Session, issue: Issue) -> list[int]:
    """Return the items on the board that `gather` would leave out: they have no text stored."""
    sections = _sections(session, issue)
    query = (
        select(Item.id)
        .where(
            col(Item.section_id).in_([section.id for section in sections]),
            col(Item.removed_at).is_(None),
            col(Item.revision_id).not_in(select(Revision.id)) | col(Item.revision_id).is_(None),
        )
        .order_by(col(Item.id))
    )
    return [id for id in session.exec(query) if id is not None]
