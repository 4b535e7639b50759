"""What each wire field holds, and the lenient reading of what clients write into it.

Source: vendor sheet, section 7.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from tilisilta_emulators.scoro.errors import FieldError

CENT = Decimal("0.01")
ZERO = Decimal(0)
LARGEST = Decimal(10) ** 15
SMALLEST_EXPONENT = -12
EMPTY_DATES = ("", "0000-00-00", "0000-00-00 00:00:00")

MONEY = frozenset(
    [
        "sum",
        "vat_sum",
        "price",
        "buying_price",
        "cost",
        "paid_sum",
        "receivable_sum",
        "payment_fee",
        "prepayment_sum",
        "amount",
        "amount2",
        "vat",
        "discount",
        "discount2",
        "discount3",
        "percent",
        "prepayment_percent",
        "currency_rate",
        "depots_total_amount",
    ]
)
"""Decimal fields; on the wire a numeric string, or a number when the site says so."""
NULLABLE = frozenset(("vat", "discount2", "discount3", "amount2"))
"""Decimal fields that may be null."""
TEXT_IDS = frozenset(("account_id", "status_id", "language_id"))
DATES = frozenset(
    [
        "date",
        "deadline",
        "dateofpayment",
        "recognition_date",
        "birthday",
        "accounting_period_from",
        "accounting_period_to",
        "delivery_date",
        "shipment_date",
        "estimated_closing_date",
    ]
)
STAMPS = frozenset(("created_date", "modified_date", "deleted_date", "confirmed_date"))
FLAGS = frozenset(("no_discounts", "isActive"))
OBJECTS = frozenset(("names", "means_of_contact", "dates", "filter"))
ROWS = frozenset(("addresses", "address", "related_companies", "lines", "receipts"))
LISTS = frozenset(
    (
        *("tags", "contact_users", "product_accounts", "active_currencies", "fields", "owners", "actors", "phases"),
        *("project_users", "user_groups"),
    )
)
FREE = frozenset(("description", "description2", "depot_amounts", "custom_fields"))
"""Fields whose shape depends on where they are; their writers check it."""
STRUCTURED = OBJECTS | ROWS | LISTS | {"depot_amounts", "custom_fields"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def rounded(value: Decimal) -> Decimal:
    """Round to cents, half away from zero.

    Raises:
        FieldError: more digits than a Decimal carries.
    """
    try:
        return value.quantize(CENT, rounding=ROUND_HALF_UP)
    except InvalidOperation:
        raise FieldError("is out of range") from None


def plain(value: Decimal) -> str:
    """A decimal as the wire writes it: at least two places, never an exponent.

    >>> plain(Decimal("2")), plain(Decimal("0.1250")), plain(Decimal("1E+3"))
    ('2.00', '0.125', '1000.00')
    """
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -2:
        return f"{value:.2f}"
    return f"{value.normalize():f}"


def decimal(value: object) -> Decimal:
    """Read a number or numeric string.

    Raises:
        FieldError: not a finite number.
    """
    if isinstance(value, bool):
        raise FieldError("must be a number")
    if value is None or value == "":
        return ZERO
    try:
        number = Decimal(str(value).replace(",", ".").strip())
    except InvalidOperation:
        raise FieldError("must be a number") from None
    if not number.is_finite():
        raise FieldError("must be a number")
    if number.adjusted() > LARGEST.adjusted():
        raise FieldError("is out of range")  # before arithmetic, which an exponent of millions overflows
    exponent = number.as_tuple().exponent
    if abs(number) >= LARGEST or not isinstance(exponent, int) or exponent < SMALLEST_EXPONENT:
        raise FieldError("is out of range")
    return number


def money(value: object) -> str:
    return plain(decimal(value))


def maybe_money(value: object) -> str | None:
    """Read a decimal that a row may lack: null and empty are none."""
    return None if value is None or value == "" else money(value)


def identifier(value: object) -> int:
    """Read an id; `0`, `"0"`, empty and null mean none."""
    if value is None or value == "":
        return 0
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        try:
            return int(value)
        except ValueError:
            pass
    raise FieldError("must be an ID")


def id_list(value: object) -> list[int]:
    if value is None or value in ("", 0):
        return []
    return [identifier(each) for each in value] if isinstance(value, list) else [identifier(value)]


def flag(value: object) -> int:
    """Read 0 or 1 in any of the forms met: number, text, true and false."""
    if value is None or value == "":
        return 0
    known = {"0": 0, "1": 1, "false": 0, "true": 1, "0.0": 0, "1.0": 1}.get(str(value).lower())
    if known is None:
        raise FieldError("must be 0 or 1")
    return known


@lru_cache(maxsize=4096)
def _day(text: str) -> str:
    if not _DAY.match(text):
        raise FieldError("must be a date in YYYY-mm-dd format")
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        raise FieldError("must be a date in YYYY-mm-dd format") from None
    return text[:10]


def day(value: object) -> str | None:
    """Read a date; a time part is dropped (whether the vendor honours it is unknown)."""
    if value is None or value in EMPTY_DATES:
        return None
    if not isinstance(value, str):
        raise FieldError("must be a date in YYYY-mm-dd format")
    return _day(value)


def stamp(value: object) -> str | None:
    if value is None or value in EMPTY_DATES:
        return None
    day(value)
    return str(value)


def text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise FieldError("must be text")
    return f"{decimal(value):f}" if isinstance(value, Decimal) else str(value)


def anything(value: object) -> Any:
    return value


def listed(value: object) -> list[Any] | None:
    """Read an array; null is none."""
    if value is None or isinstance(value, list):
        return value
    raise FieldError("must be an array")


def objects(value: object) -> list[Any] | None:
    """Read an array of objects; null is none."""
    rows = listed(value)
    if all(isinstance(row, dict) for row in rows or []):
        return rows
    raise FieldError("must be an array of objects")


def mapped(value: object) -> dict[str, Any] | None:
    """Read an object; null is none, and so is an empty array, which is how PHP writes an empty object."""
    if value is None or value == []:
        return None
    if isinstance(value, dict):
        return value
    raise FieldError("must be an object")


Reader = Callable[[object], Any]
_READERS: tuple[tuple[frozenset[str], Reader], ...] = (
    (NULLABLE, maybe_money),
    (MONEY, money),
    (FREE, anything),
    (OBJECTS, mapped),
    (ROWS, objects),
    (LISTS, listed),
    (DATES, day),
    (STAMPS, stamp),
    (FLAGS, flag),
)


def reader(name: str, id_lists: frozenset[str] = frozenset()) -> Reader:
    """Return the function that reads a written value of the field `name`."""
    if name in id_lists:
        return id_list
    for names, read in _READERS:
        if name in names:
            return read
    if name.startswith("is_"):
        return flag
    return identifier if name == "id" or (name.endswith("_id") and name not in TEXT_IDS) else text


def check_digit_731(number: str) -> str:
    """Append the 7-3-1 check digit of Estonian and Finnish payment references.

    >>> check_digit_731("2026014")
    '20260147'
    """
    total = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(number)))
    return f"{number}{-total % 10}"
