"""A source's health in a sentence and badges."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from editor.desk.source_health import SourceHealth
from editor.web import words
from editor.workflow import Outcome, SourceKind

MANY_FAILURES = 3


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


def described(known: Iterable[SourceHealth]) -> list[Described]:
    """Return each source's health with its words."""
    return [
        Described(each, sentence(each), tuple(_badges(each)), in_trouble(each)) for each in known
    ]


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
