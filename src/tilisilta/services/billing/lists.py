"""Invoices of billing as people look for them: with their way into the books and what is paid."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tilisilta.services.billing.sending import deliveries_of
from tilisilta.services.billing.settings import books_of
from tilisilta.services.listings import Listing
from tilisilta.services.listings import page as listing_page
from tilisilta.services.workspace.content import today_of
from tilisilta.store.models import (
    BilledInvoice,
    BilledLine,
    BillingRun,
    Client,
    Company,
    Delivery,
    InvoiceStage,
    SummaryDifference,
)

PAGE_SIZE: Final = 50
DRAFT, UNKNOWN, UNPAID, PARTLY, PAID, OVERDUE, GONE = (
    "draft", "unknown", "unpaid", "partly_paid", "paid", "overdue", "gone",
)  # fmt: skip
STATES: Final = {
    DRAFT: _("Draft"),
    UNKNOWN: _("Not asked yet"),
    UNPAID: _("Unpaid"),
    PARTLY: _("Partly paid"),
    PAID: _("Paid"),
    OVERDUE: _("Overdue"),
    GONE: pgettext_lazy("an invoice that was deleted in the books", "Gone from the books"),
}
TONES: Final = {DRAFT: "off", UNKNOWN: "wait", UNPAID: "info", PARTLY: "warn", PAID: "ok", OVERDUE: "bad", GONE: "bad"}


class Filters(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the list is narrowed to; both bounds of days are included."""

    text: str = ""
    state: str = ""
    client_id: int | None = None
    run_id: int | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice of billing: its paid state, its way into the books, what is open of it in minor units."""

    billed: BilledInvoice
    state: str
    delivery: Delivery | None = None

    @property
    def state_text(self) -> str:
        return str(STATES[self.state])

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def open_minor(self) -> int | None:
        """What is left to pay; None while nobody knows."""
        if self.billed.total_minor is None:
            return None
        return max(self.billed.total_minor - (self.billed.paid_minor or 0), 0)

    @property
    def is_overdue_too(self) -> bool:
        """Whether a partly paid invoice is past its day as well."""
        return self.state == OVERDUE and bool(self.billed.paid_minor)


def state_of(billed: BilledInvoice, today: dt.date) -> str:
    """Return what is known of an invoice's payment; a partly paid one past its day is overdue."""
    if billed.invoice.stage == InvoiceStage.DRAFT:
        return DRAFT
    if billed.checked_at is None:
        return UNKNOWN
    if billed.total_minor is None:
        return GONE
    paid = billed.paid_minor or 0
    if paid >= billed.total_minor:
        return PAID
    if billed.due_date is not None and billed.due_date < today and not billed.invoice.is_credit_note:
        return OVERDUE
    return PARTLY if paid else UNPAID


def _of_state(state: str, today: dt.date) -> Q:
    """Return where a state is sought; as `state_of`."""
    draft = Q(invoice__stage=InvoiceStage.DRAFT)
    asked = ~draft & Q(checked_at__isnull=False)
    paid = Q(paid_minor__gte=F("total_minor"))
    open_ = asked & Q(total_minor__isnull=False) & ~paid
    late = Q(due_date__lt=today, invoice__is_credit_note=False)
    return {
        DRAFT: draft,
        UNKNOWN: ~draft & Q(checked_at=None),
        GONE: asked & Q(total_minor=None),
        PAID: asked & paid,
        OVERDUE: open_ & late,
        PARTLY: open_ & ~late & Q(paid_minor__gt=0),
        UNPAID: open_ & ~late & Q(paid_minor=0),
    }[state]


