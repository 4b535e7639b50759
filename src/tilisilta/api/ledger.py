"""The ledger of the invoice workspace: postings and payments of invoices."""

import datetime as dt
from decimal import Decimal
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, Amount, Id, Ids, Input, amount
from tilisilta.core.ledger import PostingLine
from tilisilta.core.vat import VatTreatment
from tilisilta.services import listings
from tilisilta.services.ledger import payments, postings
from tilisilta.services.ledger.listing import find_invoice
from tilisilta.services.ledger.proposals import proposal, propose
from tilisilta.store.models import (
    PaymentOrigin,
    PaymentStage,
    PostingStage,
    WorkspaceInvoice,
    WorkspacePayment,
)

router = Router(tags=["Ledger"])


class PostingOut(Schema):
    """One debit or credit, in the books' currency."""

    account: str = Field(description="Account number; empty where a proposal could choose none")
    part: str = Field(description="base, output_vat, input_vat, party, bank, prepaid or rounding")
    debit: Amount
    credit: Amount
    vat_rate: str | None
    vat_treatment: str
    description: str
    why: str = Field(description="row, item, history, party, party_history, role, hand, rule or missing")


class PostingsOut(Schema):
    """The postings of an invoice, or the proposal while it is not posted."""

    is_posted: bool
    is_ready: bool = Field(description="Whether it is posted, or the proposal may be posted as it stands")
    lines: list[PostingOut]
    difference: Amount = Field(description="Debit less credit; not 0 when the invoice's own sums do not add up")


class PostingIn(Input):
    """One debit or credit: one of the two amounts is not 0."""

    account: str = Field(min_length=1, max_length=20)
    debit: Decimal = Field(Decimal(0), ge=0, max_digits=14, decimal_places=3)
    credit: Decimal = Field(Decimal(0), ge=0, max_digits=14, decimal_places=3)
    vat_rate: Decimal | None = Field(None, ge=0, lt=100, max_digits=6, decimal_places=3)
    vat_treatment: VatTreatment | None = None
    description: str = Field("", max_length=200)


class PostIn(Input):
    """The lines to post; without them the invoice is posted as proposed."""

    lines: list[PostingIn] | None = Field(None, min_length=2, max_length=postings.MAX_LINES)


class AcceptIn(Input):
    """Invoices whose proposals are accepted."""

    invoice_ids: Ids


class LeftOut(Schema):
    """An invoice that was not posted."""

    invoice_id: int
    code: str
    reason: str


class AcceptedOut(Schema):
    """What became of many proposals."""

    posted_count: int
    left: list[LeftOut]


class PaymentOut(Schema):
    """Money that paid an invoice."""

    id: int
    invoice_id: int
    date: dt.date
    amount: Amount
    prepaid: Amount = Field(description="The part beyond what was open, which was paid in advance")
    currency: str
    origin: PaymentOrigin
    reference_number: str
    note: str


class PaymentIn(Input):
    """A payment; `amount` is positive, in the invoice's currency."""

    date: dt.date
    amount: Decimal = Field(gt=0, max_digits=14, decimal_places=3)
    note: str = Field("", max_length=200)
    allow_prepayment: bool = Field(False, description="Keep what is more than the open amount as a prepayment")
    bank_account: str = Field("", max_length=20, description="Account number; empty for the usual bank account")


class PaymentsOut(Schema):
    """Where the payment of an invoice stands."""

    payment_stage: PaymentStage
    open: Amount
    currency: str
    bank_sent_at: dt.datetime | None
    bank_error: str
    payments: list[PaymentOut]


class BankStateIn(Input):
    """What happened at the bank: the payment was sent, was not sent after all, or the bank told an error."""

    action: Literal["send", "withdraw", "error"]
    error: str = Field("", max_length=200, description="What the bank said; empty takes an error back")


# --- postings -----------------------------------------------------------------------------------------------


def _invoice(request: HttpRequest, invoice_id: int) -> WorkspaceInvoice:
    return find_invoice(actor_of(request).company, invoice_id)


def _posting(line: PostingLine) -> PostingOut:
    return PostingOut(
        account=line.account,
        part=line.part.value,
        debit=format(line.debit, "f"),
        credit=format(line.credit, "f"),
        vat_rate=listings.percent(line.vat_rate),
        vat_treatment=line.vat_treatment or "",
        description=line.description,
        why=line.why,
    )


def _postings(row: WorkspaceInvoice) -> PostingsOut:
    if row.posting_stage == PostingStage.POSTED:
        lines = [_posting(each) for each in postings.lines_of(row)]
        return PostingsOut(is_posted=True, is_ready=True, lines=lines, difference="0")
    found = proposal(row)
    return PostingsOut(
        is_posted=False,
        is_ready=found.is_ready,
        lines=[_posting(each) for each in found.lines],
        difference=format(found.difference, "f"),
    )


