"""Shapes of Merit's JSON, for the fields we read and write. Field names are the vendor's."""

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from tilisilta.connectors.merit import assumptions
from tilisilta.core.errors import BadInput
from tilisilta.kit.values import text

ZERO_GUID = "00000000-0000-0000-0000-000000000000"
_DIGITS = re.compile(r"\d{8}(?:\d{4}(?:\d{2})?)?")
_NEVER = frozenset(each.isoformat() for each in assumptions.NEVER_DAYS)
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Ref(msgspec.Struct, rename="pascal"):
    id: str


class DimensionRef(msgspec.Struct, rename="pascal"):
    dim_id: int
    dim_value_id: str


class TaxAmount(msgspec.Struct, rename="pascal"):
    tax_id: str
    amount: Decimal


class ItemRef(msgspec.Struct, omit_defaults=True, rename="pascal"):
    """The article of a row; an unknown code makes a new article."""

    code: str
    description: str
    type: int = 0
    uom_name: str = msgspec.field(default="", name="UOMName")


class Row(msgspec.Struct, omit_defaults=True, rename="pascal"):
    """A row of an invoice; `price` is net."""

    item: ItemRef
    quantity: Decimal
    price: Decimal
    tax_id: str
    discount_pct: Decimal | None = None
    location_code: str = ""
    department_code: str = ""
    project_code: str = ""
    cost_center_code: str = ""
    gl_account_code: str = msgspec.field(default="", name="GLAccountCode")
    item_cost_amount: Decimal | None = None
    dimensions: list[DimensionRef] = []


class File(msgspec.Struct, rename="pascal"):
    file_name: str
    file_content: str


class InvoiceSend(msgspec.Struct, omit_defaults=True, rename="pascal"):
    """sendinvoice and sendpurchinvoice; each fills its own party, number and file."""

    doc_date: str
    invoice_row: list[Row]
    # Sent also when empty: without it the server answers 500.
    tax_amount: list[TaxAmount] | None
    total_amount: Decimal | None
    customer: Ref | None = None
    vendor: Ref | None = None
    invoice_no: str = ""
    bill_no: str = ""
    accounting_doc: int = 0
    due_date: str = ""
    transaction_date: str = ""
    ref_no: str = ""
    currency_code: str = ""
    currency_rate: Decimal | None = None
    rounding_amount: Decimal | None = None
    department_code: str = ""
    project_code: str = ""
    cost_center_code: str = ""
    dimensions: list[DimensionRef] = []
    hcomment: str = ""
    fcomment: str = ""
    contract_no: str = ""
    pdf: str = msgspec.field(default="", name="PDF")
    file_name: str = ""
    attachment: File | None = None


class Comment(msgspec.Struct, rename="pascal"):
    comm_date: str
    comment: str


class PartnerSend(msgspec.Struct, omit_defaults=True, rename="pascal"):
    """sendcustomer and sendvendor."""

    name: str
    country_code: str
    not_td_customer: bool | None = msgspec.field(default=None, name="NotTDCustomer")
    vat_accountable: bool | None = None
    reg_no: str = ""
    vat_reg_no: str = ""
    payment_dead_line: int | None = None
    ref_no_base: str = ""
    address: str = ""
    city: str = ""
    county: str = ""
    postal_code: str = ""
    phone_no: str = ""
    email: str = ""
    contact: str = ""
    bank_account: str = ""
    comments: list[Comment] = []


class ItemSend(msgspec.Struct, omit_defaults=True, rename="pascal"):
    type: int
    usage: int
    code: str
    description: str
    uom_name: str = msgspec.field(default="", name="UOMName")
    tax_id: str = ""
    sales_price: Decimal | None = None
    sales_acc_code: str = ""
    purchase_acc_code: str = ""
    inventory_acc_code: str = ""


class ItemsSend(msgspec.Struct, rename="pascal"):
    items: list[ItemSend]


