"""Payments: marked paid, the events of an invoice, payment transactions, and what a person must confirm.

Source: vendor sheet, sections 2.4 and 8. An event cannot be taken back by a program alone.
"""

import secrets
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tilisilta_emulators.procountor import paging
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.call import Call, whole
from tilisilta_emulators.procountor.errors import CLOSED_PERIOD, Refused, not_found
from tilisilta_emulators.procountor.invoice_states import move
from tilisilta_emulators.procountor.invoices import get
from tilisilta_emulators.procountor.money import ZERO
from tilisilta_emulators.procountor.records import ORDER_TYPES, Invoice, PaymentEvent
from tilisilta_emulators.procountor.routing import Route

_TYPES = {
    "ADJUSTMENT": "ADJUSTMENT",
    "BANK_STATEMENT": "BANKSTATEMENT",
    "CASH": "CASH",
    "CHARGE_CARD": "CHARGECARD",
    "CORRECTION": "CORRECTION",
    "CREDIT_LOSS": "CREDITLOSS",
    "CREDIT_NOTE": "COMPENSATIONINVOICE",
    "EXTERNAL_BANK_TRANSFER": "BANKTRANSFERELSEWHERE",
    "SET_OFF": "SETOFF",
}
_APPROVED = ("APPROVED", "PARTLY_PAID", "MARKED_PAID", "PAID")


def open_sum(books: Books, invoice: Invoice) -> Decimal:
    """Return what is still to be paid, in the invoice's currency."""
    return invoice.sums.gross - sum((books.events.rows[each].amount for each in invoice.events), ZERO)


def settle(books: Books, invoice: Invoice, event: PaymentEvent, name: str) -> None:
    """Book a payment event and move the invoice to PARTLY_PAID or MARKED_PAID."""
    books.events.put(event.id, event)
    invoice.events = (*invoice.events, event.id)
    invoice.paid_on = max(invoice.paid_on or "", event.date)
    status = "MARKED_PAID" if open_sum(books, invoice) == 0 else "PARTLY_PAID"
    move(books, invoice, status, "MARKED_PAID", name, str(event.amount))


