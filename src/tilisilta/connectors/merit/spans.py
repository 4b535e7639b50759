"""Long stretches of days cut into what one call may ask for."""

import datetime as dt
from collections.abc import Iterator

from tilisilta.connectors.merit import assumptions
from tilisilta.core.period import ONE_DAY, last_day_of_month


def _after_months(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months later, or the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = dt.date(year, month + 1, 1)
    return min(first.replace(day=min(day.day, last_day_of_month(first).day)), last_day_of_month(first))


def list_spans(first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield spans of at most three months, a day short of it, so that no reading of "three months" is overstepped.

    >>> [(a.isoformat(), b.isoformat()) for a, b in list_spans(dt.date(2025, 11, 30), dt.date(2026, 5, 29))]
    [('2025-11-30', '2026-02-27'), ('2026-02-28', '2026-05-27'), ('2026-05-28', '2026-05-29')]
    """
    while first <= last:
        end = min(last, _after_months(first, assumptions.LIST_MONTHS) - ONE_DAY)
        yield first, end
        first = end + ONE_DAY


def full_ledger_spans(first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield spans of at most 31 days, cut at the ends of months, both days included.

    >>> [(a.isoformat(), b.isoformat()) for a, b in full_ledger_spans(dt.date(2026, 1, 15), dt.date(2026, 3, 1))]
    [('2026-01-15', '2026-01-31'), ('2026-02-01', '2026-02-28'), ('2026-03-01', '2026-03-01')]
    """
    while first <= last:
        end = min(last, last_day_of_month(first), first + ONE_DAY * (assumptions.FULL_LEDGER_DAYS - 1))
        yield first, end
        first = end + ONE_DAY