@router.get("/invoices/{int:invoice_id}/postings", response=PostingsOut, summary="Show an invoice's postings")
def get_postings(request: HttpRequest, invoice_id: Id) -> PostingsOut:
    """Return what is posted, or the proposal with the reason of each line."""
    return _postings(_invoice(request, invoice_id))


@router.post(
    "/invoices/{int:invoice_id}/postings", response=PostingsOut, summary="Post an invoice", openapi_extra=ACCOUNTANT
)
def post_invoice(request: HttpRequest, invoice_id: Id, wanted: PostIn) -> PostingsOut:
    """Post an invoice with these lines, or as proposed. Debit and credit must be equal to the cent."""
    row = _invoice(request, invoice_id)
    lines = propose(row) if wanted.lines is None else [PostingLine(**each.dict()) for each in wanted.lines]
    postings.post(actor_of(request), row, lines)
    return _postings(row)


@router.delete(
    "/invoices/{int:invoice_id}/postings",
    response=PostingsOut,
    summary="Take a posting back",
    openapi_extra=ACCOUNTANT,
)
def unpost_invoice(request: HttpRequest, invoice_id: Id) -> PostingsOut:
    """Take the posting of an invoice back, and return the proposal. Its payments stay posted."""
    row = _invoice(request, invoice_id)
    postings.unpost(actor_of(request), row)
    return _postings(row)


@router.post("/postings/accept", response=AcceptedOut, summary="Accept many proposals", openapi_extra=ACCOUNTANT)
def accept_proposals(request: HttpRequest, wanted: AcceptIn) -> AcceptedOut:
    """Post invoices as proposed; those that cannot be posted are told with the reason."""
    actor = actor_of(request)
    rows = postings.postable(actor.company, wanted.invoice_ids)
    if len(rows) != len(set(wanted.invoice_ids)):
        raise WorkspaceInvoice.DoesNotExist
    told = postings.accept_proposals(actor, rows)
    left = [LeftOut(invoice_id=each.invoice.pk, code=each.code, reason=each.reason) for each in told.left]
    return AcceptedOut(posted_count=told.posted, left=left)


# --- payments -----------------------------------------------------------------------------------------------


def payment_out(row: WorkspacePayment) -> PaymentOut:
    """Return a payment as it leaves."""
    return PaymentOut(
        id=row.pk,
        invoice_id=row.invoice_id,
        date=row.date,
        amount=amount(row.amount_minor, row.currency),
        prepaid=format(payments.allocation_of(row).prepaid, "f"),
        currency=row.currency,
        origin=PaymentOrigin(row.origin),
        reference_number=row.reference_number,
        note=row.note,
    )


def _payments(row: WorkspaceInvoice) -> PaymentsOut:
    return PaymentsOut(
        payment_stage=PaymentStage(row.payment_stage),
        open=format(payments.open_amount(row), "f"),
        currency=row.currency,
        bank_sent_at=row.bank_sent_at,
        bank_error=row.bank_error,
        payments=[payment_out(each) for each in payments.payments_of(row)],
    )


@router.get("/invoices/{int:invoice_id}/payments", response=PaymentsOut, summary="List an invoice's payments")
def list_payments(request: HttpRequest, invoice_id: Id) -> PaymentsOut:
    """Return an invoice's payments, what is open, and where it stands at the bank."""
    return _payments(_invoice(request, invoice_id))


@router.post(
    "/invoices/{int:invoice_id}/payments",
    response={201: PaymentOut},
    summary="Record a payment",
    openapi_extra=ACCOUNTANT,
)
def add_payment(request: HttpRequest, invoice_id: Id, payment: PaymentIn) -> Status[PaymentOut]:
    """Record money that paid an invoice, whole or in part, and post it."""
    made = payments.add_payment(actor_of(request), _invoice(request, invoice_id), **payment.dict())
    return Status(201, payment_out(made))


@router.delete(
    "/invoices/{int:invoice_id}/payments/{int:payment_id}",
    response={204: None},
    summary="Remove a payment",
    openapi_extra=ACCOUNTANT,
)
def remove_payment(request: HttpRequest, invoice_id: Id, payment_id: Id) -> Status[None]:
    """Remove a payment and its posting; a bank entry that it came from is open again."""
    row = payments.find_payment(_invoice(request, invoice_id), payment_id)
    payments.remove_payment(actor_of(request), row)
    return Status(204, None)


@router.post(
    "/invoices/{int:invoice_id}/bank-state",
    response=PaymentsOut,
    summary="Say where a payment stands at the bank",
    openapi_extra=ACCOUNTANT,
)
def set_bank_state(request: HttpRequest, invoice_id: Id, wanted: BankStateIn) -> PaymentsOut:
    """Mark an approved purchase invoice as sent to the bank, take that back, or keep the bank's error."""
    actor, row = actor_of(request), _invoice(request, invoice_id)
    if wanted.action == "send":
        payments.send_to_bank(actor, row)
    elif wanted.action == "withdraw":
        payments.withdraw_from_bank(actor, row)
    else:
        payments.set_bank_error(actor, row, wanted.error)
    return _payments(row)
