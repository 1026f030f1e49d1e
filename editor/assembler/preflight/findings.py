"""A finding: something to mend before an issue is printed, in one of three grades."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from editor.text.document import Article, body_text
from editor.text.quoting import briefly

# block: it stops the export; warn: it is shown beside the result; note: it informs
Grade = Literal["block", "warn", "note"]
GRADES: tuple[Grade, ...] = ("block", "warn", "note")
# what is set on pages with the fonts of the house, and the packet that holds it
ON_PAPER = ("pdf", "docx", "zip")


@dataclass(frozen=True)
class Finding:
    """Something to mend: `anchor` names the section or item, "" the issue as a whole.

    `subject` is what fault is found with (a headline, an address, a table), the sentence when
    empty. A `final` finding cannot be waived: the file could not be made. `formats` are those that
    it stops, none named for all.
    """

    grade: Grade
    code: str
    chinese: str
    english: str
    anchor: str = ""
    subject: str = ""
    final: bool = False
    formats: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Return the sha256 of what was found fault with; a waiver holds for this alone."""
        return hashlib.sha256(f"{self.code}\0{self.subject or self.chinese}".encode()).hexdigest()

    @property
    def waivable(self) -> bool:
        """Whether a person may decide to print all the same."""
        return self.grade == "block" and not self.final

    def stops(self, format: str) -> bool:
        """Whether an issue cannot be exported in this format with it, nobody having waived it."""
        return self.grade == "block" and (not self.formats or format in self.formats)


def naming(article: Article, finding: Finding) -> Finding:
    """Return the finding with the item's name before its sentences; its subject stays."""
    chinese, english = named(article)
    return replace(
        finding,
        subject=finding.subject or finding.chinese,
        chinese=f"{chinese}：{finding.chinese}",
        english=f"{english}: {finding.english}",
    )


def named(article: Article) -> tuple[str, str]:
    """Return what sentences call an item: its headline, else how its text opens."""
    if article.headline:
        name = briefly(article.headline)
        return f"《{name}》", f"“{name}”"
    opening = briefly(next(iter(body_text(article.blocks).split("\n")), ""))
    if not opening:
        return "没有标题和正文的稿件", "The item without headline and text"
    return f"开头是“{opening}”的稿件", f"The item that begins “{opening}”"


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
