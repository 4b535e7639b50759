"""Payments of invoices that are not complete at the target yet: they wait, and go when the last step is done.

A target that completes invoices refuses money on one that nobody approved, and what it books cannot be taken back.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils import timezone

from tilisilta.core.documents import DocumentKind, Payment
from tilisilta.core.problems import Problem
from tilisilta.engine.announce import send_soon
from tilisilta.engine.context import RunContext
from tilisilta.engine.log import EventLine, write_events
from tilisilta.engine.lookups import spoken_of
from tilisilta.engine.meanwhile import ON_THE_WAY
from tilisilta.engine.states import MAY_RETRY, require_move
from tilisilta.engine.work import Work
from tilisilta.store.models import (
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Flow,
    FlowKind,
    FollowUp,
    FollowUpKind,
    FollowUpState,
)

WAITS: Final = "PAYMENT_WAITS_FOR_INVOICE"
_INVOICES: Final = (
    DocumentKind.SALES_INVOICE,
    DocumentKind.SALES_CREDIT_NOTE,
    DocumentKind.PURCHASE_INVOICE,
    DocumentKind.PURCHASE_CREDIT_NOTE,
)
# One that was left out on purpose never arrives; its payments are left out like those of documents from elsewhere.
_NOT_THERE: Final = (*ON_THE_WAY, *(MAY_RETRY - {DeliveryState.SKIPPED}), DeliveryState.READY)


def load_unfinished(ctx: RunContext, works: Sequence[Work]) -> None:
    """Remember which invoices that these payments pay have not arrived, or lack a step. Runs in a store thread."""
    paid = {source_id for work in works if isinstance(work.document, Payment) for _, source_id in spoken_of(work)}
    for source_id in paid:
        ctx.unfinished.pop(source_id, None)
    on_the_way = Delivery.objects.filter(
        flow__integration_id=ctx.integration_id, source_id__in=sorted(paid), kind__in=_INVOICES, state__in=_NOT_THERE
    )
    ctx.unfinished |= dict.fromkeys(on_the_way.values_list("source_id", flat=True), "")
    rows = FollowUp.objects.filter(
        flow__integration_id=ctx.integration_id, delivery__source_id__in=sorted(paid), kind=FollowUpKind.STEP
    ).exclude(state=FollowUpState.DONE)
    for source_id, step in rows.order_by("-pk").values_list("delivery__source_id", "subject"):
        ctx.unfinished[source_id] = step


def waits_for(ctx: RunContext, work: Work) -> tuple[Problem, ...]:
    """Return what keeps a payment: the first invoice of it that lacks a step at the target."""
    if not isinstance(work.document, Payment):
        return ()
    for each in work.document.allocations:
        if (step := ctx.unfinished.get(each.document_source_id)) is not None:
            told = {"invoice": each.document_source_id, "number": each.document_number, "step": step}
            return (Problem(code=WAITS, where="allocations", params=told),)
    return ()


def release_payments(integration_id: int, done: Iterable[FollowUp], run_id: int | None = None) -> None:
    """Send the payments that waited for invoices whose last step was just done, inside the caller's transaction."""
    ids = {row.delivery_id for row in done if row.kind == FollowUpKind.STEP}
    if not ids:
        return
    lacking = FollowUp.objects.filter(delivery_id__in=ids, kind=FollowUpKind.STEP).exclude(state=FollowUpState.DONE)
    whole = ids - set(lacking.values_list("delivery_id", flat=True))
    flow = Flow.objects.filter(integration_id=integration_id, kind=FlowKind.PAYMENTS, is_enabled=True).first()
    if not whole or flow is None:
        return
    invoices = list(Delivery.objects.filter(pk__in=whole).values_list("source_id", flat=True))
    waiting = Delivery.objects.filter(
        flow=flow, state=DeliveryState.PROBLEM, reason=WAITS, reason_params__invoice__in=invoices
    ).select_for_update(no_key=True)
    rows = list(waiting.order_by("pk"))
    if not rows:
        return
    now = timezone.now()
    for row in rows:
        require_move(row.state, DeliveryState.READY)
    pks = [row.pk for row in rows]
    Delivery.objects.filter(pk__in=pks).update(
        state=DeliveryState.READY, reason="", reason_params={}, retry_at=None, updated_at=now
    )
    DeliveryProblem.objects.filter(delivery_id__in=pks, solved_at=None).update(solved_at=now)
    write_events(flow.company_id, run_id, [EventLine(pk, "problem_solved") for pk in pks])
    send_soon(flow, pks)
