"""Shapes of billing runs and of the invoices that they make. Amounts are text with a decimal point."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from tilisilta.api.billing_shapes import Day, TextQuery
from tilisilta.api.shapes import Amount, Id, Ids, Input, Text, amount
from tilisilta.services.billing import lists
from tilisilta.services.billing.proposals import Preview, Proposal, Saying
from tilisilta.services.billing.sending import Done


class PreviewIn(Input):
    """Which days; periods that come to be billed on them are shown."""

    date_from: Day
    date_to: Day
    client_ids: list[Id] = Field([], max_length=1000, description="Only these clients; empty for all")


class SayingOut(Schema):
    """Something to know of a row, in the caller's language."""

    code: str
    text: str


class ProposalOut(Schema):
    """One row that would be billed."""

    key: str = Field(description="Send the keys of the rows that are to be billed with the run")
    client_id: int
    contract_id: int
    product_id: int
    period_from: Day
    period_to: Day
    description: str
    quantity: Amount
    net: Amount
    task_ids: list[int] = Field(description="Where the quantity comes from")
    is_difference: bool
    is_billable: bool
    problems: list[SayingOut]
    notes: list[SayingOut]


class BillOut(Schema):
    """What one payer would be billed."""

    payer_id: int
    net: Amount
    is_credit: bool
    rows: list[ProposalOut]


class BillingPreviewOut(Schema):
    """All that would be billed; send the fingerprint with the run."""

    fingerprint: str
    net: Amount
    bills: list[BillOut]
    notes: list[SayingOut]


def _said(sayings: Sequence[Saying]) -> list[SayingOut]:
    return [SayingOut(code=each.code, text=str(each)) for each in sayings]


def _proposal_out(each: Proposal) -> ProposalOut:
    return ProposalOut(
        key=each.key,
        client_id=each.client.pk,
        contract_id=each.contract.pk,
        product_id=each.row.product_id,
        period_from=each.period.first,
        period_to=each.period.last,
        description=each.description,
        quantity=format(each.quantity, "f"),
        net=format(each.net, "f"),
        task_ids=[source.task.pk for source in each.sources],
        is_difference=each.difference is not None,
        is_billable=each.is_billable,
        problems=_said(each.problems),
        notes=_said(each.notes),
    )


def preview_out(found: Preview) -> BillingPreviewOut:
    """Return a preview as it leaves."""
    return BillingPreviewOut(
        fingerprint=found.fingerprint,
        net=format(found.net, "f"),
        bills=[
            BillOut(
                payer_id=bill.payer.pk,
                net=format(bill.net, "f"),
                is_credit=bill.is_credit,
                rows=[_proposal_out(each) for each in bill.proposals],
            )
            for bill in found.bills
        ],
        notes=[SayingOut(code=each.code, text=f"{whom}: {each}" if whom else str(each)) for whom, each in found.notes],
    )


class RunIn(PreviewIn):
    """A preview that is to become invoices."""

    fingerprint: Annotated[str, Field(min_length=1, max_length=64)]
    invoice_date: Day | None = Field(None, description="Today when left out")
    rows: list[Text] | None = Field(None, max_length=10_000, description="Keys of the rows; all when left out")


class MadeOut(Schema):
    """What a run made."""

    invoice_ids: list[int] = Field(description="Draft invoices of the workspace")
    settled: int = Field(description="Differences that cost nothing")
    failed: list[str] = Field(description="For whom no invoice could be made, and why")


class BillQuery(TextQuery):
    """Filters of invoices, and the page."""

    state: Literal["draft", "unknown", "unpaid", "partly_paid", "paid", "overdue", "gone"] | None = None
    client_id: Id | None = None


class BilledOut(Schema):
    """An invoice that billing made, and what the books say of its payment."""

    id: int
    invoice_id: int
    client_id: int
    number: str
    date: Day
    due_date: Day | None
    gross: Amount
    is_credit_note: bool
    state: str
    state_text: str
    total: Amount | None = Field(description="As the books say; null while they were not asked")
    paid: Amount | None
    checked_at: dt.datetime | None
    delivery_id: int | None
    delivery_state: str


def billed_out(shown: lists.Shown) -> BilledOut:
    """Return an invoice of billing as it leaves."""
    billed, invoice = shown.billed, shown.billed.invoice
    return BilledOut(
        id=billed.pk,
        invoice_id=invoice.pk,
        client_id=billed.client_id,
        number=invoice.number,
        date=invoice.date,
        due_date=billed.due_date,
        gross=amount(invoice.gross_minor, invoice.currency),
        is_credit_note=invoice.is_credit_note,
        state=shown.state,
        state_text=shown.state_text,
        total=None if billed.total_minor is None else amount(billed.total_minor, invoice.currency),
        paid=None if billed.paid_minor is None else amount(billed.paid_minor, invoice.currency),
        checked_at=billed.checked_at,
        delivery_id=shown.delivery.pk if shown.delivery else None,
        delivery_state=shown.delivery.state if shown.delivery else "",
    )


class IdsIn(Input):
    """Invoices of the workspace."""

    invoice_ids: Ids


class InvoiceLeftOut(Schema):
    """An invoice that something could not be done with, and why, in the caller's language."""

    invoice_id: int
    code: str
    reason: str


class DoneOut(Schema):
    """How many invoices it was done with, and which not."""

    count: int
    left: list[InvoiceLeftOut]


class BillsOut(DoneOut):
    """How many invoices are on their way to the books, and which may not go."""


def done_out(done: Done) -> DoneOut:
    """Return what became of invoices as it leaves."""
    left = [InvoiceLeftOut(invoice_id=each.invoice.pk, code=each.code, reason=each.reason) for each in done.left]
    return DoneOut(count=done.count, left=left)


class StatusJobOut(Schema):
    """The background job that asks."""

    id: int
    state: str
