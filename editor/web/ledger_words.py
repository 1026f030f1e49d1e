"""The window ledger in words: one sentence for an issue, a sentence for each source and gap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from editor.desk.ledger import LedgerLine, WindowLedger, list_of
from editor.schedule import Window
from editor.store.models import Hole, Issue
from editor.web import words
from editor.web.plots import Mark, time_bar
from editor.workflow import HoleCause, HoleState

NAMED = 3
CAUSES = {
    HoleCause.rolled_over: lazy_gettext("两次读取之间，订阅源把较早的条目挤掉了"),
    HoleCause.unread: lazy_gettext("列表没有翻到窗口起点"),
    HoleCause.failing: lazy_gettext("这段时间一直读取失败"),
}
STATES = {
    "complete": lazy_gettext("完整"),
    "gaps": lazy_gettext("有缺口"),
    "failing": lazy_gettext("读不到"),
    "unread": lazy_gettext("没有读全"),
    "behind": lazy_gettext("没有读到最近"),
    "paused": lazy_gettext("已暂停"),
    "manual": lazy_gettext("手工粘贴"),
}
TONES = {"complete": "good", "gaps": "warn", "failing": "bad", "unread": "bad", "behind": "warn"}
ORDER = ("failing", "unread", "gaps", "behind", "paused", "complete", "manual")


@dataclass(frozen=True)
class GapWords:
    """A gap as the screen shows it; `fillable` and `open` say which buttons it has."""

    hole: Hole
    span: str
    cause: str
    outcome: str
    open: bool
    fillable: bool


@dataclass(frozen=True)
class LineWords:
    """A source's line of the ledger as the screen shows it."""

    line: LedgerLine
    state: str
    tone: str
    sentence: str
    gaps: tuple[GapWords, ...]
    bar: Sequence[Mark]
    trouble: bool


@dataclass(frozen=True)
class IssueSentence:
    """What an issue's ledger amounts to; `tone` is good, warn or "".

    `lost` counts the articles that could not be had.
    """

    text: str
    tone: str
    late: int
    lost: int


def issue_sentence(ledger: WindowLedger, issue: Issue, now: datetime) -> IssueSentence:
    """Return whether everything in the window is in front of the editors, or what is missing."""
    text, tone = _sum(ledger, issue, now)
    return IssueSentence(text, "warn" if tone and ledger.lost else tone, ledger.late, ledger.lost)


def _sum(ledger: WindowLedger, issue: Issue, now: datetime) -> tuple[str, str]:
    watched = [line for line in ledger.lines if line.state not in ("manual", "paused")]
    if not watched:
        return _("还没有会自动采集的来源，无法判断采集是否完整"), "warn"
    if now < issue.opens_at:
        return _("采集窗口还没有打开"), ""
    if not ledger.complete:
        return _missing(ledger), "warn"
    count = len(watched)
    if now >= issue.closes_at:
        text = ngettext(
            "本期 %(num)s 个来源全部读到，采集窗口完整",
            "本期 %(num)s 个来源全部读到，采集窗口完整",
            count,
        )
        return text, "good"
    read = [line.source.last_ok_at for line in watched if line.source.last_ok_at]
    earliest = min(read, default=now)
    text = ngettext(
        "本期 %(num)s 个来源到目前都读到了，没有缺口；最早的一个读到 %(until)s",
        "本期 %(num)s 个来源到目前都读到了，没有缺口；最早的一个读到 %(until)s",
        count,
        until=words.moment(earliest),
    )
    return text, "good"


