"""Invoices that go into the bookkeeping one by one: what has not gone, sending it, and how far an invoice is."""

from typing import Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, Id, Ids, Input, ProblemWords, words_of
from tilisilta.services.documents import delivery_detail
from tilisilta.services.errors import ServiceError
from tilisilta.services.event_texts import step_name
from tilisilta.services.forwarding import by_person, sending
from tilisilta.services.ledger.listing import find_invoice
from tilisilta.services.ledger.postings import postable
from tilisilta.store.models import Delivery, DeliveryState, FollowUpKind, FollowUpState, Integration, WorkspaceInvoice

router = Router(tags=["Document by document"])
SideName = Literal["sales", "purchase"]


class FollowUpStepOut(Schema):
    """A write at the target that follows the first one."""

    name: str = Field(description="postings, approve or mark_sent")
    text: str
    state: FollowUpState


class ForwardedDeliveryOut(Schema):
    """The invoice, or one payment of it, on its way into one target."""

    delivery_id: int
    kind: str
    state: DeliveryState
    target_id: str
    target_number: str
    steps: list[FollowUpStepOut]
    problems: list[ProblemWords] = Field(description="What stops it, or one of its steps")


class WayOut(Schema):
    """How far an invoice is on its way into one target."""

    integration_id: int
    target: str
    may_send: bool = Field(description="Whether it may be sent now, first or again")
    reason: str = Field(description="Why it may not")
    deliveries: list[ForwardedDeliveryOut]


class UnforwardedOut(Schema):
    """An invoice that has not gone, or stopped on its way."""

    invoice_id: int
    number: str
    reason: str = Field(description="Why it cannot be sent yet; empty when it can")


class ForwardIn(Input):
    """Invoices to be sent."""

    invoice_ids: Ids


class NotForwardedOut(Schema):
    """An invoice that could not be put in line."""

    invoice_id: int
    code: str
    reason: str


class ForwardedOut(Schema):
    """What became of invoices that were sent."""

    count: int = Field(description="How many are on their way")
    left: list[NotForwardedOut]


class UnforwardedQuery(Schema):
    """A side of the books."""

    side: SideName


def _refusal(integration: Integration, row: WorkspaceInvoice) -> str:
    try:
        by_person.require_may_go(integration, row)
    except ServiceError as error:
        return str(error)
    return ""


def _delivery(row: Delivery) -> ForwardedDeliveryOut:
    found = delivery_detail(row)
    return ForwardedDeliveryOut(
        delivery_id=row.pk,
        kind=row.kind,
        state=DeliveryState(row.state),
        target_id=row.target_id,
        target_number=row.target_number,
        steps=[
            FollowUpStepOut(name=each.subject, text=step_name(each.subject), state=FollowUpState(each.state))
            for each in found.follow_ups
            if each.kind == FollowUpKind.STEP
        ],
        problems=[words_of(each.code, each.params) for each in found.problems],
    )


def _way(integration: Integration, row: WorkspaceInvoice) -> WayOut:
    reason = _refusal(integration, row)
    return WayOut(
        integration_id=integration.pk,
        target=integration.target.name,
        may_send=not reason,
        reason=reason,
        deliveries=[_delivery(each) for each in sending.deliveries_of(integration, row)],
    )


@router.get("/forwarding", response=list[UnforwardedOut], summary="List invoices that have not gone")
def list_unforwarded(request: HttpRequest, query: Query[UnforwardedQuery]) -> list[UnforwardedOut]:
    """Return sent or approved invoices of a side that never went or stopped on their way, oldest first."""
    company = actor_of(request).company
    integrations = sending.integrations_of(company)
    return [
        UnforwardedOut(
            invoice_id=row.pk,
            number=row.number,
            reason=next((reason for each in integrations if (reason := _refusal(each, row))), ""),
        )
        for row in by_person.waiting_to_go(company, query.side)
    ]


@router.post("/forwarding", response=ForwardedOut, summary="Send invoices to the bookkeeping", openapi_extra=ACCOUNTANT)
def forward_invoices(request: HttpRequest, wanted: ForwardIn) -> ForwardedOut:
    """Put invoices in line, or what failed of them again; those that cannot go are told with the reason.

    What is at the target already is looked for there and never made twice.
    """
    actor = actor_of(request)
    rows = postable(actor.company, wanted.invoice_ids)
    if len(rows) != len(set(wanted.invoice_ids)):
        raise WorkspaceInvoice.DoesNotExist
    put = by_person.send_now(actor, rows)
    left = [NotForwardedOut(invoice_id=each.invoice.pk, code=each.code, reason=each.reason) for each in put.left]
    return ForwardedOut(count=put.count, left=left)


@router.get("/invoices/{int:invoice_id}/forwarding", response=list[WayOut], summary="Show how far an invoice is")
def get_forwarding(request: HttpRequest, invoice_id: Id) -> list[WayOut]:
    """Return the invoice's way into each target with the steps that were taken; empty where none is tied."""
    company = actor_of(request).company
    row = find_invoice(company, invoice_id)
    return [_way(integration, row) for integration in sending.integrations_of(company)]
