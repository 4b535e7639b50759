"""Drafts: canonical documents with everything the target needs resolved to the target's own ids and codes.

A mapper's `write` turns a draft into the vendor's wire shape without asking anybody anything.
`key` is our idempotency key: short, stable for the document and its flow, fit to be written into a comment field.
"""

import msgspec

from tilisilta.core.documents import (
    Allocation,
    Invoice,
    InvoiceLine,
    Item,
    JournalEntry,
    Party,
    PartyRole,
    Payment,
)


class LineDraft(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A row with the target's item code, account, VAT code, dimension and warehouse."""

    line: InvoiceLine
    vat_code: str = ""
    item_id: str = ""
    account: str = ""
    dimension: str = ""  # the first of `dimensions`, for targets that take one
    warehouse: str = ""
    dimensions: dict[str, str] = {}  # the source's axis -> the target's id


class InvoiceDraft(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    key: str
    invoice: Invoice
    party_id: str
    lines: tuple[LineDraft, ...]
    credited_id: str = ""  # the target's id of the invoice that a credit note credits
    warehouse: str = ""
    dimension: str = ""
    dimensions: dict[str, str] = {}
    payment_method: str = ""
    extra: dict[str, str] = {}  # the target's own fields; never read by core


class PartyDraft(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    key: str
    party: Party
    role: PartyRole
    vat_code: str = ""
    extra: dict[str, str] = {}


class ItemDraft(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    key: str
    item: Item
    vat_code: str = ""
    sales_account: str = ""
    purchase_account: str = ""
    warehouse_account: str = ""
    extra: dict[str, str] = {}


class AllocationDraft(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    allocation: Allocation
    document_id: str  # the target's id of the paid document


class PaymentDraft(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    key: str
    payment: Payment
    party_id: str
    account: str  # the target's id or name of the bank or cash account
    account_is_cash: bool = False
    allocations: tuple[AllocationDraft, ...] = ()
    extra: dict[str, str] = {}


class JournalEntryDraft(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    key: str
    entry: JournalEntry
    accounts: tuple[str, ...] = ()  # one for each posting
    vat_codes: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    extra: dict[str, str] = {}


Draft = InvoiceDraft | PartyDraft | ItemDraft | PaymentDraft | JournalEntryDraft
