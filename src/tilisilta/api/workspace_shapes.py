"""Shapes of the invoice workspace, and how they become canonical documents."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec
from ninja import Schema
from pydantic import Field

from tilisilta.api.shapes import Amount, Id, Input, PageQuery, Text, amount
from tilisilta.core.documents import (
    Address,
    BankAccount,
    Direction,
    Invoice,
    InvoiceLine,
    InvoiceRef,
    Party,
)
from tilisilta.core.money import ZERO
from tilisilta.core.vat import VatTreatment
from tilisilta.services.workspace import dimensions, parties
from tilisilta.services.workspace.totals import line_net, sum_up
from tilisilta.store.models import (
    Company,
    InvoiceOrigin,
    InvoiceStage,
    PaymentStage,
    PostingStage,
    Side,
    WorkspaceAttachment,
    WorkspaceInvoice,
    WorkspaceParty,
)

MAX_ROWS: Final = 500
_FIRST, _LAST = dt.date(1990, 1, 1), dt.date(2100, 12, 31)
Day = Annotated[dt.date, Field(ge=_FIRST, le=_LAST)]
Number = Annotated[Decimal, Field(gt=-(10**9), lt=10**9, decimal_places=6, allow_inf_nan=False)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4, allow_inf_nan=False)]
Short = Annotated[str, Field(max_length=40)]


class PartyFields(Input):
    """A customer or supplier."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    registry_code: Annotated[str, Field(max_length=20)] = ""
    vat_number: Annotated[str, Field(max_length=20)] = ""
    email: Text = ""
    phone: Short = ""
    street: Annotated[str, Field(max_length=150)] = ""
    postal_code: Annotated[str, Field(max_length=12)] = ""
    city: Annotated[str, Field(max_length=80)] = ""
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$", description="ISO 3166-1, two letters")] = ""
    iban: Short = ""
    bic: Annotated[str, Field(max_length=11)] = ""
    einvoice_address: Annotated[str, Field(max_length=50)] = ""
    einvoice_operator: Annotated[str, Field(max_length=50)] = ""
    is_person: bool = False

    def party(self, before: Party | None = None) -> Party:
        """Return the party that these fields describe; what they do not show stays as before."""
        address = Address(street=self.street, city=self.city, postal_code=self.postal_code, country=self.country)
        made: Party = msgspec.structs.replace(
            before or Party(),
            name=self.name.strip(),
            registry_code=self.registry_code,
            vat_number=self.vat_number.replace(" ", "").upper(),
            email=self.email,
            phone=self.phone,
            address=address,
            bank_accounts=(BankAccount(iban=self.iban.replace(" ", ""), bic=self.bic),) if self.iban else (),
            einvoice_address=self.einvoice_address,
            einvoice_operator=self.einvoice_operator,
            is_person=self.is_person,
        )
        return made


class RowIn(Input):
    """A row of an invoice; its sum is worked out from quantity, price and discount."""

    description: Annotated[str, Field(max_length=500)] = ""
    item_code: Annotated[str, Field(max_length=60)] = ""
    quantity: Number = Decimal(1)
    unit: Annotated[str, Field(max_length=20)] = ""
    unit_price: Number = Field(description="Without VAT")
    discount_percent: Percent = ZERO
    vat_rate: Percent
    vat_treatment: VatTreatment | None = Field(None, description="What the rate means; needed where it is 0")
    account: Annotated[str, Field(max_length=20)] = ""
    dimensions: dict[Short, Short] = Field(default_factory=dict, max_length=10, description="Codes by dimension")


class InvoiceIn(Input):
    """An invoice or credit note, whole. A party is named by its id, or described to be found or made."""

    direction: Side
    party_id: Id | None = None
    party: PartyFields | None = None
    number: Annotated[str, Field(max_length=100)] = Field(
        "", description="The supplier's. A sales invoice without one is a draft; with one it was sent elsewhere"
    )
    date: Day
    due_date: Day | None = None
    delivery_date: Day | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    exchange_rate: Annotated[Decimal, Field(gt=0, lt=10**6, decimal_places=6, allow_inf_nan=False)] | None = None
    is_credit_note: bool = False
    credits_number: Annotated[str, Field(max_length=100)] = ""
    reference_number: Annotated[str, Field(max_length=35)] = ""
    iban: Short = Field("", description="Where the supplier wants to be paid")
    note: Annotated[str, Field(max_length=2000)] = ""
    our_reference: Annotated[str, Field(max_length=70)] = ""
    your_reference: Annotated[str, Field(max_length=70)] = ""
    order_number: Annotated[str, Field(max_length=70)] = ""
    exemption_reason: Text = Field("", description="Why rows of 0 % bear no VAT, in words")
    rows: Annotated[list[RowIn], Field(min_length=1, max_length=MAX_ROWS)]
    total: Number | None = Field(
        None, description="What the document asks for, with VAT; one that the rows do not make is refused"
    )


def line_of(row: RowIn, position: int, company: Company, currency: str) -> InvoiceLine:
    """Return a row as the canonical one."""
    treatment = row.vat_treatment or (VatTreatment.DOMESTIC if row.vat_rate else None)
    made = InvoiceLine(
        position=position,
        item_code=row.item_code,
        description=row.description,
        quantity=row.quantity,
        unit=row.unit,
        unit_price=row.unit_price,
        discount_percent=row.discount_percent,
        vat_rate=row.vat_rate,
        vat_treatment=treatment,
        ledger_account=row.account,
        dimensions=dimensions.values_of(company, row.dimensions.items()),
    )
    priced: InvoiceLine = msgspec.structs.replace(made, net=line_net(made, currency))
    return priced


