"""Shapes of SmartAccounts' JSON, for the fields we read and write. Field names are the vendor's."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta.core.errors import BadInput
from tilisilta.kit.values import loose_decoder, text

DATE = "%d.%m.%Y"
MOMENT = "%d.%m.%Y_%H:%M:%S"


class Address(msgspec.Struct, omit_defaults=True, rename="camel"):
    country: str = ""
    county: str = ""
    city: str = ""
    address1: str = ""
    address2: str = ""
    postal_code: str = ""


class Contact(msgspec.Struct, omit_defaults=True):
    type: str
    value: str
    description: str = ""


class PartnerAdd(msgspec.Struct, omit_defaults=True, rename="camel"):
    """clients:add and vendors:add."""

    name: str
    vat_pc: str = ""
    reg_code: str = ""
    vat_number: str = ""
    bank_account: str = ""
    reference_number: str = ""
    invoice_due_date: int | None = None
    address: Address | None = None
    contacts: list[Contact] = []
    comment: str = ""


class ArticleAdd(msgspec.Struct, omit_defaults=True, rename="camel"):
    code: str
    description: str
    type: str
    unit: str = ""
    vat_pc: str = ""
    # Sent also when true: an article may be inactive unless told otherwise.
    active_sales: bool | None = None
    active_purchase: bool | None = None
    price_sales: Decimal | None = None
    price_purchase: Decimal | None = None
    account_sales: str = ""
    account_purchase: str = ""
    account_warehouse: str = ""


class Row(msgspec.Struct, omit_defaults=True, rename="camel"):
    """A row of an invoice; `price` is net."""

    code: str
    description: str
    price: Decimal
    quantity: Decimal
    vat_pc: str
    order: int
    unit: str = ""
    discount: Decimal | None = None
    object_id: str = ""
    account_sales: str = ""
    account_purchase: str = ""
    account_warehouse: str = ""


class InvoiceAdd(msgspec.Struct, omit_defaults=True, rename="camel"):
    """clientinvoices:add and vendorinvoices:add."""

    date: str
    currency: str
    rows: list[Row]
    client_id: str = ""
    vendor_id: str = ""
    type: str = ""
    base_for_credit_invoice_id: str = ""
    due_date: str = ""
    entry_date: str = ""
    invoice_number: str = ""
    reference_number: str = ""
    invoice_note: str = ""
    exchange_rate: Decimal | None = None
    interest: Decimal | None = None
    total_amount: Decimal | None = None
    is_calculate_vat: bool | None = None
    vat_amount: Decimal | None = None
    object_id: str = ""
    warehouse_id: str = ""
    comment: str = ""


class PaymentRow(msgspec.Struct):
    type: str
    id: str
    amount: Decimal


class Prepayment(msgspec.Struct):
    amount: Decimal
    description: str


class Extra(msgspec.Struct, omit_defaults=True, rename="camel"):
    price: Decimal
    quantity: Decimal
    description: str
    account: str
    object_id: str = ""


class PaymentAdd(msgspec.Struct, omit_defaults=True, rename="camel"):
    date: str
    partner_type: str
    account_type: str
    account_name: str
    currency: str
    amount: Decimal
    client_id: str = ""
    vendor_id: str = ""
    document: str = ""
    comment: str = ""
    exchange_rate: Decimal | None = None
    rows: list[PaymentRow] = []
    prepayment: Prepayment | None = None
    extras: list[Extra] = []


class Answer(msgspec.Struct, rename="camel"):
    """What any :add answers; each service fills its own part. Numbers may come bare or as text."""

    invoice_id: Any = None
    client_id: Any = None
    vendor_id: Any = None
    payment_id: Any = None
    code: Any = None
    number: Any = None
    invoice_number: Any = None
    amount: Any = None
    vat_amount: Any = None
    total_amount: Any = None
    round_amount: Any = None


class InvoiceRead(msgspec.Struct, rename="camel"):
    id: Any = None
    client_id: Any = None
    vendor_id: Any = None
    client: Any = None
    vendor: Any = None
    type: Any = None
    date: Any = None
    number: Any = None
    invoice_number: Any = None
    amount: Any = None
    vat_amount: Any = None
    total_amount: Any = None
    round_amount: Any = None
    outstanding_amount: Any = None
    comment: Any = None


class PaymentRowRead(msgspec.Struct, rename="camel"):
    type: Any = None
    id: Any = None
    amount: Any = None
    number: Any = None
    invoice_number: Any = None


class PaymentRead(msgspec.Struct, rename="camel"):
    id: Any = None
    date: Any = None
    partner_type: Any = None
    client_id: Any = None
    vendor_id: Any = None
    account_type: Any = None
    account_name: Any = None
    currency: Any = None
    amount: Any = None
    number: Any = None
    document: Any = None
    comment: Any = None
    rows: list[PaymentRowRead] | None = None
    prepayment: Any = None
    extras: Any = None
    date_created: Any = None
    date_updated: Any = None


class PartnerRead(msgspec.Struct, rename="camel"):
    id: Any = None
    name: Any = None
    reg_code: Any = None
    vat_number: Any = None
    bank_account: Any = None
    reference_number: Any = None
    invoice_due_date: Any = None
    address: Any = None
    contacts: Any = None
    comment: Any = None
    date_updated: Any = None


class ArticleRead(msgspec.Struct, rename="camel"):
    code: Any = None
    description: Any = None
    type: Any = None
    unit: Any = None
    vat_pc: Any = None
    active_sales: Any = None
    active_purchase: Any = None
    price_sales: Any = None
    price_purchase: Any = None
    account_sales: Any = None
    account_purchase: Any = None
    date_updated: Any = None


_encoder = msgspec.json.Encoder(decimal_format="number")
encode = _encoder.encode
decode_answer = loose_decoder(Answer).decode


def plain_decimal(value: Decimal) -> Decimal:
    """Return the number without an exponent, so that it is written as people write it.

    >>> plain_decimal(Decimal("1E+2"))
    Decimal('100')
    """
    exponent = value.as_tuple().exponent
    if not value:
        return abs(value)
    return value.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else value


def wire_date(value: dt.date) -> str:
    """Return a date as the vendor writes it: dd.MM.yyyy."""
    return f"{value.day:02d}.{value.month:02d}.{value.year:04d}"


def read_date(value: Any, field: str) -> dt.date | None:
    """Return a date from dd.MM.yyyy (a time behind it is ignored), or None.

    Raises:
        BadInput: UNREADABLE with the field and the value.

    """
    found = text(value)
    if not found:
        return None
    try:
        return dt.date(int(found[6:10]), int(found[3:5]), int(found[:2]))
    except ValueError:
        raise BadInput(field=field, value=found[:80], rule="date") from None
