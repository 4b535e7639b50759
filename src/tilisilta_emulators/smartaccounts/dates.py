"""Dates as SmartAccounts writes them: dd.MM.yyyy, and dd.MM.yyyy_HH:mm:ss in filters, Estonian time."""

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

TALLINN = ZoneInfo("Europe/Tallinn")
_DATE = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})\Z")
_MOMENT = re.compile(r"(\d{2}\.\d{2}\.\d{4})_(\d{2}):(\d{2}):(\d{2})\Z")


@lru_cache(maxsize=8192)
def parse_date(text: str) -> date:
    """Read dd.MM.yyyy.

    Raises:
        ValueError: Another format, or no such day.
    """
    found = _DATE.match(text)
    if found is None:
        raise ValueError(text)
    return date(int(found[3]), int(found[2]), int(found[1]))


def parse_moment(text: str, *, end: bool) -> datetime:
    """Read a filter bound into naive Estonian time; a plain date means its first, or with `end` last second.

    Raises:
        ValueError: Neither dd.MM.yyyy_HH:mm:ss nor dd.MM.yyyy.
    """
    found = _MOMENT.match(text)
    if found is None:
        return datetime.combine(parse_date(text), time(23, 59, 59) if end else time())
    return datetime.combine(parse_date(found[1]), time(int(found[2]), int(found[3]), int(found[4])))


@lru_cache(maxsize=8192)
def show_date(value: date) -> str:
    """Write dd.MM.yyyy."""
    return f"{value.day:02}.{value.month:02}.{value.year:04}"


def local(moment: datetime) -> datetime:
    """Return an aware moment as naive Estonian time in whole seconds, as the vendor keeps and compares it."""
    return moment.astimezone(TALLINN).replace(tzinfo=None, microsecond=0)


def possible_moments(naive: datetime) -> tuple[datetime, datetime]:
    """Return what a naive Estonian time can mean in UTC: two moments in the hour that autumn repeats."""
    return (
        naive.replace(tzinfo=TALLINN, fold=0).astimezone(UTC),
        naive.replace(tzinfo=TALLINN, fold=1).astimezone(UTC),
    )
