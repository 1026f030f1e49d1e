"""The feed of published issues: closed unless the office opens it, to holders of a key or to all.

What it offers of an issue are finished files of the very document that was published last, which
stays published while a correction is being made.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from editor.desk import audit, exports
from editor.desk.issue_editions import corrected_headlines, document_of
from editor.desk.issue_states import digest_of
from editor.desk.publications import profile_of
from editor.store.models import (
    Export,
    Issue,
    IssueEdition,
    IssueSection,
    Item,
    Publication,
    Revision,
    Setting,
    User,
    id_of,
)
from editor.workflow import ExportState, IssueState

# what readers are offered, the best first; Word files are for editing
OFFERED = ("web", "pdf", "epub")
MOST_ISSUES = 24


class Access(StrEnum):
    """Who may read the feed."""

    off = "off"
    key = "key"
    open = "open"


@dataclass(frozen=True)
class Feed:
    """Who may read a publication's feed; `key` is empty until one was made."""

    access: Access = Access.off
    key: str = ""

    def admits(self, key: str) -> bool:
        """Whether somebody who shows this key, or "" for none, may read."""
        if self.access is Access.key:
            return bool(self.key) and hmac.compare_digest(self.key.encode(), key.encode())
        return self.access is Access.open


Contents = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Published:
    """A published issue: its contents by section, and its finished files by format.

    `published_at` is when its first edition appeared, `updated_at` when its latest did, which is
    number `edition`; `corrected` are the headlines of what that one added, changed or took out,
    none before a worker has compared the two.
    """

    issue: Issue
    published_at: datetime
    updated_at: datetime
    edition: int
    label_lines: tuple[str, ...]
    contents: Contents
    corrected: tuple[str, ...]
    files: dict[str, Export]


def _key_of(publication: Publication) -> str:
    return f"feed:{id_of(publication)}"


def feed_of(session: Session, publication: Publication) -> Feed:
    """Return who may read the publication's feed: nobody, unless the office said so."""
    row = session.get(Setting, _key_of(publication))
    if row is None:
        return Feed()
    data = json.loads(row.value)
    return Feed(Access(data["access"]), data["key"])


def open_feed(
    session: Session,
    publication: Publication,
    access: Access,
    *,
    new_key: bool = False,
    by: User | None,
    now: datetime,
) -> Feed:
    """Say who may read the feed; `new_key` makes the address handed out before worthless."""
    before = feed_of(session, publication)
    key = before.key
    if access is Access.key and (new_key or not key):
        key = secrets.token_urlsafe(24)
    after = Feed(access, key)
    value = json.dumps({"access": after.access.value, "key": after.key})
    session.merge(Setting(key=_key_of(publication), value=value))
    session.flush()
    audit.record(
        session,
        by=by,
        verb="open_feed",
        subject=publication,
        # the key itself is no part of the record
        before={"access": before.access.value},
        after={"access": after.access.value, "new_key": after.key != before.key},
        publication_id=publication.id,
        now=now,
    )
    return after


def list_published(session: Session, publication: Publication) -> list[Published]:
    """Return the latest published issues, the last first; costs four queries.

    One more when an issue is being corrected, and a few for one published before digests were
    kept.
    """
    query = (
        select(Issue)
        .where(Issue.publication_id == publication.id, _was_published())
        .order_by(col(Issue.total_number).desc())
        .limit(MOST_ISSUES)
    )
    issues = list(session.exec(query))
    ids = [id_of(issue) for issue in issues]
    editions = _editions(session, ids)
    taken_back = [id_of(issue) for issue in issues if issue.state is not IssueState.published]
    contents = _contents(session, ids) | _contents_kept(session, taken_back)
    files = _files(session, ids)
    return [
        _published(
            publication,
            issue,
            editions.get(id_of(issue), []),
            contents.get(id_of(issue), ()),
            _offered(files.get(id_of(issue), {}))
            if issue.published_digest
            else files_of(session, issue),
        )
        for issue in issues
    ]


def _was_published() -> ColumnElement[bool]:
    """Whether readers may have an issue: published now, or before it was taken back."""
    return or_(col(Issue.state) == IssueState.published, col(Issue.published_digest) != "")