def invoice_of(given: InvoiceIn, company: Company, party: Party, before: Invoice | None = None) -> Invoice:
    """Return the invoice that a body describes; of a changed one, what no field shows stays."""
    lines = (line_of(row, at, company, given.currency) for at, row in enumerate(given.rows, 1))
    sums = sum_up(lines, given.currency, exemption_reason=given.exemption_reason, stated=given.total, is_net_given=True)
    fields: dict[str, Any] = {
        name: getattr(given, name)
        for name in (
            "number", "date", "due_date", "delivery_date", "currency", "exchange_rate", "is_credit_note",
            "reference_number", "note", "our_reference", "your_reference", "order_number",
        )
    }  # fmt: skip
    fields |= {
        "direction": Direction(given.direction.value),
        "party": party,
        "net": sums.net,
        "vat": sums.vat,
        "gross": sums.gross if given.total is None else given.total,
        "rounding": ZERO,
        "prepaid": ZERO,
        "lines": sums.lines,
        "vat_totals": sums.vat_totals,
        "bank_account": BankAccount(iban=given.iban.replace(" ", "")) if given.iban else None,
        "credits": (InvoiceRef(number=given.credits_number),) if given.credits_number else (),
    }
    if before is None:
        return Invoice(source_id="", **fields)
    if not given.number:
        fields["number"] = before.number
    if not given.reference_number:
        fields["reference_number"] = before.reference_number
    changed: Invoice = msgspec.structs.replace(before, **fields)
    return changed


# --- as they leave -------------------------------------------------------------------------------------------


class InvoiceOut(Schema):
    """An invoice of a list; amounts of credit notes are positive."""

    id: int
    direction: Side
    is_credit_note: bool
    credits_id: int | None
    number: str
    date: dt.date
    due_date: dt.date | None
    party_id: int | None
    party_name: str
    currency: str
    net: Amount
    vat: Amount
    gross: Amount = Field(description="What is to be paid")
    paid: Amount
    reference_number: str
    stage: InvoiceStage
    posting_stage: PostingStage
    payment_stage: PaymentStage
    origin: InvoiceOrigin
    is_closed: bool = Field(description="Whether it belongs to a closed period")
    version: str
    sent_at: dt.datetime | None
    approved_at: dt.datetime | None
    updated_at: dt.datetime


class InvoiceDetailOut(InvoiceOut):
    """An invoice with its canonical content."""

    payload: dict[str, Any] = Field(description="The invoice in the canonical form; amounts are text")


class AttachmentOut(Schema):
    """A file of an invoice."""

    id: int
    name: str
    media_type: str
    sha256: str
    is_image: bool = Field(description="Whether it is the picture of the invoice itself")
    added_at: dt.datetime


class WorkspaceEventOut(Schema):
    """A line of an invoice's log."""

    id: int
    at: dt.datetime
    code: str
    text: str
    params: dict[str, Any]
    user: str


class TakenOut(Schema):
    """What became of one document of a file."""

    outcome: str = Field(description="taken, known or refused")
    number: str
    party: str
    invoice_id: int | None = Field(description="The invoice that was made, or that is here already")
    code: str
    text: str


class PartyOut(Schema):
    """A customer or supplier."""

    id: int
    name: str
    registry_code: str
    vat_number: str
    email: str
    is_customer: bool
    is_supplier: bool
    is_active: bool
    updated_at: dt.datetime
    payload: dict[str, Any] = Field(description="The party in the canonical form")


class InvoiceQuery(PageQuery):
    """Filters of invoices and the page."""

    direction: Side = Side.SALES
    text: Text = Field("", description="Beginning of the number, part of the name, or the reference number")
    stage: InvoiceStage | None = None
    payment_stage: PaymentStage | None = None
    posting_stage: PostingStage | None = None
    is_overdue: bool = False
    date_from: Day | None = None
    date_to: Day | None = None
    party_id: Id | None = None


def invoice_fields(row: WorkspaceInvoice) -> dict[str, Any]:
    """Return an invoice's columns as they leave."""
    same = (
        "direction", "is_credit_note", "credits_id", "number", "date", "due_date", "party_id", "party_name", "currency",
        "reference_number", "stage", "posting_stage", "payment_stage", "origin", "sent_at", "approved_at", "updated_at",
    )  # fmt: skip
    amounts = {name: amount(getattr(row, f"{name}_minor"), row.currency) for name in ("net", "vat", "gross", "paid")}
    fields: dict[str, Any] = {name: getattr(row, name) for name in same}
    return (
        fields
        | amounts
        | {
            "id": row.pk,
            "is_closed": row.closed_period_id is not None,
            "version": row.version_hash,
        }
    )


def invoice_out(row: WorkspaceInvoice) -> InvoiceOut:
    """Return an invoice as it leaves."""
    return InvoiceOut(**invoice_fields(row))


def attachment_out(row: WorkspaceAttachment) -> AttachmentOut:
    """Return a file of an invoice as it leaves."""
    return AttachmentOut(
        id=row.pk,
        name=row.name,
        media_type=row.media_type,
        sha256=row.sha256,
        is_image=row.is_image,
        added_at=row.added_at,
    )


def party_out(row: WorkspaceParty) -> PartyOut:
    """Return a party as it leaves."""
    names = ("name", "registry_code", "vat_number", "email", "is_customer", "is_supplier", "is_active", "updated_at")
    fields: dict[str, Any] = {name: getattr(row, name) for name in names}
    return PartyOut(id=row.pk, payload=msgspec.to_builtins(parties.canonical_party(row)), **fields)
