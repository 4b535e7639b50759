"""What the books hold. Field names are the wire's in snake case; `view` turns a record into wire form."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.smartaccounts.dates import show_date

ZERO = Decimal("0.00")
ONE = Decimal(1)


class Record(msgspec.Struct, kw_only=True, gc=False):
    """What every record has: identity, the order in which it was entered, and when and by whom.

    Records form no cycles, and the collector walking a hundred thousand of them doubles the cost of a call.
    """

    id: str
    sequence: int
    created: dt.datetime
    modified: dt.datetime


class Partner(Record, kw_only=True, gc=False):
    """A client or a vendor. `service` and `service_id` are the two columns the API does not know."""

    name: str
    vat_pc: str | None = None
    group: str | None = None
    reg_code: str | None = None
    vat_number: str | None = None
    bank_account: str | None = None
    reference_number: str | None = None
    ignore_on_vat_declaration: bool | None = None
    invoice_due_date: int | None = None
    invoice_interest: Decimal | None = None
    discount: Decimal | None = None
    pdf_additionaldata: str | None = None
    pdf_template_invoice: str | None = None
    pdf_template_offer: str | None = None
    pdf_template_order: str | None = None
    account_unpaid: str | None = None
    account_prepayment: str | None = None
    address: dict[str, Any] | None = None
    contacts: list[dict[str, Any]] = []
    comment: str | None = None
    built_in: bool = False
    documents: int = 0
    folded: str = ""
    service: str = ""
    service_id: str = ""


class Article(Record, kw_only=True, gc=False):
    """An article; `id` is its code."""

    code: str
    description: str
    type: str
    unit: str | None = None
    vat_pc: str | None = None
    active_sales: bool = False
    active_purchase: bool = False
    price_sales: Decimal | None = None
    price_purchase: Decimal | None = None
    price_own: Decimal | None = None
    account_sales: str | None = None
    account_purchase: str | None = None
    account_warehouse: str | None = None
    documents: int = 0
    folded: str = ""
    service: str = ""
    service_id: str = ""


class Row(msgspec.Struct, kw_only=True, gc=False):
    """A row of an invoice; `net` is after discount, `sum` with VAT, both in the invoice's currency."""

    code: str
    description: str
    price: Decimal
    quantity: Decimal
    vat_pc: str
    unit: str | None = None
    discount: Decimal | None = None
    order: int = 0
    object_id: str | None = None
    account_sales: str | None = None
    account_warehouse: str | None = None
    account_purchase: str | None = None
    additional_expenses: Decimal | None = None
    net: Decimal = ZERO
    vat: Decimal = ZERO
    sum: Decimal = ZERO


class Invoice(Record, kw_only=True, gc=False):
    """A client invoice, credit invoice or vendor invoice; amounts are kept as they were sent.

    `direction` is 1 when the document raises the receivable or payable and -1 when it lowers it;
    `paid` is how much of the absolute total has been settled.
    """

    partner: Partner
    type: str | None
    base: str | None
    date: dt.date
    due_date: dt.date
    entry_date: dt.date
    number: str
    invoice_number: str
    reference_number: str | None
    invoice_note: str | None
    currency: str
    exchange_rate: Decimal
    interest: Decimal
    amount: Decimal
    vat_amount: Decimal
    round_amount: Decimal
    total_amount: Decimal
    object_id: str | None
    payment_method: str | None
    payment_amount: Decimal | None
    warehouse_id: str | None
    offer_id: str | None
    order_id: str | None
    pdf_template: str | None
    comment: str | None
    account_unpaid: str
    reverse_vat_charge_type: str | None
    is_calculate_vat: bool
    rows: list[Row]
    direction: int
    paid: Decimal = ZERO
    paid_at_once: Decimal = ZERO
    entry_ids: list[str] = []
    movement_id: str | None = None
    credited_by: list[str] = []
    einvoice_sent: dt.datetime | None = None

    @property
    def remaining(self) -> Decimal:
        """How much is not settled yet, never negative."""
        return abs(self.total_amount) - self.paid

    @property
    def outstanding(self) -> Decimal:
        """What `outstandingAmount` shows: the unsettled part with the sign of the total."""
        return self.remaining if self.total_amount >= 0 else -self.remaining


class PaymentRow(msgspec.Struct, gc=False):
    """One document that a payment settles; `amount` is positive in the payment's currency."""

    type: str
    id: str
    amount: Decimal


class Extra(msgspec.Struct, gc=False):
    """A free row of a payment."""

    price: Decimal
    quantity: Decimal
    amount: Decimal
    description: str | None
    account: str
    object_id: str | None


class Payment(Record, kw_only=True, gc=False):
    """A payment. `prepayment_used` is how much of its prepayment later payments took."""

    date: dt.date
    partner_type: str
    partner: Partner
    account_type: str
    account_name: str
    currency: str
    amount: Decimal
    number: str
    order_number: str | None
    document: str | None
    comment: str | None
    exchange_rate: Decimal
    eur_amount: Decimal | None
    rows: list[PaymentRow]
    prepayment: dict[str, Any] | None
    extras: list[Extra]
    prepayment_used: Decimal = ZERO
    entry_ids: list[str] = []


class Posting(msgspec.Struct, gc=False):
    """One debit or credit in euros; the original pair is in the entry's currency."""

    account: str
    description: str | None
    debit: Decimal
    credit: Decimal
    debit_original: Decimal | None = None
    credit_original: Decimal | None = None
    object_id: str | None = None


class Entry(Record, kw_only=True, gc=False):
    """A ledger entry, entered by hand or made by a document."""

    doc_type: str
    date: dt.date
    number: str
    document: str | None
    currency: str
    exchange_rate: Decimal
    amount: Decimal
    comment: str | None
    rows: list[Posting]


class MovementRow(msgspec.Struct, gc=False):
    """Goods of one article; `quantity` is positive, the movement's direction says which way."""

    code: str
    description: str
    price: Decimal
    quantity: Decimal
    sum: Decimal
    account: str | None
    object_id: str | None


class Movement(Record, kw_only=True, gc=False):
    """Goods in or out of a warehouse because of a document."""

    number: str
    warehouse_id: str
    direction: str
    date: dt.date
    document: str | None
    comment: str | None
    rows: list[MovementRow]


class StoredFile(Record, kw_only=True, gc=False):
    """A file attached to a record."""

    doc_type: str
    doc_id: str
    file_name: str
    description: str | None
    mime_type: str | None
    content: bytes


def fields(*names: str) -> tuple[tuple[str, str], ...]:
    """Return pairs (wire name, attribute) for wire names in camel case."""
    return tuple(
        (name, "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)) for name in names
    )


def view(record: Any, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the named fields of a record as the wire shows them; dates as dd.MM.yyyy."""
    shown = {}
    for wire, attribute in pairs:
        value = getattr(record, attribute)
        shown[wire] = show_date(value) if isinstance(value, dt.date) else value
    return shown


AUTHOR = "API"


def stamps(record: Record) -> dict[str, Any]:
    """Return the created and updated fields; whether the vendor adds the time is unknown, so dates only."""
    return {
        "dateCreated": show_date(record.created.date()),
        "dateUpdated": show_date(record.modified.date()),
        "createdBy": AUTHOR,
        "updatedBy": AUTHOR,
    }
