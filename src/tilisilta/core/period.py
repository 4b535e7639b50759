"""Periods: days, months, fiscal years, and which range is offered next.

Dates are dates of the company's own time zone. Moments are aware and leave here in UTC.
"""

import calendar
import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import msgspec

ONE_DAY = dt.timedelta(days=1)
ONE_HOUR = dt.timedelta(hours=1)


class Period(msgspec.Struct, frozen=True, order=True):
    """Days from `first` to `last`, both included."""

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period cannot end on {self.last} before it begins on {self.first}")

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def months(self) -> Iterator["Period"]:
        """Yield the whole months that the period touches, in order."""
        month = month_of(self.first)
        while month.first <= self.last:
            yield month
            month = month_of(month.last + ONE_DAY)


class Window(msgspec.Struct, frozen=True, order=True):
    """A stretch of time in UTC: from `start` on and before `end`."""

    start: dt.datetime
    end: dt.datetime


# --- what is offered ---------------------------------------------------------------------------------------


def propose_range(last_end: dt.date | None, today: dt.date, first_start: dt.date) -> Period | None:
    """Return the days to import next: from the day after the last import until yesterday; None when there are none.

    Today is never offered, because its documents are not finished.

    Args:
        last_end: The last day of the last import, or None before the first one.
        today: The company's own day.
        first_start: Where the first import begins; later it is a floor.

    >>> propose_range(dt.date(2026, 1, 10), dt.date(2026, 1, 13), dt.date(2026, 1, 1))
    Period(first=datetime.date(2026, 1, 11), last=datetime.date(2026, 1, 12))
    >>> propose_range(dt.date(2026, 1, 12), dt.date(2026, 1, 13), dt.date(2026, 1, 1)) is None
    True
    """
    first = first_start if last_end is None else max(last_end + ONE_DAY, first_start)
    last = today - ONE_DAY
    return Period(first, last) if first <= last else None


def is_finished(day: dt.date, today: dt.date) -> bool:
    """Return whether a day is over for the company, so that its documents count as finished."""
    return day < today


def is_locked(day: dt.date, locked_until: dt.date | None) -> bool:
    """Return whether a day lies in a locked period; None means that all periods are open."""
    return locked_until is not None and day <= locked_until


# --- months and years --------------------------------------------------------------------------------------


def month_of(day: dt.date) -> Period:
    """Return the month that a day lies in.

    >>> month_of(dt.date(2028, 2, 10)).last
    datetime.date(2028, 2, 29)
    """
    return Period(day.replace(day=1), last_day_of_month(day))


def last_day_of_month(day: dt.date) -> dt.date:
    """Return the last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def previous_month(day: dt.date) -> Period:
    """Return the month before a day's month.

    >>> previous_month(dt.date(2026, 1, 31)).first
    datetime.date(2025, 12, 1)
    """
    return month_of(day.replace(day=1) - ONE_DAY)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day some months on or back, or that month's last day where there is no such day.

    >>> add_months(dt.date(2026, 1, 31), 1), add_months(dt.date(2026, 3, 31), -4)
    (datetime.date(2026, 2, 28), datetime.date(2025, 11, 30))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = dt.date(year, month + 1, 1)
    return first.replace(day=min(day.day, last_day_of_month(first).day))


def fiscal_year_of(day: dt.date, first_month: int = 1) -> Period:
    """Return the fiscal year of a day; `first_month` is the month in which fiscal years begin.

    >>> fiscal_year_of(dt.date(2026, 3, 31), first_month=7)
    Period(first=datetime.date(2025, 7, 1), last=datetime.date(2026, 6, 30))
    """
    year = day.year if day.month >= first_month else day.year - 1
    first = dt.date(year, first_month, 1)
    return Period(first, add_months(first, 12) - ONE_DAY)


# --- moments -----------------------------------------------------------------------------------------------


def today_in(zone: ZoneInfo, now: dt.datetime) -> dt.date:
    """Return the day that it is in a zone at an aware moment."""
    return now.astimezone(zone).date()


def moment_of(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Return the UTC moment of a wall-clock time.

    Of a time that the clocks pass twice, the first; a time that they skip becomes as much later as they skipped.

    >>> moment_of(dt.date(2026, 3, 29), dt.time(3, 30), ZoneInfo("Europe/Tallinn"))
    datetime.datetime(2026, 3, 29, 1, 30, tzinfo=datetime.timezone.utc)
    """
    return dt.datetime.combine(day, time.replace(tzinfo=None, fold=0), tzinfo=zone).astimezone(dt.UTC)


def day_window(day: dt.date, zone: ZoneInfo) -> Window:
    """Return the UTC moments of a zone's day, which is 23 or 25 hours long when the clocks change."""
    midnight = dt.time()
    return Window(moment_of(day, midnight, zone), moment_of(day + ONE_DAY, midnight, zone))


def previous_hour(now: dt.datetime, zone: ZoneInfo) -> Window:
    """Return the last full hour of a zone's wall clock before an aware moment.

    It is counted in elapsed time, so the hour that the clocks pass twice is two windows and the skipped one is none.

    >>> window = previous_hour(dt.datetime(2026, 4, 16, 9, 5, tzinfo=dt.UTC), ZoneInfo("Europe/Tallinn"))
    >>> window.start.hour, window.end.hour
    (8, 9)
    """
    local = now.astimezone(zone)
    past = dt.timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    end = now.astimezone(dt.UTC) - past
    return Window(end - ONE_HOUR, end)
