"""Clients of the practice module: themselves, their contacts, groups and the bureau's own fields."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.errors import ApiError, FieldError
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, ADMIN, Done, Id, Ids, Input, Page, PageQuery, Text, page_out
from tilisilta.services import listings
from tilisilta.services.practice import client_bulk, client_lists, clients, contacts, fields, groups
from tilisilta.services.practice.client_columns import ClientRow, with_marks
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.settings import require_on
from tilisilta.store.models import (
    Client,
    ClientContact,
    ClientGroup,
    ClientKind,
    Company,
    CustomField,
    FieldSubject,
    FieldType,
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


# --- own fields ----------------------------------------------------------------------------------------------


class OwnFieldOut(Schema):
    """A field of the bureau's own."""

    id: int
    subject: FieldSubject
    name: str = Field(description="For files and values; stays when the title changes")
    title: str
    type: FieldType
    group: str
    choices: list[str]
    is_required: bool
    is_listed: bool
    is_visible: bool


class OwnFieldIn(Input):
    """A field of the bureau's own, whole."""

    title: Annotated[str, Field(min_length=1, max_length=100)]
    group: Annotated[str, Field(max_length=60)] = ""
    choices: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=fields.MAX_CHOICES)] = []
    is_required: bool = False
    is_listed: bool = True
    is_visible: bool = True


class NewOwnField(OwnFieldIn):
    """A new field; subject and type stay."""

    subject: FieldSubject
    type: FieldType


class OwnFieldQuery(Schema):
    """Of which rows."""

    subject: FieldSubject = FieldSubject.CLIENT


def _field_out(row: CustomField) -> OwnFieldOut:
    return OwnFieldOut.from_orm(row)


def _company(request: HttpRequest) -> Company:
    company = actor_of(request).company
    require_on(company)
    return company


@router.get("/custom-fields", response=list[OwnFieldOut], summary="List own fields")
def list_custom_fields(request: HttpRequest, query: Query[OwnFieldQuery]) -> list[OwnFieldOut]:
    """Return the fields that the bureau keeps of its clients, tasks or products, in their order."""
    return [_field_out(each) for each in fields.live_fields(_company(request), query.subject.value)]


@router.post("/custom-fields", response={201: OwnFieldOut}, summary="Add an own field", openapi_extra=ADMIN)
def create_custom_field(request: HttpRequest, given: NewOwnField) -> Status[OwnFieldOut]:
    """Make a field, last of its subject."""
    return Status(201, _field_out(fields.create_field(actor_of(request), **given.dict())))


@router.put("/custom-fields/{int:field_id}", response=OwnFieldOut, summary="Change an own field", openapi_extra=ADMIN)
def update_custom_field(request: HttpRequest, field_id: Id, given: OwnFieldIn) -> OwnFieldOut:
    """Write a field anew; its type and name stay."""
    row = fields.get_field(_company(request), field_id)
    return _field_out(fields.update_field(actor_of(request), row, **given.dict()))


@router.delete(
    "/custom-fields/{int:field_id}", response={204: None}, summary="Delete an own field", openapi_extra=ADMIN
)
def delete_custom_field(request: HttpRequest, field_id: Id) -> Status[None]:
    """Take a field out of use; values that were entered are kept and come back when it is restored."""
    fields.delete_field(actor_of(request), fields.get_field(_company(request), field_id))
    return Status(204, None)


# --- groups --------------------------------------------------------------------------------------------------


class GroupIn(Input):
    """A group of clients."""

    name: Annotated[str, Field(min_length=1, max_length=80)]


class GroupOut(Schema):
    """A group of clients."""

    id: int
    name: str


def _group_out(row: ClientGroup) -> GroupOut:
    return GroupOut(id=row.pk, name=row.name)


@router.get("/client-groups", response=list[GroupOut], summary="List client groups")
def list_client_groups(request: HttpRequest) -> list[GroupOut]:
    """Return the groups by name."""
    return [_group_out(each) for each in groups.groups_of(_company(request))]


@router.post("/client-groups", response={201: GroupOut}, summary="Add a client group", openapi_extra=ACCOUNTANT)
def create_client_group(request: HttpRequest, given: GroupIn) -> Status[GroupOut]:
    """Make a group; its name must be free."""
    return Status(201, _group_out(groups.create_group(actor_of(request), given.name)))


@router.put(
    "/client-groups/{int:group_id}", response=GroupOut, summary="Rename a client group", openapi_extra=ACCOUNTANT
)
def update_client_group(request: HttpRequest, group_id: Id, given: GroupIn) -> GroupOut:
    """Give a group another name."""
    return _group_out(groups.rename_group(actor_of(request), groups.get_group(_company(request), group_id), given.name))


