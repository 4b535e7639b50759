"""Dates, amounts and numbers as the vendor reads and writes them; section 3 of the sheet."""

import re
from calendar import monthrange
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
ONE = Decimal(1)
RATE_ONE = Decimal("1.0000000")
HUNDRED = Decimal(100)
LARGEST = Decimal(10) ** 12
ZERO_GUID = "00000000-0000-0000-0000-000000000000"
NEVER = "1901-01-01T00:00:00"
_DIGITS = re.compile(r"\d{8}(?:\d{4}(?:\d{2})?)?\Z", re.ASCII)
_ISO = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?\Z", re.ASCII)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII)
_WEIGHTS = (7, 3, 1)


def cents(value: Decimal) -> Decimal:
    """Round to the cent, half away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def bankers(value: Decimal) -> Decimal:
    """Round to the cent, half to even; which of the two the vendor does is unknown, so both are taken."""
    return value.quantize(CENT, ROUND_HALF_EVEN)


@lru_cache(maxsize=8192)
def read_day(text: str) -> date:
    """Return the day of `yyyyMMdd` with or without `HHmm` or `HHmmss`, or of an ISO date.

    >>> read_day("20260416"), read_day("20260416121500") == read_day("2026-04-16T12:15:00")
    (datetime.date(2026, 4, 16), True)

    Raises:
        ValueError: It is none.
    """
    if _DIGITS.match(text):
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    found = _ISO.match(text)
    if found is None:
        raise ValueError(text)
    return date(int(found[1]), int(found[2]), int(found[3]))


@lru_cache(maxsize=8192)
def show_day(day: date) -> str:
    """Return a date as answers carry it: with a midnight and no zone."""
    return f"{day.isoformat()}T00:00:00"


def show_moment(moment: datetime) -> str:
    """Return a moment as answers carry it: local, to the second, no zone."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def is_guid(text: str) -> bool:
    """Return whether `text` is a GUID in lower case."""
    return _GUID.match(text) is not None


@lru_cache(maxsize=4096)
def named_guid(name: str) -> str:
    """Return the GUID that a name always gets, as stock rows have in every company."""
    return str(uuid5(NAMESPACE_URL, f"merit:{name}"))


def reference_number(number: str | None) -> str | None:
    """Return the number with its 7-3-1 check digit; None when it is not all digits.

    >>> reference_number("15"), reference_number("1121"), reference_number("2026001"), reference_number("KALA00009")
    ('152', '11219', '20260011', None)
    """
    if not number or not number.isascii() or not number.isdigit() or len(number) > 19:
        return None
    total = sum(int(digit) * _WEIGHTS[at % 3] for at, digit in enumerate(reversed(number)))
    return f"{number}{-total % 10}"


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the month's last day.

    >>> add_months(date(2025, 11, 30), 3)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year >= date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    month += 1
    return date(year, month, min(day.day, last_day(year, month)))


def last_day(year: int, month: int) -> int:
    """Return how many days a month has."""
    return monthrange(year, month)[1]
