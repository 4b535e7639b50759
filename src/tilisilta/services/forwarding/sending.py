"""Documents put in line one by one: an invoice that was sent or approved, and the payments of it (P39 to P60)."""

import hashlib
from collections.abc import Sequence

import msgspec
from django.utils import timezone

from tilisilta.core.documents import DocumentKind, invoice_kind
from tilisilta.engine import announce as engine
from tilisilta.services.forwarding.level import is_switched
from tilisilta.services.integrations import LEVEL_DOCUMENT, POSTING_AT_SOURCE, level_of, settings_of
from tilisilta.services.ledger.postings import lines_of
from tilisilta.services.workspace_port.postings import went_in
from tilisilta.services.workspace_port.records import canonical_invoices, canonical_payment
from tilisilta.services.workspace_port.setting_up import VENDOR as WORKSPACE
from tilisilta.store.models import (
    Company,
    Connection,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Flow,
    FlowKind,
    FollowUp,
    FollowUpKind,
    FollowUpState,
    Integration,
    IntegrationState,
    Side,
    WorkspaceInvoice,
    WorkspacePayment,
)

_PAYMENTS = FlowKind.PAYMENTS
FLOWS = {Side.SALES: FlowKind.SALES_INVOICES, Side.PURCHASES: FlowKind.PURCHASE_INVOICES}
INVOICE_KINDS = (
    DocumentKind.SALES_INVOICE,
    DocumentKind.SALES_CREDIT_NOTE,
    DocumentKind.PURCHASE_INVOICE,
    DocumentKind.PURCHASE_CREDIT_NOTE,
)


def integrations_of(company: Company, *, only_running: bool = False) -> list[Integration]:
    """Return the integrations that send a company's documents one by one; `only_running` leaves out paused ones."""
    states = [IntegrationState.READY] if only_running else [IntegrationState.READY, IntegrationState.PAUSED]
    rows = Integration.objects.filter(company=company, source__vendor=WORKSPACE, state__in=states)
    found = rows.select_related("company", "source", "target").order_by("pk")
    return [each for each in found if level_of(each) == LEVEL_DOCUMENT and is_switched(each)]


def posts_here(integration: Integration, side: str) -> bool:
    """Return whether invoices of a side are posted here before they go; sales always are (P56, P38)."""
    return side == Side.SALES or settings_of(integration)["purchase_posting"] == POSTING_AT_SOURCE


def flow_of(integration: Integration, kind: FlowKind) -> Flow | None:
    """Return a flow that is switched on, or None."""
    return Flow.objects.filter(integration=integration, kind=kind, is_enabled=True).first()


# Removed here, and at the target or on its way there.
_TAKEN_BACK: Sequence[str] = (DeliveryState.DRIFTED, DeliveryState.SENDING, DeliveryState.UNCERTAIN)

# --- put in line ---------------------------------------------------------------------------------------------


def put_invoice(integration: Integration, row: WorkspaceInvoice, *, by_person: bool = False) -> bool:
    """Store an invoice and its payments as ready to go, and ask for the runs that send them; return whether it goes.

    Called inside the transaction of what happened. What is at the target already stays as it is.
    """
    flow = flow_of(integration, FLOWS[Side(row.direction)])
    if flow is None or went_in(row.closed_period):
        return False
    invoice = canonical_invoices([row])[0]
    delivery, goes = engine.announce(
        integration, flow, invoice_kind(invoice), invoice.source_id, invoice, by_person=by_person
    )
    if goes:
        engine.send_soon(flow, [delivery.pk])
    for payment in WorkspacePayment.objects.filter(invoice=row).select_related("invoice", "closed_period"):
        put_payment(integration, payment)
    return goes


def put_payment(integration: Integration, payment: WorkspacePayment, *, is_held: bool = False) -> bool:
    """Store a payment as ready to go, once its invoice is on its way; return whether it goes.

    `is_held` leaves it ready without asking for a run: it goes when the integration's pause ends.
    A payment that takes the place of one that was sent and then removed is an edit of it: it is not sent again (P54).
    """
    flow = flow_of(integration, FlowKind.PAYMENTS)
    invoice = delivery_of(integration, payment.invoice)
    if flow is None or invoice is None or went_in(payment.closed_period):
        return False
    document = canonical_payment(payment)
    delivery, goes = engine.announce(
        integration, flow, DocumentKind.PAYMENT, document.source_id, document, by_person=False
    )
    if not goes:
        return False
    gone = Delivery.objects.filter(flow=flow, reason="DELETED_AT_SOURCE", state__in=_TAKEN_BACK)
    if gone.filter(reason_params__invoice=str(payment.invoice_id)).exists():
        engine.leave_out(delivery, "PAYMENT_EDITED_LATER", number=payment.invoice.number)
        return False
    if not is_held:
        engine.send_soon(flow, [delivery.pk])
    return True


