"""Listings of the workspace for integrations: pages by a key that stays, whatever comes in meanwhile.

Invoices go by date or time of change, since people import them by dates; everything else by its id.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from tilisilta.core.documents import (
    DocumentKind,
    Item,
    JournalEntry,
    Party,
    decode_document,
    invoice_kind,
)
from tilisilta.core.errors import Misconfigured
from tilisilta.ports import FetchRequest, SourcePage, SourceRecord
from tilisilta.services.workspace_port.records import (
    canonical_invoices,
    canonical_item,
    canonical_party,
    canonical_payment,
)
from tilisilta.store.models import (
    HandlerDecision,
    HandlerRole,
    InvoiceHandler,
    InvoiceStage,
    PeriodState,
    PeriodVoucher,
    Side,
    WorkspaceInvoice,
    WorkspaceItem,
    WorkspaceParty,
    WorkspacePayment,
)

_INVOICES = {
    DocumentKind.SALES_INVOICE: (Side.SALES, False),
    DocumentKind.SALES_CREDIT_NOTE: (Side.SALES, True),
    DocumentKind.PURCHASE_INVOICE: (Side.PURCHASES, False),
    DocumentKind.PURCHASE_CREDIT_NOTE: (Side.PURCHASES, True),
}
_PARTY_FLAGS = {DocumentKind.CUSTOMER: "is_customer", DocumentKind.SUPPLIER: "is_supplier"}


class Place(msgspec.Struct, frozen=True):
    """Where a page ended: the id of its last record, and its date or time of change where the listing goes by that."""

    pk: int
    at: str = ""

    def token(self) -> str:
        return f"{self.at}|{self.pk}"


def read_place(token: str) -> Place | None:
    """Return the place of a token, or None at the beginning.

    Raises:
        Misconfigured: PAGE_TOKEN_WRONG.
    """
    if not token:
        return None
    at, _, pk = token.rpartition("|")
    if not pk.isdecimal():
        raise Misconfigured("PAGE_TOKEN_WRONG", token=token[:40])
    return Place(int(pk), at)


def list_documents(
    company_id: int, request: FetchRequest, *, limit: int, purchases_at_first_approval: bool
) -> SourcePage:
    """Return one page; see `ports.own.WorkspaceBooks`. Runs in a store thread."""
    kinds = set(request.kinds)
    if kinds & _INVOICES.keys():
        return _invoices(company_id, request, limit, at_first=purchases_at_first_approval)
    if DocumentKind.PAYMENT in kinds:
        return _payments(company_id, request, limit, at_first=purchases_at_first_approval)
    if kinds & _PARTY_FLAGS.keys():
        return _parties(company_id, request, limit)
    if DocumentKind.ITEM in kinds:
        return _items(company_id, request, limit)
    return _entries(company_id, request, limit)


def listed(*, at_first: bool, prefix: str = "") -> Q:
    """Return which invoices go out: sales that were sent, purchases that are approved.

    Args:
        at_first: Purchases in circulation as well, once an approver has approved them.
        prefix: The way to the invoice, "invoice__" from a payment.
    """

    def told(**wanted: object) -> Q:
        return Q(**{f"{prefix}{name}": value for name, value in wanted.items()})

    found = told(direction=Side.SALES, stage=InvoiceStage.SENT) | told(
        direction=Side.PURCHASES, stage=InvoiceStage.APPROVED
    )
    if at_first:
        approved_once = InvoiceHandler.objects.filter(
            invoice=OuterRef(f"{prefix}pk" if prefix else "pk"),
            role=HandlerRole.APPROVER,
            decision=HandlerDecision.ACCEPTED,
        )
        found |= told(direction=Side.PURCHASES, stage=InvoiceStage.CIRCULATING) & Q(Exists(approved_once))
    return found


def _ids(request: FetchRequest) -> list[int]:
    return [int(each) for each in request.source_ids if each.isdecimal()]


def _invoices(company_id: int, request: FetchRequest, limit: int, *, at_first: bool) -> SourcePage:
    kinds = [_INVOICES[kind] for kind in request.kinds if kind in _INVOICES]
    rows = WorkspaceInvoice.objects.filter(listed(at_first=at_first), company_id=company_id)
    sides = {side for side, _ in kinds}
    rows = rows.filter(direction__in=sides)
    if len(kinds) != 2 * len(sides):
        wanted = Q()
        for side, is_credit in kinds:
            wanted |= Q(direction=side, is_credit_note=is_credit)
        rows = rows.filter(wanted)
    rows = _within(rows, request)
    if request.source_ids:
        rows = rows.filter(pk__in=_ids(request))
    key = "updated_at" if request.changed_since is not None else "date"
    if place := read_place(request.token):
        at = _read_at(key, place.at)
        # The first bound lets the index find where to go on; the second leaves out what came before.
        rows = rows.filter(**{f"{key}__gte": at}).filter(Q(**{f"{key}__gt": at}) | Q(pk__gt=place.pk))
    found = list(rows.order_by(key, "pk")[: limit + 1])
    page = found[:limit]
    records = [
        SourceRecord(kind=invoice_kind(invoice), source_id=invoice.source_id, document=invoice, number=invoice.number)
        for invoice in canonical_invoices(page)
    ]
    more = len(found) > limit
    token = Place(page[-1].pk, getattr(page[-1], key).isoformat()).token() if more else ""
    return SourcePage(records=tuple(records), next_token=token)


def _read_at(key: str, text: str) -> dt.date | dt.datetime:
    try:
        return dt.datetime.fromisoformat(text) if key == "updated_at" else dt.date.fromisoformat(text)
    except ValueError:
        raise Misconfigured("PAGE_TOKEN_WRONG", token=text[:40]) from None


def _within(rows: "QuerySet[Any]", request: FetchRequest, changed: str = "updated_at") -> "QuerySet[Any]":
    bounds = {
        "date__gte": request.date_from,
        "date__lte": request.date_to,
        f"{changed}__gte": request.changed_since,
        f"{changed}__lt": request.changed_until,
    }
    return rows.filter(**{name: bound for name, bound in bounds.items() if bound is not None})


# --- what goes by its id -----------------------------------------------------------------------------------


def _page(rows: "QuerySet[Any]", request: FetchRequest, limit: int) -> tuple[list[Any], str]:
    """Return the rows behind the request's token in the order of their ids, and the token behind them."""
    if place := read_place(request.token):
        rows = rows.filter(pk__gt=place.pk)
    found = list(rows.order_by("pk")[: limit + 1])
    page = found[:limit]
    return page, Place(page[-1].pk).token() if len(found) > limit else ""


