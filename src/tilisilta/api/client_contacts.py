"""The people to whom a bureau writes at its clients."""

import datetime as dt
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from tilisilta.api.bureau import bureau_of
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, Id, Input
from tilisilta.services.practice import clients, contacts
from tilisilta.store.models import ClientContact

router = Router(tags=["Clients"])


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
    client = clients.get_client(bureau_of(request), client_id)
    row = contacts.get_contact(client, contact_id) if contact_id else None
    content = contacts.ContactContent(**given.dict())
    return contacts.save_contact(actor_of(request), client, content, contact=row)


@router.get("/clients/{int:client_id}/contacts", response=list[ContactOut], summary="List a client's contacts")
def list_client_contacts(request: HttpRequest, client_id: Id) -> list[ContactOut]:
    """Return a client's contacts, the primary one first."""
    client = clients.get_client(bureau_of(request), client_id)
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
    client = clients.get_client(bureau_of(request), client_id)
    contacts.delete_contact(actor_of(request), contacts.get_contact(client, contact_id))
    return Status(204, None)
