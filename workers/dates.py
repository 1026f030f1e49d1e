"""Publication dates as Chinese sites and feeds write them.

Feed libraries read `2023年07月05日` as some day of the current month, `CST` as US Central and
naive times as UTC, eight hours across the collection window's edge: hence our own rules.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from workers.values import DateFound, Precision

LONGEST = 300
SHORT = 40
# A list may name tomorrow (a paper dated ahead); anything later without a year is last year's.
AHEAD = timedelta(days=2)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# RFC 822 names, and those that Asian servers write. CST is China's: see the module's docstring.
_ZONES = "z 0,ut 0,utc 0,gmt 0,wet 0,bst 1,cet 1,cest 2,eet 2,eest 3,msk 3,cst 8,bjt 8,hkt 8,sgt 8"
_ZONES += ",jst 9,kst 9,edt -4,est -5,cdt -5,mdt -6,mst -7,pdt -7,pst -8"
ZONE_HOURS = {name: int(hours) for name, hours in (pair.split() for pair in _ZONES.split(","))}
NUMERALS = dict(zip("零〇○一二两三四五六七八九", "0001223456789", strict=True))
DAYS_BACK = {"今天": 0, "今日": 0, "today": 0, "昨天": 1, "昨日": 1, "yesterday": 1}
DAYS_BACK |= {"前天": 2, "前日": 2}

Reading = tuple[datetime, Precision] | None

_CHINESE_NUMBER = re.compile(r"[〇○零一二两三四五六七八九十]{1,4}(?=\s*[年月日号天时点分小个])")
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_NAME = rf"(?P<name>{'|'.join(MONTHS)})[a-z]*\.?"
_ORDINAL = r"(?:st|nd|rd|th)?"
_AFTER_DAY = r"(?:(?!\d)|(?=\d\d:\d\d))"
# Each finds a whole date, tried in this order; a clock time is looked for behind it.
WHOLE_DATES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"(?<!\d){_YEAR}\s*[年/.-]\s*(?P<month>\d\d?)\s*[月/.-]\s*(?P<day>\d\d?){_AFTER_DAY}",
        # Scattered over elements: 2023 07/05 09:30:00, with or without the spaces.
        rf"(?<!\d){_YEAR}\s*(?P<month>\d\d)\s*[月/.-]\s*(?P<day>\d\d){_AFTER_DAY}",
        rf"(?<!\d){_YEAR}[年/.-](?P<month>\d\d)月?\s+(?P<day>\d\d){_AFTER_DAY}",
        rf"(?<!\d){_YEAR}(?P<month>\d\d)(?P<day>\d\d)(?!\d)",
        rf"(?<!\d)(?P<day>\d\d?){_ORDINAL}[\s-]+{_NAME},?[\s-]+(?P<year>\d{{4}}|\d\d)(?!\d)",
        rf"\b{_NAME}\s+(?P<day>\d\d?){_ORDINAL},?\s+{_YEAR}(?!\d)",
        rf"^\D{{0,12}}(?P<day>\d\d?)\s*[日/]?\s*{_YEAR}[年/.-](?P<month>\d\d?)月?\D{{0,4}}$",
        rf"^\D{{0,12}}(?P<month>\d\d?)[月/.-](?P<day>\d\d?)日?\s+{_YEAR}\D{{0,4}}$",
        # A year of two digits is one only where it cannot be a month.
        r"(?<![\d./-])(?P<year>1[3-9]|[2-9]\d)(?P<mark>[./-])(?P<month>\d\d)(?P=mark)(?P<day>\d\d)"
        r"(?![\d./-])",
    )
)
# Java's Date.toString(): Wed Jul 05 09:30:00 CST 2023; C's asctime has no zone.
_JAVA = re.compile(
    rf"\b{_NAME}\s+(?P<day>\d\d?)\s+(?P<clock>\d\d:\d\d(?::\d\d)?)\s+"
    rf"(?P<zone>[A-Za-z]{{2,5}}|[+-]\d{{4}})?\s*{_YEAR}\b",
    re.I,
)
_DIGITS = re.compile(r"(?<!\d)((?:19|20)\d{6})T?(\d{4}(?:\d\d)?)(?!\d)")
_MIDDLE_DAY = re.compile(r"(?<!\d)(?P<a>\d\d?)[/-](?P<b>\d\d?)[/-](?P<year>(?:19|20)\d\d)(?!\d)")
_CHINESE_DAY = re.compile(r"^\D{0,16}?(?P<month>\d\d?)\s*月\s*(?P<day>\d\d?)\s*[日号]")
_YEARLESS = re.compile(
    r"^(?:\D{0,16}?\W)??(?P<month>\d\d?)(?:[/-](?P<day>\d\d?)|\.(?P<padded>\d\d))(?!\d)"
)
_GAP = (
    r"[\s,、T日号()\[\]|·-]*(?:(?:星期|周|礼拜)[一二三四五六日天]|(?:mon|tue|wed|thu|fri|sat|sun)"
    r"[a-z]*)?[\s,()\[\]|]*"
)
_HALF = r"上午|下午|晚上|晚间|夜间|凌晨|清晨|早上|早晨|中午|傍晚|午后|[ap]\.?m\.?"
_CLOCK = re.compile(
    rf"{_GAP}(?P<half>{_HALF})?\s*(?P<hour>\d\d?)(?:"
    r"\s?:\s?(?P<minute>\d\d)(?!\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?|"
    r"[时点](?![政评事尚代间报刊讯击赞])\s*(?:(?P<minute_cn>\d\d?)\s*分|(?P<half_past>半))?"
    r"(?:\s*(?P<second_cn>\d\d?)\s*秒)?)(?:\s*(?P<half_after>[ap]\.?m\b\.?))?",
    re.I,
)
_ZONE = re.compile(
    r"\s*(?:(?P<name>[a-z]{1,5})(?![a-z]))?\s*(?:(?P<sign>[+-])(?P<hours>0\d|1[0-4]):?"
    r"(?P<minutes>00|15|30|45)?(?!\d))?",
    re.I,
)
_RELATIVE_DAY = re.compile("|".join(DAYS_BACK), re.I)
_CLOCK_ALONE = re.compile(r"\W*(\d\d?:\d\d(?::\d\d)?)\W*")
_AGO = re.compile(
    r"(?P<count>\d{1,4}|半)\s*个?\s*(?P<unit>秒|分|小时|天|日|sec|min|hour|day)[a-z]*"
    r"钟?\s*(?:之?前|以前|ago)",
    re.I,
)
_JUST_NOW = re.compile(r"刚刚|刚才|just now", re.I)
SECONDS = {"秒": 1, "sec": 1, "分": 60, "min": 60, "小时": 3600, "hour": 3600}


def parse_date(text: str, *, how: str, now: datetime, zone: ZoneInfo) -> DateFound | None:
    """Return the publication date that `text` states, or None.

    `text` may hold a label around the date. A naive time is in `zone`, a missing year the latest
    one that does not lie in the future of `now`; `now` is also what relative words count from.
    A date that tells only the day becomes the start of that day in `zone`.
    """
    text = _normal(text)
    local_now = now.astimezone(zone)
    found = _stated(text) or _relative(text, local_now) or _yearless(text, local_now)
    if found is None:
        return None
    moment, precision = found
    try:
        moment = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    except OverflowError:  # year 1 or 9999, which no zone can shift
        return None
    return DateFound(moment, how, precision) if _plausible(moment, local_now) else None


def _stated(text: str) -> Reading:
    """Read what is complete in itself, year included."""
    readings = (read(text) for read in (_epoch, _digits, _java, _whole, _middle_day))
    return next((found for found in readings if found), None)


def _plausible(moment: datetime, now: datetime) -> bool:
    """Tell a date from an empty database field, which prints as year 1, 1900 or 1 January 1970."""
    empty = moment.year == 1970 and moment.month == 1 and moment.day == 1
    return 1949 <= moment.year <= now.year + 1 and not empty


def _normal(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).split())
    return _CHINESE_NUMBER.sub(lambda match: _western(match[0]), text)


def _western(numeral: str) -> str:
    """Return a Chinese number below 100, or one spelled digit by digit, in western digits."""
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return "".join(NUMERALS[character] for character in numeral)
    if len(tens) > 1 or len(ones) > 1 or ones == "十":
        return numeral
    return NUMERALS.get(tens, "1") + NUMERALS.get(ones, "0")


def _epoch(text: str) -> Reading:
    """Read seconds or milliseconds since 1970, as JSON listings and WeChat pages give them."""
    match = re.fullmatch(r"(1\d{9}|[6-9]\d{8})(\d{3})?(?:\.\d+)?", text)
    return (datetime.fromtimestamp(int(match[1]), UTC), "second") if match else None


def _digits(text: str) -> Reading:
    """Read 20230705093000 and 20230705T0930, with a zone behind it or not."""
    match = _DIGITS.search(text)
    if not match:
        return None
    date, clock = match[1], ":".join(re.findall("..", match[2]))
    return _at_clock(_day(date[:4], date[4:6], date[6:]), clock + text[match.end() :])


def _java(text: str) -> Reading:
    match = _JAVA.search(text)
    if not match:
        return None
    day = _day(match["year"], _month(match["name"]), match["day"])
    return _at_clock(day, f"{match['clock']} {match['zone'] or ''}")


def _whole(text: str) -> Reading:
    for pattern in WHOLE_DATES:
        for match in pattern.finditer(text):
            named = match.groupdict()
            month = _month(named["name"]) if named.get("name") else named["month"]
            if day := _day(named["year"], month, named["day"]):
                return _at_clock(day, text[match.end() :])
    return None


def _middle_day(text: str) -> Reading:
    """Read 7/25/2023 and 7/5/2023 9:30 AM; nothing where day and month could be either."""
    match = _MIDDLE_DAY.search(text)
    if not match:
        return None
    first, second, rest = int(match["a"]), int(match["b"]), text[match.end() :]
    american = second > 12 or first == second or bool(re.search(r"(?i)\d\s*[ap]m\b", rest))
    if not american and first <= 12:
        return None
    month, day = (first, second) if american else (second, first)
    return _at_clock(_day(match["year"], month, day), rest)


def _relative(text: str, now: datetime) -> Reading:
    """Read 3小时前, 昨天 08:05, 刚刚 and a clock time alone.

    Hours ago tell only the day: the page may be minutes old, and the number is rounded.
    """
    if len(text) > SHORT:
        return None
    today = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if match := _RELATIVE_DAY.search(text):
        day = today - timedelta(days=DAYS_BACK[match[0].lower()])
        return _at_clock(day, text[match.end() :])
    if match := _AGO.search(text):
        return _ago(match, now.replace(tzinfo=None))
    if _JUST_NOW.search(text):
        return now.replace(second=0, microsecond=0), "minute"
    if match := _CLOCK_ALONE.fullmatch(text):
        found = _at_clock(today, match[1])
        if found and found[0] > now.replace(tzinfo=None) + timedelta(hours=1):
            return found[0] - timedelta(days=1), found[1]
        return found
    return None


def _ago(match: re.Match[str], now: datetime) -> Reading:
    count = 0.5 if match["count"] == "半" else int(match["count"])
    unit = match["unit"].lower()
    moment = now - timedelta(seconds=count * SECONDS.get(unit, 86400))
    if SECONDS.get(unit, 86400) < 3600:
        return moment.replace(second=0, microsecond=0), "minute"
    return moment.replace(hour=0, minute=0, second=0, microsecond=0), "day"


def _yearless(text: str, now: datetime) -> Reading:
    """Read 7月5日, 07-05 09:30 and [06-30]; the year is the latest that fits.

    Numbers count as a date only when hardly anything else stands there: 1.5 may be an amount.
    """
    if len(text) > SHORT:
        return None
    chinese = _CHINESE_DAY.search(text)
    match = chinese or _YEARLESS.search(text)
    if not match:
        return None
    rest = text[match.end() :]
    clock = _CLOCK.match(rest)
    left = rest[clock.end() :] if clock else rest
    if not chinese and re.search(r"[\w%‰]", left):
        return None
    day_of_month = match["day"] if chinese else match["day"] or match["padded"]
    for year in range(now.year + 1, now.year - 9, -1):
        day = _day(year, match["month"], day_of_month)
        if day and day <= now.replace(tzinfo=None) + AHEAD:
            return _at_clock(day, rest)
    return None


def _month(name: str) -> int:
    return MONTHS.index(name[:3].lower()) + 1


def _day(year: str | int, month: str | int, day: str | int) -> datetime | None:
    number = int(year)
    if number < 100:
        number += 2000 if number < 69 else 1900
    try:
        return datetime(number, int(month), int(day))
    except ValueError:
        return None


def _at_clock(day: datetime | None, rest: str) -> Reading:
    """Return the moment on `day` that `rest` begins with, else the day itself.

    Midnight to the second is what a date field without a time prints, so it tells the day only.
    """
    if day is None:
        return None
    match = _CLOCK.match(rest)
    if not match:
        return day, "day"
    hour = _hour(int(match["hour"]), match["half"] or match["half_after"] or "")
    minute = 30 if match["half_past"] else int(match["minute"] or match["minute_cn"] or 0)
    second = match["second"] or match["second_cn"]
    if hour > 24 or minute > 59 or int(second or 0) > 60 or (hour == 24 and minute):
        return day, "day"
    moment = day + timedelta(hours=hour, minutes=minute, seconds=min(int(second or 0), 59))
    moment = moment.replace(tzinfo=_zone(rest[match.end() :]))
    if second is None:
        return moment, "minute"
    return moment, "day" if moment.time() == datetime.min.time() else "second"


def _hour(hour: int, half: str) -> int:
    half = half.lower().replace(".", "")
    if half in ("下午", "晚上", "晚间", "夜间", "傍晚", "午后", "pm") and hour < 12:
        return hour + 12
    if half == "中午" and hour < 3:
        return hour + 12
    if half in ("上午", "凌晨", "am") and hour == 12:
        return 0
    return hour


def _zone(rest: str) -> tzinfo | None:
    """Return the zone that `rest` begins with, or None; an offset counts more than a name."""
    match = _ZONE.match(rest)
    if match and match["sign"]:
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        return timezone(-offset if match["sign"] == "-" else offset)
    name = (match["name"] or "").lower() if match else ""
    return timezone(timedelta(hours=ZONE_HOURS[name])) if name in ZONE_HOURS else None
