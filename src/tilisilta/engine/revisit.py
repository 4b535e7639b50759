"""Payments that were left out because their document was not known: taken up once it is."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from tilisilta.core.documents import DocumentKind
from tilisilta.engine.context import RunContext
from tilisilta.engine.lease import hold_lease
from tilisilta.engine.log import EventLine, write_events
from tilisilta.store.models import Binding, Delivery, DeliveryState, RunMode

# Clocks of two workers may differ by this much.
OVERLAP = dt.timedelta(minutes=10)
_PAYABLE = (
    DocumentKind.SALES_INVOICE,
    DocumentKind.SALES_CREDIT_NOTE,
    DocumentKind.PURCHASE_INVOICE,
    DocumentKind.PURCHASE_CREDIT_NOTE,
)


def take_up_payments(ctx: RunContext) -> int:
    """Make ready what waited for documents that were tied since the last run; return how many payments.

    Runs in a store thread. What still lacks another document is left out again when it is worked out.
    """
    if DocumentKind.PAYMENT not in ctx.kinds or ctx.mode is not RunMode.RUN or ctx.changes_until is None:
        return 0
    tied = Binding.objects.filter(
        source_connection_id=ctx.bindings.source_connection_id,
        target_connection_id=ctx.bindings.target_connection_id,
        kind__in=_PAYABLE,
        created_at__gte=ctx.changes_until - OVERLAP,
    ).values_list("source_id", "source_label", "target_id", "target_label")
    names = {name for row in tied.iterator() for name in row if name}
    if not names:
        return 0
    waiting = Delivery.objects.filter(
        flow_id=ctx.flow_id, state=DeliveryState.SKIPPED, reason="NOT_FROM_SOURCE"
    ).exclude(document=None)
    found = [
        pk for pk, params in waiting.values_list("pk", "reason_params").iterator() if params.get("document") in names
    ]
    if not found:
        return 0
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        for start in range(0, len(found), 500):
            Delivery.objects.filter(pk__in=found[start : start + 500], state=DeliveryState.SKIPPED).update(
                state=DeliveryState.READY, reason="", reason_params={}, updated_at=timezone.now()
            )
        write_events(ctx.company_id, ctx.run_id, [EventLine(pk, "released") for pk in found])
    return len(found)
