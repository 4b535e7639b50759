"""The books for tests: everything, or counts and totals."""

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from tilisilta_emulators.smartaccounts.books import Books
from tilisilta_emulators.smartaccounts.entries import show_posting
from tilisilta_emulators.smartaccounts.invoice_draft import CREDIT, ledger_factor
from tilisilta_emulators.smartaccounts.invoice_rows import Side, show_rows
from tilisilta_emulators.smartaccounts.records import (
    ZERO,
    Article,
    Entry,
    Invoice,
    Partner,
    Payment,
    fields,
    view,
)

_PARTNER = fields(
    "id", "name", "vatPc", "group", "regCode", "vatNumber", "bankAccount", "referenceNumber",
    "invoiceDueDate", "address", "contacts", "comment", "builtIn",
)  # fmt: skip
_ARTICLE = fields(
    "code", "description", "type", "unit", "vatPc", "activeSales", "activePurchase", "priceSales",
    "pricePurchase", "accountSales", "accountPurchase", "accountWarehouse",
)  # fmt: skip
_INVOICE = fields(
    "id", "type", "date", "dueDate", "entryDate", "number", "invoiceNumber", "referenceNumber", "currency",
    "exchangeRate", "amount", "vatAmount", "roundAmount", "totalAmount", "objectId", "warehouseId",
    "paymentMethod", "paymentAmount", "comment", "reverseVatChargeType",
)  # fmt: skip
_PAYMENT = fields(
    "id", "date", "partnerType", "accountType", "accountName", "currency", "amount", "number", "document",
    "comment", "prepayment", "rows", "extras",
)  # fmt: skip
_ENTRY = fields("id", "docType", "date", "number", "document", "currency", "exchangeRate", "amount", "comment")
_MOVEMENT = fields("id", "number", "warehouseId", "direction", "date", "document", "rows")


def whole(books: Books) -> dict[str, Any]:
    """Return every record of the books."""
    return {
        "clients": [_partner(item) for item in books.clients],
        "vendors": [_partner(item) for item in books.vendors],
        "articles": [_article(item) for item in books.articles],
        "client_invoices": [_invoice(item, "client") for item in books.client_invoices],
        "vendor_invoices": [_invoice(item, "vendor") for item in books.vendor_invoices],
        "payments": [_payment(item) for item in books.payments],
        "entries": [_entry(item) for item in books.entries],
        "movements": [view(item, _MOVEMENT) for item in books.movements],
        "stock": books.stock.levels(),
        "files": [
            {"id": file.id, "docType": file.doc_type, "docId": file.doc_id, "fileName": file.file_name,
             "size": len(file.content)}
            for file in books.files
        ],
    }  # fmt: skip


def _service(record: Partner | Article) -> dict[str, str]:
    return {"service": record.service, "serviceId": record.service_id}


def _partner(item: Partner) -> dict[str, Any]:
    return view(item, _PARTNER) | _service(item)


def _article(item: Article) -> dict[str, Any]:
    return view(item, _ARTICLE) | _service(item)


def _invoice(item: Invoice, side: Side) -> dict[str, Any]:
    partner = item.partner
    return view(item, _INVOICE) | {
        f"{side}Id": partner.id,
        "partner": {"id": partner.id, "name": partner.name, "regCode": partner.reg_code},
        "baseForCreditInvoiceId": item.base,
        "outstandingAmount": item.outstanding,
        "einvoiceSent": item.einvoice_sent is not None,
        "rows": show_rows(side, item.rows),
    }


def _payment(item: Payment) -> dict[str, Any]:
    key = "clientId" if item.partner_type == "CLIENT" else "vendorId"
    return view(item, _PAYMENT) | {key: item.partner.id}


def _entry(item: Entry) -> dict[str, Any]:
    return view(item, _ENTRY) | {"rows": [show_posting(row) for row in item.rows]}


def short(books: Books) -> dict[str, Any]:
    """Return counts and totals. Credits count with a minus, whatever sign their rows were sent with.

    `duplicates` lists what is in the books more than once: same number of the same partner, or the same
    comment, which is where clients put their own marker. The built-in vendor is not counted.
    """
    sales = [item for item in books.client_invoices if item.type != CREDIT]
    credits_ = [item for item in books.client_invoices if item.type == CREDIT]
    return {
        "clients": {"count": len(books.clients)},
        "vendors": {"count": sum(1 for item in books.vendors if not item.built_in)},
        "articles": {"count": len(books.articles)},
        "client_invoices": _totals(sales, lambda _item: 1),
        "credit_invoices": _totals(credits_, ledger_factor),
        "vendor_invoices": _totals(books.vendor_invoices, lambda _item: 1),
        "payments": {
            "count": len(books.payments),
            "amount": sum((item.amount for item in books.payments), ZERO),
            "by_partner_type": _payment_totals(books.payments),
        },
        "entries": {
            "count": len(books.entries),
            "by_doc_type": Counter(item.doc_type for item in books.entries),
            "debit": sum((row.debit for item in books.entries for row in item.rows), ZERO),
            "credit": sum((row.credit for item in books.entries for row in item.rows), ZERO),
            "unbalanced": sum(1 for item in books.entries if not _balances(item)),
        },
        "movements": {"count": len(books.movements)},
        "files": {"count": len(books.files)},
        "duplicates": {
            "client_invoices": _invoice_duplicates(books.client_invoices),
            "vendor_invoices": _invoice_duplicates(books.vendor_invoices),
            "payments": _repeated(item.comment for item in books.payments),
            "clients": _repeated(item.reg_code for item in books.clients),
            "vendors": _repeated(item.reg_code for item in books.vendors),
        },
    }


def _totals(invoices: Iterable[Invoice], factor: Callable[[Invoice], int]) -> dict[str, Any]:
    count, net, vat, gross, outstanding = 0, ZERO, ZERO, ZERO, ZERO
    by_vat: dict[str, dict[str, Decimal]] = {}
    for invoice in invoices:
        sign = factor(invoice)
        count += 1
        net += sign * invoice.amount
        vat += sign * invoice.vat_amount
        gross += sign * invoice.total_amount
        outstanding += invoice.direction * invoice.remaining
        for row in invoice.rows:
            sums = by_vat.setdefault(row.vat_pc, {"net": ZERO, "vat": ZERO})
            sums["net"] += sign * row.net
            sums["vat"] += sign * row.vat
    return {
        "count": count,
        "net": net,
        "vat": vat,
        "gross": gross,
        "outstanding": outstanding,
        "by_vat_pc": by_vat,
    }


def _payment_totals(payments: Iterable[Payment]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for payment in payments:
        sums = found.setdefault(payment.partner_type, {"count": 0, "amount": ZERO})
        sums["count"] += 1
        sums["amount"] += payment.amount
    return found


def _balances(entry: Entry) -> bool:
    return sum((row.debit - row.credit for row in entry.rows), ZERO) == 0


def _invoice_duplicates(invoices: Iterable[Invoice]) -> list[str]:
    invoices = list(invoices)
    numbers = Counter((item.partner.id, item.invoice_number, item.date) for item in invoices)
    repeated = [number for (_, number, _), count in numbers.items() if count > 1]
    return repeated + _repeated(item.comment for item in invoices)


def _repeated(values: Iterable[str | None]) -> list[str]:
    return [value for value, count in Counter(value for value in values if value).items() if count > 1]