def _published(
    publication: Publication,
    issue: Issue,
    editions: list[Row[Any]],
    contents: Contents,
    files: dict[str, Export],
) -> Published:
    last_at = issue.published_at or issue.closes_at
    if not editions:
        numbers = (issue.year, issue.month, issue.number, issue.total_number)
        lines = profile_of(publication).label_lines(*numbers)
        return Published(issue, last_at, last_at, issue.edition, lines, contents, (), files)
    latest = editions[-1]
    return Published(
        issue=issue,
        published_at=editions[0].published_at,
        updated_at=latest.published_at,
        edition=latest.number,
        label_lines=tuple(latest.label_lines),
        contents=contents,
        corrected=corrected_headlines(latest.changes),
        files=files,
    )


def _editions(session: Session, issues: list[int]) -> dict[int, list[Row[Any]]]:
    """Return what each issue published, in order; reads no text."""
    query = (
        columns(
            col(IssueEdition.issue_id),
            col(IssueEdition.number),
            col(IssueEdition.published_at),
            col(IssueEdition.changes),
            col(IssueEdition.document)["label_lines"].label("label_lines"),
        )
        .where(col(IssueEdition.issue_id).in_(issues))
        .order_by(col(IssueEdition.issue_id), col(IssueEdition.number))
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in session.execute(query):
        found.setdefault(row.issue_id, []).append(row)
    return found


def files_of(session: Session, issue: Issue) -> dict[str, Export]:
    """Return the published issue's finished files that readers are offered, by format."""
    digest = issue.published_digest or digest_of(session, issue)
    finished = exports.finished_exports(session, id_of(issue), digest) if digest else {}
    return _offered(finished)


def _offered(finished: Mapping[str, Export]) -> dict[str, Export]:
    return {format: finished[format] for format in OFFERED if format in finished}


def _files(session: Session, issues: list[int]) -> dict[int, dict[str, Export]]:
    """Return the latest finished file in each format of what each issue published."""
    query = (
        select(Export)
        .join(Issue, col(Issue.id) == col(Export.issue_id))
        .where(
            col(Export.issue_id).in_(issues),
            Export.state == ExportState.done,
            col(Export.digest) == col(Issue.published_digest),
        )
        .order_by(col(Export.id))
    )
    found: dict[int, dict[str, Export]] = {}
    for export in session.exec(query):
        found.setdefault(export.issue_id, {})[export.format] = export
    return found


def find_published(session: Session, publication: Publication, total: int) -> Issue | None:
    """Return the published issue of this total number; one being corrected is still published."""
    query = select(Issue).where(
        Issue.publication_id == publication.id,
        Issue.total_number == total,
        _was_published(),
    )
    return session.exec(query).first()


def _contents_kept(session: Session, issues: list[int]) -> dict[int, Contents]:
    """Return the headlines by section that each issue's latest edition printed."""
    if not issues:
        return {}
    query = (
        select(IssueEdition)
        .join(Issue, col(Issue.id) == col(IssueEdition.issue_id))
        .where(
            col(IssueEdition.issue_id).in_(issues),
            col(IssueEdition.digest) == col(Issue.published_digest),
        )
        .order_by(col(IssueEdition.issue_id), col(IssueEdition.number))
    )
    return {
        row.issue_id: tuple(
            (part.name, tuple(article.headline for article in part.articles))
            for part in document_of(row).parts
        )
        for row in session.exec(query)
    }


def _contents(session: Session, issues: list[int]) -> dict[int, Contents]:
    """Return each issue's headlines by section as the issue stands, in printed order."""
    rows = session.exec(
        select(IssueSection, Revision.headline)
        .join(Item, col(Item.section_id) == col(IssueSection.id))
        .join(Revision, col(Revision.id) == col(Item.revision_id))
        .where(col(IssueSection.issue_id).in_(issues), col(Item.removed_at).is_(None))
        .order_by(
            col(IssueSection.issue_id),
            col(IssueSection.position),
            col(IssueSection.id),
            col(Item.position),
            col(Item.id),
        )
    ).all()
    found: dict[int, dict[str, list[str]]] = {}
    for section, headline in rows:
        found.setdefault(section.issue_id, {}).setdefault(section.name, []).append(headline)
    return {
        issue: tuple((name, tuple(lines)) for name, lines in sections.items())
        for issue, sections in found.items()
    }
