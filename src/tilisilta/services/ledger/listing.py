"""Finding invoices for the ledger's pages and API."""

from django.db.models import QuerySet

from tilisilta.store.models import Company, InvoiceStage, PostingStage, WorkspaceInvoice


def find_invoice(company: Company, pk: int) -> WorkspaceInvoice:
    """Return one invoice of a company with what postings need beside it.

    Raises:
        WorkspaceInvoice.DoesNotExist: it is another company's or gone.
    """
    found = WorkspaceInvoice.objects.filter(company=company).select_related("company", "party", "closed_period")
    return found.get(pk=pk)


def unposted(company: Company, side: str) -> QuerySet[WorkspaceInvoice]:
    """Return the invoices of a side that may be posted and are not yet: sent, received or approved ones."""
    found = WorkspaceInvoice.objects.filter(company=company, direction=side, posting_stage=PostingStage.NONE)
    found = found.exclude(stage__in=[InvoiceStage.DRAFT, InvoiceStage.REJECTED])
    return found.select_related("company", "party", "closed_period")
