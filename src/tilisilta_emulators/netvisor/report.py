"""The books for tests: everything, or counts and totals."""

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.netvisor.books import Books
from tilisilta_emulators.netvisor.records import (
    ZERO,
    Attachment,
    BankPayment,
    Customer,
    PurchaseInvoice,
    Record,
    SalesInvoice,
    SalesPayment,
    Vendor,
    Voucher,
)


def whole(books: Books) -> dict[str, Any]:
    """Return every record of the books; parties are named by key, files by name and size."""
    return {
        "vouchers": [_plain(item) for item in books.vouchers],
        "customers": [_plain(item) for item in books.customers],
        "vendors": [_plain(item) for item in books.vendors],
        "products": [_plain(item) for item in books.products],
        "sales_invoices": [_sales(item) for item in books.sales],
        "orders": [_sales(item) for item in books.orders],
        "sales_payments": [_payment(item) for item in books.sales_payments],
        "purchase_invoices": [_purchase(item) for item in books.purchases],
        "payments": [_bank(item) for item in books.payments],
        "dimensions": [msgspec.to_builtins(item) for item in books.dimensions.values()],
        "accounts": [msgspec.to_builtins(item) for item in books.accounts.values()],
    }


def _plain(record: Record) -> dict[str, Any]:
    shown = msgspec.structs.asdict(record)
    if "attachments" in shown:
        shown["attachments"] = [_file(item) for item in shown["attachments"]]
    return shown


def _file(item: Attachment) -> dict[str, Any]:
    return {"file_name": item.file_name, "mime_type": item.mime_type, "kind": item.kind, "size": len(item.content),
            "description": item.description}  # fmt: skip


def _sales(item: SalesInvoice) -> dict[str, Any]:
    return _plain(item) | {"customer": _party(item.customer), "open": item.open}


def _payment(item: SalesPayment) -> dict[str, Any]:
    return _plain(item) | {"invoice": item.invoice.key}


def _bank(item: BankPayment) -> dict[str, Any]:
    return _plain(item) | {
        "invoice": item.invoice.key if item.invoice else 0,
        "voucher": item.voucher.key if item.voucher else 0,
    }


def _purchase(item: PurchaseInvoice) -> dict[str, Any]:
    return _plain(item) | {"vendor": _party(item.vendor), "net": item.net, "gross": item.gross}


def _party(item: Customer | Vendor) -> dict[str, Any]:
    return {"key": item.key, "name": item.name, "code": item.code, "business_id": item.business_id}


def short(books: Books) -> dict[str, Any]:
    """Return counts and totals; `duplicates` lists what is in the books more than once.

    Amounts are in the documents' own currency, credit notes with their minus; `ledger` is by account and VAT code over
    valid vouchers, debit positive.
    """
    valid = [item for item in books.vouchers if item.status == "valid"]
    own = [item for item in valid if not item.source]
    sales = [item for item in books.sales if item.kind == "invoice"]
    return {
        "customers": {"count": len(books.customers)},
        "vendors": {"count": len(books.vendors)},
        "products": {"count": len(books.products)},
        "sales_invoices": _totals(
            sales, lambda item: (item.net, item.vat, item.amount, item.open, bool(item.voucher_key))
        ),
        "orders": {"count": len(books.orders)},
        "purchase_invoices": _totals(
            books.purchases,
            lambda item: (item.net, item.gross - item.net, item.amount, item.amount - item.paid,
                          bool(item.voucher_key)),
        ),
        "sales_payments": {
            "count": len(books.sales_payments),
            "sum": sum((item.sum for item in books.sales_payments), ZERO),
        },
        "payments": {"count": len(books.payments), "sum": sum((item.amount for item in books.payments), ZERO)},
        "vouchers": {
            "count": len(books.vouchers),
            "by_status": Counter(item.status for item in books.vouchers),
            "by_type": Counter(item.type for item in valid),
            "imported": len(own),
            "debit": sum((line.sum for item in valid for line in item.lines if line.sum > 0), ZERO),
            "credit": sum((-line.sum for item in valid for line in item.lines if line.sum < 0), ZERO),
            "unbalanced": sum(1 for item in valid if sum((line.sum for line in item.lines), ZERO)),
            "attachments": sum(len(item.attachments) for item in valid),
        },
        "ledger": _ledger(valid),
        "dimensions": {
            "count": len(books.dimensions),
            "items": sum(len(item.items) for item in books.dimensions.values()),
        },
        "duplicates": {
            "vouchers": _repeated(_content(item) for item in own),
            "sales_invoices": _repeated(f"{item.customer.key}/{item.number}" for item in sales),
            "purchase_invoices": _repeated(
                f"{item.vendor.name}/{item.number}/{item.date}" for item in books.purchases
            ),
            "sales_payments": _repeated(
                f"{item.invoice.number}/{item.date}/{item.sum}" for item in books.sales_payments
            ),
            "customers": _repeated(item.business_id for item in books.customers),
            "vendors": _repeated(item.business_id for item in books.vendors),
        },
    }  # fmt: skip


def _totals(
    invoices: Iterable[Any], sums: Callable[[Any], tuple[Decimal, Decimal, Decimal, Decimal, bool]]
) -> dict[str, Any]:
    count, net, vat, gross, open_sum, posted = 0, ZERO, ZERO, ZERO, ZERO, 0
    for invoice in invoices:
        one = sums(invoice)
        count += 1
        net += one[0]
        vat += one[1]
        gross += one[2]
        open_sum += one[3]
        posted += one[4]
    return {"count": count, "net": net, "vat": vat, "gross": gross, "open": open_sum, "posted": posted}


def _ledger(vouchers: Iterable[Voucher]) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {}
    for voucher in vouchers:
        for line in voucher.lines:
            sums = found.setdefault(line.account, {})
            sums[line.vat_code] = sums.get(line.vat_code, ZERO) + line.sum
    return dict(sorted(found.items()))


def _content(item: Voucher) -> str:
    """Return what makes two imported vouchers the same to a reader."""
    lines = "; ".join(f"{line.account} {line.vat_code} {line.sum}" for line in item.lines)
    return f"{item.date} {item.type} {item.description}: {lines}"


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(value for value in values if value).items() if count > 1]
