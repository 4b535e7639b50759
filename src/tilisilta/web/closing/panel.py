"""What the page of an invoice says about its closed period."""

from typing import Any

from tilisilta.services.closing import history
from tilisilta.store.models import PeriodState, WorkspaceInvoice
from tilisilta.web.request import CompanyRequest


def period_panel(request: CompanyRequest, invoice: WorkspaceInvoice) -> tuple[str, dict[str, Any]] | None:
    """Return the panel of an invoice that a closed period holds; None for all others."""
    period = invoice.closed_period
    if period is None or period.state == PeriodState.REOPENED:
        return None
    period = history.get_period(request.company, period.pk)
    return "closing/_panel.html", {"period": period, "keys": history.target_keys(period)}
