"""Rounding and the totals of an invoice.

Source: vendor sheet, section 4.3. Which step rounds is unknown: option `rounding`.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)


def cents(amount: Decimal) -> Decimal:
    """Round half away from zero to two decimals.

    >>> cents(Decimal("-0.005"))
    Decimal('-0.01')
    """
    return amount.quantize(_CENT, ROUND_HALF_UP)


class RowSum(msgspec.Struct):
    """Net and VAT of one invoice row in the invoice's currency, two decimals."""

    net: Decimal
    vat: Decimal


class Sums(msgspec.Struct):
    """Totals of an invoice in its currency and in the company's."""

    net: Decimal
    vat: Decimal
    home_net: Decimal
    home_vat: Decimal

    @property
    def gross(self) -> Decimal:
        """Amount to pay in the invoice's currency."""
        return self.net + self.vat

    @property
    def home_gross(self) -> Decimal:
        """Amount to pay in the company's currency."""
        return self.home_net + self.home_vat


def row_sums(data: dict[str, Any], *, by_total: bool) -> tuple[list[RowSum], Decimal, Decimal]:
    """Return the sums of each row and net and VAT of the whole.

    Args:
        data: A checked invoice.
        by_total: Whether the whole is rounded once from exact rows, else from rounded rows.

    """
    header = 1 - data.get("discountPercent", 0) / _HUNDRED
    inclusive = data["extraInfo"]["unitPricesIncludeVat"]
    rows: list[RowSum] = []
    exact_net = exact_vat = Decimal(0)
    for row in data["invoiceRows"]:
        share = row["vatPercent"] / _HUNDRED
        amount = row["quantity"] * row["unitPrice"] * (1 - row["discountPercent"] / _HUNDRED) * header
        if inclusive:
            net = amount / (1 + share)
            vat = amount - net
            row_net = cents(net)
            rows.append(RowSum(row_net, cents(amount) - row_net))
        else:
            net, vat = amount, amount * share
            row_net = cents(net)
            rows.append(RowSum(row_net, cents(row_net * share)))
        exact_net += net
        exact_vat += vat
    if by_total:
        return rows, cents(exact_net), cents(exact_vat)
    return rows, sum((row.net for row in rows), ZERO), sum((row.vat for row in rows), ZERO)


def to_home(amount: Decimal, rate: Decimal) -> Decimal:
    """Return an amount in the company's currency; `rate` is foreign units per home unit."""
    return amount if rate == 1 else cents(amount / rate)
