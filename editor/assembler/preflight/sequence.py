"""Whether an issue follows the one before it: total number one higher, windows without a gap."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from editor.assembler.preflight.findings import Finding
from editor.schedule import Window


@dataclass(frozen=True)
class Numbered:
    """An issue's numbers and its collection window."""

    year: int
    number: int
    total: int
    window: Window


@dataclass(frozen=True)
class Succession:
    """An issue and the one before it, None for the first; `zone` is the publication's."""

    issue: Numbered
    before: Numbered | None
    zone: ZoneInfo


def check_succession(run: Succession) -> Iterator[Finding]:
    """Yield where the issue does not follow its predecessor; the first issue follows nothing."""
    issue, before = run.issue, run.before
    if before is None:
        return
    if issue.total != before.total + 1:
        yield Finding(
            "block",
            "total_number",
            f"本期印总第 {issue.total} 期，上一期是总第 {before.total} 期，"
            f"应为总第 {before.total + 1} 期",
            f"This issue is printed as No. {issue.total}, the one before is No. {before.total}",
        )
    expected = before.number + 1 if issue.year == before.year else 1
    if issue.total == before.total + 1 and issue.number != expected:
        yield Finding(
            "warn",
            "year_number",
            f"本期印 {issue.year} 年第 {issue.number} 期，"
            f"上一期是 {before.year} 年第 {before.number} 期，请核对期号",
            f"This is number {issue.number} of {issue.year}, the one before number "
            f"{before.number} of {before.year}",
        )
    yield from _windows(issue.window, before.window, run.zone)


def _windows(window: Window, before: Window, zone: ZoneInfo) -> Iterator[Finding]:
    if window.opens_at == before.closes_at:
        return
    begins, ended = window.first_day(zone), before.last_day(zone)
    gap = window.opens_at > before.closes_at
    yield Finding(
        "warn",
        "window_gap" if gap else "window_overlap",
        f"本期搜集时间从 {begins} 起，上一期到 {ended} 止，"
        + ("中间有几天没有收" if gap else "有几天重复"),
        f"The window begins on {begins}, the one before ended on {ended}: "
        + ("days are left out" if gap else "days are covered twice"),
    )
