"""Drafts as they lie on the shelf, and back."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Final

import msgspec

from tilisilta.core.documents import (
    Direction,
    DocumentKind,
    Invoice,
    InvoiceLine,
    Item,
    LineKind,
    Party,
    PartyRole,
    StockKind,
)
from tilisilta.core.documents import item_key as key_of_item
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, ItemDraft, PartyDraft
from tilisilta.core.mapping.products import source_kind
from tilisilta.core.mapping.rows import names_item
from tilisilta.core.mapping.tables import line_item
from tilisilta.core.money import amount_minor
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.ports.register import RegisterKind
from tilisilta.store.models import ShelfDocument, ShelfKind

INVOICES: Final = (ShelfKind.SALES_INVOICE, ShelfKind.SALES_CREDIT_NOTE)
REVERSE_CHARGE: Final = frozenset(
    {
        VatTreatment.REVERSE_CHARGE,
        VatTreatment.CONSTRUCTION_REVERSE_CHARGE,
        VatTreatment.INTRA_EU_SUPPLY_SERVICES,
    }
)
MOST_NUMBER: Final = 2**31 - 1  # the contract's int
_GUIDS: Final = uuid.UUID("6f6d1d5e-7f5b-5c7b-9b0e-2f0f3e9c1a54")
_KEY_CHARS: Final = 200


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of one draft: the columns that are searched, and the payload."""

    kind: ShelfKind
    key: str
    payload: str
    number: str = ""
    register: str = ""
    party_id: str = ""
    party_name: str = ""
    date: dt.date | None = None
    gross_minor: int | None = None
    currency: str = ""
    is_reverse_charge: bool = False
    is_active: bool = True
    extra: dict[str, str] = {}


