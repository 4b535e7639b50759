import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tilisilta.core.period import (
    Period,
    Window,
    add_months,
    day_window,
    fiscal_year_of,
    is_finished,
    is_locked,
    last_day_of_month,
    moment_of,
    month_of,
    previous_hour,
    previous_month,
    propose_range,
    today_in,
)

TALLINN = ZoneInfo("Europe/Tallinn")
START = dt.date(2026, 1, 1)


def day(number, month=1):
    return dt.date(2026, month, number)


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


def test_the_pages_own_example():
    # Imported 1 to 10 January; opened on the 13th, 11 to 12 January is offered (S18).
    assert propose_range(day(10), today=day(13), first_start=START) == Period(day(11), day(12))


def test_the_present_day_is_never_offered():
    assert propose_range(day(11), today=day(12), first_start=START) is None
    assert propose_range(day(12), today=day(12), first_start=START) is None
    assert propose_range(day(20), today=day(12), first_start=START) is None
    assert propose_range(None, today=START, first_start=START) is None


def test_the_first_import_begins_at_the_start():
    assert propose_range(None, today=day(13), first_start=START) == Period(START, day(12))


def test_a_later_start_is_a_floor():
    assert propose_range(day(2), today=day(13), first_start=day(5)) == Period(day(5), day(12))


def test_one_day_may_be_offered():
    assert propose_range(day(11), today=day(13), first_start=START) == Period(day(12), day(12))


def test_a_period_holds_its_ends_and_cannot_be_turned():
    period = Period(day(1), day(10))
    assert day(1) in period
    assert day(10) in period
    assert day(11) not in period
    assert len(period) == 10
    with pytest.raises(ValueError, match="cannot end"):
        Period(day(2), day(1))


def test_months_of_a_period_are_whole():
    months = list(Period(day(31), dt.date(2026, 3, 1)).months())
    assert [month.first.month for month in months] == [1, 2, 3]
    assert months[1] == Period(dt.date(2026, 2, 1), dt.date(2026, 2, 28))


def test_locked_and_finished():
    assert is_locked(day(31), day(31))
    assert not is_locked(day(1, 2), day(31))
    assert not is_locked(day(1), None)
    assert is_finished(day(12), today=day(13))
    assert not is_finished(day(13), today=day(13))


def test_month_helpers():
    assert last_day_of_month(dt.date(2028, 2, 1)) == dt.date(2028, 2, 29)
    assert previous_month(dt.date(2026, 3, 31)) == Period(dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    assert month_of(dt.date(2026, 12, 5)).last == dt.date(2026, 12, 31)
    assert add_months(dt.date(2026, 12, 31), 2) == dt.date(2027, 2, 28)
    assert add_months(dt.date(2026, 7, 1), -12) == dt.date(2025, 7, 1)


@pytest.mark.parametrize(("first_month", "first"), [(1, "2026-01-01"), (4, "2026-04-01"), (5, "2025-05-01")])
def test_fiscal_years(first_month, first):
    year = fiscal_year_of(dt.date(2026, 4, 16), first_month)
    assert year.first == dt.date.fromisoformat(first)
    assert len(year) in {365, 366}
    assert dt.date(2026, 4, 16) in year


def test_the_companys_day_is_not_that_of_utc():
    assert today_in(TALLINN, utc(2026, 1, 12, 22, 30)) == day(13)
    assert today_in(TALLINN, utc(2026, 7, 12, 20, 59)) == dt.date(2026, 7, 12)


def test_the_previous_hour_is_full():
    assert previous_hour(utc(2026, 4, 16, 9, 0), TALLINN) == Window(utc(2026, 4, 16, 8, 0), utc(2026, 4, 16, 9, 0))
    late = utc(2026, 4, 16, 9, 59, 59, 999999)
    assert previous_hour(late, TALLINN) == Window(utc(2026, 4, 16, 8, 0), utc(2026, 4, 16, 9, 0))


@pytest.mark.parametrize("start", [utc(2026, 3, 28, 23), utc(2026, 10, 24, 22)])
def test_hours_follow_one_another_over_a_change_of_clocks(start):
    windows = [previous_hour(start + dt.timedelta(hours=hour, minutes=5), TALLINN) for hour in range(6)]
    for earlier, later in pairwise(windows):
        assert earlier.end == later.start
    assert {window.end - window.start for window in windows} == {dt.timedelta(hours=1)}


def test_hours_of_a_zone_that_is_half_an_hour_off():
    window = previous_hour(utc(2026, 4, 16, 9, 10), ZoneInfo("Asia/Kolkata"))
    assert window == Window(utc(2026, 4, 16, 7, 30), utc(2026, 4, 16, 8, 30))


def test_days_are_23_and_25_hours_long_when_the_clocks_change():
    spring, autumn = day_window(dt.date(2026, 3, 29), TALLINN), day_window(dt.date(2026, 10, 25), TALLINN)
    assert spring.end - spring.start == dt.timedelta(hours=23)
    assert autumn.end - autumn.start == dt.timedelta(hours=25)


def test_a_time_that_comes_twice_is_the_first_and_a_skipped_one_is_later():
    assert moment_of(dt.date(2026, 10, 25), dt.time(3, 30), TALLINN) == utc(2026, 10, 25, 0, 30)
    skipped = moment_of(dt.date(2026, 3, 29), dt.time(3, 30), TALLINN)
    assert skipped.astimezone(TALLINN).time() == dt.time(4, 30)
    assert moment_of(day(13), dt.time(0, 30), TALLINN) == utc(2026, 1, 12, 22, 30)
