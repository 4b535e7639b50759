"""Invoices, payment events, partners and products as Procountor shows them."""

from decimal import Decimal
from typing import Any

import msgspec

from tilisilta.connectors.procountor import assumptions
from tilisilta.connectors.procountor.client import Client, Row, number, the_rows
from tilisilta.core.money import ZERO
from tilisilta.kit.marker import read_marker
from tilisilta.kit.values import date, flag, identity, maybe_decimal, text
from tilisilta.ports import ItemCandidate, PartyCandidate, Sent, Totals

ID_SEPARATOR = ","
EVENT_SEPARATOR = ":"


class PartnerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A business partner of the list."""

    key: str
    name: str
    identifier: str
    is_active: bool

    def sent(self) -> Sent:
        """Return it as a record in the target."""
        return Sent(target_id=self.key, number=self.name)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One payment of one invoice; `key` names both."""

    key: str
    day: str
    amount: Decimal
    currency: str
    mark: str


def invoice_totals(row: Row) -> Totals:
    """Return what Procountor says in the invoice's own currency; positive for credit notes too.

    Of two entries one is the company's own currency; a home invoice has that one alone.
    """
    entries = the_rows(row.get("invoiceSumInfo"))
    if not entries:
        return Totals()
    entry = next((each for each in entries if not flag(each.get("inAccountingCurrency"))), entries[0])
    gross = number(entry, "invoiceSumTotal")
    net, vat = maybe_decimal(entry.get("excludingVatTotal")), maybe_decimal(entry.get("vatSumTotal"))
    if gross < 0:
        # Taken from zero, so that no minus stands before a zero.
        net, vat = None if net is None else ZERO - net, None if vat is None else ZERO - vat
    return Totals(net=net, vat=vat, gross=abs(gross))


def signed_total(row: Row) -> Decimal:
    """Return the total with its sign, in the invoice's own currency."""
    entries = the_rows(row.get("invoiceSumInfo"))
    entry = next(
        (each for each in entries if not flag(each.get("inAccountingCurrency"))), entries[0] if entries else {}
    )
    return number(entry, "invoiceSumTotal")


def sent_invoice(row: Row) -> Sent:
    """Return an invoice as a record in the target."""
    return Sent(
        target_id=identity(row.get("id")),
        number=identity(row.get("invoiceNumber")),
        totals=invoice_totals(row),
        extra={"ledger_receipt_id": identity(row.get("ledgerReceiptId"))} if row.get("ledgerReceiptId") else {},
    )


def is_live(row: Row) -> bool:
    """Return whether a record was not withdrawn."""
    return text(row.get("status")).upper() not in assumptions.WITHDRAWN


def invoice_mark(row: Row) -> str:
    """Return our key of an invoice that was read whole."""
    return read_marker(row.get("notes"))


async def read_events(client: Client, invoice_id: str) -> list[Event]:
    """Return the payments of an invoice that stand."""
    rows = await client.everything(f"/invoices/{invoice_id}/paymentevents")
    return [
        read_event(row, invoice_id) for row in rows if text(row.get("status")).upper() not in assumptions.EVENT_DEAD
    ]


def read_event(row: Row, invoice_id: str) -> Event:
    """Return one payment of an invoice."""
    day = date(row.get("paymentDate"), "paymentDate")
    return Event(
        key=f"{invoice_id}{EVENT_SEPARATOR}{identity(row.get('id'))}",
        day=day.isoformat() if day else "",
        amount=number(row, "amount"),
        currency=text(row.get("currency")),
        mark=read_marker(row.get("description")),
    )


def read_partner(row: Row) -> PartnerRow:
    """Return a business partner of the list."""
    info: dict[str, Any] = row.get("invoicingInfo") or {}
    registry: dict[str, Any] = row.get("registryInfo") or {}
    return PartnerRow(
        key=identity(row.get("id")),
        name=text(row.get("name")),
        identifier=text(info.get("identifier")),
        is_active=registry.get("active") is not False,
    )


def party_candidate(row: Row) -> PartyCandidate:
    """Return a business partner for matching; an identifier that is a VAT number is told as one."""
    found = read_partner(row)
    is_vat = found.identifier[:2].isalpha()
    return PartyCandidate(
        target_id=found.key,
        name=found.name,
        registry_code="" if is_vat else found.identifier,
        vat_number=found.identifier if is_vat else "",
    )


def item_candidate(row: Row) -> ItemCandidate:
    """Return a product for matching."""
    return ItemCandidate(
        target_id=identity(row.get("id")),
        code=text(row.get("code")),
        name=text(row.get("name")),
        unit=text(row.get("unit")),
    )
