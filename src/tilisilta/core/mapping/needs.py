"""What a document needs bound at the target before it can go."""

from tilisilta.core.documents import Document, Invoice, Item, LineKind, Party, PartyRole, Payment, item_key, party_key
from tilisilta.core.mapping.invoices import invoice_role
from tilisilta.core.mapping.payments import has_party, payment_role
from tilisilta.core.mapping.rows import fixed_item, names_item
from tilisilta.core.mapping.settings import MappingSettings, Needs
from tilisilta.core.mapping.tables import MappingTables, line_item


def needs(document: Document, settings: MappingSettings, tables: MappingTables | None = None) -> Needs:
    """Return the parties and items that must be bound first, each once, in the order of their first use.

    Rows whose item the settings or the item table fix need no binding; pass the tables so that these are left out.
    """
    if isinstance(document, Invoice):
        items = (
            _needed_items(document, settings, tables or MappingTables())
            if settings.needs_items and not settings.items_by_code
            else ()
        )
        return Needs(parties=(_needed_party(invoice_role(document), document.party),), items=items)
    if isinstance(document, Payment) and settings.payments_need_party and has_party(document):
        return Needs(parties=(_needed_party(payment_role(document), document.party),))
    return Needs()


def _needed_party(role: PartyRole, party: Party) -> tuple[PartyRole, str, Party]:
    return role, party_key(party), party


def _needed_items(invoice: Invoice, settings: MappingSettings, tables: MappingTables) -> tuple[tuple[str, Item], ...]:
    needed: dict[str, Item] = {}
    for line in invoice.lines:
        if settings.rows_in_words and not names_item(line):
            continue
        if line.kind is LineKind.ITEM and fixed_item(line, invoice.direction, tables, settings) is None:
            item = line_item(line)
            needed.setdefault(item_key(item), item)
    return tuple(needed.items())
