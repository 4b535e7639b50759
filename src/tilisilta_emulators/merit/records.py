"""What the books hold. Nothing points back at what points at it, so that books left alone are freed at once."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.merit.values import RATE_ONE, ZERO

Dims = list[tuple[int, str]]


class Tax(msgspec.Struct, gc=False):
    """A VAT code. `reverse` codes are counted by the buyer and never owed to the seller."""

    id: str
    code: str
    name: str
    name_en: str
    name_ru: str
    pct: Decimal
    non_active: bool = False
    reverse: bool = False


class Partner(msgspec.Struct, gc=False):
    """A customer or vendor; `data` has the fields of the card under the names of the answer."""

    seq: int
    id: str
    name: str
    folded: str
    reg_no: str | None
    country: str
    created: dt.datetime
    changed: dt.datetime
    data: dict[str, Any]


class Item(msgspec.Struct, gc=False):
    """An item; type 1 stock, 2 service, 3 item; usage 1 sales, 2 purchases, 3 both."""

    id: str
    code: str
    name: str
    type: int
    usage: int
    unit: str | None = None
    price: Decimal | None = None
    tax_id: str | None = None
    sales_account: str | None = None
    purchase_account: str | None = None
    inventory_account: str | None = None
    cost_account: str | None = None
    group: str | None = None
    location: str | None = None
    ean: str | None = None
    gtu: str | None = None
    discount_pct: Decimal = ZERO
    last_price: Decimal = ZERO
    quantity: Decimal = ZERO
    created: dt.datetime | None = None


class Row(msgspec.Struct, gc=False):
    """A row of an invoice, credits negative; `vat` is what the row adds to the VAT of its code."""

    code: str | None
    description: str
    quantity: Decimal
    price: Decimal
    tax: Tax
    net: Decimal
    vat: Decimal
    account: str
    unit: str | None = None
    discount_pct: Decimal = ZERO
    discount: Decimal = ZERO
    cost: Decimal = ZERO
    location: str | None = None
    department: str | None = None
    project: str | None = None
    cost_center: str | None = None
    dims: Dims | None = None


class File(msgspec.Struct, gc=False):
    """An attachment as it came, base64."""

    name: str
    content: str


class Allocation(msgspec.Struct, gc=False):
    """Which document a payment paid, with how much."""

    doc_id: str
    number: str | None
    total: Decimal
    amount: Decimal


class Payment(msgspec.Struct, gc=False):
    """A payment; direction 1 from customers, 2 to vendors, 3 other in, 4 other out."""

    seq: int
    id: str
    direction: int
    date: dt.date
    method_id: str
    method: str
    account: str
    partner: Partner | None
    amount: Decimal
    number: str
    created: dt.datetime
    changed: dt.datetime
    allocations: list[Allocation]
    currency: str = "EUR"
    rate: Decimal = RATE_ONE
    user: str = ""
    reference: str | None = None


class Invoice(msgspec.Struct, gc=False):
    """A sales or purchase invoice; amounts are in its currency and negative on credits."""

    seq: int
    id: str
    sales: bool
    partner: Partner
    number: str | None
    date: dt.date
    transaction_date: dt.date
    due_date: dt.date
    currency: str
    rate: Decimal
    net: Decimal
    vat: Decimal
    rounding: Decimal
    rows: list[Row]
    created: dt.datetime
    changed: dt.datetime
    batch_info: str | None
    user: str = ""
    kind: int = 1
    reference: str | None = None
    comment: str | None = None
    footer: str | None = None
    department: str | None = None
    project: str | None = None
    cost_center: str | None = None
    dims: Dims | None = None
    payments: list[Payment] = []
    file: File | None = None
    email_sent: dt.datetime | None = None
    einvoice_sent: dt.datetime | None = None
    more: dict[str, Any] | None = None

    @property
    def total(self) -> Decimal:
        """What is to be paid: net, VAT and rounding."""
        return self.net + self.vat + self.rounding

    def paid(self, now: dt.datetime) -> Decimal:
        """Return how much has been paid by payments that are entered by `now`."""
        if not self.payments:
            return ZERO
        return sum(
            (part.amount for one in self.payments if one.created <= now for part in one.allocations
             if part.doc_id == self.id),
            ZERO,
        )  # fmt: skip


class Line(msgspec.Struct, gc=False):
    """One debit or credit of a ledger batch, in the batch's currency."""

    account: str
    debit: Decimal
    credit: Decimal
    memo: str | None = None
    department: str | None = None
    tax: Tax | None = None
    project: str | None = None
    cost_center: str | None = None
    vat: Decimal | None = None


class Batch(msgspec.Struct, gc=False):
    """A ledger batch: entered by hand with its lines, or made by a document that its lines are read from."""

    seq: int
    id: str
    code: str
    no: int
    document: str | None
    date: dt.date
    total: Decimal
    created: dt.datetime
    changed: dt.datetime
    source: Invoice | Payment | None = None
    lines: list[Line] | None = None
    currency: str = "EUR"
    rate: Decimal = RATE_ONE
    user: str = ""
    file: File | None = None


class Movement(msgspec.Struct, gc=False):
    """A stock movement: type 1 in, 2 out, 3 between warehouses."""

    id: str
    type: int
    date: dt.date
    document: str | None
    location: str
    to_location: str | None
    rows: list[tuple[str, Decimal, Decimal]]
    created: dt.datetime
