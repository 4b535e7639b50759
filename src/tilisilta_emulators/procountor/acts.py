"""What people do in Procountor's own pages while a client works, on order of control or of a fault."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from tilisilta_emulators.kit import encode
from tilisilta_emulators.procountor import company, invoice_states, invoices, payments, posting
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.money import row_sums
from tilisilta_emulators.procountor.records import Invoice, Receipt
from tilisilta_emulators.procountor.site import USER_ID, Site

Act = Callable[[Site, Books, dict[str, Any]], Any]
_PERSON = "Aino Kirjanpitäjä"


def _invoice(books: Books, data: dict[str, Any]) -> Invoice:
    invoice_id = data.get("id") or max(books.invoices.rows, default=0)
    if invoice_id not in books.invoices.rows:
        raise ValueError(f"no invoice {invoice_id}")
    return books.invoices.rows[invoice_id]


def _receipt(books: Books, data: dict[str, Any]) -> Receipt:
    receipt_id = data.get("id") or max(books.receipts.rows, default=0)
    if receipt_id not in books.receipts.rows:
        raise ValueError(f"no ledger receipt {receipt_id}")
    return books.receipts.rows[receipt_id]


def touch_receipt(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"id"}` (default the newest): a person saves the accounting page; its version moves."""
    receipt = _receipt(books, data)
    body = receipt.data()
    body["accountantsNotes"] = str(data.get("note", "Tarkistettu"))[:255]
    receipt.body = encode(body)
    receipt.version = books.stamp(receipt.version)
    books.receipts.put(receipt.id, receipt)
    return {"id": receipt.id, "version": receipt.version}


def touch_invoice(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"id"}`: a person saves the invoice; its version moves."""
    invoice = _invoice(books, data)
    invoice.version = books.stamp(invoice.version)
    books.invoices.put(invoice.id, invoice)
    return {"id": invoice.id, "version": invoice.version}


def recreate_receipt(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"id"}` of an invoice: its accounting page is made anew under a new id."""
    invoice = _invoice(books, data)
    body = invoice.data()
    if invoice.receipt_id is not None:
        books.receipts.drop(invoice.receipt_id)
    rows, _, _ = row_sums(body, by_total=books.options.rounding == "total")
    posting.make_receipt(books, invoice, body, rows)
    books.invoices.put(invoice.id, invoice)
    return {"id": invoice.id, "ledgerReceiptId": invoice.receipt_id}


def set_status(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"id", "status"}`: a person moves an invoice."""
    invoice = _invoice(books, data)
    if data.get("status") not in ("UNFINISHED", "RECEIVED", "VERIFIED", "APPROVED", "NOT_SENT", "SENT", "INVALIDATED"):
        raise ValueError("status: UNFINISHED, RECEIVED, VERIFIED, APPROVED, NOT_SENT, SENT or INVALIDATED")
    invoice_states.move(books, invoice, data["status"], "UNFINISHED", _PERSON)
    return {"id": invoice.id, "status": invoice.status}


def approve_as(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"id", "user"}`: another approver does their part."""
    invoice = _invoice(books, data)
    invoice.checks = {**(invoice.checks or {}), f"a{data['user']}": books.today().isoformat()}
    named = invoice.data().get("invoiceApprovalInformation", {}).get("acceptors", [])
    if all(f"a{each['userId']}" in invoice.checks for each in named):
        invoice_states.move(books, invoice, "APPROVED", "APPROVAL", _PERSON)
    return {"id": invoice.id, "status": invoice.status}


def copy_invoice(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"id"}`: a person copies an invoice."""
    made = invoices.add(books, _invoice(books, data).data(), USER_ID + 1)
    return {"id": made.id}


def periods(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"until": "2026-03-31", "status": "CLOSED"}`: periods that end by a day change; status CLOSED by default."""
    status = data.get("status", "CLOSED")
    if status not in ("OPEN", "PENDING", "CLOSED"):
        raise ValueError("status: OPEN, PENDING or CLOSED")
    until = date.fromisoformat(str(data.get("until", "")))
    return {"changed": company.close_until(books.years, until, status, books.stamp())}


def rights(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"rights": {"payments.markAsPaid": "NO_ACCESS"}, "role", "user"}`: rights are changed."""
    held = books.rights.get(data.get("user", USER_ID))
    if held is None:
        raise ValueError("no such user")
    held.set(data.get("rights", {}))
    held.role = str(data.get("role", held.role))
    return held.wire()


def vat_status(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"number", "sales", "purchase"}`: a VAT status gains or loses a side."""
    status = books.statuses.get(data.get("number", 0))
    if status is None:
        raise ValueError("no such VAT status")
    status.sales, status.purchase = bool(data.get("sales", status.sales)), bool(data.get("purchase", status.purchase))
    return {"number": status.number, "sales": status.sales, "purchase": status.purchase}


def account(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"code", "active", "vat"}`: an account is withdrawn, or may bear VAT or not."""
    held = books.accounts.get(str(data.get("code")))
    if held is None:
        raise ValueError("no such account")
    held.active, held.vat = bool(data.get("active", held.active)), bool(data.get("vat", held.vat))
    return {"code": held.code, "active": held.active, "vat": held.vat}


def partner(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"id", "combine_rows", "default_account", "active"}`: a partner's settings are changed."""
    held = books.partners.rows.get(data.get("id", 0))
    if held is None:
        raise ValueError("no such business partner")
    held.combine_rows = bool(data.get("combine_rows", held.combine_rows))
    held.default_account = data.get("default_account", held.default_account)
    held.active = bool(data.get("active", held.active))
    held.version = books.stamp(held.version)
    books.partners.put(held.id, held)
    return {"id": held.id}


def mfa(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"transactionIdentifier", "decision": "confirmed" | "rejected" | "expired"}`; without a name: what waits."""
    if "transactionIdentifier" in data:
        if data.get("decision") not in ("confirmed", "rejected", "expired"):
            raise ValueError("decision: confirmed, rejected or expired")
        payments.decide(books, str(data["transactionIdentifier"]), data["decision"])
    return [
        {"transactionIdentifier": name, "kind": each["kind"], "state": each["state"]}
        for name, each in books.settings["mfa"].items()
    ]


def reference_payment(_site: Site, books: Books, data: dict[str, Any]) -> Any:
    """`{"sum", "bankReference", "valueDate", "name"}`: money with a reference comes from the bank."""
    iban = next(iter(books.bank_accounts.rows.values()))["iban"]
    day = str(data.get("valueDate", books.today().isoformat()))
    row = {
        "id": books.reference_payments.take_id(),
        "accountNumber": iban,
        "valueDate": day,
        "paymentDate": day,
        "sum": Decimal(str(data.get("sum", "0"))),
        "name": str(data.get("name", "")),
        "bankReference": str(data.get("bankReference", "")),
        "archiveId": "",
        "allocated": False,
        "attachments": [],
    }
    books.reference_payments.put(row["id"], row)
    return row


def revoke_key(site: Site, _books: Books, data: dict[str, Any]) -> Any:
    """`{"id"}` of a key (default the first): it is revoked."""
    site.revoke(int(data.get("id", 1)))
    return list(site.all_keys())


ACTS: dict[str, Act] = {
    each.__name__: each
    for each in (
        *(touch_receipt, touch_invoice, recreate_receipt, set_status, approve_as, copy_invoice, periods, rights),
        *(vat_status, account, partner, mfa, reference_payment, revoke_key),
    )
}