def note_edit(integration: Integration, row: WorkspaceInvoice) -> None:
    """Note that an invoice was edited here: what waits goes as it is now, what was sent is shown as a difference."""
    delivery = delivery_of(integration, row)
    if delivery is not None:
        held = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
        engine.note_change(integration, held, canonical_invoices([row])[0])


def note_posting(integration: Integration, row: WorkspaceInvoice, *, is_undone: bool) -> None:
    """Note that an invoice is posted otherwise than it went, or as it went again; what waits takes the new posting.

    Until the target has approved it, each step writes the posting of its day.
    """
    delivery = delivery_of(integration, row)
    if delivery is None:
        return
    steps = dict(FollowUp.objects.filter(delivery=delivery, kind=FollowUpKind.STEP).values_list("subject", "state"))
    if steps and FollowUpState.FAILED in steps.values() and not is_undone:
        complete(delivery)
    if all(steps.get(step) == FollowUpState.DONE for step in _POSTED_BY):
        held = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
        engine.note_posting(held, sign_of(row), is_undone=is_undone)


# Our posting stands at the target once these were taken; only the first of them writes it, the second shuts it.
_POSTED_BY: Sequence[str] = ("postings", "approve")


def sign_of(row: WorkspaceInvoice) -> str:
    """Return what tells one posting of an invoice from another: its accounts, amounts and VAT, in any order."""
    facts = sorted(
        (line.account, str(line.signed), str(line.vat_rate), str(line.vat_treatment)) for line in lines_of(row)
    )
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:16]


def complete(delivery: Delivery) -> None:
    """Take the steps again that stopped because an invoice was not posted any more; it is now."""
    stopped = FollowUp.objects.filter(
        delivery=delivery, kind=FollowUpKind.STEP, state=FollowUpState.FAILED, problem_code="INVOICE_NOT_POSTED"
    )
    if stopped.update(state=FollowUpState.WAITING, attempt=0, problem_code="", problem_params={}, due_at=None):
        DeliveryProblem.objects.filter(delivery=delivery, code="INVOICE_NOT_POSTED", solved_at=None).update(
            solved_at=timezone.now()
        )
        engine.send_soon(delivery.flow, [delivery.pk])


def take_back_payment(integration: Integration, payment: WorkspacePayment) -> None:
    """Note that a payment is removed here: what was sent stays at the target and is shown as a difference (P54)."""
    rows = Delivery.objects.filter(
        flow__integration=integration, kind=DocumentKind.PAYMENT.value, source_id=str(payment.pk)
    )
    for delivery in rows.select_for_update(no_key=True):
        engine.withdraw(delivery, invoice=str(payment.invoice_id), number=payment.invoice.number)


def delivery_of(integration: Integration, row: WorkspaceInvoice) -> Delivery | None:
    """Return how an invoice travels by an integration; None while it does not."""
    kinds = [kind.value for kind in INVOICE_KINDS]
    return Delivery.objects.filter(flow__integration=integration, kind__in=kinds, source_id=str(row.pk)).first()


def deliveries_of(integration: Integration, row: WorkspaceInvoice) -> list[Delivery]:
    """Return the deliveries of an invoice and of its payments, also of those that were removed since."""
    own = delivery_of(integration, row)
    ids = [str(pk) for pk in WorkspacePayment.objects.filter(invoice=row).values_list("pk", flat=True)]
    payments = Delivery.objects.filter(flow__integration=integration, kind=DocumentKind.PAYMENT.value)
    removed = payments.filter(reason="DELETED_AT_SOURCE", reason_params__invoice=str(row.pk))
    found = {each.pk: each for each in (*payments.filter(source_id__in=ids), *removed)}
    return [*([own] if own is not None else []), *(found[pk] for pk in sorted(found))]


def go_on(connection: Connection) -> None:
    """Send what waited for a connection that works again: documents in line, and steps that were not taken (P90)."""
    for integration in integrations_of(connection.company, only_running=True):
        if connection.pk in {integration.source_id, integration.target_id}:
            _send_waiting(integration)


def end_pause(integration: Integration) -> None:
    """Send what waited for the end of a pause: payments that were recorded meanwhile."""
    if any(each.pk == integration.pk for each in integrations_of(integration.company, only_running=True)):
        _send_waiting(integration)


def _send_waiting(integration: Integration) -> None:
    flows = Flow.objects.filter(integration=integration, is_enabled=True, kind__in=[*FLOWS.values(), _PAYMENTS])
    for flow in flows.order_by("pk"):
        rows = Delivery.objects.filter(flow=flow)
        ready = rows.filter(state=DeliveryState.READY).values_list("pk", flat=True)
        begun = rows.filter(follow_ups__state=FollowUpState.WAITING).values_list("pk", flat=True)
        engine.send_soon(flow, sorted({*ready, *begun}))
