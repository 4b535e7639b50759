"""What a closed period keeps from changing."""

import datetime as dt

from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import texts  # noqa: F401  its messages are known from here on
from tilisilta.services.workspace.content import is_closed
from tilisilta.store.models import ClosedPeriod, Company, PeriodState, WorkspaceInvoice, WorkspacePayment


def closed_period_of(company: Company, side: str, day: dt.date) -> ClosedPeriod | None:
    """Return the closed period of a side that a day lies in; None while it is open."""
    held = ClosedPeriod.objects.filter(company=company, side=side, date_from__lte=day, date_to__gte=day)
    return held.exclude(state=PeriodState.REOPENED).first()


def require_day_open(company: Company, side: str, day: dt.date) -> None:
    """Let days pass that no closed period of the side holds.

    Raises:
        ServiceError: LEDGER_PERIOD_CLOSED.
    """
    if (period := closed_period_of(company, side, day)) is not None:
        raise ServiceError("LEDGER_PERIOD_CLOSED", period=f"{period.date_from} – {period.date_to}")


def require_invoice_open(row: WorkspaceInvoice) -> None:
    """Let invoices pass whose postings no closed period holds.

    Raises:
        ServiceError: LEDGER_INVOICE_CLOSED.
    """
    if is_closed(row):
        raise ServiceError("LEDGER_INVOICE_CLOSED", number=row.number or row.party_name)


def require_payment_open(payment: WorkspacePayment) -> None:
    """Let payments pass that no closed period holds.

    Raises:
        ServiceError: LEDGER_PERIOD_CLOSED.
    """
    period = payment.closed_period
    if period is not None and period.state != PeriodState.REOPENED:
        raise ServiceError("LEDGER_PERIOD_CLOSED", period=f"{period.date_from} – {period.date_to}")
