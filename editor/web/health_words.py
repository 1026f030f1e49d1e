"""A source's health in a sentence and badges."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from editor.desk.source_health import SourceHealth
from editor.desk.source_rhythm import Day, Tone
from editor.web import words
from editor.web.plots import STEP, DayBar, day_paths
from editor.workflow import Outcome, SourceKind

MANY_FAILURES = 3
TONES = ("ok", "same", "empty", "failed", "none")
State = Literal["failing", "empty", "gap", "quiet", "waiting", "fine", "paused"]
STATES: dict[State, Any] = {
    "failing": lazy_gettext("读取失败"),
    "empty": lazy_gettext("没有条目"),
    "gap": lazy_gettext("列表短于窗口"),
    "quiet": lazy_gettext("异常安静"),
    "waiting": lazy_gettext("等待第一次采集"),
    "fine": lazy_gettext("正常"),
    "paused": lazy_gettext("已暂停"),
}


@dataclass(frozen=True)
class Badge:
    """A short mark beside a name; `tone` is good, warn, bad, accent or ""."""

    text: str
    tone: str


@dataclass(frozen=True)
class Described:
    """A source's health with the words for it."""

    health: SourceHealth
    sentence: str
    badges: tuple[Badge, ...]
    trouble: bool
    state: State
    plot: dict[str, str]
    plot_words: str


def described(known: Iterable[SourceHealth]) -> list[Described]:
    """Return each source's health with its words."""
    return [
        Described(
            health=each,
            sentence=sentence(each),
            badges=tuple(_badges(each)),
            trouble=in_trouble(each),
            state=state_of(each),
            plot=day_paths(each.tones),
            plot_words=plot_words(each.tones),
        )
        for each in known
    ]


def state_of(health: SourceHealth) -> State:
    """Return the one state under which the list is filtered and sorted, the worst first."""
    if health.source.paused_at is not None:
        return "paused"
    if health.failures:
        return "failing"
    if health.outcome is Outcome.empty:
        return "empty"
    if health.gap:
        return "gap"
    if health.quiet:
        return "quiet"
    if health.outcome is None and health.source.kind is not SourceKind.manual:
        return "waiting"
    return "fine"


def plot_words(tones: Sequence[Tone]) -> str:
    """Return a plot of days in one sentence, for those who do not see it."""
    tally: Counter[str] = Counter(tones)
    return _(
        "最近 30 天：%(ok)s 天成功，%(same)s 天没有变化，%(empty)s 天没有条目，"
        "%(failed)s 天失败，%(none)s 天未读取",
        **{tone: tally.get(tone, 0) for tone in TONES},
    )


def day_bars(days: Sequence[Day]) -> list[DayBar]:
    """Return a source's days for its large plot, each with its words."""
    return [DayBar(n * STEP, day.tone, _day_words(day)) for n, day in enumerate(days)]


def _day_words(day: Day) -> str:
    parts = [
        _("成功 %(n)s 次", n=day.ok) if day.ok else "",
        _("没有变化 %(n)s 次", n=day.same) if day.same else "",
        _("没有条目 %(n)s 次", n=day.empty) if day.empty else "",
        _("失败 %(n)s 次", n=day.failed) if day.failed else "",
        ngettext("新条目 %(num)s 条", "新条目 %(num)s 条", day.new) if day.new else "",
    ]
    said = _("，").join(part for part in parts if part) or _("未读取")
    return _("%(day)s：%(said)s", day=day.date.isoformat(), said=said)


def quiet_words(health: SourceHealth) -> str:
    """Return since when a quiet source is silent, and what would be usual; "" for the others."""
    if not health.quiet:
        return ""
    since = words.moment(health.silent_since)
    if health.usual_pause is None:
        return _("自 %(since)s 起没有新条目；它的更新规律还不清楚，超过 7 天就提醒", since=since)
    return _(
        "自 %(since)s 起没有新条目；平时最多隔 %(usual)s，超过 %(patience)s就提醒",
        since=since,
        usual=words.span(health.usual_pause),
        patience=words.span(health.patience),
    )


def in_trouble(health: SourceHealth) -> bool:
    """Whether somebody should look at the source."""
    if health.source.paused_at is not None:
        return False
    return bool(health.failures or health.quiet or health.gap or health.outcome is Outcome.empty)


def sentence(health: SourceHealth) -> str:
    """Return one sentence on how the source fares."""
    source = health.source
    if source.paused_at is not None:
        return _("已暂停：%(why)s", why=source.pause_reason)
    if source.kind is SourceKind.manual:
        return _("手工粘贴，不自动采集")
    if health.outcome is None:
        return _("等待第一次采集") if not health.running else _("正在等待采集")
    if health.failures and health.reason:
        return words.reason_sentence(health.reason)
    if health.outcome is Outcome.empty:
        return _("读到了页面，但没有找到条目；请检查地址或选择器")
    if health.gap:
        return _("列表没有翻到窗口起点，较早的条目可能漏掉")
    if health.quiet:
        return quiet_words(health)
    if health.outcome is Outcome.not_modified:
        return _("上次采集没有变化")
    if health.waiting:
        return ngettext("还有 %(num)s 条等待取正文", "还有 %(num)s 条等待取正文", health.waiting)
    return _("正常")


def _badges(health: SourceHealth) -> Iterable[Badge]:
    if health.source.paused_at is not None:
        yield Badge(_("已暂停"), "")
    if health.failures:
        count = health.failures
        tone = "bad" if count >= MANY_FAILURES else "warn"
        yield Badge(ngettext("连续失败 %(num)s 次", "连续失败 %(num)s 次", count), tone)
    if health.quiet:
        yield Badge(_("异常安静"), "warn")
    if health.gap:
        yield Badge(_("列表短于窗口"), "warn")
    if health.undated:
        count = health.undated
        yield Badge(ngettext("无日期 %(num)s 条", "无日期 %(num)s 条", count), "warn")
