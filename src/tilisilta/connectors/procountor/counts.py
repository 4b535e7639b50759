"""Entries of Procountor for counting: invoices, payments of invoices, and accounting pages by their type."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator, Sequence

import msgspec

from tilisilta.connectors.procountor import assumptions, ledger, reading
from tilisilta.connectors.procountor.client import Client, Row, number
from tilisilta.core.errors import BadInput
from tilisilta.kit.values import date, identity, text
from tilisilta.ports.counts import EntriesRequest, Entry, EntryKind

_SALES = "SALES_INVOICE"
_INVOICES = {
    _SALES: (EntryKind.SALES_INVOICE, EntryKind.SALES_CREDIT),
    "PURCHASE_INVOICE": (EntryKind.PURCHASE_INVOICE, EntryKind.PURCHASE_CREDIT),
}
_PAYMENTS = frozenset({EntryKind.PAYMENT_IN, EntryKind.PAYMENT_OUT})
# Pages of these types are something more than an entry of the ledger; section 6 of the vendor sheet.
_TYPES = {
    "BANK_STATEMENT_AS_RECEIPT": EntryKind.BANK_ENTRY,
    "REFERENCE_PAYMENT": EntryKind.BANK_ENTRY,
    "SALARY": EntryKind.PAYROLL_RUN,
    "PERIODIC_TAX_RETURN": EntryKind.VAT_RETURN,
    "VAT_FORM": EntryKind.VAT_RETURN,
    "JOURNAL": EntryKind.MANUAL_ENTRY,
    "TRAVEL_INVOICE": EntryKind.OTHER_ENTRY,
    "BILL_OF_CHARGES": EntryKind.OTHER_ENTRY,
    "EMPLOYER_CONTRIBUTION": EntryKind.OTHER_ENTRY,
}
_LEDGER = frozenset({EntryKind.LEDGER_BATCH, *_TYPES.values()})
KINDS = (
    EntryKind.SALES_INVOICE,
    EntryKind.SALES_CREDIT,
    EntryKind.PURCHASE_INVOICE,
    EntryKind.PURCHASE_CREDIT,
    EntryKind.PAYMENT_IN,
    EntryKind.PAYMENT_OUT,
    EntryKind.LEDGER_BATCH,
    EntryKind.BANK_ENTRY,
    EntryKind.PAYROLL_RUN,
    EntryKind.VAT_RETURN,
    EntryKind.MANUAL_ENTRY,
    EntryKind.OTHER_ENTRY,
)


async def read_entries(client: Client, request: EntriesRequest) -> AsyncIterator[Sequence[Entry]]:
    """Yield the entries dated on these days; see `ports.counts.EntriesReader`.

    Costs one call for 200 invoices, one more for 200 whose rows are asked for and not known, two for 200 pages of the
    ledger, and for payments one for 100 invoices that were changed since.

    Raises:
        BadInput: A listed entry has no id or no date.

    """
    types = [name for name, kinds in _INVOICES.items() if request.kinds & set(kinds)]
    if types:
        async for page in client.pages("/invoices", {**_days(request), "types": ",".join(types)}):
            yield await _with_rows(client, request, [one for row in page for one in _invoice(row, request)])
    if _PAYMENTS & request.kinds:
        async for page in client.pages("/invoices", _changed_since(request.date_from)):
            yield await _payments(client, request, page)
    if _LEDGER & request.kinds:
        async for page in client.pages(ledger.PATH, _days(request)):
            yield await _pages(client, request, page)


def _days(request: EntriesRequest) -> dict[str, str]:
    return {"startDate": request.date_from.isoformat(), "endDate": request.date_to.isoformat()}


def _changed_since(first: dt.date) -> dict[str, str]:
    """Return what finds the invoices that may have been paid since a day: paying one changes it."""
    since = first - dt.timedelta(days=assumptions.PAID_AHEAD_DAYS)
    return {"versionStartDate": since.isoformat(), "types": ",".join(_INVOICES)}


def _is_counted(row: Row) -> bool:
    return text(row.get("status")).upper() not in assumptions.NOT_COUNTED


def _identity(row: Row, name: str, field: str) -> str:
    found = identity(row.get(name))
    if not found:
        raise BadInput(field=field, value="", rule="id")
    return found


def _date(row: Row, name: str) -> dt.date:
    found = date(row.get(name), name)
    if found is None:
        raise BadInput(field=name, value="", rule="date")
    return found


def _invoice(row: Row, request: EntriesRequest) -> Iterator[Entry]:
    """Give an invoice as an entry; an offer, a withdrawn one and a kind that nobody asked for give none."""
    kinds = _INVOICES.get(text(row.get("type")))
    if kinds is None or row.get("isOffer") is True or not _is_counted(row):
        return
    kind = kinds[reading.signed_total(row) < 0]
    if kind in request.kinds:
        partner = (row.get("counterParty") or {}).get("counterPartyAddress") or {}
        yield Entry(
            kind=kind,
            id=_identity(row, "id", "invoices"),
            date=_date(row, "date"),
            entered_at=text(row.get("created")),
            changed_at=text(row.get("version")),
            number=text(row.get("originalInvoiceNumber")) or identity(row.get("invoiceNumber")),
            label=text(partner.get("name")),
        )


async def _with_rows(client: Client, request: EntriesRequest, entries: list[Entry]) -> list[Entry]:
    """Return the entries with the rows that are asked for: the known ones, the others from the invoices themselves."""
    asked = [one for one in entries if one.kind in request.rows_of]
    held = await client.batch("/invoices", [one.id for one in asked if one.version not in request.known_rows])
    counted = {
        one.version: request.known_rows[one.version]
        if one.version in request.known_rows
        else len(held[one.id].get("invoiceRows") or ())
        for one in asked
        # What was deleted between the list and the look at it is not an entry any more.
        if one.version in request.known_rows or one.id in held
    }
    return [
        msgspec.structs.replace(one, rows=counted[one.version]) if one.kind in request.rows_of else one
        for one in entries
        if one.kind not in request.rows_of or one.version in counted
    ]


async def _payments(client: Client, request: EntriesRequest, page: Sequence[Row]) -> list[Entry]:
    """Return the payments of these invoices that are dated on the days asked for."""
    invoices = {identity(row.get("id")): row for row in page if _may_be_paid(row)}
    keys, found = list(invoices), []
    for at in range(0, len(keys), assumptions.EVENT_INVOICES_A_CALL):
        chunk = ",".join(keys[at : at + assumptions.EVENT_INVOICES_A_CALL])
        for event in await client.everything("/payments/paymentevents", {"invoiceId": chunk}):
            if text(event.get("status")).upper() in assumptions.EVENT_DEAD:
                continue
            day = _date(event, "paymentDate")
            invoice_id = _identity(event, "invoiceId", "paymentevents")
            kind = _direction(invoices[invoice_id], event)
            if kind not in request.kinds or not request.date_from <= day <= request.date_to:
                continue
            key = f"{invoice_id}{reading.EVENT_SEPARATOR}{_identity(event, 'id', 'paymentevents')}"
            number_ = identity(invoices[invoice_id].get("invoiceNumber"))
            label = text(event.get("receiverName"))
            found.append(Entry(kind=kind, id=key, date=day, rows=1, number=number_, label=label))
    return found


def _may_be_paid(row: Row) -> bool:
    return _is_counted(row) and text(row.get("status")).upper() not in assumptions.OPEN


def _direction(invoice: Row, event: Row) -> EntryKind:
    """Return where the money went: what pays a credit note comes the other way."""
    is_in = (text(invoice.get("type")) == _SALES) is (number(event, "amount") >= 0)
    return EntryKind.PAYMENT_IN if is_in else EntryKind.PAYMENT_OUT


async def _pages(client: Client, request: EntriesRequest, listed: Sequence[Row]) -> list[Entry]:
    """Return accounting pages as what they are: one of the ledger, and what their type says."""
    wanted = [row for row in listed if _is_counted(row) and text(row.get("type")) not in assumptions.NOT_POSTED]
    found = await client.batch(ledger.PATH, [_identity(row, "id", "ledgerreceipts") for row in wanted])
    # Only the list tells when a page was made.
    created = {identity(row.get("id")): text(row.get("created")) for row in wanted}
    return [
        entry for key, row in found.items() if _is_counted(row) for entry in _page(row, created.get(key, ""), request)
    ]


def _page(row: Row, created: str, request: EntriesRequest) -> Iterator[Entry]:
    kinds = [EntryKind.LEDGER_BATCH]
    if (own := _TYPES.get(text(row.get("type")))) is not None:
        kinds.append(own)
    # A page is made anew under another id when its invoice is edited; the invoice's id stays.
    invoice_id = identity(row.get("invoiceId"))
    key = invoice_id or f"page{reading.EVENT_SEPARATOR}{_identity(row, 'id', 'ledgerreceipts')}"
    for kind in kinds:
        if kind in request.kinds:
            yield Entry(
                kind=kind,
                id=key,
                date=_date(row, "receiptDate"),
                rows=len(row.get("transactions") or ()),
                entered_at=created,
                changed_at=text(row.get("version")),
                number=identity(row.get("receiptNumber")) or identity(row.get("invoiceNumber")),
                label=text(row.get("name")),
            )
