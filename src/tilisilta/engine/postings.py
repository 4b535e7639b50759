"""Our own postings of the invoices at hand, read from a source that keeps books just before they are drafted."""

from collections.abc import Sequence

from tilisilta.core.documents import DocumentKind, Invoice, PartyRole, party_key
from tilisilta.engine.context import PARTY_KINDS, RunContext, at_source
from tilisilta.engine.database import in_store
from tilisilta.engine.unfinished import load_unfinished
from tilisilta.engine.work import Work
from tilisilta.ports.postings import PostingGiver
from tilisilta.store.models import (
    ClosedPeriod,
    Delivery,
    DeliveryState,
    PeriodState,
    WorkspaceInvoice,
    WorkspacePayment,
)

_BOOKED = frozenset(
    {
        DocumentKind.SALES_INVOICE,
        DocumentKind.SALES_CREDIT_NOTE,
        DocumentKind.PURCHASE_INVOICE,
        DocumentKind.PURCHASE_CREDIT_NOTE,
        DocumentKind.PAYMENT,
    }
)


async def load_postings(ctx: RunContext, works: Sequence[Work]) -> None:
    """Have at hand how these documents are posted; only where the target completes invoices by postings.

    What a closed period carried there already is remembered, so that it is not booked twice.
    """
    if not isinstance(ctx.source, PostingGiver):
        return
    if not ctx.settings.completes:
        await in_store(load_in_periods, ctx, works)
        return
    await in_store(load_refused, ctx, works)
    await in_store(load_unfinished, ctx, works)
    for kind in dict.fromkeys(work.kind for work in works if work.kind in _BOOKED):
        ids = [work.source_id for work in works if work.kind is kind]
        with at_source():
            found = await ctx.source.fetch_postings(kind, ids)
        for source_id, booked in found.items():
            if kind is not DocumentKind.PAYMENT:
                ctx.postings[source_id] = booked.lines
            if booked.in_period:
                ctx.sent_in_periods.add(f"{kind}:{source_id}")


def load_in_periods(ctx: RunContext, works: Sequence[Work]) -> None:
    """Remember what closed periods of this integration carried as vouchers. Runs in a store thread."""
    held = ClosedPeriod.objects.filter(integration_id=ctx.integration_id).exclude(state=PeriodState.REOPENED)
    if not held.exists():
        return
    for kind in dict.fromkeys(work.kind for work in works if work.kind in _BOOKED):
        rows = WorkspacePayment.objects if kind is DocumentKind.PAYMENT else WorkspaceInvoice.objects
        ids = [int(work.source_id) for work in works if work.kind is kind and work.source_id.isdecimal()]
        found = rows.filter(company_id=ctx.company_id, closed_period__in=held, pk__in=ids)
        ctx.sent_in_periods |= {f"{kind}:{pk}" for pk in found.values_list("pk", flat=True)}


def load_refused(ctx: RunContext, works: Sequence[Work]) -> None:
    """Remember which suppliers the target did not take into its register. Runs in a store thread."""
    kind = PARTY_KINDS[PartyRole.SUPPLIER]
    keys = {party_key(work.document.party) for work in works if isinstance(work.document, Invoice)}
    rows = Delivery.objects.filter(
        flow_id=ctx.party_flow_id, kind=kind, state=DeliveryState.REFUSED, source_id__in=sorted(keys)
    )
    refused = {(PartyRole.SUPPLIER, key) for key in rows.values_list("source_id", flat=True)}
    ctx.refused_parties -= {(PartyRole.SUPPLIER, key) for key in keys}
    ctx.refused_parties |= refused
