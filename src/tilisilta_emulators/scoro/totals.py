"""Totals of a document from its lines.

`sum` is without VAT and after discounts, `vat_sum` the whole VAT. Whether the vendor rounds VAT per line or
per document is unknown (sheet, section 13): a switch.
"""

from collections import defaultdict
from decimal import Decimal

from tilisilta_emulators.scoro.rows import Document, Line
from tilisilta_emulators.scoro.values import ZERO, decimal, plain, rounded

HUNDRED = Decimal(100)
ONE = Decimal(1)


def line_sum(line: Line) -> Decimal:
    """Unit price times quantity (times the second quantity when there is one), less the line's discount."""
    second = decimal(getattr(line, "amount2", None)) or ONE
    gross = decimal(line.price) * decimal(line.amount) * second
    return rounded(gross * (ONE - decimal(line.discount) / HUNDRED))


def discount_factor(document: Document) -> Decimal:
    """What is left of 1 after the three overall percentages, one after the other."""
    factor = ONE
    for percent in (document.discount, document.discount2, document.discount3):
        if percent:
            factor *= ONE - decimal(percent) / HUNDRED
    return factor


def compute(document: Document, vat_rounding: str) -> None:
    """Write `sum` of every line and `sum` and `vat_sum` of the document in place."""
    factor = discount_factor(document)
    net = ZERO
    vat = ZERO
    taxable: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for line in document.lines:
        amount = line_sum(line)
        line.sum = plain(amount)
        net += amount * factor
        rate = decimal(line.vat if line.vat is not None else document.vat)
        if vat_rounding == "line":
            vat += rounded(amount * factor * rate / HUNDRED)
        else:
            taxable[rate] += amount * factor
    for rate, base in taxable.items():
        vat += rounded(base * rate / HUNDRED)
    document.sum = plain(rounded(net))
    document.vat_sum = plain(rounded(vat))


def gross(document: Document) -> Decimal:
    """What the document asks to be paid."""
    return decimal(document.sum) + decimal(document.vat_sum)
