"""Clients of the practice module."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.bureau import bureau_of
from tilisilta.api.errors import ApiError, FieldError
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, Done, Id, Ids, Input, Page, PageQuery, Text, page_out
from tilisilta.services import listings
from tilisilta.services.practice import client_bulk, client_lists, clients, fields
from tilisilta.services.practice.client_columns import ClientRow, with_marks
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.store.models import (
    Client,
    ClientKind,
    CustomField,
    FieldSubject,
)

router = Router(tags=["Clients"])

OwnValue = bool | str | list[str] | None
OwnValues = Annotated[
    dict[str, OwnValue],
    Field(description="Values of the bureau's own fields, by the field's name; numbers and dates are text"),
]


@contextmanager
def told_by_field() -> Iterator[None]:
    """Tell the mistakes of several fields as those of the body's fields."""
    try:
        yield
    except FieldErrors as error:
        places = {name: f"body.{name}" for name in error.errors}
        raise ApiError(
            "VALIDATION_FAILED",
            errors=[FieldError(places[name], each.code, str(each)) for name, each in error.errors.items()],
            fields=", ".join(places.values()),
        ) from None


class ClientChange(Input):
    """What is to be changed of a client; fields that are left out stay as they are."""

    name: Annotated[str, Field(max_length=200)] = ""
    kind: ClientKind = ClientKind.COMPANY
    is_active: bool = True
    initials: Annotated[str, Field(max_length=3)] = ""
    code: Annotated[str, Field(max_length=40)] = ""
    registry_code: Annotated[str, Field(max_length=20)] = ""
    vat_number: Annotated[str, Field(max_length=20)] = ""
    street: Annotated[str, Field(max_length=200)] = ""
    city: Annotated[str, Field(max_length=80)] = ""
    postal_code: Annotated[str, Field(max_length=12)] = ""
    country: Annotated[str, Field(max_length=2, description="Two letters, ISO 3166-1")] = "EE"
    language: Annotated[str, Field(max_length=5, description="Two letters, ISO 639-1")] = ""
    email: Annotated[str, Field(max_length=254)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    default_member_id: Id | None = Field(None, description="The person who does the client's work; see /members")
    group_ids: Annotated[list[Id], Field(max_length=200)] = []
    notes: Annotated[str, Field(max_length=10_000)] = ""
    needs_time: bool = False
    needs_topic: bool = False
    values: OwnValues = {}
    billing_email: Annotated[str, Field(max_length=254)] = ""
    payment_term_days: Annotated[int, Field(ge=0, le=365)] | None = None
    billed_to_id: Id | None = Field(None, description="The client that pays this one's invoices; null for itself")


class NewClient(ClientChange):
    """A new client. Only the name is needed, and the own fields that must be filled in."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


class ClientOut(Schema):
    """A client of the bureau."""

    id: int
    name: str
    kind: str
    is_active: bool
    initials: str
    code: str
    registry_code: str
    vat_number: str
    street: str
    city: str
    postal_code: str
    country: str
    language: str
    email: str
    phone: str
    default_member_id: int | None
    groups: list[str]
    notes: str
    needs_time: bool
    needs_topic: bool
    values: OwnValues
    billing_email: str
    payment_term_days: int | None
    billed_to_id: int | None
    register_mark: str = Field(description="What the business register said of the code: found, not_found, unchecked")
    integrations: list[str] = Field(description="The bookkeeping systems that the client is connected to")
    warnings: list[str] = Field(description="What looks wrong with its numbers; it stops nobody")
    created_at: dt.datetime
    updated_at: dt.datetime


class ClientQuery(PageQuery):
    """Filters of clients and the page."""

    text: Text = Field("", description="Part of the name or e-mail, or the beginning of a code")
    status: Literal["active", "inactive", "all"] = "active"
    group_id: Id | None = None
    member_id: Id | None = None
    integration: Literal["", "connected", "none"] = Field("", description="Connected to a bookkeeping system, or not")
    imported: Literal["", "last"] = Field("", description="`last`: those of the newest confirmed import")


_PLAIN = (set(ClientOut.model_fields) & set(ClientChange.model_fields)) - {"values", "kind"}


def _client_out(row: ClientRow, own: list[CustomField]) -> ClientOut:
    client = row.client
    return ClientOut(
        id=client.pk,
        **{name: getattr(client, name) for name in _PLAIN},
        kind=str(client.kind),
        groups=list(row.groups),
        values={each.name: client.values[str(each.pk)] for each in own if str(each.pk) in client.values},
        register_mark=str(client.register_mark),
        integrations=[each.partner for each in row.connections],
        warnings=clients.warnings(client),
        created_at=client.created_at,
        updated_at=client.updated_at,
    )


def _one(client: Client) -> ClientOut:
    own = fields.live_fields(client.company, FieldSubject.CLIENT)
    return _client_out(with_marks(client.company, [client])[0], own)


def _content(given: ClientChange, before: clients.ClientContent) -> clients.ClientContent:
    told: dict[str, Any] = {name: getattr(given, name) for name in given.model_fields_set}
    if "group_ids" in told:
        told["group_ids"] = tuple(told["group_ids"])
    if "kind" in told:
        told["kind"] = told["kind"].value
    return msgspec.structs.replace(before, **told)


@router.get("/clients", response=Page[ClientOut], summary="List clients")
def list_clients(request: HttpRequest, query: Query[ClientQuery]) -> dict[str, Any]:
    """Return the bureau's clients by name."""
    company = bureau_of(request)
    wanted = query.dict(exclude={"cursor", "limit"})
    found = client_lists.rows(company, client_lists.Filters(**wanted))
    shown = listings.page(found, ("name", "id"), cursor=query.cursor, limit=query.limit)
    own = fields.live_fields(company, FieldSubject.CLIENT)
    rows = listings.Listing(rows=tuple(with_marks(company, shown.rows)), next_cursor=shown.next_cursor)
    return page_out(rows, lambda row: _client_out(row, own))


@router.post("/clients", response={201: ClientOut}, summary="Add a client", openapi_extra=ACCOUNTANT)
def create_client(request: HttpRequest, given: NewClient) -> Status[ClientOut]:
    """Make a client; its registry code must not be another client's."""
    company = bureau_of(request)
    with told_by_field():
        content = _content(given, clients.ClientContent(name=given.name, country=company.country))
        return Status(201, _one(clients.create_client(actor_of(request), content)))


@router.get("/clients/{int:client_id}", response=ClientOut, summary="Show a client")
def get_client(request: HttpRequest, client_id: Id) -> ClientOut:
    """Return one client."""
    return _one(clients.get_client(bureau_of(request), client_id))


@router.patch("/clients/{int:client_id}", response=ClientOut, summary="Change a client", openapi_extra=ACCOUNTANT)
def update_client(request: HttpRequest, client_id: Id, given: ClientChange) -> ClientOut:
    """Change some fields of a client; the others stay as they are."""
    row = clients.get_client(bureau_of(request), client_id)
    with told_by_field():
        return _one(clients.update_client(actor_of(request), row, _content(given, clients.content_of(row))))


class ManyClients(Input):
    """Clients, and what is done with all of them."""

    client_ids: Ids
    action: Literal["member", "add_group", "remove_group", "active", "inactive"]
    value: Text = Field("", description="The person's or the group's id; `none` takes the person away")


@router.post("/clients/actions", response=Done, summary="Change several clients", openapi_extra=ACCOUNTANT)
def change_clients(request: HttpRequest, given: ManyClients) -> dict[str, int]:
    """Give clients a main user, put them into a group or take them out, set them active or inactive."""
    client_bulk.run(actor_of(request), given.action, given.client_ids, given.value)
    return {"count": len(set(given.client_ids))}
