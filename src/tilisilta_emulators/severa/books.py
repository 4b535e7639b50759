"""The books as tests read them: everything in full, or counts and totals, and what is there twice."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tilisilta_emulators.severa.invoicing import net_of, vat_of
from tilisilta_emulators.severa.records import Invoice
from tilisilta_emulators.severa.render import Renderer, codes_of
from tilisilta_emulators.severa.store import ENTRY_KINDS, Store
from tilisilta_emulators.severa.values import ZERO

_REGISTERS = ("invoicestatuses", "customers", "addresses", "products", "worktypes", "travelexpensetypes")


def invoice_state(invoice: Invoice, how: str) -> dict[str, Any]:
    """Return one invoice with its rows and its log."""
    return {
        "guid": invoice.guid,
        "number": invoice.number,
        "reference": invoice.reference,
        "status": invoice.status.text("name"),
        "customer": invoice.customer.text("name"),
        "date": invoice.day,
        "due_date": invoice.due,
        "currency": invoice.currency.text("code"),
        "is_credit": invoice.is_credit,
        "credits": invoice.credits.number if invoice.credits else None,
        "net": invoice.net,
        "vat": invoice.vat,
        "gross": invoice.gross,
        "rows": [
            {
                "guid": row.guid,
                "type": row.row_type,
                "codes": codes_of(row, how),
                "description": row.description,
                "quantity": row.quantity,
                "unit_price": row.unit_price,
                "vat_rate": row.vat_rate,
                "net": net_of(row),
                "vat": vat_of(row),
            }
            for row in invoice.rows
        ],
        "log": invoice.log or [],
    }


def state(store: Store) -> dict[str, Any]:
    """Return every invoice, customer and register."""
    renderer = Renderer(store)
    models = {
        "invoicestatuses": "InvoiceStatusModel",
        "customers": "CustomerModel",
        "addresses": "AddressModel",
        "products": "ProductOutputModel",
        "worktypes": "WorkTypeOutputModel",
        "travelexpensetypes": "TravelExpenseTypeOutputModel",
    }
    registers = {kind: [renderer.show(one, models[kind]) for one in store.tables[kind]] for kind in _REGISTERS}
    return {
        "invoices": [invoice_state(one, store.options.codes) for one in store.invoices],
        **registers,
        "duplicates": duplicates(store),
    }


def summary(store: Store) -> dict[str, Any]:
    """Return count, net, vat and gross of invoices and credit notes and per status, and counts of the rest."""
    by_status = {status.text("name"): _totals(store.in_status(status)) for status in store.tables["invoicestatuses"]}
    return {
        "invoices": _totals(one for one in store.invoices if not one.is_credit),
        "credit_notes": _totals(one for one in store.invoices if one.is_credit),
        "by_status": by_status,
        "rows": {"count": len(store.rows)},
        "log_entries": {"count": sum(len(one.log or ()) for one in store.invoices)},
        **{kind: {"count": len(store.tables[kind])} for kind in _REGISTERS},
        **{kind: {"count": len(store.entries[kind])} for kind in ENTRY_KINDS},
        "duplicates": {kind: len(keys) for kind, keys in duplicates(store).items()},
    }


def _totals(invoices: Iterable[Invoice]) -> dict[str, Any]:
    count, net, vat = 0, ZERO, ZERO
    for invoice in invoices:
        count += 1
        net += invoice.net
        vat += invoice.vat
    return {"count": count, "net": net, "vat": vat, "gross": net + vat}


def duplicates(store: Store) -> dict[str, list[str]]:
    """Return per kind the keys met more than once: numbers of invoices, numbers of customers, codes of a register."""
    return {
        "invoices": _repeated(one.number for one in store.invoices),
        "customers": _repeated(one.data.get("number") for one in store.tables["customers"]),
        "products": _repeated(one.data.get("code") for one in store.tables["products"]),
    }


def _repeated(keys: Iterable[Any]) -> list[str]:
    counted = Counter(key for key in keys if key not in (None, ""))
    return sorted(str(key) for key, times in counted.items() for _ in range(times - 1))
