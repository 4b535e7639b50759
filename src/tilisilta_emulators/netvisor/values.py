"""Dates, numbers and flags as they stand on the wire.

Source: vendor sheet, section 2: requests have ISO dates (also without padding) and decimals with comma or point;
answers have a comma, and dates in two forms.
"""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from tilisilta_emulators.netvisor.errors import wrong

HELSINKI = ZoneInfo("Europe/Helsinki")
ZERO = Decimal(0)
CENT = Decimal("0.01")

# More decimals than anyone needs, as clients write binary floats out in full.
_DECIMAL = re.compile(r"-?\d{1,12}(?:[.,]\d{1,20})?\Z", re.ASCII)
_INTEGER = re.compile(r"\d{1,18}\Z", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z", re.ASCII)
_FINNISH = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\Z", re.ASCII)
_MOMENT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\Z", re.ASCII)


def cents(value: Decimal) -> Decimal:
    """Return `value` rounded half away from zero to two decimals."""
    return value.quantize(CENT, ROUND_HALF_UP)


def decimal(name: str, text: str) -> Decimal:
    """Return the number in `text`.

    Raises:
        Refused: It is none.

    """
    text = text.strip()
    if not _DECIMAL.match(text):
        raise wrong(name, text)
    return Decimal(text.replace(",", "."))


def integer(name: str, text: str, *, digits: int = 9) -> int:
    """Return the whole, not negative number in `text`.

    Raises:
        Refused: It is none, or has more than `digits`.

    """
    text = text.strip()
    if len(text) > digits or not _INTEGER.match(text):
        raise wrong(name, text)
    return int(text)


def day(name: str, text: str, *, finnish: bool = False) -> date:
    """Return the date in `text`; `finnish` also takes d.m.yyyy.

    Raises:
        Refused: It is none.

    """
    text = text.strip()
    found = _DAY.match(text)
    parts = (found[1], found[2], found[3]) if found else None
    if parts is None and finnish:
        found = _FINNISH.match(text)
        parts = (found[3], found[2], found[1]) if found else None
    if parts is None:
        raise wrong(name, text)
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        raise wrong(name, text) from None


def moment(name: str, text: str, *, end: bool = False) -> datetime:
    """Return the moment in `text`, a date or a date with time, in Finnish local time without zone.

    A date alone means its first second, or its last one with `end`.

    Raises:
        Refused: It is none.

    """
    found = _MOMENT.match(text.strip())
    if found is None:
        raise wrong(name, text)
    start = day(name, found[1])
    clock = (23, 59, 59) if end else (0, 0, 0)
    if found[2] is not None:
        clock = (int(found[2]), int(found[3]), int(found[4] or 0))
    try:
        return datetime(start.year, start.month, start.day, *clock)  # noqa: DTZ001  local time without zone
    except ValueError:
        raise wrong(name, text) from None


def flag(name: str, text: str) -> bool:
    """Return the boolean in `text`: 0, 1, true or false in any case.

    Raises:
        Refused: It is none.

    """
    match text.strip().lower():
        case "1" | "true":
            return True
        case "0" | "false":
            return False
    raise wrong(name, text)


def local(now: datetime) -> datetime:
    """Return a moment as Finnish local time without zone and without fractions."""
    return now.astimezone(HELSINKI).replace(tzinfo=None, microsecond=0)


def show_money(value: Decimal) -> str:
    """Return an amount with two decimals and a comma."""
    return f"{cents(value):.2f}".replace(".", ",")


def show_number(value: Decimal) -> str:
    """Return a number with as many decimals as it needs, and a comma."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace(".", ",")


def show_price(value: Decimal) -> str:
    """Return a unit price with its four decimals or more."""
    exponent = value.as_tuple().exponent
    places = max(4, -exponent) if isinstance(exponent, int) else 4
    return f"{value:.{places}f}".replace(".", ",")


def show_stamp(moment: datetime) -> str:
    """Return a moment as d.m.yyyy HH:MM:SS."""
    return f"{moment.day}.{moment.month}.{moment.year} {moment:%H:%M:%S}"


def show_day(value: date | None, *, finnish: bool = False) -> str:
    """Return a date as ISO, or as d.m.yyyy without padding; None as the empty text."""
    if value is None:
        return ""
    return f"{value.day}.{value.month}.{value.year}" if finnish else value.isoformat()
