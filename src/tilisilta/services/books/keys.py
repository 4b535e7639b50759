"""Keys of single clients: saved, tested, deleted. Each is a sealed connection that stands with its client."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from tilisilta.services import audit, connections
from tilisilta.services.access import Actor, require
from tilisilta.services.books.integrations import get, name_of, require_active
from tilisilta.services.connections import ConnectionCheck
from tilisilta.store import vault
from tilisilta.store.models import (
    AuditEntry,
    Client,
    ClientConnection,
    Company,
    Connection,
    ConnectionState,
    PracticeIntegration,
    Role,
)

_NAME_LIMIT = 100
_BATCH = 200


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key of a client that has none; `columns` as of `store_checked`."""

    client: Client
    columns: Mapping[str, object]
    key_name: str = ""
    remote_id: str = ""


def link_of(client: Client) -> str:
    """Return the path of the page of a client's key."""
    return f"/c/{client.company_id}/clients/{client.pk}/key/"


def connections_of(
    company: Company, *, clients: Iterable[int] | None = None, integration: PracticeIntegration | None = None
) -> QuerySet[ClientConnection]:
    """Return the clients' keys by the clients' names: of all, of these clients, of this system."""
    found = ClientConnection.objects.filter(company=company)
    if clients is not None:
        found = found.filter(client__in=list(clients))
    if integration is not None:
        found = found.filter(integration=integration)
    return found.select_related("client", "connection", "integration").order_by("client__name", "client_id", "pk")


def of_client(client: Client) -> list[ClientConnection]:
    """Return a client's keys, those to active systems first."""
    found = connections_of(client.company, clients=[client.pk])
    return sorted(found, key=lambda each: (not each.integration.is_active, each.pk))


def get_key(company: Company, client_id: int, vendor: str) -> ClientConnection:
    """Return a client's key to a system; ClientConnection.DoesNotExist otherwise."""
    return connections_of(company, clients=[client_id]).get(integration__vendor=vendor)


def connect(
    actor: Actor,
    client: Client,
    integration: PracticeIntegration,
    credentials: Mapping[str, str],
    settings: Mapping[str, str] | None = None,
    *,
    key_name: str = "",
) -> ClientConnection:
    """Store a client's key, in place of one that is there; empty fields keep what is stored. Nothing is asked yet.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: BOOKS_OFF, PRACTICE_OFF; further as `connections.create_connection`.
    """
    _own(actor, client.company_id, Role.ADMIN)
    _own(actor, integration.company_id, Role.ADMIN)
    require_active(integration)
    with transaction.atomic():
        Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # two who connect at once come one by one
        kept = connections_of(actor.company, clients=[client.pk], integration=integration).first()
        if kept is not None:
            connections.update_connection(actor, kept.connection, credentials=credentials, settings=settings)
            if key_name:
                kept.key_name = key_name[:_NAME_LIMIT]
                kept.save(update_fields=["key_name"])
            return kept
        chosen = settings if settings is not None else {"country": integration.country}
        columns = connections.columns_of(integration.vendor, credentials, chosen)
        return _made(actor, client, integration, columns, key_name=key_name)


def store_checked(
    actor: Actor,
    client: Client,
    integration: PracticeIntegration,
    columns: Mapping[str, object],
    *,
    key_name: str = "",
    remote_id: str = "",
) -> ClientConnection:
    """Store a key that was tried already, in place of one that is there; inside the caller's transaction.

    A key that works is not given up for another that does not.

    `columns` are those of a connection: settings, sealed credentials, hints, state and what the test found.
    """
    kept = connections_of(actor.company, clients=[client.pk], integration=integration).first()
    if kept is None:
        return _made(actor, client, integration, columns, key_name=key_name, remote_id=remote_id)
    if _is_worse(kept.connection, columns):
        return kept
    Connection.objects.filter(pk=kept.connection_id).update(**columns)
    kept.key_name, kept.remote_id = key_name[:_NAME_LIMIT], remote_id or kept.remote_id
    kept.save(update_fields=["key_name", "remote_id"])
    audit.record(actor, "client_key.saved", client.name, link_of(client), vendor=integration.vendor)
    return kept


