"""Payments, in and out, and what they pay."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import msgspec

from tilisilta.core.documents.party import Party
from tilisilta.core.money import ZERO


class PaymentDirection(StrEnum):
    INCOMING = "incoming"
    OUTGOING = "outgoing"


class AllocationKind(StrEnum):
    SALES_INVOICE = "sales_invoice"
    PURCHASE_INVOICE = "purchase_invoice"
    PREPAYMENT = "prepayment"
    OTHER = "other"


class Allocation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The part of a payment that pays one document; the amount is positive unless it is paid back."""

    kind: AllocationKind
    amount: Decimal
    document_source_id: str = ""
    document_number: str = ""
    is_credit_note: bool = False
    source_id: str = ""
    note: str = ""


class Payment(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Money that moved on one bank or cash account; `amount` is positive, `direction` tells which way."""

    source_id: str
    direction: PaymentDirection
    date: dt.date
    amount: Decimal
    currency: str = "EUR"
    party: Party = Party()
    account: str = ""  # the source's own id or name of its bank or cash account
    is_cash: bool = False
    allocations: tuple[Allocation, ...] = ()
    number: str = ""
    reference_number: str = ""
    is_reference_payment: bool = False
    bank_fee: Decimal = ZERO
    note: str = ""
    created_at: str = ""
    modified_at: str = ""
    extra: dict[str, str] = {}
