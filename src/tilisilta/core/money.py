"""Amounts: the one place that rounds.

Amounts are `Decimal` beside a currency that stands once on the document. The store keeps them as whole
minor units, because SQLite adds decimals as floats.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision

ZERO = Decimal(0)


@lru_cache(maxsize=256)
def _quantum(currency: str) -> Decimal:
    return Decimal(1).scaleb(-get_currency_precision(currency))


def round_amount(amount: Decimal, currency: str = "EUR") -> Decimal:
    """Return `amount` rounded half away from zero to the currency's minor unit.

    Source: ISO 4217 minor units by way of CLDR; half away from zero is what both tax boards' examples show.

    >>> round_amount(Decimal("2.345"))
    Decimal('2.35')
    >>> round_amount(Decimal("-2.345"))
    Decimal('-2.35')
    >>> round_amount(Decimal("100.5"), "JPY")
    Decimal('101')
    """
    return amount.quantize(_quantum(currency), rounding=ROUND_HALF_UP)


def amount_minor(amount: Decimal, currency: str = "EUR") -> int:
    """Return `amount` in whole minor units of its currency (cents), rounded first.

    >>> amount_minor(Decimal("124.00"))
    12400
    """
    quantum = _quantum(currency)
    return int(amount.quantize(quantum, rounding=ROUND_HALF_UP) / quantum)


def amount_from_minor(minor: int, currency: str = "EUR") -> Decimal:
    """Return the amount that `minor` whole minor units are.

    >>> amount_from_minor(12400)
    Decimal('124.00')
    """
    return Decimal(minor) * _quantum(currency)


def minor_unit(currency: str = "EUR") -> Decimal:
    """Return the smallest step of a currency: 0.01 for EUR, 1 for JPY."""
    return _quantum(currency)


def vat_amount(net: Decimal, rate: Decimal, currency: str = "EUR") -> Decimal:
    """Return the VAT on `net` at `rate` percent, rounded to the minor unit.

    Source: EN 16931-1, rule BR-CO-17.

    >>> vat_amount(Decimal("10.02"), Decimal("24"))
    Decimal('2.40')
    """
    return round_amount(net * rate / 100, currency)