class PaymentSend(msgspec.Struct, omit_defaults=True, rename="pascal"):
    """sendpayment and sendPaymentV."""

    payment_date: str
    amount: Decimal
    bank_id: str = ""
    customer_name: str = ""
    vendor_name: str = ""
    invoice_no: str = ""
    bill_no: str = ""
    ref_no: str = ""
    currency_code: str = ""
    currency_rate: Decimal | None = None


class EntryRow(msgspec.Struct, omit_defaults=True, rename="pascal"):
    account_code: str
    debit: Decimal | None = None
    credit: Decimal | None = None
    memo: str = ""
    department_code: str = ""
    project_code: str = ""
    cost_center_code: str = ""
    tax_id: str = ""
    vat_amount: Decimal | None = None


class BatchSend(msgspec.Struct, omit_defaults=True, rename="pascal"):
    """sendglbatch."""

    doc_no: str
    batch_date: str
    currency_code: str
    entry_row: list[EntryRow]
    attachment: File | None = None


# --- what is read --------------------------------------------------------------------------------------------


class InvoiceRead(msgspec.Struct, rename="pascal"):
    """A row of getinvoices or getpurchorders, or the header of one of them."""

    sih_id: Any = msgspec.field(default=None, name="SIHId")
    pih_id: Any = msgspec.field(default=None, name="PIHId")
    invoice_no: Any = None
    bill_no: Any = None
    document_date: Any = None
    due_date: Any = None
    customer_id: Any = None
    customer_name: Any = None
    vendor_id: Any = None
    vendor_name: Any = None
    h_comment: Any = msgspec.field(default=None, name="HComment")
    f_comment: Any = msgspec.field(default=None, name="FComment")
    currency_code: Any = None
    tax_amount: Any = None
    total_amount: Any = None
    total_sum: Any = None
    paid_amount: Any = None
    reference_no: Any = None
    inbound_time: Any = None
    paid: Any = None
    changed_date: Any = None

    @property
    def key(self) -> str:
        """The id, whichever side it is of."""
        return guid(self.sih_id) or guid(self.pih_id)

    @property
    def number(self) -> str:
        """The printed number; never the ledger's own."""
        return text(self.invoice_no) or text(self.bill_no)

    @property
    def partner_id(self) -> str:
        """The customer or the vendor."""
        return guid(self.customer_id) or guid(self.vendor_id)

    @property
    def partner_name(self) -> str:
        """The name of the customer or the vendor."""
        return text(self.customer_name) or text(self.vendor_name)


class InvoiceDetail(msgspec.Struct, rename="pascal"):
    header: InvoiceRead
    lines: list[Any] | None = None


class PartnerRead(msgspec.Struct, rename="pascal"):
    customer_id: Any = None
    vendor_id: Any = None
    name: Any = None
    reg_no: Any = None
    contact: Any = None
    phone_no: Any = None
    address: Any = None
    city: Any = None
    county: Any = None
    postal_code: Any = None
    country_code: Any = None
    email: Any = None
    payment_dead_line: Any = None
    vat_reg_no: Any = None
    bank_account: Any = None
    ref_no_base: Any = None
    comments: Any = None
    changed_date: Any = None

    @property
    def key(self) -> str:
        """The id, whichever side it is of."""
        return guid(self.customer_id) or guid(self.vendor_id)


class ItemRead(msgspec.Struct, rename="pascal"):
    item_id: Any = None
    code: Any = None
    name: Any = None
    unitof_measure_name: Any = None
    type0: Any = None
    type: Any = None
    sales_price: Any = None
    last_purchase_price: Any = None
    vat_tax_name: Any = None
    sales_account_code: Any = None
    purchase_account_code: Any = None


class PaymentPart(msgspec.Struct, rename="pascal"):
    doc_id: Any = None
    doc_no: Any = None
    paid_amount: Any = None


