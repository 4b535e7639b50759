"""Documents: searched, with their content, versions and log."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import msgspec
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tilisilta.api.errors import invalid_field
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import (
    Amount,
    DeliveryOut,
    DocumentOut,
    Evidence,
    Id,
    Page,
    PageQuery,
    Text,
    amount,
    delivery_out,
    document_out,
    page_out,
)
from tilisilta.core.documents import DocumentKind
from tilisilta.core.money import amount_minor
from tilisilta.services import documents, listings
from tilisilta.services.documents import Filters, KindTotal, ListRow, VersionChange
from tilisilta.services.event_texts import event_level, event_text
from tilisilta.store.models import DeliveryState, Event

router = Router(tags=["Documents"])


class DocumentFilters(Schema):
    """What a list of documents is narrowed to."""

    text: Text = Field("", description="Part of the number or of the party's name, or the source's id")
    kind: DocumentKind | None = None
    direction: Literal["", "sales", "purchase"] = ""
    state: DeliveryState | None = Field(None, description="State of one of its deliveries")
    connection_id: Id | None = Field(None, description="Where it came from")
    integration_id: Id | None = None
    date_from: dt.date | None = Field(None, description="First document date, included")
    date_to: dt.date | None = Field(None, description="Last document date, included")
    party: Text = Field("", description="Part of the customer's or supplier's name")
    gross_from: Decimal | None = Field(None, max_digits=15, decimal_places=2, description="Least gross, included")
    gross_to: Decimal | None = Field(None, max_digits=15, decimal_places=2, description="Most gross, included")


class DocumentQuery(DocumentFilters, PageQuery):
    """Filters of documents and the page."""


class DocumentRowOut(DocumentOut):
    """A document of a list with its deliveries, newest first."""

    deliveries: list[DeliveryOut]


class DocumentDetailOut(DocumentRowOut):
    """A document with its canonical content."""

    payload: dict[str, Any] | None = Field(description="The document in the canonical form; amounts are text")


class TotalOut(Schema):
    """Sums of one kind in one currency."""

    kind: str
    currency: str
    count: int
    net: Amount
    vat: Amount
    gross: Amount


class DifferenceOut(Schema):
    """One field that two versions show differently."""

    path: str
    label: str
    before: str
    after: str


class VersionOut(Schema):
    """What one version changed against the one before it."""

    version: int
    at: dt.datetime
    differences: list[DifferenceOut]
    cut: int = Field(description="How many more differences there are")


class EventOut(Schema):
    """A line of the log."""

    id: int
    delivery_id: int
    run_id: int | None
    at: dt.datetime
    code: str
    level: str = Field(description="info, success, warning or error")
    text: str
    params: dict[str, Any]
    evidence: Evidence
    user: str = Field(description="Who did it; empty when Tilisilta did")


def event_out(row: Event) -> EventOut:
    """Return a line of the log as it leaves."""
    return EventOut(
        id=row.pk,
        delivery_id=row.delivery_id,
        run_id=row.run_id,
        at=row.at,
        code=row.code,
        level=event_level(row.code, row.level),
        text=event_text(row.code, row.params),
        params=dict(row.params),
        evidence=dict(row.evidence),
        user=str(row.user or ""),
    )


def _minor(field: str, value: Decimal | None) -> int | None:
    if value is None:
        return None
    if not value.is_finite():
        raise invalid_field(f"query.{field}", "NaN")
    return amount_minor(value)


def _filters(query: DocumentFilters) -> Filters:
    return Filters(
        text=query.text,
        kind=query.kind or "",
        direction=query.direction,
        state=query.state or "",
        connection_id=query.connection_id,
        integration_id=query.integration_id,
        date_from=query.date_from,
        date_to=query.date_to,
        party=query.party,
        gross_from=_minor("gross_from", query.gross_from),
        gross_to=_minor("gross_to", query.gross_to),
    )


def _row(row: ListRow) -> DocumentRowOut:
    return DocumentRowOut(
        **document_out(row.document).dict(), deliveries=[delivery_out(each) for each in row.deliveries]
    )


def _total(total: KindTotal) -> TotalOut:
    return TotalOut(
        kind=total.kind,
        currency=total.currency,
        count=total.count,
        net=amount(total.net, total.currency),
        vat=amount(total.vat, total.currency),
        gross=amount(total.gross, total.currency),
    )


def _version(change: VersionChange) -> VersionOut:
    return VersionOut(
        version=change.version,
        at=change.at,
        differences=[
            DifferenceOut(path=each.path, label=each.label, before=each.before, after=each.after)
            for each in change.differences
        ],
        cut=change.cut,
    )


@router.get("/documents", response=Page[DocumentRowOut], summary="List documents")
def list_documents(request: HttpRequest, query: Query[DocumentQuery]) -> dict[str, Any]:
    """Return documents, newest first by their date. Customers, suppliers and items come only when `kind` asks."""
    key = listings.decode_cursor("documents", query.cursor)[0] if query.cursor else ""
    found = documents.search(actor_of(request).company, _filters(query), key, query.limit)
    following = listings.encode_cursor("documents", found.next_key) if found.next_key else None
    return {"items": [_row(row) for row in found.rows], "next": following}


@router.get("/documents/totals", response=list[TotalOut], summary="Add documents up")
def get_totals(request: HttpRequest, query: Query[DocumentFilters]) -> list[TotalOut]:
    """Return count, net, VAT and gross of everything that passes the filters, by kind and currency."""
    return [_total(total) for total in documents.totals(actor_of(request).company, _filters(query))]


@router.get("/documents/{int:document_id}", response=DocumentDetailOut, summary="Show a document")
def get_document(request: HttpRequest, document_id: Id) -> DocumentDetailOut:
    """Return one document with its canonical content and its deliveries."""
    found = documents.detail(actor_of(request).company, document_id)
    payload = None if found.canonical is None else msgspec.to_builtins(found.canonical)
    return DocumentDetailOut(
        **document_out(found.document).dict(),
        deliveries=[delivery_out(each.delivery) for each in found.deliveries],
        payload=payload,
    )


@router.get("/documents/{int:document_id}/versions", response=list[VersionOut], summary="List a document's changes")
def list_versions(request: HttpRequest, document_id: Id) -> list[VersionOut]:
    """Return what changed at the source since the first version, newest first; empty when nothing did."""
    return [_version(change) for change in documents.detail(actor_of(request).company, document_id).versions]


@router.get("/documents/{int:document_id}/events", response=Page[EventOut], summary="List a document's log")
def list_document_events(request: HttpRequest, document_id: Id, query: Query[PageQuery]) -> dict[str, Any]:
    """Return what happened to a document on all its ways, oldest first."""
    company = actor_of(request).company
    listings.require_document(company, document_id)
    found = listings.events(company, document_id=document_id)
    return page_out(listings.page(found, ["id"], cursor=query.cursor, limit=query.limit), event_out)


@router.get(
    "/documents/{int:document_id}/deliveries", response=Page[DeliveryOut], summary="List a document's deliveries"
)
def list_document_deliveries(request: HttpRequest, document_id: Id, query: Query[PageQuery]) -> dict[str, Any]:
    """Return a document's ways to its targets, newest first."""
    company = actor_of(request).company
    listings.require_document(company, document_id)
    found = listings.deliveries(company, document_id=document_id)
    return page_out(listings.page(found, ["-id"], cursor=query.cursor, limit=query.limit), delivery_out)
