from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from workers.dates import parse_date

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2023, 7, 16, 4, 0, tzinfo=UTC)  # noon in Shanghai


def found(text: str, now: datetime = NOW):
    date = parse_date(text, how="list", now=now, zone=SHANGHAI)
    return date and (date.moment.strftime("%Y-%m-%d %H:%M:%S"), date.precision)


@pytest.mark.parametrize(
    "text",
    [
        "2023-07-05 09:30:15",
        "2023-07-05T09:30:15+08:00",
        "2023-07-05T09:30:15.123+0800",
        "2023-07-05T01:30:15Z",
        "20230705T093015+08",
        "20230705093015",
        "1688520615",
        "1688520615000",
        "Wed, 05 Jul 2023 09:30:15 +0800",
        "Wed, 05 Jul 2023 01:30:15 GMT",
        "Wed, 5 Jul 23 01:30:15 -0000",
        "Wed, 05 Jul 2023 09:30:15 CST",
        "Tue, 04 Jul 2023 21:30:15 EDT",
        "Wed Jul 05 09:30:15 CST 2023",
        "Wed Jul  5 09:30:15 2023",
        "Wed Jul 05 2023 09:30:15 GMT+0800 (中国标准时间)",
        "2023-07-05-09:30:15",
        "2023年07月05日 09:30:15",
        "2023年7月5日9时30分15秒",
        "2023/7/5 9:30:15",
        "2023.07.05 09:30:15",
        "２０２３－０７－０５　０９：３０：１５",
        "2023年07月05日 星期三 09:30:15",
        "2023-07-05 (周三) 09:30:15",
        "2023-07-0509:30:15",
        "2023 07/05 09:30:15",
        "202307/0509:30:15",
        "2023年7月5日 上午9:30:15",
        "7/5/2023 9:30:15 AM",
        "发布时间：2023-07-05 09:30:15 来源：云州日报 浏览次数：1024",
    ],
)
def test_a_moment_is_read_in_every_way_it_is_written(text):
    assert found(text) == ("2023-07-05 09:30:15", "second")


@pytest.mark.parametrize(
    "text",
    [
        "2023-07-05 21:30",
        "2023年07月05日21:30",
        "2023年7月5日 下午9点半",
        "2023年7月5日晚上9时30分",
        "23-07-05 21:30",
        "07-05 21:30",
        "07/05 21:30",
        "[07-05 21:30]",
        "7月5日 21:30",
        "Jul 5, 2023 9:30 PM",
        "July 5th, 2023 9:30 p.m.",
    ],
)
def test_a_moment_to_the_minute_says_so(text):
    assert found(text) == ("2023-07-05 21:30:00", "minute")


@pytest.mark.parametrize(
    "text",
    [
        "2023-07-05",
        "2023年07月05日",
        "2023年07月05日 星期三",
        "二〇二三年七月五日",
        "二○二三年七月五日",
        "2023/7/5",
        "2023.7.5",
        "20230705",
        "2023-07-05 00:00:00",
        "05 Jul 2023",
        "5 July 2023",
        "05\n2023-07",
        "2023-07 05",
        "07-05 2023",
        "[07-05]",
        "（7-5）",
        "07.05",
        "7月5日",
        "时间：07-05",
        "2023-07-05 10 时政新闻",
    ],
)
def test_a_day_is_the_start_of_that_day_in_the_zone(text):
    assert found(text) == ("2023-07-05 00:00:00", "day")


@pytest.mark.parametrize(
    "text, read",
    [
        ("3小时前", ("2023-07-16 00:00:00", "day")),
        ("13 小时前", ("2023-07-15 00:00:00", "day")),
        ("两天前", ("2023-07-14 00:00:00", "day")),
        ("25分钟前", ("2023-07-16 11:35:00", "minute")),
        ("半小时前", ("2023-07-16 00:00:00", "day")),
        ("刚刚", ("2023-07-16 12:00:00", "minute")),
        ("今天 08:05", ("2023-07-16 08:05:00", "minute")),
        ("昨天 10:20", ("2023-07-15 10:20:00", "minute")),
        ("前天", ("2023-07-14 00:00:00", "day")),
        ("08:05", ("2023-07-16 08:05:00", "minute")),
        ("22:05", ("2023-07-15 22:05:00", "minute")),
        ("2 hours ago", ("2023-07-16 00:00:00", "day")),
        ("Yesterday", ("2023-07-15 00:00:00", "day")),
    ],
)
def test_relative_words_count_from_the_present_time(text, read):
    assert found(text) == read


@pytest.mark.parametrize(
    "now, text, day",
    [
        (datetime(2024, 1, 2, tzinfo=UTC), "12-31", "2023-12-31"),
        (datetime(2024, 1, 2, tzinfo=UTC), "01-02", "2024-01-02"),
        (datetime(2023, 12, 31, 15, tzinfo=UTC), "01-01", "2024-01-01"),
        (datetime(2023, 12, 31, 16, 30, tzinfo=UTC), "12月31日", "2023-12-31"),
        (datetime(2023, 7, 16, tzinfo=UTC), "07-17", "2023-07-17"),
        (datetime(2023, 7, 16, tzinfo=UTC), "07-30", "2022-07-30"),
        (datetime(2023, 7, 16, tzinfo=UTC), "02-29", "2020-02-29"),
    ],
)
def test_a_missing_year_is_the_latest_that_is_not_in_the_future(now, text, day):
    date, precision = found(text, now)
    assert (date[:10], precision) == (day, "day")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "云州日报",
            "2023",
            "2023-07",
            "2023年7月",
            "13-45",
            "2023-02-30",
            "增长1.5%",
            "1.5亿元",
        ),
        *(
            "3.5",
            "05/07/2023",
            "0001-01-01 00:00:00",
            "1900-01-01",
            "1970-01-01 08:00:00",
            "2099-01-01",
        ),
        *("3个月前", "共 12/25 页", "电话 010-12345678", "9" * 5000, "0", "12345678901234567890"),
    ],
)
def test_what_is_no_date_or_could_be_two_is_none(text):
    assert found(text) is None


def test_a_date_says_how_it_was_obtained_and_is_aware():
    date = parse_date("2023-07-05 09:30", how="feed", now=NOW, zone=SHANGHAI)
    assert date is not None
    assert date.how == "feed"
    assert date.moment.utcoffset() == timedelta(hours=8)
