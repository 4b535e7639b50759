"""What waits for whom: the list "To approve" of a person, and where the company's purchase invoices stand."""

from typing import Final

import msgspec
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tilisilta.store.models import (
    Company,
    HandlerDecision,
    HandlerRole,
    InvoiceHandler,
    InvoiceStage,
    Side,
    User,
    WorkspaceInvoice,
)

VIEWS: Final = ("mine", "received", "circulating", "rejected", "approved")
_STAGES: Final = {
    "received": InvoiceStage.RECEIVED,
    "circulating": InvoiceStage.CIRCULATING,
    "rejected": InvoiceStage.REJECTED,
    "approved": InvoiceStage.APPROVED,
}


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many invoices each view holds."""

    mine: int = 0
    received: int = 0
    circulating: int = 0
    rejected: int = 0
    approved: int = 0


def waiting_for(company: Company, user: User | None) -> "QuerySet[WorkspaceInvoice]":
    """Return the invoices that wait for a person now: as a checker, or as an approver when all must-checks are done."""
    rows = WorkspaceInvoice.objects.filter(company=company, direction=Side.PURCHASES, stage=InvoiceStage.CIRCULATING)
    if user is None:
        return rows.none()
    mine = InvoiceHandler.objects.filter(invoice=OuterRef("pk"), user=user, decision=HandlerDecision.OPEN)
    unchecked = InvoiceHandler.objects.filter(
        invoice=OuterRef("pk"), role=HandlerRole.CHECKER, is_mandatory=True, decision=HandlerDecision.OPEN
    )
    return rows.filter(
        Q(Exists(mine.filter(role=HandlerRole.CHECKER)))
        | (Q(Exists(mine.filter(role=HandlerRole.APPROVER))) & ~Q(Exists(unchecked)))
    )


def invoices(company: Company, user: User | None, view: str, *, text: str = "") -> "QuerySet[WorkspaceInvoice]":
    """Return the purchase invoices of a view, the newest first.

    Args:
        company: Whose.
        user: Whose own list "mine" is.
        view: One of `VIEWS`.
        text: A part of the supplier's name or the number.
    """
    if view == "mine":
        found = waiting_for(company, user)
    else:
        found = WorkspaceInvoice.objects.filter(company=company, direction=Side.PURCHASES, stage=_STAGES[view])
    if text := text.strip():
        found = found.filter(Q(party_name__icontains=text) | Q(number__icontains=text))
    return found.defer("payload").order_by("-pk")


def counts(company: Company, user: User | None) -> Counts:
    """Return how many invoices each view holds."""
    stages = dict(
        WorkspaceInvoice.objects.filter(company=company, direction=Side.PURCHASES)
        .order_by()
        .values_list("stage")
        .annotate(Count("pk"))
    )
    return Counts(
        mine=waiting_for(company, user).count(),
        **{view: stages.get(stage.value, 0) for view, stage in _STAGES.items()},
    )


def get_invoice(company: Company, pk: int) -> WorkspaceInvoice:
    """Return a purchase invoice of a company; DoesNotExist otherwise."""
    rows = WorkspaceInvoice.objects.select_related("company", "closed_period", "party")
    return rows.get(company=company, direction=Side.PURCHASES, pk=pk)
