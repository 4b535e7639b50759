"""Merit Aktiva: target of invoices, payments, entries, parties and items; source of payments; entries for counting."""

from collections.abc import Mapping

from tilisilta.connectors.merit.client import Client
from tilisilta.connectors.merit.connector import MeritConnector
from tilisilta.connectors.merit.door import MeritDoor
from tilisilta.connectors.merit.manifest import MANIFEST
from tilisilta.connectors.merit.options import Options, base_address
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.addresses import require_safe_address
from tilisilta.kit.budget import Budget, budget_key, limits_from
from tilisilta.kit.http import HttpTransport, Transport
from tilisilta.kit.turn import Turn
from tilisilta.ports import BudgetStore, Clock
from tilisilta.ports.own import NO_STORES, OwnStores

__all__ = ["MANIFEST", "build", "build_door"]


def build(
    credentials: Mapping[str, str],
    settings: Mapping[str, str],
    *,
    transport: Transport | None,
    budget: BudgetStore,
    clock: Clock,
    own: OwnStores = NO_STORES,  # noqa: ARG001  it stands on the network alone
) -> MeritConnector:
    """Return the connector for one company; touches no network.

    Raises:
        Misconfigured: KEY_MISSING, SETTING_INVALID, ADDRESS_NOT_SAFE.

    """
    api_id, api_key = credentials.get("api_id", "").strip(), credentials.get("api_key", "").strip()
    for name, value in (("api_id", api_id), ("api_key", api_key)):
        if not value:
            raise Misconfigured("KEY_MISSING", field=name)
        if not value.isascii() or not value.isprintable():
            raise Misconfigured("SETTING_INVALID", field=name, value="***")
    options = Options.read(settings)
    address = base_address(settings, options.country)
    require_safe_address(address)
    key = budget_key("merit", address, api_id)
    client = Client(
        address=address,
        api_id=api_id,
        api_key=api_key,
        options=options,
        transport=transport or HttpTransport(),
        budget=Budget(key, limits_from(settings, MANIFEST.limits), store=budget, clock=clock),
        turn=Turn(key, store=budget),
        clock=clock,
        errors=MANIFEST.errors,
    )
    return MeritConnector(client)


def build_door(address: str, *, transport: Transport | None) -> MeritDoor:
    """Return the door of the import wizard at an address that the operator named; touches no network.

    Raises:
        Misconfigured: DOOR_NOT_PUBLIC for Merit's own hosts, which have none; ADDRESS_NOT_SAFE.

    """
    return MeritDoor(address, transport or HttpTransport())
