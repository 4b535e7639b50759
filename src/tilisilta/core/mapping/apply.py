"""Apply tables, bindings and settings to a document: a draft for the target, or the problems that stop it.

Pure: the same input always gives the same draft. Nothing is guessed; what is not mapped is a problem.
"""

from tilisilta.core.documents import Document, DocumentKind, Invoice, Item, Party, PartyRole, Payment, invoice_kind
from tilisilta.core.mapping.entries import apply_journal_entry
from tilisilta.core.mapping.invoices import apply_invoice, invoice_role
from tilisilta.core.mapping.needs import needs
from tilisilta.core.mapping.parties import apply_item, apply_party
from tilisilta.core.mapping.payments import apply_payment, paid_kind, payment_role
from tilisilta.core.mapping.settings import ItemPolicy, Lookups, Mapped, MappingSettings, Needs, TextLines
from tilisilta.core.mapping.tables import MappingTables

__all__ = [
    "ItemPolicy",
    "Lookups",
    "Mapped",
    "MappingSettings",
    "Needs",
    "TextLines",
    "apply",
    "apply_invoice",
    "apply_item",
    "apply_journal_entry",
    "apply_party",
    "apply_payment",
    "invoice_role",
    "needs",
    "paid_kind",
    "payment_role",
]


def apply(
    kind: DocumentKind,
    document: Document,
    *,
    key: str,
    tables: MappingTables,
    lookups: Lookups,
    settings: MappingSettings,
) -> Mapped:
    """Return the draft of any document. `kind` tells a customer from a supplier.

    Raises: ValueError when kind and document do not belong together.
    """
    if isinstance(document, Invoice):
        if invoice_kind(document) is not kind:
            raise ValueError(f"a document of kind {invoice_kind(document)} was handed in as {kind}")
        return apply_invoice(document, key=key, tables=tables, lookups=lookups, settings=settings)
    if isinstance(document, Party):
        role = {DocumentKind.CUSTOMER: PartyRole.CUSTOMER, DocumentKind.SUPPLIER: PartyRole.SUPPLIER}.get(kind)
        if role is None:
            raise ValueError(f"a party was handed in as {kind}")
        return apply_party(document, role, key=key, tables=tables, lookups=lookups, settings=settings)
    if isinstance(document, Item):
        return apply_item(document, key=key, tables=tables, lookups=lookups, settings=settings)
    if isinstance(document, Payment):
        return apply_payment(document, key=key, tables=tables, lookups=lookups, settings=settings)
    return apply_journal_entry(document, key=key, tables=tables, lookups=lookups, settings=settings)
