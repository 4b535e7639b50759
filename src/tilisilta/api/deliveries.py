"""Deliveries: documents on their way to their targets, tried again or left out."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tilisilta.api.documents import EventOut, event_out
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import (
    ACCOUNTANT,
    DeliveryOut,
    Done,
    Id,
    Ids,
    Input,
    Page,
    PageQuery,
    ProblemOut,
    delivery_out,
    page_out,
    problem_out,
)
from tilisilta.core.documents import DocumentKind
from tilisilta.services import deliveries, documents, listings
from tilisilta.store.models import DeliveryState

router = Router(tags=["Deliveries"])


class DeliveryQuery(PageQuery):
    """Filters of deliveries."""

    state: DeliveryState | None = None
    kind: DocumentKind | None = None
    integration_id: Id | None = None
    flow_id: Id | None = None
    run_id: Id | None = None
    document_id: Id | None = None


class DeliveryDetailOut(DeliveryOut):
    """A delivery with its open problems and what may be done with it now."""

    problems: list[ProblemOut]
    may_retry: bool
    may_skip: bool
    may_confirm: bool = Field(description="Whether it was taken and no answer of the target has come")


class DeliveriesChosen(Input):
    """Deliveries to be tried again, or confirmed."""

    delivery_ids: Ids


class DeliveriesSkipped(Input):
    """Deliveries to be left out on purpose."""

    delivery_ids: Ids
    reason: str = Field(max_length=200, description="Why; it stands in the log for ever")


@router.get("/deliveries", response=Page[DeliveryOut], summary="List deliveries")
def list_deliveries(request: HttpRequest, query: Query[DeliveryQuery]) -> dict[str, Any]:
    """Return deliveries, newest first."""
    found = listings.deliveries(
        actor_of(request).company,
        state=query.state or "",
        kind=query.kind or "",
        integration_id=query.integration_id,
        flow_id=query.flow_id,
        run_id=query.run_id,
        document_id=query.document_id,
    )
    return page_out(listings.page(found, ["-id"], cursor=query.cursor, limit=query.limit), delivery_out)


@router.get("/deliveries/{int:delivery_id}", response=DeliveryDetailOut, summary="Show a delivery")
def get_delivery(request: HttpRequest, delivery_id: Id) -> DeliveryDetailOut:
    """Return one delivery with its open problems."""
    found = documents.delivery_detail(documents.get_delivery(actor_of(request).company, delivery_id))
    return DeliveryDetailOut(
        **delivery_out(found.delivery).dict(),
        problems=[problem_out(each) for each in found.problems],
        may_retry=found.may_retry,
        may_skip=found.may_skip,
        may_confirm=found.may_confirm,
    )


@router.get("/deliveries/{int:delivery_id}/events", response=Page[EventOut], summary="List a delivery's log")
def list_delivery_events(request: HttpRequest, delivery_id: Id, query: Query[PageQuery]) -> dict[str, Any]:
    """Return what happened to a delivery, oldest first."""
    company = actor_of(request).company
    row = documents.get_delivery(company, delivery_id)
    found = listings.events(company, delivery_id=row.pk)
    return page_out(listings.page(found, ["id"], cursor=query.cursor, limit=query.limit), event_out)


@router.post("/deliveries/retry", response=Done, summary="Try deliveries again", openapi_extra=ACCOUNTANT)
def retry_deliveries(request: HttpRequest, chosen: DeliveriesChosen) -> Done:
    """Put deliveries in line again and send them now; those whose state does not allow it are passed over.

    What may be at the target already is looked for there first; nothing is sent twice.
    """
    return Done(count=deliveries.retry(actor_of(request), chosen.delivery_ids))


@router.post("/deliveries/skip", response=Done, summary="Leave deliveries out", openapi_extra=ACCOUNTANT)
def skip_deliveries(request: HttpRequest, chosen: DeliveriesSkipped) -> Done:
    """Leave deliveries out on purpose; those whose state does not allow it are passed over."""
    return Done(count=deliveries.skip(actor_of(request), chosen.delivery_ids, chosen.reason))


@router.post("/deliveries/confirm", response=Done, summary="Confirm deliveries by hand", openapi_extra=ACCOUNTANT)
def confirm_deliveries(request: HttpRequest, chosen: DeliveriesChosen) -> Done:
    """Mark deliveries as being in the target's books, where the target takes documents and answers later or not at all.

    What follows a confirmation is done at once, such as the status at the source. Others are passed over.
    """
    return Done(count=deliveries.confirm(actor_of(request), chosen.delivery_ids))
