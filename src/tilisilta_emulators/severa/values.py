"""Values on the wire: what text or JSON becomes, and how moments and amounts are written."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from tilisilta_emulators.severa.contract import Type, contract

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
_LARGEST = Decimal(10) ** 15
_INT64 = 2**63
GUID = re.compile(r"^\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


class WrongValue(Exception):
    """The value does not fit its type; the text says how."""


def money(amount: Decimal) -> Decimal:
    """Round half away from zero to cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def stamp(moment: datetime | None) -> str | None:
    """Write a moment as the API does: UTC, seconds, `Z`."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_guid(text: object) -> bool:
    """Tell whether `text` has the form of a guid."""
    return isinstance(text, str) and GUID.match(text) is not None


def fold_guid(text: str) -> str:
    """Return a guid in its usual form: lower case, with dashes, without braces."""
    bare = text.strip("{}").replace("-", "").lower()
    return f"{bare[:8]}-{bare[8:12]}-{bare[12:16]}-{bare[16:20]}-{bare[20:]}"


def parse_moment(text: str) -> datetime:
    """Read a date or date-time; without zone it is UTC.

    Raises:
        WrongValue: Not a moment of the calendar.

    """
    # A literal plus arrives as a space when a client forgot to encode it; the vendor does not mend that.
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongValue(f"{text!r} is not a valid date-time") from None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise WrongValue(f"{text!r} is not a valid date-time") from None


def parse_date(text: str) -> date:
    """Read a date; a date-time gives its day as written.

    Raises:
        WrongValue: Not a day of the calendar.

    """
    try:
        return date.fromisoformat(text) if _DATE.match(text) else datetime.fromisoformat(text).date()
    except ValueError:
        raise WrongValue(f"{text!r} is not a valid date") from None


def midnight(day: date) -> datetime:
    """Return the first moment of `day` in UTC."""
    return datetime.combine(day, time(), UTC)


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise WrongValue("a number is expected")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise WrongValue(f"{str(value)[:40]!r} is not a number") from None
    if not number.is_finite() or abs(number) >= _LARGEST or (number and number.adjusted() < -12):
        raise WrongValue("the number is out of range")
    return number


def _whole(value: object) -> int:
    number = _number(value)
    if number != number.to_integral_value() or abs(number) >= _INT64:
        raise WrongValue("a whole number is expected")
    return int(number)


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    raise WrongValue("true or false is expected")


def _text(value: object, kind: Type) -> str:
    if isinstance(value, dict | list):
        raise WrongValue("a string is expected")
    text = value if isinstance(value, str) else str(value)
    if kind.longest is not None and len(text) > kind.longest:
        raise WrongValue(f"at most {kind.longest} characters are allowed")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise WrongValue("the text is not valid Unicode") from None
    return text


def _choice(value: object, name: str) -> str:
    names = contract().enums[name]
    if isinstance(value, str):
        for choice in names:
            if choice.lower() == value.strip().lower():
                return choice
    raise WrongValue(f"{str(value)[:40]!r} is not one of {', '.join(names)}")


def scalar(value: object, kind: Type) -> Any:
    """Turn one value (JSON or query text) into what its type means.

    Numbers become Decimal or int, dates date, moments datetime in UTC, enum names their own spelling.

    Raises:
        WrongValue: It does not fit.

    """
    if kind.name == "string":
        return _text(value, kind)
    if kind.name in {"date", "datetime"}:
        return (parse_date if kind.name == "date" else parse_moment)(_text(value, kind))
    reader = _READERS.get(kind.name)
    return reader(value) if reader else _choice(value, kind.name)


_READERS: dict[str, Callable[[object], Any]] = {"number": _number, "int": _whole, "bool": _truth}
