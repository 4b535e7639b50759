"""Documents that a person sends one by one, or many at once: first, or what failed of them again (P48 to P51, P60)."""

from collections.abc import Iterable, Sequence

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tilisilta.engine.announce import send_soon
from tilisilta.engine.log import EventLine, write_events
from tilisilta.engine.unfinished import release_payments
from tilisilta.services import audit, deliveries
from tilisilta.services.access import Actor, require
from tilisilta.services.approval.circulation import first_approved_at
from tilisilta.services.errors import ServiceError
from tilisilta.services.forwarding.sending import (
    FLOWS,
    deliveries_of,
    flow_of,
    integrations_of,
    posts_here,
    put_invoice,
    put_payment,
)
from tilisilta.services.workspace_port.postings import went_in
from tilisilta.store.models import (
    Company,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    FollowUp,
    FollowUpKind,
    FollowUpState,
    Integration,
    InvoiceStage,
    PostingStage,
    Role,
    Side,
    WorkspaceInvoice,
    WorkspacePayment,
)


class Left(msgspec.Struct, frozen=True):
    """An invoice that could not be put in line, with the reason in the reader's language."""

    invoice: WorkspaceInvoice
    code: str
    reason: str


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What became of invoices that a person sent: how many go, and why the others do not."""

    count: int = 0
    left: tuple[Left, ...] = ()


def may_go(integration: Integration, row: WorkspaceInvoice) -> bool:
    """Return whether an invoice has come so far that it may leave: sent, approved, or approved once (P45, P55)."""
    if row.direction == Side.SALES:
        return row.stage == InvoiceStage.SENT
    if row.stage == InvoiceStage.CIRCULATING and not posts_here(integration, row.direction):
        return first_approved_at(row) is not None
    return row.stage == InvoiceStage.APPROVED


def require_may_go(integration: Integration, row: WorkspaceInvoice) -> None:
    """Check an invoice that a person sends.

    Raises:
        ServiceError: FORWARD_NOT_YET, FORWARD_NOT_POSTED (P47), FORWARD_IN_PERIOD.
    """
    told = {"number": row.number or f"#{row.pk}", "target": integration.target.name}
    if not may_go(integration, row):
        raise ServiceError("FORWARD_NOT_YET", **told)
    if went_in(row.closed_period):
        raise ServiceError("FORWARD_IN_PERIOD", **told)
    if posts_here(integration, row.direction) and row.posting_stage != PostingStage.POSTED:
        raise ServiceError("FORWARD_NOT_POSTED", **told)


def send_now(actor: Actor, rows: Iterable[WorkspaceInvoice]) -> Put:
    """Put invoices in line, or what failed of them again; one that cannot go is left with its reason (P48 to P51, P60).

    Raises:
        Forbidden: the actor is no accountant.
        ServiceError: FORWARD_NOT_TIED.
    """
    require(actor, Role.ACCOUNTANT)
    integrations = integrations_of(actor.company)
    if not integrations:
        raise ServiceError("FORWARD_NOT_TIED")
    sent: list[WorkspaceInvoice] = []
    left: list[Left] = []
    for row in rows:
        try:
            with transaction.atomic():
                locked = _locked(actor, row)
                for integration in integrations:
                    _send(actor, integration, locked)
        except ServiceError as error:
            left.append(Left(row, error.code, str(error)))
        else:
            sent.append(row)
    if sent:
        numbers = ", ".join(each.number for each in sent[:20])
        audit.record(actor, "invoice.forwarded", subject=numbers, count=len(sent))
    return Put(count=len(sent), left=tuple(left))


def _send(actor: Actor, integration: Integration, row: WorkspaceInvoice) -> None:
    require_may_go(integration, row)
    put_invoice(integration, row, by_person=True)
    for payment in WorkspacePayment.objects.filter(invoice=row).select_related("invoice", "closed_period"):
        put_payment(integration, payment)
    failed = FollowUp.objects.filter(
        delivery__in=deliveries_of(integration, row), state__in=[FollowUpState.FAILED, FollowUpState.WAITING]
    )
    if ids := list(failed.values_list("delivery_id", flat=True).distinct()):
        failed.update(state=FollowUpState.FAILED)  # so that one try begins them all anew
        deliveries.retry(actor, ids)


def may_leave(integration: Integration, row: WorkspaceInvoice) -> bool:
    """Return whether a step of an invoice stopped at the target, so that a person may leave it as it stands there."""
    return _stopped_steps(deliveries_of(integration, row)).exists()


def _stopped_steps(rows: Sequence[Delivery]) -> "QuerySet[FollowUp]":
    return FollowUp.objects.filter(delivery__in=rows, kind=FollowUpKind.STEP, state=FollowUpState.FAILED)


def leave_as_it_is(actor: Actor, row: WorkspaceInvoice) -> int:
    """Leave an invoice as a person completed it at its target: the steps not taken are taken no more.

    What waited for them goes on. Returns how many integrations it was left in.

    Raises:
        Forbidden: the actor is no accountant.
        ServiceError: FORWARD_NOTHING_STOPPED, no step of it stopped.
    """
    require(actor, Role.ACCOUNTANT)
    left = 0
    with transaction.atomic():
        locked = _locked(actor, row)
        for integration in integrations_of(actor.company):
            stopped = _stopped_steps(deliveries_of(integration, locked)).values_list("delivery_id", flat=True)
            for delivery_id in sorted(set(stopped)):
                _leave(actor, integration, delivery_id)
                left += 1
        if not left:
            raise ServiceError("FORWARD_NOTHING_STOPPED", number=locked.number or f"#{locked.pk}")
        audit.record(actor, "invoice.left_at_target", subject=locked.number)
    return left


def _leave(actor: Actor, integration: Integration, delivery_id: int) -> None:
    now = timezone.now()
    steps = FollowUp.objects.filter(delivery_id=delivery_id, kind=FollowUpKind.STEP).exclude(state=FollowUpState.DONE)
    rows = list(steps.order_by("pk"))
    steps.update(state=FollowUpState.DONE, done_at=now, problem_code="", problem_params={}, due_at=None)
    DeliveryProblem.objects.filter(delivery_id=delivery_id, solved_at=None).update(solved_at=now, solved_by=actor.user)
    told = {"steps": ", ".join(each.subject for each in rows), "actor": actor.label}
    write_events(actor.company.pk, None, [EventLine(delivery_id, "steps_left", level="warning", params=told)])
    release_payments(integration.pk, rows)
    # Files that stood behind the steps go now.
    delivery = Delivery.objects.select_related("flow").get(pk=delivery_id)
    if FollowUp.objects.filter(delivery=delivery, state=FollowUpState.WAITING).exists():
        send_soon(delivery.flow, [delivery_id])


def _locked(actor: Actor, row: WorkspaceInvoice) -> WorkspaceInvoice:
    rows = WorkspaceInvoice.objects.select_for_update(of=("self",)).select_related("closed_period", "company", "party")
    return rows.get(pk=row.pk, company=actor.company)


def waiting_to_go(company: Company, side: str) -> list[WorkspaceInvoice]:
    """Return the invoices of a side that may go and were never put in line, or failed; oldest first (P51)."""
    found: dict[int, WorkspaceInvoice] = {}
    for integration in integrations_of(company):
        stage = InvoiceStage.SENT if side == Side.SALES else InvoiceStage.APPROVED
        rows = WorkspaceInvoice.objects.filter(company=company, direction=side, stage=stage)
        rows = rows.select_related("closed_period")
        flow = flow_of(integration, FLOWS[Side(side)])
        gone = Delivery.objects.filter(flow=flow).exclude(state__in=_STOPPED).values_list("source_id", flat=True)
        ids = {int(each) for each in gone if each.isdecimal()}
        for row in rows.order_by("date", "pk"):
            if row.pk not in ids and not went_in(row.closed_period):
                found.setdefault(row.pk, row)
    return list(found.values())


_STOPPED: Sequence[str] = (
    DeliveryState.PROBLEM,
    DeliveryState.REFUSED,
    DeliveryState.PARKED,
    DeliveryState.SKIPPED,
)
