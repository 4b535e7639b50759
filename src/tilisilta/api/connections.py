"""Connections: the company's access to other systems. Keys go in and never come out again."""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import (
    ACCOUNTANT,
    ADMIN,
    ASKS_VENDOR,
    Evidence,
    Id,
    Input,
    Page,
    PageQuery,
    ProblemWords,
    page_out,
    words_of,
)
from tilisilta.kit.manifest import CredentialField, Manifest
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services import connection_lists, connections, listings
from tilisilta.services.connections import ConnectionCheck
from tilisilta.services.listings import MAX_LIMIT
from tilisilta.store.models import Connection, ConnectionState

router = Router(tags=["Connections"])
Values = Annotated[
    dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=20_000)]], Field(max_length=50)
]


class FieldOut(Schema):
    """A field of a connection, as `credentials` or `settings` names it."""

    name: str
    label: str
    help: str
    is_secret: bool
    is_required: bool


class ConnectorOut(Schema):
    """A system that Tilisilta can be connected to."""

    vendor: str
    name: str
    country: str
    abilities: list[str] = Field(description="source, target or both, and what else it can do")
    reads: list[str] = Field(description="Kinds of documents that can be read from it")
    writes: list[str] = Field(description="Kinds of documents that can be written to it")
    credentials: list[FieldOut]
    settings: list[FieldOut]


class ConnectionOut(Schema):
    """One access to one system. `hints` tells keys apart by their last letters."""

    id: int
    vendor: str
    name: str
    state: ConnectionState
    state_text: str
    settings: dict[str, Any]
    hints: dict[str, str] = Field(description="Masked ends of the stored credentials")
    environment: str = Field(description="Whose books answer at the other end")
    details: dict[str, Any]
    problem: ProblemWords | None = Field(description="What the last test found wrong")
    checked_at: dt.datetime | None
    activated_at: dt.datetime | None
    deactivated_at: dt.datetime | None
    created_at: dt.datetime


class ConnectionNew(Input):
    """A connection to be made. See /connectors for the names of the fields."""

    vendor: str = Field(max_length=30, examples=["scoro"])
    name: str = Field("", max_length=100)
    credentials: Values = Field({}, description="Keys by name; stored sealed, never given back")
    settings: Values = {}


class ConnectionChange(Input):
    """Fields to change; those that are left out stay. Credentials are merged with the stored ones."""

    name: str | None = Field(None, max_length=100)
    credentials: Values | None = None
    settings: Values | None = Field(None, description="All settings anew")


class CheckOut(Schema):
    """What a connection test found."""

    ok: bool
    environment: str
    missing_rights: list[str]
    problem: ProblemWords | None
    evidence: Evidence
    state: ConnectionState


class CatalogueEntryOut(Schema):
    """One entry of a system's list: an account, a VAT code, a warehouse."""

    key: str
    label: str
    rate: str | None = Field(description="Percent of a VAT code")
    for_sales: bool | None
    for_purchases: bool | None
    is_active: bool


class ConnectionQuery(PageQuery):
    """Filters of connections."""

    vendor: str = Field("", max_length=30)
    state: ConnectionState | None = None


def _field(field: CredentialField) -> FieldOut:
    return FieldOut(
        name=field.name,
        label=gettext(field.label) if field.label else "",
        help=gettext(field.help) if field.help else "",
        is_secret=field.is_secret,
        is_required=field.is_required,
    )


def _connector(manifest: Manifest) -> ConnectorOut:
    return ConnectorOut(
        vendor=manifest.vendor,
        name=manifest.name,
        country=manifest.country,
        abilities=[each.value for each in manifest.abilities],
        reads=[each.value for each in manifest.reads],
        writes=[each.value for each in manifest.writes],
        credentials=[_field(each) for each in manifest.credentials],
        settings=[_field(each) for each in manifest.settings],
    )


def _out(row: Connection) -> ConnectionOut:
    return ConnectionOut(
        id=row.pk,
        vendor=row.vendor,
        name=row.name,
        state=ConnectionState(row.state),
        state_text=str(ConnectionState(row.state).label),
        settings=dict(row.settings),
        hints={str(name): str(value) for name, value in row.hints.items()},
        environment=row.environment,
        details=dict(row.details),
        problem=words_of(row.problem_code, row.problem_params) if row.problem_code else None,
        checked_at=row.checked_at,
        activated_at=row.activated_at,
        deactivated_at=row.deactivated_at,
        created_at=row.created_at,
    )


def _check(row: Connection, check: ConnectionCheck) -> CheckOut:
    return CheckOut(
        ok=check.ok,
        environment=check.environment,
        missing_rights=list(check.missing_rights),
        problem=words_of(check.code, check.params) if check.code else None,
        evidence=dict(check.evidence),
        state=ConnectionState(row.state),
    )


def _entry(entry: CatalogueEntry) -> CatalogueEntryOut:
    return CatalogueEntryOut(
        key=entry.key,
        label=entry.label,
        rate=listings.percent(entry.rate),
        for_sales=entry.for_sales,
        for_purchases=entry.for_purchases,
        is_active=entry.is_active,
    )


