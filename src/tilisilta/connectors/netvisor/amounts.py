"""Amounts of invoice rows as Netvisor shall have them: VAT of each row, adding up to what the document says."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from tilisilta.connectors.netvisor import assumptions, vat_codes
from tilisilta.core.documents import Invoice, LineKind
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft
from tilisilta.core.money import ZERO, minor_unit, round_amount, vat_amount

ONE = Decimal(1)
HUNDRED = Decimal(100)


def money_lines(draft: InvoiceDraft) -> list[LineDraft]:
    """Return the rows that carry amounts."""
    return [each for each in draft.lines if each.line.kind is not LineKind.TEXT]


def row_vats(invoice: Invoice, rows: Sequence[LineDraft]) -> list[Decimal]:
    """Return the VAT of each row. They add up to the document's VAT.

    A row's own VAT is taken where every row has one; else it is computed. The cents by which rounding each row differs
    from rounding the document go to the row with the most VAT.

    Raises:
        Unsupported: The difference is more than rounding explains.

    """
    if all(each.line.vat is not None for each in rows):
        vats = [each.line.vat or ZERO for each in rows]
    else:
        vats = [_computed(each, invoice.currency) for each in rows]
    difference = round_amount(invoice.vat, invoice.currency) - sum(vats, ZERO)
    if not difference:
        return vats
    # Rows of a cent or two may each round to no VAT and still have some together.
    taxed = [index for index, vat in enumerate(vats) if vat or _bears_vat(rows[index])]
    if not taxed or abs(difference) > minor_unit(invoice.currency) * len(rows):
        raise Unsupported(field="vat", rule="the VAT of the rows is not that of the document", value=str(difference))
    vats[max(taxed, key=lambda index: (abs(vats[index]), abs(rows[index].line.net)))] += difference
    return vats


def _bears_vat(each: LineDraft) -> bool:
    return bool(each.line.vat_rate and each.line.net) and vat_codes.charges_vat(each.vat_code)


def _computed(each: LineDraft, currency: str) -> Decimal:
    if not vat_codes.charges_vat(each.vat_code):
        return ZERO
    return vat_amount(each.line.net, each.line.vat_rate, currency)


def priced(each: LineDraft, currency: str) -> tuple[Decimal, Decimal, Decimal]:
    """Return price, quantity and discount whose product is the net of the row to the cent.

    The row's own figures are kept when they multiply to its net; else the price is worked back from the net, and where
    no price of a bearable length does it, the row becomes one piece at its net. The price is never negative.
    """
    line = each.line
    quantity, price, discount = line.quantity, line.unit_price, line.discount_percent
    if price < 0:
        quantity, price = -quantity, -price
    if quantity and round_amount(price * quantity * (HUNDRED - discount) / HUNDRED, currency) == line.net:
        return price, quantity, discount
    if quantity:
        price = (line.net / quantity).quantize(ONE.scaleb(-assumptions.PRICE_DECIMALS), rounding=ROUND_HALF_UP)
        if round_amount(price * quantity, currency) == line.net:
            price, quantity = (price, quantity) if price >= 0 else (-price, -quantity)
            return plain(price), quantity, ZERO
    return abs(line.net), ONE if line.net >= 0 else -ONE, ZERO


def plain(number: Decimal) -> Decimal:
    """Return a number without trailing zeros or exponent.

    >>> plain(Decimal("10.00000000")), plain(Decimal("100"))
    (Decimal('10'), Decimal('100'))
    """
    whole = number.to_integral_value()
    return whole.quantize(ONE) if number == whole else number.normalize()


def sign_of(invoice: Invoice) -> Decimal:
    """Return what amounts and quantities of the document are multiplied by."""
    return assumptions.PURCHASE_CREDIT_SIGN if invoice.is_credit_note else ONE
