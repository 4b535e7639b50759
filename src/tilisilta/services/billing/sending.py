"""Invoices issued, and sent to the bureau's books: those made since sending began, with imported classifiers only."""

from collections.abc import Iterable
from typing import Final

import msgspec
from django.db import transaction
from django.utils import timezone

from tilisilta.core.documents import invoice_kind
from tilisilta.core.mapping.listed import unlisted
from tilisilta.core.mapping.tables import MappingTables
from tilisilta.engine import announce as engine
from tilisilta.services import audit
from tilisilta.services.access import Actor
from tilisilta.services.billing import classifiers
from tilisilta.services.billing.settings import require_books, settings_of
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_right
from tilisilta.services.workspace.invoices import send_sales
from tilisilta.services.workspace_port.records import canonical_invoices
from tilisilta.store.mapping_tables import load_tables
from tilisilta.store.models import (
    Company,
    Delivery,
    DeliveryState,
    Flow,
    FlowKind,
    Integration,
    InvoiceStage,
    Side,
    WorkspaceInvoice,
)

_NAMED: Final = 20
SALES_KINDS: Final = ("sales_invoice", "sales_credit_note")
AT_TARGET: Final = (DeliveryState.SENT, DeliveryState.CONFIRMED, DeliveryState.DRIFTED)


class Left(msgspec.Struct, frozen=True):
    """An invoice that something could not be done with, and the reason in the reader's language."""

    invoice: WorkspaceInvoice
    code: str
    reason: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of invoices: how many went, and why the others did not."""

    count: int = 0
    left: tuple[Left, ...] = ()


def invoices_of(company: Company, ids: Iterable[int]) -> list[WorkspaceInvoice]:
    """Return the sales invoices of a company with these ids, oldest first; ids of others are left out."""
    found = WorkspaceInvoice.objects.filter(company=company, direction=Side.SALES, pk__in=list(ids))
    return list(found.select_related("company", "party").order_by("date", "pk"))


def require_invoices(company: Company, ids: Iterable[int]) -> list[WorkspaceInvoice]:
    """Return the sales invoices of these ids, oldest first.

    Raises:
        WorkspaceInvoice.DoesNotExist: one of them is another company's, no sales invoice, or gone.
    """
    wanted = set(ids)
    found = invoices_of(company, wanted)
    if len(found) != len(wanted):
        raise WorkspaceInvoice.DoesNotExist
    return found


def issue(actor: Actor, rows: Iterable[WorkspaceInvoice]) -> Done:
    """Give drafts their numbers and pictures and mark them sent; one that cannot be issued is left with its reason.

    Raises:
        Forbidden: the actor may not send invoices.
    """
    require_right(actor, "send_invoices")
    done: list[WorkspaceInvoice] = []
    left: list[Left] = []
    for row in rows:
        try:
            done.append(send_sales(actor, row))
        except ServiceError as error:
            left.append(Left(row, error.code, f"{row.number or row.party_name}: {error}"))
    if done:
        audit.record(actor, "billing.issued", _names(done), count=len(done))
    return Done(count=len(done), left=tuple(left))


def _names(rows: list[WorkspaceInvoice]) -> str:
    return ", ".join(each.number or each.party_name for each in rows[:_NAMED])


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What decides whether an invoice may go, read once for many."""

    integration: Integration
    tables: MappingTables
    needs_classifiers: bool


def rules_of(company: Company) -> Rules:
    """Return what decides whether invoices may go.

    Raises:
        ServiceError: BOOKS_NOT_CHOSEN, BOOKS_NOT_ACTIVE.
    """
    integration = require_books(company)
    return Rules(
        integration=integration,
        tables=load_tables(integration),
        needs_classifiers=settings_of(company).needs_classifiers,
    )


