"""Debits and credits: read from the document that made them, or as entered."""

from collections import defaultdict
from decimal import Decimal

from tilisilta_emulators.merit import chart
from tilisilta_emulators.merit.records import Batch, Invoice, Line, Payment
from tilisilta_emulators.merit.values import ZERO

_SIDES = {1: chart.RECEIVABLE, 2: chart.PAYABLE, 3: "3900", 4: "4200"}


def lines_of(batch: Batch) -> list[Line]:
    """Return the lines of a batch; their debits and credits are equal."""
    if batch.lines is not None:
        return batch.lines
    source = batch.source
    if isinstance(source, Invoice):
        return _invoice_lines(source)
    return [] if source is None else _payment_lines(source)


def _line(account: str, amount: Decimal, **more: object) -> Line:
    """Return a debit of a positive amount, a credit of a negative one."""
    made = Line(account, amount if amount > 0 else ZERO, -amount if amount < 0 else ZERO)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def _invoice_lines(invoice: Invoice) -> list[Line]:
    sign = -1 if invoice.sales else 1
    partner = chart.RECEIVABLE if invoice.sales else chart.PAYABLE
    lines = [_line(partner, -sign * invoice.total, memo=invoice.partner.name)]
    vat: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    net, owed = ZERO, ZERO
    for row in invoice.rows:
        net += row.net
        lines.append(
            _line(
                row.account,
                sign * row.net,
                memo=row.description,
                department=row.department,
                tax=row.tax,
                project=row.project,
                cost_center=row.cost_center,
            )
        )
        if row.tax.reverse and not invoice.sales:
            vat[chart.INPUT_VAT] += row.vat
            vat[chart.OUTPUT_VAT] -= row.vat
        else:
            vat[chart.OUTPUT_VAT if invoice.sales else chart.INPUT_VAT] += row.vat
            owed += row.vat
    # Whoever sent the sums may have rounded VAT otherwise than the rows do; the rest follows the invoice.
    vat[chart.OUTPUT_VAT if invoice.sales else chart.INPUT_VAT] += invoice.vat - owed
    lines += [_line(account, sign * amount) for account, amount in vat.items() if amount]
    rest = invoice.rounding + invoice.net - net
    if rest:
        lines.append(_line(chart.ROUNDING, sign * rest))
    return lines


def _payment_lines(payment: Payment) -> list[Line]:
    sign = 1 if payment.direction in {1, 3} else -1
    name = payment.partner.name if payment.partner else None
    return [
        _line(payment.account, sign * payment.amount, memo=name),
        _line(_SIDES[payment.direction], -sign * payment.amount, memo=name),
    ]


def is_balanced(batch: Batch) -> bool:
    """Return whether debits and credits of a batch are equal."""
    return sum((line.debit - line.credit for line in lines_of(batch)), ZERO) == 0
