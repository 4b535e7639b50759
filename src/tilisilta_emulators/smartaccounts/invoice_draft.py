"""From a request body to an invoice: both stages of the vendor's checks, then the totals."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.smartaccounts import chart
from tilisilta_emulators.smartaccounts.call import Call
from tilisilta_emulators.smartaccounts.errors import Fault, Refused, fault
from tilisilta_emulators.smartaccounts.form import Form
from tilisilta_emulators.smartaccounts.invoice_rows import (
    Side,
    check_rows,
    read_rows,
    reverse_charge_type,
)
from tilisilta_emulators.smartaccounts.money import money, rate_of, reference_number
from tilisilta_emulators.smartaccounts.records import ZERO, Invoice, Partner, Row

CREDIT = "CRE"


class Draft(msgspec.Struct, kw_only=True):
    """An invoice as read, before anything is looked up."""

    partner_id: str
    date: dt.date
    currency: str
    rows: list[Row]
    type: str | None
    base: str | None
    due_date: dt.date | None
    entry_date: dt.date | None
    invoice_number: str | None
    reference_number: str | None
    invoice_note: str | None
    exchange_rate: Decimal | None
    interest: Decimal | None
    round_amount: Decimal | None
    total_amount: Decimal | None
    vat_amount: Decimal | None
    is_calculate_vat: bool
    object_id: str | None
    payment_method: str | None
    payment_amount: Decimal | None
    warehouse_id: str | None
    offer_id: str | None
    order_id: str | None
    pdf_template: str | None
    comment: str | None


def read_invoice(form: Form, side: Side) -> Draft:
    """Return what a body says about an invoice; the basic stage, which stops at the first fault."""
    vendor = side == "vendor"
    calculate = form.boolean("isCalculateVat") if vendor else True
    return Draft(
        partner_id=form.need(f"{side}Id"),
        date=form.need_date("date"),
        invoice_number=form.text("invoiceNumber", required=vendor),
        currency=form.need("currency"),
        rows=read_rows(form, side),
        type=None if vendor else form.choice("type", (CREDIT,)),
        base=None if vendor else form.text("baseForCreditInvoiceId"),
        due_date=form.day("dueDate"),
        entry_date=form.day("entryDate"),
        reference_number=form.text("referenceNumber"),
        invoice_note=None if vendor else form.text("invoiceNote"),
        exchange_rate=form.decimal("exchangeRate"),
        interest=form.decimal("interest"),
        round_amount=form.decimal("roundAmount"),
        total_amount=form.decimal("totalAmount"),
        is_calculate_vat=calculate is not False,
        vat_amount=form.decimal("vatAmount", required=calculate is False),
        object_id=form.text("objectId"),
        payment_method=form.text("paymentMethod"),
        payment_amount=form.decimal("paymentAmount"),
        warehouse_id=form.text("warehouseId"),
        offer_id=form.text("offerId"),
        order_id=form.text("orderId"),
        pdf_template=form.text("pdfTemplate"),
        comment=form.text("comment"),
    )


def check_invoice(call: Call, draft: Draft, side: Side) -> tuple[list[Fault], Partner | None, Decimal]:
    """Return everything the complex stage finds, the partner and the exchange rate.

    On the way names of dimension and warehouse are replaced by what they stand for, and rows counted.
    """
    faults: list[Fault] = []
    books = call.books
    partner = (books.clients if side == "client" else books.vendors).by_id.get(draft.partner_id)
    if partner is None:
        faults.append(fault(f"{side.upper()}-NOT-FOUND", value=draft.partner_id))
    rate = rate_of(draft.currency, draft.exchange_rate, faults)
    draft.object_id = books.object_id(draft.object_id, faults)
    draft.warehouse_id = books.warehouse(draft.warehouse_id, faults)
    if draft.payment_method is not None and draft.payment_method not in books.named["paymentmethods"]:
        faults.append(fault("PAYMENT-METHOD-NOT-FOUND", value=draft.payment_method))
    faults += check_rows(call, draft.rows, side, draft.date)
    _check_base(call, draft, faults)
    return faults, partner, rate


def _check_base(call: Call, draft: Draft, faults: list[Fault]) -> None:
    if draft.base is None:
        return
    base = call.books.client_invoices.by_id.get(draft.base)
    if base is None:
        faults.append(fault("CREDIT-INVOICE-BASE-NOT-FOUND", value=draft.base))
        return
    if base.partner.id != draft.partner_id:
        faults.append(fault("CREDIT-INVOICE-BASE-OTHER-CLIENT"))
    if (draft.entry_date or call.today) < base.entry_date:
        faults.append(fault("CREDIT-INVOICE-ENTRY-EARLIER-THAN-BASE"))


class Totals(msgspec.Struct):
    """What an invoice comes to, in its own currency."""

    amount: Decimal
    vat_amount: Decimal
    round_amount: Decimal
    total_amount: Decimal


def count(draft: Draft) -> Totals:
    """Return the totals; a given gross total wins and the difference goes to roundAmount."""
    amount = sum((row.net for row in draft.rows), ZERO)
    vat_amount = sum((row.vat for row in draft.rows), ZERO)
    if not draft.is_calculate_vat and draft.vat_amount is not None:
        vat_amount = money(draft.vat_amount)
    rounding = money(draft.round_amount or ZERO)
    if draft.total_amount is not None:
        rounding = money(draft.total_amount) - amount - vat_amount
    return Totals(amount, vat_amount, rounding, amount + vat_amount + rounding)


def build(call: Call, draft: Draft, side: Side, old: Invoice | None) -> Invoice:
    """Return the invoice of a draft, entered nowhere yet.

    Raises:
        Refused: Everything the complex stage found.
    """
    faults, partner, rate = check_invoice(call, draft, side)
    if faults or partner is None:
        raise Refused(*faults)
    totals = count(draft)
    paid_at_once = _paid_at_once(draft, totals)
    table = call.books.client_invoices if side == "client" else call.books.vendor_invoices
    began = call.books.again(old, call.moment) if old else call.books.new(table, call.moment)
    invoice = Invoice(
        **began,
        **_numbers(call, draft, side, old),
        **_dates(call, draft, partner),
        partner=partner,
        type=draft.type,
        base=draft.base,
        invoice_note=draft.invoice_note,
        currency=draft.currency,
        exchange_rate=rate,
        interest=draft.interest if draft.interest is not None else partner.invoice_interest or Decimal("0.0"),
        amount=totals.amount,
        vat_amount=totals.vat_amount,
        round_amount=totals.round_amount,
        total_amount=totals.total_amount,
        object_id=draft.object_id,
        payment_method=draft.payment_method,
        payment_amount=paid_at_once or None,
        warehouse_id=draft.warehouse_id,
        offer_id=draft.offer_id,
        order_id=draft.order_id,
        pdf_template=draft.pdf_template,
        comment=draft.comment,
        account_unpaid=partner.account_unpaid or (chart.CLIENT_UNPAID if side == "client" else chart.VENDOR_UNPAID),
        reverse_vat_charge_type=_reverse(call, draft, partner) if side == "vendor" else None,
        is_calculate_vat=draft.is_calculate_vat,
        rows=draft.rows,
        direction=-1 if draft.type == CREDIT or totals.total_amount < 0 else 1,
    )
    invoice.paid_at_once = paid_at_once
    invoice.paid = paid_at_once + (old.paid - old.paid_at_once if old else ZERO)
    if invoice.paid > abs(invoice.total_amount):
        raise Refused(fault("TOTAL-LESS-THAN-PAID" if old else "PAYMENT-AMOUNT-TOO-LARGE"))
    return invoice


def ledger_factor(invoice: Invoice) -> int:
    """Return -1 when the amounts as sent mean their opposite: a credit invoice with positive rows.

    The sheet does not say which sign a credit's rows have, so both are taken: whatever comes, a credit
    lowers the receivable.
    """
    return -1 if invoice.type == CREDIT and invoice.total_amount > 0 else 1


def _paid_at_once(draft: Draft, totals: Totals) -> Decimal:
    if draft.payment_method is None:
        return ZERO
    paid = abs(totals.total_amount) if draft.payment_amount is None else money(draft.payment_amount)
    if paid > abs(totals.total_amount) or paid < 0:
        raise Refused(fault("PAYMENT-AMOUNT-TOO-LARGE"))
    return paid


def _reverse(call: Call, draft: Draft, partner: Partner) -> str | None:
    country = partner.address.get("country") if partner.address else None
    return reverse_charge_type(call.books, draft.rows, country)


def _numbers(call: Call, draft: Draft, side: Side, old: Invoice | None) -> dict[str, Any]:
    given, reference = draft.invoice_number, draft.reference_number
    if old is not None:
        return {
            "number": old.number,
            "invoice_number": given or old.invoice_number,
            "reference_number": reference or old.reference_number,
        }
    number = str(call.books.number(f"{side}_invoice"))
    if given is None:
        given = f"{draft.date.year}{call.books.number(f'client_invoice_{draft.date.year}'):03}"
    if reference is None and side == "client":
        digits = "".join(character for character in given if character in "0123456789")[:19]
        reference = reference_number(digits or number)
    return {"number": number, "invoice_number": given, "reference_number": reference}


def _dates(call: Call, draft: Draft, partner: Partner) -> dict[str, Any]:
    days = partner.invoice_due_date
    due = draft.date + dt.timedelta(days=call.options.due_days if days is None else days)
    return {
        "date": draft.date,
        "due_date": draft.due_date or due,
        "entry_date": draft.entry_date or call.today,
    }
