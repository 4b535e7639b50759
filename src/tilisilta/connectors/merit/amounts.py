"""Figures of a row whose product is exactly its net, however the vendor rounds; and the VAT that its rows add up to."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import msgspec

from tilisilta.connectors.merit import assumptions
from tilisilta.core.documents import Invoice, InvoiceLine
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import LineDraft
from tilisilta.core.money import ZERO, minor_unit, round_amount, vat_amount

ONE = Decimal(1)
HUNDRED = Decimal(100)


class Figures(msgspec.Struct, frozen=True):
    """Quantity, net price and discount in percent of a row."""

    quantity: Decimal
    price: Decimal
    discount: Decimal = ZERO


def figures_of(line: InvoiceLine, currency: str) -> Figures:
    """Return figures whose product is the net of the line; a price is never negative, a quantity may be.

    The line's own are kept when they multiply to it and have no more decimals than the wire; else the price is worked
    back from the net, and where no price does it, the row becomes one piece at its net. Whether the vendor rounds half
    away from zero or half to even is not known, so that a product that the two would round differently is worked back
    too.
    """
    found = _figures_of(line, currency)
    return Figures(-found.quantity, -found.price, found.discount) if found.price < 0 else found


def _figures_of(line: InvoiceLine, currency: str) -> Figures:
    quantity, price, discount = line.quantity, line.unit_price, line.discount_percent
    own = Figures(quantity, price, discount)
    if quantity and _fits(quantity, assumptions.QUANTITY_DECIMALS):
        if _fits(price, assumptions.PRICE_DECIMALS) and _gives(own, line.net, currency):
            return own
        worked = Figures(quantity, _worked_back(line.net, quantity, currency))
        if _gives(worked, line.net, currency):
            return worked
    return Figures(ONE, line.net)


def _fits(number: Decimal, decimals: int) -> bool:
    return number == number.quantize(ONE.scaleb(-decimals), rounding=ROUND_HALF_UP)


def _gives(figures: Figures, net: Decimal, currency: str) -> bool:
    product = figures.quantity * figures.price
    if figures.discount:
        product = product * (HUNDRED - figures.discount) / HUNDRED
    step = minor_unit(currency)
    return product.quantize(step, ROUND_HALF_UP) == net == product.quantize(step, ROUND_HALF_EVEN)


def _worked_back(net: Decimal, quantity: Decimal, currency: str) -> Decimal:
    price = (net / quantity).quantize(ONE.scaleb(-assumptions.PRICE_DECIMALS), rounding=ROUND_HALF_UP)
    short = price.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)
    return short if short * quantity == net else price.normalize()


class VatSums(msgspec.Struct, frozen=True):
    """VAT by tax id as Merit counts it, row by row, and what the document's own VAT differs from it."""

    by_tax: dict[str, Decimal]
    difference: Decimal


def vat_sums(invoice: Invoice, rows: Iterable[LineDraft]) -> VatSums:
    """Return the sums of VAT that go with the rows.

    Merit rejects sums that do not follow from rows rounded one by one, while documents may count VAT on the whole. The
    cents between the two go as rounding, so that the total stays the document's.

    Raises:
        Unsupported: VAT_NOT_BY_ROWS when the difference is more than rounding can explain.

    """
    sums: dict[str, Decimal] = {}
    count = 0
    for row in rows:
        count += 1
        amount = vat_amount(round_amount(row.line.net, invoice.currency), row.line.vat_rate, invoice.currency)
        sums[row.vat_code] = sums.get(row.vat_code, ZERO) + amount
    difference = invoice.vat - sum(sums.values(), ZERO)
    if abs(difference) > assumptions.VAT_DIFFERENCE_PER_ROW * count:
        raise Unsupported("VAT_NOT_BY_ROWS", field="vat", value=str(invoice.vat), by_rows=str(sum(sums.values(), ZERO)))
    return VatSums(sums, difference)
