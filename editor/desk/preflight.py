"""付印检查: what is wrong with an issue as it stands, and what the chief lets pass, with a reason.

A waiver holds for one finding and for what fault was found with; when that changes the waiver
lapses and the finding stops the export again. Nothing is ever deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from editor.assembler.gather import gather, item_anchors, succession, unprinted
from editor.assembler.preflight.findings import Finding, as_data, by_grade
from editor.assembler.preflight.issue import check
from editor.desk import audit
from editor.desk.issues import sections_of
from editor.desk.publications import profile_of
from editor.errors import Conflict, Invalid, NotFound
from editor.profile import Profile
from editor.store.files import FileStore
from editor.store.models import Issue, Publication, User, Waiver, id_of
from editor.text.document import IssueDocument

REASON = 500  # characters


@dataclass(frozen=True)
class Found:
    """A finding, the item it belongs to, and the waiver that holds for it."""

    finding: Finding
    item_id: int | None = None
    waiver: Waiver | None = None
    waived_by: str = ""

    @property
    def stops(self) -> bool:
        """Whether it keeps the issue from being exported, in some format at least."""
        return self.finding.grade == "block" and self.waiver is None

    def stops_format(self, format: str) -> bool:
        """Whether it keeps the issue from being exported in this format."""
        return self.stops and self.finding.stops(format)


@dataclass(frozen=True)
class Report:
    """What the preflight found, the gravest first; `lapsed` are waivers that hold no more."""

    found: tuple[Found, ...]
    lapsed: tuple[Waiver, ...] = ()

    @property
    def stopping(self) -> tuple[Found, ...]:
        """Return the findings that keep the issue from being exported, in some format at least."""
        return tuple(found for found in self.found if found.stops)

    @property
    def stopped(self) -> tuple[str, ...]:
        """Return the formats that cannot be exported; () when findings stop all of them."""
        if any(not found.finding.formats for found in self.stopping):
            return ()
        return tuple(dict.fromkeys(f for found in self.stopping for f in found.finding.formats))


def inspect(
    session: Session, issue: Issue, font_dir: Path | None = None, files: FileStore | None = None
) -> Report:
    """Check the issue as it stands; costs about a tenth of a second for a full issue.

    Without `files` nobody looks whether the pictures are still there.
    """
    publication = session.get(Publication, issue.publication_id)
    if publication is None:
        raise NotFound("刊物已不存在", "The publication no longer exists")
    try:
        document = gather(session, issue)
    except Invalid as error:
        return Report((Found(Finding("block", "empty_issue", *_words(error), final=True)),))
    return judge(session, issue, document, profile_of(publication), font_dir, files)


def judge(
    session: Session,
    issue: Issue,
    document: IssueDocument,
    profile: Profile,
    font_dir: Path | None = None,
    files: FileStore | None = None,
) -> Report:
    """Check the gathered document of this issue, and tell what is waived."""
    anchors = item_anchors(session, issue)
    findings = [
        *_left_out(session, issue),
        *_empty_sections(session, issue, document, profile),
        *check(document, profile, font_dir, succession(session, issue), files),
    ]
    rows = waivers(session, issue)
    names = audit.person_names(session, [row.user_id for row in rows])
    held = {_key(row.rule, row.item_id, row.digest): row for row in rows}
    found, used = [], set()
    for finding in by_grade(findings):
        item = anchors.get(finding.anchor)
        row = held.get(_key(finding.code, item, finding.digest)) if finding.waivable else None
        used |= {row.id} if row else set()
        found.append(Found(finding, item, row, names.get(row.user_id, "") if row else ""))
    lapsed = tuple(row for row in held.values() if row.id not in used)
    return Report(tuple(found), lapsed)


def _words(error: Invalid) -> tuple[str, str]:
    return error.chinese, error.english


def _left_out(session: Session, issue: Issue) -> list[Finding]:
    ids = unprinted(session, issue)
    if not ids:
        return []
    numbers = "、".join(map(str, ids))
    return [
        Finding(
            "block",
            "item_left_out",
            f"版面上有 {len(ids)} 篇稿件没有文字，印不出来（编号 {numbers}）。"
            "请打开补写，或移出版面",
            f"{len(ids)} items on the board have no text and would not be printed ({numbers})",
            final=True,
        )
    ]


def _empty_sections(
    session: Session, issue: Issue, document: IssueDocument, profile: Profile
) -> list[Finding]:
    """Return what to say of the sections that somebody made for this issue and nobody filled.

    Those of the profile the check of the document knows.
    """
    told = {part.name for part in document.parts} | {section.name for section in profile.section}
    return [
        Finding(
            "warn",
            "empty_section",
            f"栏目“{section.name}”没有稿件，不印。请补充或撤下",
            f"Section “{section.name}” has no item and is left out",
            f"s{section.id}",
        )
        for section in sections_of(session, issue)
        if section.name not in told
    ]


def _key(rule: str, item_id: int | None, digest: str) -> tuple[str, int | None, str]:
    return rule, item_id, digest


# --- waivers -------------------------------------------------------------------------------------


def waivers(session: Session, issue: Issue) -> list[Waiver]:
    """Return the issue's waivers that nobody has taken back, in the order they were given."""
    return list(
        session.exec(
            select(Waiver)
            .where(Waiver.issue_id == issue.id, col(Waiver.taken_back_at).is_(None))
            .order_by(col(Waiver.id))
        )
    )


