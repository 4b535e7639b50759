"""Reading loose wire values: numbers that come as text, ids that come as 0, empty dates.

Decode JSON with `float_hook=Decimal` (see `loose_decoder`), so that no amount ever passes through a binary float.
"""

import datetime as dt
import html
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec

from tilisilta.core.errors import BadInput

T = TypeVar("T")
ZERO = Decimal(0)
ONE = Decimal(1)
MOST_DIGITS = 27  # what decimal arithmetic keeps exactly


def loose_decoder(shape: type[T]) -> msgspec.json.Decoder[T]:
    """Return a JSON decoder whose untyped numbers become int or exact Decimal."""
    return msgspec.json.Decoder(shape, float_hook=Decimal)


def text(value: Any) -> str:
    """Return a value as trimmed text; None, False and containers are empty."""
    if value is None or value is False or isinstance(value, dict | list):
        return ""
    return value.strip() if isinstance(value, str) else str(value)


def plain(value: Any) -> str:
    """Return text that may be HTML-escaped, unescaped once."""
    found = text(value)
    return html.unescape(found) if "&" in found else found


def identity(value: Any) -> str:
    """Return an id as text; 0, "0", null and negative ids (a vendor's "none") are empty."""
    found = text(value)
    return "" if found in {"", "0", "-1"} else found


def decimal(value: Any, field: str = "") -> Decimal:
    """Return an exact number; null and empty text are 0.

    Raises:
        BadInput: UNREADABLE with the field and the value.

    """
    found = maybe_decimal(value, field)
    return ZERO if found is None else found


def maybe_decimal(value: Any, field: str = "") -> Decimal | None:
    """Return an exact number in its shortest form, or None for null and empty text.

    One form for "200.00", "200" and 200.0, so that a vendor who writes a number another way today has not changed it.
    """
    if isinstance(value, Decimal):
        number = value
    elif value is None or value is False or value == "":
        return None
    elif isinstance(value, int):
        return Decimal(value)
    else:
        try:
            number = Decimal(str(value).strip().replace("\u00a0", "").replace(" ", "").replace(",", "."))
        except InvalidOperation:
            raise BadInput(field=field, value=str(value)[:80], rule="number") from None
    if not number.is_finite() or number.adjusted() > MOST_DIGITS or len(number.as_tuple().digits) > MOST_DIGITS:
        raise BadInput(field=field, value=str(value)[:80], rule="number")
    return shortest(number)


def shortest(number: Decimal) -> Decimal:
    """Return the same number without trailing zeros, exponent or minus before zero.

    >>> shortest(Decimal("200.00")), shortest(Decimal("2.50")), shortest(Decimal("-0.00"))
    (Decimal('200'), Decimal('2.5'), Decimal('0'))
    """
    if not number:
        return ZERO
    if number == number.to_integral_value():
        return number.quantize(ONE)
    return number.normalize()


def date(value: Any, field: str = "", pattern: str = "") -> dt.date | None:
    """Return a date from `YYYY-mm-dd...` (or from `pattern`); null, empty and `0000-00-00` are None.

    Raises:
        BadInput: UNREADABLE with the field and the value.

    """
    found = text(value)
    if not found or found.startswith("0000-00-00"):
        return None
    try:
        if pattern:
            return dt.datetime.strptime(found[:10], pattern).date()  # noqa: DTZ007  a date has no zone
        return dt.date.fromisoformat(found[:10])
    except ValueError:
        raise BadInput(field=field, value=found[:80], rule="date") from None


def flag(value: Any) -> bool:
    """Return a truth that may come as 0/1, "0"/"1", true/false or text."""
    return text(value).lower() in {"1", "true", "yes", "jah"}


def items(value: Any) -> list[Any]:
    """Return a list; PHP's empty shapes (null, {}, "") and lists written as objects too."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return []
