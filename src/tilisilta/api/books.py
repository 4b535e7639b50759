"""Bookkeeping systems of a bureau's clients, the clients' keys, and imports of clients with their keys.

Signing in at a bookkeeping system is for people and their pages: no password comes through here.
"""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from tilisilta.api.connections import CheckOut, Values
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import (
    ACCOUNTANT,
    ADMIN,
    ASKS_VENDOR,
    Id,
    Input,
    Page,
    PageQuery,
    ProblemWords,
    page_out,
    words_of,
)
from tilisilta.services import listings
from tilisilta.services.access import require
from tilisilta.services.books import confirming, imports, integrations, keys
from tilisilta.services.practice import client_tables, clients
from tilisilta.services.problem_catalogue import CATALOGUE
from tilisilta.store.models import (
    ClientConnection,
    ClientImport,
    ClientImportRow,
    ConnectionState,
    ImportOutcome,
    ImportState,
    ImportWay,
    KeyMode,
    RegisterMark,
    Role,
)

router = Router(tags=["Clients' bookkeeping"])
Vendor = Annotated[str, Field(max_length=30, examples=["merit"])]


class SystemOut(Schema):
    """A bookkeeping system that clients' books may be kept in."""

    vendor: str
    name: str
    is_active: bool
    country: str = Field(description="Whose branch was used last; empty for none")
    activated_at: dt.datetime | None
    deactivated_at: dt.datetime | None
    connected_clients: int


class ClientKeyOut(Schema):
    """A client's key to its books. The key itself is never given out."""

    id: int
    client_id: int
    client: str
    vendor: str
    key_name: str
    hints: dict[str, str] = Field(description="Masked ends of the stored credentials")
    settings: dict[str, Any]
    state: ConnectionState
    problem: ProblemWords | None = Field(description="What the last test found wrong")
    checked_at: dt.datetime | None


class ClientKeyIn(Input):
    """A client's key. Credentials that are left out stay as they are stored; see /connectors for the fields."""

    credentials: Values = Field({}, description="Keys by name; stored sealed, never given back")
    settings: Values | None = Field(None, description="All settings anew, such as country")


class UnconnectedOut(Schema):
    """A client whose books nothing is read from."""

    id: int
    name: str
    registry_code: str


class ClientImportOut(Schema):
    """An import of clients: staged by a job, confirmed by a person or a program."""

    id: int
    vendor: str = Field(description="Empty for a table of clients")
    way: ImportWay
    key_mode: KeyMode | None
    country: str
    state: ImportState
    state_text: str
    done: int = Field(description="Steps of the job that are done")
    total: int
    problem: ProblemWords | None
    requested_at: dt.datetime
    ready_at: dt.datetime | None
    confirmed_at: dt.datetime | None


class ImportRowOut(Schema):
    """One company of an import. With an `error` it cannot be imported; a `problem` alone only warns."""

    id: int
    position: int
    name: str
    registry_code: str
    vat_number: str
    register_mark: RegisterMark = Field(description="What the business register says of the registry code")
    register_name: str
    hint: str = Field(description="Masked end of its key; empty for none")
    key_name: str
    key_is_new: bool
    is_wanted: bool
    error: ProblemWords | None
    problem: ProblemWords | None
    outcome: ImportOutcome
    client_id: int | None


class KeyListForm(Schema):
    """Which system's keys they are, and what they work with."""

    vendor: Vendor
    country: str = Field("", max_length=6, description="Whose branch of the system; empty for the one used last")
    base_url: str = Field("", max_length=500, description="Empty for the system's own address")


class ImportConfirm(Input):
    """What is to be imported."""

    row_ids: Annotated[list[Id], Field(max_length=10_000)] | None = Field(
        None, description="The rows that are wanted; null leaves the ticks as they are"
    )


def _system(card: integrations.Card) -> SystemOut:
    own = card.integration
    return SystemOut(
        vendor=card.manifest.vendor,
        name=card.manifest.name,
        is_active=card.is_active,
        country=own.country if own else "",
        activated_at=own.activated_at if own else None,
        deactivated_at=own.deactivated_at if own else None,
        connected_clients=card.connected,
    )


def _key(row: ClientConnection) -> ClientKeyOut:
    connection = row.connection
    return ClientKeyOut(
        id=row.pk,
        client_id=row.client_id,
        client=row.client.name,
        vendor=row.integration.vendor,
        key_name=row.key_name,
        hints={str(name): str(value) for name, value in connection.hints.items()},
        settings=dict(connection.settings),
        state=ConnectionState(connection.state),
        problem=words_of(connection.problem_code, connection.problem_params) if connection.problem_code else None,
        checked_at=connection.checked_at,
    )


