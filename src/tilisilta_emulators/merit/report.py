"""The books for tests: everything, or counts and totals."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from tilisilta_emulators.merit.call import API_USER
from tilisilta_emulators.merit.ledger import is_balanced, lines_of
from tilisilta_emulators.merit.records import Batch, Invoice, Partner, Payment
from tilisilta_emulators.merit.site import Company, Site
from tilisilta_emulators.merit.tables import Table
from tilisilta_emulators.merit.values import ZERO

R = TypeVar("R", Invoice, Payment, Batch)


def whole(site: Site) -> dict[str, Any]:
    """Return the bureau's books in full under the usual names, and those of other changed companies by API id."""
    others = [one for one in site.touched() if one is not site.main]
    return {
        **books(site, site.main),
        "companies": {(one.keys[0].api_id if one.keys else str(one.mark)): books(site, one) for one in others},
        "company_count": len(site.companies),
    }


def short(site: Site) -> dict[str, Any]:
    """Return totals over the bureau's company and every changed one; `made_by_api` counts what calls entered."""
    touched = site.touched()
    return {"companies": {"count": len(site.companies), "changed": len(touched)}, **totals(site, touched)}


class _Seen:
    """A company's books as they are entered by the emulator's clock."""

    def __init__(self, site: Site, company: Company) -> None:
        self.mark = company.mark
        self.now = site.now(company.country)
        self.books = site.books(company)
        self.sales = self._by_now(self.books.sales)
        self.purchases = self._by_now(self.books.purchases)
        self.orders = self._by_now(self.books.orders)
        self.payments = self._by_now(self.books.payments)
        self.batches = self._by_now(self.books.batches)

    def _by_now(self, table: Table[R]) -> list[R]:
        return [one for one in table if one.created <= self.now]


def books(site: Site, company: Company) -> dict[str, Any]:
    """Return the books of one company."""
    seen = _Seen(site, company)
    one = seen.books
    return {
        "customers": [_partner(each) for each in one.customers.by_id.values()],
        "vendors": [_partner(each) for each in one.vendors.by_id.values()],
        "items": [
            {"id": each.id, "code": each.code, "name": each.name, "type": each.type, "unit": each.unit,
             "price": each.price, "quantity": each.quantity}
            for each in one.items.values()
        ],
        "sales_invoices": [_invoice(each, seen.now) for each in seen.sales],
        "purchase_invoices": [_invoice(each, seen.now) for each in seen.purchases],
        "purchase_orders": [_invoice(each, seen.now) for each in seen.orders],
        "payments": [_payment(each) for each in seen.payments],
        "batches": [_batch(each) for each in seen.batches],
        "movements": [{"id": each.id, "type": each.type, "date": each.date} for each in one.movements.values()],
    }  # fmt: skip


def _partner(one: Partner) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "reg_no": one.reg_no, "country": one.country, **one.data}


def _invoice(one: Invoice, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.number,
        "partner": {"id": one.partner.id, "name": one.partner.name, "reg_no": one.partner.reg_no},
        "date": one.date,
        "due_date": one.due_date,
        "currency": one.currency,
        "rate": one.rate,
        "net": one.net,
        "vat": one.vat,
        "rounding": one.rounding,
        "gross": one.total,
        "paid": one.paid(now),
        "reference": one.reference,
        "batch": one.batch_info,
        "comment": one.comment,
        "user": one.user,
        "entered": one.created,
        "changed": one.changed,
        "has_file": one.file is not None,
        "rows": [
            {"code": row.code, "description": row.description, "quantity": row.quantity, "price": row.price,
             "tax": row.tax.code, "net": row.net, "vat": row.vat, "account": row.account, "dims": row.dims,
             "department": row.department}
            for row in one.rows
        ],
    }  # fmt: skip


def _payment(one: Payment) -> dict[str, Any]:
    return {
        "id": one.id, "direction": one.direction, "date": one.date, "method": one.method, "amount": one.amount,
        "partner": one.partner.name if one.partner else None, "entered": one.created,
        "documents": [{"id": part.doc_id, "number": part.number, "amount": part.amount} for part in one.allocations],
    }  # fmt: skip


