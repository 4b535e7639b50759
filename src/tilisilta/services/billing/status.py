"""What the bureau's books say of the payment of invoices: fetched daily at the set time, or by hand (U77)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from asgiref.sync import async_to_sync
from django.db.models import F, Q
from django.utils import timezone

from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import TilisiltaError, Unsupported
from tilisilta.core.money import amount_minor
from tilisilta.engine.connect import open_connector
from tilisilta.engine.jobs import request_job
from tilisilta.ports.paid import PaidReader, PaidState
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.billing.sending import AT_TARGET, SALES_KINDS
from tilisilta.services.billing.settings import books_of, next_status_at
from tilisilta.services.errors import ServiceError
from tilisilta.services.problem_catalogue import describe
from tilisilta.store.models import (
    BilledInvoice,
    BillingSettings,
    Company,
    Connection,
    Delivery,
    Integration,
    Job,
    JobKind,
    Role,
)

KEY: Final = "invoice_status"
_PAID_IS_ASKED_DAYS: Final = 62  # a payment may still be taken back in the books so long after the invoice


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice whose payment is asked for: our row, its kind and its id in the books."""

    billed_id: int
    kind: str
    target_id: str


def to_ask(integration: Integration, *, billed_ids: Iterable[int] | None = None) -> list[Asked]:
    """Return the invoices of billing that are in the books, without those that were paid long ago.

    Args:
        integration: What carried them.
        billed_ids: Only these, whatever their state.
    """
    found = BilledInvoice.objects.filter(company_id=integration.company_id)
    if billed_ids is not None:
        found = found.filter(pk__in=list(billed_ids))
    else:
        since = timezone.now().date() - dt.timedelta(days=_PAID_IS_ASKED_DAYS)
        is_paid = Q(total_minor__isnull=False, paid_minor__gte=F("total_minor"))
        found = found.exclude(is_paid, invoice__date__lt=since)
    ours = {str(invoice_id): pk for pk, invoice_id in found.values_list("pk", "invoice_id")}
    there = Delivery.objects.filter(flow__integration=integration, kind__in=SALES_KINDS, state__in=AT_TARGET).exclude(
        target_id=""
    )
    return [
        Asked(billed_id=ours[source_id], kind=kind, target_id=target_id)
        for source_id, kind, target_id in there.order_by("pk").values_list("source_id", "kind", "target_id")
        if source_id in ours
    ]


async def read(target: Connection, kind: str, target_ids: Sequence[str]) -> Mapping[str, PaidState]:
    """Ask the books what is paid, by id; what is gone from them is absent.

    Raises:
        Unsupported: the system does not tell; else as `PaidReader.read_paid`.
    """
    connector = open_connector(target)
    try:
        if not isinstance(connector, PaidReader):
            raise Unsupported(field="status", rule="is not told", value=target.vendor)
        return await connector.read_paid(DocumentKind(kind), target_ids)
    finally:
        await connector.close()


def keep(asked: Iterable[Asked], found: Mapping[str, PaidState]) -> dict[str, int]:
    """Store what the books say; what they do not have any more keeps no total. Return counts of what was found."""
    now = timezone.now()
    counts = {"asked": 0, "paid": 0, "overdue": 0, "gone": 0}
    for each in asked:
        billed = BilledInvoice.objects.select_related("invoice").filter(pk=each.billed_id).first()
        if billed is None:
            continue
        state, currency = found.get(each.target_id), billed.invoice.currency
        counts["asked"] += 1
        if state is None:
            billed.total_minor, billed.paid_minor = None, None
            counts["gone"] += 1
        else:
            billed.total_minor = amount_minor(state.total, currency)
            billed.paid_minor = amount_minor(state.paid, currency)
            billed.due_date = state.due_date or billed.due_date
            counts["paid"] += state.is_paid
            counts["overdue"] += state.is_overdue(now.date())
        billed.checked_at = now
        billed.save(update_fields=["total_minor", "paid_minor", "due_date", "checked_at"])
    return counts


def fetch_now(actor: Actor, billed: BilledInvoice) -> BilledInvoice:
    """Ask the books now what of one invoice is paid, and keep the answer.

    Raises:
        Forbidden: the actor is no accountant.
        ServiceError: BOOKS_NOT_CHOSEN, STATUS_NOT_SENT, STATUS_NOT_TOLD, STATUS_NOT_READ with the reason.
    """
    require(actor, Role.ACCOUNTANT)
    if billed.company_id != actor.company.pk:
        raise BilledInvoice.DoesNotExist
    integration = _books(actor.company)
    name = integration.target.name
    asked = to_ask(integration, billed_ids=[billed.pk])
    if not asked:
        raise ServiceError("STATUS_NOT_SENT", number=str(billed.invoice), name=name)
    try:
        found = async_to_sync(read)(integration.target, asked[0].kind, [asked[0].target_id])
    except Unsupported:
        raise ServiceError("STATUS_NOT_TOLD", name=name) from None
    except TilisiltaError as error:
        raise ServiceError("STATUS_NOT_READ", name=name, reason=reason_of(error.code, error.params)) from error
    keep(asked, found)
    link = f"/c/{actor.company.pk}/invoices/{billed.invoice_id}/"
    audit.record(actor, "billing.status_fetched", str(billed.invoice), link)
    billed.refresh_from_db()
    return billed


def reason_of(code: str, params: Mapping[str, object]) -> str:
    """Return a problem's cause and remedy as one text."""
    words = describe(code, params)
    return " ".join(part for part in (words.cause or words.title, words.remedy) if part)


def _books(company: Company) -> Integration:
    integration = books_of(company)
    if integration is None:
        raise ServiceError("BOOKS_NOT_CHOSEN")
    return integration


def fetch_all(actor: Actor) -> Job:
    """Have the payment of all open invoices asked for in the background; the job that runs already is returned.

    Raises:
        Forbidden: the actor is no accountant.
        ServiceError: BOOKS_NOT_CHOSEN.
    """
    require(actor, Role.ACCOUNTANT)
    _books(actor.company)
    job, is_new = request_job(actor.company, JobKind.INVOICE_STATUS, KEY, user_id=actor.user.pk if actor.user else None)
    if is_new:
        audit.record(actor, "billing.status_fetched", actor.company.name)
    return job


def newest_job(company: Company) -> Job | None:
    """Return the last time that the payment of all invoices was asked for."""
    return Job.objects.filter(company=company, kind=JobKind.INVOICE_STATUS).order_by("-pk").first()


def start_due() -> int:
    """Ask for the status of every bureau whose time has come; part of the workers' look round."""
    now = timezone.now()
    due = BillingSettings.objects.filter(
        fetches_status=True, next_status_at__lte=now, company__practice__is_on=True
    ).exclude(integration=None)
    count = 0
    for kept in due.select_related("company").order_by("next_status_at")[:200]:
        # Taken by a conditional update, so that of several workers one asks.
        mine = BillingSettings.objects.filter(pk=kept.pk, next_status_at=kept.next_status_at)
        if mine.update(next_status_at=next_status_at(kept)):
            request_job(kept.company, JobKind.INVOICE_STATUS, KEY, is_automatic=True)
            count += 1
    return count
