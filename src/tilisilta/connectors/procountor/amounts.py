"""Amounts of invoice rows as Procountor reckons them: quantity times price less discount, VAT by row.

Its total follows from the rows, so that each row must multiply to its own net (vendor sheet section 4.3).
"""

from decimal import ROUND_HALF_UP, Decimal

import msgspec

from tilisilta.connectors.procountor import assumptions
from tilisilta.core.documents import Invoice, InvoiceLine, LineKind
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft
from tilisilta.core.money import ZERO, round_amount, vat_amount
from tilisilta.core.vat.treatment import VatTreatment

ONE = Decimal(1)
HUNDRED = Decimal(100)
# The seller charges the tax on these; every other status takes 0 % (section 7).
CHARGED = frozenset({None, VatTreatment.DOMESTIC})


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """What multiplies to a row's net."""

    price: Decimal
    quantity: Decimal
    discount: Decimal


def money_lines(draft: InvoiceDraft) -> list[LineDraft]:
    """Return the rows that carry amounts."""
    return [each for each in draft.lines if each.line.kind is not LineKind.TEXT]


def sign_of(invoice: Invoice) -> Decimal:
    """Return the sign of a document's quantities and totals."""
    return assumptions.CREDIT_SIGN if invoice.is_credit_note else ONE


def percent_of(rate: Decimal | None, treatment: VatTreatment | None) -> Decimal:
    """Return the percentage that Procountor shall reckon with: none where the seller charges no tax.

    >>> percent_of(Decimal("25.5"), None), percent_of(Decimal("25.5"), VatTreatment.CONSTRUCTION_REVERSE_CHARGE)
    (Decimal('25.5'), Decimal('0'))
    """
    return rate if rate is not None and treatment in CHARGED else ZERO


def row_percent(line: InvoiceLine, currency: str) -> Decimal:
    """Return the percentage of a row. A rate beside which the document charges nothing is no rate here."""
    percent = percent_of(line.vat_rate, line.vat_treatment)
    charges_nothing = line.vat is not None and not line.vat and vat_amount(line.net, percent, currency)
    return ZERO if charges_nothing else percent


def priced(line: InvoiceLine, currency: str) -> Priced:
    """Return price, quantity and discount whose product is the net of the row to the cent.

    The row's own figures are kept when they multiply to its net; else the price is worked back from the net, and where
    no price of a bearable length does it, the row becomes one piece at its net.
    """
    quantity, price, discount = line.quantity, line.unit_price, line.discount_percent
    if quantity and round_amount(price * quantity * (HUNDRED - discount) / HUNDRED, currency) == line.net:
        return Priced(price=price, quantity=quantity, discount=discount)
    share = (HUNDRED - discount) / HUNDRED
    for each in (discount, ZERO) if share else (ZERO,):
        found = _worked_back(line, each, currency)
        if found is not None:
            return found
    return Priced(price=line.net, quantity=ONE, discount=ZERO)


def _worked_back(line: InvoiceLine, discount: Decimal, currency: str) -> Priced | None:
    if not line.quantity:
        return None
    share = (HUNDRED - discount) / HUNDRED
    price = (line.net / line.quantity / share).quantize(ONE.scaleb(-assumptions.PRICE_DECIMALS), rounding=ROUND_HALF_UP)
    if round_amount(price * line.quantity * share, currency) != line.net:
        return None
    return Priced(price=plain(price), quantity=line.quantity, discount=discount)


def total_of(draft: InvoiceDraft) -> Decimal:
    """Return the signed total that the invoice shall have in Procountor, rounding included."""
    return (draft.invoice.gross + draft.invoice.rounding) * sign_of(draft.invoice)


def plain(number: Decimal) -> Decimal:
    """Return a number without trailing zeros or exponent.

    >>> plain(Decimal("10.00000000")), plain(Decimal("100"))
    (Decimal('10'), Decimal('100'))
    """
    whole = number.to_integral_value()
    return whole.quantize(ONE) if number == whole else number.normalize()


def text_of(number: Decimal) -> str:
    """Return a percentage as people write it: 25.5, 10, 0.

    >>> text_of(Decimal("25.50")), text_of(Decimal("10"))
    ('25.5', '10')
    """
    return f"{plain(number):f}"