def filtered(company: Company, filters: Filters) -> QuerySet[BilledInvoice]:
    """Return the invoices of billing that pass the filters, in no order."""
    found = BilledInvoice.objects.filter(company=company).select_related("invoice", "client", "run")
    if filters.state in STATES:
        found = found.filter(_of_state(filters.state, today_of(company)))
    exact = {
        "client_id": filters.client_id,
        "run_id": filters.run_id,
        "invoice__date__gte": filters.date_from,
        "invoice__date__lte": filters.date_to,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value is not None})
    if text := filters.text.strip():
        found = found.filter(
            Q(invoice__number__istartswith=text)
            | Q(invoice__party_name__icontains=text)
            | Q(client__name__icontains=text)
        )
    return found.defer("invoice__payload")


def search(company: Company, filters: Filters, *, cursor: str = "", size: int = PAGE_SIZE) -> Listing[Shown]:
    """Return one page of the invoices of billing, newest first.

    Raises:
        ServiceError: CURSOR_INVALID.
    """
    page = listing_page(filtered(company, filters), ["-pk"], cursor=cursor, limit=size)
    return Listing(rows=tuple(shown(company, page.rows)), next_cursor=page.next_cursor)


def shown(company: Company, rows: Sequence[BilledInvoice]) -> list[Shown]:
    """Return invoices with what is known of them."""
    today = today_of(company)
    deliveries = deliveries_of(books_of(company), [each.invoice_id for each in rows])
    return [Shown(billed=each, state=state_of(each, today), delivery=deliveries.get(each.invoice_id)) for each in rows]


def counts(company: Company) -> dict[str, int]:
    """Return how many invoices of billing there are in each state."""
    today = today_of(company)
    mine = BilledInvoice.objects.filter(company=company)
    return mine.aggregate(**{state: Count("pk", filter=_of_state(state, today)) for state in STATES})


def open_total(company: Company) -> int:
    """Return what is left to pay of all issued invoices, in minor units, as far as the books told."""
    found = BilledInvoice.objects.filter(company=company, invoice__is_credit_note=False, total_minor__isnull=False)
    sums = found.filter(paid_minor__lt=F("total_minor")).aggregate(total=Sum("total_minor"), paid=Sum("paid_minor"))
    return int(sums["total"] or 0) - int(sums["paid"] or 0)


def get_billed(company: Company, pk: int) -> BilledInvoice:
    """Return an invoice of billing by its own id; DoesNotExist otherwise."""
    return BilledInvoice.objects.select_related("invoice", "client", "run").get(company=company, pk=pk)


def billed_of(company: Company, invoice_id: int) -> BilledInvoice | None:
    """Return what billing knows of an invoice of the workspace; None when it did not make it."""
    found = BilledInvoice.objects.filter(company=company, invoice=invoice_id)
    return found.select_related("invoice", "client", "run").first()


def lines_of(billed: BilledInvoice) -> list[BilledLine]:
    """Return what an invoice's rows were made of."""
    found = BilledLine.objects.filter(billed=billed).select_related(
        "client", "contract_row__contract", "contract_row__product", "difference__summary"
    )
    return list(found.prefetch_related("tasks").order_by("position"))


def _waiting(company: Company) -> QuerySet[SummaryDifference]:
    return SummaryDifference.objects.filter(summary__company=company, is_billed=False).exclude(quantity=0)


def difference_count(company: Company) -> int:
    """Return how many differences of billed months wait for the next invoice."""
    return _waiting(company).count()


def differences(company: Company, limit: int = 100) -> list[SummaryDifference]:
    """Return the differences of billed months that wait for the next invoice, oldest month first."""
    rows = _waiting(company).select_related("summary__client", "summary__integration")
    return list(rows.order_by("summary__month", "summary__client__name", "pk")[:limit])


def last_run(company: Company) -> BillingRun | None:
    """Return the last time that billing made invoices."""
    return BillingRun.objects.filter(company=company).select_related("created_by").order_by("-pk").first()


def clients(company: Company) -> QuerySet[Client]:
    """Return the clients that may have contracts, by name."""
    return Client.objects.filter(company=company).order_by("name", "pk")


def names_of(rows: Iterable[Shown]) -> str:
    """Return the numbers of invoices for a message."""
    return ", ".join(each.billed.invoice.number or gettext("Draft") for each in rows)
