"""The columns of the client list: which there are, which a person chose, what stands in each."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.services.connections import manifest
from tilisilta.services.practice import values
from tilisilta.services.practice.client_checks import LABELS
from tilisilta.services.practice.fields import live_fields
from tilisilta.services.tables import Cell
from tilisilta.store.models import (
    Client,
    ClientConnection,
    ClientContact,
    Company,
    CustomField,
    FieldSubject,
    ListChoice,
    PracticeIntegration,
)

LIST_NAME: Final = "clients"
INTEGRATION: Final = "integration"
NAME: Final = "name"
FIELD_PREFIX: Final = "field."


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the list. `sort` is the client's own field by which the list can be sorted; empty for none."""

    code: str
    label: str
    sort: str = ""
    field: CustomField | None = None

    @property
    def is_number(self) -> bool:
        return self.field is not None and self.field.type in values.NUMERIC


class ConnectionMark(msgspec.Struct, frozen=True):
    """One bookkeeping system that a client's key is kept for: the partner's name in the Integration column."""

    connection_id: int
    partner: str
    state: str


class ClientRow(msgspec.Struct, frozen=True, kw_only=True):
    """A client with what its columns show beside its own fields."""

    client: Client
    groups: tuple[str, ...] = ()
    contact: ClientContact | None = None
    connections: tuple[ConnectionMark, ...] = ()


def _status(client: Client) -> str:
    return pgettext("client", "Active") if client.is_active else pgettext("client", "Inactive")


# Every column but those of custom fields: its words, the field it is sorted by, and its text.
_PLAIN: Final[dict[str, tuple[Promise, str, Callable[[ClientRow], str]]]] = {
    NAME: (LABELS["name"], "name", lambda row: row.client.name),
    "status": (LABELS["status"], "", lambda row: _status(row.client)),
    "kind": (LABELS["kind"], "kind", lambda row: str(row.client.get_kind_display())),
    "initials": (LABELS["initials"], "initials", lambda row: row.client.initials),
    "code": (LABELS["code"], "code", lambda row: row.client.code),
    "registry_code": (LABELS["registry_code"], "registry_code", lambda row: row.client.registry_code),
    "vat_number": (LABELS["vat_number"], "vat_number", lambda row: row.client.vat_number),
    "street": (LABELS["street"], "", lambda row: row.client.street),
    "city": (LABELS["city"], "city", lambda row: row.client.city),
    "postal_code": (LABELS["postal_code"], "postal_code", lambda row: row.client.postal_code),
    "country": (LABELS["country"], "country", lambda row: row.client.country),
    "language": (LABELS["language"], "language", lambda row: row.client.language),
    "email": (LABELS["email"], "email", lambda row: row.client.email),
    "phone": (LABELS["phone"], "", lambda row: row.client.phone),
    "groups": (LABELS["groups"], "", lambda row: ", ".join(row.groups)),
    "default_member": (LABELS["default_member"], "", lambda row: str(row.client.default_member or "")),
    "contact": (_("Primary contact"), "", lambda row: str(row.contact or "")),
    "contact_email": (_("Primary contact's e-mail"), "", lambda row: row.contact.email if row.contact else ""),
    INTEGRATION: (
        pgettext_lazy("column of the client list", "Integration"),
        "",
        lambda row: ", ".join(each.partner for each in row.connections),
    ),
    "needs_time": (LABELS["needs_time"], "", lambda row: gettext("Yes") if row.client.needs_time else ""),
    "needs_topic": (LABELS["needs_topic"], "", lambda row: gettext("Yes") if row.client.needs_topic else ""),
    "notes": (LABELS["notes"], "", lambda row: row.client.notes),
    "billing_email": (LABELS["billing_email"], "", lambda row: row.client.billing_email),
    "created_at": (_("Added"), "created_at", lambda row: _added_on(row.client).isoformat()),
}
DEFAULT: Final = (NAME, "registry_code", "vat_number", "groups", "default_member")
SORTS: Final = tuple(sort for _label, sort, _text in _PLAIN.values() if sort)


