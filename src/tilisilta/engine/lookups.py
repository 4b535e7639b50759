"""What mapping may look up for a document: its parties, items and the documents it speaks of, from the id map."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import F, Q

from tilisilta.core.documents import (
    DocumentKind,
    Invoice,
    Item,
    JournalEntry,
    Party,
    PartyRole,
    Payment,
    party_key,
)
from tilisilta.core.mapping.apply import Lookups, invoice_role, needs, paid_kind, payment_role
from tilisilta.core.mapping.settings import Needs
from tilisilta.engine.context import PARTY_KINDS, RunContext
from tilisilta.engine.work import Work
from tilisilta.store.models import Document as DocumentRow
from tilisilta.store.models import PeriodState, PeriodVoucher

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
    """Yield the documents that a document credits, pays or replaces, by kind and source id."""
    document = work.document
    if isinstance(document, Invoice):
        kind = DocumentKind.SALES_INVOICE if document.direction == "sales" else DocumentKind.PURCHASE_INVOICE
        yield from ((kind, credited.source_id) for credited in document.credits if credited.source_id)
    elif isinstance(document, Payment):
        for allocation in document.allocations:
            if (kind_paid := paid_kind(allocation)) and allocation.document_source_id:
                yield kind_paid, allocation.document_source_id
    elif isinstance(document, JournalEntry) and document.replaces:
        yield DocumentKind.JOURNAL_ENTRY, document.replaces


def named_only(work: Work) -> Iterator[tuple[DocumentKind, str]]:
    """Yield the documents that a document credits or pays and names by number alone, by kind and number."""
    document = work.document
    if isinstance(document, Invoice):
        kind = DocumentKind.SALES_INVOICE if document.direction == "sales" else DocumentKind.PURCHASE_INVOICE
        yield from ((kind, each.number) for each in document.credits if each.number and not each.source_id)
    elif isinstance(document, Payment):
        for each in document.allocations:
            if (kind_paid := paid_kind(each)) and each.document_number and not each.document_source_id:
                yield kind_paid, each.document_number


def _load_numbered(ctx: RunContext, works: Sequence[Work]) -> None:
    numbers: dict[DocumentKind, set[str]] = {}
    for work in works:
        for kind, number in named_only(work):
            numbers.setdefault(kind, set()).add(number)
    ctx.numbered = {}
    for kind, wanted in numbers.items():
        rows = DocumentRow.objects.filter(
            company_id=ctx.company_id,
            connection_id=ctx.source_connection_id,
            kind=kind,
            number__in=sorted(wanted),
            is_deleted_at_source=False,
        ).values_list("number", "party_key", "source_id")
        for number, party, source_id in rows:
            ctx.numbered.setdefault((kind, number), []).append((party, source_id))
        ctx.bindings.load(kind, {source_id for _, _, source_id in rows})


def _bound_by_number(ctx: RunContext, work: Work) -> dict[tuple[DocumentKind, str], str]:
    """Return target ids of documents named by number: those of the same party, and only where there is just one."""
    found: dict[tuple[DocumentKind, str], str] = {}
    party = work.summary.party_key
    for kind, number in named_only(work):
        bearers = [source_id for owner, source_id in ctx.numbered.get((kind, number), ()) if party in {"", owner}]
        bound = ctx.bindings.get(kind, bearers[0]) if len(bearers) == 1 else None
        if bound:
            found[kind, number] = bound
    return found


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
    _load_numbered(ctx, works)
    if entries := wanted.get(DocumentKind.JOURNAL_ENTRY):
        ctx.superseded |= superseded(ctx.company_id, entries)


def superseded(company_id: int, source_ids: Iterable[str]) -> set[str]:
    """Return the vouchers of closed periods that may not go any more: an older revision, or a period opened again.

    Whatever waits in the line and whoever sends it again, an old voucher beside its successor would double the books.
    """
    found: set[str] = set()
    wanted = sorted(source_ids)
    for start in range(0, len(wanted), 500):
        rows = PeriodVoucher.objects.filter(
            Q(period__state=PeriodState.REOPENED) | Q(revision__lt=F("period__revision")),
            period__company_id=company_id,
            source_id__in=wanted[start : start + 500],
        )
        found.update(rows.values_list("source_id", flat=True))
    return found


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
    return Lookups(
        party_ids=party_ids,
        item_ids=item_ids,
        document_ids=document_ids,
        document_numbers=_bound_by_number(ctx, work),
        items=ctx.items,
        products=ctx.products,
        postings=ctx.postings,
        refused_parties=ctx.refused_parties,
    )