class PaymentRead(msgspec.Struct, rename="pascal"):
    pih_id: Any = msgspec.field(default=None, name="PIHId")
    bank_name: Any = None
    counter_part_id: Any = None
    counter_part_name: Any = None
    currency_code: Any = None
    document_date: Any = None
    document_no: Any = None
    direction: Any = None
    amount: Any = None
    doc_id: Any = None
    paym_api_details: list[PaymentPart] | None = msgspec.field(default=None, name="PaymAPIDetails")
    changed_date: Any = None


class EntryRead(msgspec.Struct, rename="pascal"):
    account_code: Any = None
    memo: Any = None
    debit_amount: Any = None
    credit_amount: Any = None
    tax_id: Any = None
    tax_pct: Any = None
    department_code: Any = None


class BatchRead(msgspec.Struct, rename="pascal"):
    glb_id: Any = msgspec.field(default=None, name="GLBId")
    batch_code: Any = None
    no: Any = None
    doc_id: Any = None
    document: Any = None
    batch_date: Any = None
    currency_code: Any = None
    total_amount: Any = None
    changed_date: Any = None
    entries: list[EntryRead] | None = None


class BatchDetail(msgspec.Struct, rename="pascal"):
    header: BatchRead
    lines: list[EntryRead] | None = None


def guid(value: Any) -> str:
    """Return an id in lower case; the zero id and null are empty."""
    found = text(value).strip("{}").lower()
    return "" if found == ZERO_GUID else found


def is_guid(value: str) -> bool:
    """Return whether a text may be an id of Merit's; asking for another makes the server stumble."""
    return bool(_GUID.fullmatch(value))


def wire_date(value: dt.date) -> str:
    """Return a date as the vendor writes it: yyyyMMdd."""
    return f"{value.year:04d}{value.month:02d}{value.day:02d}"


def read_date(value: Any, field: str) -> dt.date | None:
    """Return the day of a moment in one of the forms of answers, or None for nothing and for "never".

    >>> read_date("2026-04-16T00:00:00", ""), read_date("2026/04/16", ""), read_date("1901-01-01T00:00:00", "")
    (datetime.date(2026, 4, 16), datetime.date(2026, 4, 16), None)

    Raises:
        BadInput: UNREADABLE with the field and the value.

    """
    found = text(value)
    return _day(found, field) if found else None


@lru_cache(maxsize=4096)
def _day(found: str, field: str) -> dt.date | None:
    """Return the day of a moment; the entries of half a year have few of them, so each is read once."""
    found = found.replace("/", "-")
    if _DIGITS.fullmatch(found):
        found = f"{found[:4]}-{found[4:6]}-{found[6:8]}"
    try:
        day = dt.date.fromisoformat(found[:10])
    except ValueError:
        raise BadInput(field=field, value=found[:80], rule="date") from None
    return None if day in assumptions.NEVER_DAYS else day


def require_date(value: Any, field: str) -> dt.date:
    """Return a date that must be there; otherwise as `read_date`."""
    found = read_date(value, field)
    if found is None:
        raise BadInput(field=field, value=text(value)[:80], rule="date")
    return found


def read_moment(value: Any) -> str:
    """Return a moment as ISO 8601 in the company's own time; empty for nothing and for "never"."""
    found = text(value).replace("/", "-").replace(" ", "T")
    if _DIGITS.fullmatch(found):
        day, clock = f"{found[:4]}-{found[4:6]}-{found[6:8]}", f"{found[8:]}000000"
        found = f"{day}T{clock[:2]}:{clock[2:4]}:{clock[4:6]}"
    return "" if found[:10] in _NEVER else found


def whole(value: Any) -> str:
    """Return a number that stands for a word, as text without a fraction: 1 may come as "1" or 1.0."""
    return text(value).partition(".")[0]


def plain_decimal(value: Decimal) -> Decimal:
    """Return the number without an exponent, so that it is written as people write it.

    >>> plain_decimal(Decimal("1E+2"))
    Decimal('100')
    """
    exponent = value.as_tuple().exponent
    if not value:
        return abs(value)
    return value.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else value