def _import(row: ClientImport) -> ClientImportOut:
    far = imports.progress(row)
    return ClientImportOut(
        id=row.pk,
        vendor=row.integration.vendor if row.integration else "",
        way=ImportWay(row.way),
        key_mode=KeyMode(row.key_mode) if row.key_mode else None,
        country=row.country,
        state=ImportState(row.state),
        state_text=str(ImportState(row.state).label),
        done=far.done,
        total=far.total,
        problem=words_of(row.problem_code, row.problem_params) if row.problem_code else None,
        requested_at=row.requested_at,
        ready_at=row.ready_at,
        confirmed_at=row.confirmed_at,
    )


def _row(row: ClientImportRow) -> ImportRowOut:
    return ImportRowOut(
        id=row.pk,
        position=row.position,
        name=row.name,
        registry_code=row.registry_code,
        vat_number=row.vat_number,
        register_mark=RegisterMark(row.register_mark),
        register_name=row.register_name,
        hint=row.hint,
        key_name=row.key_name,
        key_is_new=row.key_is_new,
        is_wanted=row.is_wanted,
        error=_error(row) if row.error_code else None,
        problem=words_of(row.problem_code, row.problem_params) if row.problem_code else None,
        outcome=ImportOutcome(row.outcome),
        client_id=row.client_id,
    )


def _error(row: ClientImportRow) -> ProblemWords:
    if row.error_code in CATALOGUE:
        return words_of(row.error_code, row.error_params)
    told = client_tables.error_text(row.error_code, row.error_params)  # a row of a table of clients
    return ProblemWords(code=row.error_code, title=told, cause=told, remedy="", params=dict(row.error_params))


# --- systems -------------------------------------------------------------------------------------------------


@router.get("/books", response=list[SystemOut], summary="List the systems that clients' books may be kept in")
def list_systems(request: HttpRequest) -> list[SystemOut]:
    """Return each system with how it stands in the company."""
    return [_system(each) for each in integrations.cards(actor_of(request).company)]


@router.post("/books/{vendor}/activate", response=SystemOut, summary="Switch a system on", openapi_extra=ADMIN)
def activate_system(request: HttpRequest, vendor: Vendor) -> SystemOut:
    """Switch a system on; what it had before is there again. Nothing is asked of it yet."""
    actor = actor_of(request)
    integrations.activate(actor, vendor)
    return _system(integrations.card_of(actor.company, vendor))


@router.post("/books/{vendor}/deactivate", response=SystemOut, summary="Switch a system off", openapi_extra=ADMIN)
def deactivate_system(request: HttpRequest, vendor: Vendor) -> SystemOut:
    """Switch a system off: nothing runs over it any more; clients, keys, counts and tasks stay."""
    actor = actor_of(request)
    integrations.deactivate(actor, integrations.get(actor.company, vendor))
    return _system(integrations.card_of(actor.company, vendor))


# --- keys of clients -----------------------------------------------------------------------------------------


