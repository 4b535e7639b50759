"""Approval of purchase invoices: what waits, the steps of a circulation, and the company's default handlers."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, ADMIN, Amount, Id, Input, Page, PageQuery, Text, amount, page_out
from tilisilta.services import listings
from tilisilta.services.approval import circulation, defaults, handlers, lists
from tilisilta.services.approval.rules import in_turn
from tilisilta.services.listings import Listing
from tilisilta.store.models import (
    DefaultHandler,
    HandlerDecision,
    HandlerRole,
    InvoiceHandler,
    InvoiceStage,
    User,
    WorkspaceInvoice,
)

router = Router(tags=["Approval"])


class HandlerOut(Schema):
    """One person's part in an invoice's circulation."""

    id: int
    person_id: int
    person: str
    role: HandlerRole
    is_mandatory: bool
    has_turn: bool = Field(description="Whether the invoice waits for this person now")
    decision: HandlerDecision
    reason: str
    decided_at: dt.datetime | None


class ApprovalOut(Schema):
    """Where the approval of a purchase invoice stands."""

    invoice_id: int
    stage: InvoiceStage
    first_approved_at: dt.datetime | None
    approved_at: dt.datetime | None
    handlers: list[HandlerOut]


class WaitingOut(Schema):
    """A purchase invoice of a list of approval."""

    id: int
    supplier: str
    number: str
    date: dt.date
    due_date: dt.date | None
    is_credit_note: bool
    amount: Amount = Field(description="What is to be paid")
    currency: str
    stage: InvoiceStage


class WaitingQuery(PageQuery):
    """Which invoices."""

    view: Literal["mine", "received", "circulating", "rejected", "approved"] = Field(
        "mine", description="mine: those that wait for the person who made the token"
    )
    text: Text = Field("", description="Part of the supplier's name or the number")


class StepIn(Input):
    """A step. `accept` and `reject` are those of the person who made the token."""

    step: Literal["start", "accept", "reject", "approve", "withdraw"] = Field(
        description="approve is for companies without circulation"
    )
    reason: str = Field("", max_length=200, description="Needed to reject")


class HandlerIn(Input):
    """A checker or approver to add."""

    person_id: Id
    role: HandlerRole
    is_mandatory: bool = False


class HandOnIn(Input):
    """Who takes the part over."""

    person_id: Id


class DefaultHandlerIn(HandlerIn):
    """A person who is added to purchase invoices from an amount on."""

    from_amount: Decimal = Field(Decimal(0), ge=0, max_digits=12, decimal_places=2)


class DefaultHandlerOut(Schema):
    """A person who is added to purchase invoices from an amount on."""

    id: int
    person_id: int
    person: str
    role: HandlerRole
    is_mandatory: bool
    from_amount: Amount


def _invoice(request: HttpRequest, invoice_id: int) -> WorkspaceInvoice:
    return lists.get_invoice(actor_of(request).company, invoice_id)


def _person(request: HttpRequest, person_id: int) -> User:
    """Return one of the company's people; anybody else is not found."""
    people = {user.pk: user for user in handlers.people_of(actor_of(request).company)}
    if person_id not in people:
        raise User.DoesNotExist
    return people[person_id]


def _out(row: WorkspaceInvoice) -> ApprovalOut:
    row.refresh_from_db()
    found = handlers.handlers_of(row)
    waits = {each.pk for each in in_turn(found)} if row.stage == InvoiceStage.CIRCULATING else set()
    return ApprovalOut(
        invoice_id=row.pk,
        stage=InvoiceStage(row.stage),
        first_approved_at=circulation.first_approved_at(row),
        approved_at=row.approved_at,
        handlers=[
            HandlerOut(
                id=each.pk,
                person_id=each.user_id,
                person=handlers.person(each.user),
                role=HandlerRole(each.role),
                is_mandatory=each.is_mandatory,
                has_turn=each.pk in waits,
                decision=HandlerDecision(each.decision),
                reason=each.reason,
                decided_at=each.decided_at,
            )
            for each in found
        ],
    )


def _waiting(row: WorkspaceInvoice) -> WaitingOut:
    return WaitingOut(
        id=row.pk,
        supplier=row.party_name,
        number=row.number,
        date=row.date,
        due_date=row.due_date,
        is_credit_note=row.is_credit_note,
        amount=amount(row.gross_minor, row.currency),
        currency=row.currency,
        stage=InvoiceStage(row.stage),
    )


@router.get("/approvals", response=Page[WaitingOut], summary="List invoices to approve")
def list_approvals(request: HttpRequest, query: Query[WaitingQuery]) -> dict[str, Any]:
    """Return purchase invoices by where their approval stands, the newest first."""
    actor = actor_of(request)
    found = lists.invoices(actor.company, circulation.acting_person(actor), query.view, text=query.text)
    page: Listing[WorkspaceInvoice] = listings.page(found, ["-id"], cursor=query.cursor, limit=query.limit)
    return page_out(page, _waiting)


