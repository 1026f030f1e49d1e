"""A finding: something to mend before an issue is printed, in one of three grades."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from editor.text.document import Article

# block: it stops the export; warn: it is shown beside the result; note: it informs
Grade = Literal["block", "warn", "note"]
GRADES: tuple[Grade, ...] = ("block", "warn", "note")


@dataclass(frozen=True)
class Finding:
    """Something to mend: `anchor` names the section or item, "" the issue as a whole.

    `subject` is what fault is found with (a headline, an address, a table), the sentence when
    empty. A `final` finding cannot be waived: the file could not be made.
    """

    grade: Grade
    code: str
    chinese: str
    english: str
    anchor: str = ""
    subject: str = ""
    final: bool = False

    @property
    def digest(self) -> str:
        """Return the sha256 of what was found fault with; a waiver holds for this alone."""
        return hashlib.sha256(f"{self.code}\0{self.subject or self.chinese}".encode()).hexdigest()

    @property
    def waivable(self) -> bool:
        """Whether a person may decide to print all the same."""
        return self.grade == "block" and not self.final


def naming(article: Article, finding: Finding) -> Finding:
    """Return the finding with the item's headline in its sentences; its subject stays."""
    kept = replace(finding, subject=finding.subject or finding.chinese)
    if not article.headline or article.headline in finding.chinese:
        return kept
    return replace(
        kept,
        chinese=f"《{article.headline}》：{finding.chinese}",
        english=f"“{article.headline}”: {finding.english}",
    )


def as_data(finding: Finding, **more: Any) -> dict[str, Any]:
    """Return the finding as JSON data for a row; its subject is kept as its digest."""
    return {
        "grade": finding.grade,
        "code": finding.code,
        "chinese": finding.chinese,
        "english": finding.english,
        "anchor": finding.anchor,
        "digest": finding.digest,
        **more,
    }


def by_grade(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, the gravest first, else in their order."""
    return sorted(findings, key=lambda finding: GRADES.index(finding.grade))
