"""How the workspace's documents are booked, for targets that take our postings along."""

from collections.abc import Sequence

from tilisilta.core.documents import DocumentKind
from tilisilta.core.ledger import PostingLine
from tilisilta.ports.postings import Booked
from tilisilta.services.ledger.postings import as_lines
from tilisilta.store.models import (
    ClosedPeriod,
    Company,
    InvoicePosting,
    PeriodState,
    PostingStage,
    WorkspaceInvoice,
    WorkspacePayment,
)


def load_booked(company_id: int, kind: DocumentKind, source_ids: Sequence[str]) -> dict[str, Booked]:
    """Return how these invoices or payments are booked; an invoice that is not posted has no lines."""
    ids = [int(each) for each in source_ids if each.isdecimal()]
    if kind is DocumentKind.PAYMENT:
        payments = WorkspacePayment.objects.filter(company_id=company_id, pk__in=ids).select_related("closed_period")
        return {str(row.pk): Booked(in_period=went_in(row.closed_period)) for row in payments}
    company = Company.objects.get(pk=company_id)
    rows = WorkspaceInvoice.objects.filter(company_id=company_id, pk__in=ids).select_related("closed_period")
    lines = _lines(company, [row.pk for row in rows if row.posting_stage == PostingStage.POSTED])
    return {str(row.pk): Booked(lines=lines.get(row.pk, ()), in_period=went_in(row.closed_period)) for row in rows}


def went_in(period: ClosedPeriod | None) -> bool:
    """Return whether a closed period carried its documents into a target's books, as vouchers."""
    return period is not None and period.integration_id is not None and period.state != PeriodState.REOPENED


def _lines(company: Company, ids: Sequence[int]) -> dict[int, list[PostingLine]]:
    found: dict[int, list[InvoicePosting]] = {}
    rows = InvoicePosting.objects.filter(invoice_id__in=ids, payment=None).select_related("account")
    for row in rows.order_by("position", "pk"):
        found.setdefault(row.invoice_id, []).append(row)
    return {pk: as_lines(each, company) for pk, each in found.items()}
