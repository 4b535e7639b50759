"""Canonical documents: what every source is read into and every target is written from."""

from tilisilta.core.documents.attachment import AttachmentRef, AttachmentRole
from tilisilta.core.documents.dimension import DimensionValue
from tilisilta.core.documents.invoice import Direction, Invoice, InvoiceLine, InvoiceRef, LineKind, VatTotal
from tilisilta.core.documents.item import Item, StockKind, item_key
from tilisilta.core.documents.journal_entry import JournalEntry, Posting
from tilisilta.core.documents.kinds import (
    Document,
    DocumentKind,
    decode_document,
    document_key,
    encode_document,
    invoice_kind,
    version_hash,
)
from tilisilta.core.documents.party import Address, BankAccount, Party, PartyRole, party_key
from tilisilta.core.documents.payment import Allocation, AllocationKind, Payment, PaymentDirection
from tilisilta.core.documents.rows import amount_rows, is_shown_rounding

__all__ = [
    "Address",
    "Allocation",
    "AllocationKind",
    "AttachmentRef",
    "AttachmentRole",
    "BankAccount",
    "DimensionValue",
    "Direction",
    "Document",
    "DocumentKind",
    "Invoice",
    "InvoiceLine",
    "InvoiceRef",
    "Item",
    "JournalEntry",
    "LineKind",
    "Party",
    "PartyRole",
    "Payment",
    "PaymentDirection",
    "Posting",
    "StockKind",
    "VatTotal",
    "amount_rows",
    "decode_document",
    "document_key",
    "encode_document",
    "invoice_kind",
    "is_shown_rounding",
    "item_key",
    "party_key",
    "version_hash",
]
