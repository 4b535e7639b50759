"""Documents that a person sends one by one, or many at once: first, or what failed of them again (P48 to P51, P60)."""

from collections.abc import Iterable, Sequence

import msgspec
from django.db import transaction

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
    DeliveryState,
    FollowUp,
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
