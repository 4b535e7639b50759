"""Lists of invoices: narrowed, paged by key, summed, and taken out as a table."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

import msgspec
from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, When
from django.utils.translation import gettext

from tilisilta.core.money import amount_from_minor
from tilisilta.services.listings import Listing
from tilisilta.services.listings import page as listing_page
from tilisilta.services.tables import Cell, write_csv, write_xlsx
from tilisilta.services.workspace.content import today_of
from tilisilta.store.models import Company, InvoiceStage, PaymentStage, Side, WorkspaceInvoice

PAGE_SIZE: Final = 50
MAX_EXPORT: Final = 100_000
_SETTLED: Final = (InvoiceStage.DRAFT, InvoiceStage.REJECTED)  # nobody waits for their money


class Filters(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a list is narrowed to; both bounds of days are included. `due`: "open", "overdue" or empty."""

    text: str = ""
    stage: str = ""
    posting_stage: str = ""
    payment_stage: str = ""
    due: str = ""
    kind: str = ""  # "invoice" or "credit_note"
    origin: str = ""
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    party_id: int | None = None
    is_closed: bool | None = None


class CurrencyTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Sums in one currency, in minor units, credit notes taken off; `open` is what is not paid yet."""

    currency: str
    count: int
    net: int
    vat: int
    gross: int
    open: int


def get_invoice(company: Company, pk: int, direction: str = "") -> WorkspaceInvoice:
    """Return an invoice of a company, of one side when it is given; DoesNotExist otherwise."""
    found = WorkspaceInvoice.objects.select_related("company", "party", "closed_period", "credits", "created_by")
    if direction:
        found = found.filter(direction=direction)
    return found.get(company=company, pk=pk)


def _unpaid(found: QuerySet[WorkspaceInvoice]) -> QuerySet[WorkspaceInvoice]:
    return found.exclude(payment_stage=PaymentStage.PAID).exclude(stage__in=_SETTLED)


def _is_text(text: str) -> Q:
    """Return where a text is sought. SQLite folds the case of ASCII letters only, so others are tried in each case."""
    spellings = {text} if text.isascii() else {text, text.lower(), text.upper(), text.capitalize()}
    found = Q(reference_number=text.replace(" ", ""))
    for each in spellings:
        found |= Q(number__istartswith=each) | Q(party_name__icontains=each)
    return found


def filtered(company: Company, side: str, filters: Filters) -> QuerySet[WorkspaceInvoice]:
    """Return a side's invoices that pass the filters, in no order."""
    found = WorkspaceInvoice.objects.filter(company=company, direction=side)
    for field in ("stage", "posting_stage", "payment_stage", "origin"):
        if value := getattr(filters, field):
            found = found.filter(**{field: value})
    if filters.kind:
        found = found.filter(is_credit_note=filters.kind == "credit_note")
    if filters.due:
        found = _unpaid(found)
        if filters.due == "overdue":
            found = found.filter(due_date__lt=today_of(company), is_credit_note=False)
    exact = {"date__gte": filters.date_from, "date__lte": filters.date_to, "party_id": filters.party_id}
    found = found.filter(**{name: value for name, value in exact.items() if value is not None})
    if filters.is_closed is not None:
        found = found.filter(closed_period__isnull=not filters.is_closed)
    if text := filters.text.strip():
        found = found.filter(_is_text(text))
    return found


def search(
    company: Company, side: str, filters: Filters, *, cursor: str = "", size: int = PAGE_SIZE
) -> Listing[WorkspaceInvoice]:
    """Return one page of a side's invoices, newest first.

    Raises:
        ServiceError: CURSOR_INVALID.
    """
    found = filtered(company, side, filters).defer("payload")
    return listing_page(found, ["-date", "-id"], cursor=cursor, limit=size)


def totals(company: Company, side: str, filters: Filters) -> list[CurrencyTotal]:
    """Return the sums of everything that passes the filters, by currency; drafts count too."""

    def signed(name: str) -> Sum:
        value = Case(When(is_credit_note=True, then=-F(name)), default=F(name), output_field=BigIntegerField())
        return Sum(value)

    rows = (
        filtered(company, side, filters)
        .order_by()
        .values("currency")
        .annotate(
            count=Count("pk"),
            net=signed("net_minor"),
            vat=signed("vat_minor"),
            gross=signed("gross_minor"),
            paid=signed("paid_minor"),
        )
        .order_by("currency")
    )
    return [
        CurrencyTotal(
            currency=row["currency"],
            count=row["count"],
            net=row["net"] or 0,
            vat=row["vat"] or 0,
            gross=row["gross"] or 0,
            open=(row["gross"] or 0) - (row["paid"] or 0),
        )
        for row in rows
    ]


def counts(company: Company, side: str) -> dict[str, int]:
    """Return how many invoices there are of each stage, and "overdue"."""
    mine = WorkspaceInvoice.objects.filter(company=company, direction=side)
    found = dict(mine.order_by().values_list("stage").annotate(Count("pk")))
    found["overdue"] = filtered(company, side, Filters(due="overdue")).count()
    return found


def is_overdue(row: WorkspaceInvoice, today: dt.date) -> bool:
    """Return whether an invoice waits for its money past its due date."""
    waits = row.payment_stage != PaymentStage.PAID and row.stage not in _SETTLED and not row.is_credit_note
    return waits and row.due_date is not None and row.due_date < today


def _cells(company: Company, side: str, filters: Filters) -> Iterator[tuple[Cell, ...]]:
    found = filtered(company, side, filters).defer("payload").order_by("date", "pk")[:MAX_EXPORT]
    for row in found.iterator(chunk_size=2000):
        sign = -1 if row.is_credit_note else 1
        yield (
            row.number,
            row.date.isoformat(),
            row.due_date.isoformat() if row.due_date else "",
            row.party_name,
            gettext("Credit note") if row.is_credit_note else gettext("Invoice"),
            row.currency,
            *(
                amount_from_minor(sign * minor, row.currency)
                for minor in (row.net_minor, row.vat_minor, row.gross_minor, row.paid_minor)
            ),
            row.reference_number,
            str(InvoiceStage(row.stage).label),
            row.get_posting_stage_display(),
            row.get_payment_stage_display(),
        )


def export(company: Company, side: str, filters: Filters, kind: str) -> tuple[str, bytes]:
    """Return the whole list as a table: its file name and bytes; credit notes are negative.

    Args:
        company: Whose.
        side: Sales or purchases.
        filters: What the list is narrowed to.
        kind: "csv" or "xlsx".
    """
    headers = [
        gettext("Number"),
        gettext("Date"),
        gettext("Due date"),
        gettext("Customer") if side == Side.SALES else gettext("Supplier"),
        gettext("Kind"),
        gettext("Currency"),
        gettext("Without VAT"),
        gettext("VAT"),
        gettext("With VAT"),
        gettext("Paid"),
        gettext("Reference number"),
        gettext("State"),
        gettext("Posting"),
        gettext("Payment"),
    ]
    name = f"{side}-{today_of(company).isoformat()}.{kind}"
    rows = _cells(company, side, filters)
    if kind == "xlsx":
        title = gettext("Sales invoices") if side == Side.SALES else gettext("Purchase invoices")
        return name, write_xlsx(headers, rows, title=title)
    return name, write_csv(headers, rows)
