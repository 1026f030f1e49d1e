"""An issue follows the one before it: numbers and windows."""

from datetime import datetime
from zoneinfo import ZoneInfo

from editor.assembler.preflight.sequence import Numbered, Succession, check_succession
from editor.schedule import Window

ZONE = ZoneInfo("Asia/Shanghai")


def window(first, last):
    return Window(*(datetime.fromisoformat(day).replace(tzinfo=ZONE) for day in (first, last)))


JUNE = Numbered(2026, 6, 60, window("2026-05-16", "2026-06-16"))
JULY = Numbered(2026, 7, 61, window("2026-06-16", "2026-07-16"))


def codes(issue, before):
    return [(f.grade, f.code) for f in check_succession(Succession(issue, before, ZONE))]


def test_the_first_issue_follows_nothing():
    assert codes(JULY, None) == []


def test_a_month_after_a_month_is_in_order():
    assert codes(JULY, JUNE) == []


def test_a_total_number_that_skips_one_stops_the_export():
    skipped = Numbered(2026, 7, 62, JULY.window)
    assert codes(skipped, JUNE) == [("block", "total_number")]


def test_a_new_year_begins_at_one():
    december = Numbered(2026, 12, 66, window("2026-11-16", "2026-12-16"))
    january = Numbered(2027, 1, 67, window("2026-12-16", "2027-01-16"))
    assert codes(january, december) == []
    thirteenth = Numbered(2027, 13, 67, january.window)
    assert codes(thirteenth, december) == [("warn", "year_number")]


def test_days_that_nobody_collects_and_days_collected_twice_are_named():
    late = Numbered(2026, 7, 61, window("2026-06-20", "2026-07-16"))
    early = Numbered(2026, 7, 61, window("2026-06-10", "2026-07-16"))
    assert codes(late, JUNE) == [("warn", "window_gap")]
    assert codes(early, JUNE) == [("warn", "window_overlap")]
    (found,) = check_succession(Succession(late, JUNE, ZONE))
    assert "2026-06-20" in found.chinese and "2026-06-15" in found.chinese
