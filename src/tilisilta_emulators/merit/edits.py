"""What a person does in Merit's own pages and the API cannot: moving, touching and deleting documents."""

import datetime as dt
from typing import Any, Literal

import msgspec

from tilisilta_emulators.merit.books import Books
from tilisilta_emulators.merit.records import Batch, Invoice, Payment
from tilisilta_emulators.merit.site import Company, Site
from tilisilta_emulators.merit.tables import Table
from tilisilta_emulators.merit.values import add_months


class Edit(msgspec.Struct, forbid_unknown_fields=True):
    """One change of a document of any kind.

    Args:
        id: The document: invoice, payment or ledger batch.
        action: `touch` moves its ChangedDate to now, `move` its date, `delete` removes it.
        date: Where `move` puts it; a month later when left out.
    """

    id: str
    action: Literal["touch", "move", "delete"] = "touch"
    date: dt.date | None = None


def edit(site: Site, company: Company, change: Edit) -> str:
    """Change a document and what the ledger holds of it; return its kind.

    Raises:
        ValueError: The company has no such document.
    """
    books = site.keep(company)
    now = site.now(company.country)
    tables: dict[str, Table[Any]] = {
        "sales_invoice": books.sales,
        "purchase_invoice": books.purchases,
        "payment": books.payments,
        "batch": books.batches,
    }
    for kind, table in tables.items():
        record = table.by_id.get(change.id)
        if record is None:
            continue
        if change.action == "delete":
            _delete(books, table, record)
            return kind
        _change(table, record, change, now)
        batch = books.batch_of.get(record.id)
        if batch is not None:
            _change(books.batches, batch, change, now)
        return kind
    raise ValueError(f"{company.name} has no document {change.id}")


def _delete(books: Books, table: Table[Any], record: Any) -> None:
    if isinstance(record, Invoice):
        books.remove_invoice(record)
        return
    table.remove(record)
    if isinstance(record, Batch) and record.source is not None:
        books.batch_of.pop(record.source.id, None)
    books.remove_batch_of(record.id)
    if isinstance(record, Payment):
        for part in record.allocations:
            invoice = books.sales.by_id.get(part.doc_id) or books.purchases.by_id.get(part.doc_id)
            if invoice is not None:
                invoice.payments.remove(record)


def _change(table: Table[Any], record: Any, change: Edit, now: dt.datetime) -> None:
    table.remove(record)
    if change.action == "move":
        record.date = change.date or add_months(record.date, 1)
    record.changed = now
    table.put(record)
