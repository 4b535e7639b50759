"""Clients as lists: narrowed, sorted, paged, taken out as a file."""

from typing import Any, Final

import msgspec
from django.db.models import Q, QuerySet

from tilisilta.services.connections import manifest
from tilisilta.services.errors import ServiceError
from tilisilta.services.listings import Listing, page
from tilisilta.services.practice import client_checks, client_columns, fields, values
from tilisilta.services.practice.client_bulk import BulkAction, add_bulk_action, bulk_actions
from tilisilta.services.practice.client_columns import ClientRow, Column
from tilisilta.services.tables import write_csv, write_xlsx
from tilisilta.store.models import (
    Client,
    ClientConnection,
    ClientImport,
    Company,
    CustomField,
    FieldSubject,
    FieldType,
    ImportState,
    PracticeIntegration,
)

__all__ = [
    "LAST_IMPORT",
    "BulkAction",
    "Filters",
    "add_bulk_action",
    "bulk_actions",
    "export",
    "last_import",
    "rows",
    "search",
    "unconnected",
]

LAST_IMPORT: Final = "last"  # of the filter "import": clients of the newest confirmed import
ACTIVE, INACTIVE, ALL = "active", "inactive", "all"
CONNECTED, NOT_CONNECTED = "connected", "none"
NO_MEMBER: Final = -1
PAGE_SIZE: Final = 50
_MAX_FILE_ROWS: Final = 100_000


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What the list is narrowed to.

    `status`: "active", "inactive" or "all". `member_id`: `NO_MEMBER` for clients without a main user. `integration`:
    empty, "connected", "none" (not connected), or the id of a `PracticeIntegration` as text. `field_id` with
    `field_value`: a custom field's value as a person types it. `imported`: `LAST_IMPORT` or empty. `sort`: a field of
    `client_columns.SORTS`, with a minus before it for the other direction.
    """

    text: str = ""
    status: str = ACTIVE
    group_id: int | None = None
    member_id: int | None = None
    integration: str = ""
    field_id: int | None = None
    field_value: str = ""
    imported: str = ""
    sort: str = "name"

    @property
    def is_narrowed(self) -> bool:
        """Return whether the list shows something else than all active clients."""
        return msgspec.structs.replace(self, sort="name") != Filters()


def last_import(company: Company) -> ClientImport | None:
    """Return the newest import that somebody confirmed."""
    found = ClientImport.objects.filter(company=company, state=ImportState.CONFIRMED)
    return found.order_by("-confirmed_at", "-pk").first()


def rows(company: Company, filters: Filters | None = None) -> QuerySet[Client]:
    """Return a company's clients as the filters say, not sorted; a filter that names what is gone finds nobody."""
    filters = filters or Filters()
    found = Client.objects.filter(company=company).select_related("default_member", "company")
    if filters.status in {ACTIVE, INACTIVE}:
        found = found.filter(is_active=filters.status == ACTIVE)
    if text := filters.text.strip():
        found = found.filter(_words(text))
    if filters.group_id is not None:
        found = found.filter(groups__company=company, groups=filters.group_id)
    if filters.member_id is not None:
        wanted = None if filters.member_id == NO_MEMBER else filters.member_id
        found = found.filter(default_member__isnull=True) if wanted is None else found.filter(default_member=wanted)
    if filters.integration:
        found = _by_integration(company, found, filters.integration)
    if filters.imported == LAST_IMPORT:
        newest = last_import(company)
        found = found.filter(last_import=newest) if newest else found.none()
    if filters.field_id is not None:
        found = _by_field(company, found, filters.field_id, filters.field_value)
    return found


def _words(text: str) -> Q:
    return (
        client_checks.contains("name", text)
        | Q(registry_code__startswith=text)
        | Q(vat_number__istartswith=text.replace(" ", ""))
        | Q(code__istartswith=text)
        | Q(initials__iexact=text)
        | Q(email__icontains=text)
    )


def _by_integration(company: Company, found: QuerySet[Client], wanted: str) -> QuerySet[Client]:
    connected = ClientConnection.objects.filter(company=company, integration__is_active=True)
    if wanted == CONNECTED:
        return found.filter(pk__in=connected.values("client"))
    if wanted == NOT_CONNECTED:
        return found.exclude(pk__in=connected.values("client"))
    if wanted.isdecimal() and len(wanted) < 19:  # noqa: PLR2004  fits the database's integers
        return found.filter(pk__in=connected.filter(integration=int(wanted)).values("client"))
    return found.none()


