"""Entries of Netvisor for counting: invoices, payments of sales, and vouchers of the ledger."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from tilisilta.connectors.netvisor import ledger, reading
from tilisilta.connectors.netvisor.client import Client
from tilisilta.connectors.netvisor.ledger import in_chunks
from tilisilta.connectors.netvisor.wire import everywhere, get
from tilisilta.core.documents import Direction
from tilisilta.core.errors import BadInput
from tilisilta.ports.counts import EntriesRequest, Entry, EntryKind

_INVOICES = {
    Direction.SALES: (EntryKind.SALES_INVOICE, EntryKind.SALES_CREDIT, "salesinvoiceproductline"),
    Direction.PURCHASE: (EntryKind.PURCHASE_INVOICE, EntryKind.PURCHASE_CREDIT, "purchaseinvoiceline"),
}
KINDS = (
    EntryKind.SALES_INVOICE,
    EntryKind.SALES_CREDIT,
    EntryKind.PURCHASE_INVOICE,
    EntryKind.PURCHASE_CREDIT,
    EntryKind.PAYMENT_IN,
    EntryKind.LEDGER_BATCH,
)


async def read_entries(client: Client, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
    """Yield the entries dated on these days; see `ports.counts.EntriesReader`.

    Netvisor's lists tell neither when something was entered nor when it was changed; rows of invoices are read 500
    invoices a call, rows of vouchers come with them.

    Raises:
        BadInput: A listed entry has no key.

    """
    for direction, (plain, credit, line) in _INVOICES.items():
        if not {plain, credit} & request.kinds:
            continue
        rows = await reading.list_invoices(client, direction, request.date_from, request.date_to)
        entries = [
            Entry(kind=credit if row.total < 0 else plain, id=_key(row.key), date=row.date, number=row.number)
            for row in rows
        ]
        entries = [one for one in entries if one.kind in request.kinds]
        counted = await _lines(client, direction, line, [one.id for one in entries if one.kind in request.rows_of])
        yield [msgspec.structs.replace(one, rows=counted[one.id]) if one.id in counted else one for one in entries]
    if EntryKind.PAYMENT_IN in request.kinds:
        days = {"begindate": request.date_from.isoformat(), "enddate": request.date_to.isoformat()}
        payments = await reading.list_payments(client, days)
        yield [
            Entry(kind=EntryKind.PAYMENT_IN, id=_key(row.key), date=row.date, rows=1, number=row.invoice_number)
            for row in payments
        ]
    if EntryKind.LEDGER_BATCH in request.kinds:
        vouchers = await ledger.read_days(client, request.date_from, request.date_to)
        yield [
            Entry(
                kind=EntryKind.LEDGER_BATCH,
                id=_key(each.key),
                date=each.date,
                rows=len(each.lines),
                number=each.number,
            )
            for each in vouchers
        ]


def _key(value: str) -> str:
    if not value:
        raise BadInput(field="NetvisorKey", value="", rule="id")
    return value


async def _lines(client: Client, direction: Direction, line: str, keys: list[str]) -> dict[str, int]:
    kind = reading.KINDS[direction]
    found: dict[str, int] = {}
    for chunk in in_chunks(keys):
        root = await client.read(kind.get_resource, {"netvisorkeylist": ",".join(chunk), **kind.extra})
        for row in everywhere(root, kind.row):
            key = next((key for name in kind.key_elements if (key := get(row, name))), "")
            found[key] = sum(1 for _ in everywhere(row, line))
    return found
