"""Connections: made, tested, mended, put aside. Credentials go in sealed and never come out again."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from tilisilta.connectors import CONNECTORS
from tilisilta.core.errors import Misconfigured, TilisiltaError
from tilisilta.engine.connect import build_connector, open_connector
from tilisilta.engine.connect import manifest as connector_manifest
from tilisilta.engine.log import evidence_json
from tilisilta.kit.manifest import Manifest
from tilisilta.ports import CatalogueEntry, CatalogueKind, ConnectionInfo
from tilisilta.ports import Connection as Connector
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.deliveries import release_parked
from tilisilta.services.errors import ServiceError
from tilisilta.store import vault
from tilisilta.store.models import CatalogueSnapshot, Connection, ConnectionState, Role

# What goes on when a connection works (again); appended by those that send without being asked.
restored: Final[list[Callable[[Connection], None]]] = []


class ConnectionCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection test found; `code` names the problem when it is not ok."""

    ok: bool
    code: str = ""
    params: dict[str, str] = {}
    environment: str = ""
    evidence: dict[str, object] = {}
    missing_rights: tuple[str, ...] = ()


def manifest(vendor: str) -> Manifest:
    """Return the manifest of a vendor.

    Raises:
        Misconfigured: this version has no connector of that name.
    """
    return connector_manifest(vendor)


def all_manifests() -> list[Manifest]:
    """Return the manifests of all connectors, in the registry's order."""
    return [entry.load().MANIFEST for entry in CONNECTORS.values()]


def link_of(connection: Connection) -> str:
    """Return the path of a connection's page; a client's key has its own beside the client."""
    client = getattr(connection, "of_client", None)
    if client is not None:
        return f"/c/{connection.company_id}/clients/{client.client_id}/key/"
    return f"/c/{connection.company_id}/connections/{connection.pk}/"


def columns_of(
    vendor: str, credentials: Mapping[str, str], settings: Mapping[str, str], *, is_tried: bool = False
) -> dict[str, Any]:
    """Return settings, sealed credentials and their hints as a connection stores them, found usable.

    With `is_tried` the vendor has answered to them already, and the connector is not asked whether it can use them.

    Raises:
        ServiceError: as in `create_connection`.
    """
    given, chosen = _credentials(vendor, credentials), _settings(vendor, settings)
    if not is_tried:
        _require_usable(vendor, given, chosen)
    return {"settings": chosen, "sealed_credentials": vault.seal(given), "hints": _hints(vendor, given)}


def create_connection(
    actor: Actor, *, vendor: str, name: str, credentials: Mapping[str, str], settings: Mapping[str, str]
) -> Connection:
    """Store a connection; nothing is asked of the vendor yet.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: a required credential is missing (CREDENTIAL_MISSING), the vendor is unknown, or the connection
            is made by the product itself (CONNECTION_IS_OWN).
    """
    require(actor, Role.ADMIN)
    if manifest(vendor).is_own:
        raise ServiceError("CONNECTION_IS_OWN", name=manifest(vendor).name)
    columns = columns_of(vendor, credentials, settings)
    with transaction.atomic():
        connection = Connection.objects.create(
            company=actor.company, vendor=vendor, name=name.strip() or manifest(vendor).name, **columns
        )
        audit.record(actor, "connection.created", connection.name, link_of(connection), vendor=vendor)
    return connection