def _by_field(company: Company, found: QuerySet[Client], field_id: int, value: str) -> QuerySet[Client]:
    mine = CustomField.objects.filter(company=company, subject=FieldSubject.CLIENT, deleted_at=None)
    field = mine.filter(pk=field_id).first()
    if field is None:
        return found.none()
    return by_value(found, field, value)


def by_value(found: QuerySet[Any], field: CustomField, value: str) -> QuerySet[Any]:
    """Return the rows (clients, tasks, products) whose custom field has a value; an empty one: those without any.

    Text is found by a part of it, several choices by one of them, the rest whole; what is no value of the field's type
    finds nothing.
    """
    found = found.annotate(_value=values.ValueText(field))
    value = value.strip()
    if not value:
        return found.filter(Q(_value=None) | Q(_value=""))
    if field.type == FieldType.TEXT:
        return found.filter(client_checks.contains("_value", value))
    try:
        return _with_stored(found, values.clean_one(field, value))
    except ServiceError:
        return found.none()


def _with_stored(found: QuerySet[Any], stored: values.Stored) -> QuerySet[Any]:
    if isinstance(stored, bool):
        ticked = Q(_value__in=("1", "true"))
        return found.filter(ticked if stored else (~ticked | Q(_value=None)))
    if isinstance(stored, list):
        # SQLite keeps the letters of a list as JSON escapes them, PostgreSQL as they are.
        for choice in stored:
            escaped = "".join(each if each.isascii() else _escape(each) for each in choice)
            found = found.filter(Q(_value__contains=f'"{choice}"') | Q(_value__contains=f'"{escaped}"'))
        return found
    return found.filter(_value=stored)


def _escape(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


def order_of(filters: Filters) -> tuple[str, ...]:
    """Return the fields that a list is sorted by; the last one is unique."""
    sort = filters.sort if filters.sort.lstrip("-") in client_columns.SORTS else "name"
    if sort.lstrip("-") == "name":
        return (sort, "id")
    return (sort, "name", "id")


def search(
    company: Company, filters: Filters, *, cursor: str = "", limit: int = PAGE_SIZE
) -> tuple[list[ClientRow], str]:
    """Return a page of clients with what their columns need, and the cursor of the next page.

    Raises: ServiceError: CURSOR_INVALID.
    """
    shown: Listing[Client] = page(rows(company, filters), order_of(filters), cursor=cursor, limit=limit)
    return client_columns.with_marks(company, shown.rows), shown.next_cursor


def export(company: Company, filters: Filters, columns: list[Column], file_format: str) -> tuple[str, bytes]:
    """Return the name and bytes of the list as a file, all its pages; `file_format` is "csv" or "xlsx"."""
    found = list(rows(company, filters).order_by(*order_of(filters))[:_MAX_FILE_ROWS])
    marked = client_columns.with_marks(company, found)
    headers = [each.label for each in columns]
    cells = [[client_columns.cell_of(column, row) for column in columns] for row in marked]
    if file_format == "xlsx":
        return "clients.xlsx", write_xlsx(headers, cells, title="Clients")
    return "clients.csv", write_csv(headers, cells)


# --- what waits for a connection (U82) -------------------------------------------------------------------------


def active_integrations(company: Company) -> list[PracticeIntegration]:
    """Return the bookkeeping systems that are switched on for the company's clients."""
    return list(PracticeIntegration.objects.filter(company=company, is_active=True).order_by("vendor"))


def integration_names(company: Company) -> list[tuple[str, str]]:
    """Return the active integrations as choices: their ids as text, and the partners' names."""
    return [(str(each.pk), manifest(each.vendor).name) for each in active_integrations(company)]


def unconnected(company: Company) -> QuerySet[Client]:
    """Return the active clients without a connection; nobody while no integration is active."""
    if not client_columns.has_active_integration(company):
        return Client.objects.none()
    return rows(company, Filters(integration=NOT_CONNECTED))


def listed_fields(company: Company) -> list[CustomField]:
    """Return the custom fields that the list offers as columns and filters."""
    return [each for each in fields.live_fields(company, FieldSubject.CLIENT) if each.is_listed]
