"""Payments: section 4.6 of the vendor sheet."""

from collections.abc import Callable
from typing import Any

import msgspec

from tilisilta_emulators.smartaccounts.call import (
    Call,
    Filter,
    as_number,
    document_range,
    envelope,
    page_of_range,
)
from tilisilta_emulators.smartaccounts.errors import Refused, fault
from tilisilta_emulators.smartaccounts.payment_draft import (
    build_payment,
    draft_payment,
    invoice_of,
    read_payment,
)
from tilisilta_emulators.smartaccounts.records import ZERO, Payment, PaymentRow, fields, stamps, view
from tilisilta_emulators.smartaccounts.table import MODIFIED

_PAIRS = fields(
    "id",
    "date",
    "partnerType",
    "accountType",
    "accountName",
    "currency",
    "amount",
    "orderNumber",
    "document",
    "exchangeRate",
    "eurAmount",
    "prepayment",
)


def methods() -> dict[str, Callable[[Call], Any]]:
    """Return the handlers by method name."""
    return {"get": get, "add": add, "edit": edit, "delete": delete}


def get(call: Call) -> dict[str, Any]:
    """List payments by date or by when they were entered or changed."""
    table = call.books.payments
    order, bounds = document_range(call, ("date",))
    removed = table.removed_since(bounds[0]) if order == MODIFIED else None
    identity = call.query.text("id")
    if identity is not None:
        one = table.by_id.get(identity)
        return envelope(call, "payments", [show(call, one)] if one else [], False, removed)
    records, more = page_of_range(call, table, order, bounds, _filter(call))
    return envelope(call, "payments", [show(call, record) for record in records], more, removed)


def _filter(call: Call) -> Filter[Payment] | None:
    query = call.query
    wanted = {
        "partner_type": query.choice("partnerType", ("CLIENT", "VENDOR")),
        "account_type": query.choice("accountType", ("BANK", "CASH")),
        "account_name": query.text("accountName"),
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    partner, name = query.text("partnerId"), (query.text("partnerName") or "").casefold()
    if not wanted and partner is None and not name:
        return None

    def keep(payment: Payment) -> bool:
        return (
            all(getattr(payment, attribute) == value for attribute, value in wanted.items())
            and partner in (None, payment.partner.id)
            and name in payment.partner.folded
        )

    return keep


def show(call: Call, payment: Payment) -> dict[str, Any]:
    """Return a payment; rows and comment only when asked for."""
    shown = view(payment, _PAIRS) | stamps(payment)
    shown["clientId" if payment.partner_type == "CLIENT" else "vendorId"] = payment.partner.id
    shown["partnerName"] = payment.partner.name
    shown["number"] = as_number(payment.number, call)
    if call.wants("fetchRows"):
        shown["rows"] = msgspec.to_builtins(payment.rows, builtin_types=(type(ZERO),))
        shown["extras"] = [
            {
                "price": extra.price,
                "quantity": extra.quantity,
                "amount": extra.amount,
                "description": extra.description,
                "account": extra.account,
                "objectId": extra.object_id,
            }
            for extra in payment.extras
        ]
    if call.wants("fetchComments"):
        shown["comment"] = payment.comment
    return shown


def add(call: Call) -> dict[str, Any]:
    """Enter a payment: settles its documents and posts."""
    draft = read_payment(call.form())
    call.require_open(draft.date)
    payment = build_payment(call, draft, None)
    enter(call, payment)
    return _answer(call, payment)


def edit(call: Call) -> dict[str, Any]:
    """Put a whole payment in the place of the old one."""
    form = call.form()
    identity = form.need("id")
    draft = read_payment(form)
    old = _find(call, identity)
    call.require_open(old.date, draft.date)
    payment = build_payment(call, draft, old)
    _require_unused(old, payment)
    withdraw(call, old)
    enter(call, payment)
    return _answer(call, payment)


def delete(call: Call) -> dict[str, Any]:
    """Delete a payment: its documents are open again."""
    payment = _find(call, call.deleted_id())
    call.require_open(payment.date)
    _require_unused(payment, None)
    withdraw(call, payment)
    call.books.payments.remove(payment, call.moment)
    return {"paymentId": payment.id}


def _require_unused(old: Payment, new: Payment | None) -> None:
    left = new.prepayment["amount"] if new is not None and new.prepayment is not None else ZERO
    if old.prepayment_used > left:
        raise Refused(fault("IN-USE", what="Prepayment"))


def enter(call: Call, payment: Payment) -> None:
    """Put a payment in the books with everything it causes."""
    call.books.payments.put(payment)
    for row in payment.rows:
        _settle(call, row, 1)
    payment.entry_ids = [call.books.post(draft_payment(call.books, payment), call.moment)]
    payment.partner.documents += 1


def withdraw(call: Call, payment: Payment) -> None:
    """Take back everything a payment caused; the payment itself stays in its table."""
    for row in payment.rows:
        _settle(call, row, -1)
    call.books.unpost(payment.entry_ids, call.moment)
    payment.entry_ids = []
    payment.partner.documents -= 1


def _settle(call: Call, row: PaymentRow, sign: int) -> None:
    books = call.books
    if row.type == "PREPAYMENT_PAYMENT":
        books.payments.by_id[row.id].prepayment_used += sign * row.amount
        return
    invoice = invoice_of(books, row)
    if invoice is None:
        return
    books.settle(invoice, sign * row.amount)
    if call.options.payment_bumps_invoice:
        table = books.client_invoices if row.type == "CLIENT_INVOICE" else books.vendor_invoices
        table.touch(invoice, call.moment)


def _answer(call: Call, payment: Payment) -> dict[str, Any]:
    return {"paymentId": payment.id, "number": as_number(payment.number, call), "amount": payment.amount}


def _find(call: Call, identity: str) -> Payment:
    payment = call.books.payments.by_id.get(identity)
    if payment is None:
        raise Refused(fault("NOT-FOUND", what="Payment"))
    return payment