def _missing(ledger: WindowLedger) -> str:
    failing = [line for line in ledger.lines if line.state == "failing"]
    unread = [line for line in ledger.lines if line.state == "unread"]
    gaps = [line for line in ledger.lines if line.missing and line not in (*failing, *unread)]
    parts = []
    if gaps:
        parts.append(
            ngettext(
                "%(num)s 个来源有缺口：%(names)s",
                "%(num)s 个来源有缺口：%(names)s",
                len(gaps),
                names=_names(gaps),
            )
        )
    if failing:
        parts.append(
            ngettext(
                "%(num)s 个来源读不到：%(names)s",
                "%(num)s 个来源读不到：%(names)s",
                len(failing),
                names=_names(failing),
            )
        )
    if unread:
        parts.append(
            ngettext(
                "%(num)s 个来源没有读到窗口起点：%(names)s",
                "%(num)s 个来源没有读到窗口起点：%(names)s",
                len(unread),
                names=_names(unread),
            )
        )
    behind = [line for line in ledger.lines if line.state == "behind"]
    if behind:
        parts.append(
            ngettext(
                "%(num)s 个来源没有读到最近：%(names)s",
                "%(num)s 个来源没有读到最近：%(names)s",
                len(behind),
                names=_names(behind),
            )
        )
    return _("；").join(parts)


def _names(lines: Sequence[LedgerLine]) -> str:
    shown = _("、").join(line.source.name for line in lines[:NAMED])
    return _("%(names)s 等", names=shown) if len(lines) > NAMED else shown


def described(lines: Iterable[LedgerLine], issue: Issue, now: datetime) -> list[LineWords]:
    """Return the lines with their words, those with something missing first."""
    window = Window(issue.opens_at, issue.closes_at)
    known = [_described(line, window, now) for line in lines]
    return sorted(known, key=lambda each: (ORDER.index(each.line.state), each.line.source.name))


def _described(line: LedgerLine, window: Window, now: datetime) -> LineWords:
    gaps = tuple(gap_words(hole, line) for hole in line.holes)
    read = line.ok or line.unchanged
    until = min(line.source.last_ok_at or window.opens_at, now) if read else None
    said = [(gap.hole, f"{gap.span} · {gap.outcome}") for gap in gaps]
    return LineWords(
        line=line,
        state=str(STATES[line.state]),
        tone=TONES.get(line.state, ""),
        sentence=_sentence(line),
        gaps=gaps,
        bar=time_bar(window, said, until=until),
        trouble=bool(line.missing) or line.state in ("failing", "unread", "behind"),
    )


def _sentence(line: LedgerLine) -> str:
    source = line.source
    if line.failing_since is not None:
        why = words.reason_sentence(source.last_reason)
        return _("自 %(when)s 起读不到：%(why)s", when=words.moment(line.failing_since), why=why)
    if line.state == "paused":
        return _("已暂停：%(why)s", why=source.pause_reason)
    if line.state == "manual":
        return _("手工粘贴，不自动采集")
    if line.never_read:
        return _("还没有读到过")
    if line.state == "behind" and source.last_ok_at is not None:
        return _(
            "%(when)s 之后没有再读到，请立即采集，或检查采集程序是否在运行",
            when=words.moment(source.last_ok_at),
        )
    if not line.tried:
        return _("本窗口内还没有读取过")
    return ""


def gap_words(hole: Hole, line: LedgerLine) -> GapWords:
    """Return what is said of a gap: from when to when, why, and what has become of it."""
    missing = hole in line.missing
    return GapWords(
        hole=hole,
        span=_(
            "%(start)s 至 %(end)s 未读到",
            start=words.moment(hole.after_at),
            end=words.moment(hole.before_at),
        ),
        cause=str(CAUSES[hole.cause]),
        outcome=_outcome(hole),
        open=missing and hole.state is not HoleState.queued,
        fillable=bool(list_of(line.source)),
    )


def _outcome(hole: Hole) -> str:
    match hole.state:
        case HoleState.queued:
            return _("正在补漏")
        case HoleState.filled:
            found = hole.recovered
            if not found:
                return _("已补：列表页上没有更多条目")
            return ngettext("已补回 %(num)s 条", "已补回 %(num)s 条", found)
        case HoleState.failed:
            return _("补漏没有成功：%(why)s", why=words.reason_sentence(hole.reason))
        case HoleState.dismissed:
            return _("已核对，无遗漏")
        case _:
            return _("缺口")
