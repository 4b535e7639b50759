"""The confirm step of an import: rows looked through, ticked, and made clients with their keys, all at once."""

from collections.abc import Collection

import msgspec
from django.db import transaction
from django.utils import timezone

from tilisilta.core.errors import TilisiltaError
from tilisilta.services import audit
from tilisilta.services.access import Actor
from tilisilta.services.books import imports, keys, newcomers
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_tables, clients
from tilisilta.services.problem_catalogue import describe
from tilisilta.store.models import (
    Client,
    ClientConnection,
    ClientImport,
    ClientImportRow,
    ImportOutcome,
    ImportState,
    ImportWay,
    RegisterMark,
)


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """One row as the confirm list shows it, in the active language. `existing` is the client that it would update."""

    row: ClientImportRow
    existing: Client | None
    error: str = ""
    problem: str = ""
    remedy: str = ""

    @property
    def is_not_found(self) -> bool:
        """Return whether the business register has no such company: the red cross (U28)."""
        return self.row.register_mark == RegisterMark.NOT_FOUND

    @property
    def leaves_key(self) -> bool:
        """Return whether a key was made for it at the vendor's, or perhaps was, that no client has here."""
        return self.row.key_is_new and self.row.outcome not in {ImportOutcome.CREATED, ImportOutcome.UPDATED}

    @property
    def has_key(self) -> bool:
        """Return whether the client will have a key."""
        return bool(self.row.hint)


def row_views(client_import: ClientImport) -> list[RowView]:
    """Return the rows of an import in their order, each with what there is to say of it."""
    existing = _existing(client_import)
    return [_view(client_import, row, existing) for row in imports.rows_of(client_import)]


def _existing(client_import: ClientImport) -> dict[tuple[str, str], Client]:
    """Return the company's clients by country and code, and by name those without a code."""
    found = {}
    for client in Client.objects.filter(company=client_import.company_id).order_by("-pk"):
        found["", client.name.casefold()] = client
        if client.registry_code:
            found[client.country, client.registry_code] = client
    return found


def _view(client_import: ClientImport, row: ClientImportRow, existing: dict[tuple[str, str], Client]) -> RowView:
    same = existing.get((str(row.details.get("country", "")), row.registry_code)) if row.registry_code else None
    if same is None and (named := existing.get(("", row.name.casefold()))) is not None:
        same = named if not (named.registry_code and row.registry_code) else None
    error = problem = remedy = ""
    if row.error_code and client_import.way == ImportWay.TABLE and row.outcome != ImportOutcome.FAILED:
        error = client_tables.error_text(row.error_code, row.error_params)
    elif row.error_code:
        told = describe(row.error_code, row.error_params)
        error, remedy = f"{told.title}. {told.cause}", told.remedy
    elif row.problem_code:
        told = describe(row.problem_code, row.problem_params)
        problem, remedy = told.title, told.remedy
    return RowView(row=row, existing=None if row.outcome else same, error=error, problem=problem, remedy=remedy)


def set_wanted(actor: Actor, client_import: ClientImport, wanted: Collection[int]) -> None:
    """Tick exactly these rows (by id) of an import that waits; rows with an error cannot be ticked.

    Raises: Forbidden; ServiceError: as `confirm`.
    """
    imports.require_own(actor, client_import)
    with transaction.atomic():
        _lock_ready(client_import)
        usable = client_import.rows.filter(error_code="")
        usable.filter(pk__in=wanted).update(is_wanted=True)
        usable.exclude(pk__in=wanted).update(is_wanted=False)


