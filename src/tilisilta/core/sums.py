"""Whether an invoice's rows, VAT and totals add up.

Sources: EN 16931-1, rules BR-CO-10 to BR-CO-17, for the sums; rounding VAT once a rate or once a row are both legal, so
a sum of VAT may stray by one minor unit for each row or group that was rounded.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from tilisilta.core.documents import Invoice, InvoiceLine, LineKind, amount_rows
from tilisilta.core.mapping.tables import rate_text
from tilisilta.core.money import ZERO, minor_unit, round_amount, vat_amount
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.core.vat.treatment import VatTreatment

# The buyer owes the VAT, or the law keeps it off the document: the rate may stand there without an amount.
_WITHOUT_AMOUNT = frozenset(VatTreatment) - {VatTreatment.DOMESTIC, VatTreatment.MARGIN_SCHEME}

# Prices converted from ones with VAT stray by this much; a wrong quantity or price strays further.
_PRICE_SLACK = Decimal("0.005")


class _Group(msgspec.Struct):
    """The rows and totals of one rate, summed."""

    rows_net: Decimal = ZERO
    rows: int = 0
    rows_vat: Decimal = ZERO
    rows_have_vat: bool = True
    is_without_amount: bool = False
    total_net: Decimal | None = None
    total_vat: Decimal | None = None
    totals: int = 0


def check_sums(invoice: Invoice) -> tuple[Problem, ...]:
    """Return every sum of the document that does not add up."""
    rows = tuple(line for _, line in amount_rows(invoice))
    if not rows:
        return (problem("INVOICE_WITHOUT_ROWS", where="lines", number=invoice.number),)
    return (
        *_check_rows(invoice, rows),
        *_check_gross(invoice, rows),
        *_check_vat(invoice, rows),
        *_check_signs(invoice),
    )


def _rounded(amount: Decimal, invoice: Invoice) -> Decimal:
    return round_amount(amount, invoice.currency)


def _free_rounding(rows: tuple[InvoiceLine, ...]) -> Decimal:
    """Return the sum of rounding rows, which some sources count into the net and some only into the gross."""
    return sum((line.net for line in rows if line.kind is LineKind.ROUNDING), ZERO)


def _check_rows(invoice: Invoice, rows: tuple[InvoiceLine, ...]) -> Iterator[Problem]:
    unit = minor_unit(invoice.currency)
    total = sum((line.net for line in rows), ZERO)
    # Rows with finer amounts than the currency has may have been rounded one by one before they were summed.
    finer = sum(1 for line in rows if line.net != _rounded(line.net, invoice))
    one_by_one = sum((_rounded(line.net, invoice) for line in rows), ZERO)
    free = _free_rounding(rows)
    sums = {_rounded(each, invoice) for each in (total, one_by_one, total - free, one_by_one - free)}
    net = _rounded(invoice.net, invoice)
    if net not in sums and not (finer and abs(total - invoice.net) <= unit):
        yield problem(
            "ROWS_DO_NOT_ADD_UP",
            where="lines",
            rows=_rounded(total, invoice),
            net=net,
            difference=_rounded(total, invoice) - net,
        )
    for index, line in amount_rows(invoice):
        yield from _check_row(invoice, index, line)


def _check_row(invoice: Invoice, index: int, line: InvoiceLine) -> Iterator[Problem]:
    """Quantity times price is only a hint, for prices are shown rounded: it warns beyond what rounding explains."""
    if line.kind is not LineKind.ITEM or not line.unit_price:
        return
    full = line.quantity * line.unit_price
    expected = full * (1 - line.discount_percent / 100)
    slack = minor_unit(invoice.currency) + abs(line.quantity) * _half_step(line.unit_price)
    slack += abs(full) * _half_step(line.discount_percent) / 100
    slack = max(slack, abs(full) * _PRICE_SLACK)
    if abs(expected - line.net) > slack:
        yield problem(
            "ROW_DOES_NOT_MULTIPLY",
            where=f"lines[{index}].net",
            severity=Severity.WARNING,
            row=index + 1,
            expected=_rounded(expected, invoice),
            net=line.net,
        )


def _half_step(shown: Decimal) -> Decimal:
    """Return half of the last shown digit of a number; shown whole numbers count as exact cents."""
    exponent = shown.as_tuple().exponent
    return Decimal(5).scaleb(min(int(exponent), -2) - 1)


def _check_gross(invoice: Invoice, rows: tuple[InvoiceLine, ...]) -> Iterator[Problem]:
    free = _free_rounding(rows)
    sums = {_rounded(invoice.net + invoice.vat + part, invoice) for part in (ZERO, free)}
    gross = _rounded(invoice.gross, invoice)
    if gross not in sums:
        expected = _rounded(invoice.net + invoice.vat, invoice)
        yield problem(
            "GROSS_DOES_NOT_ADD_UP",
            where="gross",
            net=invoice.net,
            vat=invoice.vat,
            gross=gross,
            difference=gross - expected,
        )


def _check_signs(invoice: Invoice) -> Iterator[Problem]:
    warning = Severity.WARNING
    if invoice.gross < 0:
        yield problem("NEGATIVE_TOTAL", where="gross", severity=warning, gross=invoice.gross)
    elif invoice.payable < 0:
        yield problem("NEGATIVE_PAYABLE", where="prepaid", severity=warning, payable=invoice.payable)
    if abs(invoice.rounding) >= 1:
        yield problem("LARGE_ROUNDING", where="rounding", severity=warning, rounding=invoice.rounding)


# --- VAT ---------------------------------------------------------------------------------------------------


def _groups(invoice: Invoice, rows: tuple[InvoiceLine, ...]) -> dict[Decimal, _Group]:
    groups: dict[Decimal, _Group] = {}
    for line in rows:
        group = groups.setdefault(line.vat_rate.normalize(), _Group())
        group.rows += 1
        group.rows_net += line.net
        group.rows_vat += line.vat or ZERO
        group.rows_have_vat = group.rows_have_vat and line.vat is not None
        group.is_without_amount = group.is_without_amount or line.vat_treatment in _WITHOUT_AMOUNT
    for total in invoice.vat_totals:
        group = groups.setdefault(total.rate.normalize(), _Group())
        group.totals += 1
        group.total_net = (group.total_net or ZERO) + total.net
        group.total_vat = (group.total_vat or ZERO) + total.vat
        group.is_without_amount = group.is_without_amount or total.treatment in _WITHOUT_AMOUNT
    return groups


def _check_vat(invoice: Invoice, rows: tuple[InvoiceLine, ...]) -> Iterator[Problem]:
    unit = minor_unit(invoice.currency)
    groups = _groups(invoice, rows)
    if invoice.vat_totals:
        for rate, group in groups.items():
            yield from _check_group(invoice, rate, group)
        total = sum((each.vat for each in invoice.vat_totals), ZERO)
        if _rounded(total, invoice) != _rounded(invoice.vat, invoice):
            yield problem("VAT_TOTALS_DIFFER", where="vat_totals", totals=total, vat=invoice.vat)
        return
    candidates = []
    if all(group.rows_have_vat for group in groups.values()):
        candidates.append(sum((group.rows_vat for group in groups.values()), ZERO))
    if not any(group.is_without_amount for group in groups.values()):
        by_rate = (vat_amount(group.rows_net, rate, invoice.currency) for rate, group in groups.items())
        candidates.append(sum(by_rate, ZERO))
    wrong = [expected for expected in candidates if abs(expected - invoice.vat) > unit * len(rows)]
    if wrong:
        expected = _rounded(wrong[0], invoice)
        rates = ", ".join(rate_text(rate) for rate in sorted(groups))
        yield problem("VAT_DOES_NOT_ADD_UP", where="vat", rate=rates, expected=expected, vat=invoice.vat)


def _check_group(invoice: Invoice, rate: Decimal, group: _Group) -> Iterator[Problem]:
    """Compare one rate's stated VAT with what its base makes, and its base with its rows."""
    unit = minor_unit(invoice.currency)
    tolerance = unit * max(group.rows, group.totals, 1)
    stated = group.total_vat or ZERO
    base = group.rows_net if group.total_net is None else group.total_net
    expected = vat_amount(base, rate, invoice.currency)
    if abs(expected - stated) > tolerance and not (group.is_without_amount and stated == 0):
        yield problem("VAT_DOES_NOT_ADD_UP", where="vat_totals", rate=rate_text(rate), expected=expected, vat=stated)
    if group.total_net is not None and abs(group.rows_net - group.total_net) > tolerance:
        yield problem(
            "VAT_BASE_DIFFERS",
            where="vat_totals",
            severity=Severity.WARNING,
            rate=rate_text(rate),
            rows=_rounded(group.rows_net, invoice),
            net=group.total_net,
        )