def waive(
    session: Session,
    issue: Issue,
    *,
    rule: str,
    item_id: int | None,
    digest: str,
    reason: str,
    by: User,
    now: datetime,
    font_dir: Path | None = None,
) -> Waiver:
    """Let a blocking finding pass, with a reason.

    Raises Invalid without a reason, Conflict when the finding is not there any more as the person
    saw it, or cannot be waived.
    """
    reason = _reason(reason)
    wanted = _key(rule, item_id, digest)
    found = next(
        (
            each
            for each in inspect(session, issue, font_dir).found
            if _key(each.finding.code, each.item_id, each.finding.digest) == wanted
        ),
        None,
    )
    if found is None:
        raise Conflict(
            "这一条已经改动或不存在了，没有豁免。请看刷新后的检查结果",
            "This finding has changed or is gone; nothing was waived. Look at the fresh results",
        )
    if found.waiver is not None:
        return found.waiver
    if not found.finding.waivable:
        raise Conflict(
            "这一条不能豁免：不改正就做不出文件，或它本来不阻止导出",
            "This finding cannot be waived: no file can be made with it, or it stops nothing",
        )
    waiver = Waiver(
        publication_id=issue.publication_id,
        issue_id=id_of(issue),
        item_id=item_id,
        rule=rule,
        scope="issue",
        reason=reason,
        user_id=id_of(by),
        digest=digest,
        sentence=found.finding.chinese,
        sentence_english=found.finding.english,
    )
    waiver.created_at = now
    session.add(waiver)
    session.flush()
    after = audit.snapshot(waiver, "rule", "item_id", "digest", "reason", "sentence")
    _record(session, issue, waiver, "waive", {}, after, by=by, now=now)
    return waiver


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        sentence = ("豁免要写明理由", "A waiver needs a reason")
        raise Invalid(*sentence, fields={"reason": sentence})
    if len(reason) > REASON:
        sentence = (f"理由最多 {REASON} 字", f"A reason has at most {REASON} characters")
        raise Invalid(*sentence, fields={"reason": sentence})
    return reason


def take_back(session: Session, issue: Issue, waiver_id: int, *, by: User, now: datetime) -> Waiver:
    """Take a waiver back: its finding stops the export again. Raises NotFound."""
    waiver = session.get(Waiver, waiver_id)
    if waiver is None or waiver.issue_id != issue.id:
        raise NotFound("没有这条豁免，请刷新页面", "There is no such waiver; reload")
    if waiver.taken_back_at is None:
        waiver.taken_back_at, waiver.taken_back_by = now, id_of(by)
        session.add(waiver)
        before = audit.snapshot(waiver, "rule", "item_id", "reason")
        _record(session, issue, waiver, "take_back_waiver", before, {}, by=by, now=now)
    return waiver


def _record(
    session: Session,
    issue: Issue,
    waiver: Waiver,
    verb: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    by: User,
    now: datetime,
) -> None:
    audit.record(
        session,
        by=by,
        verb=verb,
        subject=waiver,
        before=dict(before),
        after=dict(after),
        publication_id=issue.publication_id,
        now=now,
    )


# --- what an export keeps ------------------------------------------------------------------------


def kept(report: Report, format: str) -> list[dict[str, Any]]:
    """Return the findings as the row of an export in this format keeps them.

    A waived one names who and why; one that stops other formats only is shown as a warning.
    """
    return [
        as_data(found.finding, item=found.item_id)
        | (_waived(found) if found.waiver else {})
        | ({"grade": "warn"} if found.stops and not found.stops_format(format) else {})
        for found in report.found
    ]


def _waived(found: Found) -> dict[str, str]:
    assert found.waiver is not None
    return {
        "waived_by": found.waived_by,
        "reason": found.waiver.reason,
        "waived_at": found.waiver.created_at.isoformat(),
    }


def refuse(report: Report, format: str) -> None:
    """Raise Invalid when a finding that nobody waived stops the export in this format."""
    stopping = [found for found in report.stopping if found.stops_format(format)]
    if not stopping:
        return
    first = stopping[0].finding
    more = f"（共 {len(stopping)} 处，见“付印检查”）" if len(stopping) > 1 else ""
    raise Invalid(
        f"付印检查未通过：{first.chinese}{more}",
        f"The issue cannot be printed: {first.english}",
        findings=kept(report, format),
    )