class Payload(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a record holds: one of the three. `lines` are an invoice's rows as they go."""

    invoice: Invoice | None = None
    lines: tuple[InvoiceLine, ...] = ()
    party_id: str = ""
    credited_id: str = ""
    party: Party | None = None
    item: Item | None = None


def guid_of(connection_id: int, *names: str) -> uuid.UUID:
    """Return the guid that stands for a name on a connection's shelf: always the same, and of no other connection."""
    return uuid.uuid5(_GUIDS, "|".join((str(connection_id), *names)))


def read_payload(row: ShelfDocument) -> Payload:
    """Return what a row of the shelf holds."""
    return msgspec.json.decode(row.payload, type=Payload)


def _written(payload: Payload) -> str:
    return msgspec.json.encode(payload).decode()


def record_of(draft: Draft) -> Record:
    """Return what is stored of a draft.

    Raises:
        Unsupported: a purchase, a supplier, a payment or entry; a number that is none.
    """
    if isinstance(draft, InvoiceDraft):
        return _of_invoice(draft)
    if isinstance(draft, PartyDraft):
        return _of_party(draft)
    if isinstance(draft, ItemDraft):
        return _of_item(draft.item)
    raise Unsupported(field="kind", rule="only customers, items and sales invoices are fetched from here")


def item_records(draft: Draft) -> list[Record]:
    """Return the items that an invoice's rows name, as far as the rows tell about them."""
    if not isinstance(draft, InvoiceDraft):
        return []
    found: dict[str, Record] = {}
    for each in draft.lines:
        line = each.line
        if line.kind is LineKind.ITEM and names_item(line):
            kind = source_kind(line)
            told = msgspec.structs.replace(
                line_item(line), unit=line.unit, vat_rate=line.vat_rate, extra={"kind": kind} if kind else {}
            )
            found.setdefault(item_name(told), _of_item(told))
    return list(found.values())


def item_name(item: Item) -> str:
    """Return the key of an item on the shelf; drafts of the same item from different flows share it."""
    return f"item|{key_of_item(item)}"[:_KEY_CHARS]


def register_of(item: Item) -> RegisterKind:
    """Return which of Severa's registers shows an item; whatever its source does not say is a product."""
    said = next((value for name, value in item.extra.items() if name == "kind" or name.endswith("_kind")), "")
    return RegisterKind(said) if said in set(RegisterKind) else RegisterKind.PRODUCT


def is_goods(item: Item) -> bool:
    """Return whether an item is goods rather than a service."""
    return item.stock_kind is not StockKind.SERVICE


def _of_item(item: Item) -> Record:
    return Record(
        kind=ShelfKind.ITEM,
        key=item_name(item),
        payload=_written(Payload(item=msgspec.structs.replace(item, modified_at=""))),
        number=item.code[:100],
        register=register_of(item).value,
        is_active=item.is_active,
    )


def _of_party(draft: PartyDraft) -> Record:
    if draft.role is not PartyRole.CUSTOMER:
        raise Unsupported(field="role", rule="only customers are fetched from here", value=draft.role.value)
    party = draft.party
    return Record(
        kind=ShelfKind.CUSTOMER,
        key=draft.key[:_KEY_CHARS],
        payload=_written(Payload(party=msgspec.structs.replace(party, modified_at=""))),
        number=customer_number(party),
        party_name=party.name[:200],
    )


def customer_number(party: Party) -> str:
    """Return a customer's number where the source has one that is a number, else nothing."""
    number = party.extra.get("number", "")
    return number if number.isascii() and number.isdigit() and len(number) < 19 else ""  # noqa: PLR2004  a long


def _of_invoice(draft: InvoiceDraft) -> Record:
    invoice = draft.invoice
    if invoice.direction is not Direction.SALES:
        raise Unsupported(field="direction", rule="only sales are fetched from here", value=invoice.direction.value)
    number = invoice.number.strip()
    if not (number.isascii() and number.isdigit() and int(number[:20]) <= MOST_NUMBER):
        raise Unsupported(field="number", rule=f"a whole number up to {MOST_NUMBER}", value=invoice.number)
    is_credit = invoice.is_credit_note
    lines = tuple(_own_line(each.line, invoice) for each in draft.lines)
    party_guid(draft.party_id)
    payload = Payload(invoice=_steady(invoice), lines=lines, party_id=draft.party_id, credited_id=draft.credited_id)
    warnings = _warnings(invoice)
    return Record(
        kind=ShelfKind(DocumentKind.SALES_CREDIT_NOTE if is_credit else DocumentKind.SALES_INVOICE),
        key=draft.key[:_KEY_CHARS],
        payload=_written(payload),
        number=str(int(number)),
        party_id=draft.party_id,
        party_name=invoice.party.name[:200],
        date=invoice.date,
        gross_minor=amount_minor(invoice.gross + invoice.rounding, invoice.currency),
        currency=invoice.currency,
        is_reverse_charge=any(line.vat_treatment in REVERSE_CHARGE for line in lines),
        extra={"warnings": msgspec.json.encode(warnings).decode()} if warnings else {},
    )


def party_guid(party_id: str) -> uuid.UUID:
    """Return the guid of a customer on the shelf.

    Raises:
        Unsupported: the customer was bound by hand to what is no guid.
    """
    try:
        return uuid.UUID(party_id)
    except ValueError:
        raise Unsupported(field="party", rule="the guid of a customer on the shelf", value=party_id) from None


def _steady(invoice: Invoice) -> Invoice:
    """Return an invoice without what its source goes on changing: that is no other content."""
    return msgspec.structs.replace(
        invoice, lines=(), attachments=(), status="", created_at="", modified_at="", is_sent=None, paid=Decimal(0)
    )


def _own_line(line: InvoiceLine, invoice: Invoice) -> InvoiceLine:
    """Return a row with the document's dimensions where it has none of its own."""
    return msgspec.structs.replace(line, dimensions=line.dimensions or invoice.dimensions)


def _warnings(invoice: Invoice) -> list[Problem]:
    found = []
    if invoice.attachments:
        count = len(invoice.attachments)
        found.append(problem("ATTACHMENTS_NOT_CARRIED", where="attachments", severity=Severity.WARNING, count=count))
    if invoice.prepaid != Decimal(0):
        amount = invoice.prepaid
        found.append(problem("PREPAID_NOT_CARRIED", where="prepaid", severity=Severity.WARNING, amount=amount))
    return found