def _page_of_entries(entries: list[CatalogueEntry], kind: CatalogueKind, query: PageQuery) -> dict[str, Any]:
    name = f"catalogue:{kind.value}"
    rows = listings.page_of(entries, name, lambda entry: entry.key, cursor=query.cursor, limit=query.limit)
    return page_out(rows, _entry)


@router.get("/connectors", response=list[ConnectorOut], summary="List the systems that can be connected")
def list_connectors(request: HttpRequest) -> list[ConnectorOut]:
    """Return each system with the fields that a connection to it takes."""
    del request
    return [_connector(manifest) for manifest in connections.all_manifests()]


@router.get("/connections", response=Page[ConnectionOut], summary="List connections")
def list_connections(request: HttpRequest, query: Query[ConnectionQuery]) -> dict[str, Any]:
    """Return the company's connections in the order in which they were made."""
    found = connection_lists.list_connections(actor_of(request).company)
    if query.vendor:
        found = found.filter(vendor=query.vendor)
    if query.state:
        found = found.filter(state=query.state)
    return page_out(listings.page(found, ["id"], cursor=query.cursor, limit=query.limit), _out)


@router.post("/connections", response={201: ConnectionOut}, summary="Make a connection", openapi_extra=ADMIN)
def create_connection(request: HttpRequest, new: ConnectionNew) -> Status[ConnectionOut]:
    """Store a connection. Nothing is asked of the other system yet: test it next."""
    made = connections.create_connection(
        actor_of(request), vendor=new.vendor, name=new.name, credentials=new.credentials, settings=new.settings
    )
    return Status(201, _out(made))


@router.get("/connections/{int:connection_id}", response=ConnectionOut, summary="Show a connection")
def get_connection(request: HttpRequest, connection_id: Id) -> ConnectionOut:
    """Return one connection."""
    return _out(connection_lists.get_connection(actor_of(request).company, connection_id))


@router.patch(
    "/connections/{int:connection_id}", response=ConnectionOut, summary="Change a connection", openapi_extra=ADMIN
)
def update_connection(request: HttpRequest, connection_id: Id, change: ConnectionChange) -> ConnectionOut:
    """Change a connection's name, settings or keys. After new keys it must be tested again."""
    actor = actor_of(request)
    row = connection_lists.get_connection(actor.company, connection_id)
    return _out(
        connections.update_connection(
            actor, row, credentials=change.credentials, settings=change.settings, name=change.name
        )
    )


@router.post(
    "/connections/{int:connection_id}/check",
    response=CheckOut,
    summary="Test a connection",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def check_connection(request: HttpRequest, connection_id: Id) -> CheckOut:
    """Ask the other system whether the connection works. A test that fails is an answer, not an error."""
    actor = actor_of(request)
    row = connection_lists.get_connection(actor.company, connection_id)
    return _check(row, connections.check_connection(actor, row))


@router.post(
    "/connections/{int:connection_id}/deactivate",
    response=ConnectionOut,
    summary="Put a connection aside",
    openapi_extra=ADMIN,
)
def deactivate_connection(request: HttpRequest, connection_id: Id) -> ConnectionOut:
    """Put a connection aside: nothing runs over it; its documents and id map stay."""
    actor = actor_of(request)
    row = connection_lists.get_connection(actor.company, connection_id)
    connections.deactivate(actor, row)
    return _out(row)


@router.post(
    "/connections/{int:connection_id}/reactivate",
    response=CheckOut,
    summary="Take a connection into use again",
    openapi_extra=ADMIN | ASKS_VENDOR,
)
def reactivate_connection(request: HttpRequest, connection_id: Id) -> CheckOut:
    """Take a connection into use again and test it."""
    actor = actor_of(request)
    row = connection_lists.get_connection(actor.company, connection_id)
    return _check(row, connections.reactivate(actor, row))


@router.get(
    "/connections/{int:connection_id}/catalogues/{kind}",
    response=Page[CatalogueEntryOut],
    summary="List a system's accounts, VAT codes and the like",
    openapi_extra=ASKS_VENDOR,
)
def list_catalogue(
    request: HttpRequest, connection_id: Id, kind: CatalogueKind, query: Query[PageQuery]
) -> dict[str, Any]:
    """Return one of the other system's lists as last read; it is read now if it never was."""
    row = connection_lists.get_connection(actor_of(request).company, connection_id)
    return _page_of_entries(connections.catalogue(row, kind), kind, query)


@router.post(
    "/connections/{int:connection_id}/catalogues/{kind}/refresh",
    response=Page[CatalogueEntryOut],
    summary="Read a system's list anew",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def refresh_catalogue(request: HttpRequest, connection_id: Id, kind: CatalogueKind) -> dict[str, Any]:
    """Read one of the other system's lists anew and return its first page."""
    actor = actor_of(request)
    row = connection_lists.get_connection(actor.company, connection_id)
    return _page_of_entries(
        connections.refresh_catalogue(actor, row, kind), kind, PageQuery(cursor="", limit=MAX_LIMIT)
    )
