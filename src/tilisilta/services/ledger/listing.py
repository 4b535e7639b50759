"""Finding invoices for the ledger's pages and API."""

from tilisilta.store.models import Company, WorkspaceInvoice


def find_invoice(company: Company, pk: int) -> WorkspaceInvoice:
    """Return one invoice of a company with what postings need beside it.

    Raises:
        WorkspaceInvoice.DoesNotExist: it is another company's or gone.
    """
    found = WorkspaceInvoice.objects.filter(company=company).select_related("company", "party", "closed_period")
    return found.get(pk=pk)
