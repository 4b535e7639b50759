"""What mapping may look up for a document: its parties, items and the documents it speaks of, from the id map."""

from collections.abc import Iterable, Iterator, Sequence

from tilisilta.core.documents import DocumentKind, Invoice, Item, Party, PartyRole, Payment, party_key
from tilisilta.core.mapping.apply import Lookups, invoice_role, needs, paid_kind, payment_role
from tilisilta.core.mapping.settings import Needs
from tilisilta.engine.context import PARTY_KINDS, RunContext
from tilisilta.engine.work import Work

# A credit note may stand where a source speaks of an invoice only.
_OR_CREDIT_NOTE = {
    DocumentKind.SALES_INVOICE: DocumentKind.SALES_CREDIT_NOTE,
    DocumentKind.PURCHASE_INVOICE: DocumentKind.PURCHASE_CREDIT_NOTE,
}

CREDITABLE = frozenset(_OR_CREDIT_NOTE)


def collect_needs(ctx: RunContext, works: Iterable[Work]) -> Needs:
    """Return the parties and items of a batch, each once."""
    parties: dict[tuple[PartyRole, str], tuple[PartyRole, str, Party]] = {}
    items: dict[str, Item] = {}
    for work in works:
        needed = needs(work.document, ctx.settings, ctx.tables)
        for role, key, party in needed.parties:
            parties.setdefault((role, key), (role, key, party))
        for key, item in needed.items:
            items.setdefault(key, item)
    return Needs(parties=tuple(parties.values()), items=tuple(items.items()))


def spoken_of(work: Work) -> Iterator[tuple[DocumentKind, str]]:
    """Yield the documents that a document credits or pays, by kind and source id."""
    document = work.document
    if isinstance(document, Invoice):
        kind = DocumentKind.SALES_INVOICE if document.direction == "sales" else DocumentKind.PURCHASE_INVOICE
        yield from ((kind, credited.source_id) for credited in document.credits if credited.source_id)
    elif isinstance(document, Payment):
        for allocation in document.allocations:
            if (kind_paid := paid_kind(allocation)) and allocation.document_source_id:
                yield kind_paid, allocation.document_source_id


def load_bindings(ctx: RunContext, works: Sequence[Work]) -> None:
    """Read from the id map what the drafts of these works need. Runs in a store thread."""
    wanted: dict[DocumentKind, set[str]] = {}
    needed = collect_needs(ctx, works)
    for role, key, _ in needed.parties:
        wanted.setdefault(PARTY_KINDS[role], set()).add(key)
    for key, _ in needed.items:
        wanted.setdefault(DocumentKind.ITEM, set()).add(key)
    for work in works:
        wanted.setdefault(work.kind, set()).add(work.source_id)
        for kind, source_id in spoken_of(work):
            wanted.setdefault(kind, set()).add(source_id)
            if kind in _OR_CREDIT_NOTE:
                wanted.setdefault(_OR_CREDIT_NOTE[kind], set()).add(source_id)
    for kind, keys in wanted.items():
        ctx.bindings.load(kind, keys)


def lookups_for(ctx: RunContext, work: Work) -> Lookups:
    """Return what mapping may look up for one document, from the bindings at hand."""
    document = work.document
    party_ids = {}
    item_ids = {}
    if isinstance(document, Invoice | Payment):
        role = invoice_role(document) if isinstance(document, Invoice) else payment_role(document)
        key = party_key(document.party)
        if bound := ctx.bindings.get(PARTY_KINDS[role], key):
            party_ids[role, key] = bound
    for key, _ in needs(document, ctx.settings, ctx.tables).items:
        if bound := ctx.bindings.get(DocumentKind.ITEM, key):
            item_ids[key] = bound
    document_ids = {}
    for kind, source_id in spoken_of(work):
        bound = ctx.bindings.get(kind, source_id) or ctx.bindings.get(_OR_CREDIT_NOTE.get(kind, kind), source_id)
        if bound:
            document_ids[kind, source_id] = bound
    return Lookups(party_ids=party_ids, item_ids=item_ids, document_ids=document_ids, items=ctx.items)
