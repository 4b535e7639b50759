"""Payments: with an invoice, afterwards, listed and deleted; section 8 of the vendor sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tilisilta_emulators.merit import chart
from tilisilta_emulators.merit.call import API_USER, Call, Handler
from tilisilta_emulators.merit.chart import Method
from tilisilta_emulators.merit.errors import NO_CUSTOMER, NO_VENDOR, bad_format, business
from tilisilta_emulators.merit.form import Form
from tilisilta_emulators.merit.records import Allocation, Invoice, Partner, Payment
from tilisilta_emulators.merit.values import ZERO, cents, show_day, show_moment

_LONGEST = 10_000


@dataclass
class Plan:
    """A payment that was read and may be entered."""

    method: Method
    amount: Decimal
    date: date
    reference: str | None = None


def endpoints() -> dict[str, tuple[tuple[int, ...], Handler]]:
    """Return the services by path, with the versions that have them."""
    return {
        "getpayments": ((1, 2), listed),
        "sendpayment": ((1, 2), from_customer),
        "sendpaymentv": ((1, 2), to_vendor),
        "deletepayment": ((1,), delete),
    }


def due(partner: Partner, day: date) -> date:
    """Return when an invoice falls due that does not say so."""
    wait = min(int(partner.data.get("PaymentDeadLine") or 0), _LONGEST)
    return day + timedelta(days=wait) if day.year < 9900 else day


def inline(forms: Sequence[Form], day: date) -> list[Plan]:
    """Read the payments that come with an invoice; one without name and amount is what typed clients send for none.

    Raises:
        Refused: 400 when a way of paying does not exist.
    """
    plans = []
    for form in forms:
        if form.text("PaymentMethod") is None and not form.decimal("PaidAmount"):
            continue
        name = form.need_text("PaymentMethod", 150)
        method = chart.METHOD_BY_NAME.get(name.casefold())
        if method is None:
            raise business(f"Makseviisi {name} ei leitud")
        amount = form.decimal("PaidAmount")
        if amount is None:
            raise bad_format("PaidAmount", None)
        plans.append(Plan(method, cents(amount), form.day("PaymDate") or day))
    return [plan for plan in plans if plan.amount]


def _method(form: Form) -> Method:
    identity, iban = form.guid("BankId"), form.text("IBAN", 50)
    if identity is not None:
        method = chart.METHOD_BY_ID.get(identity) or chart.METHOD_OF_BANK.get(identity)
        if method is None:
            raise business("Makseviisi ei leitud")
        return method
    if iban is None:
        return chart.METHODS[0]
    found = chart.METHOD_BY_IBAN.get(iban.replace(" ", "").upper())
    if found is None:
        raise business(f"Pangakontot {iban} ei leitud")
    return found


def from_customer(call: Call) -> dict[str, Any]:
    """Pay a sales invoice, in whole or in part."""
    return _pay(call, sales=True)


def to_vendor(call: Call) -> dict[str, Any]:
    """Pay a purchase invoice, in whole only."""
    return _pay(call, sales=False)


def _pay(call: Call, *, sales: bool) -> dict[str, Any]:
    form, books = call.form, call.books
    name = form.text("CustomerName" if sales else "VendorName", 150)
    cards = books.customers if sales else books.vendors
    partner = cards.by_name.get((name or "").strip().casefold())
    if partner is None:
        raise business((NO_CUSTOMER if sales else NO_VENDOR).format(name or ""))
    number, reference = form.text("InvoiceNo" if sales else "BillNo", 35), form.text("RefNo", 36)
    found = _named(call, number, reference, sales=sales)
    amount = form.decimal("Amount")
    if amount is None:
        raise bad_format("Amount", None)
    invoice = _unpaid(call, partner, number or reference or "", found, amount)
    plan = Plan(_method(form), cents(amount), form.need_day("PaymentDate"), reference)
    currency, _ = call.currency(form)
    if currency != invoice.currency:
        raise business(f"Arve valuuta on {invoice.currency}")
    left = invoice.total - invoice.paid(call.now)
    if plan.amount == 0 or (plan.amount > 0) != (left > 0) or abs(plan.amount) > abs(left):
        raise business(f"Makse summa {plan.amount} ei sobi, tasumata on {left}")
    if plan.amount != left and not (sales and call.options.partial_sales_payments):
        raise business(f"Tasuda saab ainult kogu summa {left}")
    call.require_open(plan.date)
    payment = enter(call, plan, invoice)
    word = "Customer" if sales else "Vendor"
    return {
        f"{word}Id": partner.id,
        "InvoiceId" if sales else "BillId": invoice.id,
        "InvoiceNo" if sales else "BillNo": invoice.number,
        "RefNo": invoice.reference,
        "PaymentId": payment.id,
        f"New{word}": None,
    }


def _named(call: Call, number: str | None, reference: str | None, *, sales: bool) -> list[Invoice]:
    if number is not None:
        return call.books.numbered(sales=sales).get(number, [])
    if reference is not None:
        return [one for one in call.books.table(sales=sales) if one.reference == reference]
    return []


def _unpaid(call: Call, partner: Partner, name: str, found: Sequence[Invoice], amount: Decimal) -> Invoice:
    """Return the invoice that a payment is for: numbers may come twice, and a credit may bear its invoice's number."""
    own = [one for one in found if one.partner is partner and one.created <= call.now]
    if not own:
        raise business(f"Arvet {name} ei leitud")
    unpaid = [one for one in own if one.paid(call.now) != one.total]
    if not unpaid:
        raise business(f"Arve {name} on juba tasutud")
    return next((one for one in unpaid if (one.total > 0) == (amount > 0)), unpaid[0])