def update_connection(
    actor: Actor,
    connection: Connection,
    *,
    credentials: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Connection:
    """Change a connection. Empty credential fields keep what is stored. It must be tested again after new keys.

    Raises:
        Forbidden: the actor is no administrator, or the connection is another company's.
        ServiceError: as in `create_connection`.
    """
    _own(actor, connection, Role.ADMIN)
    given = {key: value.strip() for key, value in (credentials or {}).items() if value.strip()}
    with transaction.atomic():
        # Two people may change one connection at once; what one of them leaves empty stays as the other left it.
        connection.refresh_from_db(from_queryset=Connection.objects.select_for_update(no_key=True))
        changed: list[str] = []
        if given:
            merged = {**_stored_credentials(connection), **given}
            connection.sealed_credentials = vault.seal(_credentials(connection.vendor, merged))
            connection.hints = _hints(connection.vendor, merged)
            if connection.state != ConnectionState.INACTIVE:
                connection.state = ConnectionState.NEW
            changed += sorted(given)
        if settings is not None:
            connection.settings = _settings(connection.vendor, settings)
            changed.append("settings")
        if name is not None and name.strip() and name.strip() != connection.name:
            connection.name = name.strip()
            changed.append("name")
        _require_usable(
            connection.vendor, _stored_credentials(connection), {k: str(v) for k, v in connection.settings.items()}
        )
        connection.save()
        audit.record(actor, "connection.updated", connection.name, link_of(connection), changed=", ".join(changed))
    return connection


def _stored_credentials(connection: Connection) -> dict[str, str]:
    try:
        return vault.unseal(bytes(connection.sealed_credentials))
    except Misconfigured:
        # The key that sealed them is gone; all fields must be given anew.
        return {}


def _credentials(vendor: str, given: Mapping[str, str]) -> dict[str, str]:
    cleaned = {}
    for field in manifest(vendor).credentials:
        value = given.get(field.name, "").strip()
        if field.is_required and not value:
            raise ServiceError("CREDENTIAL_MISSING", field=field.label)
        if value:
            cleaned[field.name] = value
    return cleaned


def _settings(vendor: str, given: Mapping[str, str]) -> dict[str, str]:
    return {
        field.name: str(given.get(field.name, "")).strip() or field.default
        for field in manifest(vendor).settings
        if str(given.get(field.name, "")).strip() or field.default
    }


def _require_usable(vendor: str, credentials: Mapping[str, str], settings: Mapping[str, str]) -> None:
    """Let the connector say at once what it cannot use, such as an address that is none."""
    try:
        connector = build_connector(vendor, credentials, settings)
    except Misconfigured as error:
        raise ServiceError(error.code, **error.params) from error
    _close(connector)


def _hints(vendor: str, credentials: Mapping[str, str]) -> dict[str, str]:
    return {
        field.name: vault.hint(credentials[field.name]) if field.is_secret else credentials[field.name]
        for field in manifest(vendor).credentials
        if field.name in credentials
    }


def _own(actor: Actor, connection: Connection, role: str) -> None:
    if connection.company_id != actor.company.pk:
        raise Connection.DoesNotExist
    require(actor, role)


# --- the vendor asked ---------------------------------------------------------------------------------------


@async_to_sync
async def _ask(connector: Connector) -> ConnectionInfo:
    try:
        return await connector.check_connection()
    finally:
        await connector.close()


@async_to_sync
async def _read_catalogue(connector: Connector, kind: CatalogueKind) -> list[CatalogueEntry]:
    try:
        return list(await connector.catalogue(kind))
    finally:
        await connector.close()


@async_to_sync
async def _close(connector: Connector) -> None:
    await connector.close()


def check_connection(actor: Actor, connection: Connection) -> ConnectionCheck:
    """Ask the vendor whether the connection works, and keep the answer with it.

    A connection that works again sets free what was parked because of it. When keys, settings or use changed while the
    vendor was asked, the answer says nothing of what holds now: it is returned, and not kept.

    Raises:
        Forbidden: the actor is no accountant.
    """
    _own(actor, connection, Role.ACCOUNTANT)
    asked = _access(connection)
    found: dict[str, Any] = {}
    try:
        info = _ask(open_connector(connection))
    except TilisiltaError as error:
        check = ConnectionCheck(ok=False, code=error.code, params=error.params, evidence=evidence_json(error.evidence))
        if isinstance(error, Misconfigured) and connection.state != ConnectionState.INACTIVE:
            found["state"] = ConnectionState.NEEDS_RECONNECT
    else:
        check = ConnectionCheck(ok=True, environment=info.environment, missing_rights=info.missing_rights)
        found["state"] = ConnectionState.ACTIVE
        found["environment"] = info.environment[:200]
        rights = {"missing_rights": ", ".join(info.missing_rights)} if info.missing_rights else {}
        found["details"] = {"registry_code": info.registry_code, "plan": info.plan, **info.details, **rights}
        found["activated_at"] = connection.activated_at or timezone.now()
    found |= {"problem_code": check.code, "problem_params": check.params, "evidence": check.evidence}
    with transaction.atomic():
        # A vendor may take a minute to answer, and people go on working: the row is locked and read only now.
        connection.refresh_from_db(from_queryset=Connection.objects.select_for_update(no_key=True))
        if _access(connection) != asked:
            return check
        for name, value in found.items():
            setattr(connection, name, value)
        connection.checked_at = timezone.now()
        connection.save(update_fields=[*found, "checked_at"])
        audit.record(actor, "connection.checked", connection.name, link_of(connection), result=check.code or "ok")
        if check.ok:
            release_parked(actor, connection)
            for also in restored:
                also(connection)
    return check


def other_company(connection: Connection) -> str:
    """Return the registry code that a connection answers with, where it is not the company's own; else empty.

    A system that tells none, or a company without one, cannot be compared; nor can what a person entered as a key.
    """
    told = str(connection.details.get("registry_code") or "")
    if told in connection.hints.values():
        return ""
    own, theirs = _compact(connection.company.registry_code), {_compact(each) for each in told.split(",")} - {""}
    return told if own and theirs and own not in theirs else ""


def _compact(code: str) -> str:
    return "".join(each for each in code if each.isalnum()).upper()


def _access(connection: Connection) -> tuple[object, ...]:
    """Return what a vendor's answer depends on."""
    is_aside = connection.state == ConnectionState.INACTIVE
    return bytes(connection.sealed_credentials), connection.vendor, dict(connection.settings), is_aside


def deactivate(actor: Actor, connection: Connection) -> None:
    """Put a connection aside: nothing runs over it; its documents and id map stay.

    Raises:
        Forbidden: the actor is no administrator.
    """
    _own(actor, connection, Role.ADMIN)
    with transaction.atomic():
        connection.state = ConnectionState.INACTIVE
        connection.deactivated_at = timezone.now()
        connection.save(update_fields=["state", "deactivated_at"])
        audit.record(actor, "connection.deactivated", connection.name, link_of(connection))


def reactivate(actor: Actor, connection: Connection) -> ConnectionCheck:
    """Take a connection into use again, if it works.

    Raises:
        Forbidden: the actor is no administrator.
    """
    _own(actor, connection, Role.ADMIN)
    with transaction.atomic():
        connection.state = ConnectionState.NEW
        connection.deactivated_at = None
        connection.save(update_fields=["state", "deactivated_at"])
        audit.record(actor, "connection.reactivated", connection.name, link_of(connection))
    return check_connection(actor, connection)


def catalogue(connection: Connection, kind: CatalogueKind) -> list[CatalogueEntry]:
    """Return one of the vendor's lists as last read; it is read now if it never was.

    Raises:
        TilisiltaError: it was never read and the vendor cannot be asked now.
    """
    snapshot = CatalogueSnapshot.objects.filter(connection=connection, kind=kind).first()
    if snapshot is None:
        return _refresh(connection, kind)
    return msgspec.convert(snapshot.entries, list[CatalogueEntry])


def present_catalogue(connection: Connection, kind: CatalogueKind) -> list[CatalogueEntry]:
    """Return one of the vendor's lists as it is now; as last read, or empty, when the vendor cannot be asked."""
    try:
        return _refresh(connection, kind)
    except TilisiltaError:
        kept = CatalogueSnapshot.objects.filter(connection=connection, kind=kind).first()
        return msgspec.convert(kept.entries, list[CatalogueEntry]) if kept is not None else []


def refresh_catalogue(actor: Actor, connection: Connection, kind: CatalogueKind) -> list[CatalogueEntry]:
    """Read one of the vendor's lists anew.

    Raises:
        Forbidden: the actor is no accountant.
        TilisiltaError: the vendor cannot be asked now; the list as last read stays.
    """
    _own(actor, connection, Role.ACCOUNTANT)
    entries = _refresh(connection, kind)
    audit.record(
        actor, "connection.catalogue_refreshed", connection.name, link_of(connection), kind=kind, count=len(entries)
    )
    return entries


def _refresh(connection: Connection, kind: CatalogueKind) -> list[CatalogueEntry]:
    entries = _read_catalogue(open_connector(connection), kind)
    CatalogueSnapshot.objects.update_or_create(
        connection=connection,
        kind=kind,
        defaults={"entries": msgspec.to_builtins(entries), "fetched_at": timezone.now()},
    )
    return entries
