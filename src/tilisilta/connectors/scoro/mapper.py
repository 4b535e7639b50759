"""Scoro's invoices and bills read into ours."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tilisilta.connectors.scoro import assumptions
from tilisilta.connectors.scoro.wire import Document, Line
from tilisilta.core.documents import (
    DimensionValue,
    Direction,
    Invoice,
    InvoiceLine,
    InvoiceRef,
    LineKind,
    Party,
)
from tilisilta.core.errors import BadInput
from tilisilta.core.money import round_amount
from tilisilta.kit.values import date, decimal, flag, identity, items, maybe_decimal, plain, text
from tilisilta.ports import Totals

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)


def stamp(value: Any, zone: ZoneInfo) -> str:
    """Return a time of change as ISO 8601 with offset; stamps without a zone are in the site's zone."""
    found = text(value)
    if not found or found.startswith("0000-00-00"):
        return ""
    try:
        moment = dt.datetime.fromisoformat(found)
    except ValueError:
        return ""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def is_credit(wire: Document) -> bool:
    """Return whether a document is a credit note: by its type, by what it credits, or by its sign."""
    if text(wire.payment_type).lower() == assumptions.CREDIT_PAYMENT_TYPE:
        return True
    if any(identity(each) for each in items(wire.credited_invoices)):
        return True
    return decimal(wire.sum, "sum") + decimal(wire.vat_sum, "vat_sum") < 0


def read_totals(wire: Document) -> Totals:
    """Return a document's totals; a credit note's are positive."""
    net, vat = decimal(wire.sum, "sum"), decimal(wire.vat_sum, "vat_sum")
    if is_credit(wire) and net + vat < 0:
        net, vat = -net, -vat
    return Totals(net=net, vat=vat, gross=net + vat)


def read_document(wire: Document, direction: Direction, zone: ZoneInfo) -> Invoice:
    """Return an invoice, bill or credit note; a credit note's amounts turned positive.

    Raises:
        BadInput: No id or date, or a number or date that cannot be read.

    """
    source_id = identity(wire.id)
    day = date(wire.date, "date")
    if not source_id or day is None:
        raise BadInput(field="date" if source_id else "id", rule="present")
    is_credit_note = is_credit(wire)
    totals = read_totals(wire)
    net, vat = totals.net or ZERO, totals.vat or ZERO
    is_turned = is_credit_note and decimal(wire.sum, "sum") + decimal(wire.vat_sum, "vat_sum") < 0
    currency = text(wire.currency).upper() or "EUR"
    lines = [
        _line(line, index, wire, is_turned=is_turned, currency=currency)
        for index, line in enumerate(wire.lines or (), 1)
    ]
    lines += _allowances(wire, lines, net, currency)
    paid = decimal(wire.paid_sum, "paid_sum")
    rate = maybe_decimal(wire.currency_rate, "currency_rate")
    return Invoice(
        source_id=source_id,
        direction=direction,
        number=plain(wire.no),
        date=day,
        party=_party(wire, direction),
        net=net,
        vat=vat,
        gross=net + vat,
        currency=currency,
        is_credit_note=is_credit_note,
        exchange_rate=rate if rate and rate != ONE and assumptions.RATE_IS_BASE_PER_UNIT else None,
        due_date=date(wire.deadline, "deadline"),
        entry_date=date(wire.recognition_date, "recognition_date") if assumptions.RECOGNITION_IS_ENTRY_DATE else None,
        period_from=date(wire.accounting_period_from, "accounting_period_from"),
        period_to=date(wire.accounting_period_to, "accounting_period_to"),
        prepaid=abs(decimal(wire.prepayment_sum, "prepayment_sum")),
        paid=-paid if is_turned else paid,
        lines=tuple(lines),
        reference_number=text(wire.reference_no),
        payment_method=text(wire.payment_type),
        interest_percent=_percent(wire.fine),
        note=plain(wire.description),
        credits=tuple(InvoiceRef(source_id=identity(each)) for each in items(wire.credited_invoices) if identity(each)),
        dimensions=_dimension("project", wire.project_id, wire.project_name),
        is_sent=None if wire.is_sent is None else flag(wire.is_sent),
        status=text(wire.status),
        created_at=stamp(wire.created_date, zone),
        modified_at=stamp(wire.modified_date, zone),
        extra=_extra(wire),
    )


def _party(wire: Document, direction: Direction) -> Party:
    company = identity(wire.company_id)
    return Party(
        source_id=company or identity(wire.person_id),
        name=plain(wire.company_name if company else wire.person_name),
        is_person=not company and bool(identity(wire.person_id)),
        contact_name=plain(wire.person_name) if company else "",
        is_customer=direction is Direction.SALES,
        is_supplier=direction is Direction.PURCHASE,
    )


