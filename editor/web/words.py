"""How values are said on screens: names of states and roles, dates in the publication's zone."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import gettext, lazy_gettext, lazy_pgettext, ngettext
from markupsafe import Markup

from editor import clock
from editor.desk.archive import Repeat
from editor.errors import EditorError, Invalid, Reason, sentence
from editor.schedule import Window
from editor.store.models import Issue
from editor.text.document import Blocks
from editor.text.markup import blocks_to_html
from editor.web import access, language, navigation
from editor.workflow import (
    CandidateState,
    ExportState,
    IssueState,
    ItemKind,
    ItemState,
    Outcome,
    PrintedHow,
    Role,
    SourceKind,
)

NAMES: tuple[tuple[StrEnum, Any], ...] = (
    (CandidateState.new, lazy_pgettext("state", "新")),
    (CandidateState.shortlisted, lazy_pgettext("state", "待定")),
    (CandidateState.taken, lazy_pgettext("state", "采用")),
    (CandidateState.spiked, lazy_pgettext("state", "弃用")),
    (ItemState.draft, lazy_gettext("草稿")),
    (ItemState.editing, lazy_gettext("编辑中")),
    (ItemState.ready, lazy_gettext("就绪")),
    (IssueState.collecting, lazy_gettext("征集中")),
    (IssueState.editing, lazy_gettext("编辑中")),
    (IssueState.locked, lazy_gettext("已定稿")),
    (IssueState.published, lazy_gettext("已出版")),
    (ExportState.queued, lazy_gettext("排队中")),
    (ExportState.running, lazy_gettext("排版中")),
    (ExportState.done, lazy_gettext("已完成")),
    (ExportState.failed, lazy_gettext("失败")),
    (Role.reader, lazy_gettext("读者")),
    (Role.contributor, lazy_pgettext("role", "编辑")),
    (Role.editor, lazy_gettext("责任编辑")),
    (Role.deputy, lazy_gettext("副主编")),
    (Role.chief, lazy_gettext("主编")),
    (Role.admin, lazy_gettext("管理员")),
    (ItemKind.news, lazy_gettext("资讯")),
    (ItemKind.essay, lazy_gettext("文章")),
    (ItemKind.ranking, lazy_gettext("榜单")),
    (ItemKind.books, lazy_gettext("荐书")),
    (SourceKind.feed, lazy_gettext("订阅源")),
    (SourceKind.list, lazy_gettext("列表页")),
    (SourceKind.sitemap, lazy_gettext("站点地图")),
    (SourceKind.json, lazy_gettext("JSON 列表")),
    (SourceKind.manual, lazy_gettext("手工粘贴")),
    (Outcome.ok, lazy_gettext("成功")),
    (Outcome.not_modified, lazy_gettext("没有变化")),
    (Outcome.empty, lazy_gettext("没有条目")),
    (Outcome.refused, lazy_gettext("未访问")),
    (Outcome.failed, lazy_gettext("失败")),
)
# members of different enums with one value are equal strings, so the class is part of the key
BY_CLASS = {(type(member), member.value): name for member, name in NAMES}


def name(member: object) -> str:
    """Return what a state, role or kind is called on screen."""
    if not isinstance(member, StrEnum):
        return str(member)
    return str(BY_CLASS.get((type(member), member.value), member))


def zone() -> ZoneInfo:
    """Return the present publication's time zone."""
    home = access.find_publication()
    return ZoneInfo(home.timezone if home is not None else "Asia/Shanghai")


def day(value: date | datetime | None) -> str:
    """Return 2025-03-07 in the publication's zone; "" for None."""
    if value is None:
        return ""
    local = value.astimezone(zone()).date() if isinstance(value, datetime) else value
    return local.isoformat()


def short_day(value: datetime | None) -> str:
    """Return 03-07 in the publication's zone; "" for None."""
    return "" if value is None else value.astimezone(zone()).strftime("%m-%d")


def moment(value: datetime | None) -> str:
    """Return 2025-03-07 10:32 in the publication's zone; "" for None."""
    return "" if value is None else value.astimezone(zone()).strftime("%Y-%m-%d %H:%M")


def clocktime(value: datetime | None) -> str:
    """Return 10:32 in the publication's zone; "" for None."""
    return "" if value is None else value.astimezone(zone()).strftime("%H:%M")


INNER_MARKS = str.maketrans("《》", "〈〉")


def printed_before(repeat: Repeat) -> str:
    """Return where a candidate was printed before, and how that shows."""
    how = {
        PrintedHow.address: gettext("同一网址"),
        PrintedHow.reprint: gettext("转载"),
        PrintedHow.document: gettext("同一文件"),
    }[repeat.how]
    headline = repeat.headline.translate(INNER_MARKS)
    facts = {"issue": repeat.label, "headline": headline, "how": how}
    if repeat.page is None:
        return gettext("已刊于%(issue)s《%(headline)s》（%(how)s）", **facts)
    return gettext(
        "已刊于%(issue)s第 %(page)s 页《%(headline)s》（%(how)s）", page=repeat.page, **facts
    )


def last_day(issue: Issue) -> str:
    """Return the last day that lies in the issue's window."""
    return Window(issue.opens_at, issue.closes_at).last_day(zone()).isoformat()


def span(length: timedelta) -> str:
    """Return a length of time in words, in its largest whole unit."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 1:
        return gettext("不到 1 分钟")
    if minutes < 60:
        return ngettext("%(num)s 分钟", "%(num)s 分钟", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)s 小时", "%(num)s 小时", minutes // 60)
    return ngettext("%(num)s 天", "%(num)s 天", minutes // (24 * 60))


def ago(value: datetime | None) -> str:
    """Return how long ago (or in how long) a moment is, in words; "" for None."""
    if value is None:
        return ""
    gap = clock.now() - value
    if gap < timedelta():
        return gettext("%(span)s后", span=span(-gap))
    return gettext("%(span)s前", span=span(gap))


def pair(value: str) -> tuple[str, str]:
    """Return the value as an option of a select: its own label."""
    return value, value


def reason_sentence(code: str) -> str:
    """Return the sentence for a stored reason code, the code itself when it is unknown."""
    try:
        return sentence(Reason(code), language.code())
    except ValueError:
        return code


def said(pair: EditorError | tuple[str, str]) -> str:
    """Return the reader's half of a sentence pair."""
    if isinstance(pair, EditorError):
        return pair.sentence(language.code())
    return language.pick(*pair)


def field_errors(error: Invalid | None) -> dict[str, str]:
    """Return each field's sentence in the reader's language."""
    return {} if error is None else {key: said(pair) for key, pair in error.fields.items()}


def blocks_markup(blocks: Blocks) -> Markup:
    """Return blocks as markup for a reading pane: the one place where text becomes HTML.

    `blocks_to_html` escapes every character it writes, so the result may be trusted.
    """
    return Markup(blocks_to_html(blocks))


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(
        day=day,
        short_day=short_day,
        moment=moment,
        clocktime=clocktime,
        ago=ago,
        last_day=last_day,
        printed_before=printed_before,
        pair=pair,
        named=name,
        said=said,
        reason_sentence=reason_sentence,
        field_errors=field_errors,
        blocks=blocks_markup,
    )
    app.jinja_env.globals.update(
        may=access.allowed,
        person=access.find_person,
        publication=access.find_publication,
        my_publications=access.my_publications,
        current_issue=access.find_issue,
        navigation=navigation.entries,
        issue_name=navigation.issue_name,
    )
