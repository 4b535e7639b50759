"""Entries of Merit for counting: invoices, payments and batches of the ledger, each with its rows when asked for."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from tilisilta.connectors.merit import mapper
from tilisilta.connectors.merit.lists import Lists
from tilisilta.connectors.merit.wire import BatchRead, InvoiceRead, PaymentRead, guid, read_moment, require_date, whole
from tilisilta.core.documents import Direction
from tilisilta.core.errors import BadInput
from tilisilta.kit.gather import gather
from tilisilta.kit.values import decimal, text
from tilisilta.ports.counts import EntriesRequest, Entry, EntryKind

KINDS = (
    EntryKind.SALES_INVOICE,
    EntryKind.SALES_CREDIT,
    EntryKind.PURCHASE_INVOICE,
    EntryKind.PURCHASE_CREDIT,
    EntryKind.PAYMENT_IN,
    EntryKind.PAYMENT_OUT,
    EntryKind.LEDGER_BATCH,
    EntryKind.BANK_ENTRY,
    EntryKind.CASH_ENTRY,
    EntryKind.PAYROLL_RUN,
    EntryKind.VAT_RETURN,
    EntryKind.FIXED_ASSET_ENTRY,
    EntryKind.STOCK_ENTRY,
    EntryKind.MANUAL_ENTRY,
)
_SALES = frozenset({EntryKind.SALES_INVOICE, EntryKind.SALES_CREDIT})
_PURCHASES = frozenset({EntryKind.PURCHASE_INVOICE, EntryKind.PURCHASE_CREDIT})
_PAYMENTS = frozenset({EntryKind.PAYMENT_IN, EntryKind.PAYMENT_OUT})
_BATCHES = frozenset(KINDS) - _SALES - _PURCHASES - _PAYMENTS


async def read_entries(lists: Lists, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
    """Yield the entries dated on these days; see `ports.counts.EntriesReader`.

    Costs, for six months: 2 calls for each of sales, purchases, payments and ledger, 6 or 7 for the ledger when rows or
    manual entries are asked for, and one for each invoice whose rows are asked for and not known.
    """
    first, last = request.date_from, request.date_to
    for kinds, direction in ((_SALES, Direction.SALES), (_PURCHASES, Direction.PURCHASE)):
        if kinds & request.kinds:
            rows = await lists.invoices(direction, first, last)
            entries = [_invoice(row, direction) for row in rows]
            yield await _with_rows(lists, request, direction, [one for one in entries if one.kind in request.kinds])
    if _PAYMENTS & request.kinds:
        payments = [_payment(row) for row in await lists.payments(first, last)]
        yield [one for one in payments if one.kind in request.kinds]
    if not _BATCHES & request.kinds:
        return
    if EntryKind.MANUAL_ENTRY in request.kinds or _BATCHES & request.rows_of & request.kinds:
        # Only the full list tells rows, and which document stands behind a batch.
        async for batches in lists.full_batches(first, last):
            yield _batches(lists, request, batches)
    else:
        yield _batches(lists, request, await lists.batches(first, last))


def _identity(value: str, endpoint: str) -> str:
    if not value:
        raise BadInput(field=endpoint, rule="id")
    return value


def _invoice(row: InvoiceRead, direction: Direction) -> Entry:
    is_credit = decimal(row.total_sum, "TotalSum") < 0
    if direction is Direction.SALES:
        kind = EntryKind.SALES_CREDIT if is_credit else EntryKind.SALES_INVOICE
    else:
        kind = EntryKind.PURCHASE_CREDIT if is_credit else EntryKind.PURCHASE_INVOICE
    return Entry(
        kind=kind,
        id=_identity(row.key, "getinvoices"),
        date=require_date(row.document_date, "DocumentDate"),
        entered_at=read_moment(row.inbound_time),
        changed_at=read_moment(row.changed_date),
        number=row.number,
        label=row.partner_name,
    )


async def _with_rows(
    lists: Lists, request: EntriesRequest, direction: Direction, entries: list[Entry]
) -> Sequence[Entry]:
    """Return the entries with the rows that are asked for: the known ones, the others from the invoice itself."""
    wanted = [one for one in entries if one.kind in request.rows_of and one.version not in request.known_rows]

    async def count(one: Entry) -> int | None:
        detail = await lists.invoice(direction, one.id)
        return None if detail is None else len(detail.lines or ())

    counted: dict[str, int | None] = {
        one.version: rows for one, rows in zip(wanted, await gather(count, wanted), strict=True)
    }
    counted.update(
        (one.version, request.known_rows[one.version]) for one in entries if one.version in request.known_rows
    )
    return [
        msgspec.structs.replace(one, rows=counted.get(one.version)) if one.kind in request.rows_of else one
        for one in entries
        # Deleted between the list and the look at it: not an entry any more.
        if one.version not in counted or counted[one.version] is not None
    ]


def _payment(row: PaymentRead) -> Entry:
    is_in = whole(row.direction) in {mapper.CUSTOMERS, mapper.OTHER_IN}
    return Entry(
        kind=EntryKind.PAYMENT_IN if is_in else EntryKind.PAYMENT_OUT,
        id=_identity(mapper.payment_id(row), "getpayments"),
        date=require_date(row.document_date, "DocumentDate"),
        rows=len(row.paym_api_details or ()),
        changed_at=read_moment(row.changed_date),
        number=text(row.document_no),
        label=text(row.counter_part_name),
    )


def _batches(lists: Lists, request: EntriesRequest, batches: Sequence[BatchRead]) -> list[Entry]:
    return [entry for batch in batches for entry in _batch(lists, batch) if entry.kind in request.kinds]


def _batch(lists: Lists, batch: BatchRead) -> list[Entry]:
    """Return a batch as what it is: one of the ledger, and what its code or its lack of a document says."""
    code = text(batch.batch_code).upper()
    kind = lists.client.options.batch_kinds.get(code)
    kinds = [EntryKind.LEDGER_BATCH]
    if kind is not None:
        kinds.append(kind)
    elif batch.entries is not None and not guid(batch.doc_id):
        kinds.append(EntryKind.MANUAL_ENTRY)
    common: dict[str, Any] = {
        "id": _identity(guid(batch.glb_id), "getglbatches"),
        "date": _date(batch),
        "rows": None if batch.entries is None else len(batch.entries),
        "changed_at": read_moment(batch.changed_date),
        "number": mapper.batch_number(batch),
        "label": text(batch.document),
    }
    return [Entry(kind=each, **common) for each in kinds]


def _date(batch: BatchRead) -> dt.date:
    return require_date(batch.batch_date, "BatchDate")