def mark_paid(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/paymentevents/markpaid`. Calling it twice books it twice, unless the option says no."""
    invoice = get(call)
    call.require("payments.markAsPaid", "mark the invoice paid")
    data = call.read("MarkInvoiceAsPaid")
    if invoice.status in ("UNFINISHED", "INVALIDATED") or invoice.type in ORDER_TYPES:
        raise Refused(403, f"Invoice in status {invoice.status} cannot be marked paid")
    if not invoice.sales and call.options.pay_only_approved and invoice.status not in _APPROVED:
        raise Refused(403, "Invoice must be approved before payment")
    if invoice.status == "MARKED_PAID" and call.options.markpaid_twice == "refuse":
        raise Refused(403, "Invoice is already paid")
    if data["currency"] != invoice.currency:
        raise Refused(400, "CURRENCY_MUST_MATCH_INVOICE_CURRENCY", "currency")
    if data["amount"] == 0 or data["amount"] != round(data["amount"], 2):
        raise Refused(400, "INVALID_AMOUNT", "amount")
    if not call.books.is_open(data["paymentDate"]):
        raise Refused(call.options.closed_period_status, CLOSED_PERIOD, "paymentDate")
    event = PaymentEvent(
        id=call.books.events.take_id(),
        invoice_id=invoice.id,
        type=_TYPES[data.get("paymentMethodType", "EXTERNAL_BANK_TRANSFER")]
        if invoice.sales
        else _TYPES["EXTERNAL_BANK_TRANSFER"],
        date=data["paymentDate"],
        amount=data["amount"],
        currency=invoice.currency,
        description=data.get("description") if invoice.sales else None,
    )
    settle(call.books, invoice, event, call.user_name)
    return event.wire()


def events(call: Call) -> dict[str, Any]:
    """`GET /invoices/{id}/paymentevents`."""
    invoice = get(call)
    ids = sorted(invoice.events, reverse=paging.descending(call))
    return paging.answer(call, ids, lambda each: call.books.events.rows[each].wire())


def _event(call: Call) -> PaymentEvent:
    wanted = whole(call.ids[1])
    if wanted not in get(call).events:
        raise not_found("Payment event")
    return call.books.events.rows[wanted or 0]


def event(call: Call) -> dict[str, Any]:
    """`GET /invoices/{id}/paymentevents/{eventId}`."""
    return _event(call).wire()


def ask_person(books: Books, kind: str, apply: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], int]:
    """Answer 202 and wait for a person; `apply` runs when they confirm and gives the result's body."""
    name = secrets.token_hex(16)
    books.settings["mfa"][name] = {"kind": kind, "state": "pending", "apply": apply, "result": None}
    return {"transactionIdentifier": name, "confirmationApp": "PROCOUNTOR_KEY"}, 202


def decide(books: Books, name: str, state: str) -> None:
    """Let the person confirm, reject or let expire what waits for them.

    Raises:
        ValueError: Nothing of that name waits.

    """
    waiting = books.settings["mfa"].get(name)
    if waiting is None or waiting["state"] != "pending":
        raise ValueError(f"nothing pending as {name!r}")
    waiting["state"] = state
    if state == "confirmed":
        waiting["result"] = waiting["apply"]()
        books.settings["push"](waiting["kind"], waiting["result"])


def mfa_result(call: Call) -> Any:
    """`GET /mfatransactionresult/{id}`, and the `.../confirm` calls that it replaces."""
    waiting = call.books.settings["mfa"].get(call.ids[0])
    if waiting is None:
        raise not_found("Transaction")
    if waiting["state"] == "pending":
        return {"message": "Waiting for confirmation."}, 202
    if waiting["state"] != "confirmed":
        raise Refused(406 if waiting["state"] == "rejected" else 408, f"Transaction {waiting['state']}")
    if waiting.get("told"):
        raise Refused(409, "Transaction already processed")
    waiting["told"] = True
    return waiting["result"]


def delete_event(call: Call) -> Any:
    """`DELETE /invoices/{id}/paymentevents/{eventId}`: only after a person has confirmed."""
    call.require("payments.markAsPaid", "delete the payment event")
    held, invoice, books = _event(call), get(call), call.books

    def apply() -> dict[str, Any]:
        invoice.events = tuple(each for each in invoice.events if each != held.id)
        books.events.drop(held.id)
        status = "PARTLY_PAID" if invoice.events else ("SENT" if invoice.sales else "APPROVED")
        invoice.paid_on = max((books.events.rows[each].date for each in invoice.events), default=None)
        move(books, invoice, status, "DELETED_PAID_ELSEWHERE_PAYMENT_TRANSACTION", call.user_name)
        return {"info": {"message": "Payment event deleted."}}

    return ask_person(books, "INVOICE_PAYMENTEVENTS_DELETED", apply)


def _payment_row(row: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "invoiceId", "paymentDate", "amount", "receiverName", "status", "serviceCharge", "paidAmount")
    return {name: row[name] for name in (*names, "paidCurrency") if row.get(name) is not None}


def payment_list(call: Call) -> dict[str, Any]:
    """`GET /payments`."""
    call.require_view("payments.payment", "view payments")
    rows, query = call.books.payments.rows, call.query
    ids = [
        each
        for each, row in rows.items()
        if query.get("startDate", "") <= row["paymentDate"] <= query.get("endDate", "9999")
        and row.get("invoiceId") in query.get("invoiceId", (row.get("invoiceId"),))
    ]
    ids.sort(reverse=paging.descending(call))
    return paging.answer(call, ids, lambda each: _payment_row(rows[each]))


def payment_events(call: Call) -> dict[str, Any]:
    """`GET /payments/paymentevents?invoiceId=`: events of several invoices."""
    call.require_view("payments.payment", "view payments")
    wanted = set(call.query["invoiceId"])
    books = call.books
    ids = [each for key in wanted if key in books.invoices.rows for each in books.invoices.rows[key].events]
    ids.sort(reverse=paging.descending(call))

    def show(each: int) -> dict[str, Any]:
        row = books.events.rows[each]
        name = books.invoices.rows[row.invoice_id].name
        return {**_payment_row(row.wire()), "receiverName": name}

    return paging.answer(call, ids, show)


def payment(call: Call) -> dict[str, Any]:
    """`GET /payments/{id}`."""
    call.require_view("payments.payment", "view payments")
    row = call.books.payments.rows.get(call.id())
    if row is None:
        raise not_found("Payment")
    hidden = ("paidAmount", "paidCurrency", "serviceCharge")
    return {name: value for name, value in row.items() if name not in hidden and value is not None}


def post_payments(call: Call) -> Any:
    """`POST /payments`: invoices to the bank, after a person has confirmed."""
    call.require("payments.payment", "create payments")
    data = call.read("InvoicePaymentList")["payments"]
    for at, each in enumerate(data):
        if each["invoiceId"] not in call.books.invoices.rows:
            raise Refused(404, "Invoice not found", f"payments[{at}].invoiceId")
        if call.books.invoices.rows[each["invoiceId"]].sales:
            raise Refused(403, "Sales invoices cannot be paid")

    def apply() -> dict[str, Any]:
        made = []
        for each in data:
            invoice = call.books.invoices.rows[each["invoiceId"]]
            row = _queue(call, each, invoice.currency, invoice.id)
            move(call.books, invoice, "PAYMENT_QUEUED", "SENT_FOR_PAYMENT", call.user_name)
            made.append({"paymentId": row["id"], "invoiceId": invoice.id})
        return {"invoicePayments": {"transactions": made}}

    return ask_person(call.books, "INVOICE_PAYMENT_CREATED", apply)


def post_transfers(call: Call) -> Any:
    """`POST /payments/directbanktransfers`: money without an invoice, after a person has confirmed."""
    call.require("payments.directBankTransfer", "create bank transfers")
    data = call.read("DirectBankTransferList")["directBankTransfers"]

    def apply() -> dict[str, Any]:
        made = []
        for each in data:
            row = _queue(call, each, each["currencyCode"], None)
            made.append({"paymentId": row["id"], "customId": each.get("customId")})
        return {"directBankTransfers": {"transactions": made}}

    return ask_person(call.books, "DIRECTBANKDATATRANSFER_PAYMENT_CREATED", apply)


def _queue(call: Call, given: dict[str, Any], currency: str, invoice_id: int | None) -> dict[str, Any]:
    row = {
        "id": call.books.payments.take_id(),
        "invoiceId": invoice_id,
        "paymentDate": given["paymentDate"],
        "amount": given["amount"],
        "receiverName": given["recipientNameAndAddress"]["name"],
        "currency": currency,
        "payerAccount": given.get("payerBankAccount"),
        "receiverAccount": given["recipientBankAccount"],
        "receiverBic": given.get("recipientBicCode"),
        "message": given.get("message"),
        "createdBy": call.user_name,
        "status": "PAYMENT_QUEUED",
        "serviceCharge": given.get("serviceCharge"),
    }
    call.books.payments.put(row["id"], row)
    return row


def _end_payment(call: Call, kind: str) -> Any:
    call.require("payments.payment", "change payments")
    row = call.books.payments.rows.get(call.id())
    if row is None:
        raise not_found("Payment")

    def apply() -> dict[str, Any]:
        call.books.payments.put(row["id"], {**row, "status": "PAYMENT_TRANSACTION_REMOVED"})
        invoice = call.books.invoices.rows.get(row["invoiceId"] or 0)
        if invoice is not None:
            move(call.books, invoice, "APPROVED", "CANCEL_PAYMENT_TRANSACTION", call.user_name)
        return {"info": {"message": "Payment removed."}}

    return ask_person(call.books, kind, apply)


def delete_payment(call: Call) -> Any:
    """`DELETE /payments/{id}`."""
    return _end_payment(call, "PAYMENT_DELETED")


def cancel_payment(call: Call) -> Any:
    """`PUT /payments/{id}/cancel`."""
    return _end_payment(call, "PAYMENT_UPDATED")


def error_messages(call: Call) -> dict[str, Any]:
    """`GET /payments/errormessages`: the emulated bank refuses nothing."""
    call.require_view("payments.payment", "view payments")
    return paging.answer(call, [], lambda each: each)


ROUTES = (
    Route("PUT", "/invoices/{invoiceId}/paymentevents/markpaid", mark_paid),
    Route("GET", "/invoices/{invoiceId}/paymentevents", events),
    Route("GET", "/invoices/{invoiceId}/paymentevents/{paymentEventId}", event),
    Route("DELETE", "/invoices/{invoiceId}/paymentevents/{paymentEventId}", delete_event),
    Route("GET", "/mfatransactionresult/{transactionIdentifier}", mfa_result),
    Route("PUT", "/payments/{transactionIdentifier}/confirm", mfa_result),
    Route("PUT", "/invoices/{transactionIdentifier}/confirm", mfa_result),
    Route("PUT", "/users/{transactionIdentifier}/confirm", mfa_result),
    Route("GET", "/payments", payment_list),
    Route("POST", "/payments", post_payments),
    Route("POST", "/payments/directbanktransfers", post_transfers),
    Route("GET", "/payments/errormessages", error_messages),
    Route("GET", "/payments/paymentevents", payment_events),
    Route("GET", "/payments/{paymentId}", payment),
    Route("DELETE", "/payments/{paymentId}", delete_payment),
    Route("PUT", "/payments/{paymentId}/cancel", cancel_payment),
)