def confirm(actor: Actor, client_import: ClientImport, wanted: Collection[int] | None = None) -> ClientImport:
    """Import the ticked rows, all in one transaction; of two people who confirm at once one does.

    Known clients, by registry code, are updated and not doubled. A row that cannot be saved says why and holds nobody
    up. Afterwards the import holds no keys any more.

    Args:
        actor: Who confirms.
        client_import: An import that waits for it.
        wanted: Ids of the ticked rows; None leaves the ticks as they are.

    Raises:
        Forbidden: the role is too low.
        ServiceError: IMPORT_STILL_RUNNING, IMPORT_CONFIRMED_ALREADY, IMPORT_CANCELLED_ALREADY,
            IMPORT_FAILED_ALREADY, IMPORT_NOTHING_TICKED.
    """
    imports.require_own(actor, client_import)
    with transaction.atomic():
        _lock_ready(client_import)
        if wanted is not None:
            set_wanted(actor, client_import, wanted)
        rows = list(client_import.rows.filter(is_wanted=True, error_code="").order_by("position"))
        if not rows:
            raise ServiceError("IMPORT_NOTHING_TICKED")
        taken: set[int] = set()
        for row in newcomers.import_new(actor, client_import, rows, taken):
            _import_row(actor, client_import, row, taken)
        client_import.rows.filter(outcome="", error_code="").update(outcome=ImportOutcome.LEFT_OUT)
        imports.erase_secrets(client_import)
        client_import.state = ImportState.CONFIRMED
        client_import.confirmed_by, client_import.confirmed_at = actor.user, timezone.now()
        client_import.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        audit.record(
            actor, "client_import.confirmed", imports.source_name(client_import), imports.link_of(client_import),
            **{outcome.value: client_import.rows.filter(outcome=outcome).count()
               for outcome in ImportOutcome if outcome is not ImportOutcome.NONE},
        )  # fmt: skip
    return client_import


def _lock_ready(client_import: ClientImport) -> None:
    """Hold an import that waits, so that whoever else comes waits and then finds it taken.

    Raises: ServiceError.
    """
    client_import.refresh_from_db(from_queryset=ClientImport.objects.select_for_update(of=("self",)))
    imports.require_open(client_import)
    if client_import.state == ImportState.RUNNING:
        raise ServiceError("IMPORT_STILL_RUNNING")


def _import_row(actor: Actor, client_import: ClientImport, row: ClientImportRow, taken: set[int]) -> None:
    try:
        client, is_new = _saved(actor, client_import, row, taken)
    except ServiceError as error:
        row.outcome = ImportOutcome.FAILED
        is_own = error.code == "ROW_SAME_CLIENT"
        row.error_code = error.code if is_own else "ROW_NOT_SAVED"
        row.error_params = dict(error.params) if is_own else {"message": str(error)}
    except TilisiltaError as error:  # its sealed key cannot be opened any more
        row.outcome = ImportOutcome.FAILED
        row.error_code, row.error_params = "ROW_NOT_SAVED", {"message": str(describe(error.code, error.params).title)}
    else:
        row.client = client
        row.outcome = ImportOutcome.CREATED if is_new else ImportOutcome.UPDATED
    row.save(update_fields=["outcome", "client", "error_code", "error_params"])


@transaction.atomic
def _saved(actor: Actor, client_import: ClientImport, row: ClientImportRow, taken: set[int]) -> tuple[Client, bool]:
    client, is_new = _apply(actor, client_import, row)
    if client.pk in taken:
        raise ServiceError("ROW_SAME_CLIENT", name=client.name)
    if row.register_mark != RegisterMark.UNCHECKED:
        Client.objects.filter(pk=client.pk).update(register_mark=row.register_mark)
    if bytes(row.sealed_credentials):
        _store_key(actor, client_import, row, client)
    taken.add(client.pk)
    return client, is_new


def _apply(actor: Actor, client_import: ClientImport, row: ClientImportRow) -> tuple[Client, bool]:
    """Make or update the client of a row: the one that has this company's key already, else as tables do."""
    read = client_tables.row_of(row)
    known = _by_remote_id(client_import, row)
    if known is not None and clients.find_by_code(actor.company, read.country, read.registry_code) in {None, known}:
        changes = {name: value for name, value in row.details.items() if name not in {"line", "country"}}
        if row.vat_number:
            changes["vat_number"] = row.vat_number
        client = clients.change_client(actor, known, **changes)
        Client.objects.filter(pk=client.pk).update(last_import=client_import)
        return client, False
    return client_tables.apply_row(actor, read, client_import=client_import, register_mark=row.register_mark)


def _by_remote_id(client_import: ClientImport, row: ClientImportRow) -> Client | None:
    if not row.remote_id or client_import.integration is None:
        return None
    found = ClientConnection.objects.filter(
        company=client_import.company_id, integration=client_import.integration, remote_id=row.remote_id
    )
    kept = found.select_related("client").first()
    return kept.client if kept else None


def _store_key(actor: Actor, client_import: ClientImport, row: ClientImportRow, client: Client) -> None:
    columns = newcomers.key_columns(client_import, row)
    if columns is not None and client_import.integration is not None:
        keys.store_checked(
            actor, client, client_import.integration, columns, key_name=row.key_name, remote_id=row.remote_id
        )
