"""What happens to payments as time goes by: an invoice sent to the bank is paid some days past its due date."""

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tilisilta.core.period import today_in
from tilisilta.services.access import system_actor
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger.locks import closed_period_of
from tilisilta.services.ledger.payments import add_payment, open_amount
from tilisilta.store.models import InvoiceStage, PaymentOrigin, PaymentStage, Side, WorkspaceInvoice, WorkspaceSettings

log = structlog.get_logger(__name__)

MOST_AT_ONCE: Final = 500


def run_rules(now: dt.datetime | None = None) -> int:
    """Take approved purchase invoices as paid that are past due, were sent to the bank and had no bank error.

    How many days past is each company's setting (three by default). The payment bears the due date, or the day it was
    sent when that was later, or today when that day lies in a closed period. Of several workers that do it at once each
    invoice is paid once, because its row is locked.

    Returns: how many invoices were taken as paid.
    """
    now = now or timezone.now()
    paid = 0
    for settings in WorkspaceSettings.objects.filter(is_on=True).select_related("company"):
        company = settings.company
        zone = ZoneInfo(company.time_zone)
        today = today_in(zone, now)
        due = WorkspaceInvoice.objects.filter(
            company=company,
            direction=Side.PURCHASES,
            stage=InvoiceStage.APPROVED,
            payment_stage__in=[PaymentStage.AT_BANK, PaymentStage.PARTLY_PAID],
            bank_sent_at__lte=now,
            bank_error="",
            due_date__lte=today - dt.timedelta(days=settings.days_until_paid),
            is_credit_note=False,
        )
        for pk in due.order_by("due_date", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE]:
            paid += _pay(due, pk, today, zone)
    return paid


@transaction.atomic
def _pay(due: "QuerySet[WorkspaceInvoice]", pk: int, today: dt.date, zone: ZoneInfo) -> int:
    """Pay one invoice, if it is still due once its row is held: an error of the bank may have come meanwhile."""
    row = due.select_for_update(of=("self",)).select_related("company").filter(pk=pk).first()
    if row is None:
        return 0
    assert row.due_date is not None and row.bank_sent_at is not None  # noqa: S101, PT018  the query asked for both
    amount = open_amount(row)
    if amount <= 0:
        return 0
    sent = today_in(zone, row.bank_sent_at)
    date = max(row.due_date, sent)
    if closed_period_of(row.company, row.direction, date) is not None:
        date = today
    try:
        add_payment(system_actor(row.company), row, date, amount, origin=PaymentOrigin.RULE)
    except ServiceError as error:
        # Told by the invoice's own page as well: the next round tries again.
        log.warning("payment by rule refused", invoice_id=row.pk, code=error.code)
        return 0
    return 1