def require_may_go(rules: Rules, row: WorkspaceInvoice) -> None:
    """Let invoices pass that may go to the bureau's books.

    Raises:
        ServiceError: BILL_NOT_SALES, BILL_BEFORE_ACTIVATION (U05), BILL_NOT_ISSUED, BILL_NOT_CLASSIFIED (U78).
    """
    target = rules.integration.target.name
    told = {"number": row.number or row.party_name, "target": target}
    if row.direction != Side.SALES:
        raise ServiceError("BILL_NOT_SALES", **told)
    since = rules.integration.activated_at
    if since is None or row.created_at < since:
        made = timezone.localtime(row.created_at)
        when = timezone.localtime(since).strftime("%Y-%m-%d %H:%M") if since else "–"
        raise ServiceError("BILL_BEFORE_ACTIVATION", made=made.strftime("%Y-%m-%d %H:%M"), activated=when, **told)
    if row.stage != InvoiceStage.SENT:
        raise ServiceError("BILL_NOT_ISSUED", **told)
    if rules.needs_classifiers:
        unknown = unlisted(canonical_invoices([row])[0], rules.tables)
        if unknown:
            names = "; ".join(classifiers.name_of(each) for each in unknown)
            raise ServiceError("BILL_NOT_CLASSIFIED", names=names, **told)


def send_to_books(actor: Actor, rows: Iterable[WorkspaceInvoice]) -> Done:
    """Put invoices in line for the bureau's books, or those that failed again; one that may not go keeps its reason.

    What is there already stays as it is; the engine looks for an invoice there before it makes one.

    Raises:
        Forbidden: the actor may not send invoices.
        ServiceError: BOOKS_NOT_CHOSEN, BOOKS_NOT_ACTIVE.
    """
    require_right(actor, "send_invoices")
    rules = rules_of(actor.company)
    flow = Flow.objects.select_related("company", "integration").get(
        integration=rules.integration, kind=FlowKind.SALES_INVOICES
    )
    sent: list[WorkspaceInvoice] = []
    left: list[Left] = []
    with transaction.atomic():
        goes: list[int] = []
        for row in rows:
            try:
                require_may_go(rules, row)
            except ServiceError as error:
                left.append(Left(row, error.code, str(error)))
                continue
            invoice = canonical_invoices([row])[0]
            delivery, may_go = engine.announce(
                rules.integration, flow, invoice_kind(invoice), invoice.source_id, invoice, by_person=True
            )
            if may_go:
                goes.append(delivery.pk)
                sent.append(row)
        engine.send_soon(flow, goes, user_id=actor.user.pk if actor.user else None)
        if sent:
            audit.record(actor, "billing.sent", _names(sent), count=len(sent), target=rules.integration.target.name)
    return Done(count=len(sent), left=tuple(left))


def deliveries_of(integration: Integration | None, invoice_ids: Iterable[int]) -> dict[int, Delivery]:
    """Return how invoices travel to the bureau's books, by the invoice's id; those that were never put in line lack."""
    if integration is None:
        return {}
    wanted = [str(each) for each in invoice_ids]
    found = Delivery.objects.filter(flow__integration=integration, kind__in=SALES_KINDS, source_id__in=wanted)
    return {int(each.source_id): each for each in found}


def waiting_to_go(company: Company) -> list[WorkspaceInvoice]:
    """Return the issued invoices of billing that are not in the books and not on their way, oldest first."""
    integration = require_books(company)
    found = WorkspaceInvoice.objects.filter(company=company, billed__isnull=False, stage=InvoiceStage.SENT)
    gone = Delivery.objects.filter(flow__integration=integration, kind__in=SALES_KINDS).exclude(
        state__in=[DeliveryState.PROBLEM, DeliveryState.REFUSED, DeliveryState.PARKED, DeliveryState.SKIPPED]
    )
    ids = {int(each) for each in gone.values_list("source_id", flat=True) if each.isdecimal()}
    return [row for row in found.select_related("company", "party").order_by("date", "pk") if row.pk not in ids]