@router.get("/client-keys", response=Page[ClientKeyOut], summary="List clients' keys")
def list_client_keys(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Return the clients' keys in the order in which they were first stored."""
    found = keys.connections_of(actor_of(request).company)
    return page_out(listings.page(found, ["id"], cursor=query.cursor, limit=query.limit), _key)


@router.get(
    "/client-keys/unconnected", response=list[UnconnectedOut], summary="List active clients without a connection"
)
def list_unconnected_clients(request: HttpRequest) -> list[UnconnectedOut]:
    """Return the active clients that have no key to a system that is switched on, by name."""
    found = integrations.unconnected_clients(actor_of(request).company)
    return [UnconnectedOut(id=each.pk, name=each.name, registry_code=each.registry_code) for each in found]


@router.put(
    "/clients/{int:client_id}/keys/{vendor}", response=ClientKeyOut, summary="Save a client's key", openapi_extra=ADMIN
)
def save_client_key(request: HttpRequest, client_id: Id, vendor: Vendor, key: ClientKeyIn) -> ClientKeyOut:
    """Store a client's key, in place of one that is there. Nothing is asked of the system yet: test it next."""
    actor = actor_of(request)
    client = clients.get_client(actor.company, client_id)
    integration = integrations.get(actor.company, vendor)
    keys.connect(actor, client, integration, key.credentials, key.settings)
    return _key(keys.get_key(actor.company, client_id, vendor))


@router.post(
    "/clients/{int:client_id}/keys/{vendor}/check",
    response=CheckOut,
    summary="Test a client's key",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def check_client_key(request: HttpRequest, client_id: Id, vendor: Vendor) -> CheckOut:
    """Ask the client's system whether the key works. A test that fails is an answer, not an error."""
    actor = actor_of(request)
    own = keys.get_key(actor.company, client_id, vendor)
    check = keys.check(actor, own)
    return CheckOut(
        ok=check.ok,
        environment=check.environment,
        missing_rights=list(check.missing_rights),
        problem=words_of(check.code, check.params) if check.code else None,
        evidence=dict(check.evidence),
        state=ConnectionState(own.connection.state),
    )


@router.delete(
    "/clients/{int:client_id}/keys/{vendor}",
    response={204: None},
    summary="Delete a client's connection",
    openapi_extra=ADMIN,
)
def delete_client_key(request: HttpRequest, client_id: Id, vendor: Vendor) -> Status[None]:
    """Delete a client's connection and erase its key; tasks and counts stay."""
    actor = actor_of(request)
    keys.remove(actor, keys.get_key(actor.company, client_id, vendor))
    return Status(204, None)


# --- imports -------------------------------------------------------------------------------------------------


@router.get("/client-imports", response=Page[ClientImportOut], summary="List imports of clients")
def list_client_imports(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Return the imports of clients, newest first."""
    found = imports.imports_of(actor_of(request).company)
    return page_out(listings.page(found, ["-id"], cursor=query.cursor, limit=query.limit), _import)


@router.post(
    "/client-imports/keys",
    response={202: ClientImportOut},
    summary="Import clients with a list of keys",
    openapi_extra=ADMIN,
)
def import_client_keys(
    request: HttpRequest, form: Form[KeyListForm], file: File[UploadedFile]
) -> Status[ClientImportOut]:
    """Take a CSV or XLSX list: registry code, name, and the parts of the key. Rows that cannot be used say why.

    Every key is tried by a job; nothing is imported before the import is confirmed.
    """
    actor = actor_of(request)
    made = imports.start_keys(
        actor,
        vendor=form.vendor,
        name=file.name or "keys.csv",
        content=file.read(),
        settings={"country": form.country, "base_url": form.base_url},
    )
    return Status(202, _import(imports.get_import(actor.company, made.pk)))


@router.post(
    "/client-imports/table",
    response={202: ClientImportOut},
    summary="Import a table of clients",
    openapi_extra=ACCOUNTANT,
)
def import_client_table(request: HttpRequest, file: File[UploadedFile]) -> Status[ClientImportOut]:
    """Take a CSV or XLSX table of clients, without keys. Nothing is imported before the import is confirmed."""
    actor = actor_of(request)
    made = imports.start_table(actor, name=file.name or "clients.csv", content=file.read())
    return Status(202, _import(imports.get_import(actor.company, made.pk)))


@router.get("/client-imports/{int:client_import_id}", response=ClientImportOut, summary="Show an import of clients")
def get_client_import(request: HttpRequest, client_import_id: Id) -> ClientImportOut:
    """Return one import with how far it has come."""
    return _import(imports.get_import(actor_of(request).company, client_import_id))


@router.get(
    "/client-imports/{int:client_import_id}/rows",
    response=Page[ImportRowOut],
    summary="List the rows of an import of clients",
    openapi_extra=ACCOUNTANT,
)
def list_client_import_rows(request: HttpRequest, client_import_id: Id, query: Query[PageQuery]) -> dict[str, Any]:
    """Return the companies of an import in their order."""
    actor = actor_of(request)
    require(actor, Role.ACCOUNTANT)
    found = imports.get_import(actor.company, client_import_id).rows.all()
    return page_out(listings.page(found, ["position"], cursor=query.cursor, limit=query.limit), _row)


@router.post(
    "/client-imports/{int:client_import_id}/confirm",
    response=ClientImportOut,
    summary="Confirm an import of clients",
    openapi_extra=ACCOUNTANT,
)
def confirm_client_import(request: HttpRequest, client_import_id: Id, choice: ImportConfirm) -> ClientImportOut:
    """Import the wanted rows. Known clients are updated, not doubled. Imports with keys need an administrator."""
    actor = actor_of(request)
    row = imports.get_import(actor.company, client_import_id)
    return _import(confirming.confirm(actor, row, choice.row_ids))


@router.post(
    "/client-imports/{int:client_import_id}/cancel",
    response=ClientImportOut,
    summary="Cancel an import of clients",
    openapi_extra=ACCOUNTANT,
)
def cancel_client_import(request: HttpRequest, client_import_id: Id) -> ClientImportOut:
    """Stop an import that nobody has confirmed; its keys are erased. Imports with keys need an administrator."""
    actor = actor_of(request)
    row = imports.get_import(actor.company, client_import_id)
    imports.cancel(actor, row)
    return _import(row)