@router.get("/invoices/{int:purchase_id}/approval", response=ApprovalOut, summary="Show an invoice's approval")
def get_approval(request: HttpRequest, purchase_id: Id) -> ApprovalOut:
    """Return the handlers of a purchase invoice, what they decided and whose turn it is."""
    return _out(_invoice(request, purchase_id))


@router.post("/invoices/{int:purchase_id}/approval", response=ApprovalOut, summary="Take a step of approval")
def take_approval_step(request: HttpRequest, purchase_id: Id, wanted: StepIn) -> ApprovalOut:
    """Send an invoice on its round, check, approve or reject it, or take it back.

    Checking, approving and rejecting need a turn; the other steps need an accountant.
    """
    actor, row = actor_of(request), _invoice(request, purchase_id)
    if wanted.step == "reject":
        circulation.reject(actor, row, wanted.reason)
    else:
        {
            "start": circulation.start,
            "accept": circulation.accept,
            "approve": circulation.approve_at_once,
            "withdraw": circulation.withdraw,
        }[wanted.step](actor, row)
    return _out(row)


@router.post(
    "/invoices/{int:purchase_id}/handlers",
    response={201: ApprovalOut},
    summary="Add a checker or approver",
    openapi_extra=ACCOUNTANT,
)
def add_handler(request: HttpRequest, purchase_id: Id, wanted: HandlerIn) -> Status[ApprovalOut]:
    """Add one of the company's people to an invoice."""
    row = _invoice(request, purchase_id)
    person = _person(request, wanted.person_id)
    handlers.add_handler(actor_of(request), row, person, wanted.role, is_mandatory=wanted.is_mandatory)
    return Status(201, _out(row))


def _handler(row: WorkspaceInvoice, handler_id: int) -> InvoiceHandler:
    return InvoiceHandler.objects.select_related("user").get(invoice=row, pk=handler_id)


@router.post(
    "/invoices/{int:purchase_id}/handlers/{int:handler_id}/hand-on",
    response=ApprovalOut,
    summary="Hand a part on",
    openapi_extra=ACCOUNTANT,
)
def hand_on(request: HttpRequest, purchase_id: Id, handler_id: Id, wanted: HandOnIn) -> ApprovalOut:
    """Give an open part to another of the company's people."""
    row = _invoice(request, purchase_id)
    person = _person(request, wanted.person_id)
    circulation.hand_on(actor_of(request), row, _handler(row, handler_id), person)
    return _out(row)


@router.delete(
    "/invoices/{int:purchase_id}/handlers/{int:handler_id}",
    response=ApprovalOut,
    summary="Remove a checker or approver",
    openapi_extra=ACCOUNTANT,
)
def remove_handler(request: HttpRequest, purchase_id: Id, handler_id: Id) -> ApprovalOut:
    """Remove somebody who has not decided yet."""
    row = _invoice(request, purchase_id)
    circulation.remove_handler(actor_of(request), row, _handler(row, handler_id))
    return _out(row)


# --- default handlers --------------------------------------------------------------------------------------


def _default(row: DefaultHandler) -> DefaultHandlerOut:
    return DefaultHandlerOut(
        id=row.pk,
        person_id=row.user_id,
        person=handlers.person(row.user),
        role=HandlerRole(row.role),
        is_mandatory=row.is_mandatory,
        from_amount=amount(row.from_minor, row.company.base_currency),
    )


@router.get("/default-handlers", response=list[DefaultHandlerOut], summary="List default handlers")
def list_default_handlers(request: HttpRequest) -> list[DefaultHandlerOut]:
    """Return who is added to purchase invoices by itself, and from which amount on."""
    rows = defaults.default_handlers(actor_of(request).company).select_related("company")
    return [_default(row) for row in rows]


@router.post(
    "/default-handlers", response={201: DefaultHandlerOut}, summary="Add a default handler", openapi_extra=ADMIN
)
def add_default_handler(request: HttpRequest, wanted: DefaultHandlerIn) -> Status[DefaultHandlerOut]:
    """Have one of the company's people added to purchase invoices from an amount on."""
    made = defaults.add_default(
        actor_of(request),
        _person(request, wanted.person_id),
        wanted.role,
        is_mandatory=wanted.is_mandatory,
        from_amount=wanted.from_amount,
    )
    return Status(201, _default(made))


@router.delete(
    "/default-handlers/{int:default_id}", response={204: None}, summary="Remove a default handler", openapi_extra=ADMIN
)
def remove_default_handler(request: HttpRequest, default_id: Id) -> Status[None]:
    """Add this person to new invoices no more; invoices that have them keep them."""
    defaults.remove_default(actor_of(request), defaults.get_default(actor_of(request).company, default_id))
    return Status(204, None)
