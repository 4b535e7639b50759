"""Entries of SmartAccounts for counting: invoices, payments and entries of the ledger, with their rows."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from tilisilta.connectors.smartaccounts import mapper
from tilisilta.connectors.smartaccounts.client import Client
from tilisilta.connectors.smartaccounts.wire import read_date, wire_date
from tilisilta.connectors.smartaccounts.write_invoice import PURCHASE_SERVICE, SALES_SERVICE
from tilisilta.connectors.smartaccounts.write_others import PAYMENTS_SERVICE
from tilisilta.core.errors import BadInput
from tilisilta.kit.values import decimal, identity, text
from tilisilta.ports.counts import EntriesRequest, Entry, EntryKind

LEDGER_SERVICE = "general/entries"
# The vendor's document types of ledger entries; section 4.7 of the vendor sheet.
_TYPES = {
    "BANK_PAYMENT": EntryKind.BANK_ENTRY,
    "CASH_PAYMENT": EntryKind.CASH_ENTRY,
    "PERIOD_SALARY": EntryKind.PAYROLL_RUN,
    "VAT_RETURN": EntryKind.VAT_RETURN,
    "PERIOD_DEPRECIATION": EntryKind.FIXED_ASSET_ENTRY,
    "WAREHOUSE_MOVEMENT": EntryKind.STOCK_ENTRY,
    "LEDGER_ENTRY": EntryKind.MANUAL_ENTRY,
}
_SALES = frozenset({EntryKind.SALES_INVOICE, EntryKind.SALES_CREDIT})
_PURCHASES = frozenset({EntryKind.PURCHASE_INVOICE, EntryKind.PURCHASE_CREDIT})
_PAYMENTS = frozenset({EntryKind.PAYMENT_IN, EntryKind.PAYMENT_OUT})
_LEDGER = frozenset({EntryKind.LEDGER_BATCH, *_TYPES.values()})
_SERVICES = (
    (SALES_SERVICE, _SALES),
    (PURCHASE_SERVICE, _PURCHASES),
    (PAYMENTS_SERVICE, _PAYMENTS),
    (LEDGER_SERVICE, _LEDGER),
)
KINDS = (
    EntryKind.SALES_INVOICE,
    EntryKind.SALES_CREDIT,
    EntryKind.PURCHASE_INVOICE,
    EntryKind.PURCHASE_CREDIT,
    EntryKind.PAYMENT_IN,
    EntryKind.PAYMENT_OUT,
    EntryKind.LEDGER_BATCH,
    *_TYPES.values(),
)


class EntryRead(msgspec.Struct, rename="camel"):
    """What the four lists have in common, and what tells the kinds of one list apart."""

    id: Any = None
    date: Any = None
    type: Any = None
    doc_type: Any = None
    partner_type: Any = None
    number: Any = None
    invoice_number: Any = None
    document: Any = None
    amount: Any = None
    total_amount: Any = None
    rows: Any = None
    date_created: Any = None
    date_updated: Any = None


async def read_entries(client: Client, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
    """Yield the entries dated on these days; see `ports.counts.EntriesReader`. A call brings a hundred.

    Raises:
        BadInput: A listed entry cannot be read.

    """
    for service, kinds in _SERVICES:
        wanted = kinds & request.kinds
        if not wanted:
            continue
        params = {
            "dateFrom": wire_date(request.date_from),
            "dateTo": wire_date(request.date_to),
            "dateType": "date",
            "fetchRows": "true" if wanted & request.rows_of else "false",
        }
        seen: set[str] = set()
        async for page in client.settled_pages(service, params, EntryRead):
            if page.unreadable:
                raise BadInput(field=service, rule="shape")
            rows = [row for row in page.rows if identity(row.id) not in seen]
            seen.update(identity(row.id) for row in rows)
            yield [
                entry
                for row in rows
                for kind in _kinds(service, row)
                if kind in wanted
                for entry in (_entry(row, kind, service, has_rows=kind in request.rows_of),)
            ]


def _kinds(service: str, row: EntryRead) -> tuple[EntryKind, ...]:
    if service == LEDGER_SERVICE:
        own = _TYPES.get(text(row.doc_type).upper())
        return (EntryKind.LEDGER_BATCH, own) if own else (EntryKind.LEDGER_BATCH,)
    if service == PAYMENTS_SERVICE:
        is_customer = text(row.partner_type).upper() != "VENDOR"
        is_in = is_customer is (decimal(row.amount, "amount") >= 0)
        return (EntryKind.PAYMENT_IN if is_in else EntryKind.PAYMENT_OUT,)
    is_credit = text(row.type).upper() == "CRE" or decimal(row.total_amount, "totalAmount") < 0
    if service == SALES_SERVICE:
        return (EntryKind.SALES_CREDIT if is_credit else EntryKind.SALES_INVOICE,)
    return (EntryKind.PURCHASE_CREDIT if is_credit else EntryKind.PURCHASE_INVOICE,)


def _entry(row: EntryRead, kind: EntryKind, service: str, *, has_rows: bool) -> Entry:
    key, date = identity(row.id), read_date(row.date, "date")
    if not key or date is None:
        raise BadInput(field=service, rule="date" if key else "id")
    rows = row.rows if isinstance(row.rows, list) else []
    return Entry(
        kind=kind,
        id=key,
        date=date,
        rows=len(rows) if has_rows else None,
        entered_at=mapper.read_moment(row.date_created),
        changed_at=mapper.read_moment(row.date_updated),
        number=text(row.invoice_number) or text(row.number),
        label=text(row.document),
    )
