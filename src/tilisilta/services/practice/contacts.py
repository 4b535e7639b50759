"""The people to whom a bureau writes at its clients; one of them is the first to be written to."""

import datetime as dt

import msgspec
from django.db import transaction

from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import texts as _texts  # noqa: F401  its words are known once it is imported
from tilisilta.services.practice.settings import require_on, today_of
from tilisilta.store.models import Client, ClientContact, Role


class ContactContent(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as a person writes it."""

    name: str
    surname: str = ""
    email: str = ""
    mobile_phone: str = ""
    work_phone: str = ""
    job_title: str = ""
    birthday: dt.date | None = None
    is_primary: bool = False
    external_id: str = ""


def contacts_of(client: Client) -> list[ClientContact]:
    """Return a client's contacts, the primary one first, then by name."""
    return list(client.contacts.order_by("-is_primary", "name", "surname", "pk"))


def primary_of(client: Client) -> ClientContact | None:
    """Return the contact to write to first; None when the client has none."""
    return client.contacts.filter(is_primary=True).first()


def get_contact(client: Client, pk: int) -> ClientContact:
    """Return a contact of a client; ClientContact.DoesNotExist otherwise."""
    return ClientContact.objects.get(client=client, pk=pk)


@transaction.atomic
def save_contact(
    actor: Actor, client: Client, content: ContactContent, *, contact: ClientContact | None = None
) -> ClientContact:
    """Make or change a contact. Exactly one is the primary one: the first, until another is chosen.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, CONTACT_NAME_MISSING, CONTACT_BIRTHDAY_LATER.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    Client.objects.select_for_update().get(company=actor.company, pk=client.pk)  # one at a time: one is primary
    name = content.name.strip()
    if not name:
        raise ServiceError("CONTACT_NAME_MISSING")
    if content.birthday is not None and content.birthday > today_of(actor.company):
        raise ServiceError("CONTACT_BIRTHDAY_LATER")
    contact = contact or ClientContact(client=client)
    for field, value in msgspec.structs.asdict(content).items():
        setattr(contact, field, value.strip() if isinstance(value, str) else value)
    others = ClientContact.objects.filter(client=client).exclude(pk=contact.pk)
    if contact.is_primary:
        others.filter(is_primary=True).update(is_primary=False)
    elif not others.filter(is_primary=True).exists():
        contact.is_primary = True
    contact.save()
    audit.record(actor, "client.contact_saved", f"{client.name}: {contact}", _link(client))
    return contact


@transaction.atomic
def delete_contact(actor: Actor, contact: ClientContact) -> None:
    """Delete a contact; the next one by name becomes the primary one when it was that.

    Raises: Forbidden, ServiceError: PRACTICE_OFF.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    client = Client.objects.select_for_update().get(company=actor.company, pk=contact.client_id)
    audit.record(actor, "client.contact_deleted", f"{client.name}: {contact}", _link(client))
    was_primary = contact.is_primary
    contact.delete()
    following = contacts_of(client)
    if was_primary and following:
        following[0].is_primary = True
        following[0].save(update_fields=["is_primary"])


def _link(client: Client) -> str:
    return f"/c/{client.company_id}/clients/{client.pk}/?tab=contacts"