def enter(call: Call, plan: Plan, invoice: Invoice) -> Payment:
    """Enter a payment of one invoice, with its ledger batch."""
    books = call.writing()
    seq, identity = books.next_id()
    payment = Payment(
        seq, identity, 1 if invoice.sales else 2, plan.date, plan.method.id, plan.method.name, plan.method.account,
        invoice.partner, plan.amount, "", call.now, call.now,
        [Allocation(invoice.id, invoice.number, invoice.total, plan.amount)], invoice.currency, invoice.rate,
        API_USER, plan.reference or invoice.reference,
    )  # fmt: skip
    code = "KO" if plan.method.account == chart.CASH else "PA"
    batch = books.post(payment, code, call.now, API_USER)
    payment.number = batch.document = str(batch.no)
    invoice.payments.append(payment)
    books.payments.put(payment)
    if call.options.payment_bumps_invoice:
        books.table(sales=invoice.sales).touch(invoice, call.now)
    return payment


def delete(call: Call) -> str:
    """Delete a payment; what it paid is unpaid again."""
    payment = call.find(call.books.payments, call.form.need_guid(), "Makset")
    call.require_open(payment.date)
    books = call.writing()
    books.payments.remove(payment)
    books.remove_batch_of(payment.id)
    for part in payment.allocations:
        for table in (books.sales, books.purchases):
            invoice = table.by_id.get(part.doc_id)
            if invoice is not None:
                invoice.payments.remove(payment)
                if call.options.payment_bumps_invoice:
                    table.touch(invoice, call.now)
    return f"Makse {payment.number} {payment.date:%d/%m/%Y} kustutatud."


def listed(call: Call) -> list[dict[str, Any]]:
    """List payments of a period."""
    form = call.form
    direction = form.integer("PaymentType") or form.integer("paymType")
    bank = form.guid("BankId")
    if bank in chart.METHOD_OF_BANK:
        bank = chart.METHOD_OF_BANK[bank].id
    return [
        show(one)
        for one in call.listed(call.books.payments)
        if (not direction or one.direction == direction) and (bank is None or one.method_id == bank)
    ]


def show(one: Payment) -> dict[str, Any]:
    """Return a payment as lists carry it; its own id stands in `PIHId`."""
    return {
        "PIHId": one.id,
        "BankName": one.method,
        "CounterPartType": 2 if one.direction in {1, 3} else 3,
        "CounterPartName": one.partner.name if one.partner else None,
        "CounterPartId": one.partner.id if one.partner else None,
        "CurrencyCode": one.currency,
        "CurrencyRate": one.rate,
        "DocumentDate": show_day(one.date),
        "DocumentNo": one.number,
        "Direction": one.direction,
        "Amount": one.amount,
        "DocId": one.id,
        "EInvSentDate": None,
        "PaymAPIDetails": [
            {
                "PaymId": one.id,
                "DocNo": part.number,
                "DocAmount": part.total,
                "PaidAmount": part.amount,
                "CurrencyCode": one.currency,
                "CurrencyRate": one.rate,
                "DocId": part.doc_id,
            }
            for part in one.allocations
        ],
        "ChangedDate": show_moment(one.changed),
    }


def check_inline(plans: Sequence[Plan], total: Decimal) -> None:
    """Refuse payments of an invoice that are more than its total, or of the other sign."""
    paid = sum((plan.amount for plan in plans), ZERO)
    if plans and (abs(paid) > abs(total) or (paid > 0) != (total > 0)):
        raise business(f"Makse summa {paid} on suurem kui arve summa {total}")