def _payments(company_id: int, request: FetchRequest, limit: int, *, at_first: bool) -> SourcePage:
    rows = WorkspacePayment.objects.filter(listed(at_first=at_first, prefix="invoice__"), company_id=company_id)
    # A payment goes out with its invoice: one that was there before the approval is news when that has come.
    rows = _within(rows.annotate(changed_at=Greatest("updated_at", "invoice__updated_at")), request, "changed_at")
    if request.source_ids:
        rows = rows.filter(pk__in=_ids(request))
    page, token = _page(rows.select_related("invoice").defer("invoice__payload"), request, limit)
    records = [
        SourceRecord(
            kind=DocumentKind.PAYMENT, source_id=str(row.pk), document=canonical_payment(row), number=row.invoice.number
        )
        for row in page
    ]
    return SourcePage(records=tuple(records), next_token=token)


def _parties(company_id: int, request: FetchRequest, limit: int) -> SourcePage:
    flags = {kind: flag for kind, flag in _PARTY_FLAGS.items() if kind in request.kinds}
    wanted = Q()
    for flag in flags.values():
        wanted |= Q(**{flag: True})
    rows = WorkspaceParty.objects.filter(wanted, company_id=company_id)
    if request.changed_since is not None:
        rows = rows.filter(updated_at__gte=request.changed_since)
    if request.changed_until is not None:
        rows = rows.filter(updated_at__lt=request.changed_until)
    if request.source_ids:
        rows = rows.filter(pk__in=_ids(request))
    page, token = _page(rows, request, limit)
    records = [
        SourceRecord(kind=kind, source_id=str(row.pk), document=canonical_party(row), number=row.registry_code)
        for row in page
        for kind, flag in flags.items()
        if getattr(row, flag)
    ]
    return SourcePage(records=tuple(records), next_token=token)


def _items(company_id: int, request: FetchRequest, limit: int) -> SourcePage:
    """Items do not know when they changed; whoever asks for changes compares them all."""
    rows = WorkspaceItem.objects.filter(company_id=company_id).select_related("sales_account", "purchase_account")
    if request.source_ids:
        rows = rows.filter(pk__in=_ids(request))
    page, token = _page(rows, request, limit)
    records = [
        SourceRecord(kind=DocumentKind.ITEM, source_id=str(row.pk), document=canonical_item(row), number=row.code)
        for row in page
    ]
    return SourcePage(records=tuple(records), next_token=token)


def _entries(company_id: int, request: FetchRequest, limit: int) -> SourcePage:
    """Vouchers of closed periods: of each period the newest revision, and none of one that was opened again."""
    rows = PeriodVoucher.objects.filter(period__company_id=company_id, revision=F("period__revision")).exclude(
        period__state=PeriodState.REOPENED
    )
    if request.side is not None:
        rows = rows.filter(period__side=request.side.value)
    if request.date_from is not None:
        rows = rows.filter(date__gte=request.date_from)
    if request.date_to is not None:
        rows = rows.filter(date__lte=request.date_to)
    if request.changed_since is not None:
        rows = rows.filter(period__closed_at__gte=request.changed_since)
    if request.changed_until is not None:
        rows = rows.filter(period__closed_at__lt=request.changed_until)
    if request.source_ids:
        rows = rows.filter(source_id__in=request.source_ids)
    page, token = _page(rows, request, limit)
    return SourcePage(records=tuple(_entry(row) for row in page), next_token=token)


def _entry(row: PeriodVoucher) -> SourceRecord:
    entry = decode_document(DocumentKind.JOURNAL_ENTRY, bytes(row.payload))
    number = entry.number if isinstance(entry, JournalEntry) else ""
    return SourceRecord(kind=DocumentKind.JOURNAL_ENTRY, source_id=row.source_id, document=entry, number=number)


# --- by id -------------------------------------------------------------------------------------------------


def load_parties(company_id: int, source_ids: Sequence[str]) -> dict[str, Party]:
    """Return parties by id; ids that are not the company's are absent."""
    ids = [int(each) for each in source_ids if each.isdecimal()]
    found = WorkspaceParty.objects.filter(company_id=company_id, pk__in=ids)
    return {str(row.pk): canonical_party(row) for row in found}


def load_items(company_id: int, source_ids: Sequence[str]) -> dict[str, Item]:
    """Return items by id; ids that are not the company's are absent."""
    ids = [int(each) for each in source_ids if each.isdecimal()]
    rows = WorkspaceItem.objects.filter(company_id=company_id, pk__in=ids)
    return {str(row.pk): canonical_item(row) for row in rows.select_related("sales_account", "purchase_account")}
