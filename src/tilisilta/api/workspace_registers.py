"""Customers, suppliers and items of the invoice workspace."""

from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, Id, Input, Page, PageQuery, Text, page_out
from tilisilta.api.workspace_shapes import Number, PartyFields, PartyOut, Percent, party_out
from tilisilta.core.documents import Item, StockKind
from tilisilta.services import listings
from tilisilta.services.workspace import items, parties
from tilisilta.services.workspace.settings import require_on
from tilisilta.store.models import WorkspaceItem, WorkspaceParty

router = Router(tags=["Invoice workspace"])


class PartyIn(PartyFields):
    """A customer or supplier, whole."""

    is_customer: bool = False
    is_supplier: bool = False
    is_active: bool = True


class PartyQuery(PageQuery):
    """Filters of parties and the page."""

    role: Literal["", "customer", "supplier"] = ""
    text: Text = Field("", description="Part of the name, or the beginning of a code")


class ItemIn(Input):
    """An item, whole. Prices are without VAT."""

    code: Annotated[str, Field(min_length=1, max_length=60)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    unit: Annotated[str, Field(max_length=20)] = ""
    stock_kind: StockKind = StockKind.SERVICE
    sales_price: Number | None = None
    purchase_price: Number | None = None
    vat_rate: Percent | None = None
    description: Annotated[str, Field(max_length=1000)] = ""
    is_active: bool = True


class ItemOut(Schema):
    """An item of the workspace."""

    id: int
    code: str
    name: str
    is_active: bool
    payload: dict[str, Any] = Field(description="The item in the canonical form; amounts are text")


class ItemQuery(PageQuery):
    """Filters of items and the page."""

    text: Text = Field("", description="Beginning of the code, or part of the name")


def _save(request: HttpRequest, given: PartyIn, row: WorkspaceParty | None) -> PartyOut:
    actor = actor_of(request)
    require_on(actor.company)
    party = given.party(parties.canonical_party(row) if row else None)
    party = msgspec.structs.replace(party, is_customer=given.is_customer, is_supplier=given.is_supplier)
    account = row.default_account if row else None
    return party_out(parties.save_party(actor, party, row=row, default_account=account, is_active=given.is_active))


@router.get("/workspace/parties", response=Page[PartyOut], summary="List customers and suppliers")
def list_parties(request: HttpRequest, query: Query[PartyQuery]) -> dict[str, Any]:
    """Return the customers and suppliers of the workspace by name, those put aside included."""
    company = actor_of(request).company
    require_on(company)
    found = parties.parties(company, role=query.role, text=query.text, is_active=None)
    return page_out(listings.page(found, ["name", "id"], cursor=query.cursor, limit=query.limit), party_out)


@router.post(
    "/workspace/parties", response={201: PartyOut}, summary="Add a customer or supplier", openapi_extra=ACCOUNTANT
)
def create_party(request: HttpRequest, given: PartyIn) -> Status[PartyOut]:
    """Write a customer, a supplier, or one that is both."""
    return Status(201, _save(request, given, None))


@router.get("/workspace/parties/{int:party_id}", response=PartyOut, summary="Show a customer or supplier")
def get_party(request: HttpRequest, party_id: Id) -> PartyOut:
    """Return one customer or supplier with its canonical content."""
    return party_out(parties.get_party(actor_of(request).company, party_id))


@router.put(
    "/workspace/parties/{int:party_id}",
    response=PartyOut,
    summary="Change a customer or supplier",
    openapi_extra=ACCOUNTANT,
)
def update_party(request: HttpRequest, party_id: Id, given: PartyIn) -> PartyOut:
    """Write a customer or supplier anew; invoices that are there keep them as they were."""
    return _save(request, given, parties.get_party(actor_of(request).company, party_id))


def _item_out(row: WorkspaceItem) -> ItemOut:
    item = items.canonical_item(row)
    return ItemOut(id=row.pk, code=row.code, name=row.name, is_active=row.is_active, payload=msgspec.to_builtins(item))


@router.get("/workspace/items", response=Page[ItemOut], summary="List items")
def list_items(request: HttpRequest, query: Query[ItemQuery]) -> dict[str, Any]:
    """Return the items of the workspace by code, those put aside included."""
    company = actor_of(request).company
    require_on(company)
    found = items.items(company, text=query.text, is_active=None)
    return page_out(listings.page(found, ["code", "id"], cursor=query.cursor, limit=query.limit), _item_out)


@router.post("/workspace/items", response={201: ItemOut}, summary="Add an item", openapi_extra=ACCOUNTANT)
def create_item(request: HttpRequest, given: ItemIn) -> Status[ItemOut]:
    """Write a new item; its code must be free."""
    actor = actor_of(request)
    require_on(actor.company)
    return Status(201, _item_out(items.save_item(actor, Item(**given.dict()))))


@router.put("/workspace/items/{int:item_id}", response=ItemOut, summary="Change an item", openapi_extra=ACCOUNTANT)
def update_item(request: HttpRequest, item_id: Id, given: ItemIn) -> ItemOut:
    """Write an item anew; its accounts stay."""
    actor = actor_of(request)
    row = items.get_item(actor.company, item_id)
    item = msgspec.structs.replace(items.canonical_item(row), **given.dict())
    saved = items.save_item(
        actor, item, row=row, sales_account=row.sales_account, purchase_account=row.purchase_account
    )
    return _item_out(saved)