def _batch(one: Batch) -> dict[str, Any]:
    return {
        "id": one.id, "code": one.code, "no": one.no, "document": one.document, "date": one.date, "total": one.total,
        "entered": one.created, "changed": one.changed,
        "lines": [
            {"account": line.account, "debit": line.debit, "credit": line.credit, "memo": line.memo}
            for line in lines_of(one)
        ],
    }  # fmt: skip


def totals(site: Site, companies: list[Company]) -> dict[str, Any]:
    """Return counts, net, VAT, gross and duplicates; credits are negative and counted apart."""
    found = [_Seen(site, one) for one in companies]
    sales = [one for each in found for one in each.sales]
    purchases = [one for each in found for one in each.purchases]
    paid = [one for each in found for one in each.payments]
    entered = [one for each in found for one in each.batches]
    return {
        "customers": {"count": sum(len(each.books.customers.by_id) for each in found)},
        "vendors": {"count": sum(len(each.books.vendors.by_id) for each in found)},
        "items": {"count": sum(len(each.books.items) for each in found)},
        "sales_invoices": _sums(one for one in sales if one.total >= 0),
        "credit_invoices": _sums(one for one in sales if one.total < 0),
        "purchase_invoices": _sums(purchases),
        "purchase_orders": _sums(one for each in found for one in each.orders),
        "payments": {"count": len(paid), "amount": sum((one.amount for one in paid), ZERO)},
        "batches": {
            "count": len(entered),
            "by_code": dict(Counter(one.code for one in entered)),
            "unbalanced": sum(1 for one in entered if not is_balanced(one)),
        },
        "made_by_api": {
            "sales_invoices": _sums(one for one in sales if one.user == API_USER and one.total >= 0),
            "credit_invoices": _sums(one for one in sales if one.user == API_USER and one.total < 0),
            "purchase_invoices": _sums(one for one in purchases if one.user == API_USER),
            "payments": {"count": sum(1 for one in paid if one.user == API_USER)},
            "batches": {"count": sum(1 for one in entered if one.user == API_USER)},
        },
        "duplicates": {
            "sales_invoices": _twice((each.mark, one.number) for each in found for one in each.sales),
            "purchase_invoices": _twice(
                (each.mark, one.partner.id, one.number) for each in found for one in each.purchases
            ),
            "customers": _twice(
                (each.mark, one.reg_no) for each in found for one in each.books.customers.by_id.values()
            ),
            "vendors": _twice((each.mark, one.reg_no) for each in found for one in each.books.vendors.by_id.values()),
        },
    }


def months(site: Site, company: Company) -> dict[str, dict[str, int]]:
    """Return by month of the document how many there are of each kind, and of ledger batches by code.

    `lines` counts lines of the ledger; `late` batches that were entered after their month.
    """
    seen = _Seen(site, company)
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    kinds: tuple[tuple[str, Sequence[Invoice | Payment]], ...] = (
        ("sales_invoices", seen.sales),
        ("purchase_invoices", seen.purchases),
        ("payments", seen.payments),
    )
    for kind, records in kinds:
        for record in records:
            counted[f"{record.date:%Y-%m}"][kind] += 1
    for batch in seen.batches:
        month = counted[f"{batch.date:%Y-%m}"]
        month["batches"] += 1
        month[batch.code] += 1
        month["lines"] += len(lines_of(batch))
        month["late"] += (batch.created.year, batch.created.month) > (batch.date.year, batch.date.month)
    return {month: dict(counted[month]) for month in sorted(counted)}


def _sums(found: Iterable[Invoice]) -> dict[str, Any]:
    count, net, vat, gross = 0, ZERO, ZERO, Decimal("0.00")
    for one in found:
        count += 1
        net, vat, gross = net + one.net, vat + one.vat, gross + one.total
    return {"count": count, "net": net, "vat": vat, "gross": gross}


def _twice(keys: Iterable[tuple[Any, ...]]) -> list[str]:
    counted = Counter(key for key in keys if key[-1])
    return [str(key[-1]) for key, times in counted.items() for _ in range(times - 1)]
