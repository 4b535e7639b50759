"""What a closed period keeps from changing."""

import datetime as dt
from typing import Final

from django.db import connection

from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import texts  # noqa: F401  its messages are known from here on
from tilisilta.services.workspace.content import is_closed, period_of
from tilisilta.store.models import ClosedPeriod, Company, PeriodState, WorkspaceInvoice, WorkspacePayment

# Under this and the company's id booking and closing keep out of each other's way.
_CLOSING: Final = 7_411_001


def hold_closing(company: Company) -> None:
    """Keep everybody from booking until the transaction ends, once whoever books now is done.

    A lock of its own: who pays or posts holds the invoice before it writes anything of the company, so that waiting for
    each other at the company's row would never end. SQLite needs none: its transactions begin with the write lock.
    """
    _ask("SELECT pg_advisory_xact_lock(%s, %s)", company)


def _may_book(company: Company) -> bool:
    """Return whether nobody closes now, and hold that until the transaction ends. Never waits."""
    return _ask("SELECT pg_try_advisory_xact_lock_shared(%s, %s)", company) is not False


def _ask(question: str, company: Company) -> object:
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(question, [_CLOSING, company.pk % 2**31])
        return cursor.fetchone()[0]


def closed_period_of(company: Company, side: str, day: dt.date) -> ClosedPeriod | None:
    """Return the closed period of a side that a day lies in; None while it is open."""
    held = ClosedPeriod.objects.filter(company=company, side=side, date_from__lte=day, date_to__gte=day)
    return held.exclude(state=PeriodState.REOPENED).first()


def require_day_open(company: Company, side: str, day: dt.date) -> None:
    """Let days pass that no closed period of the side holds, and that nobody is closing now.

    Raises:
        ServiceError: LEDGER_PERIOD_CLOSED, LEDGER_BEING_CLOSED.
    """
    if not _may_book(company):
        raise ServiceError("LEDGER_BEING_CLOSED")
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
    period = period_of(payment)
    if period is not None and period.state != PeriodState.REOPENED:
        raise ServiceError("LEDGER_PERIOD_CLOSED", period=f"{period.date_from} – {period.date_to}")
