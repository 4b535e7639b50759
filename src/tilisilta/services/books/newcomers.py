"""Rows of an import whose clients are certainly new: a thousand are stored with a few questions, not each alone.

Whatever might be a client that is there already goes the long way of `confirming`, which looks at each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from tilisilta.core.errors import TilisiltaError
from tilisilta.services import connections
from tilisilta.services.access import Actor
from tilisilta.services.books import keys
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_tables, clients
from tilisilta.store import vault
from tilisilta.store.models import (
    Client,
    ClientConnection,
    ClientImport,
    ClientImportRow,
    Company,
    ConnectionState,
    ImportOutcome,
)

_BATCH = 200


def import_new(
    actor: Actor, client_import: ClientImport, rows: Sequence[ClientImportRow], taken: set[int]
) -> list[ClientImportRow]:
    """Make the clients of rows that are certainly new, with their keys; return the rows that are left.

    Inside the caller's transaction. The ids of the clients are added to `taken`.

    Raises: Forbidden; ServiceError: PRACTICE_OFF.
    """
    new, columns = [], {}
    for row in _certainly_new(actor.company, rows):
        try:
            columns[row.pk] = key_columns(client_import, row)
        except TilisiltaError:
            continue  # its key cannot be opened any more; the long way says so
        new.append(row)
    contents = [client_tables.new_content(client_tables.row_of(row), row.register_mark) for row in new]
    try:
        with transaction.atomic():
            made = clients.create_many(actor, contents, client_import=client_import)
    except IntegrityError:  # somebody else makes clients at this moment: each is looked at
        return list(rows)
    done = {}
    for row, client in zip(new, made, strict=True):
        if isinstance(client, ServiceError):
            continue  # the long way says why
        row.client, row.outcome = client, ImportOutcome.CREATED
        done[row.pk] = row
        taken.add(client.pk)
    if client_import.integration is not None:
        keys.store_new(actor, client_import.integration, _new_keys(done.values(), columns))
    ClientImportRow.objects.bulk_update(done.values(), ["client", "outcome"], batch_size=_BATCH)
    return [row for row in rows if row.pk not in done]


def _certainly_new(company: Company, rows: Sequence[ClientImportRow]) -> list[ClientImportRow]:
    """Return the rows that share neither registry code, client code, name nor company with a client or another row."""
    own = Client.objects.filter(company=company)
    known: set[tuple[str, ...]] = set()
    for country, registry_code, code, name in own.values_list("country", "registry_code", "code", "name"):
        known |= {("code", country, registry_code), ("own", code), ("name", name.casefold())}
    connected = ClientConnection.objects.filter(company=company).exclude(remote_id="")
    known |= {("remote", each) for each in connected.values_list("remote_id", flat=True)}
    marks = {row.pk: _marks(row) for row in rows}
    seen = Counter(mark for each in marks.values() for mark in each)
    return [
        row
        for row in rows
        if "groups" not in row.details and all(mark not in known and seen[mark] == 1 for mark in marks[row.pk])
    ]


def _marks(row: ClientImportRow) -> set[tuple[str, ...]]:
    """Return by what a row might be known."""
    found: set[tuple[str, ...]] = {("name", row.name.casefold())}
    if row.registry_code:
        found.add(("code", str(row.details.get("country") or "EE"), row.registry_code))
    if code := str(row.details.get("code") or ""):
        found.add(("own", code))
    if row.remote_id:
        found.add(("remote", row.remote_id))
    return found


def _new_keys(rows: Iterable[ClientImportRow], columns: Mapping[int, dict[str, Any] | None]) -> list[keys.NewKey]:
    made = []
    for row in rows:
        found = columns[row.pk]
        if found is not None and row.client is not None:
            made.append(keys.NewKey(client=row.client, columns=found, key_name=row.key_name, remote_id=row.remote_id))
    return made


def key_columns(client_import: ClientImport, row: ClientImportRow) -> dict[str, Any] | None:
    """Return a row's key as a connection stores it, with what was found when it was tried; None for no usable key.

    Raises: Misconfigured: CREDENTIALS_UNREADABLE.
    """
    if not bytes(row.sealed_credentials) or client_import.integration is None or client_import.job is None:
        return None
    settings = dict(client_import.job.params["settings"])
    try:
        columns = connections.columns_of(
            client_import.integration.vendor,
            vault.unseal(bytes(row.sealed_credentials)),
            settings,
            is_tried=not row.problem_code,
        )
    except ServiceError:
        return None  # it was found unusable when it was tried, and the row says so
    return columns | {
        "state": ConnectionState.NEEDS_RECONNECT if row.problem_code else ConnectionState.ACTIVE,
        "problem_code": row.problem_code,
        "problem_params": row.problem_params,
        "checked_at": client_import.ready_at,
        "activated_at": None if row.problem_code else client_import.ready_at,
    }
