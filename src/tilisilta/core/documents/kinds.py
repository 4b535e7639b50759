"""The kinds of record that travel, and how each is stored."""

import hashlib
from enum import StrEnum

import msgspec

from tilisilta.core.documents.invoice import Direction, Invoice
from tilisilta.core.documents.item import Item, item_key
from tilisilta.core.documents.journal_entry import JournalEntry
from tilisilta.core.documents.party import Party, party_key
from tilisilta.core.documents.payment import Payment


class DocumentKind(StrEnum):
    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    ITEM = "item"
    SALES_INVOICE = "sales_invoice"
    SALES_CREDIT_NOTE = "sales_credit_note"
    PURCHASE_INVOICE = "purchase_invoice"
    PURCHASE_CREDIT_NOTE = "purchase_credit_note"
    PAYMENT = "payment"
    JOURNAL_ENTRY = "journal_entry"


Document = Invoice | Payment | Party | Item | JournalEntry

_TYPES: dict[DocumentKind, type[Invoice | Payment | Party | Item | JournalEntry]] = {
    DocumentKind.CUSTOMER: Party,
    DocumentKind.SUPPLIER: Party,
    DocumentKind.ITEM: Item,
    DocumentKind.SALES_INVOICE: Invoice,
    DocumentKind.SALES_CREDIT_NOTE: Invoice,
    DocumentKind.PURCHASE_INVOICE: Invoice,
    DocumentKind.PURCHASE_CREDIT_NOTE: Invoice,
    DocumentKind.PAYMENT: Payment,
    DocumentKind.JOURNAL_ENTRY: JournalEntry,
}
_decoders = {kind: msgspec.json.Decoder(shape) for kind, shape in _TYPES.items()}
_encoder = msgspec.json.Encoder(order="deterministic", decimal_format="string")


def invoice_kind(invoice: Invoice) -> DocumentKind:
    """Return the kind of an invoice or credit note by its direction and sign."""
    if invoice.direction is Direction.SALES:
        return DocumentKind.SALES_CREDIT_NOTE if invoice.is_credit_note else DocumentKind.SALES_INVOICE
    return DocumentKind.PURCHASE_CREDIT_NOTE if invoice.is_credit_note else DocumentKind.PURCHASE_INVOICE


def encode_document(document: Document) -> bytes:
    """Return the canonical payload: JSON with sorted keys and decimals as strings."""
    return _encoder.encode(document)


def decode_document(kind: DocumentKind, payload: bytes | str) -> Document:
    """Return the document that `encode_document` wrote."""
    return _decoders[kind].decode(payload)


_VOLATILE: dict[type[Document], dict[str, object]] = {
    Invoice: {"modified_at": "", "paid": 0, "status": "", "is_sent": None, "begun_at": ""},
    Payment: {"modified_at": ""},
    Party: {"modified_at": ""},
    Item: {"modified_at": ""},
    JournalEntry: {},
}


def version_hash(document: Document) -> str:
    """Return a hash of what matters for the books, so that a payment or a touched row is not drift.

    The paid amount, the source's status word, when its draft was begun and the time of change are left out.
    """
    stable = msgspec.structs.replace(document, **_VOLATILE[type(document)])
    return hashlib.sha256(_encoder.encode(stable)).hexdigest()[:32]


def document_key(document: Document) -> str:
    """Return the id by which the source knows this document."""
    if isinstance(document, Party):
        return party_key(document)
    if isinstance(document, Item):
        return item_key(document)
    return document.source_id
