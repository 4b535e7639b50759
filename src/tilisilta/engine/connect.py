"""From a stored connection to the connector that speaks to its vendor."""

import datetime as dt
from collections.abc import Callable, Mapping

import msgspec
from django.conf import settings

from tilisilta.connectors import CONNECTORS
from tilisilta.core.errors import Misconfigured
from tilisilta.engine.budget_store import DbBudgetStore
from tilisilta.engine.inbox import DbInbox
from tilisilta.kit.addresses import require_safe_address
from tilisilta.kit.http import HttpTransport, Transport
from tilisilta.kit.manifest import Manifest
from tilisilta.ports import Connection as Connector
from tilisilta.ports.own import NO_STORES, OwnStores, Shelf, WorkspaceBooks
from tilisilta.store import vault
from tilisilta.store.models import Connection


class SystemClock:
    """The real clock."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return dt.datetime.now(dt.UTC)


clock = SystemClock()
# One for the process: what a vendor said about waiting, and requests reserved but not used, outlive a connector.
budget_store = DbBudgetStore()


def manifest(vendor: str) -> Manifest:
    """Return the manifest of a vendor.

    Raises:
        Misconfigured: this version has no connector of that name.
    """
    entry = CONNECTORS.get(vendor)
    if entry is None:
        raise Misconfigured("CONNECTOR_UNKNOWN", vendor=vendor)
    return entry.load().MANIFEST


def build_connector(
    vendor: str,
    credentials: Mapping[str, str],
    connection_settings: Mapping[str, str],
    *,
    own: OwnStores = NO_STORES,
    transport: Transport | None = None,
) -> Connector:
    """Return a connector for credentials that need not be stored yet. Touches no network.

    Raises:
        Misconfigured: a credential or setting is missing or cannot be used.
    """
    entry = CONNECTORS.get(vendor)
    if entry is None:
        raise Misconfigured("CONNECTOR_UNKNOWN", vendor=vendor)
    public_only = not settings.ALLOW_LOCAL_VENDORS
    chosen = dict(connection_settings)
    for value in chosen.values():
        if "://" in value:  # told when it is typed in; the transport asks again at each connection
            require_safe_address(value, public_only=public_only)
    if not settings.VENDOR_LIMITS:
        chosen["limits"] = "off"
    folders = target_folders() if own.folders is None else own.folders
    return entry.load().build(
        credentials,
        chosen,
        transport=transport or HttpTransport(public_only=public_only),
        budget=budget_store,
        clock=clock,
        own=msgspec.structs.replace(own, public_only=public_only, folders=folders),
    )


def target_folders(company_id: int | None = None) -> tuple[str, ...]:
    """Return the directories below which a company's connections may put files; all of them when no company is named.

    Which directories of this machine other programs read is the operator's matter: no company can name one of its own.
    """
    allowed = []
    for entry in settings.TARGET_FOLDERS.split(";"):
        owner, mark, path = entry.partition("=")
        if not mark:
            owner, path = "", entry
        if path.strip() and (not owner.strip() or company_id is None or owner.strip() == str(company_id)):
            allowed.append(path.strip())
    return tuple(allowed)


# What opens a company's workspace; the services put it in at start-up, since its rules live above the engine.
open_workspace: list[Callable[[int], WorkspaceBooks]] = []
# What opens a connection's shelf, likewise.
open_shelf: list[Callable[[Connection], Shelf]] = []


def own_stores(connection: Connection) -> OwnStores:
    """Return the stores of this installation that a stored connection may stand on."""
    workspace = open_workspace[0](connection.company_id) if open_workspace else None
    shelf = open_shelf[0](connection) if open_shelf else None
    folders = target_folders(connection.company_id)
    return OwnStores(inbox=DbInbox(connection.pk), workspace=workspace, shelf=shelf, folders=folders)


def open_connector(connection: Connection) -> Connector:
    """Return the connector of a stored connection.

    Raises:
        Misconfigured: it was deactivated, or its credentials cannot be opened or used.
    """
    if connection.state == "inactive":
        raise Misconfigured("CONNECTION_INACTIVE", connection=connection.name)
    return build_connector(
        connection.vendor,
        vault.unseal(bytes(connection.sealed_credentials)),
        {name: str(value) for name, value in connection.settings.items()},
        own=own_stores(connection),
    )