@router.delete(
    "/client-groups/{int:group_id}", response={204: None}, summary="Delete a client group", openapi_extra=ACCOUNTANT
)
def delete_client_group(request: HttpRequest, group_id: Id) -> Status[None]:
    """Delete a group; its clients stay."""
    groups.delete_group(actor_of(request), groups.get_group(_company(request), group_id))
    return Status(204, None)


# --- clients -------------------------------------------------------------------------------------------------


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
    company = _company(request)
    wanted = query.dict(exclude={"cursor", "limit"})
    found = client_lists.rows(company, client_lists.Filters(**wanted))
    shown = listings.page(found, ("name", "id"), cursor=query.cursor, limit=query.limit)
    own = fields.live_fields(company, FieldSubject.CLIENT)
    rows = listings.Listing(rows=tuple(with_marks(company, shown.rows)), next_cursor=shown.next_cursor)
    return page_out(rows, lambda row: _client_out(row, own))


@router.post("/clients", response={201: ClientOut}, summary="Add a client", openapi_extra=ACCOUNTANT)
def create_client(request: HttpRequest, given: NewClient) -> Status[ClientOut]:
    """Make a client; its registry code must not be another client's."""
    company = _company(request)
    with told_by_field():
        content = _content(given, clients.ClientContent(name=given.name, country=company.country))
        return Status(201, _one(clients.create_client(actor_of(request), content)))


@router.get("/clients/{int:client_id}", response=ClientOut, summary="Show a client")
def get_client(request: HttpRequest, client_id: Id) -> ClientOut:
    """Return one client."""
    return _one(clients.get_client(_company(request), client_id))


@router.patch("/clients/{int:client_id}", response=ClientOut, summary="Change a client", openapi_extra=ACCOUNTANT)
def update_client(request: HttpRequest, client_id: Id, given: ClientChange) -> ClientOut:
    """Change some fields of a client; the others stay as they are."""
    row = clients.get_client(_company(request), client_id)
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


# --- contacts ------------------------------------------------------------------------------------------------


class ContactIn(Input):
    """A contact, whole."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    surname: Annotated[str, Field(max_length=100)] = ""
    email: Annotated[str, Field(max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")] = ""
    mobile_phone: Annotated[str, Field(max_length=40)] = ""
    work_phone: Annotated[str, Field(max_length=40)] = ""
    job_title: Annotated[str, Field(max_length=100)] = ""
    birthday: dt.date | None = None
    is_primary: bool = False
    external_id: Annotated[str, Field(max_length=60)] = ""


class ContactOut(Schema):
    """A contact of a client."""

    id: int
    name: str
    surname: str
    email: str
    mobile_phone: str
    work_phone: str
    job_title: str
    birthday: dt.date | None
    is_primary: bool
    external_id: str


def _contact_out(row: ClientContact) -> ContactOut:
    return ContactOut.from_orm(row)


def _save_contact(
    request: HttpRequest, client_id: int, given: ContactIn, contact_id: int | None = None
) -> ClientContact:
    client = clients.get_client(_company(request), client_id)
    row = contacts.get_contact(client, contact_id) if contact_id else None
    content = contacts.ContactContent(**given.dict())
    return contacts.save_contact(actor_of(request), client, content, contact=row)


@router.get("/clients/{int:client_id}/contacts", response=list[ContactOut], summary="List a client's contacts")
def list_client_contacts(request: HttpRequest, client_id: Id) -> list[ContactOut]:
    """Return a client's contacts, the primary one first."""
    client = clients.get_client(_company(request), client_id)
    return [_contact_out(each) for each in contacts.contacts_of(client)]


@router.post(
    "/clients/{int:client_id}/contacts", response={201: ContactOut}, summary="Add a contact", openapi_extra=ACCOUNTANT
)
def create_client_contact(request: HttpRequest, client_id: Id, given: ContactIn) -> Status[ContactOut]:
    """Make a contact; the first one is the primary one."""
    return Status(201, _contact_out(_save_contact(request, client_id, given)))


@router.put(
    "/clients/{int:client_id}/contacts/{int:contact_id}",
    response=ContactOut,
    summary="Change a contact",
    openapi_extra=ACCOUNTANT,
)
def update_client_contact(request: HttpRequest, client_id: Id, contact_id: Id, given: ContactIn) -> ContactOut:
    """Write a contact anew."""
    return _contact_out(_save_contact(request, client_id, given, contact_id))


@router.delete(
    "/clients/{int:client_id}/contacts/{int:contact_id}",
    response={204: None},
    summary="Delete a contact",
    openapi_extra=ACCOUNTANT,
)
def delete_client_contact(request: HttpRequest, client_id: Id, contact_id: Id) -> Status[None]:
    """Delete a contact; another becomes the primary one when it was that."""
    client = clients.get_client(_company(request), client_id)
    contacts.delete_contact(actor_of(request), contacts.get_contact(client, contact_id))
    return Status(204, None)