def _is_worse(connection: Connection, columns: Mapping[str, object]) -> bool:
    """Return whether the key that is there works and these are another one that does not."""
    if connection.state != ConnectionState.ACTIVE or columns["state"] == ConnectionState.ACTIVE:
        return False
    sealed = columns["sealed_credentials"]
    return isinstance(sealed, bytes) and vault.unseal(bytes(connection.sealed_credentials)) != vault.unseal(sealed)


def store_new(actor: Actor, integration: PracticeIntegration, new: Sequence[NewKey]) -> None:
    """Store keys of clients that have none, with few questions to the store; inside the caller's transaction."""
    rows = [_unsaved(actor, integration, each) for each in new]
    Connection.objects.bulk_create([row.connection for row in rows], batch_size=_BATCH)
    ClientConnection.objects.bulk_create(rows, batch_size=_BATCH)
    AuditEntry.objects.bulk_create([_saved_entry(actor, row) for row in rows], batch_size=_BATCH)


def _unsaved(actor: Actor, integration: PracticeIntegration, new: NewKey) -> ClientConnection:
    name = f"{name_of(integration)}: {new.client.name}"[:_NAME_LIMIT]
    return ClientConnection(
        company=actor.company,
        client=new.client,
        integration=integration,
        connection=Connection(company=actor.company, vendor=integration.vendor, name=name, **new.columns),
        key_name=new.key_name[:_NAME_LIMIT],
        remote_id=new.remote_id,
    )


def _saved_entry(actor: Actor, row: ClientConnection) -> AuditEntry:
    client = row.client
    return audit.entry_of(actor, "client_key.saved", client.name, link_of(client), vendor=row.integration.vendor)


def _made(
    actor: Actor,
    client: Client,
    integration: PracticeIntegration,
    columns: Mapping[str, object],
    *,
    key_name: str = "",
    remote_id: str = "",
) -> ClientConnection:
    new = NewKey(client=client, columns=columns, key_name=key_name, remote_id=remote_id)
    made = _unsaved(actor, integration, new)
    made.connection.save()
    made.save()
    _saved_entry(actor, made).save()
    return made


def check(actor: Actor, client_connection: ClientConnection) -> ConnectionCheck:
    """Ask the client's system whether the key works, and keep the answer with it.

    Raises:
        Forbidden: the actor is no accountant.
        ServiceError: BOOKS_OFF, PRACTICE_OFF.
    """
    _own(actor, client_connection.company_id, Role.ACCOUNTANT)
    require_active(client_connection.integration)
    return connections.check_connection(actor, client_connection.connection)


@transaction.atomic
def remove(actor: Actor, client_connection: ClientConnection) -> None:
    """Delete a client's connection; its keys are erased. What was counted over it, and the tasks, stay.

    Raises:
        Forbidden: the actor is no administrator.
    """
    _own(actor, client_connection.company_id, Role.ADMIN)
    client, vendor = client_connection.client, client_connection.integration.vendor
    # The key goes first and by itself: of a database's freed pages nobody can say when they are written over.
    Connection.objects.filter(pk=client_connection.connection_id).update(sealed_credentials=b"", hints={})
    client_connection.connection.delete()
    audit.record(actor, "client_key.removed", client.name, link_of(client), vendor=vendor)


def _own(actor: Actor, company_id: int, role: str) -> None:
    if company_id != actor.company.pk:
        raise ClientConnection.DoesNotExist
    require(actor, role)


def integration_for(actor: Actor, vendor: str) -> PracticeIntegration:
    """Return a company's active system. Raises: PracticeIntegration.DoesNotExist, ServiceError: BOOKS_OFF."""
    integration = get(actor.company, vendor)
    require_active(integration)
    return integration
