"""What happens to an invoice after it is saved: circulation, approval, sending, return, invalidation.

Source: vendor sheet, section 4.4; the transitions it marks inferred are switches of `options`.
"""

from typing import Any

from tilisilta_emulators.kit import encode
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.call import Call
from tilisilta_emulators.procountor.errors import CLOSED_PERIOD, Refused, no_rights
from tilisilta_emulators.procountor.invoices import get, require_edit
from tilisilta_emulators.procountor.records import CIRCULATED_TYPES, Invoice
from tilisilta_emulators.procountor.rights import OFF, VIEW, invoice_right
from tilisilta_emulators.procountor.routing import Route

_PAID = ("PAID", "MARKED_PAID", "PARTLY_PAID", "PAYMENT_QUEUED", "PAYMENT_SENT_TO_BANK")


def move(  # noqa: PLR0917 - read in this order at every call
    books: Books, invoice: Invoice, status: str, action: str, name: str, details: str = ""
) -> None:
    """Put an invoice and its accounting page into a status, with a line in the audit trail."""
    invoice.status = status
    invoice.version = books.stamp(invoice.version)
    invoice.trail = (*invoice.trail, (action, name, books.stamp(), details))
    receipt = books.receipts.rows.get(invoice.receipt_id or 0)
    if receipt is not None:
        receipt.status = status
        books.receipts.put(receipt.id, receipt)
    books.invoices.put(invoice.id, invoice)


def _comment(call: Call) -> str:
    """Return the comment of a checking event; an empty body is fine, and so is what some clients send for none."""
    return str(call.read("CheckingEvent").get("comment", "")) if call.body.strip() not in {b"", b"null"} else ""


def _wrong_status(invoice: Invoice, deed: str) -> Refused:
    return Refused(403, f"Invoice in status {invoice.status} cannot be {deed}")


def _changeable(call: Call) -> Invoice:
    invoice = get(call)
    require_edit(call, invoice.type)
    return invoice


def _require_open(call: Call, invoice: Invoice) -> None:
    if not call.books.is_open(invoice.date):
        raise Refused(call.options.closed_period_status, CLOSED_PERIOD)


def in_circulation(call: Call, invoice: Invoice) -> bool:
    """Tell whether approval circulation is in use for an invoice's type."""
    return call.options.circulation and invoice.type in CIRCULATED_TYPES


def checkers(call: Call, invoice: Invoice, role: str) -> list[int]:
    """Return the users named as `acceptors` or `verifiers`: the invoice's own, else the company's defaults."""
    named = invoice.data().get("invoiceApprovalInformation")
    if named is not None:
        return [each["userId"] for each in named.get(role, [])]
    return (call.options.approvers or [call.user]) if role == "acceptors" else []


def _require_checker(call: Call, invoice: Invoice, right: str, deed: str) -> None:
    held = call.rights.tree["invoiceCirculation"][right]
    if held not in ("ALL_RIGHTS", OFF) or (held == OFF and call.options.circulation):
        raise no_rights(deed)
    call.require(invoice_right(invoice.type), deed, VIEW)


