"""What of a side's books belongs to a range of days, read by the database.

An invoice belongs to the day of its postings, and while it has none to its own day; a payment to the day of its own.
Payments of sales invoices belong to sales and payments of purchase invoices to purchases, because each side's close
must balance by itself and Netvisor takes each as one voucher (sheets: netvisor 1, ecom 3). Drafts and rejected
invoices are no events.
"""

import datetime as dt
from typing import Any, Final

import msgspec
from django.db import connection
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tilisilta.store.models import (
    ClosedPeriod,
    Company,
    InvoicePosting,
    InvoiceStage,
    PostingStage,
    Side,
    WorkspaceInvoice,
    WorkspacePayment,
)

_NO_EVENTS: Final = (InvoiceStage.DRAFT, InvoiceStage.REJECTED)
# What an invoice of each side must be before its period can be closed.
_FINISHED: Final = {Side.SALES: InvoiceStage.SENT, Side.PURCHASES: InvoiceStage.APPROVED}


class Range(msgspec.Struct, frozen=True):
    """The days to be closed, both included."""

    first: dt.date
    last: dt.date


def open_invoices(company: Company, side: str) -> "QuerySet[Any]":
    """Return the events of a side that no period holds, each with its `day`."""
    rows = WorkspaceInvoice.objects.filter(company=company, direction=side, closed_period=None)
    return _invoices(rows.exclude(stage__in=_NO_EVENTS))


def open_payments(company: Company, side: str) -> "QuerySet[Any]":
    """Return the payments of a side that no period holds, each with its `day`."""
    return _payments(WorkspacePayment.objects.filter(company=company, invoice__direction=side, closed_period=None))


def events_of(period: ClosedPeriod) -> "tuple[QuerySet[Any], QuerySet[Any]]":
    """Return the invoices and the payments that a period holds, each with its `day`."""
    invoices = WorkspaceInvoice.objects.filter(closed_period=period)
    return _invoices(invoices), _payments(WorkspacePayment.objects.filter(closed_period=period))


def _invoices(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    posted = InvoicePosting.objects.filter(invoice=OuterRef("pk"), payment=None).order_by().values("invoice")
    found: QuerySet[Any] = rows.annotate(day=_day(posted))
    return found


def _payments(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    posted = InvoicePosting.objects.filter(payment=OuterRef("pk")).order_by().values("payment")
    found: QuerySet[Any] = rows.annotate(day=_day(posted))
    return found


def _day(posted: "QuerySet[Any, Any]") -> Coalesce:
    return Coalesce(Subquery(posted.annotate(first=Min("date")).values("first")), F("date"))


def not_finished(side: str) -> Q:
    """Return what invoices still wait for sending or approval."""
    return ~Q(stage=_FINISHED[Side(side)])


def not_posted() -> Q:
    """Return what invoices are not posted."""
    return ~Q(posting_stage=PostingStage.POSTED)


def payments_not_posted(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Return the payments without postings."""
    return rows.filter(~Exists(InvoicePosting.objects.filter(payment=OuterRef("pk"))))


def drafts_in(company: Company, side: str, days: Range) -> int:
    """Return how many drafts are dated in a range: they are no events, and will be outside once they are sent."""
    rows = WorkspaceInvoice.objects.filter(company=company, direction=side, stage=InvoiceStage.DRAFT)
    return rows.filter(date__gte=days.first, date__lte=days.last).count()


def in_range(rows: "QuerySet[Any]", days: Range) -> "QuerySet[Any]":
    """Return the events of these days."""
    return rows.filter(day__gte=days.first, day__lte=days.last)


def postings_of_open(company: Company, side: str, days: Range) -> "tuple[QuerySet[InvoicePosting], ...]":
    """Return the postings that a close of these days would take: of invoices, and of payments."""
    invoices = _found(in_range(open_invoices(company, side), days))
    payments = _found(in_range(open_payments(company, side), days))
    rows = InvoicePosting.objects.filter(company=company)
    return rows.filter(payment=None, invoice__in=invoices), rows.filter(payment__in=payments)


def _found(events: "QuerySet[Any]") -> "QuerySet[Any] | list[int]":
    """Return the ids of events, to be looked for in another query.

    As a subquery PostgreSQL would work the days of all events out anew for each posting: hours for some thousands.
    """
    ids = list(events.values_list("pk", flat=True))
    most = connection.features.max_query_params
    return events.values("pk") if most and len(ids) > most // 2 else ids


def postings_of_closed(period: ClosedPeriod) -> "tuple[QuerySet[InvoicePosting], ...]":
    """Return the postings that a closed period holds: of invoices, and of payments."""
    rows = InvoicePosting.objects.filter(company_id=period.company_id)
    return rows.filter(payment=None, invoice__closed_period=period), rows.filter(payment__closed_period=period)


def with_day(rows: "QuerySet[InvoicePosting]", *, of_payments: bool) -> "QuerySet[InvoicePosting]":
    """Return postings with the day of their set, so that a day's voucher balances whatever the rows bear."""
    sets = InvoicePosting.objects.order_by()
    own: QuerySet[Any, Any] = (
        sets.filter(payment=OuterRef("payment")).values("payment")
        if of_payments
        else sets.filter(invoice=OuterRef("invoice"), payment=None).values("invoice")
    )
    return rows.annotate(day=Subquery(own.annotate(first=Min("date")).values("first")))
