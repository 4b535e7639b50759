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
STRUCTURED = frozenset(
    [
        "lines",
        "receipts",
        "custom_fields",
        "addresses",
        "address",
        "means_of_contact",
        "tags",
        "contact_users",
        "related_companies",
        "names",
        "depot_amounts",
        "dates",
        "product_accounts",
        "active_currencies",
        "fields",
        "owners",
        "actors",
        "phases",
        "project_users",
        "user_groups",
    ]
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def rounded(value: Decimal) -> Decimal:
    """Round to cents, half away from zero."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


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
    return number


def money(value: object) -> str:
    return plain(decimal(value))


def identifier(value: object) -> int:
    """Read an id; `0`, `"0"`, empty and null mean none."""
    if value is None or value == "":
        return 0
    if isinstance(value, (int, str)):
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
    if value in (0, 1, "0", "1"):
        return int(str(int(value)) if isinstance(value, (bool, int)) else str(value))
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return int(value.lower() == "true")
    if value is None or value == "":
        return 0
    raise FieldError("must be 0 or 1")


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
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise FieldError("must be text")
    return str(value)


def anything(value: object) -> Any:
    return value


Reader = Callable[[object], Any]
_READERS: tuple[tuple[frozenset[str], Reader], ...] = (
    (MONEY, money),
    (STRUCTURED | {"description", "description2"}, anything),
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
