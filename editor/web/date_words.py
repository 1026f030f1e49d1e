"""How a candidate's date was obtained, in words, and what contradicts it."""

from datetime import datetime
from typing import Protocol

from babel.dates import format_skeleton
from flask import Flask
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _

from editor.web import words

WITNESSES = {
    "feed": lazy_gettext("订阅源"),
    "sitemap": lazy_gettext("站点地图"),
    "json": lazy_gettext("JSON 列表"),
    "list": lazy_gettext("列表"),
    "wechat": lazy_gettext("公众号页面"),
    "meta": lazy_gettext("页面元数据"),
    "json_ld": lazy_gettext("页面结构化数据"),
    "label": lazy_gettext("页面"),
    "url": lazy_gettext("网址"),
    "htmldate": lazy_gettext("按页面推断"),
    "person": lazy_gettext("手工填写"),
    "by_hand": lazy_gettext("手工补全"),
    "file": lazy_gettext("文件"),
    "text": lazy_gettext("文件正文"),
}
AGAINST = "≠"


class Dated(Protocol):
    """What has a date: a candidate, or its row in the list."""

    published_at: datetime | None
    date_how: str
    date_rival: datetime | None


def date_source(how: str) -> str:
    """Return who named the date that is believed; "" when nobody did."""
    witness = how.partition(AGAINST)[0]
    return str(WITNESSES.get(witness, witness))


def date_doubt(dated: Dated) -> str:
    """Return which two days were named and by whom, "" where nobody disagrees."""
    believed, mark, rival = dated.date_how.partition(AGAINST)
    if not mark and dated.date_rival is None:
        return ""
    one, other = date_source(believed), date_source(rival) or _("另一处")
    if dated.published_at is None or dated.date_rival is None:
        return _("日期存疑：%(one)s与%(other)s不一致", one=one, other=other)
    years = {dated.published_at.astimezone(words.zone()).year,
             dated.date_rival.astimezone(words.zone()).year}  # fmt: skip
    form = "MMMd" if len(years) == 1 else "yMMMd"
    return _(
        "日期存疑：%(one)s %(day)s，%(other)s %(rival)s",
        one=one,
        day=_day(dated.published_at, form),
        other=other,
        rival=_day(dated.date_rival, form),
    )


def _day(moment: datetime, form: str) -> str:
    local = moment.astimezone(words.zone()).replace(tzinfo=None)
    return str(format_skeleton(form, local, locale=get_locale() or "zh_Hans_CN"))


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(date_source=date_source, date_doubt=date_doubt)
