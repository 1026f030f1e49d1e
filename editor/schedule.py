"""Issue numbers, collection windows and dates of a periodic publication; pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Window:
    """A collection window, half-open: `opens_at` belongs to it, `closes_at` does not."""

    opens_at: datetime
    closes_at: datetime

    def last_day(self, zone: ZoneInfo) -> date:
        """Return the last day that lies in the window, as printed on the masthead."""
        return (self.closes_at.astimezone(zone) - timedelta(microseconds=1)).date()

    def first_day(self, zone: ZoneInfo) -> date:
        """Return the first day of the window in `zone`."""
        return self.opens_at.astimezone(zone).date()


def in_window(published_at: datetime, window: Window) -> bool:
    """Whether something published then belongs to the window (half-open)."""
    return window.opens_at <= published_at < window.closes_at


def monthly_window(year: int, month: int, first_day: int, zone: ZoneInfo) -> Window:
    """Return the window of the issue of `month`: from `first_day` of the month before.

    `monthly_window(2023, 7, 16, SHANGHAI)` is 2023-06-16 00:00 to 2023-07-16 00:00. With
    `first_day` 1 the window is the whole month before.
    """
    opening_year, opening_month = (year - 1, 12) if month == 1 else (year, month - 1)
    opens = datetime.combine(date(opening_year, opening_month, first_day), time(), zone)
    closes = datetime.combine(date(year, month, first_day), time(), zone)
    return Window(opens, closes)


@dataclass(frozen=True)
class IssueNumber:
    """The two numbers an issue carries: within its year, and since the first issue."""

    year: int
    number: int
    total: int


def next_number(last: IssueNumber, per_year: int = 12) -> IssueNumber:
    """Return the numbers of the issue after `last`; the year turns after `per_year` issues."""
    if last.number >= per_year:
        return IssueNumber(last.year + 1, 1, last.total + 1)
    return IssueNumber(last.year, last.number + 1, last.total + 1)


DIGITS = "〇一二三四五六七八九"


def chinese_number(value: int) -> str:
    """Return `value` (0 to 9999) in Chinese numerals: 18 → 十八, 132 → 一百三十二."""
    if not 0 <= value <= 9999:
        raise ValueError(f"{value} is outside 0–9999")
    if value < 10:
        return "零" if value == 0 else DIGITS[value]
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + name
        gap = digit == 0
    # ten to nineteen drop the leading one: 十八, but 一百一十八 keeps it
    return text.removeprefix("一") if text.startswith("一十") else text


class LabelNumber(int):
    """An integer that `format()` writes in Chinese with the code `zh`: `"{number:zh}"`."""

    def __format__(self, code: str) -> str:
        return chinese_number(int(self)) if code == "zh" else super().__format__(code)
