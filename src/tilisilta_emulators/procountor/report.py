"""The books as tests read them: everything in full, or counts and totals, and what is there twice."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any

from tilisilta_emulators.procountor import chart, company, partners, posting, receipts
from tilisilta_emulators.procountor.books import Books, squeezed
from tilisilta_emulators.procountor.invoices import show
from tilisilta_emulators.procountor.money import ZERO, to_home
from tilisilta_emulators.procountor.records import Invoice, Receipt

DEAD = "INVALIDATED"


def state(books: Books) -> dict[str, Any]:
    """Return every document, partner, product, payment and file, the ledger's balances and what is there twice."""
    return {
        "company": books.settings["company"],
        "invoices": [
            {
                **show(books, row),
                "created": row.created,
                "openSum": row.sums.gross - _paid(books, row),
                "trail": row.trail,
            }
            for row in books.invoices.rows.values()
        ],
        "ledger_receipts": [receipts.show(books, row) for row in books.receipts.rows.values()],
        "payment_events": [row.wire() for row in books.events.rows.values()],
        "payments": list(books.payments.rows.values()),
        "business_partners": [partners.show(books, row) for row in books.partners.rows.values()],
        "products": list(books.products.rows.values()),
        "attachments": [
            {**row.wire(), "size": len(row.content), "sha256": hashlib.sha256(row.content).hexdigest()}
            for row in books.attachments.rows.values()
        ],
        "bank_accounts": list(books.bank_accounts.rows.values()),
        "fiscal_years": [company.show_year(each) for each in books.years],
        "ledger": balances(books),
        "webhooks": list(books.webhooks.values()),
        "pushed": books.pushed,
        "duplicates": duplicates(books),
    }


def _paid(books: Books, invoice: Invoice) -> Decimal:
    return sum((books.events.rows[each].amount for each in invoice.events), ZERO)


def balances(books: Books) -> dict[str, Decimal]:
    """Return debit minus credit per account over all live pages and payments; the sum of all is zero."""
    out: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for receipt in books.receipts.rows.values():
        if receipt.status == DEAD:
            continue
        for each in receipt.data()["transactions"]:
            out[each["account"]] += each["accountingValue"]
            vat = posting.vat_of(each)
            if vat:
                sales = each.get("vatType") == "SALES"
                out[chart.VAT_PAYABLE if sales else chart.VAT_RECEIVABLE] += vat
    for event in books.events.rows.values():
        invoice = books.invoices.rows[event.invoice_id]
        rate = posting.rate_of(books, invoice.data())
        amount = to_home(event.amount, rate)
        debt = chart.RECEIVABLES if invoice.sales else chart.PAYABLES
        sign = -1 if invoice.sales else 1
        out[debt] += sign * amount
        out[chart.CLEARING] -= sign * amount
    return {code: out[code] for code in sorted(out) if out[code]}


def summary(books: Books) -> dict[str, Any]:
    """Return count, net, vat and gross per kind in the company's currency; invalidated documents apart."""
    live = [row for row in books.invoices.rows.values() if row.status != DEAD]
    out: dict[str, Any] = {
        "sales_invoices": _documents(row for row in live if row.sales),
        "purchase_invoices": _documents(row for row in live if row.side == "PURCHASE"),
        "journals": _journals(row for row in books.receipts.rows.values() if row.status != DEAD),
        "sales_payments": _payments(books, sales=True),
        "purchase_payments": _payments(books, sales=False),
        "invalidated": {"count": len(books.invoices.rows) - len(live)},
    }
    for name, rows in (
        ("ledger_receipts", books.receipts.rows),
        ("business_partners", books.partners.rows),
        ("products", books.products.rows),
        ("attachments", books.attachments.rows),
    ):
        out[name] = {"count": len(rows)}
    out["statuses"] = dict(sorted(Counter(f"{row.type} {row.status}" for row in books.invoices.rows.values()).items()))
    out["duplicates"] = {kind: len(keys) for kind, keys in duplicates(books).items()}
    return out


def _documents(rows: Iterable[Invoice]) -> dict[str, Any]:
    count, net, vat = 0, ZERO, ZERO
    for row in rows:
        count += 1
        net += row.sums.home_net
        vat += row.sums.home_vat
    return {"count": count, "net": net, "vat": vat, "gross": net + vat}


def _journals(rows: Iterable[Receipt]) -> dict[str, Any]:
    """Net of a journal: its debits that bear no reversing mark."""
    count, net, vat = 0, ZERO, ZERO
    for row in rows:
        if row.type != receipts.JOURNAL:
            continue
        count += 1
        vat += row.vat
        entries = row.data()["transactions"]
        net += sum((each["accountingValue"] for each in entries if each["accountingValue"] > 0), ZERO)
    return {"count": count, "net": net, "vat": vat, "gross": net + vat}


def _payments(books: Books, *, sales: bool) -> dict[str, Any]:
    amounts = [row.amount for row in books.events.rows.values() if books.invoices.rows[row.invoice_id].sales is sales]
    total = sum(amounts, ZERO)
    return {"count": len(amounts), "net": total, "vat": ZERO, "gross": total}


def duplicates(books: Books) -> dict[str, list[str]]:
    """Return per kind the keys met more than once, each as often as there are rows too many.

    Keys: type, party and original number of an invoice; name, date and sums of a journal; invoice, date and amount
    of a payment; type and identifier, else name, of a partner; type and code, else name, of a product; place, name
    and content of a file.
    """
    live = [row for row in books.invoices.rows.values() if row.status != DEAD]
    return {
        "invoices": _repeated((row.type, row.partner_id or row.name, row.original) for row in live if row.original),
        "journals": _repeated(
            (row.name, row.date, row.vat, hashlib.sha256(row.body).hexdigest()[:12])
            for row in books.receipts.rows.values()
            if row.type == receipts.JOURNAL and row.status != DEAD
        ),
        "payments": _repeated((row.invoice_id, row.date, row.amount) for row in books.events.rows.values()),
        "business_partners": _repeated(
            (row.type, squeezed(row.identifier) or row.name) for row in books.partners.rows.values()
        ),
        "products": _repeated((row["type"], row.get("code") or row["name"]) for row in books.products.rows.values()),
        "attachments": _repeated(
            (row.reference_type, row.reference_id, row.name, hashlib.sha256(row.content).hexdigest()[:12])
            for row in books.attachments.rows.values()
        ),
    }


def _repeated(keys: Iterable[tuple[Hashable, ...]]) -> list[str]:
    return sorted(
        " / ".join(str(part) for part in key) for key, times in Counter(keys).items() for _ in range(times - 1)
    )