def approve(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/approve`."""
    invoice = get(call)
    comment = _comment(call)
    if invoice.sales:
        require_edit(call, invoice.type)
        if invoice.status != "UNFINISHED":
            raise _wrong_status(invoice, "approved")
        move(call.books, invoice, call.options.approved_sales_status, "APPROVAL", call.user_name)
        return _done("approved")
    if invoice.type not in CIRCULATED_TYPES:
        raise Refused(403, "Invoices of this type cannot be approved")
    _require_checker(call, invoice, "approval", "approve the invoice")
    circulated = in_circulation(call, invoice)
    early = invoice.status == "UNFINISHED" and circulated and not call.options.approve_unfinished_in_circulation
    if invoice.status not in ("UNFINISHED", "RECEIVED", "VERIFIED") or early:
        raise _wrong_status(invoice, "approved")
    if circulated:
        named = checkers(call, invoice, "acceptors")
        if call.options.approver_must_be_named and call.user not in named:
            raise no_rights("approve the invoice")
        invoice.checks = {**(invoice.checks or {}), f"a{call.user}": call.books.today().isoformat()}
        if any(f"a{user}" not in invoice.checks for user in named):
            move(call.books, invoice, invoice.status, "APPROVAL", call.user_name, comment)
            return _done("approved; waiting for other approvers")
    move(call.books, invoice, "APPROVED", "APPROVAL", call.user_name, comment)
    return _done("approved")


def verify(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/verify`."""
    invoice = get(call)
    comment = _comment(call)
    if invoice.type not in CIRCULATED_TYPES:
        raise Refused(403, "Invoices of this type cannot be verified")
    _require_checker(call, invoice, "verification", "verify the invoice")
    allowed = ("RECEIVED",) if in_circulation(call, invoice) else ("RECEIVED", "UNFINISHED")
    if invoice.status not in allowed:
        raise _wrong_status(invoice, "verified")
    invoice.checks = {**(invoice.checks or {}), f"v{call.user}": call.books.today().isoformat()}
    move(call.books, invoice, "VERIFIED", "VERIFICATION", call.user_name, comment)
    return _done("verified")


def send_to_circulation(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/sendToCirculation`."""
    invoice = _changeable(call)
    if invoice.type not in CIRCULATED_TYPES or invoice.status != "UNFINISHED":
        raise _wrong_status(invoice, "sent to circulation")
    if not checkers(call, invoice, "acceptors"):
        raise Refused(403, "Invoice has no approvers")
    invoice.in_circulation = True
    move(call.books, invoice, "RECEIVED", "SEND_TO_CIRCULATION", call.user_name)
    return _done("sent to circulation")


def send(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/send`: sales invoices only."""
    invoice = _changeable(call)
    # Where approval itself gives another name, that one is sent from.
    allowed = ("NOT_SENT", "SENT", call.options.approved_sales_status)
    if not invoice.sales or invoice.status not in allowed:
        raise _wrong_status(invoice, "sent")
    status = call.options.sent_no_sending_status if invoice.channel == "NO_SENDING" else "SENT"
    move(call.books, invoice, status, "SEND", call.user_name, invoice.channel)
    return _done("sent")


def reject(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/reject`."""
    invoice = get(call)
    comment = _comment(call)
    if invoice.type not in CIRCULATED_TYPES or invoice.status not in ("UNFINISHED", "RECEIVED", "VERIFIED", "APPROVED"):
        raise _wrong_status(invoice, "rejected")
    _require_checker(call, invoice, "approval", "reject the invoice")
    move(call.books, invoice, "PAYMENT_DENIED", "DENY_PAYMENT", call.user_name, comment)
    return _done("rejected")


def unfinished(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/unfinished`."""
    invoice = _changeable(call)
    _require_open(call, invoice)
    if invoice.status in ("UNFINISHED", *_PAID):
        raise _wrong_status(invoice, "set unfinished")
    action = "RESTORED_UNFINISHED" if invoice.status == "INVALIDATED" else "UNFINISHED"
    invoice.checks, invoice.in_circulation = None, False
    move(call.books, invoice, "UNFINISHED", action, call.user_name)
    return _done("set unfinished")


def invalidate(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/invalidate`: what stands for deleting."""
    invoice = _changeable(call)
    _require_open(call, invoice)
    if invoice.status in ("INVALIDATED", *_PAID):
        raise _wrong_status(invoice, "invalidated")
    move(call.books, invoice, "INVALIDATED", "UNFINISHED", call.user_name, "invalidated")
    return _done("invalidated")


def notes(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/notes`: in any status."""
    invoice = _changeable(call)
    text = call.read("InvoiceNotes")["notes"]
    invoice.body = encode({**invoice.data(), "notes": text})
    invoice.version = call.books.stamp(invoice.version)
    call.books.invoices.put(invoice.id, invoice)
    return _done("notes saved")


def _done(deed: str) -> dict[str, Any]:
    return {"message": f"Invoice {deed}."}


ROUTES = (
    Route("PUT", "/invoices/{invoiceId}/approve", approve),
    Route("PUT", "/invoices/{invoiceId}/verify", verify),
    Route("PUT", "/invoices/{invoiceId}/sendToCirculation", send_to_circulation),
    Route("PUT", "/invoices/{invoiceId}/send", send),
    Route("PUT", "/invoices/{invoiceId}/reject", reject),
    Route("PUT", "/invoices/{invoiceId}/unfinished", unfinished),
    Route("PUT", "/invoices/{invoiceId}/invalidate", invalidate),
    Route("PUT", "/invoices/{invoiceId}/notes", notes),
)
