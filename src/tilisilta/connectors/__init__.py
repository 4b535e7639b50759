"""The connectors there are: one line a vendor, loaded when first asked for.

A connector is a package with a `MANIFEST` and a `build` of the signature below; nothing else of it is called
from outside.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

import msgspec

from tilisilta.kit.http import Transport
from tilisilta.kit.manifest import Manifest
from tilisilta.ports import BudgetStore, Clock, Connection
from tilisilta.ports.keys import KeyDoor
from tilisilta.ports.own import NO_STORES, OwnStores


class Build(Protocol):
    """Makes the object that answers the protocols of `ports` for one connection. Touches no network.

    Raises: Misconfigured when a credential or setting is missing or cannot be used.
    """

    def __call__(
        self,
        credentials: Mapping[str, str],
        settings: Mapping[str, str],
        *,
        transport: Transport | None,
        budget: BudgetStore,
        clock: Clock,
        own: OwnStores = NO_STORES,
    ) -> Connection: ...


class BuildDoor(Protocol):
    """Makes the door of the import wizard; a package has it only when its vendor's keys can be got that way.

    Raises: Misconfigured when the address is no door, such as the vendor's own.
    """

    def __call__(self, address: str, *, transport: Transport | None) -> KeyDoor: ...


class ConnectorModule(Protocol):
    """What a connector's package offers; `build_door` beside it when there is one."""

    @property
    def MANIFEST(self) -> Manifest: ...  # noqa: N802  the package's constant

    @property
    def build(self) -> Build: ...


class ConnectorEntry(msgspec.Struct, frozen=True):
    """One line of the registry."""

    module: str

    def load(self) -> ConnectorModule:
        """Return the connector's package, imported when first asked for."""
        return cast("ConnectorModule", import_module(self.module))


CONNECTORS: Mapping[str, ConnectorEntry] = {
    "files": ConnectorEntry("tilisilta.connectors.files"),
    "maestro": ConnectorEntry("tilisilta.connectors.maestro"),
    "merit": ConnectorEntry("tilisilta.connectors.merit"),
    "netvisor": ConnectorEntry("tilisilta.connectors.netvisor"),
    "procountor": ConnectorEntry("tilisilta.connectors.procountor"),
    "pull": ConnectorEntry("tilisilta.connectors.pull"),
    "scoro": ConnectorEntry("tilisilta.connectors.scoro"),
    "severa": ConnectorEntry("tilisilta.connectors.severa"),
    "smartaccounts": ConnectorEntry("tilisilta.connectors.smartaccounts"),
    "workspace": ConnectorEntry("tilisilta.connectors.workspace"),
}


def load(vendor: str) -> ConnectorModule:
    """Return the connector of `vendor`.

    Raises:
        KeyError: No such vendor.

    """
    return CONNECTORS[vendor].load()


def door_of(vendor: str) -> BuildDoor | None:
    """Return what builds the vendor's door of the import wizard; None when there is no such vendor or door."""
    entry = CONNECTORS.get(vendor)
    return getattr(entry.load(), "build_door", None) if entry else None


def manifest(vendor: str) -> Manifest:
    """Return the manifest of `vendor`; KeyError when there is no such vendor."""
    return load(vendor).MANIFEST
