"""Invoices and credit notes, sales and purchase.

A credit note is a kind of its own and carries positive amounts: connectors and formats normalise the sign
once, when they read. `net`, `vat` and `gross` are what the document itself says; they are checked, never
recomputed into its place. `gross` is with VAT and before `rounding`, `prepaid` and payments; `payable` is
what the document asks for: gross + rounding - prepaid.
"""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import msgspec

from tilisilta.core.documents.attachment import AttachmentRef
from tilisilta.core.documents.dimension import DimensionValue
from tilisilta.core.documents.item import StockKind
from tilisilta.core.documents.party import BankAccount, Party
from tilisilta.core.money import ZERO
from tilisilta.core.vat.treatment import VatTreatment


class Direction(StrEnum):
    SALES = "sales"
    PURCHASE = "purchase"


class LineKind(StrEnum):
    ITEM = "item"
    ALLOWANCE = "allowance"  # a deduction on the whole document; its net is negative on an invoice
    CHARGE = "charge"  # an addition on the whole document
    ROUNDING = "rounding"  # part of the gross, without VAT
    TEXT = "text"  # a row of words without amounts


class InvoiceLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One row. `net` is after its own discounts; `unit_price` is net, before them; VAT rate in percent."""

    position: int
    kind: LineKind = LineKind.ITEM
    source_id: str = ""
    item_source_id: str = ""
    item_code: str = ""
    item_name: str = ""
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    unit_price: Decimal = ZERO
    discount_percent: Decimal = ZERO
    net: Decimal = ZERO
    vat: Decimal | None = None
    vat_rate: Decimal = ZERO
    vat_code: str = ""  # the source's own label or id
    vat_treatment: VatTreatment | None = None
    ledger_account: str = ""
    dimensions: tuple[DimensionValue, ...] = ()
    stock_kind: StockKind | None = None
    warehouse: str = ""
    period_from: dt.date | None = None
    period_to: dt.date | None = None
    extra: dict[str, str] = {}


class VatTotal(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The document's own sums per VAT rate and code."""

    rate: Decimal
    net: Decimal
    vat: Decimal
    code: str = ""
    treatment: VatTreatment | None = None
    exemption_reason: str = ""


class InvoiceRef(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A reference to another invoice: by source id, number, or both."""

    source_id: str = ""
    number: str = ""
    date: dt.date | None = None


class Invoice(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An invoice or credit note of one direction; all amounts in `currency`."""

    source_id: str
    direction: Direction
    number: str
    date: dt.date
    party: Party
    net: Decimal
    vat: Decimal
    gross: Decimal
    currency: str = "EUR"
    is_credit_note: bool = False
    exchange_rate: Decimal | None = None  # units of the books' currency for one unit of `currency`
    due_date: dt.date | None = None
    delivery_date: dt.date | None = None
    entry_date: dt.date | None = None
    period_from: dt.date | None = None
    period_to: dt.date | None = None
    rounding: Decimal = ZERO
    prepaid: Decimal = ZERO
    paid: Decimal = ZERO
    lines: tuple[InvoiceLine, ...] = ()
    vat_totals: tuple[VatTotal, ...] = ()
    reference_number: str = ""
    bank_account: BankAccount | None = None
    payment_method: str = ""
    interest_percent: Decimal | None = None
    note: str = ""
    our_reference: str = ""
    your_reference: str = ""
    order_number: str = ""
    credits: tuple[InvoiceRef, ...] = ()  # on a credit note: what it credits
    attachments: tuple[AttachmentRef, ...] = ()
    dimensions: tuple[DimensionValue, ...] = ()
    is_sent: bool | None = None
    status: str = ""  # the source's own word
    created_at: str = ""  # ISO 8601 as the source gave it; empty when unknown
    begun_at: str = ""  # when its draft was begun, where that is not when it was entered
    modified_at: str = ""
    extra: dict[str, str] = {}

    @property
    def payable(self) -> Decimal:
        """What the document asks to be paid."""
        return self.gross + self.rounding - self.prepaid
