"""When planned work comes again: the occurrences of a rule, each with its start and its due day.

The practice module's client plans are made of these. The words are those of a practice manager: a task that comes every
month starts on its start day and is due on its due day, and a day that falls on a weekend or a public holiday is left
there or moved to the working day before or after.
"""

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import count
from typing import Final

import holidays
import msgspec

SATURDAY: Final = 5
_MONTHS: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}
_LAST_YEAR: Final = dt.MAXYEAR - 3  # due days of the last ones must still be dates
# A working day is never further off: the longest row of free days in the calendars we read is far shorter.
_LONGEST_ROW_OF_FREE_DAYS: Final = 31
MAX_DUE_MONTHS: Final = 24
MAX_DUE_DAYS: Final = 366
MAX_INTERVAL: Final = 120


class Rhythm(StrEnum):
    """How often; quarters are those of the calendar, the first from January to March."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class BadDay(StrEnum):
    """What happens to a day on a weekend or a public holiday."""

    KEEP = "keep"
    BEFORE = "before"
    AFTER = "after"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """When work comes again, from `starts_on` on.

    Weekly: on `weekdays` (1 Monday to 7 Sunday) of every `interval`-th week, due `due_after_days` later. Otherwise: on
    `start_day` (1 to 31) of month number `month_in_period` of every `interval`-th month, quarter or year, due on
    `due_day` of the month that comes `due_months_after` months later. A day that a month lacks is its last one.
    `country` (ISO 3166-1, two letters) tells whose public holidays count.

    Raises:
        ValueError: a part is out of its range, or the due day lies before the start day.
    """

    rhythm: Rhythm
    starts_on: dt.date
    ends_on: dt.date | None = None
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    month_in_period: int = 1
    start_day: int = 1
    due_day: int = 20
    due_months_after: int = 0
    due_after_days: int = 0
    bad_day: BadDay = BadDay.KEEP
    country: str = ""

    def __post_init__(self) -> None:
        """Refuse what no calendar has."""
        if not 1 <= self.interval <= MAX_INTERVAL:
            msg = "interval"
        elif self.rhythm is Rhythm.WEEKLY:
            msg = self._weekly_fault()
        else:
            msg = self._monthly_fault()
        if msg:
            raise ValueError(msg)

    def _weekly_fault(self) -> str:
        if not self.weekdays or not all(1 <= each <= 7 for each in self.weekdays):  # noqa: PLR2004  ISO weekdays
            return "weekdays"
        return "" if 0 <= self.due_after_days <= MAX_DUE_DAYS else "due_after_days"

    def _monthly_fault(self) -> str:
        last_day = 31
        if not 1 <= self.month_in_period <= _MONTHS[self.rhythm]:
            return "month_in_period"
        if not 1 <= self.start_day <= last_day:
            return "start_day"
        if not 1 <= self.due_day <= last_day:
            return "due_day"
        if not 0 <= self.due_months_after <= MAX_DUE_MONTHS:
            return "due_months_after"
        return "due_before_start" if self.due_months_after == 0 and self.due_day < self.start_day else ""


class Occurrence(msgspec.Struct, frozen=True, order=True):
    """One time that the work comes.

    `key` names it within its rule for good, whatever becomes of its days: the day itself when weekly, else the first
    day of the month in which it starts.
    """

    key: dt.date
    start: dt.date
    due: dt.date


def occurrences(rule: Rule, due_from: dt.date, due_to: dt.date) -> list[Occurrence]:
    """Return the occurrences that are due from one day to another, both included, in the order of their keys.

    Whether one belongs to the rule is decided by its start day before it is moved off a bad day: the first is on or
    after `starts_on`, every `interval`-th week, month, quarter or year is counted from that first one, and none is
    after `ends_on`.

    >>> monthly = Rule(rhythm=Rhythm.MONTHLY, starts_on=dt.date(2026, 1, 31), start_day=31, due_day=31)
    >>> [each.due.isoformat() for each in occurrences(monthly, dt.date(2026, 2, 1), dt.date(2026, 4, 30))]
    ['2026-02-28', '2026-03-31', '2026-04-30']
    """
    found = []
    beyond = due_to + dt.timedelta(days=_LONGEST_ROW_OF_FREE_DAYS) if due_to.year < _LAST_YEAR else due_to
    for start in _starts(rule):
        if start > beyond or (rule.ends_on is not None and start > rule.ends_on):
            break
        if _is_long_before(_due(rule, start), due_from):
            continue
        each = _occurrence(rule, start)
        if due_from <= each.due <= due_to:
            found.append(each)
    return found


def find(rule: Rule, key: dt.date) -> Occurrence | None:
    """Return the occurrence of a key; None when the rule has none."""
    for start in _starts(rule):
        each_key = _key(rule, start)
        if each_key > key or (rule.ends_on is not None and start > rule.ends_on):
            return None
        if each_key == key:
            return _occurrence(rule, start)
    return None


def next_start(rule: Rule, day: dt.date) -> dt.date | None:
    """Return the first start day, before it is moved off a bad one, on or after a day; None when there is none left."""
    found = next((start for start in _starts(rule) if start >= day), None)
    return None if found is None or (rule.ends_on is not None and found > rule.ends_on) else found


def is_bad_day(day: dt.date, country: str) -> bool:
    """Return whether a day is a Saturday, a Sunday or a public holiday of a country.

    Source: the `holidays` library; a country that it does not know has weekends only.

    >>> is_bad_day(dt.date(2026, 2, 24), "EE"), is_bad_day(dt.date(2026, 2, 24), "FI")
    (True, False)
    """
    return day.weekday() >= SATURDAY or day in _holidays_of(country, day.year)


def moved(day: dt.date, bad_day: BadDay, country: str) -> dt.date:
    """Return a day as a rule wants it when it is a bad one: itself, or the nearest working day before or after.

    >>> moved(dt.date(2026, 6, 20), BadDay.AFTER, "EE").isoformat()
    '2026-06-22'
    >>> moved(dt.date(2027, 1, 1), BadDay.BEFORE, "EE").isoformat()
    '2026-12-31'
    """
    if bad_day is BadDay.KEEP:
        return day
    step = dt.timedelta(days=1 if bad_day is BadDay.AFTER else -1)
    while is_bad_day(day, country):
        day += step
    return day


def on_day(month: dt.date, day: int) -> dt.date:
    """Return a day of a month by its number; the last one where the month lacks it.

    >>> on_day(dt.date(2028, 2, 1), 30).isoformat()
    '2028-02-29'
    """
    following = _month(_number(month) + 1)
    return min(month.replace(day=1) + dt.timedelta(days=day - 1), following - dt.timedelta(days=1))


@lru_cache(maxsize=512)
def _holidays_of(country: str, year: int) -> frozenset[dt.date]:
    if country not in _known_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))


@lru_cache(maxsize=1)
def _known_countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def _starts(rule: Rule) -> Iterator[dt.date]:
    """Yield the start days before any is moved, in order, from the first on, to the end of the calendar."""
    return _weekly(rule) if rule.rhythm is Rhythm.WEEKLY else _by_month(rule)


def _weekly(rule: Rule) -> Iterator[dt.date]:
    days = sorted(set(rule.weekdays))
    monday = rule.starts_on - dt.timedelta(days=rule.starts_on.weekday())
    if monday + dt.timedelta(days=days[-1] - 1) < rule.starts_on:
        monday += dt.timedelta(days=7)  # the first week that has one: from it the weeks are counted
    while monday.year < _LAST_YEAR:
        for day in days:
            start = monday + dt.timedelta(days=day - 1)
            if start >= rule.starts_on:
                yield start
        monday += dt.timedelta(days=7 * rule.interval)


def _by_month(rule: Rule) -> Iterator[dt.date]:
    months = _MONTHS[rule.rhythm]
    first = _number(rule.starts_on) // months * months + rule.month_in_period - 1
    if on_day(_month(first), rule.start_day) < rule.starts_on:
        first += months
    for number in count(first, months * rule.interval):
        month = _month(number)
        if month.year >= _LAST_YEAR:
            return
        yield on_day(month, rule.start_day)


def _due(rule: Rule, start: dt.date) -> dt.date:
    """Return the due day before it is moved."""
    if rule.rhythm is Rhythm.WEEKLY:
        return start + dt.timedelta(days=rule.due_after_days)
    return on_day(_month(_number(start) + rule.due_months_after), rule.due_day)


def _is_long_before(day: dt.date, due_from: dt.date) -> bool:
    """Return whether a day cannot be moved as far as `due_from`: calendars of past years need not be asked."""
    return (due_from - day).days > _LONGEST_ROW_OF_FREE_DAYS


def _occurrence(rule: Rule, start: dt.date) -> Occurrence:
    return Occurrence(
        key=_key(rule, start),
        start=moved(start, rule.bad_day, rule.country),
        due=moved(_due(rule, start), rule.bad_day, rule.country),
    )


def _key(rule: Rule, start: dt.date) -> dt.date:
    return start if rule.rhythm is Rhythm.WEEKLY else start.replace(day=1)


def _number(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def _month(number: int) -> dt.date:
    return dt.date(number // 12, number % 12 + 1, 1)