def _extra(wire: Document) -> dict[str, str]:
    found = {
        "account_id": text(wire.account_id),
        "interested_party_id": identity(wire.interested_party_id),
        "recognition_date": text(wire.recognition_date) if date(wire.recognition_date) else "",
        "fine": text(wire.fine) if _percent(wire.fine) is None else "",
    }
    return {name: value for name, value in found.items() if value}


def _percent(value: Any) -> Decimal | None:
    found = text(value).replace("%", "").replace(",", ".").strip().split(" ")[0]
    try:
        return maybe_decimal(found)
    except BadInput:
        return None


def _dimension(axis: str, source_id: Any, name: Any) -> tuple[DimensionValue, ...]:
    found = identity(source_id)
    return (DimensionValue(axis, found, plain(name)),) if found else ()


# --- rows ----------------------------------------------------------------------------------------------------


def _line(wire: Line, position: int, document: Document, *, is_turned: bool, currency: str) -> InvoiceLine:
    price, net = decimal(wire.price, "lines.price"), decimal(wire.sum, "lines.sum")
    discount = decimal(wire.discount, "lines.discount")
    quantity = _quantity(wire, price, discount, net, currency)
    if is_turned:
        net = -net
        if quantity < 0:
            quantity = -quantity
        elif price < 0:
            price = -price
    # The document's own VAT counts only where rows have none (line-based VAT switched off).
    rate = maybe_decimal(wire.vat, "lines.vat")
    code = identity(wire.vat_code_id) or identity(document.vat_code_id)
    product = identity(wire.product_id)
    words = [each for each in (plain(wire.comment), plain(wire.comment2)) if each]
    is_text = not product and not net and not price
    return InvoiceLine(
        position=position,
        kind=LineKind.TEXT if is_text else LineKind.ITEM,
        source_id=identity(wire.id),
        item_source_id=product,
        item_code=plain(wire.product_code),
        item_name=plain(wire.product_name),
        description="\n".join(words),
        quantity=quantity,
        unit=plain(wire.unit),
        unit_price=price,
        discount_percent=discount,
        net=net,
        vat_rate=decimal(document.vat, "vat") if rate is None else rate,
        vat_code=code,
        ledger_account=text(wire.finance_account_symbol) or identity(wire.finance_account_id),
        dimensions=(
            *_dimension("project", wire.project_id, wire.project_name),
            *_dimension("finance_object", wire.finance_object_id, wire.finance_object_name),
        ),
        warehouse=_depot(wire.depot_amounts),
    )


def _quantity(wire: Line, price: Decimal, discount: Decimal, net: Decimal, currency: str) -> Decimal:
    """Return the quantity; a second amount (days beside pieces) multiplies where the sum of the row says so."""
    quantity = decimal(wire.amount, "lines.amount")
    second = decimal(wire.amount2, "lines.amount2")
    if second in {ZERO, ONE}:
        return quantity
    product = price * quantity * second * (HUNDRED - discount) / HUNDRED
    return quantity * second if round_amount(product, currency) == net else quantity


def _depot(amounts: Any) -> str:
    depots = {identity(each.get("depot_id")) for each in items(amounts) if isinstance(each, dict)} - {""}
    return depots.pop() if len(depots) == 1 else ""


def _allowances(wire: Document, lines: list[InvoiceLine], net: Decimal, currency: str) -> list[InvoiceLine]:
    """Return the document's overall discounts as rows, one for each VAT code, where its rows are before them."""
    factor = ONE
    for value in (wire.discount, wire.discount2, wire.discount3):
        factor *= (HUNDRED - decimal(value, "discount")) / HUNDRED
    if factor == ONE or not lines:
        return []
    before = sum((line.net for line in lines), ZERO)
    missing = net - before
    if not missing or round_amount(before * factor, currency) != net:
        return []  # the rows are after the discounts already, or the checks shall say that they do not add up
    groups: defaultdict[tuple[Decimal, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        groups[line.vat_rate, line.vat_code] += line.net
    parts = [(key, round_amount(total * (factor - ONE), currency)) for key, total in groups.items() if total]
    # A cent lost in rounding the parts goes to the largest of them.
    largest = max(range(len(parts)), key=lambda index: abs(parts[index][1]))
    drift = missing - sum((part for _key, part in parts), ZERO)
    rows = []
    for index, ((rate, code), part) in enumerate(parts):
        amount = part + drift if index == largest else part
        rows.append(
            InvoiceLine(
                position=len(lines) + index + 1,
                kind=LineKind.ALLOWANCE,
                description=plain(wire.discount) + " %" if wire.discount else "",
                unit_price=amount,
                net=amount,
                vat_rate=rate,
                vat_code=code,
            )
        )
    return rows
