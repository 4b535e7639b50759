"""Which days of a vendor's list are known, so that each is asked for once while only we add to it."""

import datetime as dt
from collections.abc import Iterable

ONE_DAY = dt.timedelta(days=1)
# Documents whose dates lie no further apart than this are looked for in one range.
DAYS_BETWEEN = 5
MOST_RANGES = 10


def date_ranges(dates: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Return the ranges in which documents of these dates are looked for, few and short.

    >>> date_ranges([dt.date(2026, 1, 1), dt.date(2026, 1, 4), dt.date(2026, 6, 1)])
    [(datetime.date(2026, 1, 1), datetime.date(2026, 1, 4)), (datetime.date(2026, 6, 1), datetime.date(2026, 6, 1))]
    """
    ranges: list[tuple[dt.date, dt.date]] = []
    for day in sorted(set(dates)):
        if ranges and (day - ranges[-1][1]).days <= DAYS_BETWEEN:
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    if len(ranges) > MOST_RANGES:
        return [(ranges[0][0], ranges[-1][1])]
    return ranges


class KnownDays:
    """The days that were listed whole."""

    def __init__(self) -> None:
        self._days: set[dt.date] = set()

    def unread(self, days: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
        """Return the ranges that must be listed to know these days."""
        return date_ranges(day for day in days if day not in self._days)

    def note(self, first: dt.date, last: dt.date) -> None:
        """A range was listed whole."""
        self._days.update(first + ONE_DAY * at for at in range((last - first).days + 1))