def _added_on(client: Client) -> dt.date:
    return client.created_at.astimezone(ZoneInfo(client.company.time_zone)).date()


def all_columns(company: Company) -> list[Column]:
    """Return every column that the list may have: the client's own, then the listed custom fields."""
    plain = [Column(code=code, label=str(words), sort=sort) for code, (words, sort, _text) in _PLAIN.items()]
    fields = [each for each in live_fields(company, FieldSubject.CLIENT) if each.is_listed]
    return plain + [Column(code=f"{FIELD_PREFIX}{each.pk}", label=each.title, field=each) for each in fields]


def has_active_integration(company: Company) -> bool:
    """Return whether clients of the company can be connected to a bookkeeping system."""
    return PracticeIntegration.objects.filter(company=company, is_active=True).exists()


def chosen_columns(actor: Actor) -> list[Column]:
    """Return the columns that a person's list has, in their order; fields deleted since are left out.

    Who has not chosen gets the usual ones, with the Integration column once clients can be connected.
    """
    known = {each.code: each for each in all_columns(actor.company)}
    stored = ListChoice.objects.filter(company=actor.company, user=actor.user, name=LIST_NAME).first()
    codes: Sequence[str] = stored.columns if stored and stored.columns else DEFAULT
    if not (stored and stored.columns) and has_active_integration(actor.company):
        codes = [*codes, INTEGRATION]
    found = [known[code] for code in codes if code in known]
    return found if any(each.code == NAME for each in found) else [known[NAME], *found]


def choose_columns(actor: Actor, codes: Iterable[str]) -> list[Column]:
    """Keep which columns a person's list has, in this order; unknown codes are left out, the name always stands.

    With no codes the usual columns are back.
    """
    known = {each.code for each in all_columns(actor.company)}
    wanted = [code for code in dict.fromkeys(codes) if code in known]
    if wanted and NAME not in wanted:
        wanted.insert(0, NAME)
    if actor.user is not None:
        ListChoice.objects.update_or_create(
            company=actor.company, user=actor.user, name=LIST_NAME, defaults={"columns": wanted}
        )
    return chosen_columns(actor)


def text_of(column: Column, row: ClientRow) -> str:
    """Return what a column shows of a client, in the active language."""
    if column.field is not None:
        return values.shown(column.field, row.client.values.get(str(column.field.pk)))
    return _PLAIN[column.code][2](row)


def cell_of(column: Column, row: ClientRow) -> Cell:
    """Return what a column holds of a client in a file; numbers as numbers."""
    if column.field is not None:
        return values.cell(column.field, row.client.values.get(str(column.field.pk)))
    return _PLAIN[column.code][2](row)


def with_marks(company: Company, clients: Sequence[Client]) -> list[ClientRow]:
    """Return clients with their groups, primary contacts and connections, in a few queries for all of them.

    Connections of integrations that were deactivated are left out.
    """
    pks = [each.pk for each in clients]
    groups: dict[int, list[str]] = {}
    through = Client.groups.through.objects.filter(client_id__in=pks).order_by("clientgroup__name")
    for client_id, name in through.values_list("client_id", "clientgroup__name"):
        groups.setdefault(client_id, []).append(name)
    contacts = {each.client_id: each for each in ClientContact.objects.filter(client_id__in=pks, is_primary=True)}
    marks: dict[int, list[ConnectionMark]] = {}
    connected = ClientConnection.objects.filter(company=company, client_id__in=pks, integration__is_active=True)
    for each in connected.select_related("integration", "connection").order_by("pk"):
        mark = ConnectionMark(each.pk, manifest(each.integration.vendor).name, each.connection.state)
        marks.setdefault(each.client_id, []).append(mark)
    return [
        ClientRow(
            client=client,
            groups=tuple(groups.get(client.pk, ())),
            contact=contacts.get(client.pk),
            connections=tuple(marks.get(client.pk, ())),
        )
        for client in clients
    ]
