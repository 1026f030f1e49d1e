"""The feed of published issues: closed unless the office opens it, to holders of a key or to all.

What it offers of an issue are finished files of the very document that was published.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from editor.desk import audit, exports
from editor.desk.issue_states import digest_of
from editor.desk.publications import profile_of
from editor.store.models import (
    Export,
    Issue,
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


@dataclass(frozen=True)
class Published:
    """A published issue: its contents by section, and its finished files by format."""

    issue: Issue
    published_at: datetime
    label_lines: tuple[str, ...]
    contents: tuple[tuple[str, tuple[str, ...]], ...]
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
    """Return the latest published issues, the last first; costs three queries.

    An issue published before digests were kept costs a few more.
    """
    query = (
        select(Issue)
        .where(Issue.publication_id == publication.id, Issue.state == IssueState.published)
        .order_by(col(Issue.total_number).desc())
        .limit(MOST_ISSUES)
    )
    issues = list(session.exec(query))
    ids = [id_of(issue) for issue in issues]
    contents, files = _contents(session, ids), _files(session, ids)
    profile = profile_of(publication)
    return [
        Published(
            issue=issue,
            published_at=issue.published_at or issue.closes_at,
            label_lines=profile.label_lines(
                issue.year, issue.month, issue.number, issue.total_number
            ),
            contents=contents.get(id_of(issue), ()),
            files=_offered(files.get(id_of(issue), {}))
            if issue.published_digest
            else files_of(session, issue),
        )
        for issue in issues
    ]


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
    """Return the published issue of this total number."""
    query = select(Issue).where(
        Issue.publication_id == publication.id,
        Issue.total_number == total,
        Issue.state == IssueState.published,
    )
    return session.exec(query).first()


def _contents(
    session: Session, issues: list[int]
) -> dict[int, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return each issue's headlines by section, in printed order."""
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
